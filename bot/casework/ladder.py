"""The ladder of danger: who is called when nobody takes the case (HANDOFF.md section 6d).

At once the lawyer on duty (all lawyers where the roster names nobody), after 10 minutes all
lawyers, after 20 the coordinators, after 30 somebody calls the director by phone. In a small
office everybody is called at once and once more: there is nobody above them.
"""

from datetime import datetime, timedelta
from typing import Any

from bot.office import notices, roster
from bot.runtime import Runtime
from storage import conflicts
from storage import roster as people
from storage.database import Tx
from storage.records import Case, NoticeKind, Priority, Role, StaffId

RUNG = timedelta(minutes=10)
TOP = 3
EVERYBODY = frozenset({Role.LAWYER, Role.COORDINATOR, Role.ADMIN})
ABOVE = frozenset({Role.COORDINATOR, Role.ADMIN})


def climb(tx: Tx, runtime: Runtime, case: Case, rung: int, now: datetime) -> dict[str, Any]:
    """Call those on this rung; returns the columns of the case for the next one."""
    small = roster.is_small_office(tx, runtime)
    kind = NoticeKind.CALL_DIRECTOR if rung == TOP and not small else NoticeKind.ESCALATED
    occasion = f"{case.queued_at.timestamp():.0f}:{rung}"
    barred = set(conflicts.list_barred(tx, case.id))
    called = [person for person in _called(tx, rung, small, now) if person not in barred]
    # whom this rung would call may not know of the case: then everybody who may
    notices.post(tx, kind, case, called or people.list_active(tx, EVERYBODY), now, occasion)
    last = 1 if small else TOP
    return {"rung": rung, "rung_at": None if rung >= last else now + RUNG}


def starts(case: Case) -> bool:
    """Whether this case has a ladder."""
    return case.priority is Priority.DANGER


def _called(tx: Tx, rung: int, small: bool, now: datetime) -> list[StaffId]:
    if small:
        return people.list_active(tx, EVERYBODY)
    on_duty = roster.on_duty(tx, now)
    match rung:
        case 0:
            return roster.lawyers(tx) if on_duty is None else [on_duty]
        case 1:
            return roster.lawyers(tx)
        case 2:
            return roster.coordinators(tx)
    return people.list_active(tx, ABOVE) or roster.lawyers(tx)
