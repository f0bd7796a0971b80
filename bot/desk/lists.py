"""The front page: who waits for a lawyer, and one's own cases."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot import cases
from bot.desk import phrases
from bot.desk.badges import Badge, Due, due_of, priority_badge, topic_title
from bot.desk.visit import Visit, see_other
from storage.records import CaseCard, CaseId, CaseState, Role


@dataclass(frozen=True)
class CardView:
    """A case as a list shows it."""

    id: CaseId
    code: str
    title: str
    priority: Badge
    state: str
    language: str
    waiting: str  # "" unless it waits for a lawyer
    due: Due | None
    holder: str  # "" unless a colleague has it
    call: str  # why to look at it now; "" where nothing presses


async def to_front(_: Visit) -> web.Response:
    """/desk without its stroke."""
    return see_other("/desk/")


async def front(visit: Visit) -> web.Response:
    """The queue and one's own cases; a coordinator also sees who holds what."""
    runtime, reader = visit.runtime, visit.staff
    if reader.role not in cases.MAY_READ_CASES:
        if reader.role is Role.OUTREACH:
            return see_other("/desk/announcements")
        return visit.page("no_cases.html")
    mine = await cases.list_mine(runtime, reader)
    coordinator = reader.role is Role.COORDINATOR
    held = await cases.list_held(runtime, reader) if coordinator else []
    return visit.page(
        "front.html",
        queue=_views(visit, await cases.list_queue(runtime, reader)),
        mine=_views(visit, sorted(mine, key=lambda card: not card.waits_for_us)),
        held=_views(visit, (card for card in held if card.assignee_id != reader.id)),
        closed=_views(visit, await cases.list_closed(runtime, reader)),
        shows_held=coordinator,
        told=visit.reader.say(phrases.RELEASED) if "released" in visit.request.query else "",
    )


def _views(visit: Visit, cards: Iterable[CaseCard]) -> Sequence[CardView]:
    return [_view(visit, card) for card in cards]


def _view(visit: Visit, card: CaseCard) -> CardView:
    reader = visit.reader
    queued = card.state is CaseState.QUEUED
    own = card.assignee_id == visit.staff.id
    holder = card.assignee_name if card.assignee_name is not None and not own else ""
    call = phrases.WAITS_FOR_US if own else phrases.WAITS_FOR_HOLDER
    calls = card.waits_for_us and card.state in (CaseState.CLAIMED, CaseState.ACTIVE)
    return CardView(
        id=card.id,
        code=card.code,
        title=topic_title(visit.runtime.catalog, reader, card.topic),
        priority=priority_badge(reader, card.priority),
        state=reader.say(phrases.STATES[card.state]),
        language=reader.language_name(card.language),
        waiting=reader.say(phrases.WAITING, time=reader.since(card.queued_at)) if queued else "",
        due=due_of(reader, card.due_at) if queued else None,
        holder=reader.say(phrases.HELD_BY, name=holder) if holder else "",
        call=reader.say(call) if calls else "",
    )
