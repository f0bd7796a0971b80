"""Delivery's promises: order, lanes, pace, one verdict per attempt, nothing lost."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text, update

from storage import messages, outbox, pace, schema
from storage.database import Database, Tx
from storage.outbox import SEND, Verdict
from storage.pace import Rate, Rates
from storage.records import Conversation, Kind, Message, OutboxRow, OutboxState
from tests.builders import a_conversation, a_message_out
from tests.conftest import NOON

LEASE = timedelta(seconds=60)


def claim(
    tx: Tx,
    *,
    limit: int = 100,
    rates: Rates = pace.UNLIMITED,
    after: timedelta = timedelta(0),
    verdict: Verdict = SEND,
) -> list[OutboxRow]:
    claimed = outbox.claim_due(
        tx,
        NOON + after,
        limit=limit,
        lease=LEASE,
        gate=lambda tx, row, talk: verdict,
        rates_of=lambda channel, account: rates,
    )
    return list(claimed.rows)


def settle_all(tx: Tx, rows: list[OutboxRow], state: OutboxState = OutboxState.SENT) -> None:
    for row in rows:
        assert outbox.settle(tx, row, state, NOON)


def states(tx: Tx) -> list[str]:
    return list(tx.execute(select(schema.outbox.c.state).order_by(schema.outbox.c.id)).scalars())


def said(tx: Tx, talk: Conversation) -> list[Message]:
    return messages.list_said(tx, talk.id)


async def test_messages_to_one_person_go_one_after_the_other(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        talk = a_conversation(tx)
        ids = [a_message_out(tx, talk, f"{n}") for n in range(3)]
        order = []
        while rows := claim(tx):
            assert len(rows) == 1
            assert claim(tx) == []  # while one is under way no other begins
            order.append(rows[0].message_id)
            settle_all(tx, rows)
        assert order == ids
        return [message.seq or 0 for message in said(tx, talk)]

    assert await database.write(work) == [1, 2, 3]


async def test_messages_to_different_people_go_together(database: Database) -> None:
    def work(tx: Tx) -> int:
        for name in "abc":
            a_message_out(tx, a_conversation(tx, name))
        return len(claim(tx))

    assert await database.write(work) == 3


async def test_danger_overtakes_talk_and_talk_overtakes_announcements(database: Database) -> None:
    def work(tx: Tx) -> list[Kind]:
        talk = a_conversation(tx)
        for kind in (Kind.ANNOUNCEMENT, Kind.ANSWER, Kind.REMINDER, Kind.DANGER):
            a_message_out(tx, talk, kind=kind)
        order = []
        while rows := claim(tx):
            order += [row.kind for row in rows]
            settle_all(tx, rows)
        return order

    found = await database.write(work)
    assert found == [Kind.DANGER, Kind.ANSWER, Kind.REMINDER, Kind.ANNOUNCEMENT]


async def test_a_message_that_is_not_said_yet_is_not_in_the_transcript(database: Database) -> None:
    def work(tx: Tx) -> list[Message]:
        talk = a_conversation(tx)
        a_message_out(tx, talk)
        return said(tx, talk)

    assert await database.write(work) == []


@pytest.mark.parametrize("state", [OutboxState.HELD, OutboxState.SKIPPED])
async def test_what_the_gate_puts_aside_blocks_nothing(
    database: Database, state: OutboxState
) -> None:
    def work(tx: Tx) -> None:
        talk = a_conversation(tx)
        a_message_out(tx, talk, "first")
        assert claim(tx, verdict=Verdict(state, "reason")) == []
        a_message_out(tx, talk, "second")
        assert len(claim(tx)) == 1
        assert states(tx) == [state, OutboxState.SENDING]

    await database.write(work)


async def test_held_messages_go_when_they_are_released(database: Database) -> None:
    def work(tx: Tx) -> None:
        talk = a_conversation(tx)
        a_message_out(tx, talk)
        claim(tx, verdict=Verdict(OutboxState.HELD, "hidden"))
        assert claim(tx) == []
        outbox.release_held(tx, talk.address.id, NOON)
        assert len(claim(tx)) == 1

    await database.write(work)


async def test_a_late_answer_of_an_earlier_attempt_changes_nothing(database: Database) -> None:
    def work(tx: Tx) -> None:
        a_message_out(tx, a_conversation(tx))
        [first] = claim(tx)
        assert outbox.retry_later(tx, first, NOON, "429")
        [second] = claim(tx)
        assert (first.attempt, second.attempt) == (1, 2)
        assert not outbox.settle(tx, first, OutboxState.FAILED, NOON)
        assert outbox.settle(tx, second, OutboxState.SENT, NOON)

    await database.write(work)


async def test_a_retried_message_keeps_its_place(database: Database) -> None:
    def work(tx: Tx) -> list[int | None]:
        talk = a_conversation(tx)
        a_message_out(tx, talk, "one")
        a_message_out(tx, talk, "two")
        [first] = claim(tx)
        outbox.retry_later(tx, first, NOON + timedelta(seconds=9), "429")
        assert claim(tx) == []  # two waits behind one
        settle_all(tx, claim(tx, after=timedelta(seconds=9)))
        settle_all(tx, claim(tx, after=timedelta(seconds=9)))
        return [message.seq for message in said(tx, talk)]

    assert await database.write(work) == [1, 2]


async def test_a_reply_is_repeated_once_for_each_call_without_an_answer(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[OutboxState]:
        a_message_out(tx, a_conversation(tx), kind=Kind.REPLY)
        ends = []
        for _ in range(outbox.MAX_REPEATS + 1):
            [row] = claim(tx)
            ends.append(outbox.doubt(tx, row, NOON))
        return ends

    repeated = [OutboxState.QUEUED] * outbox.MAX_REPEATS
    assert await database.write(work) == [*repeated, OutboxState.UNKNOWN]


async def test_an_announcement_without_an_answer_is_never_repeated(database: Database) -> None:
    def work(tx: Tx) -> OutboxState:
        a_message_out(tx, a_conversation(tx), kind=Kind.ANNOUNCEMENT)
        [row] = claim(tx)
        return outbox.doubt(tx, row, NOON)

    assert await database.write(work) is OutboxState.UNKNOWN


async def test_a_crash_leaves_replies_queued_and_announcements_unknown(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        a_message_out(tx, a_conversation(tx, "a"), kind=Kind.REPLY)
        a_message_out(tx, a_conversation(tx, "b"), kind=Kind.ANNOUNCEMENT)
        assert len(claim(tx)) == 2
        assert outbox.recover(tx, NOON, all_sending=True) == 2
        return states(tx)

    assert await database.write(work) == [OutboxState.QUEUED, OutboxState.UNKNOWN]


async def test_a_colleague_at_work_is_not_an_orphan(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        a_message_out(tx, a_conversation(tx))
        claim(tx)
        early = outbox.recover(tx, NOON + LEASE - timedelta(seconds=1), all_sending=False)
        return early, outbox.recover(tx, NOON + LEASE * 2, all_sending=False)

    assert await database.write(work) == (0, 1)


async def test_the_account_limit_holds_for_everybody(database: Database) -> None:
    rates = Rates(account=Rate(per_second=10, burst=5), address=None)

    def work(tx: Tx) -> list[int]:
        for n in range(30):
            a_message_out(tx, a_conversation(tx, f"{n}"))
        counts = []
        for tenth in range(11):
            rows = claim(tx, rates=rates, after=timedelta(seconds=tenth / 10))
            settle_all(tx, rows)
            counts.append(len(rows))
        return counts

    assert await database.write(work) == [5, *[1] * 10]


async def test_one_slow_person_does_not_hold_up_the_others(database: Database) -> None:
    rates = Rates(account=None, address=Rate(per_second=1, burst=1))

    def work(tx: Tx) -> int:
        busy = a_conversation(tx, "busy")
        for _ in range(3):
            a_message_out(tx, busy)
        settle_all(tx, claim(tx, rates=rates))
        a_message_out(tx, a_conversation(tx, "other"))
        rows = claim(tx, rates=rates, limit=1)
        rows += claim(tx, rates=rates, limit=1)
        return len(rows)

    assert await database.write(work) == 1


async def test_a_pause_that_the_platform_asked_for_is_kept(database: Database) -> None:
    rates = Rates(account=Rate(per_second=10, burst=5), address=None)

    def work(tx: Tx) -> tuple[int, int]:
        a_message_out(tx, a_conversation(tx))
        pace.push_back(tx, "account:webchat:web", NOON + timedelta(seconds=7))
        early = len(claim(tx, rates=rates, after=timedelta(seconds=6)))
        return early, len(claim(tx, rates=rates, after=timedelta(seconds=7)))

    assert await database.write(work) == (0, 1)


async def test_next_run_is_the_earliest_that_waits(database: Database) -> None:
    def work(tx: Tx) -> None:
        assert outbox.next_run_at(tx) is None
        a_message_out(tx, a_conversation(tx))
        later = NOON + timedelta(hours=1)
        tx.execute(update(schema.outbox).values(run_at=later))
        assert outbox.next_run_at(tx) == later

    await database.write(work)


@given(
    gaps=st.lists(st.integers(0, 400), min_size=1, max_size=120),
    per_second=st.sampled_from([1, 5, 25]),
    burst=st.integers(1, 6),
)
def test_no_rolling_second_has_more_than_rate_and_burst(
    gaps: list[int], per_second: int, burst: int
) -> None:
    rate = Rate(per_second=per_second, burst=burst)
    now, free_at, passed = NOON, NOON, []
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        wait, free_at = pace.next_free(free_at, rate, now)
        if wait is None:
            passed.append(now)
    for moment in passed:
        second = [t for t in passed if moment <= t < moment + timedelta(seconds=1)]
        assert len(second) <= per_second + burst


async def test_a_paused_account_holds_up_no_other(database: Database) -> None:
    """Not even where more of its messages are due than one look takes."""
    limited = Rates(account=Rate(per_second=10, burst=5), address=None)

    def work(tx: Tx) -> list[str]:
        for n in range(6):
            a_message_out(tx, a_conversation(tx, f"{n}"), kind=Kind.DANGER)
        busy = update(schema.outbox).values(channel="telegram", account="bot")
        tx.execute(busy)
        pace.push_back(tx, "account:telegram:bot", NOON + timedelta(hours=1))
        a_message_out(tx, a_conversation(tx, "last"))
        claimed = claim(tx, limit=4, rates=limited)
        return [row.address.channel for row in claimed]

    assert await database.write(work) == ["webchat"]


async def test_a_long_call_keeps_its_lease(database: Database) -> None:
    def work(tx: Tx) -> list[str]:
        for name in ("ours", "dead"):
            a_message_out(tx, a_conversation(tx, name))
        [ours, _] = claim(tx)
        for seconds in (30, 55, 80):
            now = NOON + timedelta(seconds=seconds)
            outbox.renew(tx, [ours], now, LEASE)
            outbox.recover(tx, now, all_sending=False)
        return states(tx)

    assert await database.write(work) == [OutboxState.SENDING, OutboxState.QUEUED]


async def test_the_few_that_wait_are_not_looked_for_among_all(database: Database) -> None:
    """A message from a worker must not cost more with each that ever went out."""
    plans: list[str] = []

    def work(tx: Tx) -> None:
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        if not database.is_sqlite:  # a table so small is read whole
            tx.execute(text("SET LOCAL enable_seqscan = off"))

        def note(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
            if "outbox" in statement and not statement.startswith("EXPLAIN"):
                rows = connection.exec_driver_sql(f"{explain} {statement}", given).all()
                plans.append(" ".join(str(column) for row in rows for column in row))

        event.listen(tx.connection, "before_cursor_execute", note)
        talk = a_conversation(tx)
        outbox.release_held(tx, talk.address.id, NOON)
        outbox.is_held(tx, talk.address.id, "window")
        outbox.count_failed_since(tx, talk.address.id, "gone", NOON)
        outbox.has_kind_since(tx, talk.address.id, Kind.KNOCK, NOON)
        outbox.recover(tx, NOON, all_sending=False)
        outbox.next_run_at(tx)
        event.remove(tx.connection, "before_cursor_execute", note)

    await database.write(work)
    assert [plan for plan in plans if "ix_outbox_" not in plan] == []
    assert len(plans) == 6
