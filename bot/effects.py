"""What follows from an answer: the engine goes on, and its effects become rows.

Messages, a case, a consent, a language, a hidden chat, or nothing left of the person at all.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot import phrases
from bot.casework import worker_side
from bot.delivery.gate import WRITE_FIRST
from bot.links import NO_LINK, Link
from bot.media import type_of
from bot.messages import (
    FileIn,
    Outgoing,
)
from bot.outreach import news
from bot.runtime import Runtime
from bot.talk import (
    Talk,
    add,
    attach,
    say,
    say_decoy,
    send,
)
from flows import engine
from flows.fold import WELCOME
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
    OpenCase,
    Phrase,
    Send,
    Tap,
    Typed,
)
from flows.texts import SOURCE_LANGUAGE, split_words
from storage import conversations, erasure, files, outbox, outreach
from storage import messages as transcript
from storage.records import Kind, Speaker

log = structlog.get_logger()
ERASED = ("erase", "erased")  # the flow and outcome that ask for it
HELD_BY_SOMEBODY = ("orange", "red")  # nobody writes there of their own accord
VOICE_NAME = "voice.ogg"  # says nothing of the topic to who looks at the phone
CHANNEL_WORDS = frozenset({Command.DANGER, Command.HIDE})  # work before a session exists, too


def begin(talk: Talk, command: Command | None, link: Link = NO_LINK) -> None:
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
    apply(talk, effects)


def advance(talk: Talk, event: Event, *, hidden: bool = False) -> None:
    """Let the engine go on; in a hidden chat it tells what helps in danger, and nothing else."""
    assert talk.session is not None
    before = talk.session
    session, effects = engine.advance(talk.runtime.catalog, before, event)
    if isinstance(event, Typed) and session.misses > before.misses and reopen(talk):
        return
    talk.session = session
    if hidden:
        helpful = [e for e in effects if not isinstance(e, Send) or e.danger]
        apply(talk, helpful)
        if len(helpful) < len(effects):
            say_decoy(talk)
        return
    apply(talk, _with_news(talk, effects))


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


def apply(talk: Talk, effects: Sequence[Effect]) -> None:
    opens_case = any(isinstance(effect, OpenCase) for effect in effects)
    for effect in effects:
        match effect:
            case Send() if opens_case and effect.question is not None:
                pass  # a lawyer has the word now: the bot asks nothing more
            case Send():
                send(talk, effect)
            case OpenCase():
                _open_case(talk, effect)
                assert talk.case is not None
                say(talk, phrases.CASE_QUEUED, code=Latin(talk.case.code))
                if worker_side.is_nobody_there(talk.tx, talk.runtime, talk.case, talk.now):
                    say(talk, phrases.NOBODY_ON_DUTY, emergency=Latin("112"))
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
                if purpose == outreach.ANNOUNCEMENTS:
                    news.keep_attended(talk.tx, talk.conversation, given, talk.now)
                if purpose == WRITE_FIRST and not given:
                    outreach.set_unsafe(talk.tx, talk.conversation.worker.id, True)
            case LanguageChosen(language):
                _change_language(talk, language)
            case Listen(nodes):
                _play(talk, nodes)
            case HideChat():
                hide(talk)
            case Finished(flow, outcome):
                log.info("flow.finished", flow=flow, outcome=outcome)
                news.keep_facts(talk.tx, talk.conversation, effect, talk.now)
                if (flow, outcome) == ERASED:
                    _erase(talk)
                    return


def _open_case(talk: Talk, effect: OpenCase) -> None:
    case = worker_side.open_or_add(
        talk.tx, talk.runtime, talk.conversation, effect, talk.language, talk.now
    )
    talk.case, talk.speaker = case, Speaker.HUMAN
    flags = engine.state(talk.runtime.catalog, talk.session).flags if talk.session else {}
    if effect.urgency == "U0" or flags.get("trafficking") in HELD_BY_SOMEBODY:
        outreach.set_unsafe(talk.tx, talk.conversation.worker.id, True)  # a lawyer may lift it
    # what was typed and sent before the yes belongs to what the yes was given for
    transcript.move_loose(talk.tx, talk.conversation.id, case.id)


def reopen(talk: Talk) -> bool:
    case = worker_side.reopen_by_worker(talk.tx, talk.runtime, talk.conversation.id, talk.now)
    if case is None:
        return False
    talk.case, talk.speaker = case, Speaker.HUMAN
    if talk.message_id is not None:
        transcript.move_to_case(talk.tx, [talk.message_id], case.id)
    say(talk, phrases.CASE_REOPENED, code=Latin(case.code))
    return True


def hide(talk: Talk) -> None:
    talk.letters.clear()
    if talk.conversation.phrase is not None:  # else the words could not be told: no lock-out
        outbox.skip_answers(talk.tx, talk.conversation.address.id, talk.now)
        conversations.set_hidden(talk.tx, talk.conversation.id, hidden=True)
    if not talk.abilities.takes_back:  # something harmless at least comes last
        say_decoy(talk)


def _erase(talk: Talk) -> None:
    """Forget this worker for good; a new conversation begins with the news of it."""
    before = talk.conversation
    talk.letters.clear()
    for case in worker_side.withdraw_all(talk.tx, before.worker.id, talk.now):
        log.info("case.withdrawn", case=case.id)
    attachments = erasure.erase_worker(talk.tx, before.worker.id, talk.now)
    folder = talk.runtime.settings.media_folder
    for attachment_id in attachments:
        files.remove(folder, attachment_id)
    talk.conversation = conversations.lock_conversation(talk.tx, before.address.id, talk.now)
    # the page around what is said now speaks their language, too
    conversations.set_language(talk.tx, talk.conversation.worker.id, talk.language)
    conversations.mark_incoming(talk.tx, talk.conversation.id, talk.now)  # may be answered
    talk.case, talk.speaker, talk.message_id = None, Speaker.BOT, None
    say(talk, phrases.ERASED)
    begin(talk, None)


def _play(talk: Talk, nodes: Sequence[tuple[str, str]]) -> None:
    """Send the recordings of these nodes as voice notes."""
    played = False
    for node in nodes:
        path = talk.runtime.catalog.recording(node, talk.language)
        content = path.read_bytes() if path else b""
        file_type = type_of(content, "audio/ogg")
        if file_type is not None:
            message_id = add(talk, Kind.ANSWER, Outgoing(text=""))
            file = FileIn(file_type.kind, file_type.media_type, VOICE_NAME, content)
            attach(talk, message_id, file)
            played = True
    if not played:
        say(talk, phrases.NO_RECORDING)


def _change_language(talk: Talk, language: str) -> None:
    talk.language = language
    conversations.set_language(talk.tx, talk.conversation.worker.id, language)
    lines: list[Line] = []
    if talk.conversation.phrase is None:
        lines.append(words_to_come_back(talk))
        if talk.abilities.takes_back_for is not None:
            lines.append(Line(phrases.HIDE_LIMITS))
    if not talk.conversation.worker.draft_told:
        conversations.set_draft_told(talk.tx, talk.conversation.worker.id)
        notice = _draft_notice(talk.runtime, language)
        lines += [Line(notice)] if notice else []
    if lines:
        send(talk, Send(tuple(lines)))


def words_to_come_back(talk: Talk, known: str | None = None) -> Line:
    """Give this conversation its two words, those known to its person where there are some."""
    phrase = known or _make_phrase(talk.runtime, talk.language)
    conversations.set_phrase(talk.tx, talk.conversation, phrase)
    talk.conversation = replace(talk.conversation, phrase=phrase)
    hint = phrases.HIDE_HINT
    if not talk.abilities.takes_back:
        hint = phrases.STAYS_HINT
    elif talk.abilities.takes_back_for is not None:
        hint = phrases.HIDE_HINT_CHAT
    return Line(hint, {"phrase": phrase})


def _draft_notice(runtime: Runtime, language: str) -> Phrase | None:
    """What to tell once of trees that no lawyer has signed, and of draft translations."""
    if language != SOURCE_LANGUAGE and runtime.speech.texts.is_draft(language):
        return phrases.DRAFT
    return phrases.UNREVIEWED if runtime.unsigned else None


def _make_phrase(runtime: Runtime, language: str) -> str:
    words = list(split_words(runtime.speech.say(phrases.HIDE_WORDS, language)))
    first = words.pop(secrets.randbelow(len(words)))
    return f"{first} {words[secrets.randbelow(len(words))]}"
