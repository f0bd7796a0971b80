"""One message being handled: what was said is written down, what is to be said is queued.

Everything here runs in the one transaction of bot/conversation.py.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import structlog

from bot import messages, phrases
from bot.bubbles import Letter, pack
from bot.casework import calls, questions
from bot.messages import (
    CommandIn,
    Content,
    FileAhead,
    FileIn,
    JoinIn,
    Opened,
    Outgoing,
    TapIn,
)
from bot.office.abilities import Abilities, abilities_of
from bot.outreach import news
from bot.runtime import Runtime
from bot.whatsapp_templates import load_templates
from bot.workshops import chat as workshops
from flows import engine
from flows.fold import LANGUAGE, MENU
from flows.model import (
    Latin,
    Line,
    Phrase,
    Send,
    Session,
)
from flows.phrases import BUTTONS
from flows.session_json import dump_session, parse_session
from storage import conversations, files, pending
from storage import messages as transcript
from storage.database import Tx
from storage.records import (
    Author,
    Case,
    Conversation,
    Kind,
    MessageId,
    MessageKind,
    Speaker,
)

log = structlog.get_logger()
LOOK_BACK_FOR_BUTTON = 40  # entries of the transcript
ABOUT_THE_CASE = frozenset(
    {
        phrases.CASE_QUEUED,
        phrases.CASE_OPEN_ALREADY,
        phrases.CASE_REOPENED,
        phrases.TO_LAWYER,
    }
)  # the worker is offered "My case" under these


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


def say(talk: Talk, phrase: Phrase, /, **fields: str | int | Latin) -> None:
    send(talk, Send((Line(phrase, fields),)))


def say_decoy(talk: Talk) -> None:
    """Say what shows nothing to who holds the phone, not even that there is more."""
    words = talk.runtime.speech.say(phrases.DECOY, talk.language)
    write(talk, Kind.ANSWER, Outgoing(words, harmless=True))


def send(talk: Talk, effect: Send) -> None:
    if not talk.abilities.takes_back and any(line.recap for line in effect.lines):
        effect = replace(effect, lines=tuple(line for line in effect.lines if not line.recap))
        if not effect.lines and not effect.hotlines and effect.question is None:
            return
    outgoing = _render(talk.runtime, effect, talk.language)
    if talk.abilities.gathers and is_in(talk, LANGUAGE):  # seen first, on the list's first page
        own = sorted(outgoing.choices, key=lambda choice: choice.option != talk.language)
        outgoing = replace(outgoing, choices=tuple(own))
    if effect.question is not None and _is_menu(talk):
        outgoing = _with_workshops(talk, outgoing)
    if any(line.phrase in ABOUT_THE_CASE for line in effect.lines):
        outgoing = replace(outgoing, case_button=True)
    if effect.question is not None and not talk.abilities.takes_back and _is_screening(talk):
        outgoing = replace(outgoing, digits=True)
    write(talk, Kind.DANGER if effect.danger else Kind.ANSWER, outgoing)


def _is_screening(talk: Talk) -> bool:
    asked = talk.session.open if talk.session else None
    flow = talk.runtime.catalog.flow(asked[0]) if asked else None
    return flow is not None and flow.screening


def is_in(talk: Talk, flow: str) -> bool:
    """Whether the open question is of this flow."""
    asked = talk.session.open if talk.session else None
    return asked is not None and asked[0] == flow


def write(talk: Talk, kind: Kind, outgoing: Outgoing) -> None:
    """Queue a message; where few are wanted, they wait to be put together."""
    talk.letters.append(Letter(kind, outgoing, talk.language, talk.case.id if talk.case else None))
    if not talk.abilities.gathers:
        post(talk)


def post(talk: Talk) -> None:
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


def add(talk: Talk, kind: Kind, outgoing: Outgoing) -> MessageId:
    """Queue a message of its own, after what waits."""
    post(talk)
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


def _render(runtime: Runtime, effect: Send, language: str) -> Outgoing:
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
        typed=effect.typed,
        listen=effect.voice is not None
        and runtime.catalog.recording(effect.voice, language) is not None,
    )


def save(talk: Talk) -> None:
    post(talk)
    conversations.save_conversation(
        talk.tx,
        talk.conversation.id,
        talk.conversation.worker.key_id,
        session=dump_session(talk.session) if talk.session else None,
        speaker=talk.speaker,
    )


def session_of(conversation: Conversation) -> Session | None:
    """Where the worker stands; who cannot be placed any more is welcomed anew, not left alone."""
    try:
        return parse_session(conversation.session)
    except (ValueError, KeyError, TypeError):
        log.error("session.unreadable", conversation=conversation.id)
        return None


def write_down(talk: Talk, content: Content) -> MessageId | None:
    """Put the message into the transcript, and its file into the media folder."""
    if isinstance(content, Opened | JoinIn):
        return None
    hidden = talk.conversation.hidden_after_seq is not None
    kind, body = messages.body_of(content, _label_of(talk, content), hidden=hidden)
    message_id = keep(talk, kind, body)
    keep_file(talk, message_id, content)
    return message_id


def keep(talk: Talk, kind: MessageKind, body: str, *, fault: bool = False) -> MessageId:
    return transcript.add_incoming(
        talk.tx,
        talk.conversation,
        kind,
        body,
        language=talk.language,
        now=talk.now,
        case_id=talk.case.id if talk.case else None,
        platform_id=talk.shown_as,
        fault=fault,
    )


def keep_file(talk: Talk, message_id: MessageId, content: Content) -> None:
    if isinstance(content, FileAhead):
        pending.add_file(talk.tx, message_id, talk.conversation, asdict(content), talk.now)
    if isinstance(content, FileIn):
        attach(talk, message_id, content)


def attach(talk: Talk, message_id: MessageId, file: FileIn) -> None:
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
    found = _labels(talk, content) if isinstance(content, TapIn) else ()
    return next(filter(None, found), "•")


def _labels(talk: Talk, tap: TapIn) -> Iterator[str]:
    """What this button may have said, the likeliest first."""
    speech, language = talk.runtime.speech, talk.language
    if tap.question == messages.STANDING:  # one option has another name under another message
        yield _label_shown(talk, tap)
    label = workshops.label_of(tap.option) or news.STANDING_LABELS.get(tap.option)
    if label is None and talk.session is not None:
        label = engine.option(talk.runtime.catalog, talk.session, tap.question, tap.option)
    if label is not None:
        yield speech.say(label, language)
    yield questions.label_of(
        talk.tx, talk.runtime, talk.conversation, tap.question, tap.option, language
    )
    if (beside := calls.LABELS.get(tap.option)) is not None:
        yield speech.say(beside, language)
    yield _label_shown(talk, tap)


def _label_shown(talk: Talk, tap: TapIn) -> str:
    """What the button said under its message: of an earlier question, or of a template."""
    for said in transcript.list_said(talk.tx, talk.conversation.id, limit=LOOK_BACK_FOR_BUTTON):
        if said.author is Author.WORKER:
            continue
        shown = messages.parse(said.body)
        if shown.question != tap.question:
            continue
        if shown.template_tap == tap.option:
            template = load_templates().get(shown.template)  # it may have gone since
            return template.buttons.get(template.spoken(said.language), "") if template else ""
        for choice in shown.choices:
            if choice.option == tap.option:
                return choice.label
    return ""
