"""A worker's message: one transaction from the inbox row to the answer in the outbox.

handle -> inbox (here before? then stop) -> worker and conversation, locked
       -> hidden chat | global word | open case with a human | flows.engine.advance
       -> effects become rows: messages, a case, a consent
commit; only then may the channel tell its platform that the message has arrived
"""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import structlog

from bot import messages, phrases, versions
from bot.bubbles import Letter, pack
from bot.casework import calls, cases, questions
from bot.links import NO_LINK, Link
from bot.media import MAX_FILE_MEGABYTES, type_of
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
    Outgoing,
    PageIn,
    TapIn,
    TextIn,
    Unsupported,
)
from bot.office.abilities import Abilities, abilities_of
from bot.outreach import letters, news
from bot.runtime import Runtime
from bot.workshops import chat as workshops
from flows import engine, match
from flows.compute import BAKU
from flows.fold import MENU, WELCOME
from flows.model import (
    Command,
    Commanded,
    Consented,
    Effect,
    Event,
    Finished,
    HideChat,
    LanguageChosen,
    Latin,
    Line,
    Linked,
    Listen,
    Media,
    OpenCase,
    Phrase,
    Send,
    Session,
    Tap,
    Typed,
)
from flows.phrases import BUTTONS
from flows.session_json import dump_session, parse_session
from flows.texts import SOURCE_LANGUAGE, split_words
from storage import conversations, erasure, files, leaflets, outbox, outreach, pending
from storage import messages as transcript
from storage import walkins as walkin_store
from storage.database import DatabaseUnavailable, Tx
from storage.records import (
    Case,
    Conversation,
    Kind,
    MessageId,
    MessageKind,
    Speaker,
)

log = structlog.get_logger()
ERASED = ("erase", "erased")  # the flow and outcome that ask for it
LOOK_BACK = 16  # entries of the transcript
ABOUT_THE_CASE = frozenset(
    {
        phrases.CASE_QUEUED,
        phrases.CASE_OPEN_ALREADY,
        phrases.CASE_REOPENED,
        phrases.TO_LAWYER,
    }
)  # the worker is offered "My case" under these
UNSEEN = "••••"  # what stands in the transcript in place of a code
VOICE_NAME = "voice.ogg"  # says nothing of the topic to who looks at the phone
CHANNEL_WORDS = frozenset({Command.DANGER, Command.HIDE})  # work before a session exists, too


class Unkept(DatabaseUnavailable):
    """Not even that our own code failed could be stored."""


class Handled(StrEnum):
    """What became of a message."""

    DONE = "done"
    DUPLICATE = "duplicate"  # answered before
    FAULT = "fault"  # kept, apologised for, and recorded


@dataclass
class Talk:
    """One message being handled: what the steps below share."""

    runtime: Runtime
    tx: Tx
    now: datetime
    conversation: Conversation
    language: str
    session: Session | None
    speaker: Speaker
    case: Case | None = None
    message_id: MessageId | None = None
    shown_as: str | None = None  # what the platform calls the message
    letters: list[Letter] = field(default_factory=list)  # wait to be put together

    @property
    def abilities(self) -> Abilities:
        """What the channel can do."""
        return abilities_of(self.conversation.address.channel)


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
    except DatabaseUnavailable:
        raise
    except Exception:
        log.exception("message.fault", channel=incoming.channel)
        try:
            await runtime.database.write(lambda tx: _keep_fault(tx, runtime, incoming, now))
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
            cases.note_reachable(tx, runtime, talk.worker.id, reachable, now)

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
    talk.session = _session_of(talk.conversation)
    if talk.session is not None:
        talk.session = versions.unpin(tx, runtime.catalog, talk.session, now)
    content = incoming.content
    command = _command_of(runtime, content)
    stops = news.is_stop(content, command)
    if stops:  # in a hidden chat, too
        news.stop(tx, talk.conversation, talk.language, now)
    if talk.conversation.hidden_after_seq is not None and not isinstance(content, Opened | JoinIn):
        _answer_hidden(talk, content, command)
        return True
    secret = isinstance(content, TextIn) and calls.is_secret(tx, talk.conversation)
    talk.message_id = _write_down(talk, TextIn(UNSEEN) if secret else content)
    outbox.release_held(tx, talk.conversation.address.id, now)
    if stops:
        _say(talk, phrases.STOPPED)
    elif _shows_test(talk, content) or _speaks_of_workshops(talk, content):
        pass
    elif talk.session is None:
        _begin(talk, command, link)
    elif link.topic is not None:
        _advance(talk, Linked(link.topic, now))
    elif isinstance(content, TextIn | EditedIn) and len(content.text) > MAX_TEXT:
        _say(talk, phrases.TOO_LONG, limit=MAX_TEXT)
    elif command is Command.LAWYER and _back_to_lawyer(talk):
        pass
    elif command is Command.CASE:
        _tell_case(talk)
    elif (isinstance(content, TapIn) and _answer_question(talk, content)) or (
        command is None and _answer_beside(talk, content)
    ):
        pass
    elif news.asks_for_news(content):
        _advance(talk, Commanded(Command.NEWS, now))
    elif command is not None:
        _advance(talk, Commanded(command, now))
    elif talk.case is not None and not isinstance(content, TapIn | PageIn | Opened | JoinIn):
        _pass_to_lawyer(talk, content)
    else:
        _advance_by(talk, content)
    _save(talk)
    return True


def open_menu(
    tx: Tx, runtime: Runtime, conversation: Conversation, language: str, now: datetime
) -> None:
    """Begin at the menu, in a language that is known: staff ask for a person without a chat."""
    talk = Talk(runtime, tx, now, conversation, language, None, conversation.speaker)
    talk.session, effects = engine.start(runtime.catalog, MENU, language=language, at=now)
    _apply(talk, effects)
    _save(talk)


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
    last = cases.last_case_of(talk.tx, talk.conversation.id)
    if last is None:
        _say(talk, phrases.JOINED)
        _advance(talk, Commanded(Command.REPEAT, talk.now))
    else:
        _say(talk, phrases.JOINED_CASE, code=Latin(last.code))
    _send(talk, Send((_words_to_come_back(talk, here.phrase),)))
    _save(talk)
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
    _say(talk, phrases.SHOWN_AGAIN)
    if talk.case is None:
        _advance(talk, Commanded(Command.REPEAT, talk.now))
    _save(talk)
    return True


def _go_on(talk: Talk) -> None:
    """Take up the conversation that is the open one at this address now."""
    address = talk.conversation.address.id
    talk.conversation = conversations.lock_conversation(talk.tx, address, talk.now)
    conversations.mark_incoming(talk.tx, talk.conversation.id, talk.now)
    talk.language = talk.conversation.worker.language or talk.language
    talk.speaker = talk.conversation.speaker
    talk.case = cases.open_case_of(talk.tx, talk.conversation.id)
    talk.session = _session_of(talk.conversation)
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
        cases.note_reachable(tx, runtime, found.worker.id, True, now)
    return Talk(
        runtime=runtime,
        tx=tx,
        now=now,
        conversation=found,
        language=found.worker.language or guess_language(runtime, incoming.language_hint),
        session=None,
        speaker=found.speaker,
        case=cases.open_case_of(tx, found.id) if found.speaker is Speaker.HUMAN else None,
        shown_as=incoming.shown_as,
    )


def _session_of(conversation: Conversation) -> Session | None:
    """Where the worker stands; who cannot be placed any more is welcomed anew, not left alone."""
    try:
        return parse_session(conversation.session)
    except (ValueError, KeyError, TypeError):
        log.error("session.unreadable", conversation=conversation.id)
        return None


def guess_language(runtime: Runtime, hint: str | None) -> str:
    """The language of a phone or browser where we speak it, else English."""
    code = (hint or "").replace("-", "_")
    for candidate in (code, code.split("_")[0].lower()):
        if candidate in runtime.languages:
            return candidate
    return SOURCE_LANGUAGE


def _command_of(runtime: Runtime, content: Content) -> Command | None:
    if isinstance(content, CommandIn):
        return content.command
    if isinstance(content, TextIn | EditedIn):
        return runtime.command_words.find(content.text)
    return None


# -- what the worker sent ----------------------------------------------------------------------


def _write_down(talk: Talk, content: Content) -> MessageId | None:
    """Put the message into the transcript, and its file into the media folder."""
    if isinstance(content, Opened | JoinIn):
        return None
    kind, body = messages.body_of(content, _label_of(talk, content))
    message_id = transcript.add_incoming(
        talk.tx,
        talk.conversation,
        kind,
        body,
        language=talk.language,
        now=talk.now,
        case_id=talk.case.id if talk.case else None,
        platform_id=talk.shown_as,
    )
    if isinstance(content, FileAhead):
        pending.add_file(talk.tx, message_id, talk.conversation, asdict(content), talk.now)
    if isinstance(content, FileIn):
        _attach(talk, message_id, content)
    return message_id


def _attach(talk: Talk, message_id: MessageId, file: FileIn) -> None:
    attachment = transcript.add_attachment(
        talk.tx,
        message_id,
        talk.conversation.worker.key_id,
        media_type=file.media_type,
        size_bytes=len(file.content),
        name=file.name,
    )
    files.store(talk.tx, talk.runtime.settings.media_folder, attachment, file.content)


def _label_of(talk: Talk, content: Content) -> str:
    """What the pressed button said, for the people who read the transcript."""
    if isinstance(content, CommandIn):
        return talk.runtime.speech.say(BUTTONS[content.command], talk.language)
    if isinstance(content, TapIn) and (label := workshops.label_of(content.option)):
        return talk.runtime.speech.say(label, talk.language)
    if isinstance(content, TapIn) and content.question == messages.STANDING:
        standing = news.STANDING_LABELS.get(content.option)
        return "•" if standing is None else talk.runtime.speech.say(standing, talk.language)
    if isinstance(content, TapIn) and talk.session is not None:
        option = engine.option(talk.runtime.catalog, talk.session, content.question, content.option)
        if option is not None:
            return talk.runtime.speech.say(option, talk.language)
    if isinstance(content, TapIn):
        asked = questions.label_of(
            talk.tx,
            talk.runtime,
            talk.conversation,
            content.question,
            content.option,
            talk.language,
        )
        beside = calls.LABELS.get(content.option)
        return asked or (talk.runtime.speech.say(beside, talk.language) if beside else "•")
    return "•"


def _begin(talk: Talk, command: Command | None, link: Link = NO_LINK) -> None:
    """The first contact: the welcome, then whatever was asked for."""
    catalog, now = talk.runtime.catalog, talk.now
    session, effects = engine.start(catalog, WELCOME, language=talk.language, at=now)
    if command in CHANNEL_WORDS:
        session, effects = engine.advance(catalog, session, Commanded(command, now))
    elif link.topic is not None:
        session, effects = engine.advance(catalog, session, Linked(link.topic, now))
    asked = session.asked
    if link.language and engine.option(catalog, session, asked, link.language):
        # who follows a leaflet in a language reads it: that question is answered
        session, effects = engine.advance(catalog, session, Tap(asked, link.language, now))
    talk.session = session
    _apply(talk, effects)


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
                _advance(talk, Commanded(Command.REPEAT, talk.now))
            return
        case EditedIn():  # which question it belonged to is not known: it answers none
            _say(talk, phrases.EDITED)
            return
        case Unsupported(what):
            _say_unsupported(talk, what)
            return
        case JoinIn():  # it was used before, is too old, or this chat has a case of its own
            _say(talk, phrases.JOIN_FAILED)
            return
        case _:  # opened again: the page shows what was said; nothing to add
            return
    _advance(talk, event)


def _turn_page(talk: Talk, question: int, page: int) -> bool:
    """Show other answers of the open question; False where it is not the open one."""
    if talk.session is None or question != talk.session.asked:
        return False
    said = transcript.list_said(talk.tx, talk.conversation.id, limit=LOOK_BACK)
    prompts = [messages.parse(m.body) for m in said if m.kind is MessageKind.PROMPT]
    asked = next((prompt for prompt in prompts if prompt.question == question), None)
    if asked is None:
        return False
    _write(talk, Kind.DANGER if asked.danger else Kind.ANSWER, replace(asked, page=page))
    return True


def _advance(talk: Talk, event: Event) -> None:
    assert talk.session is not None
    before = talk.session
    session, effects = engine.advance(talk.runtime.catalog, before, event)
    if isinstance(event, Typed) and session.misses > before.misses and _reopen(talk):
        return
    talk.session = session
    _apply(talk, _with_news(talk, effects))


# -- announcements -----------------------------------------------------------------------------


def _with_news(talk: Talk, effects: Sequence[Effect]) -> Sequence[Effect]:
    """What to tell, and after the first tree, in place of the menu, whether news are welcome."""
    assert talk.session is not None
    catalog, worker = talk.runtime.catalog, talk.conversation.worker
    if talk.case is not None or not news.is_time_to_ask(
        talk.tx, catalog, talk.conversation, talk.session, effects, talk.language
    ):
        return effects
    outreach.mark_asked_for_news(talk.tx, worker.id, talk.now)
    talk.session, asked = engine.advance(catalog, talk.session, Commanded(Command.NEWS, talk.now))
    told = [e for e in effects if not isinstance(e, Send) or e.question is None]
    return (*told, *asked)


def _shows_test(talk: Talk, content: Content) -> bool:
    """Staff who write an announcement's test code get it, as those will whom it goes to."""
    if not isinstance(content, TextIn):
        return False
    copies = letters.test_copies(talk.tx, talk.runtime, content.text)
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


def _speaks_of_workshops(talk: Talk, content: Content) -> bool:
    """Answer what was said or pressed about workshops; the open question stays open."""
    answers = workshops.answer(
        talk.tx, talk.runtime, talk.conversation, talk.language, content, talk.now
    )
    for answer in answers or ():
        _add(talk, Kind.ANSWER, answer)
    return answers is not None


# -- cases -------------------------------------------------------------------------------------


def _tell_case(talk: Talk) -> None:
    """How the worker's own case stands."""
    _add(
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
        _add(talk, Kind.ANSWER, told.outgoing)
        _begin(talk, None)
    else:
        _add(talk, Kind.ANSWER, told.outgoing)
        _read_again(talk)
    return True


def _read_again(talk: Talk) -> None:
    """Take over the count of questions that a question beside the trees has moved."""
    now = conversations.get_conversation(talk.tx, talk.conversation.id)
    assert now is not None
    talk.session = _session_of(now)


def _answer_question(talk: Talk, tap: TapIn) -> bool:
    """A button of a lawyer's question; False where it belongs to the trees."""
    said = questions.take_tap(
        talk.tx, talk.runtime, talk.conversation, tap.question, tap.option, talk.now
    )
    if said is None:
        return False
    if talk.case is not None and talk.message_id is not None:
        transcript.move_to_case(talk.tx, [talk.message_id], talk.case.id)
    _say(talk, said)
    return True


def _pass_to_lawyer(talk: Talk, content: Content) -> None:
    """The message is in the case; the worker is told so once per reply of the lawyer."""
    assert talk.case is not None
    answered = talk.message_id and questions.take_words(
        talk.tx, talk.runtime, talk.conversation, content, talk.message_id, talk.now
    )
    if answered:
        _say(talk, answered)
        return
    if cases.record_worker_wrote(talk.tx, talk.runtime, talk.case, talk.now):
        _say(talk, phrases.TO_LAWYER, code=Latin(talk.case.code))
    if isinstance(content, Unsupported):
        _say_unsupported(talk, content.what)


def _say_unsupported(talk: Talk, what: str) -> None:
    if what == TOO_BIG:
        _say(talk, phrases.FILE_TOO_BIG, limit=MAX_FILE_MEGABYTES)
    else:
        _say(talk, phrases.FILE_LOST if what == LOST else phrases.UNSUPPORTED)


def _back_to_lawyer(talk: Talk) -> bool:
    """Asked for a lawyer with a case open, or closed not long ago: no new questions."""
    if talk.case is not None:
        _say(talk, phrases.CASE_OPEN_ALREADY, code=Latin(talk.case.code))
        return True
    return _reopen(talk)


def _reopen(talk: Talk) -> bool:
    case = cases.reopen_by_worker(talk.tx, talk.runtime, talk.conversation.id, talk.now)
    if case is None:
        return False
    talk.case, talk.speaker = case, Speaker.HUMAN
    if talk.message_id is not None:
        transcript.move_to_case(talk.tx, [talk.message_id], case.id)
    _say(talk, phrases.CASE_REOPENED, code=Latin(case.code))
    return True


def _open_case(talk: Talk, effect: OpenCase) -> None:
    case = cases.open_or_add(
        talk.tx, talk.runtime, talk.conversation, effect, talk.language, talk.now
    )
    talk.case, talk.speaker = case, Speaker.HUMAN
    # what was typed and sent before the yes belongs to what the yes was given for
    transcript.move_loose(talk.tx, talk.conversation.id, case.id)


# -- hiding ------------------------------------------------------------------------------------


def _hide(talk: Talk) -> None:
    if talk.conversation.phrase is not None:  # else the words could not be told: no lock-out
        outbox.skip_answers(talk.tx, talk.conversation.address.id, talk.now)
        conversations.set_hidden(talk.tx, talk.conversation.id, hidden=True)
    if not talk.abilities.takes_back:  # something harmless at least comes last
        talk.letters.clear()
        _say(talk, phrases.DECOY)


def _answer_hidden(talk: Talk, content: Content, command: Command | None) -> None:
    """While hidden: the two words show the chat again, danger works, the rest is harmless."""
    typed = match.normal(content.text) if isinstance(content, TextIn) else ""
    if typed and typed == match.normal(talk.conversation.phrase or ""):
        conversations.set_hidden(talk.tx, talk.conversation.id, hidden=False)
        outbox.release_held(talk.tx, talk.conversation.address.id, talk.now)
        _say(talk, phrases.SHOWN_AGAIN)
        _advance(talk, Commanded(Command.REPEAT, talk.now))
    elif command is Command.DANGER:
        talk.message_id = _write_down(talk, content)
        _advance(talk, Commanded(command, talk.now))
    else:
        talk.message_id = _write_down(talk, content)
        if isinstance(content, TapIn):
            _advance_by(talk, content)  # a button of the danger card
        else:
            _say(talk, phrases.DECOY)
    _save(talk)


# -- erasing -----------------------------------------------------------------------------------


def _erase(talk: Talk) -> None:
    """Forget this worker for good; a new conversation begins with the news of it."""
    before = talk.conversation
    talk.letters.clear()
    for case in cases.withdraw_all(talk.tx, before.worker.id, talk.now):
        log.info("case.withdrawn", case=case.id)
    attachments = erasure.erase_worker(talk.tx, before.worker.id, talk.now)
    folder = talk.runtime.settings.media_folder
    for attachment_id in attachments:
        files.remove(folder, attachment_id)
    talk.conversation = conversations.lock_conversation(talk.tx, before.address.id, talk.now)
    talk.case, talk.speaker, talk.message_id = None, Speaker.BOT, None
    _say(talk, phrases.ERASED)
    _begin(talk, None)


# -- effects become rows -----------------------------------------------------------------------


def _apply(talk: Talk, effects: Sequence[Effect]) -> None:
    opens_case = any(isinstance(effect, OpenCase) for effect in effects)
    for effect in effects:
        match effect:
            case Send() if opens_case and effect.question is not None:
                pass  # a lawyer has the word now: the bot asks nothing more
            case Send():
                _send(talk, effect)
            case OpenCase():
                _open_case(talk, effect)
                assert talk.case is not None
                _say(talk, phrases.CASE_QUEUED, code=Latin(talk.case.code))
                if cases.is_nobody_there(talk.tx, talk.runtime, talk.case, talk.now):
                    _say(talk, phrases.NOBODY_ON_DUTY, emergency=Latin("112"))
            case Consented(purpose, given, wording):
                conversations.record_consent(
                    talk.tx,
                    talk.conversation.worker.id,
                    purpose,
                    given=given,
                    wording=f"{wording.context}: {wording.text}"[:160],
                    language=talk.language,
                    now=talk.now,
                )
            case LanguageChosen(language):
                _change_language(talk, language)
            case Listen(nodes):
                _play(talk, nodes)
            case HideChat():
                _hide(talk)
            case Finished(flow, outcome):
                log.info("flow.finished", flow=flow, outcome=outcome)
                news.keep_facts(talk.tx, talk.conversation, effect, talk.now)
                if (flow, outcome) == ERASED:
                    _erase(talk)
                    return


def _play(talk: Talk, nodes: Sequence[tuple[str, str]]) -> None:
    """Send the recordings of these nodes as voice notes."""
    played = False
    for node in nodes:
        path = talk.runtime.catalog.recording(node, talk.language)
        content = path.read_bytes() if path else b""
        file_type = type_of(content, "audio/ogg")
        if file_type is not None:
            message_id = _add(talk, Kind.ANSWER, Outgoing(text=""))
            file = FileIn(file_type.kind, file_type.media_type, VOICE_NAME, content)
            _attach(talk, message_id, file)
            played = True
    if not played:
        _say(talk, phrases.NO_RECORDING)


def _change_language(talk: Talk, language: str) -> None:
    talk.language = language
    conversations.set_language(talk.tx, talk.conversation.worker.id, language)
    lines: list[Line] = []
    if talk.conversation.phrase is None:
        lines.append(_words_to_come_back(talk))
    if not talk.conversation.worker.draft_told:
        conversations.set_draft_told(talk.tx, talk.conversation.worker.id)
        notice = draft_notice(talk.runtime, language)
        where = 0 if talk.abilities.takes_back else len(lines)  # first lines betray nothing
        lines[where:where] = [Line(notice)] if notice else []
    if lines:
        _send(talk, Send(tuple(lines)))


def _words_to_come_back(talk: Talk, known: str | None = None) -> Line:
    """Give this conversation its two words, those known to its person where there are some."""
    phrase = known or _make_phrase(talk.runtime, talk.language)
    conversations.set_phrase(talk.tx, talk.conversation, phrase)
    talk.conversation = replace(talk.conversation, phrase=phrase)
    hint = phrases.HIDE_HINT if talk.abilities.takes_back else phrases.STAYS_HINT
    return Line(hint, {"phrase": phrase})


def draft_notice(runtime: Runtime, language: str) -> Phrase | None:
    """What to tell once of trees that no lawyer has signed, and of draft translations."""
    if language != SOURCE_LANGUAGE and runtime.speech.texts.is_draft(language):
        return phrases.DRAFT
    return phrases.UNREVIEWED if runtime.unsigned else None


def _make_phrase(runtime: Runtime, language: str) -> str:
    words = list(split_words(runtime.speech.say(phrases.HIDE_WORDS, language)))
    first = words.pop(secrets.randbelow(len(words)))
    return f"{first} {words[secrets.randbelow(len(words))]}"


def _say(talk: Talk, phrase: Phrase, /, **fields: str | int | Latin) -> None:
    _send(talk, Send((Line(phrase, fields),)))


def _send(talk: Talk, effect: Send) -> None:
    outgoing = render(talk.runtime, effect, talk.language)
    if effect.question is not None and _is_menu(talk):
        outgoing = _with_workshops(talk, outgoing)
    if any(line.phrase in ABOUT_THE_CASE for line in effect.lines):
        outgoing = replace(outgoing, case_button=True)
    if outgoing.question is not None and not talk.abilities.takes_back and _is_screening(talk):
        outgoing = replace(outgoing, digits=True)
    _write(talk, Kind.DANGER if effect.danger else Kind.ANSWER, outgoing)


def _is_screening(talk: Talk) -> bool:
    asked = talk.session.open if talk.session else None
    flow = talk.runtime.catalog.flow(asked[0]) if asked else None
    return flow is not None and flow.screening


def _write(talk: Talk, kind: Kind, outgoing: Outgoing) -> None:
    """Queue a message; where each one costs, they wait to be put together."""
    talk.letters.append(Letter(kind, outgoing, talk.language, talk.case.id if talk.case else None))
    if not talk.abilities.counts_messages:
        _post(talk)


def _post(talk: Talk) -> None:
    """Write what waits into transcript and outbox."""
    for letter in pack(talk.letters):
        _insert(talk, letter)
    talk.letters.clear()


def _is_menu(talk: Talk) -> bool:
    """Whether the open question is the menu's first one."""
    menu = talk.runtime.catalog.flow(MENU)
    if talk.session is None or menu is None:
        return False
    return engine.where(talk.runtime.catalog, talk.session) == (MENU, menu.start)


def _with_workshops(talk: Talk, outgoing: Outgoing) -> Outgoing:
    """The menu's first list with the entry for workshops, where one is open."""
    entry = workshops.menu_choice(talk.tx, talk.runtime, talk.language, talk.now)
    if entry is None:
        return outgoing
    return replace(outgoing, choices=(*outgoing.choices, entry))


def _add(talk: Talk, kind: Kind, outgoing: Outgoing) -> MessageId:
    """Queue a message of its own, after what waits."""
    _post(talk)
    case_id = talk.case.id if talk.case else None
    return _insert(talk, Letter(kind, outgoing, talk.language, case_id))


def _insert(talk: Talk, letter: Letter) -> MessageId:
    return transcript.add_outgoing(
        talk.tx,
        talk.conversation,
        letter.kind,
        messages.dump(letter.outgoing),
        language=letter.language,
        now=talk.now,
        case_id=letter.case_id,
    )


def render(runtime: Runtime, effect: Send, language: str) -> Outgoing:
    """What the engine wants to tell, as words of this language."""
    speech = runtime.speech
    parts = [speech.line(line, language) for line in effect.lines]
    parts += [speech.hotline(hotline, language) for hotline in effect.hotlines]
    labels = [speech.say(choice.label, language, **choice.fields) for choice in effect.choices]
    if effect.numbered:
        parts.append("\n".join(f"{n}. {label}" for n, label in enumerate(labels, start=1)))
    return Outgoing(
        text="\n\n".join(parts),
        question=effect.question,
        choices=tuple(
            messages.Choice(choice.option, label, choice.marked)
            for choice, label in zip(effect.choices, labels, strict=True)
        ),
        source=speech.sources(effect.sources, language),
        danger=effect.danger,
        many=effect.many,
        listen=effect.voice is not None
        and runtime.catalog.recording(effect.voice, language) is not None,
    )


def _save(talk: Talk) -> None:
    _post(talk)
    conversations.save_conversation(
        talk.tx,
        talk.conversation.id,
        talk.conversation.worker.key_id,
        session=dump_session(talk.session) if talk.session else None,
        speaker=talk.speaker,
    )


def _keep_fault(tx: Tx, runtime: Runtime, incoming: Incoming, now: datetime) -> None:
    talk = _receive(tx, runtime, incoming, now)
    if talk is None:
        return
    kind, body = messages.body_of(incoming.content)
    transcript.add_incoming(
        tx,
        talk.conversation,
        kind,
        body,
        language=talk.language,
        now=now,
        case_id=talk.case.id if talk.case else None,
        platform_id=incoming.shown_as,
        fault=True,
    )
    _say(talk, phrases.FAULT, emergency=Latin("112"))
    _post(talk)
