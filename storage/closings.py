"""Referrals, and how cases end: outcome, services, money, and facts for the reports."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update

from storage import schema
from storage.casework import case_seal, ring
from storage.database import Tx
from storage.records import CaseId, StaffId

referral, service = schema.case_referral, schema.case_service
closing, facts = schema.case_closing, schema.case_facts


class ReferralState(StrEnum):
    """How far a referral is; bot/casework/referrals.py has the table of moves."""

    ASKED = "asked"  # the worker was asked
    AGREED = "agreed"  # the worker said yes
    REFUSED = "refused"  # the worker said no
    SENT = "sent"  # it was passed on
    ACCEPTED = "accepted"  # they took it
    REJECTED = "rejected"  # they did not
    DONE = "done"  # they have finished


@dataclass(frozen=True)
class Referral:
    """A case on its way to another organisation."""

    id: int
    case_id: CaseId
    recipient: str
    state: ReferralState
    note: str


@dataclass(frozen=True)
class Closing:
    """What came of a case, besides its outcome."""

    recovered: int | None  # in the hundredth part of the currency
    currency: str
    services: Mapping[str, int]


def add_referral(
    tx: Tx, case_id: CaseId, author: StaffId, recipient: str, note: str, now: datetime
) -> int:
    """Begin a referral; the worker is being asked."""
    row_id = tx.next_id("case_referral")
    row = {
        "id": row_id,
        "case_id": case_id,
        "staff_id": author,
        "recipient": recipient,
        "state": ReferralState.ASKED,
        "note_sealed": case_seal(tx, case_id, "case_referral.note", row_id, note),
        "created_at": now,
        "changed_at": now,
    }
    tx.execute(insert(referral).values(row))
    ring(tx, case_id)
    return row_id


def list_referrals(tx: Tx, case_id: CaseId) -> list[Referral]:
    """The referrals of a case, oldest first."""
    query = select(referral).where(referral.c.case_id == case_id).order_by(referral.c.id)
    return [_referral(tx, row) for row in tx.execute(query)]


def get_referral(tx: Tx, case_id: CaseId, referral_id: int) -> Referral | None:
    """One referral of this case, or None."""
    where = (referral.c.case_id == case_id) & (referral.c.id == referral_id)
    row = tx.execute(select(referral).where(where)).one_or_none()
    return row and _referral(tx, row)


def move_referral(
    tx: Tx, found: Referral, new: ReferralState, now: datetime, note: str | None = None
) -> bool:
    """Take a referral from where it was found to another state; False where it had moved."""
    values: dict[str, Any] = {"state": new, "changed_at": now}
    if note is not None:
        values["note_sealed"] = case_seal(tx, found.case_id, "case_referral.note", found.id, note)
    where = (referral.c.id == found.id) & (referral.c.state == found.state)
    moved = tx.execute(
        update(referral).where(where).values(**values).returning(referral.c.id)
    ).scalar()
    ring(tx, found.case_id)
    return moved is not None


def save_closing(
    tx: Tx,
    case_id: CaseId,
    author: StaffId,
    ended: Closing,
    now: datetime,
) -> None:
    """Keep how a case ended, in place of an earlier ending."""
    tx.execute(delete(closing).where(closing.c.case_id == case_id))
    tx.execute(delete(service).where(service.c.case_id == case_id))
    row = {
        "case_id": case_id,
        "staff_id": author,
        "recovered": ended.recovered,
        "currency": ended.currency,
        "closed_at": now,
    }
    tx.execute(insert(closing).values(row))
    for name, count in ended.services.items():
        row_id = tx.next_id("case_service")
        tx.execute(insert(service).values(id=row_id, case_id=case_id, service=name, count=count))
    ring(tx, case_id)


def get_closing(tx: Tx, case_id: CaseId) -> Closing | None:
    """How the case ended (last), or None."""
    row = tx.execute(select(closing).where(closing.c.case_id == case_id)).one_or_none()
    if row is None:
        return None
    given = tx.execute(select(service).where(service.c.case_id == case_id).order_by(service.c.id))
    services = {s.service: int(s._mapping["count"]) for s in given}
    return Closing(row.recovered, row.currency, services)


def save_facts(tx: Tx, case_id: CaseId, told: Mapping[str, Any], now: datetime) -> None:
    """Keep what the reports need of a case, in place of what was."""
    drop_facts(tx, case_id)
    sealed = case_seal(tx, case_id, "case_facts.facts", case_id, json.dumps(dict(told)))
    tx.execute(insert(facts).values(case_id=case_id, facts_sealed=sealed, saved_at=now))


def get_facts(tx: Tx, case_id: CaseId) -> dict[str, Any]:
    """What is kept for the reports; empty for nothing."""
    row = tx.execute(select(facts).where(facts.c.case_id == case_id)).one_or_none()
    if row is None:
        return {}
    return dict(json.loads(tx.unseal("case_facts.facts", row.case_id, row.facts_sealed)))


def drop_facts(tx: Tx, case_id: CaseId) -> None:
    """Forget what was kept for the reports."""
    tx.execute(delete(facts).where(facts.c.case_id == case_id))
    ring(tx, case_id)


def _referral(tx: Tx, row: Any) -> Referral:
    return Referral(
        row.id,
        CaseId(row.case_id),
        row.recipient,
        ReferralState(row.state),
        tx.unseal("case_referral.note", row.id, row.note_sealed),
    )
