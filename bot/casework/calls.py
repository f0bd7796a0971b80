"""What a worker does under "My case": an own code before it, a call, a phone of several people.

Each of these is one question beside the trees. Its number comes from the same count as theirs, so
a button of one is never taken for one of the other; what is asked next is in worker_prompt.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot import messages
from bot.casework import case_phrases, cases, doors, moves, my_case, questions, worker_side
from bot.delivery.gate import DESK, NEEDS_CONSENT
from bot.errors import BadInput, NotFound
from bot.messages import Choice, Content, Outgoing, TapIn, TextIn
from bot.office import notices
from bot.phrases import HIDE_WORDS
from bot.runtime import Runtime
from flows.compute import BAKU
from flows.match import normal, read_phone
from flows.model import Phrase
from flows.texts import SOURCE_LANGUAGE, split_words
from storage import calls as store
from storage import cases as case_store
from storage import conversations, pace, unasked
from storage import messages as transcript
from storage.calls import Call, Prompt
from storage.database import Tx
from storage.records import Case, CaseState, Conversation, Kind, NoticeKind, Priority, Staff

UNDER_CASE, OPEN_CODE, SET_CODE, NUMBER, HOURS = "case", "open_code", "set_code", "number", "hours"
SECRET = frozenset({OPEN_CODE, SET_CODE})  # what is typed then is not kept
TYPED = SECRET | {NUMBER}
CALL, CODE, NO_CODE, OTHER, STOP = "call", "code", "no_code", "other", "stop"
MIN_CODE, MAX_CODE = 4, 12  # characters
CODE_TRIES = pace.Rate(per_second=1 / 300, burst=5)
NUDGE_AFTER: Sequence[timedelta] = (timedelta(hours=48), timedelta(days=7))
NUDGE_HOURS = range(9, 20)  # of Baku

HOUR_CHOICES: Mapping[str, Phrase] = MappingProxyType(
    {
        "morning": Phrase("call.morning", "From 9 to 13"),
        "afternoon": Phrase("call.afternoon", "From 13 to 18"),
        "evening": Phrase("call.evening", "From 18 to 21"),
        "any": Phrase("call.any", "At any hour of the day"),
    }
)
NOT_MY_CASE = {OTHER: case_phrases.SOMEONE_ELSE}  # for who does not know the code
LABELS: Mapping[str, Phrase] = MappingProxyType(
    {
        CALL: case_phrases.CALL_ME,
        CODE: case_phrases.SET_CODE,
        NO_CODE: case_phrases.REMOVE_CODE,
        OTHER: case_phrases.SOMEONE_ELSE,
        STOP: case_phrases.STOP,
        **HOUR_CHOICES,
    }
)


@dataclass(frozen=True)
class Told:
    """What to tell the worker: words, and what may be pressed."""

    outgoing: Outgoing
    wants: str = ""  # the prompt that is open now
    other_person: bool = False  # somebody else is using this phone from now on


def ask_case(
    tx: Tx, runtime: Runtime, talk: Conversation, language: str, now: datetime
) -> Outgoing:
    """The worker asks how the case stands: told, or their own code is asked for first."""
    if store.get_code(tx, talk.worker) is not None:
        return _put(
            tx, runtime, talk, OPEN_CODE, case_phrases.WRITE_CODE, language, now, NOT_MY_CASE
        )
    return _tell(tx, runtime, talk, language, now)


def take(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    content: Content,
    case: Case | None,
    language: str,
    now: datetime,
) -> Told | None:
    """An answer to what was asked under "My case"; None where this is none."""
    prompt = store.get_prompt(tx, talk.id)
    if prompt is None:
        return None
    if isinstance(content, TapIn):
        if content.question != prompt.number:
            if content.option not in LABELS:  # else the button that asked, pressed twice
                leave(tx, talk)
            return None
        return _pressed(tx, runtime, talk, prompt, content.option, case, language, now)
    if not isinstance(content, TextIn) or prompt.kind in (UNDER_CASE, HOURS, OTHER):
        store.set_prompt(tx, talk.id, None)
        return None
    return Told(_typed(tx, runtime, talk, prompt, content.text.strip(), case, language, now))


def leave(tx: Tx, talk: Conversation) -> None:
    """The worker turned to something else: what is typed now is no number and no code."""
    if store.get_prompt(tx, talk.id) is not None:
        store.set_prompt(tx, talk.id, None)


def is_asked(tx: Tx, talk: Conversation, number: int) -> bool:
    """Whether this is the number of what was asked here last."""
    prompt = store.get_prompt(tx, talk.id)
    return prompt is not None and prompt.number == number


def who_comes_back(
    tx: Tx, runtime: Runtime, talk: Conversation, text: str, now: datetime
) -> Conversation | None:
    """The earlier conversation at this phone whose own words these are, or None.

    The two words that bring a hidden chat back, and the own code after them where one was set.
    What begins like such words is looked at only so often: nobody tries them all.
    """
    typed = normal(text)
    if not typed or typed == normal(talk.phrase or ""):
        return None
    earlier = conversations.list_ended(tx, talk.address.id)
    if not earlier or not _begins_with_a_word(runtime, typed):
        return None
    if pace.take_slot(tx, f"return:{talk.address.id}", CODE_TRIES, now) is not None:
        return None
    for each in earlier:
        own = normal(" ".join(filter(None, (each.phrase, store.get_code(tx, each.worker)))))
        if hmac.compare_digest(typed.encode(), own.encode()):
            return each
    return None


def _begins_with_a_word(runtime: Runtime, typed: str) -> bool:
    """Whether a text begins with one of the words that such phrases are made of."""
    lists = {runtime.speech.say(HIDE_WORDS, language) for language in runtime.languages}
    return any(
        typed.startswith(f"{normal(word)} ") for words in lists for word in split_words(words)
    )


def is_secret(tx: Tx, talk: Conversation) -> bool:
    """Whether what is typed now is a code that no transcript may keep."""
    prompt = store.get_prompt(tx, talk.id)
    return prompt is not None and prompt.kind in SECRET


def _pressed(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    prompt: Prompt,
    option: str,
    case: Case | None,
    language: str,
    now: datetime,
) -> Told | None:
    say = runtime.speech.say
    store.set_prompt(tx, talk.id, None)
    if option == OTHER and prompt.kind == OTHER:
        return Told(Outgoing(say(case_phrases.OTHER_PERSON, language)), other_person=True)
    if option == OTHER:
        has_code = store.get_code(tx, talk.worker) is not None
        phrase = case_phrases.OTHER_SURE_CODE if has_code else case_phrases.OTHER_SURE
        choices = {OTHER: case_phrases.SOMEONE_ELSE, STOP: case_phrases.STOP}
        return Told(_put(tx, runtime, talk, OTHER, phrase, language, now, choices))
    if option == STOP:
        return Told(Outgoing(say(case_phrases.NOT_CHANGED, language)))
    if option == CODE:
        return Told(_put(tx, runtime, talk, SET_CODE, case_phrases.NEW_CODE, language, now))
    if option == NO_CODE and prompt.kind == UNDER_CASE:
        store.set_code(tx, talk.worker, None)
        return Told(Outgoing(say(case_phrases.CODE_GONE, language)))
    if option == CALL and case is not None:
        danger = case.priority is Priority.DANGER
        phrase = case_phrases.CALL_OR_COME if danger else case_phrases.WRITE_NUMBER
        return Told(_put(tx, runtime, talk, NUMBER, phrase, language, now))
    if prompt.kind == HOURS and option in HOUR_CHOICES and case is not None:
        call_id = store.set_hours(tx, case.id, option)
        worker_side.record_worker_wrote(tx, runtime, case, now)
        doors.audit_step(tx, case.id, "worker", "call_asked", now)
        if case.assignee_id is not None and call_id is not None:
            told = f"call:{call_id}"
            notices.post(tx, NoticeKind.NEW_MESSAGE, case, [case.assignee_id], now, told)
        return Told(Outgoing(say(case_phrases.WILL_CALL, language), case_button=True))
    return None


def _typed(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    prompt: Prompt,
    text: str,
    case: Case | None,
    language: str,
    now: datetime,
) -> Outgoing:
    say = runtime.speech.say
    if prompt.kind == OPEN_CODE:
        known = store.get_code(tx, talk.worker) or ""
        if pace.take_slot(tx, f"code:{talk.worker.id}", CODE_TRIES, now) is not None:
            return Outgoing(say(case_phrases.CODE_WAIT, language))
        if not hmac.compare_digest(text.encode(), known.encode()):
            return _put(
                tx, runtime, talk, OPEN_CODE, case_phrases.CODE_WRONG, language, now, NOT_MY_CASE
            )
        return _tell(tx, runtime, talk, language, now)
    if prompt.kind == SET_CODE:
        if not MIN_CODE <= len(text) <= MAX_CODE:
            return _put(tx, runtime, talk, SET_CODE, case_phrases.NEW_CODE, language, now)
        store.set_code(tx, talk.worker, text)
        store.set_prompt(tx, talk.id, None)
        return Outgoing(say(case_phrases.CODE_SET, language))
    phone = read_phone(text)
    if phone is None or case is None:
        return _put(tx, runtime, talk, NUMBER, case_phrases.NO_NUMBER, language, now)
    store.add_call(tx, case, phone, now)
    return _put(tx, runtime, talk, HOURS, case_phrases.WHEN_SAFE, language, now, HOUR_CHOICES)


def _tell(tx: Tx, runtime: Runtime, talk: Conversation, language: str, now: datetime) -> Outgoing:
    text = my_case.tell(tx, runtime, talk.id, language, now)
    if case_store.get_last_case(tx, talk.id) is None:  # the open question of a tree stays open
        return Outgoing(text)
    choices: dict[str, Phrase] = {}
    if case_store.get_open_case(tx, talk.id) is not None:
        choices[CALL] = case_phrases.CALL_ME
    has_code = store.get_code(tx, talk.worker) is not None
    choices[NO_CODE if has_code else CODE] = (
        case_phrases.REMOVE_CODE if has_code else case_phrases.SET_CODE
    )
    choices[OTHER] = case_phrases.SOMEONE_ELSE
    return _asked(tx, runtime, talk, UNDER_CASE, text, language, now, choices)


def _put(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    kind: str,
    phrase: Phrase,
    language: str,
    now: datetime,
    choices: Mapping[str, Phrase] | None = None,
) -> Outgoing:
    """Ask something beside the trees; by default it can be stopped."""
    known = {STOP: case_phrases.STOP} if choices is None else dict(choices)
    text = runtime.speech.say(phrase, language)
    return _asked(tx, runtime, talk, kind, text, language, now, known)


def _asked(
    tx: Tx,
    runtime: Runtime,
    talk: Conversation,
    kind: str,
    text: str,
    language: str,
    now: datetime,
    choices: Mapping[str, Phrase],
) -> Outgoing:
    number = questions.next_number(tx, runtime, talk, language, now)
    store.set_prompt(tx, talk.id, Prompt(kind, number))
    say = runtime.speech.say
    buttons = tuple(Choice(option, say(label, language)) for option, label in choices.items())
    return Outgoing(text, question=number, choices=buttons, typed=kind in TYPED)


# -- the lawyer's side -------------------------------------------------------------------------


async def read_call(runtime: Runtime, lawyer: Staff, case_id: int) -> Call | None:
    """The call that the worker of one's own case waits for; None for anybody else."""

    def work(tx: Tx) -> Call | None:
        case = doors.case_for_lawyer(tx, lawyer, case_id)
        return store.get_call(tx, case.id) if case.assignee_id == lawyer.id else None

    return await runtime.database.read(work)


async def log_call(
    runtime: Runtime, lawyer: Staff, case_id: int, call_id: int, *, reached: bool, note: str
) -> None:
    """Write down a call that was made: a private note, and the worker has heard from us.

    Where nobody answered the call stays to be made. Raises BadInput for an empty note.
    """
    note = note.strip()
    if not note or len(note) > cases.MAX_NOTE:
        raise BadInput("call_note", "empty")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if reached:
            if not store.mark_called(tx, case.id, call_id, lawyer.id, now):
                raise NotFound
            moves.mark_replied(tx, case, now)
        case_store.add_note(tx, case.id, lawyer.id, f"☎ {note}", now)
        action = "called" if reached else "called_in_vain"
        doors.audit_step(tx, case.id, doors.actor(lawyer), action, now)

    await runtime.database.write(work)


# -- reminders ---------------------------------------------------------------------------------


def nudge(tx: Tx, runtime: Runtime, now: datetime) -> int:
    """Remind workers for whose answer we wait, after 48 hours and after a week, by day only.

    What may not go out when its time comes never does. Returns how many do.
    """
    if now.astimezone(BAKU).hour not in NUDGE_HOURS:
        return 0
    sent = 0
    for number, after in enumerate(NUDGE_AFTER, start=1):
        for case_id in store.list_unnudged(tx, number, now - after):
            case = case_store.get_case(tx, case_id, lock=True)
            if case is None or case.state is not CaseState.WAITING_WORKER:
                continue
            since = case.replied_at or case.claimed_at
            if since is None or not store.add_nudge(tx, case.id, since, number):
                continue
            talk = conversations.get_conversation(tx, case.conversation_id)
            if talk is not None and _may_remind(tx, talk, case):
                _remind(tx, runtime, talk, case, now)
                sent += 1
    return sent


def _may_remind(tx: Tx, talk: Conversation, case: Case) -> bool:
    """What the gate will say, so that only what goes out is written down as sent.

    In danger nothing is sent by itself (HANDOFF.md section 6b).
    """
    here = conversations.get_open_conversation(tx, talk.address.id)
    if here is None or here.worker.id != case.worker_id or talk.address.channel == DESK:
        return False
    reason = unasked.why_not(tx, talk, NEEDS_CONSENT[Kind.NUDGE])
    return reason == unasked.MAY and case.priority is not Priority.DANGER


def _remind(tx: Tx, runtime: Runtime, talk: Conversation, case: Case, now: datetime) -> None:
    language = talk.worker.language or SOURCE_LANGUAGE
    text = runtime.speech.say(case_phrases.NUDGE, language)
    body = messages.dump(Outgoing(text, case_button=True))
    transcript.add_outgoing(tx, talk, Kind.NUDGE, body, language=language, now=now, case_id=case.id)
    doors.audit_step(tx, case.id, "clock", "nudged", now)
