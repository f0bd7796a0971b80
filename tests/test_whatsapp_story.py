"""The whole way on WhatsApp, alone and beside Telegram, with one lawyer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import cases
from bot.messages import text_of
from bot.runtime import Runtime
from tests.builders import add_lawyer
from tests.servers.whatsapp import WhatsAppServer
from tests.talk import PNG
from tests.whatsapp_bot import tap, through_the_welcome, transcript, whatsapp_bot


@pytest.fixture
async def server() -> AsyncIterator[WhatsAppServer]:
    """A WhatsApp with whom every call finds favour."""
    async with WhatsAppServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def bot(server: WhatsAppServer, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The bot on it."""
    async with whatsapp_bot(server, tmp_path) as runtime:
        yield runtime
        await server.settled()


async def test_from_the_first_word_to_the_closed_case(server: WhatsAppServer, bot: Runtime) -> None:
    worker = server.new_user()
    lawyer = await add_lawyer(bot.database)
    worker.says("hello")
    await through_the_welcome(server, worker)
    await tap(server, worker, "💰 My pay", "⏳ Late or not paid")
    await server.until(lambda: bool(worker.news()))
    worker.says("lawyer")
    await tap(server, worker, "✅ Yes", "✅ Yes, here")
    await server.hears(worker, "Your case has the number")

    [card] = await cases.list_queue(bot, lawyer)
    await cases.claim(bot, lawyer, card.id)
    await server.hears(worker, "A lawyer has taken your case")
    worker.says("I have worked there since May")
    await server.hears(worker, "I passed this to the lawyers")
    worker.sends_file("image", PNG, "image/png", caption="my contract")
    await cases.reply(bot, lawyer, card.id, "How much do they owe you?", form_id="1")
    reply = await server.hears(worker, "How much do they owe you?")
    assert reply.text.startswith("👤 ")
    worker.says("450 & more")
    await server.settled()
    page = await cases.read_case(bot, lawyer, card.id)
    said = [text_of(message.body) for message in page.messages]
    words = [text for text in said if text in ("I have worked there since May", "450 & more")]
    assert words == ["I have worked there since May", "450 & more"]
    await cases.close(bot, lawyer, card.id, "advice")
    await server.hears(worker, "is closed")
    await server.settled()
    ours = [m for m in await transcript(bot, worker) if m.delivery is not None]
    assert all(message.read_at is not None for message in ours)
