"""Being a worker in a test: says, taps, reads. Only the wire is fake; the rest is the house."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import conversation
from bot.changes import next_change
from bot.conversation import Handled
from bot.delivery.local import Dispatcher
from bot.messages import (
    CommandIn,
    Content,
    FileIn,
    Incoming,
    Opened,
    Outgoing,
    TapIn,
    TextIn,
    parse,
)
from bot.runtime import Runtime
from flows.model import Command
from storage import conversations, messages, outbox
from storage.database import Tx
from storage.pace import UNLIMITED, Rates
from storage.records import Author, Conversation, Message, MessageKind, OutboxRow, OutboxState

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038101"
    "80a5d4c2b50000000049454e44ae426082"
)


class Wire:
    """A channel that keeps what it was given, and fails when told to."""

    name = "webchat"
    account = "web"

    def __init__(self, rates: Rates = UNLIMITED) -> None:
        self.rates = rates
        self.sent: list[OutboxRow] = []
        self.faults: list[Exception] = []

    async def send(self, row: OutboxRow) -> str | None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(row)
        return str(row.id)

    async def close(self) -> None:
        """Nothing to end."""


class Worker:
    """One person at one address."""

    ids = itertools.count(1)

    def __init__(self, runtime: Runtime, who: str = "one", language: str | None = "en") -> None:
        self.runtime, self.who, self.language = runtime, who, language

    async def sends(self, content: Content, platform_id: str | None = None) -> Handled:
        """Deliver a message as the channel would, and wait until all answers are delivered."""
        incoming = Incoming(
            channel="webchat",
            account="web",
            identifiers={"cookie": self.who},
            platform_id=platform_id or f"{self.who}-{next(self.ids)}",
            content=content,
            language_hint=self.language,
        )
        handled = await conversation.handle(self.runtime, incoming)
        await delivered(self.runtime)
        return handled

    async def opens(self) -> None:
        await self.sends(Opened())

    async def says(self, words: str) -> None:
        await self.sends(TextIn(words))

    async def asks(self, command: Command) -> None:
        await self.sends(CommandIn(command))

    async def taps(self, *options: str) -> None:
        """Press these buttons, one after the other, each of the question that is then open."""
        for option in options:
            question = await self.question()
            assert question.question is not None
            assert option in [choice.option for choice in question.choices], question
            await self.sends(TapIn(question.question, option))

    async def sends_photo(self, name: str = "contract.png") -> None:
        await self.sends(FileIn("photo", "image/png", name, PNG))

    async def transcript(self) -> list[Message]:
        def work(tx: Tx) -> list[Message]:
            talk = self._conversation(tx)
            return messages.list_said(tx, talk.id) if talk else []

        return await self.runtime.database.read(work)

    async def reads(self) -> list[str]:
        """Everything that was said to the worker since they last wrote."""
        found: list[str] = []
        for message in await self.transcript():
            if message.author is Author.WORKER:
                found.clear()
            else:
                found.append(str(json.loads(message.body)["text"]))
        return found

    async def question(self) -> Outgoing:
        """The newest message with buttons."""
        prompts = [m for m in await self.transcript() if m.kind is MessageKind.PROMPT]
        asked = [parse(m.body) for m in prompts if parse(m.body).question is not None]
        return asked[-1]

    async def conversation(self) -> Conversation:
        found = await self.runtime.database.read(self._conversation)
        assert found is not None
        return found

    def _conversation(self, tx: Tx) -> Conversation | None:
        address = conversations.find_address(tx, "webchat", "web", ("cookie", self.who))
        return conversations.get_open_conversation(tx, address) if address else None


@asynccontextmanager
async def delivering(runtime: Runtime, wire: Wire) -> AsyncIterator[None]:
    """Run the dispatcher."""
    dispatcher = Dispatcher(runtime, {"webchat": wire})
    running = asyncio.create_task(dispatcher.run())
    try:
        yield
    finally:
        dispatcher.stop()
        await running


async def delivered(runtime: Runtime) -> None:
    """Wait until nothing is queued for now or under way."""
    with runtime.changes.listen("outbox") as bell:
        while True:
            counts = await runtime.database.read(outbox.count_by_state)
            if not counts.keys() & {OutboxState.QUEUED, OutboxState.SENDING}:
                return
            rung = await next_change(bell, timeout_seconds=20)
            assert rung, f"stuck: {counts}"
