"""Hide on Telegram: from the worker's word to the last deletion asked for, of 300 messages.

The peer is python-telegram-bot with the same 300 numbers in its hand: what the calls alone cost,
against the same local server in the same process.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from telegram import Bot
from telegram.request import HTTPXRequest

from bench import Row
from tests.servers.telegram import TelegramServer, User
from tests.telegram_bot import press, telegram_bot, through_the_welcome

MESSAGES, CHUNK = 300, 100


async def run() -> list[Row]:
    """Messages a second of which the deletion was asked; 100 a second is the promised 3 s."""
    async with TelegramServer(flood=None) as server:
        ours, numbers = await _ours(server)
        peers = await _peers(server, numbers)
    return [("messages hidden, of 300", ours, peers), ("deleted by the bare calls", peers, None)]


async def _ours(server: TelegramServer) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        async with telegram_bot(server, Path(folder)):
            worker = await _with_messages(server)
            begun = time.perf_counter()
            worker.send_text("x")
            await server.until(lambda: _asked(server) >= MESSAGES, 60)
            rate = MESSAGES / (time.perf_counter() - begun)
            await server.settled(60)
            return rate, worker.id


async def _with_messages(server: TelegramServer) -> User:
    """A worker with a case: what they write is kept and not answered line by line."""
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    await press(server, worker, "👤", "✅ Yes", "✅ Yes, here")
    await server.hears(worker, "Your case has the number")
    for number in range(MESSAGES - len(worker.visible())):
        worker.send_text(f"line {number}")
    await server.until(lambda: not server.pending, 300)
    await server.settled(60)
    return worker


def _asked(server: TelegramServer) -> int:
    return sum(len(call.params["message_ids"]) for call in server.calls_of("deleteMessages"))


async def _peers(server: TelegramServer, chat: int) -> float:
    address = f"{server.url}/bot"
    async with Bot(server.token, base_url=address, request=HTTPXRequest()) as bot:
        sent = await asyncio.gather(*(bot.send_message(chat, "line") for _ in range(MESSAGES)))
        numbers = sorted((message.message_id for message in sent), reverse=True)
        begun = time.perf_counter()
        for at in range(0, MESSAGES, CHUNK):
            await bot.delete_messages(chat, numbers[at : at + CHUNK])
        return MESSAGES / (time.perf_counter() - begun)
