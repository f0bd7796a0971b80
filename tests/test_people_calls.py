"""Under "My case": a call, an own code, a phone of several people; and reminders."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot import conversation, messages
from bot.casework import calls, cases, conflicts
from bot.messages import CommandIn, Content, Incoming, Outgoing, TapIn, TextIn
from bot.runtime import Runtime
from flows.model import Command
from storage import audit, conversations
from storage import messages as transcript
from storage.database import Tx
from storage.records import Case, CaseState, Conversation, Kind, Message, Staff
from tests.conftest import Clock
from tests.pages import assert_accessible, picture, signed_in
from tests.talk import Wire, delivered, delivering
from tests.visitors import Office, a_waiting_case, open_office, small_house


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with small_house(tmp_path, clock) as runtime, open_office(runtime) as office:
        yield office


class Worker:
    """The worker of the waiting case, in the web chat."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.sent = runtime, 0

    async def does(self, content: Content) -> Outgoing:
        """Send something; returns the newest answer."""
        self.sent += 1
        incoming = Incoming("webchat", "web", {"cookie": "one"}, str(self.sent), content)
        assert await conversation.handle(self.runtime, incoming) is conversation.Handled.DONE
        return messages.parse((await self.said())[-1].body)

    async def taps(self, asked: Outgoing, option: str) -> Outgoing:
        """Press a button of a message."""
        assert asked.question is not None
        assert option in [choice.option for choice in asked.choices]
        return await self.does(TapIn(asked.question, option))

    async def said(self) -> list[Message]:
        """The whole conversation that is open at this address."""
        talk = await self.talk()
        return await self.runtime.database.read(lambda tx: transcript.list_all(tx, talk.id))

    async def talk(self) -> Conversation:
        """The conversation that is open at this address."""

        def work(tx: Tx) -> Conversation:
            address = conversations.find_address(tx, "webchat", "web", ("cookie", "one"))
            assert address is not None
            talk = conversations.get_open_conversation(tx, address)
            assert talk is not None
            return talk

        return await self.runtime.database.read(work)


async def a_held_case(office: Office, urgency: str = "U2") -> tuple[Staff, Case, Worker]:
    """A case in the hands of Leyla, and its worker."""
    person, _ = await office.hire("Leyla")
    case = await a_waiting_case(office.runtime, urgency=urgency)
    await cases.claim(office.runtime, person, case.id)
    worker = Worker(office.runtime)
    talk = await worker.talk()
    await office.runtime.database.write(lambda tx: conversations.set_phrase(tx, talk, "moon river"))
    await worker.does(TextIn("Hello"))
    return person, case, worker


async def asks_for_a_call(worker: Worker) -> Outgoing:
    """All of it."""
    told = await worker.taps(await worker.does(CommandIn(Command.CASE)), "call")
    assert told.text == "Please write the phone number to call."
    assert "no phone number" in (await worker.does(TextIn("later"))).text
    asked = await worker.does(TextIn("+994 50 123 45 67"))
    return await worker.taps(asked, "evening")


async def test_the_worker_is_called_at_a_safe_hour_and_the_call_is_logged(office: Office) -> None:
    person, case, worker = await a_held_case(office)
    assert "will call you" in (await asks_for_a_call(worker)).text
    call = await calls.read_call(office.runtime, person, case.id)
    assert call is not None
    assert (call.phone, call.hours) == ("+994501234567", "evening")
    await calls.log_call(
        office.runtime, person, case.id, call.id, reached=False, note="Rang, no answer"
    )
    assert await calls.read_call(office.runtime, person, case.id) is not None
    await calls.log_call(office.runtime, person, case.id, call.id, reached=True, note="Spoke")
    assert await calls.read_call(office.runtime, person, case.id) is None
    read = await cases.read_case(office.runtime, person, case.id)
    assert [note.text for note in read.notes] == ["☎ Rang, no answer", "☎ Spoke"]
    assert read.case.state is CaseState.ACTIVE


async def test_in_danger_a_reception_room_is_offered_too(office: Office) -> None:
    _, _, worker = await a_held_case(office, "U0")
    told = await worker.taps(await worker.does(CommandIn(Command.CASE)), "call")
    assert "reception rooms" in told.text


async def test_nobody_else_reads_the_number(office: Office, tmp_path: Path) -> None:
    _, case, worker = await a_held_case(office)
    await asks_for_a_call(worker)
    leader, _ = await office.hire("Aysel", "coordinator")
    await conflicts.declare(office.runtime, leader, case.id, conflict=False)
    assert await calls.read_call(office.runtime, leader, case.id) is None


async def test_my_case_opens_with_the_own_code_only(office: Office) -> None:
    _, case, worker = await a_held_case(office)
    asked = await worker.does(CommandIn(Command.CASE))
    for _ in range(2):  # as on a phone whose buttons stay
        await worker.taps(asked, "code")
    await worker.does(TextIn("blue77"))
    assert case.code not in (await worker.does(CommandIn(Command.CASE))).text
    assert case.code not in (await worker.does(TextIn("blue78"))).text
    assert case.code in (await worker.does(TextIn("blue77"))).text
    assert not any("blue7" in messages.text_of(each.body) for each in await worker.said())
    for leaves in (CommandIn(Command.DANGER), TapIn(1, "yes")):  # what follows is no code
        await worker.does(CommandIn(Command.CASE))
        await worker.does(leaves)
        await worker.does(TextIn("he is here"))
    said = [messages.text_of(each.body) for each in await worker.said()]
    assert said.count("he is here") == 2


async def test_a_code_is_not_guessed(office: Office) -> None:
    _, case, worker = await a_held_case(office)
    await worker.taps(await worker.does(CommandIn(Command.CASE)), "code")
    await worker.does(TextIn("blue77"))
    await worker.does(CommandIn(Command.CASE))
    for _ in range(5):
        await worker.does(TextIn("wrong"))
    assert case.code not in (await worker.does(TextIn("blue77"))).text


async def test_who_takes_over_the_phone_sees_nothing_of_the_case(office: Office) -> None:
    person, case, worker = await a_held_case(office)
    await hands_over_the_phone(worker)
    await cases.reply(office.runtime, person, case.id, "For the first one", form_id="a" * 20)
    told = await worker.does(CommandIn(Command.CASE))
    assert case.code not in told.text
    assert not any("For the first" in messages.text_of(m.body) for m in await worker.said())
    await worker.does(TextIn("Hello from another"))
    read = await cases.read_case(office.runtime, person, case.id)
    assert not any("another" in messages.text_of(m.body) for m in read.messages)


async def hands_over_the_phone(worker: Worker) -> None:
    asked = await worker.taps(await worker.does(CommandIn(Command.CASE)), "other")
    assert "two words that bring a hidden chat back" in asked.text
    await worker.taps(asked, "other")


@pytest.mark.parametrize("code", ["", "blue77"])
async def test_the_first_person_comes_back_by_their_own_words(office: Office, code: str) -> None:
    person, case, worker = await a_held_case(office)
    talk = await worker.talk()
    if code:
        await worker.taps(await worker.does(CommandIn(Command.CASE)), "code")
        await worker.does(TextIn(code))
    await hands_over_the_phone(worker)
    await cases.reply(office.runtime, person, case.id, "For the first one", form_id="a" * 20)
    for words in ("moon river wrong", "Moon Bread", "moon river" if code else "moon"):
        await worker.does(TextIn(words))
        assert (await worker.talk()).id != talk.id
    await worker.does(TextIn(f"MOON river! {code}"))
    assert (await worker.talk()).id == talk.id
    assert any("For the first" in messages.text_of(m.body) for m in await worker.said())
    read = await cases.read_case(office.runtime, person, case.id)
    spoken = " ".join(messages.text_of(m.body) for m in read.messages)
    assert not any(word in spoken for word in ("moon", "river"))
    await worker.does(TextIn("It is me again"))
    read = await cases.read_case(office.runtime, person, case.id)
    assert "It is me again" in [messages.text_of(m.body) for m in read.messages]


async def test_the_words_of_the_first_person_are_not_guessed(office: Office) -> None:
    _, _, worker = await a_held_case(office)
    talk = await worker.talk()
    await hands_over_the_phone(worker)
    for _ in range(5):
        await worker.does(TextIn("moon moon"))
    await worker.does(TextIn("moon river"))
    assert (await worker.talk()).id != talk.id


async def nudges(office: Office, clock: Clock) -> int:
    """How many reminders a look of the clock sends."""
    return await office.runtime.database.write(lambda tx: calls.nudge(tx, office.runtime, clock()))


def told_by_the_clock(tx: Tx, case: Case) -> list[str]:
    """What the machine wrote down of this case."""
    return [e.action for e in audit.list_entries(tx, f"case:{case.id}") if e.action == "nudged"]


@pytest.mark.parametrize(
    ("yes", "urgency", "expected"),
    [
        (True, "U2", [0, 1, 0, 0, 1, 0]),
        (False, "U2", [0, 0, 0, 0, 0, 0]),
        (True, "U0", [0, 0, 0, 0, 0, 0]),
    ],
)
async def test_a_worker_who_lets_us_write_is_reminded_after_two_days_and_a_week_by_day(
    office: Office, clock: Clock, yes: bool, urgency: str, expected: list[int]
) -> None:
    person, case, worker = await a_held_case(office, urgency)
    allowed = partial(
        conversations.record_consent, worker_id=case.worker_id, given=yes, now=clock()
    )
    said = partial(allowed, purpose="write_first", wording="asked", language="en")
    await office.runtime.database.write(said)
    await cases.reply(office.runtime, person, case.id, "Please send it", form_id="a" * 20)
    await cases.wait(office.runtime, person, case.id, CaseState.WAITING_WORKER)
    sent = []
    for hours in (47, 2, 1, 11, 108, 24):  # the fourth look is at night
        clock.forward(hours=hours)
        sent.append(await nudges(office, clock))
    assert sent == expected
    written = await office.runtime.database.read(lambda tx: told_by_the_clock(tx, case))
    assert len(written) == sum(expected)
    if not sum(expected):
        return
    assert "case" not in messages.text_of((await worker.said())[-1].body)
    wire = Wire()
    async with delivering(office.runtime, wire):
        await delivered(office.runtime)
    assert [row.kind for row in wire.sent].count(Kind.NUDGE) == 2


@pytest.mark.browser
async def test_a_lawyer_logs_the_call_on_the_page(
    office: Office, browser: Browser, pytestconfig: pytest.Config
) -> None:
    person, case, worker = await a_held_case(office)
    await asks_for_a_call(worker)
    page = await signed_in(office, browser, person, viewport={"width": 1100, "height": 900})
    await page.goto(f"/desk/cases/{case.id}")
    await expect(page.get_by_text("+994501234567").first).to_be_visible()
    await assert_accessible(page)
    await picture(page, "desk-call", pytestconfig, whole=False)
    await page.get_by_label("What was said").fill("Will send the contract")
    await page.get_by_role("button", name="We have spoken").click()
    await expect(page.get_by_text("☎ Will send the contract")).to_be_visible()
    await expect(page.get_by_role("heading", name="Call the worker")).to_have_count(0)
