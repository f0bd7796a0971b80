"""Whether somebody may be written to unasked: one answer, for one person and a whole audience."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select

from storage import schema
from storage.database import Tx
from storage.records import Conversation

talk, worker, consent = schema.conversation, schema.worker, schema.consent

MAY = ""
UNREACHABLE = "unreachable"  # the one reason for which somebody may call instead
Reasons = list[tuple[ColumnElement[bool], str]]


def reasons(chat: Any, purposes: Sequence[str]) -> Reasons:
    """What forbids it, the weightiest first, in a query of `worker` and of this chat's columns.

    The person's latest word on any of the purposes counts; silence is no.
    """
    said = (
        select(consent.c.given)
        .where((consent.c.worker_id == worker.c.id) & consent.c.purpose.in_(purposes))
        .order_by(consent.c.id.desc())
        .limit(1)
        .correlate(worker)
        .scalar_subquery()
    )
    return [
        (worker.c.unsafe, "unsafe"),
        (said.is_(None), "not asked"),
        (said.is_(False), "opted out"),
        (chat.c.hidden_after_seq.is_not(None), "hidden"),  # who looks at the screen is not known
        (worker.c.reachable.is_(False), UNREACHABLE),
    ]


def why_not(tx: Tx, at: Conversation, purposes: Sequence[str]) -> str:
    """Why this person may not be written to unasked in this chat now; MAY where nothing forbids."""
    here = select(case(*reasons(talk, purposes), else_=MAY)).select_from(
        talk.join(worker, worker.c.id == talk.c.worker_id)
    )
    return str(tx.execute(here.where(talk.c.id == at.id)).scalar_one())
