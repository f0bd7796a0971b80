"""Telegram, for workers and staff. The only package that knows aiogram, whose import costs seconds.

updates.py    what Telegram tells us, read by hand so that nothing can stick
polling.py    asking for updates;  webhook.py: being called
reception.py  one update: stored, answered, and then the chat is put in order
rendering.py  our messages as HTML, buttons.py: with their buttons
sending.py    handing a message over, part by part
tidying.py    answered questions lose their buttons
lawyers/      staff: notices, their cases, what they write and press
hiding.py     both sides' messages are deleted
profile.py    commands and descriptions in every language
phrases.py    the words that only Telegram shows
api.py        the calls, and their errors as ours
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import structlog
from aiohttp import web

from bot.channels.telegram import polling, webhook
from bot.channels.telegram.api import Api
from bot.channels.telegram.hiding import Hiding
from bot.channels.telegram.lawyers.sending import Carrier
from bot.channels.telegram.profile import set_profile
from bot.channels.telegram.reception import CHANNEL, Reception
from bot.channels.telegram.sending import send_row
from bot.delivery.posts import PostDispatcher
from bot.fetching import fetch_files
from bot.runtime import Runtime
from storage.pace import Rate, Rates
from storage.records import OutboxRow

log = structlog.get_logger()

CHAT_BURST = 3


class Telegram:
    """Telegram as the dispatcher sees it, and the tasks that listen to it."""

    name = CHANNEL

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._api = Api(settings.telegram_token, settings.telegram_api_url)
        self._hiding = Hiding(runtime, self._api)
        self._reception = Reception(runtime, self._api, self._hiding)
        self.account = self._api.account
        person = Rate(per_second=settings.telegram_chat_rate, burst=CHAT_BURST)
        self.rates = Rates.within(settings.telegram_rate, person)
        carrier = Carrier(runtime, self._api)
        here = (CHANNEL, self.account)
        self._posts = PostDispatcher(runtime, here, self.rates, carrier.perform)

    async def send(self, row: OutboxRow) -> str | None:
        """Hand one message to Telegram; returns the numbers of its parts."""
        return await send_row(self._runtime, self._api, row)

    def add_routes(self, app: web.Application) -> None:
        """Listen from the app's start to its cleanup; serve the webhook, where one is used."""
        app.cleanup_ctx.append(self._listening)
        settings = self._runtime.settings
        if settings.telegram_mode != "webhook":
            return

        async def take(request: web.Request) -> web.Response:
            return await webhook.take_call(
                request, settings.telegram_webhook_secret, self._reception
            )

        app.router.add_post(webhook.PATH, take)

    async def _listening(self, _: web.Application) -> AsyncIterator[None]:
        """Take updates, fetch files, finish what a crash has interrupted; ends in good order."""
        settings = self._runtime.settings
        work: list[Coroutine[Any, Any, None]] = [
            fetch_files(self._runtime, CHANNEL, self.account, self._api.download),
            set_profile(self._runtime, self._api),
            self._hiding.resume(),
            self._posts.run(),
        ]
        if settings.telegram_mode == "webhook":
            work.append(webhook.set_webhook(self._api, settings))
        else:
            work.append(polling.poll(self._api, self._reception))
        tasks = [asyncio.create_task(_seen(coroutine)) for coroutine in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._reception.finish()

    async def close(self) -> None:
        """End the connections, after the last message went out."""
        await self._api.close()


async def _seen(work: Coroutine[Any, Any, None]) -> None:
    """A task that dies must not do so unseen."""
    try:
        await work
    except Exception:
        log.exception("telegram.task.fault")
        raise
