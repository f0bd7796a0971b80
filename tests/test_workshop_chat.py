"""Workshops in the chat: signing up, waiting, being promoted, reminded, checked in."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot import messages
from bot.messages import STANDING, TapIn, TextIn
from bot.outreach import announcements
from bot.outreach.news import STOP_OPTION
from bot.runtime import Runtime
from bot.workshops import planning
from bot.workshops.keeper import keep
from flows.model import Command
from storage import conversations, outreach
from storage import workshops as store
from storage.announcements import AnnouncementState
from storage.records import Kind, MessageKind, Staff
from storage.workshops import Place
from tests.conftest import Clock
from tests.outreach import a_subscriber, an_organiser, at_work, say, until
from tests.talk import Wire, Worker, delivered, delivering
from tests.workshops import IN_A_WEEK, WORDS, a_plan, a_workshop, place_of, presses, signs_up


@pytest.fixture
async def wire(runtime: Runtime) -> AsyncIterator[Wire]:
    wire = Wire()
    async with delivering(runtime, wire):
        yield wire


@pytest.fixture
async def nigar(runtime: Runtime) -> Staff:
    return await an_organiser(runtime)


async def time_passes(runtime: Runtime, clock: Clock, **span: float) -> None:
    """Time goes by, the keeper looks, and what is due arrives."""
    clock.forward(**span)
    await keep(runtime)
    await delivered(runtime)


def reminders(wire: Wire) -> list[str]:
    """What was sent unasked."""
    return [row.body for row in wire.sent if row.kind is Kind.REMINDER]


@pytest.mark.parametrize("words", ["w_{}", "W_{}", "/start w_{}", "workshop {}", " workshop-{} "])
async def test_the_code_of_a_poster_shows_the_workshop_to_a_stranger(
    runtime: Runtime, wire: Wire, nigar: Staff, words: str
) -> None:
    it = await a_workshop(runtime, nigar)
    worker = Worker(runtime)
    await worker.says(words.format(it.code.lower()))
    [card] = await worker.reads()
    for part in ("Rights at work", "Nizami street 1", "30 November, 12:00", "14:00", "A pen"):
        assert part in card, card
    assert "Free places: 30" in card


async def test_a_place_is_given_after_the_question_whether_we_may_write(
    runtime: Runtime, wire: Wire, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    worker = Worker(runtime)
    assert "May I write to you" in await presses(worker, "join", it)
    assert await place_of(runtime, worker, it) is None
    assert "You have a place" in await presses(worker, "yes", it)
    said = [m.body for m in await worker.transcript() if m.kind is MessageKind.TAP]
    assert "Yes, write to me" in said[-1]
    other = await a_workshop(runtime, nigar)
    assert "You have a place" in await presses(worker, "join", other)  # not asked again


async def test_the_menu_has_workshops_only_while_one_is_open(
    runtime: Runtime, wire: Wire, nigar: Staff
) -> None:
    worker = Worker(runtime)
    await worker.opens()
    await worker.taps("en", "yes", "no", "adult")
    await worker.asks(Command.MENU)
    assert "ws_list" not in [choice.option for choice in (await worker.question()).choices]
    await worker.says("Workshops")
    assert "no workshop" in (await worker.reads())[0]
    it = await a_workshop(runtime, nigar)
    await worker.asks(Command.MENU)
    await worker.taps("ws_list")
    assert [c.label for c in (await worker.question()).choices] == ["Rights at work"]
    await worker.taps(f"ws_show_{it.code}")
    assert "Sign me up" in [c.label for c in (await worker.question()).choices]


async def test_the_next_is_promoted_with_twelve_hours_and_after_them_the_next(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar, a_plan(capacity=1))
    one = await signs_up(runtime, "one", it)
    two, three = await signs_up(runtime, "two", it), await signs_up(runtime, "three", it)
    assert "number 2 in the queue" in (await three.reads())[-1]
    assert "give up" in await presses(one, "leave", it)
    await presses(one, "gone", it)
    await delivered(runtime)
    assert "Say yes before 24 November, 00:00" in (await two.reads())[-1]
    assert await place_of(runtime, three, it) is Place.WAITING
    await time_passes(runtime, clock, hours=11)
    assert await place_of(runtime, two, it) is Place.OFFERED
    await time_passes(runtime, clock, hours=1)
    assert await place_of(runtime, two, it) is Place.LAPSED
    assert await place_of(runtime, three, it) is Place.WAITING  # midnight: nobody is woken
    await time_passes(runtime, clock, hours=9)
    assert await place_of(runtime, three, it) is Place.OFFERED
    assert "Say yes before 24 November, 21:00" in (await three.reads())[-1]
    assert "next person" in await presses(two, "take", it)
    assert "You have a place" in await presses(three, "take", it)
    assert await place_of(runtime, three, it) is Place.GOING


async def test_three_days_before_there_are_two_hours_to_say_yes(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar, a_plan(capacity=1))
    one, two = await signs_up(runtime, "one", it), await signs_up(runtime, "two", it)
    clock.forward(days=4)
    await presses(one, "gone", it)
    await delivered(runtime)
    assert "Say yes before 27 November, 14:00" in (await two.reads())[-1]


async def test_reminders_go_the_day_before_and_two_hours_before_once_each(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar)
    await signs_up(runtime, "one", it)
    await signs_up(runtime, "no", it, yes=False)
    await time_passes(runtime, clock, days=5, hours=23)
    assert reminders(wire) == []
    await time_passes(runtime, clock, hours=1, minutes=1)
    assert len(reminders(wire)) == 1
    assert "Remember" in reminders(wire)[0]
    await time_passes(runtime, clock, hours=4)
    await time_passes(runtime, clock, hours=18, minutes=1)
    await time_passes(runtime, clock, minutes=10)
    assert len(reminders(wire)) == 2


async def test_nobody_is_reminded_at_night(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    early = IN_A_WEEK - timedelta(hours=2, minutes=30)  # 9:30 in Baku
    it = await a_workshop(runtime, nigar, a_plan(starts_at=early))
    await signs_up(runtime, "one", it)
    await time_passes(runtime, clock, days=6, hours=-3)  # 9:00 the day before, half past is due
    assert reminders(wire) == []
    await time_passes(runtime, clock, minutes=31)
    assert len(reminders(wire)) == 1
    await time_passes(runtime, clock, hours=22, minutes=30)  # 8:01
    assert len(reminders(wire)) == 1
    await time_passes(runtime, clock, hours=1)
    assert len(reminders(wire)) == 2


async def test_stop_hidden_and_unsafe_end_reminders_and_calls(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar)
    stopped = await signs_up(runtime, "one", it)
    hidden = await signs_up(runtime, "two", it)
    unsafe = await signs_up(runtime, "three", it)
    await stopped.says("stop")
    conversation, endangered = await hidden.conversation(), await unsafe.conversation()
    await runtime.database.write(
        lambda tx: conversations.set_hidden(tx, conversation.id, hidden=True)
    )
    await runtime.database.write(lambda tx: outreach.set_unsafe(tx, endangered.worker.id, True))
    await time_passes(runtime, clock, days=6, hours=1)
    assert reminders(wire) == []
    assert (await planning.look(runtime, nigar, it.id)).to_call == []


async def test_who_blocked_the_bot_is_on_the_call_list_until_called(
    runtime: Runtime, wire: Wire, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    worker = await signs_up(runtime, "one", it)
    worker_id = (await worker.conversation()).worker.id
    await runtime.database.write(lambda tx: conversations.set_reachable(tx, worker_id, False))
    [person] = (await planning.look(runtime, nigar, it.id)).to_call
    await planning.decide(runtime, nigar, it.id, person.row.id, "called")
    assert (await planning.look(runtime, nigar, it.id)).to_call == []


async def test_who_was_called_is_called_again_when_only_the_place_changes(
    runtime: Runtime, wire: Wire, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    worker = await signs_up(runtime, "one", it)
    worker_id = (await worker.conversation()).worker.id
    await runtime.database.write(lambda tx: conversations.set_reachable(tx, worker_id, False))
    [person] = (await planning.look(runtime, nigar, it.id)).to_call
    await planning.decide(runtime, nigar, it.id, person.row.id, "called")
    elsewhere = {"en": replace(WORDS["en"], place="Nizami street 2")}
    await planning.save(runtime, nigar, it.id, a_plan(words=elsewhere), it.version)
    assert len((await planning.look(runtime, nigar, it.id)).to_call) == 1


async def test_a_reminder_that_the_night_delayed_does_not_come_after_the_beginning(
    runtime: Runtime, nigar: Staff, clock: Clock
) -> None:
    early = IN_A_WEEK - timedelta(hours=3, minutes=30)  # 8:30 in Baku
    it, wire = await a_workshop(runtime, nigar, a_plan(starts_at=early)), Wire()
    async with delivering(runtime, wire):
        await signs_up(runtime, "one", it)
    clock.forward(days=6, hours=7, minutes=30)  # 19:30 the day before; nothing is sent until 9:01
    await keep(runtime)
    clock.forward(hours=13, minutes=31)
    async with delivering(runtime, wire):
        await delivered(runtime)
    assert reminders(wire) == []


async def test_a_new_time_is_told_once_and_reminders_begin_anew(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar)
    await signs_up(runtime, "one", it)
    await time_passes(runtime, clock, days=6, hours=1)
    later = a_plan(starts_at=IN_A_WEEK + timedelta(days=3))
    await planning.save(runtime, nigar, it.id, later, 2)
    await time_passes(runtime, clock, minutes=1)
    await time_passes(runtime, clock, minutes=1)
    assert ["is now on 3 December" in body for body in reminders(wire)] == [False, True]
    await time_passes(runtime, clock, days=3)
    assert len(reminders(wire)) == 3


async def test_a_workshop_that_does_not_take_place_is_told(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar)
    worker = await signs_up(runtime, "one", it)
    await planning.call_off(runtime, nigar, it.id)
    await time_passes(runtime, clock, minutes=1)
    await time_passes(runtime, clock, days=6, hours=1)
    assert ["does not take place" in body for body in reminders(wire)] == [True]
    await worker.says(f"w_{it.code}")
    assert "does not take place" in (await worker.reads())[-1]


async def test_the_code_in_the_room_checks_in_only_on_the_day_and_with_a_place(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar, a_plan(capacity=1))
    one, two = await signs_up(runtime, "one", it), await signs_up(runtime, "two", it)
    await one.says(f"here {it.door_code}")
    assert "works at the door" in (await one.reads())[-1]
    clock.forward(days=7)
    await two.says(f"h_{it.door_code}")
    assert "works at the door" in (await two.reads())[-1]
    await one.says(f"h_{it.door_code}")
    assert "Welcome" in (await one.reads())[-1]
    [came] = [p for p in (await planning.look(runtime, nigar, it.id)).people if p.row.attended_at]
    assert came.row.worker_id == (await one.conversation()).worker.id
    await time_passes(runtime, clock, hours=3)
    assert ["How was" in body for body in reminders(wire)][-1]
    assert "Thank you" in await presses(one, "good", it)
    rows = await runtime.database.read(lambda tx: store.list_sign_ups(tx, it.id))
    assert [row.feedback for row in rows] == [3, None]


async def test_an_announcement_of_a_workshop_signs_up_by_its_button(
    runtime: Runtime, nigar: Staff
) -> None:
    it, wire = await a_workshop(runtime, nigar), Wire()
    made = await planning.announce(runtime, nigar, it.id)
    worker = Worker(runtime, "one")
    await runtime.database.write(lambda tx: a_subscriber(tx, "one"))
    async with at_work(runtime, wire):
        await announcements.propose(runtime, nigar, made)
        await until(runtime, made, AnnouncementState.FINISHED)
        letter = messages.parse(wire.sent[-1].body)
        for part in ("Rights at work", "Nizami street 1", "30 November, 12:00"):
            assert part in letter.text
        join, stop = letter.choices
        assert (join.label, stop.option) == ("Sign me up", STOP_OPTION)
        await worker.sends(TapIn(STANDING, join.option))
        asked = (await worker.reads())[-1]
        assert asked.startswith("Rights at work\nWhen: 30 November")
        await presses(worker, "yes", it)
    assert await place_of(runtime, worker, it) is Place.GOING


async def test_who_came_can_be_chosen_for_an_announcement_and_by_mistake_no_longer(
    runtime: Runtime, wire: Wire, nigar: Staff
) -> None:
    it, worker = await a_workshop(runtime, nigar), Worker(runtime, "one")
    await worker.opens()
    await worker.taps("en", "yes", "no", "adult")
    await signs_up(runtime, "one", it)
    worker_id = (await worker.conversation()).worker.id
    await runtime.database.write(lambda tx: say(tx, worker_id, given=True))
    [person] = (await planning.look(runtime, nigar, it.id)).people
    facts = partial(outreach.get_facts, worker_id=worker_id)
    await planning.decide(runtime, nigar, it.id, person.row.id, "came")
    assert await runtime.database.read(facts) == {"attended": [f"workshop_{it.id}"]}
    await worker.says("stop")
    assert await runtime.database.read(facts) == {}
    await worker.says("news")  # who says yes afterwards is again among those who came
    await worker.taps("yes", "all")
    assert await runtime.database.read(facts) == {"attended": [f"workshop_{it.id}"]}
    await planning.decide(runtime, nigar, it.id, person.row.id, "not_came")
    assert await runtime.database.read(facts) == {}


async def test_an_erased_worker_gives_the_place_up(
    runtime: Runtime, wire: Wire, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar, a_plan(capacity=1))
    one, two = Worker(runtime), None
    await one.opens()
    await one.taps("en", "yes", "no", "adult")
    await presses(one, "join", it)
    await presses(one, "yes", it)
    two = await signs_up(runtime, "two", it)
    await one.says("erase")
    await one.taps("yes")
    await time_passes(runtime, clock, minutes=1)
    assert await place_of(runtime, two, it) is Place.OFFERED
    rows = await runtime.database.read(lambda tx: store.list_sign_ups(tx, it.id))
    assert rows[0].worker_id is None


@pytest.mark.parametrize(
    "tap",
    [
        "ws_join_ABCDEF",
        "ws_boom_ABCDEF",
        "ws_list_",
        "ws_",
        "ws_join_" + "A" * 40,
        "ws_good_ABCDEF",
    ],
)
async def test_a_button_that_nobody_made_harms_nothing(
    runtime: Runtime, wire: Wire, tap: str
) -> None:
    worker = Worker(runtime)
    await worker.opens()
    await worker.sends(TapIn(0, tap))
    await worker.sends(TextIn("w_ABCDEF"))
    assert "I do not know this workshop" in (await worker.reads())[-1]
