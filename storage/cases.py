"""Cases: opened by a worker's yes, claimed by exactly one lawyer, never lost from the queue."""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from storage import schema
from storage.database import Tx
from storage.records import (
    Case,
    CaseId,
    CaseNote,
    CaseState,
    Conversation,
    ConversationId,
    Priority,
    Role,
    StaffId,
    WorkerId,
)

case, note, staff, tag = schema.legal_case, schema.case_note, schema.staff, schema.case_tag
opponent = schema.case_opponent

# no vowels and no look-alikes: a code makes no word in any language and survives a phone call
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"
CODE_LENGTH = 5


def open_case(
    tx: Tx,
    talk: Conversation,
    *,
    topic: str,
    priority: Priority,
    answers: str,
    language: str,
    now: datetime,
    due_at: datetime,
) -> Case:
    """A new case in the queue, with its own data key."""
    case_id, key_id = tx.next_id("legal_case"), tx.new_data_key(now)
    row = {
        "id": case_id,
        "code": _fresh_code(tx),
        "worker_id": talk.worker.id,
        "conversation_id": talk.id,
        "key_id": key_id,
        "topic": topic,
        "language": language,
        "state": CaseState.QUEUED,
        "priority": priority,
        "rank": priority,
        "answers_sealed": tx.seal(key_id, "legal_case.answers", case_id, answers),
        "opened_at": now,
        "queued_at": now,
        "wrote_at": now,
        "due_at": due_at,
    }
    tx.execute(insert(case).values(row))
    ring(tx, case_id)
    opened = get_case(tx, case_id)
    assert opened is not None
    return opened


def get_case(tx: Tx, case_id: int, *, lock: bool = False) -> Case | None:
    """One case, or None; with lock, other transactions on it wait for this one."""
    query = select(case).where(case.c.id == case_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return row and _case(tx, row)


def find_by_code(tx: Tx, code: str) -> CaseId | None:
    """The number of the case that people call so."""
    return tx.execute(select(case.c.id).where(case.c.code == code)).scalar()


def get_open_case(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The case that is open in this conversation, or None."""
    row = tx.execute(
        select(case)
        .where((case.c.conversation_id == conversation_id) & (case.c.state != CaseState.CLOSED))
        .order_by(case.c.id.desc())
        .limit(1)
    ).one_or_none()
    return row and _case(tx, row)


def get_last_case(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The newest case of this conversation, open or closed, or None."""
    row = tx.execute(
        select(case)
        .where(case.c.conversation_id == conversation_id)
        .order_by(case.c.id.desc())
        .limit(1)
    ).one_or_none()
    return row and _case(tx, row)


def list_held_by_others(
    tx: Tx, held: Collection[CaseState], roles: Collection[Role], *, limit: int
) -> list[CaseId]:
    """Cases in these states whose holder is gone or has none of these roles, oldest first."""
    gone = staff.c.disabled_at.is_not(None) | staff.c.role.not_in(roles)
    query = (
        select(case.c.id)
        .join(staff, staff.c.id == case.c.assignee_id)
        .where(case.c.state.in_(held) & gone)
        .order_by(case.c.id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def list_of_worker(tx: Tx, worker_id: WorkerId) -> list[Case]:
    """All cases of this worker, locked, oldest first."""
    query = select(case).where(case.c.worker_id == worker_id).order_by(case.c.id)
    return [_case(tx, row) for row in tx.execute(query.with_for_update())]


def count_by_state(tx: Tx) -> dict[str, int]:
    """How many cases are in each state."""
    query = select(case.c.state, func.count().label("rows")).group_by(case.c.state)
    return {row.state: row.rows for row in tx.execute(query)}


def claim_case(tx: Tx, case_id: int, lawyer: StaffId, now: datetime, **values: Any) -> Case | None:
    """Give a queued case to this lawyer; None where it is not in the queue (any more).

    One conditional UPDATE: of any number of lawyers at once exactly one wins.
    """
    won = tx.execute(
        update(case)
        .where(
            (case.c.id == case_id)
            & (case.c.state == CaseState.QUEUED)
            & case.c.assignee_id.is_(None)
        )
        .values(
            state=CaseState.CLAIMED,
            assignee_id=lawyer,
            claimed_at=now,
            version=case.c.version + 1,
            **values,
        )
        .returning(case.c.id)
    ).scalar()
    if won is None:
        return None
    ring(tx, case_id)
    return get_case(tx, case_id)


def change_state(
    tx: Tx, case_id: CaseId, old: CaseState, new: CaseState, **values: Any
) -> Case | None:
    """Move a case from one state to another; None where it was not in the old one."""
    moved = tx.execute(
        update(case)
        .where((case.c.id == case_id) & (case.c.state == old))
        .values(state=new, version=case.c.version + 1, **values)
        .returning(case.c.id)
    ).scalar()
    if moved is None:
        return None
    ring(tx, case_id)
    return get_case(tx, case_id)


def set_answers(tx: Tx, case_id: CaseId, answers: str) -> None:
    """Replace the path of answers."""
    key_id = tx.execute(select(case.c.key_id).where(case.c.id == case_id)).scalar_one()
    touch(
        tx,
        case_id,
        answers_sealed=tx.seal(key_id, "legal_case.answers", case_id, answers),
    )


def touch(tx: Tx, case_id: CaseId, **values: Any) -> None:
    """Set columns of a case that are no state: times, priority, the running deadline."""
    if values:
        tx.execute(update(case).where(case.c.id == case_id).values(**values))
        ring(tx, case_id)


def set_opponent(tx: Tx, case_id: CaseId, shown: str | None, look_ups: Collection[str]) -> None:
    """Note the other side of a case: its names as they are shown, and each as it is compared."""
    hashed = None
    if shown is not None:
        hashed = tx.vault.hash_for_lookup("opponent", "; ".join(sorted(look_ups)))
    touch(tx, case_id, opponent_hash=hashed)
    show_opponent(tx, case_id, shown)
    tx.execute(delete(opponent).where(opponent.c.case_id == case_id))
    for name in set(look_ups):
        key = tx.vault.hash_for_lookup("opponent", name)
        tx.execute(insert(opponent).values(case_id=case_id, hash=key))


def show_opponent(tx: Tx, case_id: CaseId, shown: str | None) -> None:
    """Change what is shown of the other side; who is barred stays so."""
    sealed = None
    if shown is not None:
        key_id = tx.execute(select(case.c.key_id).where(case.c.id == case_id)).scalar_one()
        sealed = tx.seal(key_id, "legal_case.opponent", case_id, shown)
    touch(tx, case_id, opponent_sealed=sealed)


def lock_due(tx: Tx, now: datetime, *, limit: int) -> list[Case]:
    """Cases of which a mark or a rung is due, locked; those that another process has are left."""
    query = (
        select(case)
        .where((case.c.mark_at <= now) | (case.c.rung_at <= now))
        .order_by(case.c.rank, case.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_case(tx, row) for row in tx.execute(query).all()]


def next_due_at(tx: Tx) -> datetime | None:
    """When the next mark or rung is due; None for none."""
    row = tx.execute(select(func.min(case.c.mark_at), func.min(case.c.rung_at))).one()
    return min(filter(None, row), default=None)


# -- tags --------------------------------------------------------------------------------------


def set_tags(tx: Tx, case_id: CaseId, tags: Collection[str]) -> None:
    """Replace the tags of a case."""
    tx.execute(delete(tag).where(tag.c.case_id == case_id))
    for word in dict.fromkeys(tags):
        tx.execute(insert(tag).values(case_id=case_id, tag=word))
    ring(tx, case_id)


def list_tags(tx: Tx, case_id: CaseId) -> list[str]:
    """The tags of a case."""
    query = select(tag.c.tag).where(tag.c.case_id == case_id).order_by(tag.c.tag)
    return list(tx.execute(query).scalars())


# -- notes -------------------------------------------------------------------------------------


def add_note(tx: Tx, case_id: CaseId, author: StaffId, text: str, now: datetime) -> None:
    """A private note on a case."""
    note_id = tx.next_id("case_note")
    key_id = tx.execute(select(case.c.key_id).where(case.c.id == case_id)).scalar_one()
    row = {
        "id": note_id,
        "case_id": case_id,
        "staff_id": author,
        "text_sealed": tx.seal(key_id, "case_note.text", note_id, text),
        "created_at": now,
    }
    tx.execute(insert(note).values(row))
    ring(tx, case_id)


def list_notes(tx: Tx, case_id: CaseId) -> list[CaseNote]:
    """The notes of a case, oldest first."""
    query = (
        select(note, staff.c.name_sealed)
        .join(staff, staff.c.id == note.c.staff_id)
        .where(note.c.case_id == case_id)
        .order_by(note.c.id)
    )
    return [
        CaseNote(
            id=row.id,
            staff_name=tx.unseal("staff.name", row.staff_id, row.name_sealed),
            text=tx.unseal("case_note.text", row.id, row.text_sealed),
            created_at=row.created_at,
        )
        for row in tx.execute(query)
    ]


def ring(tx: Tx, case_id: int) -> None:
    """Tell after the commit that lists and the page of this case have news."""
    tx.ring("queue")
    tx.ring(f"case:{case_id}")


def _fresh_code(tx: Tx) -> str:
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        if tx.execute(select(case.c.id).where(case.c.code == code)).scalar() is None:
            return code


def _case(tx: Tx, row: Any) -> Case:
    return Case(
        id=CaseId(row.id),
        code=row.code,
        worker_id=WorkerId(row.worker_id),
        conversation_id=ConversationId(row.conversation_id),
        topic=row.topic,
        language=row.language,
        state=CaseState(row.state),
        priority=Priority(row.priority),
        assignee_id=row.assignee_id,
        answers=tx.unseal("legal_case.answers", row.id, row.answers_sealed),
        outcome=row.outcome,
        queued_at=row.queued_at,
        due_at=row.due_at,
        claimed_at=row.claimed_at,
        replied_at=row.replied_at,
        wrote_at=row.wrote_at,
        closed_at=row.closed_at,
        opened_at=row.opened_at,
        rank=Priority(row.rank),
        region=row.region,
        opponent=_opponent(tx, row),
        rung=row.rung,
        rung_at=row.rung_at,
        mark_at=row.mark_at,
        opponent_hash=row.opponent_hash and bytes(row.opponent_hash),
        clock_from=row.clock_from,
        mark=row.mark,
        paused_at=row.paused_at,
        next_action_on=row.next_action_on,
        merged_into_id=row.merged_into_id,
        reopened=row.reopened,
    )


def _opponent(tx: Tx, row: Any) -> str | None:
    sealed = row.opponent_sealed
    return sealed and tx.unseal("legal_case.opponent", row.id, sealed)
