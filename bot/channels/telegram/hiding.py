"""Hiding a chat: everything of it that Telegram still lets us delete goes, on both sides.

Telegram deletes messages of the last 48 hours, the worker's own too. Our ledger says which are
still on the screen (storage/ledger.py); each loses its number when it is gone. So what a crash
interrupts is found at the next start. What comes last is a harmless line, queued in the same
transaction that says that all is done.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot import messages, phrases
from bot.casework import calls
from bot.changes import next_change
from bot.channels.telegram.api import Api
from bot.channels.telegram.deleting import DELETABLE, MARGIN, delete_messages
from bot.channels.telegram.sending import USER
from bot.channels.telegram.updates import Said
from bot.errors import DeliveryError, Unreachable
from bot.messages import CommandIn, Outgoing, TextIn
from bot.runtime import Runtime
from bot.talk import session_of
from flows import match
from flows.fold import SIDE_TRIPS
from flows.model import Command
from flows.texts import SOURCE_LANGUAGE
from storage import ledger
from storage.conversations import (
    find_address,
    get_conversation,
    get_identifiers,
    get_open_conversation,
)
from storage.database import Tx
from storage.messages import add_outgoing
from storage.records import Conversation, ConversationId, Kind, MessageId

log = structlog.get_logger()

ERASE = SIDE_TRIPS[Command.ERASE]
ROUNDS = 20  # messages may still be on their way while we delete
WAIT_SECONDS = 1.0
AGAIN_AFTER_SECONDS = 5.0


@dataclass(frozen=True)
class Screen:
    """What a chat that is being emptied still shows."""

    conversation_id: ConversationId
    chat: int
    shown: list[tuple[MessageId, str]]
    more_on_its_way: bool
    secret: bool = False  # what was just typed is a code, which nobody else should read


class Hiding:
    """Empties chats, each by one task at a time."""

    def __init__(self, runtime: Runtime, api: Api) -> None:
        self._runtime, self._api = runtime, api
        self._busy: set[ConversationId] = set()

    async def after(self, said: Said) -> bool:
        """Empty the chat where what was said has hidden it; returns whether it is hidden."""
        talk = await self._runtime.database.read(lambda tx: self._talk(tx, said.chat))
        if talk is None:
            return False
        if talk.hidden_after_seq is not None:
            await self.empty(talk.id)
            return True
        if talk.phrase is None and self._asks_to_hide(said):
            await self.empty(talk.id, up_to_seq=talk.last_seq)  # nothing to bring back yet
            return True
        typed = match.normal(said.content.text) if isinstance(said.content, TextIn) else ""
        if said.message is not None and typed and typed == match.normal(talk.phrase or ""):
            await delete_messages(
                self._api, said.chat, [said.message]
            )  # nobody else should read the words
        return False

    async def before(self, said: Said) -> Screen | None:
        """The chat before this is handled; with all it shows where this may be the yes to erase."""

        def work(tx: Tx) -> Screen | None:
            talk = self._talk(tx, said.chat)
            if talk is None or said.payload:
                return None
            shown: list[tuple[MessageId, str]] = []
            session = session_of(talk)
            if session and session.open and session.open[0] == ERASE:  # afterwards nobody knows
                shown = ledger.list_shown(tx, talk.id, talk.last_seq, self._since())
            secret = isinstance(said.content, TextIn) and calls.is_secret(tx, talk)
            return Screen(talk.id, said.chat, shown, more_on_its_way=False, secret=secret)

        return await self._runtime.database.read(work)

    async def after_leaving(self, said: Said, before: Screen) -> bool:
        """Empty the screen where that conversation has ended: erased, or another person's now.

        Where it goes on, only a code that was typed goes. Returns whether it has ended. A crash in
        the middle leaves the rest on the screen: with an erasure its numbers are gone, too.
        """

        def work(tx: Tx) -> list[tuple[MessageId, str]] | None:
            talk, ended = self._talk(tx, before.chat), get_conversation(tx, before.conversation_id)
            if talk is None or ended is None or talk.id == ended.id:
                return None
            return ledger.list_shown(tx, ended.id, ended.last_seq, self._since())

        left = await self._runtime.database.read(work)
        own = [] if said.message is None else [(MessageId(0), str(said.message))]
        if left is None:
            if before.secret:
                await self._erase(replace(before, shown=own))
            return False
        screen = replace(before, shown=[*left, *own, *before.shown])
        while not await self._erase(screen):  # noqa: ASYNC110  (a pause)
            await asyncio.sleep(AGAIN_AFTER_SECONDS)
        gone = [message_id for message_id, _ in left]
        await self._runtime.database.write(lambda tx: ledger.forget_shown(tx, gone))
        return True

    async def resume(self) -> None:
        """Go on where a crash has interrupted us."""
        account, since = self._api.account, self._since()
        unfinished = await self._runtime.database.read(
            lambda tx: ledger.list_unfinished_hides(tx, "telegram", account, since)
        )
        await asyncio.gather(*(self.empty(conversation_id) for conversation_id in unfinished))

    async def empty(self, conversation_id: ConversationId, up_to_seq: int | None = None) -> None:
        """Delete what is on the screen up to this seq (else: what the hiding hides)."""
        if conversation_id in self._busy:
            return
        self._busy.add(conversation_id)
        try:
            while not await self._emptied(conversation_id, up_to_seq):  # noqa: ASYNC110  (a pause)
                await asyncio.sleep(AGAIN_AFTER_SECONDS)
        finally:
            self._busy.discard(conversation_id)

    async def _emptied(self, conversation_id: ConversationId, up_to_seq: int | None) -> bool:
        """Whether nothing is left; False where Telegram did not do as it was told."""
        erased = False
        with self._runtime.changes.listen("outbox") as bell:
            for _ in range(ROUNDS):
                screen = await self._runtime.database.read(
                    lambda tx: self._screen(tx, conversation_id, up_to_seq)
                )
                if screen is None:
                    return True  # shown again in the meantime
                if screen.shown and not await self._erase(screen):
                    return False
                erased = erased or bool(screen.shown)
                if erased:
                    await self._settle(screen)
                if not screen.more_on_its_way:
                    return True
                await next_change(bell, WAIT_SECONDS)
        return False

    async def _erase(self, screen: Screen) -> bool:
        try:
            await delete_messages(self._api, screen.chat, _numbers(screen.shown))
        except Unreachable:
            log.info("telegram.hide.unreachable", conversation=screen.conversation_id)
        except DeliveryError as error:
            log.error("telegram.hide.interrupted", error=type(error).__name__)
            return False
        return True

    def _screen(
        self, tx: Tx, conversation_id: ConversationId, up_to_seq: int | None
    ) -> Screen | None:
        talk = get_conversation(tx, conversation_id)
        if talk is None:
            return None
        up_to = talk.hidden_after_seq if up_to_seq is None else up_to_seq
        if up_to is None:
            return None
        return Screen(
            conversation_id,
            chat=int(get_identifiers(tx, talk.address.id)[USER]),
            shown=ledger.list_shown(tx, conversation_id, up_to, self._since()),
            more_on_its_way=ledger.is_being_sent(tx, conversation_id, up_to),
        )

    async def _settle(self, screen: Screen) -> None:
        """Write down that these are gone; with the last of them comes the harmless line."""

        def work(tx: Tx) -> None:
            ledger.forget_shown(tx, [message_id for message_id, _ in screen.shown])
            talk = get_conversation(tx, screen.conversation_id)
            if talk is None or screen.more_on_its_way:
                return
            language = talk.worker.language or SOURCE_LANGUAGE
            words = self._runtime.speech.say(phrases.DECOY, language)
            body, now = messages.dump(Outgoing(text=words, harmless=True)), self._runtime.clock()
            add_outgoing(tx, talk, Kind.ANSWER, body, language=language, now=now)

        await self._runtime.database.write(work)

    def _talk(self, tx: Tx, chat: int) -> Conversation | None:
        address = find_address(tx, "telegram", self._api.account, (USER, str(chat)))
        return get_open_conversation(tx, address) if address else None

    def _asks_to_hide(self, said: Said) -> bool:
        if isinstance(said.content, CommandIn):
            return said.content.command is Command.HIDE
        typed = said.content.text if isinstance(said.content, TextIn) else ""
        words = self._runtime.command_words
        return Command.HIDE in (words.find(typed), words.find_sign(typed))

    def _since(self) -> datetime:
        return self._runtime.clock() - DELETABLE + MARGIN


def _numbers(shown: list[tuple[MessageId, str]]) -> list[int]:
    return sorted({int(n) for _, parts in shown for n in parts.split()}, reverse=True)
