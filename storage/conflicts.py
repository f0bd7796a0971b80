"""Conflicts of interest: what a person declared of a case before reading it.

A declaration is about the other side that was known then: when another name becomes known, it
has to be made again. Who is barred from a case against somebody is barred from every such case,
also where that is one name of several.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, delete, exists, select

from storage import schema
from storage.database import Tx
from storage.records import Case, CaseId, StaffId

check, case, opponent = schema.conflict_check, schema.legal_case, schema.case_opponent


def about(opponent_hash: bytes | None) -> str:
    """Which other side somebody was asked about, without its name: a page or a row carries it."""
    return bytes(opponent_hash or b"").hex()[:16]


def declare(tx: Tx, of: Case, staff_id: StaffId, *, barred: bool, now: datetime) -> None:
    """Store what this person declares of this case; a bar is never taken back by this."""
    row = {
        "case_id": of.id,
        "staff_id": staff_id,
        "barred": barred,
        "opponent_hash": of.opponent_hash,
        "at": now,
    }
    new = tx.insert(check).values(row)
    renewed = {"barred": barred, "opponent_hash": of.opponent_hash, "at": now}
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["case_id", "staff_id"], set_=renewed, where=~check.c.barred
        )
    )


def is_barred(tx: Tx, case_id: int, staff_id: StaffId) -> bool:
    """Whether this person may not know of this case."""
    query = select(check.c.barred).where(
        (check.c.case_id == case_id) & (check.c.staff_id == staff_id)
    )
    return bool(tx.execute(query).scalar())


def is_barred_from_talk(tx: Tx, conversation_id: int, staff_id: StaffId) -> bool:
    """Whether this person may not know of a case of this conversation."""
    query = (
        select(check.c.barred)
        .join(case, case.c.id == check.c.case_id)
        .where(case.c.conversation_id == conversation_id)
        .where((check.c.staff_id == staff_id) & check.c.barred)
    )
    return tx.execute(query.limit(1)).first() is not None


def is_declared(tx: Tx, of: Case, staff_id: StaffId) -> bool:
    """Whether this person has declared that there is no conflict, with the other side as known."""
    row = tx.execute(
        select(check.c.barred, check.c.opponent_hash).where(
            (check.c.case_id == of.id) & (check.c.staff_id == staff_id)
        )
    ).one_or_none()
    if row is None or row.barred:
        return False
    about = None if row.opponent_hash is None else bytes(row.opponent_hash)
    return about == of.opponent_hash


def list_against_same(tx: Tx, case_id: CaseId) -> list[CaseId]:
    """This case, and every case against one of the same names."""
    query = _against_same(case_id).order_by(case.c.id)  # nobody who locks them waits in a circle
    return [CaseId(found) for found in tx.execute(query).scalars()]


def list_barred(tx: Tx, case_id: CaseId) -> list[StaffId]:
    """Who is barred from this case."""
    query = select(check.c.staff_id).where((check.c.case_id == case_id) & check.c.barred)
    return [StaffId(found) for found in tx.execute(query.order_by(check.c.staff_id)).scalars()]


def list_barred_against_same(tx: Tx, case_id: CaseId) -> list[StaffId]:
    """Who is barred from this case, or from a case against one of the same names."""
    query = select(check.c.staff_id).where(
        check.c.case_id.in_(_against_same(case_id)) & check.c.barred
    )
    return [StaffId(found) for found in tx.execute(query.distinct()).scalars()]


def lift(tx: Tx, case_id: CaseId, staff_id: StaffId) -> bool:
    """Take a bar back: the person is asked anew; False where there was none."""
    gone = tx.execute(
        delete(check)
        .where((check.c.case_id == case_id) & (check.c.staff_id == staff_id) & check.c.barred)
        .returning(check.c.case_id)
    )
    return gone.first() is not None


def _against_same(case_id: CaseId) -> Select[tuple[int]]:
    names = select(opponent.c.hash).where(opponent.c.case_id == case_id)
    shared = select(opponent.c.case_id).where(opponent.c.hash.in_(names))
    return select(case.c.id).where((case.c.id == case_id) | case.c.id.in_(shared))


def may_know(staff_id: StaffId) -> ColumnElement[bool]:
    """The cases that this person is not barred from, as a condition on legal_case."""
    return ~exists().where(
        and_(check.c.case_id == case.c.id, check.c.staff_id == staff_id, check.c.barred)
    )


def has_declared(staff_id: StaffId) -> ColumnElement[bool]:
    """The cases of which `is_declared` is true for this person, as a condition on legal_case."""
    return exists().where(
        and_(
            check.c.case_id == case.c.id,
            check.c.staff_id == staff_id,
            ~check.c.barred,
            check.c.opponent_hash.is_not_distinct_from(case.c.opponent_hash),
        )
    )
