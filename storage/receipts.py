"""Receipts: what the platform calls our messages, whether they arrived, and how many there were.

A platform's id can hold a person's number (a wamid does), so only its keyed hash is kept.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from storage import schema
from storage.database import Tx
from storage.records import Address, MessageId

part_, traffic = schema.sent_part, schema.traffic


@dataclass(frozen=True)
class Part:
    """One message of the platform; ours may have several."""

    message_id: MessageId
    number: int
    kind: str  # as the traffic counts it
    address: Address
    month: str  # in which it is counted


@dataclass(frozen=True)
class Traffic:
    """How many messages of a kind there were in a month."""

    month: str
    channel: str
    kind: str
    sent: int
    delivered: int
    billed: int


def add_part(tx: Tx, part: Part, now: datetime, platform_id: str | None = None) -> None:
    """Remember that the platform has taken this part; a repeat adds nothing but a missing id."""
    row = {
        "id": tx.next_id("sent_part"),
        "message_id": part.message_id,
        "part": part.number,
        "kind": part.kind,
        "sent_at": now,
    }
    if tx.insert_once(part_, row):
        _count(tx, part, sent=1)
    if platform_id is not None:
        key = _hash(tx, part.address.channel, part.address.account, platform_id)
        known = (part_.c.message_id == part.message_id) & (part_.c.part == part.number)
        tx.execute(update(part_).where(known & part_.c.hash.is_(None)).values(hash=key))


def forget_part(tx: Tx, message_id: MessageId, number: int) -> None:
    """The platform did not bring this part there: it is as if it had never been sent."""
    where = (part_.c.message_id == message_id) & (part_.c.part == number)
    tx.execute(delete(part_).where(where & part_.c.delivered_at.is_(None)))


def list_parts(tx: Tx, message_id: MessageId) -> set[int]:
    """The numbers of the parts that the platform has taken."""
    query = select(part_.c.part).where(part_.c.message_id == message_id)
    return set(tx.execute(query).scalars())


def find_part(tx: Tx, channel: str, account: str, platform_id: str) -> tuple[MessageId, int] | None:
    """The message and part that the platform calls so; None for a stranger's."""
    key = _hash(tx, channel, account, platform_id)
    row = tx.execute(select(part_.c.message_id, part_.c.part).where(part_.c.hash == key)).first()
    return row and (MessageId(row.message_id), row.part)


def note_arrival(tx: Tx, part: Part, now: datetime) -> None:
    """Remember that a part is on the person's phone; counted once."""
    where = (part_.c.message_id == part.message_id) & (part_.c.part == part.number)
    arrived = update(part_).where(where & part_.c.delivered_at.is_(None)).values(delivered_at=now)
    if tx.execute(arrived.returning(part_.c.id)).first() is not None:
        _count(tx, part, delivered=1)


def note_price(tx: Tx, part: Part, category: str) -> None:
    """Remember in which category the platform charges a part ("" for none); counted once."""
    where = (part_.c.message_id == part.message_id) & (part_.c.part == part.number)
    priced = update(part_).where(where & part_.c.billed.is_(None)).values(billed=category[:24])
    if tx.execute(priced.returning(part_.c.id)).first() is not None and category:
        _count(tx, part, billed=1)


def list_traffic(tx: Tx) -> list[Traffic]:
    """The numbers of all months, the newest first."""
    counted = [func.sum(traffic.c[name]).label(name) for name in ("sent", "delivered", "billed")]
    keys = (traffic.c.month, traffic.c.channel, traffic.c.kind)
    query = select(*keys, *counted).group_by(*keys)
    rows = tx.execute(query.order_by(traffic.c.month.desc(), traffic.c.channel, traffic.c.kind))
    return [Traffic(**row._mapping) for row in rows]


def _count(tx: Tx, part: Part, *, sent: int = 0, delivered: int = 0, billed: int = 0) -> None:
    more = {"sent": sent, "delivered": delivered, "billed": billed}
    key = {
        "month": part.month,
        "channel": part.address.channel,
        "account": part.address.account,
        "kind": part.kind,
    }
    row = tx.insert(traffic).values(**key, **more)
    tx.execute(
        row.on_conflict_do_update(
            index_elements=list(key),
            set_={name: traffic.c[name] + number for name, number in more.items()},
        )
    )


def _hash(tx: Tx, channel: str, account: str, platform_id: str) -> bytes:
    return tx.vault.hash_for_lookup(f"sent.{channel}.{account}", platform_id)
