"""Signing in by oneself: a passkey, or a password with a code."""

from urllib.parse import urlsplit

from aiohttp import web

from bot.desk import people_phrases
from bot.desk.forms import read_form
from bot.desk.signing import with_session
from bot.desk.visit import RUNTIME, public_page
from bot.errors import NotFound, TooManyTries
from bot.office import passkeys, passwords
from bot.runtime import Runtime
from flows.model import Phrase

LOCAL = "localhost"  # browsers trust it without https


def origin_of(runtime: Runtime, request: web.Request) -> str:
    """The site that people believe to be on: the public address, else where the browser is.

    A false site that passes our pages on is another origin, for which no passkey of ours signs.
    """
    parts = urlsplit(runtime.settings.public_url or f"{request.scheme}://{request.host}")
    return f"{parts.scheme}://{parts.netloc}"


def takes_passkeys(origin: str) -> bool:
    """Whether browsers make passkeys for this site: w3.org/TR/webauthn-3, section 5.1.2."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    return host == LOCAL or (parts.scheme == "https" and not host.replace(".", "").isdigit())


async def show(request: web.Request) -> web.Response:
    """The two ways in."""
    return _page(request)


async def passkey_options(request: web.Request) -> web.Response:
    """What the browser needs to ask for a passkey."""
    runtime = request.app[RUNTIME]
    options = await passkeys.begin_sign_in(runtime, origin_of(runtime, request))
    return web.json_response(text=options)


async def use_passkey(request: web.Request) -> web.Response:
    """Begin a session with what a passkey has signed."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    try:
        session = await passkeys.sign_in(
            runtime, origin_of(runtime, request), form.text("credential")
        )
    except NotFound:
        return _page(request, people_phrases.WRONG_PASSKEY, status=422)
    return with_session(runtime, session)


async def use_password(request: web.Request) -> web.Response:
    """Begin a session with a password and a code."""
    runtime, form = request.app[RUNTIME], await read_form(request)
    try:
        session = await passwords.sign_in(
            runtime, form.text("name"), form.text("password"), form.text("code")
        )
    except NotFound:
        return _page(request, people_phrases.WRONG, status=422, name=form.text("name"))
    except TooManyTries:
        return _page(request, people_phrases.TOO_MANY, status=429)
    return with_session(runtime, session)


def _page(
    request: web.Request, problem: Phrase | None = None, status: int = 200, name: str = ""
) -> web.Response:
    able = takes_passkeys(origin_of(request.app[RUNTIME], request))
    view = {"problem": problem, "takes_passkeys": able, "name": name}
    return public_page(request, "entrance.html", status=status, **view)
