"""Messages to phones: within Meta's limits, once, and each refusal with its own consequence."""

import asyncio
import re
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.casework import cases, queue
from bot.channels.whatsapp.api import Turns
from bot.channels.whatsapp.rendering import render
from bot.desk.badges import delivery_badge
from bot.desk.reader import Reader
from bot.errors import BadInput, SettingsError
from bot.messages import Choice, FileIn, Outgoing, text_of
from bot.outreach import announcements
from bot.outreach.announcements import Draft
from bot.runtime import Runtime
from bot.tools import costs
from bot.whatsapp_templates import load_templates
from bot.workshops.keeper import keep
from flows.model import Command
from storage import conversations, messages, outbox, pace, schema
from storage.database import Tx
from storage.records import CaseCard, Kind, MessageKind, OutboxState, Staff, StaffId
from tests.builders import add_lawyer
from tests.conftest import Clock
from tests.hurry import OwnTime, run_hurried
from tests.outreach import TEXTS, an_organiser, say
from tests.servers.telegram.faults import BadGateway, Broken, CutAnswer, DropAfter, DropBefore
from tests.servers.whatsapp import GraphError, LaterError, Person, WhatsAppServer
from tests.servers.whatsapp.faults import Fault
from tests.servers.whatsapp.rules import check_message
from tests.talk import PNG
from tests.whatsapp_bot import conversation_of, tap, through_the_welcome, transcript, whatsapp_bot
from tests.workshops import a_workshop

APPROVED = {("news", code): "APPROVED" for code in ("en", "az", "ru", "fa", "ur")}


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[WhatsAppServer]:
    """A WhatsApp with approved templates; its time is moved by hand."""
    async with WhatsAppServer(clock=lambda: clock.now) as server:
        server.templates.update(APPROVED)
        yield server
        assert server.violations == []


@pytest.fixture
async def bot(server: WhatsAppServer, tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """The bot on it, with the same clock."""
    async with whatsapp_bot(server, tmp_path, clock=clock) as runtime:
        yield runtime
        await server.settled()


async def with_a_case(server: WhatsAppServer, bot: Runtime, user: Person) -> tuple[Staff, CaseCard]:
    """A worker whose case this lawyer has claimed."""
    lawyer = await add_lawyer(bot.database)
    user.says("hello")
    await through_the_welcome(server, user)
    user.says("lawyer")
    await tap(server, user, "✅ Yes", "✅ Yes, here")
    await server.hears(user, "Your case has the number")
    [card] = (await queue.list_queue(bot, lawyer)).cards
    await cases.claim(bot, lawyer, card.id)
    await server.hears(user, "A lawyer has taken")
    return lawyer, card


async def rows_of(bot: Runtime, kind: Kind) -> list[tuple[str, str | None, int]]:
    """State, reason and attempts of the messages of this kind."""
    table = schema.outbox

    def look(tx: Tx) -> list[tuple[str, str | None, int]]:
        query = select(table).where(table.c.kind == kind).order_by(table.c.id)
        return [(row.state, row.reason, row.attempt) for row in tx.execute(query)]

    return await bot.database.read(look)


async def becomes(
    server: WhatsAppServer, bot: Runtime, kind: Kind, *states: str
) -> list[tuple[str, str | None, int]]:
    """The rows of this kind, once the last of them is in one of these states."""
    with bot.changes.listen("outbox"):
        for _ in range(300):
            rows = await rows_of(bot, kind)
            if rows and rows[-1][0] in states:
                return rows
            await server.changes.wait(0.1)
    raise AssertionError(f"{rows} instead of {states}\n{server.picture()}")


# -- rendering ---------------------------------------------------------------------------------


def taken(parts: list[Any]) -> None:
    """Meta takes all of these."""
    for part in parts:
        body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "1"}
        check_message({**body, "type": part.type, part.type: dict(part.body)}, {})


def choices(count: int, label: str = "Answer") -> tuple[Choice, ...]:
    return tuple(Choice(f"o{n}", f"{label} {n}") for n in range(1, count + 1))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 10, 11, 25])
@pytest.mark.parametrize("label", ["Answer", "A very long answer that no button could ever show"])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_any_number_of_answers_fits(
    runtime: Runtime, count: int, label: str, language: str
) -> None:
    asked = Outgoing("What?", 7, choices(count, label), "Law: 5.")
    [part] = render(runtime.speech, asked, language, None)
    taken([part])
    kind, action = part.body["type"], part.body["action"]
    assert kind == ("button" if count <= 3 and label == "Answer" else "list")
    if kind == "list":
        rows = action["sections"][0]["rows"]
        assert all(row.get("description") for row in rows if "…" in row["title"])


def test_every_answer_is_on_some_page(runtime: Runtime) -> None:
    asked = Outgoing("What?", 7, choices(25))
    seen: list[str] = []
    for page in range(3):
        turned = Outgoing("What?", 7, choices(25), page=page)
        [part] = render(runtime.speech, turned, "en", None)
        rows = part.body["action"]["sections"][0]["rows"]
        seen += [row["id"] for row in rows if row["id"].startswith("t:")]
        assert any(row["id"] == f"p:7:{(page + 1) % 3}" for row in rows)
    assert seen == [f"t:7:{choice.option}" for choice in asked.choices]


@pytest.mark.parametrize("size", [1000, 1024, 1025, 5000, 20000])
def test_a_text_of_any_length_arrives_whole(runtime: Runtime, size: int) -> None:
    text = "\n\n".join("word " * 60 for _ in range(size // 300 + 1))[:size] + "."
    parts = render(runtime.speech, Outgoing(text, 3, choices(2), "Law: 5."), "en", None)
    taken(parts)
    assert parts[-1].type == "interactive"
    line = "👇 Read this and then choose one of the answers.\n\n"
    assert all(part.text.startswith(line) for part in parts)  # whichever the list of chats shows
    whole = "".join(part.text.removeprefix(line) for part in parts)
    whole = whole.replace("\n", "").replace(" ", "")
    assert whole == (text + "Law: 5.").replace("\n", "").replace(" ", "")


def test_half_an_emoji_and_an_endless_word_can_be_sent(runtime: Runtime) -> None:
    taken(render(runtime.speech, Outgoing("😀" * 5000 + "\ud83d", 1, choices(2)), "en", None))
    taken(render(runtime.speech, Outgoing("😀" * 5000 + "\ud83d"), "en", StaffId(1)))


def test_danger_shows_nothing_on_a_locked_phone(runtime: Runtime) -> None:
    [part] = render(runtime.speech, Outgoing("Call 112.", danger=True), "en", None)
    assert part.text.splitlines()[0] == "Here is my answer. Please read all of it."


def test_screening_is_answered_by_digits_so_that_nothing_is_quoted(runtime: Runtime) -> None:
    asked = Outgoing(
        "Are you hurt?", 7, (Choice("yes", "✅ Yes"), Choice("no", "❌ No")), digits=True
    )
    [part] = render(runtime.speech, asked, "en", None)
    assert part.type == "text"
    assert "1  ✅ Yes\n2  ❌ No" in part.text


def test_every_screen_names_the_word_for_danger(runtime: Runtime) -> None:
    for language in runtime.speech.texts.languages:
        [part] = render(runtime.speech, Outgoing("What?", 1, choices(3)), language, None)
        words = part.body["footer"]["text"].split(" · ")
        commands = [runtime.command_words.find(word) for word in words]
        assert [command.value for command in commands if command][:2] == ["menu", "danger"]


# -- one bubble --------------------------------------------------------------------------------


async def test_a_step_is_one_message(server: WhatsAppServer, bot: Runtime) -> None:
    user = server.new_user()
    user.says("hello")
    await tap(server, user, "English", "✅ Yes", "👍 No", "🧑 18 or older")
    await server.hears(user, "What do you need?")
    await server.settled()
    assert len(user.said()) == 5  # what they sent, and no more


async def test_who_cannot_take_messages_back_says_so_before_the_first_delicate_question(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    user.says("hello")
    await tap(server, user, "English")
    seen = await server.hears(user, "Are you alone")
    assert "I cannot delete messages here" in seen.text
    assert "takes this chat off the screen" not in "".join(user.said())
    phrase = seen.text.partition("until you write: ")[2].splitlines()[0].strip()
    user.says("x")
    await server.hears(user, "There is nothing new here today")
    user.says("what is my case")
    await server.hears(user, "There is nothing new here today")
    user.says(phrase)
    await server.hears(user, "Here you are again")


async def test_further_answers_come_by_pages(server: WhatsAppServer, bot: Runtime) -> None:
    user = server.new_user()
    user.says("hello")
    await through_the_welcome(server, user)
    topics = user.last
    assert topics is not None
    pressed: set[str] = set()
    while "➡️ More" in topics.labels and topics.buttons["➡️ More"] not in pressed:
        pressed.add(topics.buttons["➡️ More"])
        user.taps("➡️ More")
        topics = await server.hears(user, "What do you need?")
        if topics.buttons["➡️ More"].endswith(":0"):
            break
    user.says("my pay")
    await server.hears(user, "What is wrong with your pay?")


# -- what became of it -------------------------------------------------------------------------


async def test_receipts_reach_the_lawyer_and_never_go_back(
    server: WhatsAppServer, bot: Runtime
) -> None:
    server.reads, server.postman.disorder, server.postman.batch = False, 1.0, 6
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    await cases.reply(bot, lawyer, card.id, "Hello", form_id="1")
    shown = await server.hears(user, "Hello")
    await server.settled()
    said = await transcript(bot, user)
    reply = next(m for m in said if "Hello" in m.body and m.staff_id)
    assert reply.delivered_at is not None
    assert reply.read_at is None
    tracker = server.calls_of("messages")[-1].body["biz_opaque_callback_data"]
    for word in ("read", "sent", "delivered", "failed"):
        status = {"id": shown.id, "status": word, "biz_opaque_callback_data": tracker}
        server.postman.put({"statuses": [status]})
    await server.settled()
    said = await transcript(bot, user)
    reply = next(m for m in said if "Hello" in m.body and m.staff_id)
    assert (reply.delivery, reply.read_at is not None) == (OutboxState.SENT, True)


async def test_a_stranger_s_receipt_and_a_forged_tracker_change_nothing(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    user.says("hello")
    await server.hears(user, "Which language")
    await server.settled()
    for status in (
        {"id": "wamid.unknown", "status": "failed", "errors": [{"code": 131026}]},
        {"id": "wamid.x", "status": "failed", "biz_opaque_callback_data": "999999.1.0.1"},
        {"id": "wamid.x", "status": "sent", "biz_opaque_callback_data": "1.1.0"},
        {"id": "wamid.x", "status": "warmed up", "biz_opaque_callback_data": "1.1.0.1"},
    ):
        server.postman.put({"statuses": [status]})
    await server.settled()
    assert [state for state, _, _ in await rows_of(bot, Kind.ANSWER)] == [OutboxState.SENT]


async def test_a_receipt_ends_the_doubt_about_a_call_without_an_answer(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    server.fail_next(DropAfter())
    user.says("hello")
    await server.hears(user, "Which language")
    await becomes(server, bot, Kind.ANSWER, OutboxState.SENT)
    await server.settled()
    assert len(user.said()) <= 2  # better twice than never


@pytest.mark.parametrize(
    "fault",
    [
        GraphError(131000, 500),
        GraphError(131056),
        GraphError(130429, 429),
        GraphError(131016, 503),
        Broken(500),
        BadGateway(),
        DropBefore(),
        CutAnswer(),
        DropAfter(),
    ],
    ids=str,
)
async def test_a_message_that_did_not_arrive_is_sent_again(
    server: WhatsAppServer, bot: Runtime, clock: Clock, fault: Fault
) -> None:
    user = server.new_user()
    server.fail_next(fault)
    user.says("hello")
    for _ in range(200):
        if "Which language" in "".join(user.said()):
            break
        clock.forward(seconds=1)
        bot.changes.announce(["outbox"])
        await server.changes.wait(0.1)
    await becomes(server, bot, Kind.ANSWER, OutboxState.SENT)
    assert {text.split("\n\n")[1] for text in user.said()} == {"Which language do you want?"}


@pytest.mark.parametrize("later", [False, True], ids=["in the answer", "by a receipt"])
@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        (131009, OutboxState.FAILED, "131009 refused"),
        (131049, OutboxState.SKIPPED, "131049 marketing limit"),
        (131050, OutboxState.SKIPPED, "131050 opted out"),
        (131047, OutboxState.HELD, "window"),
    ],
)
async def test_a_refusal_is_written_down_the_same_in_both_ways(
    server: WhatsAppServer, bot: Runtime, code: int, state: str, reason: str, later: bool
) -> None:
    user = server.new_user()
    fault = LaterError(code) if later else GraphError(code)
    server.fail_next(fault)
    user.says("hello")
    rows = await becomes(server, bot, Kind.ANSWER, state)
    assert rows[-1][:2] == (state, reason)
    talk = await conversation_of(bot, user)
    assert talk is not None
    if code == 131050:

        def said_no(tx: Tx) -> list[bool]:
            table = schema.consent
            where = (table.c.worker_id == talk.worker.id) & (table.c.purpose == "announcements")
            return list(tx.execute(select(table.c.given).where(where)).scalars())

        assert await bot.database.read(said_no) == [False]


async def test_who_hides_the_number_is_asked_for_it_where_a_message_needs_it(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user(hidden_phone=True, user_id="NP.1349abcDEF")
    lawyer, card = await with_a_case(server, bot, user)
    for number in range(2):
        server.fail_next(GraphError(131062))
        await cases.reply(bot, lawyer, card.id, f"News {number}", form_id=str(number))
    asked = await server.hears(user, "needs your phone number")
    await becomes(server, bot, Kind.REPLY, OutboxState.HELD)
    user.shares_number()
    await server.hears(user, "News 1")
    await server.settled()
    said = user.said()
    assert said.count(asked.text) == 1
    assert re.findall(r"News (\d)", "".join(said)) == ["0", "1"]
    assert server.calls_of("messages")[-1].body["to"] == user.phone
    page = await cases.read_case(bot, lawyer, card.id)
    assert user.phone not in str([m.body for m in page.messages])  # it is an address, no message
    await becomes(server, bot, Kind.REPLY, OutboxState.SENT)


async def test_who_is_not_there_three_times_is_marked_and_back_when_they_write(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    for number in range(3):
        server.fail_next(LaterError(131026))
        await cases.reply(bot, lawyer, card.id, f"Hello {number}", form_id=str(number))
        await becomes(server, bot, Kind.REPLY, OutboxState.FAILED)
    await server.settled()
    talk = await conversation_of(bot, user)
    assert talk is not None
    assert not talk.worker.reachable
    user.says("here I am")
    await server.settled()
    talk = await conversation_of(bot, user)
    assert talk is not None
    assert talk.worker.reachable


async def test_a_restricted_number_stops_announcements_only(bot: Runtime) -> None:
    def pause(tx: Tx) -> None:
        name = outbox.announcements_of("whatsapp", "277321005464405")
        pace.push_back(tx, name, bot.clock().replace(year=2027))

    def queue(tx: Tx) -> list[str]:
        now = bot.clock()
        address = conversations.find_or_create_address(
            tx, "whatsapp", "277321005464405", {"phone": "44700"}, now
        )
        talk = conversations.lock_conversation(tx, address, now)
        for kind in (Kind.ANNOUNCEMENT, Kind.DANGER):
            messages.add_outgoing(tx, talk, kind, '{"text": "x"}', language="en", now=now)
        return [
            row.kind
            for row in outbox.claim_due(
                tx, now, limit=9, lease=bot.clock() - now, gate=lambda *_: outbox.SEND,
                rates_of=lambda *_: pace.UNLIMITED,
            ).rows
        ]  # fmt: skip

    await bot.database.write(pause)
    assert await bot.database.write(queue) == [Kind.DANGER]


# -- the window of 24 hours --------------------------------------------------------------------


@pytest.mark.parametrize("by_receipt", [False, True])
async def test_after_a_day_one_neutral_template_goes_and_the_reply_follows_the_answer(
    server: WhatsAppServer, bot: Runtime, clock: Clock, by_receipt: bool
) -> None:
    server.window_by_receipt = by_receipt
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    page = await cases.read_case(bot, lawyer, card.id)
    assert page.window_ends_at is not None
    assert page.window_ends_at > clock.now
    clock.forward(hours=25)
    before = len(user.said())
    for number in range(3):
        await cases.reply(bot, lawyer, card.id, f"News {number}", form_id=str(number))
    await becomes(server, bot, Kind.KNOCK, OutboxState.SENT)
    await becomes(server, bot, Kind.REPLY, OutboxState.HELD)
    await server.settled()
    assert user.said()[before:] == ["template news en"]
    page = await cases.read_case(bot, lawyer, card.id)
    badge = delivery_badge(Reader(bot.speech, "en", clock.now), page.messages[-1])
    assert badge is not None
    assert "more than a day without a word on WhatsApp" in badge.words
    assert server.calls_of("messages")[-1].body["type"] == "template"
    user.says("yes?")
    await server.hears(user, "News 2")
    await server.settled()
    assert re.findall(r"News (\d)", "".join(user.said())) == ["0", "1", "2"]
    assert len(await rows_of(bot, Kind.KNOCK)) == 1


async def test_a_template_that_is_not_approved_fails_loudly_and_the_reply_still_waits(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    server.templates.clear()
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    clock.forward(hours=25)
    await cases.reply(bot, lawyer, card.id, "News", form_id="1")
    rows = await becomes(server, bot, Kind.KNOCK, OutboxState.FAILED)
    assert rows[-1][1] == "132001 refused"
    refused = [call for call in server.calls if call.code == 132001]
    assert len(refused) == 1
    refused[0].status = 200
    user.says("anything new?")
    await server.hears(user, "News")


async def test_who_must_write_first_gets_no_template(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    user, lawyer = server.new_user(), await add_lawyer(bot.database)
    user.says("hello")
    await through_the_welcome(server, user)
    user.says("lawyer")
    await tap(server, user, "✅ Yes", "✋ Only after I write")
    await server.hears(user, "Your case has the number")
    [card] = (await queue.list_queue(bot, lawyer)).cards
    clock.forward(hours=25)
    before = len(user.said())
    await cases.claim(bot, lawyer, card.id)
    await cases.reply(bot, lawyer, card.id, "News", form_id="1")
    rows = await becomes(server, bot, Kind.REPLY, OutboxState.HELD)
    assert rows[-1][1] == "the worker writes first"
    assert len(user.said()) == before
    user.says("hello?")
    await server.hears(user, "News")


# -- workshops ---------------------------------------------------------------------------------


async def test_who_signs_up_for_a_workshop_is_reminded_by_a_template_after_a_day(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    server.templates["workshop", "en"] = "APPROVED"
    nigar, user = await an_organiser(bot), server.new_user()
    it = await a_workshop(bot, nigar)
    user.says("hello")
    await through_the_welcome(server, user)
    user.says("menu")
    await tap(server, user, "Workshops", "Rights at work", "Sign me up", "Yes, write to me")
    await server.hears(user, "You have a place")
    before = len(user.said())
    clock.forward(days=6, hours=1)
    await keep(bot)
    await becomes(server, bot, Kind.REMINDER, OutboxState.SENT)
    await server.settled()
    assert user.said()[before:] == ["template workshop en"]  # names no workshop
    user.says("menu")
    await tap(server, user, "Workshops", "Rights at work")
    assert it.code not in (await server.hears(user, "Your code for the door")).text
    clock.forward(hours=22)
    await keep(bot)
    await becomes(server, bot, Kind.REMINDER, OutboxState.SENT)
    await server.hears(user, "Remember")  # they have written today: the reminder itself


# -- files -------------------------------------------------------------------------------------

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
OGG = b"OggS" + b"\0" * 64


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (FileIn("photo", "image/png", "map.png", PNG), "image"),
        (FileIn("document", "application/pdf", "letter.pdf", PDF), "document"),
        (FileIn("voice", "audio/ogg", "voice.ogg", OGG), "audio"),
    ],
)
async def test_a_lawyer_s_file_arrives_with_its_words(
    server: WhatsAppServer, bot: Runtime, file: FileIn, kind: str
) -> None:
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    before = len(user.said())
    await cases.reply(bot, lawyer, card.id, "Look at this", file=file, form_id="1")
    await becomes(server, bot, Kind.REPLY, OutboxState.SENT)
    shown = [seen for seen in user.screen if seen.by_bot][before:]
    assert [seen.kind for seen in shown] == (["text", "audio"] if kind == "audio" else [kind])
    assert "Look at this" in shown[0].text
    assert shown[-1].file is not None
    assert shown[-1].file.content == file.content


async def test_what_meta_has_is_not_sent_again_when_the_second_part_fails(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    before = len(user.said())
    server.fail_next(GraphError(131000, 500), "media", 2)
    voice = FileIn("voice", "audio/ogg", "voice.ogg", OGG)
    await cases.reply(bot, lawyer, card.id, "Listen", file=voice, form_id="1")
    for _ in range(200):
        clock.forward(seconds=1)
        bot.changes.announce(["outbox"])
        if (await rows_of(bot, Kind.REPLY))[-1][0] == OutboxState.SENT:
            break
        await server.changes.wait(0.1)
    kinds = [seen.kind for seen in user.screen if seen.by_bot][before:]
    assert kinds == ["text", "audio"]


# -- numbers, templates ------------------------------------------------------------------------


async def test_messages_are_counted_by_kind_and_month(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    user = server.new_user()
    lawyer, card = await with_a_case(server, bot, user)
    clock.forward(hours=25)
    await cases.reply(bot, lawyer, card.id, "News", form_id="1")
    await becomes(server, bot, Kind.KNOCK, OutboxState.SENT)
    await server.settled()
    counted = {(t.month, t.channel, t.kind): t for t in await costs.count(bot)}
    answers = counted["2026-11", "whatsapp", "answer"]
    shown = len(user.said()) - counted["2026-11", "whatsapp", "notice"].sent - 1
    assert (answers.sent, answers.delivered, answers.billed) == (shown, shown, shown)
    assert counted["2026-11", "whatsapp", "knock"].sent == 1


def test_the_templates_are_whole_and_neutral(runtime: Runtime) -> None:
    assert set(load_templates()) == {"news", "workshop", "workshop_invitation", "announcement"}
    for template in load_templates().values():
        assert set(template.texts) == set(runtime.languages)
        assert set(template.buttons) in (set(), set(runtime.languages))
        for text in template.texts.values():
            assert "{{" not in text
    for text in load_templates()["workshop"].texts.values():
        [word] = re.findall("[“«„](.+?)[”»“]", text)
        assert runtime.command_words.find(word) is Command.MENU, text


def test_every_fault_of_the_templates_is_told(tmp_path: Path) -> None:
    file = tmp_path / "whatsapp_templates.yaml"
    file.write_text("news: {category: gossip, texts: {az: ''}}\n")
    with pytest.raises(SettingsError) as caught:
        load_templates(file)
    assert len(caught.value.faults) == 3
    file.write_text("[]")
    with pytest.raises(SettingsError, match="is missing"):
        load_templates(file)


async def test_who_wrote_long_ago_reads_the_announcement_behind_the_button_of_its_template(
    server: WhatsAppServer, bot: Runtime, clock: Clock
) -> None:
    server.templates["announcement", "en"] = "APPROVED"
    user, nigar = server.new_user(), await an_organiser(bot)
    user.says("hello")
    await through_the_welcome(server, user)
    talk = await conversation_of(bot, user)
    assert talk is not None
    await bot.database.write(lambda tx: say(tx, talk.worker.id, given=True))
    clock.forward(hours=25)
    made = await announcements.create(bot, nigar, "Sunday")
    with pytest.raises(BadInput, match="unknown"):
        await announcements.save(bot, nigar, made, Draft("S", TEXTS, {}, template="news"), 1)
    await announcements.save(bot, nigar, made, Draft("S", TEXTS, {}, template="announcement"), 1)
    await announcements.propose(bot, nigar, made)
    await server.hears(user, "template announcement en")
    await tap(server, user, "button 0")
    await server.hears(user, TEXTS["en"])
    user.presses(f"t:0:news_read_{made + 1}", "See it")  # of an announcement that is not theirs
    await server.hears(user, "That button belongs to an earlier question")
    pressed = [text_of(m.body) for m in await transcript(bot, user) if m.kind is MessageKind.TAP]
    button = load_templates()["announcement"].buttons["en"]
    assert pressed[-2:] == [button, "•"]  # as it was named; of the other nothing is known


async def test_no_number_of_a_person_is_kept_in_the_clear(
    server: WhatsAppServer, bot: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    user = server.new_user(phone="447000919191", user_id="GB.13499191917171")
    user.says("canary words")
    await server.hears(user, "Which language")
    await server.settled()
    written = capsys.readouterr().err.encode()
    written += b"".join(bytes_of(tmp_path))
    for secret in (user.phone, user.user_id, user.screen[-1].id, "canary words"):
        assert secret.encode() not in written, secret


def bytes_of(folder: Path) -> list[bytes]:
    """The database with its journal."""
    return [file.read_bytes() for file in folder.glob("hamrah.db*")]


def test_calls_that_bunched_keep_their_distance() -> None:
    """A busy machine lets what was paced begin at once; in no second may more than 60 go."""

    async def bunched() -> list[float]:
        turns, begun = Turns(60), []

        async def call() -> None:
            await turns.take()
            begun.append(asyncio.get_running_loop().time())

        await asyncio.gather(*(call() for _ in range(10)))
        return begun

    begun = run_hurried(OwnTime(), bunched)
    assert min(after - before for before, after in pairwise(begun)) > 1 / 60
