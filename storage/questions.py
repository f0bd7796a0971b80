"""Questions of lawyers to workers: asked with buttons or words, answered once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, update

from storage import schema
from storage.casework import case_seal, ring
from storage.database import Tx
from storage.records import Author, CaseId, ConversationId, MessageId, StaffId

question, message = schema.case_question, schema.message


@dataclass(frozen=True)
class Question:
    """A question to a worker; answer is None until there is one."""

    id: int
    case_id: CaseId
    conversation_id: ConversationId
    message_id: MessageId
    staff_id: StaffId
    number: int
    kind: str
    ready: str
    about_id: int | None
    answer: str | None


def add_question(
    tx: Tx,
    case_id: CaseId,
    conversation_id: ConversationId,
    message_id: MessageId,
    staff_id: StaffId,
    *,
    number: int,
    kind: str,
    ready: str,
    about_id: int | None,
) -> int:
    """Remember a question that this message asks."""
    row_id = tx.next_id("case_question")
    row = {
        "id": row_id,
        "case_id": case_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "staff_id": staff_id,
        "number": number,
        "kind": kind,
        "ready": ready,
        "about_id": about_id,
    }
    tx.execute(insert(question).values(row))
    return row_id


def find_question(tx: Tx, conversation_id: ConversationId, number: int) -> Question | None:
    """The lawyer's question with this number in a conversation, locked, or None."""
    where = (question.c.conversation_id == conversation_id) & (question.c.number == number)
    return _one(tx, where)


def find_open_last(tx: Tx, conversation_id: ConversationId) -> Question | None:
    """The unanswered question that is the last thing a lawyer said here, or None."""
    last_said = (
        select(func.max(message.c.id))
        .where((message.c.conversation_id == conversation_id) & (message.c.author == Author.STAFF))
        .scalar_subquery()
    )
    where = (
        (question.c.conversation_id == conversation_id)
        & question.c.answered_at.is_(None)
        & (question.c.message_id == last_said)
    )
    return _one(tx, where)


def list_questions(tx: Tx, case_id: CaseId) -> list[Question]:
    """The questions of a case, oldest first."""
    query = select(question).where(question.c.case_id == case_id).order_by(question.c.id)
    return [_question(tx, row) for row in tx.execute(query)]


def save_answer(tx: Tx, found: Question, answer: str, now: datetime) -> bool:
    """Keep the first answer; False where there was one."""
    sealed = case_seal(tx, found.case_id, "case_question.answer", found.id, answer)
    won = tx.execute(
        update(question)
        .where((question.c.id == found.id) & question.c.answered_at.is_(None))
        .values(answer_sealed=sealed, answered_at=now)
        .returning(question.c.id)
    ).scalar()
    ring(tx, found.case_id)
    return won is not None


def _one(tx: Tx, where: ColumnElement[bool]) -> Question | None:
    row = tx.execute(select(question).where(where).with_for_update()).one_or_none()
    return row and _question(tx, row)


def _question(tx: Tx, row: Any) -> Question:
    answer = None
    if row.answer_sealed is not None:
        answer = tx.unseal("case_question.answer", row.id, row.answer_sealed)
    return Question(
        id=row.id,
        case_id=CaseId(row.case_id),
        conversation_id=ConversationId(row.conversation_id),
        message_id=MessageId(row.message_id),
        staff_id=StaffId(row.staff_id),
        number=row.number,
        kind=row.kind,
        ready=row.ready,
        about_id=row.about_id,
        answer=answer,
    )
