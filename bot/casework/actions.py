"""Joint actions: several workers' cases against one employer, each with the worker's own yes.

The steps are shared, the chats stay apart: a lawyer reads only the cases that they hold. A case
belongs to an action when its worker has said yes, in the chat or to the lawyer; that goes into the
ledger of consents. Who is barred from one of the cases sees nothing of the action.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bot.casework import case_phrases, cases, doors, questions
from bot.casework.questions import Asking, Form
from bot.errors import CaseNotInState, NotFound
from bot.office import roster
from bot.runtime import Runtime
from flows.compute import local_day
from storage import actions as store
from storage import audit, caselists, conflicts
from storage.caselists import Wanted
from storage.database import Tx
from storage.records import Action, ActionId, ActionStep, Case, CaseCard, CaseId, Membership, Staff

MAX_NAME = 120  # characters
MAX_STEP = 2_000


@dataclass(frozen=True)
class ActionPage:
    """An action as its reader sees it."""

    action: Action
    cards: Sequence[CaseCard]
    membership: Mapping[CaseId, Membership]
    steps: Sequence[ActionStep]


async def list_all(runtime: Runtime, reader: Staff) -> Sequence[Action]:
    """The actions that this person may know of, the newest first."""
    doors.require(reader, doors.MAY_READ_CASES)

    def work(tx: Tx) -> list[Action]:
        return [a for a in store.list_actions(tx) if _may_know(tx, reader, a.id)]

    return await runtime.database.read(work)


async def begin(runtime: Runtime, lawyer: Staff, name: str, case_id: CaseId) -> Action:
    """Open an action with one's own case as the first that is asked; raises BadInput."""
    name = cases.required_text(name, "name", MAX_NAME)
    now = runtime.clock()

    def work(tx: Tx) -> Action:
        case = doors.own_case(tx, lawyer, case_id)
        action = store.open_action(tx, name, lawyer.id, now)
        store.set_membership(tx, action.id, case.id, Membership.ASKED, now)
        _audit(tx, runtime, lawyer, case, action.id, "action_opened")
        return action

    return await runtime.database.write(work)


async def read(runtime: Runtime, reader: Staff, action_id: ActionId) -> ActionPage:
    """One action; raises NotFound where the reader may not know of it."""
    doors.require(reader, doors.MAY_READ_CASES)

    def work(tx: Tx) -> ActionPage:
        action = _for_reader(tx, reader, action_id)
        membership = store.list_members(tx, action.id)
        wanted = Wanted(ids=list(membership))
        cards = caselists.list_cards(tx, reader.id, wanted, limit=len(membership) or 1)
        return ActionPage(action, cards, membership, store.list_steps(tx, action.id))

    return await runtime.database.read(work)


async def add_case(runtime: Runtime, lawyer: Staff, action_id: ActionId, case_id: CaseId) -> None:
    """Put one's own case up for an action: its worker is to be asked."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        action = _open(_for_reader(tx, lawyer, action_id))
        case = doors.own_case(tx, lawyer, case_id)
        if case.id not in store.list_members(tx, action.id):
            store.set_membership(tx, action.id, case.id, Membership.ASKED, now)
            _audit(tx, runtime, lawyer, case, action.id, "action_asked")

    await runtime.database.write(work)


async def ask_worker(runtime: Runtime, lawyer: Staff, action_id: ActionId, case_id: CaseId) -> None:
    """Ask the worker of one's own case in the chat; the answer goes into the ledger of consents."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        action = _open(_for_reader(tx, lawyer, action_id))
        case = doors.own_case(tx, lawyer, case_id)
        before = store.list_members(tx, action.id).get(case.id)
        if before is None or before is Membership.JOINED:
            raise NotFound
        store.set_membership(tx, action.id, case.id, Membership.ASKED, now)
        asking = Asking(Form.CONSENT, questions.JOINT, case_phrases.JOINT, action.id)
        questions.put(tx, runtime, lawyer, case, asking, now)

    await runtime.database.write(work)


async def record_answer(
    runtime: Runtime, lawyer: Staff, action_id: ActionId, case_id: CaseId, *, joins: bool
) -> None:
    """Write down what the worker of one's own case said aloud; a no after a yes is leaving."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        action = _for_reader(tx, lawyer, action_id)
        case = doors.own_case(tx, lawyer, case_id)
        if case.id not in store.list_members(tx, action.id):
            raise NotFound
        if joins:
            _open(action)
        wording = f"told {doors.actor(lawyer)} aloud"
        after = questions.join(tx, case, action.id, given=joins, wording=wording, now=now)
        _audit(tx, runtime, lawyer, case, action.id, f"action_{after}")

    await runtime.database.write(work)


async def add_step(
    runtime: Runtime, lawyer: Staff, action_id: ActionId, text: str, on: date | None = None
) -> None:
    """Note a step taken for all; by a lawyer of one of the joined cases, or a coordinator."""
    text = cases.required_text(text, "step", MAX_STEP)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        action = _open(_for_reader(tx, lawyer, action_id))
        if lawyer.role not in roster.LEADERS and not _takes_part(tx, lawyer, action.id):
            raise NotFound
        store.add_step(tx, action.id, lawyer.id, text, on or local_day(now), now)
        _audit_office(tx, lawyer, action.id, "step", now)

    await runtime.database.write(work)


async def set_strategic(
    runtime: Runtime, leader: Staff, action_id: ActionId, *, strategic: bool
) -> None:
    """Mark an action as strategic, or not; for coordinators."""
    await _change(runtime, leader, action_id, f"strategic={strategic}", strategic=strategic)


async def close(runtime: Runtime, leader: Staff, action_id: ActionId) -> None:
    """End an action: no step or case is added any more, each case goes on; for coordinators."""
    await _change(runtime, leader, action_id, "closed", closed_at=runtime.clock())


async def reopen(runtime: Runtime, leader: Staff, action_id: ActionId) -> None:
    """Let a closed action go on; for coordinators."""
    await _change(runtime, leader, action_id, "reopened", closed_at=None)


async def _change(
    runtime: Runtime, leader: Staff, action_id: ActionId, said: str, **values: Any
) -> None:
    doors.require(leader, roster.LEADERS)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        action = _for_reader(tx, leader, action_id)
        store.touch(tx, action.id, **values)
        _audit_office(tx, leader, action.id, said, now)

    await runtime.database.write(work)


def _open(action: Action) -> Action:
    if action.closed_at is not None:
        raise CaseNotInState("action closed")
    return action


def _for_reader(tx: Tx, reader: Staff, action_id: int) -> Action:
    action = store.get_action(tx, action_id) if reader.role in doors.MAY_READ_CASES else None
    if action is None or not _may_know(tx, reader, action.id):
        raise NotFound
    return action


def _may_know(tx: Tx, reader: Staff, action_id: ActionId) -> bool:
    members = store.list_members(tx, action_id)
    return not any(conflicts.is_barred(tx, case_id, reader.id) for case_id in members)


def _takes_part(tx: Tx, lawyer: Staff, action_id: ActionId) -> bool:
    wanted = Wanted(ids=list(store.list_members(tx, action_id)), assignee=lawyer.id)
    return caselists.count(tx, lawyer.id, wanted) > 0


def _audit(
    tx: Tx, runtime: Runtime, lawyer: Staff, case: Case, action_id: ActionId, step: str
) -> None:
    now = runtime.clock()
    doors.audit_step(tx, case.id, doors.actor(lawyer), step, now, f"action={action_id}")


def _audit_office(tx: Tx, who: Staff, action_id: ActionId, said: str, now: datetime) -> None:
    detail = f"action={action_id} {said}"
    audit.append(tx, audit.OFFICE, actor=doors.actor(who), action="action", now=now, detail=detail)
