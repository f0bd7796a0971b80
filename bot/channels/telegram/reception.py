"""One update: stored and answered in one transaction, then the chat is put in order.

What the phone shows is only tidied after the commit, and may fail without harm: a pressed button
stops spinning, an answered question shows its answer and loses its buttons, a hidden chat is
emptied (hiding.py).
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Coroutine
from typing import Any

import structlog
from aiogram.methods import AnswerCallbackQuery, SendChatAction, SendMessage

from bot import conversation
from bot.channels.telegram import phrases
from bot.channels.telegram.api import Api
from bot.channels.telegram.hiding import Hiding, Screen
from bot.channels.telegram.lawyers import Lawyers
from bot.channels.telegram.lawyers.phrases import BAD_CODE
from bot.channels.telegram.sending import USER
from bot.channels.telegram.tidying import Tidying
from bot.channels.telegram.updates import (
    Heard,
    InGroup,
    Membership,
    Said,
    Tapped,
    read_update,
    update_id,
)
from bot.conversation import Handled, Unkept, guess_language
from bot.errors import DeliveryError
from bot.links import read_payload
from bot.messages import Incoming
from bot.office.staff_chats import LINK
from bot.runtime import Runtime
from storage import conversations
from storage.database import DatabaseUnavailable, Tx

log = structlog.get_logger()

CHANNEL = "telegram"
TYPING_AFTER_SECONDS = 0.7  # what takes longer shows that somebody is at work
TYPING_AGAIN_SECONDS = 4.0  # it is shown for 5 seconds; Bot API 10.1, sendChatAction
FINISH_SECONDS = 3.0
MAX_TOAST = 200  # characters; Bot API 10.1, answerCallbackQuery.text
MOST_TRIES = 300  # to store one update, with at least a second between; then it is our fault alone
REMEMBERED = 1000  # pressed buttons that were answered, and groups that were told


class Reception:
    """Takes updates in any number at once; those of one chat one after the other."""

    def __init__(self, runtime: Runtime, api: Api, hiding: Hiding) -> None:
        self._runtime, self._api, self._hiding = runtime, api, hiding
        self._tidying = Tidying(runtime, api)
        self._lawyers = Lawyers(runtime, api, self._later)
        self._unkept: Counter[int | None] = Counter()
        self._answered: OrderedDict[str, None] = OrderedDict()
        self._afterwards: set[asyncio.Task[None]] = set()

    async def take(self, update: Any) -> None:
        """Store what an update tells; when this returns it need not be told again.

        Raises DatabaseUnavailable where nothing was stored.
        """
        try:
            heard = read_update(update)
            if heard is not None:
                await self._take(heard)
        except Unkept:
            if self._is_patient(update_id(update)):
                raise
            log.exception("telegram.update.lost")
        except DatabaseUnavailable:
            raise
        except Exception:  # nothing that a repeat would mend
            log.exception("telegram.update.fault")

    def _is_patient(self, number: int | None) -> bool:
        """Whether to ask for it again, which keeps what comes after it waiting at Telegram."""
        self._unkept[number] += 1
        return self._unkept[number] < MOST_TRIES

    async def finish(self) -> None:
        """Give what is being tidied a moment; what then remains is done after the next start."""
        if self._afterwards:
            _, late = await asyncio.wait(self._afterwards, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _take(self, heard: Heard) -> None:
        if not isinstance(heard, InGroup) and heard.chat is not None:
            lawyer = await self._lawyers.find(heard.chat)
            if lawyer is not None:
                toast = await self._lawyers.take(lawyer, heard)
                if isinstance(heard, Tapped):
                    self._later(self._answer_tap(heard.callback, toast))
                return
        match heard:
            case Said(payload=payload) if payload.startswith(LINK):
                if not await self._lawyers.tie(heard):
                    await self._bad_link(heard)
            case Said():
                await self._said(heard)
            case Tapped(callback, said, message):
                self._later(self._answer_tap(callback))
                if said is not None:
                    await self._said(said, message)
            case Membership(chat, reachable):
                await conversation.note_reachable(
                    self._runtime, CHANNEL, self._api.account, (USER, str(chat)), reachable
                )
            case InGroup():
                await self._hint(heard)

    async def _said(self, said: Said, tapped: int | None = None) -> None:
        link = read_payload(self._runtime, said.payload)
        incoming = Incoming(
            channel=CHANNEL,
            account=self._api.account,
            identifiers={USER: str(said.chat)},
            platform_id=said.platform_id,
            content=link.content or said.content,
            language_hint=link.language or said.language,
            shown_as=None if said.message is None else str(said.message),
        )
        screen = await self._hiding.before(said)
        typing = asyncio.create_task(self._typing(said.chat))
        try:
            handled = await conversation.handle(self._runtime, incoming, link)
        finally:
            typing.cancel()
        if handled is not Handled.DUPLICATE:
            self._later(self._tidy(said, tapped, screen))

    async def _tidy(self, said: Said, tapped: int | None, screen: Screen | None) -> None:
        if screen is not None and await self._hiding.after_leaving(said, screen):
            return
        if not await self._hiding.after(said):
            await self._tidying.tidy(said.chat, tapped)

    async def _answer_tap(self, callback: str, toast: str = "") -> None:
        if callback in self._answered:  # told twice
            return
        self._answered[callback] = None
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
        answer = AnswerCallbackQuery(
            callback_query_id=callback,
            text=toast[:MAX_TOAST] or None,
            show_alert=True if toast else None,
        )
        await self._api.call_patiently(answer)

    async def _typing(self, chat: int) -> None:
        """Show "typing" until this is cancelled."""
        pause = TYPING_AFTER_SECONDS
        try:
            while True:
                await asyncio.sleep(pause)
                await self._api.call(SendChatAction(chat_id=chat, action="typing"))
                pause = TYPING_AGAIN_SECONDS
        except DeliveryError:
            log.debug("telegram.no_typing")

    async def _bad_link(self, said: Said) -> None:
        """Say that a staff link does not work, to whoever followed it."""
        words = self._runtime.speech.say(BAD_CODE, guess_language(self._runtime, said.language))
        call = self._api.call_patiently(SendMessage(chat_id=said.chat, text=words))
        self._later(_ignore_result(call))

    async def _hint(self, group: InGroup) -> None:
        """Say once in a group that it is not the place."""
        account, now = self._api.account, self._runtime.clock()

        def first_time(tx: Tx) -> bool:
            name = f"{group.chat}:hint"
            return conversations.record_incoming(tx, CHANNEL, account, name, now)

        if await self._runtime.database.write(first_time):
            language = guess_language(self._runtime, group.language)
            words = self._runtime.speech.say(phrases.NOT_IN_GROUPS, language)
            call = self._api.call_patiently(SendMessage(chat_id=group.chat, text=words))
            self._later(_ignore_result(call))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)


async def _ignore_result(call: Coroutine[Any, Any, Any]) -> None:
    await call


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """Do what nobody waits for; the message itself is stored, whatever becomes of this."""
    try:
        await work
    except (DeliveryError, DatabaseUnavailable) as error:
        log.info("telegram.untidy", error=type(error).__name__)
    except Exception:
        log.exception("telegram.afterwards.fault")
