"""Answered questions on the screen: the chosen answer stands below, the buttons are gone."""

import json
from collections import OrderedDict
from dataclasses import dataclass

from aiogram.methods import DeleteMessages, EditMessageReplyMarkup, EditMessageText

from bot import messages
from bot.channels.telegram.api import Api
from bot.channels.telegram.rendering import Part, render, render_answered
from bot.channels.telegram.sending import NO_PREVIEW, USER
from bot.errors import Rejected
from bot.runtime import Runtime
from flows.session_json import parse_session
from storage.conversations import find_address, get_open_conversation
from storage.database import Tx
from storage.ledger import find_by_platform_id
from storage.messages import list_said
from storage.records import Author, Message, MessageId, MessageKind

LOOK_BACK = 16  # entries of the transcript
REMEMBERED = 10_000  # messages that need no second look


@dataclass(frozen=True)
class Edit:
    """How an answered question should look."""

    message_id: MessageId
    number: int
    part: Part | None  # None: the text stays, the buttons go
    superseded: bool  # the same list stands below, with other marks


class Tidying:
    """Puts chats in order; a message that is in order is not looked at again."""

    def __init__(self, runtime: Runtime, api: Api) -> None:
        self._runtime, self._api = runtime, api
        self._done: OrderedDict[MessageId, None] = OrderedDict()

    async def tidy(self, chat: int, tapped: int | None) -> None:
        """Edit the questions of this chat that are no longer open; best effort."""
        edits, known = await self._runtime.database.read(
            lambda tx: (self._edits(tx, chat, tapped), self._is_known(tx, chat, tapped))
        )
        if tapped is not None and not known:  # a second copy, sent by a call without an answer
            await self._take_buttons(chat, tapped)
        for edit in edits:
            if edit.message_id in self._done:  # the chat's next message was tidied after meanwhile
                continue
            self._done[edit.message_id] = None
            if len(self._done) > REMEMBERED:
                self._done.popitem(last=False)
            await self._apply(chat, edit)

    async def _apply(self, chat: int, edit: Edit) -> None:
        try:
            if edit.superseded:
                deleting = DeleteMessages(chat_id=chat, message_ids=[edit.number])
                await self._api.call_patiently(deleting)
            elif edit.part is None:
                await self._take_buttons(chat, edit.number)
            else:
                answered = EditMessageText(
                    chat_id=chat,
                    message_id=edit.number,
                    text=edit.part.html,
                    parse_mode="HTML",
                    link_preview_options=NO_PREVIEW,
                )
                await self._api.call_patiently(answered)
        except Rejected:  # deleted by the person, older than Telegram edits, or done before
            return

    async def _take_buttons(self, chat: int, number: int) -> None:
        try:
            bare = EditMessageReplyMarkup(chat_id=chat, message_id=number)
            await self._api.call_patiently(bare)
        except Rejected:
            return

    def _is_known(self, tx: Tx, chat: int, number: int | None) -> bool:
        address = find_address(tx, "telegram", self._api.account, (USER, str(chat)))
        talk = address and get_open_conversation(tx, address)
        return not talk or find_by_platform_id(tx, talk.id, str(number)) is not None

    def _edits(self, tx: Tx, chat: int, tapped: int | None) -> list[Edit]:
        address = find_address(tx, "telegram", self._api.account, (USER, str(chat)))
        talk = address and get_open_conversation(tx, address)
        session = parse_session(talk.session) if talk else None
        if not talk or session is None or talk.hidden_after_seq is not None:
            return []
        said = list_said(tx, talk.id, limit=LOOK_BACK)
        wanted = list(said)
        old = None if tapped is None else find_by_platform_id(tx, talk.id, str(tapped))
        if old is not None and old.id not in [message.id for message in said]:
            wanted.append(old)
        found = []
        for message in wanted:
            if message.id in self._done:
                continue
            edit = self._edit(tx, message, session.asked)
            if edit is not None:
                found.append(edit)
        return found

    def _edit(self, tx: Tx, message: Message, open_question: int) -> Edit | None:
        if message.kind is not MessageKind.PROMPT or not message.platform_id or not message.seq:
            return None
        outgoing = messages.parse(message.body)
        if not outgoing.question or outgoing.question >= open_question:  # buttons that stand, stay
            return None
        number = int(message.platform_id.split()[-1])
        after = list_said(tx, message.conversation_id, after_seq=message.seq)
        reply = next((m for m in after if m.author is Author.WORKER), None)
        body = json.loads(reply.body) if reply else {}
        answer = body.get("text", "") if body.get("question") == outgoing.question else ""
        newer = [messages.parse(m.body) for m in after if m.kind is MessageKind.PROMPT]
        superseded = outgoing.many and any(
            other.many and outgoing.text == other.text for other in newer[:1]
        )
        part = None
        if answer:
            speech = self._runtime.speech
            parts = render(speech, outgoing, message.language, message.staff_id)
            part = render_answered(parts, answer, message.language)
        return Edit(message.id, number, part, superseded)
