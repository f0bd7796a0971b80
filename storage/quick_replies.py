"""Quick replies of the office: one name, a text in each of several languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from storage import schema
from storage.database import Tx
from storage.keys import office_key_id
from storage.records import StaffId

reply, words = schema.quick_reply, schema.quick_reply_text


@dataclass(frozen=True)
class QuickReply:
    """A text that lawyers send often."""

    id: int
    name: str
    texts: Mapping[str, str]  # by language


def add(tx: Tx, author: StaffId, name: str, now: datetime) -> int:
    """A new quick reply, without words yet."""
    row_id = tx.next_id("quick_reply")
    sealed = tx.seal(office_key_id(tx, now), "quick_reply.name", row_id, name)
    tx.execute(insert(reply).values(id=row_id, staff_id=author, name_sealed=sealed, created_at=now))
    return row_id


def set_text(tx: Tx, reply_id: int, language: str, text: str, now: datetime) -> None:
    """Its words in one language, in place of those before; "" takes them away."""
    where = (words.c.quick_reply_id == reply_id) & (words.c.language == language)
    tx.execute(delete(words).where(where))
    if not text:
        return
    row_id = tx.next_id("quick_reply_text")
    row = {
        "id": row_id,
        "quick_reply_id": reply_id,
        "language": language,
        "text_sealed": tx.seal(office_key_id(tx, now), "quick_reply_text.text", row_id, text),
        "updated_at": now,
    }
    tx.execute(insert(words).values(row))


def remove(tx: Tx, reply_id: int, now: datetime) -> bool:
    """Offer it no more; False where there is none such."""
    gone = (
        update(reply)
        .where((reply.c.id == reply_id) & reply.c.removed_at.is_(None))
        .values(removed_at=now)
        .returning(reply.c.id)
    )
    return tx.execute(gone).scalar() is not None


def list_all(tx: Tx) -> list[QuickReply]:
    """All that are offered, oldest first."""
    texts: dict[int, dict[str, str]] = {}
    for row in tx.execute(select(words)):
        text = tx.unseal("quick_reply_text.text", row.id, row.text_sealed)
        texts.setdefault(row.quick_reply_id, {})[row.language] = text
    rows = tx.execute(select(reply).where(reply.c.removed_at.is_(None)).order_by(reply.c.id))
    return [
        QuickReply(
            row.id,
            tx.unseal("quick_reply.name", row.id, row.name_sealed),
            texts.get(row.id, {}),
        )
        for row in rows
    ]


def get(tx: Tx, reply_id: int) -> QuickReply | None:
    """One that is offered, or None."""
    return next((found for found in list_all(tx) if found.id == reply_id), None)
