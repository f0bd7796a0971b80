"""Carrying out what storage/staff_posts.py has queued: cards, messages, ticks, files, deleting.

Where topic mode is on, a case has a topic of its own in the lawyer's private chat (Bot API 10.1:
createForumTopic works there when getMe says has_topics_enabled). It is made with the first post
into its room, and made again when somebody has deleted it. Elsewhere each message names its case.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog
from aiogram.methods import (
    CreateForumTopic,
    DeleteForumTopic,
    DeleteMyCommands,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVoice,
    SetMessageReaction,
    SetMyCommands,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BufferedInputFile,
    Message,
    ReactionTypeEmoji,
    ReplyParameters,
)

from bot.casework import cases
from bot.channels.telegram.api import UPLOAD_SECONDS, Api
from bot.channels.telegram.deleting import DELETABLE, MARGIN, delete_messages
from bot.channels.telegram.lawyers import phrases
from bot.channels.telegram.lawyers.cards import LAWYERS, Cards
from bot.channels.telegram.lawyers.data import Card, keyboard_of, markup_of
from bot.channels.telegram.lawyers.files import pass_on
from bot.channels.telegram.lawyers.topics import TOPIC_GONE, TopicMode, name_of
from bot.channels.telegram.rendering import split
from bot.channels.telegram.sending import MAX_PHOTO_BYTES, NO_PREVIEW, PHOTO_TYPES
from bot.errors import Rejected, TryLater
from bot.messages import TOO_BIG, text_of, what_of
from bot.office import staff_chats
from bot.office.staff_chats import Mirrored
from bot.runtime import Runtime
from flows.model import Latin
from storage import staff_chats as chats
from storage import staff_posts as posts
from storage.database import Tx
from storage.records import Attachment, Author, MessageKind, OutboxState
from storage.staff_chats import Room
from storage.staff_posts import Post, PostKind

log = structlog.get_logger()

SEEN, DONE, LOST = "👀", "👌", "👎"  # among the emoji that Telegram permits as reactions
UNREACHABLE = "unreachable"  # storage/outbox: the worker has blocked the bot

Piece = str | tuple[Attachment, bytes]


class Carrier:
    """Carries posts out; one method a kind."""

    def __init__(self, runtime: Runtime, api: Api) -> None:
        self._runtime, self._api = runtime, api
        self._topics = TopicMode(api)
        self._kinds: dict[PostKind, Callable[[Post], Awaitable[str | None]]] = {
            PostKind.CARD: self._card,
            PostKind.MESSAGE: self._message,
            PostKind.TICK: self._tick,
            PostKind.FETCH: self._fetch,
            PostKind.DROP: self._drop,
            PostKind.COMMANDS: self._commands,
        }

    async def perform(self, post: Post) -> str | None:
        """Do what this post is for; returns the numbers of what is on the screen, or None."""
        return await self._kinds[post.kind](post)

    # -- cards and messages ------------------------------------------------------------------

    async def _card(self, post: Post) -> str | None:
        room = await self._room(post)
        if post.room_id is not None and room is None:
            return None
        thread = None if room is None else await self._thread(post, room)
        card = await Cards(self._runtime, post.chat.staff).make(
            replace(post, args={**post.args, "topic": thread is not None})
        )
        if card is None:
            return None
        if card.offers:
            await self._write(lambda tx: posts.set_shown(tx, post.id, "queued"))
        pieces: list[Piece] = [*split(card.text)]
        number = post.args.get("edit")
        if number and len(pieces) == 1 and not card.asks and await self._edit(post, card):
            return str(number)
        return await self._send_all(post, room, pieces, card)

    async def _edit(self, post: Post, card: Card) -> bool:
        """Put a card in the place of an earlier one; False where that is not there any more."""
        number = int(post.args["edit"])
        method = EditMessageText(
            chat_id=int(post.chat.number),
            message_id=number,
            text=card.text,
            link_preview_options=NO_PREVIEW,
            reply_markup=keyboard_of(card),
        )
        try:
            await self._api.call(method)
        except Rejected as error:
            if "not modified" not in error.reason:
                return False
        await self._write(lambda tx: posts.take_over(tx, post, number))
        return True

    async def _message(self, post: Post) -> str | None:
        room = await self._room(post)
        if room is None or post.said_id is None:
            return None
        found = await staff_chats.read_message(
            self._runtime, post.chat.staff, room.case_id, post.said_id
        )
        if found is None:
            return None
        thread = await self._thread(post, room)
        pieces = await self._pieces(post, room, found, named=thread is None)
        return await self._send_all(post, room, pieces)

    async def _pieces(self, post: Post, room: Room, found: Mirrored, *, named: bool) -> list[Piece]:
        cards, message = Cards(self._runtime, post.chat.staff), found.message
        who = cards.say(phrases.FROM_WORKER)
        if message.author is Author.STAFF:
            name = await staff_chats.name_of(self._runtime, message.staff_id)
            who = cards.say(phrases.FROM_STAFF, name=name)
        code = f"{await cases.code_of(self._runtime, room.case_id)} · " if named else ""
        words = text_of(message.body)
        if message.kind is MessageKind.OTHER:
            what = what_of(message.body)
            lost = phrases.TOO_BIG if what == TOO_BIG else phrases.UNSUPPORTED
            words = cards.say(lost, what=what)
        readable = [(a, content) for a, content in found.attachments if content is not None]
        if message.kind is MessageKind.MEDIA and len(readable) < max(len(found.attachments), 1):
            words = f"{words}\n\n{cards.say(phrases.FILE_LOST)}".strip()
        head = f"💬 {code}{who}"
        return [*split(f"{head}\n{words}" if words else head), *readable]

    async def _send_all(
        self, post: Post, room: Room | None, pieces: list[Piece], card: Card | None = None
    ) -> str:
        """Send what is not there yet; the number of each part is noted as soon as it is."""
        sent = await self._runtime.database.read(lambda tx: posts.sent_parts(tx, post))
        for at in range(len(sent), len(pieces)):
            last = at == len(pieces) - 1
            sent.append(str(await self._send(post, room, pieces[at], card if last else None)))
            if not last:
                await self._note_parts(post, " ".join(sent))
        return " ".join(sent)

    async def _note_parts(self, post: Post, numbers: str) -> None:
        await self._write(lambda tx: posts.note_part(tx, post, numbers))

    async def _send(self, post: Post, room: Room | None, piece: Piece, card: Card | None) -> int:
        """Send one part into the room's topic; where that was deleted, into a new one."""
        for _ in range(2):
            thread = None if room is None else await self._thread(post, room)
            try:
                message = await self._call(post, piece, thread, card)
            except Rejected as error:
                if room is None or thread is None or not TOPIC_GONE.search(error.reason):
                    raise
            else:
                if message.message_thread_id == thread or thread is None:
                    return message.message_id
                # an older Telegram puts it outside, silently (tdlib/telegram-bot-api issue 854)
                chat = int(post.chat.number)
                await delete_messages(self._api, chat, [message.message_id])
            assert room is not None
            room = await self._made_again(room)
        raise TryLater("the topic comes and goes")

    async def _call(
        self, post: Post, piece: Piece, thread: int | None, card: Card | None
    ) -> Message:
        chat, answered = int(post.chat.number), post.args.get("reply")
        placed = {
            "message_thread_id": thread,
            # a case's words stay in this chat: no forwarding, no saving
            "protect_content": post.room_id is not None or None,
            "reply_parameters": None
            if answered is None
            else ReplyParameters(message_id=answered, allow_sending_without_reply=True),
        }
        if isinstance(piece, str):
            markup = None if card is None else markup_of(card)
            text = SendMessage(
                chat_id=chat, text=piece, link_preview_options=NO_PREVIEW, reply_markup=markup
            )
            return await self._api.call(text.model_copy(update=placed))
        attachment, content = piece
        file = BufferedInputFile(content, attachment.name)
        if attachment.media_type in PHOTO_TYPES and len(content) <= MAX_PHOTO_BYTES:
            photo = SendPhoto(chat_id=chat, photo=file).model_copy(update=placed)
            try:
                return await self._api.call(photo, seconds=UPLOAD_SECONDS)
            except Rejected as error:  # too long or too narrow for a photo: it goes as a file
                if TOPIC_GONE.search(error.reason):
                    raise
        method: SendVoice | SendDocument = SendDocument(chat_id=chat, document=file)
        if attachment.media_type == "audio/ogg":
            method = SendVoice(chat_id=chat, voice=file)
        return await self._api.call(method.model_copy(update=placed), seconds=UPLOAD_SECONDS)

    # -- rooms -------------------------------------------------------------------------------

    async def _room(self, post: Post) -> Room | None:
        """The room of a post, unless it was left."""
        if post.room_id is None:
            return None
        number = post.room_id
        room = await self._runtime.database.read(lambda tx: chats.get_room(tx, number))
        return None if room is None or room.left else room

    async def _thread(self, post: Post, room: Room) -> int | None:
        """The room's topic, made where there is none; None where the chat has no topics."""
        fresh = await self._runtime.database.read(lambda tx: chats.get_room(tx, room.id))
        if fresh is not None and fresh.thread is not None:
            return fresh.thread
        if not await self._topics.is_on(post.chat.number):
            return None
        name = name_of(await cases.code_of(self._runtime, room.case_id))
        try:
            topic = await self._api.call(CreateForumTopic(chat_id=int(post.chat.number), name=name))
        except Rejected:  # this person has switched topics off
            self._topics.refused(post.chat.number)
            return None
        thread = topic.message_thread_id
        await self._write(lambda tx: chats.set_thread(tx, room.id, None, thread))
        return thread

    async def _made_again(self, room: Room) -> Room:
        """Forget the topic that was deleted, and say so in the new one."""
        args, now = {"card": "again"}, self._runtime.clock()

        def work(tx: Tx) -> Room:
            fresh = chats.get_room(tx, room.id)
            assert fresh is not None
            if fresh.thread is not None and chats.set_thread(tx, room.id, fresh.thread, None):
                source = f"again:{room.id}:{fresh.thread}"
                posts.add_post(
                    tx,
                    room.chat_id,
                    PostKind.CARD,
                    source,
                    now,
                    args=args,
                    room_id=room.id,
                    case_id=room.case_id,
                )
            return replace(room, thread=None)

        return await self._runtime.database.write(work)

    async def _drop(self, post: Post) -> str | None:
        """Delete the room's topic and what else of it is on the screen."""
        number, chat = post.room_id, int(post.chat.number)
        assert number is not None
        since = self._runtime.clock() - DELETABLE + MARGIN

        def look(tx: Tx) -> tuple[Room | None, list[posts.Shown]]:
            return chats.get_room(tx, number), posts.list_shown(tx, number, since)

        room, shown = await self._runtime.database.read(look)
        if room is None:
            return None
        if room.thread is not None:
            try:
                await self._api.call_patiently(
                    DeleteForumTopic(chat_id=chat, message_thread_id=room.thread)
                )
            except Rejected:
                log.info("telegram.topic_gone", room=room.id)
        numbers = {int(n) for item in shown for n in item.platform_id.split()}
        await delete_messages(self._api, chat, sorted(numbers, reverse=True))

        def work(tx: Tx) -> None:
            posts.forget_room(tx, number)
            chats.close_room(tx, number, self._runtime.clock())

        await self._write(work)
        return None

    async def _commands(self, post: Post) -> str | None:
        """Offer in this chat what staff do, in their language; to who is untied, workers' again."""
        account, number = ("telegram", self._api.account), post.chat.number
        owner = await staff_chats.find(self._runtime, account, number)
        if owner is not None and owner.id != post.chat.id:
            return None  # the account is tied anew, and has its list
        scope = BotCommandScopeChat(chat_id=int(number))
        if owner is None:
            await self._api.call(DeleteMyCommands(scope=scope))
            return None
        say = Cards(self._runtime, owner.staff).say
        offered = phrases.COMMANDS if owner.staff.role in LAWYERS else phrases.COMMANDS_OF_ALL
        commands = [BotCommand(command=c, description=say(p)) for c, p in offered.items()]
        await self._api.call(SetMyCommands(commands=commands, scope=scope))
        return None

    # -- the lawyer's own words --------------------------------------------------------------

    async def _tick(self, post: Post) -> str | None:
        """Show what became of the lawyer's words: a sign, and a sentence where they did not go."""
        delivery, number = OutboxState(post.args["delivery"]), int(post.args["number"])
        sign = {OutboxState.SENT: DONE, OutboxState.HELD: SEEN}.get(delivery, LOST)
        reaction = SetMessageReaction(
            chat_id=int(post.chat.number),
            message_id=number,
            reaction=[ReactionTypeEmoji(emoji=sign)],
        )
        try:
            await self._api.call(reaction)
        except Rejected:
            log.info("telegram.no_reaction", post=post.id)
        room = await self._room(post)
        if delivery is OutboxState.SENT and room is not None and room.thread is not None:
            return None  # the sign says it, and the topic says of which case
        phrase = phrases.DELIVERED
        if delivery is not OutboxState.SENT:
            phrase = phrases.NOT_DELIVERED[delivery]
            if post.args["reason"] == UNREACHABLE:
                phrase = phrases.BLOCKED
        assert post.case_id is not None
        code = Latin(await cases.code_of(self._runtime, post.case_id))
        words = Cards(self._runtime, post.chat.staff).say(phrase, code=code)
        answer = replace(post, args={"reply": number})
        return await self._send_all(answer, room, [words])

    async def _fetch(self, post: Post) -> str | None:
        await pass_on(self._runtime, self._api, post)
        return None

    async def _write(self, work: Callable[[Tx], object]) -> None:
        await self._runtime.database.write(work)
