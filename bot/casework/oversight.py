"""What keeps the office honest: the check of the audit log, and cases that are the same one."""

from dataclasses import dataclass

from bot import phrases
from bot.casework import doors, holding, moves
from bot.casework.states import CLOSED, DUPLICATE, OPEN
from bot.errors import BadInput, CaseNotInState, NotFound
from bot.office import roster
from bot.runtime import Runtime
from storage import audit, casework, conflicts, conversations, interpreters
from storage import cases as store
from storage.database import Tx
from storage.records import CaseId, Speaker, Staff


@dataclass(frozen=True)
class AuditReport:
    """What a check of the audit log found."""

    chains: int
    entries: int
    broken: tuple[tuple[str, int], ...]  # chain and number of its first entry that is not right
    fingerprint: str  # of all chains as they are now; kept elsewhere, it shows what was cut off


async def verify_audit(runtime: Runtime) -> AuditReport:
    """Check every chain of the audit log, from its first entry."""

    def work(tx: Tx) -> AuditReport:
        chains = audit.list_chains(tx)
        breaks = [(chain, audit.find_break(tx, chain)) for chain in chains]
        broken = tuple((chain, seq) for chain, seq in breaks if seq is not None)
        heads = audit.fingerprint(tx)
        return AuditReport(len(chains), audit.count(tx), broken, heads)

    return await runtime.database.read(work)


async def merge(runtime: Runtime, leader: Staff, case_id: CaseId, into: str, reason: str) -> None:
    """Close a case as the same as another one; for coordinators.

    The other goes on. Nothing is moved: the closed one keeps its chat and stays readable for the
    lawyer of the other, to whom it comes back if that worker writes again. Raises BadInput where
    the other is not open, NotFound where the coordinator may not know of one of them.
    """
    doors.require(leader, roster.LEADERS)
    reason = reason.strip()
    if not reason:
        raise BadInput("reason", "empty")
    if len(reason) > holding.MAX_REASON:
        raise BadInput("reason", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        found = store.find_by_code(tx, into.strip().upper())
        if found is None or found == case_id:
            raise BadInput("into", "unknown")
        for each in sorted((case_id, found)):  # always in this order: no two wait for each other
            store.get_case(tx, each, lock=True)
        gone = doors.card_for_lawyer(tx, leader, case_id)
        try:
            kept = doors.card_for_lawyer(tx, leader, found)
        except NotFound:  # what one is barred from looks absent
            raise BadInput("into", "unknown") from None
        if kept.state not in OPEN:
            raise BadInput("into", "closed")
        if gone.state not in OPEN:
            raise CaseNotInState(gone.state)
        values = {"closed_at": now, "outcome": DUPLICATE, "merged_into_id": kept.id}
        to = kept.assignee_id
        if to is not None and conflicts.is_barred(tx, gone.id, to):
            to = None  # they may not know of this one; it comes back into the queue
        moved = moves.move(tx, gone, CLOSED, **values, assignee_id=to, **moves.no_clocks())
        casework.clear_next(tx, gone.id)
        casework.drop_drafts(tx, gone.id)
        interpreters.end(tx, gone.id, None, now)
        conversations.set_speaker(tx, moved.conversation_id, Speaker.BOT)
        for case, detail in ((gone, f"into={kept.id}"), (kept, f"from={gone.id}")):
            store.add_note(tx, case.id, leader.id, reason, now)
            doors.audit_step(tx, case.id, doors.actor(leader), "merged", now, detail)
        if gone.conversation_id != kept.conversation_id:
            moves.notify(tx, runtime, gone, phrases.CASE_CLOSED, now)

    await runtime.database.write(work)
