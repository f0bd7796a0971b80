"""Forms that were sent: each is done once, and leads where it led."""

from datetime import datetime

from sqlalchemy import delete, select, update

from storage import schema
from storage.database import Tx

table = schema.sent_form


def take(tx: Tx, name: str, now: datetime) -> bool:
    """Remember a form; False where it was sent before."""
    return tx.insert_once(table, {"hash": _hash(tx, name), "at": now})


def lead(tx: Tx, name: str, address: str) -> None:
    """Remember where a form led."""
    tx.execute(update(table).where(table.c.hash == _hash(tx, name)).values(led_to=address))


def led_to(tx: Tx, name: str) -> str | None:
    """Where a form led; None where that is not known."""
    return tx.execute(select(table.c.led_to).where(table.c.hash == _hash(tx, name))).scalar()


def give_back(tx: Tx, name: str) -> None:
    """Forget a form: nothing came of it, so it may be sent again."""
    tx.execute(delete(table).where(table.c.hash == _hash(tx, name)))


def forget(tx: Tx, before: datetime) -> None:
    """Forget what was sent before then."""
    tx.execute(delete(table).where(table.c.at < before))


def _hash(tx: Tx, name: str) -> bytes:
    return tx.vault.hash_for_lookup("sent_form", name)
