"""Deadlines of a case: how long each may take, how they run, rest and go on (HANDOFF.md 6d).

A case has one deadline that runs at a time, in `due_at`: to be claimed, to be answered first, to
be answered next. It runs in working time; in danger by the clock on the wall, day and night. While
we wait for the worker the next answer rests: the time that was left is left afterwards, too.
What is told of a deadline at which percent stands in MARKS; storage keeps the next one's moment.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.worktime import WORKING_DAY, add_working_time, working_time_between
from flows.compute import Calendar
from storage.records import Case, CaseState, Priority

DANGER, URGENT, SOON, NORMAL = Priority
HOUR = timedelta(hours=1)


class Deadline(StrEnum):
    """What is to happen by it."""

    CLAIM = "claim"  # a lawyer takes the case
    FIRST_REPLY = "first_reply"  # and answers; the lease of a claim ends then, too
    NEXT_REPLY = "next_reply"  # what the worker wrote since is answered


WITHIN: Mapping[Deadline, Mapping[Priority, timedelta]] = MappingProxyType(
    {
        Deadline.CLAIM: {
            DANGER: timedelta(minutes=15),
            URGENT: HOUR,
            SOON: WORKING_DAY,
            NORMAL: 2 * WORKING_DAY,
        },
        Deadline.FIRST_REPLY: {
            DANGER: timedelta(minutes=30),
            URGENT: 4 * HOUR,
            SOON: WORKING_DAY,
            NORMAL: 3 * WORKING_DAY,
        },
        Deadline.NEXT_REPLY: {
            DANGER: 2 * HOUR,
            URGENT: WORKING_DAY,
            SOON: 2 * WORKING_DAY,
            NORMAL: 5 * WORKING_DAY,
        },
    }
)
MARKS = (50, 80, 100)  # percent of a deadline at which somebody is told
LEGAL_DUTY = timedelta(hours=24)  # HANDOFF.md section 3: danger is a matter of one day


def due(deadline: Deadline, priority: Priority, at: datetime, calendar: Calendar) -> datetime:
    """By when it is to happen where its time begins now."""
    return _after(at, WITHIN[deadline][priority], priority, calendar)


def running(state: CaseState) -> Deadline:
    """Which deadline runs in this state, if one does."""
    return {CaseState.QUEUED: Deadline.CLAIM, CaseState.CLAIMED: Deadline.FIRST_REPLY}.get(
        state, Deadline.NEXT_REPLY
    )


def started(
    deadline: Deadline, priority: Priority, now: datetime, calendar: Calendar
) -> dict[str, Any]:
    """The columns of a case whose deadline begins to run now."""
    return {
        "clock_from": now,
        "due_at": due(deadline, priority, now, calendar),
        "mark": 0,
        "mark_at": mark_at(deadline, priority, now, None, 0, calendar),
        "paused_at": None,
    }


def stopped() -> dict[str, Any]:
    """The columns of a case for which no deadline runs."""
    return {"clock_from": None, "mark": 0, "mark_at": None, "paused_at": None}


def paused(case: Case, now: datetime) -> dict[str, Any]:
    """The columns of a case that waits for the worker: what runs, rests."""
    return {} if case.clock_from is None else {"paused_at": now, "mark_at": None}


def resumed(case: Case, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """The columns of a case that waits no more: the time that was left is left again."""
    if case.paused_at is None:
        return {}
    left = _between(case.paused_at, case.due_at, case.priority, calendar)
    new_due = _after(now, left, case.priority, calendar) if left else case.due_at
    next_at = mark_at(Deadline.NEXT_REPLY, case.priority, now, new_due, case.mark, calendar)
    return {"due_at": new_due, "paused_at": None, "mark_at": next_at}


def mark_at(
    deadline: Deadline,
    priority: Priority,
    now: datetime,
    due_at: datetime | None,
    mark: int,
    calendar: Calendar,
) -> datetime | None:
    """When the next mark after this one is reached, seen from now; None after the last.

    `due_at` is None where the time begins now.
    """
    following = next((m for m in MARKS if m > mark), None)
    if following is None:
        return None
    whole = WITHIN[deadline][priority]
    left = whole if due_at is None else _between(now, due_at, priority, calendar)
    until = left - whole * (100 - following) / 100
    return _after(now, max(until, timedelta(0)), priority, calendar)


def raised(rank: Priority) -> Priority:
    """The rank after a missed deadline: one step up, at most to urgent; danger stays danger."""
    return rank if rank <= URGENT else Priority(rank - 1)


def _after(at: datetime, span: timedelta, priority: Priority, calendar: Calendar) -> datetime:
    return at + span if priority is DANGER else add_working_time(at, span, calendar)


def _between(start: datetime, end: datetime, priority: Priority, calendar: Calendar) -> timedelta:
    if priority is DANGER:
        return max(end - start, timedelta(0))
    return working_time_between(start, end, calendar)
