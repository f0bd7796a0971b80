"""Who works when: the active staff and their skills, the duty roster, the days of the office."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import delete, func, insert, select

from storage import schema
from storage.database import Tx
from storage.records import Role, StaffId

staff, skill, duty, day = schema.staff, schema.staff_skill, schema.duty, schema.office_day
LANGUAGE, TOPIC = "language", "topic"


def list_active(tx: Tx, roles: Collection[Role]) -> list[StaffId]:
    """Who has one of these roles and may sign in, oldest first."""
    query = (
        select(staff.c.id)
        .where(staff.c.role.in_(roles) & staff.c.disabled_at.is_(None))
        .order_by(staff.c.id)
    )
    return [StaffId(found) for found in tx.execute(query).scalars()]


def count_active(tx: Tx) -> int:
    """How many people may sign in."""
    query = select(func.count()).select_from(staff).where(staff.c.disabled_at.is_(None))
    return int(tx.execute(query).scalar_one())


def lock_staff(tx: Tx, staff_id: StaffId) -> bool:
    """Let other transactions that count this person's cases wait; False for a disabled one."""
    query = select(staff.c.disabled_at).where(staff.c.id == staff_id)
    # no key update: whoever only refers to the row need not wait
    found = tx.execute(query.with_for_update(key_share=True)).one_or_none()
    return found is not None and found.disabled_at is None


# -- skills ------------------------------------------------------------------------------------


def set_skills(tx: Tx, staff_id: StaffId, kind: str, values: Iterable[str]) -> None:
    """Replace the languages or topics of a person."""
    tx.execute(delete(skill).where((skill.c.staff_id == staff_id) & (skill.c.kind == kind)))
    for value in dict.fromkeys(values):
        tx.execute(insert(skill).values(staff_id=staff_id, kind=kind, value=value))


def list_skills(tx: Tx, staff_id: StaffId | None = None) -> dict[tuple[StaffId, str], list[str]]:
    """The languages and topics by person and kind, of one person or of all."""
    query = select(skill).order_by(skill.c.value)
    if staff_id is not None:
        query = query.where(skill.c.staff_id == staff_id)
    found: dict[tuple[StaffId, str], list[str]] = {}
    for row in tx.execute(query):
        found.setdefault((StaffId(row.staff_id), row.kind), []).append(row.value)
    return found


# -- duty and days -----------------------------------------------------------------------------


def set_duty(tx: Tx, on: date, staff_id: StaffId | None) -> None:
    """Say who is on duty on a day; None for nobody."""
    tx.execute(delete(duty).where(duty.c.day == on))
    if staff_id is not None:
        tx.execute(insert(duty).values(day=on, staff_id=staff_id))


def get_duty(tx: Tx, on: date, roles: Collection[Role]) -> StaffId | None:
    """Who is on duty on a day; None for nobody, or for somebody who is gone or has another role."""
    query = (
        select(duty.c.staff_id)
        .join(staff, staff.c.id == duty.c.staff_id)
        .where((duty.c.day == on) & staff.c.disabled_at.is_(None) & staff.c.role.in_(roles))
    )
    return tx.execute(query).scalar()


def list_duty(tx: Tx, first: date, last: date) -> dict[date, StaffId]:
    """Who is on duty from one day to another."""
    rows = tx.execute(select(duty).where(duty.c.day.between(first, last)))
    return {row.day: StaffId(row.staff_id) for row in rows}


def set_office_day(tx: Tx, on: date, works: bool | None) -> None:
    """Say whether the office works on a day; None: as the public calendar says."""
    tx.execute(delete(day).where(day.c.day == on))
    if works is not None:
        tx.execute(insert(day).values(day=on, works=works))


def list_office_days(tx: Tx) -> dict[date, bool]:
    """The days on which the office differs from the public calendar, and whether it works."""
    return {row.day: row.works for row in tx.execute(select(day).order_by(day.c.day))}
