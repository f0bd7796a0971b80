"""The HTTP side: reads calls, lets faults happen, answers."""

import asyncio
from typing import Any

from aiohttp import web

from tests.servers.telegram.calls import Api, Call
from tests.servers.telegram.errors import Refused
from tests.servers.telegram.faults import (
    BadGateway,
    CutAnswer,
    DropAfter,
    DropBefore,
    Hold,
    Script,
    Slow,
    TooMany,
    refusal_of,
)
from tests.servers.telegram.parameters import BY_LOWER_NAME, Params, read_fields, understand

MAX_BODY_BYTES = 55 * 1024 * 1024


class Wire:
    """Between HTTP and the methods."""

    def __init__(self, api: Api, token: str) -> None:
        self.world = api.world
        self.updates = api.updates
        self.calls: list[Call] = []
        self.script = Script()
        self._api = api
        self._token = token

    def application(self) -> web.Application:
        """The routes of the Bot API."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_route("*", f"/bot{self._token}/{{method}}", self._serve)
        app.router.add_route("*", "/bot{token}/{method}", self._unauthorized)
        app.router.add_get(f"/file/bot{self._token}/{{path:.+}}", self._download)
        return app

    async def _unauthorized(self, request: web.Request) -> web.StreamResponse:
        return _error(Refused(401, "Unauthorized"))

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        given = request.match_info["method"]
        method = BY_LOWER_NAME.get(given.lower())
        try:
            fields, uploads = await read_fields(request)
        except (ValueError, web.HTTPException):
            self.world.note(f"{given}: the body cannot be read")
            return _error(Refused(400, "Bad Request: can't parse the request"))
        if method is None:
            self.world.note(f"there is no method {given} on this server")
            return _error(Refused(404, "Not Found: method not found"))
        params = understand(method, fields, uploads, self.world.note)
        call = Call(method, params.values, self.world.now(), uploads)
        self.calls.append(call)
        call.fault = self.script.next_for(method) or self.updates.faults.draw(method)
        self.world.changes.announce()
        try:
            return await self._answer(request, call, params)
        finally:
            call.status = call.status or 499
            call.open = False
            self.world.changes.announce()

    async def _answer(self, request: web.Request, call: Call, params: Params) -> web.StreamResponse:
        early = await self._before(request, call, params)
        if early is not None:
            return early
        answer: web.Response
        try:
            self._check_patience(call.method, params)
            call.result, call.description = await self._api.perform(call.method, params)
            call.happened = True
            call.status = 200
            answer = _result(call.result, call.description)
        except Refused as refused:
            answer = _refuse(call, refused)
        self.world.changes.announce()
        return await self._after(request, call, answer)

    def _check_patience(self, method: str, params: Params) -> None:
        if method != "getUpdates":
            now = self.world.seconds()
            self.world.gate.check_patience(method, params.json("chat_id"), now)

    def _tell_to_wait(self, method: str, params: Params, seconds: int, everywhere: bool) -> None:
        chat_id = None if everywhere else params.json("chat_id")
        if everywhere or chat_id is not None:
            self.world.gate.tell_to_wait(method, chat_id, seconds, self.world.seconds())

    async def _before(
        self, request: web.Request, call: Call, params: Params
    ) -> web.StreamResponse | None:
        """What stands in the way of the effect."""
        match call.fault:
            case Hold(before=True) as hold:
                await self._hold(hold)
            case DropBefore():
                return _drop(request, call)
            case BadGateway():
                call.status = 502
                page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case TooMany(seconds, everywhere):
                self._tell_to_wait(call.method, params, seconds, everywhere)
        refused = refusal_of(call.fault) if call.fault else None
        return _refuse(call, refused) if refused else None

    async def _after(
        self, request: web.Request, call: Call, answer: web.Response
    ) -> web.StreamResponse:
        """What happens to the answer."""
        match call.fault:
            case Hold(before=False) as hold:
                await self._hold(hold)
            case Slow(seconds):
                await self._wait(seconds)
            case DropAfter():
                return _drop(request, call)
            case CutAnswer():
                call.status = 499
                return await cut_answer(request, answer)
        return answer

    async def _hold(self, hold: Hold) -> None:
        hold.reached = True
        self.world.changes.announce()
        await hold.wait()

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end and not self.updates.closing:
            await self.world.changes.wait(end - loop.time())

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        call = Call("download", {"path": path}, self.world.now())
        self.calls.append(call)
        call.fault = self.script.next_for("download") or self.updates.faults.draw("download")
        try:
            return await self._give(request, call, path)
        finally:
            call.status = call.status or 499
            call.open = False
            self.world.changes.announce()

    async def _give(self, request: web.Request, call: Call, path: str) -> web.StreamResponse:
        early = await self._before(request, call, Params({}))
        if early is not None:
            return early
        stored = self.world.files.follow(path, self.world.now())
        if stored is None:
            return _refuse(call, Refused(404, "Not Found"))
        call.happened, call.status = True, 200
        answer = web.Response(body=stored.content, content_type="application/octet-stream")
        return await self._after(request, call, answer)


def _result(result: Any, description: str) -> web.Response:
    body = {"ok": True, "result": result}
    return web.json_response(body | ({"description": description} if description else {}))


def _refuse(call: Call, refused: Refused) -> web.Response:
    call.status, call.description = refused.code, refused.description
    return _error(refused)


def _error(refused: Refused) -> web.Response:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": refused.code,
        "description": refused.description,
    }
    headers = {}
    if refused.parameters:
        body["parameters"] = refused.parameters
        if "retry_after" in refused.parameters:
            headers["Retry-After"] = str(refused.parameters["retry_after"])
    return web.json_response(body, status=refused.code, headers=headers)


def _drop(request: web.Request, call: Call) -> web.Response:
    call.status = 499
    return drop(request)


def drop(request: web.Request) -> web.Response:
    """Break the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def cut_answer(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Send the head and half of the body, then break the connection."""
    body = answer.body if isinstance(answer.body, bytes) else b"{}"
    stream = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(body))})
    stream.content_type = "application/json"
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return stream
