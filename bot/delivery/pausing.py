"""Pausing announcements: by a person, for many failures, or because a platform stops us."""

from datetime import datetime

from storage import announcements, recipients
from storage.announcements import Announcement, AnnouncementState
from storage.database import Tx

ERRORS, PLATFORM = "errors", "platform"  # why one pauses by itself


def pause(tx: Tx, it: Announcement, reason: str | None, now: datetime) -> bool:
    """Let nothing more go out; what waits in the outbox is taken back in this transaction."""
    moved = announcements.move(
        tx,
        it.id,
        [AnnouncementState.SENDING],
        AnnouncementState.PAUSED,
        reason=reason,
        alarm_seen=it.alarm_seen or reason == ERRORS,
    )
    if moved:
        recipients.withdraw(tx, it.id, now)
    return moved
