"""The pages of outreach: announcements written, counted, approved, watched and decided."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from aiohttp import web

from bot.delivery.pausing import ERRORS, PLATFORM
from bot.desk import outreach_phrases as words
from bot.desk import outreach_view as views
from bot.desk.forms import Form
from bot.desk.live import follow
from bot.desk.outreach_view import Typed
from bot.desk.reader import Reader
from bot.desk.visit import Link, Visit, kept_texts, see_other
from bot.desk.workshop_view import card
from bot.errors import AnnouncementNotInState, BadInput, NotFound
from bot.outreach import announcements
from bot.outreach.announcements import LEDGER_PAGE, MAX_TEXT, Draft, Sight
from bot.outreach.letters import TESTABLE
from bot.outreach.progress import progress
from bot.runtime import Runtime
from bot.texts import direction
from bot.workshops import planning
from flows.compute import BAKU
from storage.announcements import AnnouncementId, AnnouncementState
from storage.audience import FILTERS
from storage.recipients import RecipientState
from storage.records import Staff
from storage.workshops import name_of

TEXT, HAS = "text_", "has."  # fields of a draft; of a count, which carries no texts
BESIDE_FIELDS = (
    "name",
    "fallback",
    "template",
    "send_at",
)  # where a problem stands beside its field
EVENT_GAP_SECONDS = 1.0  # a page that is being sent changes ten times a second


async def show_all(visit: Visit) -> web.Response:
    """All announcements, and a form for a new one."""
    return await _list(visit)


async def create(visit: Visit) -> web.Response:
    """Begin a draft."""
    try:
        made = await announcements.create(visit.runtime, visit.staff, visit.form.text("name"))
    except BadInput as error:
        return await _list(visit, _sentence(visit, error))
    return see_other(_address(made))


async def show(visit: Visit) -> web.Response:
    """The editor of a draft; of any other its state and progress."""
    sight = await _look(visit)
    if sight.it.state is AnnouncementState.DRAFT:
        return await _draft_page(visit, sight, views.stored(sight))
    return await _page(visit, sight)


async def save(visit: Visit) -> web.Response:
    """Keep what the draft says."""
    return await _save(visit, propose=False)


async def propose(visit: Visit) -> web.Response:
    """Keep what the draft says, and offer it for sending."""
    return await _save(visit, propose=True)


async def count(visit: Visit) -> web.Response:
    """How many would get it, as chosen in the address: a part of the page."""
    await _look(visit)
    query = visit.request.query
    chosen = _filters(query)
    languages = [name.removeprefix(HAS) for name in query if name.startswith(HAS)]
    reach = await announcements.count(
        visit.runtime,
        visit.staff,
        chosen,
        languages,
        query.get("fallback") or None,
        query.get("template") or None,
    )
    return visit.page("reach.html", w=words, reach=views.reach_view(visit.reader, reach))


async def ledger(visit: Visit) -> web.Response:
    """Every recipient by number, all or of one state."""
    sight = await _look(visit)
    wanted = visit.request.query.get("state", "")
    state = RecipientState(wanted) if wanted in set(RecipientState) else None
    after = visit.request.query.get("after", "")
    after_worker = int(after) if after.isascii() and after.isdigit() and len(after) < 18 else 0
    rows = await announcements.ledger(visit.runtime, visit.staff, sight.it.id, state, after_worker)
    found = await progress(visit.runtime, sight.it.id)
    return visit.page(
        "ledger.html",
        w=words,
        it=sight.it,
        rows=[views.row_view(visit.reader, row) for row in rows],
        counts=views.progress_view(visit.reader, found).counts,
        wanted=wanted if state else "",
        next_after=rows[-1].worker_id if len(rows) == LEDGER_PAGE else 0,
    )


async def live(visit: Visit) -> web.StreamResponse:
    """Events for the page of an announcement, at most one a second."""
    sight = await _look(visit)
    topics = (f"announcement:{sight.it.id}",)
    return await follow(visit, topics, gap_seconds=EVENT_GAP_SECONDS)


# -- steps -------------------------------------------------------------------------------------

Step = Callable[[Runtime, Staff, int], Awaitable[None]]


def step(action: Step) -> Callable[[Visit], Awaitable[web.Response]]:
    """The view of a button: do it, then show the page; who came too late is told so."""

    async def view(visit: Visit) -> web.Response:
        try:
            await action(visit.runtime, visit.staff, _id(visit))
        except AnnouncementNotInState:
            return see_other(f"{_address(_id(visit))}?moved")
        except BadInput as error:
            return await _page(visit, await _look(visit), _sentence(visit, error))
        return see_other(_address(_id(visit)))

    return view


async def decide(visit: Visit) -> web.Response:
    """What to do with copies that may have arrived: one person's, or all."""
    person = visit.form.text("person")
    worker = int(person) if person.isascii() and person.isdigit() and len(person) < 18 else None
    action = (
        announcements.send_unknown_again
        if visit.form.text("decision") == "again"
        else announcements.skip_unknown
    )
    try:
        await action(visit.runtime, visit.staff, _id(visit), worker)
    except AnnouncementNotInState:
        return see_other(f"{_address(_id(visit))}?moved")
    if worker is not None:
        return see_other(f"{_address(_id(visit))}/ledger?state=unknown")
    return see_other(_address(_id(visit)))


# -- pages -------------------------------------------------------------------------------------


async def _list(visit: Visit, problem: str = "") -> web.Response:
    found = await announcements.list_all(visit.runtime, visit.staff)
    rows = [
        (it.id, it.name, views.state_badge(visit.reader, it.state), visit.reader.moment(it.made_at))
        for it in found
    ]
    typed = visit.form.text("name")
    return visit.page("announcements.html", w=words, rows=rows, problem_of_name=problem, name=typed)


async def _draft_page(visit: Visit, sight: Sight, typed: Typed) -> web.Response:
    told = await announcements.known_facts(visit.runtime, visit.staff)
    assert sight.reach is not None
    return visit.page(
        "announcement_draft.html",
        w=words,
        it=sight.it,
        typed=typed,
        texts=views.language_texts(visit, typed, sight.invites),
        templates=views.template_views(visit),
        invites=sight.invites,
        groups=views.groups(visit, typed.draft.filters, told, await _workshops(visit)),
        reach=views.reach_view(visit.reader, sight.reach),
        second=views.needs_second(visit.reader, sight),
        elsewhere=[
            sentence
            for name, sentence in typed.problems.items()
            if name not in BESIDE_FIELDS and name.removeprefix(TEXT) not in visit.runtime.languages
        ],
        max_text=MAX_TEXT,
        told=visit.reader.say(words.SAVED) if "saved" in visit.request.query else "",
    )


async def _page(visit: Visit, sight: Sight, told: str = "") -> web.Response:
    it, reader = sight.it, visit.reader
    if not told and "moved" in visit.request.query:
        told = reader.say(words.MOVED)
    if it.state is AnnouncementState.DRAFT:
        return await _draft_page(visit, sight, views.stored(sight))
    found = await progress(visit.runtime, it.id)
    facts = [
        (
            words.FILTERED,
            views.filters_in_words(visit, it.audience.filters, await _workshops(visit)),
        ),
        (words.FALLBACK, views.fallback_in_words(reader, it.fallback)),
        (words.TEMPLATE, views.template_in_words(visit, it.template)),
        (words.SEND_TIME, reader.moment(it.send_at) if it.send_at else reader.say(words.AT_ONCE)),
        (words.PROPOSED_BY, sight.makers.get(it.proposed_by or 0, "")),
        (words.APPROVED_BY, sight.makers.get(it.approved_by or 0, "")),
    ]
    return visit.page(
        "announcement.html",
        w=words,
        it=it,
        badge_of_state=views.state_badge(reader, it.state),
        facts=[(reader.say(label), value) for label, value in facts if value],
        texts=[
            (reader.language_name(code), code.replace("_", "-"), direction(code), text)
            for code, text in sorted(sight.texts.items())
        ],
        progress=views.progress_view(reader, found),
        reach=views.reach_view(reader, sight.reach) if sight.reach else None,
        may_approve=sight.alone or it.proposed_by != visit.staff.id,
        testable=it.state in TESTABLE,
        alarm=_alarm(reader, it.reason),
        told=told,
    )


async def _workshops(visit: Visit) -> dict[str, str]:
    """The newest workshops as one line each, by their names in an audience."""
    found = await planning.list_all(visit.runtime, visit.staff)
    cards = [(it.id, card(visit.reader, it, said, counts)) for it, said, counts in found]
    return {name_of(number): f"{each.title} ({each.when})" for number, each in cards}


def _alarm(reader: Reader, reason: str | None) -> str:
    """Why it paused by itself; "" where it did not."""
    if reason == ERRORS:
        return reader.say(words.PAUSED_BY_ERRORS, count=3, first=100)
    return reader.say(words.PAUSED_BY_PLATFORM) if reason == PLATFORM else ""


async def _save(visit: Visit, *, propose: bool) -> web.Response:
    form = visit.form
    draft = Draft(
        name=form.text("name"),
        texts={
            name.removeprefix(TEXT): text
            for name, text in form.fields.items()
            if name.startswith(TEXT)
        },
        filters=_filters(form.fields),
        fallback=form.text("fallback") or None,
        template=form.text("template") or None,
    )
    typed = Typed(draft, form.text("send_at"))
    version = form.text("version")
    try:
        send_at = _moment(form)
        number = int(version) if version.isascii() and version.isdigit() else 0
        await announcements.save(visit.runtime, visit.staff, _id(visit), draft, number)
        if propose:
            await announcements.propose(visit.runtime, visit.staff, _id(visit), send_at)
    except BadInput as error:
        problems = {error.field: _sentence(visit, error)}
        return await _draft_page(visit, await _look(visit), replace(typed, problems=problems))
    except AnnouncementNotInState:
        return visit.page(
            "message.html",
            status=409,
            title=visit.reader.say(words.ANNOUNCEMENTS),
            lead=visit.reader.say(words.MOVED),
            kept=kept_texts(visit.form),
            back=Link("/desk/announcements", visit.reader.say(words.ANNOUNCEMENTS)),
        )
    return see_other(f"{_address(_id(visit))}{'' if propose else '?saved'}")


def _filters(fields: Iterable[str]) -> dict[str, list[str]]:
    """The marked boxes, named like "region.ganja"."""
    chosen: dict[str, list[str]] = {}
    for field in fields:
        name, _, value = field.partition(".")
        if name in FILTERS and value:
            chosen.setdefault(name, []).append(value[:64])
    return chosen


def _moment(form: Form) -> datetime | None:
    """The time in a form, which is Baku's; None where there is none."""
    text = form.text("send_at").strip()
    if not text:
        return None
    try:
        local = datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=BAKU)
    except ValueError:
        raise BadInput("send_at", "unreadable") from None
    return local.astimezone(UTC)


def _sentence(visit: Visit, error: BadInput) -> str:
    field = "text" if error.field.startswith(TEXT) else error.field
    return visit.reader.say(words.PROBLEMS[(field, error.reason)])


async def _look(visit: Visit) -> Sight:
    return await announcements.look(visit.runtime, visit.staff, _id(visit))


def _id(visit: Visit) -> AnnouncementId:
    found = visit.request.match_info.get("announcement_id")
    if found is None:
        raise NotFound
    return AnnouncementId(int(found))


def _address(announcement_id: int) -> str:
    return f"/desk/announcements/{announcement_id}"
