"""GET and POST /workshop/CODE: what it is, and the place that somebody has in it."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from bot.errors import BadInput, NotFound, WorkshopMovedOn
from bot.public import phrases
from bot.public.limits import Limits
from bot.runtime import Runtime
from bot.texts import direction
from bot.web import best_language, from_our_page, templates
from bot.workshops import letters, papers, planning, registration
from bot.workshops import phrases as shared
from bot.workshops.registration import Sight
from flows.model import Latin, Phrase, Value
from flows.texts import SOURCE_LANGUAGE, language_name
from storage.database import DatabaseUnavailable
from storage.workshops import Place

HERE = Path(__file__).parent
CODE = r"{code:[A-Za-z0-9]{6}}"
MINE = CODE + r"/mine/{token:[A-Za-z0-9_-]{43}}"
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
MAX_BODY_BYTES, MAX_FIELDS = 16 * 1024, 20
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    # The address of a place opens it: no other site may see it. With "no-referrer" browsers send
    # our own forms with "Origin: null".
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
TEMPLATES = templates(HERE / "templates")
Fields = Mapping[str, str]
View = Callable[["Visit"], Awaitable[web.Response]]


@dataclass(frozen=True)
class Visit:
    """One request: in which language it is answered."""

    runtime: Runtime
    request: web.Request
    language: str

    def say(self, phrase: Phrase, **fields: Value) -> str:
        """The sentence in the visitor's language."""
        return self.runtime.speech.say(phrase, self.language, **fields)

    @property
    def code(self) -> str:
        """Of the workshop."""
        return self.request.match_info["code"].upper()

    def page(self, template: str, *, status: int = 200, **view: Any) -> web.Response:
        """A page."""
        html = TEMPLATES.get_template(template).render(
            say=self.say,
            w=phrases,
            shared=shared,
            tag=self.language.replace("_", "-"),
            direction=direction(self.language),
            **view,
        )
        return web.Response(text=html, status=status, content_type="text/html")

    def tell(self, status: int, phrase: Phrase) -> web.Response:
        """A page with one sentence."""
        return self.page("message.html", status=status, sentence=self.say(phrase))


def add_routes(app: web.Application, runtime: Runtime) -> None:
    """Serve the pages under /workshop."""
    limits = Limits(runtime.settings.trusted_proxies)

    def open_to_all(view: View) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            language = best_language(request, runtime.languages) or SOURCE_LANGUAGE
            visit = Visit(runtime, request, language)
            if request.method == "POST":
                if not from_our_page(request, runtime):
                    return visit.tell(403, phrases.STALE)
                if not limits.allows(request, runtime.clock()):
                    return visit.tell(429, phrases.TOO_OFTEN)
            return await _answered(view, visit)

        return handle

    style = (HERE / "static" / "page.css").read_bytes()

    async def css(_: web.Request) -> web.Response:
        return web.Response(body=style, content_type="text/css", charset="utf-8")

    router = app.router
    router.add_get("/workshop/page.css", css)
    router.add_get(f"/workshop/{CODE}", open_to_all(show))
    router.add_post(f"/workshop/{CODE}", open_to_all(sign_up))
    router.add_get(f"/workshop/{CODE}/invitation.ics", open_to_all(invitation))
    router.add_get(f"/workshop/{MINE}", open_to_all(show_place))
    router.add_post(f"/workshop/{MINE}", open_to_all(press))
    app.on_response_prepare.append(_protect)


async def show(visit: Visit) -> web.Response:
    """The workshop, the ways into the chats, and the form for people of organisations."""
    return await _show(visit, {}, {})


async def sign_up(visit: Visit) -> web.Response:
    """Take a place; then to the page of that place, so that a reload repeats nothing."""
    fields = await _read(visit.request)
    language = fields.get("language", "")
    if language not in visit.runtime.languages:
        language = visit.language
    token = fields.get("form_id", "")
    if not TOKEN.fullmatch(token):
        return visit.tell(403, phrases.STALE)
    try:
        details, contact = planning.details_of(
            *(fields.get(name, "") for name in ("name", "organisation", "phone", "email"))
        )
        await registration.sign_up(visit.runtime, visit.code, details, contact, language, token)
    except BadInput as error:
        return await _show(visit, fields, {error.field: _sentence(visit, error)})
    return _see_other(visit, f"/workshop/{visit.code}/mine/{token}")


async def show_place(visit: Visit) -> web.Response:
    """Where the holder of this link stands."""
    return await _show_place(visit)


async def press(visit: Visit) -> web.Response:
    """What the holder of this link does with the place."""
    fields = await _read(visit.request)
    token = visit.request.match_info["token"]
    try:
        await registration.press(
            visit.runtime, visit.code, token, fields.get("verb", ""), fields.get("door", "")
        )
    except BadInput as error:
        return await _show_place(visit, _sentence(visit, error))
    return _see_other(visit, f"/workshop/{visit.code}/mine/{token}")


async def invitation(visit: Visit) -> web.Response:
    """The workshop for a calendar."""
    sight = await registration.look(visit.runtime, visit.code)
    said = letters.words_for(sight.words, visit.language)
    body = papers.invitation(visit.runtime, sight.it, said, visit.runtime.clock())
    return web.Response(body=body, content_type="text/calendar", charset="utf-8")


# -- pages -------------------------------------------------------------------------------------


async def _show(visit: Visit, typed: Fields, problems: Fields) -> web.Response:
    runtime = visit.runtime
    sight = await registration.look(runtime, visit.code)
    return visit.page(
        "workshop.html",
        status=422 if problems else 200,
        **_common(visit, sight),
        open=sight.open,
        free=sight.free,
        chat=papers.chat_link(sight.it.code),
        telegram=papers.telegram_link(runtime, sight.it.code),
        word=Latin(f"w_{sight.it.code}"),
        form_id=typed.get("form_id") or runtime.token(),
        typed=typed,
        problems=problems,
        languages=[(code, language_name(code)) for code in runtime.languages],
        chosen=typed.get("language") or visit.language,
    )


async def _show_place(visit: Visit, problem: str = "") -> web.Response:
    token = visit.request.match_info["token"]
    sight = await registration.look(visit.runtime, visit.code, token)
    row, it = sight.row, sight.it
    assert row is not None
    said = letters.words_for(sight.words, visit.language)
    stands = visit.say(
        phrases.STANDS[row.state],
        title=said.title,
        begins=it.starts_at,
        code=Latin(row.pass_code),
        number=sight.position,
        until=row.offered_until or it.starts_at,
    )
    going = row.state is Place.GOING and row.attended_at is None
    return visit.page(
        "place.html",
        status=422 if problem else 200,
        **_common(visit, sight),
        address=f"/workshop/{it.code}/mine/{token}{_query(visit)}",
        stands=stands if row.attended_at is None else visit.say(shared.HERE),
        problem=problem,
        active=row.state in (Place.GOING, Place.WAITING, Place.OFFERED)
        and row.attended_at is None
        and not sight.over,
        offered=row.state is Place.OFFERED,
        door=sight.door and going,
        ask=row.attended_at is not None and sight.over and row.feedback is None,
        thanked=row.feedback is not None,
    )


def _common(visit: Visit, sight: Sight) -> dict[str, Any]:
    it = sight.it
    said = letters.words_for(sight.words, visit.language)
    return {
        "it": it,
        "said": said,
        "facts": letters.facts(visit.runtime, it, said, visit.language),
        "off": visit.say(shared.CALLED_OFF, title=said.title, begins=it.starts_at)
        if it.state == "cancelled"
        else "",
        "query": _query(visit),
        "others": [
            (code, code.replace("_", "-"), language_name(code))
            for code in sight.words
            if code != visit.language and code in visit.runtime.languages
        ],
    }


async def _answered(view: View, visit: Visit) -> web.Response:
    try:
        return await view(visit)
    except NotFound:
        return visit.tell(404, phrases.NOT_FOUND)
    except WorkshopMovedOn:
        return visit.tell(409, phrases.MOVED_ON)
    except DatabaseUnavailable:
        return visit.tell(503, phrases.NOT_NOW)


async def _read(request: web.Request) -> Fields:
    """The fields of a form, cleaned; raises HTTPRequestEntityTooLarge."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(4096):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES, len(body))
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        return {}
    return {name: _clean(value) for name, value in pairs}


def _clean(text: str) -> str:
    """One line without control characters, marks that turn the direction, and half letters."""
    kept = (" " if c.isspace() else c for c in text)
    return "".join(c for c in kept if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()


def _query(visit: Visit) -> str:
    asked = visit.request.query.get("lang", "")
    return f"?lang={asked}" if asked in visit.runtime.languages else ""


def _see_other(visit: Visit, address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address + _query(visit)})


def _sentence(visit: Visit, error: BadInput) -> str:
    return visit.say(phrases.PROBLEMS.get((error.field, error.reason), phrases.TOO_LONG))


async def _protect(request: web.Request, answer: web.StreamResponse) -> None:
    if request.path.startswith("/workshop/"):
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
