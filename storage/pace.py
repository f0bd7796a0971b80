"""Pacing by GCRA: one row per budget, shared by every process that sends.

A bucket's `free_at` is the time at which, had everything gone out evenly, the next message
would be due. A message may run ahead of it by the burst, no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage import schema
from storage.database import Tx

bucket = schema.rate_bucket


@dataclass(frozen=True)
class Rate:
    """So many messages a second, with `burst` of them at once.

    In any rolling second at most per_second + burst messages pass, so for a platform's limit of
    30 a second take 25 and a burst of 5.
    """

    per_second: float
    burst: int


@dataclass(frozen=True)
class Rates:
    """The budgets of one channel; None is unlimited."""

    account: Rate | None  # all messages of this bot or phone number
    address: Rate | None  # messages to one person


UNLIMITED = Rates(account=None, address=None)


def take_slot(tx: Tx, name: str, rate: Rate | None, now: datetime) -> timedelta | None:
    """Use one slot of this budget; returns how long to wait where none is free."""
    if rate is None:
        return None
    before = _lock(tx, name, now)
    wait, free_at = next_free(before, rate, now)
    if wait is None:
        tx.execute(update(bucket).where(bucket.c.name == name).values(free_at=free_at))
    return wait


def next_free(free_at: datetime, rate: Rate, now: datetime) -> tuple[timedelta | None, datetime]:
    """GCRA: how long to wait (None: go now) and the bucket's free_at after that."""
    step = timedelta(seconds=1 / rate.per_second)
    ahead = max(free_at - now, timedelta(0))
    allowed = step * (rate.burst - 1)
    if ahead > allowed:
        return ahead - allowed, free_at
    return None, now + ahead + step


def push_back(tx: Tx, name: str, until: datetime) -> None:
    """Give out no slot before `until`: the platform asked for a pause."""
    current = _lock(tx, name, until)
    if current < until:
        tx.execute(update(bucket).where(bucket.c.name == name).values(free_at=until))


def opens_at(tx: Tx, name: str) -> datetime | None:
    """Until when this budget was pushed back; None where it never was."""
    return tx.execute(select(bucket.c.free_at).where(bucket.c.name == name)).scalar()


def _lock(tx: Tx, name: str, start: datetime) -> datetime:
    sqlite = tx.connection.dialect.name == "sqlite"
    insert_into = sqlite_insert if sqlite else postgres_insert
    tx.execute(insert_into(bucket).values(name=name, free_at=start).on_conflict_do_nothing())
    row = select(bucket.c.free_at).where(bucket.c.name == name).with_for_update()
    free_at: datetime = tx.execute(row).scalar_one()
    return free_at
