"""The dispatcher: takes due rows from the outbox and hands them to their channels.

Any number of messages to different people are under way at once, never two to the same person.
A row is marked `sending` before the call; what a crash leaves there is sent again once where
silence would be worse, and left to a person where a double would be.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.changes import next_change
from bot.delivery.gate import may_write_now
from bot.errors import NoAnswer, Rejected, TryLater, Unreachable, WindowClosed
from bot.runtime import Runtime
from storage import conversations, outbox, pace
from storage.database import DatabaseUnavailable, Tx
from storage.messages import set_platform_id
from storage.pace import Rates
from storage.records import Kind, OutboxRow, OutboxState

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 1.0  # another process may have queued something
IDLE_AFTER_FAILURE_SECONDS = 2.0
MAX_UNDER_WAY = 64
LEASE = timedelta(seconds=60)  # longer than any call to a platform may take
RETRY_SECONDS = (1, 4, 15, 60, 300, 900, 3600)  # then hourly
GIVE_UP_AFTER = timedelta(days=3)


class Channel(Protocol):
    """A platform that messages go out on."""

    name: str
    account: str
    rates: Rates

    async def send(self, row: OutboxRow) -> str | None:
        """Hand one message to the platform; returns the platform's id of it.

        Raises TryLater, NoAnswer, Unreachable, WindowClosed or Rejected.
        """

    async def close(self) -> None:
        """End the connections to the platform; nothing is sent any more."""


class Dispatcher:
    """Delivers the outbox: `run()` until `stop()`, which finishes what is in hand."""

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel]) -> None:
        self._runtime = runtime
        self._channels = channels
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Deliver until stopped."""
        database = self._runtime.database
        now = self._runtime.clock()
        await database.write(lambda tx: outbox.recover(tx, now, all_sending=database.is_sqlite))
        with self._runtime.changes.listen("outbox") as bell:
            while not self._stopping.is_set():
                try:
                    wait_seconds = await self._round()
                except DatabaseUnavailable as error:
                    log.error("dispatcher.database", reason=str(error))
                    wait_seconds = IDLE_AFTER_FAILURE_SECONDS
                if wait_seconds > 0:
                    await next_change(bell, wait_seconds)
        await asyncio.gather(*self._under_way)

    def stop(self) -> None:
        """Begin nothing new; `run()` returns when all calls under way have ended."""
        self._stopping.set()
        self._runtime.changes.announce(["outbox"])

    async def _round(self) -> float:
        """Start what is due; returns after how many seconds to look again."""
        free = MAX_UNDER_WAY - len(self._under_way)
        if free <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        now = self._runtime.clock()
        rows, next_at = await self._runtime.database.write(lambda tx: self._claim(tx, now, free))
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if len(rows) == free:
            return 0.0
        until_next = LOOK_EVERY_SECONDS if next_at is None else (next_at - now).total_seconds()
        return min(max(until_next, 0.02), LOOK_EVERY_SECONDS)

    def _claim(self, tx: Tx, now: datetime, free: int) -> tuple[list[OutboxRow], datetime | None]:
        if not self._runtime.database.is_sqlite:
            outbox.recover(tx, now, all_sending=False)
        rows = outbox.claim_due(
            tx,
            now,
            limit=free,
            lease=LEASE,
            gate=lambda tx, row, talk: may_write_now(tx, row, talk, now),
            rates_of=self._rates_of,
        )
        return rows, outbox.next_run_at(tx)

    def _rates_of(self, channel: str, account: str) -> Rates:
        known = self._channels.get(channel)
        return known.rates if known else pace.UNLIMITED

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            platform_id = await self._call(row)
        except TryLater as error:
            await self._retry(row, error)
        except NoAnswer:
            await self._settle_with(row, lambda tx, now: outbox.doubt(tx, row, now))
        except Unreachable:
            await self._settle_with(row, lambda tx, now: _unreachable(tx, row, now))
        except WindowClosed:  # a copy of an announcement is not kept for another day
            put_aside = row.kind is Kind.ANNOUNCEMENT
            state = OutboxState.SKIPPED if put_aside else OutboxState.HELD
            await self._settle(row, state, "window")
        except Rejected as error:
            log.error("outbox.rejected", row=row.id, channel=row.address.channel)
            await self._settle(row, OutboxState.FAILED, error.reason[:64])
        except Exception:
            log.exception("outbox.fault", row=row.id, channel=row.address.channel)
            await self._settle(row, OutboxState.FAILED, "fault")
        else:
            await self._settle_with(row, lambda tx, now: _sent(tx, row, platform_id, now))

    async def _call(self, row: OutboxRow) -> str | None:
        channel = self._channels.get(row.address.channel)
        if channel is None:
            raise TryLater("channel is off")
        return await channel.send(row)

    async def _retry(self, row: OutboxRow, error: TryLater) -> None:
        now = self._runtime.clock()
        if now - row.created_at > GIVE_UP_AFTER:
            await self._settle(row, OutboxState.FAILED, error.reason[:64])
            return
        backoff = RETRY_SECONDS[min(row.attempt, len(RETRY_SECONDS)) - 1]
        wait = backoff if error.after_seconds is None else error.after_seconds
        run_at = now + timedelta(seconds=wait)

        def work(tx: Tx, _: datetime) -> None:
            outbox.retry_later(tx, row, run_at, error.reason[:64])
            if error.whole_account:
                account = f"account:{row.address.channel}:{row.address.account}"
                pace.push_back(tx, account, run_at)

        await self._settle_with(row, work)

    async def _settle(self, row: OutboxRow, state: OutboxState, reason: str) -> None:
        await self._settle_with(
            row, lambda tx, now: outbox.settle(tx, row, state, now, reason=reason)
        )

    async def _settle_with(self, row: OutboxRow, work: "Settling") -> None:
        """Write how a call ended; while the database is away, keep trying."""
        while True:
            try:
                await self._runtime.database.write(lambda tx: work(tx, self._runtime.clock()))
                return
            except DatabaseUnavailable as error:
                log.error("outbox.settle", row=row.id, reason=str(error))
                await asyncio.sleep(IDLE_AFTER_FAILURE_SECONDS)


class Settling(Protocol):
    """A step that writes how a call ended."""

    def __call__(self, tx: Tx, now: datetime, /) -> object: ...


def _sent(tx: Tx, row: OutboxRow, platform_id: str | None, now: datetime) -> None:
    outbox.settle(tx, row, OutboxState.SENT, now)
    if platform_id is not None:
        set_platform_id(tx, row.message_id, platform_id)


def _unreachable(tx: Tx, row: OutboxRow, now: datetime) -> None:
    outbox.settle(tx, row, OutboxState.FAILED, now, reason="unreachable")
    conversations.set_reachable(tx, row.worker_id, False)
