"""Cases as lists show them: no content, in the reader's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.casework import deadlines
from bot.casework.states import HELD
from bot.desk import office_phrases as office
from bot.desk import phrases
from bot.desk.badges import Badge, Due, due_of, priority_badge, topic_title
from bot.desk.regions import region_name
from bot.desk.visit import Visit
from storage.records import CaseCard, CaseId, CaseState, Priority


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
    remarks: Sequence[str]
    about: str  # which other side the card names
    duty: str  # what is left of the 24 hours of the law; "" where it is no danger


def card_views(visit: Visit, cards: Iterable[CaseCard]) -> Sequence[CardView]:
    """A list of cases."""
    return [_view(visit, card) for card in cards]


def _view(visit: Visit, card: CaseCard) -> CardView:
    reader = visit.reader
    queued = card.state is CaseState.QUEUED
    own = card.assignee_id == visit.staff.id
    holder = card.assignee_name if card.assignee_name is not None and not own else ""
    call = phrases.WAITS_FOR_US if own else phrases.WAITS_FOR_HOLDER
    calls = card.waits_for_us and card.state in HELD
    return CardView(
        id=card.id,
        code=card.code,
        title=topic_title(visit.runtime.catalog, reader, card.topic),
        priority=priority_badge(reader, card.rank),
        state=_state(visit, card),
        language=reader.language_name(card.language),
        waiting=reader.say(phrases.WAITING, time=reader.since(card.queued_at)) if queued else "",
        due=due_of(reader, card.due_at) if card.clock_runs else None,
        holder=reader.say(phrases.HELD_BY, name=holder) if holder else "",
        call=reader.say(call) if calls else "",
        remarks=_remarks(visit, card),
        about=card.about,
        duty=_duty(visit, card),
    )


def _state(visit: Visit, card: CaseCard) -> str:
    if card.outcome is not None and card.outcome in phrases.OUTCOMES:
        return visit.reader.say(phrases.OUTCOMES[card.outcome])
    return visit.reader.say(phrases.STATES[card.state])


def _remarks(visit: Visit, card: CaseCard) -> Sequence[str]:
    reader, remarks = visit.reader, []
    if card.opponent is not None:
        remarks.append(reader.say(office.AGAINST, name=card.opponent))
    if card.region is not None:
        remarks.append(region_name(reader, card.region))
    if card.rank < card.priority:
        remarks.append(reader.say(office.RAISED))
    if card.next_action_on is not None:
        remarks.append(reader.say(office.NEXT_ACTION, day=card.next_action_on))
    return remarks


def _duty(visit: Visit, card: CaseCard) -> str:
    if card.priority is not Priority.DANGER or card.state is CaseState.CLOSED:
        return ""
    ends, now = card.opened_at + deadlines.LEGAL_DUTY, visit.reader.now
    phrase = office.LEGAL_DUTY if now < ends else office.LEGAL_DUTY_OVER
    return visit.reader.say(phrase, time=visit.reader.span(abs(ends - now)))
