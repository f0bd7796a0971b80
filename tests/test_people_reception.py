"""A person without a chat: the trees on the staff's screen, the page to print, the QR code."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, expect

from bot import conversation, messages
from bot.app import build_app
from bot.casework import cases, conflicts, walkins
from bot.channels.paper import Paper
from bot.delivery.gate import may_write_now
from bot.errors import NotFound
from bot.links import read_payload
from bot.messages import Incoming, JoinIn, Outgoing, TextIn
from bot.office import staff
from bot.runtime import Runtime
from storage import conversations, outbox
from storage import messages as transcript
from storage.database import Tx
from storage.outbox import Verdict
from storage.records import CaseId, Conversation, Kind, OutboxRow, OutboxState, Role
from tests.pages import assert_accessible, picture
from tests.visitors import DeskVisitor, Office, a_link, open_office

TOKEN = re.compile(r"/chat/join/([0-9a-f]{40})")


@pytest.fixture
async def office(runtime: Runtime) -> AsyncIterator[Office]:
    """The desk with the real trees."""
    async with open_office(runtime) as office:
        yield office


async def a_walk_in_with_a_case(office: Office, visitor: DeskVisitor) -> tuple[str, str]:
    """Somebody in the reception room asks for a lawyer; the path of the screen, the case's code."""
    page = await visitor.get("/desk/reception")
    page = await visitor.send(page, "/reception", way="reception", region="", language="en")
    path = page.path
    page = await visitor.send(page, "/answer", command="lawyer")
    for _ in range(12):
        if found := re.search(r"The case ([A-Z0-9]{4,8}) is open", page.words):
            return path, found[1]
        buttons = re.findall(r'name="option" value="([^"]+)"', page.text)
        yes = next((name for name in buttons if name in ("yes", "agree", "other")), None)
        if buttons:
            page = await visitor.send(page, "/answer", option=yes or buttons[-1])
        else:
            form = next(f for f in page.forms if "text" in f.fields)
            page = await visitor.post(form.action, **{**form.fields, "text": "unpaid wages"})
    raise AssertionError(page.words)


async def test_a_walk_in_gets_a_case_through_the_same_trees(office: Office) -> None:
    person, visitor = await office.hire("Leyla")
    path, code = await a_walk_in_with_a_case(office, visitor)
    page = await visitor.get(path)
    assert code in page.words
    case_id = int(re.findall(r"/desk/cases/(\d+)", page.text)[0])
    claimed = await cases.claim(office.runtime, person, CaseId(case_id), declares=True)
    assert claimed.code == code


async def test_the_screen_of_a_colleague_is_not_there(office: Office) -> None:
    _, leyla = await office.hire("Leyla")
    _, kamran = await office.hire("Kamran", "coordinator")
    path, _ = await a_walk_in_with_a_case(office, leyla)
    for address in (path, path.partition("#")[0] + "/print"):
        assert (await kamran.get(address)).status == 404


async def test_who_is_barred_later_sees_their_own_walk_in_no_more(office: Office) -> None:
    person, leyla = await office.hire("Leyla")
    path, code = await a_walk_in_with_a_case(office, leyla)
    await conflicts.declare(office.runtime, person, CaseId(1), conflict=True)
    plain = path.partition("#")[0]
    for address in (plain, f"{plain}/print"):
        assert (await leyla.get(address)).status == 404
    assert code not in (await leyla.get("/desk/reception")).text
    for act in (
        walkins.make_link(office.runtime, person, 1),
        walkins.answer(office.runtime, person, 1, TextIn("x")),
    ):
        with pytest.raises(NotFound):
            await act


@pytest.mark.parametrize("role", sorted(set(Role) - walkins.MAY_RECEIVE))
async def test_only_who_receives_people_may_begin(office: Office, role: Role) -> None:
    _, visitor = await office.hire("Somebody", role)
    assert (await visitor.get("/desk/reception")).status == 404


async def test_a_consultation_is_one_form_and_one_counted_case(office: Office) -> None:
    person, visitor = await office.hire("Leyla")
    page = await visitor.get("/desk/reception")
    given = {"way": "call", "region": "", "language": "ru", "topic": "general", "minutes": "10"}
    given |= {"note": "Asked about a day off.", "outcome": "advice"}
    refused = await visitor.send(page, "/consulted", **given)  # type: ignore[arg-type]
    assert refused.status == 422
    assert "Asked about a day off." in refused.text
    page = await visitor.send(refused, "/consulted", **given, no_conflict="yes")  # type: ignore[arg-type]
    assert "Written down as case" in page.words
    [(_, case)] = await walkins.list_own(office.runtime, person)
    assert case is not None
    read = await cases.read_case(office.runtime, person, case.id)
    assert read.case.outcome == "advice"
    assert [note.text for note in read.notes] == ["Asked about a day off."]


@pytest.mark.parametrize("minutes", ["", "0", "601", "ten", "-5", "٥"])
async def test_minutes_are_a_number(office: Office, minutes: str) -> None:
    _, visitor = await office.hire("Leyla")
    page = await visitor.get("/desk/reception")
    given = {"way": "call", "language": "en", "topic": "general", "note": "x", "outcome": "advice"}
    page = await visitor.send(page, "/consulted", minutes=minutes, no_conflict="yes", **given)  # type: ignore[arg-type]
    assert page.status == 422


# -- joining -----------------------------------------------------------------------------------


async def the_token(visitor: DeskVisitor, path: str) -> str:
    """What the QR code carries."""
    page = await visitor.send(await visitor.get(path), "/join")
    found = TOKEN.search(page.text)
    assert found
    assert "<svg" in page.text
    return found[1]


async def phone(office: Office, token: str, *, who: str = "7", message: str = "1") -> None:
    """Somebody's Telegram follows the link."""
    link = read_payload(office.runtime, f"join-{token}")
    assert link.content == JoinIn(token)
    incoming = Incoming("telegram", "bot", {"user": who}, message, JoinIn(token))
    await conversation.handle(office.runtime, incoming)


async def told(office: Office, who: str = "7") -> list[str]:
    """What this Telegram was told, and what waits for it."""

    def work(tx: Tx) -> list[str]:
        address = conversations.find_address(tx, "telegram", "bot", ("user", who))
        assert address is not None
        talk = conversations.get_open_conversation(tx, address)
        assert talk is not None
        return [messages.text_of(m.body) for m in transcript.list_all(tx, talk.id)]

    return await office.runtime.database.read(work)


async def test_a_chat_that_joins_has_the_case_and_what_waited(office: Office) -> None:
    person, visitor = await office.hire("Leyla")
    path, code = await a_walk_in_with_a_case(office, visitor)
    screen = await walkins.read_screen(office.runtime, person, int(path.split("/")[-1][:1]))
    assert screen.case is not None
    await cases.claim(office.runtime, person, screen.case.id, declares=True)
    await cases.reply(office.runtime, person, screen.case.id, "Please ring me", form_id="a" * 20)
    await phone(office, await the_token(visitor, path))
    assert any(f"This is your case {code}" in text for text in await told(office))
    assert "Please ring me" in await told(office)
    incoming = Incoming("telegram", "bot", {"user": "7"}, "2", TextIn("It is me"))
    await conversation.handle(office.runtime, incoming)
    read = await cases.read_case(office.runtime, person, screen.case.id)
    assert "It is me" in [messages.text_of(m.body) for m in read.messages]
    page = await visitor.get(path)
    assert "own chat has joined" in page.words
    assert not page.offers("/answer")


def sent(tx: Tx, row: OutboxRow, now: datetime) -> None:
    """The screen of the staff has it."""
    outbox.settle(tx, row, OutboxState.SENT, now)


async def test_a_lawyers_words_wait_for_a_chat(office: Office) -> None:
    person, visitor = await office.hire("Leyla")
    path, _ = await a_walk_in_with_a_case(office, visitor)
    screen = await walkins.read_screen(office.runtime, person, int(path.split("/")[-1][:1]))
    assert screen.case is not None
    await cases.claim(office.runtime, person, screen.case.id, declares=True)
    await cases.reply(office.runtime, person, screen.case.id, "Please ring me", form_id="a" * 20)
    now = office.runtime.clock()

    def gate(tx: Tx, row: OutboxRow, talk: Conversation) -> Verdict:
        return may_write_now(tx, row, talk, now)

    for _ in range(20):
        claimed = await office.runtime.database.write(
            lambda tx: outbox.claim_due(
                tx,
                now + timedelta(minutes=1),
                limit=10,
                lease=timedelta(minutes=1),
                gate=gate,
                rates_of=lambda *_: Paper.rates,
            )
        )
        for row in claimed.rows:
            await office.runtime.database.write(partial(sent, row=row, now=now))
    read = await cases.read_case(office.runtime, person, screen.case.id)
    states = {messages.text_of(m.body): m.delivery for m in read.messages}
    assert states["Please ring me"] is OutboxState.HELD
    page = await visitor.get(f"/desk/cases/{screen.case.id}")
    assert "This person has no chat here" in page.words


async def test_a_link_joins_one_chat_once(office: Office) -> None:
    _, visitor = await office.hire("Leyla")
    path, code = await a_walk_in_with_a_case(office, visitor)
    token = await the_token(visitor, path)
    await phone(office, token)
    await phone(office, token, who="8", message="9")
    assert not any(code in text for text in await told(office, "8"))


async def test_a_newer_code_ends_the_one_before(office: Office) -> None:
    _, visitor = await office.hire("Leyla")
    path, code = await a_walk_in_with_a_case(office, visitor)
    old = await the_token(visitor, path)
    await the_token(visitor, path)
    await phone(office, old)
    assert not any(code in text for text in await told(office))


@pytest.mark.parametrize("payload", ["join-", "join-zz", "join-" + "a" * 39, "join-../../etc"])
async def test_a_false_payload_joins_nothing(runtime: Runtime, payload: str) -> None:
    assert read_payload(runtime, payload).content is None


# -- in a browser ------------------------------------------------------------------------------


@pytest.fixture
async def house(runtime: Runtime) -> AsyncIterator[str]:
    """Desk and web chat on one address, as in the field."""
    server = TestServer(build_app(runtime))
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.mark.browser
async def test_keys_are_told_by_a_question_mark_and_can_be_switched_off(
    runtime: Runtime, house: str, browser: Browser
) -> None:
    person = await staff.add(runtime, "Leyla", "lawyer")
    page = await (await browser.new_context(base_url=house)).new_page()
    page.set_default_timeout(60_000)
    await page.goto(await a_link(runtime, person))
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/desk/")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await photographed(page)
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("w")
    await page.wait_for_url("**/desk/reception")
    await page.get_by_label("Minutes").press("c")  # a letter in a field is a letter
    assert page.url.endswith("/desk/reception")
    await page.get_by_role("heading", name="A person without a chat").click()
    await page.keyboard.press("?")
    await page.get_by_label("Keys of one letter work").uncheck()
    await page.get_by_role("button", name="Close").click()
    await page.keyboard.press("c")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert page.url.endswith("/desk/reception")


@pytest.mark.browser
async def test_the_trees_play_on_the_staffs_screen_and_the_chat_joins(
    runtime: Runtime, house: str, browser: Browser, pytestconfig: pytest.Config
) -> None:
    person = await staff.add(runtime, "Leyla", "lawyer")
    context = await browser.new_context(base_url=house, viewport={"width": 900, "height": 1000})
    page = await context.new_page()
    page.set_default_timeout(60_000)
    await page.goto(await a_link(runtime, person))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Without a chat").click()
    await page.get_by_label("Their language").first.select_option("ru")
    await page.get_by_role("button", name="Begin the questions").click()
    await expect(page.get_by_text("In your language:")).to_be_visible()
    await photographed(page, pytestconfig, "desk-walk-in")
    await page.get_by_role("button", name="Hand over to a lawyer").click()
    await page.get_by_role("link", name="Page to print").click()
    await photographed(page, pytestconfig, "desk-walk-in-print")
    await prints_on_one_page(runtime, page)
    await page.get_by_role("link", name="A person without a chat").click()
    await page.get_by_role("button", name="Show a QR code").click()
    await photographed(page, pytestconfig, "desk-walk-in-join")
    path = TOKEN.search(await page.content())
    assert path
    phone = await (await browser.new_context(base_url=house)).new_page()
    phone.set_default_timeout(60_000)
    await phone.goto(path[0])
    await phone.get_by_role("button", name="Go on here").click()
    await phone.wait_for_url("**/chat")
    await page.get_by_role("link", name="A person without a chat").click()
    await expect(page.get_by_text("own chat has joined")).to_be_visible()
    await page.get_by_role("link", name="A person without a chat").click()
    await photographed(page, pytestconfig, "desk-reception")


async def prints_on_one_page(runtime: Runtime, page: Page) -> None:
    """However much was said, and in whichever script; the newest is on it."""
    sentence = "Работодатель должен платить. Вы можете подать жалобу в инспекцию труда. "
    urdu = "آجر کو تنخواہ دینی ہوگی۔ آپ لیبر انسپکشن میں شکایت درج کر سکتے ہیں۔ "
    for language, words in (("ru", sentence * 4), ("ru", sentence * 20), ("ur", urdu * 20)):
        now = runtime.clock()

        def say(tx: Tx, language: str = language, words: str = words, now: datetime = now) -> None:
            talk = conversations.get_conversation(tx, 1)
            assert talk is not None
            conversations.set_language(tx, talk.worker.id, language)
            for _ in range(5):
                body = messages.dump(Outgoing(words, source="Labour Code, article 172"))
                transcript.add_outgoing(tx, talk, Kind.ANSWER, body, language=language, now=now)

        await runtime.database.write(say)
        await page.reload()
        assert len(re.findall(rb"/Type\s*/Page\b", await page.pdf())) == 1
        assert await page.locator(".leaflet .words").count() >= 3


async def photographed(page: Page, config: pytest.Config | None = None, name: str = "") -> None:
    """Readable for everybody, and in the book where pictures are renewed."""
    await assert_accessible(page)
    if config is not None:
        await picture(page, name, config, whole=False)
