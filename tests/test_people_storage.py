"""What is kept of calls, own codes, walk-ins and earlier people at a phone, on both databases."""

import asyncio
from datetime import timedelta

from storage import calls, cases, conversations, schema, walkins
from storage.calls import Prompt
from storage.database import Database, Tx
from storage.records import CaseState
from tests.builders import a_case, a_conversation, a_lawyer, a_message_out
from tests.conftest import NOON

LATER = NOON + timedelta(days=3)


async def test_a_call_is_made_once_and_a_new_number_replaces_it(database: Database) -> None:
    def work(tx: Tx) -> None:
        case, lawyer = a_case(tx), a_lawyer(tx)
        calls.add_call(tx, case, "+994501111111", NOON)
        assert calls.get_call(tx, case.id) is None  # without hours it is not asked for yet
        calls.add_call(tx, case, "+994502222222", NOON)
        number = calls.set_hours(tx, case.id, "evening")
        call = calls.get_call(tx, case.id)
        assert call is not None
        assert (call.id, call.phone, call.hours) == (number, "+994502222222", "evening")
        assert "994" not in repr(call)
        done = [calls.mark_called(tx, case.id, call.id, lawyer.id, LATER) for _ in range(2)]
        assert done == [True, False]
        assert calls.get_call(tx, case.id) is None
        assert calls.set_hours(tx, case.id, "any") is None

    await database.write(work)


async def test_a_prompt_and_a_code_are_replaced_and_taken_away(database: Database) -> None:
    def work(tx: Tx) -> None:
        talk = a_conversation(tx)
        for wanted in (Prompt("number", 3), Prompt("hours", 4), None):
            calls.set_prompt(tx, talk.id, wanted)
            assert calls.get_prompt(tx, talk.id) == wanted
        for code in ("blue77", "گل سرخ", None):
            calls.set_code(tx, talk.worker, code)
            assert calls.get_code(tx, talk.worker) == code

    await database.write(work)


async def test_a_reminder_counts_from_our_last_word_and_is_noted_once(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = a_case(tx)
        assert calls.list_unnudged(tx, 1, LATER) == []
        cases.change_state(tx, case.id, case.state, CaseState.WAITING_WORKER, replied_at=NOON)
        assert calls.list_unnudged(tx, 1, NOON - timedelta(seconds=1)) == []
        assert calls.list_unnudged(tx, 1, NOON) == [case.id]
        assert [calls.add_nudge(tx, case.id, NOON, 1) for _ in range(2)] == [True, False]
        assert calls.list_unnudged(tx, 1, LATER) == []
        assert calls.list_unnudged(tx, 2, LATER) == [case.id]
        cases.touch(tx, case.id, replied_at=LATER)  # a new word: counted from it
        assert calls.list_unnudged(tx, 1, LATER) == [case.id]

    await database.write(work)


async def test_of_many_who_use_a_link_at_once_one_joins(database: Database) -> None:
    def prepare(tx: Tx) -> int:
        talk, lawyer = a_conversation(tx), a_lawyer(tx)
        walkins.add_walk_in(tx, lawyer.id, talk.id, "reception", "ganja", NOON, 10)
        walkins.add_link(tx, talk.id, "first", NOON, LATER)
        walkins.add_link(tx, talk.id, "second", NOON, LATER)
        return talk.id

    talk_id = await database.write(prepare)
    assert await database.write(lambda tx: walkins.use_link(tx, "first", NOON)) is None
    assert await database.write(lambda tx: walkins.use_link(tx, "second", LATER)) is None
    used = [database.write(lambda tx: walkins.use_link(tx, "second", NOON)) for _ in range(8)]
    assert sorted(await asyncio.gather(*used), key=str) == [talk_id, *[None] * 7]


async def test_what_waits_goes_along_when_a_chat_joins(database: Database) -> None:
    def work(tx: Tx) -> None:
        talk, lawyer = a_conversation(tx, "screen"), a_lawyer(tx)
        number = walkins.add_walk_in(tx, lawyer.id, talk.id, "call", None, NOON)
        message = a_message_out(tx, talk)
        phone = a_conversation(tx, "phone")
        conversations.end_conversation(tx, phone.id, NOON)
        walkins.move_conversation(tx, talk.id, phone.address, LATER)
        moved = conversations.get_open_conversation(tx, phone.address.id)
        assert moved is not None
        assert (moved.id, moved.worker.id) == (talk.id, talk.worker.id)
        rows = tx.execute(schema.outbox.select().where(schema.outbox.c.message_id == message))
        assert [row.address_id for row in rows] == [phone.address.id]
        for found in (walkins.get_walk_in(tx, number), walkins.find_walk_in(tx, talk.id)):
            assert found is not None
            assert (found.way, found.region, found.joined_at) == ("call", None, LATER)
        assert [each.id for each in walkins.list_walk_ins(tx, lawyer.id)] == [number]

    await database.write(work)


async def test_an_earlier_person_goes_on_in_place_of_the_later_one(database: Database) -> None:
    def work(tx: Tx) -> None:
        first = a_conversation(tx)
        assert conversations.list_ended(tx, first.address.id) == []
        conversations.set_phrase(tx, first, "moon river")
        conversations.set_hidden(tx, first.id, hidden=True)
        conversations.end_conversation(tx, first.id, NOON)
        second = a_conversation(tx)
        [ended] = conversations.list_ended(tx, first.address.id)
        assert (ended.id, ended.phrase) == (first.id, "moon river")
        elsewhere = a_conversation(tx, "another phone")
        conversations.resume_conversation(tx, second, first.id, LATER)
        now = conversations.get_open_conversation(tx, first.address.id)
        assert now is not None
        assert (now.id, now.hidden_after_seq) == (first.id, None)
        assert conversations.list_ended(tx, first.address.id) == []  # the second has no words
        assert a_conversation(tx, "another phone").id == elsewhere.id

    await database.write(work)
