"""/whatsapp/webhook: Meta calls us. It hears 200 only after the commit of all that it told."""

import hashlib
import hmac
import json

import structlog
from aiohttp import web

from bot.channels.whatsapp.reception import Reception
from bot.settings import Settings
from storage.database import DatabaseUnavailable

log = structlog.get_logger()
PATH = "/whatsapp/webhook"
SIGNATURE = "X-Hub-Signature-256"


def sign(secret: str, body: bytes) -> str:
    """The signature of a body, as Meta makes it."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def greet(request: web.Request, settings: Settings) -> web.Response:
    """Meta asks whether this is our address: the challenge back to who knows our word."""
    given = request.query.get("hub.verify_token", "").encode(errors="surrogateescape")
    known = hmac.compare_digest(given, settings.whatsapp_verify_token.encode())
    if request.query.get("hub.mode") != "subscribe" or not known:
        return web.Response(status=403)
    return web.Response(text=request.query.get("hub.challenge", "")[:256])


async def take_call(request: web.Request, settings: Settings, reception: Reception) -> web.Response:
    """A batch; 401 and nothing else for what is not signed with our app's secret."""
    body = await request.read()
    given = request.headers.get(SIGNATURE, "").encode(errors="surrogateescape")
    if not hmac.compare_digest(given, sign(settings.whatsapp_app_secret, body).encode()):
        return web.Response(status=401)
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        log.warning("whatsapp.webhook.no_json")
        return web.Response()  # the same again would be no better
    try:
        await reception.take(told)
    except DatabaseUnavailable as error:
        log.error("whatsapp.webhook.database", reason=str(error))
        return web.Response(status=500)
    return web.Response()
