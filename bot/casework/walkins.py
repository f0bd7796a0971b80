"""People without a chat: a walk-in, a caller, a letter.

The same trees are played for them on the screen of the staff: what staff press goes the way of
any worker's message (bot/conversation.py), from an address of the channel "desk". Answers stand
on that screen; a lawyer's words wait there (bot/delivery/gate.py) until the person's own chat has
joined by a link that works once. Then the conversation goes on in that chat.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import conversation
from bot.casework import cases, doors, moves
from bot.casework.closing import CURRENCY
from bot.casework.states import OUTCOMES
from bot.errors import BadInput, NotFound
from bot.messages import Content, Incoming
from bot.runtime import Runtime
from flows import engine
from flows.model import Ask, Choose, Phrase
from flows.session_json import parse_session
from storage import audit, closings, conflicts, conversations
from storage import cases as case_store
from storage import messages as transcript
from storage import walkins as store
from storage.closings import Closing
from storage.database import Tx
from storage.records import Case, CaseState, Conversation, Message, Priority, Role, Speaker, Staff
from storage.walkins import WalkIn

CHANNEL, ACCOUNT, KIND = "desk", "office", "visit"
WAYS = ("reception", "call", "letter")
MAY_RECEIVE = frozenset({Role.LAWYER, Role.COORDINATOR, Role.OUTREACH})
LINK_VALID = timedelta(days=30)  # printed, taken home, scanned there
MAX_MINUTES = 600


@dataclass(frozen=True)
class Screen:
    """What the staff see of a person who sits before them."""

    walk_in: WalkIn
    language: str
    messages: Sequence[Message]
    case: Case | None
    speaker: Speaker
    asked: Phrase | None  # the open question, for a reader of another language
    options: dict[str, Phrase]


@dataclass(frozen=True)
class Consultation:
    """A short consultation, written down after it was given."""

    way: str
    region: str
    language: str
    topic: str
    minutes: str
    note: str
    outcome: str = "advice"
    no_conflict: bool = False


async def begin(runtime: Runtime, person: Staff, way: str, region: str, language: str) -> int:
    """Open the trees for somebody, in their language; returns the number of the screen."""
    doors.require(person, MAY_RECEIVE)
    _check(runtime, way, language)
    now, token = runtime.clock(), runtime.token()

    def work(tx: Tx) -> int:
        talk = _receive(tx, token, language, now)
        conversation.open_menu(tx, runtime, talk, language, now)
        return _remember(tx, person, talk, way, region, now)

    return await runtime.database.write(work)


async def answer(runtime: Runtime, person: Staff, walk_in_id: int, content: Content) -> None:
    """Press or write something for the person."""

    def read(tx: Tx) -> dict[str, str]:
        talk = _talk(tx, _own(tx, person, walk_in_id))
        return conversations.get_identifiers(tx, talk.address.id)

    identifiers = await runtime.database.read(read)
    if KIND not in identifiers:
        raise NotFound  # they have joined with a chat of their own
    incoming = Incoming(CHANNEL, ACCOUNT, identifiers, runtime.token(), content)
    await conversation.handle(runtime, incoming)


async def read_screen(runtime: Runtime, person: Staff, walk_in_id: int) -> Screen:
    """What was said so far; raises NotFound for anybody but who opened it.

    Where a case has come of it, the reading is in that case's audit log, as any other.
    """
    now = runtime.clock()

    def work(tx: Tx) -> Screen:
        walk_in = _own(tx, person, walk_in_id)
        talk = _talk(tx, walk_in)
        case = case_store.get_last_case(tx, talk.id)
        if case is not None and walk_in.joined_at is None:
            doors.audit_reading(tx, case.id, person, now)
        asked, options = _open_question(runtime, talk)
        return Screen(
            walk_in=walk_in,
            language=talk.worker.language or "",
            messages=transcript.list_all(tx, talk.id) if walk_in.joined_at is None else [],
            case=case,
            speaker=talk.speaker,
            asked=asked,
            options=options,
        )

    return await runtime.database.write(work)


async def list_own(runtime: Runtime, person: Staff) -> list[tuple[WalkIn, Case | None]]:
    """The latest people that this person of the staff received."""

    def work(tx: Tx) -> list[tuple[WalkIn, Case | None]]:
        return [
            (each, case_store.get_last_case(tx, each.conversation_id))
            for each in store.list_walk_ins(tx, person.id)
            if not conflicts.is_barred_from_talk(tx, each.conversation_id, person.id)
        ]

    return await runtime.database.read(work)


async def make_link(runtime: Runtime, person: Staff, walk_in_id: int) -> str:
    """What a QR code carries so that the person's own chat joins; an earlier one ends."""
    now = runtime.clock()
    # Telegram takes 64 letters, digits, _ and - (core.telegram.org/bots/features, read 2026-11-28)
    token = hashlib.sha256(runtime.token().encode()).hexdigest()[:40]

    def work(tx: Tx) -> None:
        walk_in = _own(tx, person, walk_in_id)
        if walk_in.joined_at is not None:
            raise NotFound
        store.add_link(tx, walk_in.conversation_id, token, now, now + LINK_VALID)
        detail = f"walk_in={walk_in.id}"
        audit.append(
            tx, audit.OFFICE, actor=doors.actor(person), action="join_link", now=now, detail=detail
        )

    await runtime.database.write(work)
    return token


async def record_consultation(runtime: Runtime, lawyer: Staff, told: Consultation) -> Case:
    """Write down a consultation that was given: a closed case with one service, in one step.

    Raises BadInput for what cannot be used; the lawyer says that there is no conflict of interest.
    """
    doors.require(lawyer, doors.MAY_READ_CASES)
    _check(runtime, told.way, told.language)
    note = told.note.strip()
    if told.topic not in runtime.catalog.flows and told.topic != "general":
        raise BadInput("topic", "unknown")
    if not (told.minutes.isascii() and told.minutes.isdigit() and len(told.minutes) < 4):
        raise BadInput("minutes", "unknown")
    if not 1 <= int(told.minutes) <= MAX_MINUTES:
        raise BadInput("minutes", "unknown")
    if not note or len(note) > cases.MAX_NOTE:
        raise BadInput("note", "empty" if not note else "too long")
    if told.outcome not in OUTCOMES:
        raise BadInput("outcome", "unknown")
    if not told.no_conflict:
        raise BadInput("no_conflict", "unknown")
    now, token = runtime.clock(), runtime.token()

    def work(tx: Tx) -> Case:
        talk = _receive(tx, token, told.language, now)
        _remember(tx, lawyer, talk, told.way, told.region, now, int(told.minutes))
        case = case_store.open_case(
            tx,
            talk,
            topic=told.topic,
            priority=Priority.NORMAL,
            answers="[]",
            language=told.language,
            now=now,
            due_at=now,
        )
        case_store.touch(tx, case.id, region=told.region or None)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "consulted", now, f"way={told.way}")
        taken = case_store.claim_case(tx, case.id, lawyer.id, now, rung_at=None)
        assert taken is not None
        conflicts.declare(tx, taken, lawyer.id, barred=False, now=now)
        case_store.add_note(tx, case.id, lawyer.id, note, now)
        given = Closing(None, CURRENCY, {"consultation": 1})
        closings.save_closing(tx, case.id, lawyer.id, given, now)
        over = {"closed_at": now, "outcome": told.outcome, **moves.no_clocks()}
        closed = moves.move(tx, taken, CaseState.CLOSED, **over)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "closed", now, told.outcome)
        return closed

    return await runtime.database.write(work)


def _check(runtime: Runtime, way: str, language: str) -> None:
    if way not in WAYS:
        raise BadInput("way", "unknown")
    if language not in runtime.languages:
        raise BadInput("language", "unknown")


def _receive(tx: Tx, token: str, language: str, now: datetime) -> Conversation:
    """A new person with a conversation of their own, at an address that nobody else has."""
    address = conversations.find_or_create_address(tx, CHANNEL, ACCOUNT, {KIND: token}, now)
    talk = conversations.lock_conversation(tx, address, now)
    conversations.set_language(tx, talk.worker.id, language)
    conversations.set_draft_told(tx, talk.worker.id)
    known = conversations.get_conversation(tx, talk.id)
    assert known is not None
    return known


def _remember(
    tx: Tx,
    person: Staff,
    talk: Conversation,
    way: str,
    region: str,
    now: datetime,
    minutes: int | None = None,
) -> int:
    made = store.add_walk_in(tx, person.id, talk.id, way, region or None, now, minutes)
    detail = f"walk_in={made} way={way}"
    audit.append(
        tx, audit.OFFICE, actor=doors.actor(person), action="received", now=now, detail=detail
    )
    return made


def _own(tx: Tx, person: Staff, walk_in_id: int) -> WalkIn:
    """The walk-in, for who received them: no longer once barred from what came of it."""
    found = store.get_walk_in(tx, walk_in_id)
    if found is None or found.staff_id != person.id:
        raise NotFound
    if conflicts.is_barred_from_talk(tx, found.conversation_id, person.id):
        raise NotFound
    return found


def _talk(tx: Tx, walk_in: WalkIn) -> Conversation:
    talk = conversations.get_conversation(tx, walk_in.conversation_id)
    if talk is None:
        raise NotFound
    return talk


def _open_question(runtime: Runtime, talk: Conversation) -> tuple[Phrase | None, dict[str, Phrase]]:
    try:
        session = parse_session(talk.session)
    except (ValueError, KeyError, TypeError):
        return None, {}
    place = session and engine.where(runtime.catalog, session)
    flow = place and runtime.catalog.flow(place[0])
    node = flow and place and flow.nodes.get(place[1])
    if not isinstance(node, Ask | Choose):
        return None, {}
    return node.text, {name: option.label for name, option in node.options.items()}
