"""Interpreters who are invited to single cases, and what they write under messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from storage import schema
from storage.casework import ring
from storage.database import Tx
from storage.records import CaseId, MessageId, StaffId

invitation, translation = schema.case_interpreter, schema.message_translation


@dataclass(frozen=True)
class Translation:
    """What an interpreter wrote under a message."""

    id: int
    message_id: MessageId
    staff_id: StaffId
    language: str
    text: str
    created_at: datetime


def invite(tx: Tx, case_id: CaseId, staff_id: StaffId, now: datetime) -> bool:
    """Let this interpreter into a case; False where they are in already."""
    if is_invited(tx, case_id, staff_id):
        return False
    row = {"case_id": case_id, "staff_id": staff_id, "invited_at": now}
    tx.execute(insert(invitation).values(id=tx.next_id("case_interpreter"), **row))
    ring(tx, case_id)
    return True


def end(tx: Tx, case_id: CaseId, staff_id: StaffId | None, now: datetime) -> None:
    """Close the case to this interpreter, or to all."""
    where = (invitation.c.case_id == case_id) & invitation.c.ended_at.is_(None)
    if staff_id is not None:
        where &= invitation.c.staff_id == staff_id
    tx.execute(update(invitation).where(where).values(ended_at=now))
    ring(tx, case_id)


def is_invited(tx: Tx, case_id: int, staff_id: StaffId) -> bool:
    """Whether this interpreter may read the case now."""
    return staff_id in list_invited(tx, case_id)


def list_invited(tx: Tx, case_id: int) -> list[StaffId]:
    """The interpreters of a case."""
    query = select(invitation.c.staff_id).where(
        (invitation.c.case_id == case_id) & invitation.c.ended_at.is_(None)
    )
    return list(tx.execute(query.order_by(invitation.c.id)).scalars())


def list_cases(tx: Tx, staff_id: StaffId) -> list[CaseId]:
    """The cases that this interpreter is invited to, newest first."""
    query = select(invitation.c.case_id).where(
        (invitation.c.staff_id == staff_id) & invitation.c.ended_at.is_(None)
    )
    return list(tx.execute(query.order_by(invitation.c.id.desc())).scalars())


def add_translation(
    tx: Tx,
    message_id: MessageId,
    key_id: int,
    staff_id: StaffId,
    language: str,
    text: str,
    now: datetime,
) -> None:
    """Write a translation under a message, sealed with the key of the message."""
    row_id = tx.next_id("message_translation")
    row = {
        "id": row_id,
        "message_id": message_id,
        "staff_id": staff_id,
        "language": language,
        "text_sealed": tx.seal(key_id, "message_translation.text", row_id, text),
        "created_at": now,
    }
    tx.execute(insert(translation).values(row))


def list_translations(tx: Tx, message_ids: Sequence[MessageId]) -> list[Translation]:
    """What was written under these messages, oldest first."""
    query = select(translation).where(translation.c.message_id.in_(message_ids))
    return [
        Translation(
            row.id,
            MessageId(row.message_id),
            StaffId(row.staff_id),
            row.language,
            tx.unseal("message_translation.text", row.id, row.text_sealed),
            row.created_at,
        )
        for row in tx.execute(query.order_by(translation.c.id))
    ]
