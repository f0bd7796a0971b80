"""POST /telegram/webhook: Telegram calls us. It hears 200 only after the commit."""

import asyncio
import hmac
import json

import structlog
from aiogram.methods import SetWebhook
from aiohttp import web

from bot.channels.telegram.api import Api
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.updates import ALLOWED
from bot.errors import DeliveryError, TryLater
from bot.settings import Settings
from storage.database import DatabaseUnavailable

log = structlog.get_logger()
PATH = "/telegram/webhook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (a name, not a secret)
CONNECTIONS = 20
AGAIN_AFTER_SECONDS = 2.0


async def take_call(request: web.Request, secret: str, reception: Reception) -> web.Response:
    """One update; 401 and nothing else for who does not know the secret."""
    given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
    if not hmac.compare_digest(given, secret.encode()):
        return web.Response(status=401)
    try:
        update = json.loads(await request.read())
    except ValueError:
        log.warning("telegram.webhook.no_json")
        return web.Response()  # the same again would be no better
    try:
        await reception.take(update)
    except DatabaseUnavailable as error:
        log.error("telegram.webhook.database", reason=str(error))
        return web.Response(status=500)
    return web.Response()


async def set_webhook(api: Api, settings: Settings) -> None:
    """Tell Telegram where we are; tries until it is told."""
    method = SetWebhook(
        url=f"{settings.public_url}{PATH}",
        secret_token=settings.telegram_webhook_secret,
        allowed_updates=ALLOWED,
        max_connections=CONNECTIONS,
    )
    while True:
        try:
            await api.call(method)
            return
        except DeliveryError as error:
            log.warning("telegram.webhook.not_set", error=type(error).__name__)
            wait = error.after_seconds if isinstance(error, TryLater) else None
            await asyncio.sleep(wait or AGAIN_AFTER_SECONDS)
