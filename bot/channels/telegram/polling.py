"""Asking Telegram for updates, again and again: works everywhere, needs no public address."""

import asyncio
from collections import defaultdict
from typing import Any

import structlog
from aiogram.methods import DeleteWebhook

from bot.channels.telegram.api import Api
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.updates import ALLOWED, chat_of, update_id
from bot.errors import DeliveryError, TryLater
from storage.database import DatabaseUnavailable

log = structlog.get_logger()
AFTER_FAULT_SECONDS = 1.0


async def poll(api: Api, reception: Reception) -> None:
    """Take updates until cancelled.

    The offset moves, which makes Telegram forget, only after all of a batch are stored. Those of
    one chat are taken in order, those of different chats at the same time.
    """
    offset: int | None = None
    hook_gone = False
    while True:
        try:
            if not hook_gone:  # getUpdates and a webhook exclude each other
                await api.call(DeleteWebhook())
                hook_gone = True
            updates = await api.poll(offset, ALLOWED)
            await take_batch(reception, updates)
        except DeliveryError as error:
            log.warning("telegram.poll", error=type(error).__name__)
            wait = error.after_seconds if isinstance(error, TryLater) else None
            hook_gone = hook_gone and wait is not None
            await asyncio.sleep(wait or AFTER_FAULT_SECONDS)
        except DatabaseUnavailable as error:  # Telegram keeps them, and tells them again
            log.error("telegram.poll.database", reason=str(error))
            await asyncio.sleep(AFTER_FAULT_SECONDS)
        else:
            known = [number for update in updates if (number := update_id(update)) is not None]
            offset = max([*known, (offset or 0) - 1]) + 1 if known else offset


async def take_batch(reception: Reception, updates: list[Any]) -> None:
    """Store all of these; raises DatabaseUnavailable where one could not be stored."""
    lanes: dict[Any, list[Any]] = defaultdict(list)
    for update in sorted(updates, key=lambda update: update_id(update) or 0):
        lanes[chat_of(update)].append(update)
    results = await asyncio.gather(
        *(_take_in_order(reception, lane) for lane in lanes.values()), return_exceptions=True
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _take_in_order(reception: Reception, updates: list[Any]) -> None:
    for update in updates:
        await reception.take(update)
