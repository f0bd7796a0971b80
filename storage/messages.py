"""The transcript: what was said in a conversation, by whom, in which order.

A message gets its seq when it is said: an incoming one at once, an outgoing one when the
dispatcher begins to send it (storage/outbox.py). So seq is the order that people saw, and a
reader who asks for "everything after seq 7" misses nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from storage import schema
from storage.database import Tx
from storage.records import (
    Attachment,
    AttachmentId,
    Author,
    CaseId,
    Conversation,
    ConversationId,
    Kind,
    Lane,
    Message,
    MessageId,
    MessageKind,
    OnDoubt,
    OutboxState,
    StaffId,
)

message, outbox, attachment = schema.message, schema.outbox, schema.attachment

ON_DOUBT = {
    Kind.ANSWER: OnDoubt.REPEAT,
    Kind.DANGER: OnDoubt.REPEAT,
    Kind.REPLY: OnDoubt.REPEAT,
    Kind.NOTICE: OnDoubt.REPEAT,
    Kind.REMINDER: OnDoubt.ASK,
    Kind.NUDGE: OnDoubt.ASK,
    Kind.ANNOUNCEMENT: OnDoubt.ASK,
    Kind.KNOCK: OnDoubt.ASK,
}
LANES = {
    Kind.ANSWER: Lane.TALK,
    Kind.DANGER: Lane.DANGER,
    Kind.REPLY: Lane.TALK,
    Kind.NOTICE: Lane.TALK,
    Kind.REMINDER: Lane.REMINDER,
    Kind.NUDGE: Lane.REMINDER,
    Kind.ANNOUNCEMENT: Lane.ANNOUNCEMENT,
    Kind.KNOCK: Lane.TALK,
}


def add_incoming(
    tx: Tx,
    talk: Conversation,
    kind: MessageKind,
    body: str,
    *,
    language: str,
    now: datetime,
    case_id: CaseId | None = None,
    platform_id: str | None = None,
    fault: bool = False,
) -> MessageId:
    """Write down what the worker sent; `fault` marks what our own code failed on."""
    message_id = _insert(
        tx,
        talk,
        Author.WORKER,
        kind,
        body,
        language,
        now,
        case_id,
        None,
        platform_id,
        fault,
    )
    say(tx, talk.id, message_id)
    return message_id


def add_outgoing(
    tx: Tx,
    talk: Conversation,
    kind: Kind,
    body: str,
    *,
    language: str,
    now: datetime,
    run_at: datetime | None = None,
    expires_at: datetime | None = None,
    case_id: CaseId | None = None,
    staff_id: StaffId | None = None,
) -> MessageId:
    """Write a message to the worker and queue it; it is sent after the commit.

    From `expires_at` on it is not sent any more (bot/delivery/gate.py).
    """
    author = Author.BOT if staff_id is None else Author.STAFF
    what = MessageKind.PROMPT if staff_id is None else MessageKind.TEXT
    message_id = _insert(tx, talk, author, what, body, language, now, case_id, staff_id, None)
    tx.execute(
        insert(outbox).values(
            id=tx.next_id("outbox"),
            message_id=message_id,
            address_id=talk.address.id,
            channel=talk.address.channel,
            account=talk.address.account,
            kind=kind,
            lane=LANES[kind],
            state=OutboxState.QUEUED,
            on_doubt=ON_DOUBT[kind],
            run_at=run_at or now,
            expires_at=expires_at,
            created_at=now,
        )
    )
    tx.ring("outbox")
    return message_id


def say(tx: Tx, conversation_id: ConversationId, message_id: MessageId) -> None:
    """Give a message its place in the transcript, if it has none yet."""
    table = schema.conversation
    if tx.execute(select(message.c.seq).where(message.c.id == message_id)).scalar() is not None:
        return  # said in an earlier attempt
    seq = tx.execute(
        update(table)
        .where(table.c.id == conversation_id)
        .values(last_seq=table.c.last_seq + 1)
        .returning(table.c.last_seq)
    ).scalar_one()
    tx.execute(update(message).where(message.c.id == message_id).values(seq=seq))
    tx.ring(f"conversation:{conversation_id}")


def list_said(
    tx: Tx,
    conversation_id: ConversationId,
    *,
    after_seq: int = 0,
    before_seq: int | None = None,
    limit: int = 500,
) -> list[Message]:
    """What was said after seq (and before another), oldest first; the newest `limit` of it."""
    wanted = (message.c.conversation_id == conversation_id) & (message.c.seq > after_seq)
    if before_seq is not None:
        wanted &= message.c.seq < before_seq
    newest = _query(wanted).order_by(message.c.seq.desc()).limit(limit)
    return [_message(tx, row) for row in reversed(tx.execute(newest).all())]


def list_case_messages(tx: Tx, conversation_id: ConversationId, case_id: CaseId) -> list[Message]:
    """The messages of a case in order; those that are not sent yet come last."""
    query = _query(
        (message.c.conversation_id == conversation_id) & (message.c.case_id == case_id)
    ).order_by(message.c.seq.is_(None), message.c.seq, message.c.id)
    return [_message(tx, row) for row in tx.execute(query)]


def list_all(tx: Tx, conversation_id: ConversationId) -> list[Message]:
    """Everything of a conversation as it was written, also what has not been sent."""
    query = _query(message.c.conversation_id == conversation_id).order_by(message.c.id)
    return [_message(tx, row) for row in tx.execute(query)]


def get_message(tx: Tx, message_id: int) -> Message | None:
    """One message, or None."""
    row = tx.execute(_query(message.c.id == message_id)).one_or_none()
    return row and _message(tx, row)


def set_platform_id(tx: Tx, message_id: MessageId, platform_id: str) -> None:
    """Remember the platform's own id of a message, to edit or delete it there."""
    tx.execute(update(message).where(message.c.id == message_id).values(platform_id=platform_id))


def move_to_case(tx: Tx, message_ids: Sequence[MessageId], case_id: CaseId) -> None:
    """Put messages into a case."""
    tx.execute(update(message).where(message.c.id.in_(message_ids)).values(case_id=case_id))


def move_loose(tx: Tx, conversation_id: ConversationId, case_id: CaseId) -> None:
    """Put what the worker typed and sent outside any case into this one."""
    tx.execute(
        update(message)
        .where(
            (message.c.conversation_id == conversation_id)
            & message.c.case_id.is_(None)
            & (message.c.author == Author.WORKER)
            & message.c.kind.in_((MessageKind.TEXT, MessageKind.MEDIA))
        )
        .values(case_id=case_id)
    )


# -- files -------------------------------------------------------------------------------------


def add_attachment(
    tx: Tx,
    message_id: MessageId,
    key_id: int,
    *,
    media_type: str,
    size_bytes: int,
    name: str,
) -> Attachment:
    """Record a file of a message; its bytes are the caller's to store (storage/files.py)."""
    row_id = tx.next_id("attachment")
    row = {
        "id": row_id,
        "message_id": message_id,
        "key_id": key_id,
        "media_type": media_type,
        "size_bytes": size_bytes,
        "name_sealed": tx.seal(key_id, "attachment.name", row_id, name),
    }
    tx.execute(insert(attachment).values(row))
    return Attachment(AttachmentId(row_id), message_id, key_id, media_type, size_bytes, name)


def get_attachment(tx: Tx, attachment_id: int) -> Attachment | None:
    """One file, or None."""
    found = list_attachments(tx, attachment.c.id == attachment_id)
    return found[0] if found else None


def list_message_attachments(tx: Tx, message_ids: Sequence[MessageId]) -> list[Attachment]:
    """The files of these messages."""
    return list_attachments(tx, attachment.c.message_id.in_(message_ids))


def list_attachments(tx: Tx, where: ColumnElement[bool]) -> list[Attachment]:
    """The files for which `where` holds, oldest first."""
    return [
        Attachment(
            id=AttachmentId(row.id),
            message_id=MessageId(row.message_id),
            worker_key_id=row.key_id,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            name=tx.unseal("attachment.name", row.id, row.name_sealed),
        )
        for row in tx.execute(select(attachment).where(where).order_by(attachment.c.id))
    ]


def _insert(
    tx: Tx,
    talk: Conversation,
    author: Author,
    kind: MessageKind,
    body: str,
    language: str,
    now: datetime,
    case_id: CaseId | None,
    staff_id: StaffId | None,
    platform_id: str | None,
    fault: bool = False,
) -> MessageId:
    message_id = MessageId(tx.next_id("message"))
    row = {
        "id": message_id,
        "conversation_id": talk.id,
        "author": author,
        "staff_id": staff_id,
        "case_id": case_id,
        "kind": kind,
        "body_sealed": tx.seal(talk.worker.key_id, "message.body", message_id, body),
        "language": language,
        "platform_id": platform_id,
        "fault": fault,
        "created_at": now,
    }
    tx.execute(insert(message).values(row))
    tx.ring(f"conversation:{talk.id}")
    return message_id


def _query(where: ColumnElement[bool]) -> Any:
    return (
        select(
            message,
            outbox.c.state.label("delivery"),
            outbox.c.reason,
            outbox.c.delivered_at,
            outbox.c.read_at,
        )
        .outerjoin(outbox, outbox.c.message_id == message.c.id)
        .where(where)
    )


def _message(tx: Tx, row: Any) -> Message:
    return Message(
        id=MessageId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        seq=row.seq,
        author=Author(row.author),
        staff_id=row.staff_id,
        case_id=row.case_id,
        kind=MessageKind(row.kind),
        body=tx.unseal("message.body", row.id, row.body_sealed),
        language=row.language,
        created_at=row.created_at,
        delivery=row.delivery and OutboxState(row.delivery),
        reason=row.reason,
        platform_id=row.platform_id,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
    )
