"""python-telegram-bot and aiogram judge the local Telegram server; so does its description.

They are written by others, so what they understand is not only our idea of the protocol.
"""

import struct
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from tests.servers.telegram import Flood, Group, TelegramServer, User
from tests.servers.telegram.parameters import PARAMETERS
from tests.servers.telegram.specification import PLACE, load


def png(width: int = 640, height: int = 480) -> bytes:
    """The beginning of a picture: as much as tells its size."""
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server in topic mode, without limits of pace."""
    async with TelegramServer(flood=None, topics=True, people_create_topics=True) as server:
        yield server
        assert server.violations == []


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    """python-telegram-bot, pointed to the server."""
    async with peer(server) as bot:
        yield bot


def peer(server: TelegramServer, token: str = "") -> Bot:
    """A bot of python-telegram-bot."""
    return Bot(
        token or server.token,
        base_url=f"{server.url}/bot",
        base_file_url=f"{server.url}/file/bot",
    )


async def take_updates(bot: Bot) -> list[Update]:
    """All updates that wait, confirmed."""
    taken: list[Update] = []
    for _ in range(20):
        offset = taken[-1].update_id + 1 if taken else None
        batch = await bot.get_updates(offset=offset, allowed_updates=[])
        if not batch:
            return taken
        taken += batch
    raise AssertionError("updates without end")


def people_do_everything(server: TelegramServer, user: User, group: Group) -> None:
    """Every act that a phone offers."""
    user.start("topic-wages_az")
    said = user.send_text("Salam 😀 @somebody /help https://example.org a@example.org #x")
    user.edit_text(said, "Salam, dünya")
    user.reply_to(said, "and this")
    user.send_photo(png(), "a page")
    user.send_document(b"%PDF-1.7", "paper.pdf", caption="signed")
    user.send_voice(b"OggS....")
    user.send_audio(b"ID3....")
    user.send_video(b"....ftyp", "look")
    user.send_video_note(b"....ftyp")
    user.send_sticker("👍")
    user.send_location(40.4, 49.8)
    user.send_contact("994501234567", "Aysel", user.id)
    user.send_album([png(), png(), png()], "three pages")
    thread = user.create_topic("A question")
    user.send_text("in the topic", thread=thread)
    user.block()
    user.unblock()
    user.send_text("@test_bot hello", group=group)
    group.set_bot("kicked", user)
    group.set_bot("administrator", user)


async def bot_does_everything(server: TelegramServer, bot: Bot, user: User, group: Group) -> None:
    """Every method of the server, called at least once and successfully."""
    await bot.get_me()
    rows = [
        [
            InlineKeyboardButton("Yes", callback_data="y"),
            InlineKeyboardButton("Site", url="https://example.org"),
        ]
    ]
    said = await bot.send_message(
        user.id,
        '<b>Your <i>rights</i></b> &amp; <a href="https://example.org">more</a> <code>x</code>',
        parse_mode=ParseMode.HTML,
        reply_markup=InlineKeyboardMarkup(rows),
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        protect_content=True,
        disable_notification=True,
        reply_parameters=ReplyParameters(1, allow_sending_without_reply=True),
    )
    tap = user.tap("Yes")
    await bot.answer_callback_query(tap.id, "Noted", show_alert=True)
    await said.edit_text("<b>Your rights</b>: yes", parse_mode=ParseMode.HTML)
    await bot.edit_message_reply_markup(
        user.id, said.message_id, reply_markup=InlineKeyboardMarkup(rows)
    )
    keys = ReplyKeyboardMarkup([["Menu", KeyboardButton("Number", request_contact=True)]])
    await bot.send_message(user.id, "keys", reply_markup=keys)
    await bot.send_message(user.id, "no keys", reply_markup=ReplyKeyboardRemove())
    await send_files(bot, user)
    await bot.send_location(user.id, 40.4, 49.8)
    await bot.send_chat_action(user.id, ChatAction.TYPING)
    await bot.set_message_reaction(user.id, 2, [ReactionTypeEmoji("👍")])
    await bot.copy_message(user.id, user.id, 2)
    await bot.forward_message(user.id, user.id, 2)
    await bot.delete_message(user.id, said.message_id)
    await bot.delete_messages(user.id, [2, 3, 9999])
    await set_the_card(bot)
    for chat_id in (user.id, group.id):
        await use_topics(bot, chat_id)
        await bot.get_chat(chat_id)
    topic = await bot.create_forum_topic(group.id, "Closed")
    await bot.close_forum_topic(group.id, topic.message_thread_id)
    await bot.reopen_forum_topic(group.id, topic.message_thread_id)


async def send_files(bot: Bot, user: User) -> None:
    photo = await bot.send_photo(user.id, png(), "<b>a page</b>", parse_mode=ParseMode.HTML)
    await bot.send_photo(user.id, photo.photo[-1].file_id, has_spoiler=True)
    paper = await bot.send_document(user.id, InputFile(b"%PDF-1.7", filename="paper.pdf"))
    await bot.edit_message_caption(user.id, paper.message_id, caption="signed")
    await bot.send_voice(user.id, b"OggS....", duration=3)
    await bot.send_audio(user.id, b"ID3....", title="A song", duration=9)
    await bot.send_video(user.id, b"....ftyp", width=320, height=240, duration=4)
    await bot.send_video_note(user.id, b"....ftyp", length=240, duration=4)
    file = await bot.get_file(paper.document.file_id if paper.document else "")
    assert bytes(await file.download_as_bytearray()) == b"%PDF-1.7"


async def set_the_card(bot: Bot) -> None:
    scope = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([BotCommand("menu", "Меню")], scope=scope, language_code="uk")
    assert await bot.get_my_commands(scope, "uk") == (BotCommand("menu", "Меню"),)
    await bot.set_my_commands([BotCommand("help", "Help")])
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    await bot.set_my_name("Каляндар", "uk")
    await bot.set_my_description("Погода", "uk")
    await bot.set_my_short_description("Weather")
    assert (await bot.get_my_name("uk")).name == "Каляндар"
    assert (await bot.get_my_description("uk")).description == "Погода"
    assert (await bot.get_my_short_description("uk")).short_description == "Weather"


async def use_topics(bot: Bot, chat_id: int) -> None:
    topic = await bot.create_forum_topic(chat_id, "Case 17")
    thread = topic.message_thread_id
    said = await bot.send_message(chat_id, "in the topic", message_thread_id=thread)
    assert (said.message_thread_id, said.is_topic_message) == (thread, True)
    await bot.edit_forum_topic(chat_id, thread, name="Case 17, closed")
    await bot.delete_forum_topic(chat_id, thread)


async def do_everything(server: TelegramServer, bot: Bot) -> list[Update]:
    """The whole tour; returns the updates as python-telegram-bot understood them."""
    user = server.new_user("Oksana", language_code="uk", username="oksana")
    group = server.new_group("Office", forum=True, administrator=True)
    small = server.new_group("Small")
    people_do_everything(server, user, group)
    await bot_does_everything(server, bot, user, group)
    small.migrate()
    return await take_updates(bot)


async def test_another_library_understands_every_update(server: TelegramServer, bot: Bot) -> None:
    updates = await do_everything(server, bot)

    ids = [update.update_id for update in updates]
    assert ids == sorted(set(ids))
    messages = [update.message for update in updates if update.message]
    assert all(message.api_kwargs == {} for message in messages)
    kinds = {name for message in messages for name in message.to_dict() if name in CONTENT}
    assert kinds == CONTENT
    assert sum(update.edited_message is not None for update in updates) == 1
    assert sum(update.callback_query is not None for update in updates) == 1
    blocked = [update.my_chat_member for update in updates if update.my_chat_member]
    statuses = [member.new_chat_member.status for member in blocked]
    assert statuses == ["kicked", "member", "kicked", "administrator"]
    albums = [message for message in messages if message.media_group_id]
    assert [len(albums), len({message.media_group_id for message in albums})] == [3, 1]
    topics = [message for message in messages if message.forum_topic_created]
    assert {message.message_id for message in topics} >= {topics[0].message_thread_id}


CONTENT = {
    "text",
    "photo",
    "document",
    "voice",
    "audio",
    "video",
    "video_note",
    "sticker",
    "location",
    "contact",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
}


async def test_every_method_has_been_called_by_the_other_library(
    server: TelegramServer, bot: Bot
) -> None:
    await do_everything(server, bot)
    await bot.set_webhook(f"{server.url}/nowhere", secret_token="s3cret")
    assert (await bot.get_webhook_info()).url == f"{server.url}/nowhere"
    await bot.delete_webhook()

    assert {call.method for call in server.calls if call.ok} - {"download"} == PARAMETERS.keys()
    assert server.refused == []


async def test_a_third_library_understands_every_update(server: TelegramServer, bot: Bot) -> None:
    from aiogram.types import Update as AiogramUpdate

    await do_everything(server, bot)

    assert len(server.updates.done) > 20
    for update in server.updates.done:
        understood = AiogramUpdate.model_validate(update.as_json())
        extra = understood.event.model_extra
        assert extra == {}, (understood.event_type, extra)


async def test_a_third_library_sends_edits_and_takes_away(server: TelegramServer) -> None:
    from aiogram import Bot as AiogramBot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import BufferedInputFile
    from aiogram.types import InlineKeyboardButton as Button
    from aiogram.types import InlineKeyboardMarkup as Markup

    user = server.new_user()
    user.start()
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    async with AiogramBot(server.token, session=session).context() as bot:
        assert (await bot.get_me()).has_topics_enabled
        updates = await bot.get_updates(timeout=1)
        assert updates[0].message is not None
        assert updates[0].message.text == "/start"
        keyboard = Markup(inline_keyboard=[[Button(text="Yes", callback_data="y")]])
        said = await bot.send_message(
            user.id, "<b>Hello</b>", parse_mode="HTML", reply_markup=keyboard
        )
        await bot.answer_callback_query(user.tap("Yes").id, text="Noted")
        await bot.edit_message_text("Done", chat_id=user.id, message_id=said.message_id)
        file = BufferedInputFile(png(), filename="page.png")
        photo = await bot.send_photo(user.id, file, caption="a page", protect_content=True)
        assert photo.photo is not None
        found = await bot.download(photo.photo[-1].file_id)
        assert found is not None
        assert found.read() == png()
        topic = await bot.create_forum_topic(user.id, "Case 17")
        await bot.send_message(user.id, "x", message_thread_id=topic.message_thread_id)
        await bot.delete_forum_topic(user.id, topic.message_thread_id)
        await bot.delete_messages(user.id, [1, said.message_id])
        await bot.send_chat_action(user.id, "typing")

    assert [(seen.text, seen.protected) for seen in user.visible()] == [("a page", True)]


async def test_everything_said_matches_the_published_description(
    server: TelegramServer, bot: Bot
) -> None:
    description = load()
    if description is None:
        pytest.skip(f"the Bot API's description is not beside the project: {PLACE}")
    await do_everything(server, bot)
    await bot.set_webhook(f"{server.url}/nowhere", secret_token="s3cret")
    await bot.get_webhook_info()

    faults = [
        fault
        for call in server.calls
        if call.method != "download"
        for fault in description.faults_of_call(call)
    ]
    for update in server.updates.done:
        faults += description.faults_of("Update", update.as_json())
    assert faults == []


async def test_all_judges_agree_on_good_calls_and_see_bad_ones(
    server: TelegramServer, bot: Bot
) -> None:
    from tests.servers.telegram.judges import judge

    await do_everything(server, bot)
    assert judge(server) == []

    user = server.new_user(met=True)
    body = {"chat_id": user.id, "text": "<b class='x'>a & b</b>", "parse_mode": "HTML"}
    address = f"{server.url}/bot{server.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        await session.post(address, json={**body, "disable_web_page_preview": True})
        await session.post(address, json={**body, "text": "x" * 4097})
    faults = judge(server)
    assert any(fault.startswith("teremok: ") for fault in faults)
    assert "sendMessage was refused: Bad Request: message is too long" in faults
    assert "sendMessage has no parameter disable_web_page_preview" in faults
    server.violations.clear()


def test_our_table_of_parameters_matches_the_published_description() -> None:
    description = load()
    if description is None:
        pytest.skip(f"the Bot API's description is not beside the project: {PLACE}")
    for method, parameters in PARAMETERS.items():
        assert parameters == description.parameters(method), method


async def test_errors_are_those_that_the_other_library_knows(server: TelegramServer) -> None:
    user, stranger = server.new_user(met=True), server.new_user()
    async with peer(server) as bot:
        user.block()
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(user.id, "Hello")
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(stranger.id, "Hello")
    with pytest.raises(InvalidToken):
        async with peer(server, "1:wrong"):
            pass


async def test_too_fast_is_told_with_the_time_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library's new way; the old one warns
    async with TelegramServer(flood=Flood(chat_burst=2)) as server, peer(server) as bot:
        user = server.new_user(met=True)
        await bot.send_message(user.id, "1")
        await bot.send_message(user.id, "2")
        with pytest.raises(RetryAfter, match="Retry in 0:00:01"):
            await bot.send_message(user.id, "3")


async def test_a_webhook_gets_what_the_other_library_understands(
    server: TelegramServer, bot: Bot
) -> None:
    got: list[tuple[str | None, dict[str, Any]]] = []

    async def hook(request: web.Request) -> web.Response:
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await bot.set_webhook(
        f"http://127.0.0.1:{runner.addresses[0][1]}/hook",
        secret_token="s3cret",
        allowed_updates=["message"],
    )
    user = server.new_user()
    user.start()
    user.send_text("Hello")
    user.block()
    await server.settled()
    await runner.cleanup()

    assert [secret for secret, _ in got] == ["s3cret", "s3cret"]
    updates = [Update.de_json(body, bot) for _, body in got]
    texts = [update.message.text for update in updates if update.message]
    assert texts == ["/start", "Hello"]


async def test_what_the_other_library_writes_again_stays_the_same(
    server: TelegramServer, bot: Bot
) -> None:
    user = server.new_user(met=True)
    source = (
        "<b>Two <i>ways</i></b> &lt;home&gt; 😀 <u>and</u> <s>back</s> <tg-spoiler>x</tg-spoiler>"
        "\n<blockquote expandable>law</blockquote><pre>1</pre>"
        f'<a href="tg://user?id={user.id}">you</a> <a href="https://example.org/a?b=1&amp;c">it</a>'
    )
    first = await bot.send_message(user.id, source, parse_mode=ParseMode.HTML)
    again = await bot.send_message(user.id, first.text_html, parse_mode=ParseMode.HTML)

    assert first.text == "Two ways <home> 😀 and back x\nlaw1you it"
    assert again.text == first.text
    assert again.entities == first.entities


async def test_a_call_in_json_is_as_good_as_a_form(server: TelegramServer, bot: Bot) -> None:
    user = server.new_user(met=True)
    body = {"chat_id": user.id, "text": "Hello", "protect_content": True}
    address = f"{server.url}/bot{server.token}/sendmessage"
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as answer:
        said = await answer.json()

    message = Message.de_json(said["result"], bot)
    assert (message.text, message.has_protected_content) == ("Hello", True)
