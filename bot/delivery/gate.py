"""The one gate that every outgoing message passes, at the moment of sending."""

from datetime import datetime

from bot.worktime import may_write_first, next_hour_to_write
from storage import conversations, pace, recipients, unasked
from storage.announcements import AnnouncementState
from storage.database import Tx
from storage.outbox import SEND, Verdict, announcements_to
from storage.outreach import ANNOUNCEMENTS, NUDGES, REMINDERS
from storage.records import Conversation, Kind, OutboxRow, OutboxState

ANSWERS = (Kind.ANSWER, Kind.DANGER)  # to what the worker wrote a moment ago
WRITE_FIRST = "write_first"
# What a worker must have said yes to before we write of our own accord; the latest word counts.
# Who lets the lawyer write first may be told that the lawyer waits, until they say "stop".
NEEDS_CONSENT = {
    Kind.REMINDER: (REMINDERS,),
    Kind.NUDGE: (WRITE_FIRST, NUDGES),
    Kind.ANNOUNCEMENT: (ANNOUNCEMENTS,),
}
DESK = "desk"  # the screen of the staff, for people without a chat: answers only


def may_write_now(tx: Tx, row: OutboxRow, talk: Conversation, now: datetime) -> Verdict:
    """Whether this message may go to this worker now.

    By default the bot never writes first: answers pass, reminders, nudges and announcements need
    a yes, a lawyer's words wait where the worker asked us not to write first or has hidden the
    chat. Runs in the transaction that marks the row as being sent, so an opt-out that is stored
    is obeyed by every message after it.
    """
    current = conversations.get_open_conversation(tx, row.address.id)
    moved_on = current is None or current.worker.id != row.worker_id
    if row.kind is Kind.ANNOUNCEMENT:
        return _announcement(tx, row, talk, now, moved_on=moved_on)
    if moved_on:
        return Verdict(OutboxState.HELD, "someone else uses this address")
    if talk.address.channel == DESK and row.kind not in ANSWERS:
        return Verdict(OutboxState.HELD, "no chat")  # until the person's own chat joins
    if row.kind in ANSWERS:
        hidden_up_to = talk.hidden_after_seq or 0
        if row.seq is not None and row.seq <= hidden_up_to:  # hidden since it was first tried
            return Verdict(OutboxState.SKIPPED, "hidden")
        return SEND
    if row.expires_at is not None and now >= row.expires_at:
        return Verdict(OutboxState.SKIPPED, "too late")
    if row.kind in NEEDS_CONSENT:
        verdict = _unasked(tx, row, talk)
        if verdict == SEND and not may_write_first(now):
            return Verdict(OutboxState.QUEUED, "quiet hours", next_hour_to_write(now))
        return verdict
    if row.kind is Kind.KNOCK and talk.last_incoming_at and talk.last_incoming_at > row.created_at:
        return Verdict(OutboxState.SKIPPED, "written since")
    if talk.hidden_after_seq is not None:
        return Verdict(OutboxState.HELD, "hidden")
    if not conversations.has_consent(tx, talk.worker.id, WRITE_FIRST) and _would_be_first(
        row, talk
    ):
        return Verdict(OutboxState.HELD, "the worker writes first")
    return SEND


def _unasked(tx: Tx, row: OutboxRow, talk: Conversation) -> Verdict:
    """What nobody asked for goes only to who said yes, and endangers no one."""
    reason = unasked.why_not(tx, talk, NEEDS_CONSENT[row.kind])
    return SEND if reason == unasked.MAY else Verdict(OutboxState.SKIPPED, reason)


def _announcement(
    tx: Tx, row: OutboxRow, talk: Conversation, now: datetime, *, moved_on: bool
) -> Verdict:
    """One of many copies. What is held here goes back to the feeder, which comes again later."""
    if moved_on:
        return Verdict(OutboxState.SKIPPED, "someone else uses this address")
    verdict = _unasked(tx, row, talk)
    if verdict != SEND:
        return verdict
    after = pace.opens_at(tx, announcements_to(row.address.id))
    if after is not None and now < after:  # the platform has asked us not to before
        return Verdict(OutboxState.SKIPPED, "marketing limit")
    state = recipients.state_of_announcement(tx, row.message_id)
    if state not in (AnnouncementState.SENDING, None):
        return Verdict(OutboxState.HELD, "paused")
    if not may_write_first(now):
        return Verdict(OutboxState.HELD, "quiet hours")
    return SEND


def _would_be_first(row: OutboxRow, talk: Conversation) -> bool:
    """Whether the worker has not written since this message was made."""
    return talk.last_incoming_at is None or talk.last_incoming_at < row.created_at
