"""What was done in a case and what is next: no open case without a next date."""

from datetime import date

from bot.casework import cases, doors
from bot.errors import BadInput
from bot.runtime import Runtime
from storage import casework as store
from storage.database import Tx
from storage.records import Staff

KINDS = (
    "letter", "call", "application_court", "application_executor", "application_authority",
    "complaint", "hearing", "mediation", "other",
)  # fmt: skip
MAX_WORDS = 1000  # characters


async def add(
    runtime: Runtime,
    lawyer: Staff,
    case_id: int,
    kind: str,
    on_day: date | None,
    addressee: str,
    note: str,
) -> None:
    """Write down a step of one's own case, done or set for a day to come."""
    addressee, note = addressee.strip(), note.strip()
    if kind not in KINDS:
        raise BadInput("step", "unknown")
    if on_day is None:
        raise BadInput("step_day", "unreadable")
    if max(len(addressee), len(note)) > MAX_WORDS:
        raise BadInput("step_note", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.add_step(tx, case.id, lawyer.id, kind, on_day, addressee, note, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "step", now, kind)

    await runtime.database.write(work)


async def remove(runtime: Runtime, lawyer: Staff, case_id: int, step_id: int) -> None:
    """Take back a step that was written down by mistake."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if store.remove_step(tx, case.id, step_id):
            doors.audit_step(tx, case.id, doors.actor(lawyer), "step_removed", now)

    await runtime.database.write(work)


async def plan(
    runtime: Runtime, lawyer: Staff, case_id: int, on_day: date | None, what: str
) -> None:
    """Say what is next in one's own case, and when."""
    what = what.strip()
    if on_day is None:
        raise BadInput("next_day", "unreadable")
    if len(what) > MAX_WORDS:
        raise BadInput("next_what", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.set_next(tx, case.id, lawyer.id, on_day, what, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "planned", now, on_day.isoformat())

    await runtime.database.write(work)


async def keep_draft(runtime: Runtime, lawyer: Staff, case_id: int, field: str, text: str) -> None:
    """Keep a half-written reply or note of one's own, sealed, until it is sent."""
    if field not in ("text", "note"):
        raise BadInput("field", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.save_draft(tx, case.id, lawyer.id, field, text[: cases.MAX_NOTE], now)

    await runtime.database.write(work)
