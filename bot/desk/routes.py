"""Every address of the desk, with who may use it. There is no other way to a view."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.desk import (
    account,
    casetools,
    casework,
    conflict,
    entrance,
    handling,
    interpreting,
    jointly,
    lists,
    live,
    office,
    outreach,
    quickreplies,
    reception,
    signing,
    workshops,
)
from bot.desk.visit import Visit
from bot.outreach import announcements
from bot.outreach.announcements import MAY_ANNOUNCE
from bot.workshops import planning
from storage.records import Role

ANNOUNCEMENT = "/announcements/{announcement_id:[0-9]{1,18}}"
WORKSHOP = "/workshops/{workshop_id:[0-9]{1,18}}"
IN_LANGUAGE = "/{language}.pdf"
CASE = "/cases/{case_id:[0-9]{1,18}}"
FILE = CASE + "/files/{attachment_id:[0-9]{1,18}}"

PERSON = "/staff/{staff_id:[0-9]{1,18}}"
ACTION = "/actions/{action_id:[0-9]{1,18}}"

WALK_IN = "/reception/{walk_in:[0-9]{1,18}}"

EVERYBODY = frozenset(Role)
LAWYERS = frozenset({Role.LAWYER, Role.COORDINATOR})
LEADERS = frozenset({Role.COORDINATOR})
RECEIVERS = LAWYERS | {Role.OUTREACH}  # of people without a chat
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


READERS = LAWYERS | {Role.INTERPRETER}
INTERPRETERS = frozenset({Role.INTERPRETER})
INTERPRETED = "/interpreting/{case_id:[0-9]{1,18}}"
TOOLS: Mapping[
    str, Callable[[Visit], Awaitable[web.StreamResponse]]
] = {  # what stands beside the conversation of a case
    "plan": casetools.plan,
    "step": casetools.step,
    "step-remove": casetools.step_remove,
    "ask": casetools.ask,
    "call-log": casetools.call_log,
    "quick": casetools.quick,
    "paper-add": casetools.paper_add,
    "paper-ask": casetools.paper_ask,
    "paper-link": casetools.paper_link,
    "paper-mark": casetools.paper_mark,
    "paper-remove": casetools.paper_remove,
    "party-add": casetools.party_add,
    "party-remove": casetools.party_remove,
    "consent-ask": casetools.consent_ask,
    "consent-told": casetools.consent_told,
    "refer": casetools.refer,
    "referral-step": casetools.referral_step,
    "invite": casetools.invite,
    "uninvite": casetools.uninvite,
    "draft": casetools.draft,
    "facts": casetools.facts,
    "export": casetools.export_case,
}

PUBLIC_ROUTES: tuple[PublicRoute, ...] = (
    PublicRoute("GET", "/sign-in", entrance.show),
    PublicRoute("POST", "/sign-in", entrance.use_password),
    PublicRoute("POST", "/sign-in/passkey", entrance.use_passkey),
    PublicRoute("POST", "/sign-in/passkey/options", entrance.passkey_options),
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
    StaffRoute("POST", WORKSHOP + "/announce", workshops.announce, MAY_ANNOUNCE),
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
    StaffRoute("GET", "/account", account.show, EVERYBODY),
    StaffRoute("POST", "/account/passkey", account.add_passkey, EVERYBODY),
    StaffRoute("POST", "/account/passkey/options", account.passkey_options, EVERYBODY),
    StaffRoute("POST", "/account/passkey-remove", account.remove_passkey, EVERYBODY),
    StaffRoute("POST", "/account/password", account.set_password, EVERYBODY),
    StaffRoute("POST", "/account/confirm", account.confirm, EVERYBODY),
    StaffRoute("POST", "/account/telegram", account.tie_telegram, EVERYBODY),
    StaffRoute("POST", "/account/telegram/untie", account.untie_telegram, EVERYBODY),
    StaffRoute("POST", "/account/mail", account.set_mail, EVERYBODY),
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
    StaffRoute("GET", "/reception", reception.show, RECEIVERS),
    StaffRoute("POST", "/reception", reception.begin, RECEIVERS),
    StaffRoute("POST", "/reception/consulted", reception.consulted, LAWYERS),
    StaffRoute("GET", WALK_IN, reception.screen, RECEIVERS),
    StaffRoute("POST", WALK_IN + "/answer", reception.answer, RECEIVERS),
    StaffRoute("GET", WALK_IN + "/print", reception.to_print, RECEIVERS),
    StaffRoute("POST", WALK_IN + "/join", reception.make_join, RECEIVERS),
    StaffRoute("GET", "/actions", jointly.show_all, LAWYERS),
    StaffRoute("GET", ACTION, jointly.show, LAWYERS),
    StaffRoute("POST", ACTION + "/steps", jointly.add_step, LAWYERS),
    StaffRoute("POST", ACTION + "/strategic", jointly.set_strategic, LEADERS),
    StaffRoute("POST", ACTION + "/close", jointly.close, LEADERS),
    StaffRoute("POST", ACTION + "/reopen", jointly.reopen, LEADERS),
    StaffRoute("GET", "/live", live.stream, LAWYERS),
    StaffRoute("GET", CASE, casework.show, LAWYERS),
    StaffRoute("GET", FILE, casework.file, READERS),
    StaffRoute("GET", CASE + "/conflict", conflict.show, LAWYERS),
    StaffRoute("POST", CASE + "/conflict", conflict.answer, LAWYERS),
    StaffRoute("POST", CASE + "/accept", lists.accept, LAWYERS),
    StaffRoute("POST", CASE + "/decline", lists.decline, LAWYERS),
    StaffRoute("GET", CASE + "/handling", handling.show, LAWYERS),
    StaffRoute("POST", CASE + "/wait", handling.wait, LAWYERS),
    StaffRoute("POST", CASE + "/offer", handling.offer, LAWYERS),
    StaffRoute("POST", CASE + "/labels", handling.label, LAWYERS),
    StaffRoute("POST", CASE + "/unsafe", handling.unsafe, LAWYERS),
    StaffRoute("POST", CASE + "/reassign", handling.reassign, LEADERS),
    StaffRoute("POST", CASE + "/lift-bar", handling.lift_bar, LEADERS),
    StaffRoute("POST", CASE + "/merge", handling.merge, LEADERS),
    StaffRoute("POST", CASE + "/action", handling.begin_action, LAWYERS),
    StaffRoute("POST", CASE + "/join", handling.join_action, LAWYERS),
    StaffRoute("POST", CASE + "/join/ask", handling.ask_action, LAWYERS),
    StaffRoute("POST", CASE + "/join/answer", handling.answer_action, LAWYERS),
    StaffRoute("POST", CASE + "/claim", casework.claim, LAWYERS),
    StaffRoute("POST", CASE + "/reply", casework.reply, LAWYERS),
    StaffRoute("POST", CASE + "/note", casework.note, LAWYERS),
    StaffRoute("POST", CASE + "/release", casework.release, LAWYERS),
    StaffRoute("POST", CASE + "/close", casetools.close, LAWYERS),
    StaffRoute("POST", CASE + "/reopen", casework.reopen, LAWYERS),
    *(StaffRoute("POST", f"{CASE}/{name}", view, LAWYERS) for name, view in TOOLS.items()),
    StaffRoute("GET", "/quick-replies", quickreplies.show, LAWYERS),
    StaffRoute("POST", "/quick-replies", quickreplies.save, LAWYERS),
    StaffRoute("POST", "/quick-replies/remove", quickreplies.remove, LAWYERS),
    StaffRoute("GET", "/interpreting", interpreting.front, INTERPRETERS),
    StaffRoute("GET", INTERPRETED, interpreting.show, INTERPRETERS),
    StaffRoute("POST", INTERPRETED + "/translate", interpreting.translate, INTERPRETERS),
)
