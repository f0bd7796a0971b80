"""The audit log: who did what when, in chains that show any later change.

Ids only, never content. Each case has its own chain, so that lawyers on different cases do not
wait for each other; what belongs to no case is in the chain "office".
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from storage import schema
from storage.database import Tx
from storage.records import AuditEntry

table = schema.audit
OFFICE = "office"
ONE_READING = timedelta(minutes=15)


def case_chain(case_id: int) -> str:
    """The name of a case's chain."""
    return f"case:{case_id}"


def append(tx: Tx, chain: str, *, actor: str, action: str, now: datetime, detail: str = "") -> None:
    """Add an entry to a chain; another transaction that appends to it waits for this one."""
    tx.serialise(f"audit.{chain}".encode())
    last = tx.execute(
        select(table.c.seq, table.c.hash)
        .where(table.c.chain == chain)
        .order_by(table.c.seq.desc())
        .limit(1)
    ).one_or_none()
    seq, previous = (last.seq + 1, bytes(last.hash)) if last else (1, b"")
    entry = AuditEntry(chain, seq, actor, action, detail, now)
    row: dict[str, Any] = {**entry.__dict__, "hash": _hash(previous, entry)}
    tx.execute(insert(table).values(id=tx.next_id("audit"), **row))


def list_entries(tx: Tx, chain: str) -> list[AuditEntry]:
    """A whole chain, oldest first."""
    rows = tx.execute(select(table).where(table.c.chain == chain).order_by(table.c.seq))
    return [_entry(row) for row in rows]


def read_lately(tx: Tx, case_id: int, actor: str, now: datetime) -> bool:
    """Whether the newest entry of a case says that this person was reading it just now.

    A page that refreshes itself is one reading, not a hundred.
    """
    last = tx.execute(
        select(table.c.actor, table.c.action, table.c.at)
        .where(table.c.chain == case_chain(case_id))
        .order_by(table.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return (
        last is not None
        and (last.actor, last.action) == (actor, "read")
        and now - last.at < ONE_READING
    )


def find_break(tx: Tx, chain: str) -> int | None:
    """The seq of the first entry that was altered, removed or put in; None where all is well."""
    previous = b""
    rows = tx.execute(select(table).where(table.c.chain == chain).order_by(table.c.seq))
    for expected, row in enumerate(rows, start=1):
        if row.seq != expected or bytes(row.hash) != _hash(previous, _entry(row)):
            return expected
        previous = bytes(row.hash)
    return None


def list_chains(tx: Tx) -> list[str]:
    """The names of all chains."""
    return list(tx.execute(select(table.c.chain).distinct().order_by(table.c.chain)).scalars())


def count(tx: Tx) -> int:
    """How many entries there are in all chains."""
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def fingerprint(tx: Tx) -> str:
    """A short name of all chains as they end now: another one where an end was cut off."""
    last = select(table.c.chain, func.max(table.c.seq).label("seq")).group_by(table.c.chain)
    ends = last.subquery()
    rows = tx.execute(
        select(table.c.chain, table.c.hash)
        .join(ends, (ends.c.chain == table.c.chain) & (ends.c.seq == table.c.seq))
        .order_by(table.c.chain)
    )
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.chain.encode() + bytes(row.hash))
    return digest.hexdigest()[:32]


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(row.chain, row.seq, row.actor, row.action, row.detail, row.at)


def _hash(previous: bytes, entry: AuditEntry) -> bytes:
    fields = [entry.chain, entry.seq, entry.actor, entry.action, entry.detail]
    content = json.dumps([*fields, entry.at.isoformat()], ensure_ascii=False)
    return hashlib.sha256(previous + content.encode()).digest()
