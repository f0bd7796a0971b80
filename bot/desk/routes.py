"""Every address of the desk, with who may use it. There is no other way to a view."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.desk import casework, lists, live, outreach, signing, workshops
from bot.desk.visit import Visit
from bot.outreach import announcements
from bot.outreach.announcements import MAY_ANNOUNCE
from bot.workshops import planning
from storage.records import Role

ANNOUNCEMENT = "/announcements/{announcement_id:[0-9]{1,18}}"
WORKSHOP = "/workshops/{workshop_id:[0-9]{1,18}}"
IN_LANGUAGE = "/{language:[A-Za-z_]{2,12}}.pdf"
CASE = "/cases/{case_id:[0-9]{1,18}}"
FILE = CASE + "/files/{attachment_id:[0-9]{1,18}}"

EVERYBODY = frozenset(Role)
LAWYERS = frozenset({Role.LAWYER, Role.COORDINATOR})


@dataclass(frozen=True)
class PublicRoute:
    """An address for people who are not signed in."""

    method: str
    path: str
    view: Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class StaffRoute:
    """An address for signed-in staff of these roles; one without roles cannot be made."""

    method: str
    path: str
    view: Callable[[Visit], Awaitable[web.StreamResponse]]
    roles: frozenset[Role]

    def __post_init__(self) -> None:
        if not self.roles:
            raise ValueError(f"{self.method} {self.path} is for nobody")


PUBLIC_ROUTES = (
    PublicRoute("GET", "/sign-in/{token}", signing.show_link),
    PublicRoute("POST", "/sign-in/{token}", signing.use_link),
    PublicRoute("GET", "/signed-out", signing.signed_out),
)
OUTREACH_ROUTES: tuple[StaffRoute, ...] = (
    StaffRoute("GET", "/announcements", outreach.show_all, MAY_ANNOUNCE),
    StaffRoute("POST", "/announcements", outreach.create, MAY_ANNOUNCE),
    StaffRoute("GET", ANNOUNCEMENT, outreach.show, MAY_ANNOUNCE),
    StaffRoute("GET", ANNOUNCEMENT + "/count", outreach.count, MAY_ANNOUNCE),
    StaffRoute("GET", ANNOUNCEMENT + "/live", outreach.live, MAY_ANNOUNCE),
    StaffRoute("GET", ANNOUNCEMENT + "/ledger", outreach.ledger, MAY_ANNOUNCE),
    StaffRoute("POST", ANNOUNCEMENT + "/save", outreach.save, MAY_ANNOUNCE),
    StaffRoute("POST", ANNOUNCEMENT + "/propose", outreach.propose, MAY_ANNOUNCE),
    StaffRoute("POST", ANNOUNCEMENT + "/decide", outreach.decide, MAY_ANNOUNCE),
    *(
        StaffRoute("POST", f"{ANNOUNCEMENT}/{name}", outreach.step(action), MAY_ANNOUNCE)
        for name, action in (
            ("approve", announcements.approve),
            ("take-back", announcements.take_back),
            ("send-now", announcements.send_now),
            ("pause", announcements.pause),
            ("resume", announcements.resume),
            ("cancel", announcements.cancel),
            ("retry", announcements.retry_failed),
        )
    ),
)
WORKSHOP_ROUTES: tuple[StaffRoute, ...] = (
    StaffRoute("GET", "/workshops", workshops.show_all, MAY_ANNOUNCE),
    StaffRoute("GET", "/workshops/new", workshops.show_new, MAY_ANNOUNCE),
    StaffRoute("POST", "/workshops", workshops.create, MAY_ANNOUNCE),
    StaffRoute("GET", WORKSHOP, workshops.show, MAY_ANNOUNCE),
    StaffRoute("GET", WORKSHOP + "/edit", workshops.show_edit, MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/save", workshops.save, MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/open", workshops.step(planning.open_up), MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/call-off", workshops.step(planning.call_off), MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/enter", workshops.enter, MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/check-in", workshops.check_in, MAY_ANNOUNCE),
    StaffRoute("POST", WORKSHOP + "/decide", workshops.decide, MAY_ANNOUNCE),
    StaffRoute("GET", WORKSHOP + "/qr.svg", workshops.qr, MAY_ANNOUNCE),
    StaffRoute("GET", WORKSHOP + "/poster" + IN_LANGUAGE, workshops.poster, MAY_ANNOUNCE),
    StaffRoute("GET", WORKSHOP + "/door" + IN_LANGUAGE, workshops.door_sheet, MAY_ANNOUNCE),
    StaffRoute(
        "GET", WORKSHOP + "/certificates" + IN_LANGUAGE, workshops.certificates, MAY_ANNOUNCE
    ),
)
STAFF_ROUTES: tuple[StaffRoute, ...] = (
    *OUTREACH_ROUTES,
    *WORKSHOP_ROUTES,
    StaffRoute("GET", "", lists.to_front, EVERYBODY),
    StaffRoute("GET", "/", lists.front, EVERYBODY),
    StaffRoute("POST", "/language", signing.change_language, EVERYBODY),
    StaffRoute("POST", "/sign-out", signing.sign_out, EVERYBODY),
    StaffRoute("GET", "/live", live.stream, LAWYERS),
    StaffRoute("GET", CASE, casework.show, LAWYERS),
    StaffRoute("GET", FILE, casework.file, LAWYERS),
    StaffRoute("POST", CASE + "/claim", casework.claim, LAWYERS),
    StaffRoute("POST", CASE + "/reply", casework.reply, LAWYERS),
    StaffRoute("POST", CASE + "/note", casework.note, LAWYERS),
    StaffRoute("POST", CASE + "/release", casework.release, LAWYERS),
    StaffRoute("POST", CASE + "/close", casework.close, LAWYERS),
    StaffRoute("POST", CASE + "/reopen", casework.reopen, LAWYERS),
)
