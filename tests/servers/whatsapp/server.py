"""The server as a test sees it, and its HTTP side."""

import asyncio
import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.servers.telegram.faults import (
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Hold,
    Slow,
)
from tests.servers.telegram.wire import cut_answer, drop
from tests.servers.telegram.world import Changes
from tests.servers.whatsapp.faults import Fault, GraphError, LaterError, Refused
from tests.servers.whatsapp.people import Json, Person, Seen, SeenFile
from tests.servers.whatsapp.rules import WINDOW, Pace, check_message
from tests.servers.whatsapp.webhook import Postman

TOKEN = "EAAtestTESTtestTESTtestTESTtest0123456789"
PHONE_ID = "277321005464405"
WABA = "102290129340398"
APP_SECRET = "0123456789abcdef0123456789abcdef"
WAIT_SECONDS = 30.0
LINK_LASTS = timedelta(minutes=5)
T = TypeVar("T")


def utc_now() -> datetime:
    """The real time."""
    return datetime.now(UTC)


@dataclass
class Call:
    """A call of the bot."""

    method: str  # messages, read, media, url, download, or the path
    body: Json
    fault: Fault | None = None
    status: int = 0
    code: int | None = None
    happened: bool = False


@dataclass(frozen=True)
class Stored:
    """A file on the server."""

    content: bytes = field(repr=False)
    media_type: str = ""
    name: str = ""


class WhatsAppServer:
    """The Cloud API for one phone number; see the package's docstring."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        per_second: int = 80,
        window_by_receipt: bool = False,
        reads: bool = True,
    ) -> None:
        self._clock, self._ahead = clock, timedelta(0)
        self.changes = Changes()
        self.postman = Postman(self.changes, APP_SECRET, PHONE_ID, WABA)
        self.pace = Pace(per_second)
        self.window_by_receipt, self.reads = window_by_receipt, reads
        self.users: list[Person] = []
        self.calls: list[Call] = []
        self.media: dict[str, Stored] = {}
        self.links: dict[str, tuple[str, datetime]] = {}
        self.templates: dict[tuple[str, str], str] = {}  # name and language -> status
        self.quality, self.subscribed = "GREEN", True
        self.scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
        self.token_ends = 0  # seconds since 1970; 0: never
        self.page_size = 25  # of the list of templates
        self.share = 0.0  # of the messages that meet one of the kinds of faults
        self.kinds: tuple[Fault, ...] = ()
        self.chance = Random(1)
        self._script: list[tuple[str, Fault]] = []
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._port = 0
        self.holds: list[Hold] = []

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=110 * 1024 * 1024)
        app.router.add_route("*", "/download/{link}", self._serve)
        app.router.add_route("*", "/{version}/{node}", self._serve)
        app.router.add_route("*", "/{version}/{node}/{edge}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        self.postman.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        for hold in self.holds:
            hold.release()
        await self.postman.stop()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def webhook(self) -> str:
        """Where the bot listens."""
        return self.postman.url

    @webhook.setter
    def webhook(self, url: str) -> None:
        self.postman.url = url
        self.changes.announce()

    def now(self) -> datetime:
        """The server's time."""
        return self._clock() + self._ahead

    def forward(self, **span: float) -> None:
        """Let the server's time pass."""
        self._ahead += timedelta(**span)

    # people

    def new_user(
        self,
        *,
        country: str = "44",
        phone: str = "",
        user_id: str = "",
        hidden_phone: bool = False,
    ) -> Person:
        """Somebody with a phone."""
        number = len(self.users) + 1
        phone = phone or f"{country}70009{number:05d}"
        user_id = user_id or f"GB.{1349000000000 + number}"
        person = Person(self._message, self.now, phone, user_id, hidden_phone, self.store)
        self.users.append(person)
        return person

    def store(self, content: bytes, media_type: str, name: str) -> str:
        """Keep a file; returns its id."""
        media = str(900_000_000 + next(self._numbers))
        self.media[media] = Stored(content, media_type, name)
        return media

    def _message(self, person: Person, message: Json) -> None:
        self.postman.put({"contacts": [person.contact()], "messages": [message]})

    def change_number(self, person: Person, phone: str, user_id: str = "") -> None:
        """The person has a new number, with it a new user id; Meta tells it."""
        before, before_id = person.phone, person.user_id
        person.phone, person.user_id = phone, user_id or f"{person.user_id}7"
        system = {
            "body": "Somebody changed their number",
            "wa_id": phone,
            "type": "user_changed_number",
            "user_id": person.user_id,
            "previous_user_id": before_id,
        }
        message = person.stamp("system", system) | {"from": before, "from_user_id": before_id}
        self.postman.put({"messages": [message]})

    def change_user_id(self, person: Person) -> None:
        """The person has a new user id, and a new number that we are not told."""
        before_id, person.user_id = person.user_id, f"{person.user_id}7"
        person.hidden_phone, person.phone = True, f"{person.phone}7"
        system = {
            "body": "Somebody's user id changed",
            "type": "user_changed_user_id",
            "user_id": person.user_id,
            "previous_user_id": before_id,
        }
        self.postman.put({"messages": [person.stamp("system", system)]})

    def stops_marketing(self, person: Person, value: str = "stop") -> None:
        """The person uses WhatsApp's own menu."""
        wish = {
            "wa_id": person.phone,
            "user_id": person.user_id,
            "detail": f"User requested to {value} marketing messages",
            "category": "marketing_messages",
            "value": value,
            "timestamp": str(int(self.now().timestamp())),
        }
        self.postman.put({"contacts": [person.contact()], "user_preferences": [wish]})

    # what a test asks

    @property
    def violations(self) -> list[str]:
        """What the bot asked and Meta refused, though no fault was in play."""
        return [
            f"{call.method} refused by {call.code}: {json.dumps(call.body)[:300]}"
            for call in self.calls
            if call.status >= 400 and call.fault is None and call.code not in (131047,)
        ]

    def calls_of(self, method: str) -> list[Call]:
        """The calls of this kind, in order."""
        return [call for call in self.calls if call.method == method]

    async def until(
        self, predicate: Callable[[], T], seconds: float = WAIT_SECONDS, *, what: str = ""
    ) -> T:
        """What `predicate` returns as soon as it is true; asked again after each event."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (found := predicate()):
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError(f"waited {seconds} s for {what or predicate}\n{self.picture()}")
            await self.changes.wait(left)
        return found

    async def hears(self, user: Person, words: str, seconds: float = WAIT_SECONDS) -> Seen:
        """The bot's message with these words, said since this person last acted."""

        def found() -> Seen | None:
            return next((seen for seen in user.news() if words in seen.text), None)

        seen = await self.until(found, seconds, what=f"{words!r} for {user.user_id}")
        assert seen is not None
        return seen

    async def settled(self, seconds: float = WAIT_SECONDS) -> None:
        """Until everything is told."""
        await self.until(
            lambda: not self.postman.pending and not self.postman.busy, seconds, what="quiet"
        )

    def picture(self) -> str:
        """The state in words, for a test that failed."""
        lines = [f"{len(self.postman.pending)} to tell, answers {self.postman.answers[-5:]}"]
        lines += [f"  {c.method} -> {c.status} {c.code} {c.fault}" for c in self.calls[-15:]]
        for user in self.users[:8]:
            said = [
                f"{'bot' if s.by_bot else 'me'}: {s.text[:70]!r} {s.labels}" for s in user.screen
            ]
            lines += [f"{user.user_id}:", *(f"    {line}" for line in said[-8:])]
        return "\n".join(lines)

    def fail_next(self, fault: Fault, method: str = "messages", times: int = 1) -> None:
        """The next calls of this kind meet this fault."""
        self._script += [(method, fault)] * times
        if isinstance(fault, Hold):
            self.holds.append(fault)

    def _fault_for(self, method: str) -> Fault | None:
        for line in self._script:
            if line[0] == method:
                self._script.remove(line)
                return line[1]
        hit = method == "messages" and bool(self.kinds) and self.chance.random() < self.share
        return self.kinds[self.chance.randrange(len(self.kinds))] if hit else None

    # HTTP

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method, body, upload = await self._read(request)
        call = Call(method, body, self._fault_for(method))
        self.calls.append(call)
        try:
            return await self._answer(request, call, upload)
        finally:
            call.status = call.status or 499
            self.changes.announce()

    async def _read(self, request: web.Request) -> tuple[str, Json, Stored | None]:
        node, edge = request.match_info.get("node", ""), request.match_info.get("edge", "")
        if "link" in request.match_info:
            return "download", {"link": request.match_info["link"]}, None
        if edge == "media":
            form = await request.post()
            file = form["file"]
            assert isinstance(file, web.FileField)
            stored = Stored(file.file.read(), str(form["type"]), file.filename)
            return "media", {"messaging_product": form["messaging_product"]}, stored
        body = await request.json() if request.can_read_body else dict(request.query)
        if edge == "messages":
            return ("read" if "status" in body else "messages"), body, None
        if node in self.media:
            return "url", body, None
        return f"{node}/{edge}" if edge else node, body, None

    async def _answer(
        self, request: web.Request, call: Call, upload: Stored | None
    ) -> web.StreamResponse:
        match call.fault:
            case Hold(before=True) as hold:
                hold.reached = True
                self.changes.announce()
                await hold.wait()
            case DropBefore():
                return drop(request)
            case BadGateway():
                call.status = 502
                return web.Response(status=502, text="<html>502</html>", content_type="text/html")
            case Broken(status):
                return self._refuse(call, Refused(131000, "broken", status, True))
            case GraphError(code, status, transient):
                return self._refuse(
                    call, Refused(code, "", 0 if status == 400 else status, transient)
                )
        try:
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refused(190, "invalid token")
            result = self._perform(request, call, upload)
        except Refused as refused:
            return self._refuse(call, refused)
        call.happened, call.status = True, 200
        self.changes.announce()
        if isinstance(result, Stored):
            answer = web.Response(body=result.content, content_type=result.media_type)
        else:
            answer = web.json_response(result)
        match call.fault:
            case Hold(before=False) as hold:
                hold.reached = True
                self.changes.announce()
                await hold.wait()
            case Slow(seconds):
                await asyncio.sleep(seconds)
            case DropAfter():
                call.status = 499
                return drop(request)
            case CutAnswer():
                call.status = 499
                return await cut_answer(request, answer)
        return answer

    def _refuse(self, call: Call, refused: Refused) -> web.Response:
        call.status, call.code = refused.status, refused.code
        return web.json_response({"error": refused.as_json()}, status=refused.status)

    def _perform(self, request: web.Request, call: Call, upload: Stored | None) -> Any:
        match call.method:
            case "messages":
                return self._send(call)
            case "read":
                return self._mark_read(call.body)
            case "media":
                assert upload is not None
                media = self.store(upload.content, upload.media_type, upload.name)
                return {"id": media}
            case "url":
                return self._link(request.match_info["node"])
            case "download":
                media, until = self.links.get(call.body["link"], ("", self.now()))
                if self.now() >= until:
                    raise Refused(100, "the link has run out", 404)
                return self.media[media]
        return self._account(request, call)

    def _link(self, media: str) -> Json:
        link = hashlib.sha256(f"{media}{next(self._numbers)}".encode()).hexdigest()[:24]
        self.links[link] = (media, self.now() + LINK_LASTS)
        stored = self.media[media]
        return {
            "messaging_product": "whatsapp",
            "url": f"{self.url}/download/{link}",
            "mime_type": stored.media_type,
            "sha256": hashlib.sha256(stored.content).hexdigest(),
            "file_size": len(stored.content),
            "id": media,
        }

    def _mark_read(self, body: Json) -> Json:
        for user in self.users:
            if body["message_id"] in user.stamped:
                user.read.add(body["message_id"])
                user.typing += "typing_indicator" in body
                return {"success": True}
        raise Refused(131009, "no such message")

    def _send(self, call: Call) -> Json:
        body = call.body
        check_message(body, self.media)
        user = self._recipient(body)
        now = self.now()
        self.pace.take(user.user_id, now)
        closed = user.last_wrote_at is None or now - user.last_wrote_at >= WINDOW
        late: int | None = call.fault.code if isinstance(call.fault, LaterError) else None
        if body["type"] == "template":
            template = body["template"]
            known = self.templates.get((template["name"], template["language"]["code"]))
            if known is None:
                raise Refused(132001, "no such template")
            if known in ("PAUSED", "DISABLED"):
                raise Refused(132015 if known == "PAUSED" else 132016, known)
            if known != "APPROVED":
                raise Refused(132001, "not approved")
        elif closed and not self.window_by_receipt:
            raise Refused(131047, "more than 24 hours")
        elif closed:
            late = 131047
        number = next(self._numbers)
        wamid = f"wamid.HBg{user.phone}{number:09d}=="
        tracker = body.get("biz_opaque_callback_data")
        if late is None:
            self._show(user, wamid, body)
            words = ["sent", "delivered", *(["read"] if self.reads else [])]
        else:
            words = ["failed"]
        for word in words:
            self._receipt(user, wamid, word, tracker, body, late)
        contact = {"input": body.get("to") or body["recipient"]}
        contact |= {"wa_id": user.phone} if "to" in body else {"user_id": user.user_id}
        return {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }

    def _recipient(self, body: Json) -> Person:
        for user in self.users:
            if body.get("to") == user.phone or (
                "to" not in body and body.get("recipient") == user.user_id
            ):
                return user
        raise Refused(131026, "nobody there")

    def _receipt(
        self, user: Person, wamid: str, word: str, tracker: Any, body: Json, code: int | None
    ) -> None:
        status: Json = {
            "id": wamid,
            "status": word,
            "timestamp": str(int(self.now().timestamp())),
            "recipient_id": user.phone,
            "recipient_user_id": user.user_id,
        }
        if tracker is not None:
            status["biz_opaque_callback_data"] = tracker
        if word == "delivered":
            category = "utility" if body["type"] == "template" else "service"
            status["pricing"] = {"billable": True, "pricing_model": "PMP", "category": category}
        if code is not None:
            status["errors"] = [Refused(code, "later").as_json() | {"title": "failed"}]
        self.postman.put({"contacts": [user.contact()], "statuses": [status]})

    def _show(self, user: Person, wamid: str, body: Json) -> None:
        kind, inner = body["type"], body[body["type"]]
        buttons: dict[str, str] = {}
        described: dict[str, str] = {}
        text, footer, file = "", "", None
        if kind == "text":
            text = inner["body"]
        elif kind == "interactive":
            text, kind = inner["body"]["text"], inner["type"]
            footer = inner.get("footer", {}).get("text", "")
            for button in inner["action"].get("buttons", []):
                buttons[button["reply"]["title"]] = button["reply"]["id"]
            for section in inner["action"].get("sections", []):
                for row in section["rows"]:
                    buttons[row["title"]] = row["id"]
                    described[row["title"]] = row.get("description", "")
        elif kind == "template":
            text = f"template {inner['name']} {inner['language']['code']}"
            for button in inner.get("components", []):  # what it says stands in what was approved
                buttons[f"button {button['index']}"] = button["parameters"][0]["payload"]
        else:
            stored = self.media[inner["id"]]
            text = inner.get("caption", "")
            file = SeenFile(inner.get("filename", stored.name), stored.media_type, stored.content)
        user.screen.append(Seen(wamid, True, kind, text, buttons, described, footer, file))

    def _account(self, request: web.Request, call: Call) -> Json:
        proof = request.query.get("appsecret_proof")
        real = hmac.new(APP_SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        if proof is not None and proof != real:
            raise Refused(100, "Invalid appsecret_proof provided in the API argument")
        if call.method == PHONE_ID:
            return {
                "id": PHONE_ID,
                "verified_name": "Office",
                "display_phone_number": "+1 555-000-0000",
                "quality_rating": self.quality,
                "name_status": "APPROVED",
            }
        if call.method == "debug_token":
            granular = [{"scope": scope, "target_ids": [WABA]} for scope in self.scopes]
            return {
                "data": {
                    "is_valid": True,
                    "expires_at": self.token_ends,
                    "granular_scopes": granular,
                }
            }
        if call.method == f"{WABA}/phone_numbers":
            return {"data": [{"id": PHONE_ID}]}
        if call.method == f"{WABA}/subscribed_apps":
            return {"data": [{"whatsapp_business_api_data": {"id": "1"}}] * self.subscribed}
        if call.method == f"{WABA}/message_templates" and request.method == "GET":
            found = [
                {"name": name, "language": language, "status": status, "category": "UTILITY"}
                for (name, language), status in self.templates.items()
            ]
            begin = int(request.query.get("after", 0))
            end = begin + min(int(request.query.get("limit", 25)), self.page_size)
            paging: Json = {"cursors": {"before": str(begin), "after": str(end)}}
            if end < len(found):
                paging["next"] = f"{self.url}/further"
            return {"data": found[begin:end], "paging": paging}
        if call.method == f"{WABA}/message_templates":
            key = (call.body["name"], call.body["language"])
            if key in self.templates or not call.body["components"]:
                raise Refused(100, "template")
            self.templates[key] = "PENDING"
            return {"id": str(next(self._numbers)), "status": "PENDING", "category": "UTILITY"}
        raise Refused(100, f"Unsupported {request.method} request {call.method}")
