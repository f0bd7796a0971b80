"""Every address of the desk, with who may use it. There is no other way to a view."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.desk import casework, conflict, handling, jointly, lists, live, office, signing
from bot.desk.visit import Visit
from storage.records import Role

CASE = "/cases/{case_id:[0-9]{1,18}}"
FILE = CASE + "/files/{attachment_id:[0-9]{1,18}}"

PERSON = "/staff/{staff_id:[0-9]{1,18}}"
ACTION = "/actions/{action_id:[0-9]{1,18}}"

EVERYBODY = frozenset(Role)
LAWYERS = frozenset({Role.LAWYER, Role.COORDINATOR})
LEADERS = frozenset({Role.COORDINATOR})
MANAGERS = frozenset({Role.COORDINATOR, Role.ADMIN})  # of staff; an administrator sees no case


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
STAFF_ROUTES = (
    StaffRoute("GET", "", lists.to_front, EVERYBODY),
    StaffRoute("GET", "/", lists.front, EVERYBODY),
    StaffRoute("POST", "/language", signing.change_language, EVERYBODY),
    StaffRoute("POST", "/sign-out", signing.sign_out, EVERYBODY),
    StaffRoute("GET", "/notices", lists.show_notices, EVERYBODY),
    StaffRoute("POST", "/notices/seen", lists.see_notices, EVERYBODY),
    StaffRoute("POST", "/next", lists.take_next, LAWYERS),
    StaffRoute("GET", "/search", office.search, LAWYERS),
    StaffRoute("GET", "/board", office.board, LEADERS),
    StaffRoute("GET", "/duty", office.show_duty, LEADERS),
    StaffRoute("POST", "/duty", office.set_duty, LEADERS),
    StaffRoute("POST", "/duty/days", office.set_office_day, LEADERS),
    StaffRoute("GET", "/staff", office.show_staff, MANAGERS),
    StaffRoute("POST", "/staff", office.add_person, MANAGERS),
    StaffRoute("POST", PERSON + "/link", office.make_link, MANAGERS),
    StaffRoute("POST", PERSON + "/role", office.change_role, MANAGERS),
    StaffRoute("POST", PERSON + "/dismiss", office.dismiss, MANAGERS),
    StaffRoute("POST", PERSON + "/skills", office.set_skills, LEADERS),
    StaffRoute("GET", "/actions", jointly.show_all, LAWYERS),
    StaffRoute("GET", ACTION, jointly.show, LAWYERS),
    StaffRoute("POST", ACTION + "/steps", jointly.add_step, LAWYERS),
    StaffRoute("POST", ACTION + "/strategic", jointly.set_strategic, LEADERS),
    StaffRoute("GET", "/live", live.stream, LAWYERS),
    StaffRoute("GET", CASE, casework.show, LAWYERS),
    StaffRoute("GET", FILE, casework.file, LAWYERS),
    StaffRoute("GET", CASE + "/conflict", conflict.show, LAWYERS),
    StaffRoute("POST", CASE + "/conflict", conflict.answer, LAWYERS),
    StaffRoute("POST", CASE + "/accept", lists.accept, LAWYERS),
    StaffRoute("POST", CASE + "/decline", lists.decline, LAWYERS),
    StaffRoute("GET", CASE + "/handling", handling.show, LAWYERS),
    StaffRoute("POST", CASE + "/wait", handling.wait, LAWYERS),
    StaffRoute("POST", CASE + "/offer", handling.offer, LAWYERS),
    StaffRoute("POST", CASE + "/labels", handling.label, LAWYERS),
    StaffRoute("POST", CASE + "/reassign", handling.reassign, LEADERS),
    StaffRoute("POST", CASE + "/merge", handling.merge, LEADERS),
    StaffRoute("POST", CASE + "/action", handling.begin_action, LAWYERS),
    StaffRoute("POST", CASE + "/join", handling.join_action, LAWYERS),
    StaffRoute("POST", CASE + "/join/answer", handling.answer_action, LAWYERS),
    StaffRoute("POST", CASE + "/claim", casework.claim, LAWYERS),
    StaffRoute("POST", CASE + "/reply", casework.reply, LAWYERS),
    StaffRoute("POST", CASE + "/note", casework.note, LAWYERS),
    StaffRoute("POST", CASE + "/release", casework.release, LAWYERS),
    StaffRoute("POST", CASE + "/close", casework.close, LAWYERS),
    StaffRoute("POST", CASE + "/reopen", casework.reopen, LAWYERS),
)
