"""The pages of the office: search, board, staff, duty and holidays."""

from collections.abc import Awaitable, Iterable
from datetime import date, timedelta

from aiohttp import web

from bot.casework import holding, queue
from bot.desk import office_phrases as office
from bot.desk import phrases
from bot.desk.badges import topic_choices
from bot.desk.cards import card_views
from bot.desk.filters import search_filter
from bot.desk.visit import NO_FORM, Visit, see_other
from bot.errors import BadInput, NotFound
from bot.office import roster, staff
from bot.office.staff import LANGUAGES
from flows.compute import local_day
from flows.texts import language_name
from storage.records import Role, StaffId

HOLIDAYS_SHOWN = 8


async def search(visit: Visit) -> web.Response:
    """Cases by number, dates, tag, outcome; words only in one's own."""
    chosen = search_filter(visit)
    found = None
    if chosen.active:
        found = await queue.search(
            visit.runtime, visit.staff, chosen.wanted, chosen.text, page=chosen.page
        )
    return visit.page(
        "search.html",
        chosen=chosen,
        found=found,
        cards=card_views(visit, found.cards) if found else [],
    )


async def board(visit: Visit) -> web.Response:
    """Load and deadlines of every lawyer."""
    page = visit.request.query.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    found = await queue.read_board(visit.runtime, visit.staff, page=number)
    return visit.page("board.html", board=found, held=card_views(visit, found.held.cards))


# -- staff -------------------------------------------------------------------------------------


async def show_staff(
    visit: Visit, problem: str = "", link: str = "", name: str = ""
) -> web.Response:
    """Everyone, and what may be done with them; what could not be used stands there again."""
    everyone = await staff.list_all(visit.runtime)
    skills = await roster.read_skills(visit.runtime)
    return visit.page(
        "staff.html",
        status=422 if problem else 200,
        people=[
            (
                person,
                visit.reader.say(phrases.ROLES[person.role]),
                skills.get((person.id, "language"), ()),
                skills.get((person.id, "topic"), ()),
            )
            for person in everyone
        ],
        let_in=await staff.list_let_in(visit.runtime, visit.staff),
        roles=[
            (role.value, visit.reader.say(phrases.ROLES[role]))
            for role in Role
            if staff.may_let_in(visit.staff, role)
        ],
        sees_cases=visit.staff.role in staff.READERS,
        desk_languages=[(code, language_name(code)) for code in LANGUAGES],
        sets_skills=visit.staff.role in roster.LEADERS,
        known_topics=topic_choices(visit.runtime.catalog, visit.reader),
        known_languages=[
            (code, visit.reader.language_name(code)) for code in visit.runtime.languages
        ],
        problem=problem,
        typed=visit.form if problem else NO_FORM,
        link=link,
        link_for=name,
    )


async def add_person(visit: Visit) -> web.Response:
    """A new member of staff, with a link to sign in."""
    text = visit.form.text
    try:
        person = await staff.hire(
            visit.runtime, visit.staff, text("name"), text("role"), text("language")
        )
    except BadInput as error:
        return await _staff_again(visit, error)
    made = await staff.make_link_for(visit.runtime, visit.staff, person.id)
    answer = await _with_link(visit, made, person.name)
    # sent twice it leads to the person whom it made: the link is shown this once
    answer.set_status(201)
    answer.headers["Location"] = _place(person.id)
    return answer


async def make_link(visit: Visit) -> web.Response:
    """A new link for somebody."""
    person = await staff.find(visit.runtime, str(_staff_id(visit)))
    lost = visit.form.text("lost") == "yes"
    try:
        made = await staff.make_link_for(visit.runtime, visit.staff, person.id, lost=lost)
    except BadInput as error:
        return await _staff_again(visit, error)
    return await _with_link(visit, made, person.name)


async def change_role(visit: Visit) -> web.Response:
    """Another role for somebody."""
    step = staff.change_role(visit.runtime, visit.staff, _staff_id(visit), visit.form.text("role"))
    return await _staff_after(visit, step)


async def dismiss(visit: Visit) -> web.Response:
    """Let somebody in no more."""
    return await _staff_after(visit, staff.dismiss(visit.runtime, visit.staff, _staff_id(visit)))


async def set_skills(visit: Visit) -> web.Response:
    """Which languages and topics somebody takes."""
    step = roster.set_skills(
        visit.runtime,
        visit.staff,
        _staff_id(visit),
        _ticked(visit, "language", visit.runtime.languages),
        _ticked(visit, "topic", visit.runtime.catalog.flows),
    )
    return await _staff_after(visit, step)


async def _with_link(visit: Visit, link: str, name: str) -> web.Response:
    return await show_staff(visit, link=link, name=name)


async def _staff_after(visit: Visit, step: Awaitable[object]) -> web.Response:
    try:
        await step
    except BadInput as error:
        return await _staff_again(visit, error)
    return see_other(_place(_staff_id(visit)))


def _place(staff_id: StaffId) -> str:
    return f"/desk/staff#person-{staff_id}"


async def _staff_again(visit: Visit, error: BadInput) -> web.Response:
    return await show_staff(visit, problem_of(visit, error))


def problem_of(visit: Visit, error: BadInput) -> str:
    """What is wrong with a form of the office, in a sentence."""
    known = office.PROBLEMS.get((error.field, error.reason), phrases.PROBLEM)
    return visit.reader.say(known)


# -- duty and holidays -------------------------------------------------------------------------


async def show_duty(visit: Visit, problem: str = "") -> web.Response:
    """Who is on duty in the next weeks, and when the office works."""
    runtime = visit.runtime
    duty, days = await roster.read_duty(runtime)
    today = local_day(visit.reader.now)
    names = await holding.names(runtime)
    people = [p for p in await staff.list_all(runtime) if p.role in roster.LAWYERS]
    coming = sorted(day for day in runtime.catalog.calendar.holidays if day >= today)
    return visit.page(
        "duty.html",
        status=422 if problem else 200,
        days=[
            (day, visit.reader.weekday(day), duty.get(day))
            for day in (today + timedelta(days=n) for n in range(7 * roster.WEEKS_SHOWN))
        ],
        lawyers=[person for person in people if not person.disabled],
        names=names,
        office_days=[(visit.reader.weekday(day), day, works) for day, works in days.items()],
        holidays=[visit.reader.weekday(day) for day in coming[:HOLIDAYS_SHOWN]],
        today=today.isoformat(),
        problem=problem,
    )


async def set_duty(visit: Visit) -> web.Response:
    """Name who is on duty on a day."""
    person = visit.form.text("person")
    try:
        day = _day(visit.form.text("day"))
        if person and not (person.isascii() and person.isdigit() and len(person) < 18):
            raise BadInput("person", "unknown")
        who = StaffId(int(person)) if person else None
        await roster.set_duty(visit.runtime, visit.staff, day, who)
    except BadInput as error:
        return await show_duty(visit, problem_of(visit, error))
    return see_other(f"/desk/duty#day-{day}")


async def set_office_day(visit: Visit) -> web.Response:
    """Say whether the office works on a day."""
    works = {"open": True, "closed": False, "": None}
    said = visit.form.text("works")
    if said not in works:
        raise NotFound  # our own buttons never send it
    try:
        day = _day(visit.form.text("day"))
        await roster.set_office_day(visit.runtime, visit.staff, day, works[said])
    except BadInput as error:
        return await show_duty(visit, problem_of(visit, error))
    return see_other("/desk/duty#days-title")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("day", "unknown") from None


def _ticked(visit: Visit, kind: str, known: Iterable[str]) -> list[str]:
    return [value for value in known if visit.form.text(f"{kind}.{value}")]


def _staff_id(visit: Visit) -> StaffId:
    return StaffId(int(visit.request.match_info["staff_id"]))
