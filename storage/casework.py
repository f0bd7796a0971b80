"""What lawyers keep about a case: the people in it, its papers, steps, next date, drafts.

All words are sealed with the key of the case.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, delete, insert, select, update

from storage import cases, schema
from storage.database import Tx
from storage.records import AttachmentId, CaseId, StaffId

party, paper, step = schema.case_party, schema.case_paper, schema.case_step
next_action, draft = schema.case_next, schema.case_draft


class PaperState(StrEnum):
    """How far a paper of the list is."""

    NEEDED = "needed"
    ASKED = "asked"  # the worker was asked for it
    ARRIVED = "arrived"  # it is here


@dataclass(frozen=True)
class Party:
    """A person in a case."""

    id: int
    role: str
    name: str
    note: str


@dataclass(frozen=True)
class Paper:
    """A line of a case's list of papers."""

    id: int
    case_id: CaseId
    kind: str
    state: PaperState
    attachment_id: AttachmentId | None
    title: str
    tracking: str
    drafted_on: date | None
    signed_on: date | None
    notarised_on: date | None
    posted_on: date | None


@dataclass(frozen=True)
class Step:
    """Something that was done in a case, or a day that was set."""

    id: int
    kind: str
    on_day: date
    addressee: str
    note: str


@dataclass(frozen=True)
class NextAction:
    """What is to be done next, and when."""

    on_day: date
    what: str


def case_seal(tx: Tx, case_id: int, place: str, row_id: int, text: str) -> bytes:
    """A text sealed with the key of this case."""
    table = schema.legal_case
    key_id = tx.execute(select(table.c.key_id).where(table.c.id == case_id)).scalar_one()
    return tx.seal(key_id, place, row_id, text)


def ring(tx: Tx, case_id: int) -> None:
    """The pages of this case have news."""
    tx.ring(f"case:{case_id}")


# -- people ------------------------------------------------------------------------------------


def add_party(
    tx: Tx, case_id: CaseId, author: StaffId, role: str, name: str, note: str, now: datetime
) -> None:
    """Write down a person of a case."""
    row_id = tx.next_id("case_party")
    row = {
        "id": row_id,
        "case_id": case_id,
        "staff_id": author,
        "role": role,
        "name_sealed": case_seal(tx, case_id, "case_party.name", row_id, name),
        "note_sealed": case_seal(tx, case_id, "case_party.note", row_id, note),
        "created_at": now,
    }
    tx.execute(insert(party).values(row))
    ring(tx, case_id)


def list_parties(tx: Tx, case_id: CaseId) -> list[Party]:
    """The people of a case, in the order of their writing down."""
    rows = tx.execute(select(party).where(party.c.case_id == case_id).order_by(party.c.id))
    return [
        Party(
            row.id,
            row.role,
            tx.unseal("case_party.name", row.id, row.name_sealed),
            tx.unseal("case_party.note", row.id, row.note_sealed),
        )
        for row in rows
    ]


def remove_party(tx: Tx, case_id: CaseId, party_id: int) -> bool:
    """Forget a person of a case; False where there is none such."""
    return _remove(tx, party, case_id, party_id)


def remove_parties(tx: Tx, case_id: CaseId) -> None:
    """Forget all people of a case."""
    tx.execute(delete(party).where(party.c.case_id == case_id))
    ring(tx, case_id)


# -- papers ------------------------------------------------------------------------------------


def add_paper(tx: Tx, case_id: CaseId, kind: str, title: str = "") -> int:
    """Put a paper on the list of a case."""
    row_id = tx.next_id("case_paper")
    sealed = case_seal(tx, case_id, "case_paper.title", row_id, title) if title else None
    row = {
        "id": row_id,
        "case_id": case_id,
        "kind": kind,
        "state": PaperState.NEEDED,
        "title_sealed": sealed,
    }
    tx.execute(insert(paper).values(row))
    ring(tx, case_id)
    return row_id


def list_papers(tx: Tx, case_id: CaseId) -> list[Paper]:
    """The list of papers of a case."""
    rows = tx.execute(select(paper).where(paper.c.case_id == case_id).order_by(paper.c.id))
    return [_paper(tx, row) for row in rows]


def get_paper(tx: Tx, case_id: CaseId, paper_id: int) -> Paper | None:
    """One paper of this case, or None."""
    where = (paper.c.case_id == case_id) & (paper.c.id == paper_id)
    row = tx.execute(select(paper).where(where)).one_or_none()
    return row and _paper(tx, row)


def set_paper(tx: Tx, found: Paper, **values: Any) -> None:
    """Change the state, the file or the days of a paper; `tracking` is sealed."""
    if "tracking" in values:
        number = values.pop("tracking")
        place = "case_paper.tracking"
        values["tracking_sealed"] = (
            case_seal(tx, found.case_id, place, found.id, number) if number else None
        )
    tx.execute(update(paper).where(paper.c.id == found.id).values(**values))
    ring(tx, found.case_id)


def remove_paper(tx: Tx, case_id: CaseId, paper_id: int) -> bool:
    """Take a paper off the list; a file that was linked stays in the conversation."""
    return _remove(tx, paper, case_id, paper_id)


# -- steps, and what is next -------------------------------------------------------------------


def add_step(
    tx: Tx,
    case_id: CaseId,
    author: StaffId,
    kind: str,
    on_day: date,
    addressee: str,
    note: str,
    now: datetime,
) -> None:
    """Write down what was done."""
    row_id = tx.next_id("case_step")
    row = {
        "id": row_id,
        "case_id": case_id,
        "staff_id": author,
        "kind": kind,
        "on_day": on_day,
        "addressee_sealed": case_seal(tx, case_id, "case_step.addressee", row_id, addressee),
        "note_sealed": case_seal(tx, case_id, "case_step.note", row_id, note),
        "created_at": now,
    }
    tx.execute(insert(step).values(row))
    ring(tx, case_id)


def list_steps(tx: Tx, case_id: CaseId) -> list[Step]:
    """The steps of a case, by their days."""
    rows = tx.execute(select(step).where(step.c.case_id == case_id).order_by(step.c.on_day))
    return [
        Step(
            row.id,
            row.kind,
            row.on_day,
            tx.unseal("case_step.addressee", row.id, row.addressee_sealed),
            tx.unseal("case_step.note", row.id, row.note_sealed),
        )
        for row in rows
    ]


def remove_step(tx: Tx, case_id: CaseId, step_id: int) -> bool:
    """Take back a step that was written down by mistake."""
    return _remove(tx, step, case_id, step_id)


def set_next(
    tx: Tx, case_id: CaseId, author: StaffId, on_day: date, what: str, now: datetime
) -> None:
    """Say what is next in a case, in place of what was."""
    tx.execute(delete(next_action).where(next_action.c.case_id == case_id))
    row = {
        "case_id": case_id,
        "staff_id": author,
        "what_sealed": case_seal(tx, case_id, "case_next.what", case_id, what),
        "set_at": now,
    }
    tx.execute(insert(next_action).values(row))
    cases.touch(tx, case_id, next_action_on=on_day)


def get_next(tx: Tx, case_id: CaseId) -> NextAction | None:
    """What is next in a case, or None."""
    case = cases.get_case(tx, case_id)
    if case is None or case.next_action_on is None:
        return None
    row = tx.execute(select(next_action).where(next_action.c.case_id == case_id)).one_or_none()
    what = "" if row is None else tx.unseal("case_next.what", row.case_id, row.what_sealed)
    return NextAction(case.next_action_on, what)


def clear_next(tx: Tx, case_id: CaseId) -> None:
    """Nothing is to be done next."""
    tx.execute(delete(next_action).where(next_action.c.case_id == case_id))
    cases.touch(tx, case_id, next_action_on=None)


# -- drafts ------------------------------------------------------------------------------------


def save_draft(
    tx: Tx, case_id: CaseId, author: StaffId, field: str, text: str, now: datetime
) -> None:
    """Keep a half-written text of this lawyer, in place of the one before; "" forgets it."""
    mine = (draft.c.case_id == case_id) & (draft.c.staff_id == author) & (draft.c.field == field)
    tx.execute(delete(draft).where(mine))
    if not text:
        return
    row_id = tx.next_id("case_draft")
    row = {
        "id": row_id,
        "case_id": case_id,
        "staff_id": author,
        "field": field,
        "text_sealed": case_seal(tx, case_id, "case_draft.text", row_id, text),
        "saved_at": now,
    }
    tx.execute(insert(draft).values(row))


def list_drafts(tx: Tx, case_id: CaseId, author: StaffId) -> dict[str, str]:
    """This lawyer's half-written texts in a case, by field."""
    mine = (draft.c.case_id == case_id) & (draft.c.staff_id == author)
    rows = tx.execute(select(draft).where(mine))
    return {row.field: tx.unseal("case_draft.text", row.id, row.text_sealed) for row in rows}


def drop_drafts(tx: Tx, case_id: CaseId) -> None:
    """Forget all half-written texts in a case."""
    tx.execute(delete(draft).where(draft.c.case_id == case_id))


def _remove(tx: Tx, table: Table, case_id: CaseId, row_id: int) -> bool:
    where = (table.c.case_id == case_id) & (table.c.id == row_id)
    gone = tx.execute(delete(table).where(where).returning(table.c.id)).scalar()
    ring(tx, case_id)
    return gone is not None


def _paper(tx: Tx, row: Any) -> Paper:
    def opened(name: str, sealed: bytes | None) -> str:
        return "" if sealed is None else tx.unseal(f"case_paper.{name}", row.id, sealed)

    return Paper(
        id=row.id,
        case_id=row.case_id,
        kind=row.kind,
        state=PaperState(row.state),
        attachment_id=row.attachment_id,
        title=opened("title", row.title_sealed),
        tracking=opened("tracking", row.tracking_sealed),
        drafted_on=row.drafted_on,
        signed_on=row.signed_on,
        notarised_on=row.notarised_on,
        posted_on=row.posted_on,
    )
