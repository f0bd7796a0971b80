"""GET and POST /chat/join/TOKEN: this browser's chat goes on with what staff began.

Looking joins nothing: previews of links look, too. The button does, once.
"""

from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from bot import conversation
from bot.channels.webchat import phrases
from bot.channels.webchat.visitor import (
    ACCOUNT,
    CHANNEL,
    Visitor,
    set_cookie,
    visitor_of,
)
from bot.messages import Incoming, JoinIn
from bot.runtime import Runtime
from bot.texts import direction
from bot.web import best_language, from_our_page, templates
from flows.texts import SOURCE_LANGUAGE

HERE = Path(__file__).parent
PATH = "/chat/join/{token:[0-9a-f]{40}}"


def add_routes(app: web.Application, runtime: Runtime, names: Mapping[str, str]) -> None:
    """The page with one button, and what the button does."""
    template = templates(HERE / "templates").get_template("join.html")

    async def show(request: web.Request) -> web.Response:
        language = best_language(request, runtime.languages) or SOURCE_LANGUAGE
        say = runtime.speech.say
        html = template.render(
            language=language.replace("_", "-"),
            direction=direction(language),
            title=say(phrases.TITLE, language),
            lead=say(phrases.JOIN_LEAD, language),
            button=say(phrases.JOIN_HERE, language),
            **names,
        )
        # without a referrer a form says "Origin: null", and the button would be refused
        headers = {"Referrer-Policy": "same-origin"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def join(request: web.Request) -> web.Response:
        if not from_our_page(request, runtime):
            raise web.HTTPForbidden
        known = visitor_of(request, runtime)
        visitor = known or Visitor(runtime.token(), best_language(request, runtime.languages))
        token = request.match_info["token"]
        incoming = Incoming(
            channel=CHANNEL,
            account=ACCOUNT,
            identifiers=visitor.identifiers,
            platform_id=visitor.platform_id(f"join-{token}"),
            content=JoinIn(token),
            language_hint=visitor.language,
        )
        await conversation.handle(runtime, incoming)
        answer = web.Response(status=303, headers={"Location": "/chat"})
        set_cookie(answer, visitor, secure=runtime.settings.secure)
        return answer

    app.router.add_get(PATH, show)
    app.router.add_post(PATH, join)
