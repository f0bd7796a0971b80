"""The gate: by default the bot never writes first."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.delivery.gate import may_write_now
from storage import conversations, outbox, outreach, pace, schema
from storage.database import Database, Tx
from storage.outbox import Verdict
from storage.records import Conversation, Kind, OutboxRow, OutboxState
from tests.builders import a_conversation, a_message_in, a_message_out
from tests.conftest import NOON


def verdict(tx: Tx, talk: Conversation, kind: Kind, now: datetime = NOON) -> tuple[str, str | None]:
    """What becomes of a message of this kind."""
    a_message_out(tx, talk, kind=kind)
    found: list[Verdict] = []

    def gate(tx: Tx, row: OutboxRow, at: Conversation) -> Verdict:
        found.append(may_write_now(tx, row, at, now))
        return found[-1]

    outbox.claim_due(
        tx,
        now,
        limit=1,
        lease=timedelta(seconds=60),
        gate=gate,
        rates_of=lambda c, a: pace.UNLIMITED,
    )
    [only] = found
    return only.state, only.reason


def allow(tx: Tx, talk: Conversation, purpose: str, *, given: bool = True) -> None:
    conversations.record_consent(
        tx, talk.worker.id, purpose, given=given, wording="asked", language="en", now=NOON
    )


@pytest.mark.parametrize("kind", [Kind.ANSWER, Kind.DANGER])
async def test_answers_pass(database: Database, kind: Kind) -> None:
    assert await database.write(lambda tx: verdict(tx, a_conversation(tx), kind)) == (
        "sending",
        None,
    )


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.NUDGE, Kind.ANNOUNCEMENT])
async def test_what_nobody_asked_for_needs_a_yes(database: Database, kind: Kind) -> None:
    found = await database.write(lambda tx: verdict(tx, a_conversation(tx), kind))
    assert found == (OutboxState.SKIPPED, "not asked")


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (Kind.REMINDER, "reminders"),
        (Kind.NUDGE, "write_first"),
        (Kind.ANNOUNCEMENT, "announcements"),
    ],
)
async def test_the_latest_word_counts(database: Database, kind: Kind, purpose: str) -> None:
    def work(tx: Tx) -> list[str]:
        talk = a_conversation(tx)
        allow(tx, talk, purpose)
        first, _ = verdict(tx, talk, kind)
        tx.execute(update(schema.outbox).values(state=OutboxState.SENT))
        allow(tx, talk, purpose, given=False)
        second, _ = verdict(tx, talk, kind)
        return [first, second]

    assert await database.write(work) == ["sending", "skipped"]


async def test_stop_ends_what_a_lawyer_may_write_first_only_for_the_machine(
    database: Database,
) -> None:
    def work(tx: Tx) -> list[str]:
        talk = a_conversation(tx)
        allow(tx, talk, "write_first")
        outreach.stop_all(tx, talk.worker.id, wording="stop", language="en", now=NOON)
        found = []
        for kind in (Kind.REPLY, Kind.NUDGE):
            found.append(verdict(tx, talk, kind)[0])
            tx.execute(update(schema.outbox).values(state=OutboxState.SENT))
        allow(tx, talk, "write_first")  # in the next case
        return [*found, verdict(tx, talk, Kind.NUDGE)[0]]

    assert await database.write(work) == ["sending", "skipped", "sending"]


@pytest.mark.parametrize(
    ("kind", "purpose"), [(Kind.REMINDER, "reminders"), (Kind.NUDGE, "write_first")]
)
async def test_at_night_what_nobody_asked_for_waits_for_the_morning(
    database: Database, kind: Kind, purpose: str
) -> None:
    tonight, morning = NOON + timedelta(hours=8), NOON + timedelta(hours=21)

    def work(tx: Tx) -> list[tuple[str, datetime]]:
        talk = a_conversation(tx)
        allow(tx, talk, purpose)
        found = []
        for now in (tonight, morning):
            verdict(tx, talk, kind, now)
            query = select(schema.outbox.c.state, schema.outbox.c.run_at)
            found.append(tuple(tx.execute(query.order_by(schema.outbox.c.id)).first() or ()))
        return found

    waits, goes = await database.write(work)
    assert waits == (OutboxState.QUEUED, morning)
    assert goes[0] == OutboxState.SENDING


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.NOTICE])
async def test_a_lawyers_words_wait_for_who_wants_to_write_first(
    database: Database, kind: Kind
) -> None:
    found = await database.write(lambda tx: verdict(tx, a_conversation(tx), kind))
    assert found == (OutboxState.HELD, "the worker writes first")


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.NOTICE])
async def test_a_lawyers_words_go_to_who_said_yes(database: Database, kind: Kind) -> None:
    def work(tx: Tx) -> tuple[str, str | None]:
        talk = a_conversation(tx)
        allow(tx, talk, "write_first")
        return verdict(tx, talk, kind)

    assert await database.write(work) == ("sending", None)


async def test_nothing_of_a_case_shows_up_in_a_hidden_chat(database: Database) -> None:
    def work(tx: Tx) -> tuple[str, str | None]:
        talk = a_conversation(tx)
        allow(tx, talk, "write_first")
        conversations.set_hidden(tx, talk.id, hidden=True)
        return verdict(tx, talk, Kind.REPLY)

    assert await database.write(work) == (OutboxState.HELD, "hidden")


async def test_nothing_reaches_the_next_person_at_the_address(database: Database) -> None:
    def work(tx: Tx) -> tuple[str, str | None]:
        before = a_conversation(tx)
        allow(tx, before, "write_first")
        conversations.end_conversation(tx, before.id, NOON)
        a_message_in(tx, a_conversation(tx))
        return verdict(tx, before, Kind.REPLY)

    found = await database.write(work)
    assert found == (OutboxState.HELD, "someone else uses this address")
