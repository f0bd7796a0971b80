"""What a worker says and presses about workshops, on every channel."""

import re
from collections.abc import Sequence
from datetime import datetime

from bot.codes import PATTERN
from bot.messages import STANDING, Choice, Content, Outgoing, TapIn, TextIn
from bot.runtime import Runtime
from bot.workshops import letters, phrases, places, planning
from flows.match import normal
from flows.model import Phrase
from storage import conversations
from storage import workshops as store
from storage.database import Tx
from storage.outreach import REMINDERS
from storage.records import Conversation
from storage.workshops import Place, Workshop, WorkshopState

# The link of a poster opens the chat with "w_CODE"; people without the link write it.
LINK = re.compile(rf"\s*(?:/start\s+)?(?:w_|workshop[\s_-]+)({PATTERN})\s*", re.IGNORECASE)
DOOR = re.compile(rf"\s*(?:/start\s+)?(?:h_|here[\s_-]+)({PATTERN})\s*", re.IGNORECASE)
TAP = re.compile(rf"ws_([a-z]+)_({PATTERN})")
MARKS = letters.MARKS


def menu_choice(tx: Tx, runtime: Runtime, language: str, now: datetime) -> Choice | None:
    """The entry of the menu, only while one can sign up for something."""
    if not store.any_open(tx, now):
        return None
    return Choice(letters.LIST_OPTION, runtime.speech.say(phrases.WORKSHOPS, language))


def label_of(option: str) -> Phrase | None:
    """What a button of ours said; None for any other."""
    if option == letters.LIST_OPTION:
        return phrases.WORKSHOPS
    found = TAP.fullmatch(option)
    return letters.VERBS.get(found[1]) if found else None


def answer(
    tx: Tx, runtime: Runtime, talk: Conversation, language: str, content: Content, now: datetime
) -> Sequence[Outgoing] | None:
    """What is said to this; None where it is not about workshops."""
    match content:
        case TapIn(option=letters.LIST_OPTION):
            return [_list(tx, runtime, language, now)]
        case TapIn(question, option) if question == STANDING and (found := TAP.fullmatch(option)):
            it = store.find(tx, found[2], lock=True)
            if it is None or it.state is WorkshopState.DRAFT:
                return [letters.plain(runtime, phrases.UNKNOWN, language)]
            return [_press(tx, runtime, it, talk, language, found[1], now)]
        case TextIn(text) if found := LINK.fullmatch(text):
            it = store.find(tx, found[1].upper())
            if it is None or it.state is WorkshopState.DRAFT:
                return [letters.plain(runtime, phrases.UNKNOWN, language)]
            return [_show(tx, runtime, it, talk, language, now)]
        case TextIn(text) if found := DOOR.fullmatch(text):
            return [_at_the_door(tx, runtime, talk, language, found[1].upper(), now)]
        case TextIn(text) if _means_list(runtime, text, language):
            return [_list(tx, runtime, language, now)]
    return None


def _press(
    tx: Tx,
    runtime: Runtime,
    it: Workshop,
    talk: Conversation,
    language: str,
    verb: str,
    now: datetime,
) -> Outgoing:
    row = store.find_sign_up(tx, it.id, worker_id=talk.worker.id)
    active = row is not None and row.state in store.ACTIVE
    if verb in MARKS and row is not None and row.attended_at is not None:
        store.note(tx, row, feedback=MARKS[verb])
        return letters.plain(runtime, phrases.THANKS, language)
    if verb == letters.TAKE and row is not None:
        if places.confirm(tx, it, row, now):
            return _show(tx, runtime, it, talk, language, now)
        return letters.plain(runtime, phrases.LAPSED, language)
    if verb == letters.LEAVE and active:
        return letters.really(runtime, tx, it, language)
    if verb == letters.GONE and row is not None and places.leave(tx, runtime, it, row, now):
        return letters.plain(runtime, phrases.GAVE_UP, language)
    if verb in (letters.JOIN, letters.YES, letters.NO) and not active:
        return _join(tx, runtime, it, talk, language, verb, now)
    return _show(tx, runtime, it, talk, language, now)


def _join(
    tx: Tx,
    runtime: Runtime,
    it: Workshop,
    talk: Conversation,
    language: str,
    verb: str,
    now: datetime,
) -> Outgoing:
    """First the question whether we may write; with its answer, the place."""
    if not places.is_open(it, now):
        return letters.plain(runtime, phrases.OVER, language)
    agreed = conversations.has_consent(tx, talk.worker.id, REMINDERS)
    if verb == letters.JOIN and not agreed:
        return letters.ask_reminders(runtime, tx, it, language)
    if verb != letters.JOIN:
        conversations.record_consent(
            tx,
            talk.worker.id,
            REMINDERS,
            given=verb == letters.YES,
            wording=f"{phrases.ASK_REMINDERS.context}: {phrases.ASK_REMINDERS.text}"[:160],
            language=language,
            now=now,
        )
    if talk.worker.language is None:  # came by a link, before any other word
        conversations.set_language(tx, talk.worker.id, language)
    row = places.join_worker(tx, it, talk, now)
    own = letters.own(runtime, tx, it, row, language)
    if verb != letters.NO:
        return own
    said = runtime.speech.say(phrases.NOT_REMINDED, language)
    return Outgoing(f"{own.text}\n\n{said}", question=own.question, choices=own.choices)


def _show(
    tx: Tx, runtime: Runtime, it: Workshop, talk: Conversation, language: str, now: datetime
) -> Outgoing:
    """Where this person stands, or the workshop itself."""
    if it.state is WorkshopState.CANCELLED:
        return letters.called_off(runtime, tx, it, language)
    row = store.find_sign_up(tx, it.id, worker_id=talk.worker.id)
    if row is not None and row.state in store.ACTIVE:
        return letters.own(runtime, tx, it, row, language)
    if not places.is_open(it, now):
        return letters.plain(runtime, phrases.OVER, language)
    return letters.card(runtime, tx, it, language)


def _at_the_door(
    tx: Tx, runtime: Runtime, talk: Conversation, language: str, door_code: str, now: datetime
) -> Outgoing:
    """Check in with the code that hangs in the room."""
    it = store.find_by_door(tx, door_code, lock=True)
    row = store.find_sign_up(tx, it.id, worker_id=talk.worker.id) if it else None
    if it is None or row is None or row.state is not Place.GOING:
        return letters.plain(runtime, phrases.NOT_HERE, language)
    if not planning.is_at_the_door(it, now):
        return letters.plain(runtime, phrases.NOT_HERE, language)
    planning.check_in(tx, it, row, now)
    return letters.plain(runtime, phrases.HERE, language)


def _list(tx: Tx, runtime: Runtime, language: str, now: datetime) -> Outgoing:
    found = store.list_open(tx, now)
    if not found:
        return letters.plain(runtime, phrases.LIST_EMPTY, language)
    choices = tuple(
        Choice(
            letters.option(letters.SHOW, it.code),
            letters.words_for(store.get_words(tx, it.id), language).title,
        )
        for it in found
    )
    text = runtime.speech.say(phrases.LIST, language)
    return Outgoing(text, question=STANDING, choices=choices)


def _means_list(runtime: Runtime, text: str, language: str) -> bool:
    meant = runtime.speech.say(phrases.WORKSHOPS, language)
    return len(text) <= 40 and normal(text) == normal(meant)
