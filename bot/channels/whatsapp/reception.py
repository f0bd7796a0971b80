"""What Meta tells, one thing after the other: each stored in its own transaction.

What only the phone shows (the blue ticks, "typing") comes afterwards and may fail without harm.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import structlog

from bot import conversation, messages, phrases
from bot.channels.whatsapp.api import Api
from bot.channels.whatsapp.codes import UNDELIVERABLE, error_of
from bot.channels.whatsapp.languages import guess
from bot.channels.whatsapp.sending import part_of
from bot.channels.whatsapp.updates import (
    Heard,
    Moved,
    Preference,
    Receipt,
    Said,
    Shared,
    read_updates,
)
from bot.conversation import Handled
from bot.delivery.ends import ANNOUNCEMENTS, write_end
from bot.errors import DeliveryError, Rejected, Unreachable
from bot.messages import Incoming, Outgoing, TextIn
from bot.runtime import Runtime
from flows.texts import SOURCE_LANGUAGE
from storage import conversations, outbox, receipts
from storage.database import DatabaseUnavailable, Tx
from storage.messages import add_outgoing
from storage.records import Kind, OutboxRow

log = structlog.get_logger()

CHANNEL = "whatsapp"
TYPING_AFTER_SECONDS = 0.7  # what takes longer shows that somebody is at work
FINISH_SECONDS = 3.0
TOLD_TO = timedelta(seconds=1)  # Meta tells times by the second
GIVE_UP_FAILURES = 3  # messages in a row that did not arrive


class Reception:
    """Takes calls in any number at once; what is told twice happens once."""

    def __init__(self, runtime: Runtime, api: Api) -> None:
        self._runtime, self._api = runtime, api
        self._afterwards: set[asyncio.Task[None]] = set()

    async def take(self, body: Any) -> None:
        """Store all that a call tells; when this returns it need not be told again.

        Raises DatabaseUnavailable where something could not be stored; the rest is.
        """
        by_person: dict[str, list[Heard]] = {}
        for heard in read_updates(body, self._api.phone_id):
            by_person.setdefault(_owner(heard), []).append(heard)
        ends = await asyncio.gather(
            *(self._in_order(each) for each in by_person.values()), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def finish(self) -> None:
        """Give what is under way a moment; nothing of it is missed."""
        if self._afterwards:
            _, late = await asyncio.wait(self._afterwards, timeout=FINISH_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _in_order(self, told: list[Heard]) -> None:
        for heard in told:
            try:
                await self._take(heard)
            except DatabaseUnavailable:
                raise
            except Exception:  # nothing that a repeat would mend
                log.exception("whatsapp.update.fault", kind=type(heard).__name__)

    async def _take(self, heard: Heard) -> None:
        write = self._runtime.database.write
        match heard:
            case Said():
                await self._said(heard)
            case Moved():
                await write(lambda tx: self._moved(tx, heard))
            case Receipt():
                await write(lambda tx: self._receipt(tx, heard))
            case Preference():
                await write(lambda tx: self._preference(tx, heard))
            case Shared():
                await write(lambda tx: self._shared(tx, heard))

    # what people write

    async def _said(self, said: Said) -> None:
        words = said.content.text if isinstance(said.content, TextIn) else ""
        incoming = Incoming(
            channel=CHANNEL,
            account=self._api.phone_id,
            identifiers=said.person,
            platform_id=said.platform_id,
            content=said.content,
            language_hint=guess(words, said.person, self._runtime.languages),
            written_at=said.at + TOLD_TO if said.at else None,
            opens_window=said.opens_window,
        )
        typing = asyncio.create_task(self._typing(said.platform_id))
        try:
            handled = await conversation.handle(self._runtime, incoming)
        finally:
            typing.cancel()
        if handled is not Handled.DUPLICATE:
            self._later(self._api.mark_read(said.platform_id, typing=False))

    async def _typing(self, platform_id: str) -> None:
        await asyncio.sleep(TYPING_AFTER_SECONDS)
        await _quietly(self._api.mark_read(platform_id, typing=True))

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_quietly(work))
        self._afterwards.add(task)
        task.add_done_callback(self._afterwards.discard)

    # people

    def _moved(self, tx: Tx, moved: Moved) -> None:
        now, account = self._runtime.clock(), self._api.phone_id
        if not conversations.record_incoming(tx, CHANNEL, account, moved.platform_id, now):
            return
        kept = conversations.change_identifiers(
            tx, CHANNEL, account, moved.before, moved.after, now
        )
        log.info("whatsapp.moved", address=kept)

    def _shared(self, tx: Tx, shared: Shared) -> None:
        """Their number, which we asked for: what needed it goes out now."""
        now, account = self._runtime.clock(), self._api.phone_id
        if not conversations.record_incoming(tx, CHANNEL, account, shared.platform_id, now):
            return
        address = conversations.find_or_create_address(tx, CHANNEL, account, shared.person, now)
        talk = conversations.lock_conversation(tx, address, now)
        conversations.mark_incoming(tx, talk.id, min(now, shared.at or now))
        language = talk.worker.language or SOURCE_LANGUAGE
        words = self._runtime.speech.say(phrases.NUMBER_KEPT, language)
        body = messages.dump(Outgoing(words))
        add_outgoing(tx, talk, Kind.ANSWER, body, language=language, now=now)
        outbox.release_held(tx, address, now)

    def _preference(self, tx: Tx, preference: Preference) -> None:
        now, account = self._runtime.clock(), self._api.phone_id
        if not conversations.record_incoming(tx, CHANNEL, account, preference.platform_id, now):
            return
        found = (
            conversations.find_address(tx, CHANNEL, account, each)
            for each in preference.person.items()
        )
        address = next((each for each in found if each is not None), None)
        talk = address and conversations.get_open_conversation(tx, address)
        if not talk:
            return
        # a "resume" at WhatsApp is no yes to our announcements: it is only written down
        purposes = (ANNOUNCEMENTS, MARKETING) if preference.stop else (MARKETING,)
        for purpose in purposes:
            conversations.record_consent(
                tx,
                talk.worker.id,
                purpose,
                given=not preference.stop,
                wording="whatsapp: " + ("stop" if preference.stop else "resume"),
                language=talk.worker.language or SOURCE_LANGUAGE,
                now=now,
            )

    # what became of our messages

    def _receipt(self, tx: Tx, receipt: Receipt) -> None:
        """Follow a receipt; Meta repeats them, in any order, and leaves some out."""
        now, account = self._runtime.clock(), self._api.phone_id
        known = receipts.find_part(tx, CHANNEL, account, receipt.platform_id)
        row = self._row(tx, receipt, known and known[0])
        if row is None:
            return
        tracker = receipt.tracker
        number = tracker.part if tracker else known[1] if known else 0
        last = (
            tracker.part + 1 == tracker.parts
            if tracker
            else number + 1 == len(receipts.list_parts(tx, row.message_id))
        )
        part = part_of(row, number, now)
        this_attempt = tracker is None or tracker.attempt == row.attempt
        if receipt.status == "failed":
            if this_attempt:
                self._failed(tx, row, receipt, number)
            return
        if receipt.status not in ("sent", "delivered", "read", "played"):
            return
        receipts.add_part(tx, part, now, receipt.platform_id or None)
        if receipt.category is not None:
            receipts.note_price(tx, part, receipt.category)
        if receipt.status == "sent":
            if last and this_attempt and tracker is not None:
                outbox.note_taken(tx, row, now)
            return
        receipts.note_arrival(tx, part, now)
        if last:
            outbox.note_arrived(tx, row, now, read=receipt.status != "delivered")

    def _row(self, tx: Tx, receipt: Receipt, message_id: int | None) -> OutboxRow | None:
        """Our message, which must be one of this phone number."""
        if receipt.tracker is not None:
            row = outbox.get_row(tx, outbox.outbox.c.id == receipt.tracker.row)
        elif message_id is not None:
            row = outbox.get_row(tx, outbox.outbox.c.message_id == message_id)
        else:
            return None
        ours = row and row.address.channel == CHANNEL and row.address.account == self._api.phone_id
        return row if ours else None

    def _failed(self, tx: Tx, row: OutboxRow, receipt: Receipt, number: int) -> None:
        code = receipt.code if receipt.code is not None else -1
        error = error_of(code, row.attempt)
        if code == UNDELIVERABLE:  # it was taken and came back: counted over messages
            error = Rejected(UNDELIVERED)
        receipts.forget_part(tx, row.message_id, number)
        write_end(tx, self._runtime, row, error, states=outbox.TAKEN)
        if code == UNDELIVERABLE and self._is_gone(tx, row):
            write_end(tx, self._runtime, row, Unreachable(), states=outbox.TAKEN)

    def _is_gone(self, tx: Tx, row: OutboxRow) -> bool:
        talk = conversations.get_conversation(tx, row.conversation_id)
        since = talk.last_incoming_at if talk else None
        failed = outbox.count_failed_since(tx, row.address.id, UNDELIVERED, since)
        return failed >= GIVE_UP_FAILURES


MARKETING = "whatsapp_marketing"
UNDELIVERED = f"{UNDELIVERABLE} undeliverable"


def _owner(heard: Heard) -> str:
    """Whose turn it is: what concerns one person is taken in order."""
    match heard:
        case Said(person=person) | Preference(person=person) | Shared(person=person):
            return next(iter(person.values()))
        case Moved(before=before):
            return next(iter(before.values()))
        case Receipt(tracker=tracker, platform_id=name):
            return f"receipt {tracker.row if tracker else name}"


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """Do what nobody waits for; the message itself is stored, whatever becomes of this."""
    try:
        await work
    except (DeliveryError, DatabaseUnavailable) as error:
        log.info("whatsapp.untidy", error=type(error).__name__)
    except Exception:
        log.exception("whatsapp.afterwards.fault")
