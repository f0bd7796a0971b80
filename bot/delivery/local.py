"""The dispatcher: takes due rows from the outbox and hands them to their channels.

Any number of messages to different people are under way at once, never two to the same person.
A row is marked `sending` before the call; what a crash leaves there is sent again once where
silence would be worse, and left to a person where a double would be.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.delivery.calls import LEASE, LOOK_EVERY_SECONDS, Calls
from bot.delivery.ends import write_end
from bot.delivery.gate import may_write_now
from bot.errors import DeliveryError, TryLater
from bot.runtime import Runtime
from storage import outbox, pace
from storage.database import Tx
from storage.messages import set_platform_id
from storage.pace import Rates
from storage.records import OutboxRow, OutboxState

log = structlog.get_logger()

SHORTEST_WAIT_SECONDS = 0.005


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


class Dispatcher(Calls[OutboxRow]):
    """Delivers the outbox: `run()` until `stop()`, which finishes what is in hand."""

    name, topics, most = "dispatcher", ("outbox",), 64

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel]) -> None:
        super().__init__(runtime)
        self._channels = channels

    async def _begin(self) -> None:
        database, now = self._runtime.database, self._runtime.clock()
        await database.write(lambda tx: outbox.recover(tx, now, all_sending=database.is_sqlite))

    async def _round(self) -> float:
        """Start what is due; returns after how many seconds to look again."""
        free = await self._free()
        rows, wait = await self._runtime.database.write(lambda tx: self._claim(tx, free))
        for row in rows:
            self._start(row, self._deliver(row))
        if len(rows) == free:
            return 0.0
        until_next = LOOK_EVERY_SECONDS if wait is None else wait.total_seconds()
        return min(max(until_next, SHORTEST_WAIT_SECONDS), LOOK_EVERY_SECONDS)

    def _claim(self, tx: Tx, free: int) -> tuple[Sequence[OutboxRow], timedelta | None]:
        """What is to be sent now, and how long the next one waits."""
        now = self._runtime.clock()  # not before this transaction's turn: the pace goes by it
        if not self._runtime.database.is_sqlite:
            outbox.renew(tx, self._under_way.values(), now, LEASE)
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
            await self._fail(row, error)
        except Exception:
            log.exception("outbox.fault", row=row.id, channel=row.address.channel)
            await self._fail(row, DeliveryError())
        else:
            await self._settle_with(lambda tx, now: _sent(tx, row, platform_id, now))

    async def _fail(self, row: OutboxRow, error: DeliveryError) -> None:
        await self._settle_with(lambda tx, _: write_end(tx, self._runtime, row, error))

    async def _call(self, row: OutboxRow) -> str | None:
        channel = self._channels.get(row.address.channel)
        if channel is None:
            raise TryLater("channel is off")
        return await channel.send(row)


def _sent(tx: Tx, row: OutboxRow, platform_id: str | None, now: datetime) -> None:
    outbox.settle(tx, row, OutboxState.SENT, now)
    if platform_id is not None:
        set_platform_id(tx, row.message_id, platform_id)
