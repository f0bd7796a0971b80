"""Who may come in, and what every answer carries.

A view is reached only through `admit`: a live session, a role that its route names, and for a
posted form the key that the session's own pages put into it. What is absent and what is
forbidden are the same page.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType

import structlog
from aiohttp import web

from bot.desk import phrases
from bot.desk.forms import StaleForm, TooLarge, read_form
from bot.desk.routes import StaffRoute
from bot.desk.visit import COOKIE, RUNTIME, Link, Visit, kept_texts, public_page, see_other
from bot.errors import (
    AtCapacity,
    CaseAlreadyClaimed,
    Conflict,
    ConflictUndeclared,
    DoneBefore,
    NotAllowed,
    NotFound,
)
from bot.office import once, staff
from flows.model import Phrase
from storage.database import DatabaseUnavailable

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob:; media-src 'self'; frame-src 'self'; connect-src 'self'; "
        "form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
OWN_SITES = ("same-origin", "none")  # Sec-Fetch-Site of our own pages, and of a typed address
MAX_KEPT_BYTES = 64 * 1024
# a double click waits here until its first has led somewhere
UNDER_WAY: web.AppKey[MutableMapping[str, asyncio.Lock]] = web.AppKey("under_way")


def admit(route: StaffRoute) -> Handler:
    """The only way to a view of the desk."""

    async def handle(request: web.Request) -> web.StreamResponse:
        visit = await _recognise(request)
        if visit is None:
            return await _turn_away(request)
        try:
            if visit.staff.role not in route.roles:
                raise NotAllowed
            if request.method == "POST":
                visit = await _with_form(visit)
                return await _take(visit, route)
            return await route.view(visit)
        except Exception as error:
            return _say_what_happened(visit, error)

    return handle


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse forms of other sites; answer for unknown addresses, and for our own faults."""
    if request.method not in ("GET", "HEAD") and not _from_our_pages(request):
        return public_page(request, "stale.html", status=403, kept=())
    try:
        return await handler(request)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed, web.HTTPForbidden):
        visit = await _recognise(request)
        if visit is None:
            return await _turn_away(request)
        return _say_what_happened(visit, NotFound())
    except web.HTTPException:
        raise
    except Exception as error:
        _log(request, error)
        return public_page(request, "fault.html", status=500)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """What every answer carries; our own style and script may be kept, if asked for each time."""
    if request.path.startswith("/desk/static/"):
        response.headers["Cache-Control"] = "no-cache"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


async def _recognise(request: web.Request) -> Visit | None:
    session = request.cookies.get(COOKIE)
    runtime = request.app[RUNTIME]
    found = await staff.signed_in(runtime, session) if session else None
    if found is None or session is None:
        return None
    return Visit(runtime, request, found.staff, session, found.form_key, found.unread)


async def _with_form(visit: Visit) -> Visit:
    form = await read_form(visit.request)
    visit = replace(visit, form=form)
    visit.require_form_key()
    return visit


async def _take(visit: Visit, route: StaffRoute) -> web.StreamResponse:
    """Do what a form asks for, once: sent again it leads where it led, and does nothing."""
    name = visit.form_name
    if not name:
        return await route.view(visit)
    async with visit.request.app[UNDER_WAY].setdefault(name, asyncio.Lock()):
        answer = await route.view(replace(visit, runtime=once.once(visit.runtime, name)))
        try:
            await once.settle(visit.runtime, name, answer.headers.get("Location", ""))
        except DatabaseUnavailable as error:  # it is done, and remembered; not where it led
            log.error("desk.unsettled", reason=str(error))
        return answer


async def _turn_away(request: web.Request) -> web.Response:
    """To the page that tells how to sign in; a text that was posted is shown, not lost."""
    if request.method != "POST":
        return see_other("/desk/signed-out")
    kept: tuple[str, ...] = ()
    if request.content_length is not None and request.content_length <= MAX_KEPT_BYTES:
        with suppress(StaleForm, TooLarge):  # nothing readable to give back
            kept = kept_texts(await read_form(request))
    return public_page(request, "signed_out.html", status=401, kept=kept)


def _from_our_pages(request: web.Request) -> bool:
    # browsers send it on https and localhost; elsewhere SameSite and the form's key stand guard
    return request.headers.get("Sec-Fetch-Site", "same-origin") in OWN_SITES


def _say_what_happened(visit: Visit, error: Exception) -> web.Response:
    reader = visit.reader
    match error:
        case DoneBefore(led_to) if led_to:
            return see_other(led_to)
        case DoneBefore():
            return _tell(visit, 409, phrases.DONE_BEFORE, reader.say(phrases.DONE_BEFORE_LEAD))
        case ConflictUndeclared(case_id):
            question = f"/desk/cases/{case_id}/conflict"
            if not kept_texts(visit.form):
                return see_other(question)
            back = Link(question, reader.say(phrases.CONFLICT_TITLE))
            lead = reader.say(phrases.MOVED_ON_LEAD)
            return _tell(visit, 409, phrases.MOVED_ON, lead, back=back)
        case NotFound() | NotAllowed():
            return _tell(visit, 404, phrases.NOT_FOUND, reader.say(phrases.NOT_FOUND_LEAD))
        case CaseAlreadyClaimed(claimed_by, claimed_at):
            time = "" if claimed_at is None else reader.moment(claimed_at)
            lead = reader.say(phrases.ALREADY_CLAIMED_LEAD, name=claimed_by, time=time)
            return _tell(visit, 409, phrases.ALREADY_CLAIMED, lead)
        case AtCapacity(cap):
            lead = reader.say(phrases.AT_CAPACITY_LEAD, cap=cap)
            return _tell(visit, 409, phrases.AT_CAPACITY, lead)
        case Conflict():
            return _tell(visit, 409, phrases.MOVED_ON, reader.say(phrases.MOVED_ON_LEAD))
        case TooLarge():
            return _tell(visit, 413, phrases.TOO_LARGE, reader.say(phrases.TOO_LARGE_LEAD))
        case StaleForm(kept=kept):
            lead = reader.say(phrases.STALE_FORM_LEAD)
            return _tell(visit, 403, phrases.STALE_FORM, lead, kept=kept)
    _log(visit.request, error)
    return _tell(visit, 500, phrases.FAULT, reader.say(phrases.FAULT_LEAD))


def _tell(
    visit: Visit,
    status: int,
    title: Phrase,
    lead: str,
    *,
    kept: tuple[str, ...] = (),
    back: Link | None = None,
) -> web.Response:
    """A page that says what happened, and gives back what was written."""
    return visit.page(
        "message.html",
        status=status,
        title=visit.reader.say(title),
        lead=lead,
        kept=kept or kept_texts(visit.form),
        back=back or Link("/desk/", visit.reader.say(phrases.ALL_CASES)),
    )


def _log(request: web.Request, error: Exception) -> None:
    if isinstance(error, ConnectionResetError):
        return  # who asked has left, in the middle of a form: the first half of a double click
    resource = request.match_info.route.resource
    # the route's pattern, not the address: that may hold a sign-in token
    log.error("desk.fault", route=resource.canonical if resource else "", exc_info=error)
