"""Visitors of the desk: browsers that fetch pages and fill in the forms that stand on them."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import desk, messages
from bot.casework import conflicts, worker_side
from bot.messages import Content, FileIn, TextIn
from bot.office import staff
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from flows.model import Answer, OpenCase
from storage import conversations, files
from storage import messages as transcript
from storage.database import Tx
from storage.records import Attachment, Case, Conversation, Speaker, Staff
from tests.conftest import SECRET_KEY, Clock, start_migrated

SMALL_CONTENT = Path(__file__).parent / "small_content"
A_LITTLE_PERSIAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgctxt "wages.contract"
msgid "Do you have a written contract?"
msgstr "آیا قرارداد کتبی دارید؟"

msgctxt "bot.case_claimed"
msgid "A lawyer has taken your case {code}."
msgstr "یک وکیل پرونده {code} را گرفته است."
"""


@dataclass
class FormOnPage:
    """A form as it stands on a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """An answer of the desk."""

    status: int
    text: str
    headers: Any
    path: str
    forms: list[FormOnPage]

    @property
    def words(self) -> str:
        """The page without its tags, with single spaces."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.text).split())

    def form(self, ending: str) -> FormOnPage:
        """The form whose address ends so."""
        return next(form for form in self.forms if form.action.endswith(ending))

    def offers(self, ending: str) -> bool:
        """Whether there is such a form."""
        return any(form.action.endswith(ending) for form in self.forms)


class DeskVisitor:
    """One browser, signed in or not."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self.client = client

    async def sign_in(self, runtime: Runtime, person: Staff) -> Page:
        """Open a fresh link and press its button."""
        path = await a_link(runtime, person)
        await self.get(path)
        return await self.post(path)

    async def get(self, path: str, **headers: str) -> Page:
        """Fetch a page, going where it sends us."""
        async with self.client.get(path, headers=headers) as answer:
            return await _page(answer)

    async def post(self, path: str, **fields: str) -> Page:
        """Post fields as they are, going where it sends us."""
        async with self.client.post(path, data=fields) as answer:
            return await _page(answer)

    async def opens(self, case_id: int, says: str = "none") -> Page:
        """Open a case for the first time, with a word on conflict of interest."""
        page = await self.get(f"/desk/cases/{case_id}")
        return await self.send(page, "/conflict", answer=says)

    async def ask(self, method: str, path: str, **options: Any) -> Page:
        """One request, going nowhere."""
        async with self.client.request(method, path, allow_redirects=False, **options) as answer:
            return await _page(answer)

    async def send(
        self, page: Page, ending: str, file: tuple[str, bytes] | None = None, **fields: str
    ) -> Page:
        """Fill in a form of a page and send it with all that is in it."""
        form = page.form(ending)
        # names go out as they are, which is what browsers do
        data = aiohttp.FormData(quote_fields=False, default_to_multipart=file is not None)
        for name, value in {**form.fields, **fields}.items():
            data.add_field(name, value)
        if file is not None:
            # what a browser says of a file is not believed
            content = io.BytesIO(file[1])
            data.add_field("file", content, filename=file[0], content_type="text/html")
        async with self.client.post(form.action, data=data) as answer:
            return await _page(answer)


class Office:
    """A desk that is being served, and the browsers that visit it."""

    def __init__(self, runtime: Runtime, server: TestServer) -> None:
        self.runtime, self.server = runtime, server
        self.clients: list[TestClient[Any, Any]] = []

    @property
    def address(self) -> str:
        """Where the server really listens."""
        return str(self.server.make_url("")).rstrip("/")

    async def visitor(self) -> DeskVisitor:
        """A browser that is not signed in."""
        client = TestClient(self.server, cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.clients.append(client)
        return DeskVisitor(client)

    async def hire(self, name: str = "Leyla", role: str = "lawyer") -> tuple[Staff, DeskVisitor]:
        """A new member of staff, signed in."""
        person = await staff.add(self.runtime, name, role)
        visitor = await self.visitor()
        await visitor.sign_in(self.runtime, person)
        return person, visitor


@asynccontextmanager
async def small_house(folder: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """A house with small content, and a little Persian."""
    catalog = folder / "locales/fa/LC_MESSAGES/hamrah.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text(A_LITTLE_PERSIAN, encoding="utf-8")
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=f"sqlite:///{folder}/hamrah.db",
        media_folder=folder / "media",
    )
    runtime = build_runtime(
        settings, content=SMALL_CONTENT, locales=folder / "locales", clock=clock
    )
    start_migrated(settings.database_url)
    await open_database(runtime.database, settings)
    yield runtime
    await runtime.database.close()


@asynccontextmanager
async def open_office(runtime: Runtime) -> AsyncIterator[Office]:
    """Serve the desk as the house does."""
    app = web.Application()
    desk.add_routes(app, runtime)
    server = TestServer(app)
    await server.start_server()
    office = Office(runtime, server)
    try:
        yield office
    finally:
        await asyncio.gather(*(client.session.close() for client in office.clients))
        await server.close()


async def a_link(runtime: Runtime, person: Staff) -> str:
    """The path of a fresh sign-in link."""
    link = await staff.make_link(runtime, person)
    return link.removeprefix(runtime.settings.address)


async def a_waiting_case(
    runtime: Runtime,
    who: str = "one",
    *,
    language: str = "en",
    answers: tuple[Answer, ...] = (),
    urgency: str = "U2",
) -> Case:
    """A worker has asked for a lawyer."""
    now = runtime.clock()

    def work(tx: Tx) -> Case:
        talk = _talk(tx, who, now)
        conversations.set_language(tx, talk.worker.id, language)
        conversations.set_speaker(tx, talk.id, Speaker.HUMAN)
        effect = OpenCase("lawyers", "wages", urgency, answers)
        return worker_side.open_or_add(tx, runtime, talk, effect, language, now)

    return await runtime.database.write(work)


async def against(runtime: Runtime, case: Case, name: str) -> None:
    """Note the other side of a case."""
    now = runtime.clock()
    await runtime.database.write(
        lambda tx: conflicts.set_opponent(tx, runtime, case, name, None, now)
    )


async def worker_writes(
    runtime: Runtime, content: Content | str, who: str = "one"
) -> Attachment | None:
    """The worker writes into the open case, or sends a file."""
    content = TextIn(content) if isinstance(content, str) else content
    kind, body = messages.body_of(content)
    now = runtime.clock()

    def work(tx: Tx) -> Attachment | None:
        talk = _talk(tx, who, now)
        case = worker_side.open_case_of(tx, talk.id)
        assert case is not None
        message_id = transcript.add_incoming(
            tx, talk, kind, body, language="en", now=now, case_id=case.id
        )
        worker_side.record_worker_wrote(tx, runtime, case, now)
        if not isinstance(content, FileIn):
            return None
        attachment = transcript.add_attachment(
            tx,
            message_id,
            talk.worker.key_id,
            media_type=content.media_type,
            size_bytes=len(content.content),
            name=content.name,
        )
        files.store(tx, runtime.settings.media_folder, attachment, content.content)
        return attachment

    return await runtime.database.write(work)


def _talk(tx: Tx, who: str, now: datetime) -> Conversation:
    address = conversations.find_or_create_address(tx, "webchat", "web", {"cookie": who}, now)
    return conversations.lock_conversation(tx, address, now)


async def _page(answer: aiohttp.ClientResponse) -> Page:
    text = (await answer.read()).decode("utf-8", "replace")
    reader = _Forms()
    reader.feed(text)
    return Page(answer.status, text, answer.headers, answer.url.path_qs, reader.forms)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FormOnPage(given.get("action", "")))
        elif self.forms and tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.forms and tag == "textarea" and "name" in given:
            self._textarea = given["name"]
            self.forms[-1].fields[self._textarea] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self.forms[-1].fields[self._textarea] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
