"""The local Telegram keeps the limits of the real one, and refuses with its words."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from teremok.validation import validate_html

from tests.conftest import Clock
from tests.servers.telegram import Flood, TelegramServer, User
from tests.servers.telegram.formatting import parse_html
from tests.servers.telegram.specification import PLACE, load
from tests.test_telegram_server import png


@dataclass
class Caller:
    """A bot that calls by hand, so that it can do what no library would."""

    server: TelegramServer
    session: aiohttp.ClientSession

    async def __call__(self, method: str, **params: Any) -> Any:
        """The result of a call that works."""
        answer = await self.answer(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refused(self, method: str, **params: Any) -> str:
        """The words of a call that is refused."""
        answer = await self.answer(method, **params)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def answer(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole answer."""
        form = aiohttp.FormData()
        for name, value in params.items():
            if isinstance(value, bytes):
                form.add_field(name, BytesIO(value), filename="file.bin")
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        address = f"{self.server.url}/bot{self.server.token}/{method}"
        async with self.session.post(address, data=form) as answer:
            body: dict[str, Any] = await answer.json()
            assert body["ok"] == (answer.status == 200)
            return body


@pytest.fixture
def clock() -> Clock:
    """The server's clock, moved by hand."""
    return Clock()


@pytest.fixture
async def server(clock: Clock) -> AsyncIterator[TelegramServer]:
    """A server that knows no haste."""
    async with TelegramServer(clock=clock, flood=None, topics=True) as server:
        yield server


@pytest.fixture
async def call(server: TelegramServer) -> AsyncIterator[Caller]:
    """Calls by hand."""
    async with aiohttp.ClientSession() as session:
        yield Caller(server, session)


@pytest.fixture
def user(server: TelegramServer) -> User:
    """Somebody who has written to the bot."""
    return server.new_user(met=True)


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [[button] for button in buttons]}


# texts


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("x" * 4096, ""),
        ("x" * 4097, "Bad Request: message is too long"),
        ("😀" * 2048, ""),
        ("😀" * 2049, "Bad Request: message is too long"),
        (f"<b>{'x' * 4096}</b>", ""),
        ("", "Bad Request: message text is empty"),
        (" \n ", "Bad Request: text must be non-empty"),
        ("<b></b>", "Bad Request: text must be non-empty"),
    ],
)
async def test_a_text_is_counted_in_utf16_after_its_tags(
    call: Caller, user: User, text: str, refusal: str
) -> None:
    answer = await call.answer("sendMessage", chat_id=user.id, text=text, parse_mode="HTML")

    assert answer.get("description", "") == refusal
    assert len(user.visible()) == (refusal == "")


@pytest.mark.parametrize(
    ("size", "refusal"), [(1024, ""), (1025, "Bad Request: message caption is too long")]
)
async def test_a_caption_is_shorter(call: Caller, user: User, size: int, refusal: str) -> None:
    caption = f"<i>{'x' * size}</i>"
    answer = await call.answer(
        "sendPhoto", chat_id=user.id, photo=png(), caption=caption, parse_mode="HTML"
    )
    assert answer.get("description", "") == refusal


@pytest.mark.parametrize(
    ("html", "refusal"),
    [
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("ä<br/>", 'Unsupported start tag "br/" at byte offset 2'),
        ("1 < 2 and so on", 'Unsupported start tag "" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        (
            "<b><i>x</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("x<b", "Unclosed start tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<b / >x</b>", 'Empty attribute name in the tag "b" at byte offset 0'),
        ('<a href="x>y</a>', "Unclosed start tag at byte offset 0"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_html_is_read_as_strictly_as_there(
    call: Caller, user: User, html: str, refusal: str
) -> None:
    said = await call.refused("sendMessage", chat_id=user.id, text=html, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {refusal}"


LETTERS = st.sampled_from(["<", ">", "&", "x", "😀", "ا", "\n", "'", '"', " "])
TAGS = st.sampled_from(["b", "I", "u ", "s", "code", "tg-spoiler", 'a href="https://x.org"'])
Piece = tuple[str, str]  # as it is written, as it is read


def wrapped(tag: str, inside: list[Piece]) -> Piece:
    written = "".join(html for html, _ in inside)
    return f"<{tag}>{written}</{tag.split()[0]}>", "".join(text for _, text in inside)


HTML = st.recursive(
    LETTERS.map(lambda letter: (escape(letter, quote=False), letter)),
    lambda inner: st.builds(wrapped, TAGS, st.lists(inner, max_size=4)),
)


@given(HTML)
def test_html_is_read_as_it_was_meant(piece: Piece) -> None:
    html, text = piece
    validate_html(html)  # another reader takes it
    read, entities = parse_html(html)

    assert read == text
    assert all(0 <= entity.start < entity.end <= len(text) for entity in entities)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("&lt;b&gt; &amp;amp; &quot;&#1575;&#x644;&quot; &nbsp;&", '<b> &amp; "ال" &nbsp;&'),
        ("  a\tb\r\n ", "a b"),
        ("\u202bسلام\u202c", "سلام"),  # the old embeddings are taken out,
        ("\u2067سلام\u2069", "\u2067سلام\u2069"),  # the isolates stay
        ("a\u200f\u200fb", "a\u200c\u200fb"),
        ("a\u2028b", "ab"),
    ],
)
async def test_a_text_stands_as_it_would_on_a_phone(
    call: Caller, user: User, sent: str, shown: str
) -> None:
    await call("sendMessage", chat_id=user.id, text=sent, parse_mode="HTML")
    assert [seen.text for seen in user.visible()] == [shown]


async def test_styles_and_links_are_seen(call: Caller, user: User, server: TelegramServer) -> None:
    text = '😀 <b>law</b> <a href="example.org">it</a> <a href="nonsense">no</a> https://x.org/a.'
    await call("sendMessage", chat_id=user.id, text=text, parse_mode="HTML")

    seen = user.visible()[0]
    assert [(part.type, part.text, part.url) for part in seen.styled] == [
        ("bold", "law", None),
        ("text_link", "it", "http://example.org/"),
        ("url", "https://x.org/a", None),
    ]
    assert seen.preview == "http://example.org/"
    assert server.violations == ["a link that no phone opens: nonsense"]


async def test_a_preview_can_be_forbidden(call: Caller, user: User) -> None:
    options = {"is_disabled": True}
    text = "https://example.org"
    await call("sendMessage", chat_id=user.id, text=text, link_preview_options=options)
    assert user.visible()[0].preview is None


# buttons


@pytest.mark.parametrize(
    ("markup", "refusal"),
    [
        (keyboard({"text": "x", "callback_data": "é" * 32}), ""),
        (keyboard({"text": "x", "callback_data": "é" * 32 + "x"}), "BUTTON_DATA_INVALID"),
        (
            keyboard({"text": "x"}),
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            keyboard({"text": " ", "callback_data": "x"}),
            "inline keyboard button text must be non-empty",
        ),
        (
            keyboard({"text": "x", "url": "no link"}),
            "inline keyboard button URL 'no link' is invalid: Wrong HTTP URL",
        ),
        (
            keyboard({"text": "x", "callback_data": "x", "style": "pink"}),
            "can't parse inline keyboard button: invalid button style specified",
        ),
        (keyboard({"text": "x", "copy_text": {"text": "x" * 257}}), "BUTTON_COPY_TEXT_INVALID"),
        (
            keyboard(*[{"text": "x", "callback_data": "x"}] * 101),
            "reply markup is too long",
        ),
        ({"inline_keyboard": [{"text": "x"}]}, "Array of Arrays"),
        (
            {"keyboard": [["x"]], "input_field_placeholder": "x" * 65},
            "INPUT_FIELD_PLACEHOLDER_INVALID",
        ),
    ],
)
async def test_buttons_have_limits(
    call: Caller, user: User, markup: dict[str, Any], refusal: str
) -> None:
    answer = await call.answer("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    assert refusal in answer.get("description", "")
    assert answer["ok"] == (refusal == "")


async def test_what_telegram_would_overlook_is_noted(
    call: Caller, user: User, server: TelegramServer
) -> None:
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "x", "colour": 1}] * 9]}
    await call(
        "sendMessage",
        chat_id=user.id,
        text="x",
        reply_markup=markup,
        disable_web_page_preview=True,
        protect_content="perhaps",
        link_preview_options={"disabled": True},
    )
    await call.refused("sendTelepathy", chat_id=user.id)

    assert sorted(set(server.violations)) == [
        "inline button has no field colour",
        "more than 8 buttons in a row: phones do not show them",
        "sendMessage has no parameter disable_web_page_preview",
        "sendMessage: link_preview_options: LinkPreviewOptions has no field disabled",
        "sendMessage: protect_content is not of the kind bool: 'perhaps'",
        "there is no method sendTelepathy on this server",
    ]


async def test_a_tap_is_answered_once_and_soon(call: Caller, user: User, clock: Clock) -> None:
    markup = keyboard({"text": "Yes", "callback_data": "y"})
    await call("sendMessage", chat_id=user.id, text="Well?", reply_markup=markup)
    first, second, third = user.tap("Yes"), user.tap("Yes"), user.tap("Yes")
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"

    long = await call.refused("answerCallbackQuery", callback_query_id=third.id, text="x" * 201)
    await call("answerCallbackQuery", callback_query_id=first.id, text="Noted", show_alert=True)
    assert (first.answered, first.text, first.alert) == (True, "Noted", True)
    assert await call.refused("answerCallbackQuery", callback_query_id=first.id) == too_old
    clock.forward(minutes=2)
    assert await call.refused("answerCallbackQuery", callback_query_id=second.id) == too_old
    assert long == "Bad Request: MESSAGE_TOO_LONG"


async def test_a_tap_may_be_under_way_while_the_message_goes(call: Caller, user: User) -> None:
    markup = keyboard({"text": "Yes", "callback_data": "y"})
    await call("sendMessage", chat_id=user.id, text="Well?", reply_markup=markup)
    before = user.visible()[0]
    await call("deleteMessage", chat_id=user.id, message_id=before.id)

    with pytest.raises(LookupError, match="no button 'Yes'"):
        user.tap("Yes")
    user.tap("Yes", before)
    [update] = await call("getUpdates")
    assert update["callback_query"]["message"]["date"] == 0


async def test_keys_in_place_of_the_keyboard_send_their_words(call: Caller, user: User) -> None:
    keys = [["Menu", {"text": "My number", "request_contact": True}]]
    markup = {"keyboard": keys, "resize_keyboard": True}
    await call("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    assert user.chat.keys == (("Menu", "My number"),)

    assert user.press_key("Menu").text == "Menu"
    assert user.press_key("My number").content["contact"]["user_id"] == user.id
    markup = {"remove_keyboard": True}
    await call("sendMessage", chat_id=user.id, text="x", reply_markup=markup)
    assert len(user.chat.keys) == 0


# edits and deletions


async def test_an_edit_that_changes_nothing_is_refused(call: Caller, user: User) -> None:
    markup = keyboard({"text": "Yes", "callback_data": "y"})
    said = await call("sendMessage", chat_id=user.id, text="Well?", reply_markup=markup)
    where = {"chat_id": user.id, "message_id": said["message_id"]}
    unchanged = await call.refused(
        "editMessageText", **where, text="<b></b>Well?", parse_mode="HTML", reply_markup=markup
    )
    await call("editMessageText", **where, text="Yes, well.")

    assert "message is not modified" in unchanged
    seen = user.visible()[0]
    assert (seen.text, seen.buttons, seen.edited, seen.earlier) == (
        "Yes, well.",
        (),
        True,
        ("Well?",),
    )


async def test_only_the_bots_own_messages_are_edited(call: Caller, user: User) -> None:
    where = {"chat_id": user.id, "message_id": user.send_text("Hello").id}
    assert "message can't be edited" in await call.refused("editMessageText", **where, text="x")
    await call("deleteMessage", **where)
    assert "message to edit not found" in await call.refused("editMessageText", **where, text="x")


async def test_both_sides_messages_can_be_deleted_for_48_hours(
    call: Caller, user: User, clock: Clock
) -> None:
    old = user.send_text("old").id
    clock.forward(hours=47)
    young = user.send_text("young").id
    own = (await call("sendMessage", chat_id=user.id, text="own"))["message_id"]
    clock.forward(hours=2)

    refusal = await call.refused("deleteMessages", chat_id=user.id, message_ids=[old, young, own])
    assert refusal == "Bad Request: message can't be deleted for everyone"
    assert len(user.visible()) == 3
    await call("deleteMessages", chat_id=user.id, message_ids=[young, own, 12345])
    assert [seen.text for seen in user.visible()] == ["old"]
    assert [seen.text for seen in user.chat.deleted()] == ["young", "own"]


@pytest.mark.parametrize(("count", "ok"), [(0, False), (1, True), (100, True), (101, False)])
async def test_a_hundred_messages_are_deleted_at_once(
    call: Caller, user: User, count: int, ok: bool
) -> None:
    ids = list(range(1, count + 1))
    answer = await call.answer("deleteMessages", chat_id=user.id, message_ids=ids)
    assert answer["ok"] == ok


# files


async def test_files_are_downloaded_up_to_20_mb_by_links_that_die(
    call: Caller, user: User, clock: Clock
) -> None:
    small = user.send_document(b"%PDF-1.7", "a.pdf", size=20 * 1024 * 1024)
    large = user.send_document(b"%PDF-1.7", "b.pdf", size=20 * 1024 * 1024 + 1)
    large_id = large.content["document"]["file_id"]
    assert "file is too big" in await call.refused("getFile", file_id=large_id)

    found = await call("getFile", file_id=small.content["document"]["file_id"])
    server = call.server
    address = f"{server.url}/file/bot{server.token}/{found['file_path']}"
    async with call.session.get(address) as answer:
        assert await answer.read() == b"%PDF-1.7"
    clock.forward(minutes=61)
    async with call.session.get(address) as answer:
        assert answer.status == 404


async def test_a_picture_has_sizes_and_limits(call: Caller, user: User) -> None:
    said = await call("sendPhoto", chat_id=user.id, photo=png(800, 600))
    assert [size["width"] for size in said["photo"]] == [90, 800]
    for content, refusal in (
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png(9000, 2000), "PHOTO_INVALID_DIMENSIONS"),
        (png(2100, 100), "PHOTO_INVALID_DIMENSIONS"),
        (png() + bytes(10 * 1024 * 1024), "is too big for a photo"),
    ):
        assert refusal in await call.refused("sendPhoto", chat_id=user.id, photo=content)


async def test_a_file_is_sent_again_by_its_id_as_the_same_kind(call: Caller, user: User) -> None:
    said = await call("sendDocument", chat_id=user.id, document=b"%PDF-1.7")
    file_id = said["document"]["file_id"]
    again = await call("sendDocument", chat_id=user.id, document=file_id)
    assert again["document"]["file_id"] == file_id
    refusal = await call.refused("sendPhoto", chat_id=user.id, photo=file_id)
    assert refusal == "Bad Request: can't use file of type Document as Photo"


# who may write where


async def test_a_bot_cannot_write_first(call: Caller, server: TelegramServer) -> None:
    stranger = server.new_user()
    refusal = await call.refused("sendMessage", chat_id=stranger.id, text="x")
    assert refusal == "Bad Request: chat not found"
    stranger.start()
    await call("sendMessage", chat_id=stranger.id, text="x")


async def test_blocking_is_told_and_kept_until_the_next_start(call: Caller, user: User) -> None:
    user.block()
    refusal = await call.refused("sendMessage", chat_id=user.id, text="x")
    assert refusal == "Forbidden: bot was blocked by the user"
    user.start()
    await call("sendMessage", chat_id=user.id, text="x")
    user.delete_account()
    refusal = await call.refused("sendMessage", chat_id=user.id, text="x")
    assert refusal == "Forbidden: user is deactivated"

    updates = await call("getUpdates")
    kinds = [sorted(update.keys() - {"update_id"})[0] for update in updates]
    assert kinds == ["my_chat_member", "my_chat_member", "message"]


async def test_a_group_that_moved_tells_where(call: Caller, server: TelegramServer) -> None:
    group = server.new_group()
    moved = group.migrate()
    answer = await call.answer("sendMessage", chat_id=group.id, text="x")
    assert answer["parameters"] == {"migrate_to_chat_id": moved.id}
    await call("sendMessage", chat_id=moved.id, text="x")
    assert [seen.text for seen in moved.visible()] == ["x"]


async def test_in_a_group_a_bot_hears_only_what_is_for_it(
    call: Caller, server: TelegramServer, user: User
) -> None:
    group = server.new_group()
    user.send_text("between us", group=group)
    user.send_text("/menu", group=group)
    own = await call("sendMessage", chat_id=group.id, text="Hello")
    user.send_text("to you", reply_to=own["message_id"], group=group)
    texts = [update["message"]["text"] for update in await call("getUpdates")]
    assert texts == ["/menu", "to you"]

    group.set_bot("kicked", user)
    refusal = await call.refused("sendMessage", chat_id=group.id, text="x")
    assert refusal == "Forbidden: bot was kicked from the group chat"


# topics


async def test_a_deleted_topic_refuses(call: Caller, user: User) -> None:
    topic = await call("createForumTopic", chat_id=user.id, name="Case 17")
    thread = topic["message_thread_id"]
    await call("sendMessage", chat_id=user.id, text="x", message_thread_id=thread)
    assert [shown.name for shown in user.chat.topics()] == ["Case 17"]

    user.delete_topic(thread)
    where = {"chat_id": user.id, "message_thread_id": thread}
    assert user.visible() == []
    assert (
        await call.refused("sendMessage", **where, text="x")
        == "Bad Request: message thread not found"
    )
    assert await call.refused("deleteForumTopic", **where) == "Bad Request: TOPIC_ID_INVALID"
    assert await call("sendChatAction", **where, action="typing")  # this one does not look


async def test_a_deleted_topic_may_be_passed_over_in_silence(clock: Clock) -> None:
    async with (
        TelegramServer(clock=clock, topics=True, deleted_topic_refuses=False) as server,
        aiohttp.ClientSession() as session,
    ):
        call, user = Caller(server, session), server.new_user(met=True)
        topic = await call("createForumTopic", chat_id=user.id, name="Case 17")
        user.delete_topic(topic["message_thread_id"])
        said = await call(
            "sendMessage", chat_id=user.id, text="x", message_thread_id=topic["message_thread_id"]
        )
        assert "message_thread_id" not in said


async def test_without_topic_mode_there_are_no_topics(
    call: Caller, user: User, server: TelegramServer
) -> None:
    topic = await call("createForumTopic", chat_id=user.id, name="Case 17")
    user.person.topics = False  # switched off on the phone
    where = {"chat_id": user.id, "message_thread_id": topic["message_thread_id"]}
    assert "message thread not found" in await call.refused("sendMessage", **where, text="x")
    refusal = await call.refused("createForumTopic", chat_id=user.id, name="Another")
    assert refusal == "Bad Request: the chat is not a forum"
    server.topics_enabled = False
    assert (await call("getMe"))["has_topics_enabled"] is False


async def test_what_is_written_in_a_topic_says_so(call: Caller, user: User) -> None:
    topic = await call("createForumTopic", chat_id=user.id, name="Case 17")
    thread = topic["message_thread_id"]
    said = await call("sendMessage", chat_id=user.id, text="Hello", message_thread_id=thread)
    user.send_text("thanks", thread=thread)
    user.reply_to(said["message_id"], "for this")
    user.send_text("outside")

    created, thanks, answer, outside = [item["message"] for item in await call("getUpdates")]
    assert created["forum_topic_created"]["name"] == "Case 17"
    assert thanks["message_thread_id"] == thread
    assert thanks["is_topic_message"] is True
    assert "forum_topic_created" in thanks["reply_to_message"]  # as if it answered the beginning
    assert answer["reply_to_message"]["text"] == "Hello"
    assert "message_thread_id" not in outside
    assert [seen.text for seen in user.visible(thread)] == ["Hello", "thanks", "for this"]


# the bot's card


async def test_a_card_is_shown_in_the_language_of_the_phone(
    call: Caller, server: TelegramServer
) -> None:
    await call("setMyName", name="Calendar")
    await call("setMyName", name="Календар", language_code="uk")
    await call("setMyDescription", description="Weather and dates")
    menu = [{"command": "menu", "description": "Menu"}]
    await call("setMyCommands", commands=menu)
    scope = {"type": "all_private_chats"}
    menu = [{"command": "menu", "description": "Меню"}]
    await call("setMyCommands", commands=menu, scope=scope, language_code="uk")

    ukrainian = server.new_user(language_code="uk-UA").chat.card()
    assert (ukrainian.name, ukrainian.description) == ("Календар", "Weather and dates")
    assert ukrainian.commands == {"menu": "Меню"}
    hindi = server.new_user(language_code="hi").chat.card()
    assert (hindi.name, hindi.commands) == ("Calendar", {"menu": "Menu"})


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("setMyName", {"name": "x" * 65}),
        ("setMyDescription", {"description": "x" * 513}),
        ("setMyShortDescription", {"short_description": "x" * 121}),
        ("setMyName", {"name": "x", "language_code": "ukr"}),
        ("setMyCommands", {"commands": [{"command": "Menu", "description": "x"}]}),
        ("setMyCommands", {"commands": [{"command": "m" * 33, "description": "x"}]}),
        ("setMyCommands", {"commands": [{"command": "m", "description": "x" * 257}]}),
        ("setMyCommands", {"commands": [{"command": "m", "description": "x"}] * 101}),
        ("setMyCommands", {"commands": [], "scope": {"type": "everybody"}}),
        ("createForumTopic", {"chat_id": 5_000_000_001, "name": "x" * 129}),
        ("sendChatAction", {"chat_id": 5_000_000_001, "action": "dancing"}),
    ],
)
async def test_cards_topics_and_actions_have_limits(
    call: Caller, user: User, method: str, params: dict[str, Any]
) -> None:
    assert (await call.refused(method, **params)).startswith("Bad Request: ")


async def test_typing_is_shown_for_five_seconds(call: Caller, user: User, clock: Clock) -> None:
    await call("sendChatAction", chat_id=user.id, action="typing")
    assert user.chat.typing
    clock.forward(seconds=6)
    assert not user.chat.typing


# pace


async def paced(clock: Clock, count: int, chats: int, flood: Flood) -> list[int]:
    """Statuses of `count` messages to each of so many people, sent at one moment."""
    async with TelegramServer(clock=lambda: clock.now, flood=flood) as server:
        async with aiohttp.ClientSession() as session:
            call = Caller(server, session)
            people = [server.new_user(met=True) for _ in range(chats)]
            for person in people:
                for _ in range(count):
                    await call.answer("sendMessage", chat_id=person.id, text="x")
        return [made.status for made in server.calls]


async def test_thirty_messages_a_second_pass_over_all(clock: Clock) -> None:
    statuses = await paced(clock, count=1, chats=32, flood=Flood())
    assert statuses == [200] * 30 + [429] * 2


async def test_a_short_burst_to_one_person_passes(clock: Clock) -> None:
    statuses = await paced(clock, count=7, chats=1, flood=Flood(chat_burst=5))
    assert statuses == [200] * 5 + [429] * 2


async def test_waiting_as_told_is_enough(clock: Clock) -> None:
    def now() -> datetime:
        return clock.now

    async with (
        TelegramServer(clock=now, flood=Flood(chat_burst=1)) as server,
        aiohttp.ClientSession() as session,
    ):
        call, user = Caller(server, session), server.new_user(met=True)
        await call("sendMessage", chat_id=user.id, text="1")
        refused = await call.answer("sendMessage", chat_id=user.id, text="2")
        assert refused["parameters"] == {"retry_after": 1}
        await call("deleteMessages", chat_id=user.id, message_ids=[1])  # counts apart
        clock.forward(seconds=refused["parameters"]["retry_after"])
        await call("sendMessage", chat_id=user.id, text="2")
        assert server.impatient == []

        await call.refused("sendMessage", chat_id=user.id, text="3")
        await call.refused("sendMessage", chat_id=user.id, text="3")
        assert server.impatient == [f"sendMessage to {user.id}"]


async def test_a_group_gets_twenty_messages_in_a_minute(clock: Clock) -> None:
    async with (
        TelegramServer(clock=lambda: clock.now) as server,
        aiohttp.ClientSession() as session,
    ):
        call, group = Caller(server, session), server.new_group()
        for _ in range(20):
            await call("sendMessage", chat_id=group.id, text="x")
        clock.forward(seconds=20)
        refused = await call.answer("sendMessage", chat_id=group.id, text="x")
        assert refused["parameters"] == {"retry_after": 40}
        clock.forward(seconds=40)
        await call("sendMessage", chat_id=group.id, text="x")


def test_the_published_description_finds_faults() -> None:
    description = load()
    if description is None:
        pytest.skip(f"the Bot API's description is not beside the project: {PLACE}")
    good = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}

    assert description.faults_of("Message", good) == []
    assert description.faults_of("Message", {**good, "date": "today"}) != []
    assert description.faults_of("Message", {**good, "telepathy": 1}) != []
    assert description.faults_of("Update", {"update_id": 1, "message": {}}) != []
