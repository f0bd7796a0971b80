"""Work that comes round again and again for as long as the house is open."""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog

from bot.changes import next_change
from bot.runtime import Runtime
from storage.database import DatabaseUnavailable

log = structlog.get_logger()

AFTER_FAILURE_SECONDS = 2.0
LONGEST_AFTER_FAULT_SECONDS = 60.0


class Loop(ABC):
    """Does its rounds: `run()` until `stop()`, whatever goes wrong in one of them.

    While the database is away it looks again every two seconds. A fault of our own is logged and
    the next round comes later each time: what it had to do stands in the database, and the other
    work of the house goes on.
    """

    name: ClassVar[str]  # in the log
    topics: ClassVar[tuple[str, ...]]  # of the changes that bring the next round forward

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Do the rounds until stopped (or cancelled); what is in hand is then finished."""
        begun, faults, listen = False, 0, self._runtime.changes.listen
        try:
            with listen(*self.topics, self._stop_topic) as news, listen(self._stop_topic) as end:
                while not self._stopping.is_set():
                    bell = news
                    try:
                        if not begun:
                            await self._begin()
                            begun = True
                        wait_seconds = await self._round()
                        faults = 0
                    except DatabaseUnavailable as error:
                        log.error("loop.database", loop=self.name, reason=str(error))
                        wait_seconds, bell = AFTER_FAILURE_SECONDS, end
                    except Exception:
                        log.exception("loop.fault", loop=self.name)
                        later = AFTER_FAILURE_SECONDS * 2 ** min(faults, 5)
                        wait_seconds, bell = min(later, LONGEST_AFTER_FAULT_SECONDS), end
                        faults += 1
                    if wait_seconds > 0:
                        await next_change(bell, wait_seconds)
        finally:
            await self._end()

    def stop(self) -> None:
        """Begin nothing new; `run()` returns when what is in hand is done."""
        self._stopping.set()
        self._runtime.changes.announce([self._stop_topic])

    async def _begin(self) -> None:  # noqa: B027  (a loop may have none)
        """What comes before the first round; tried until it succeeds."""

    @abstractmethod
    async def _round(self) -> float:
        """One round; returns after how many seconds the next one is due (0: at once)."""

    async def _end(self) -> None:  # noqa: B027
        """Finish what is in hand."""

    @property
    def _stop_topic(self) -> str:
        return f"stop:{self.name}"
