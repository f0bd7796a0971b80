"""Cases: opened by a worker, claimed by one lawyer, answered, noted, closed, opened again.

Every step is one transaction: the case, what the worker is told, and the audit entry. MOVES is
the one table of what may follow what; an edge asks it which buttons to show.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot import messages, phrases
from bot.abilities import abilities_of
from bot.errors import (
    BadInput,
    CaseAlreadyClaimed,
    CaseNotInState,
    NotAllowed,
    NotFound,
)
from bot.messages import MAX_TEXT, FileIn, Outgoing
from bot.runtime import Runtime
from bot.worktime import claim_due
from flows.model import Answer, Latin, OpenCase, Phrase
from flows.session_json import dump_answer, parse_answer
from flows.texts import SOURCE_LANGUAGE
from storage import audit, conversations, files
from storage import cases as store
from storage import messages as transcript
from storage import staff as people
from storage.database import Tx
from storage.records import (
    Attachment,
    Case,
    CaseCard,
    CaseId,
    CaseNote,
    CaseState,
    Conversation,
    ConversationId,
    Kind,
    Message,
    Priority,
    Role,
    Speaker,
    Staff,
    StaffId,
    WorkerId,
)

REOPEN_WITHIN = timedelta(days=180)
MAX_NOTE = 10_000  # characters

PRIORITIES: Mapping[str, Priority] = MappingProxyType(
    {
        "U0": Priority.DANGER,
        "U1": Priority.URGENT,
        "U2": Priority.SOON,
        "U3": Priority.NORMAL,
    }
)
MOVES: Mapping[CaseState, frozenset[CaseState]] = MappingProxyType(
    {
        CaseState.QUEUED: frozenset({CaseState.CLAIMED}),
        CaseState.CLAIMED: frozenset({CaseState.ACTIVE, CaseState.QUEUED, CaseState.CLOSED}),
        CaseState.ACTIVE: frozenset({CaseState.QUEUED, CaseState.CLOSED}),
        CaseState.CLOSED: frozenset({CaseState.QUEUED, CaseState.ACTIVE}),
    }
)
OUTCOMES = (
    "advice", "brief_service", "negotiated", "authority_decision", "court", "referred",
    "withdrawn", "unreachable", "declined",
)  # HANDOFF.md section 6a, 17  # fmt: skip
MAY_READ_CASES = frozenset({Role.LAWYER, Role.COORDINATOR})


@dataclass(frozen=True)
class CasePage:
    """A case as its reader sees it: content only for those who may read it."""

    case: Case
    assignee: Staff | None
    answers: Sequence[Answer]
    messages: Sequence[Message]
    attachments: Mapping[int, Sequence[Attachment]]  # by message id
    notes: Sequence[CaseNote]
    staff_names: Mapping[StaffId, str]
    mine: bool
    worker_language: str
    window_ends_at: datetime | None = None  # until then the channel lets us answer freely


# -- the worker's side, inside the transaction of the worker's message -------------------------


def open_case_of(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The case that is open in this conversation, or None."""
    return store.get_open_case(tx, conversation_id)


def open_or_add(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    effect: OpenCase,
    language: str,
    now: datetime,
) -> Case:
    """Open a case, or add what is new to the one that is open: never two at once."""
    priority = PRIORITIES[effect.urgency]
    given = [dump_answer(answer) for answer in effect.answers]
    existing = store.get_open_case(tx, talk.id)
    if existing is not None:
        known = json.loads(existing.answers)
        given = known + [answer for answer in given if answer not in known]
        worst = min(priority, existing.priority)
        store.set_answers(tx, existing.id, json.dumps(given, ensure_ascii=False))
        store.touch(tx, existing.id, priority=worst, wrote_at=now)
        audit_step(tx, existing.id, "worker", "added", now, f"priority={worst.value}")
        return existing
    case = store.open_case(
        tx,
        talk,
        topic=effect.topic or "general",
        priority=priority,
        answers=json.dumps(given, ensure_ascii=False),
        language=language,
        now=now,
        due_at=claim_due(priority, now, runtime.catalog.calendar),
    )
    audit_step(tx, case.id, "worker", "opened", now, f"priority={priority.value}")
    return case


def record_worker_wrote(tx: Tx, case: Case, now: datetime) -> bool:
    """Note that the worker wrote; True where they should be told that it was passed on.

    Told once after each reply of the lawyer, not after every line.
    """
    last_word = max(filter(None, (case.queued_at, case.replied_at)))
    told_already = case.wrote_at is not None and case.wrote_at > last_word
    store.touch(tx, case.id, wrote_at=now)
    return not told_already


def reopen_by_worker(
    tx: Tx, runtime: Runtime, conversation_id: ConversationId, now: datetime
) -> Case | None:
    """Open the case again that was closed not long ago, with the same lawyer; None without one."""
    case = store.get_last_case(tx, conversation_id)
    if case is None or case.state is not CaseState.CLOSED or case.closed_at is None:
        return None
    if now - case.closed_at > REOPEN_WITHIN:
        return None
    return _reopen(tx, runtime, case, "worker", now)


def withdraw_all(tx: Tx, worker_id: WorkerId, now: datetime) -> list[Case]:
    """Close the cases of a worker who erases everything; their answers go, too."""
    withdrawn = []
    for case in store.list_of_worker(tx, worker_id):
        store.set_answers(tx, case.id, "[]")
        if case.state is not CaseState.CLOSED:
            store.touch(tx, case.id, state=CaseState.CLOSED, closed_at=now, outcome="withdrawn")
        audit_step(tx, case.id, "worker", "erased", now)
        withdrawn.append(case)
    return withdrawn


# -- the lawyer's side -------------------------------------------------------------------------


async def list_queue(runtime: Runtime, reader: Staff) -> list[CaseCard]:
    """The cases that wait for a lawyer, most urgent first."""
    _require(reader, MAY_READ_CASES)
    return await runtime.database.read(lambda tx: store.list_cards(tx, states=[CaseState.QUEUED]))


async def list_mine(runtime: Runtime, reader: Staff) -> list[CaseCard]:
    """The open cases of this lawyer, most urgent first."""
    _require(reader, MAY_READ_CASES)
    states = [CaseState.CLAIMED, CaseState.ACTIVE]
    return await runtime.database.read(
        lambda tx: store.list_cards(tx, states=states, assignee=reader.id)
    )


async def list_closed(runtime: Runtime, reader: Staff) -> list[CaseCard]:
    """The closed cases of this lawyer."""
    _require(reader, MAY_READ_CASES)
    return await runtime.database.read(
        lambda tx: store.list_cards(tx, states=[CaseState.CLOSED], assignee=reader.id, limit=50)
    )


async def list_held(runtime: Runtime, reader: Staff) -> list[CaseCard]:
    """The open cases of everybody, for coordinators, most urgent first."""
    _require(reader, {Role.COORDINATOR})
    states = [CaseState.CLAIMED, CaseState.ACTIVE]
    return await runtime.database.read(lambda tx: store.list_cards(tx, states=states))


async def claim(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> Case:
    """Give an unclaimed case to this lawyer and tell the worker.

    Any number of lawyers may press at once; exactly one wins (the WHERE in
    storage.cases.claim_case). Pressing twice is winning once. Raises NotFound where there is no
    such case, CaseAlreadyClaimed with the winner's name and time where a colleague was first.
    """
    _require(lawyer, {Role.LAWYER, Role.COORDINATOR})
    now = runtime.clock()

    def work(tx: Tx) -> Case:
        won = store.claim_case(tx, case_id, lawyer.id, now)
        if won is None:
            return _why_not_claimed(tx, case_id, lawyer)
        audit_step(tx, case_id, actor(lawyer), "claimed", now)
        notify(tx, runtime, won, phrases.CASE_CLAIMED, now)
        return won

    return await runtime.database.write(work)


async def read_case(runtime: Runtime, reader: Staff, case_id: CaseId) -> CasePage:
    """Everything of a case, for a lawyer who may see it; the reading is audited.

    An unclaimed case shows its answers, so that a lawyer can decide; the conversation is only
    for who holds the case, and for coordinators. Raises NotFound for anybody else.
    """
    now = runtime.clock()

    def work(tx: Tx) -> CasePage:
        case = case_for_lawyer(tx, reader, case_id)
        mine = case.assignee_id == reader.id
        full = mine or reader.role is Role.COORDINATOR
        said = _messages_of(tx, case) if full else []
        talk = conversations.get_conversation(tx, case.conversation_id)
        assert talk is not None
        found: dict[int, list[Attachment]] = {}
        for attachment in transcript.list_message_attachments(tx, [m.id for m in said]):
            found.setdefault(attachment.message_id, []).append(attachment)
        if not audit.read_lately(tx, case_id, actor(reader), now):
            audit_step(tx, case_id, actor(reader), "read", now)
        return CasePage(
            case=case,
            assignee=None if case.assignee_id is None else people.get_staff(tx, case.assignee_id),
            answers=[parse_answer(item) for item in json.loads(case.answers)],
            messages=said,
            attachments=found,
            notes=store.list_notes(tx, case_id) if full else [],
            staff_names={person.id: person.name for person in people.list_staff(tx)},
            mine=mine,
            worker_language=talk.worker.language or SOURCE_LANGUAGE,
            window_ends_at=_window_end(talk),
        )

    return await runtime.database.write(work)


def _window_end(talk: Conversation) -> datetime | None:
    window = abilities_of(talk.address.channel).window
    if window is None or talk.last_incoming_at is None:
        return None
    return talk.last_incoming_at + window


async def reply(
    runtime: Runtime,
    lawyer: Staff,
    case_id: CaseId,
    text: str,
    *,
    file: FileIn | None = None,
    form_id: str,
) -> None:
    """Write to the worker of one's own case. The same form sent twice is one reply.

    Raises BadInput for an empty or too long text, NotFound or CaseNotInState where the case is
    not (or no longer) in this lawyer's hands.
    """
    text = text.strip()
    if not text and file is None:
        raise BadInput("text", "empty")
    if len(text) > MAX_TEXT:
        raise BadInput("text", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = own_case(tx, lawyer, case_id)
        if not _first_time(tx, lawyer, form_id, now):
            return
        talk = _talk_of(tx, case)
        outgoing = Outgoing(text=text)
        message_id = transcript.add_outgoing(
            tx,
            talk,
            Kind.REPLY,
            messages.dump(outgoing),
            language=talk.worker.language or SOURCE_LANGUAGE,
            now=now,
            case_id=case.id,
            staff_id=lawyer.id,
        )
        if file is not None:
            attachment = transcript.add_attachment(
                tx,
                message_id,
                talk.worker.key_id,
                media_type=file.media_type,
                size_bytes=len(file.content),
                name=file.name,
            )
            files.store(tx, runtime.settings.media_folder, attachment, file.content)
        if case.state is CaseState.CLAIMED:
            store.change_state(tx, case.id, CaseState.CLAIMED, CaseState.ACTIVE, replied_at=now)
        else:
            store.touch(tx, case.id, replied_at=now)
        audit_step(tx, case.id, actor(lawyer), "replied", now, f"message={message_id}")

    await runtime.database.write(work)


async def add_note(
    runtime: Runtime, lawyer: Staff, case_id: CaseId, text: str, *, form_id: str
) -> None:
    """Write a private note on one's own case; it never reaches the worker."""
    text = text.strip()
    if not text:
        raise BadInput("note", "empty")
    if len(text) > MAX_NOTE:
        raise BadInput("note", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = own_case(tx, lawyer, case_id)
        if _first_time(tx, lawyer, form_id, now):
            store.add_note(tx, case.id, lawyer.id, text, now)
            audit_step(tx, case.id, actor(lawyer), "noted", now)

    await runtime.database.write(work)


async def release(runtime: Runtime, lawyer: Staff, case_id: CaseId, handover: str) -> None:
    """Put one's own case back into the queue, with a note for whoever takes it next."""
    handover = handover.strip()
    if not handover:
        raise BadInput("handover", "empty")
    if len(handover) > MAX_NOTE:
        raise BadInput("handover", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = own_case(tx, lawyer, case_id)
        store.add_note(tx, case.id, lawyer.id, handover, now)
        due = claim_due(case.priority, now, runtime.catalog.calendar)
        values = {
            "assignee_id": None,
            "claimed_at": None,
            "queued_at": now,
            "due_at": due,
        }
        move(tx, case, CaseState.QUEUED, **values)
        audit_step(tx, case.id, actor(lawyer), "released", now)
        notify(tx, runtime, case, phrases.CASE_BACK_IN_QUEUE, now)

    await runtime.database.write(work)


async def close(runtime: Runtime, lawyer: Staff, case_id: CaseId, outcome: str) -> None:
    """End one's own case with an outcome; the worker is told, and the bot speaks again."""
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = own_case(tx, lawyer, case_id)
        move(tx, case, CaseState.CLOSED, closed_at=now, outcome=outcome)
        talk = _talk_of(tx, case)
        conversations.set_speaker(tx, talk.id, Speaker.BOT)
        audit_step(tx, case.id, actor(lawyer), "closed", now, outcome)
        notify(tx, runtime, case, phrases.CASE_CLOSED, now)

    await runtime.database.write(work)


async def reopen(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> None:
    """Open one's own closed case again."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = case_for_lawyer(tx, lawyer, case_id, lock=True)
        if case.assignee_id != lawyer.id:
            raise NotFound
        if case.state is not CaseState.CLOSED:
            raise CaseNotInState(case.state)
        if store.get_open_case(tx, case.conversation_id) is not None:
            raise CaseNotInState("another case is open")
        _reopen(tx, runtime, case, actor(lawyer), now)
        conversations.set_speaker(tx, case.conversation_id, Speaker.HUMAN)
        notify(tx, runtime, case, phrases.CASE_REOPENED, now)

    await runtime.database.write(work)


async def topics_of(runtime: Runtime, reader: Staff, case_id: CaseId) -> tuple[str, ...]:
    """What storage rings when this reader's page of the case changes; raises NotFound."""

    def work(tx: Tx) -> tuple[str, ...]:
        case = case_for_lawyer(tx, reader, case_id)
        talk = (f"conversation:{case.conversation_id}",) if _may_read_content(reader, case) else ()
        return (f"case:{case.id}", *talk)

    return await runtime.database.read(work)


async def load_file(
    runtime: Runtime, reader: Staff, case_id: CaseId, attachment_id: int
) -> tuple[Attachment, bytes]:
    """A file of a case that this person may read; raises NotFound otherwise."""

    def work(tx: Tx) -> tuple[Attachment, bytes]:
        case = case_for_lawyer(tx, reader, case_id)
        attachment = transcript.get_attachment(tx, attachment_id)
        if attachment is None or not _may_read_content(reader, case):
            raise NotFound
        if attachment.message_id not in {message.id for message in _messages_of(tx, case)}:
            raise NotFound
        return attachment, files.load(tx, runtime.settings.media_folder, attachment)

    return await runtime.database.read(work)


# -- the only doors to a case ------------------------------------------------------------------


def case_for_lawyer(tx: Tx, reader: Staff, case_id: int, *, lock: bool = False) -> Case:
    """The case, for someone who may know that it exists; raises NotFound for everyone else."""
    case = store.get_case(tx, case_id, lock=lock) if reader.role in MAY_READ_CASES else None
    if case is None:
        raise NotFound
    if case.state is not CaseState.QUEUED and not _may_read_content(reader, case):
        raise NotFound
    return case


def own_case(tx: Tx, lawyer: Staff, case_id: int) -> Case:
    """The case, locked, for the one lawyer who holds it; raises NotFound, CaseNotInState."""
    case = case_for_lawyer(tx, lawyer, case_id, lock=True)
    if case.assignee_id != lawyer.id:
        raise NotFound
    if case.state not in (CaseState.CLAIMED, CaseState.ACTIVE):
        raise CaseNotInState(case.state)
    return case


def move(tx: Tx, case: Case, new: CaseState, **values: Any) -> Case:
    """Take a step of the MOVES table; raises CaseNotInState for any other."""
    moved = None
    if new in MOVES[case.state]:
        moved = store.change_state(tx, case.id, case.state, new, **values)
    if moved is None:
        raise CaseNotInState(case.state)
    return moved


def actor(person: Staff) -> str:
    """A member of staff in the audit log."""
    return f"staff:{person.id}"


def audit_step(
    tx: Tx, case_id: CaseId, who: str, action: str, now: datetime, detail: str = ""
) -> None:
    """Write a step into the case's audit chain."""
    audit.append(tx, audit.case_chain(case_id), actor=who, action=action, now=now, detail=detail)


def notify(tx: Tx, runtime: Runtime, case: Case, phrase: Phrase, now: datetime) -> None:
    """Tell the worker how the case stands."""
    talk = _talk_of(tx, case)
    language = talk.worker.language or SOURCE_LANGUAGE
    text = runtime.speech.say(phrase, language, code=Latin(case.code))
    transcript.add_outgoing(
        tx,
        talk,
        Kind.NOTICE,
        messages.dump(Outgoing(text=text)),
        language=language,
        now=now,
        case_id=case.id,
    )


def _require(person: Staff, roles: frozenset[Role] | set[Role]) -> None:
    if person.role not in roles:
        raise NotAllowed


def _may_read_content(reader: Staff, case: Case) -> bool:
    return case.assignee_id == reader.id or reader.role is Role.COORDINATOR


def _why_not_claimed(tx: Tx, case_id: CaseId, lawyer: Staff) -> Case:
    case = store.get_case(tx, case_id)
    if case is None:
        raise NotFound
    if case.assignee_id == lawyer.id and case.state is not CaseState.CLOSED:
        return case
    if case.assignee_id is None:
        raise CaseNotInState(case.state)
    winner = people.get_staff(tx, case.assignee_id)
    raise CaseAlreadyClaimed(winner.name if winner else "", case.claimed_at)


def _reopen(tx: Tx, runtime: Runtime, case: Case, who: str, now: datetime) -> Case:
    """Back to the same lawyer, or into the queue where that person is gone."""
    holder = case.assignee_id and people.get_staff(tx, case.assignee_id)
    values: dict[str, Any] = {"closed_at": None, "outcome": None, "wrote_at": now}
    new = CaseState.ACTIVE
    if not holder or holder.disabled:
        new = CaseState.QUEUED
        due = claim_due(case.priority, now, runtime.catalog.calendar)
        values |= {
            "assignee_id": None,
            "claimed_at": None,
            "queued_at": now,
            "due_at": due,
        }
    audit_step(tx, case.id, who, "reopened", now)
    return move(tx, case, new, **values)


def _talk_of(tx: Tx, case: Case) -> Conversation:
    talk = conversations.get_conversation(tx, case.conversation_id, lock=True)
    assert talk is not None
    return talk


def _messages_of(tx: Tx, case: Case) -> list[Message]:
    return transcript.list_case_messages(tx, case.conversation_id, case.id)


def _first_time(tx: Tx, lawyer: Staff, form_id: str, now: datetime) -> bool:
    """False where this very form was sent before: a double click, a reload, a lost answer."""
    return conversations.record_incoming(tx, "desk", str(lawyer.id), form_id, now)
