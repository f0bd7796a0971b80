"""The keeper: what time does to workshops. All it knows is in the database.

Each round, for every workshop that is under way: offers end, the next of the queue are promoted,
changes are told, reminders go out the day before and two hours before, and after it one question.
Nobody is written to between 20 and 9 o'clock, and nothing is sent twice: what was told stands in
the row, written in the transaction that queues the message.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.loop import Loop
from bot.messages import Outgoing
from bot.runtime import Runtime
from bot.workshops import letters, phrases, places
from bot.worktime import may_write_first
from storage import workshops as store
from storage.database import Tx
from storage.workshops import Place, SignUp, Workshop, WorkshopState

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 30.0
DAY_BEFORE, HOURS_BEFORE = timedelta(hours=24), timedelta(hours=2)
# A reminder that the night delayed still makes sense; the one for the day before does not in the
# last hours, when the other is near.
LAST_DAY_REMINDER = timedelta(hours=4)
ASK_FEEDBACK_WITHIN = timedelta(days=2)
KEEP_PARTNERS = timedelta(days=365)  # after their last workshop (storage/README.md)


class Keeper(Loop):
    """Keeps the workshops: `run()` until `stop()`."""

    name, topics = "keeper", ("workshops",)

    async def _round(self) -> float:
        await keep(self._runtime)
        return LOOK_EVERY_SECONDS


async def keep(runtime: Runtime) -> None:
    """One round: each workshop in a transaction of its own."""
    since = runtime.clock() - ASK_FEEDBACK_WITHIN
    for it in await runtime.database.read(lambda tx: store.list_busy(tx, since)):
        await runtime.database.write(partial(keep_one, runtime=runtime, workshop_id=it.id))
    old = runtime.clock() - KEEP_PARTNERS
    if await runtime.database.read(lambda tx: store.any_old_partner(tx, old)):
        await runtime.database.write(lambda tx: store.forget_partners(tx, old))


def keep_one(tx: Tx, runtime: Runtime, workshop_id: int) -> None:
    """What is due in one workshop now."""
    now = runtime.clock()
    it = store.get(tx, workshop_id, lock=True)
    if it is None:
        return
    if it.state is WorkshopState.OPEN:
        for row in store.lapse(tx, it, now):
            if may_write_first(now):
                language = places.language_of(tx, row)
                places.tell(tx, row, letters.plain(runtime, phrases.LAPSED, language), now)
        places.promote(tx, runtime, it, now)
    if not may_write_first(now):
        return
    for row in store.list_sign_ups(tx, it.id):
        if row.state in store.ACTIVE:
            _tell_what_is_due(tx, runtime, it, row, now)


def _tell_what_is_due(tx: Tx, runtime: Runtime, it: Workshop, row: SignUp, now: datetime) -> None:
    language = places.language_of(tx, row)
    letter: Outgoing | None = None
    told: dict[str, object] = {}
    expires_at: datetime | None = None  # delayed by a night it would only confuse
    if row.told_sequence < it.sequence and now < it.ends_at:
        told, expires_at = {"told_sequence": it.sequence}, it.ends_at
        off = it.state is WorkshopState.CANCELLED
        make = letters.called_off if off else letters.changed
        letter = make(runtime, tx, it, language)
    elif it.state is WorkshopState.CANCELLED:
        return
    elif row.state is Place.GOING and now < it.starts_at:
        left = it.starts_at - now
        if left <= HOURS_BEFORE and not row.reminded_hours:
            told = {"reminded_day": True, "reminded_hours": True}
        elif LAST_DAY_REMINDER < left <= DAY_BEFORE and not row.reminded_day:
            told = {"reminded_day": True}
        if told:
            letter, expires_at = letters.reminder(runtime, tx, it, row, language), it.starts_at
    elif row.attended_at is not None and now >= it.ends_at and not row.asked_feedback:
        told = {"asked_feedback": True}
        letter = letters.feedback(runtime, tx, it, language)
    if letter is not None:
        store.note(tx, row, **told)
        places.tell(tx, row, letter, now, expires_at)
