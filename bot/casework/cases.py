"""Cases: opened by a worker, claimed by one lawyer, answered, noted, closed, opened again.

Every step is one transaction: the case, its deadline, what the worker and the staff are told, and
the audit entry. bot/casework/states.py is the one table of what may follow what.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot import messages, phrases
from bot.casework import deadlines, ladder
from bot.casework.deadlines import Deadline
from bot.casework.states import COUNTED, HELD, MOVES, OUTCOMES
from bot.errors import (
    AtCapacity,
    BadInput,
    CaseAlreadyClaimed,
    CaseNotInState,
    ConflictUndeclared,
    NotAllowed,
    NotFound,
)
from bot.messages import MAX_TEXT, FileIn, Outgoing
from bot.office import notices, roster
from bot.office.abilities import abilities_of
from bot.office.staff import LANGUAGES
from bot.runtime import Runtime
from bot.worktime import is_open
from flows.model import Answer, Latin, OpenCase, Phrase, Value
from flows.session_json import dump_answer, parse_answer
from flows.texts import SOURCE_LANGUAGE
from storage import (
    audit,
    caselists,
    conflicts,
    conversations,
    files,
    interpreters,
    transfers,
    walkins,
)
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
    ConversationId,
    Kind,
    Message,
    MessageId,
    NoticeKind,
    Priority,
    Role,
    Speaker,
    Staff,
    StaffId,
    WorkerId,
)

REOPEN_WITHIN = timedelta(days=180)
MAX_NOTE = 10_000  # characters
ONE_NEWS = timedelta(minutes=15)  # messages in a row are one notice, until it is read

PRIORITIES: Mapping[str, Priority] = MappingProxyType(
    {
        "U0": Priority.DANGER,
        "U1": Priority.URGENT,
        "U2": Priority.SOON,
        "U3": Priority.NORMAL,
    }
)
MAY_READ_CASES = frozenset({Role.LAWYER, Role.COORDINATOR})
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


# -- the worker's side, inside the transaction of the worker's message -------------------------


def open_case_of(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The case that is open in this conversation, or None."""
    return store.get_open_case(tx, conversation_id)


def last_case_of(tx: Tx, conversation_id: ConversationId) -> Case | None:
    """The newest case of this conversation, open or closed, or None."""
    return store.get_last_case(tx, conversation_id)


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
        store.set_answers(tx, existing.id, json.dumps(given, ensure_ascii=False))
        audit_step(tx, existing.id, "worker", "added", now, f"priority={priority.value}")
        _worker_spoke(tx, runtime, _made_worse(tx, runtime, existing, priority, now), now)
        return _known(tx, existing.id)
    case = store.open_case(
        tx,
        talk,
        topic=effect.topic or "general",
        priority=priority,
        answers=json.dumps(given, ensure_ascii=False),
        language=language,
        now=now,
        due_at=now,
    )
    audit_step(tx, case.id, "worker", "opened", now, f"priority={priority.value}")
    received = walkins.find_walk_in(tx, talk.id)
    if received is not None and received.region is not None:
        store.touch(tx, case.id, region=received.region)
    return queued_again(tx, runtime, case, now)


def queued_again(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> Case:
    """Let the time to claim of a case begin that has just come into the queue, and tell of it."""
    calendar = roster.calendar_of(tx, runtime)
    values = deadlines.started(Deadline.CLAIM, case.priority, now, calendar)
    store.touch(tx, case.id, **values, rung=0, rung_at=None)
    case = _known(tx, case.id)
    fit = roster.matching(tx, case.language, case.topic, roster.lawyers(tx))
    notices.post(tx, NoticeKind.NEW_CASE, case, fit, now, f"{now.timestamp():.0f}")
    if ladder.starts(case):
        store.touch(tx, case.id, **ladder.climb(tx, runtime, case, 0, now))
    return _known(tx, case.id)


def is_nobody_there(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> bool:
    """Whether danger waits in the queue while the office is closed and nobody is on duty.

    The worker is told so: nothing is promised that nobody keeps.
    """
    if case.state is not CaseState.QUEUED or not ladder.starts(case):
        return False
    if is_open(now, roster.calendar_of(tx, runtime)):
        return False
    on_duty = roster.on_duty(tx, now)
    return on_duty is None or conflicts.is_barred(tx, case.id, on_duty)


def record_worker_wrote(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> bool:
    """Note that the worker wrote; True where they should be told that it was passed on.

    Told once after each reply of the lawyer, not after every line. The time to the next reply
    begins, or goes on where it rested; whoever holds the case is told.
    """
    last_word = max(filter(None, (case.queued_at, case.replied_at)))
    told_already = case.wrote_at is not None and case.wrote_at > last_word
    _worker_spoke(tx, runtime, case, now)
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


def note_reachable(
    tx: Tx, runtime: Runtime, worker_id: WorkerId, reachable: bool, now: datetime
) -> None:
    """Remember whether this worker can be written to; who holds a case of theirs is told at once.

    The platform told so, or a call failed: what is news is told once.
    """
    if not conversations.set_reachable(tx, worker_id, reachable):
        return
    kind = NoticeKind.REACHABLE if reachable else NoticeKind.UNREACHABLE
    for case in store.list_of_worker(tx, worker_id):
        if case.state in HELD and case.assignee_id is not None:
            notices.post(tx, kind, case, [case.assignee_id], now, f"{now.timestamp()}")


def withdraw_all(tx: Tx, worker_id: WorkerId, now: datetime) -> list[Case]:
    """Close the cases of a worker who erases everything; their answers go, too."""
    withdrawn = []
    for case in store.list_of_worker(tx, worker_id):
        store.set_answers(tx, case.id, "[]")
        store.set_opponent(tx, case.id, None, ())
        store.set_tags(tx, case.id, [])
        if case.state is not CaseState.CLOSED:
            move(tx, case, CaseState.CLOSED, closed_at=now, outcome="withdrawn", **no_clocks())
        audit_step(tx, case.id, "worker", "erased", now)
        withdrawn.append(case)
    return withdrawn


# -- the lawyer's side -------------------------------------------------------------------------


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
    require(lawyer, MAY_READ_CASES)
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
    audit_step(tx, case_id, actor(lawyer), "claimed", now)
    notice_store.settle(tx, won.id, (NoticeKind.NEW_CASE, *OF_THE_QUEUE), now)
    notify(tx, runtime, won, phrases.CASE_CLAIMED, now)
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
    require(reader, MAY_READ_CASES)

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
        case = case_for_lawyer(tx, reader, case_id)
        mine = case.assignee_id == reader.id
        full = mine or reader.role is Role.COORDINATOR
        said = messages_of(tx, case) if full else []
        talk = conversations.get_conversation(tx, case.conversation_id)
        assert talk is not None
        found: dict[int, list[Attachment]] = {}
        for attachment in transcript.list_message_attachments(tx, [m.id for m in said]):
            found.setdefault(attachment.message_id, []).append(attachment)
        audit_reading(tx, case_id, reader, now)
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
        case = own_case(tx, lawyer, case_id)
        if not first_time(tx, lawyer, form_id, now):
            return
        talk = _talk_of(tx, case)
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
        mark_replied(tx, case, now)
        audit_step(tx, case.id, actor(lawyer), "replied", now, f"message={message_id}")
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
        case = own_case(tx, lawyer, case_id)
        if first_time(tx, lawyer, form_id, now):
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
        audit_step(tx, case.id, actor(lawyer), "released", now)
        back_to_queue(tx, runtime, case, now)

    await runtime.database.write(work)


def back_to_queue(tx: Tx, runtime: Runtime, case: Case, now: datetime, **values: Any) -> None:
    """Put a case that somebody holds back into the queue; the worker and the lawyers are told."""
    nobody = {"assignee_id": None, "claimed_at": None, "queued_at": now}
    moved = move(tx, case, CaseState.QUEUED, **nobody, **values)
    queued_again(tx, runtime, moved, now)
    notify(tx, runtime, case, phrases.CASE_BACK_IN_QUEUE, now)


async def wait(runtime: Runtime, lawyer: Staff, case_id: CaseId, state: CaseState) -> None:
    """Say of one's own case that the worker's turn has come, a third party's, or one's own again.

    While it is the worker's turn the time to the next reply rests. Raises BadInput for another
    state, CaseNotInState where the table of moves has no such step.
    """
    if state not in (CaseState.WAITING_WORKER, CaseState.WAITING_THIRD, CaseState.ACTIVE):
        raise BadInput("state", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = own_case(tx, lawyer, case_id)
        if case.state is not state:
            set_waiting(tx, runtime, case, state, now)
            audit_step(tx, case.id, actor(lawyer), state.value, now)

    await runtime.database.write(work)


def set_waiting(tx: Tx, runtime: Runtime, case: Case, state: CaseState, now: datetime) -> Case:
    """Move a case that somebody holds to waiting or back, with its deadline."""
    if case.state is CaseState.CLAIMED:
        raise CaseNotInState(case.state)  # first it is answered
    values = deadlines.resumed(case, now, roster.calendar_of(tx, runtime))
    if state is CaseState.WAITING_WORKER:
        values = deadlines.paused(case, now)
    return move(tx, case, state, **values)


async def close(runtime: Runtime, lawyer: Staff, case_id: CaseId, outcome: str) -> None:
    """End one's own case with an outcome; the worker is told, and the bot speaks again."""
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        end(tx, runtime, lawyer, own_case(tx, lawyer, case_id), outcome, now)

    await runtime.database.write(work)


def end(tx: Tx, runtime: Runtime, lawyer: Staff, case: Case, outcome: str, now: datetime) -> None:
    """Close a case inside the caller's transaction (casework/closing.py says what came of it)."""
    move(tx, case, CaseState.CLOSED, closed_at=now, outcome=outcome, **no_clocks())
    talk = _talk_of(tx, case)
    conversations.set_speaker(tx, talk.id, Speaker.BOT)
    audit_step(tx, case.id, actor(lawyer), "closed", now, outcome)
    notify(tx, runtime, case, phrases.CASE_CLOSED, now)


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
        require_person(tx, case)
        _reopen(tx, runtime, case, actor(lawyer), now)
        conversations.set_speaker(tx, case.conversation_id, Speaker.HUMAN)
        notify(tx, runtime, case, phrases.CASE_REOPENED, now)

    await runtime.database.write(work)


async def topics_of(runtime: Runtime, reader: Staff, case_id: CaseId) -> tuple[str, ...]:
    """What storage rings when this reader's page of the case changes; raises NotFound."""

    def work(tx: Tx) -> tuple[str, ...]:
        case = case_for_lawyer(tx, reader, case_id)
        talk = (f"conversation:{case.conversation_id}",) if may_read_content(reader, case) else ()
        return (f"case:{case.id}", *talk)

    return await runtime.database.read(work)


async def load_file(
    runtime: Runtime, reader: Staff, case_id: CaseId, attachment_id: int
) -> tuple[Attachment, bytes]:
    """A file of a case that this person may read; raises NotFound otherwise."""

    def work(tx: Tx) -> tuple[Attachment, bytes]:
        case = case_for_reader(tx, reader, case_id)
        attachment = transcript.get_attachment(tx, attachment_id)
        if attachment is None:
            raise NotFound
        if attachment.message_id not in {message.id for message in messages_of(tx, case)}:
            raise NotFound
        return attachment, files.load(tx, runtime.settings.media_folder, attachment)

    return await runtime.database.read(work)


# -- the only doors to a case ------------------------------------------------------------------


def case_for_lawyer(tx: Tx, reader: Staff, case_id: int, *, lock: bool = False) -> Case:
    """The case, for someone who may read it; raises NotFound for everyone else.

    Whoever has not declared yet that there is no conflict of interest gets ConflictUndeclared,
    and has to go through bot/casework/conflicts.py first.
    """
    case = card_for_lawyer(tx, reader, case_id, lock=lock)
    if not conflicts.is_declared(tx, case, reader.id):
        raise ConflictUndeclared(case.id)
    return case


def card_for_lawyer(tx: Tx, reader: Staff, case_id: int, *, lock: bool = False) -> Case:
    """The case, for someone who may know that it exists: for doors that show no content.

    Raises NotFound for everyone else; who is barred is everyone else.
    """
    case = store.get_case(tx, case_id, lock=lock) if reader.role in MAY_READ_CASES else None
    if case is None or conflicts.is_barred(tx, case_id, reader.id):
        raise NotFound
    if case.state is not CaseState.QUEUED and not may_read_content(reader, case):
        raise NotFound
    return case


def case_for_reader(tx: Tx, reader: Staff, case_id: int) -> Case:
    """The case, for someone who may read what was said in it; raises NotFound for others.

    That is who holds it, a coordinator, and an interpreter while it is open and they are invited.
    """
    if reader.role is Role.INTERPRETER:
        case = store.get_case(tx, case_id)
        invited = case is not None and interpreters.is_invited(tx, case_id, reader.id)
        if case is None or not invited or case.state is CaseState.CLOSED:
            raise NotFound
        if conflicts.is_barred(tx, case_id, reader.id):  # they were a lawyer once
            raise NotFound
        return case
    case = case_for_lawyer(tx, reader, case_id)
    if not may_read_content(reader, case):
        raise NotFound
    return case


def files_of(tx: Tx, case: Case) -> list[Attachment]:
    """The files of a case, oldest first."""
    return transcript.list_message_attachments(tx, [m.id for m in messages_of(tx, case)])


def own_case(tx: Tx, lawyer: Staff, case_id: int) -> Case:
    """The case, locked, for the one lawyer who holds it; raises NotFound, CaseNotInState."""
    case = case_for_lawyer(tx, lawyer, case_id, lock=True)
    if case.assignee_id != lawyer.id:
        raise NotFound
    if case.state not in HELD:
        raise CaseNotInState(case.state)
    return case


def held_case(tx: Tx, lawyer: Staff, case_id: int) -> Case:
    """The case, locked, open or closed, for the one lawyer who holds it; raises NotFound."""
    case = case_for_lawyer(tx, lawyer, case_id, lock=True)
    if case.assignee_id != lawyer.id:
        raise NotFound
    return case


def require_person(tx: Tx, case: Case) -> None:
    """Raise CaseNotInState where the worker has erased everything: nobody is there to write to."""
    if conversations.is_erased(tx, case.worker_id):
        raise CaseNotInState("erased")


def mark_replied(tx: Tx, case: Case, now: datetime) -> None:
    """Note that the worker has heard from the lawyer."""
    if case.state is CaseState.CLAIMED:
        move(tx, case, CaseState.ACTIVE, replied_at=now, **deadlines.stopped())
    else:
        store.touch(tx, case.id, replied_at=now, **deadlines.stopped())


def move(tx: Tx, case: Case, new: CaseState, **values: Any) -> Case:
    """Take a step of the MOVES table; raises CaseNotInState for any other.

    An open offer to a colleague ends with the state that it was made in.
    """
    moved = None
    if new in MOVES[case.state]:
        moved = store.change_state(tx, case.id, case.state, new, **values)
    if moved is None:
        raise CaseNotInState(case.state)
    if new not in HELD:
        transfers.withdraw(tx, case.id, moved.queued_at)
    return moved


def actor(person: Staff) -> str:
    """A member of staff in the audit log."""
    return f"staff:{person.id}"


def audit_step(
    tx: Tx, case_id: CaseId, who: str, action: str, now: datetime, detail: str = ""
) -> None:
    """Write a step into the case's audit chain."""
    audit.append(tx, audit.case_chain(case_id), actor=who, action=action, now=now, detail=detail)


def audit_reading(tx: Tx, case_id: CaseId, reader: Staff, now: datetime) -> None:
    """Write down who read a case; once for many looks in a row."""
    if not audit.read_lately(tx, case_id, actor(reader), now):
        audit_step(tx, case_id, actor(reader), "read", now)


def notify(
    tx: Tx, runtime: Runtime, case: Case, phrase: Phrase, now: datetime, **fields: Value
) -> None:
    """Tell the worker how the case stands."""
    talk = _talk_of(tx, case)
    language = talk.worker.language or SOURCE_LANGUAGE
    text = runtime.speech.say(phrase, language, code=Latin(case.code), **fields)
    transcript.add_outgoing(
        tx,
        talk,
        Kind.NOTICE,
        messages.dump(Outgoing(text=text, case_button=True)),
        language=language,
        now=now,
        case_id=case.id,
    )


def require(person: Staff, roles: frozenset[Role]) -> None:
    """Raise NotAllowed for everybody but these roles."""
    if person.role not in roles:
        raise NotAllowed


def may_read_content(reader: Staff, case: Case) -> bool:
    """Whether this person's role and part in the case let them read it."""
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
    """Back to the same lawyer, or into the queue where that person cannot hold it any more."""
    holder = case.assignee_id if can_hold(tx, case, case.assignee_id) else None
    values: dict[str, Any] = {"closed_at": None, "outcome": None, "wrote_at": now}
    values["reopened"] = case.reopened + 1
    audit_step(tx, case.id, who, "reopened", now)
    if holder is None:
        nobody = {"assignee_id": None, "claimed_at": None, "queued_at": now}
        return queued_again(tx, runtime, move(tx, case, CaseState.QUEUED, **values, **nobody), now)
    calendar = roster.calendar_of(tx, runtime)
    clock = deadlines.started(Deadline.NEXT_REPLY, case.priority, now, calendar)
    moved = move(tx, case, CaseState.ACTIVE, **values, **clock)
    if who == "worker":
        notices.post(tx, NoticeKind.NEW_MESSAGE, moved, [holder], now, f"{now.timestamp()}")
    return moved


def can_hold(tx: Tx, case: Case, staff_id: StaffId | None) -> bool:
    """Whether this person would read what comes: neither gone, nor of another role, nor barred."""
    person = None if staff_id is None else people.get_staff(tx, staff_id)
    if person is None or person.disabled or person.role not in MAY_READ_CASES:
        return False
    return not conflicts.is_barred(tx, case.id, person.id)


def _made_worse(tx: Tx, runtime: Runtime, case: Case, priority: Priority, now: datetime) -> Case:
    """A case that turned out to be more pressing has less time, from now."""
    if priority >= case.priority:
        return case
    calendar = roster.calendar_of(tx, runtime)
    values = deadlines.started(deadlines.running(case.state), priority, now, calendar)
    resting = deadlines.resumed(case, now, calendar)  # of a pause that ends now
    promised = resting.get("due_at", case.due_at)
    if case.clock_from is not None and now < promised <= values["due_at"]:
        values = resting  # what was promised before is sooner
    rank = min(priority, case.rank)
    store.touch(tx, case.id, priority=priority, rank=rank, **values)
    worse = _known(tx, case.id)
    if worse.state is CaseState.QUEUED and ladder.starts(worse):
        store.touch(tx, case.id, **ladder.climb(tx, runtime, worse, 0, now))
    return _known(tx, case.id)


def _worker_spoke(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> None:
    """The worker wrote: whose turn it is, from when, and who is told."""
    calendar = roster.calendar_of(tx, runtime)
    store.touch(tx, case.id, wrote_at=now)
    if case.state is CaseState.WAITING_WORKER:
        case = move(tx, case, CaseState.ACTIVE, **deadlines.resumed(case, now, calendar))
        audit_step(tx, case.id, "worker", CaseState.ACTIVE.value, now)
    if case.state in (CaseState.ACTIVE, CaseState.WAITING_THIRD) and case.clock_from is None:
        clock = deadlines.started(Deadline.NEXT_REPLY, case.priority, now, calendar)
        store.touch(tx, case.id, **clock)
    holder = case.assignee_id
    if holder is None:
        return
    kind, since = NoticeKind.NEW_MESSAGE, now - ONE_NEWS
    if not notice_store.was_told_lately(tx, holder, kind, case.id, since):
        notices.post(tx, kind, case, [holder], now, f"{now.timestamp()}")


def _known(tx: Tx, case_id: CaseId) -> Case:
    case = store.get_case(tx, case_id)
    assert case is not None
    return case


def no_clocks() -> dict[str, Any]:
    """The columns of a case of which no time runs any more."""
    return {**deadlines.stopped(), "rung_at": None}


def _talk_of(tx: Tx, case: Case) -> Conversation:
    talk = conversations.get_conversation(tx, case.conversation_id, lock=True)
    assert talk is not None
    return talk


def messages_of(tx: Tx, case: Case) -> list[Message]:
    return transcript.list_case_messages(tx, case.conversation_id, case.id)


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
