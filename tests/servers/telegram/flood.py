"""How fast a bot may send, and who did not wait when told to.

Telegram does not publish its limits ("flexible"); these are the figures of its bots FAQ: about
30 messages a second over all chats, one a second to a person with short bursts, 20 a minute to a
group. The only right answer to 429 is to wait as long as it says.
"""

from collections import deque
from dataclasses import dataclass, field
from math import ceil

from tests.servers.telegram.errors import too_many


@dataclass(frozen=True)
class Flood:
    """The limits that are kept; a bucket of `burst` refills `per_second`."""

    overall_per_second: float = 30.0
    overall_burst: int = 30
    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20  # in any 60 seconds


EVERYTHING = ("", None)


def family(method: str) -> str:
    """Telegram lets a bot wait per kind of call: a chat that gets no messages can be emptied."""
    if method == "sendChatAction" or not method.startswith(("send", "copy", "forward", "edit")):
        return method
    return "edit" if method.startswith("edit") else "send"


@dataclass
class _Bucket:
    per_second: float
    burst: int
    level: float
    at: float

    def wait(self, count: int, now: float) -> float:
        """Seconds until so many fit."""
        passed = max(0.0, now - self.at)
        self.level = min(float(self.burst), self.level + passed * self.per_second)
        self.at = now
        missing = min(count, self.burst) - self.level
        return missing / self.per_second if missing > 1e-9 else 0.0


@dataclass
class FloodGate:
    """Counts what is sent. Times are seconds of the server's clock."""

    limits: Flood | None
    impatient: list[str] = field(default_factory=list)  # calls that came before their time
    _overall: _Bucket | None = None
    _chats: dict[int, _Bucket] = field(default_factory=dict)
    _groups: dict[int, deque[float]] = field(default_factory=dict)
    _told: dict[tuple[str, int | None], float] = field(default_factory=dict)

    def tell_to_wait(self, method: str, chat_id: int | None, seconds: float, now: float) -> None:
        """From now on refuse this kind of call to the chat until the time is over.

        With no chat, every call of every kind.
        """
        key = (family(method), chat_id) if chat_id is not None else EVERYTHING
        self._told[key] = max(self._told.get(key, now), now + seconds)

    def check_patience(self, method: str, chat_id: int | None, now: float) -> None:
        """Refuse who was told to wait and did not."""
        key = (family(method), chat_id)
        until = max(self._told.get(key, now), self._told.get(EVERYTHING, now))
        if until > now:
            self.impatient.append(f"{method} to {chat_id}")
            raise too_many(ceil(until - now))

    def take(self, chat_id: int, group: bool, count: int, now: float) -> None:
        """Count messages to a chat, all or none; raises Refused 429 when it is too much."""
        if self.limits is None:
            return
        buckets = [self._whole(now)] if group else [self._whole(now), self._chat(chat_id, now)]
        wait = max(bucket.wait(count, now) for bucket in buckets)
        if group:
            wait = max(wait, self._group_wait(chat_id, count, now))
        if wait > 0:
            seconds = max(1, ceil(wait))
            self.tell_to_wait("sendMessage", chat_id, wait, now)
            raise too_many(seconds)
        for bucket in buckets:
            bucket.level -= count
        if group:
            self._groups[chat_id].extend([now] * count)

    def _whole(self, now: float) -> _Bucket:
        limits = self.limits
        assert limits is not None
        if self._overall is None:
            burst = limits.overall_burst
            self._overall = _Bucket(limits.overall_per_second, burst, burst, now)
        return self._overall

    def _chat(self, chat_id: int, now: float) -> _Bucket:
        limits = self.limits
        assert limits is not None
        new = _Bucket(limits.chat_per_second, limits.chat_burst, limits.chat_burst, now)
        return self._chats.setdefault(chat_id, new)

    def _group_wait(self, chat_id: int, count: int, now: float) -> float:
        assert self.limits is not None
        sent = self._groups.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        over = len(sent) + count - self.limits.group_per_minute
        return sent[min(over, len(sent)) - 1] + 60 - now if over > 0 and sent else 0.0
