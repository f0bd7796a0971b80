"""A case as its page shows it: plain records, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import messages
from bot import phrases as bot_phrases
from bot.casework import case_phrases
from bot.casework.cases import CasePage
from bot.casework.states import MOVES
from bot.desk import phrases
from bot.desk.answers import AnswerView, answer_views
from bot.desk.attachments import FileView, file_view
from bot.desk.badges import Badge, Due, delivery_badge, due_of, priority_badge, topic_title
from bot.desk.reader import Reader
from bot.desk.regions import region_name
from bot.texts import direction
from flows.catalog import Catalog
from flows.model import Latin, Phrase
from storage.interpreters import Translation
from storage.records import Author, CaseNote, CaseState, Message, MessageKind, Staff

NOTICES: Sequence[Phrase] = (
    bot_phrases.TO_LAWYER,
    bot_phrases.CASE_OPEN_ALREADY,
    bot_phrases.CASE_QUEUED,
    bot_phrases.CASE_CLAIMED,
    bot_phrases.CASE_NO_LAWYER,
    bot_phrases.CASE_BACK_IN_QUEUE,
    bot_phrases.CASE_CLOSED,
    bot_phrases.CASE_REOPENED,
    bot_phrases.FILE_KEPT,
    bot_phrases.UNSUPPORTED,
    bot_phrases.NOBODY_ON_DUTY,
    bot_phrases.JOINED,
    bot_phrases.JOINED_CASE,
    bot_phrases.NUMBER_KEPT,
    case_phrases.THANKS,
    case_phrases.ANSWERED,
    case_phrases.WRITE_DATE,
    case_phrases.WRITE_AMOUNT,
    case_phrases.PRESS_PLACE,
    case_phrases.SEND_PHOTO,
    case_phrases.NUDGE,
)


@dataclass(frozen=True)
class Fact:
    """A line of the summary."""

    label: str
    value: str
    alarming: bool = False


@dataclass(frozen=True)
class NoteView:
    """A private note."""

    id: int
    who: str
    at: str
    text: str


@dataclass(frozen=True)
class BubbleView:
    """One message of the conversation."""

    id: int
    side: str  # worker, staff or bot
    who: str
    at: str
    text: str
    language: str
    direction: str  # "auto" for what people typed
    means: str  # a notice of ours in the reader's language; "" for everything else
    pressed: bool
    choices: Sequence[str]
    law: str
    files: Sequence[FileView]
    delivery: Badge | None
    written_in: str  # what language this is, where it is not the reader's
    translations: Sequence[NoteView]


@dataclass(frozen=True)
class CaseView:
    """All that the page of a case shows."""

    id: int
    code: str
    title: str
    priority: Badge
    due: Due | None
    facts: Sequence[Fact]
    answers: Sequence[AnswerView]
    bubbles: Sequence[BubbleView]
    notes: Sequence[NoteView]
    language: str  # that the worker reads, in the reader's words
    holder: str
    readable: bool  # the conversation may be read
    claimable: bool
    about: str  # which other side the page names
    mine: bool
    open: bool  # a lawyer has it and can write
    stamp: str  # changes when other forms fit


def case_view(
    catalog: Catalog,
    reader: Reader,
    page: CasePage,
    written: Sequence[Translation] = (),
    *,
    readable: bool,
) -> CaseView:
    """The page of a case."""
    case = page.case
    queued = case.state is CaseState.QUEUED
    claimable, is_open = (
        state in MOVES[case.state] for state in (CaseState.CLAIMED, CaseState.CLOSED)
    )
    return CaseView(
        id=case.id,
        code=case.code,
        title=topic_title(catalog, reader, case.topic),
        priority=priority_badge(reader, case.priority),
        due=due_of(reader, case.due_at) if queued else None,
        facts=_facts(reader, page),
        answers=answer_views(catalog, reader, page.worker_language, page.answers),
        bubbles=bubbles(reader, page, written),
        notes=[_note(reader, note) for note in page.notes],
        language=reader.language_name(page.worker_language),
        holder=page.assignee.name if page.assignee else "",
        readable=readable,
        claimable=claimable,
        about=page.about,
        mine=page.mine,
        open=is_open,
        stamp=f"{claimable}-{is_open}-{case.assignee_id}",
    )


def _facts(reader: Reader, page: CasePage) -> list[Fact]:
    case, say = page.case, reader.say
    holder = say(phrases.NOBODY)
    if page.assignee is not None:
        holder = _since(reader, page.assignee.name, case.claimed_at)
    facts = [
        Fact(say(phrases.STATE), say(phrases.STATES[case.state])),
        Fact(say(phrases.LANGUAGE), reader.language_name(page.worker_language)),
        Fact(say(phrases.HOLDER), holder),
    ]
    if case.state is CaseState.QUEUED:
        due = due_of(reader, case.due_at)
        facts.append(Fact(say(phrases.QUEUED_AT), reader.moment(case.queued_at)))
        facts.append(Fact(say(phrases.DUE_AT), f"{due.at} ({due.words})", due.over))
    if case.opponent is not None:
        facts.append(Fact(say(phrases.OTHER_SIDE), case.opponent))
    if case.region is not None:
        facts.append(Fact(say(phrases.REGION), region_name(reader, case.region)))
    if page.window_ends_at is not None and case.closed_at is None:
        facts.append(_window(reader, page.window_ends_at))
    if case.closed_at is not None:
        facts.append(Fact(say(phrases.CLOSED_AT), reader.moment(case.closed_at)))
    if case.outcome is not None and case.outcome in phrases.OUTCOMES:
        facts.append(Fact(say(phrases.OUTCOME), say(phrases.OUTCOMES[case.outcome])))
    return facts


def _window(reader: Reader, ends_at: datetime) -> Fact:
    """How long the worker's phone takes what a lawyer writes."""
    label, left = reader.say(phrases.WINDOW), ends_at - reader.now
    if left <= timedelta(0):
        return Fact(label, reader.say(phrases.WINDOW_CLOSED), alarming=True)
    return Fact(label, reader.say(phrases.WINDOW_OPEN, time=reader.span(left)))


def _since(reader: Reader, name: str, at: datetime | None) -> str:
    if at is None:
        return name
    return reader.say(phrases.HOLDER_SINCE, name=name, time=reader.moment(at))


def _note(reader: Reader, note: CaseNote) -> NoteView:
    return NoteView(note.id, note.staff_name, reader.moment(note.created_at), note.text)


# -- the conversation --------------------------------------------------------------------------


def bubbles(reader: Reader, page: CasePage, written: Sequence[Translation]) -> list[BubbleView]:
    """The conversation, with what interpreters wrote under its messages."""
    meanings = _meanings(reader, page)
    return [_bubble(reader, page, message, meanings, written) for message in page.messages]


def _bubble(
    reader: Reader,
    page: CasePage,
    message: Message,
    meanings: Mapping[tuple[str, str], str],
    written: Sequence[Translation],
) -> BubbleView:
    text = messages.text_of(message.body)
    ours = messages.parse(message.body) if message.author is Author.BOT else None
    language, text_direction = _language_of(message), "auto" if ours is None else ""
    if message.kind is MessageKind.OTHER:
        text = reader.say(phrases.UNSUPPORTED, what=messages.what_of(message.body))
        language, text_direction = reader.language, ""
    return BubbleView(
        id=message.id,
        side=message.author.value,
        who=_who(reader, page, message),
        at=reader.moment(message.created_at),
        text=text,
        language=language or "und",  # a lawyer did not say it
        direction=text_direction or direction(language),
        means=meanings.get((message.language, text), "") if ours else "",
        pressed=message.kind is MessageKind.TAP,
        choices=[choice.label for choice in ours.choices] if ours else [],
        law=ours.source if ours else "",
        files=[
            file_view(reader, page.case.id, attachment)
            for attachment in page.attachments.get(message.id, ())
        ],
        delivery=delivery_badge(reader, message),
        written_in=_written_in(reader, message),
        translations=[
            NoteView(
                item.id,
                page.staff_names.get(item.staff_id, ""),
                reader.moment(item.created_at),
                item.text,
            )
            for item in written
            if item.message_id == message.id
        ],
    )


def _written_in(reader: Reader, message: Message) -> str:
    """The language of a message, where it is not the reader's; "" where nobody has said it."""
    language = _language_of(message)
    return reader.language_name(language) if language not in ("", reader.language) else ""


def _language_of(message: Message) -> str:
    """The language of the words of a message: a lawyer's own words have one of their own."""
    if message.author is Author.STAFF:
        return messages.parse(message.body).written_in
    return message.language


def written_in(lawyer: Staff, page: CasePage) -> str:
    """In which language this lawyer wrote last in this case; at first the worker's."""
    own = [messages.parse(m.body) for m in reversed(page.messages) if m.staff_id == lawyer.id]
    typed = (each.written_in for each in own if each.question is None)
    return next(filter(None, typed), page.worker_language)


def _who(reader: Reader, page: CasePage, message: Message) -> str:
    match message.author:
        case Author.WORKER:
            return reader.say(phrases.WORKER)
        case Author.BOT:
            return reader.say(phrases.BOT)
    return page.staff_names.get(message.staff_id, "") if message.staff_id else ""


def _meanings(reader: Reader, page: CasePage) -> dict[tuple[str, str], str]:
    """What our own notices in other languages say, by language and text."""
    known = {"code": Latin(page.case.code), "emergency": Latin("112")}
    languages = {message.language for message in page.messages} - {reader.language}
    found = {}
    for language in languages:
        for phrase in NOTICES:
            text = reader.speech.say(phrase, language, **known)
            meaning = reader.say(phrase, **known)
            if meaning != text:
                found[language, text] = reader.say(phrases.MEANS, text=meaning)
    return found
