"""Receipts and people with several identifiers, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import conversations, outbox, pace, receipts, schema
from storage.database import Database, Tx
from storage.outbox import DOUBT, SEND
from storage.receipts import Part, Traffic
from storage.records import AddressId, Kind, OutboxRow, OutboxState
from tests.builders import a_case, a_conversation, a_message_out
from tests.conftest import NOON

LEASE = timedelta(seconds=60)


def a_row(tx: Tx, kind: Kind = Kind.REPLY) -> OutboxRow:
    """A message of which a call is under way."""
    a_message_out(tx, a_conversation(tx), kind=kind)
    claimed = outbox.claim_due(
        tx, NOON, limit=1, lease=LEASE, gate=lambda *_: SEND, rates_of=lambda *_: pace.UNLIMITED
    )
    [row] = claimed.rows
    return row


def state_of(tx: Tx, row: OutboxRow) -> tuple[str, str | None]:
    table = schema.outbox
    query = select(table.c.state, table.c.reason).where(table.c.id == row.id)
    found = tx.execute(query).one()
    return found.state, found.reason


async def test_each_thing_is_counted_once_however_often_it_is_told(database: Database) -> None:
    def work(tx: Tx) -> list[Traffic]:
        row = a_row(tx)
        part = Part(row.message_id, 0, "reply", row.address, "2026-11")
        for _ in range(3):
            receipts.add_part(tx, part, NOON, "wamid.1")
            receipts.note_arrival(tx, part, NOON)
            receipts.note_price(tx, part, "service")
        receipts.add_part(tx, Part(row.message_id, 1, "reply", row.address, "2026-11"), NOON)
        free = Part(row.message_id, 1, "reply", row.address, "2026-11")
        receipts.note_price(tx, free, "")
        assert receipts.find_part(tx, "webchat", "web", "wamid.1") == (row.message_id, 0)
        assert receipts.find_part(tx, "webchat", "web", "wamid.2") is None
        assert receipts.list_parts(tx, row.message_id) == {0, 1}
        receipts.forget_part(tx, row.message_id, 1)
        receipts.forget_part(tx, row.message_id, 0)  # arrived: stays
        assert receipts.list_parts(tx, row.message_id) == {0}
        return receipts.list_traffic(tx)

    assert await database.write(work) == [Traffic("2026-11", "webchat", "reply", 2, 1, 1)]


async def test_a_receipt_ends_doubt_and_overrules_a_failure(database: Database) -> None:
    def work(tx: Tx) -> None:
        row = a_row(tx)
        outbox.doubt(tx, row, NOON)
        assert state_of(tx, row) == (OutboxState.QUEUED, DOUBT)
        outbox.note_taken(tx, row, NOON)
        assert state_of(tx, row) == (OutboxState.SENT, None)
        assert outbox.settle(tx, row, OutboxState.FAILED, NOON, reason="x", states=outbox.TAKEN)
        outbox.note_taken(tx, row, NOON)  # "sent" comes late: it did fail
        assert state_of(tx, row) == (OutboxState.FAILED, "x")
        outbox.note_arrived(tx, row, NOON, read=False)
        assert state_of(tx, row) == (OutboxState.SENT, None)
        assert not outbox.settle(tx, row, OutboxState.FAILED, NOON, reason="y", states=outbox.TAKEN)

    await database.write(work)


async def test_what_is_queued_again_is_not_ended_by_a_late_sent(database: Database) -> None:
    def work(tx: Tx) -> None:
        row = a_row(tx)
        outbox.settle(tx, row, OutboxState.SENT, NOON)
        outbox.retry_later(tx, row, NOON, "131056 pair rate", states=outbox.TAKEN)
        outbox.note_taken(tx, row, NOON)
        assert state_of(tx, row) == (OutboxState.QUEUED, "131056 pair rate")

    await database.write(work)


def address(tx: Tx, **identifiers: str) -> AddressId:
    """Somebody's address on WhatsApp."""
    return conversations.find_or_create_address(tx, "whatsapp", "1", identifiers, NOON)


async def test_either_identifier_finds_the_person(database: Database) -> None:
    def work(tx: Tx) -> None:
        first = address(tx, phone="44700")
        assert address(tx, user="GB.1", phone="44700") == first
        assert address(tx, user="GB.1") == first
        assert conversations.get_identifiers(tx, first) == {"user": "GB.1", "phone": "44700"}
        assert address(tx, user="GB.1", phone="44701") == first
        assert conversations.get_identifiers(tx, first) == {"user": "GB.1", "phone": "44701"}

    await database.write(work)


async def test_a_number_that_somebody_else_uses_now_leaves_the_earlier_person(
    database: Database,
) -> None:
    def work(tx: Tx) -> None:
        first = address(tx, user="GB.1", phone="44700")
        second = address(tx, user="GB.2", phone="44700")
        assert second != first
        assert conversations.get_identifiers(tx, first) == {"user": "GB.1"}
        assert conversations.get_identifiers(tx, second) == {"user": "GB.2", "phone": "44700"}
        assert address(tx, phone="44700") == second

    await database.write(work)


@pytest.mark.parametrize("case_first", [False, True])
async def test_a_changed_number_keeps_the_person_unless_both_have_a_case(
    database: Database, case_first: bool
) -> None:
    def change(tx: Tx) -> AddressId | None:
        before, after = {"user": "GB.1", "phone": "1"}, {"user": "GB.2", "phone": "2"}
        return conversations.change_identifiers(tx, "whatsapp", "1", before, after, NOON)

    def work(tx: Tx) -> None:
        assert change(tx) is None  # nobody is known
        old = address(tx, user="GB.1", phone="44700")
        conversations.lock_conversation(tx, old, NOON)
        new = address(tx, user="GB.2", phone="44702")
        talk = conversations.lock_conversation(tx, new, NOON)
        if case_first:
            case = a_case(tx, "another")
            table = schema.legal_case
            tx.execute(table.update().where(table.c.id == case.id).values(conversation_id=talk.id))
        before, after = {"user": "GB.1", "phone": "44700"}, {"user": "GB.2", "phone": "44702"}
        kept = conversations.change_identifiers(tx, "whatsapp", "1", before, after, NOON)
        assert kept == (None if case_first else old)
        assert address(tx, user="GB.2") == (new if case_first else old)
        if not case_first:
            assert conversations.get_identifiers(tx, old) == after
            assert conversations.get_open_conversation(tx, new) is None

    await database.write(work)
