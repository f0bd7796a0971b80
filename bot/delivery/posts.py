"""Posts to the chats of staff, on their way: the dispatcher's rules for another kind of rows.

The pace is the one that workers' messages keep, in the same buckets. A post is marked `sending`
before its call; what a crash leaves there is done again.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.delivery.calls import LEASE, LOOK_EVERY_SECONDS, Calls
from bot.delivery.ends import GIVE_UP_AFTER, RETRY_SECONDS
from bot.errors import NoAnswer, Rejected, TryLater, Unreachable
from bot.office import staff_chats
from bot.office.staff_chats import Account
from bot.runtime import Runtime
from storage import pace
from storage import staff_posts as store
from storage.database import Tx
from storage.records import OutboxState
from storage.staff_chats import set_reachable
from storage.staff_posts import UNREACHABLE, Post

log = structlog.get_logger()

NEWS = ("staff", "queue", "outbox", "files", "notices")

Perform = Callable[[Post], Awaitable[str | None]]
"""Carries a post out; returns the platform's numbers, None where there is nothing to show."""


class PostDispatcher(Calls[Post]):
    """Keeps the chats of staff up to date: `run()` until it is cancelled."""

    name, topics, most = "posts", NEWS, 8  # a file of each may be in memory

    def __init__(
        self, runtime: Runtime, account: Account, rates: pace.Rates, perform: Perform
    ) -> None:
        super().__init__(runtime)
        self._account, self._rates, self._perform = account, rates, perform

    async def _begin(self) -> None:
        database, now = self._runtime.database, self._runtime.clock()
        await database.write(
            lambda tx: store.recover(tx, self._account, now, all_sending=database.is_sqlite)
        )

    async def _round(self) -> float:
        """Queue what is missing, start what is due; returns when to look again."""
        await staff_chats.keep_up(self._runtime, self._account)
        free, database, now = await self._free(), self._runtime.database, self._runtime.clock()
        next_at = await database.read(lambda tx: store.next_run_at(tx, self._account))
        due = next_at is not None and next_at <= now
        if due or not database.is_sqlite:  # where others deliver, too, leases are looked after
            rows = await database.write(lambda tx: self._claim(tx, now, free))
            for row in rows:
                self._start(row, self._deliver(row))
            if rows:
                return 0.0
        if due or next_at is None:
            return LOOK_EVERY_SECONDS
        return min(max((next_at - now).total_seconds(), 0.02), LOOK_EVERY_SECONDS)

    def _claim(self, tx: Tx, now: datetime, free: int) -> list[Post]:
        if not self._runtime.database.is_sqlite:
            store.renew(tx, self._under_way.values(), now, LEASE)
            store.recover(tx, self._account, now, all_sending=False)
        return store.claim_due(tx, self._account, now, limit=free, lease=LEASE, rates=self._rates)

    async def _deliver(self, row: Post) -> None:
        try:
            numbers = await self._perform(row)
        except TryLater as error:
            await self._retry(row, error)
        except NoAnswer:
            await self._settle_with(lambda tx, now: store.doubt(tx, row, now))
        except Unreachable:
            await self._settle_with(lambda tx, now: _unreachable(tx, row, now))
        except Rejected as error:
            log.error("posts.rejected", post=row.id, kind=row.kind)
            await self._fail(row, error.reason)
        except Exception:
            log.exception("posts.fault", post=row.id, kind=row.kind)
            await self._fail(row, "fault")
        else:
            state = OutboxState.SKIPPED if numbers is None else OutboxState.SENT
            await self._settle_with(
                lambda tx, now: store.settle(tx, row, state, now, platform_id=numbers or None)
            )

    async def _fail(self, row: Post, reason: str) -> None:
        await self._settle_with(
            lambda tx, now: store.settle(tx, row, OutboxState.FAILED, now, reason=reason[:64])
        )

    async def _retry(self, row: Post, error: TryLater) -> None:
        now = self._runtime.clock()
        if now - row.created_at > GIVE_UP_AFTER:
            await self._fail(row, error.reason)
            return
        backoff = RETRY_SECONDS[min(row.attempt, len(RETRY_SECONDS)) - 1]
        wait = backoff if error.after_seconds is None else error.after_seconds
        run_at = now + timedelta(seconds=wait)

        def work(tx: Tx, _: datetime) -> None:
            store.retry_later(tx, row, run_at, error.reason[:64])
            if error.whole_account:
                pace.push_back(tx, f"account:{self._account[0]}:{self._account[1]}", run_at)

        await self._settle_with(work)


def _unreachable(tx: Tx, row: Post, now: datetime) -> None:
    store.settle(tx, row, OutboxState.FAILED, now, reason=UNREACHABLE)
    set_reachable(tx, row.chat.id, False)
