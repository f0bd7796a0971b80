"""Passing a case to another organisation: with the worker's yes to this very one, then followed up.

asked -> agreed | refused        the worker decides, in the chat
agreed -> sent -> accepted | rejected;  accepted -> done
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.casework import case_phrases, doors, moves, questions
from bot.casework.questions import Asking, Form
from bot.errors import BadInput, Conflict, NotFound
from bot.runtime import Runtime
from storage import closings as store
from storage import conversations
from storage.closings import ReferralState
from storage.database import Tx
from storage.records import Staff

MAX_NOTE = 4000  # characters
MOVES: Mapping[ReferralState, frozenset[ReferralState]] = MappingProxyType(
    {  # a lawyer's steps; the first one is the worker's (bot/casework/questions.py)
        ReferralState.ASKED: frozenset(),
        ReferralState.AGREED: frozenset({ReferralState.SENT}),
        ReferralState.REFUSED: frozenset(),
        ReferralState.SENT: frozenset({ReferralState.ACCEPTED, ReferralState.REJECTED}),
        ReferralState.ACCEPTED: frozenset({ReferralState.DONE}),
        ReferralState.REJECTED: frozenset(),
        ReferralState.DONE: frozenset(),
    }
)


async def ask(runtime: Runtime, lawyer: Staff, case_id: int, recipient: str, note: str) -> None:
    """Ask the worker of one's own case whether it may be passed to this recipient.

    The worker reads who that is and under which authority it stands. `note` is the lawyer's: what
    is to be passed on.
    """
    known = runtime.directory.recipients.get(recipient)
    if known is None:
        raise BadInput("recipient", "unknown")
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise BadInput("referral_note", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        referral = store.add_referral(tx, case.id, lawyer.id, known.id, note, now)
        fields = {"name": known.name, "who": known.who, "authority": known.authority}
        purpose = f"{questions.REFER}{known.id}"
        asking = Asking(Form.CONSENT, purpose, case_phrases.REFER, referral, fields)
        questions.put(tx, runtime, lawyer, case, asking, now)

    await runtime.database.write(work)


async def advance(
    runtime: Runtime, lawyer: Staff, case_id: int, referral_id: int, to: str, note: str = ""
) -> None:
    """Note a step of a referral; nothing is passed on before the worker's yes.

    Raises Conflict where the referral is not where this step starts from, or where the worker
    has taken the yes back.
    """
    if to not in set(ReferralState):
        raise BadInput("referral", "unknown")
    note = note.strip()
    if len(note) > MAX_NOTE:
        raise BadInput("referral_note", "too long")
    new, now = ReferralState(to), runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        found = store.get_referral(tx, case.id, referral_id)
        if found is None:
            raise NotFound
        purpose = f"{questions.REFER}{found.recipient}"
        agreed = conversations.has_consent(tx, case.worker_id, purpose)
        if new not in MOVES[found.state] or (new is ReferralState.SENT and not agreed):
            raise Conflict
        words = "\n".join(filter(None, (found.note, note)))
        if not store.move_referral(tx, found, new, now, words):
            raise Conflict
        said = f"{found.recipient} {new}"
        doors.audit_step(tx, case.id, doors.actor(lawyer), "referral", now, said)
        known = runtime.directory.recipients.get(found.recipient)
        if new is ReferralState.SENT and known is not None:
            moves.notify(tx, runtime, case, case_phrases.REFERRED, now, name=known.name)

    await runtime.database.write(work)
