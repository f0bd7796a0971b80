"""Whatever Meta tells: each thing once, in order, to the right person, and nothing is lost."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot.channels.whatsapp.languages import guess
from bot.channels.whatsapp.updates import Moved, Receipt, Said, read_updates
from bot.messages import LOST, TapIn, TextIn, Unsupported
from bot.runtime import Runtime
from storage import conversations, schema
from storage.database import Tx
from storage.records import Author
from tests.builders import add_lawyer
from tests.servers.whatsapp import Person, WhatsAppServer
from tests.servers.whatsapp.server import APP_SECRET, PHONE_ID
from tests.talk import PNG
from tests.whatsapp_bot import (
    VERIFY_TOKEN,
    conversation_of,
    through_the_welcome,
    transcript,
    whatsapp_bot,
)


@pytest.fixture
async def server() -> AsyncIterator[WhatsAppServer]:
    """A WhatsApp with whom every call finds favour."""
    async with WhatsAppServer() as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def bot(server: WhatsAppServer, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The bot on it."""
    async with whatsapp_bot(server, tmp_path) as runtime:
        yield runtime
        await server.settled()


def value(**more: Any) -> dict[str, Any]:
    """The value of a change for our number."""
    metadata = {"display_phone_number": "15550000000", "phone_number_id": PHONE_ID}
    return {"messaging_product": "whatsapp", "metadata": metadata, **more}


async def words_of(bot: Runtime, user: Person) -> list[str]:
    """What the person typed, as the transcript has it."""
    said = await transcript(bot, user)
    return [json.loads(m.body)["text"] for m in said if m.author is Author.WORKER]


async def count(bot: Runtime, table: str) -> int:
    """How many rows there are."""
    query = text(f"SELECT count(*) FROM {table}")  # a table of ours
    return int(await bot.database.read(lambda tx: tx.execute(query).scalar_one()))


# -- the door ----------------------------------------------------------------------------------


async def test_the_handshake_needs_our_word(server: WhatsAppServer, bot: Runtime) -> None:
    async with aiohttp.ClientSession() as session:
        for word, mode, status in (
            (VERIFY_TOKEN, "subscribe", 200),
            ("wrong-word", "subscribe", 403),
            ("", "subscribe", 403),
            (VERIFY_TOKEN, "unsubscribe", 403),
        ):
            query = {"hub.mode": mode, "hub.verify_token": word, "hub.challenge": "1158201444"}
            async with session.get(server.webhook, params=query) as answer:
                assert answer.status == status
                assert (await answer.text() == "1158201444") is (status == 200)


async def test_a_call_that_is_not_signed_by_our_app_does_nothing(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    message = user.stamp("text", {"body": "hello"})
    body = server.postman.body_of([value(contacts=[user.contact()], messages=[message])])
    async with aiohttp.ClientSession() as session:
        assert await server.postman.post(session, body, secret="f" * 32) == 401
        for headers in ({}, {"X-Hub-Signature-256": "sha256="}, {"X-Hub-Signature-256": "ü"}):
            async with session.post(server.webhook, json=body, headers=headers) as answer:
                assert answer.status == 401
        assert await count(bot, "inbox") == 0
        assert await server.postman.post(session, body, secret=APP_SECRET) == 200
        assert await count(bot, "inbox") == 1


async def test_the_odd_batch_is_handled_whole_and_each_thing_once(
    server: WhatsAppServer, bot: Runtime
) -> None:
    """Two entries, an unknown kind, a duplicate, a status without contacts, nobody's number."""
    one, two, three = server.new_user(), server.new_user(), server.new_user(hidden_phone=True)
    one.says("hello")
    await server.hears(one, "Which language")
    await server.settled()
    hello = one.sent[0]
    mine, strange, nameless = (
        two.stamp("text", {"body": "hello, it is me"}),
        one.stamp("hologram", {"depth": 3}),
        three.stamp("text", {"body": "no number"}),
    )
    assert "from" not in nameless
    wamid = one.screen[-1].id
    status = {"id": wamid, "status": "read", "timestamp": "1764316800", "recipient_id": "0"}
    body = {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "1",
                "changes": [
                    {
                        "field": "messages",
                        "value": value(
                            contacts=[two.contact(), one.contact()], messages=[mine, strange, hello]
                        ),
                    },
                    {"field": "messages", "value": value(statuses=[status])},
                ],
            },
            {
                "id": "1",
                "changes": [
                    {
                        "field": "messages",
                        "value": value(
                            contacts=[three.contact()], messages=[nameless], brand_new_field={}
                        ),
                    },
                    {"field": "weather", "value": {"rain": True}},
                ],
            },
        ],
    }
    async with aiohttp.ClientSession() as session:
        assert await server.postman.post(session, body) == 200
        assert await server.postman.post(session, body) == 200  # told again: nothing more
    await server.until(lambda: bool(two.said()) and bool(three.said()) and len(one.said()) == 2)
    await server.settled()
    assert await words_of(bot, two) == ["hello, it is me"]
    assert await words_of(bot, three) == ["no number"]
    assert "I cannot read this kind of message" in one.said()[1]
    assert len(two.said()) == len(three.said()) == 1
    assert await count(bot, "worker") == 3
    sent = [m for m in await transcript(bot, one) if m.author is not Author.WORKER]
    assert sent[0].read_at is not None


async def test_a_batch_of_fifty_in_any_order_and_told_twice_is_answered_once_each(
    server: WhatsAppServer, bot: Runtime
) -> None:
    server.postman.batch, server.postman.duplicates, server.postman.disorder = 50, 0.5, 1.0
    people = [server.new_user() for _ in range(50)]
    for user in people:
        user.says("hello")
    await server.until(lambda: all(user.said() for user in people), 60)
    await server.settled()
    assert {len(user.said()) for user in people} == {1}
    assert await count(bot, "worker") == 50
    assert set(server.postman.answers) == {200}


async def test_what_cannot_be_stored_is_asked_for_again(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()

    def lock(tx: Tx) -> None:
        tx.execute(text("ALTER TABLE inbox RENAME TO inbox_away"))

    def unlock(tx: Tx) -> None:
        tx.execute(text("ALTER TABLE inbox_away RENAME TO inbox"))

    await bot.database.write(lock)
    user.says("hello")
    await server.until(lambda: 500 in server.postman.answers)
    assert server.postman.pending
    await bot.database.write(unlock)
    await server.hears(user, "Which language")
    await server.settled()
    assert len(user.said()) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["entry", "changes", "value", "messages", "statuses", "contacts", "type", "id", "text",
             "from", "system", "interactive", "errors", "timestamp", "user_preferences", "pricing"]
        ), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_whatever_comes_can_be_read(body: Any, message: Any) -> None:
    list(read_updates(body, PHONE_ID))
    inner = {"messages": [message], "statuses": [message], "contacts": message}
    list(read_updates({"entry": [{"changes": [{"value": inner}]}]}, PHONE_ID))


def test_another_number_of_the_same_app_is_not_ours() -> None:
    there = {"phone_number_id": "1", "display_phone_number": "2"}
    message = {"id": "m", "from": "4470000", "type": "text", "text": {"body": "hello"}}
    body = {"entry": [{"changes": [{"value": {"metadata": there, "messages": [message]}}]}]}
    assert list(read_updates(body, PHONE_ID)) == []
    assert len(list(read_updates(body, "1"))) == 1


def read_one(message: dict[str, Any], **more: Any) -> Any:
    """What one message says to us."""
    full = {"id": "wamid.X", "from": "44700090001", "timestamp": "1764316800", **message}
    inner = value(messages=[full], **more)
    [heard] = read_updates({"entry": [{"changes": [{"value": inner}]}]}, PHONE_ID)
    return heard


def test_meta_s_older_and_newer_shapes_are_read_alike() -> None:
    bare = read_one({"type": "text", "text": {"body": "hello"}})
    assert isinstance(bare, Said)
    assert (bare.person, bare.content) == ({"phone": "44700090001"}, TextIn("hello"))
    contact = {"wa_id": "44700090001", "user_id": "GB.1349abc", "profile": {}}
    full = read_one({"type": "text", "text": {"body": "hello"}}, contacts=[contact])
    assert full.person == {"user": "GB.1349abc", "phone": "44700090001"}
    reply = {"type": "button_reply", "button_reply": {"id": "t:3:yes", "title": "Yes"}}
    assert read_one({"type": "interactive", "interactive": reply}).content == TapIn(3, "yes")
    forged = {"type": "button_reply", "button_reply": {"id": "c:nonsense", "title": "Yes"}}
    assert read_one({"type": "interactive", "interactive": forged}).content == TextIn("Yes")
    assert read_one({"type": "hologram"}).content == Unsupported("hologram")
    lost = {"type": "unsupported", "errors": [{"code": 131052}]}
    assert read_one(lost).content == Unsupported(LOST)
    moved = read_one({"type": "system", "system": {"type": "user_changed_number", "wa_id": "447"
                                                   "00090002", "body": "x"}})  # fmt: skip
    assert moved == Moved("wamid.X", {"phone": "44700090001"}, {"phone": "44700090002"})
    inner = value(statuses=[{"id": "wamid.Y", "status": "failed", "errors": [{"code": 131047}]}])
    [receipt] = read_updates({"entry": [{"changes": [{"value": inner}]}]}, PHONE_ID)
    assert isinstance(receipt, Receipt)
    assert (receipt.code, receipt.tracker) == (131047, None)


# -- what people send --------------------------------------------------------------------------


async def test_every_kind_of_message_gets_an_answer(server: WhatsAppServer, bot: Runtime) -> None:
    user = server.new_user()
    user.says("hello")
    await through_the_welcome(server, user)
    shown = user.last
    assert shown is not None
    acts: list[Callable[[], object]] = [
        lambda: user.sends_location(40.4093, 49.8671),
        lambda: user.sends_unknown("sticker"),
        lambda: user.reacts(shown),
        lambda: user.says("something that nobody understands"),
        lambda: user.edits(user.sent[-1], "my pay"),
        lambda: user.sends_file("audio", b"OggS" + b"\0" * 64, "audio/ogg; codecs=opus"),
    ]
    for act in acts:
        act()
        await server.until(lambda: bool(user.news()), what=str(act))
        await server.settled()


async def test_what_is_read_gets_blue_ticks(server: WhatsAppServer, bot: Runtime) -> None:
    user = server.new_user()
    message = user.says("hello")
    await server.hears(user, "Which language")
    await server.until(lambda: message["id"] in user.read)
    assert user.typing == 0


async def test_who_waits_sees_that_somebody_writes(server: WhatsAppServer, bot: Runtime) -> None:
    user, busy, free = server.new_user(), threading.Event(), threading.Event()

    def work(_: Tx) -> None:
        busy.set()
        free.wait()  # the database is at work on something else

    blocking = asyncio.create_task(bot.database.write(work))
    await asyncio.to_thread(busy.wait)
    user.says("hello")
    await server.until(lambda: user.typing == 1)
    free.set()
    await blocking
    await server.hears(user, "Which language")


async def test_a_typed_digit_and_the_words_of_the_menu_work(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    user.says("hello")
    await server.hears(user, "Which language")
    user.says("1")
    await server.hears(user, "Are you alone")
    user.says("2")
    await server.hears(user, "Come back when you are alone")
    user.says("danger")
    card = await server.hears(user, "112")
    assert card.text.startswith("Here is my answer. Please read all of it.\n")
    user.says("menu")
    await server.hears(user, "What do you need?")


async def test_files_come_in_as_they_are_and_too_big_ones_are_told(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user, lawyer = server.new_user(), await add_lawyer(bot.database)
    assert lawyer is not None
    user.says("hello")
    await through_the_welcome(server, user)
    user.sends_file("image", PNG, "image/png", caption="my contract")
    await server.hears(user, "I keep this for you")
    media = await stored(bot, server, 1)
    assert media == [("image/png", len(PNG))]
    user.sends_file("document", b"%PDF-1.4" + b"\0" * (21 * 1024 * 1024), "application/pdf",
                    filename="big.pdf")  # fmt: skip
    await server.hears(user, "too big")
    user.sends_file("document", b"MZ program", "application/pdf", filename="contract.pdf")
    await server.hears(user, "I cannot take this kind of file")
    assert "my contract" in await words_of(bot, user)


async def stored(bot: Runtime, server: WhatsAppServer, number: int) -> list[tuple[str, int]]:
    """Types and sizes of what is stored, once there are so many."""
    table = schema.attachment
    query = select(table.c.media_type, table.c.size_bytes)
    with bot.changes.listen("files") as bell:
        for _ in range(100):
            rows = await bot.database.read(lambda tx: tx.execute(query).all())
            if len(rows) >= number:
                break
            await server.changes.wait(0.3)
            bell.clear()
    return [(row.media_type, row.size_bytes) for row in rows]


# -- who they are ------------------------------------------------------------------------------


async def test_a_person_is_known_by_user_id_and_by_number(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user()
    user.says("hello")
    await server.hears(user, "Which language")
    user.hidden_phone = True  # from now on Meta tells the user id only
    user.taps("English")
    await server.hears(user, "Are you alone")
    assert await count(bot, "worker") == 1
    assert server.calls_of("messages")[-1].body["to"] == user.phone  # known from before


async def test_who_never_showed_a_number_is_answered_by_user_id(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user(hidden_phone=True, user_id="NP.1349abcDEF")
    user.says("hello")
    await server.hears(user, "Which language")
    body = server.calls_of("messages")[-1].body
    assert (body.get("to"), body["recipient"]) == (None, "NP.1349abcDEF")


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("kind", ["user_changed_number", "user_changed_user_id"])
async def test_a_new_number_or_user_id_keeps_the_person(
    server: WhatsAppServer, bot: Runtime, early: bool, kind: str
) -> None:
    user = server.new_user()
    user.says("hello")
    await through_the_welcome(server, user)
    before = await conversation_of(bot, user)
    server.webhook, address = "", server.webhook
    if kind == "user_changed_number":
        server.change_number(user, "447000990099")
    else:
        server.change_user_id(user)
    if early:  # what they write afterwards comes before the news of the change
        user.says("hello again")
        server.postman.pending.reverse()
    server.webhook = address
    await server.settled()
    user.says("menu")
    await server.hears(user, "What do you need?")
    after = await conversation_of(bot, user)
    assert before is not None
    assert after is not None
    assert after.worker.id == before.worker.id


async def test_who_gets_somebody_s_old_number_gets_nothing_of_them(
    server: WhatsAppServer, bot: Runtime
) -> None:
    first = server.new_user(phone="447000123456")
    first.says("hello")
    await through_the_welcome(server, first)
    await server.settled()
    first.phone = "447000777777"  # Meta has not told us
    second = server.new_user(phone="447000123456")
    second.says("hello")
    await server.hears(second, "Which language")
    assert await count(bot, "worker") == 2
    first.hidden_phone = True
    first.says("menu")
    await server.until(lambda: any("What do you need" in text for text in first.said()[-1:]))
    assert len(second.said()) == 1


async def test_an_opt_out_at_whatsapp_is_kept(server: WhatsAppServer, bot: Runtime) -> None:
    user = server.new_user()
    user.says("hello")
    await server.hears(user, "Which language")
    talk = await conversation_of(bot, user)
    assert talk is not None

    def agree(tx: Tx) -> None:
        conversations.record_consent(
            tx, talk.worker.id, "announcements", given=True, wording="x", language="en",
            now=bot.clock(),
        )  # fmt: skip

    def agreed(tx: Tx) -> bool:
        return conversations.has_consent(tx, talk.worker.id, "announcements")

    await bot.database.write(agree)
    server.stops_marketing(user)
    await server.settled()
    assert not await bot.database.read(agreed)
    server.stops_marketing(user, "resume")  # is no yes to ours
    await server.settled()
    assert not await bot.database.read(agreed)


# -- their language ----------------------------------------------------------------------------

ALL = ["en", "az", "ru", "fa", "ur", "tr", "uk", "ka", "hi", "ne", "bn", "uz", "ar", "vi"]


@pytest.mark.parametrize(
    ("words", "phone", "language"),
    [
        ("Salam", "994501234567", "az"),
        ("Əmək haqqım verilmir", "44700", "az"),
        ("Здравствуйте", "998901234567", "ru"),
        ("Привіт, є питання", "380501234567", "uk"),
        ("سلام", "98912", "fa"),
        ("السلام عليكم", "92300", "ur"),
        ("السلام علیکم، مجھے مدد چاہیے", "44700", "ur"),
        ("مرحبا", "20100", "ar"),
        ("नमस्ते", "97798", "ne"),
        ("नमस्ते", "9198", "hi"),
        ("হ্যালো", "88017", "bn"),
        ("გამარჯობა", "99555", "ka"),
        ("Merhaba", "44700", "tr"),
        ("Hello", "92300", "en"),
        ("1", "92300", "ur"),
        ("👋", "", None),
    ],
)
def test_the_first_answer_is_in_the_likeliest_language(
    words: str, phone: str, language: str | None
) -> None:
    assert guess(words, {"phone": phone}, ALL) == language


def test_a_user_id_names_the_country_where_no_number_does() -> None:
    assert guess("ok", {"user": "NP.134912345"}, ALL) == "ne"
    assert guess("Салам", {"user": "KG.1"}, ["en", "az"]) is None


async def test_the_first_answer_offers_the_languages_in_the_guessed_one(
    server: WhatsAppServer, bot: Runtime
) -> None:
    user = server.new_user(country="994")
    user.says("Здравствуйте")
    seen = await server.hears(user, "язык")
    assert {"English", "Русский"} <= set(seen.labels)
