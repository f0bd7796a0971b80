"""The queue: order, match, cap, leases, transfers, ladder, notices, on both databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.casework import (
    cases,
    clocks,
    closing,
    conflicts,
    holding,
    moves,
    oversight,
    questions,
    queue,
    states,
    steps,
    worker_side,
)
from bot.errors import (
    AtCapacity,
    BadInput,
    CaseAlreadyClaimed,
    CaseNotInState,
    ConflictUndeclared,
    NotAllowed,
    NotFound,
)
from bot.office import notices, roster, staff
from bot.runtime import Runtime
from bot.settings import Settings
from flows.compute import local_day
from flows.model import OpenCase
from storage import cases as store
from storage import conflicts as conflict_store
from storage import erasure
from storage import messages as transcript
from storage.caselists import Wanted
from storage.database import Tx
from storage.records import Case, CaseId, CaseState, NoticeKind, Priority, Role, Staff, StaffId
from tests.builders import a_case, a_conversation, a_lawyer
from tests.conftest import NOON, SECRET_KEY, Clock, a_runtime

DANGER, URGENT, SOON, NORMAL = Priority


@asynccontextmanager
async def big_office(url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """An office that is not small, on this database."""
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=url,
        media_folder=tmp_path / "media",
        small_office=False,
    )
    runtime = await a_runtime(settings, clock)
    yield runtime
    await runtime.database.close()


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """A big office on SQLite: for rules that are in our code, not in the database."""
    async with big_office(f"sqlite:///{tmp_path}/hamrah.db", tmp_path, clock) as runtime:
        yield runtime


@pytest.fixture
async def both(database_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """A big office on each kind of database: for races and for what a list leaves out."""
    async with big_office(database_url, tmp_path, clock) as runtime:
        yield runtime


async def lawyers(house: Runtime, *names: str, role: Role = Role.LAWYER) -> list[Staff]:
    return await house.database.write(lambda tx: [a_lawyer(tx, name, role) for name in names])


async def waiting(
    house: Runtime, who: str = "one", priority: Priority = SOON, language: str = "en"
) -> Case:
    """A case that has just come into the queue, with its clock."""
    now = house.clock()

    def work(tx: Tx) -> Case:
        case = a_case(tx, who, priority, now)
        store.touch(tx, case.id, language=language)
        return moves.queued_again(tx, house, replace(case, language=language), now)

    return await house.database.write(work)


async def now_of(house: Runtime, case: Case) -> Case:
    found = await house.database.read(lambda tx: store.get_case(tx, case.id))
    assert found is not None
    return found


async def told(house: Runtime, *people: Staff) -> list[list[NoticeKind]]:
    """What each of them has not read yet, oldest first."""
    unread = [await notices.list_unread(house, person) for person in people]
    return [[notice.kind for notice in reversed(found)] for found in unread]


async def tick_until(house: Runtime, clock: Clock, case: Case, mark: int) -> None:
    """Let time pass until this mark of the running deadline has been told."""
    for _ in range(6):
        found = await now_of(house, case)
        if found.mark >= mark or found.mark_at is None:
            return
        clock.now = max(clock.now, found.mark_at)
        await clocks.tick(house)


# -- the table of moves ------------------------------------------------------------------------


def test_every_state_has_its_moves_and_can_be_left() -> None:
    assert set(states.MOVES) == set(CaseState)
    assert all(states.MOVES.values())
    assert all(CaseState.CLOSED in states.MOVES[state] for state in states.OPEN)
    assert CaseState.QUEUED not in states.HELD


@pytest.mark.parametrize(
    ("old", "new"),
    [(o, n) for o in CaseState for n in CaseState if n not in states.MOVES[o]],
)
def test_the_table_has_no_other_moves(old: CaseState, new: CaseState) -> None:
    case = Case.__new__(Case)
    object.__setattr__(case, "state", old)
    with pytest.raises(CaseNotInState):
        moves.move(Tx.__new__(Tx), case, new)


# -- order and match ---------------------------------------------------------------------------


async def test_the_queue_is_ordered_by_priority_then_deadline_then_age(
    both: Runtime, clock: Clock
) -> None:
    [leyla] = await lawyers(both, "Leyla")
    normal = await waiting(both, "1", NORMAL)
    soon = await waiting(both, "2", SOON)
    clock.forward(hours=2)
    later = await waiting(both, "3", SOON)
    danger = await waiting(both, "4", DANGER)
    urgent = await waiting(both, "5", URGENT)
    found = await queue.list_queue(both, leyla)
    order = [danger.id, urgent.id, soon.id, later.id, normal.id]
    assert [card.id for card in found.cards] == order


async def test_a_missed_deadline_raises_a_case_and_nothing_leaves_the_queue(
    house: Runtime, clock: Clock
) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", NORMAL)
    await tick_until(house, clock, case, 100)
    first = await now_of(house, case)
    assert (first.rank, first.priority) == (SOON, NORMAL)
    assert first.mark_at is not None
    clock.now = first.mark_at
    await clocks.tick(house)
    clock.forward(days=400)
    for _ in range(3):
        await clocks.tick(house)
    last = await now_of(house, case)
    assert (last.rank, last.mark_at) == (URGENT, None)
    [card] = (await queue.list_queue(house, leyla)).cards
    assert (card.id, card.due_at) == (case.id, case.due_at)


async def test_take_next_gives_the_most_urgent_case_in_a_known_language(both: Runtime) -> None:
    leader, leyla = await lawyers(both, "Aysel", "Leyla", role=Role.COORDINATOR)
    await roster.set_skills(both, leader, leyla.id, ["fa"], [])
    await waiting(both, "1", URGENT, "ru")
    fitting = await waiting(both, "2", SOON, "fa")
    assert await queue.count_fitting(both, leyla) == 1
    taken = await queue.take_next(both, leyla)
    assert (taken.id, taken.assignee_id) == (fitting.id, leyla.id)
    with pytest.raises(NotFound):
        await queue.take_next(both, leyla)


async def test_half_of_the_time_gone_a_case_is_everybodys(house: Runtime, clock: Clock) -> None:
    leader, leyla = await lawyers(house, "Aysel", "Leyla", role=Role.COORDINATOR)
    await roster.set_skills(house, leader, leyla.id, ["fa"], [])
    case = await waiting(house, "1", URGENT, "ru")
    await tick_until(house, clock, case, 50)
    assert (await queue.take_next(house, leyla)).id == case.id


async def test_lawyers_who_take_next_at_once_get_different_cases(both: Runtime) -> None:
    people = await lawyers(both, *(f"Lawyer {n}" for n in range(8)))
    for n in range(8):
        await waiting(both, str(n))
    taken = await asyncio.gather(*(queue.take_next(both, person) for person in people))
    assert len({case.id for case in taken}) == 8


# -- the cap -----------------------------------------------------------------------------------


async def race_with_cap(both: Runtime, lawyer_count: int, case_count: int, cap: int) -> None:
    """Everybody presses on everything: each case has one winner, nobody is over the cap."""
    capped = replace(both, settings=replace(both.settings, case_cap=cap))

    def arrange(tx: Tx) -> tuple[list[Staff], list[Case]]:
        people = [a_lawyer(tx, f"Lawyer {n}") for n in range(lawyer_count)]
        return people, [a_case(tx, f"worker {n}") for n in range(case_count)]

    people, made = await both.database.write(arrange)
    names = {person.name for person in people}
    won: Counter[StaffId] = Counter()
    winners: dict[CaseId, list[str]] = {case.id: [] for case in made}
    told_of: dict[CaseId, set[str]] = {case.id: set() for case in made}
    refused: Counter[StaffId] = Counter()

    async def grab(person: Staff, offset: int) -> None:
        for case in [*made[offset:], *made[:offset]]:
            try:
                await cases.claim(capped, person, case.id)
                won[person.id] += 1
                winners[case.id].append(person.name)
            except CaseAlreadyClaimed as error:
                told_of[case.id].add(error.claimed_by)
            except AtCapacity:
                refused[person.id] += 1

    step = max(1, case_count // lawyer_count)
    await asyncio.gather(*(grab(p, n * step % case_count) for n, p in enumerate(people)))
    assert max(won.values()) <= cap
    assert sum(won.values()) == min(case_count, cap * lawyer_count)
    for case in made:
        assert len(winners[case.id]) <= 1
        assert told_of[case.id] <= set(winners[case.id]) <= names
    if cap * lawyer_count >= case_count:
        assert all(len(names) == 1 for names in winners.values())


async def test_no_race_takes_a_lawyer_over_the_cap(both: Runtime) -> None:
    await race_with_cap(both, lawyer_count=10, case_count=40, cap=4)


async def test_a_cap_that_is_too_small_leaves_cases_in_the_queue(both: Runtime) -> None:
    await race_with_cap(both, lawyer_count=5, case_count=20, cap=3)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_fifty_lawyers_race_for_a_thousand_cases(both: Runtime) -> None:
    await race_with_cap(both, lawyer_count=50, case_count=1000, cap=20)


async def test_waiting_for_a_third_party_does_not_count_in_the_cap(house: Runtime) -> None:
    house = replace(house, settings=replace(house.settings, case_cap=1))
    [leyla] = await lawyers(house, "Leyla")
    one, two = await waiting(house, "1"), await waiting(house, "2")
    await cases.claim(house, leyla, one.id)
    with pytest.raises(AtCapacity) as refused:
        await cases.claim(house, leyla, two.id)
    assert refused.value.cap == 1
    await cases.reply(house, leyla, one.id, "I ask the court", form_id="a")
    await cases.wait(house, leyla, one.id, CaseState.WAITING_THIRD)
    assert (await cases.claim(house, leyla, two.id)).assignee_id == leyla.id


# -- leases and pauses -------------------------------------------------------------------------


async def test_a_claim_without_a_reply_is_warned_of_and_then_released(
    house: Runtime, clock: Clock
) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    case = await waiting(house, "1", SOON)
    await cases.claim(house, leyla, case.id)
    for kind in (NoticeKind.DUE_HALF, NoticeKind.DUE_SOON):
        found = await now_of(house, case)
        assert found.mark_at is not None
        clock.now = found.mark_at
        await clocks.tick(house)
        assert kind in (await told(house, leyla))[0]
    assert (await now_of(house, case)).assignee_id == leyla.id
    clock.now = (await now_of(house, case)).due_at
    await clocks.tick(house)
    back = await now_of(house, case)
    assert (back.state, back.assignee_id, back.rank) == (CaseState.QUEUED, None, URGENT)
    for_leyla, for_kamran, for_leader = await told(house, leyla, kamran, leader)
    assert NoticeKind.RELEASED in for_leyla
    assert NoticeKind.RELEASED in for_leader
    assert NoticeKind.RELEASED not in for_kamran
    assert for_kamran[-1] is NoticeKind.NEW_CASE


async def test_an_answered_case_is_never_released(house: Runtime, clock: Clock) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", URGENT)
    await cases.claim(house, leyla, case.id)
    await cases.reply(house, leyla, case.id, "Hello", form_id="a")
    await worker_wrote(house, case)
    await tick_until(house, clock, case, 100)
    clock.forward(days=60)
    await clocks.tick(house)
    assert (await now_of(house, case)).assignee_id == leyla.id
    assert NoticeKind.OVERDUE in (await told(house, leyla))[0]


async def test_in_a_small_office_nothing_is_released(house: Runtime, clock: Clock) -> None:
    house = replace(house, settings=replace(house.settings, small_office=True))
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", DANGER)
    await cases.claim(house, leyla, case.id)
    clock.forward(days=3)
    for _ in range(4):
        await clocks.tick(house)
    assert (await now_of(house, case)).assignee_id == leyla.id


async def worker_wrote(house: Runtime, case: Case) -> None:
    now = house.clock()

    def work(tx: Tx) -> None:
        found = store.get_case(tx, case.id)
        assert found is not None
        worker_side.record_worker_wrote(tx, house, found, now)

    await house.database.write(work)


async def test_the_time_to_the_next_reply_rests_while_we_wait_for_the_worker(
    house: Runtime, clock: Clock
) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", SOON)
    await cases.claim(house, leyla, case.id)
    await cases.reply(house, leyla, case.id, "Hello", form_id="a")
    assert (await now_of(house, case)).clock_from is None
    await worker_wrote(house, case)
    runs = await now_of(house, case)
    assert runs.due_at - clock.now > timedelta(days=1)
    await cases.wait(house, leyla, case.id, CaseState.WAITING_WORKER)
    clock.forward(days=7)
    await clocks.tick(house)
    assert NoticeKind.DUE_HALF not in (await told(house, leyla))[0]
    await worker_wrote(house, case)
    again = await now_of(house, case)
    assert again.state is CaseState.ACTIVE
    assert abs(again.due_at - runs.due_at - timedelta(days=7)) < timedelta(seconds=1)


async def test_one_process_alone_takes_each_step(both: Runtime, clock: Clock) -> None:
    [leyla] = await lawyers(both, "Leyla")
    made = [await waiting(both, str(n), SOON) for n in range(5)]
    clock.now = max(case.mark_at for case in made if case.mark_at is not None)
    await asyncio.gather(*(clocks.tick(both) for _ in range(6)))
    assert Counter((await told(both, leyla))[0])[NoticeKind.DUE_HALF] == 5
    assert {(await now_of(both, case)).mark for case in made} == {50}


# -- the ladder of danger ----------------------------------------------------------------------


async def test_danger_climbs_the_ladder_until_somebody_takes_it(
    house: Runtime, clock: Clock
) -> None:
    night, other = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    [admin] = await lawyers(house, "Rauf", role=Role.ADMIN)
    await roster.set_duty(house, leader, local_day(NOON), night.id)
    case = await waiting(house, "1", DANGER)

    def alarms(found: Sequence[NoticeKind]) -> list[NoticeKind]:
        return [k for k in found if k in (NoticeKind.ESCALATED, NoticeKind.CALL_DIRECTOR)]

    async def rung() -> list[int]:
        everybody = await told(house, night, other, leader, admin)
        return [len(alarms(found)) for found in everybody]

    assert await rung() == [1, 0, 0, 0]
    for expected in ([2, 1, 1, 0], [2, 1, 2, 0], [2, 1, 3, 1]):
        clock.forward(minutes=10)
        await clocks.tick(house)
        assert await rung() == expected
    assert alarms((await told(house, admin))[0]) == [NoticeKind.CALL_DIRECTOR]
    clock.forward(minutes=60)
    await clocks.tick(house)
    assert await rung() == [2, 1, 3, 1]
    await cases.claim(house, other, case.id)
    assert await rung() == [0, 0, 0, 0]


async def test_danger_calls_others_where_who_is_on_duty_may_not_know(
    house: Runtime, clock: Clock
) -> None:
    night, other = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    await roster.set_duty(house, leader, local_day(NOON), night.id)
    case = await waiting(house, "1", DANGER)
    await cases.claim(house, night, case.id)
    clock.forward(minutes=1)
    await conflicts.declare(house, night, case.id, conflict=True)
    assert NoticeKind.ESCALATED in (await told(house, other))[0]
    assert await told(house, night) == [[]]


async def test_a_claim_stops_the_ladder(house: Runtime, clock: Clock) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house, "1", DANGER)
    await cases.claim(house, leyla, case.id)
    clock.forward(minutes=11)
    await clocks.tick(house)
    assert NoticeKind.ESCALATED not in (await told(house, kamran))[0]


# -- transfers and the coordinator -------------------------------------------------------------


async def test_a_transfer_is_the_old_lawyers_until_it_is_accepted(house: Runtime) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    await holding.offer(house, leyla, case.id, kamran.id, "Contract is in the chat")
    assert (await now_of(house, case)).assignee_id == leyla.id
    assert (await told(house, kamran))[0][-1] is NoticeKind.TRANSFER_OFFERED
    await holding.accept(house, kamran, case.id)
    assert (await now_of(house, case)).assignee_id == kamran.id
    assert (await told(house, leyla))[0][-1] is NoticeKind.TRANSFER_ACCEPTED
    with pytest.raises(NotFound):
        await holding.accept(house, kamran, case.id)
    with pytest.raises(ConflictUndeclared):  # asked of the new lawyer, too
        await cases.read_case(house, kamran, case.id)


async def test_an_offer_is_declined_or_ends_after_four_hours(house: Runtime, clock: Clock) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    one, two = await waiting(house, "1", NORMAL), await waiting(house, "2", NORMAL)
    for case in (one, two):
        await cases.claim(house, leyla, case.id)
        await holding.offer(house, leyla, case.id, kamran.id, "note")
    await holding.decline(house, kamran, one.id)
    clock.forward(hours=4)
    await clocks.tick(house)
    assert await holding.list_offers(house, kamran) == []
    assert Counter((await told(house, leyla))[0])[NoticeKind.TRANSFER_DECLINED] == 2
    for case in (one, two):
        assert (await now_of(house, case)).assignee_id == leyla.id


async def test_two_who_accept_and_withdraw_at_once_leave_one_owner(both: Runtime) -> None:
    leyla, kamran = await lawyers(both, "Leyla", "Kamran")
    case = await waiting(both)
    await cases.claim(both, leyla, case.id)
    await holding.offer(both, leyla, case.id, kamran.id, "note")
    await asyncio.gather(
        holding.accept(both, kamran, case.id),
        cases.release(both, leyla, case.id, "I am ill"),
        return_exceptions=True,
    )
    found = await now_of(both, case)
    assert (found.state, found.assignee_id) in [
        (CaseState.CLAIMED, kamran.id),
        (CaseState.QUEUED, None),
    ]
    assert await holding.list_offers(both, kamran) == []


@pytest.mark.parametrize("handover", ["", "  "])
async def test_a_transfer_needs_a_note(house: Runtime, handover: str) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    with pytest.raises(BadInput):
        await holding.offer(house, leyla, case.id, kamran.id, handover)


async def test_a_transfer_in_a_small_office_goes_over_at_once(house: Runtime) -> None:
    house = replace(house, settings=replace(house.settings, small_office=True))
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    await holding.offer(house, leyla, case.id, kamran.id, "note")
    assert (await now_of(house, case)).assignee_id == kamran.id


async def test_a_coordinator_reassigns_with_a_reason(house: Runtime) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    with pytest.raises(NotAllowed):
        await holding.reassign(house, kamran, case.id, kamran.id, "I want it")
    with pytest.raises(BadInput):
        await holding.reassign(house, leader, case.id, kamran.id, " ")
    await holding.reassign(house, leader, case.id, kamran.id, "Leyla is ill")
    assert (await now_of(house, case)).assignee_id == kamran.id
    for_leyla, for_kamran = await told(house, leyla, kamran)
    assert for_leyla[-1] is NoticeKind.REASSIGNED
    assert for_kamran[-1] is NoticeKind.GIVEN
    await holding.reassign(house, leader, case.id, None, "Kamran is ill, too")
    assert (await now_of(house, case)).state is CaseState.QUEUED
    assert NoticeKind.REQUEUED in (await told(house, kamran))[0]


async def test_duplicates_are_merged_and_the_other_goes_on(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    kept, gone = await waiting(house, "1"), await waiting(house, "2")
    await cases.claim(house, leyla, kept.id)
    with pytest.raises(BadInput):
        await oversight.merge(house, leader, gone.id, "XXXXX", "the same")
    await oversight.merge(house, leader, gone.id, kept.code.lower(), "the same")
    closed = await now_of(house, gone)
    assert (closed.state, closed.outcome) == (CaseState.CLOSED, states.DUPLICATE)
    assert (closed.merged_into_id, closed.assignee_id) == (kept.id, leyla.id)
    assert (await now_of(house, kept)).state is CaseState.CLAIMED


async def test_what_is_opened_again_never_waits_with_who_cannot_read_it(house: Runtime) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    kept, gone, closed = [await waiting(house, str(n)) for n in range(3)]
    await cases.claim(house, leyla, kept.id)
    await conflicts.declare(house, leyla, gone.id, conflict=True)
    await oversight.merge(house, leader, gone.id, kept.code, "the same")
    await cases.claim(house, kamran, closed.id)
    await closing.close(house, kamran, closed.id, "advice")
    await staff.change_role(house, leader, kamran.id, Role.OUTREACH)
    now = house.clock()
    for case in (gone, closed):
        await house.database.write(
            partial(
                worker_side.reopen_by_worker,
                runtime=house,
                conversation_id=case.conversation_id,
                now=now,
            )
        )
        again = await now_of(house, case)
        assert (again.state, again.assignee_id) == (CaseState.QUEUED, None)


async def test_what_was_held_by_who_left_goes_back_and_is_told(both: Runtime) -> None:
    """Assigned to somebody who cannot answer is assigned to nobody."""
    leyla, kamran, omid = await lawyers(both, "Leyla", "Kamran", "Omid")
    [leader] = await lawyers(both, "Aysel", role=Role.COORDINATOR)
    held = [await waiting(both, who) for who in ("1", "2")]
    offered = [await waiting(both, who) for who in ("3", "4")]
    for case, gone in zip(held, (leyla, omid), strict=True):
        await cases.claim(both, gone, case.id)
        await cases.reply(both, gone, case.id, "hello")
    for case, gone in zip(offered, (leyla, omid), strict=True):
        await cases.claim(both, kamran, case.id)
        await holding.offer(both, kamran, case.id, gone.id, "Please")
    await roster.set_duty(both, leader, local_day(both.clock()), omid.id)
    await staff.dismiss(both, leader, leyla.id)
    await staff.change_role(both, leader, omid.id, Role.OUTREACH)
    await clocks.tick(both)
    for case in held:
        now = await now_of(both, case)
        assert (now.state, now.assignee_id) == (CaseState.QUEUED, None)
    for_leader, for_kamran = await told(both, leader, kamran)
    assert Counter(for_leader)[NoticeKind.LEFT] == 2
    assert Counter(for_kamran)[NoticeKind.TRANSFER_DECLINED] == 2
    assert await roster.duty_today(both) is None


async def test_nobody_opens_the_case_of_a_worker_who_erased_everything(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    now = house.clock()

    def erase(tx: Tx) -> None:
        worker_side.withdraw_all(tx, case.worker_id, now)
        erasure.erase_worker(tx, case.worker_id, now)

    await house.database.write(erase)
    for act in (
        cases.reopen(house, leyla, case.id),
        questions.ask_consent(house, leyla, case.id, "report_facts"),
        questions.record_spoken_consent(house, leyla, case.id, "report_facts", given=True),
    ):
        with pytest.raises(CaseNotInState):
            await act


# -- conflict of interest ----------------------------------------------------------------------


async def test_no_race_gives_a_case_to_who_is_barred_from_it(both: Runtime) -> None:
    [leyla] = await lawyers(both, "Leyla")
    for number in range(8):
        case = await waiting(both, str(number))
        await asyncio.gather(
            cases.claim(both, leyla, case.id),
            conflicts.declare(both, leyla, case.id, conflict=True),
            return_exceptions=True,
        )
        assert (await now_of(both, case)).assignee_id is None


async def with_opponent(house: Runtime, case: Case, name: str) -> None:
    now = house.clock()
    await house.database.write(lambda tx: conflicts.set_opponent(tx, house, case, name, None, now))


async def test_conflict_is_asked_before_a_case_is_read(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await with_opponent(house, case, "Xəzər İnşaat MMC")
    with pytest.raises(ConflictUndeclared):
        await cases.read_case(house, leyla, case.id)
    card = await conflicts.read_card(house, leyla, case.id)
    assert card.opponent == "Xəzər İnşaat MMC"
    await conflicts.declare(house, leyla, case.id, conflict=False)
    await cases.read_case(house, leyla, case.id)


async def test_another_name_of_the_other_side_is_asked_of_again(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    await cases.read_case(house, leyla, case.id)
    await with_opponent(house, case, "Somebody")
    with pytest.raises(ConflictUndeclared):
        await cases.reply(house, leyla, case.id, "Hello", form_id="a")


async def test_a_conflict_bars_from_every_case_against_the_same_side(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    one, two, other = [await waiting(house, str(n)) for n in range(3)]
    await with_opponent(house, one, "Xəzər İnşaat MMC")
    await with_opponent(house, two, "“XƏZƏR İNŞAAT”")
    await conflicts.declare(house, leyla, one.id, conflict=True)
    later = await waiting(house, "4")
    await with_opponent(house, later, "xezer insaat")
    cards = (await queue.list_queue(house, leyla)).cards
    assert [card.id for card in cards] == [other.id]
    for case in (one, two, later):
        with pytest.raises(NotFound):
            await cases.claim(house, leyla, case.id)


async def test_a_bar_holds_for_each_of_several_names(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    one, two, other = [await waiting(house, str(n)) for n in range(3)]
    await with_opponent(house, one, "Xəzər İnşaat MMC")
    await with_opponent(house, two, "Agency LLC; xezer insaat")
    await conflicts.declare(house, leyla, two.id, conflict=True)
    await with_opponent(house, other, "AGENCY")
    assert (await queue.list_queue(house, leyla)).total == 0


async def test_a_coordinator_lifts_a_bar_with_a_reason(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    one, two = [await waiting(house, str(n)) for n in range(2)]
    for case in (one, two):
        await with_opponent(house, case, "Xəzər İnşaat MMC")
    await conflicts.declare(house, leyla, one.id, conflict=True)
    assert [p.id for p in await conflicts.list_barred(house, leader, two.id)] == [leyla.id]
    for person, reason, fault in ((leader, "", BadInput), (leyla, "I want to", NotAllowed)):
        with pytest.raises(fault):
            await conflicts.lift(house, person, one.id, leyla.id, reason)
    await conflicts.lift(house, leader, one.id, leyla.id, "It was another company")
    assert (await queue.list_queue(house, leyla)).total == 2
    with pytest.raises(ConflictUndeclared):  # asked anew
        await cases.read_case(house, leyla, two.id)
    with pytest.raises(NotFound):
        await conflicts.lift(house, leader, one.id, leyla.id, "Again")
    await conflicts.declare(house, leader, one.id, conflict=False)
    page = await cases.read_case(house, leader, one.id)
    assert page.notes[-1].text == "⚖ Leyla: It was another company"


async def test_in_an_office_of_one_the_server_lifts_a_bar(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await conflicts.declare(house, leyla, case.id, conflict=True)
    with pytest.raises(BadInput):
        await conflicts.lift_on_the_server(house, leyla, case.code, " ")
    await conflicts.lift_on_the_server(house, leyla, case.code.lower(), "The wrong button")
    with pytest.raises(NotFound):
        await conflicts.lift_on_the_server(house, leyla, case.code, "Again")
    assert (await queue.list_queue(house, leyla)).total == 1


async def test_who_is_barred_from_what_they_hold_holds_it_no_more(house: Runtime) -> None:
    leyla, _ = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    await conflicts.declare(house, leyla, case.id, conflict=True)
    assert (await now_of(house, case)).state is CaseState.QUEUED
    assert await told(house, leyla) == [[]]
    with pytest.raises(NotFound):
        await queue.take_next(house, leyla)


async def test_the_barred_see_nothing_in_any_list_or_count(both: Runtime, clock: Clock) -> None:
    [leader] = await lawyers(both, "Aysel", role=Role.COORDINATOR)
    [leyla] = await lawyers(both, "Leyla")
    case = await waiting(both, "1", DANGER)
    await cases.claim(both, leyla, case.id)
    await conflicts.declare(both, leader, case.id, conflict=True)
    await worker_wrote(both, case)
    clock.forward(hours=1)
    await clocks.tick(both)
    board = await queue.read_board(both, leader)
    assert board.held.total == 0
    assert all(line.load.open == 0 for line in board.lines)
    assert (await queue.search(both, leader, Wanted(code=case.code))).total == 0
    assert await told(both, leader) == [[]]
    sent = await notices.undelivered(both, "telegram", [leader.id, leyla.id])
    assert {notice.staff_id for notice in sent} == {leyla.id}
    other = await waiting(both, "2")
    with pytest.raises(BadInput):
        await oversight.merge(both, leader, other.id, case.code, "the same")
    acts = (
        cases.read_case(both, leader, case.id),
        cases.topics_of(both, leader, case.id),
        cases.load_file(both, leader, case.id, 1),
        conflicts.read_card(both, leader, case.id),
        conflicts.declare(both, leader, case.id, conflict=False),
        holding.reassign(both, leader, case.id, leader.id, "mine"),
        holding.list_colleagues(both, leader, case.id),
    )
    for act in acts:
        with pytest.raises(NotFound):
            await act


async def test_a_bar_stays_after_another_word(both: Runtime) -> None:
    [leyla] = await lawyers(both, "Leyla")
    case = await waiting(both)

    def work(tx: Tx) -> bool:
        conflict_store.declare(tx, case, leyla.id, barred=True, now=NOON)
        conflict_store.declare(tx, case, leyla.id, barred=False, now=NOON)
        return conflict_store.is_barred(tx, case.id, leyla.id)

    assert await both.database.write(work)


# -- notices -----------------------------------------------------------------------------------


async def test_the_same_occasion_is_told_once(both: Runtime) -> None:
    [leyla] = await lawyers(both, "Leyla")
    case = await waiting(both)

    def work(tx: Tx) -> list[StaffId]:
        return notices.post(tx, NoticeKind.ESCALATED, case, [leyla.id, leyla.id], NOON, "x")

    assert await both.database.write(work) == [leyla.id]
    assert await both.database.write(work) == []


async def test_a_notice_goes_out_by_a_channel_once(both: Runtime, clock: Clock) -> None:
    leyla, kamran = await lawyers(both, "Leyla", "Kamran")
    await waiting(both)
    [notice] = await notices.undelivered(both, "telegram", [leyla.id])
    won = await asyncio.gather(
        *(notices.mark_delivered(both, notice.id, "telegram") for _ in range(5))
    )
    assert sorted(won) == [False] * 4 + [True]
    assert await notices.undelivered(both, "telegram", [leyla.id]) == []
    assert len(await notices.undelivered(both, "email", [leyla.id])) == 1
    assert len(await notices.undelivered(both, "telegram", [leyla.id, kamran.id])) == 1
    clock.forward(hours=25)
    assert await notices.undelivered(both, "email", [leyla.id]) == []


async def test_what_was_read_in_the_desk_is_not_sent(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    await waiting(house)
    await notices.mark_all_read(house, leyla)
    assert await notices.undelivered(house, "telegram", [leyla.id]) == []


async def test_messages_in_a_row_are_one_notice_until_it_is_read(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await cases.claim(house, leyla, case.id)
    for _ in range(3):
        await worker_wrote(house, case)
    assert await told(house, leyla) == [[NoticeKind.NEW_MESSAGE]]
    await cases.read_case(house, leyla, case.id)
    assert await told(house, leyla) == [[]]
    await worker_wrote(house, case)
    assert await told(house, leyla) == [[NoticeKind.NEW_MESSAGE]]


@pytest.mark.parametrize("kind", list(NoticeKind))
async def test_a_notice_says_what_it_is_and_nothing_of_the_case(
    house: Runtime, kind: NoticeKind
) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house)
    await with_opponent(house, case, "Canary Company")
    await notices.mark_all_read(house, leyla)
    now = house.clock()
    await house.database.write(lambda tx: notices.post(tx, kind, case, [leyla.id], now, "x"))
    [notice] = await notices.list_unread(house, leyla)
    sentence = notices.sentence(house, notice, "en")
    assert "{" not in sentence
    assert "Canary" not in sentence
    of_no_case = {
        NoticeKind.MORNING, NoticeKind.DIGEST, NoticeKind.TROUBLE, NoticeKind.LINK_MADE,
    }  # fmt: skip
    assert kind in of_no_case or case.code in sentence
    assert notices.address(house, notice).endswith(f"/desk/cases/{case.id}")


async def test_the_morning_list_is_announced_once_on_a_working_day(
    house: Runtime, clock: Clock
) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house, "1", NORMAL)
    await cases.claim(house, leyla, case.id)
    await cases.reply(house, leyla, case.id, "Hello", form_id="a")
    await worker_wrote(house, case)
    await notices.mark_all_read(house, leyla)
    clock.now = queue.morning_begins(NOON + timedelta(days=5)) + timedelta(minutes=1)  # Saturday
    await clocks.tick(house)
    assert NoticeKind.MORNING not in (await told(house, leyla))[0]
    clock.now = queue.morning_begins(NOON + timedelta(days=7)) + timedelta(minutes=1)  # Monday
    for _ in range(2):
        await clocks.tick(house)
    for_leyla, for_kamran = await told(house, leyla, kamran)
    assert Counter(for_leyla)[NoticeKind.MORNING] == 1
    assert NoticeKind.MORNING not in for_kamran


async def test_a_case_stands_in_the_morning_list_until_it_has_a_next_date(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", NORMAL)
    await cases.claim(house, leyla, case.id)
    assert [c.id for c in (await queue.read_morning(house, leyla)).undated] == [case.id]
    await steps.plan(house, leyla, case.id, NOON.date() + timedelta(days=9), "Ask for the contract")
    assert not (await queue.read_morning(house, leyla)).undated


async def test_a_coordinator_reads_once_a_day_of_what_is_overdue(
    house: Runtime, clock: Clock
) -> None:
    [leyla] = await lawyers(house, "Leyla")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    await waiting(house, "1", NORMAL)
    for days, digests in ((1, 0), (3, 1), (4, 2)):  # two working days to claim it
        clock.now = queue.morning_begins(NOON + timedelta(days=days)) + timedelta(minutes=1)
        for _ in range(2):
            await clocks.tick(house)
        for_leyla, for_leader = await told(house, leyla, leader)
        assert Counter(for_leader)[NoticeKind.DIGEST] == digests
        assert NoticeKind.DIGEST not in for_leyla


# -- search ------------------------------------------------------------------------------------


async def test_words_are_searched_only_in_ones_own_cases(house: Runtime) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    mine, other = await waiting(house, "1"), await waiting(house, "2")
    await cases.claim(house, leyla, mine.id)
    await cases.claim(house, kamran, other.id)
    await cases.add_note(house, leyla, mine.id, "The contract is at the notary", form_id="a")
    await cases.reply(house, kamran, other.id, "Ask the notary", form_id="b")
    found = await queue.search(house, leyla, Wanted(), "NOTARY contract")
    assert [card.id for card in found.cards] == [mine.id]
    found = await queue.search(house, kamran, Wanted(), "notary")
    assert [card.id for card in found.cards] == [other.id]
    assert (await queue.search(house, leader, Wanted(), "notary")).total == 0


async def test_a_lawyer_finds_the_queue_and_own_cases_a_coordinator_all(both: Runtime) -> None:
    leyla, kamran = await lawyers(both, "Leyla", "Kamran")
    [leader] = await lawyers(both, "Aysel", role=Role.COORDINATOR)
    mine, other, free = [await waiting(both, str(n)) for n in range(3)]
    await cases.claim(both, leyla, mine.id)
    await cases.claim(both, kamran, other.id)
    await closing.close(both, leyla, mine.id, "advice")

    async def found(person: Staff, wanted: Wanted) -> set[CaseId]:
        return {card.id for card in (await queue.search(both, person, wanted)).cards}

    assert await found(leyla, Wanted()) == {mine.id, free.id}
    assert await found(leyla, Wanted(code=other.code)) == set()
    assert await found(leader, Wanted()) == {mine.id, other.id, free.id}
    assert await found(leader, Wanted(outcome="advice")) == {mine.id}
    assert await found(leader, Wanted(code=other.code[:4])) == {other.id}
    tomorrow = NOON + timedelta(days=1)
    assert await found(leader, Wanted(opened_from=tomorrow)) == set()
    assert len(await found(leader, Wanted(opened_before=tomorrow))) == 3


@pytest.mark.parametrize("role", [Role.OUTREACH, Role.INTERPRETER, Role.ADMIN])
async def test_other_roles_see_no_list(house: Runtime, role: Role) -> None:
    [person] = await lawyers(house, "Rauf", role=role)
    await waiting(house)
    for act in (
        queue.list_queue(house, person),
        queue.list_mine(house, person),
        queue.search(house, person, Wanted()),
        queue.read_board(house, person),
        queue.read_morning(house, person),
        queue.take_next(house, person),
    ):
        with pytest.raises(NotAllowed):
            await act


# -- the audit log -----------------------------------------------------------------------------


async def test_an_audit_log_that_was_cut_off_has_another_fingerprint(both: Runtime) -> None:
    [leyla] = await lawyers(both, "Leyla")
    case = await waiting(both)
    before = await oversight.verify_audit(both)
    await cases.claim(both, leyla, case.id)
    after = await oversight.verify_audit(both)
    assert before.broken == after.broken == ()
    assert before.fingerprint != after.fingerprint
    assert after.entries == before.entries + 1


async def test_what_the_worker_adds_can_only_make_a_case_more_urgent(house: Runtime) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", NORMAL)
    now = house.clock()

    def add(tx: Tx, urgency: str) -> Case:
        effect = OpenCase("lawyers", "wages", urgency, ())
        return worker_side.open_or_add(tx, house, a_conversation(tx, "1"), effect, "en", now)

    await house.database.write(lambda tx: add(tx, "U0"))
    worse = await now_of(house, case)
    assert (worse.priority, worse.rank) == (DANGER, DANGER)
    assert worse.due_at < case.due_at
    assert NoticeKind.ESCALATED in (await told(house, leyla))[0]
    await house.database.write(lambda tx: add(tx, "U3"))
    assert (await now_of(house, case)).priority is DANGER


@pytest.mark.parametrize("rests", [True, False], ids=["resting", "overdue"])
async def test_danger_never_waits_for_an_older_deadline(
    house: Runtime, clock: Clock, rests: bool
) -> None:
    [leyla] = await lawyers(house, "Leyla")
    case = await waiting(house, "1", NORMAL)
    await cases.claim(house, leyla, case.id)
    await cases.reply(house, leyla, case.id, "Hello", form_id="a")
    await worker_wrote(house, case)
    if rests:
        await cases.wait(house, leyla, case.id, CaseState.WAITING_WORKER)
    clock.forward(days=20)
    now = clock.now
    effect = OpenCase("lawyers", "wages", "U0", ())
    await house.database.write(
        lambda tx: worker_side.open_or_add(tx, house, a_conversation(tx, "1"), effect, "en", now)
    )
    worse = await now_of(house, case)
    assert (worse.state, worse.due_at, worse.mark) == (
        CaseState.ACTIVE,
        now + timedelta(hours=2),
        0,
    )


# -- what the worker is told -------------------------------------------------------------------


async def test_a_worker_is_told_where_every_lawyer_is_barred(house: Runtime) -> None:
    leyla, kamran = await lawyers(house, "Leyla", "Kamran")
    case = await waiting(house)

    async def was_told() -> bool:
        said = await house.database.read(
            lambda tx: transcript.list_case_messages(tx, case.conversation_id, case.id)
        )
        return any("No lawyer of this office" in message.body for message in said)

    await conflicts.declare(house, leyla, case.id, conflict=True)
    assert not await was_told()
    await conflicts.declare(house, kamran, case.id, conflict=True)
    assert await was_told()
    assert (await now_of(house, case)).state is CaseState.QUEUED


@pytest.mark.parametrize(
    ("hour", "priority", "roster_names_somebody", "nobody"),
    [
        (0, DANGER, False, False),
        (12, DANGER, False, True),
        (12, DANGER, True, False),
        (12, URGENT, False, False),
    ],
)
async def test_a_worker_in_danger_is_told_where_nobody_is_there(
    house: Runtime,
    clock: Clock,
    hour: int,
    priority: Priority,
    roster_names_somebody: bool,
    nobody: bool,
) -> None:
    [leader] = await lawyers(house, "Aysel", role=Role.COORDINATOR)
    clock.forward(hours=hour)  # noon, or midnight
    if roster_names_somebody:
        await roster.set_duty(house, leader, local_day(clock.now), leader.id)
    case = await waiting(house, "1", priority)

    async def told_so() -> bool:
        return await house.database.read(
            lambda tx: worker_side.is_nobody_there(tx, house, case, clock.now)
        )

    assert await told_so() is nobody
    await conflicts.declare(house, leader, case.id, conflict=True)
    assert await told_so() is (nobody or roster_names_somebody)  # they may not know of it
