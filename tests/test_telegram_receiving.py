"""Whatever Telegram tells: each thing once, in order, in the right chat, and nothing sticks."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from bot.channels.telegram import checks
from bot.channels.telegram.updates import read_update
from bot.channels.telegram.webhook import PATH, SECRET_HEADER
from bot.links import write_payload
from bot.runtime import Runtime
from bot.tools import leaflets
from bot.workshops import planning
from flows.model import Ask, Choose, Say
from flows.topics import code_of, topics
from storage import conversations, schema
from storage.database import Tx
from storage.messages import list_said
from storage.records import Author, Conversation, Message, MessageKind
from storage.workshops import Place
from tests.outreach import an_organiser
from tests.servers.telegram import TelegramServer, User
from tests.servers.telegram.faults import Faults, nonsense
from tests.servers.telegram.judges import judge
from tests.talk import PNG
from tests.telegram_bot import WEBHOOK, WEBHOOK_SECRET, press, telegram_bot, through_the_welcome
from tests.workshops import a_plan, a_workshop


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A Telegram without limits of pace."""
    async with TelegramServer(flood=None) as server:
        yield server


@pytest.fixture
async def bot(server: TelegramServer, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The bot, polling."""
    async with telegram_bot(server, tmp_path) as runtime:
        yield runtime


async def conversation_of(bot: Runtime, user: User) -> Conversation | None:
    account = bot.settings.telegram_token.partition(":")[0]

    def look(tx: Tx) -> Conversation | None:
        address = conversations.find_address(tx, "telegram", account, ("user", str(user.id)))
        return conversations.get_open_conversation(tx, address) if address else None

    return await bot.database.read(look)


async def transcript(bot: Runtime, user: User) -> list[Message]:
    talk = await conversation_of(bot, user)
    assert talk is not None
    return await bot.database.read(lambda tx: list_said(tx, talk.id))


async def words_of(bot: Runtime, user: User) -> list[str]:
    """What the worker typed and sent, as the transcript has it."""
    said = await transcript(bot, user)
    return [message.body for message in said if message.author is Author.WORKER]


async def test_an_update_that_is_told_twice_is_answered_once(
    server: TelegramServer, bot: Runtime
) -> None:
    server.faults = Faults(duplicates=1.0, disorder=0.5)
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    await server.settled()
    server.tell_again(5)
    worker.send_text("/menu")
    await server.until(lambda: len(server.calls_of("sendMessage")) >= 6)
    await server.settled()
    assert len(await words_of(bot, worker)) == 6
    assert judge(server) == []
    assert len([s for s in worker.visible() if "Which language" in s.text]) == 1


def test_whatever_comes_can_be_read() -> None:
    chance = Random(3)
    for _ in range(200):
        read_update({"update_id": 1, **nonsense(chance)})  # never fails
    bodies: list[Any] = [None, [], "x", 5, {"message": {"chat": {"id": True}}}]
    for body in bodies:
        assert read_update(body) is None


async def test_polling_goes_on_after_nonsense(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user()
    server.tell_raw({"message": "Hello"})
    server.tell_raw({"telepathy": {"thought": "Hello"}})
    server.tell_raw({"callback_query": {"id": 17}})
    worker.start()
    await server.hears(worker, "Which language")
    await server.settled()
    assert len(server.calls_of("sendMessage")) == 1


async def test_every_kind_of_message_gets_an_answer(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    acts: list[Callable[[], object]] = [
        worker.send_sticker,
        lambda: worker.send_location(40.4093, 49.8671),
        worker.send_contact,
        lambda: worker.send_text("something that nobody understands"),
        lambda: worker.send_voice(b"OggS" + b"\0" * 64),
    ]
    for act in acts:
        act()
        await server.until(lambda: bool(worker.news()))
        await server.settled()
    assert judge(server) == []


async def test_the_doctor_looks_at_the_name_of_the_bot(
    server: TelegramServer, bot: Runtime
) -> None:
    assert all(finding.good for finding in await checks.check(bot.settings))
    async with aiohttp.ClientSession(server.url) as session:
        await session.post(f"/bot{server.token}/setMyName", json={"name": "Migrant rights"})
    [fault] = [finding for finding in await checks.check(bot.settings) if not finding.good]
    assert "“Migrant rights”" in fault.says


async def test_an_album_is_kept_whole_and_answered_once(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    before = len(worker.chat.said())
    worker.send_album([PNG, PNG, PNG], "my contract")
    await server.hears(worker, "I keep this for you")
    await server.settled()
    assert len(worker.chat.said()) == before + 1
    kept = [m for m in await transcript(bot, worker) if m.kind is MessageKind.MEDIA]
    assert len(kept) == 3


async def test_an_edit_is_kept_and_answers_no_question(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    first = worker.send_text("nothing that fits")
    await server.hears(worker, "did not understand")
    before = await conversation_of(bot, worker)
    worker.edit_text(first, "my pay")
    await server.hears(worker, "I see that you changed a message")
    after = await conversation_of(bot, worker)
    assert before is not None
    assert after is not None
    assert before.session == after.session
    assert any("✏️ my pay" in body for body in await words_of(bot, worker))


async def test_a_group_gets_one_hint_and_nothing_else(server: TelegramServer, bot: Runtime) -> None:
    worker, group = server.new_user(), server.new_group()
    worker.send_text("/start", group=group)
    worker.send_text("/menu", group=group)
    await server.until(lambda: group.chat.last is not None)
    worker.start()
    await server.hears(worker, "Which language")
    await server.settled()
    assert group.chat.said() == ["I answer only in a private chat."]


async def test_who_blocks_the_bot_is_marked_until_they_come_back(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await server.hears(worker, "Which language")
    worker.block()
    await server.settled()
    await server.until(lambda: not server.pending)
    blocked = await settled_reachable(server, bot, worker, expected=False)
    worker.unblock()
    assert (blocked, await settled_reachable(server, bot, worker, expected=True)) == (False, True)


async def settled_reachable(
    server: TelegramServer, bot: Runtime, worker: User, *, expected: bool
) -> bool:
    """Whether the worker can be reached, once the bot has asked for the next update."""
    asked = len(server.calls_of("getUpdates"))
    await server.until(lambda: not server.pending and len(server.calls_of("getUpdates")) >= asked)
    talk = await conversation_of(bot, worker)
    assert talk is not None
    if talk.worker.reachable is not expected:
        await server.until(lambda: len(server.calls_of("getUpdates")) > asked)
        talk = await conversation_of(bot, worker)
        assert talk is not None
    return talk.worker.reachable


async def test_a_button_is_answered_even_when_it_is_old(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    first = await server.hears(worker, "Which language")
    worker.tap("English")
    await server.hears(worker, "Are you alone")
    old = worker.tap("Русский", first)
    await server.until(lambda: old.answered)
    await server.hears(worker, "belongs to an earlier question")
    await server.settled()


async def test_a_forged_button_changes_nothing(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user()
    worker.start()
    await server.hears(worker, "Which language")
    message = worker.last.raw if worker.last else {}
    for data in ("", "t:99:x:y", "c:delete", "t:one:en", "\x00" * 64):
        query = {"id": f"9{len(data)}", "from": worker.person.as_json(), "message": message}
        server.tell_raw({"callback_query": {**query, "data": data}})
    worker.tap("English")
    await server.hears(worker, "Are you alone")
    assert len(await words_of(bot, worker)) == 2


async def test_a_link_leads_to_its_topic_after_the_welcome_and_is_counted(
    server: TelegramServer, bot: Runtime
) -> None:
    codes = [code_of(flow) for flow in topics(bot.catalog)]
    assert len(codes) == len(set(codes)) > 10
    payload = write_payload(bot, topic="contract", language="en", source="clinic7")
    assert "contract" not in payload  # betrays nothing to who sees the leaflet
    worker = server.new_user(language_code="ru")
    worker.start(payload)
    await server.hears(worker, "Are you alone")  # the leaflet's language is not asked again
    await press(server, worker, "✅ Yes", "👍 No", "🧑 18 or older")
    first = await server.hears(worker, first_question(bot, "contract"))
    worker.send_text("/back")
    await server.hears(worker, "Which topic?")  # as if the buttons of the menu were pressed
    worker.start(payload)  # once more, as somebody known
    again = await server.hears(worker, first_question(bot, "contract"))
    assert again.labels == first.labels
    [counted] = await leaflets.count(bot)
    assert (counted.source, counted.opened, counted.new_people) == ("clinic7", 2, 1)


def first_question(bot: Runtime, flow: str) -> str:
    """What a tree asks first, in English."""
    tree = bot.catalog.flows[flow]
    node = tree.nodes[tree.start]
    while not isinstance(node, Choose | Ask):
        assert isinstance(node, Say)
        node = tree.nodes[node.next]
    return node.text.text.split("{")[0].strip()


async def test_the_link_of_a_leaflet_leads_to_a_place_at_a_workshop(
    server: TelegramServer, bot: Runtime
) -> None:
    nigar = await an_organiser(bot)
    it = await a_workshop(bot, nigar, a_plan(starts_at=bot.clock() + timedelta(days=7)))
    worker = server.new_user(language_code="ru")
    worker.start(write_payload(bot, workshop=it.code, language="en", source="cafe"))
    await server.hears(worker, "Rights at work")
    await press(server, worker, "Sign me up")
    await server.hears(worker, "May I write to you here")
    await press(server, worker, "Yes, write to me")
    await server.hears(worker, "You have a place")
    sight = await planning.look(bot, nigar, it.id)
    assert [person.row.state for person in sight.people] == [Place.GOING]
    assert [row.source for row in await leaflets.count(bot)] == ["cafe"]


# -- webhook -----------------------------------------------------------------------------------


async def test_a_webhook_call_without_the_secret_is_refused(
    server: TelegramServer, tmp_path: Path
) -> None:
    async with (
        telegram_bot(server, tmp_path, mode=WEBHOOK) as bot,
        aiohttp.ClientSession(bot.settings.address) as session,
    ):
        update = {"update_id": 5, "message": {"text": "Hello"}}
        for headers in ({}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: WEBHOOK_SECRET + "x"}):
            async with session.post(PATH, json=update, headers=headers) as answer:
                assert answer.status == 401
        known = {SECRET_HEADER: WEBHOOK_SECRET}
        async with session.post(PATH, data=b"{", headers=known) as answer:
            assert answer.status == 200
        assert await bot.database.read(lambda tx: tx.execute(schema.inbox.select()).all()) == []


async def test_what_could_not_be_stored_is_told_again(
    server: TelegramServer, tmp_path: Path
) -> None:
    def rename(table: str, name: str) -> None:
        with closing(sqlite3.connect(tmp_path / "hamrah.db", timeout=30)) as database, database:
            database.execute(f"ALTER TABLE {table} RENAME TO {name}")

    worker = server.new_user()
    async with telegram_bot(server, tmp_path, mode=WEBHOOK):
        await server.until(lambda: bool(server.calls_of("setWebhook")))
        rename("inbox", "away")
        worker.start()
        await server.until(lambda: "500" in server.updates.hook.last_error)
        rename("away", "inbox")
        await server.hears(worker, "Which language", 60)
        await server.settled()
    assert len(worker.chat.said()) == 1


async def test_polling_serves_no_webhook(server: TelegramServer, bot: Runtime) -> None:
    async with (
        aiohttp.ClientSession(bot.settings.address) as session,
        session.post(PATH, json={}) as answer,
    ):
        assert answer.status == 404


async def test_going_back_to_polling_ends_the_webhook(
    server: TelegramServer, tmp_path: Path
) -> None:
    worker = server.new_user()
    async with telegram_bot(server, tmp_path, mode=WEBHOOK):
        worker.start()
        await press(server, worker, "English")
    async with telegram_bot(server, tmp_path):
        await press(server, worker, "✅ Yes")
        await server.hears(worker, "Are you hurt")


async def test_a_message_that_cannot_even_be_kept_is_asked_for_again(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await server.hears(worker, "Which language")
    broken = "CREATE TRIGGER broken BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, ''); END"
    await bot.database.write(lambda tx: tx.execute(text(broken)))
    worker.tap("English")
    asked = len(server.calls_of("getUpdates"))
    await server.until(lambda: len(server.calls_of("getUpdates")) > asked)
    await bot.database.write(lambda tx: tx.execute(text("DROP TRIGGER broken")))
    await server.hears(worker, "Are you alone")
