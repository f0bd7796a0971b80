"""A worker's whole story on Telegram, by polling and by webhook, judged by others' libraries."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bot.casework import cases, closing, queue
from bot.messages import text_of
from bot.runtime import Runtime
from tests.builders import add_lawyer
from tests.servers.telegram import TelegramServer, User
from tests.servers.telegram.judges import judge
from tests.talk import PNG
from tests.telegram_bot import (
    POLLING,
    WEBHOOK,
    press,
    telegram_bot,
    through_the_welcome,
    until_fetched,
)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A Telegram with whom every call finds favour."""
    async with TelegramServer(flood=None) as server:
        yield server
        assert judge(server) == []


@pytest.fixture(params=[POLLING, WEBHOOK])
async def bot(
    request: pytest.FixtureRequest, server: TelegramServer, tmp_path: Path
) -> AsyncIterator[Runtime]:
    """The bot, listening in either way."""
    async with telegram_bot(server, tmp_path, mode=request.param) as runtime:
        yield runtime
        await server.settled()


async def test_from_the_first_word_to_the_closed_case(server: TelegramServer, bot: Runtime) -> None:
    worker = server.new_user(language_code="en")
    lawyer = await add_lawyer(bot.database)

    worker.start()
    await through_the_welcome(server, worker)
    await press(server, worker, "💰 My pay", "⏳ Late or not paid", "👤", "✅ Yes", "✅ Yes, here")
    await server.hears(worker, "Your case has the number")
    await server.until(
        lambda: [seen.labels for seen in worker.visible() if seen.rows] == [("📂 My case",)],
        what="every answered question to lose its buttons",
    )
    assert "👉 ⏳ Late or not paid" in the_texts(worker)

    [card] = (await queue.list_queue(bot, lawyer)).cards
    await cases.claim(bot, lawyer, card.id)
    await server.hears(worker, "A lawyer has taken your case")
    worker.send_text("I have worked there since May")
    await server.hears(worker, "I passed this to the lawyers")
    worker.send_photo(PNG, "my contract")
    await cases.reply(bot, lawyer, card.id, "How much do they <owe> you?", form_id="1")
    reply = await server.hears(worker, "How much do they <owe> you?")
    assert reply.text.startswith("There is something new for you in this chat.\n\n👤 ")
    worker.send_text("450 & more")
    await server.settled()
    await until_fetched(bot, 1)
    page = await cases.read_case(bot, lawyer, card.id)
    said = [text_of(message.body) for message in page.messages]
    words = [text for text in said if text in ("I have worked there since May", "450 & more")]
    assert words == ["I have worked there since May", "450 & more"]
    [[photo]] = page.attachments.values()
    assert (photo.media_type, photo.size_bytes) == ("image/png", len(PNG))
    await closing.close(bot, lawyer, card.id, "advice")
    await server.hears(worker, "is closed")


async def test_three_workers_at_once_each_stay_in_their_own_chat(
    server: TelegramServer, bot: Runtime
) -> None:
    people = [server.new_user(language_code=code) for code in ("en", "ru", "fa")]
    names = ["English", "Русский", "فارسی"]
    for worker in people:
        worker.start()
    for worker, name in zip(people, names, strict=True):
        await press(server, worker, name)
    for step in range(2, 5):
        for worker in people:
            await server.until(partial(is_asked, worker, step))
            assert worker.last is not None
            worker.tap(worker.last.labels[1 if worker is people[2] else 0])
    await server.settled()
    alphabets = [is_latin, is_cyrillic, is_arabic]
    for worker, belongs in zip(people, alphabets, strict=True):
        texts = [seen.text for seen in worker.visible() if seen.by_bot][1:]
        assert len(texts) >= 4
        assert all(belongs(text) for text in texts), texts


def the_texts(worker: User) -> str:
    """All that is on the screen."""
    return "\n".join(seen.text for seen in worker.visible())


def is_asked(worker: User, questions: int) -> bool:
    """Whether so many questions were asked, the last of which is open."""
    asked = [seen for seen in worker.visible() if seen.by_bot and (seen.rows or seen.edited)]
    return len(asked) == questions and bool(asked[-1].rows)


def is_latin(text: str) -> bool:
    return not is_cyrillic(text) and not is_arabic(text)


def is_cyrillic(text: str) -> bool:
    return any("а" <= letter <= "я" for letter in text)


def is_arabic(text: str) -> bool:
    return any("؀" <= letter <= "ۿ" for letter in text)
