"""The server as a test sees it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.servers.telegram.calls import Api, Call
from tests.servers.telegram.faults import Fault, Faults, Hold
from tests.servers.telegram.flood import Flood
from tests.servers.telegram.groups import Group, new_group
from tests.servers.telegram.people import Tap, User
from tests.servers.telegram.phone import ChatView, Seen
from tests.servers.telegram.updates import Updates
from tests.servers.telegram.webhook import Retries
from tests.servers.telegram.wire import Wire
from tests.servers.telegram.world import FIRST_PERSON, Chat, Person, World

TOKEN = "7100000001:AAFtestTESTtestTESTtestTESTtestTEST0"
WAIT_SECONDS = 30.0  # only a fault takes so long, also on a busy machine
T = TypeVar("T")


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


class TelegramServer:
    """A Bot API server for one bot; see the package's docstring for what it can do."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        clock: Callable[[], datetime] = utc_now,
        flood: Flood | None = Flood(),  # noqa: B008 - a frozen record
        topics: bool = False,
        people_create_topics: bool = False,
        reads_all_groups: bool = False,
        deleted_topic_refuses: bool = True,
        retries: Retries = Retries(),  # noqa: B008 - a frozen record
        one_lane_per_chat: bool = False,
    ) -> None:
        self.token = token
        self.world = World(clock, flood)
        self.world.topics_enabled = topics
        self.world.people_create_topics = people_create_topics
        self.world.reads_all_groups = reads_all_groups
        self.world.deleted_topic_refuses = deleted_topic_refuses
        self.updates = Updates(self.world, retries, one_lane_per_chat)
        self.world.tell = self.updates.put
        self.users: list[User] = []
        self.taps: dict[str, Tap] = {}
        self._wire = Wire(Api(self.world, self.updates, self.taps), token)
        self._holds: list[Hold] = []
        self._runner: web.AppRunner | None = None
        self._port = 0

    # life

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; the port is kept over a stop and a new start."""
        app = self._wire.application()
        self.updates.resume()
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let every waiting call go and close; what has happened stays known."""
        self.updates.closing = True
        for hold in self._holds:
            hold.release()
        self.world.changes.announce()
        await self.updates.stop_delivery()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """Where the API is, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    # people

    def new_user(
        self,
        first_name: str = "",
        *,
        language_code: str | None = "en",
        username: str | None = None,
        met: bool = False,
    ) -> User:
        """Somebody with a phone; the bot does not know them before they write (or are `met`)."""
        number = FIRST_PERSON + len(self.users)
        name = first_name or f"Person{len(self.users) + 1}"
        person = Person(number, name, username, language_code, met=met)
        chat = Chat(number, "private", person=person)
        self.world.people[number], self.world.chats[number] = person, chat
        user = User(self.world, self.taps, person, chat)
        self.users.append(user)
        return user

    def new_group(
        self, title: str = "Group", *, forum: bool = False, administrator: bool = False
    ) -> Group:
        """A group with the bot in it."""
        return new_group(self.world, title, forum=forum, administrator=administrator)

    def chat(self, who: User | Group | int) -> ChatView:
        """A chat as its phone shows it."""
        return ChatView(self.world, self.world.chats[who if isinstance(who, int) else who.id])

    @property
    def topics_enabled(self) -> bool:
        """Whether the bot has topic mode in private chats; may be switched at any time."""
        return self.world.topics_enabled

    @topics_enabled.setter
    def topics_enabled(self, on: bool) -> None:
        self.world.topics_enabled = on

    # what a test asks

    @property
    def calls(self) -> list[Call]:
        """All calls, in order; the download of a file counts as one."""
        return self._wire.calls

    @property
    def violations(self) -> list[str]:
        """What the bot did that Telegram overlooks or takes amiss later; to be found empty."""
        return self.world.violations

    @property
    def impatient(self) -> list[str]:
        """The calls that came before the time that a 429 had named (or were then under way)."""
        return self.world.gate.impatient

    @property
    def refused(self) -> list[Call]:
        """The calls that were the bot's own fault: 400, though no fault was in play."""
        return [call for call in self.calls if call.status == 400 and call.fault is None]

    @property
    def pending(self) -> int:
        """How many updates the bot has not taken yet (by webhook: not accepted)."""
        return len(self.updates.pending)

    @property
    def busy(self) -> int:
        """How many calls are under way, long polls aside."""
        return sum(call.open and call.method != "getUpdates" for call in self.calls)

    def calls_of(self, *methods: str) -> list[Call]:
        """The calls of these methods, in order."""
        return [call for call in self.calls if call.method in methods]

    async def until(
        self, predicate: Callable[[], T], seconds: float = WAIT_SECONDS, *, what: str = ""
    ) -> T:
        """What `predicate` returns as soon as it is true; asked again after each event.

        TimeoutError, with a picture of the server, when it takes longer.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (found := predicate()):
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError(f"waited {seconds} s for {what or predicate}\n{self.picture()}")
            await self.world.changes.wait(left)
        return found

    async def hears(self, user: User, words: str, seconds: float = WAIT_SECONDS) -> Seen:
        """The bot's message with these words, said or edited since this person last acted."""

        def found() -> Seen | None:
            return next((seen for seen in user.news() if words in seen.text), None)

        seen = await self.until(found, seconds, what=f"{words!r} in the chat of {user.id}")
        assert seen is not None
        return seen

    async def settled(self, seconds: float = WAIT_SECONDS) -> None:
        """Until the bot has taken every update and no call is under way."""
        await self.until(lambda: not self.pending and not self.busy, seconds, what="quiet")

    def picture(self) -> str:
        """The state in words, for a test that failed."""
        lines = [f"{self.pending} updates pending, {len(self.updates.lost)} lost"]
        if self.updates.hook.url:
            lines.append(f"webhook, last error: {self.updates.hook.last_error or 'none'}")
        lines += [f"  {c.method} -> {c.status} {c.description}" for c in self.calls[-15:]]
        for user in self.users[:10]:
            said = [f"{'bot' if m.by_bot else 'user'}: {m.text[:60]!r}" for m in user.visible()]
            lines += [f"chat {user.id}:", *(f"    {line}" for line in said[-8:])]
        return "\n".join(lines)

    # misbehaviour

    @property
    def faults(self) -> Faults:
        """The plan by chance; assign another at any time."""
        return self.updates.faults

    @faults.setter
    def faults(self, plan: Faults) -> None:
        self.updates.faults = plan

    def fail_next(self, fault: Fault, method: str | None = None, times: int = 1) -> None:
        """The next calls (of a method; "download" for files) meet this fault."""
        self._wire.script.add(fault, method, times)

    def forget_faults(self) -> None:
        """Of the faults of `fail_next` that have not come yet, none will."""
        self._wire.script.clear()

    def hold_next(self, method: str, *, before: bool = False) -> Hold:
        """Stop the next call of a method before or after its effect, until it is released."""
        hold = Hold(before)
        self._holds.append(hold)
        self.fail_next(hold, method)
        return hold

    def tell_again(self, count: int = 1) -> None:
        """Repeat the last updates that the bot has had."""
        self.updates.tell_again(count)

    def tell_raw(self, body: dict[str, Any]) -> None:
        """Tell the bot an update made by hand; its update_id is ours."""
        self.updates.put_raw(body)

    def forward(self, **span: float) -> None:
        """Let the server's time pass: forward(hours=49)."""
        self.world.move_clock(timedelta(**span))
