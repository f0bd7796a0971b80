"""People without a chat: conversations that staff hold for them, and the links that join a chat."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from storage import schema
from storage.crypto import hash_token
from storage.database import Tx
from storage.records import Address, ConversationId, OutboxState, StaffId

walk_in, link = schema.walk_in, schema.join_link
conversation, outbox = schema.conversation, schema.outbox


@dataclass(frozen=True)
class WalkIn:
    """Who sat there, rang or wrote, and who of the staff spoke with them."""

    id: int
    staff_id: StaffId
    conversation_id: ConversationId
    way: str
    region: str | None
    started_at: datetime
    joined_at: datetime | None


def add_walk_in(
    tx: Tx,
    staff_id: StaffId,
    conversation_id: ConversationId,
    way: str,
    region: str | None,
    now: datetime,
    minutes: int | None = None,
) -> int:
    """Remember that this person of the staff speaks for somebody; returns its id."""
    row_id = tx.next_id("walk_in")
    row = {"id": row_id, "staff_id": staff_id, "conversation_id": conversation_id, "way": way}
    tx.execute(insert(walk_in).values(**row, region=region, minutes=minutes, started_at=now))
    return row_id


def get_walk_in(tx: Tx, walk_in_id: int) -> WalkIn | None:
    """One of them, or None."""
    return _find(tx, walk_in.c.id == walk_in_id)


def find_walk_in(tx: Tx, conversation_id: ConversationId) -> WalkIn | None:
    """The one that this conversation belongs to, or None."""
    return _find(tx, walk_in.c.conversation_id == conversation_id)


def list_walk_ins(tx: Tx, staff_id: StaffId, *, limit: int = 20) -> list[WalkIn]:
    """Those of this person of the staff, newest first."""
    query = select(walk_in).where(walk_in.c.staff_id == staff_id)
    return [_walk_in(row) for row in tx.execute(query.order_by(walk_in.c.id.desc()).limit(limit))]


def add_link(
    tx: Tx, conversation_id: ConversationId, token: str, now: datetime, expires_at: datetime
) -> None:
    """Remember a link that joins a chat; earlier ones of the same person end."""
    tx.execute(
        update(link)
        .where((link.c.conversation_id == conversation_id) & link.c.used_at.is_(None))
        .values(used_at=now)
    )
    row = {"hash": hash_token(token), "conversation_id": conversation_id}
    tx.execute(insert(link).values(**row, expires_at=expires_at))


def use_link(tx: Tx, token: str, now: datetime) -> ConversationId | None:
    """Use a link up; None where it is unknown, used, too old, or its person was erased.

    Of two at once one wins.
    """
    still_open = select(conversation.c.id).where(conversation.c.ended_at.is_(None))
    return tx.execute(
        update(link)
        .where(
            (link.c.hash == hash_token(token))
            & link.c.used_at.is_(None)
            & (link.c.expires_at > now)
            & link.c.conversation_id.in_(still_open)
        )
        .values(used_at=now)
        .returning(link.c.conversation_id)
    ).scalar()


def move_conversation(tx: Tx, conversation_id: ConversationId, to: Address, now: datetime) -> None:
    """Let a conversation go on at another address; what waits for its person goes there."""
    tx.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(address_id=to.id)
    )
    of_it = select(schema.message.c.id).where(schema.message.c.conversation_id == conversation_id)
    waiting = (OutboxState.QUEUED, OutboxState.HELD)
    tx.execute(
        update(outbox)
        .where(outbox.c.message_id.in_(of_it) & outbox.c.state.in_(waiting))
        .values(address_id=to.id, channel=to.channel, account=to.account)
    )
    tx.execute(
        update(walk_in).where(walk_in.c.conversation_id == conversation_id).values(joined_at=now)
    )
    tx.ring("outbox")
    tx.ring(f"conversation:{conversation_id}")


def _find(tx: Tx, where: ColumnElement[bool]) -> WalkIn | None:
    row = tx.execute(select(walk_in).where(where)).one_or_none()
    return row and _walk_in(row)


def _walk_in(row: Any) -> WalkIn:
    return WalkIn(
        id=row.id,
        staff_id=StaffId(row.staff_id),
        conversation_id=ConversationId(row.conversation_id),
        way=row.way,
        region=row.region,
        started_at=row.started_at,
        joined_at=row.joined_at,
    )
