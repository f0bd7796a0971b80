"""Announcements: what is said in which language, to whom, and where each stands.

A change that depends on the state says so in its WHERE; bot/outreach/announcements.py has the
table of moves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NewType

from sqlalchemy import delete, insert, select, update

from storage import schema
from storage.audience import Audience, Wording
from storage.database import Tx
from storage.records import StaffId

announcement, text = schema.announcement, schema.announcement_text

AnnouncementId = NewType("AnnouncementId", int)
TOPIC = "announcements"  # rung at each change of any


class AnnouncementState(StrEnum):
    """Where an announcement stands."""

    DRAFT = "draft"  # being written; nobody gets it
    PROPOSED = "proposed"  # waits for a second person
    APPROVED = "approved"  # its audience is being frozen, or it waits for its time
    LATE = "late"  # its time is long past: a person decides
    SENDING = "sending"  # on its way, in the hours in which we write
    PAUSED = "paused"  # nothing goes out until a person says so
    FINISHED = "finished"  # every row is settled, or unknown
    CANCELLED = "cancelled"  # what had not gone out never will


@dataclass(frozen=True)
class Announcement:
    """An announcement without its texts."""

    id: AnnouncementId
    name: str
    state: AnnouncementState
    reason: str | None
    audience: Audience
    fallback: str | None
    template: str | None
    subject: str | None
    test_code: str
    version: int
    made_by: StaffId
    proposed_by: StaffId | None
    approved_by: StaffId | None
    made_at: datetime
    approved_at: datetime | None
    send_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    ceiling: int | None
    frozen_to: int | None
    frozen: bool
    alarm_seen: bool


def add(
    tx: Tx,
    name: str,
    staff_id: StaffId,
    test_code: str,
    now: datetime,
    *,
    subject: str | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> AnnouncementId:
    """A new draft for everybody who said yes to announcements.

    `subject` is what it is about, like "workshop_7": its message has that thing's buttons.
    """
    row_id = tx.next_id("announcement")
    row = {
        "id": row_id,
        "name": name,
        "state": AnnouncementState.DRAFT,
        "audience": Audience().dump(),
        "test_code": test_code,
        "made_by": staff_id,
        "made_at": now,
        "subject": subject,
    }
    tx.execute(insert(announcement).values(row))
    _add_texts(tx, row_id, texts)
    _ring(tx, row_id)
    return AnnouncementId(row_id)


def get(tx: Tx, announcement_id: int, *, lock: bool = False) -> Announcement | None:
    """One announcement, or None; with lock, others who want to change it wait."""
    query = select(announcement).where(announcement.c.id == announcement_id)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return row and _announcement(row)


def find_by_test_code(tx: Tx, code: str) -> Announcement | None:
    """The announcement that this code shows to whoever writes it."""
    row = tx.execute(select(announcement).where(announcement.c.test_code == code)).one_or_none()
    return row and _announcement(row)


def list_newest(tx: Tx, limit: int = 100) -> list[Announcement]:
    """The newest announcements, the newest first."""
    query = select(announcement).order_by(announcement.c.id.desc()).limit(limit)
    return [_announcement(row) for row in tx.execute(query)]


def list_in(tx: Tx, states: Iterable[AnnouncementState]) -> list[Announcement]:
    """All in these states, the oldest first."""
    query = select(announcement).where(announcement.c.state.in_(list(states)))
    return [_announcement(row) for row in tx.execute(query.order_by(announcement.c.id))]


def get_texts(tx: Tx, announcement_id: int) -> dict[str, str]:
    """What it says: language -> text."""
    rows = tx.execute(select(text).where(text.c.announcement_id == announcement_id))
    return {row.language: row.text for row in rows}


def get_text(tx: Tx, announcement_id: int, language: str) -> str:
    """What it says in this language; "" where it says nothing."""
    wanted = (text.c.announcement_id == announcement_id) & (text.c.language == language)
    return tx.execute(select(text.c.text).where(wanted)).scalar() or ""


def wording_of(tx: Tx, it: Announcement) -> Wording:
    """The languages it can be read in, as the audience is counted by them."""
    return Wording(frozenset(get_texts(tx, it.id)), it.fallback, it.template)


def save_draft(
    tx: Tx,
    announcement_id: int,
    version: int,
    *,
    name: str,
    audience: Audience,
    fallback: str | None,
    template: str | None,
    texts: Mapping[str, str],
) -> bool:
    """Replace what a draft says; False where it is no draft any more or a colleague saved it."""
    saved = tx.execute(
        update(announcement)
        .where(
            (announcement.c.id == announcement_id)
            & (announcement.c.version == version)
            & (announcement.c.state == AnnouncementState.DRAFT)
        )
        .values(
            name=name,
            audience=audience.dump(),
            fallback=fallback,
            template=template,
            version=version + 1,
        )
    )
    if saved.rowcount != 1:
        return False
    tx.execute(delete(text).where(text.c.announcement_id == announcement_id))
    _add_texts(tx, announcement_id, texts)
    _ring(tx, announcement_id)
    return True


def _add_texts(tx: Tx, announcement_id: int, texts: Mapping[str, str]) -> None:
    rows = [
        {"announcement_id": announcement_id, "language": language, "text": words}
        for language, words in texts.items()
    ]
    if rows:
        tx.execute(insert(text), rows)


def move(
    tx: Tx,
    announcement_id: int,
    allowed: Iterable[AnnouncementState],
    to: AnnouncementState,
    **values: Any,
) -> bool:
    """Go from one of the allowed states to another; False where it is in none of them."""
    moved = tx.execute(
        update(announcement)
        .where(announcement.c.id == announcement_id)
        .where(announcement.c.state.in_(list(allowed)))
        .values(state=to, **{"reason": None, **values})
    )
    _ring(tx, announcement_id)
    return moved.rowcount == 1


def note_frozen(tx: Tx, announcement_id: int, up_to_worker: int, *, whole: bool) -> None:
    """Remember how far the audience is written down."""
    tx.execute(
        update(announcement)
        .where(announcement.c.id == announcement_id)
        .values(frozen_to=up_to_worker, frozen=whole)
    )
    _ring(tx, announcement_id)


def _ring(tx: Tx, announcement_id: int) -> None:
    tx.ring(TOPIC)
    tx.ring(f"announcement:{announcement_id}")


def _announcement(row: Any) -> Announcement:
    fields = dict(row._mapping)
    fields["state"] = AnnouncementState(row.state)
    fields["audience"] = Audience.parse(row.audience)
    return Announcement(**fields)
