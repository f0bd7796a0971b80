"""Offers of a case from one lawyer to another: at most one open offer a case."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update

from storage import schema
from storage.conflicts import may_know
from storage.database import Tx
from storage.records import CaseId, Role, StaffId, Transfer, TransferState

table, case, staff = schema.case_transfer, schema.legal_case, schema.staff


def offer(
    tx: Tx, case_id: CaseId, giver: StaffId, taker: StaffId, now: datetime, until: datetime
) -> Transfer:
    """A new offer; an earlier open one of this case is withdrawn."""
    withdraw(tx, case_id, now)
    row = {
        "id": tx.next_id("case_transfer"),
        "case_id": case_id,
        "from_id": giver,
        "to_id": taker,
        "state": TransferState.OFFERED,
        "offered_at": now,
        "until": until,
    }
    tx.execute(insert(table).values(row))
    made = get_offer(tx, case_id)
    assert made is not None
    return made


def get_offer(tx: Tx, case_id: CaseId) -> Transfer | None:
    """The open offer of this case, or None."""
    found = _list(tx, table.c.case_id == case_id)
    return found[0] if found else None


def list_offers_to(tx: Tx, taker: StaffId) -> list[Transfer]:
    """What this lawyer is asked to take over, oldest first."""
    return _list(tx, (table.c.to_id == taker) & may_know(taker))


def list_offers_from(tx: Tx, giver: StaffId) -> list[Transfer]:
    """What this lawyer has offered to colleagues, oldest first."""
    return _list(tx, table.c.from_id == giver)


def list_expired(tx: Tx, now: datetime, roles: Collection[Role]) -> list[Transfer]:
    """Offers that were not answered in time, or to somebody who has left or none of these roles."""
    gone = select(staff.c.id).where(staff.c.disabled_at.is_not(None) | staff.c.role.not_in(roles))
    return _list(tx, (table.c.until <= now) | table.c.to_id.in_(gone))


def settle(tx: Tx, transfer_id: int, state: TransferState, now: datetime) -> bool:
    """End an open offer; False where it had ended before."""
    done = tx.execute(
        update(table)
        .where((table.c.id == transfer_id) & (table.c.state == TransferState.OFFERED))
        .values(state=state, settled_at=now)
        .returning(table.c.case_id)
    ).scalar()
    if done is None:
        return False
    tx.ring("queue")
    tx.ring(f"case:{done}")
    return True


def withdraw(tx: Tx, case_id: CaseId, now: datetime) -> None:
    """End the open offer of this case, if there is one."""
    made = get_offer(tx, case_id)
    if made is not None:
        settle(tx, made.id, TransferState.WITHDRAWN, now)


def _list(tx: Tx, where: ColumnElement[bool]) -> list[Transfer]:
    query = (
        select(table, case.c.code)
        .join(case, case.c.id == table.c.case_id)
        .where(where & (table.c.state == TransferState.OFFERED))
        .order_by(table.c.id)
    )
    return [_transfer(row) for row in tx.execute(query)]


def _transfer(row: Any) -> Transfer:
    return Transfer(
        id=row.id,
        case_id=CaseId(row.case_id),
        code=row.code,
        from_id=StaffId(row.from_id),
        to_id=StaffId(row.to_id),
        offered_at=row.offered_at,
        until=row.until,
    )
