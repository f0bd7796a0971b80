"""The web chat on a real server, and a page that talks to it as a browser does."""

import asyncio
import io
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.webchat import WebChat, add_routes
from bot.delivery.local import Dispatcher
from bot.messages import Outgoing, dump
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from storage import conversations, messages
from storage import staff as people
from storage.database import Tx
from storage.records import Kind, MessageId, Role
from tests.conftest import SECRET_KEY, Clock, start_migrated

SMALL = Path(__file__).parent / "small_content"
WAIT_SECONDS = 30
COOKIE = "hamrah_chat"


@dataclass
class ChatHouse:
    """A served web chat with its dispatcher."""

    runtime: Runtime
    server: TestServer

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    @asynccontextmanager
    async def page(self, cookie: str | None = None) -> AsyncIterator["ChatPage"]:
        """A browser with its own cookies (or with another one's)."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            if cookie is not None:
                session.cookie_jar.update_cookies({COOKIE: cookie}, self.server.make_url("/chat"))
            page = ChatPage(self, session)
            yield page
            await page.leave()

    async def lawyer_writes(
        self, cookie: str, text: str, with_file: tuple[str, bytes] | None = None
    ) -> MessageId:
        """A reply of a lawyer to the visitor with this cookie."""
        now = self.runtime.clock()

        def work(tx: Tx) -> MessageId:
            address = conversations.find_address(tx, "webchat", "web", ("cookie", cookie))
            assert address is not None
            talk = conversations.get_open_conversation(tx, address)
            assert talk is not None
            conversations.record_consent(
                tx, talk.worker.id, "write_first", given=True, wording="", language="en", now=now
            )
            lawyer = people.add_staff(tx, "Leyla", Role.LAWYER, "en", now)
            return messages.add_outgoing(
                tx, talk, Kind.REPLY, dump(Outgoing(text)), language="en", now=now,
                staff_id=lawyer.id,
            )  # fmt: skip

        return await self.runtime.database.write(work)


@asynccontextmanager
async def chat_house(
    folder: Path,
    clock: Clock,
    *,
    database_url: str = "",
    locales: Path | None = None,
    port: int = 0,
) -> AsyncIterator[ChatHouse]:
    """The web chat with the small content; everything lies in this folder."""
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=database_url or f"sqlite:///{folder}/hamrah.db",
        media_folder=folder / "media",
    )
    runtime = build_runtime(settings, content=SMALL, locales=locales or folder, clock=clock)
    start_migrated(settings.database_url)
    await open_database(runtime.database, settings)
    app = web.Application()
    add_routes(app, runtime)
    dispatcher = Dispatcher(runtime, {"webchat": WebChat()})
    delivering = asyncio.create_task(dispatcher.run())
    server = TestServer(app, host="127.0.0.1", port=port)
    await server.start_server()
    try:
        yield ChatHouse(runtime, server)
    finally:
        await server.close()
        dispatcher.stop()
        await delivering
        await runtime.database.close()


class ChatPage:
    """What a browser does: opens the page, resumes over the socket, says things, shows entries."""

    def __init__(self, house: ChatHouse, session: aiohttp.ClientSession) -> None:
        self.house, self.session = house, session
        self.headers: dict[str, str] = {}  # that this browser sends with every request
        self.state: dict[str, Any] = {}
        self.entries: list[tuple[int, dict[str, Any]]] = []  # as they came
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    @property
    def socket(self) -> aiohttp.ClientWebSocketResponse:
        assert self._socket is not None
        return self._socket

    @property
    def cookie(self) -> str:
        jar = self.session.cookie_jar.filter_cookies(self.house.server.make_url("/chat"))
        return jar[COOKIE].value

    @property
    def seqs(self) -> list[int]:
        return [seq for seq, _ in self.entries]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for _, message in self.entries]

    @property
    def question(self) -> dict[str, Any]:
        """The newest question that is shown."""
        asked = [message for _, message in self.entries if message.get("choices")]
        return asked[-1] if asked else {"question": 0, "choices": []}

    async def open(self, path: str = "/chat") -> tuple[aiohttp.ClientResponse, str]:
        """Load the page; its answer and its text."""
        async with self.session.get(self.house.origin + path, headers=self.headers) as answer:
            return answer, await answer.text()

    async def connect(self, *, after: int | None = None, chat: str | None = None) -> None:
        """Open the socket and resume where this page stands (or where it says)."""
        self._socket = await self.session.ws_connect(
            f"{self.house.origin}/chat/socket", origin=self.house.origin, headers=self.headers
        )
        shown = max(self.seqs, default=0) if after is None else after
        known = self.state.get("chat", "") if chat is None else chat
        await self.sends({"resume": {"after": shown, "chat": known}})

    async def arrives(self) -> None:
        """Open the page for the first time and read up to the first question."""
        await self.open()
        await self.connect()
        await self.asked_after(0)

    async def asked_after(self, number: int) -> None:
        """Read until a later question is shown."""
        await self.until(lambda: self.question["question"] > number)

    async def leave(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            await self._socket.close()

    async def sends(self, frame: dict[str, Any]) -> None:
        await self.socket.send_str(json.dumps(frame))

    async def says(self, text: str, said_id: str | None = None) -> None:
        """Type a message and wait until it is acknowledged."""
        said_id = said_id or uuid.uuid4().hex
        await self.sends({"id": said_id, "text": text})
        await self.acknowledged(said_id)

    async def commands(self, command: str) -> None:
        """Press a button of the bar and wait until it is acknowledged."""
        said_id = uuid.uuid4().hex
        await self.sends({"id": said_id, "command": command})
        await self.acknowledged(said_id)

    async def taps(self, *options: str) -> None:
        """Press these buttons, each of the question that is then open, and await the next one."""
        for option in options:
            number, said_id = self.question["question"], uuid.uuid4().hex
            assert option in [choice["option"] for choice in self.question["choices"]]
            await self.sends({"id": said_id, "tap": {"question": number, "option": option}})
            await self.acknowledged(said_id)
            await self.asked_after(number)

    async def acknowledged(self, said_id: str) -> None:
        while (await self.frame()).get("ack") != said_id:
            pass

    async def error(self) -> dict[str, Any]:
        """Read up to the next error."""
        while "error" not in (frame := await self.frame()):
            pass
        return frame

    async def until(self, reached: Callable[[], bool]) -> None:
        """Read until this holds of what is shown."""
        while not reached():
            await self.frame()

    async def frame(self) -> dict[str, Any]:
        """The next frame; entries and states are shown as the page's script would."""
        async with asyncio.timeout(WAIT_SECONDS):  # the socket's own begins anew with each ping
            frame: dict[str, Any] = json.loads(await self.socket.receive_str())
        if "state" in frame:
            if frame["state"]["chat"] != self.state.get("chat"):
                self.entries = []
            self.state = frame["state"]
        elif "seq" in frame:
            self.entries.append((frame["seq"], frame["message"]))
        return frame

    async def uploads(
        self,
        content: bytes,
        name: str = "photo.jpg",
        declared: str = "application/octet-stream",
        *,
        said_id: str | None = None,
        **headers: str,
    ) -> tuple[int, dict[str, Any]]:
        """Send a file as the page's form does; status and answer."""
        form = aiohttp.FormData(quote_fields=False)  # as browsers do
        form.add_field("id", said_id or uuid.uuid4().hex)
        form.add_field("file", io.BytesIO(content), filename=name, content_type=declared)
        headers = {"Origin": self.house.origin, **headers}
        async with self.session.post(
            f"{self.house.origin}/chat/file", data=form, headers=headers
        ) as answer:
            return answer.status, await answer.json()

    async def downloads(self, file_id: int, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
        """Fetch a file."""
        address = f"{self.house.origin}/chat/file/{file_id}"
        async with self.session.get(address, headers=headers) as answer:
            return answer, await answer.read()
