"""The outbox: every message to a worker waits here until the platform has it.

A row goes queued -> sending (committed before the call) -> sent | failed; or held, skipped,
unknown. A result applies only to the attempt that earned it, so a late answer of an earlier
attempt changes nothing. Some platforms tell later what became of a message (a receipt): that it
arrived overrules everything, that it failed applies to what was sent and has not arrived.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from storage import pace, schema
from storage.conversations import get_conversation
from storage.database import Tx
from storage.messages import say
from storage.records import (
    AddressId,
    Conversation,
    ConversationId,
    Kind,
    Lane,
    MessageId,
    OnDoubt,
    OutboxId,
    OutboxRow,
    OutboxState,
)

outbox, message = schema.outbox, schema.message
UNSETTLED = (OutboxState.QUEUED, OutboxState.SENDING)
TAKEN = (OutboxState.SENDING, OutboxState.SENT, OutboxState.UNKNOWN)  # the platform may have it
MAX_REPEATS = 10  # calls without an answer; then a person decides


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a message: send it now, put it aside for this reason, or later."""

    state: OutboxState  # SENDING, HELD, SKIPPED, or QUEUED until then
    reason: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Claimed:
    """Rows that are to be sent now, and how long the pace lets others wait that are due."""

    rows: Sequence[OutboxRow]
    wait: timedelta | None = None


SEND = Verdict(OutboxState.SENDING)
Gate = Callable[[Tx, OutboxRow, Conversation], Verdict]
RateOf = Callable[[str, str], pace.Rates]
Waits = dict[tuple[str, str], timedelta | None]  # accounts at their limit


def _unsettled(table: Any) -> ColumnElement[bool]:
    """In the words of ix_outbox_unsettled, so that SQLite reads the few rows that are in it."""
    return table.c.state.in_([literal_column(f"'{state}'") for state in UNSETTLED])  # type: ignore[no-any-return]


# Built once: the dispatcher asks these after every message, and building takes longer than asking.
_WITH_MESSAGE = select(
    outbox,
    message.c.conversation_id,
    message.c.body_sealed,
    message.c.language,
    message.c.seq,
).join(message, message.c.id == outbox.c.message_id)
_AHEAD = outbox.alias("ahead")
_BLOCKED = (
    select(_AHEAD.c.id)
    .where(
        (_AHEAD.c.address_id == outbox.c.address_id)
        & _unsettled(_AHEAD)
        & (_AHEAD.c.id != outbox.c.id)
        & or_(
            _AHEAD.c.state == OutboxState.SENDING,
            and_(
                _AHEAD.c.state == OutboxState.QUEUED,
                _AHEAD.c.lane == outbox.c.lane,
                _AHEAD.c.id < outbox.c.id,
            ),
        )
    )
    .exists()
)
_DUE = (
    _WITH_MESSAGE.where(
        (outbox.c.state == OutboxState.QUEUED) & (outbox.c.run_at <= bindparam("now")) & ~_BLOCKED
    )
    .order_by(outbox.c.lane, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)
_NEXT_RUN = select(func.min(outbox.c.run_at)).where(outbox.c.state == OutboxState.QUEUED)


def claim_due(
    tx: Tx,
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    gate: Gate,
    rates_of: RateOf,
) -> Claimed:
    """Take up to `limit` rows whose turn it is and mark them `sending`.

    Two rows of one address are never under way together, and within a lane they go in order.
    The gate is asked here, in the transaction that writes `sending`: no call begins after an
    opt-out has been stored. Rows beyond the permitted pace stay queued: where an account is at its
    limit, nothing further down may overtake on it.
    """
    taken: list[OutboxRow] = []
    addresses: set[AddressId] = set()
    waits: Waits = {}
    while len(taken) < limit:
        known = len(waits)
        asked = {"now": now, "most": limit - len(taken)}
        for row in tx.execute(_due(closed=waits), asked).all():
            if row.address_id in addresses or (row.channel, row.account) in waits:
                continue
            found = _claim(tx, row, now, lease, gate, rates_of(row.channel, row.account), waits)
            if found is not None:
                addresses.add(found.address.id)
                taken.append(found)
        if len(waits) == known:
            break  # else an account has just come to its limit: look behind its rows
    return Claimed(taken, min(filter(None, waits.values()), default=None))


def announcements_of(channel: str, account: str) -> str:
    """The budget of announcements alone; pushed back where the platform asks for it."""
    return f"announcements:{channel}:{account}"


def announcements_to(address_id: AddressId) -> str:
    """The budget that holds back announcements to one person, where the platform asks for it."""
    return f"announcements-to:{address_id}"


def get_row(tx: Tx, where: ColumnElement[bool]) -> OutboxRow | None:
    """One row, locked to the end of the transaction; None where it is gone."""
    row = tx.execute(_WITH_MESSAGE.where(where).with_for_update(of=outbox)).one_or_none()
    talk = row and get_conversation(tx, row.conversation_id)
    return _row(tx, row, talk) if talk else None


def next_run_at(tx: Tx) -> datetime | None:
    """When the earliest queued row wants to go; None where nothing waits."""
    return tx.execute(_NEXT_RUN).scalar()


def settle(
    tx: Tx,
    row: OutboxRow,
    state: OutboxState,
    now: datetime,
    *,
    reason: str | None = None,
    states: Sequence[OutboxState] = (OutboxState.SENDING,),
) -> bool:
    """Write how this attempt ended; False where the row has moved on since.

    `states` are those that the row may be in; a receipt also speaks of what was sent.
    """
    return _change(tx, row, states, state=state, settled_at=now, lease_until=None, reason=reason)


def retry_later(
    tx: Tx,
    row: OutboxRow,
    run_at: datetime,
    reason: str,
    *,
    states: Sequence[OutboxState] = (OutboxState.SENDING,),
) -> bool:
    """Queue the row again: this attempt certainly did not arrive."""
    return _change(
        tx,
        row,
        states,
        settled_at=None,
        state=OutboxState.QUEUED,
        run_at=run_at,
        lease_until=None,
        reason=reason,
    )


def doubt(tx: Tx, row: OutboxRow, now: datetime) -> OutboxState:
    """The call ended without an answer: repeat it, once for each such end, or ask a person.

    Returns the state that the row has now.
    """
    repeat = row.on_doubt is OnDoubt.REPEAT and row.doubts < MAX_REPEATS
    state = OutboxState.QUEUED if repeat else OutboxState.UNKNOWN
    settled = None if repeat else now
    _change(
        tx,
        row,
        (OutboxState.SENDING,),
        state=state,
        run_at=now,
        settled_at=settled,
        lease_until=None,
        doubts=row.doubts + 1,
        reason=DOUBT,
    )
    return state


def note_taken(tx: Tx, row: OutboxRow, now: datetime) -> None:
    """The platform says that it has this attempt: whoever was in doubt knows now."""
    doubted = (outbox.c.state == OutboxState.QUEUED) & (outbox.c.reason == DOUBT)
    _prove(tx, row, doubted | outbox.c.state.in_(TAKEN), outbox.c.attempt == row.attempt, now)


def note_arrived(tx: Tx, row: OutboxRow, now: datetime, *, read: bool) -> None:
    """It is on the phone, and perhaps read: it need not be sent again, whatever was thought."""
    for column in (outbox.c.delivered_at, *([outbox.c.read_at] if read else [])):
        fresh = (outbox.c.id == row.id) & column.is_(None)
        tx.execute(update(outbox).where(fresh).values({column: now}))
    tried = (outbox.c.state == OutboxState.QUEUED) & (outbox.c.attempt > 0)
    ended = outbox.c.state.in_((*TAKEN, OutboxState.FAILED))
    _prove(tx, row, tried | ended, outbox.c.attempt == row.attempt, now)


def count_failed_since(tx: Tx, address_id: AddressId, reason: str, since: datetime | None) -> int:
    """How many messages to this address failed for this reason since then."""
    where = (outbox.c.address_id == address_id) & (outbox.c.reason == reason)
    where &= outbox.c.state == OutboxState.FAILED
    if since is not None:
        where &= outbox.c.created_at >= since
    return int(tx.execute(select(func.count()).where(where)).scalar_one())


def is_held(tx: Tx, address_id: AddressId, reason: str) -> bool:
    """Whether a message to this address waits for this reason."""
    held = (outbox.c.address_id == address_id) & (outbox.c.state == OutboxState.HELD)
    query = select(outbox.c.id).where(held & (outbox.c.reason == reason)).limit(1)
    return tx.execute(query).first() is not None


def has_kind_since(tx: Tx, address_id: AddressId, kind: Kind, since: datetime | None) -> bool:
    """Whether a message of this kind was made for this address since then."""
    where = (outbox.c.address_id == address_id) & (outbox.c.kind == kind)
    if since is not None:
        where &= outbox.c.created_at >= since
    return tx.execute(select(outbox.c.id).where(where).limit(1)).first() is not None


def renew(tx: Tx, rows: Iterable[OutboxRow], now: datetime, lease: timedelta) -> None:
    """Keep these that are under way ours; call it more often than a third of the lease."""
    renew_leases(tx, outbox, [(row.id, row.attempt) for row in rows], now, lease)


def renew_leases(
    tx: Tx, table: Table, attempts: Sequence[tuple[int, int]], now: datetime, lease: timedelta
) -> None:
    """Renew the leases of these attempts (id, number) of which a third has passed."""
    if not attempts:
        return
    ours = tuple_(table.c.id, table.c.attempt).in_(attempts)
    old = (table.c.state == OutboxState.SENDING) & (table.c.lease_until < now + lease * 2 / 3)
    tx.execute(update(table).where(ours & old).values(lease_until=now + lease))


def recover(tx: Tx, now: datetime, *, all_sending: bool) -> int:
    """Treat rows left in `sending` by a dead process as calls without an answer.

    With all_sending every such row is an orphan (SQLite: one serving process); otherwise only
    those whose lease has run out. Returns how many there were.
    """
    orphaned = outbox.c.state == OutboxState.SENDING
    if not all_sending:
        orphaned = and_(orphaned, outbox.c.lease_until < now)
    rows = tx.execute(
        _WITH_MESSAGE.where(orphaned).with_for_update(of=outbox, skip_locked=True)
    ).all()
    for row in rows:
        talk = get_conversation(tx, row.conversation_id)
        assert talk is not None
        doubt(tx, _row(tx, row, talk), now)
    if rows:
        tx.ring("outbox")
    return len(rows)


def release_held(tx: Tx, address_id: AddressId, now: datetime) -> None:
    """Queue what was held for this address: the gate looks at it again."""
    tx.execute(
        update(outbox)
        .where((outbox.c.address_id == address_id) & (outbox.c.state == OutboxState.HELD))
        .values(state=OutboxState.QUEUED, run_at=now, reason=None)
    )
    tx.ring("outbox")


def skip_answers(tx: Tx, address_id: AddressId, now: datetime) -> None:
    """Never send the answers that still wait for this address: the chat is being hidden."""
    waiting = (outbox.c.address_id == address_id) & (outbox.c.state == OutboxState.QUEUED)
    tx.execute(
        update(outbox)
        .where(waiting & outbox.c.kind.in_((Kind.ANSWER, Kind.DANGER)))
        .values(state=OutboxState.SKIPPED, reason="hidden", settled_at=now)
    )
    tx.ring("outbox")


def count_by_state(tx: Tx) -> dict[str, int]:
    """How many rows are in each state."""
    query = select(outbox.c.state, func.count().label("rows")).group_by(outbox.c.state)
    return {row.state: row.rows for row in tx.execute(query)}


DOUBT = "no answer"


def _claim(
    tx: Tx,
    row: Any,
    now: datetime,
    lease: timedelta,
    gate: Gate,
    rates: pace.Rates,
    waits: Waits,
) -> OutboxRow | None:
    """Mark one row `sending`, where its account, its gate and its address let it go."""
    account = (row.channel, row.account)
    budgets = [(f"account:{row.channel}:{row.account}", rates.account)]
    if row.lane == Lane.ANNOUNCEMENT:
        if _full(tx, *account, rates.announcements_at_once):
            waits[account] = None  # until one of those under way has ended
            return None
        budgets.append((announcements_of(*account), rates.announcements))
    wait = max(filter(None, (pace.wait_for_slot(tx, *b, now) for b in budgets)), default=None)
    if wait:
        waits[account] = wait
        return None
    talk = get_conversation(tx, row.conversation_id)
    assert talk is not None
    due = _row(tx, row, talk)
    verdict = gate(tx, due, talk)
    if verdict.until is not None:
        _postpone(tx, due.id, verdict.until)
        return None
    if verdict.state is not OutboxState.SENDING:
        _put_aside(tx, due.id, verdict, now)
        return None
    wait = pace.take_slot(tx, f"address:{row.address_id}", rates.address, now)
    if wait:
        _postpone(tx, due.id, now + wait)
        return None
    for name, rate in budgets:
        pace.take_slot(tx, name, rate, now)
    return _mark_sending(tx, due, row.attempt, now + lease)


def _due(closed: Iterable[tuple[str, str]]) -> Any:
    due = _DUE
    for channel, account in closed:
        due = due.where((outbox.c.channel != channel) | (outbox.c.account != account))
    return due


def _full(tx: Tx, channel: str, account: str, at_once: int | None) -> bool:
    """Whether as many announcements as may be are under way on this account."""
    if at_once is None:
        return False
    under_way = (
        _unsettled(outbox)
        & (outbox.c.state == OutboxState.SENDING)
        & (outbox.c.lane == Lane.ANNOUNCEMENT)
        & (outbox.c.channel == channel)
        & (outbox.c.account == account)
    )
    return int(tx.execute(select(func.count()).where(under_way)).scalar_one()) >= at_once


def _row(tx: Tx, row: Any, talk: Conversation) -> OutboxRow:
    return OutboxRow(
        id=OutboxId(row.id),
        message_id=MessageId(row.message_id),
        conversation_id=ConversationId(row.conversation_id),
        worker_id=talk.worker.id,
        address=talk.address,
        kind=Kind(row.kind),
        lane=Lane(row.lane),
        attempt=row.attempt,
        doubts=row.doubts,
        on_doubt=OnDoubt(row.on_doubt),
        body=tx.unseal("message.body", row.message_id, row.body_sealed),
        language=row.language,
        created_at=row.created_at,
        seq=row.seq,
        expires_at=row.expires_at,
    )


def _mark_sending(tx: Tx, due: OutboxRow, attempt: int, lease_until: datetime) -> OutboxRow:
    tx.execute(
        update(outbox)
        .where((outbox.c.id == due.id) & (outbox.c.attempt == attempt))
        .values(state=OutboxState.SENDING, attempt=attempt + 1, lease_until=lease_until)
    )
    say(tx, due.conversation_id, due.message_id)
    return OutboxRow(**{**due.__dict__, "attempt": attempt + 1})


def _put_aside(tx: Tx, row_id: OutboxId, verdict: Verdict, now: datetime) -> None:
    settled_at = now if verdict.state is OutboxState.SKIPPED else None
    tx.execute(
        update(outbox)
        .where(outbox.c.id == row_id)
        .values(state=verdict.state, reason=verdict.reason, settled_at=settled_at)
    )
    tx.ring("outbox")


def _postpone(tx: Tx, row_id: OutboxId, run_at: datetime) -> None:
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(run_at=run_at))


def _prove(tx: Tx, row: OutboxRow, state: Any, attempt: Any, now: datetime) -> None:
    tx.execute(
        update(outbox)
        .where((outbox.c.id == row.id) & state & attempt)
        .values(state=OutboxState.SENT, settled_at=now, lease_until=None, reason=None)
    )
    tx.ring("outbox")
    tx.ring(f"conversation:{row.conversation_id}")


def _change(tx: Tx, row: OutboxRow, states: Sequence[OutboxState], **values: Any) -> bool:
    result = tx.execute(
        update(outbox)
        .where(
            (outbox.c.id == row.id)
            & (outbox.c.attempt == row.attempt)
            & outbox.c.state.in_(states)
            & outbox.c.delivered_at.is_(None)
        )
        .values(**values)
    )
    if result.rowcount:
        tx.ring("outbox")
        tx.ring(f"conversation:{row.conversation_id}")
    return result.rowcount == 1
