"""What happens to a message whose platform misbehaves."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.delivery.ends import GIVE_UP_AFTER
from bot.delivery.local import Dispatcher
from bot.errors import NoAnswer, Rejected, TryLater, Unreachable, WindowClosed
from bot.runtime import Runtime
from storage import schema
from storage.database import Tx
from storage.records import Kind, MessageId, OutboxState
from tests.builders import a_conversation, a_message_out
from tests.conftest import Clock
from tests.talk import Wire, delivering


async def settled(runtime: Runtime, wire: Wire, kind: Kind = Kind.ANSWER) -> tuple[str, str | None]:
    """What becomes of one message on this wire."""

    def write(tx: Tx) -> MessageId:
        return a_message_out(tx, a_conversation(tx), kind=kind, now=runtime.clock())

    def look(tx: Tx) -> tuple[str, str | None]:
        row = tx.execute(select(schema.outbox.c.state, schema.outbox.c.reason)).one()
        return row.state, row.reason

    await runtime.database.write(write)
    async with delivering(runtime, wire):
        with runtime.changes.listen("outbox") as bell:
            while (await runtime.database.read(look))[0] in (OutboxState.QUEUED, "sending"):
                await bell.wait()
                bell.clear()
    return await runtime.database.read(look)


async def test_a_message_that_goes_is_sent(runtime: Runtime) -> None:
    assert await settled(runtime, Wire()) == (OutboxState.SENT, None)


async def test_what_was_refused_for_now_is_tried_again(runtime: Runtime) -> None:
    wire = Wire()
    wire.faults = [TryLater("429", after_seconds=0.001) for _ in range(5)]
    assert (await settled(runtime, wire))[0] == OutboxState.SENT
    assert wire.sent[0].attempt == 6


async def test_what_got_no_answer_is_sent_again(runtime: Runtime) -> None:
    wire = Wire()
    wire.faults = [NoAnswer()]
    assert (await settled(runtime, wire))[0] == OutboxState.SENT


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (Unreachable(), OutboxState.FAILED, "unreachable"),
        (Rejected("400 bad markup"), OutboxState.FAILED, "400 bad markup"),
        (WindowClosed(), OutboxState.HELD, "window"),
        (ZeroDivisionError(), OutboxState.FAILED, "fault"),
    ],
)
async def test_every_end_has_a_name(
    runtime: Runtime, fault: Exception, state: str, reason: str
) -> None:
    wire = Wire()
    wire.faults = [fault]
    assert await settled(runtime, wire) == (state, reason)


async def test_after_days_of_refusals_it_is_given_up_with_the_reason(
    runtime: Runtime, clock: Clock
) -> None:
    class Later(Wire):
        async def send(self, row: object) -> str | None:
            clock.forward(seconds=(GIVE_UP_AFTER + timedelta(seconds=1)).total_seconds())
            raise TryLater("503", after_seconds=0.001)

    assert await settled(runtime, Later()) == (OutboxState.FAILED, "503")


async def test_a_message_of_a_channel_that_is_off_waits(runtime: Runtime) -> None:
    def look(tx: Tx) -> tuple[str, str | None]:
        row = tx.execute(select(schema.outbox.c.state, schema.outbox.c.reason)).one()
        return row.state, row.reason

    await runtime.database.write(lambda tx: a_message_out(tx, a_conversation(tx)))
    dispatcher = Dispatcher(runtime, {})
    running = asyncio.create_task(dispatcher.run())
    with runtime.changes.listen("outbox") as bell:
        while (await runtime.database.read(look))[1] is None:
            await bell.wait()
            bell.clear()
    dispatcher.stop()
    await running
    assert await runtime.database.read(look) == (OutboxState.QUEUED, "channel is off")


async def test_one_person_s_trouble_does_not_hold_up_another(runtime: Runtime) -> None:
    wire = Wire()
    wire.faults = [TryLater("429", after_seconds=3600)]

    def write(tx: Tx) -> None:
        for name in ("busy", "other"):
            a_message_out(tx, a_conversation(tx, name), now=runtime.clock())

    await runtime.database.write(write)
    async with delivering(runtime, wire):
        with runtime.changes.listen("outbox") as bell:
            while not wire.sent:
                await bell.wait()
                bell.clear()
    assert len(wire.sent) == 1
