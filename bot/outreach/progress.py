"""How far an announcement is: each state counted, the rate, and the time left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import NotFound
from bot.runtime import Runtime
from bot.worktime import may_write_first, next_hour_to_write
from storage import announcements, recipients
from storage.announcements import Announcement, AnnouncementState
from storage.database import Tx
from storage.recipients import OPEN, WORTH_A_RETRY, RecipientState

MEASURED_OVER = timedelta(seconds=15)


@dataclass(frozen=True)
class Progress:
    """A moment's look; the counts add up to the audience."""

    state: AnnouncementState
    counts: Mapping[RecipientState, int]
    reasons: Mapping[tuple[RecipientState, str], int]
    per_second: float  # measured over the last seconds
    seconds_left: float | None  # None where it cannot be told
    waits_until: datetime | None  # the hours in which we do not write

    @property
    def total(self) -> int:
        """The audience."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Everybody of whom it is settled what became of their copy, or who is unknown."""
        return self.total - sum(self.counts.get(state, 0) for state in OPEN)

    @property
    def worth_a_retry(self) -> int:
        """How many did not get it for a reason that may have passed."""
        return sum(people for (_, why), people in self.reasons.items() if why in WORTH_A_RETRY)


async def progress(runtime: Runtime, announcement_id: int) -> Progress:
    """How far this announcement is now; raises NotFound."""
    now = runtime.clock()
    return await runtime.database.read(lambda tx: _progress(tx, announcement_id, now))


def _progress(tx: Tx, announcement_id: int, now: datetime) -> Progress:
    it = announcements.get(tx, announcement_id)
    if it is None:
        raise NotFound
    counts = recipients.count_by_state(tx, it.id)
    sending = it.state is AnnouncementState.SENDING
    per_second = _rate(tx, it, now) if sending else 0.0
    left = sum(counts.get(state, 0) for state in OPEN)
    return Progress(
        state=it.state,
        counts=counts,
        reasons=recipients.count_by_reason(tx, it.id),
        per_second=per_second,
        seconds_left=left / per_second if per_second else None,
        waits_until=next_hour_to_write(now) if sending and not may_write_first(now) else None,
    )


def _rate(tx: Tx, it: Announcement, now: datetime) -> float:
    begun = max(it.started_at or now, now - MEASURED_OVER)
    seconds = (now - begun).total_seconds()
    settled = recipients.count_settled_since(tx, it.id, begun)
    return settled / seconds if seconds > 0 else 0.0
