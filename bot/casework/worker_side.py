"""The worker's side of a case, inside the transaction of the worker's message."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.casework import deadlines, doors, ladder, moves
from bot.casework.deadlines import Deadline
from bot.casework.states import HELD
from bot.office import notices, roster
from bot.runtime import Runtime
from bot.worktime import is_open
from flows.model import OpenCase
from flows.session_json import dump_answer
from storage import cases as store
from storage import conflicts, conversations, walkins
from storage import notices as notice_store
from storage.database import Tx
from storage.records import (
    Case,
    CaseState,
    Conversation,
    ConversationId,
    NoticeKind,
    Priority,
    WorkerId,
)

REOPEN_WITHIN = timedelta(days=180)
ONE_NEWS = timedelta(minutes=15)  # messages in a row are one notice, until it is read
PRIORITIES: Mapping[str, Priority] = MappingProxyType(
    {
        "U0": Priority.DANGER,
        "U1": Priority.URGENT,
        "U2": Priority.SOON,
        "U3": Priority.NORMAL,
    }
)


def open_case_of(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The case that is open in this conversation, or None."""
    return store.get_open_case(tx, conversation_id)


def last_case_of(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The newest case of this conversation, open or closed, or None."""
    return store.get_last_case(tx, conversation_id)


def open_or_add(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    effect: OpenCase,
    language: str,
    now: datetime,
) -> Case:
    """Open a case, or add what is new to the one that is open: never two at once."""
    priority = PRIORITIES[effect.urgency]
    given = [dump_answer(answer) for answer in effect.answers]
    existing = store.get_open_case(tx, talk.id)
    if existing is not None:
        known = json.loads(existing.answers)
        given = known + [answer for answer in given if answer not in known]
        store.set_answers(tx, existing.id, json.dumps(given, ensure_ascii=False))
        doors.audit_step(tx, existing.id, "worker", "added", now, f"priority={priority.value}")
        _worker_spoke(tx, runtime, _made_worse(tx, runtime, existing, priority, now), now)
        return moves.known(tx, existing.id)
    case = store.open_case(
        tx,
        talk,
        topic=effect.topic or "general",
        priority=priority,
        answers=json.dumps(given, ensure_ascii=False),
        language=language,
        now=now,
        due_at=now,
    )
    doors.audit_step(tx, case.id, "worker", "opened", now, f"priority={priority.value}")
    received = walkins.find_walk_in(tx, talk.id)
    if received is not None and received.region is not None:
        store.touch(tx, case.id, region=received.region)
    return moves.queued_again(tx, runtime, case, now)


def is_nobody_there(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> bool:
    """Whether danger waits in the queue while the office is closed and nobody is on duty.

    The worker is told so: nothing is promised that nobody keeps.
    """
    if case.state is not CaseState.QUEUED or not ladder.starts(case):
        return False
    if is_open(now, roster.calendar_of(tx, runtime)):
        return False
    on_duty = roster.on_duty(tx, now)
    return on_duty is None or conflicts.is_barred(tx, case.id, on_duty)


def record_worker_wrote(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> bool:
    """Note that the worker wrote; True where they should be told that it was passed on.

    Told once after each reply of the lawyer, not after every line. The time to the next reply
    begins, or goes on where it rested; whoever holds the case is told.
    """
    last_word = max(filter(None, (case.queued_at, case.replied_at)))
    told_already = case.wrote_at is not None and case.wrote_at > last_word
    _worker_spoke(tx, runtime, case, now)
    return not told_already


def reopen_by_worker(
    tx: Tx, runtime: Runtime, conversation_id: ConversationId, now: datetime
) -> Case | None:
    """Open the case again that was closed not long ago, with the same lawyer; None without one."""
    case = store.get_last_case(tx, conversation_id)
    if case is None or case.state is not CaseState.CLOSED or case.closed_at is None:
        return None
    if now - case.closed_at > REOPEN_WITHIN:
        return None
    return moves.reopen(tx, runtime, case, "worker", now)


def note_reachable(tx: Tx, worker_id: WorkerId, reachable: bool, now: datetime) -> None:
    """Remember whether this worker can be written to; who holds a case of theirs is told at once.

    The platform told so, or a call failed: what is news is told once.
    """
    if not conversations.set_reachable(tx, worker_id, reachable):
        return
    kind = NoticeKind.REACHABLE if reachable else NoticeKind.UNREACHABLE
    for case in store.list_of_worker(tx, worker_id):
        if case.state in HELD and case.assignee_id is not None:
            notices.post(tx, kind, case, [case.assignee_id], now, f"{now.timestamp()}")


def withdraw_all(tx: Tx, worker_id: WorkerId, now: datetime) -> list[Case]:
    """Close the cases of a worker who erases everything; their answers go, too."""
    withdrawn = []
    for case in store.list_of_worker(tx, worker_id):
        store.set_answers(tx, case.id, "[]")
        store.set_opponent(tx, case.id, None, ())
        store.set_tags(tx, case.id, [])
        if case.state is not CaseState.CLOSED:
            moves.move(
                tx, case, CaseState.CLOSED, closed_at=now, outcome="withdrawn", **moves.no_clocks()
            )
        doors.audit_step(tx, case.id, "worker", "erased", now)
        withdrawn.append(case)
    return withdrawn


def _made_worse(tx: Tx, runtime: Runtime, case: Case, priority: Priority, now: datetime) -> Case:
    """A case that turned out to be more pressing has less time, from now."""
    if priority >= case.priority:
        return case
    calendar = roster.calendar_of(tx, runtime)
    values = deadlines.started(deadlines.running(case.state), priority, now, calendar)
    resting = deadlines.resumed(case, now, calendar)  # of a pause that ends now
    promised = resting.get("due_at", case.due_at)
    if case.clock_from is not None and now < promised <= values["due_at"]:
        values = resting  # what was promised before is sooner
    rank = min(priority, case.rank)
    store.touch(tx, case.id, priority=priority, rank=rank, **values)
    worse = moves.known(tx, case.id)
    if worse.state is CaseState.QUEUED and ladder.starts(worse):
        store.touch(tx, case.id, **ladder.climb(tx, runtime, worse, 0, now))
    return moves.known(tx, case.id)


def _worker_spoke(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> None:
    """The worker wrote: whose turn it is, from when, and who is told."""
    calendar = roster.calendar_of(tx, runtime)
    store.touch(tx, case.id, wrote_at=now)
    if case.state is CaseState.WAITING_WORKER:
        case = moves.move(tx, case, CaseState.ACTIVE, **deadlines.resumed(case, now, calendar))
        doors.audit_step(tx, case.id, "worker", CaseState.ACTIVE.value, now)
    if case.state in (CaseState.ACTIVE, CaseState.WAITING_THIRD) and case.clock_from is None:
        clock = deadlines.started(Deadline.NEXT_REPLY, case.priority, now, calendar)
        store.touch(tx, case.id, **clock)
    holder = case.assignee_id
    if holder is None:
        return
    kind, since = NoticeKind.NEW_MESSAGE, now - ONE_NEWS
    if not notice_store.was_told_lately(tx, holder, kind, case.id, since):
        notices.post(tx, kind, case, [holder], now, f"{now.timestamp()}")
