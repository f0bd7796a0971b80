"""How a call to a platform ended, written into the outbox: one table for all channels.

A platform may also tell later that a message did not arrive (a receipt): the same table holds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot import messages, phrases
from bot.casework import worker_side
from bot.delivery.pausing import PLATFORM, pause
from bot.errors import (
    Declined,
    DeliveryError,
    NeedsNumber,
    NoAnswer,
    OptedOut,
    Rejected,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.messages import Outgoing
from bot.office import notices, roster
from bot.runtime import Runtime
from flows.compute import local_day
from storage import announcements, conversations, outbox, pace, recipients
from storage.announcements import AnnouncementState
from storage.database import Tx
from storage.messages import add_outgoing
from storage.records import Kind, NoticeKind, OutboxRow, OutboxState

log = structlog.get_logger()

RETRY_SECONDS = (1, 4, 15, 60, 300, 900, 3600)  # then hourly
GIVE_UP_AFTER = timedelta(days=3)
ANNOUNCEMENTS = "announcements"  # the consent that an opt-out at the platform takes back
UNASKED = (Kind.ANNOUNCEMENT, Kind.REMINDER, Kind.NUDGE, Kind.KNOCK)  # late they are worth nothing
CALLING = (OutboxState.SENDING,)


def write_end(
    tx: Tx,
    runtime: Runtime,
    row: OutboxRow,
    error: DeliveryError,
    *,
    states: Sequence[OutboxState] = CALLING,
) -> None:
    """Write down why a message did not go out, and what follows from that.

    `states` are those in which the row may still be: a receipt speaks of what was sent already.
    """
    now = runtime.clock()

    def settle(state: OutboxState, reason: str) -> bool:
        return outbox.settle(tx, row, state, now, reason=reason[:64], states=states)

    if error.alert:
        _alert(tx, row, error.alert, now)
    match error:
        case TryLater(announcements=True) if row.kind is Kind.ANNOUNCEMENT:
            settle(OutboxState.FAILED, error.reason)
            _hold_announcements(tx, row, error, now)
        case TryLater():
            _retry(tx, row, error, now, states)
        case NoAnswer():
            outbox.doubt(tx, row, now)
        case Unreachable():
            settle(OutboxState.FAILED, "unreachable")
            worker_side.note_reachable(tx, row.worker_id, False, now)
        case WindowClosed() if row.kind in UNASKED:
            settle(OutboxState.SKIPPED, "window")
        case WindowClosed():
            if settle(OutboxState.HELD, "window") and row.kind in (Kind.REPLY, Kind.NOTICE):
                _knock(tx, runtime, row, now)
        case NeedsNumber(reason) if row.kind in UNASKED or messages.parse(row.body).asks_number:
            settle(OutboxState.FAILED, reason)
        case NeedsNumber(reason):
            asked = outbox.is_held(tx, row.address.id, reason)
            if settle(OutboxState.HELD, reason) and not asked:
                _ask_number(tx, runtime, row, now)
        case OptedOut(reason):
            settle(OutboxState.SKIPPED, reason)
            record_opt_out(tx, row, now)
        case Declined(reason):
            settle(OutboxState.SKIPPED, reason)
            if error.announcements_after is not None:
                until = now + error.announcements_after
                pace.push_back(tx, outbox.announcements_to(row.address.id), until)
        case Rejected(reason):
            log.error("outbox.rejected", row=row.id, channel=row.address.channel)
            settle(OutboxState.FAILED, reason)
            if error.stops_announcement:
                _pause_its_announcement(tx, row, now)
        case _:
            settle(OutboxState.FAILED, "fault")


def record_opt_out(tx: Tx, row: OutboxRow, now: datetime) -> None:
    """Write the person's no to announcements into the ledger, as the platform reports it."""
    conversations.record_consent(
        tx,
        row.worker_id,
        ANNOUNCEMENTS,
        given=False,
        wording=f"{row.address.channel}: stopped at the platform",
        language=row.language,
        now=now,
    )


def _retry(
    tx: Tx, row: OutboxRow, error: TryLater, now: datetime, states: Sequence[OutboxState]
) -> None:
    if now - row.created_at > GIVE_UP_AFTER:
        reason = error.reason[:64]
        outbox.settle(tx, row, OutboxState.FAILED, now, reason=reason, states=states)
        return
    backoff = RETRY_SECONDS[min(row.attempt, len(RETRY_SECONDS)) - 1]
    wait = backoff if error.after_seconds is None else error.after_seconds
    run_at = now + timedelta(seconds=wait)
    outbox.retry_later(tx, row, run_at, error.reason[:64], states=states)
    channel, account = row.address.channel, row.address.account
    if error.whole_account:
        pace.push_back(tx, f"account:{channel}:{account}", run_at)
    if error.announcements:
        _hold_announcements(tx, row, error, now)


def _hold_announcements(tx: Tx, row: OutboxRow, error: TryLater, now: datetime) -> None:
    """None goes out for a while, and those under way go on when a person says so."""
    until = now + timedelta(seconds=error.after_seconds or 0.0)
    channel, account = row.address.channel, row.address.account
    pace.push_back(tx, outbox.announcements_of(channel, account), until)
    for it in announcements.list_in(tx, [AnnouncementState.SENDING]):
        pause(tx, it, PLATFORM, now)


def _pause_its_announcement(tx: Tx, row: OutboxRow, now: datetime) -> None:
    found = recipients.find_announcement(tx, row.message_id)
    it = announcements.get(tx, found, lock=True) if found is not None else None
    if it is not None:
        pause(tx, it, PLATFORM, now)


def _alert(tx: Tx, row: OutboxRow, what: str, now: datetime) -> None:
    """Tell who looks after the office, once a day for each trouble."""
    occasion = f"{row.address.channel}:{what}:{local_day(now)}"
    notices.post(tx, NoticeKind.TROUBLE, None, roster.caretakers(tx), now, occasion)


def _ask_number(tx: Tx, runtime: Runtime, row: OutboxRow, now: datetime) -> None:
    """Ask for the phone number without which the platform does not bring this message."""
    talk = conversations.get_conversation(tx, row.conversation_id)
    assert talk is not None
    words = runtime.speech.say(phrases.ASK_NUMBER, row.language)
    body = messages.dump(Outgoing(words, asks_number=True))
    add_outgoing(tx, talk, Kind.ANSWER, body, language=row.language, now=now)


def _knock(tx: Tx, runtime: Runtime, row: OutboxRow, now: datetime) -> None:
    """Tell once, without content, that there is news: what is held follows when they answer."""
    talk = conversations.get_conversation(tx, row.conversation_id)
    assert talk is not None
    if outbox.has_kind_since(tx, row.address.id, Kind.KNOCK, talk.last_incoming_at):
        return
    words = runtime.speech.say(phrases.KNOCK, row.language)
    body = messages.dump(Outgoing(text=words, harmless=True))
    add_outgoing(tx, talk, Kind.KNOCK, body, language=row.language, now=now)
