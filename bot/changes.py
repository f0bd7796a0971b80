"""Who wants to know what changed: sockets, desk pages and the dispatcher wait here.

Storage rings topics ("outbox", "queue", "case:7", "conversation:12"); after the commit they are
announced to whoever listens in this process. A waiter also looks by itself from time to time,
so a change made by another process is only seen a little later.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress


class Changes:
    """A bell per topic."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = defaultdict(set)

    def announce(self, topics: Iterable[str]) -> None:
        """Wake everyone who listens to any of these topics."""
        for topic in topics:
            for event in self._events.get(topic, ()):
                event.set()

    @contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Event]:
        """An event that is set when one of the topics changes; the listener clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._events[topic].add(event)
        try:
            yield event
        finally:
            for topic in topics:
                self._events[topic].discard(event)
                if not self._events[topic]:
                    del self._events[topic]


async def next_change(event: asyncio.Event, timeout_seconds: float) -> bool:
    """Wait for the bell and clear it; False where the time passed without one."""
    with suppress(TimeoutError):
        # not wait_for: it swallows a cancellation that comes with the bell (bpo-37658)
        async with asyncio.timeout(timeout_seconds):
            await event.wait()
        event.clear()
        return True
    return False
