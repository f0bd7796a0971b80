"""Lists of cases without content: the queue, one's own, the board, search.

Every list is made for one reader, and leaves out what the reader is barred from.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy import case as when

from storage import schema
from storage.conflicts import about, may_know
from storage.database import Tx
from storage.records import CaseCard, CaseId, CaseState, Priority, StaffId
from storage.roster import LANGUAGE, TOPIC

case, staff, skill, tag = schema.legal_case, schema.staff, schema.staff_skill, schema.case_tag
WIDENED = 50  # percent of the time to claim, after which a case is everybody's


@dataclass(frozen=True)
class Wanted:
    """Which cases; a field that is None or empty asks nothing."""

    states: Collection[CaseState] = ()
    assignee: StaffId | None = None
    only_reach_of: StaffId | None = None  # in the queue, or this person's own
    fits: StaffId | None = None  # this person knows its language and topic
    rank: Priority | None = None
    language: str = ""
    topic: str = ""
    code: str = ""  # its beginning
    tag: str = ""
    outcome: str = ""
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    not_pressing: bool = False  # neither in danger nor urgent
    overdue_at: datetime | None = None  # a deadline that runs has passed by then
    waits_for_us: bool = False  # the worker wrote after the last reply
    due_before: datetime | None = None
    silent_since: datetime | None = None  # neither side has written since
    undated: bool = False  # no day is set for the next action
    action_by: date | None = None  # the day set for the next action comes up to this day
    ids: Collection[CaseId] | None = None


def list_cards(
    tx: Tx, reader: StaffId, wanted: Wanted, *, limit: int, offset: int = 0, newest: bool = False
) -> list[CaseCard]:
    """These cases as cards: most urgent first, or the newest first."""
    order = (
        (case.c.id.desc(),) if newest else (case.c.rank, case.c.due_at, case.c.queued_at, case.c.id)
    )
    query = (
        select(case, staff.c.name_sealed)
        .outerjoin(staff, staff.c.id == case.c.assignee_id)
        .where(_where(reader, wanted))
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    names: dict[int, str] = {}
    return [_card(tx, row, names) for row in tx.execute(query)]


def count(tx: Tx, reader: StaffId, wanted: Wanted) -> int:
    """How many cases these are."""
    query = select(func.count()).select_from(case).where(_where(reader, wanted))
    return int(tx.execute(query).scalar_one())


def lock_next(tx: Tx, lawyer: StaffId, *, fits: bool) -> CaseId | None:
    """The most urgent waiting case, passing over those that a colleague is taking this moment."""
    wanted = Wanted(states=[CaseState.QUEUED], fits=lawyer if fits else None)
    query = (
        select(case.c.id)
        .where(_where(lawyer, wanted))
        .order_by(case.c.rank, case.c.due_at, case.c.queued_at, case.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(query).scalar()


@dataclass(frozen=True)
class Load:
    """How much one lawyer has in hand."""

    open: int
    counted: int  # in the cap: without those that wait for a third party
    waits_for_us: int
    overdue: int
    due_today: int


def loads(
    tx: Tx, reader: StaffId, held: Collection[CaseState], now: datetime, end_of_day: datetime
) -> dict[StaffId, Load]:
    """How much each lawyer has in hand, of what the reader may know."""

    def number(condition: ColumnElement[bool]) -> ColumnElement[Any]:
        return func.sum(when((condition, 1), else_=0))

    query = (
        select(
            case.c.assignee_id,
            func.count().label("open"),
            number(case.c.state != CaseState.WAITING_THIRD).label("counted"),
            number(_waits_for_us()).label("waits"),
            number(_clock_runs() & (case.c.due_at <= now)).label("overdue"),
            number(_clock_runs() & (case.c.due_at > now) & (case.c.due_at < end_of_day)).label(
                "today"
            ),
        )
        .where(case.c.state.in_(held) & case.c.assignee_id.is_not(None) & may_know(reader))
        .group_by(case.c.assignee_id)
    )
    return {
        StaffId(row.assignee_id): Load(row.open, row.counted, row.waits, row.overdue, row.today)
        for row in tx.execute(query)
    }


def count_held(tx: Tx, lawyer: StaffId, counted: Collection[CaseState]) -> int:
    """How many cases in these states this lawyer has: for the cap, so nothing is left out."""
    query = select(func.count()).select_from(case).where(
        (case.c.assignee_id == lawyer) & case.c.state.in_(counted)
    )  # fmt: skip
    return int(tx.execute(query).scalar_one())


def _where(reader: StaffId, wanted: Wanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [may_know(reader)]
    if wanted.states:
        conditions.append(case.c.state.in_(wanted.states))
    if wanted.ids is not None:
        conditions.append(case.c.id.in_(wanted.ids))
    for column, value in (
        (case.c.assignee_id, wanted.assignee),
        (case.c.rank, wanted.rank),
        (case.c.language, wanted.language or None),
        (case.c.topic, wanted.topic or None),
        (case.c.outcome, wanted.outcome or None),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.code:
        conditions.append(case.c.code.startswith(wanted.code, autoescape=True))
    if wanted.tag:
        conditions.append(exists().where(and_(tag.c.case_id == case.c.id, tag.c.tag == wanted.tag)))
    conditions += _when(wanted)
    if wanted.only_reach_of is not None:
        own = case.c.assignee_id == wanted.only_reach_of
        conditions.append(or_(case.c.state == CaseState.QUEUED, own))
    if wanted.fits is not None:
        conditions.append(or_(case.c.mark >= WIDENED, _fits(wanted.fits)))
    return and_(*conditions)


def _when(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.opened_from is not None:
        conditions.append(case.c.opened_at >= wanted.opened_from)
    if wanted.opened_before is not None:
        conditions.append(case.c.opened_at < wanted.opened_before)
    if wanted.overdue_at is not None:
        conditions.append(_clock_runs() & (case.c.due_at <= wanted.overdue_at))
    if wanted.due_before is not None:
        conditions.append(_clock_runs() & (case.c.due_at < wanted.due_before))
    if wanted.not_pressing:
        conditions.append(case.c.priority > Priority.URGENT)
    if wanted.waits_for_us:
        conditions.append(_waits_for_us())
    if wanted.silent_since is not None:
        since = wanted.silent_since
        quiet = [or_(c.is_(None), c < since) for c in (case.c.wrote_at, case.c.replied_at)]
        conditions.append(and_(case.c.opened_at < since, *quiet))
    if wanted.undated:
        conditions.append(case.c.next_action_on.is_(None))
    if wanted.action_by is not None:
        conditions.append(case.c.next_action_on <= wanted.action_by)
    return conditions


def _fits(person: StaffId) -> ColumnElement[bool]:
    def knows(kind: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
        own = and_(skill.c.staff_id == person, skill.c.kind == kind)
        return or_(~exists().where(own), exists().where(and_(own, skill.c.value == value)))

    return and_(knows(LANGUAGE, case.c.language), knows(TOPIC, case.c.topic))


def _clock_runs() -> ColumnElement[bool]:
    return case.c.clock_from.is_not(None) & case.c.paused_at.is_(None)


def _waits_for_us() -> ColumnElement[bool]:
    unanswered = or_(case.c.replied_at.is_(None), case.c.replied_at < case.c.wrote_at)
    return case.c.wrote_at.is_not(None) & unanswered


def _card(tx: Tx, row: Any, names: dict[int, str]) -> CaseCard:
    holder = row.assignee_id
    if holder is not None and holder not in names:
        names[holder] = tx.unseal("staff.name", holder, row.name_sealed)
    sealed = row.opponent_sealed
    return CaseCard(
        id=CaseId(row.id),
        code=row.code,
        topic=row.topic,
        language=row.language,
        state=CaseState(row.state),
        priority=Priority(row.priority),
        assignee_id=holder,
        assignee_name=None if holder is None else names[holder],
        queued_at=row.queued_at,
        due_at=row.due_at,
        waits_for_us=row.wrote_at is not None
        and (row.replied_at is None or row.replied_at < row.wrote_at),
        opened_at=row.opened_at,
        rank=Priority(row.rank),
        region=row.region,
        opponent=sealed and tx.unseal("legal_case.opponent", row.id, sealed),
        about=about(row.opponent_hash),
        clock_runs=row.clock_from is not None and row.paused_at is None,
        mark=row.mark,
        next_action_on=row.next_action_on,
        wrote_at=row.wrote_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
    )
