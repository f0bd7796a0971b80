"""Staff on Telegram: what a tied account says and presses.

data.py     what buttons carry;  phrases.py: the words
cards.py    what is shown, made when it is sent;  path.py: the worker's answers
sending.py  carries out what is queued for the chats;  topics.py, files.py
faults.py   why something was not done

A message is for a case by what it replies to, else by its topic. One that fits no case goes to
nobody: the lawyer is asked. Everything here calls an action of bot/casework and shows what came of
it; what is shown is queued first (storage/staff_posts.py), so that no crash swallows an answer.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from aiogram.methods import DeleteForumTopic

from bot.casework import (
    cases,
    checklists,
    closing,
    conflicts,
    dossier,
    holding,
    queue,
    quick_replies,
)
from bot.channels.telegram.api import Api
from bot.channels.telegram.lawyers import phrases
from bot.channels.telegram.lawyers.cards import Cards
from bot.channels.telegram.lawyers.data import StaffData, read_data
from bot.channels.telegram.lawyers.faults import why_of
from bot.channels.telegram.lawyers.topics import code_in
from bot.channels.telegram.updates import Heard, Membership, Said, Tapped, TopicBegan
from bot.errors import CaseAlreadyClaimed, HamrahError, NotFound
from bot.messages import MAX_TEXT, TOO_BIG, CommandIn, EditedIn, FileAhead, TextIn, Unsupported
from bot.office import roster, staff_chats
from bot.office.staff_chats import LINK, Tie, room_of, show_card, tie_of
from bot.runtime import Runtime
from flows.limits import length
from storage.database import Tx
from storage.records import CaseId, MessageId, StaffId
from storage.staff_chats import StaffChat

NOTE = "/note"
LISTS = {"/queue": "queue", "/mine": "mine"}
NEXT = "/next"
# An app cuts what is longer than 4096 letters at a space near the end and sends the pieces at once.
# No page of Telegram's says how near; 300 letters is what we remember of the one for Android.
CUT = 3600

Later = Callable[[Coroutine[Any, Any, None]], None]  # done after all is stored, at best


class Lawyers:
    """Takes what staff do in their chats; those of one chat one after the other."""

    def __init__(self, runtime: Runtime, api: Api, later: Later) -> None:
        self._runtime, self._api, self._later = runtime, api, later
        self._account = ("telegram", api.account)

    async def find(self, chat: int) -> StaffChat | None:
        """Whose account this is; None for everybody but staff."""
        return await staff_chats.find(self._runtime, self._account, str(chat))

    async def tie(self, said: Said) -> bool:
        """Tie the account that follows a staff link; False where it is none that works."""
        code = said.payload.removeprefix(LINK)
        person = await staff_chats.tie(self._runtime, self._account, str(said.chat), code)
        return person is not None

    async def take(self, chat: StaffChat, heard: Heard) -> str:
        """Do what was asked; returns what a pressed button tells at once, "" for nothing.

        When it returns, all is stored; raises DatabaseUnavailable where nothing is.
        """
        match heard:
            case Said():
                await self._said(chat, heard)
            case Tapped():
                return await self._tapped(chat, heard)
            case Membership(_, reachable):
                await staff_chats.note_reachable(self._runtime, chat, reachable)
            case TopicBegan(number, thread, name):
                if not await staff_chats.adopt_topic(self._runtime, chat, code_in(name), thread):
                    self._later(self._delete_topic(number, thread))
        return ""

    async def _delete_topic(self, chat: int, thread: int) -> None:
        method = DeleteForumTopic(chat_id=chat, message_thread_id=thread)
        await self._api.call_patiently(method)

    # -- what is written -----------------------------------------------------------------------

    async def _said(self, chat: StaffChat, said: Said) -> None:
        if not chat.reachable:  # who writes has not blocked us
            await staff_chats.note_reachable(self._runtime, chat, True)
        if said.payload.startswith(LINK) and await self.tie(said):
            return
        tie = await tie_of(self._runtime, chat, thread=said.thread, answered=said.answered)
        content = said.content
        words = content.text.strip() if isinstance(content, TextIn) else ""
        if isinstance(content, CommandIn):
            await self._show(chat, said, "menu")
        elif words in LISTS:
            await self._show(chat, said, LISTS[words])
        elif words == NEXT:
            await self._next(chat, said)
        elif not self._runtime.settings.telegram_content:
            await self._refuse(chat, said, "content", tie)
        elif isinstance(content, EditedIn):
            await self._put_right(chat, said, content.text.strip(), tie)
        elif isinstance(content, Unsupported):
            why = "file_big" if content.what == TOO_BIG else "kind"
            await self._refuse(chat, said, why, tie)
        elif tie is None:
            await show_card(
                self._runtime, chat, said.platform_id, {"card": "which", "reply": said.message}
            )
        else:
            await self._pass_on(chat, said, tie)

    async def _next(self, chat: StaffChat, said: Said) -> None:
        """Take the next case that fits, once for each time it is asked for."""
        if not await staff_chats.first_time(self._runtime, chat, said.platform_id):
            return
        try:
            case_id = (await queue.take_next(self._runtime, chat.staff)).id
        except HamrahError as error:
            why = "nothing_next" if isinstance(error, NotFound) else why_of(error)
            await self._show(chat, said, "problem", why=why, bare=1)
            return
        card = {"card": "case", "reply": said.message}
        await show_card(self._runtime, chat, said.platform_id, card, case_id=case_id)

    async def _pass_on(self, chat: StaffChat, said: Said, tie: Tie) -> None:
        """Do with words and files what they are for: a reply, a note, a hand-over."""
        content, number = said.content, said.message
        assert number is not None
        form_id = f"telegram:{chat.id}:{number}"
        verb = str(tie.ask.get("verb", "reply"))
        if isinstance(content, FileAhead):
            if verb != "reply" or _is_note(content.caption):
                # a file goes to the worker: what was meant for the lawyers must not go with it
                await self._refuse(chat, said, "other", tie)
                return
            file = {
                "reference": content.reference,
                "media_type": content.media_type,
                "name": content.name,
                "caption": content.caption[:MAX_TEXT],
            }
            await staff_chats.add_file(self._runtime, chat, f"file:{number}", file, number, tie)
            return
        words = content.text if isinstance(content, TextIn) else ""
        if verb == "reply" and await staff_chats.goes_on(
            self._runtime, chat, tie.case_id, said.sent_at
        ):
            verb = "note"  # the rest of words that were not for the worker must not go there
        cut = {"cut": said.sent_at} if length(words) >= CUT else {}
        if _is_note(words):
            verb, words = "note", words.removeprefix(NOTE)
        try:
            await self._do(chat, tie, verb, words, form_id, number)
        except HamrahError as error:
            cut = cut if verb != "reply" else {}
            await self._show(chat, said, "problem", tie, why=why_of(error), **cut)
            return
        if verb != "reply":
            await self._show(chat, said, "done", tie, what=verb, **cut)

    async def _put_right(self, chat: StaffChat, said: Said, words: str, tie: Tie | None) -> None:
        """The lawyer has changed words of theirs: the worker gets the new ones, the old are struck.

        A note, or what never went to a worker, is nothing that could be put right there.
        """
        assert said.message is not None
        number = said.message
        heard = await staff_chats.find_heard(self._runtime, chat, number)
        if heard is None or _is_note(words):
            await self._refuse(chat, said, "edited", tie)
            return
        case_id, before = heard
        version = said.platform_id.removeprefix(f"{said.chat}:edit:{number}")

        def also(tx: Tx, id_: MessageId) -> None:
            staff_chats.hear(tx, self._runtime, chat, number, case_id, id_, version=version)

        try:
            await cases.reply(
                self._runtime,
                chat.staff,
                case_id,
                words,
                form_id=f"telegram:{chat.id}:{number}{version}",
                written_in=await staff_chats.written_in(self._runtime, chat.staff, case_id, words),
                also=also,
                corrects=before,
            )
        except HamrahError as error:
            await self._refuse(chat, said, why_of(error), tie)

    async def _do(
        self, chat: StaffChat, tie: Tie, verb: str, words: str, form_id: str, number: int
    ) -> None:
        runtime, lawyer, case_id = self._runtime, chat.staff, tie.case_id
        match verb:
            case "transfer":
                to = StaffId(int(tie.ask["to"]))
                await holding.offer(runtime, lawyer, case_id, to, words)
            case "note":
                await cases.add_note(runtime, lawyer, case_id, words, form_id=form_id)
            case "release":
                await cases.release(runtime, lawyer, case_id, words)
            case _:
                await cases.reply(
                    runtime,
                    lawyer,
                    case_id,
                    words,
                    form_id=form_id,
                    written_in=await staff_chats.written_in(runtime, lawyer, case_id, words),
                    also=lambda tx, id_: staff_chats.hear(tx, runtime, chat, number, case_id, id_),
                )

    async def _show(
        self, chat: StaffChat, said: Said, card: str, tie: Tie | None = None, **args: Any
    ) -> None:
        room, case_id = (tie.room, tie.case_id) if tie else (None, None)
        await show_card(
            self._runtime,
            chat,
            said.platform_id,
            {"card": card, "reply": said.message, **args},
            case_id=case_id,
            room=room,
        )

    async def _refuse(self, chat: StaffChat, said: Said, why: str, tie: Tie | None) -> None:
        await self._show(chat, said, "problem", tie, why=why)

    # -- what is pressed -----------------------------------------------------------------------

    async def _tapped(self, chat: StaffChat, tapped: Tapped) -> str:
        pressed = read_data(tapped.data)
        if pressed is None:
            return ""
        try:
            return await self._press(chat, tapped, pressed)
        except CaseAlreadyClaimed as error:  # the card is changed by itself (list_stale)
            return Cards(self._runtime, chat.staff).taken(error)
        except HamrahError as error:
            return self._say(chat, why_of(error))

    async def _press(self, chat: StaffChat, tapped: Tapped, pressed: StaffData) -> str:
        """Do what a button says; returns what to tell at once, "" where the card tells it."""
        runtime, lawyer, case_id = self._runtime, chat.staff, CaseId(pressed.case)
        match pressed.verb:
            case "menu" | "queue" | "mine":
                await self._card(chat, tapped, pressed.verb)
            case "view":
                await self._card(chat, tapped, "case", case_id)
            case "claim":
                # the other side's name stands on the card where content may
                declares = runtime.settings.telegram_content
                await cases.claim(runtime, lawyer, case_id, declares=declares)
                await self._card(chat, tapped, "case", case_id)
            case "next":
                if not await staff_chats.first_time(runtime, chat, f"tap:{tapped.callback}"):
                    return ""  # told twice: one case is enough
                try:
                    case_id = (await queue.take_next(runtime, lawyer)).id
                except NotFound:
                    return self._say(chat, "nothing_next")
                await self._card(chat, tapped, "case", case_id)
            case "no_conflict":
                await conflicts.declare(runtime, lawyer, case_id, conflict=False)
                await self._card(chat, tapped, "case", case_id)
            case "decline":
                await conflicts.declare(runtime, lawyer, case_id, conflict=True)
                await self._card(chat, tapped, "done", case_id, what="decline")
            case "reply" | "note" | "release":
                await self._card(chat, tapped, "ask", case_id, verb=pressed.verb)
            case "transfer":
                await self._card(chat, tapped, "colleagues", case_id)
            case "transfer_to" if pressed.arg.isdecimal():
                to = int(pressed.arg)
                await self._card(chat, tapped, "ask", case_id, verb="transfer", to=to)
            case "accept":
                await holding.accept(runtime, lawyer, case_id)
                await self._card(chat, tapped, "case", case_id)
            case "refuse":
                await holding.decline(runtime, lawyer, case_id)
                await self._card(chat, tapped, "done", case_id, what="refuse")
            case "duty_on" | "duty_off":
                await roster.take_duty(runtime, lawyer, on=pressed.verb == "duty_on")
                await self._card(chat, tapped, "menu")
            case "close":
                await self._card(chat, tapped, "outcomes", case_id)
            case "close_as":
                known = await dossier.read(runtime, lawyer, case_id)
                services = closing.counted(known.papers, known.steps)
                given = {name: str(count) for name, count in services.items()}
                await closing.close(runtime, lawyer, case_id, pressed.arg, given, recovered="")
                await self._card(chat, tapped, "case", case_id)
            case "quick":
                await self._card(chat, tapped, "quick", case_id)
            case "document":
                await self._card(chat, tapped, "papers", case_id)
            case "quick_as" | "document_as":
                return await self._write(chat, tapped, pressed)
            case "reopen":
                await cases.reopen(runtime, lawyer, case_id)
                await self._card(chat, tapped, "case", case_id)
            case "desk":
                await self._card(chat, tapped, "desk", case_id or None)
            case "to":
                return await self._to(chat, tapped, case_id)
        return ""

    async def _write(self, chat: StaffChat, tapped: Tapped, pressed: StaffData) -> str:
        """Send what the pressed button stands for to the worker."""
        runtime, lawyer, case_id = self._runtime, chat.staff, CaseId(pressed.case)
        if not runtime.settings.telegram_content:
            return self._say(chat, "content")
        form_id = f"telegram:{chat.id}:tap:{tapped.callback}"
        if pressed.verb == "document_as":
            await checklists.ask(runtime, lawyer, case_id, pressed.arg, form_id=form_id)
            await self._card(chat, tapped, "done", case_id, what="document")
            return ""
        reply = await quick_replies.get(
            runtime, lawyer, int(pressed.arg) if pressed.arg.isdecimal() else 0
        )
        language = await staff_chats.language_of(runtime, lawyer, case_id)
        if language not in reply.texts:
            return self._say(chat, "no_words")
        words = reply.texts[language]
        await cases.reply(runtime, lawyer, case_id, words, form_id=form_id, written_in=language)
        await self._card(chat, tapped, "case", case_id)
        return ""

    async def _to(self, chat: StaffChat, tapped: Tapped, case_id: CaseId) -> str:
        """The lawyer has said which case the words above are for."""
        said = tapped.about
        if said is None or said.message is None:
            return self._say(chat, "old")
        if not self._runtime.settings.telegram_content:
            return self._say(chat, "content")
        room = await room_of(self._runtime, chat, case_id)
        await self._pass_on(chat, said, Tie(case_id, room, {}))
        await self._card(chat, tapped, "case", case_id)
        return ""

    async def _card(
        self,
        chat: StaffChat,
        tapped: Tapped,
        card: str,
        case_id: int | None = None,
        **args: Any,
    ) -> None:
        """Show a card in the place of the one whose button was pressed."""
        tie = await tie_of(self._runtime, chat, thread=tapped.thread, answered=None)
        room = tie.room if tie and tie.room and tie.case_id == case_id else None
        source = f"tap:{tapped.callback}"
        edit = {} if card == "ask" else {"edit": tapped.message}
        await show_card(
            self._runtime, chat, source, {"card": card, **edit, **args}, case_id=case_id, room=room
        )

    def _say(self, chat: StaffChat, why: str) -> str:
        return Cards(self._runtime, chat.staff).say(phrases.WHY[why])


def _is_note(words: str) -> bool:
    return words == NOTE or words.startswith((f"{NOTE} ", f"{NOTE}\n"))
