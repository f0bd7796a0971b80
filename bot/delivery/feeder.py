"""The feeder: moves an announcement's people into the outbox, a second's worth at a time.

Each second at most four fifths of a channel's rate, so that the outbox stays seconds deep: replies
overtake, a pause is immediate, and nothing of the audience is held in memory. All it knows is in
the database: after a crash it goes on where the rows are.

approved -> its audience is frozen in batches -> its time comes -> sending -> finished
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot import messages
from bot.changes import next_change
from bot.delivery.local import IDLE_AFTER_FAILURE_SECONDS, Channel
from bot.delivery.pausing import ERRORS, pause
from bot.outreach import letters
from bot.runtime import Runtime
from bot.worktime import may_write_first
from storage import announcements, audience, conversations, pace, recipients
from storage import messages as transcript
from storage.announcements import Announcement, AnnouncementState
from storage.audience import WHATSAPP, WINDOW
from storage.database import DatabaseUnavailable, Tx
from storage.pace import Rate
from storage.recipients import OPEN, Recipient
from storage.records import Conversation, Kind

log = structlog.get_logger()

SHARE = 0.8  # of the channel's rate; a fifth is kept for replies (HANDOFF.md section 6f 4)
BURST_SECONDS = 0.5  # of its share that may be fed at once, after a late round
DEPTH_SECONDS = 2.0  # of its share that may wait in the outbox, where the platform holds us up
ROUND_SECONDS = 0.1  # while something is being sent
FEED_BATCH = 50  # copies of a channel in one transaction: a reply must not wait for it
LOOK_EVERY_SECONDS = 1.0
FREEZE_BATCH = 500  # people
RECEIPTS_EVERY = timedelta(seconds=5)  # what platforms tell after they took a copy
RECEIPTS_FOR = timedelta(days=3)  # after it began; then nobody waits for it any more
LATE_AFTER = timedelta(hours=2)  # an older job waits for a person (listmonk issue 1801)
ALARM_FIRST, ALARM_FAILURES = 100, 3  # so many of the first so many failed: stop and ask
ACTIVE = (AnnouncementState.APPROVED, AnnouncementState.SENDING)


class Feeder:
    """Feeds the outbox: `run()` until `stop()`."""

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel]) -> None:
        self._runtime = runtime
        self._channels = channels
        self._stopping = asyncio.Event()
        self._receipts_at = runtime.clock()

    async def run(self) -> None:
        """Feed until stopped."""
        with self._runtime.changes.listen(announcements.TOPIC) as bell:
            while not self._stopping.is_set():
                try:
                    wait_seconds = await self._round()
                except DatabaseUnavailable as error:
                    log.error("feeder.database", reason=str(error))
                    wait_seconds = IDLE_AFTER_FAILURE_SECONDS
                await next_change(bell, wait_seconds)

    def stop(self) -> None:
        """Feed no more; `run()` returns after the round in hand."""
        self._stopping.set()
        self._runtime.changes.announce([announcements.TOPIC])

    async def _round(self) -> float:
        """One step of everything; returns after how many seconds to look again."""
        database, now = self._runtime.database, self._runtime.clock()
        if now >= self._receipts_at:
            self._receipts_at = now + RECEIPTS_EVERY
            since = now - RECEIPTS_FOR
            if await database.read(lambda tx: recipients.any_receipts(tx, since)):
                await database.write(lambda tx: recipients.note_receipts(tx, since))
        if not await database.read(_has_work):
            return LOOK_EVERY_SECONDS
        await database.write(lambda tx: _settle(tx, now))
        busy = await database.write(lambda tx: _prepare(tx, now))
        fed = await database.write(self._feed)
        await database.write(lambda tx: _finish(tx, self._runtime.clock()))
        return 0.0 if busy else ROUND_SECONDS if fed is not None else LOOK_EVERY_SECONDS / 4

    def _feed(self, tx: Tx) -> int | None:
        """Move what fits into the outbox; None where nobody may be written to now."""
        now = self._runtime.clock()
        sending = announcements.list_in(tx, [AnnouncementState.SENDING])
        if not sending or not may_write_first(now):
            return None
        fed = 0
        for channel in self._channels.values():
            free = _room(tx, channel)
            for it in sending:
                if free <= 0:
                    break
                for row in recipients.take_waiting(tx, it.id, channel.name, channel.account, free):
                    if not self._feed_one(tx, channel, it, row, now):
                        free = 0
                        break
                    free -= 1
                    fed += 1
        return fed

    def _feed_one(
        self, tx: Tx, channel: Channel, it: Announcement, row: Recipient, now: datetime
    ) -> bool:
        """Queue one person's copy, or say why not; False where the share is used up."""
        talk = conversations.get_open_conversation(tx, row.address_id)
        reason = _never(it, row, talk, now)
        if reason is not None or talk is None:
            recipients.mark_skipped(tx, row, reason or "gone", now)
            return True
        share = _share(channel)
        if pace.take_slot(tx, f"feed:{channel.name}:{channel.account}", share, now) is not None:
            return False
        copy = letters.copy_for(tx, self._runtime, it, row.language)
        message_id = transcript.add_outgoing(
            tx, talk, Kind.ANNOUNCEMENT, messages.dump(copy), language=row.language, now=now
        )
        recipients.mark_queued(tx, row, message_id, now)
        return True


def _has_work(tx: Tx) -> bool:
    return bool(announcements.list_in(tx, ACTIVE)) or recipients.any_queued(tx)


def _settle(tx: Tx, now: datetime) -> None:
    """Write down what became of copies; stop what goes wrong."""
    if recipients.reap(tx, now):
        for it in announcements.list_in(tx, [AnnouncementState.SENDING]):
            if not it.alarm_seen and _alarming(tx, it):
                pause(tx, it, ERRORS, now)
                log.warning("announcement.alarm", announcement=it.id)
    recipients.withdraw(tx, None, now)  # what the gate held: the hour, a pause


def _alarming(tx: Tx, it: Announcement) -> bool:
    counts = recipients.count_by_state(tx, it.id)
    if counts.get(recipients.RecipientState.FAILED, 0) < ALARM_FAILURES:
        return False
    return recipients.count_first_failures(tx, it.id, ALARM_FIRST) >= ALARM_FAILURES


def _prepare(tx: Tx, now: datetime) -> bool:
    """Freeze a batch of an approved audience, or begin what is due; whether there is more."""
    for it in announcements.list_in(tx, [AnnouncementState.APPROVED]):
        if not it.frozen:
            _freeze(tx, it, now)
            return True
        due = it.send_at or it.approved_at or now
        if now - due > LATE_AFTER and it.send_at is not None:
            allowed = [AnnouncementState.APPROVED]
            announcements.move(tx, it.id, allowed, AnnouncementState.LATE, reason="late")
        elif now >= due:
            allowed = [AnnouncementState.APPROVED]
            announcements.move(tx, it.id, allowed, AnnouncementState.SENDING, started_at=now)
            return True
    return False


def _freeze(tx: Tx, approved: Announcement, now: datetime) -> None:
    it = announcements.get(tx, approved.id, lock=True)
    if it is None or it.frozen or it.state is not AnnouncementState.APPROVED:
        return  # another process has done it
    found = audience.list_candidates(
        tx,
        it.audience,
        announcements.wording_of(tx, it),
        now,
        after_worker=it.frozen_to or 0,
        up_to_worker=it.ceiling or 0,
        limit=FREEZE_BATCH,
    )
    recipients.freeze(tx, it.id, found, now)
    up_to = found[-1].worker_id if found else it.frozen_to or 0
    announcements.note_frozen(tx, it.id, up_to, whole=len(found) < FREEZE_BATCH)


def _finish(tx: Tx, now: datetime) -> None:
    """Nothing is finished while any row is open."""
    for it in announcements.list_in(tx, [AnnouncementState.SENDING]):
        if it.frozen and not any(recipients.count_by_state(tx, it.id).get(s) for s in OPEN):
            allowed = [AnnouncementState.SENDING]
            announcements.move(tx, it.id, allowed, AnnouncementState.FINISHED, ended_at=now)
            log.info("announcement.finished", announcement=it.id)


def _share(channel: Channel) -> Rate | None:
    limit = channel.rates.account
    if limit is None:
        return None
    # the account's own rate and burst add up to what the platform permits in a second
    per_second = SHARE * (limit.per_second + limit.burst)
    return Rate(per_second, max(1, round(per_second * BURST_SECONDS)))


def _room(tx: Tx, channel: Channel) -> int:
    """How many copies this channel's outbox can take now without growing deep."""
    share = _share(channel)
    if share is None:
        return FEED_BATCH
    deep = max(1, round(share.per_second * DEPTH_SECONDS))
    queued = recipients.count_queued(tx, channel.name, channel.account)
    return min(share.burst, FEED_BATCH, deep - queued)


def _never(
    it: Announcement, row: Recipient, talk: Conversation | None, now: datetime
) -> str | None:
    """Why this person gets no copy at all; the gate asks about consent and safety."""
    if talk is None or talk.worker.id != row.worker_id:
        return "someone else uses this address"
    wrote = talk.last_incoming_at
    if row.channel == WHATSAPP and it.template is None and (not wrote or wrote <= now - WINDOW):
        return "window"
    return None
