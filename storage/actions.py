"""Joint actions: several workers' cases against one employer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update

from storage import schema
from storage.database import Tx
from storage.records import Action, ActionId, ActionStep, CaseId, Membership, StaffId

table, member, step = schema.action, schema.action_case, schema.action_step
staff = schema.staff


def open_action(tx: Tx, name: str, creator: StaffId, now: datetime) -> Action:
    """A new action, with its own data key."""
    action_id, key_id = tx.next_id("action"), tx.new_data_key(now)
    row = {
        "id": action_id,
        "key_id": key_id,
        "name_sealed": tx.seal(key_id, "action.name", action_id, name),
        "created_by_id": creator,
        "created_at": now,
    }
    tx.execute(insert(table).values(row))
    made = get_action(tx, action_id)
    assert made is not None
    return made


def get_action(tx: Tx, action_id: int) -> Action | None:
    """One action, or None."""
    row = tx.execute(select(table).where(table.c.id == action_id)).one_or_none()
    return row and _action(tx, row)


def list_actions(tx: Tx) -> list[Action]:
    """All actions, the newest first."""
    return [_action(tx, row) for row in tx.execute(select(table).order_by(table.c.id.desc()))]


def touch(tx: Tx, action_id: ActionId, **values: Any) -> None:
    """Set columns of an action: whether it is strategic, and when it was closed."""
    tx.execute(update(table).where(table.c.id == action_id).values(**values))


def set_membership(
    tx: Tx, action_id: ActionId, case_id: CaseId, state: Membership, now: datetime
) -> None:
    """Say how a case stands to an action."""
    row = {"action_id": action_id, "case_id": case_id, "state": state, "at": now}
    tx.execute(
        tx.insert(member)
        .values(row)
        .on_conflict_do_update(
            index_elements=["action_id", "case_id"], set_={"state": state, "at": now}
        )
    )
    tx.ring(f"case:{case_id}")


def list_members(tx: Tx, action_id: ActionId) -> dict[CaseId, Membership]:
    """The cases of an action, in the order of their numbers."""
    query = select(member).where(member.c.action_id == action_id).order_by(member.c.case_id)
    return {CaseId(row.case_id): Membership(row.state) for row in tx.execute(query)}


def list_of_case(tx: Tx, case_id: CaseId) -> dict[ActionId, Membership]:
    """The actions that a case has to do with."""
    query = select(member).where(member.c.case_id == case_id).order_by(member.c.action_id)
    return {ActionId(row.action_id): Membership(row.state) for row in tx.execute(query)}


def add_step(
    tx: Tx, action_id: ActionId, author: StaffId, text: str, on: date, now: datetime
) -> None:
    """Note something that was done for all cases of an action."""
    step_id = tx.next_id("action_step")
    key_id = tx.execute(select(table.c.key_id).where(table.c.id == action_id)).scalar_one()
    row = {
        "id": step_id,
        "action_id": action_id,
        "staff_id": author,
        "text_sealed": tx.seal(key_id, "action_step.text", step_id, text),
        "taken_on": on,
        "created_at": now,
    }
    tx.execute(insert(step).values(row))


def list_steps(tx: Tx, action_id: ActionId) -> list[ActionStep]:
    """What was done for all cases of an action, oldest first."""
    query = (
        select(step, staff.c.name_sealed)
        .join(staff, staff.c.id == step.c.staff_id)
        .where(step.c.action_id == action_id)
        .order_by(step.c.taken_on, step.c.id)
    )
    return [
        ActionStep(
            id=row.id,
            staff_name=tx.unseal("staff.name", row.staff_id, row.name_sealed),
            text=tx.unseal("action_step.text", row.id, row.text_sealed),
            taken_on=row.taken_on,
        )
        for row in tx.execute(query)
    ]


def _action(tx: Tx, row: Any) -> Action:
    return Action(
        id=ActionId(row.id),
        name=tx.unseal("action.name", row.id, row.name_sealed),
        strategic=row.strategic,
        created_at=row.created_at,
        closed_at=row.closed_at,
    )
