"""The people of a case: written down only after the worker's yes to that."""

from bot.casework import conflicts, doors
from bot.errors import BadInput, CaseNotInState
from bot.runtime import Runtime
from storage import casework as store
from storage import conversations
from storage.database import Tx
from storage.records import Staff

CONSENT = "keep_parties"
ROLES = ("worker", "employer", "foreman", "third_person", "child")
OTHER_SIDE = frozenset({"employer", "foreman"})  # whose names start the question of conflict
MAX_NAME, MAX_NOTE = 200, 1000  # characters


async def add(
    runtime: Runtime, lawyer: Staff, case_id: int, role: str, name: str, note: str
) -> None:
    """Write down a person of one's own case, in any script.

    An employer or a foreman is noted as the other side, too: everybody else is asked about a
    conflict of interest again, and who is barred from a case against the same name is barred.
    Raises BadInput, and CaseNotInState where the worker has not said yes to that.
    """
    name, note = name.strip(), note.strip()
    if role not in ROLES:
        raise BadInput("role", "unknown")
    if not name or len(name) > MAX_NAME:
        raise BadInput("name", "too long" if name else "empty")
    if len(note) > MAX_NOTE:
        raise BadInput("about", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if not conversations.has_consent(tx, case.worker_id, CONSENT):
            raise CaseNotInState("no consent")
        store.add_party(tx, case.id, lawyer.id, role, name, note, now)
        if role in OTHER_SIDE:
            conflicts.add_opponent(tx, runtime, case, name, lawyer.id, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "party_added", now, role)

    await runtime.database.write(work)


async def remove(runtime: Runtime, lawyer: Staff, case_id: int, party_id: int) -> None:
    """Forget a person of one's own case."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if store.remove_party(tx, case.id, party_id):
            doors.audit_step(tx, case.id, doors.actor(lawyer), "party_removed", now)

    await runtime.database.write(work)
