"""A visit: one request to the desk, by a person who may make it."""

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.desk import office_phrases, people_phrases, phrases
from bot.desk.forms import Form, StaleForm
from bot.desk.office_phrases import places_of
from bot.desk.reader import Reader, guess_language
from bot.office.staff import LANGUAGES
from bot.outreach.announcements import MAY_ANNOUNCE
from bot.runtime import Runtime
from bot.settings import Settings
from bot.web import templates
from flows.texts import language_name
from storage.records import CaseId, Staff

RUNTIME = web.AppKey("runtime", Runtime)
BotName = Callable[[Settings], Awaitable[str]]
BOT_NAME: web.AppKey[BotName | None] = web.AppKey("bot_name")
TEMPLATES = templates(Path(__file__).parent / "templates")
COOKIE = "hamrah_desk"
FORM_ID = re.compile(r"[A-Za-z0-9_-]{16,80}")
NO_FORM = Form({})
TYPED = (  # fields in which people write much
    "text", "note", "handover", "reason", "step", "translation", "call_note", "step_note",
    "referral_note", "about", "next_what",
)  # fmt: skip
IN_LANGUAGES = "text_"  # begins the name of a field that is there once for each language


@dataclass(frozen=True)
class Link:
    """A place to go to from a message page."""

    address: str
    words: str


@dataclass(frozen=True)
class FormKeys:
    """What stands hidden in each form: the key of the session, and a number of its own."""

    key: str
    new_number: Callable[[], str]


@dataclass(frozen=True)
class Visit:
    """What a view needs: who asks, for what, with which form."""

    runtime: Runtime
    request: web.Request
    staff: Staff
    session: str
    form_key: str
    unread: int = 0  # notices
    form: Form = NO_FORM

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.runtime.speech, self.staff.language, self.runtime.clock())

    @property
    def case_id(self) -> CaseId:
        """The case that the address names."""
        return CaseId(int(self.request.match_info["case_id"]))

    @property
    def form_name(self) -> str:
        """What the same form, sent again, has too; "" for what may be done again and again.

        Each form of our pages has a number of its own. A text that was changed since is another
        form: nobody's second note is taken for the first.
        """
        if not FORM_ID.fullmatch(self.form.text("form_id")):
            return ""
        return f"{self.staff.id} {self.request.path} {self.form.fingerprint()}"

    def require_form_key(self) -> None:
        """Raise StaleForm unless a page of this very session made the form."""
        given = self.form.text("form_key").encode(errors="replace")
        if not hmac.compare_digest(given, self.form_key.encode()):
            raise StaleForm(kept_texts(self.form))

    def page(self, template: str, *, status: int = 200, **view: Any) -> web.Response:
        """A page of the desk."""
        frame = {
            "staff": self.staff,
            "role": self.reader.say(phrases.ROLES[self.staff.role]),
            "announces": self.staff.role in MAY_ANNOUNCE,
            "form_key": FormKeys(self.form_key, self.runtime.token),
            "unread": self.unread,
            "places": places_of(self.staff.role),
            "languages": tuple((code, language_name(code)) for code in LANGUAGES),
        }
        return _render(self.reader, template, status, {**frame, **view})


def public_page(
    request: web.Request, template: str, *, status: int = 200, **view: Any
) -> web.Response:
    """A page for somebody who is not signed in."""
    runtime = request.app[RUNTIME]
    language = guess_language(request.headers.get("Accept-Language", ""))
    reader = Reader(runtime.speech, language, runtime.clock())
    return _render(reader, template, status, {"staff": None, **view})


def see_other(address: str) -> web.Response:
    """Go on by fetching this page: a reload repeats nothing."""
    return web.Response(status=303, headers={"Location": address})


def kept_texts(form: Form) -> tuple[str, ...]:
    """What a person wrote into a form that cannot be used: nobody should write it twice."""
    return tuple(
        text
        for name, text in form.fields.items()
        if text.strip() and (name in TYPED or name.startswith(IN_LANGUAGES))
    )


def _render(reader: Reader, template: str, status: int, view: dict[str, Any]) -> web.Response:
    shared = {
        "say": reader.say,
        "words": phrases,
        "office": office_phrases,
        "ways": people_phrases,
        "language": reader.language,
    }
    html = TEMPLATES.get_template(template).render({**shared, **view})
    return web.Response(text=html, status=status, content_type="text/html")
