"""Deleting messages on both sides, newest first, as far as Telegram lets us."""

from datetime import timedelta

from aiogram.methods import DeleteMessages

from bot.channels.telegram.api import Api
from bot.errors import Rejected

DELETABLE = timedelta(hours=48)  # core.telegram.org/bots/api, deleteMessage
MARGIN = timedelta(minutes=1)
CHUNK = 100  # ids in one call


async def delete_messages(api: Api, chat: int, numbers: list[int]) -> None:
    """Delete these messages in this order; one that may not go does not keep the others."""
    for at in range(0, len(numbers), CHUNK):
        await _delete_chunk(api, chat, numbers[at : at + CHUNK])


async def _delete_chunk(api: Api, chat: int, numbers: list[int]) -> None:
    try:
        await api.call_patiently(DeleteMessages(chat_id=chat, message_ids=numbers))
    except Rejected:
        if len(numbers) == 1:
            return
        half = len(numbers) // 2
        await _delete_chunk(api, chat, numbers[:half])
        await _delete_chunk(api, chat, numbers[half:])
