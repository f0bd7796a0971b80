"""The ledger of an announcement, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError

from bot.errors import NoAnswer, Unreachable
from bot.outreach import announcements
from bot.outreach.progress import progress
from bot.runtime import Runtime
from storage import announcements as store
from storage import audience, erasure, outreach, recipients, schema
from storage.announcements import AnnouncementState
from storage.audience import Audience, Candidate, Wording
from storage.database import Database, Tx
from storage.recipients import RecipientState
from storage.records import Role
from tests.builders import a_conversation, a_lawyer
from tests.conftest import NOON, Clock
from tests.outreach import a_draft, a_subscriber, an_organiser, at_work, counted, subscribers, until
from tests.talk import Wire

ENGLISH = Wording(frozenset({"en"}))


@pytest.fixture
def office(runtime: Runtime, database: Database) -> Runtime:
    """The house on each database."""
    database.on_change(runtime.changes.announce)
    return replace(runtime, database=database)


async def test_a_whole_announcement_runs_on_both_databases(office: Runtime) -> None:
    nigar, wire = await an_organiser(office), Wire()
    wire.faults = [NoAnswer(), Unreachable()]
    await subscribers(office, 12)
    made = await a_draft(office, nigar)
    await announcements.propose(office, nigar, made)
    async with at_work(office, wire):
        found = await until(office, made, AnnouncementState.FINISHED)
        assert counted(found) == {
            RecipientState.SENT: 10,
            RecipientState.UNKNOWN: 1,
            RecipientState.FAILED: 1,
        }
        await announcements.send_unknown_again(office, nigar, made)
        found = await until(office, made, AnnouncementState.FINISHED)
    assert counted(found) == {RecipientState.SENT: 11, RecipientState.FAILED: 1}
    assert len({row.worker_id for row in wire.sent}) == len(wire.sent) == 11
    since = NOON - timedelta(days=1)
    assert not await office.database.read(lambda tx: recipients.any_receipts(tx, since))


async def test_paused_before_it_began_nothing_is_in_the_outbox(
    office: Runtime, clock: Clock
) -> None:
    nigar = await an_organiser(office)
    clock.forward(hours=10)  # night: nobody's turn comes
    await subscribers(office, 5)
    made = await a_draft(office, nigar)
    await announcements.propose(office, nigar, made)
    async with at_work(office, Wire()):
        await until(office, made, AnnouncementState.SENDING)
        await announcements.pause(office, nigar, made)
    found = await progress(office, made)
    assert counted(found) == {RecipientState.WAITING: 5}

    def look(tx: Tx) -> int:
        return len(tx.execute(select(schema.outbox.c.id)).all())

    assert await office.database.read(look) == 0


def plan_of(tx: Tx, look: Callable[[Tx], object]) -> str:
    """By which index SQLite answers this."""
    asked: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        asked.append(call[2:4])

    event.listen(tx.connection, "before_cursor_execute", note)
    look(tx)
    event.remove(tx.connection, "before_cursor_execute", note)
    [(statement, values)] = asked
    rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return " ".join(row.detail for row in rows)


async def test_whether_a_copy_is_under_way_is_seen_without_reading_the_ledgers(
    database: Database,
) -> None:
    def work(tx: Tx) -> str:
        nigar = a_lawyer(tx, "Nigar", Role.OUTREACH)
        made = store.add(tx, "Hello", nigar.id, "ABCDEF", NOON)
        for n in range(50):
            worker = a_subscriber(tx, f"{n}")
            here = a_conversation(tx, f"{n}").address.id
            recipients.freeze(tx, made, [Candidate(worker, here, "en")], NOON)
        return plan_of(tx, recipients.any_queued)

    if database.is_sqlite:  # PostgreSQL reads a table as small as this whole
        assert "ix_recipient_queued" in await database.write(work)


@pytest.mark.parametrize("column", ["worker_id", "address_id"])
async def test_nobody_stands_twice_in_a_ledger(database: Database, column: str) -> None:
    def work(tx: Tx) -> None:
        nigar = a_lawyer(tx, "Nigar", Role.OUTREACH)
        made = store.add(tx, "Hello", nigar.id, "ABCDEF", NOON)
        first, other = a_subscriber(tx, "one"), a_subscriber(tx, "two")
        here, there = a_conversation(tx, "one").address.id, a_conversation(tx, "two").address.id
        again = {"worker_id": (first, there), "address_id": (other, here)}[column]
        recipients.freeze(tx, made, [Candidate(first, here, "en")], NOON)
        recipients.freeze(tx, made, [Candidate(*again, "en")], NOON)

    with pytest.raises(IntegrityError):
        await database.write(work)


async def test_an_audience_is_listed_in_batches_up_to_its_ceiling(database: Database) -> None:
    def work(tx: Tx) -> list[int]:
        people = [a_subscriber(tx, f"{n}") for n in range(5)]
        a_subscriber(tx, "no", given=False)
        ceiling = audience.newest_worker(tx)
        a_subscriber(tx, "later")
        found: list[int] = []
        while batch := audience.list_candidates(
            tx,
            Audience(),
            ENGLISH,
            NOON,
            after_worker=found[-1] if found else 0,
            up_to_worker=ceiling,
            limit=2,
        ):
            found += [person.worker_id for person in batch]
        assert found == people
        return found

    assert len(await database.write(work)) == 5


async def test_the_latest_word_decides_who_is_counted(database: Database) -> None:
    def work(tx: Tx) -> tuple[int, dict[str, int]]:
        worker = a_subscriber(tx, "one")
        outreach.stop_all(tx, worker, wording="stop", language="en", now=NOON)
        found = audience.count(tx, Audience(), ENGLISH, NOON)
        return found.people, dict(found.left_out)

    assert await database.write(work) == (0, {"opted out": 1})


async def test_erasing_leaves_the_row_and_takes_all_else(database: Database) -> None:
    def work(tx: Tx) -> list[tuple[str, str | None, int | None]]:
        nigar = a_lawyer(tx, "Nigar", Role.OUTREACH)
        made = store.add(tx, "Hello", nigar.id, "ABCDEF", NOON)
        worker = a_subscriber(tx, "one")
        here = a_conversation(tx, "one").address.id
        recipients.freeze(tx, made, [Candidate(worker, here, "en")], NOON)
        outreach.set_facts(tx, worker, {"region": ["ganja"]}, NOON)
        outreach.mark_asked_for_news(tx, worker, NOON)
        erasure.erase_worker(tx, worker, NOON)
        assert outreach.get_facts(tx, worker) == {}
        assert tx.execute(select(schema.news_question)).all() == []
        assert audience.count(tx, Audience(), ENGLISH, NOON).people == 0
        rows = tx.execute(select(schema.recipient)).all()
        return [(row.state, row.reason, row.sent_message_id) for row in rows]

    assert await database.write(work) == [("skipped", "erased", None)]


async def test_of_two_who_save_a_draft_one_is_refused(database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        nigar = a_lawyer(tx, "Nigar", Role.OUTREACH)
        made = store.add(tx, "Hello", nigar.id, "ABCDEF", NOON)
        return [
            store.save_draft(
                tx,
                made,
                1,
                name=name,
                audience=Audience(),
                fallback=None,
                template=None,
                texts={"en": name},
            )
            for name in ("first", "second")
        ]

    assert await database.write(work) == [True, False]


async def test_only_what_waits_can_be_taken_from_the_right_channel(database: Database) -> None:
    def work(tx: Tx) -> list[list[int]]:
        nigar = a_lawyer(tx, "Nigar", Role.OUTREACH)
        made = store.add(tx, "Hello", nigar.id, "ABCDEF", NOON)
        people = [a_subscriber(tx, f"{n}") for n in range(3)]
        here = [a_conversation(tx, f"{n}").address.id for n in range(3)]
        frozen = [Candidate(w, a, "en") for w, a in zip(people, here, strict=True)]
        recipients.freeze(tx, made, frozen, NOON)
        tx.execute(
            update(schema.recipient)
            .where(schema.recipient.c.worker_id == people[0])
            .values(state=RecipientState.SENT)
        )
        web = recipients.take_waiting(tx, made, "webchat", "web", 10)
        other = recipients.take_waiting(tx, made, "telegram", "1", 10)
        assert [row.worker_id for row in web] == people[1:]
        return [[row.worker_id for row in rows] for rows in (web, other)]

    web, other = await database.write(work)
    assert (len(web), other) == (2, [])
