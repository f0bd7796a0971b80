"""The whole way on WhatsApp, alone and beside Telegram, with one lawyer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import first_lines, phrases
from bot.casework import calls, cases, closing, queue
from bot.messages import text_of
from bot.runtime import Runtime
from flows.compute import local_day
from flows.model import Command, Latin, Say
from flows.phrases import WORDS
from flows.texts import split_words
from storage.records import Author, Priority
from tests.builders import add_lawyer
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.judges import malformed
from tests.servers.whatsapp import WhatsAppServer
from tests.talk import PNG
from tests.telegram_bot import press
from tests.whatsapp_bot import choose, tap, through_the_welcome, transcript, whatsapp_bot

URDU_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


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


async def test_from_the_first_word_to_the_closed_case_in_urdu(
    server: WhatsAppServer, bot: Runtime
) -> None:
    """Late pay: the whole tree, its law, a lawyer who writes English, the end."""
    worker, lawyer = server.new_user(country="92"), await add_lawyer(bot.database)
    worker.says("السلام علیکم، تنخواہ نہیں ملی")
    await choose(server, worker, "ur", "yes", "no", "adult", "wages", "late")
    await server.until(lambda: bool(worker.news()), what="the day of pay is asked")
    day = local_day(bot.clock()) - timedelta(days=75)
    worker.says(f"{day:%d.%m.%Y}".translate(URDU_DIGITS))
    await choose(server, worker, "yes", "yes", "paper", "bank", "done", "none")
    await server.hears(worker, bot.speech.say(bot.catalog.sources["A49"].cite, "ur"))
    await choose(server, worker, "lawyer", "yes", "yes")
    await server.until(lambda: bool(worker.news()), what="the number of the case")

    [card] = (await queue.list_queue(bot, lawyer)).cards
    assert (card.language, card.topic) == ("ur", "wages")
    code = Latin(card.code)
    await cases.claim(bot, lawyer, card.id)
    await server.hears(worker, bot.speech.say(phrases.CASE_CLAIMED, "ur", code=code))
    worker.says("مئی سے کام کر رہا ہوں")
    await server.hears(worker, bot.speech.say(phrases.TO_LAWYER, "ur", code=code))
    worker.sends_file("image", PNG, "image/png", caption="معاہدہ")
    await cases.reply(bot, lawyer, card.id, "How much do they owe you?", form_id="1")
    reply = await server.hears(worker, "How much do they owe you?")
    first, _, words = reply.text.partition("\n\n")  # all that a locked phone shows, and the rest
    assert bot.speech.say(first_lines.NEW, "ur") in first
    assert words.startswith("👤 ")
    worker.says("450 & more")
    await server.settled()
    page = await cases.read_case(bot, lawyer, card.id)
    said = [text_of(m.body) for m in page.messages if m.author is Author.WORKER]
    assert said[-3:] == ["مئی سے کام کر رہا ہوں", "معاہدہ", "450 & more"]
    await closing.close(bot, lawyer, card.id, "advice")
    await server.hears(worker, bot.speech.say(phrases.CASE_CLOSED, "ur", code=code))
    await server.settled()
    ours = [m for m in await transcript(bot, worker) if m.delivery is not None]
    assert all(message.read_at is not None for message in ours)


async def test_my_case_is_asked_by_its_button_and_answered_by_numbers(
    server: WhatsAppServer, bot: Runtime
) -> None:
    worker, lawyer = server.new_user(), await add_lawyer(bot.database)
    worker.says("hello")
    await through_the_welcome(server, worker)
    worker.says("lawyer")
    await tap(server, worker, "✅ Yes", "✅ Yes, here", "📂 My case")
    asked = await server.until(lambda: next(iter(worker.news()), None))
    assert asked is not None
    assert asked.labels == ("☎️ Call me", "🔒 Set a code", "👥 I am someone else")
    worker.says("۱")
    await server.hears(worker, "number")
    worker.says("+994 50 123 45 67")
    await server.until(lambda: any("From 13 to 18" in seen.labels for seen in worker.news()))
    worker.says("2")
    await tap(server, worker, "📂 My case")
    await tap(server, worker, "👥 I am someone else", "👥 I am someone else")
    await server.hears(worker, "Which language")
    [card] = (await queue.list_queue(bot, lawyer)).cards
    await cases.claim(bot, lawyer, card.id)
    call = await calls.read_call(bot, lawyer, card.id)
    assert call is not None
    assert (call.phone, call.hours) == ("+994501234567", "afternoon")
    await server.settled()
    assert not any("A lawyer has taken" in text for text in worker.said())  # is somebody else's


@pytest.mark.parametrize("language", ["en", "ur"])
async def test_the_signs_of_forced_labour_are_screened_by_single_digits(
    server: WhatsAppServer, bot: Runtime, language: str
) -> None:
    """T02: language, welcome, eleven questions answered by digits, danger, a lawyer."""
    user, lawyer = server.new_user(country="92"), await add_lawyer(bot.database)
    user.says("السلام علیکم، مجھے مدد چاہیے" if language == "ur" else "hello")
    await choose(server, user, language, "yes", "no", "adult", "rights", "forced_labour")
    await server.until(lambda: any("1  " in seen.text for seen in user.news()))
    asked = []
    for digit in "11222222121":
        question = await server.until(lambda: next(iter(user.news()), None), what="a question")
        assert question is not None
        assert question.labels == ()  # a tap would quote the question into the chat
        asked.append(question.text)
        user.says("۱" if language == "ur" and digit == "1" else digit)
    assert len({*asked}) == 11
    first = bot.speech.say(first_lines.SEND_DIGIT, language)
    assert all(first in text.splitlines()[0] for text in asked)  # all that a locked phone shows
    typed = [seen.text for seen in user.screen if not seen.by_bot][-11:]
    assert all(len(text) == 1 for text in typed)
    await server.until(lambda: "112" in "".join(seen.text for seen in user.news()))
    flow = bot.catalog.flows["forced_labour"]
    repeats = [node.text for node in flow.nodes.values() if isinstance(node, Say) and node.recap]
    assert len(repeats) == 13
    for phrase in repeats:  # what was answered is not told over again
        assert bot.speech.say(phrase, language) not in "".join(user.said())
    outcome = next(seen for seen in user.news() if "112" in seen.text)
    assert bot.speech.say(first_lines.ANSWER, language) in outcome.text.splitlines()[0]
    user.says(word_for(bot, Command.LAWYER, language))
    await choose(server, user, "yes", "yes")
    await server.until(lambda: not server.postman.pending and bool(user.news()))
    [card] = (await queue.list_queue(bot, lawyer)).cards
    assert (card.language, card.priority, card.topic) == (
        language,
        Priority.DANGER,
        "forced_labour",
    )


def word_for(bot: Runtime, command: Command, language: str) -> str:
    """What a person of this language types for a command."""
    return split_words(bot.speech.say(WORDS[command], language))[0]


async def test_telegram_and_whatsapp_side_by_side_with_one_lawyer(
    server: WhatsAppServer, tmp_path: Path
) -> None:
    """Interleaved step by step; each gets their own answers, on their own phone."""
    async with (
        TelegramServer(flood=None) as telegram,
        whatsapp_bot(
            server,
            tmp_path,
            telegram_token=telegram.token,
            telegram_api_url=telegram.url,
            telegram_rate=1000,
            telegram_chat_rate=1000,
        ) as bot,
    ):
        lawyer = await add_lawyer(bot.database)
        one, two = telegram.new_user(), server.new_user()
        one.start()
        two.says("hello")
        for label in ("English", "✅ Yes", "👍 No", "🧑 18 or older"):
            await press(telegram, one, label)
            await tap(server, two, label)
        await telegram.hears(one, "What do you need?")
        await server.hears(two, "What do you need?")
        one.send_text("lawyer")
        two.says("lawyer")
        for label in ("✅ Yes", "✅ Yes, here"):
            await tap(server, two, label)
            await press(telegram, one, label)
        await server.hears(two, "Your case has the number")
        await telegram.hears(one, "Your case has the number")
        cards = (await queue.list_queue(bot, lawyer)).cards
        for card in cards:
            await cases.claim(bot, lawyer, card.id)
        await telegram.hears(one, "A lawyer has taken")
        await server.hears(two, "A lawyer has taken")
        one.send_text("I am on Telegram")
        two.says("I am on WhatsApp")
        await telegram.hears(one, "I passed this")
        await server.hears(two, "I passed this")
        pages = [await cases.read_case(bot, lawyer, card.id) for card in cards]
        places = {}
        for page in pages:
            [place] = [
                text_of(m.body)
                for m in page.messages
                if m.author is Author.WORKER and text_of(m.body).startswith("I am on")
            ]
            places[page.case.id] = place.rpartition(" ")[2]
            reply = f"to the person on {places[page.case.id]}"
            await cases.reply(bot, lawyer, page.case.id, reply, form_id=str(page.case.id))
        await telegram.hears(one, "to the person on Telegram")
        await server.hears(two, "to the person on WhatsApp")
        await server.settled()
        await telegram.settled()
        assert sorted(places.values()) == ["Telegram", "WhatsApp"]
        assert not any("WhatsApp" in text for text in one.chat.said())
        assert not any("Telegram" in text for text in two.said())
        assert malformed(telegram) == []
