"""Time that only this process spends, for the house and the local Telegram alike.

What the process computes takes as long as it takes; a wait for a timer is skipped. So seven minutes
of sending at a pace take no longer than the work in them, and whatever else the machine does in the
meantime changes nothing: not the limits, not the rate. What the disk takes is not counted.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.conftest import NOON

T = TypeVar("T")
GRACE_SECONDS = 0.001  # for what is on its way between two sockets of this process
THREAD_SECONDS = 0.05


class OwnTime:
    """A clock that begins at noon in Baku."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start, self._begun, self._skipped = start, time.process_time(), 0.0

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=self.seconds())

    def seconds(self) -> float:
        """Since it began."""
        return time.process_time() - self._begun + self._skipped

    def skip(self, seconds: float) -> None:
        """Let a wait be over."""
        self._skipped += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, clock: OwnTime) -> None:
        super().__init__()
        self._clock = clock
        self.threads = 0  # that work for the loop now

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self.threads or timeout is None:
            return super().select(THREAD_SECONDS)
        found = super().select(GRACE_SECONDS)
        if not found:
            self._clock.skip(timeout)
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: OwnTime) -> None:
        self._own_selector = _Selector(clock)
        self._clock = clock
        super().__init__(self._own_selector)

    def time(self) -> float:
        return self._clock.seconds()

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._own_selector.threads += 1
        future.add_done_callback(self._ended)
        return future

    def _ended(self, _: asyncio.Future[Any]) -> None:
        self._own_selector.threads -= 1


def run_hurried(clock: OwnTime, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run work in a loop whose timers go by this clock."""
    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        return runner.run(work())
