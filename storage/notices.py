"""What members of staff are told: rows without content, written with the event they tell of.

A notice names a case and nothing in it. The same occasion told twice is one row. Whoever is
barred from a case is told nothing of it: neither now nor of what was written down before.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, update

from storage import conflicts, schema
from storage.database import Tx
from storage.records import CaseId, Notice, NoticeId, NoticeKind, Priority, StaffId

table, sent = schema.notice, schema.notice_sent
case, check, staff = schema.legal_case, schema.conflict_check, schema.staff

WORTH_SENDING = timedelta(hours=24)  # an older notice is no news: it is in the desk


def add(
    tx: Tx,
    to: Iterable[StaffId],
    kind: NoticeKind,
    case_id: CaseId | None,
    occasion: str,
    now: datetime,
) -> list[StaffId]:
    """Tell these people, in the transaction of the event; returns who had not been told of it.

    `occasion` names the event: the same twice is told once.
    """
    told = []
    barred = conflicts.list_barred(tx, case_id) if case_id is not None else []
    for person in dict.fromkeys(to):
        if person in barred:
            continue
        row = {
            "id": tx.next_id("notice"),
            "staff_id": person,
            "kind": kind,
            "case_id": case_id,
            "occasion": occasion,
            "at": now,
        }
        if tx.insert_once(table, row):
            told.append(person)
            tx.ring(f"notices:{person}")
    if told:
        tx.ring("notices")
    return told


def list_unread(tx: Tx, staff_id: StaffId, *, limit: int = 100) -> list[Notice]:
    """What this person has not seen yet, newest first."""
    return _list(tx, (table.c.staff_id == staff_id) & table.c.read_at.is_(None), limit, newest=True)


def count_unread(tx: Tx, staff_id: StaffId) -> int:
    """How much this person has not seen yet."""
    query = select(func.count()).select_from(table).where(
        (table.c.staff_id == staff_id) & table.c.read_at.is_(None) & ~_is_barred()
    )  # fmt: skip
    return int(tx.execute(query).scalar_one())


def mark_read(tx: Tx, staff_id: StaffId, now: datetime, case_id: CaseId | None = None) -> None:
    """This person has seen them: all, or those of one case."""
    where = (table.c.staff_id == staff_id) & table.c.read_at.is_(None)
    if case_id is not None:
        where = where & (table.c.case_id == case_id)
    seen = tx.execute(update(table).where(where).values(read_at=now).returning(table.c.id))
    if seen.first() is not None:
        tx.ring(f"notices:{staff_id}")


def list_undelivered(
    tx: Tx, channel: str, now: datetime, staff_ids: Sequence[StaffId], *, limit: int = 100
) -> list[Notice]:
    """What has not gone out by this channel to these people, oldest first.

    What was read in the desk meanwhile, or is older than WORTH_SENDING, is not sent any more.
    """
    gone_out = exists().where(and_(sent.c.notice_id == table.c.id, sent.c.channel == channel))
    where = (
        table.c.staff_id.in_(staff_ids)
        & table.c.read_at.is_(None)
        & (table.c.at > now - WORTH_SENDING)
        & ~gone_out
        & exists().where(and_(staff.c.id == table.c.staff_id, staff.c.disabled_at.is_(None)))
    )
    return _list(tx, where, limit, newest=False)


def mark_delivered(tx: Tx, notice_id: NoticeId, channel: str, now: datetime) -> bool:
    """Note that it has gone out by this channel; False where that was noted before.

    Mark before the call to the platform where twice would be worse than never.
    """
    row = {"notice_id": notice_id, "channel": channel, "at": now}
    return tx.insert_once(sent, row)


def settle(tx: Tx, case_id: CaseId, kinds: Iterable[NoticeKind], now: datetime) -> None:
    """These notices of a case are no news to anybody any more."""
    gone = tx.execute(
        update(table)
        .where(
            (table.c.case_id == case_id) & table.c.kind.in_(list(kinds)) & table.c.read_at.is_(None)
        )
        .values(read_at=now)
        .returning(table.c.staff_id)
    )
    for person in set(gone.scalars()):
        tx.ring(f"notices:{person}")


def was_told_lately(
    tx: Tx, staff_id: StaffId, kind: NoticeKind, case_id: CaseId, since: datetime
) -> bool:
    """Whether this person has an unread notice of this kind, not older than that."""
    query = select(table.c.id).where(
        (table.c.staff_id == staff_id)
        & (table.c.kind == kind)
        & (table.c.case_id == case_id)
        & (table.c.at > since)
        & table.c.read_at.is_(None)
    )
    return tx.execute(query.limit(1)).first() is not None


def _is_barred() -> ColumnElement[bool]:
    return exists().where(
        and_(
            check.c.case_id == table.c.case_id, check.c.staff_id == table.c.staff_id, check.c.barred
        )
    )


def _list(tx: Tx, where: ColumnElement[bool], limit: int, *, newest: bool) -> list[Notice]:
    order = table.c.id.desc() if newest else table.c.id
    query = (
        select(
            table,
            case.c.code,
            case.c.rank,
            case.c.language,
            case.c.topic,
            case.c.queued_at,
            case.c.due_at,
        )
        .outerjoin(case, case.c.id == table.c.case_id)
        .where(where & ~_is_barred())
        .order_by(order)
        .limit(limit)
    )
    return [_notice(row) for row in tx.execute(query)]


def _notice(row: Any) -> Notice:
    return Notice(
        id=NoticeId(row.id),
        staff_id=StaffId(row.staff_id),
        kind=NoticeKind(row.kind),
        case_id=row.case_id,
        at=row.at,
        read=row.read_at is not None,
        code=row.code,
        priority=None if row.rank is None else Priority(row.rank),
        language=row.language,
        topic=row.topic,
        queued_at=row.queued_at,
        due_at=row.due_at,
    )
