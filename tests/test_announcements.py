"""Announcements: whom they reach, who approves, what becomes of each copy."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.errors import (
    AnnouncementNotInState,
    BadInput,
    NoAnswer,
    NotAllowed,
    NotFound,
    TryLater,
    Unreachable,
    WindowClosed,
)
from bot.messages import STANDING, parse
from bot.outreach import announcements
from bot.outreach.progress import progress
from bot.runtime import Runtime
from storage import conversations, outreach, schema
from storage.announcements import AnnouncementState
from storage.database import Tx
from storage.pace import Rate, Rates
from storage.recipients import RecipientState
from storage.records import Kind, OutboxRow, Role
from tests.builders import a_conversation, a_message_out
from tests.conftest import Clock
from tests.outreach import (
    a_draft,
    a_subscriber,
    an_organiser,
    at_work,
    counted,
    nothing_under_way,
    say,
    subscribers,
    until,
)
from tests.talk import Wire, delivered

SENT, FAILED, SKIPPED = RecipientState.SENT, RecipientState.FAILED, RecipientState.SKIPPED
WAITING, UNKNOWN = RecipientState.WAITING, RecipientState.UNKNOWN
FINISHED, PAUSED = AnnouncementState.FINISHED, AnnouncementState.PAUSED


class Gate(Wire):
    """A wire on which the calls after the first `open` ones wait until the test lets them go."""

    def __init__(self, open_: int = 0, rates: Rates | None = None) -> None:
        super().__init__(rates or Rates(Rate(1000, 1000), None))
        self.left = open_
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    async def send(self, row: OutboxRow) -> str | None:
        if row.kind is Kind.ANNOUNCEMENT:
            self.left -= 1
            if self.left < 0:
                self.reached.set()
                await self.released.wait()
        return await super().send(row)


async def test_everybody_who_said_yes_gets_one_copy_with_a_button_that_ends_it(
    runtime: Runtime,
) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    await subscribers(runtime, 7)
    await runtime.database.write(lambda tx: a_subscriber(tx, "silent", given=None))
    await runtime.database.write(lambda tx: a_subscriber(tx, "no", given=False))
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 7}
    assert len({row.worker_id for row in wire.sent}) == len(wire.sent) == 7
    copy = parse(wire.sent[0].body)
    assert copy.text == "A workshop on Sunday."
    assert copy.question == STANDING
    assert [choice.option for choice in copy.choices] == ["news_stop"]


async def test_who_is_left_out_is_counted_by_reason(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)

    def work(tx: Tx) -> None:
        a_subscriber(tx, "in")
        a_subscriber(tx, "not asked", given=None)
        a_subscriber(tx, "no", given=False)
        a_subscriber(tx, "other language", language="fa")
        outreach.set_unsafe(tx, a_subscriber(tx, "unsafe"), True)
        conversations.set_reachable(tx, a_subscriber(tx, "gone"), False)
        a_subscriber(tx, "hidden")
        conversations.set_hidden(tx, a_conversation(tx, "hidden").id, hidden=True)
        a_subscriber(tx, "whatsapp", channel=("whatsapp", "1", "phone"))

    await runtime.database.write(work)
    found = await announcements.count(runtime, nigar, {}, ["en"], None, None)
    assert found.people == 1
    assert found.left_out == {
        "not asked": 1,
        "opted out": 1,
        "language": 1,
        "unsafe": 1,
        "unreachable": 1,
        "hidden": 1,
        "window": 1,
    }
    with_template = await announcements.count(runtime, nigar, {}, ["en"], "en", "workshop")
    assert with_template.people == 3


async def test_an_audience_is_chosen_by_what_people_told(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)

    def work(tx: Tx) -> None:
        ganja, baku = a_subscriber(tx, "ganja"), a_subscriber(tx, "baku")
        outreach.set_facts(tx, ganja, {"region": ["ganja"], "interest": ["pay", "papers"]}, NOW)
        outreach.set_facts(tx, baku, {"region": ["baku"], "sector": ["farm"]}, NOW)
        outreach.add_fact(tx, baku, "attended", "7", NOW)
        a_subscriber(tx, "says nothing", language="az")

    NOW = runtime.clock()
    await runtime.database.write(work)

    async def people(**filters: list[str]) -> int:
        return (await announcements.count(runtime, nigar, filters, ["en", "az"], None, None)).people

    assert await people() == 3
    assert await people(region=["ganja", "baku"]) == 2
    assert await people(region=["ganja"], interest=["pay"]) == 1
    assert await people(region=["ganja"], sector=["farm"]) == 0
    assert await people(attended=["7"]) == 1
    assert await people(language=["az"]) == 1
    assert await people(channel=["telegram"]) == 0


async def test_a_person_with_two_chats_is_one_recipient(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()

    def work(tx: Tx) -> None:
        worker = a_subscriber(tx, "one")
        other = a_conversation(tx, "two")
        moved = update(schema.conversation).where(schema.conversation.c.id == other.id)
        tx.execute(moved.values(worker_id=worker))

    await runtime.database.write(work)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        assert counted(await until(runtime, made, FINISHED)) == {SENT: 1}


async def test_above_fifty_people_a_second_person_approves(runtime: Runtime) -> None:
    nigar, rauf = await an_organiser(runtime), await an_organiser(runtime, "Rauf")
    await an_organiser(runtime, "Leyla", Role.COORDINATOR)
    await subscribers(runtime, 51)
    made = await a_draft(runtime, nigar)
    assert await announcements.propose(runtime, nigar, made) is AnnouncementState.PROPOSED
    with pytest.raises(BadInput, match="same person"):
        await announcements.approve(runtime, nigar, made)
    await announcements.approve(runtime, rauf, made)
    with pytest.raises(AnnouncementNotInState):
        await announcements.approve(runtime, rauf, made)
    seen = await announcements.look(runtime, nigar, made)
    assert (seen.it.proposed_by, seen.it.approved_by) == (nigar.id, rauf.id)


async def test_in_a_small_office_nobody_waits_for_a_second_person(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)
    await an_organiser(runtime, "Rauf")
    await subscribers(runtime, 51)
    made = await a_draft(runtime, nigar)
    assert await announcements.propose(runtime, nigar, made) is AnnouncementState.APPROVED


async def test_a_missing_language_blocks_or_another_is_sent_in_its_place(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    await runtime.database.write(lambda tx: a_subscriber(tx, "persian", language="fa"))
    made = await a_draft(runtime, nigar)
    with pytest.raises(BadInput, match="missing"):
        await announcements.propose(runtime, nigar, made)
    other = await a_draft(runtime, nigar, fallback="en")
    await announcements.propose(runtime, nigar, other)
    async with at_work(runtime, wire):
        await until(runtime, other, FINISHED)
    assert [row.language for row in wire.sent] == ["en"]


@pytest.mark.parametrize(
    ("texts", "filters", "field"),
    [
        ({}, {}, "texts"),
        ({"en": "x" * 1001}, {}, "text_en"),
        ({"xx": "Hello"}, {}, "text_xx"),
        ({"en": "Hello"}, {"region": ["nowhere"]}, "audience"),
    ],
)
async def test_what_cannot_be_sent_is_refused(
    runtime: Runtime, texts: dict[str, str], filters: dict[str, list[str]], field: str
) -> None:
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 1)

    async def send() -> None:
        await announcements.propose(runtime, nigar, await a_draft(runtime, nigar, texts, filters))

    with pytest.raises(BadInput) as refused:
        await send()
    assert refused.value.field == field


@pytest.mark.parametrize("role", [Role.LAWYER, Role.ADMIN])
async def test_others_cannot_announce(runtime: Runtime, role: Role) -> None:
    other = await an_organiser(runtime, role=role)
    with pytest.raises(NotAllowed):
        await announcements.create(runtime, other, "Hello")
    with pytest.raises(NotAllowed):
        await announcements.look(runtime, other, 1)


async def test_what_is_not_there_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound):
        await announcements.look(runtime, await an_organiser(runtime), 7)


async def test_of_two_who_save_the_second_is_told(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar)
    with pytest.raises(AnnouncementNotInState):
        await announcements.save(
            runtime, nigar, made, announcements.Draft("Other", {"en": "Other"}, {}), 1
        )


# -- while it runs -----------------------------------------------------------------------------


async def test_opt_out_unsafe_blocked_and_hidden_are_obeyed_at_once(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Gate(open_=3, rates=Rates(Rate(300, 2), None))
    people = await subscribers(runtime, 12)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)

    def change_their_minds(tx: Tx) -> None:
        say(tx, people[8], given=False)
        outreach.set_unsafe(tx, people[9], True)
        conversations.set_reachable(tx, people[10], False)
        conversations.set_hidden(tx, a_conversation(tx, "person 11").id, hidden=True)

    async with at_work(runtime, wire):
        await asyncio.wait_for(wire.reached.wait(), 60)
        await runtime.database.write(change_their_minds)
        wire.released.set()
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 8, SKIPPED: 4}
    assert {why for _, why in found.reasons} == {"opted out", "unsafe", "unreachable", "hidden"}
    assert {row.worker_id for row in wire.sent} == set(people[:8])


async def test_a_pause_takes_back_what_waits_and_resume_doubles_nothing(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Gate(open_=2, rates=Rates(Rate(300, 2), None))
    people = await subscribers(runtime, 30)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await asyncio.wait_for(wire.reached.wait(), 60)
        await announcements.pause(runtime, nigar, made)
        under_way = len(people) - counted(await progress(runtime, made))[WAITING]
        wire.released.set()
        await delivered(runtime)
        assert len(wire.sent) <= under_way
        await announcements.resume(runtime, nigar, made)
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 30}
    assert sorted(row.worker_id for row in wire.sent) == sorted(people)


async def test_after_a_cancel_nobody_else_gets_it(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Gate(open_=2, rates=Rates(Rate(300, 2), None))
    await subscribers(runtime, 40)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await asyncio.wait_for(wire.reached.wait(), 60)
        await announcements.cancel(runtime, nigar, made)
        wire.released.set()
        await delivered(runtime)
        with pytest.raises(AnnouncementNotInState):
            await announcements.resume(runtime, nigar, made)
        found = await nothing_under_way(runtime, made)
    assert found.state is AnnouncementState.CANCELLED
    assert found.total == 40
    assert found.counts[SENT] == len(wire.sent) < 40
    assert found.counts[SENT] + found.counts[SKIPPED] == 40


async def test_a_reply_overtakes_an_announcement(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Gate(open_=1, rates=Rates(Rate(300, 1), None))
    await subscribers(runtime, 30)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await asyncio.wait_for(wire.reached.wait(), 60)
        await runtime.database.write(
            lambda tx: a_message_out(tx, a_conversation(tx, "asks"), now=runtime.clock())
        )
        async with asyncio.timeout(60):
            with runtime.changes.listen("outbox") as bell:
                while not any(row.kind is Kind.ANSWER for row in wire.sent):
                    await bell.wait()
                    bell.clear()
        assert len(wire.sent) < 30
        wire.released.set()
        await until(runtime, made, FINISHED)


async def test_three_failures_among_the_first_hundred_pause_it_once(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire(Rates(Rate(300, 1), None))
    wire.faults = [Unreachable() for _ in range(3)]
    await subscribers(runtime, 40)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        found = await until(runtime, made, PAUSED)
        assert (await announcements.look(runtime, nigar, made)).it.reason == "errors"
        assert found.counts[WAITING] > 0
        await announcements.resume(runtime, nigar, made)
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 37, FAILED: 3}
    assert found.reasons == {(FAILED, "unreachable"): 3}


async def test_what_may_have_arrived_waits_for_a_person_to_decide(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    wire.faults = [NoAnswer(), NoAnswer()]
    people = await subscribers(runtime, 5)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        found = await until(runtime, made, FINISHED)
        assert counted(found) == {SENT: 3, UNKNOWN: 2}
        first, second = await announcements.ledger(runtime, nigar, made, UNKNOWN)
        await announcements.skip_unknown(runtime, nigar, made, first.worker_id)
        await announcements.send_unknown_again(runtime, nigar, made, second.worker_id)
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 4, SKIPPED: 1}
    assert sorted(row.worker_id for row in wire.sent) == sorted(set(people) - {first.worker_id})


async def test_what_failed_for_a_passing_reason_can_be_tried_again(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    wire.faults = [WindowClosed(), Unreachable()]
    await subscribers(runtime, 4)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        found = await until(runtime, made, FINISHED)
        assert counted(found) == {SENT: 2, FAILED: 1, SKIPPED: 1}
        assert found.worth_a_retry == 1
        await announcements.retry_failed(runtime, nigar, made)
        found = await until(runtime, made, FINISHED)
        assert counted(found) == {SENT: 3, FAILED: 1}
        with pytest.raises(AnnouncementNotInState):
            await announcements.retry_failed(runtime, nigar, made)


async def test_a_definite_refusal_is_tried_again_without_a_person(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    wire.faults = [TryLater("flood", after_seconds=0.001)]
    await subscribers(runtime, 2)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        assert counted(await until(runtime, made, FINISHED)) == {SENT: 2}


async def test_cancelled_while_a_copy_is_refused_nobody_waits_for_ever(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Gate()
    wire.faults = [TryLater("flood", after_seconds=0.001)]
    await subscribers(runtime, 1)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await asyncio.wait_for(wire.reached.wait(), 60)
        await announcements.cancel(runtime, nigar, made)
        wire.released.set()
        found = await nothing_under_way(runtime, made)
    assert found.reasons == {(SKIPPED, "cancelled"): 1}


async def test_who_is_on_a_channel_that_is_off_holds_nobody_up(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    await subscribers(runtime, 3)
    elsewhere = ("telegram", "1", "user")
    await runtime.database.write(lambda tx: a_subscriber(tx, "4", channel=elsewhere))
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        found = await until(runtime, made, FINISHED)
    assert counted(found) == {SENT: 3, SKIPPED: 1}
    assert found.worth_a_retry == 1


async def test_what_the_platform_tells_later_stands_in_the_ledger(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    await subscribers(runtime, 4)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await until(runtime, made, FINISHED)
    outbox = schema.outbox

    def tell(tx: Tx) -> None:
        now = runtime.clock()
        first, second, third, _ = tx.execute(select(outbox.c.id)).scalars()
        arrived = update(outbox).where(outbox.c.id.in_((first, second)))
        tx.execute(arrived.values(delivered_at=now))
        tx.execute(update(outbox).where(outbox.c.id == second).values(read_at=now))
        declined = update(outbox).where(outbox.c.id == third)
        tx.execute(declined.values(state="skipped", reason="declined"))

    await runtime.database.write(tell)
    async with at_work(runtime, wire), asyncio.timeout(60):
        with runtime.changes.listen(f"announcement:{made}") as bell:
            while SKIPPED not in (found := await progress(runtime, made)).counts:
                await bell.wait()
                bell.clear()
    assert counted(found) == {
        SENT: 1,
        RecipientState.DELIVERED: 1,
        RecipientState.READ: 1,
        SKIPPED: 1,
    }
    assert found.state is FINISHED


# -- time --------------------------------------------------------------------------------------


async def test_nobody_is_written_to_at_night(runtime: Runtime, clock: Clock) -> None:
    nigar, wire = await an_organiser(runtime), Wire(Rates(Rate(300, 1), None))
    await subscribers(runtime, 30)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        async with asyncio.timeout(60):
            with runtime.changes.listen("outbox") as bell:
                while len(wire.sent) < 3:
                    await bell.wait()
                    bell.clear()
        clock.forward(hours=10)  # 22:00 in Baku
        under_way = len(wire.sent) + 1
        found = await nothing_under_way(runtime, made)
        assert len(wire.sent) <= under_way
        assert found.waits_until == clock.now.replace(hour=5, minute=0, second=0, microsecond=0) + (
            timedelta(days=1)
        )
        clock.forward(hours=12)
        assert counted(await until(runtime, made, FINISHED)) == {SENT: 30}


async def test_a_job_long_past_its_time_waits_for_a_person(runtime: Runtime, clock: Clock) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    await subscribers(runtime, 2)
    late, soon = await a_draft(runtime, nigar), await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, late, clock.now + timedelta(hours=1))
    await announcements.propose(runtime, nigar, soon, clock.now + timedelta(hours=2.9))
    clock.forward(hours=3.5)  # the house was down until now
    async with at_work(runtime, wire):
        await until(runtime, soon, FINISHED)
        await until(runtime, late, AnnouncementState.LATE)
        assert len(wire.sent) == 2
        await announcements.send_now(runtime, nigar, late)
        await until(runtime, late, FINISHED)


@pytest.mark.parametrize(("hours", "reason"), [(-1, "past"), (12, "quiet")])
async def test_a_time_that_cannot_be_is_refused(
    runtime: Runtime, clock: Clock, hours: int, reason: str
) -> None:
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 1)
    made = await a_draft(runtime, nigar)
    with pytest.raises(BadInput) as refused:
        await announcements.propose(runtime, nigar, made, clock.now + timedelta(hours=hours))
    assert (refused.value.field, refused.value.reason) == ("send_at", reason)


async def test_an_erased_person_leaves_a_number_and_nothing_else(runtime: Runtime) -> None:
    from storage import erasure

    nigar, wire = await an_organiser(runtime), Wire()
    people = await subscribers(runtime, 2)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with at_work(runtime, wire):
        await until(runtime, made, FINISHED)

    def erase(tx: Tx) -> int:
        outreach.set_facts(tx, people[0], {"region": ["ganja"]}, runtime.clock())
        erasure.erase_worker(tx, people[0], runtime.clock())
        return len(tx.execute(select(schema.worker_fact)).all())

    assert await runtime.database.write(erase) == 0
    assert (await progress(runtime, made)).total == 2
