"""The whole house as a process: started, killed, started again; and people on its web chat."""

import asyncio
import json
import re
import signal
import socket
import sqlite3
import sys
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

START_SECONDS = 180  # only a fault takes so long, also on a busy machine
ANSWER_SECONDS = 60
PATIENCE_SECONDS = 120  # for one step of a worker, however often the house falls over
ADDRESS = re.compile(r"(http://127\.0\.0\.1:\d+)/chat")
SIGN_IN = re.compile(r"http://127\.0\.0\.1:\d+/desk/sign-in/\S+")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """`hamrah run` in a folder of its own, on a port that it keeps over restarts."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.settings = folder, settings
        self.process: asyncio.subprocess.Process | None = None
        self.address = ""
        self.sign_in_link = ""
        self.port = str(free_port())
        self.output: list[str] = []
        self._reading: asyncio.Task[None] | None = None
        self.python = [sys.executable]
        self.program = ["-m", "bot", "run"]
        self.environment: dict[str, str] = {}

    async def start(self) -> None:
        """Start it and wait until it has printed its addresses."""
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.program,
            cwd=self.folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read(ready))
        await asyncio.wait_for(ready.wait(), START_SECONDS)
        assert self.address, "".join(self.output)

    async def _read(self, ready: asyncio.Event) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        while line := (await self.process.stdout.readline()).decode():
            self.output.append(line)
            if found := ADDRESS.search(line):
                self.address = found[1]
            if found := SIGN_IN.search(line):
                self.sign_in_link = found[0]
            if "Ctrl-C" in line:
                ready.set()
        ready.set()

    async def command(self, *arguments: str) -> str:
        """Run `hamrah ...` beside the serving process; returns what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *arguments,
            cwd=self.folder,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await asyncio.wait_for(process.communicate(), START_SECONDS)
        return printed.decode()

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "PYTHONUNBUFFERED": "1",
            "COLUMNS": "300",
            "HAMRAH_PORT": self.port,
            "HAMRAH_LOG_FORMAT": "json",
            **{f"HAMRAH_{name}": value for name, value in self.settings.items()},
            **self.environment,
        }

    async def kill(self) -> None:
        """kill -9."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> int:
        assert self.process is not None
        with suppress(ProcessLookupError):
            self.process.send_signal(number)
        code = await asyncio.wait_for(self.process.wait(), START_SECONDS)
        if self._reading is not None:
            await self._reading
        return code

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.process is not None and self.process.returncode is None:
            await self.kill()

    def query(self, sql: str) -> list[Any]:
        """Look into the database file."""
        connection = sqlite3.connect(self.folder / "hamrah.db", timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


def question_of(entry: dict[str, Any]) -> int:
    """The number of the question that this entry asks; 0 where it asks none."""
    return int(entry.get("question") or 0) if entry["author"] == "bot" else 0


class Browser:
    """A worker's page on the web chat: reconnects by itself and sends again what was not taken."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.entries: dict[int, dict[str, Any]] = {}
        self.times_seen: dict[int, int] = {}
        self.chat = ""
        self.answered = 0  # the newest question that was answered
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._drop()
        assert self._session is not None
        await self._session.close()

    async def taps(self, option: str) -> None:
        """Press this button of the newest question, once, however often the house falls over."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            question = await self._wait_for_question(option)
        message = {"id": uuid.uuid4().hex, "tap": {"question": question, "option": option}}
        await self._deliver(message)

    async def asks(self, command: str) -> None:
        """Press a button of the bar, once, after the open question has come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while max(map(question_of, self.entries.values()), default=0) <= self.answered:
                await self._receive()
        self.answered = max(map(question_of, self.entries.values()))
        await self._deliver({"id": uuid.uuid4().hex, "command": command})

    async def says(self, text: str) -> None:
        """Write this, once."""
        await self._deliver({"id": uuid.uuid4().hex, "text": text})

    async def uploads(self, name: str, content: bytes) -> None:
        """Send a file."""
        assert self._session is not None
        form = aiohttp.FormData()
        form.add_field("id", uuid.uuid4().hex)
        form.add_field("file", content, filename=name, content_type="image/png")
        address = self.house.address
        async with self._session.post(
            f"{address}/chat/file", data=form, headers={"Origin": address}
        ) as answer:
            assert answer.status == 200, await answer.text()

    async def reads(self, words: str) -> dict[str, Any]:
        """Wait for a message with these words."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for entry in self.entries.values():
                    if words in entry["text"] and entry["author"] != "worker":
                        return entry
                await self._receive()

    async def _deliver(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._deliver_in_the_end(message)

    async def _deliver_in_the_end(self, message: dict[str, Any]) -> None:
        while True:
            try:
                socket = await self._connected()
                await socket.send_json(message)
                while (frame := await self._frame()).get("ack") != message["id"]:
                    if frame.get("id") == message["id"] and "error" in frame:
                        raise ConnectionError(frame["error"])
                return
            except (OSError, aiohttp.ClientError, ConnectionError):
                await self._drop()

    async def _wait_for_question(self, option: str) -> int:
        while True:
            for entry in self.entries.values():
                question = question_of(entry)
                if question <= self.answered:
                    continue  # the same words may be buttons of an earlier question
                if option in [choice["option"] for choice in entry["choices"]]:
                    self.answered = question
                    return int(question)
            await self._receive()

    async def _receive(self) -> None:
        try:
            await self._connected()
            await self._frame()
        except (OSError, aiohttp.ClientError, ConnectionError):
            await self._drop()

    async def _connected(self) -> aiohttp.ClientWebSocketResponse:
        if self._socket is not None and not self._socket.closed:
            return self._socket
        assert self._session is not None
        address = self.house.address
        try:
            if not self.chat:
                async with self._session.get(f"{address}/chat") as page:
                    page.raise_for_status()
            self._socket = await self._session.ws_connect(
                f"{address}/chat/socket", origin=address, heartbeat=10
            )
        except (OSError, aiohttp.ClientError):
            await asyncio.sleep(0.1)  # the house is down: knock again
            raise
        after = max(self.entries, default=0)
        await self._socket.send_json(
            {"resume": {"after": after, "chat": self.chat, "language": "en"}}
        )
        return self._socket

    async def _frame(self) -> dict[str, Any]:
        assert self._socket is not None
        message = await self._socket.receive(timeout=ANSWER_SECONDS)
        if message.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError
        frame: dict[str, Any] = json.loads(message.data)
        if "state" in frame and frame["state"].get("chat"):
            self.chat = frame["state"]["chat"]
        if "seq" in frame:
            self.entries[frame["seq"]] = frame["message"]
            self.times_seen[frame["seq"]] = self.times_seen.get(frame["seq"], 0) + 1
        return frame

    async def _drop(self) -> None:
        if self._socket is not None:
            with suppress(Exception):
                await self._socket.close()
            self._socket = None
