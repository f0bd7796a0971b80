"""The steps of a case inside a transaction: each with its deadline, and what the worker is told.

bot/casework/states.py is the one table of what may follow what.
"""

from datetime import datetime
from typing import Any

from bot import messages, phrases
from bot.casework import deadlines, doors, ladder
from bot.casework.deadlines import Deadline
from bot.casework.states import HELD, MOVES
from bot.errors import CaseNotInState
from bot.messages import Outgoing
from bot.office import notices, roster
from bot.runtime import Runtime
from flows.model import Latin, Phrase, Value
from flows.texts import SOURCE_LANGUAGE
from storage import cases as store
from storage import conflicts, conversations, transfers
from storage import messages as transcript
from storage import staff as people
from storage.database import Tx
from storage.records import (
    Case,
    CaseId,
    CaseState,
    Conversation,
    Kind,
    NoticeKind,
    Speaker,
    Staff,
    StaffId,
)


def move(tx: Tx, case: Case, new: CaseState, **values: Any) -> Case:
    """Take a step of the MOVES table; raises CaseNotInState for any other.

    An open offer to a colleague ends with the state that it was made in.
    """
    moved = None
    if new in MOVES[case.state]:
        moved = store.change_state(tx, case.id, case.state, new, **values)
    if moved is None:
        raise CaseNotInState(case.state)
    if new not in HELD:
        transfers.withdraw(tx, case.id, moved.queued_at)
    return moved


def no_clocks() -> dict[str, Any]:
    """The columns of a case of which no time runs any more."""
    return {**deadlines.stopped(), "rung_at": None}


def notify(
    tx: Tx, runtime: Runtime, case: Case, phrase: Phrase, now: datetime, **fields: Value
) -> None:
    """Tell the worker how the case stands."""
    talk = talk_of(tx, case)
    language = talk.worker.language or SOURCE_LANGUAGE
    text = runtime.speech.say(phrase, language, code=Latin(case.code), **fields)
    transcript.add_outgoing(
        tx,
        talk,
        Kind.NOTICE,
        messages.dump(Outgoing(text=text, case_button=True)),
        language=language,
        now=now,
        case_id=case.id,
    )


def mark_replied(tx: Tx, case: Case, now: datetime) -> None:
    """Note that the worker has heard from the lawyer."""
    if case.state is CaseState.CLAIMED:
        move(tx, case, CaseState.ACTIVE, replied_at=now, **deadlines.stopped())
    else:
        store.touch(tx, case.id, replied_at=now, **deadlines.stopped())


def set_waiting(tx: Tx, runtime: Runtime, case: Case, state: CaseState, now: datetime) -> Case:
    """Move a case that somebody holds to waiting or back, with its deadline."""
    if case.state is CaseState.CLAIMED:
        raise CaseNotInState(case.state)  # first it is answered
    values = deadlines.resumed(case, now, roster.calendar_of(tx, runtime))
    if state is CaseState.WAITING_WORKER:
        values = deadlines.paused(case, now)
    return move(tx, case, state, **values)


def queued_again(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> Case:
    """Let the time to claim of a case begin that has just come into the queue, and tell of it."""
    calendar = roster.calendar_of(tx, runtime)
    values = deadlines.started(Deadline.CLAIM, case.priority, now, calendar)
    store.touch(tx, case.id, **values, rung=0, rung_at=None)
    case = known(tx, case.id)
    fit = roster.matching(tx, case.language, case.topic, roster.lawyers(tx))
    notices.post(tx, NoticeKind.NEW_CASE, case, fit, now, f"{now.timestamp():.0f}")
    if ladder.starts(case):
        store.touch(tx, case.id, **ladder.climb(tx, runtime, case, 0, now))
    return known(tx, case.id)


def back_to_queue(tx: Tx, runtime: Runtime, case: Case, now: datetime, **values: Any) -> None:
    """Put a case that somebody holds back into the queue; the worker and the lawyers are told."""
    nobody = {"assignee_id": None, "claimed_at": None, "queued_at": now}
    moved = move(tx, case, CaseState.QUEUED, **nobody, **values)
    queued_again(tx, runtime, moved, now)
    notify(tx, runtime, case, phrases.CASE_BACK_IN_QUEUE, now)


def end(tx: Tx, runtime: Runtime, lawyer: Staff, case: Case, outcome: str, now: datetime) -> None:
    """Close a case inside the caller's transaction (casework/closing.py says what came of it)."""
    move(tx, case, CaseState.CLOSED, closed_at=now, outcome=outcome, **no_clocks())
    talk = talk_of(tx, case)
    conversations.set_speaker(tx, talk.id, Speaker.BOT)
    doors.audit_step(tx, case.id, doors.actor(lawyer), "closed", now, outcome)
    notify(tx, runtime, case, phrases.CASE_CLOSED, now)


def reopen(tx: Tx, runtime: Runtime, case: Case, who: str, now: datetime) -> Case:
    """Back to the same lawyer, or into the queue where that person cannot hold it any more."""
    holder = case.assignee_id if can_hold(tx, case, case.assignee_id) else None
    values: dict[str, Any] = {"closed_at": None, "outcome": None, "wrote_at": now}
    values["reopened"] = case.reopened + 1
    doors.audit_step(tx, case.id, who, "reopened", now)
    if holder is None:
        nobody = {"assignee_id": None, "claimed_at": None, "queued_at": now}
        return queued_again(tx, runtime, move(tx, case, CaseState.QUEUED, **values, **nobody), now)
    calendar = roster.calendar_of(tx, runtime)
    clock = deadlines.started(Deadline.NEXT_REPLY, case.priority, now, calendar)
    moved = move(tx, case, CaseState.ACTIVE, **values, **clock)
    if who == "worker":
        notices.post(tx, NoticeKind.NEW_MESSAGE, moved, [holder], now, f"{now.timestamp()}")
    return moved


def can_hold(tx: Tx, case: Case, staff_id: StaffId | None) -> bool:
    """Whether this person would read what comes: neither gone, nor of another role, nor barred."""
    person = None if staff_id is None else people.get_staff(tx, staff_id)
    if person is None or person.disabled or person.role not in doors.MAY_READ_CASES:
        return False
    return not conflicts.is_barred(tx, case.id, person.id)


def require_person(tx: Tx, case: Case) -> None:
    """Raise CaseNotInState where the worker has erased everything: nobody is there to write to."""
    if conversations.is_erased(tx, case.worker_id):
        raise CaseNotInState("erased")


def talk_of(tx: Tx, case: Case) -> Conversation:
    """The conversation of a case, locked."""
    talk = conversations.get_conversation(tx, case.conversation_id, lock=True)
    assert talk is not None
    return talk


def known(tx: Tx, case_id: CaseId) -> Case:
    """A case that is there, as it is now."""
    case = store.get_case(tx, case_id)
    assert case is not None
    return case
