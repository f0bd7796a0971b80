"""Misbehaviour: what goes wrong with calls and updates, by script or by seeded chance."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from tests.servers.telegram.errors import Refused, bad, forbidden, too_many

T = TypeVar("T")


@dataclass(frozen=True)
class Refuse:
    """Answer with this error; the call has no effect."""

    error: Callable[[], Refused]


@dataclass(frozen=True)
class TooMany:
    """429; until the time is over the chat (or, `everywhere`, every chat) stays refused."""

    seconds: int = 1
    everywhere: bool = False


@dataclass(frozen=True)
class Broken:
    """5xx in Telegram's JSON, without effect."""

    status: int = 500


@dataclass(frozen=True)
class BadGateway:
    """502 with a page of HTML, from something in front of the server; without effect."""


@dataclass(frozen=True)
class DropBefore:
    """The connection breaks before anything happens."""


@dataclass(frozen=True)
class DropAfter:
    """It happens, and the connection breaks before the answer."""


@dataclass(frozen=True)
class CutAnswer:
    """It happens, and the answer stops half-way."""


@dataclass(frozen=True)
class Slow:
    """It happens, and the answer comes after so many real seconds."""

    seconds: float = 0.2


@dataclass(eq=False)
class Hold:
    """The call waits until the test releases it: `before` its effect or after it.

    A gate for tests that stop a process at one exact point; the server's end releases it too.
    """

    before: bool = False
    reached: bool = False
    _open: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let it go on."""
        self._open.set()

    async def wait(self) -> None:
        """Until somebody releases it."""
        await self._open.wait()


Fault = Refuse | TooMany | Broken | BadGateway | DropBefore | DropAfter | CutAnswer | Slow | Hold

BLOCKED = Refuse(lambda: forbidden("bot was blocked by the user"))
NO_CHAT = Refuse(lambda: bad("chat not found"))
TRANSIENT: tuple[Fault, ...] = (
    TooMany(),
    Broken(500),
    BadGateway(),
    DropBefore(),
    DropAfter(),
    CutAnswer(),
    Slow(),
)


@dataclass
class Faults:
    """A plan by chance: the same seed and the same order of calls give the same faults."""

    share: float = 0.0  # of the calls that go wrong, from 0 to 1
    kinds: Sequence[Fault] = TRANSIENT
    methods: frozenset[str] | None = None  # None: all, the download of files too
    duplicates: float = 0.0  # share of the updates that come twice
    disorder: float = 0.0  # share of the deliveries that are out of order
    malformed: float = 0.0  # share of the updates that nonsense comes before
    seed: int = 1
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)

    def draw(self, method: str) -> Fault | None:
        """What goes wrong with the next call."""
        if self.methods is not None and method not in self.methods:
            return None
        return self.chance.choice(self.kinds) if self.happens(self.share) else None

    def happens(self, share: float) -> bool:
        """Throw the dice."""
        return share > 0 and self.chance.random() < share

    def mix(self, items: list[T]) -> list[T]:
        """The updates of one delivery, perhaps repeated and out of order."""
        repeated = [
            item for item in items for _ in range(2 if self.happens(self.duplicates) else 1)
        ]
        if self.happens(self.disorder):
            self.chance.shuffle(repeated)
        return repeated


@dataclass
class _Scripted:
    method: str | None
    fault: Fault
    times: int


class Script:
    """What the next calls will meet, told in advance."""

    def __init__(self) -> None:
        self._lines: list[_Scripted] = []

    def add(self, fault: Fault, method: str | None, times: int) -> None:
        """The next `times` calls (of this method) meet this."""
        self._lines.append(_Scripted(method, fault, times))

    def clear(self) -> None:
        """Forget what has not come yet."""
        self._lines.clear()

    def next_for(self, method: str) -> Fault | None:
        """What this call meets; the line is used up."""
        for line in self._lines:
            if line.method in (None, method) and line.times > 0:
                line.times -= 1
                return line.fault
        return None


def refusal_of(fault: Fault) -> Refused | None:
    """The error with which a fault answers in place of an effect."""
    match fault:
        case Refuse(error):
            return error()
        case TooMany(seconds):
            return too_many(seconds)
        case Broken(status):
            return Refused(status, "Internal Server Error")
        case _:
            return None


def nonsense(chance: Random) -> dict[str, Any]:
    """The body of an update that no bot expects: unknown kinds, missing and impossible fields."""
    stranger = {"id": 2**52 - 1, "is_bot": False, "first_name": "Nobody"}
    chat = {"id": 2**52 - 1, "type": "private", "first_name": "Nobody"}
    base = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "from": stranger}
    bodies: list[dict[str, Any]] = [
        {},
        {"message": None},
        {"message": []},
        {"message": "Hello"},
        {"message": {}},
        {"message": {"text": "Hello"}},
        {"message": {**base, "text": None}},
        {"message": {**base, "text": 17}},
        {"message": {**base, "text": "\ud83d"}},
        {"message": {**base, "chat": None, "text": "Hello"}},
        {"message": {**base, "chat": {"id": "17"}, "text": "Hello"}},
        {"message": {**base, "date": 2**70, "text": "Hello"}},
        {"message": {**base, "message_id": 2**70, "text": "Hello"}},
        {"message": {**base, "from": {**stranger, "id": -(2**70)}, "text": "Hello"}},
        {"message": {**base, "from": None, "text": "Hello"}},
        {"message": {**base, "photo": []}},
        {"message": {**base, "photo": [{"width": 1}]}},
        {"message": {**base, "document": {}}},
        {"message": {**base, "hologram": {"depth": 3}}},
        {"message": {**base, "text": "/start", "entities": [{"type": "x", "offset": -1}]}},
        {"edited_message": {"message_id": 1}},
        {"callback_query": {}},
        {"callback_query": {"id": "1", "from": stranger}},
        {"callback_query": {"id": "1", "from": stranger, "data": "\x00" * 64}},
        {"my_chat_member": {"chat": chat}},
        {"telepathy": {"thought": "Hello"}},
        {"poll": {"id": 5}},
    ]
    return chance.choice(bodies)
