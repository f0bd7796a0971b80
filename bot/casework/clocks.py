"""The clocks of the office: deadlines, leases, ladders, offers, the morning list.

A plain loop asks the database what is due. All of it is in the database, so a crash loses
nothing: what was due meanwhile is done at the next look. Several processes may look at once; a
row that one of them works on is locked, and its next time is written in the same transaction, so
every step is taken once.
"""

from datetime import datetime, timedelta

import structlog

from bot.casework import calls, deadlines, doors, holding, ladder, queue
from bot.loop import Loop
from bot.office import notices, roster
from bot.runtime import Runtime
from storage import cases as store
from storage import staff as people
from storage.database import Tx
from storage.records import Case, CaseState, NoticeKind, Priority, StaffId

log = structlog.get_logger()
LOOK_EVERY_SECONDS = 20.0
AT_ONCE = 50  # cases in one transaction
KINDS = {50: NoticeKind.DUE_HALF, 80: NoticeKind.DUE_SOON, 100: NoticeKind.OVERDUE}


class Clocks(Loop):
    """Runs `tick` whenever something may be due."""

    name, topics = "clocks", ("queue",)

    async def _round(self) -> float:
        if await tick(self._runtime) == AT_ONCE:
            return 0.0
        next_at = await self._runtime.database.read(store.next_due_at)
        if next_at is None:
            return LOOK_EVERY_SECONDS
        until = (next_at - self._runtime.clock()).total_seconds()
        return min(max(until, 1.0), LOOK_EVERY_SECONDS)


async def tick(runtime: Runtime) -> int:
    """Do what is due by now; returns how many cases had something due."""
    now = runtime.clock()

    def work(tx: Tx) -> int:
        due = store.lock_due(tx, now, limit=AT_ONCE)
        for case in due:
            if case.rung_at is not None and case.rung_at <= now:
                store.touch(tx, case.id, **ladder.climb(tx, runtime, case, case.rung + 1, now))
            if case.mark_at is not None and case.mark_at <= now:
                _reach_mark(tx, runtime, case, now)
        tx.serialise(b"clocks")
        holding.take_from_the_gone(tx, runtime, now, limit=AT_ONCE)
        holding.expire_offers(tx, now)
        _say_good_morning(tx, runtime, now)
        calls.nudge(tx, runtime, now)
        return len(due)

    return await runtime.database.write(work)


def _reach_mark(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> None:
    """Tell of the next mark of a deadline; at the end of it the case rises, or is released."""
    calendar = roster.calendar_of(tx, runtime)
    deadline = deadlines.running(case.state)
    missed_before = case.mark >= deadlines.MARKS[-1]
    mark = next((m for m in deadlines.MARKS if m > case.mark), deadlines.MARKS[-1])
    if not missed_before:
        _tell(tx, case, mark, now)
    if mark < deadlines.MARKS[-1]:
        after = deadlines.mark_at(deadline, case.priority, now, case.due_at, mark, calendar)
        store.touch(tx, case.id, mark=mark, mark_at=after)
    elif case.state is CaseState.QUEUED:
        _rise(tx, runtime, case, now)
    elif case.state is CaseState.CLAIMED and not roster.is_small_office(tx, runtime):
        holding.release_for_silence(tx, runtime, case, now)
    else:
        store.touch(tx, case.id, mark=mark, mark_at=None)


def _rise(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> None:
    """A case that nobody claimed in time goes up one step, and again after each further time."""
    rank = deadlines.raised(case.rank)
    again = None
    if rank > Priority.URGENT:
        calendar = roster.calendar_of(tx, runtime)
        again = deadlines.due(deadlines.Deadline.CLAIM, rank, now, calendar)
    store.touch(tx, case.id, rank=rank, mark=deadlines.MARKS[-1], mark_at=again)
    doors.audit_step(tx, case.id, "clock", "overdue", now, f"rank={rank.value}")


def _tell(tx: Tx, case: Case, mark: int, now: datetime) -> None:
    occasion = f"{case.due_at.timestamp():.0f}"
    notices.post(tx, KINDS[mark], case, _told(tx, case, mark), now, occasion)


def _told(tx: Tx, case: Case, mark: int) -> list[StaffId]:
    """Who is told: the holder; at the end the coordinator, too, of what is urgent.

    Of a case in the queue the lawyers who know its language are told at half of the time and
    everybody after it; the coordinator reads of the less urgent once a day (_say_good_morning).
    """
    last = mark == deadlines.MARKS[-1]
    above = roster.coordinators(tx) if last and case.rank <= Priority.URGENT else []
    if case.assignee_id is not None:
        return [case.assignee_id, *above]
    everybody = roster.lawyers(tx)
    if mark == deadlines.MARKS[0]:
        return roster.matching(tx, case.language, case.topic, everybody)
    return [*everybody, *above]


def _say_good_morning(tx: Tx, runtime: Runtime, now: datetime) -> None:
    """On a working day, once the office has opened, tell who has something on the list.

    A coordinator is told, too, where anything is overdue whose end they were not told of at once.
    """
    day = queue.morning_begins(now)
    works = roster.calendar_of(tx, runtime).works_on(day.date())
    if not works or not day <= now < day + timedelta(hours=2):
        return
    for person in people.list_staff(tx):
        if person.role not in roster.LAWYERS or person.disabled:
            continue
        occasion = str(day.date())
        if not queue.morning_of(tx, person, now).is_empty:
            notices.post(tx, NoticeKind.MORNING, None, [person.id], now, occasion)
        if person.role in roster.LEADERS and queue.is_behind(tx, person, now):
            notices.post(tx, NoticeKind.DIGEST, None, [person.id], now, occasion)
