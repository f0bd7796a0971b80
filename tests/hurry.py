"""A clock that runs faster than the wall's, for the house and the local Telegram alike.

Everything that waits in this process waits in hurried time: timers of the loop, the pace, the
server's limits. What a computer takes to work stays as it is, so a hurry that is too great shows
as a lower rate, never as a broken limit.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.conftest import NOON

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        short = None if timeout is None else timeout / self._factor
        return super().select(short)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, factor: float) -> None:
        super().__init__(_Selector(factor))
        self._factor = factor

    def time(self) -> float:
        return time.monotonic() * self._factor


def hurried_clock(factor: float, start: datetime = NOON) -> Callable[[], datetime]:
    """A clock that begins at `start` and runs `factor` times as fast as the wall's."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=(time.monotonic() - begun) * factor)


def run_hurried(factor: float, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run work in a loop whose time runs `factor` times as fast."""
    with asyncio.Runner(loop_factory=lambda: _Loop(factor)) as runner:
        return runner.run(work())
