"""A worker's message: one transaction from the inbox row to the answer in the outbox.

handle -> inbox (here before? then stop) -> worker and conversation, locked
       -> hidden chat | global word | open case with a human | flows.engine.advance
       -> effects become rows: messages, a case, a consent
commit; only then may the channel tell its platform that the message has arrived
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

import structlog

from bot import messages, phrases, versions
from bot.casework import calls, questions, worker_side
from bot.effects import advance, apply, begin, hide, reopen, words_to_come_back
from bot.errors import DoneBefore
from bot.links import NO_LINK, Link
from bot.media import MAX_FILE_MEGABYTES
from bot.messages import (
    LOST,
    MAX_TEXT,
    TOO_BIG,
    CommandIn,
    Content,
    EditedIn,
    FileAhead,
    FileIn,
    Incoming,
    JoinIn,
    Opened,
    PageIn,
    TapIn,
    TextIn,
    Unsupported,
)
from bot.outreach import letters, news
from bot.runtime import Runtime
from bot.talk import (
    Talk,
    add,
    is_in,
    keep,
    keep_file,
    post,
    save,
    say,
    say_decoy,
    send,
    session_of,
    write,
    write_down,
)
from bot.workshops import chat as workshops
from flows import engine, match
from flows.compute import BAKU
from flows.fold import DANGER, LANGUAGE, MENU
from flows.model import (
    Command,
    Commanded,
    Event,
    Latin,
    Linked,
    Media,
    Send,
    Session,
    Tap,
    Typed,
)
from flows.texts import SOURCE_LANGUAGE
from storage import conversations, leaflets, outbox
from storage import messages as transcript
from storage import walkins as walkin_store
from storage.database import DatabaseUnavailable, Tx
from storage.records import Conversation, Kind, MessageKind, Speaker

log = structlog.get_logger()
LOOK_BACK = 16  # entries of the transcript
MAX_DIGITS = 2  # of a number that means a button
UNSEEN = "••••"  # what stands in the transcript in place of a code


class Unkept(DatabaseUnavailable):
    """Not even that our own code failed could be stored."""


class Handled(StrEnum):
    """What became of a message."""

    DONE = "done"
    DUPLICATE = "duplicate"  # answered before
    FAULT = "fault"  # kept, apologised for, and recorded


async def handle(runtime: Runtime, incoming: Incoming, link: Link = NO_LINK) -> Handled:
    """Process one message exactly once, and answer it; `link`: what brought the person here.

    When this returns, the message is stored, whatever happened; where it raises
    (DatabaseUnavailable), nothing is, and the platform may deliver again. If our own code fails,
    a second transaction keeps the message, marked as a fault, with an apology: no silence and no
    endless redelivery. Where that fails, too, it raises Unkept.
    """
    now = incoming.at or runtime.clock()
    try:
        done = await runtime.database.write(lambda tx: _handle(tx, runtime, incoming, link, now))
    except (DatabaseUnavailable, DoneBefore):
        raise
    except Exception:
        log.exception("message.fault", channel=incoming.channel)
        try:
            await _keep_fault(runtime, incoming, now)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            raise Unkept(type(error).__name__) from error
        return Handled.FAULT
    return Handled.DONE if done else Handled.DUPLICATE


async def note_reachable(
    runtime: Runtime, channel: str, account: str, identifier: tuple[str, str], reachable: bool
) -> None:
    """Remember that a person has blocked our bot, or let it write again; strangers are ignored."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        address = conversations.find_address(tx, channel, account, identifier)
        talk = address and conversations.get_open_conversation(tx, address)
        if talk:
            worker_side.note_reachable(tx, talk.worker.id, reachable, now)

    await runtime.database.write(work)


def _handle(tx: Tx, runtime: Runtime, incoming: Incoming, link: Link, now: datetime) -> bool:
    talk = _receive(tx, runtime, incoming, now)
    if talk is None:
        return False
    if link.language and talk.conversation.worker.language is None:
        conversations.set_language(tx, talk.conversation.worker.id, link.language)
        talk.language = link.language
    if link.source is not None:
        is_new = talk.conversation.last_seq == 0
        leaflets.count(tx, f"{now.astimezone(BAKU):%Y-%m}", link.source, is_new=is_new)
    if isinstance(incoming.content, JoinIn) and _join(talk, incoming.content):
        return True
    if isinstance(incoming.content, TextIn) and _comes_back(talk, incoming.content.text):
        return True
    talk.session = session_of(talk.conversation)
    if talk.session is not None:
        talk.session = versions.unpin(tx, runtime.catalog, talk.session, now)
    content = incoming.content
    hidden = talk.conversation.hidden_after_seq is not None
    command = _command_of(runtime, content, None if hidden else talk.session)
    stops = news.is_stop(content, command)
    if stops:  # in a hidden chat, too
        news.stop(tx, talk.conversation, talk.language, now)
    if hidden and not isinstance(content, Opened):
        _answer_hidden(talk, content, command)
        return True
    content = _read_number(talk, content)
    if command is not None:
        calls.leave(tx, talk.conversation)
    secret = isinstance(content, TextIn) and calls.is_secret(tx, talk.conversation)
    talk.message_id = write_down(talk, TextIn(UNSEEN) if secret else content)
    outbox.release_held(tx, talk.conversation.address.id, now)
    if stops:
        say(talk, phrases.STOPPED)
    elif _is_of_album(talk, content):
        pass  # its first file was answered
    elif _shows_announcement(talk, content) or _speaks_of_workshops(talk, content):
        pass
    elif talk.session is None:
        begin(talk, command, link)
    elif link.topic is not None:
        advance(talk, Linked(link.topic, now))
    elif isinstance(content, TextIn | EditedIn) and len(content.text) > MAX_TEXT:
        say(talk, phrases.TOO_LONG, limit=MAX_TEXT)
    elif command is Command.LAWYER and _back_to_lawyer(talk):
        pass
    elif command is Command.CASE:
        _tell_case(talk)
    elif (isinstance(content, TapIn) and _answer_question(talk, content)) or (
        command is None and _answer_beside(talk, content)
    ):
        pass
    elif news.asks_for_news(content):
        advance(talk, Commanded(Command.NEWS, now))
    elif command is Command.DANGER:
        _in_danger(talk)
    elif command is not None:
        advance(talk, Commanded(command, now))
    elif talk.case is not None and not isinstance(content, TapIn | PageIn | Opened | JoinIn):
        _pass_to_lawyer(talk, content)
    else:
        _advance_by(talk, content)
    save(talk)
    return True


def _read_number(talk: Talk, content: Content) -> Content:
    """A typed number that means a button: of what was just asked, in the order it was shown.

    Only where there are several and the trees do not read it themselves: they know open questions
    to which a number is the answer.
    """
    typed = match.normal(content.text) if isinstance(content, TextIn) else ""
    if not typed.isdecimal() or len(typed) > MAX_DIGITS:
        return content
    said = transcript.list_said(talk.tx, talk.conversation.id, limit=1)
    if not said or said[0].kind is not MessageKind.PROMPT:
        return content
    prompt, number = messages.parse(said[0].body), int(typed)
    if len(prompt.choices) < 2 or not 1 <= number <= len(prompt.choices):
        return content
    if prompt.question is None or not (
        prompt.question == messages.STANDING
        or calls.is_asked(talk.tx, talk.conversation, prompt.question)
        or questions.is_asked(talk.tx, talk.conversation, prompt.question)
        or is_in(talk, LANGUAGE)
    ):
        return content
    return TapIn(prompt.question, prompt.choices[number - 1].option)


def open_menu(
    tx: Tx, runtime: Runtime, conversation: Conversation, language: str, now: datetime
) -> None:
    """Begin at the menu, in a language that is known: staff ask for a person without a chat."""
    talk = Talk(runtime, tx, now, conversation, language, None, conversation.speaker)
    talk.session, effects = engine.start(runtime.catalog, MENU, language=language, at=now)
    apply(talk, effects)
    save(talk)


def _join(talk: Talk, said: JoinIn) -> bool:
    """Go on here with what staff began for this person; False where the link does not work.

    Who has an open case here keeps it: two conversations with a case are never made one.
    """
    here = talk.conversation
    if talk.case is not None or here.hidden_after_seq is not None:
        return False
    begun = walkin_store.use_link(talk.tx, said.token, talk.now)
    if begun is None:
        return False
    conversations.end_conversation(talk.tx, here.id, talk.now)
    walkin_store.move_conversation(talk.tx, begun, here.address, talk.now)
    _go_on(talk)
    last = worker_side.last_case_of(talk.tx, talk.conversation.id)
    if last is None:
        say(talk, phrases.JOINED)
        advance(talk, Commanded(Command.REPEAT, talk.now))
    else:
        say(talk, phrases.JOINED_CASE, code=Latin(last.code))
    send(talk, Send((words_to_come_back(talk, here.phrase),)))
    save(talk)
    return True


def _comes_back(talk: Talk, text: str) -> bool:
    """The earlier person at this phone writes their own words: their conversation goes on.

    The words are kept in no transcript; where they fit nobody they are a text like any other.
    """
    earlier = calls.who_comes_back(talk.tx, talk.runtime, talk.conversation, text, talk.now)
    if earlier is None:
        return False
    conversations.resume_conversation(talk.tx, talk.conversation, earlier.id, talk.now)
    _go_on(talk)
    say(talk, phrases.SHOWN_AGAIN)
    if talk.case is None:
        advance(talk, Commanded(Command.REPEAT, talk.now))
    save(talk)
    return True


def _go_on(talk: Talk) -> None:
    """Take up the conversation that is the open one at this address now."""
    address = talk.conversation.address.id
    talk.conversation = conversations.lock_conversation(talk.tx, address, talk.now)
    conversations.mark_incoming(talk.tx, talk.conversation.id, talk.now)
    talk.language = talk.conversation.worker.language or talk.language
    talk.speaker = talk.conversation.speaker
    talk.case = worker_side.open_case_of(talk.tx, talk.conversation.id)
    talk.session = session_of(talk.conversation)
    outbox.release_held(talk.tx, address, talk.now)


def _receive(tx: Tx, runtime: Runtime, incoming: Incoming, now: datetime) -> Talk | None:
    """The conversation that this message belongs to, locked; None where it was here before."""
    channel, account = incoming.channel, incoming.account
    if not conversations.record_incoming(tx, channel, account, incoming.platform_id, now):
        return None
    address = conversations.find_or_create_address(tx, channel, account, incoming.identifiers, now)
    found = conversations.lock_conversation(tx, address, now)
    if incoming.opens_window and not isinstance(incoming.content, Opened):
        written_at = min(now, incoming.written_at or now)
        conversations.mark_incoming(tx, found.id, written_at)
    if not found.worker.reachable:  # who writes has not blocked us
        worker_side.note_reachable(tx, found.worker.id, True, now)
    return Talk(
        runtime=runtime,
        tx=tx,
        now=now,
        conversation=found,
        language=found.worker.language or guess_language(runtime, incoming.language_hint),
        session=None,
        speaker=found.speaker,
        case=worker_side.open_case_of(tx, found.id) if found.speaker is Speaker.HUMAN else None,
        shown_as=incoming.shown_as,
    )


def guess_language(runtime: Runtime, hint: str | None) -> str:
    """The language of a phone or browser where we speak it, else English."""
    code = (hint or "").replace("-", "_")
    for candidate in (code, code.split("_")[0].lower()):
        if candidate in runtime.languages:
            return candidate
    return SOURCE_LANGUAGE


def _command_of(runtime: Runtime, content: Content, session: Session | None) -> Command | None:
    """The command that this is, by its button, its words or its sign.

    A sign that an answer on the screen begins with is that answer.
    """
    if isinstance(content, CommandIn):
        return content.command
    if not isinstance(content, TextIn | EditedIn):
        return None
    words, text = runtime.command_words, content.text
    if command := words.find(text):
        return command
    command = words.find_sign(text)
    if command and session and engine.takes(runtime.catalog, session, text):
        return None
    return command


# -- what the worker sent ----------------------------------------------------------------------


def _advance_by(talk: Talk, content: Content) -> None:
    event: Event
    match content:
        case TextIn(text):
            event = Typed(text, talk.now)
        case TapIn(question, option):
            event = Tap(question, option, talk.now)
        case FileIn(kind=kind) | FileAhead(kind=kind):
            event = Media(kind, talk.now)
        case PageIn(question, page):
            if not _turn_page(talk, question, page):
                advance(talk, Commanded(Command.REPEAT, talk.now))
            return
        case EditedIn():  # which question it belonged to is not known: it answers none
            say(talk, phrases.EDITED)
            return
        case Unsupported(what):
            _say_unsupported(talk, what)
            return
        case JoinIn():  # it was used before, is too old, or this chat has a case of its own
            say(talk, phrases.JOIN_FAILED)
            return
        case _:  # opened again: the page shows what was said; nothing to add
            return
    advance(talk, event)


def _turn_page(talk: Talk, question: int, page: int) -> bool:
    """Show other answers of the open question; False where it is not the open one."""
    if talk.session is None or question != talk.session.asked:
        return False
    said = transcript.list_said(talk.tx, talk.conversation.id, limit=LOOK_BACK)
    prompts = [messages.parse(m.body) for m in said if m.kind is MessageKind.PROMPT]
    asked = next((prompt for prompt in prompts if prompt.question == question), None)
    if asked is None:
        return False
    write(talk, Kind.DANGER if asked.danger else Kind.ANSWER, replace(asked, page=page))
    return True


# -- announcements and workshops ---------------------------------------------------------------


def _shows_announcement(talk: Talk, content: Content) -> bool:
    """Who writes an announcement's test code, or presses the button of its template, reads it."""
    worker = talk.conversation.worker.id
    copies = letters.asked_for(talk.tx, talk.runtime, worker, content)
    for language, copy in copies:
        transcript.add_outgoing(
            talk.tx,
            talk.conversation,
            Kind.ANSWER,
            messages.dump(copy),
            language=language,
            now=talk.now,
        )
    return bool(copies)


def _is_of_album(talk: Talk, content: Content) -> bool:
    """Whether this is a further file of several sent at once: kept, and not answered by itself.

    In a case each file may be what the lawyer asked for.
    """
    if not isinstance(content, FileAhead) or not content.album or talk.case is not None:
        return False
    where = talk.conversation.address
    name = f"album:{where.id}:{content.album}"
    first = conversations.record_incoming(talk.tx, where.channel, where.account, name, talk.now)
    return not first


def _speaks_of_workshops(talk: Talk, content: Content) -> bool:
    """Answer what was said or pressed about workshops; the open question stays open."""
    answers = workshops.answer(
        talk.tx, talk.runtime, talk.conversation, talk.language, content, talk.now
    )
    for answer in answers or ():
        add(talk, Kind.ANSWER, answer)
    return answers is not None


# -- cases -------------------------------------------------------------------------------------


def _tell_case(talk: Talk) -> None:
    """How the worker's own case stands."""
    add(
        talk,
        Kind.ANSWER,
        calls.ask_case(talk.tx, talk.runtime, talk.conversation, talk.language, talk.now),
    )
    _read_again(talk)


def _answer_beside(talk: Talk, content: Content) -> bool:
    """An answer to what was asked under "My case"; False where it is none."""
    told = calls.take(
        talk.tx, talk.runtime, talk.conversation, content, talk.case, talk.language, talk.now
    )
    if told is None:
        return False
    if told.other_person:
        conversations.end_conversation(talk.tx, talk.conversation.id, talk.now)
        talk.conversation = conversations.lock_conversation(
            talk.tx, talk.conversation.address.id, talk.now
        )
        conversations.mark_incoming(talk.tx, talk.conversation.id, talk.now)
        talk.case, talk.speaker, talk.message_id = None, Speaker.BOT, None
        add(talk, Kind.ANSWER, told.outgoing)
        begin(talk, None)
    else:
        add(talk, Kind.ANSWER, told.outgoing)
        _read_again(talk)
    return True


def _read_again(talk: Talk) -> None:
    """Take over the count of questions that a question beside the trees has moved."""
    now = conversations.get_conversation(talk.tx, talk.conversation.id)
    assert now is not None
    talk.session = session_of(now)


def _answer_question(talk: Talk, tap: TapIn) -> bool:
    """A button of a lawyer's question; False where it belongs to the trees."""
    said = questions.take_tap(
        talk.tx, talk.runtime, talk.conversation, tap.question, tap.option, talk.now
    )
    if said is None:
        return False
    if talk.case is not None and talk.message_id is not None:
        transcript.move_to_case(talk.tx, [talk.message_id], talk.case.id)
    say(talk, said)
    return True


def _pass_to_lawyer(talk: Talk, content: Content) -> None:
    """The message is in the case; the worker is told so once per reply of the lawyer."""
    assert talk.case is not None
    answered = talk.message_id and questions.take_words(
        talk.tx, talk.runtime, talk.conversation, content, talk.message_id, talk.now
    )
    if answered:
        say(talk, answered)
        return
    if worker_side.record_worker_wrote(talk.tx, talk.runtime, talk.case, talk.now):
        say(talk, phrases.TO_LAWYER, code=Latin(talk.case.code))
    if isinstance(content, Unsupported):
        _say_unsupported(talk, content.what)


def _in_danger(talk: Talk, *, hidden: bool = False) -> None:
    """The numbers at once; who holds the worker's case is told that they asked for them."""
    if talk.case is not None:
        worker_side.record_worker_wrote(talk.tx, talk.runtime, talk.case, talk.now)
    advance(talk, Commanded(Command.DANGER, talk.now), hidden=hidden)


def _say_unsupported(talk: Talk, what: str) -> None:
    if what == TOO_BIG:
        say(talk, phrases.FILE_TOO_BIG, limit=MAX_FILE_MEGABYTES)
    else:
        say(talk, phrases.FILE_LOST if what == LOST else phrases.UNSUPPORTED)


def _back_to_lawyer(talk: Talk) -> bool:
    """Asked for a lawyer with a case open, or closed not long ago: no new questions."""
    if talk.case is not None:
        say(talk, phrases.CASE_OPEN_ALREADY, code=Latin(talk.case.code))
        return True
    return reopen(talk)


# -- hiding ------------------------------------------------------------------------------------


def _answer_hidden(talk: Talk, content: Content, command: Command | None) -> None:
    """While hidden: the two words show the chat again, danger works, the rest is harmless."""
    typed = match.normal(content.text) if isinstance(content, TextIn) else ""
    if typed and typed == match.normal(talk.conversation.phrase or ""):
        conversations.set_hidden(talk.tx, talk.conversation.id, hidden=False)
        outbox.release_held(talk.tx, talk.conversation.address.id, talk.now)
        say(talk, phrases.SHOWN_AGAIN)
        advance(talk, Commanded(Command.REPEAT, talk.now))
        save(talk)
        return
    talk.message_id = write_down(talk, content)
    if command is Command.DANGER:
        _in_danger(talk, hidden=True)
    elif command is Command.HIDE:  # the card of danger goes, too
        hide(talk)
    elif isinstance(content, TapIn) and _was_asked_hidden(talk, content.question):
        advance(talk, Tap(content.question, content.option, talk.now), hidden=True)
    else:
        if talk.case is not None and isinstance(content, TextIn | EditedIn | FileIn | FileAhead):
            worker_side.record_worker_wrote(talk.tx, talk.runtime, talk.case, talk.now)
        say_decoy(talk)
    save(talk)


def _was_asked_hidden(talk: Talk, question: int) -> bool:
    """Whether this is the open question, and one of those under the card of danger."""
    since = talk.conversation.hidden_after_seq or 0
    said = transcript.list_said(talk.tx, talk.conversation.id, after_seq=since, limit=LOOK_BACK)
    prompts = [messages.parse(m.body) for m in said if m.kind is MessageKind.PROMPT]
    return _is_in_danger(talk) and question in [prompt.question for prompt in prompts]


def _is_in_danger(talk: Talk) -> bool:
    """Whether the open question belongs to the card of danger."""
    assert talk.session is not None
    flows = [flow for flow, _ in engine.places(talk.runtime.catalog, talk.session)]
    return DANGER in flows


# -- our own fault -----------------------------------------------------------------------------


async def _keep_fault(runtime: Runtime, incoming: Incoming, now: datetime) -> None:
    """Keep what could not be handled, with its file where that is not what fails, and apologise."""
    keep = runtime.database.write
    try:
        await keep(lambda tx: _write_fault(tx, runtime, incoming, now, whole=True))
    except DatabaseUnavailable:
        raise
    except Exception:
        log.exception("message.fault.again", channel=incoming.channel)
        await keep(lambda tx: _write_fault(tx, runtime, incoming, now, whole=False))


def _write_fault(
    tx: Tx, runtime: Runtime, incoming: Incoming, now: datetime, *, whole: bool
) -> None:
    talk = _receive(tx, runtime, incoming, now)
    if talk is None:
        return
    content, hidden = incoming.content, talk.conversation.hidden_after_seq is not None
    if whole and isinstance(content, TextIn) and calls.is_secret(tx, talk.conversation):
        content = TextIn(UNSEEN)
    kind, body = messages.body_of(content, hidden=hidden)
    message_id = keep(talk, kind, body, fault=True)
    if whole:
        keep_file(talk, message_id, content)
    if hidden:
        say_decoy(talk)
    else:
        say(talk, phrases.FAULT, emergency=Latin("112"))
    post(talk)
