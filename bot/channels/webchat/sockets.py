"""GET /chat/socket: one worker's open page.

Frames are taken one after the other. What was said since goes out whenever the conversation's
bell rings, and before each acknowledgement, always by one look at a time: so every entry goes out
once and in order, whoever made it.
"""

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import replace
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot import conversation
from bot.changes import next_change
from bot.channels.webchat.frames import BadFrame, Earlier, Resume, Said, parse_frame
from bot.channels.webchat.view import Seen, View, dump, error_text, look, look_back
from bot.channels.webchat.visitor import ACCOUNT, CHANNEL, Visitor, visitor_of
from bot.messages import Content, Incoming, Opened
from bot.runtime import Runtime
from bot.web import from_our_page
from flows.texts import SOURCE_LANGUAGE
from storage.database import DatabaseUnavailable

MAX_FRAME_BYTES = 64 * 1024
MAX_SOCKETS = 2000  # of this process
MAX_SOCKETS_OF_ONE = 20  # pages of one visitor, and those that a lost connection left behind
MAX_ERRORS_A_MINUTE = 20
MESSAGES_AT_ONCE, MESSAGES_A_SECOND = 20, 4  # faster ones wait, none is lost
HEARTBEAT_SECONDS = 25
CLOSE_SECONDS = 2
LOOK_EVERY_SECONDS = {True: 30.0, False: 3.0}  # SQLite has one serving process: its bells suffice
AFTER_FAILURE_SECONDS = 2.0


class Sockets:
    """The open sockets of this process."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._of: Counter[str] = Counter()
        self.stopping = False

    def has_room(self, visitor: Visitor) -> bool:
        """Whether one more page of this visitor may connect."""
        few = self._of[visitor.token] < MAX_SOCKETS_OF_ONE
        return few and len(self._open) < MAX_SOCKETS and not self.stopping

    def add(self, connection: "Connection") -> None:
        """Count a new socket."""
        self._open.add(connection)
        self._of[connection.visitor.token] += 1

    def discard(self, connection: "Connection") -> None:
        """Forget a socket that has ended."""
        self._open.discard(connection)
        self._of -= Counter([connection.visitor.token])  # drops what has come to zero

    async def stop(self, _app: web.Application) -> None:
        """Let every socket finish the message in its hands, then close it; pages come back."""
        self.stopping = True
        await asyncio.gather(*(connection.stop() for connection in tuple(self._open)))


def add_routes(app: web.Application, runtime: Runtime) -> None:
    """GET /chat/socket."""
    sockets = Sockets()

    async def connect(request: web.Request) -> web.StreamResponse:
        return await serve(request, runtime, sockets)

    app.router.add_get("/chat/socket", connect)
    app.on_shutdown.append(sockets.stop)


async def serve(request: web.Request, runtime: Runtime, sockets: Sockets) -> web.StreamResponse:
    """Talk to one page until it goes; refused before the handshake where it is not ours."""
    visitor = visitor_of(request, runtime)
    if visitor is None or not from_our_page(request, runtime):
        raise web.HTTPForbidden
    if not sockets.has_room(visitor):
        raise web.HTTPServiceUnavailable
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS,
        max_msg_size=MAX_FRAME_BYTES,
        timeout=CLOSE_SECONDS,
        compress=False,  # a few hundred kB of memory for each socket, to save a few bytes
    )
    if not socket.can_prepare(request).ok:
        raise web.HTTPBadRequest
    connection = Connection(runtime, visitor, socket)
    sockets.add(connection)
    try:
        await socket.prepare(request)
        await connection.run()
    finally:
        sockets.discard(connection)
    return socket


class Connection:
    """One open page."""

    def __init__(self, runtime: Runtime, visitor: Visitor, socket: web.WebSocketResponse) -> None:
        self.visitor = visitor
        self._runtime = runtime
        self._socket = socket
        self._seen = Seen()
        self._state: dict[str, Any] | None = None  # as the page knows it
        self._bell = ""  # the topic of its conversation
        self._looking = asyncio.Lock()
        self._in_hand = asyncio.Lock()
        self._follower: asyncio.Task[None] | None = None
        self._errors: deque[float] = deque(maxlen=MAX_ERRORS_A_MINUTE)
        self._free_at = 0.0

    async def run(self) -> None:
        """Take frames until the socket closes."""
        try:
            async for frame in self._socket:
                if frame.type is WSMsgType.ERROR:  # too large, or no text: closed already
                    break
                async with self._in_hand:
                    with suppress(ConnectionResetError):  # what it said is stored all the same
                        await self._take(frame.data if frame.type is WSMsgType.TEXT else "")
        finally:
            if self._follower is not None:
                self._follower.cancel()
                with suppress(asyncio.CancelledError):
                    await self._follower

    async def stop(self) -> None:
        """Close the socket when nothing is in hand."""
        async with self._in_hand:
            await self._socket.close(code=WSCloseCode.GOING_AWAY)

    # -- what the page sends -------------------------------------------------------------------

    async def _take(self, text: str) -> None:
        try:
            frame = parse_frame(text)
        except BadFrame as error:
            await self._refuse(error)
            return
        try:
            match frame:
                case Resume():
                    await self._resume(frame)
                case Earlier(before):
                    await self._send_earlier(before)
                case Said():
                    await self._say(frame)
        except DatabaseUnavailable:
            # the page comes back after a while and says again what was not acknowledged
            await self._send(self._error("try_again", getattr(frame, "id", None)))

    async def _resume(self, frame: Resume) -> None:
        if frame.language in self._runtime.languages:
            self.visitor = replace(self.visitor, language=frame.language)
        self._seen, self._state = Seen(frame.chat, frame.after), None
        if await self._runtime.database.read(self.visitor.conversation) is None:
            # Not one fixed id per visitor: after everything was erased the same browser is
            # welcomed again. Two pages that open at once do no harm, the second adds nothing.
            opened = f"open:{self.visitor.platform_id(self._runtime.token())}"
            await self._handle(opened, Opened())
        await self._look()
        if self._follower is None:
            self._follower = asyncio.create_task(self._follow())

    async def _say(self, said: Said) -> None:
        await self._wait_for_slot()
        await self._handle(self.visitor.platform_id(said.id), said.content)
        with suppress(DatabaseUnavailable):  # it is stored: that is what the page must know
            await self._look()
        await self._send({"ack": said.id})

    async def _handle(self, platform_id: str, content: Content) -> None:
        incoming = Incoming(
            channel=CHANNEL,
            account=ACCOUNT,
            identifiers=self.visitor.identifiers,
            platform_id=platform_id,
            content=content,
            language_hint=self.visitor.language,
        )
        await conversation.handle(self._runtime, incoming)

    async def _wait_for_slot(self) -> None:
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + 1 / MESSAGES_A_SECOND
        ahead = self._free_at - now - MESSAGES_AT_ONCE / MESSAGES_A_SECOND
        if ahead > 0:
            await asyncio.sleep(ahead)

    async def _refuse(self, error: BadFrame) -> None:
        now = asyncio.get_running_loop().time()
        self._errors.append(now)
        await self._send(self._error(error.code, error.id))
        if len(self._errors) == MAX_ERRORS_A_MINUTE and now - self._errors[0] < 60:
            await self._socket.close(code=WSCloseCode.POLICY_VIOLATION)

    # -- what the page gets --------------------------------------------------------------------

    async def _follow(self) -> None:
        """Send what is said from now on; also looks without a bell, now and then."""
        look_every = LOOK_EVERY_SECONDS[self._runtime.database.is_sqlite]
        while not self._socket.closed:
            topic = self._bell
            with self._runtime.changes.listen(topic) as bell:
                try:
                    await self._look()  # after listening began, so that nothing is missed
                    wait_seconds = look_every
                except DatabaseUnavailable:
                    wait_seconds = AFTER_FAILURE_SECONDS
                except ConnectionResetError:
                    return
                if self._bell == topic:  # else another conversation has begun at this address
                    await next_change(bell, wait_seconds)

    async def _look(self) -> None:
        async with self._looking:
            runtime, visitor, seen = self._runtime, self.visitor, self._seen
            view = await runtime.database.read(lambda tx: look(tx, runtime, visitor, seen))
            if view is not None:
                await self._show(view)

    async def _show(self, view: View) -> None:
        self._bell = f"conversation:{view.conversation_id}"
        if view.state != self._state:
            await self._send({"state": view.state})
            self._state = view.state
        for entry in view.entries:
            await self._send(entry)
        self._seen = view.seen

    async def _send_earlier(self, before: int) -> None:
        runtime, visitor = self._runtime, self.visitor
        entries = await runtime.database.read(lambda tx: look_back(tx, runtime, visitor, before))
        async with self._looking:  # not between the entries that are new
            for entry in entries:
                await self._send(entry)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._socket.send_str(dump(frame))

    def _error(self, code: str, said_id: str | None) -> dict[str, Any]:
        state = self._state
        language = state["language"].replace("-", "_") if state else self.visitor.language
        text = error_text(self._runtime, language or SOURCE_LANGUAGE, code)
        return {"error": code, "id": said_id, "text": text}
