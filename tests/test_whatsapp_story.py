"""The whole way on WhatsApp, alone and beside Telegram, with one lawyer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.casework import cases, queue
from bot.messages import text_of
from bot.runtime import Runtime
from flows.model import Command
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


async def test_from_the_first_word_to_the_closed_case(server: WhatsAppServer, bot: Runtime) -> None:
    worker = server.new_user()
    lawyer = await add_lawyer(bot.database)
    worker.says("hello")
    await through_the_welcome(server, worker)
    await tap(server, worker, "💰 My pay", "⏳ Late or not paid")
    await server.until(lambda: bool(worker.news()))
    worker.says("lawyer")
    await tap(server, worker, "✅ Yes", "✅ Yes, here")
    await server.hears(worker, "Your case has the number")

    [card] = (await queue.list_queue(bot, lawyer)).cards
    await cases.claim(bot, lawyer, card.id)
    await server.hears(worker, "A lawyer has taken your case")
    worker.says("I have worked there since May")
    await server.hears(worker, "I passed this to the lawyers")
    worker.sends_file("image", PNG, "image/png", caption="my contract")
    await cases.reply(bot, lawyer, card.id, "How much do they owe you?", form_id="1")
    reply = await server.hears(worker, "How much do they owe you?")
    assert reply.text.startswith("👤 ")
    worker.says("450 & more")
    await server.settled()
    page = await cases.read_case(bot, lawyer, card.id)
    said = [text_of(message.body) for message in page.messages]
    words = [text for text in said if text in ("I have worked there since May", "450 & more")]
    assert words == ["I have worked there since May", "450 & more"]
    await cases.close(bot, lawyer, card.id, "advice")
    await server.hears(worker, "is closed")
    await server.settled()
    ours = [m for m in await transcript(bot, worker) if m.delivery is not None]
    assert all(message.read_at is not None for message in ours)


@pytest.mark.parametrize("language", ["en", "ur"])
async def test_the_signs_of_forced_labour_are_screened_by_single_digits(
    server: WhatsAppServer, bot: Runtime, language: str
) -> None:
    """T02: language, welcome, eleven questions answered by digits, danger, a lawyer."""
    if not bot.catalog.offers("forced_labour", language):
        pytest.skip(f"the tree is not whole in {language} yet")
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
    typed = [seen.text for seen in user.screen if not seen.by_bot][-11:]
    assert all(len(text) == 1 for text in typed)
    await server.until(lambda: "112" in "".join(seen.text for seen in user.news()))
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
