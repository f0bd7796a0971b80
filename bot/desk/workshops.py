"""The pages of workshops: written, opened, filled, checked in; what is shared and printed."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from aiohttp import web

from bot.desk import workshop_phrases as words
from bot.desk import workshop_view as views
from bot.desk.forms import Form
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, NotFound, WorkshopMovedOn
from bot.runtime import Runtime
from bot.workshops import papers, places, planning
from bot.workshops.planning import Plan, Sight
from flows.compute import BAKU
from storage.records import Staff
from storage.workshops import Words, WorkshopState

TIME = "%Y-%m-%dT%H:%M"


async def show_all(visit: Visit) -> web.Response:
    """All workshops."""
    found = await planning.list_all(visit.runtime, visit.staff)
    rows = [views.card(visit.reader, *each) for each in found]
    return visit.page("workshops.html", w=words, rows=rows)


async def show_new(visit: Visit) -> web.Response:
    """An empty form."""
    return _form(visit, None, {"capacity": "30"}, {})


async def create(visit: Visit) -> web.Response:
    """Keep what the form says as a draft."""
    try:
        made = await planning.create(visit.runtime, visit.staff, _plan(visit))
    except BadInput as error:
        return _form(visit, None, visit.form.fields, _problems(visit, error))
    return see_other(_address(made))


async def show_edit(visit: Visit) -> web.Response:
    """The form with what is stored."""
    sight = await _look(visit)
    return _form(visit, sight, _stored(sight), {})


async def save(visit: Visit) -> web.Response:
    """Keep the changes; who has signed up is told of another time or place."""
    version = visit.form.text("version")
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    try:
        await planning.save(visit.runtime, visit.staff, _id(visit), _plan(visit), number)
    except (BadInput, WorkshopMovedOn) as error:
        problems = (
            _problems(visit, error)
            if isinstance(error, BadInput)
            else {"": visit.reader.say(words.MOVED)}
        )
        return _form(visit, await _look(visit), visit.form.fields, problems)
    return see_other(_address(_id(visit)))


async def show(visit: Visit) -> web.Response:
    """The workshop with everybody in it."""
    return await _page(visit)


async def enter(visit: Visit) -> web.Response:
    """Sign somebody up who told us by phone, or in person."""
    form, runtime = visit.form, visit.runtime
    language = form.text("language")
    try:
        if language not in runtime.languages:
            raise NotFound
        details, contact = planning.details_of(
            *map(form.text, ("name", "organisation", "phone", "email"))
        )
        await planning.enter(runtime, visit.staff, _id(visit), details, contact, language)
    except BadInput as error:
        return await _page(visit, typed=form.fields, problems=_problems(visit, error))
    except WorkshopMovedOn:
        return see_other(f"{_address(_id(visit))}?moved")
    return see_other(f"{_address(_id(visit))}?entered#people")


async def announce(visit: Visit) -> web.Response:
    """Begin an announcement of it."""
    try:
        made = await planning.announce(visit.runtime, visit.staff, _id(visit))
    except WorkshopMovedOn:
        return see_other(f"{_address(_id(visit))}?moved")
    return see_other(f"/desk/announcements/{made}")


async def check_in(visit: Visit) -> web.Response:
    """Somebody shows a code at the door."""
    try:
        await planning.check_in_by_pass(
            visit.runtime, visit.staff, _id(visit), visit.form.text("pass")
        )
    except BadInput as error:
        return await _page(visit, typed=visit.form.fields, problems=_problems(visit, error))
    return see_other(f"{_address(_id(visit))}?checked#door")


async def decide(visit: Visit) -> web.Response:
    """A button beside a person."""
    person = visit.form.text("person")
    if not (person.isascii() and person.isdigit() and len(person) < 18):
        raise NotFound
    answer = visit.form.text("answer")
    try:
        await planning.decide(visit.runtime, visit.staff, _id(visit), int(person), answer)
    except WorkshopMovedOn:
        return see_other(f"{_address(_id(visit))}?moved")
    return see_other(f"{_address(_id(visit))}#people")


Step = Callable[[Runtime, Staff, int], Awaitable[None]]


def step(action: Step) -> Callable[[Visit], Awaitable[web.Response]]:
    """The view of a button."""

    async def view(visit: Visit) -> web.Response:
        try:
            await action(visit.runtime, visit.staff, _id(visit))
        except WorkshopMovedOn:
            return see_other(f"{_address(_id(visit))}?moved")
        except BadInput as error:
            return await _page(visit, problems=_problems(visit, error))
        return see_other(_address(_id(visit)))

    return view


# -- papers ------------------------------------------------------------------------------------


async def qr(visit: Visit) -> web.Response:
    """The link as a QR code."""
    sight = await _look(visit)
    body = papers.qr_svg(papers.link(visit.runtime, sight.it))
    return web.Response(body=body, content_type="image/svg+xml")


async def poster(visit: Visit) -> web.Response:
    """The A4 poster in one language."""
    sight, language, said = await _in_language(visit)
    return _pdf(await papers.poster(visit.runtime, sight.it, said, language))


async def door_sheet(visit: Visit) -> web.Response:
    """What hangs in the room."""
    sight, language, said = await _in_language(visit)
    return _pdf(await papers.door_sheet(visit.runtime, sight.it, said, language))


async def certificates(visit: Visit) -> web.Response:
    """A page for each who came."""
    sight, language, said = await _in_language(visit)
    came = [person for person in sight.people if person.row.attended_at is not None]
    names = [person.details.name if person.details else "" for person in came]
    if not names:
        raise NotFound
    return _pdf(await papers.certificates(visit.runtime, sight.it, said, language, names))


def _pdf(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/pdf")


async def _in_language(visit: Visit) -> tuple[Sight, str, Words]:
    sight, language = await _look(visit), visit.request.match_info["language"]
    if language not in sight.words:
        raise NotFound
    return sight, language, sight.words[language]


# -- pages -------------------------------------------------------------------------------------


async def _page(
    visit: Visit, typed: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> web.Response:
    sight = await _look(visit)
    reader, query, it = visit.reader, visit.request.query, sight.it
    told = next(
        (
            reader.say(phrase)
            for name, phrase in (
                ("moved", words.MOVED),
                ("entered", words.ENTERED),
                ("checked", words.CHECKED_IN),
            )
            if name in query
        ),
        "",
    )
    return visit.page(
        "workshop.html",
        status=422 if problems else 200,
        w=words,
        it=it,
        view=views.page(visit, sight),
        told=told,
        typed=typed or {},
        problems=problems or {},
        is_draft=it.state is WorkshopState.DRAFT,
        is_open=it.state is WorkshopState.OPEN and not sight.over,
        may_announce=places.is_open(it, sight.now),
        link=papers.link(visit.runtime, it),
        tongues=views.tongues(visit, visit.runtime.languages),
    )


def _form(
    visit: Visit, sight: Sight | None, fields: Mapping[str, str], problems: Mapping[str, str]
) -> web.Response:
    return visit.page(
        "workshop_form.html",
        status=422 if problems else 200,
        w=words,
        it=sight.it if sight else None,
        action=f"{_address(sight.it.id)}/save" if sight else "/desk/workshops",
        fields=fields,
        problems=problems,
        tongues=views.tongues(visit, visit.runtime.languages),
        limits={"title": planning.MAX_TITLE, "text": planning.MAX_TEXT},
    )


def _stored(sight: Sight) -> dict[str, str]:
    it = sight.it
    fields = {
        "starts_at": it.starts_at.astimezone(BAKU).strftime(TIME),
        "ends_at": it.ends_at.astimezone(BAKU).strftime(TIME),
        "capacity": str(it.capacity),
        "map_link": it.map_link,
        **{f"spoken.{code}": "on" for code in it.spoken},
    }
    for code, said in sight.words.items():
        fields |= {
            f"title_{code}": said.title,
            f"description_{code}": said.description,
            f"place_{code}": said.place,
            f"materials_{code}": said.materials,
        }
    return fields


def _plan(visit: Visit) -> Plan:
    form = visit.form
    capacity = form.text("capacity").strip()
    said = {}
    for code in visit.runtime.languages:
        title, description, place, materials = (
            form.text(f"{name}_{code}").strip()
            for name in ("title", "description", "place", "materials")
        )
        if title or description or place or materials:
            said[code] = Words(" ".join(title.split()), description, place, materials)
    return Plan(
        starts_at=_moment(form, "starts_at"),
        ends_at=_moment(form, "ends_at"),
        capacity=int(capacity) if capacity.isascii() and capacity.isdigit() else 0,
        spoken=[code for code in visit.runtime.languages if form.text(f"spoken.{code}")],
        map_link=form.text("map_link").strip(),
        words=said,
    )


def _moment(form: Form, name: str) -> datetime:
    """The time in a form, which is Baku's."""
    try:
        return datetime.strptime(form.text(name), TIME).replace(tzinfo=BAKU).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(name, "unreadable") from None


def _problems(visit: Visit, error: BadInput) -> dict[str, str]:
    field = "title" if error.reason == "half" else error.field
    phrase = words.PROBLEMS.get((field, error.reason), words.PROBLEM)
    beside = error.field
    if beside == "contact":  # whichever of the two was written
        beside = "phone" if visit.form.text("phone").strip() else "email"
    return {beside: visit.reader.say(phrase)}


async def _look(visit: Visit) -> Sight:
    return await planning.look(visit.runtime, visit.staff, _id(visit))


def _id(visit: Visit) -> int:
    return int(visit.request.match_info["workshop_id"])


def _address(workshop_id: int) -> str:
    return f"/desk/workshops/{workshop_id}"
