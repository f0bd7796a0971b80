"""The ledger of an announcement: one row a person, and what became of it.

waiting -> queued (its message is in the outbox) -> sent | failed | skipped | unknown; later
delivered or read where the platform tells. The feeder (bot/delivery/feeder.py) moves rows; a row
and its message change in one transaction, so a crash can neither double nor lose one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from storage import schema
from storage.announcements import AnnouncementId, AnnouncementState
from storage.audience import Candidate
from storage.database import Tx
from storage.records import AddressId, Lane, MessageId, OutboxState, WorkerId

recipient, outbox, message = schema.recipient, schema.outbox, schema.message
announcement, address = schema.announcement, schema.address


class RecipientState(StrEnum):
    """What became of one person's copy."""

    WAITING = "waiting"  # its turn has not come
    QUEUED = "queued"  # in the outbox, or on its way
    SENT = "sent"  # the platform has it
    DELIVERED = "delivered"  # the phone has it, as far as the platform tells
    READ = "read"  # likewise
    FAILED = "failed"  # the platform said no
    SKIPPED = "skipped"  # we did not send it, for the reason that stands there
    UNKNOWN = "unknown"  # it may have arrived: a person decides


OPEN = (RecipientState.WAITING, RecipientState.QUEUED)
CALLED = (
    RecipientState.SENT,
    RecipientState.DELIVERED,
    RecipientState.READ,
    RecipientState.FAILED,
    RecipientState.UNKNOWN,
)
SETTLED_AS = {
    OutboxState.SENT: RecipientState.SENT,
    OutboxState.FAILED: RecipientState.FAILED,
    OutboxState.SKIPPED: RecipientState.SKIPPED,
    OutboxState.UNKNOWN: RecipientState.UNKNOWN,
}
CHANNEL_OFF = "channel is off"
# why a copy certainly did not arrive and may on another day
WORTH_A_RETRY = frozenset(
    {CHANNEL_OFF, "flood", "no connection", "token refused", "Telegram is ill", "fault"}
    | {"window", "503", "131048 restricted", "131064 restricted"}
    | {"132015 template", "132016 template"}
)


@dataclass(frozen=True)
class Recipient:
    """One row of the ledger: numbers only."""

    announcement_id: AnnouncementId
    worker_id: WorkerId
    address_id: AddressId
    channel: str
    language: str
    state: RecipientState
    reason: str | None
    tries: int
    changed_at: datetime


def freeze(tx: Tx, announcement_id: int, candidates: Sequence[Candidate], now: datetime) -> None:
    """Write these people down as recipients."""
    rows = [
        {
            "announcement_id": announcement_id,
            "worker_id": person.worker_id,
            "address_id": person.address_id,
            "language": person.language,
            "state": RecipientState.WAITING,
            "changed_at": now,
        }
        for person in candidates
    ]
    if rows:
        tx.execute(insert(recipient), rows)


def take_waiting(
    tx: Tx, announcement_id: int, channel: str, account: str, limit: int
) -> list[Recipient]:
    """The next people on this channel, locked: another process takes others."""
    query = (
        _query((recipient.c.announcement_id == announcement_id) & _is(RecipientState.WAITING))
        .where((address.c.channel == channel) & (address.c.account == account))
        .order_by(recipient.c.worker_id)
        .limit(limit)
        .with_for_update(of=recipient, skip_locked=True)
    )
    return [_recipient(row) for row in tx.execute(query)]


def mark_queued(tx: Tx, row: Recipient, message_id: MessageId, now: datetime) -> None:
    """This person's copy is in the outbox."""
    _set(
        tx,
        _row(row),
        now,
        state=RecipientState.QUEUED,
        sent_message_id=message_id,
        reason=None,
        tries=row.tries + 1,
    )


def mark_skipped(tx: Tx, row: Recipient, reason: str, now: datetime) -> None:
    """This person gets none, for this reason."""
    _set(tx, _row(row), now, state=RecipientState.SKIPPED, reason=reason)


def count_queued(tx: Tx, channel: str, account: str) -> int:
    """How many copies of all announcements wait in this channel's outbox for their call."""
    query = select(func.count()).where(
        (outbox.c.state == OutboxState.QUEUED)
        & (outbox.c.lane == Lane.ANNOUNCEMENT)
        & (outbox.c.channel == channel)
        & (outbox.c.account == account)
    )
    return int(tx.execute(query).scalar_one())


def any_queued(tx: Tx) -> bool:
    """Whether a copy of any announcement is in the outbox."""
    query = select(recipient.c.sent_message_id).where(_is(RecipientState.QUEUED)).limit(1)
    return tx.execute(query).first() is not None


def reap(tx: Tx, now: datetime) -> int:
    """Write into the ledger what became of the copies in the outbox; returns how many."""
    query = (
        select(recipient, outbox.c.state.label("became"), outbox.c.reason.label("why"))
        .join(outbox, outbox.c.message_id == recipient.c.sent_message_id)
        .where(_is(RecipientState.QUEUED))
        .where(outbox.c.state.in_(list(SETTLED_AS)))
    )
    rows = tx.execute(query).all()
    for row in rows:
        state = SETTLED_AS[OutboxState(row.became)]
        reason = None if state is RecipientState.SENT else row.why
        _set(tx, _row(row), now, state=state, reason=reason)
    ring(tx, {row.announcement_id for row in rows})
    return len(rows)


def any_receipts(tx: Tx, since: datetime) -> bool:
    """Whether a platform told something of a copy that is not in the ledger yet."""
    return tx.execute(_receipts(since).limit(1)).first() is not None


def note_receipts(tx: Tx, since: datetime) -> None:
    """Write into the ledger what platforms told after they had taken a copy.

    Some arrived, were read, or did not arrive after all; of announcements begun since then.
    """
    rows = tx.execute(_receipts(since)).all()
    for row in rows:
        reason = row.why if row.became in (RecipientState.FAILED, RecipientState.SKIPPED) else None
        # the moment of sending stays: by it the rate is measured
        tx.execute(update(recipient).where(_row(row)).values(state=row.became, reason=reason))
    ring(tx, {row.announcement_id for row in rows})


def _receipts(since: datetime) -> Any:
    became = case(
        (outbox.c.read_at.is_not(None), RecipientState.READ.value),
        (outbox.c.delivered_at.is_not(None), RecipientState.DELIVERED.value),
        else_=outbox.c.state,
    )
    recent = select(announcement.c.id).where(announcement.c.started_at > since)
    return (
        select(recipient, became.label("became"), outbox.c.reason.label("why"))
        .join(outbox, outbox.c.message_id == recipient.c.sent_message_id)
        .where(recipient.c.announcement_id.in_(recent))
        .where(recipient.c.state.in_(("sent", "delivered", "unknown")))
        .where(became.in_(("sent", "delivered", "read", "failed", "skipped")))
        .where(became != recipient.c.state)
    )


def withdraw(tx: Tx, announcement_id: int | None, now: datetime) -> int:
    """Take back what waits in the outbox; with None, what the gate has held of any announcement.

    What is on its way cannot be taken back; what waits is as if it had never been there.
    """
    waiting = [OutboxState.HELD]
    if announcement_id is not None:
        waiting.append(OutboxState.QUEUED)
    where: ColumnElement[bool] = outbox.c.state.in_(waiting)
    if announcement_id is not None:
        where &= recipient.c.announcement_id == announcement_id
    rows = tx.execute(
        select(recipient, outbox.c.attempt)
        .join(outbox, outbox.c.message_id == recipient.c.sent_message_id)
        .where(_is(RecipientState.QUEUED) & where)
        .with_for_update(of=(recipient, outbox))
    ).all()
    for row in rows:
        _set(tx, _row(row), now, state=RecipientState.WAITING, sent_message_id=None)
    said = [row.sent_message_id for row in rows if row.attempt > 0]
    fresh = [row.sent_message_id for row in rows if row.attempt == 0]
    tx.execute(
        update(outbox)
        .where(outbox.c.message_id.in_(said))
        .values(state=OutboxState.SKIPPED, reason="taken back", settled_at=now)
    )
    tx.execute(delete(outbox).where(outbox.c.message_id.in_(fresh)))
    tx.execute(delete(message).where(message.c.id.in_(fresh)))
    ring(tx, {row.announcement_id for row in rows})
    return len(rows)


def skip_waiting(tx: Tx, announcement_id: int, reason: str, now: datetime) -> None:
    """Whoever waits gets none."""
    where = (recipient.c.announcement_id == announcement_id) & _is(RecipientState.WAITING)
    _set(tx, where, now, state=RecipientState.SKIPPED, reason=reason)


def skip_cancelled(tx: Tx, now: datetime) -> None:
    """Whoever waits for a copy of what has been cancelled gets none."""
    ended = select(announcement.c.id).where(announcement.c.state == AnnouncementState.CANCELLED)
    where = recipient.c.announcement_id.in_(ended) & _is(RecipientState.WAITING)
    _set(tx, where, now, state=RecipientState.SKIPPED, reason="cancelled")


def skip_elsewhere(
    tx: Tx, announcement_id: int, accounts: Sequence[tuple[str, str]], now: datetime
) -> None:
    """Whoever waits on another channel or account than these gets none while that is off."""
    here = select(address.c.id).where(
        (address.c.id == recipient.c.address_id)
        & tuple_(address.c.channel, address.c.account).in_(accounts)
    )
    where = (recipient.c.announcement_id == announcement_id) & _is(RecipientState.WAITING)
    if _set(tx, where & ~here.exists(), now, state=RecipientState.SKIPPED, reason=CHANNEL_OFF):
        ring(tx, [announcement_id])


def send_again(
    tx: Tx, announcement_id: int, state: RecipientState, worker_id: int | None, now: datetime
) -> int:
    """Let the unknown (or those worth a retry) wait for their turn again; returns how many.

    A person has decided so: this is the one way in which anybody may get two.
    """
    where = _these(announcement_id, state, worker_id)
    if state is not RecipientState.UNKNOWN:
        where &= recipient.c.reason.in_(sorted(WORTH_A_RETRY))
    again = _set(tx, where, now, state=RecipientState.WAITING, sent_message_id=None, reason=None)
    ring(tx, {announcement_id})
    return again


def skip_unknown(tx: Tx, announcement_id: int, worker_id: int | None, now: datetime) -> int:
    """Leave it at that for the unknown; returns how many. A person has decided so."""
    where = _these(announcement_id, RecipientState.UNKNOWN, worker_id)
    skipped = _set(tx, where, now, state=RecipientState.SKIPPED, reason="decided")
    ring(tx, {announcement_id})
    return skipped


def any_open(tx: Tx, announcement_id: int) -> bool:
    """Whether anybody's copy has not gone out yet, or is on its way."""
    query = select(recipient.c.worker_id).where(
        (recipient.c.announcement_id == announcement_id) & recipient.c.state.in_(OPEN)
    )
    return tx.execute(query.limit(1)).first() is not None


def count_called(tx: Tx, announcement_id: int, *, limit: int) -> int:
    """How many calls to a platform have ended; so many are enough to know."""
    called = select(recipient.c.worker_id).where(
        (recipient.c.announcement_id == announcement_id) & recipient.c.state.in_(CALLED)
    )
    return int(
        tx.execute(select(func.count()).select_from(called.limit(limit).subquery())).scalar_one()
    )


def count_by_state(tx: Tx, announcement_id: int) -> dict[RecipientState, int]:
    """How many people are in each state; the sum is the audience."""
    query = (
        select(recipient.c.state, func.count().label("people"))
        .where(recipient.c.announcement_id == announcement_id)
        .group_by(recipient.c.state)
    )
    return {RecipientState(row.state): row.people for row in tx.execute(query)}


def count_by_reason(tx: Tx, announcement_id: int) -> dict[tuple[RecipientState, str], int]:
    """How many people are in each state for which reason, where there is one."""
    query = (
        select(recipient.c.state, recipient.c.reason, func.count().label("people"))
        .where((recipient.c.announcement_id == announcement_id) & recipient.c.reason.is_not(None))
        .group_by(recipient.c.state, recipient.c.reason)
    )
    return {(RecipientState(r.state), r.reason): r.people for r in tx.execute(query)}


def count_settled_since(tx: Tx, announcement_id: int, since: datetime) -> int:
    """How many copies a platform has answered since then: the rate."""
    query = select(func.count()).where(
        (recipient.c.announcement_id == announcement_id)
        & recipient.c.state.in_(CALLED)
        & (recipient.c.changed_at > since)
    )
    return int(tx.execute(query).scalar_one())


def count_first_failures(tx: Tx, announcement_id: int, first: int) -> int:
    """How many of the first calls failed for good."""
    called = (
        select(recipient.c.state)
        .where((recipient.c.announcement_id == announcement_id) & recipient.c.state.in_(CALLED))
        .order_by(recipient.c.changed_at, recipient.c.worker_id)
        .limit(first)
        .subquery()
    )
    failed = select(func.count()).select_from(called).where(called.c.state == "failed")
    return int(tx.execute(failed).scalar_one())


def language_of(tx: Tx, announcement_id: int, worker_id: WorkerId) -> str | None:
    """The language of this person's copy; None for who got none."""
    query = select(recipient.c.language).where(
        (recipient.c.announcement_id == announcement_id)
        & (recipient.c.worker_id == worker_id)
        & recipient.c.sent_message_id.is_not(None)
    )
    return tx.execute(query).scalar()


def list_rows(
    tx: Tx,
    announcement_id: int,
    *,
    state: RecipientState | None = None,
    after_worker: int = 0,
    limit: int = 100,
) -> list[Recipient]:
    """The rows of the ledger in order, all or of one state."""
    where = (recipient.c.announcement_id == announcement_id) & (
        recipient.c.worker_id > after_worker
    )
    if state is not None:
        where &= _is(state)
    query = _query(where).order_by(recipient.c.worker_id).limit(limit)
    return [_recipient(row) for row in tx.execute(query)]


def state_of_announcement(tx: Tx, message_id: MessageId) -> AnnouncementState | None:
    """Where the announcement stands that this message is a copy of; None of any other message."""
    query = (
        select(announcement.c.state)
        .join(recipient, recipient.c.announcement_id == announcement.c.id)
        .where(recipient.c.sent_message_id == message_id)
    )
    found = tx.execute(query).scalar()
    return None if found is None else AnnouncementState(found)


def find_announcement(tx: Tx, message_id: MessageId) -> AnnouncementId | None:
    """The announcement that this message is a copy of; None of any other message."""
    query = select(recipient.c.announcement_id).where(recipient.c.sent_message_id == message_id)
    found = tx.execute(query).scalar()
    return None if found is None else AnnouncementId(found)


def ring(tx: Tx, announcement_ids: Iterable[int]) -> None:
    """Tell whoever watches these announcements."""
    for announcement_id in announcement_ids:
        tx.ring(f"announcement:{announcement_id}")


def _these(
    announcement_id: int, state: RecipientState, worker_id: int | None
) -> ColumnElement[bool]:
    where: ColumnElement[bool] = (recipient.c.announcement_id == announcement_id) & _is(state)
    return where if worker_id is None else where & (recipient.c.worker_id == worker_id)


def _is(state: RecipientState) -> ColumnElement[bool]:
    """Written out: SQLite sees only so that an index of the few that are queued fits."""
    return recipient.c.state == bindparam(None, state.value, literal_execute=True)


def _row(row: Any) -> ColumnElement[bool]:
    return and_(
        recipient.c.announcement_id == row.announcement_id,
        recipient.c.worker_id == row.worker_id,
    )


def _set(tx: Tx, where: ColumnElement[bool], now: datetime, **values: Any) -> int:
    return tx.execute(update(recipient).where(where).values(changed_at=now, **values)).rowcount


def _query(where: ColumnElement[bool]) -> Any:
    return (
        select(recipient, address.c.channel)
        .join(address, address.c.id == recipient.c.address_id)
        .where(where)
    )


def _recipient(row: Any) -> Recipient:
    return Recipient(
        announcement_id=AnnouncementId(row.announcement_id),
        worker_id=WorkerId(row.worker_id),
        address_id=AddressId(row.address_id),
        channel=row.channel,
        language=row.language,
        state=RecipientState(row.state),
        reason=row.reason,
        tries=row.tries,
        changed_at=row.changed_at,
    )
