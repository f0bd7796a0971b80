"""Who holds a case: offered to a colleague, reassigned by the coordinator, released by the clock.

A transfer is an offer for four hours of the clock on the wall. Until the colleague accepts, the
old lawyer stays responsible. In a small office nobody has to approve: it goes over at once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from bot.casework import cases, deadlines, doors, moves
from bot.casework.cases import MAX_NOTE
from bot.casework.deadlines import Deadline
from bot.casework.states import HELD
from bot.errors import BadInput, CaseNotInState, NotFound
from bot.office import notices, roster
from bot.runtime import Runtime
from storage import cases as store
from storage import conflicts, transfers
from storage import roster as roster_store
from storage import staff as people
from storage.database import Tx
from storage.records import (
    Case,
    CaseId,
    CaseState,
    NoticeKind,
    Staff,
    StaffId,
    Transfer,
    TransferState,
)

OFFER_STANDS = timedelta(hours=4)
MAX_REASON = 500  # characters


async def offer(
    runtime: Runtime, lawyer: Staff, case_id: CaseId, to: StaffId, handover: str
) -> None:
    """Ask a colleague to take over one's own case, with a note of what they must know.

    Raises BadInput for an empty note or somebody who cannot have this case: not a lawyer, gone,
    or barred from it. The last two look like the first.
    """
    handover = cases.required_text(handover, "handover", MAX_NOTE)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        at_once = roster.is_small_office(tx, runtime)
        if at_once and not roster_store.lock_staff(tx, to):  # before the case, as `accept` does
            raise BadInput("colleague", "unknown")
        case = doors.own_case(tx, lawyer, case_id)
        if to == lawyer.id or to not in _takers(tx, case):
            raise BadInput("colleague", "unknown")
        if at_once:
            cases.require_room(tx, runtime, to)
        store.add_note(tx, case.id, lawyer.id, handover, now)
        made = transfers.offer(tx, case.id, lawyer.id, to, now, now + OFFER_STANDS)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "offered", now, f"staff={to}")
        if at_once:
            _hand_over(tx, runtime, case, made, now)
        else:
            notices.post(tx, NoticeKind.TRANSFER_OFFERED, case, [to], now, str(made.id))
        store.ring(tx, case.id)

    await runtime.database.write(work)


async def list_offers(runtime: Runtime, lawyer: Staff) -> Sequence[Transfer]:
    """What this lawyer is asked to take over."""
    return await runtime.database.read(lambda tx: transfers.list_offers_to(tx, lawyer.id))


async def list_offered(runtime: Runtime, lawyer: Staff) -> Sequence[Transfer]:
    """What this lawyer asked colleagues to take over, and has no answer to yet."""
    return await runtime.database.read(lambda tx: transfers.list_offers_from(tx, lawyer.id))


async def names(runtime: Runtime) -> Mapping[StaffId, str]:
    """Who has which number."""
    everyone = await runtime.database.read(people.list_staff)
    return {person.id: person.name for person in everyone}


async def list_colleagues(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> Sequence[Staff]:
    """Whom this case could be offered to; who is barred from it is not among them."""

    def work(tx: Tx) -> list[Staff]:
        case = doors.card_for_lawyer(tx, lawyer, case_id)
        fit = set(_takers(tx, case)) - {lawyer.id}
        return [person for person in people.list_staff(tx) if person.id in fit]

    return await runtime.database.read(work)


async def accept(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> None:
    """Take over a case that was offered; raises NotFound, AtCapacity, CaseNotInState.

    The answer to the question of conflict is asked before the content, as with any case.
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if not roster_store.lock_staff(tx, lawyer.id):
            raise NotFound
        case, made = _offered_to(tx, lawyer, case_id)
        cases.require_room(tx, runtime, lawyer.id)
        _hand_over(tx, runtime, case, made, now)
        notices.post(tx, NoticeKind.TRANSFER_ACCEPTED, case, [made.from_id], now, str(made.id))

    await runtime.database.write(work)


async def decline(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> None:
    """Do not take over a case that was offered; it stays where it is."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case, made = _offered_to(tx, lawyer, case_id)
        _end(tx, case, made, TransferState.DECLINED, doors.actor(lawyer), now)

    await runtime.database.write(work)


async def reassign(
    runtime: Runtime, leader: Staff, case_id: CaseId, to: StaffId | None, reason: str
) -> None:
    """Give a case to another lawyer, or back into the queue, with a reason; for coordinators.

    Works in every open state. Both lawyers are told; the reason becomes a private note. Raises
    BadInput, NotAllowed, NotFound, AtCapacity.
    """
    doors.require(leader, roster.LEADERS)
    reason = cases.required_text(reason, "reason", MAX_REASON)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if to is not None and not roster_store.lock_staff(tx, to):
            raise BadInput("colleague", "unknown")
        case = doors.card_for_lawyer(tx, leader, case_id, lock=True)
        if case.state not in (*HELD, CaseState.QUEUED):
            raise CaseNotInState(case.state)
        if to == case.assignee_id:
            raise BadInput("colleague", "same")
        if to is not None and to not in _takers(tx, case):
            raise BadInput("colleague", "unknown")
        store.add_note(tx, case.id, leader.id, reason, now)
        transfers.withdraw(tx, case.id, now)
        detail = f"from={case.assignee_id or '-'} to={to or '-'}"
        doors.audit_step(tx, case.id, doors.actor(leader), "reassigned", now, detail)
        if to is None:
            moves.back_to_queue(tx, runtime, case, now)
        elif case.state is CaseState.QUEUED:
            person = people.get_staff(tx, to)
            assert person is not None
            cases.claim_in(tx, runtime, person, case.id, now, declares=None)
        else:
            cases.require_room(tx, runtime, to)
            _give(tx, runtime, case, to, now)
        occasion = f"{now.timestamp():.0f}"
        if to is not None:
            notices.post(tx, NoticeKind.GIVEN, case, [to], now, occasion)
        if case.assignee_id is not None:
            taken = NoticeKind.REQUEUED if to is None else NoticeKind.REASSIGNED
            notices.post(tx, taken, case, [case.assignee_id], now, occasion)

    await runtime.database.write(work)


def release_for_silence(tx: Tx, runtime: Runtime, case: Case, now: datetime) -> None:
    """Put a case back into the queue whose holder has not answered in time; nobody is blamed."""
    holder = case.assignee_id
    doors.audit_step(tx, case.id, "clock", "released", now)
    moves.back_to_queue(tx, runtime, case, now, rank=deadlines.raised(case.rank))
    told = [*roster.coordinators(tx), *([] if holder is None else [holder])]
    notices.post(tx, NoticeKind.RELEASED, case, told, now, f"{now.timestamp():.0f}")


def take_from_the_gone(tx: Tx, runtime: Runtime, now: datetime, *, limit: int) -> None:
    """Put back into the queue what is held by who has left, or takes no cases any more."""
    for case_id in store.list_held_by_others(tx, HELD, roster.LAWYERS, limit=limit):
        case = store.get_case(tx, case_id, lock=True)
        if case is None or case.state not in HELD or moves.can_hold(tx, case, case.assignee_id):
            continue  # changed while the row was waited for
        doors.audit_step(tx, case.id, "clock", "released", now, "holder gone")
        moves.back_to_queue(tx, runtime, case, now)
        told = roster.coordinators(tx)
        notices.post(tx, NoticeKind.LEFT, case, told, now, f"{now.timestamp():.0f}")


def expire_offers(tx: Tx, now: datetime) -> None:
    """End the offers that nobody answered in time, or can; the cases stay where they are."""
    for made in transfers.list_expired(tx, now, roster.LAWYERS):
        case = store.get_case(tx, made.case_id, lock=True)
        if case is not None:
            with suppress(CaseNotInState):  # answered while the row was waited for
                _end(tx, case, made, TransferState.EXPIRED, "clock", now)


def _offered_to(tx: Tx, lawyer: Staff, case_id: CaseId) -> tuple[Case, Transfer]:
    case = store.get_case(tx, case_id, lock=True)
    made = transfers.get_offer(tx, case_id)
    if case is None or made is None or made.to_id != lawyer.id:
        raise NotFound
    if conflicts.is_barred(tx, case_id, lawyer.id):
        raise NotFound
    if case.assignee_id != made.from_id or case.state not in HELD:
        raise CaseNotInState(case.state)
    return case, made


def _hand_over(tx: Tx, runtime: Runtime, case: Case, made: Transfer, now: datetime) -> None:
    if not transfers.settle(tx, made.id, TransferState.ACCEPTED, now):
        raise CaseNotInState("answered")
    _give(tx, runtime, case, made.to_id, now)
    doors.audit_step(tx, case.id, f"staff:{made.to_id}", "took_over", now)


def _give(tx: Tx, runtime: Runtime, case: Case, to: StaffId, now: datetime) -> None:
    """Change who holds a case; what was not answered yet has its first reply's time anew."""
    values = {}
    if case.state is CaseState.CLAIMED:
        calendar = roster.calendar_of(tx, runtime)
        values = deadlines.started(Deadline.FIRST_REPLY, case.priority, now, calendar)
    store.touch(tx, case.id, assignee_id=to, claimed_at=now, **values)


def _end(tx: Tx, case: Case, made: Transfer, state: TransferState, who: str, now: datetime) -> None:
    if not transfers.settle(tx, made.id, state, now):
        raise CaseNotInState("answered")
    doors.audit_step(tx, case.id, who, f"transfer_{state}", now)
    notices.post(tx, NoticeKind.TRANSFER_DECLINED, case, [made.from_id], now, str(made.id))


def _takers(tx: Tx, case: Case) -> list[StaffId]:
    return [person for person in roster.lawyers(tx) if not conflicts.is_barred(tx, case.id, person)]
