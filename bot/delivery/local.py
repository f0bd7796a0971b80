"""The dispatcher: takes due rows from the outbox and hands them to their channels.

Any number of messages to different people are under way at once, never two to the same person.
A row is marked `sending` before the call; what a crash leaves there is sent again once where
silence would be worse, and left to a person where a double would be.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from bot.changes import next_change
from bot.delivery.ends import write_end
from bot.delivery.gate import may_write_now
from bot.errors import DeliveryError, TryLater
from bot.runtime import Runtime
from storage import outbox, pace
from storage.database import DatabaseUnavailable, Tx
from storage.messages import set_platform_id
from storage.pace import Rates
from storage.records import OutboxRow, OutboxState

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 1.0  # another process may have queued something
IDLE_AFTER_FAILURE_SECONDS = 2.0
SHORTEST_WAIT_SECONDS = 0.005
MAX_UNDER_WAY = 64
LEASE = timedelta(seconds=60)  # longer than any call to a platform may take


class Channel(Protocol):
    """A platform that messages go out on."""

    name: str
    account: str
    rates: Rates

    async def send(self, row: OutboxRow) -> str | None:
        """Hand one message to the platform; returns the platform's id of it.

        Raises one of the DeliveryErrors (bot/errors.py); bot/delivery/ends.py has what follows.
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
        rows, wait = await self._runtime.database.write(lambda tx: self._claim(tx, free))
        for row in rows:
            task = asyncio.create_task(self._deliver(row))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if len(rows) == free:
            return 0.0
        until_next = LOOK_EVERY_SECONDS if wait is None else wait.total_seconds()
        return min(max(until_next, SHORTEST_WAIT_SECONDS), LOOK_EVERY_SECONDS)

    def _claim(self, tx: Tx, free: int) -> tuple[Sequence[OutboxRow], timedelta | None]:
        """What is to be sent now, and how long the next one waits."""
        now = self._runtime.clock()  # not before this transaction's turn: the pace goes by it
        if not self._runtime.database.is_sqlite:
            outbox.recover(tx, now, all_sending=False)
        claimed = outbox.claim_due(
            tx,
            now,
            limit=free,
            lease=LEASE,
            gate=lambda tx, row, talk: may_write_now(tx, row, talk, now),
            rates_of=self._rates_of,
        )
        if claimed.wait is not None:
            return claimed.rows, claimed.wait
        next_at = outbox.next_run_at(tx)
        return claimed.rows, None if next_at is None else next_at - now

    def _rates_of(self, channel: str, account: str) -> Rates:
        known = self._channels.get(channel)
        return known.rates if known else pace.UNLIMITED

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            platform_id = await self._call(row)
        except DeliveryError as error:
            await self._settle_with(row, partial(self._write_end, row=row, error=error))
        except Exception:
            log.exception("outbox.fault", row=row.id, channel=row.address.channel)
            fault = DeliveryError()
            await self._settle_with(row, partial(self._write_end, row=row, error=fault))
        else:
            await self._settle_with(row, lambda tx, now: _sent(tx, row, platform_id, now))

    def _write_end(self, tx: Tx, _now: datetime, *, row: OutboxRow, error: DeliveryError) -> None:
        write_end(tx, self._runtime, row, error)

    async def _call(self, row: OutboxRow) -> str | None:
        channel = self._channels.get(row.address.channel)
        if channel is None:
            raise TryLater("channel is off")
        return await channel.send(row)

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
