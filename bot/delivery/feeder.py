"""The feeder: moves an announcement's people into the outbox, half a second's worth at a time.

The dispatcher takes from there what the pace of announcements permits, four fifths of a channel's
rate (storage/pace.py). So the outbox stays shallow: replies overtake, a pause is immediate, and
nothing of the audience is held in memory. All it knows is in the database: after a crash it goes
on where the rows are.

approved -> its audience is frozen in batches -> its time comes -> sending -> finished
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bot import messages
from bot.delivery.local import Channel
from bot.delivery.pausing import ERRORS, pause
from bot.loop import Loop
from bot.outreach import letters
from bot.runtime import Runtime
from bot.worktime import may_write_first
from storage import announcements, audience, conversations, recipients
from storage import messages as transcript
from storage.announcements import Announcement, AnnouncementState
from storage.audience import WHATSAPP, WINDOW
from storage.database import Tx
from storage.recipients import Recipient
from storage.records import Conversation, Kind

log = structlog.get_logger()

DEPTH_SECONDS = 0.5  # of its share that waits in the outbox
ROUND_SECONDS = 0.1  # while something is being sent
# Copies of a channel in one transaction, and the most that wait: a reply must not wait for the
# one, and the other must fit into what the dispatcher looks at in a round, beside other channels'.
FEED_BATCH = 20
LOOK_EVERY_SECONDS = 1.0
FREEZE_BATCH = 500  # people
RECEIPTS_EVERY = timedelta(seconds=5)  # what platforms tell after they took a copy
RECEIPTS_FOR = timedelta(days=3)  # after it began; then nobody waits for it any more
LATE_AFTER = timedelta(hours=2)  # an older job waits for a person (listmonk issue 1801)
ALARM_FIRST, ALARM_FAILURES = 100, 3  # so many of the first so many failed: stop and ask
ALARM_UNTIL = 1000  # calls, more than one round can settle beyond the first hundred
ACTIVE = (AnnouncementState.APPROVED, AnnouncementState.SENDING)


class Feeder(Loop):
    """Feeds the outbox: `run()` until `stop()`."""

    name, topics = "feeder", (announcements.TOPIC,)

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel]) -> None:
        super().__init__(runtime)
        self._channels = channels
        self._receipts_at = runtime.clock()

    async def _round(self) -> float:
        """One step of everything; returns after how many seconds to look again."""
        database, now = self._runtime.database, self._runtime.clock()
        if now >= self._receipts_at:
            self._receipts_at = now + RECEIPTS_EVERY
            since = now - RECEIPTS_FOR
            if await database.read(lambda tx: recipients.any_receipts(tx, since)):
                await database.write(lambda tx: recipients.note_receipts(tx, since))
        if not await database.read(lambda tx: _has_work(tx, now)):
            return LOOK_EVERY_SECONDS
        return await database.write(self._step)

    def _step(self, tx: Tx) -> float:
        """What there is to do now; returns after how many seconds there may be more."""
        now = self._runtime.clock()
        _settle(tx, now)
        if _prepare(tx, now):
            return 0.0
        sending = announcements.list_in(tx, [AnnouncementState.SENDING])
        awake = bool(sending) and may_write_first(now)
        if awake:
            self._feed(tx, sending, now)
        _finish(tx, sending, now)
        return ROUND_SECONDS if awake else LOOK_EVERY_SECONDS / 4

    def _feed(self, tx: Tx, sending: Sequence[Announcement], now: datetime) -> None:
        """Move what fits into the outbox. Where room is left, the rest is on no channel of ours."""
        room_left = True
        for channel in self._channels.values():
            free = _room(tx, channel)
            for it in sending:
                if free <= 0:
                    break
                for row in recipients.take_waiting(tx, it.id, channel.name, channel.account, free):
                    self._feed_one(tx, it, row, now)
                    free -= 1
            room_left &= free > 0
        if room_left:
            ours = [(channel.name, channel.account) for channel in self._channels.values()]
            for it in sending:
                recipients.skip_elsewhere(tx, it.id, ours, now)

    def _feed_one(self, tx: Tx, it: Announcement, row: Recipient, now: datetime) -> None:
        """Queue one person's copy, or say why not."""
        talk = conversations.get_open_conversation(tx, row.address_id)
        reason = _never(it, row, talk, now)
        if reason is not None or talk is None:
            recipients.mark_skipped(tx, row, reason or "gone", now)
            return
        copy = letters.copy_for(tx, self._runtime, it, row.language)
        message_id = transcript.add_outgoing(
            tx, talk, Kind.ANNOUNCEMENT, messages.dump(copy), language=row.language, now=now
        )
        recipients.mark_queued(tx, row, message_id, now)


def _has_work(tx: Tx, now: datetime) -> bool:
    """Whether a step would change anything; what waits for its hour costs no writing."""
    return recipients.any_queued(tx) or any(
        _is_due(it, now) or (it.state is AnnouncementState.SENDING and _is_over(tx, it))
        for it in announcements.list_in(tx, ACTIVE)
    )


def _is_due(it: Announcement, now: datetime) -> bool:
    if it.state is AnnouncementState.SENDING:
        return may_write_first(now)
    return not it.frozen or it.send_at is None or it.send_at <= now


def _is_over(tx: Tx, it: Announcement) -> bool:
    return it.frozen and not recipients.any_open(tx, it.id)


def _settle(tx: Tx, now: datetime) -> None:
    """Write down what became of copies; stop what goes wrong."""
    if recipients.reap(tx, now):
        for it in announcements.list_in(tx, [AnnouncementState.SENDING]):
            if not it.alarm_seen and _alarming(tx, it):
                pause(tx, it, ERRORS, now)
                log.warning("announcement.alarm", announcement=it.id)
    if recipients.withdraw(tx, None, now):  # what the gate held: the hour, a pause, the end
        recipients.skip_cancelled(tx, now)


def _alarming(tx: Tx, it: Announcement) -> bool:
    if recipients.count_called(tx, it.id, limit=ALARM_UNTIL) >= ALARM_UNTIL:
        return False  # the first hundred are over
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


def _finish(tx: Tx, sending: Sequence[Announcement], now: datetime) -> None:
    """Nothing is finished while any row is open."""
    for it in sending:
        if _is_over(tx, it):
            allowed = [AnnouncementState.SENDING]
            announcements.move(tx, it.id, allowed, AnnouncementState.FINISHED, ended_at=now)
            log.info("announcement.finished", announcement=it.id)


def _room(tx: Tx, channel: Channel) -> int:
    """How many copies this channel's outbox can take now without growing deep."""
    share = channel.rates.announcements
    deep = FEED_BATCH if share is None else max(1, round(share.per_second * DEPTH_SECONDS))
    return min(FEED_BATCH, deep) - recipients.count_queued(tx, channel.name, channel.account)


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
