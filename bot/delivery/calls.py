"""Calls to a platform that are under way: begun by a loop, each brought to its end.

A row is marked `sending` before its call, with a lease. Where several processes deliver, whose
lease has run out is taken for dead; so what is under way here is renewed as long as it lasts.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

import structlog

from bot.loop import AFTER_FAILURE_SECONDS, Loop
from bot.runtime import Runtime
from storage.database import DatabaseUnavailable, Tx

log = structlog.get_logger()
Row = TypeVar("Row")
LOOK_EVERY_SECONDS = 1.0  # another process may have queued something
LEASE = timedelta(seconds=60)  # after which others may think that we are dead


class Calls(Loop, Generic[Row]):
    """A loop that has up to `most` calls under way; at its end they are waited for."""

    most: ClassVar[int]

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self._under_way: dict[asyncio.Task[None], Row] = {}

    async def _free(self) -> int:
        """How many more may begin now; where none may, one is waited for, for a moment."""
        if len(self._under_way) >= self.most:
            await asyncio.wait(
                self._under_way,
                timeout=LOOK_EVERY_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        return self.most - len(self._under_way)

    def _start(self, row: Row, call: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(call)
        self._under_way[task] = row
        task.add_done_callback(lambda task: self._under_way.pop(task, None))

    async def _settle_with(self, work: Callable[[Tx, datetime], object]) -> None:
        """Write how a call ended; while the database is away, keep trying."""
        while True:
            try:
                await self._runtime.database.write(lambda tx: work(tx, self._runtime.clock()))
                return
            except DatabaseUnavailable as error:
                log.error("loop.settle", loop=self.name, reason=str(error))
                await asyncio.sleep(AFTER_FAILURE_SECONDS)

    async def _end(self) -> None:
        await asyncio.gather(*self._under_way)
