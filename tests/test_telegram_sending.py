"""Messages to phones: readable in every language and within limits, whatever happens."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.methods import GetMe

from bot.casework import cases, queue
from bot.channels.telegram.api import Api
from bot.channels.telegram.buttons import rows_of
from bot.channels.telegram.phrases import COMMANDS
from bot.channels.telegram.rendering import render
from bot.errors import TryLater
from bot.first_lines import CHOOSE
from bot.messages import Choice, FileIn, Outgoing
from bot.runtime import Runtime
from flows.limits import TELEGRAM_TEXT, length
from flows.model import Choose, Phrase
from storage import schema
from storage.database import Tx
from storage.records import CaseCard, Staff, StaffId
from tests.builders import add_lawyer
from tests.servers.telegram import (
    BLOCKED,
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Fault,
    Refuse,
    TelegramServer,
    TooMany,
    User,
)
from tests.servers.telegram.errors import bad
from tests.servers.telegram.judges import judge
from tests.talk import PNG
from tests.telegram_bot import press, telegram_bot, through_the_welcome, until_fetched

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


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


async def with_a_case(server: TelegramServer, bot: Runtime, worker: User) -> tuple[Staff, CaseCard]:
    """A worker whose case this lawyer has claimed."""
    lawyer = await add_lawyer(bot.database)
    worker.start()
    await through_the_welcome(server, worker)
    await press(server, worker, "👤", "✅ Yes", "✅ Yes, here")
    await server.hears(worker, "Your case has the number")
    [card] = (await queue.list_queue(bot, lawyer)).cards
    await cases.claim(bot, lawyer, card.id)
    await server.hears(worker, "A lawyer has taken")
    return lawyer, card


@pytest.mark.parametrize(
    ("phone", "first"),
    [
        ("en", "Which language do you want?"),
        ("ru", "язык"),
        ("az", "dil"),
        ("fa-IR", "زبان"),
        ("eo", "Which language do you want?"),
        (None, "Which language do you want?"),
    ],
)
async def test_the_first_message_is_in_the_language_of_the_phone(
    server: TelegramServer, bot: Runtime, phone: str | None, first: str
) -> None:
    worker = server.new_user(language_code=phone)
    worker.start()
    seen = await server.hears(worker, "")
    assert first in seen.text


@pytest.mark.parametrize("phone", ["uk", "hi"])
async def test_a_phone_in_a_language_that_we_learn_is_spoken_to_in_it(
    server: TelegramServer, bot: Runtime, phone: str
) -> None:
    from flows.phrases import CHOOSE_LANGUAGE

    worker = server.new_user(language_code=phone)
    worker.start()
    seen = await server.hears(worker, "")
    known = phone if phone in bot.languages else "en"
    assert seen.text.split("\n\n") == [
        bot.speech.say(CHOOSE, known), bot.speech.say(CHOOSE_LANGUAGE, known)
    ]  # fmt: skip


async def test_switching_the_language_keeps_the_question(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await press(server, worker, "English", "✅ Yes")
    question = await server.hears(worker, "Are you hurt")
    worker.send_text("/language")
    await press(server, worker, "Русский")
    again = await server.hears(worker, bot.speech.say(hurt_question(bot), "ru"))
    assert [label[0] for label in again.labels] == [label[0] for label in question.labels]
    assert again.labels[:2] != question.labels[:2]


def hurt_question(bot: Runtime) -> Phrase:
    """What the welcome asks of pain."""
    node = bot.catalog.flows["welcome"].nodes["hurt"]
    assert isinstance(node, Choose)
    return node.text


async def test_what_is_about_danger_cannot_be_forwarded_and_shows_no_preview(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await press(server, worker, "English", "🆘")
    card = await server.hears(worker, "112")
    assert card.protected
    assert card.preview is None


async def test_commands_and_descriptions_are_set_once_in_every_language(
    server: TelegramServer, tmp_path: Path
) -> None:
    people = [server.new_user(language_code=code) for code in ("en", "ru", "fa", "eo")]
    async with telegram_bot(server, tmp_path, has_card=False) as bot:
        await profile_set(server, bot)
    cards = [user.chat.card() for user in people]
    assert {tuple(card.commands) for card in cards} == {tuple(c.value for c in COMMANDS)}
    assert cards[3].commands == cards[0].commands
    calls = len(server.calls_of("setMyCommands"))
    async with telegram_bot(server, tmp_path, has_card=False) as bot:
        await profile_set(server, bot, times=2)
    assert len(server.calls_of("setMyCommands")) == calls
    assert judge(server) == []


async def profile_set(server: TelegramServer, bot: Runtime, times: int = 1) -> None:
    """Wait until the bot has seen to its card."""
    languages = len([code for code in bot.languages if len(code) == 2]) + 1
    asked = languages * times
    await server.until(lambda: len(server.calls_of("getMyShortDescription")) >= asked)
    await server.settled()


# -- trouble -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [TooMany(1), Broken(500), DropBefore(), BadGateway()])
async def test_a_message_that_did_not_arrive_is_sent_again(
    server: TelegramServer, bot: Runtime, fault: Fault
) -> None:
    worker = server.new_user()
    server.fail_next(fault, "sendMessage")
    worker.start()
    await server.hears(worker, "Which language")
    await server.settled()
    assert len(worker.chat.said()) == 1


@pytest.mark.parametrize("fault", [DropAfter(), CutAnswer()])
async def test_a_call_without_an_answer_is_repeated_once_at_most(
    server: TelegramServer, bot: Runtime, fault: Fault
) -> None:
    worker = server.new_user()
    server.fail_next(fault, "sendMessage")
    worker.start()
    await server.until(lambda: len(worker.chat.said()) == 2)
    await server.settled()
    assert len(worker.chat.said()) == 2


async def test_a_second_copy_of_a_question_loses_its_buttons_when_it_is_pressed(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    server.fail_next(DropAfter(), "sendMessage")
    worker.start()
    await server.until(lambda: len(worker.chat.said()) == 2)
    unknown_to_us = worker.visible()[1]
    worker.tap("English", unknown_to_us)
    await server.hears(worker, "Are you alone")
    await server.until(lambda: [bool(seen.rows) for seen in worker.visible()[:3]] == [False] * 3)


async def test_the_longer_telegram_is_away_the_longer_it_is_left_alone(
    server: TelegramServer,
) -> None:
    api = Api(server.token, server.url)
    server.fail_next(Broken(500), "getMe", times=9)
    waits = []
    for _ in range(9):
        with pytest.raises(TryLater) as caught:
            await api.call(GetMe())
        waits.append(caught.value.after_seconds)
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    await api.call(GetMe())
    server.fail_next(Broken(500), "getMe")
    with pytest.raises(TryLater) as caught:
        await api.call(GetMe())
    assert caught.value.after_seconds == 1.0  # it had been there again
    await api.close()


async def test_who_has_blocked_us_is_marked_and_nothing_is_repeated(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    server.fail_next(BLOCKED, "sendMessage")
    worker.start()

    def reachable(tx: Tx) -> list[bool]:
        return list(
            tx.execute(
                schema.worker.select().with_only_columns(schema.worker.c.reachable)
            ).scalars()
        )

    with bot.changes.listen("outbox") as bell:
        while await bot.database.read(reachable) != [False]:
            await bell.wait()
            bell.clear()
    assert len(server.calls_of("sendMessage")) == 1


async def test_what_telegram_refuses_is_sent_again_as_plain_words(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    server.fail_next(Refuse(lambda: bad("can't parse entities")), "sendMessage")
    worker.start()
    seen = await server.hears(worker, "Which language")
    assert "1. " in seen.text  # the answers can be given by number
    assert seen.rows == ()


async def test_a_wait_for_everybody_is_kept(tmp_path: Path) -> None:
    async with (
        TelegramServer() as server,
        telegram_bot(server, tmp_path, telegram_rate=30, telegram_chat_rate=1) as bot,
    ):
        await profile_set(server, bot)
        people = [server.new_user() for _ in range(3)]
        server.fail_next(TooMany(1, everywhere=True), "sendMessage")
        people[0].start()
        await server.until(lambda: bool(server.calls_of("sendMessage")))
        await server.settled()
        for worker in people[1:]:
            worker.start()
        for worker in people:
            await server.hears(worker, "Which language")
        assert server.impatient == []


# -- files -------------------------------------------------------------------------------------


async def test_files_go_both_ways(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user()
    lawyer, card = await with_a_case(server, bot, worker)
    server.fail_next(BadGateway(), "download")
    worker.send_album([PNG, PNG], "two pages")
    worker.send_document(PDF, "contract.pdf")
    await until_fetched(bot, 3)
    page = await cases.read_case(bot, lawyer, card.id)
    found = [file for attached in page.attachments.values() for file in attached]
    assert sorted(file.media_type for file in found) == [
        "application/pdf", "image/png", "image/png",
    ]  # fmt: skip
    file = FileIn("document", "application/pdf", "answer.pdf", PDF)
    await cases.reply(bot, lawyer, card.id, "Please sign", file=file, form_id="f")
    seen = await server.hears(worker, "Please sign")
    assert seen.text.startswith("There is something new")  # in place of the file's name
    assert seen.file is not None
    assert seen.file.content == PDF
    server.fail_next(Refuse(lambda: bad("PDF_IS_BROKEN")), "sendDocument", times=2)
    await cases.reply(bot, lawyer, card.id, "Or this", file=file, form_id="g")
    seen = await server.hears(worker, "Or this")  # the words arrive without the file
    assert seen.file is None
    assert judge(server) == []


async def test_a_file_too_large_is_told_at_once(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    worker.send_video(b"\0\0\0\x18ftypmp42", size=21 * 1024 * 1024)
    await server.hears(worker, "too big")
    assert server.calls_of("getFile") == []


async def test_a_kind_of_file_that_we_do_not_take_is_told(
    server: TelegramServer, bot: Runtime
) -> None:
    worker = server.new_user()
    worker.start()
    await through_the_welcome(server, worker)
    worker.send_document(b"MZ\x90\0program", "contract.pdf")
    await server.hears(worker, "cannot take this kind of file")


async def test_a_file_on_its_way_survives_a_restart(server: TelegramServer, tmp_path: Path) -> None:
    worker = server.new_user()
    async with telegram_bot(server, tmp_path):
        worker.start()
        await through_the_welcome(server, worker)
        server.fail_next(Broken(500), "getFile", times=99)
        worker.send_photo(PNG)
        await server.until(lambda: bool(server.calls_of("getFile")))
        await server.settled()
    server.forget_faults()
    async with telegram_bot(server, tmp_path) as bot:
        await until_fetched(bot, 1)


# -- limits ------------------------------------------------------------------------------------


def test_a_long_text_is_split_at_paragraphs_with_the_buttons_last(runtime: Runtime) -> None:
    text = "\n\n".join(f"{n} " + "😀<&>word " * 60 for n in range(30))
    outgoing = Outgoing(text, question=3, choices=(Choice("yes", "Yes"),), source="Law: 5.")
    parts = render(runtime.speech, outgoing, "en", None)
    assert len(parts) > 3
    assert all(length(part.plain) <= TELEGRAM_TEXT for part in parts)
    line = f"{CHOOSE.text}\n\n"  # whichever of them the list of chats shows
    assert all(part.plain.startswith(line) and part.html.startswith(line) for part in parts)
    assert [bool(part.rows) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "&lt;&amp;&gt;" in parts[0].html
    assert parts[-1].html.endswith("<i>Law: 5.</i>")


def test_a_paragraph_without_a_space_is_split_too(runtime: Runtime) -> None:
    parts = render(runtime.speech, Outgoing("😀" * 5000 + "\ud83d"), "en", StaffId(1))
    assert all(length(part.plain) <= TELEGRAM_TEXT for part in parts)
    assert sum(part.plain.count("😀") for part in parts) == 5000


def test_rows_are_laid_out_in_reading_order() -> None:
    choices = [Choice(str(n), f"label {n}") for n in range(4)]
    rows = [[button.label for button in row] for row in rows_of(1, choices, "en")]
    assert rows == [["label 0", "label 1"], ["label 2", "label 3"]]
    rows = [[button.label for button in row] for row in rows_of(1, choices, "fa")]
    assert rows == [["label 1", "label 0"], ["label 3", "label 2"]]
