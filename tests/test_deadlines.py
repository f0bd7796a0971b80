"""Deadlines of cases: in Baku's working time, over weekends, holidays and pauses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.casework import deadlines
from bot.casework.deadlines import Deadline
from bot.worktime import holidays_of, working_time_between
from flows.compute import BAKU, Calendar
from storage.records import Case, CaseState, ConversationId, Priority, WorkerId
from storage.records import CaseId as Id

CALENDAR = Calendar(holidays_of([2026, 2027]))
DANGER, URGENT, SOON, NORMAL = Priority
CLAIM, FIRST, NEXT = Deadline.CLAIM, Deadline.FIRST_REPLY, Deadline.NEXT_REPLY


def baku(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=BAKU)


def a_case(priority: Priority, begun: datetime, due: datetime, paused: datetime) -> Case:
    return Case(
        id=Id(1),
        code="BBBBB",
        worker_id=WorkerId(1),
        conversation_id=ConversationId(1),
        topic="wages",
        language="en",
        state=CaseState.WAITING_WORKER,
        priority=priority,
        assignee_id=None,
        answers="[]",
        outcome=None,
        queued_at=begun,
        due_at=due,
        claimed_at=None,
        replied_at=None,
        wrote_at=None,
        closed_at=None,
        opened_at=begun,
        rank=priority,
        region=None,
        opponent=None,
        opponent_hash=None,
        clock_from=begun,
        mark=0,
        mark_at=None,
        rung=0,
        rung_at=None,
        paused_at=paused,
        next_action_on=None,
        merged_into_id=None,
        reopened=0,
    )


@pytest.mark.parametrize(
    ("deadline", "priority", "start", "end"),
    [
        # danger: by the clock on the wall, on Sundays and at night
        (CLAIM, DANGER, baku(11, 22, 3), baku(11, 22, 3, 15)),
        (FIRST, DANGER, baku(11, 22, 23, 50), baku(11, 23, 0, 20)),
        (NEXT, DANGER, baku(12, 31, 23), baku(1, 1, 1, year=2027)),
        # urgent: an hour, four, a working day
        (CLAIM, URGENT, baku(11, 23, 10), baku(11, 23, 11)),
        (CLAIM, URGENT, baku(11, 20, 17, 30), baku(11, 23, 9, 30)),  # Friday evening
        (FIRST, URGENT, baku(11, 21, 12), baku(11, 23, 13)),  # Saturday
        (NEXT, URGENT, baku(11, 23, 10), baku(11, 24, 10)),
        # wages: a working day, and two
        (CLAIM, SOON, baku(11, 23, 8), baku(11, 23, 18)),
        (FIRST, SOON, baku(11, 20, 12), baku(11, 23, 12)),
        (NEXT, SOON, baku(11, 20, 12), baku(11, 24, 12)),
        # a question: two, three, five
        (CLAIM, NORMAL, baku(11, 23, 12), baku(11, 25, 12)),
        (FIRST, NORMAL, baku(11, 19, 12), baku(11, 24, 12)),
        (NEXT, NORMAL, baku(11, 23, 12), baku(11, 30, 12)),
        # Victory Day, 8 November, fell on a Sunday in 2026; the calendar says what follows
        (CLAIM, SOON, baku(12, 30, 12), None),  # over the turn of the year
        (CLAIM, SOON, baku(3, 19, 12), None),  # over Novruz
    ],
)
def test_deadlines_pass_over_nights_weekends_and_holidays(
    deadline: Deadline, priority: Priority, start: datetime, end: datetime | None
) -> None:
    found = deadlines.due(deadline, priority, start.astimezone(UTC), CALENDAR)
    assert found.tzinfo is UTC
    if end is not None:
        assert found == end
        return
    assert CALENDAR.works_on(found.astimezone(BAKU).date())
    assert working_time_between(start, found, CALENDAR) == timedelta(hours=9)
    assert found - start > timedelta(days=2)


def test_a_day_that_the_office_closes_moves_the_deadline() -> None:
    closed = Calendar(CALENDAR.holidays | {date(2026, 11, 24)})
    start = baku(11, 23, 12)
    assert deadlines.due(CLAIM, SOON, start, CALENDAR) == baku(11, 24, 12)
    assert deadlines.due(CLAIM, SOON, start, closed) == baku(11, 25, 12)


@pytest.mark.parametrize(
    ("priority", "begun", "paused", "resumed", "due"),
    [
        # half a day is left on Monday at noon: half a day is left on Thursday at noon
        (SOON, baku(11, 20, 12), baku(11, 23, 12), baku(11, 26, 12), baku(11, 27, 12)),
        # a pause over a weekend takes nothing and gives nothing
        (SOON, baku(11, 19, 12), baku(11, 20, 18), baku(11, 23, 9), baku(11, 23, 12)),
        # resumed at night: it goes on in the morning
        (SOON, baku(11, 19, 12), baku(11, 20, 18), baku(11, 24, 23), baku(11, 25, 12)),
        # danger rests by the clock on the wall
        (DANGER, baku(11, 21, 12), baku(11, 21, 13), baku(11, 22, 13), baku(11, 22, 14)),
    ],
)
def test_a_pause_adds_its_span_to_the_deadline(
    priority: Priority, begun: datetime, paused: datetime, resumed: datetime, due: datetime
) -> None:
    was_due = deadlines.due(NEXT, priority, begun, CALENDAR)
    case = a_case(priority, begun, was_due, paused)
    values = deadlines.resumed(case, resumed, CALENDAR)
    assert values["due_at"] == due
    assert values["paused_at"] is None
    assert resumed <= values["mark_at"] <= due


def test_what_was_overdue_before_a_pause_is_overdue_after_it() -> None:
    begun = baku(11, 16, 12)
    case = a_case(SOON, begun, deadlines.due(NEXT, SOON, begun, CALENDAR), baku(11, 20, 12))
    values = deadlines.resumed(case, baku(11, 26, 12), CALENDAR)
    assert values["due_at"] == case.due_at


def test_a_case_that_does_not_rest_is_not_resumed() -> None:
    case = a_case(SOON, baku(11, 16, 12), baku(11, 18, 12), baku(11, 17, 12))
    assert deadlines.resumed(replace(case, paused_at=None), baku(11, 18, 9), CALENDAR) == {}


@pytest.mark.parametrize(
    ("priority", "marks"),
    [
        (SOON, (baku(11, 23, 16, 30), baku(11, 24, 10, 12), baku(11, 24, 12))),
        (DANGER, (baku(11, 23, 12, 7, ), baku(11, 23, 12, 12), baku(11, 23, 12, 15))),
    ],
)  # fmt: skip
def test_half_of_the_time_and_four_fifths_are_told(
    priority: Priority, marks: tuple[datetime, datetime, datetime]
) -> None:
    now = baku(11, 23, 12)
    values = deadlines.started(CLAIM, priority, now, CALENDAR)
    found, mark, at = [values["mark_at"]], 50, values["mark_at"]
    for following in (80, 100):
        at = deadlines.mark_at(CLAIM, priority, at, values["due_at"], mark, CALENDAR)
        assert at is not None
        found.append(at)
        mark = following
    assert [moment.replace(second=0) for moment in found] == list(marks)
    assert deadlines.mark_at(CLAIM, priority, at, values["due_at"], 100, CALENDAR) is None


@pytest.mark.parametrize(
    ("rank", "after"), [(DANGER, DANGER), (URGENT, URGENT), (SOON, URGENT), (NORMAL, SOON)]
)
def test_a_missed_deadline_raises_one_step_and_never_to_danger(
    rank: Priority, after: Priority
) -> None:
    assert deadlines.raised(rank) is after
