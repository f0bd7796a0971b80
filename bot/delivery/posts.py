"""Posts to the chats of staff, on their way: the dispatcher's rules for another kind of rows.

The pace is the one that workers' messages keep, in the same buckets. A post is marked `sending`
before its call; what a crash leaves there is done again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.changes import next_change
from bot.delivery.ends import GIVE_UP_AFTER, RETRY_SECONDS
from bot.delivery.local import (
    IDLE_AFTER_FAILURE_SECONDS,
    LEASE,
    LOOK_EVERY_SECONDS,
)
from bot.errors import NoAnswer, Rejected, TryLater, Unreachable
from bot.office import staff_chats
from bot.office.staff_chats import Account
from bot.runtime import Runtime
from storage import pace
from storage import staff_posts as store
from storage.database import DatabaseUnavailable, Tx
from storage.records import OutboxState
from storage.staff_chats import set_reachable
from storage.staff_posts import UNREACHABLE, Post

log = structlog.get_logger()

MAX_UNDER_WAY = 8  # a file of each may be in memory
NEWS = ("staff", "queue", "outbox", "files", "notices")

Perform = Callable[[Post], Awaitable[str | None]]
"""Carries a post out; returns the platform's numbers, None where there is nothing to show."""


class PostDispatcher:
    """Keeps the chats of staff up to date: `run()` until it is cancelled."""

    def __init__(
        self, runtime: Runtime, account: Account, rates: pace.Rates, perform: Perform
    ) -> None:
        self._runtime, self._account, self._rates = runtime, account, rates
        self._perform = perform
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled; what is in hand is then finished."""
        database = self._runtime.database
        try:
            await self._recover(all_sending=database.is_sqlite)
            with self._runtime.changes.listen(*NEWS) as bell:
                while True:
                    try:
                        wait_seconds = await self._round()
                    except DatabaseUnavailable as error:
                        log.error("posts.database", reason=str(error))
                        wait_seconds = IDLE_AFTER_FAILURE_SECONDS
                    if wait_seconds > 0:
                        await next_change(bell, wait_seconds)
        finally:
            await asyncio.gather(*self._under_way)

    async def _round(self) -> float:
        """Queue what is missing, start what is due; returns when to look again."""
        await staff_chats.keep_up(self._runtime, self._account)
        free = MAX_UNDER_WAY - len(self._under_way)
        if free <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        now = self._runtime.clock()
        next_at = await self._runtime.database.read(lambda tx: store.next_run_at(tx, self._account))
        if next_at is None or next_at > now:
            until = LOOK_EVERY_SECONDS if next_at is None else (next_at - now).total_seconds()
            return min(max(until, 0.02), LOOK_EVERY_SECONDS)
        rows = await self._runtime.database.write(lambda tx: self._claim(tx, now, free))
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return 0.0 if rows else LOOK_EVERY_SECONDS

    def _claim(self, tx: Tx, now: datetime, free: int) -> list[Post]:
        if not self._runtime.database.is_sqlite:
            store.recover(tx, self._account, now, all_sending=False)
        return store.claim_due(tx, self._account, now, limit=free, lease=LEASE, rates=self._rates)

    async def _recover(self, *, all_sending: bool) -> None:
        now = self._runtime.clock()
        await self._runtime.database.write(
            lambda tx: store.recover(tx, self._account, now, all_sending=all_sending)
        )

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

    async def _settle_with(self, work: Callable[[Tx, datetime], None]) -> None:
        """Write how a call ended; while the database is away, keep trying."""
        while True:
            try:
                await self._runtime.database.write(lambda tx: work(tx, self._runtime.clock()))
                return
            except DatabaseUnavailable as error:
                log.error("posts.settle", reason=str(error))
                await asyncio.sleep(IDLE_AFTER_FAILURE_SECONDS)


def _unreachable(tx: Tx, row: Post, now: datetime) -> None:
    store.settle(tx, row, OutboxState.FAILED, now, reason=UNREACHABLE)
    set_reachable(tx, row.chat.id, False)
