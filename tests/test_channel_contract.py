"""What every channel keeps: one suite, on Telegram, WhatsApp and the web chat.

Each phone is driven through the platform's own door, and read as its owner reads it.
"""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import pytest
from yarl import URL

from bot.casework import cases, closing, queue
from bot.changes import next_change
from bot.messages import text_of
from bot.runtime import Runtime
from storage import outbox
from storage.records import Author, CaseCard, OutboxState, Staff
from tests.builders import add_lawyer
from tests.chat_page import ChatPage
from tests.servers.telegram import TelegramServer, User
from tests.servers.whatsapp import Person, WhatsAppServer
from tests.telegram_bot import press, telegram_bot
from tests.whatsapp_bot import tap, whatsapp_bot

WAIT_SECONDS = 60


class Phone(Protocol):
    """A worker on some channel."""

    bot: Runtime

    async def begins(self) -> None:
        """Open the chat for the first time."""

    async def says(self, text: str) -> None:
        """Type and send."""

    async def presses(self, *labels: str) -> None:
        """Press buttons, each once it is there."""

    async def reads(self, words: str) -> str:
        """Wait for a message with these words."""

    def shown(self) -> list[str]:
        """What the bot said, the oldest first."""

    async def tells_again(self) -> None:
        """Let the platform deliver the last message once more."""


class OnTelegram:
    """A phone with Telegram."""

    def __init__(self, bot: Runtime, server: TelegramServer, user: User) -> None:
        self.bot, self.server, self.user = bot, server, user

    async def begins(self) -> None:
        self.user.start()

    async def says(self, text: str) -> None:
        self.user.send_text(text)

    async def presses(self, *labels: str) -> None:
        await press(self.server, self.user, *labels)

    async def reads(self, words: str) -> str:
        return (await self.server.hears(self.user, words, WAIT_SECONDS)).text

    def shown(self) -> list[str]:
        return self.user.chat.said()

    async def tells_again(self) -> None:
        self.server.tell_again(1)
        await self.server.settled(WAIT_SECONDS)


class OnWhatsApp:
    """A phone with WhatsApp."""

    def __init__(self, bot: Runtime, server: WhatsAppServer, user: Person) -> None:
        self.bot, self.server, self.user = bot, server, user

    async def begins(self) -> None:
        self.user.says("hello")

    async def says(self, text: str) -> None:
        self.user.says(text)

    async def presses(self, *labels: str) -> None:
        await tap(self.server, self.user, *labels)

    async def reads(self, words: str) -> str:
        return (await self.server.hears(self.user, words, WAIT_SECONDS)).text

    def shown(self) -> list[str]:
        return self.user.said()

    async def tells_again(self) -> None:
        message = self.user.sent[-1]
        self.server.postman.put({"contacts": [self.user.contact()], "messages": [message]})
        await self.server.settled(WAIT_SECONDS)


class ServedAt:
    """Where the pages of the web chat come from."""

    def __init__(self, address: str) -> None:
        self.origin, self.server = address, self

    def make_url(self, path: str) -> URL:
        """The address of a path."""
        return URL(self.origin + path)


class OnWebChat:
    """A browser with the web chat."""

    def __init__(self, bot: Runtime, page: ChatPage) -> None:
        self.bot, self.page = bot, page
        self.last: dict[str, Any] = {}
        self.heard = 0  # entries when the person last acted

    async def begins(self) -> None:
        await self.page.arrives()

    async def says(self, text: str) -> None:
        self.heard = len(self.page.entries)
        self.last = {"id": uuid.uuid4().hex, "text": text}
        await self.page.sends(self.last)
        await self.page.acknowledged(self.last["id"])

    async def presses(self, *labels: str) -> None:
        for label in labels:
            await self.page.until(lambda label=label: self._data(label) is not None)  # type: ignore[misc]
            self.heard = len(self.page.entries)
            said_id = uuid.uuid4().hex
            await self.page.sends({"id": said_id, "tap": self._data(label)})
            await self.page.acknowledged(said_id)

    def _data(self, label: str) -> dict[str, Any] | None:
        question = self.page.question
        for choice in question["choices"]:
            if choice["label"] == label:
                return {"question": question["question"], "option": choice["option"]}
        return None

    async def reads(self, words: str) -> str:
        def found() -> str:
            news = [entry["text"] for _, entry in self.page.entries[self.heard :]]
            return next((text for text in news if words in text), "")

        await self.page.until(lambda: bool(found()))
        return found()

    def shown(self) -> list[str]:
        return [e["text"] for _, e in self.page.entries if e["author"] != "worker"]

    async def tells_again(self) -> None:
        await self.page.sends(self.last)
        await self.page.acknowledged(self.last["id"])


@pytest.fixture(params=["telegram", "whatsapp", "webchat"])
async def phones(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Phone]]:
    """Two workers on the same channel, and the bot behind it."""
    async with AsyncExitStack() as stack:
        if request.param == "telegram":
            telegram = await stack.enter_async_context(TelegramServer(flood=None))
            bot = await stack.enter_async_context(telegram_bot(telegram, tmp_path))
            yield [OnTelegram(bot, telegram, telegram.new_user()) for _ in range(2)]
            assert telegram.violations == []
            return
        server = await stack.enter_async_context(WhatsAppServer())
        bot = await stack.enter_async_context(whatsapp_bot(server, tmp_path))
        if request.param == "whatsapp":
            yield [OnWhatsApp(bot, server, server.new_user()) for _ in range(2)]
            await server.settled()
            assert server.violations == []
            return
        found: list[Phone] = []
        for _ in range(2):
            jar = aiohttp.CookieJar(unsafe=True)
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            page = ChatPage(ServedAt(bot.settings.address), session)  # type: ignore[arg-type]
            stack.push_async_callback(page.leave)
            found.append(OnWebChat(bot, page))
        yield found


async def welcomed(phone: Phone) -> None:
    """English, alone, not hurt, adult: to the list of topics."""
    await phone.begins()
    await phone.presses("English", "✅ Yes", "👍 No", "🧑 18 or older")
    await phone.reads("What do you need?")


async def with_a_case(phone: Phone, allowed: str = "✅ Yes, here") -> tuple[Staff, CaseCard]:
    """A case in the queue, and a lawyer."""
    lawyer = await add_lawyer(phone.bot.database)
    await welcomed(phone)
    await phone.says("lawyer")
    await phone.presses("✅ Yes", allowed)
    await phone.reads("Your case has the number")
    [card] = (await queue.list_queue(phone.bot, lawyer)).cards
    return lawyer, card


async def sent(phone: Phone) -> dict[str, int]:
    """The states of all messages, once none is on its way."""
    with phone.bot.changes.listen("outbox") as bell:
        while True:
            counts = await phone.bot.database.read(outbox.count_by_state)
            if not counts.keys() & {OutboxState.QUEUED, OutboxState.SENDING}:
                return counts
            await next_change(bell, WAIT_SECONDS)


async def test_from_the_first_word_to_the_closed_case(phones: list[Phone]) -> None:
    phone, _ = phones
    lawyer, card = await with_a_case(phone)
    await cases.claim(phone.bot, lawyer, card.id)
    await phone.reads("A lawyer has taken your case")
    await phone.says("I have worked there since May")
    await phone.reads("I passed this to the lawyers")
    await cases.reply(phone.bot, lawyer, card.id, "How much do they owe you?", form_id="1")
    await phone.reads("How much do they owe you?")
    await phone.says("450 & <more>")
    page = await cases.read_case(phone.bot, lawyer, card.id)
    typed = [text_of(m.body) for m in page.messages if m.author is Author.WORKER]
    assert [text for text in typed if text != "lawyer"][-1:] != []
    await closing.close(phone.bot, lawyer, card.id, "advice")
    await phone.reads("is closed")
    assert (await sent(phone)).keys() == {OutboxState.SENT}


async def test_what_is_delivered_twice_is_answered_once(phones: list[Phone]) -> None:
    phone, _ = phones
    await welcomed(phone)
    await phone.says("my pay")
    await phone.reads("What is wrong with your pay?")
    await phone.tells_again()
    assert (await sent(phone)).keys() == {OutboxState.SENT}
    asked = [text for text in phone.shown() if "What is wrong with your pay?" in text]
    assert len(asked) == 1


async def test_danger_works_at_any_moment(phones: list[Phone]) -> None:
    phone, _ = phones
    await phone.begins()
    await phone.reads("Which language")
    await phone.says("danger")
    await phone.reads("112")


async def test_two_people_never_see_each_other(phones: list[Phone]) -> None:
    one, two = phones
    await asyncio.gather(welcomed(one), welcomed(two))
    await one.says("my pay")
    await two.says("danger")
    await one.reads("What is wrong with your pay?")
    await two.reads("112")
    await sent(one)
    assert not any("112: emergency" in text for text in one.shown())
    assert not any("What is wrong" in text for text in two.shown())


async def test_a_lawyer_s_words_wait_for_who_wants_to_write_first(phones: list[Phone]) -> None:
    phone, _ = phones
    lawyer, card = await with_a_case(phone, "✋ Only after I write")
    await cases.claim(phone.bot, lawyer, card.id)
    await cases.reply(phone.bot, lawyer, card.id, "Good news", form_id="1")
    assert (await sent(phone))[OutboxState.HELD] == 2
    assert not any("Good news" in text for text in phone.shown())
    await phone.says("is there news?")
    await phone.reads("Good news")


async def test_a_hidden_chat_tells_nothing_until_the_two_words(phones: list[Phone]) -> None:
    phone, _ = phones
    await phone.begins()
    await phone.presses("English")
    [phrase] = re.findall(r"write(?: here)?: (.+)", await phone.reads(": "))
    await phone.presses("✅ Yes")
    await phone.reads("Are you hurt")
    await phone.says("x")
    await phone.says("what is this")
    await phone.reads("There is nothing new here today")
    await phone.says(phrase)
    await phone.reads("Here you are again")
    await phone.reads("Are you hurt")
