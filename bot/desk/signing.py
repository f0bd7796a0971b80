"""Signing in by a one-time link, signing out, and the language of the desk."""

import re

from aiohttp import web

from bot.desk.visit import COOKIE, RUNTIME, Visit, public_page, see_other
from bot.errors import BadInput, NotFound
from bot.office import staff
from bot.runtime import Runtime

COOKIE_PATH = "/desk"
CASE_ID = re.compile("[0-9]{1,18}")  # where a notice leads; whether it may be read is asked there


async def show_link(request: web.Request) -> web.Response:
    """One button. Looking does not use the link up: previews and scanners look, too."""
    if await staff.is_link_alive(request.app[RUNTIME], request.match_info["token"]):
        return public_page(request, "sign_in.html")
    return public_page(request, "dead_link.html", status=404)


async def use_link(request: web.Request) -> web.Response:
    """Use the link up and begin a session."""
    runtime = request.app[RUNTIME]
    try:
        session = await staff.sign_in(runtime, request.match_info["token"])
    except NotFound:
        return public_page(request, "dead_link.html", status=404)
    case = request.query.get("case", "")
    place = f"/desk/cases/{case}" if CASE_ID.fullmatch(case) else "/desk/"
    return with_session(runtime, session, place)


def with_session(runtime: Runtime, session: str, place: str = "/desk/") -> web.Response:
    """To the desk, with the cookie of this session."""
    response = see_other(place)
    response.set_cookie(
        COOKIE,
        session,
        path=COOKIE_PATH,
        max_age=int(staff.SESSION_VALID.total_seconds()),
        httponly=True,
        secure=runtime.settings.secure,
        # not Strict: a lawyer opens a case from a Telegram message. Forms carry a key besides.
        samesite="Lax",
    )
    return response


async def signed_out(request: web.Request) -> web.Response:
    """Where everybody without a session ends: how to sign in."""
    session = request.cookies.get(COOKIE)
    if session and await staff.signed_in(request.app[RUNTIME], session):
        return see_other("/desk/")
    return public_page(request, "signed_out.html", kept=())


async def sign_out(visit: Visit) -> web.Response:
    """End the session, on the server and in the browser."""
    await staff.sign_out(visit.runtime, visit.staff, visit.session)
    response = see_other("/desk/signed-out")
    response.del_cookie(COOKIE, path=COOKIE_PATH)
    return response


async def change_language(visit: Visit) -> web.Response:
    """Show the desk in another language from now on."""
    try:
        await staff.set_language(visit.runtime, visit.staff, visit.form.text("language"))
    except BadInput as error:
        raise NotFound from error  # our own buttons never send it
    return see_other("/desk/")
