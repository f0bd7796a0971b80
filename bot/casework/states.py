"""The states of a case and what may follow what: the one table for bot, desk and tests.

    queued -> claimed -> active <-> waiting_worker | waiting_third -> closed(outcome)

Claimed is not answered yet; that a case is in somebody's hands is HELD. The side exits
(withdrawn, referred, unreachable, duplicate, declined) are outcomes of `closed`. A closed case
that is opened again is active with the same lawyer, or queued where that person is gone.
Collecting comes before a case: the trees do it. Erased is closed as withdrawn, without content.
"""

from collections.abc import Mapping
from types import MappingProxyType

from storage.records import CaseState

QUEUED, CLAIMED, ACTIVE = CaseState.QUEUED, CaseState.CLAIMED, CaseState.ACTIVE
WAITING_WORKER, WAITING_THIRD = CaseState.WAITING_WORKER, CaseState.WAITING_THIRD
CLOSED = CaseState.CLOSED

MOVES: Mapping[CaseState, frozenset[CaseState]] = MappingProxyType(
    {
        QUEUED: frozenset({CLAIMED, CLOSED}),  # closed: withdrawn by the worker, or a duplicate
        CLAIMED: frozenset({ACTIVE, WAITING_WORKER, WAITING_THIRD, QUEUED, CLOSED}),
        ACTIVE: frozenset({WAITING_WORKER, WAITING_THIRD, QUEUED, CLOSED}),
        WAITING_WORKER: frozenset({ACTIVE, WAITING_THIRD, QUEUED, CLOSED}),
        WAITING_THIRD: frozenset({ACTIVE, WAITING_WORKER, QUEUED, CLOSED}),
        CLOSED: frozenset({QUEUED, ACTIVE}),
    }
)
HELD = frozenset({CLAIMED, ACTIVE, WAITING_WORKER, WAITING_THIRD})
OPEN = HELD | {QUEUED}
COUNTED = HELD - {WAITING_THIRD}  # in the cap of a lawyer

OUTCOMES = (
    "advice", "brief_service", "negotiated", "authority_decision", "court", "referred",
    "withdrawn", "unreachable", "declined",
)  # HANDOFF.md section 6a, 17; a lawyer chooses one  # fmt: skip
DUPLICATE = "duplicate"  # the outcome of a case that was merged into another; never chosen
