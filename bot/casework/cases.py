"""What a lawyer does with a case: claims it, reads, answers, notes, gives back, closes, reopens.

Each is one transaction: the case, its deadline, what the worker and the staff are told, and the
audit entry. Who may is in doors.py, what a step does in moves.py, the worker's side of it in
worker_side.py.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import messages, phrases
from bot.casework import deadlines, doors, moves
from bot.casework.deadlines import Deadline
from bot.casework.states import COUNTED
from bot.errors import (
    AtCapacity,
    BadInput,
    CaseAlreadyClaimed,
    CaseNotInState,
    NotAllowed,
    NotFound,
)
from bot.messages import MAX_TEXT, FileIn, Outgoing
from bot.office import roster
from bot.office.abilities import abilities_of
from bot.office.staff import LANGUAGES
from bot.runtime import Runtime
from flows.model import Answer
from flows.session_json import parse_answer
from flows.texts import SOURCE_LANGUAGE
from storage import caselists, conflicts, conversations, files
from storage import cases as store
from storage import messages as transcript
from storage import notices as notice_store
from storage import roster as roster_store
from storage import staff as people
from storage.database import Tx
from storage.records import (
    Attachment,
    Case,
    CaseId,
    CaseNote,
    CaseState,
    Conversation,
    Kind,
    Message,
    MessageId,
    NoticeKind,
    Role,
    Speaker,
    Staff,
    StaffId,
)

MAX_NOTE = 10_000  # characters
OF_THE_QUEUE = (NoticeKind.ESCALATED, NoticeKind.CALL_DIRECTOR)  # no news once it is claimed


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
    about: str = ""  # which other side the page names (CaseCard.about)
    has_chat: bool = True  # False: a person whom staff received, and no chat has joined
    window_ends_at: datetime | None = None  # until then the channel lets us answer freely


async def claim(
    runtime: Runtime,
    lawyer: Staff,
    case_id: CaseId,
    *,
    declares: bool = False,
    about: str | None = None,
) -> Case:
    """Give an unclaimed case to this lawyer and tell the worker.

    Any number of lawyers may press at once; exactly one wins (the WHERE in
    storage.cases.claim_case), and nobody gets more cases than the cap. Pressing twice is winning
    once. `declares`: the lawyer saw the other side's name and says that there is no conflict;
    without it that is asked before the content, unless the other side is not known anyway.
    `about` is that of the card (CaseCard.about): where another name has become known since, that
    is asked, too. Raises NotFound where there is no such case, CaseAlreadyClaimed with the
    winner's name and time where a colleague was first, AtCapacity.
    """
    doors.require(lawyer, doors.MAY_READ_CASES)
    now = runtime.clock()
    return await runtime.database.write(
        lambda tx: claim_in(tx, runtime, lawyer, case_id, now, declares=declares, about=about)
    )


def claim_in(
    tx: Tx,
    runtime: Runtime,
    lawyer: Staff,
    case_id: CaseId,
    now: datetime,
    *,
    declares: bool | None,
    about: str | None = None,
) -> Case:
    """What `claim` does, inside a transaction; `declares` None: the card was not seen at all."""
    case = store.get_case(tx, case_id)
    if case is None or conflicts.is_barred(tx, case_id, lawyer.id):
        raise NotFound
    if case.state is not CaseState.QUEUED:
        return _why_not_claimed(tx, case_id, lawyer)
    if not roster_store.lock_staff(tx, lawyer.id):  # whoever else counts my cases waits
        raise NotAllowed
    require_room(tx, runtime, lawyer.id)
    calendar = roster.calendar_of(tx, runtime)
    values = deadlines.started(Deadline.FIRST_REPLY, case.priority, now, calendar)
    won = store.claim_case(tx, case_id, lawyer.id, now, **values, rung_at=None)
    if won is None:
        return _why_not_claimed(tx, case_id, lawyer)
    if conflicts.is_barred(tx, case_id, lawyer.id):  # while the claim waited for the row
        raise NotFound
    asked_of_this = about in (None, conflicts.about(won.opponent_hash))
    if asked_of_this and (declares or (declares is False and won.opponent_hash is None)):
        conflicts.declare(tx, won, lawyer.id, barred=False, now=now)
    doors.audit_step(tx, case_id, doors.actor(lawyer), "claimed", now)
    notice_store.settle(tx, won.id, (NoticeKind.NEW_CASE, *OF_THE_QUEUE), now)
    moves.notify(tx, runtime, won, phrases.CASE_CLAIMED, now)
    return won


def require_room(tx: Tx, runtime: Runtime, lawyer: StaffId) -> None:
    """Raise AtCapacity where this lawyer has as many cases as the cap allows.

    The lawyer's row has to be locked (storage.roster.lock_staff), or two would count the same.
    """
    cap = runtime.settings.case_cap
    if caselists.count_held(tx, lawyer, COUNTED) >= cap:
        raise AtCapacity(cap)


async def taken_by(runtime: Runtime, reader: Staff, case_id: CaseId) -> CaseAlreadyClaimed:
    """Who took a case that this reader was offered; raises NotFound where nobody has it."""
    doors.require(reader, doors.MAY_READ_CASES)

    def work(tx: Tx) -> CaseAlreadyClaimed:
        case = store.get_case(tx, case_id)
        if case is None or case.assignee_id is None or conflicts.is_barred(tx, case_id, reader.id):
            raise NotFound
        winner = people.get_staff(tx, case.assignee_id)
        return CaseAlreadyClaimed(winner.name if winner else "", case.claimed_at)

    return await runtime.database.read(work)


async def code_of(runtime: Runtime, case_id: CaseId) -> str:
    """The number by which people call a case; raises NotFound."""

    def work(tx: Tx) -> str:
        case = store.get_case(tx, case_id)
        if case is None:
            raise NotFound
        return case.code

    return await runtime.database.read(work)


async def read_case(
    runtime: Runtime, reader: Staff, case_id: CaseId, *, asked: bool = True
) -> CasePage:
    """Everything of a case, for a lawyer who may see it; the reading is audited.

    An unclaimed case shows its answers, so that a lawyer can decide; the conversation is only
    for who holds the case, and for coordinators. Raises NotFound for anybody else. Not `asked`:
    the program shows it by itself, so what there is to tell of the case is still news.
    """
    now = runtime.clock()

    def work(tx: Tx) -> CasePage:
        case = doors.case_for_lawyer(tx, reader, case_id)
        mine = case.assignee_id == reader.id
        full = mine or reader.role is Role.COORDINATOR
        said = doors.messages_of(tx, case) if full else []
        talk = conversations.get_conversation(tx, case.conversation_id)
        assert talk is not None
        found: dict[int, list[Attachment]] = {}
        for attachment in transcript.list_message_attachments(tx, [m.id for m in said]):
            found.setdefault(attachment.message_id, []).append(attachment)
        doors.audit_reading(tx, case_id, reader, now)
        if asked:
            notice_store.mark_read(tx, reader.id, now, case_id)
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
            about=conflicts.about(case.opponent_hash),
            has_chat=talk.address.channel != "desk",
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
    form_id: str = "",
    written_in: str = "",
    also: Callable[[Tx, MessageId], None] | None = None,
    corrects: MessageId | None = None,
) -> None:
    """Write to the worker of one's own case. The same `form_id` twice is one reply.

    `written_in` is the language of these words: whoever reads the case later is told.
    `also` is done in the same transaction: an edge notes there which words this came from.
    `corrects`: what the lawyer wrote before in this case, and puts right with these words; both
    stay in the transcript.

    Raises BadInput for an empty or too long text or an unknown language, NotFound or
    CaseNotInState where the case is not (or no longer) in this lawyer's hands.
    """
    text = text.strip()
    if not text and file is None:
        raise BadInput("text", "empty")
    if len(text) > MAX_TEXT:
        raise BadInput("text", "too long")
    if written_in and written_in not in languages_of_words(runtime):
        raise BadInput("written_in", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if not first_time(tx, lawyer, form_id, now):
            return
        talk = moves.talk_of(tx, case)
        outgoing = Outgoing(text=text, written_in=written_in)
        if corrects is not None:
            before = transcript.get_message(tx, corrects)
            if before is None or before.case_id != case.id or before.staff_id != lawyer.id:
                raise NotFound
            outgoing = Outgoing(text=f"✏️ {text}", written_in=written_in, corrects=corrects)
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
        moves.mark_replied(tx, case, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "replied", now, f"message={message_id}")
        if also is not None:
            also(tx, message_id)

    await runtime.database.write(work)


def languages_of_words(runtime: Runtime) -> tuple[str, ...]:
    """The languages in which a lawyer's words may be: those of the desk and of the workers."""
    return tuple(dict.fromkeys((*LANGUAGES, *runtime.speech.texts.languages)))


async def add_note(
    runtime: Runtime, lawyer: Staff, case_id: CaseId, text: str, *, form_id: str = ""
) -> None:
    """Write a private note on one's own case; it never reaches the worker."""
    text = text.strip()
    if not text:
        raise BadInput("note", "empty")
    if len(text) > MAX_NOTE:
        raise BadInput("note", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if first_time(tx, lawyer, form_id, now):
            store.add_note(tx, case.id, lawyer.id, text, now)
            doors.audit_step(tx, case.id, doors.actor(lawyer), "noted", now)

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
        case = doors.own_case(tx, lawyer, case_id)
        store.add_note(tx, case.id, lawyer.id, handover, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "released", now)
        moves.back_to_queue(tx, runtime, case, now)

    await runtime.database.write(work)


async def wait(runtime: Runtime, lawyer: Staff, case_id: CaseId, state: CaseState) -> None:
    """Say of one's own case that the worker's turn has come, a third party's, or one's own again.

    While it is the worker's turn the time to the next reply rests. Raises BadInput for another
    state, CaseNotInState where the table of moves has no such step.
    """
    if state not in (CaseState.WAITING_WORKER, CaseState.WAITING_THIRD, CaseState.ACTIVE):
        raise BadInput("state", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if case.state is not state:
            moves.set_waiting(tx, runtime, case, state, now)
            doors.audit_step(tx, case.id, doors.actor(lawyer), state.value, now)

    await runtime.database.write(work)


async def reopen(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> None:
    """Open one's own closed case again."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.case_for_lawyer(tx, lawyer, case_id, lock=True)
        if case.assignee_id != lawyer.id:
            raise NotFound
        if case.state is not CaseState.CLOSED:
            raise CaseNotInState(case.state)
        if store.get_open_case(tx, case.conversation_id) is not None:
            raise CaseNotInState("another case is open")
        moves.require_person(tx, case)
        moves.reopen(tx, runtime, case, doors.actor(lawyer), now)
        conversations.set_speaker(tx, case.conversation_id, Speaker.HUMAN)
        moves.notify(tx, runtime, case, phrases.CASE_REOPENED, now)

    await runtime.database.write(work)


async def topics_of(runtime: Runtime, reader: Staff, case_id: CaseId) -> tuple[str, ...]:
    """What storage rings when this reader's page of the case changes; raises NotFound."""

    def work(tx: Tx) -> tuple[str, ...]:
        case = doors.case_for_lawyer(tx, reader, case_id)
        talk = (
            (f"conversation:{case.conversation_id}",)
            if doors.may_read_content(reader, case)
            else ()
        )
        return (f"case:{case.id}", *talk)

    return await runtime.database.read(work)


async def load_file(
    runtime: Runtime, reader: Staff, case_id: CaseId, attachment_id: int
) -> tuple[Attachment, bytes]:
    """A file of a case that this person may read; raises NotFound otherwise."""

    def work(tx: Tx) -> tuple[Attachment, bytes]:
        case = doors.case_for_reader(tx, reader, case_id)
        attachment = transcript.get_attachment(tx, attachment_id)
        if attachment is None:
            raise NotFound
        if attachment.message_id not in {message.id for message in doors.messages_of(tx, case)}:
            raise NotFound
        return attachment, files.load(tx, runtime.settings.media_folder, attachment)

    return await runtime.database.read(work)


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


def required_text(text: str, field: str, limit: int) -> str:
    """What staff must write in this field, trimmed; raises BadInput for nothing and too much."""
    text = text.strip()
    if not text:
        raise BadInput(field, "empty")
    if len(text) > limit:
        raise BadInput(field, "too long")
    return text


def first_time(tx: Tx, lawyer: Staff, form_id: str, now: datetime) -> bool:
    """False where these very words came before: a messenger may deliver twice; "" is always new."""
    return not form_id or conversations.record_incoming(tx, "desk", str(lawyer.id), form_id, now)
