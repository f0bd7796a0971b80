"""WhatsApp's Cloud API, for workers. The only package that knows pywa.

webhook.py    being called;  updates.py: what Meta tells us, read by hand so that nothing is lost
reception.py  each thing of a call: stored, answered; receipts of our own messages
languages.py  a guess at the language of who writes for the first time
rendering.py  our messages in the fewest parts, with buttons or a list;  buttons.py: their data
sending.py    handing a message over;  templates.py: what may go out after a day
codes.py      Meta's error codes, and what we do about each
api.py        the calls, and their errors as ours
checks.py     whether all is set up
"""

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from bot.channels.whatsapp import webhook
from bot.channels.whatsapp.api import Api
from bot.channels.whatsapp.reception import CHANNEL, Reception
from bot.channels.whatsapp.sending import send_row
from bot.fetching import fetch_files
from bot.runtime import Runtime
from bot.whatsapp_templates import load_templates
from storage.pace import Rate, Rates
from storage.records import OutboxRow

log = structlog.get_logger()

# About one message in 6 s to the same person, with bursts that are paid back (PLATFORMS.md 1b);
# Meta's own page speaks of 45 at once.
PERSON = Rate(per_second=1 / 6, burst=40)


class WhatsApp:
    """WhatsApp as the dispatcher sees it, and the routes that listen to it."""

    name = CHANNEL

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._api = Api(runtime.settings)
        self._reception = Reception(runtime, self._api)
        self.account = self._api.phone_id
        load_templates()  # its faults stop the start, not a message
        self.rates = Rates.within(runtime.settings.whatsapp_rate, PERSON)

    async def send(self, row: OutboxRow) -> str | None:
        """Hand one message to WhatsApp; its own ids stay hashed, so none is returned."""
        await send_row(self._runtime, self._api, row)
        return None

    def add_routes(self, app: web.Application) -> None:
        """Serve the webhook, and fetch files from the app's start to its cleanup."""
        settings = self._runtime.settings

        async def greet(request: web.Request) -> web.Response:
            return await webhook.greet(request, settings)

        async def take(request: web.Request) -> web.Response:
            return await webhook.take_call(request, settings, self._reception)

        app.router.add_get(webhook.PATH, greet)
        app.router.add_post(webhook.PATH, take)
        app.cleanup_ctx.append(self._listening)

    async def _listening(self, _: web.Application) -> AsyncIterator[None]:
        fetching = asyncio.create_task(
            fetch_files(self._runtime, CHANNEL, self.account, self._api.download)
        )
        try:
            yield
        finally:
            fetching.cancel()
            await asyncio.gather(fetching, return_exceptions=True)
            await self._reception.finish()

    async def close(self) -> None:
        """End the connections, after the last message went out."""
        await self._api.close()
