"""Places in a workshop: never more than there are, and the queue in order."""

import asyncio
from datetime import timedelta

import pytest

from bot.codes import new_code
from bot.errors import BadInput
from bot.workshops import places
from bot.workshops.places import Way
from storage import staff as staff_store
from storage import workshops as store
from storage.database import Database, Tx
from storage.records import Role
from storage.workshops import Details, Place, SignUp, Workshop, WorkshopId, WorkshopState
from tests.builders import a_conversation
from tests.conftest import NOON
from tests.workshops import IN_A_WEEK, WORDS


def made(tx: Tx, capacity: int) -> WorkshopId:
    nigar = staff_store.add_staff(tx, "Nigar", Role.OUTREACH, "en", NOON)
    workshop_id = store.add(
        tx,
        new_code(),
        new_code(),
        nigar.id,
        NOON,
        starts_at=IN_A_WEEK,
        ends_at=IN_A_WEEK + timedelta(hours=2),
        capacity=capacity,
        spoken=("en", "ru"),
        map_link="",
    )
    store.set_words(tx, workshop_id, WORDS)
    store.change(tx, workshop_id, 1, state=WorkshopState.OPEN)
    return workshop_id


def locked(tx: Tx, workshop_id: int) -> Workshop:
    it = store.get(tx, workshop_id, lock=True)
    assert it is not None
    return it


def joins(tx: Tx, workshop_id: int, who: str) -> SignUp:
    return places.join_worker(tx, locked(tx, workshop_id), a_conversation(tx, who), NOON)


async def test_a_hundred_at_once_get_thirty_places_and_an_ordered_queue(
    database: Database,
) -> None:
    workshop_id = await database.write(lambda tx: made(tx, 30))

    async def press(n: int) -> SignUp:
        return await database.write(lambda tx: joins(tx, workshop_id, f"worker {n}"))

    rows = await asyncio.gather(*map(press, range(100)))
    counts = await database.read(lambda tx: store.count_places(tx, workshop_id))
    assert counts == {Place.GOING: 30, Place.WAITING: 70}
    in_order = sorted(rows, key=lambda row: row.id)
    assert [row.state for row in in_order] == [Place.GOING] * 30 + [Place.WAITING] * 70
    queue = await database.read(
        lambda tx: [store.position(tx, row) for row in in_order if row.state is Place.WAITING]
    )
    assert queue == list(range(1, 71))


async def test_the_same_person_pressing_ten_times_has_one_place(database: Database) -> None:
    workshop_id = await database.write(lambda tx: made(tx, 30))

    async def press(_: int) -> SignUp:
        return await database.write(lambda tx: joins(tx, workshop_id, "one"))

    rows = await asyncio.gather(*map(press, range(10)))
    assert len({row.id for row in rows}) == 1
    counts = await database.read(lambda tx: store.count_places(tx, workshop_id))
    assert counts == {Place.GOING: 1}


async def test_nobody_overtakes_the_queue(database: Database) -> None:
    def work(tx: Tx) -> tuple[Place, Place]:
        workshop_id = made(tx, 1)
        first, _ = joins(tx, workshop_id, "one"), joins(tx, workshop_id, "two")
        store.move(tx, first, Place.CANCELLED)  # at night: nobody is promoted yet
        third = joins(tx, workshop_id, "three")
        fourth = joins(tx, workshop_id, "one")  # comes back, at the end
        return third.state, fourth.state

    assert await database.write(work) == (Place.WAITING, Place.WAITING)


async def test_the_first_who_wait_are_promoted(database: Database) -> None:
    def work(tx: Tx) -> list[Place]:
        workshop_id = made(tx, 2)
        rows = [joins(tx, workshop_id, who) for who in ("one", "two", "three", "four", "five")]
        store.move(tx, rows[1], Place.CANCELLED)
        store.promote(tx, locked(tx, workshop_id), NOON + timedelta(hours=12))
        store.promote(tx, locked(tx, workshop_id), NOON + timedelta(hours=12))  # nothing is free
        return [row.state for row in store.list_sign_ups(tx, workshop_id)]

    going, cancelled, offered, waiting = (
        Place.GOING,
        Place.CANCELLED,
        Place.OFFERED,
        Place.WAITING,
    )
    assert await database.write(work) == [going, cancelled, offered, waiting, waiting]


async def test_an_offer_ends_to_the_second_and_an_answer_after_it_is_too_late(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[bool, list[int], bool]:
        workshop_id = made(tx, 1)
        first, second = joins(tx, workshop_id, "one"), joins(tx, workshop_id, "two")
        store.move(tx, first, Place.CANCELLED)
        until = NOON + timedelta(hours=12)
        it = locked(tx, workshop_id)
        store.promote(tx, it, until)
        offered = store.get_sign_up(tx, second.id)
        assert offered is not None
        late = places.confirm(tx, it, offered, until)
        before = store.lapse(tx, it, until - timedelta(seconds=1))
        ended = store.lapse(tx, it, until)
        return late, [row.id for row in before], [row.id for row in ended] == [second.id]

    assert await database.write(work) == (False, [], True)


async def test_a_partner_is_one_person_however_they_write_their_number(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[int, str]:
        it = locked(tx, made(tx, 5))
        sevil = Details("Sevil", "Youth House", "+994 50 123 45 67")
        row = places.join_partner(tx, it, sevil, "501234567", "az", Way.PAGE, NOON)
        assert row.partner_id is not None
        found, language = store.get_partners(tx, [row.partner_id])[row.partner_id]
        assert found == sevil
        with pytest.raises(BadInput, match="known"):  # nobody else is told that they have a place
            places.join_partner(tx, it, Details("Ali"), "501234567", "az", Way.STAFF, NOON)
        return len(store.list_sign_ups(tx, it.id)), language

    assert await database.write(work) == (1, "az")


async def test_partners_are_forgotten_a_year_after_their_last_workshop(
    database: Database,
) -> None:
    def work(tx: Tx) -> tuple[int, int, int]:
        it = locked(tx, made(tx, 5))
        row = places.join_partner(
            tx, it, Details("Sevil", phone="0501234567"), "501234567", "az", Way.PAGE, NOON
        )
        store.note(tx, row, attended_at=it.starts_at)
        kept = store.forget_partners(tx, it.ends_at)
        gone = store.forget_partners(tx, it.ends_at + timedelta(seconds=1))
        came = [row for row in store.list_sign_ups(tx, it.id) if row.attended_at]
        assert came[0].partner_id is None
        return kept, gone, len(came)

    assert await database.write(work) == (0, 1, 1)
