"""Staff: who may sign in to the desk, their one-time links and their sessions.

Tokens are random; the database keeps only their hashes.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from storage import keys, schema
from storage.crypto import hash_token
from storage.database import Tx
from storage.records import Role, Staff, StaffId

staff, link, session = schema.staff, schema.sign_in_link, schema.staff_session


def add_staff(tx: Tx, name: str, role: Role, language: str, now: datetime) -> Staff:
    """A new member of staff."""
    staff_id, key_id = tx.next_id("staff"), keys.office_key_id(tx, now)
    row = {
        "id": staff_id,
        "key_id": key_id,
        "name_sealed": tx.seal(key_id, "staff.name", staff_id, name),
        "role": role,
        "language": language,
        "created_at": now,
    }
    tx.execute(insert(staff).values(row))
    return Staff(StaffId(staff_id), name, role, language, disabled=False)


def get_staff(tx: Tx, staff_id: int) -> Staff | None:
    """One member of staff, or None."""
    row = tx.execute(select(staff).where(staff.c.id == staff_id)).one_or_none()
    return row and _staff(tx, row)


def list_staff(tx: Tx) -> list[Staff]:
    """Everyone, oldest first, also the disabled."""
    return [_staff(tx, row) for row in tx.execute(select(staff).order_by(staff.c.id))]


def disable_staff(tx: Tx, staff_id: StaffId, now: datetime) -> bool:
    """Let this person in no more; False where they were disabled before."""
    result = tx.execute(
        update(staff)
        .where((staff.c.id == staff_id) & staff.c.disabled_at.is_(None))
        .values(disabled_at=now)
    )
    revoke_sessions(tx, staff_id, now)
    tx.ring("queue")  # what they held has nobody now
    return result.rowcount == 1


def set_role(tx: Tx, staff_id: StaffId, role: Role) -> bool:
    """Give this person another role; False where there is no such person."""
    changed = tx.execute(
        update(staff).where(staff.c.id == staff_id).values(role=role).returning(staff.c.id)
    )
    tx.ring("queue")  # what they held may have nobody now
    return changed.first() is not None


def set_staff_language(tx: Tx, staff_id: StaffId, language: str) -> None:
    """Remember the language in which this person reads the desk."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(language=language))


def add_sign_in_link(tx: Tx, staff_id: StaffId, token: str, expires_at: datetime) -> None:
    """Remember a one-time link."""
    tx.execute(
        insert(link).values(hash=hash_token(token), staff_id=staff_id, expires_at=expires_at)
    )


def get_sign_in_link(tx: Tx, token: str, now: datetime) -> Staff | None:
    """Whose unused and unexpired link this is; None for any other token."""
    found = tx.execute(
        select(link.c.staff_id).where(
            (link.c.hash == hash_token(token))
            & link.c.used_at.is_(None)
            & (link.c.expires_at > now)
        )
    ).scalar()
    return _enabled(tx, found)


def use_sign_in_link(tx: Tx, token: str, now: datetime) -> Staff | None:
    """Use a link up. Two at once: the conditional UPDATE lets exactly one of them in."""
    found = tx.execute(
        update(link)
        .where(
            (link.c.hash == hash_token(token))
            & link.c.used_at.is_(None)
            & (link.c.expires_at > now)
        )
        .values(used_at=now)
        .returning(link.c.staff_id)
    ).scalar()
    return _enabled(tx, found)


def add_session(tx: Tx, staff_id: StaffId, token: str, now: datetime, expires_at: datetime) -> None:
    """Remember that this token stands for this person until it expires."""
    row = {"hash": hash_token(token), "staff_id": staff_id}
    tx.execute(insert(session).values(**row, created_at=now, expires_at=expires_at))


def get_session(tx: Tx, token: str, now: datetime) -> Staff | None:
    """Who is signed in with this token, or None."""
    found = tx.execute(
        select(session.c.staff_id).where(
            (session.c.hash == hash_token(token))
            & session.c.revoked_at.is_(None)
            & (session.c.expires_at > now)
        )
    ).scalar()
    return _enabled(tx, found)


def has_signed_in(tx: Tx, staff_id: StaffId) -> bool:
    """Whether this person ever had a session."""
    query = select(session.c.hash).where(session.c.staff_id == staff_id).limit(1)
    return tx.execute(query).scalar() is not None


def has_anybody_signed_in(tx: Tx) -> bool:
    """Whether there ever was a session."""
    return tx.execute(select(session.c.hash).limit(1)).scalar() is not None


def revoke_session(tx: Tx, token: str, now: datetime) -> None:
    """Sign out."""
    tx.execute(update(session).where(session.c.hash == hash_token(token)).values(revoked_at=now))


def revoke_sessions(tx: Tx, staff_id: StaffId, now: datetime) -> None:
    """Sign this person out everywhere."""
    tx.execute(
        update(session)
        .where((session.c.staff_id == staff_id) & session.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _enabled(tx: Tx, staff_id: int | None) -> Staff | None:
    person = None if staff_id is None else get_staff(tx, staff_id)
    return None if person is None or person.disabled else person


def _staff(tx: Tx, row: Any) -> Staff:
    return Staff(
        id=StaffId(row.id),
        name=tx.unseal("staff.name", row.id, row.name_sealed),
        role=Role(row.role),
        language=row.language,
        disabled=row.disabled_at is not None,
    )
