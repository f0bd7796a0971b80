"""Staff on a messenger: whose account it is, and what is still to be shown there.

An account is tied by a one-time code and untied at any time. `keep_up` compares the chats with the
cases and queues what is missing (storage/staff_posts.py): a lawyer's cases get rooms, rooms get
the messages of their case, the lawyer's own words get ticks; a room whose case is no longer this
lawyer's is emptied. It compares, so nothing is lost by a crash and nothing told twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.casework import cases, doors
from bot.casework.states import HELD
from bot.changes import next_change
from bot.errors import NotFound
from bot.messages import parse
from bot.runtime import Runtime
from bot.texts import language_name, script_of
from flows.texts import SOURCE_LANGUAGE
from storage import audit, conflicts, files
from storage import cases as case_store
from storage import messages as transcript
from storage import notices as notice_store
from storage import staff_chats as store
from storage import staff_posts as posts
from storage.conversations import get_conversation, record_incoming
from storage.database import Tx
from storage.records import (
    Attachment,
    CaseId,
    Message,
    MessageId,
    Notice,
    NoticeId,
    NoticeKind,
    Staff,
    StaffId,
)
from storage.staff import get_staff
from storage.staff_chats import Room, RoomId, StaffChat, StaffChatId
from storage.staff_posts import Args, PostKind, Shown

CODE_VALID = timedelta(minutes=10)
SHOWN_AFTER_CLOSING = timedelta(days=7)  # issue 5: then the topic goes
OPERATOR = "operator"
LINK = "staff-"  # what a deep link begins with that ties an account

CUT_SECONDS = 5  # between the pieces of a text that was cut on the phone
CARDS_BETWEEN = 16  # that may have been queued in them
TOLD = ("done", "problem")  # what each piece that is not for the worker is answered by
WATCHED = timedelta(days=30)  # what came of a message or a card is looked after so long
LOOKS, LOOK_SECONDS = 5, 1.0  # for a number that is being written down

Account = tuple[str, str]  # channel, and our bot there


@dataclass(frozen=True)
class Mirrored:
    """A message of a case with its files, for the lawyer who holds the case."""

    message: Message
    attachments: list[tuple[Attachment, bytes | None]]  # None: cannot be read any more


# -- whose account it is -----------------------------------------------------------------------


async def make_code(runtime: Runtime, person: Staff, who: str = OPERATOR) -> str:
    """A code that ties an account to this person, once, within CODE_VALID.

    Raises NotFound for a disabled person.
    """
    if person.disabled:
        raise NotFound
    token, now = runtime.token(), runtime.clock()

    def work(tx: Tx) -> None:
        store.add_code(tx, person.id, token, now + CODE_VALID)
        _audit(tx, who, "chat_code_made", now, person)

    await runtime.database.write(work)
    return token


def way_to_tie(code: str, bot: str) -> str:
    """The link that ties who follows it; where our bot's name is not known, what to send it."""
    return f"https://t.me/{bot}?start={LINK}{code}" if bot else f"/start {LINK}{code}"


async def tie(runtime: Runtime, account: Account, number: str, code: str) -> Staff | None:
    """Use a code up and tie this account; None where the code is used, expired or unknown."""
    now = runtime.clock()

    def work(tx: Tx) -> Staff | None:
        person = store.use_code(tx, code, now)
        if person is None:
            return None
        chat_id = store.tie_chat(tx, person, *account, number, now)
        _audit(tx, doors.actor(person), "chat_tied", now, person)
        posts.add_post(tx, chat_id, PostKind.CARD, "tied", now, args={"card": "menu", "tied": 1})
        return person

    return await runtime.database.write(work)


async def untie(runtime: Runtime, person: Staff, who: str = OPERATOR) -> bool:
    """Untie this person's accounts: what they show of cases is deleted. False: there was none."""
    now = runtime.clock()

    def work(tx: Tx) -> bool:
        if not store.untie_chats(tx, person.id, now):
            return False
        _audit(tx, who, "chat_untied", now, person)
        return True

    return await runtime.database.write(work)


async def tied_since(runtime: Runtime, person: Staff) -> datetime | None:
    """Since when an account is tied to this person; None where none is."""
    return await runtime.database.read(lambda tx: store.tied_since(tx, person.id))


async def find(runtime: Runtime, account: Account, number: str) -> StaffChat | None:
    """Whose account this is; None for everybody but staff who may work."""
    return await runtime.database.read(lambda tx: store.find_chat(tx, *account, number))


async def first_time(runtime: Runtime, chat: StaffChat, what: str) -> bool:
    """Whether this was not asked for before: the platform may tell of one press twice."""
    now = runtime.clock()
    return await runtime.database.write(
        lambda tx: record_incoming(tx, "staff_chat", str(chat.id), what, now)
    )


async def note_reachable(runtime: Runtime, chat: StaffChat, reachable: bool) -> None:
    """Remember that this lawyer has blocked the bot, or let it in again; then all is made up."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        store.set_reachable(tx, chat.id, reachable)
        if reachable:
            posts.requeue_unreachable(tx, chat.id, now)

    await runtime.database.write(work)


async def read_notice(
    runtime: Runtime, reader: Staff, kind: NoticeKind, case_id: CaseId | None
) -> Notice | None:
    """A notice as it is true now; None where the reader may not know of its case (any more)."""
    now = runtime.clock()

    def work(tx: Tx) -> Notice | None:
        nothing = Notice(
            NoticeId(0), reader.id, kind, case_id, now, False, None, None, None, None, None, None
        )
        if case_id is None:
            return nothing
        case = case_store.get_case(tx, case_id)
        if case is None or conflicts.is_barred(tx, case_id, reader.id):
            return None
        return replace(
            nothing,
            code=case.code,
            priority=case.rank,
            language=case.language,
            topic=case.topic,
            queued_at=case.queued_at,
            due_at=case.due_at,
        )

    return await runtime.database.read(work)


# -- what a lawyer does in the chat ------------------------------------------------------------


@dataclass(frozen=True)
class Tie:
    """What a message belongs to: a case, and what it is for."""

    case_id: CaseId
    room: Room | None
    ask: Args  # of the question that it answers; empty for none


async def tie_of(
    runtime: Runtime, chat: StaffChat, *, thread: int | None, answered: int | None
) -> Tie | None:
    """The case of a message by what it answers, else by its topic; None where it fits none.

    What it answers may have come to the screen this very moment: then its number is waited for.
    An answer to something unknown fits none: it may have been meant as a note.
    """
    if answered == thread:  # a message in a topic that answers nothing names the topic's beginning
        answered = None

    def work(tx: Tx) -> tuple[Tie | None, bool]:
        shown = None if answered is None else posts.find_shown(tx, chat.id, answered)
        if shown is not None and shown.case_id is not None:
            ask = shown.args if shown.args.get("card") == "ask" else {}
            room = store.find_room_of_case(tx, chat.id, shown.case_id)
            return Tie(shown.case_id, room, ask), True
        if answered is not None:
            return None, shown is not None or not posts.is_sending(tx, chat.id)
        room = None if thread is None else store.find_room(tx, chat.id, thread)
        return (None if room is None else Tie(room.case_id, room, {})), True

    with runtime.changes.listen("staff") as bell:
        for _ in range(LOOKS):
            tie, sure = await runtime.database.read(work)
            if sure:
                return tie
            await next_change(bell, LOOK_SECONDS)
    return None


async def room_of(runtime: Runtime, chat: StaffChat, case_id: int | None) -> Room | None:
    """Where this case is shown in this chat."""
    if case_id is None:
        return None
    return await runtime.database.read(lambda tx: store.find_room_of_case(tx, chat.id, case_id))


async def show_card(
    runtime: Runtime,
    chat: StaffChat,
    source: str,
    args: Args,
    *,
    case_id: int | None = None,
    room: Room | None = None,
) -> None:
    """Queue a card, perhaps in the place of an earlier one; the same source is the same card."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if args.get("edit"):
            posts.take_back(tx, chat.id, args["edit"])
        known = case_id is None or case_store.get_case(tx, case_id) is not None
        posts.add_post(
            tx,
            chat.id,
            PostKind.CARD,
            source,
            now,
            args=args if known else {**args, "card": "gone"},
            case_id=CaseId(case_id) if case_id is not None and known else None,
            room_id=room.id if room else None,
        )

    await runtime.database.write(work)


async def add_file(
    runtime: Runtime, chat: StaffChat, source: str, file: Mapping[str, str], number: int, tie: Tie
) -> None:
    """Queue a lawyer's file: it is fetched and then passed on to the worker."""
    now = runtime.clock()
    await runtime.database.write(
        lambda tx: posts.add_post(
            tx,
            chat.id,
            PostKind.FETCH,
            source,
            now,
            args={"number": number},
            body=file,
            case_id=tie.case_id,
            room_id=tie.room.id if tie.room else None,
        )
    )


async def find_heard(
    runtime: Runtime, chat: StaffChat, number: int
) -> tuple[CaseId, MessageId] | None:
    """The case and the reply that these words of the lawyer became; None where they became none."""
    found = await runtime.database.read(lambda tx: posts.find_shown(tx, chat.id, number))
    if found is None or found.kind is not PostKind.HEARD:
        return None
    return (
        None if found.case_id is None or found.said_id is None else (found.case_id, found.said_id)
    )


def hear(
    tx: Tx,
    runtime: Runtime,
    chat: StaffChat,
    number: int,
    case_id: int,
    said: int,
    *,
    version: str = "",
) -> None:
    """Note, in the transaction of the reply, which words of the lawyer it came from.

    `version` tells an edit of these words from the words as they first were.
    """
    room = store.find_room_of_case(tx, chat.id, case_id)
    posts.add_post(
        tx,
        chat.id,
        PostKind.HEARD,
        f"heard:{number}{version}",
        runtime.clock(),
        room_id=room.id if room else None,
        case_id=CaseId(case_id),
        said_id=MessageId(said),
        platform_id=str(number),
    )


async def read_message(
    runtime: Runtime, reader: Staff, case_id: int, message_id: int
) -> Mirrored | None:
    """A message of one's own case with its files; None where it is gone or not one's own."""
    folder = runtime.settings.media_folder

    def work(tx: Tx) -> Mirrored | None:
        try:
            case = doors.case_for_lawyer(tx, reader, case_id)
        except NotFound:
            return None
        message = transcript.get_message(tx, message_id)
        if case.assignee_id != reader.id or message is None or message.case_id != case.id:
            return None
        return Mirrored(message, files.load_all(tx, folder, message.id))

    return await runtime.database.read(work)


async def name_of(runtime: Runtime, staff_id: int | None) -> str:
    """The name of a member of staff."""

    def work(tx: Tx) -> str:
        person = None if staff_id is None else get_staff(tx, staff_id)
        return person.name if person else "–"

    return await runtime.database.read(work)


async def language_of(runtime: Runtime, reader: Staff, case_id: CaseId) -> str:
    """What the worker of one's own case reads; raises NotFound, ConflictUndeclared."""

    def work(tx: Tx) -> str:
        case = doors.own_case(tx, reader, case_id)
        talk = get_conversation(tx, case.conversation_id)
        return (talk.worker.language if talk else None) or SOURCE_LANGUAGE

    return await runtime.database.read(work)


async def written_in(runtime: Runtime, lawyer: Staff, case_id: CaseId, words: str) -> str:
    """The language of these words, as far as it can be told; "" else.

    That in which this lawyer wrote last in this case, else the worker's, else the lawyer's own: the
    first of them that has such letters.
    """

    def work(tx: Tx) -> list[str]:
        case = doors.case_for_lawyer(tx, lawyer, case_id)
        talk = get_conversation(tx, case.conversation_id)
        said = transcript.list_case_messages(tx, case.conversation_id, case.id)
        own = [parse(message.body) for message in said if message.staff_id == lawyer.id]
        typed = [each.written_in for each in own if each.question is None and each.written_in]
        return [*typed[-1:], (talk.worker.language if talk else None) or "", lawyer.language]

    try:
        likely = await runtime.database.read(work)
    except NotFound:
        return ""
    script = script_of(words)
    for code in likely:
        known = code in cases.languages_of_words(runtime)
        if known and script_of(language_name(code, code)) == script:
            return code
    return ""


async def goes_on(runtime: Runtime, chat: StaffChat, case_id: CaseId, sent_at: int) -> bool:
    """Whether words of that second are the rest of long ones that were not for the worker."""
    newest = await runtime.database.read(
        lambda tx: posts.list_args(tx, chat.id, case_id, limit=CARDS_BETWEEN)
    )
    told = next((args for args in newest if args.get("card") in TOLD), {})
    return "cut" in told and 0 <= sent_at - told["cut"] <= CUT_SECONDS


async def adopt_topic(runtime: Runtime, chat: StaffChat, code: str, thread: int) -> bool:
    """Take a topic that has begun for the room of this case; False where it has another one.

    A call that made it may have ended without an answer: then it is found so, or it is one too
    many and may be deleted.
    """

    def work(tx: Tx) -> bool:
        room = store.find_room_by_code(tx, chat.id, code)
        if room is None:
            return False
        return room.thread == thread or store.set_thread(tx, room.id, None, thread)

    return await runtime.database.write(work)


# -- keeping up --------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """What the chats do not show yet."""

    to_open: list[tuple[StaffChat, CaseId]]
    to_leave: list[Room]
    untold: list[tuple[Room, MessageId]]
    unticked: list[posts.Unticked]
    stale: list[tuple[Shown, StaffChatId]]
    notices: list[tuple[StaffChat, Notice]]
    to_ask: list[tuple[Room, str]]  # of a conflict of interest, and the occasion
    commands: list[tuple[StaffChatId, str]]  # and the language; "" where they are to go

    def __bool__(self) -> bool:
        told = (self.to_open, self.to_leave, self.untold, self.unticked, self.stale)
        return any((*told, self.notices, self.to_ask, self.commands))


async def keep_up(runtime: Runtime, account: Account) -> bool:
    """Queue what is missing in the chats; returns whether anything was."""
    if not await runtime.database.read(lambda tx: _news(tx, runtime, account)):
        return False

    def work(tx: Tx) -> None:
        tx.serialise(b"staff_chats")  # two processes that look at once queue nothing twice
        _catch_up(tx, account[0], _news(tx, runtime, account), runtime.clock())

    await runtime.database.write(work)
    return True


def _news(tx: Tx, runtime: Runtime, account: Account) -> News:
    now = runtime.clock()
    since = now - SHOWN_AFTER_CLOSING
    to_open: list[tuple[StaffChat, CaseId]] = []
    to_leave: list[Room] = []
    to_ask: list[tuple[Room, str]] = []
    staying: dict[RoomId, Room] = {}
    live: dict[StaffId, StaffChat] = {}
    commands: list[tuple[StaffChatId, str]] = []
    for chat in store.list_chats(tx, *account):
        reads = chat.live and chat.staff.role in doors.MAY_READ_CASES
        shows = reads and runtime.settings.telegram_content
        rooms = store.list_rooms(tx, chat.id)
        over = store.list_over(tx, chat, HELD, since) if shows else rooms
        to_leave += over
        if chat.live and chat.reachable:
            live[chat.staff.id] = chat
        wanted = chat.staff.language if chat.live else ""
        known = posts.latest_args(tx, chat.id, PostKind.COMMANDS) or {"language": ""}
        if known["language"] != wanted:
            commands.append((chat.id, wanted))
        if not shows:
            continue
        to_open += [(chat, case_id) for case_id in store.list_roomless(tx, chat, HELD)]
        undeclared = [room for room in store.list_undeclared(tx, chat) if room not in over]
        to_ask += [(room, _occasion(tx, room)) for room in undeclared]
        staying |= {room.id: room for room in rooms if room not in over + undeclared}
    due = notice_store.list_undelivered(tx, account[0], now, list(live)) if live else []
    return News(
        to_open,
        to_leave,
        [(staying[room_id], missing) for room_id, missing in posts.list_untold(tx, [*staying])],
        posts.list_unticked(tx, account, now - WATCHED),
        posts.list_stale(tx, account, now - WATCHED),
        [(live[notice.staff_id], notice) for notice in due],
        [(r, source) for r, source in to_ask if not posts.is_known(tx, r.chat_id, source)],
        commands,
    )


def _occasion(tx: Tx, room: Room) -> str:
    """What makes asking this lawyer again one question: the other side as it is known now."""
    case = case_store.get_case(tx, room.case_id)
    about = conflicts.about(case.opponent_hash if case is not None else None)
    return f"conflict:{room.id}:{about}"


def _catch_up(tx: Tx, channel: str, news: News, now: datetime) -> None:
    for chat_id, language in news.commands:
        source, args = f"commands:{now.timestamp()}", {"language": language}
        posts.add_post(tx, chat_id, PostKind.COMMANDS, source, now, args=args)
    for chat, notice in news.notices:
        _pass_notice(tx, channel, chat, notice, now)
    for chat, case_id in news.to_open:
        room_id = store.open_room(tx, chat.id, case_id, now)
        source, card = f"room:{room_id}", {"card": "case", "open": 1, "auto": 1}
        posts.add_post(
            tx, chat.id, PostKind.CARD, source, now, args=card, room_id=room_id, case_id=case_id
        )
        room = store.get_room(tx, room_id)
        assert room is not None
        for _, message_id in posts.list_untold(tx, [room_id]):
            _tell(tx, room, message_id, now)
    for room, source in news.to_ask:
        card = {"card": "case", "auto": 1}
        posts.add_post(
            tx,
            room.chat_id,
            PostKind.CARD,
            source,
            now,
            args=card,
            room_id=room.id,
            case_id=room.case_id,
        )
    for room in news.to_leave:
        store.leave_room(tx, room.id, now)
        source = f"drop:{room.id}"
        posts.add_post(
            tx, room.chat_id, PostKind.DROP, source, now, room_id=room.id, case_id=room.case_id
        )
    for room, message_id in news.untold:
        _tell(tx, room, message_id, now)
    for shown, chat_id, delivery, reason in news.unticked:
        posts.set_shown(tx, shown.id, delivery)
        posts.add_post(
            tx,
            chat_id,
            PostKind.TICK,
            f"tick:{shown.id}:{delivery}",
            now,
            args={
                "number": int(shown.platform_id.split()[-1]),
                "delivery": delivery,
                "reason": reason,
            },
            room_id=shown.room_id,
            case_id=shown.case_id,
        )
    for shown, chat_id in news.stale:
        posts.set_shown(tx, shown.id, None)
        card = {"card": "case", "auto": 1, "edit": int(shown.platform_id.split()[-1])}
        source = f"stale:{shown.id}"
        posts.add_post(tx, chat_id, PostKind.CARD, source, now, args=card, case_id=shown.case_id)


def _pass_notice(tx: Tx, channel: str, chat: StaffChat, notice: Notice, now: datetime) -> None:
    """Queue a notice, unless the message that it tells of comes itself."""
    if not notice_store.mark_delivered(tx, notice.id, channel, now):
        return
    case_id = notice.case_id
    comes_itself = notice.kind is NoticeKind.NEW_MESSAGE and case_id is not None
    if comes_itself and store.find_room_of_case(tx, chat.id, case_id or 0) is not None:
        return
    args = {"card": "notice", "kind": notice.kind.value}
    source = f"notice:{notice.id}"
    posts.add_post(tx, chat.id, PostKind.CARD, source, now, args=args, case_id=notice.case_id)


def _tell(tx: Tx, room: Room, message_id: MessageId, now: datetime) -> None:
    posts.add_post(
        tx,
        room.chat_id,
        PostKind.MESSAGE,
        f"message:{room.id}:{message_id}",
        now,
        room_id=room.id,
        case_id=room.case_id,
        said_id=message_id,
    )


def _audit(tx: Tx, actor: str, action: str, now: datetime, person: Staff) -> None:
    audit.append(tx, audit.OFFICE, actor=actor, action=action, now=now, detail=f"staff={person.id}")
