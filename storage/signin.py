"""How staff sign in by themselves: passkeys, a password with a code, and the address for alerts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from storage import keys, schema
from storage.crypto import hash_token
from storage.database import Tx
from storage.records import StaffId

password, passkey = schema.staff_password, schema.staff_passkey
challenge, mail = schema.sign_in_challenge, schema.staff_mail
chat = schema.staff_chat


@dataclass(frozen=True)
class Password:
    """A password, as its argon2id hash, and the secret of the authenticator app beside it."""

    hash: str = field(repr=False)
    totp: str = field(repr=False)
    confirmed: bool


@dataclass(frozen=True)
class Passkey:
    """A passkey of one person, as this side knows it."""

    id: int
    staff_id: StaffId
    credential: str = field(repr=False)  # hexadecimal, like the key
    public_key: str = field(repr=False)
    sign_count: int
    created_at: datetime
    used_at: datetime | None


# -- a password with a code --------------------------------------------------------------------


def set_password(tx: Tx, staff_id: StaffId, hashed: str, totp: str, now: datetime) -> None:
    """Give this person a password; it opens nothing until its first code has been confirmed."""
    key_id = keys.office_key_id(tx, now)
    tx.execute(delete(password).where(password.c.staff_id == staff_id))
    row = {
        "staff_id": staff_id,
        "hash_sealed": tx.seal(key_id, "staff_password.hash", staff_id, hashed),
        "totp_sealed": tx.seal(key_id, "staff_password.totp", staff_id, totp),
        "created_at": now,
    }
    tx.execute(insert(password).values(row))


def get_password(tx: Tx, staff_id: StaffId) -> Password | None:
    """The password of this person, or None."""
    row = tx.execute(select(password).where(password.c.staff_id == staff_id)).one_or_none()
    return row and Password(
        hash=tx.unseal("staff_password.hash", staff_id, row.hash_sealed),
        totp=tx.unseal("staff_password.totp", staff_id, row.totp_sealed),
        confirmed=row.confirmed,
    )


def use_step(tx: Tx, staff_id: StaffId, hash_: str, step: int) -> bool:
    """Use a code up, by its half minute; False where it, or a later one, was used before.

    The password must still be the one that was checked.
    """
    now = get_password(tx, staff_id)
    if now is None or now.hash != hash_:
        return False
    used = tx.execute(
        update(password)
        .where((password.c.staff_id == staff_id) & (password.c.last_step < step))
        .values(last_step=step, confirmed=True)
        .returning(password.c.staff_id)
    )
    return used.first() is not None


# -- passkeys ----------------------------------------------------------------------------------


def add_challenge(tx: Tx, token: str, staff_id: StaffId | None, expires_at: datetime) -> None:
    """Remember what a passkey is about to sign."""
    row = {"hash": hash_token(token), "staff_id": staff_id, "expires_at": expires_at}
    tx.execute(insert(challenge).values(row))


def use_challenge(tx: Tx, token: str, staff_id: StaffId | None, now: datetime) -> bool:
    """Use a challenge up; False where it is unknown, used, too old or of somebody else."""
    tx.execute(delete(challenge).where(challenge.c.expires_at <= now))
    owner = challenge.c.staff_id.is_(None) if staff_id is None else challenge.c.staff_id == staff_id
    gone = tx.execute(
        delete(challenge)
        .where((challenge.c.hash == hash_token(token)) & owner)
        .returning(challenge.c.hash)
    )
    return gone.first() is not None


def add_passkey(
    tx: Tx, staff_id: StaffId, credential: bytes, public_key: bytes, count: int, now: datetime
) -> None:
    """Remember a passkey of this person."""
    row_id, key_id = tx.next_id("staff_passkey"), keys.office_key_id(tx, now)
    row = {
        "id": row_id,
        "staff_id": staff_id,
        "credential_hash": _hash(tx, credential),
        "credential_sealed": tx.seal(key_id, "staff_passkey.credential", row_id, credential.hex()),
        "public_key_sealed": tx.seal(key_id, "staff_passkey.public_key", row_id, public_key.hex()),
        "sign_count": count,
        "created_at": now,
    }
    tx.execute(insert(passkey).values(row))


def find_passkey(tx: Tx, credential: bytes) -> Passkey | None:
    """The passkey with this id, or None."""
    row = tx.execute(
        select(passkey).where(passkey.c.credential_hash == _hash(tx, credential))
    ).one_or_none()
    return row and _passkey(tx, row)


def list_passkeys(tx: Tx, staff_id: StaffId) -> list[Passkey]:
    """The passkeys of this person, oldest first."""
    rows = tx.execute(select(passkey).where(passkey.c.staff_id == staff_id).order_by(passkey.c.id))
    return [_passkey(tx, row) for row in rows]


def mark_used(tx: Tx, key: Passkey, count: int, now: datetime) -> bool:
    """Note a use; False where the key is gone, or another use came between."""
    used = tx.execute(
        update(passkey)
        .where((passkey.c.id == key.id) & (passkey.c.sign_count == key.sign_count))
        .values(sign_count=count, used_at=now)
        .returning(passkey.c.id)
    )
    return used.first() is not None


def remove_passkey(tx: Tx, staff_id: StaffId, passkey_id: int) -> bool:
    """Forget one passkey of this person; False where there is no such."""
    gone = tx.execute(
        delete(passkey)
        .where((passkey.c.id == passkey_id) & (passkey.c.staff_id == staff_id))
        .returning(passkey.c.id)
    )
    return gone.first() is not None


def forget_ways_in(tx: Tx, staff_id: StaffId) -> None:
    """Forget every passkey and the password of this person."""
    for table in (passkey, password, challenge):
        tx.execute(delete(table).where(table.c.staff_id == staff_id))


# -- alerts by mail ----------------------------------------------------------------------------


def set_mail(tx: Tx, staff_id: StaffId, address: str | None, now: datetime) -> None:
    """Where this person is alerted; None: nowhere."""
    tx.execute(delete(mail).where(mail.c.staff_id == staff_id))
    if address is not None:
        sealed = tx.seal(keys.office_key_id(tx, now), "staff_mail.address", staff_id, address)
        tx.execute(insert(mail).values(staff_id=staff_id, address_sealed=sealed, updated_at=now))


def get_mail(tx: Tx, staff_id: StaffId) -> str | None:
    """Where this person is alerted, or None."""
    row = tx.execute(select(mail).where(mail.c.staff_id == staff_id)).one_or_none()
    return row and tx.unseal("staff_mail.address", staff_id, row.address_sealed)


def list_mails(tx: Tx) -> dict[StaffId, str]:
    """Who is alerted where: only people whom no other chat of theirs reaches."""
    reached = exists().where(
        (chat.c.staff_id == mail.c.staff_id) & chat.c.revoked_at.is_(None) & chat.c.reachable
    )
    return {
        StaffId(row.staff_id): tx.unseal("staff_mail.address", row.staff_id, row.address_sealed)
        for row in tx.execute(select(mail).where(~reached))
    }


def _hash(tx: Tx, credential: bytes) -> bytes:
    return tx.vault.hash_for_lookup("passkey", credential.hex())


def _passkey(tx: Tx, row: Any) -> Passkey:
    return Passkey(
        id=row.id,
        staff_id=StaffId(row.staff_id),
        credential=tx.unseal("staff_passkey.credential", row.id, row.credential_sealed),
        public_key=tx.unseal("staff_passkey.public_key", row.id, row.public_key_sealed),
        sign_count=row.sign_count,
        created_at=row.created_at,
        used_at=row.used_at,
    )
