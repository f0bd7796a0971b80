"""Meta's error codes: each has its own consequence, the one that PLATFORMS.md 1b names."""

from dataclasses import dataclass

import pytest
from sqlalchemy import delete, select, update

from bot.channels.whatsapp.codes import error_of
from bot.delivery.ends import write_end
from bot.delivery.pausing import PLATFORM
from bot.errors import Rejected, TryLater, Unreachable
from bot.outreach import announcements
from bot.runtime import Runtime
from storage import announcements as store
from storage import conversations, notices, outbox, pace, schema
from storage.announcements import AnnouncementState
from storage.database import Tx
from storage.recipients import RecipientState
from storage.records import Kind, NoticeKind, OutboxRow, OutboxState, Role, StaffId
from tests.builders import a_conversation, a_lawyer, a_message_out
from tests.conftest import Clock
from tests.outreach import a_draft, an_organiser, at_work, counted, subscribers, until
from tests.talk import Wire

QUEUED, HELD = OutboxState.QUEUED, OutboxState.HELD
FAILED, SKIPPED = OutboxState.FAILED, OutboxState.SKIPPED


@dataclass(frozen=True)
class End:
    """What became of a reply whose call ended with a code, and of what is around it."""

    state: OutboxState
    reason: str
    waits: int = 0  # seconds until this person's next try
    all_wait: int = 0  # until anybody's
    announcements_wait: int = 0  # until anybody gets an announcement
    own_announcements_wait: int = 0  # until this person gets one
    alert: bool = False  # somebody in the office is told
    no: bool = False  # to announcements, in the ledger of consents
    gone: bool = False  # the person counts as unreachable
    next_kind: str = ""  # what else is queued for this person


HOUR, DAY = 3600, 86400
TABLE: dict[int, End] = {
    # token invalid or expired: stop sending, alert
    0: End(QUEUED, "token refused", 60, all_wait=60, alert=True),
    190: End(QUEUED, "token refused", 60, all_wait=60, alert=True),
    # app, account, throughput: back off globally, requeue
    4: End(QUEUED, "4 rate", 2, all_wait=2),
    80007: End(QUEUED, "80007 rate", 2, all_wait=2),
    130429: End(QUEUED, "130429 rate", 2, all_wait=2),
    # pair rate: delay this user, others go on
    131056: End(QUEUED, "131056 pair rate", 6),
    # number restricted: pause the broadcasts, alert
    131048: End(QUEUED, "131048 restricted", HOUR, announcements_wait=HOUR, alert=True),
    131064: End(QUEUED, "131064 restricted", HOUR, announcements_wait=HOUR, alert=True),
    # over a day: the template
    131047: End(HELD, "window", next_kind="knock"),
    # marketing limit: skipped, none before 24 hours
    131049: End(SKIPPED, "131049 marketing limit", own_announcements_wait=DAY),
    # opted out: recorded, never again
    131050: End(SKIPPED, "131050 opted out", no=True),
    # nobody there: unreachable after some tries
    131026: End(QUEUED, "131026 undeliverable", 600),
    # unsupported type, media: told (the lawyer here, the worker where it was theirs)
    131051: End(FAILED, "131051 refused", alert=True),
    131052: End(FAILED, "131052 refused", alert=True),
    131053: End(FAILED, "131053 file refused"),
    # our bug: fail loudly
    **{
        code: End(FAILED, f"{code} refused", alert=True)
        for code in (100, 131021, 131008, 131009, 132000, 132001, 132012, 987654)
    },
    # template paused or disabled (of a reply there is no broadcast to stop)
    132015: End(FAILED, "132015 template", alert=True),
    132016: End(FAILED, "132016 template", alert=True),
    # transient: again with backoff
    **{code: End(QUEUED, f"{code} transient", 1) for code in (131000, 131016, 1, 2, 131057)},
    # blocked, locked, not paid: stop, alert
    **{
        code: End(QUEUED, f"{code} account", 900, all_wait=900, alert=True)
        for code in (368, 131031, 131042)
    },
    # a country that Meta has closed to us: stops for who is there, alert
    130497: End(QUEUED, "130497 country", 900, alert=True),
    # in an experiment: skip
    130472: End(SKIPPED, "130472 experiment"),
    # not by user id: the number is asked for
    131062: End(HELD, "131062 needs the number", next_kind="answer"),
}


def a_row(tx: Tx, who: str) -> OutboxRow:
    """A reply of which a call is under way."""
    message_id = a_message_out(tx, a_conversation(tx, who), kind=Kind.REPLY)
    tx.execute(
        update(schema.outbox)
        .where(schema.outbox.c.message_id == message_id)
        .values(state=OutboxState.SENDING, attempt=1)
    )
    row = outbox.get_row(tx, schema.outbox.c.message_id == message_id)
    assert row is not None
    return row


def end_of(tx: Tx, runtime: Runtime, code: int, admin: StaffId) -> End:
    """What follows from this code for a reply."""
    now, table = runtime.clock(), schema.outbox
    row = a_row(tx, f"person {code}")
    write_end(tx, runtime, row, error_of(code, 1))
    ended = tx.execute(select(table).where(table.c.id == row.id)).one()
    further = select(table.c.kind).where(
        (table.c.address_id == row.address.id) & (table.c.id != row.id)
    )
    talk = conversations.get_conversation(tx, row.conversation_id)
    consent = select(schema.consent.c.given).where(schema.consent.c.worker_id == row.worker_id)
    told = [each.kind for each in notices.list_unread(tx, admin)]

    def wait(name: str) -> int:
        until = pace.opens_at(tx, name)
        return 0 if until is None else round((until - now).total_seconds())

    assert talk is not None
    found = End(
        state=OutboxState(ended.state),
        reason=ended.reason,
        waits=round((ended.run_at - now).total_seconds()) if ended.state == QUEUED else 0,
        all_wait=wait("account:webchat:web"),
        announcements_wait=wait(outbox.announcements_of("webchat", "web")),
        own_announcements_wait=wait(outbox.announcements_to(row.address.id)),
        alert=told == [NoticeKind.TROUBLE],
        no=tx.execute(consent).scalars().all() == [False],
        gone=not talk.worker.reachable,
        next_kind=tx.execute(further).scalar() or "",
    )
    for each in (schema.rate_bucket, schema.notice):
        tx.execute(delete(each))
    return found


async def test_each_code_has_the_action_that_the_table_names(runtime: Runtime) -> None:
    admin = await runtime.database.write(lambda tx: a_lawyer(tx, "Admin", Role.ADMIN))

    def work(tx: Tx) -> dict[int, End]:
        return {code: end_of(tx, runtime, code, admin.id) for code in TABLE}

    assert await runtime.database.write(work) == TABLE


async def test_an_alert_is_told_once_a_day_for_each_trouble(runtime: Runtime, clock: Clock) -> None:
    lawyer = await runtime.database.write(lambda tx: a_lawyer(tx))  # an office of one

    def work(tx: Tx, *codes: int) -> int:
        for n, code in enumerate(codes):
            write_end(tx, runtime, a_row(tx, f"{runtime.clock()} {n}"), error_of(code, 1))
        return len(notices.list_unread(tx, lawyer.id))

    assert await runtime.database.write(lambda tx: work(tx, 190, 190, 131042)) == 2
    clock.forward(days=1)
    assert await runtime.database.write(lambda tx: work(tx, 190)) == 3


def test_patience_grows_with_each_attempt() -> None:
    waits = [error_of(131056, n) for n in range(1, 8)]
    seconds = [error.after_seconds for error in waits if isinstance(error, TryLater)]
    assert seconds == [6, 24, 96, 384, 1536, 3600, 3600]
    assert isinstance(error_of(131026, 2), TryLater)
    assert isinstance(error_of(131026, 3), Unreachable)
    assert isinstance(error_of(5555, 1, transient=True), TryLater)
    assert isinstance(error_of(5555, 1, status=503), TryLater)
    assert isinstance(error_of(5555, 1), Rejected)


@pytest.mark.parametrize("code", [132015, 131048])
async def test_what_stops_a_broadcast_pauses_it_until_a_person_says_so(
    runtime: Runtime, clock: Clock, code: int
) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    wire.faults = [error_of(code, 1)]
    await subscribers(runtime, 2)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await until(runtime, made, AnnouncementState.PAUSED)
        it = await runtime.database.read(lambda tx: store.get(tx, made))
        assert it is not None
        assert it.reason == PLATFORM
        clock.forward(hours=1)
        await announcements.resume(runtime, nigar, made)
        await until(runtime, made, AnnouncementState.FINISHED)
        await announcements.retry_failed(runtime, nigar, made)
        found = await until(runtime, made, AnnouncementState.FINISHED)
        assert counted(found) == {RecipientState.SENT: 2}
    assert len(wire.sent) == 2


async def test_who_has_met_the_marketing_limit_gets_the_announcements_of_tomorrow_only(
    runtime: Runtime, clock: Clock
) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    wire.faults = [error_of(131049, 1)]
    await subscribers(runtime, 1)
    ends = []
    async with at_work(runtime, wire):
        for hours in (0, 1, 24):
            clock.forward(hours=hours)
            made = await a_draft(runtime, nigar)
            await announcements.propose(runtime, nigar, made)
            found = await until(runtime, made, AnnouncementState.FINISHED)
            ends.append((*found.counts, *(why for _, why in found.reasons)))
    assert ends == [
        (RecipientState.SKIPPED, "131049 marketing limit"),
        (RecipientState.SKIPPED, "marketing limit"),
        (RecipientState.SENT,),
    ]
