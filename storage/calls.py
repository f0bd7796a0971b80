"""What a worker does beside the trees: an own code, a call asked for; and reminders sent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select, update

from storage import schema
from storage.database import Tx
from storage.records import Case, CaseId, CaseState, ConversationId, StaffId, Worker

prompt, code, call = schema.worker_prompt, schema.worker_code, schema.call_request
nudge, case = schema.case_nudge, schema.legal_case


@dataclass(frozen=True)
class Prompt:
    """What the next words or button of a worker answer."""

    kind: str
    number: int


@dataclass(frozen=True)
class Call:
    """A call that a worker asked for."""

    id: int
    case_id: CaseId
    phone: str = field(repr=False)
    hours: str | None
    asked_at: datetime


def set_prompt(tx: Tx, conversation_id: ConversationId, wanted: Prompt | None) -> None:
    """Wait for an answer of this kind, or for none."""
    tx.execute(delete(prompt).where(prompt.c.conversation_id == conversation_id))
    if wanted is not None:
        row = {"conversation_id": conversation_id, "kind": wanted.kind, "number": wanted.number}
        tx.execute(insert(prompt).values(row))


def get_prompt(tx: Tx, conversation_id: ConversationId) -> Prompt | None:
    """What is waited for, or None."""
    row = tx.execute(select(prompt).where(prompt.c.conversation_id == conversation_id)).first()
    return row and Prompt(row.kind, row.number)


def set_code(tx: Tx, worker: Worker, text: str | None) -> None:
    """Ask for this code before "My case" is told; None: for none."""
    tx.execute(delete(code).where(code.c.worker_id == worker.id))
    if text is not None:
        sealed = tx.seal(worker.key_id, "worker_code.code", worker.id, text)
        tx.execute(insert(code).values(worker_id=worker.id, code_sealed=sealed))


def get_code(tx: Tx, worker: Worker) -> str | None:
    """The worker's own code, or None."""
    row = tx.execute(select(code).where(code.c.worker_id == worker.id)).first()
    return row and tx.unseal("worker_code.code", worker.id, row.code_sealed)


def add_call(tx: Tx, of: Case, phone: str, now: datetime) -> None:
    """Remember the number to call; an earlier one that nobody has called is replaced."""
    tx.execute(delete(call).where((call.c.case_id == of.id) & call.c.called_at.is_(None)))
    row_id = tx.next_id("call_request")
    key_id = tx.execute(select(case.c.key_id).where(case.c.id == of.id)).scalar_one()
    row = {"id": row_id, "case_id": of.id, "asked_at": now}
    sealed = tx.seal(key_id, "call_request.phone", row_id, phone)
    tx.execute(insert(call).values(**row, phone_sealed=sealed))


def set_hours(tx: Tx, case_id: CaseId, hours: str) -> int | None:
    """When calling is safe; the id of the call that is now asked for, or None."""
    return tx.execute(
        update(call)
        .where((call.c.case_id == case_id) & call.c.called_at.is_(None))
        .values(hours=hours)
        .returning(call.c.id)
    ).scalar()


def get_call(tx: Tx, case_id: CaseId) -> Call | None:
    """The call that waits to be made, or None."""
    row = tx.execute(
        select(call).where(
            (call.c.case_id == case_id) & call.c.called_at.is_(None) & call.c.hours.is_not(None)
        )
    ).first()
    return row and _call(tx, row)


def mark_called(tx: Tx, case_id: CaseId, call_id: int, staff_id: StaffId, now: datetime) -> bool:
    """Note that somebody called; False where that was noted before."""
    done = tx.execute(
        update(call)
        .where((call.c.id == call_id) & (call.c.case_id == case_id) & call.c.called_at.is_(None))
        .values(called_at=now, staff_id=staff_id)
        .returning(call.c.id)
    )
    return done.first() is not None


def list_unnudged(tx: Tx, number: int, before: datetime, *, limit: int = 50) -> list[CaseId]:
    """The cases that wait for their worker since our last word then, without this reminder."""
    our_word = func.coalesce(case.c.replied_at, case.c.claimed_at, type_=case.c.replied_at.type)
    sent = exists().where(
        (nudge.c.case_id == case.c.id) & (nudge.c.since == our_word) & (nudge.c.number == number)
    )
    query = select(case.c.id).where(
        (case.c.state == CaseState.WAITING_WORKER) & (our_word <= before) & ~sent
    )
    return [CaseId(each) for each in tx.execute(query.limit(limit)).scalars()]


def add_nudge(tx: Tx, case_id: CaseId, since: datetime, number: int) -> bool:
    """Note a reminder; False where it was noted before."""
    row = {"case_id": case_id, "since": since, "number": number}
    return tx.insert_once(nudge, row)


def _call(tx: Tx, row: Any) -> Call:
    phone = tx.unseal("call_request.phone", row.id, row.phone_sealed)
    return Call(row.id, CaseId(row.case_id), phone, row.hours, row.asked_at)
