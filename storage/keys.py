"""The keyring: made at the first start, opened by SECRET_KEY at every other."""

from datetime import datetime

from sqlalchemy import insert, select, update

from storage import crypto, schema
from storage.database import Tx

PURPOSES = ("index", "wrapping")


def open_vault(tx: Tx, secret_key: bytes) -> crypto.Vault:
    """The vault of this database, made now if it is new.

    Raises crypto.WrongKey where another SECRET_KEY made it: without the right one nothing in
    the database can be read, so the caller must not start.
    """
    rows = {
        row.purpose: row.ciphertext
        for row in tx.execute(select(schema.keyring.c.purpose, schema.keyring.c.ciphertext))
    }
    if not rows:
        rows = {purpose: _new_ring_key(secret_key, purpose) for purpose in PURPOSES}
        tx.execute(
            insert(schema.keyring),
            [{"purpose": purpose, "ciphertext": sealed} for purpose, sealed in rows.items()],
        )
    index, wrapping = (
        crypto.unseal(secret_key, rows.get(purpose, b""), f"keyring.{purpose}")
        for purpose in PURPOSES
    )
    return crypto.Vault(index_key=index, wrapping_key=wrapping)


def _new_ring_key(secret_key: bytes, purpose: str) -> bytes:
    return crypto.seal(secret_key, 0, crypto.new_key(), f"keyring.{purpose}")


def destroy_data_key(tx: Tx, key_id: int) -> None:
    """Make everything that this data key sealed unreadable, for good."""
    table = schema.data_key
    tx.execute(update(table).where(table.c.id == key_id).values(ciphertext=None))


def office_key_id(tx: Tx, now: datetime) -> int:
    """The data key for the office's own names: the first one ever made."""
    found = tx.execute(
        select(schema.data_key.c.id).order_by(schema.data_key.c.id).limit(1)
    ).scalar()
    return int(found) if found is not None else tx.new_data_key(now)
