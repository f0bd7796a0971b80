"""Pacing by GCRA: one row per budget, shared by every process that sends.

A bucket's `free_at` is the time at which, had everything gone out evenly, the next message
would be due. A message may run ahead of it by the burst, no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from storage import schema
from storage.database import Tx

bucket = schema.rate_bucket


SHARE = 0.8  # of a limit is for announcements; a fifth is kept for replies (HANDOFF.md 6f 4)
JITTER_SECONDS = 0.1  # by which calls that began apart may arrive together
CALL_SECONDS = 1 / 3  # a slow call to a platform; 8 under way are enough for 24 a second
MOST_AT_ONCE = 24


@dataclass(frozen=True)
class Rate:
    """So many messages a second, with `burst` of them at once.

    In any rolling second at most per_second + burst messages pass.
    """

    per_second: float
    burst: int


@dataclass(frozen=True)
class Rates:
    """The budgets of one channel; None is unlimited."""

    account: Rate | None  # all messages of this bot or phone number
    address: Rate | None  # messages to one person
    announcements: Rate | None = None  # copies of what goes to many, within those of the account

    @staticmethod
    def within(limit: int, address: Rate | None) -> "Rates":
        """Budgets that keep a platform's limit a second, also where messages bunch on their way.

        For 30 a second: 25 and a burst of 2, of which announcements get 24 and a burst of 3. So
        no rolling second has more than 30 even where one message takes JITTER_SECONDS longer to
        arrive than another.
        """
        per_second = max(1.0, limit * 5 / 6)
        share = SHARE * limit
        return Rates(
            account=Rate(per_second, max(1, int(limit - per_second * (1 + JITTER_SECONDS)))),
            address=address,
            announcements=Rate(share, 1 + round(share * JITTER_SECONDS)),
        )

    @property
    def announcements_at_once(self) -> int | None:
        """How many copies may be under way at a time: so many does a crash leave in doubt."""
        rate = self.announcements
        if rate is None:
            return None
        return min(MOST_AT_ONCE, max(1, round(rate.per_second * CALL_SECONDS)))


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


def wait_for_slot(tx: Tx, name: str, rate: Rate | None, now: datetime) -> timedelta | None:
    """How long until this budget has a free slot, which stays free; None where there is one.

    Nobody else takes it before the end of this transaction. A pause that the platform asked for
    holds also where the budget is unlimited.
    """
    free_at = _lock(tx, name, now)
    if rate is None:
        return free_at - now if free_at > now else None
    wait, _ = next_free(free_at, rate, now)
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


def forget_idle(tx: Tx, before: datetime) -> None:
    """Forget budgets that have been full since then: a new one is the same."""
    tx.execute(delete(bucket).where(bucket.c.free_at < before))


def _lock(tx: Tx, name: str, start: datetime) -> datetime:
    row = select(bucket.c.free_at).where(bucket.c.name == name).with_for_update()
    known: datetime | None = tx.execute(row).scalar()
    if known is not None:
        return known
    tx.insert_once(bucket, {"name": name, "free_at": start})
    free_at: datetime = tx.execute(row).scalar_one()
    return free_at
