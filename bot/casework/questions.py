"""Questions of a lawyer to the worker: they go out in the worker's language, with buttons.

The answer is kept as what it means (yes, a day, an amount, a file), so the lawyer reads it in
another language than the worker gave it in. A question has its number from the same count as the
questions of the trees: a button of either can never be taken for one of the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType

from bot import messages
from bot.casework import case_phrases, doors, moves, worker_side
from bot.errors import BadInput
from bot.messages import Choice, Content, FileAhead, FileIn, Outgoing, TextIn
from bot.runtime import Runtime
from flows import engine, fold, match
from flows.compute import local_day
from flows.model import Money, Phrase, Value
from flows.phrases import NO, YES
from flows.session_json import dump_session, parse_session
from flows.texts import SOURCE_LANGUAGE
from storage import actions, casework, closings, conversations
from storage import cases as case_store
from storage import messages as transcript
from storage import questions as store
from storage.closings import ReferralState
from storage.database import Tx
from storage.questions import Question
from storage.records import (
    ActionId,
    Case,
    CaseState,
    Conversation,
    Kind,
    Membership,
    MessageId,
    Staff,
)

SAYS_YES, SAYS_NO, SAYS_UNKNOWN = "yes", "no", "unknown"
JOINT = "joint_action"  # the purpose of a consent to take part in one
REFER = "refer_"  # begins the purpose of a consent to a referral; the recipient's name follows
FILE = "message:"  # begins an answer that is a file; the number of its message follows


class Form(StrEnum):
    """What answers a question."""

    YES_NO = "yes_no"
    DATE = "date"
    AMOUNT = "amount"
    PHOTO = "photo"
    PLACE = "place"  # a region, which the case has from then on
    CONSENT = "consent"  # a yes or no that permits something


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "works_there": Form.YES_NO,
        "in_azerbaijan": Form.YES_NO,
        "has_contract": Form.YES_NO,
        "has_passport": Form.YES_NO,
        "safe_to_call": Form.YES_NO,
        "others_too": Form.YES_NO,
        "work_began": Form.DATE,
        "work_ended": Form.DATE,
        "last_pay": Form.DATE,
        "entered": Form.DATE,
        "stay_until": Form.DATE,
        "paper_received": Form.DATE,
        "money_owed": Form.AMOUNT,
        "monthly_pay": Form.AMOUNT,
        "debt": Form.AMOUNT,
        "place": Form.PLACE,
        "photo_paper": Form.PHOTO,
        "photo_place": Form.PHOTO,
    }
)
HINTS: Mapping[Form, Phrase] = MappingProxyType(
    {
        Form.DATE: case_phrases.WRITE_DATE,
        Form.AMOUNT: case_phrases.WRITE_AMOUNT,
        Form.PHOTO: case_phrases.SEND_PHOTO,
        Form.PLACE: case_phrases.PRESS_PLACE,
    }
)
CHOICES: Mapping[Form, Sequence[tuple[str, Phrase]]] = MappingProxyType(
    {
        Form.YES_NO: ((SAYS_YES, YES), (SAYS_NO, NO), (SAYS_UNKNOWN, case_phrases.UNKNOWN)),
        Form.CONSENT: ((SAYS_YES, YES), (SAYS_NO, NO)),
        Form.DATE: ((SAYS_UNKNOWN, case_phrases.UNKNOWN),),
        Form.AMOUNT: ((SAYS_UNKNOWN, case_phrases.UNKNOWN),),
        Form.PHOTO: ((SAYS_NO, case_phrases.NOT_THERE),),
        Form.PLACE: tuple(case_phrases.PLACES.items()),
    }
)


@dataclass(frozen=True)
class Asking:
    """A question as it is put to a worker."""

    form: Form
    ready: str  # which ready question, paper or purpose
    phrase: Phrase
    about_id: int | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)


async def ask(runtime: Runtime, lawyer: Staff, case_id: int, ready: str) -> None:
    """Put a ready question to the worker of one's own case; the same form twice asks once."""
    if ready not in FORMS:
        raise BadInput("ready", "unknown")
    asking = Asking(FORMS[ready], ready, case_phrases.READY[ready])
    await _put(runtime, lawyer, case_id, asking)


async def ask_consent(runtime: Runtime, lawyer: Staff, case_id: int, purpose: str) -> None:
    """Ask the worker in the chat to permit something."""
    if purpose not in case_phrases.CONSENTS:
        raise BadInput("purpose", "unknown")
    asking = Asking(Form.CONSENT, purpose, case_phrases.CONSENTS[purpose])
    await _put(runtime, lawyer, case_id, asking)


async def record_spoken_consent(
    runtime: Runtime, lawyer: Staff, case_id: int, purpose: str, *, given: bool
) -> None:
    """Keep a yes or no that the worker gave to the lawyer aloud; it is audited as such."""
    if purpose not in case_phrases.CONSENTS:
        raise BadInput("purpose", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.held_case(tx, lawyer, case_id)
        moves.require_person(tx, case)
        wording = f"told {doors.actor(lawyer)} aloud"
        _record(tx, case, purpose, given=given, wording=wording, now=now)
        said = f"{purpose}={'yes' if given else 'no'}"
        doors.audit_step(tx, case.id, doors.actor(lawyer), "consent_told", now, said)

    await runtime.database.write(work)


def put(tx: Tx, runtime: Runtime, lawyer: Staff, case: Case, asking: Asking, now: datetime) -> None:
    """Put a question to the worker, inside a transaction of the caller's."""
    talk = conversations.get_conversation(tx, case.conversation_id, lock=True)
    assert talk is not None
    language = talk.worker.language or SOURCE_LANGUAGE
    number = next_number(tx, runtime, talk, language, now)
    message_id = transcript.add_outgoing(
        tx,
        talk,
        Kind.REPLY,
        messages.dump(_outgoing(runtime, asking, language, number)),
        language=language,
        now=now,
        case_id=case.id,
        staff_id=lawyer.id,
    )
    store.add_question(
        tx,
        case.id,
        talk.id,
        message_id,
        lawyer.id,
        number=number,
        kind=asking.form,
        ready=asking.ready,
        about_id=asking.about_id,
    )
    moves.mark_replied(tx, case, now)
    doors.audit_step(tx, case.id, doors.actor(lawyer), "asked", now, asking.ready)


# -- the worker's side, inside the transaction of the worker's message -------------------------


def label_of(
    tx: Tx, runtime: Runtime, talk: Conversation, number: int, option: str, language: str
) -> str:
    """What the pressed button of a lawyer's question said; "" where it is none of these."""
    found = store.find_question(tx, talk.id, number)
    if found is None:
        return ""
    labels = dict(CHOICES[Form(found.kind)])
    return runtime.speech.say(labels[option], language) if option in labels else ""


def is_asked(tx: Tx, talk: Conversation, number: int) -> bool:
    """Whether this is the number of a lawyer's question."""
    return store.find_question(tx, talk.id, number) is not None


def take_tap(
    tx: Tx, runtime: Runtime, talk: Conversation, number: int, option: str, now: datetime
) -> Phrase | None:
    """Keep an answer by button; what to tell the worker, or None where it is not a lawyer's."""
    found = store.find_question(tx, talk.id, number)
    if found is None:
        return None
    if option not in dict(CHOICES[Form(found.kind)]):
        return case_phrases.ANSWERED
    return _keep(tx, runtime, found, option, now)


def take_words(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    content: Content,
    message_id: MessageId,
    now: datetime,
) -> Phrase | None:
    """Keep an answer that was written or sent; None where this is no answer.

    Words answer only what was said last: a "yes" to something else permits nothing.
    """
    found = store.find_open_last(tx, talk.id)
    if found is None:
        return None
    answer = _read(runtime, Form(found.kind), content, message_id, talk, now)
    return None if answer is None else _keep(tx, runtime, found, answer, now)


def _read(
    runtime: Runtime,
    form: Form,
    content: Content,
    message_id: MessageId,
    talk: Conversation,
    now: datetime,
) -> str | None:
    if isinstance(content, FileIn | FileAhead):
        shows = content.kind in ("photo", "document")
        return f"{FILE}{message_id}" if form is Form.PHOTO and shows else None
    if not isinstance(content, TextIn):
        return None
    match form:
        case Form.YES_NO | Form.CONSENT:
            meant = match.match_yes_no(content.text, runtime.catalog.texts)
            return None if meant is None else (SAYS_YES if meant else SAYS_NO)
        case Form.DATE:
            language = talk.worker.language or SOURCE_LANGUAGE
            day = match.read_date(content.text, language, local_day(now))
            return None if day is None else day.isoformat()
        case Form.AMOUNT:
            number = match.read_number(content.text)
            return None if number is None or number < 0 else f"{number:f}"
    return None


def _keep(tx: Tx, runtime: Runtime, found: Question, answer: str, now: datetime) -> Phrase:
    if not store.save_answer(tx, found, answer, now):
        return case_phrases.ANSWERED
    doors.audit_step(tx, found.case_id, "worker", "answered", now, found.ready)
    case = case_store.get_case(tx, found.case_id, lock=True)
    assert case is not None
    if Form(found.kind) is Form.PLACE:
        case_store.touch(tx, case.id, region=answer)
    elif Form(found.kind) is Form.CONSENT:
        _decide(tx, case, found, given=answer == SAYS_YES, now=now)
    if case.state is not CaseState.CLOSED:
        worker_side.record_worker_wrote(tx, runtime, case, now)
    return case_phrases.THANKS


def _decide(tx: Tx, case: Case, found: Question, *, given: bool, now: datetime) -> None:
    wording = f"consent.{found.ready}"
    if found.ready == JOINT and found.about_id is not None:
        join(tx, case, ActionId(found.about_id), given=given, wording=wording, now=now)
        return
    _record(tx, case, found.ready, given=given, wording=wording, now=now)
    if found.ready.startswith(REFER) and found.about_id is not None:
        _decide_referral(tx, case, found.about_id, given=given, now=now)


def join(
    tx: Tx, case: Case, action_id: ActionId, *, given: bool, wording: str, now: datetime
) -> Membership:
    """Keep whether a worker takes part in a joint action; a no after a yes is leaving."""
    before = actions.list_members(tx, action_id).get(case.id)
    after = Membership.JOINED
    if not given:
        after = Membership.LEFT if before is Membership.JOINED else Membership.REFUSED
    actions.set_membership(tx, action_id, case.id, after, now)
    _record(tx, case, f"action:{action_id}", given=given, wording=wording, now=now)
    return after


def _record(tx: Tx, case: Case, purpose: str, *, given: bool, wording: str, now: datetime) -> None:
    talk = conversations.get_conversation(tx, case.conversation_id)
    assert talk is not None
    conversations.record_consent(
        tx,
        case.worker_id,
        purpose,
        given=given,
        wording=wording,
        language=talk.worker.language or SOURCE_LANGUAGE,
        now=now,
    )
    if not given and purpose == "keep_parties":
        _forget_names(tx, case)
    if not given and purpose == "report_facts":
        closings.drop_facts(tx, case.id)
    casework.ring(tx, case.id)


def _forget_names(tx: Tx, case: Case) -> None:
    """Names go, also from the card; the keyed hashes stay, so that the barred stay barred."""
    parties = casework.list_parties(tx, case.id)
    noted = {" ".join(party.name.replace(";", ",").split()) for party in parties}
    casework.remove_parties(tx, case.id)
    left = [name for name in map(str.strip, (case.opponent or "").split(";")) if name not in noted]
    case_store.show_opponent(tx, case.id, "; ".join(filter(None, left)) or None)


def _decide_referral(tx: Tx, case: Case, referral_id: int, *, given: bool, now: datetime) -> None:
    referral = closings.get_referral(tx, case.id, referral_id)
    if referral is not None and referral.state is ReferralState.ASKED:
        new = ReferralState.AGREED if given else ReferralState.REFUSED
        closings.move_referral(tx, referral, new, now)


# -- how a question looks ----------------------------------------------------------------------


async def _put(runtime: Runtime, lawyer: Staff, case_id: int, asking: Asking) -> None:
    now = runtime.clock()

    def work(tx: Tx) -> None:
        own = doors.held_case if asking.form is Form.CONSENT else doors.own_case
        case = own(tx, lawyer, case_id)
        moves.require_person(tx, case)
        put(tx, runtime, lawyer, case, asking, now)

    await runtime.database.write(work)


def _outgoing(runtime: Runtime, asking: Asking, language: str, number: int) -> Outgoing:
    say = runtime.speech.say
    parts = [say(asking.phrase, language, **asking.fields)]
    if asking.form in HINTS and asking.phrase not in case_phrases.ASK_PAPER.values():
        parts.append(say(HINTS[asking.form], language))
    choices = tuple(Choice(option, say(label, language)) for option, label in CHOICES[asking.form])
    known = runtime.speech.texts.find(asking.phrase, language) is not None
    written_in = language if known else SOURCE_LANGUAGE
    return Outgoing("\n\n".join(parts), question=number, choices=choices, written_in=written_in)


def next_number(tx: Tx, runtime: Runtime, talk: Conversation, language: str, now: datetime) -> int:
    """The next number of a question in this conversation; buttons of earlier ones are old now."""
    try:
        session = parse_session(talk.session)
    except (ValueError, KeyError, TypeError):
        session = None
    if session is None:  # nobody has said anything here yet: as after the welcome
        session, _ = engine.start(runtime.catalog, fold.WELCOME, language=language, at=now)
    session = session.but(asked=session.asked + 1)
    conversations.save_conversation(
        tx, talk.id, talk.worker.key_id, session=dump_session(session), speaker=talk.speaker
    )
    return session.asked


def value_of(form: Form, answer: str) -> Value | None:
    """What an answer means, to be said in any language; None for yes, no, unknown and files."""
    try:
        if form is Form.DATE:
            return date.fromisoformat(answer)
        if form is Form.AMOUNT:
            return Money(Decimal(answer))
    except (ValueError, InvalidOperation):
        return None
    return None
