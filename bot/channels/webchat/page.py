"""GET /chat: one page with one script and one style, and the headers of every answer."""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from aiohttp import web
from jinja2 import Template

from bot.channels.webchat import joining, phrases
from bot.channels.webchat.view import EMERGENCY, dump, state_of
from bot.channels.webchat.visitor import (
    Visitor,
    set_cookie,
    visitor_of,
)
from bot.runtime import Runtime
from bot.web import best_language, templates
from flows.texts import SOURCE_LANGUAGE
from storage.database import DatabaseUnavailable

HERE = Path(__file__).parent
STATIC = {  # file -> media type; its key in the template is the part before the dot
    "script.js": "text/javascript",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"  # the name has a hash of the content
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; connect-src {connect}; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def add_routes(app: web.Application, runtime: Runtime) -> None:
    """GET /chat and GET /chat/static/NAME; every answer under /chat gets the headers."""
    static = _read_static()
    names = {name.split(".")[0]: name for name in static}  # script -> script.3f2a….js
    template = templates(HERE / "templates").get_template("chat.html")

    async def page(request: web.Request) -> web.Response:
        return await show_page(request, runtime, template, names)

    async def asset(request: web.Request) -> web.Response:
        found = static.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return found()

    app.router.add_get("/chat", page)
    app.router.add_get("/chat/static/{name}", asset)
    joining.add_routes(app, runtime, names)
    app.on_response_prepare.append(_protect)


async def show_page(
    request: web.Request, runtime: Runtime, template: Template, names: Mapping[str, str]
) -> web.Response:
    """The page in the visitor's language; a hidden chat looks like an empty page of notes."""
    known = visitor_of(request, runtime)
    visitor = known or Visitor(runtime.token(), best_language(request, runtime.languages))
    try:
        talk = await runtime.database.read(visitor.conversation)
    except DatabaseUnavailable:
        text = runtime.speech.say(phrases.NOT_NOW, visitor.language or SOURCE_LANGUAGE)
        return web.Response(text=text, status=503)
    state = state_of(runtime, visitor, talk)
    html = template.render(
        state=state,
        state_json=dump(state),
        title=state["texts"]["notes" if state["hidden"] else "title"],
        emergency=EMERGENCY.text,
        no_script=runtime.speech.say(phrases.NO_SCRIPT, visitor.language or SOURCE_LANGUAGE),
        **names,
    )
    answer = web.Response(text=html, content_type="text/html")
    answer.enable_compression()
    set_cookie(answer, visitor, secure=runtime.settings.secure)
    return answer


def _read_static() -> Mapping[str, Callable[[], web.Response]]:
    """The script and the style by a name that changes with their content."""
    found: dict[str, Callable[[], web.Response]] = {}
    for name, media_type in STATIC.items():
        content = (HERE / "static" / name).read_bytes()
        stem, suffix = name.split(".")
        digest = hashlib.sha256(content).hexdigest()[:12]
        found[f"{stem}.{digest}.{suffix}"] = _maker(content, media_type)
    return found


def _maker(content: bytes, media_type: str) -> Callable[[], web.Response]:
    def make() -> web.Response:
        headers = {"Cache-Control": FOREVER}
        return web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)

    return make


async def _protect(request: web.Request, answer: web.StreamResponse) -> None:
    if request.path != "/chat" and not request.path.startswith("/chat/"):
        return
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Content-Security-Policy", _policy(request.host))


def _policy(host: str) -> str:
    # older Safari does not count a socket as 'self'
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return POLICY.format(connect=f"'self'{sockets}")
