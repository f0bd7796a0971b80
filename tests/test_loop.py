"""Work that comes round: what goes wrong in one round ends neither it nor the house."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot import conversation, loop
from bot.conversation import Unkept
from bot.fetching import fetch_files
from bot.loop import Loop
from bot.messages import Incoming, TextIn
from bot.office.housekeeping import KEEP_INCOMING, Housekeeping
from bot.runtime import Runtime
from storage import conversations, pace, pending, schema
from storage.database import DatabaseUnavailable, Tx
from storage.pace import Rate
from tests.builders import a_conversation, a_message_in
from tests.conftest import Clock


class Unlucky(Loop):
    """Fails in each way, then does its work."""

    name, topics = "unlucky", ("queue",)

    def __init__(self, runtime: Runtime) -> None:
        super().__init__(runtime)
        self.ends: list[Exception] = [DatabaseUnavailable("away"), ZeroDivisionError(), OSError()]
        self.worked = asyncio.Event()

    async def _begin(self) -> None:
        if self.ends:
            raise self.ends.pop(0)

    async def _round(self) -> float:
        if self.ends:
            raise self.ends.pop(0)
        self.worked.set()
        return 3600.0


async def test_no_fault_ends_a_loop(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "AFTER_FAILURE_SECONDS", 0.01)
    unlucky = Unlucky(runtime)
    running = asyncio.create_task(unlucky.run())
    await unlucky.worked.wait()
    unlucky.stop()
    await running


async def test_a_stop_is_heard_while_a_loop_waits_after_a_fault(runtime: Runtime) -> None:
    unlucky = Unlucky(runtime)
    running = asyncio.create_task(unlucky.run())
    while len(unlucky.ends) == 3:  # noqa: ASYNC110  (a moment)
        await asyncio.sleep(0)
    unlucky.stop()
    await running
    assert unlucky.ends


async def test_a_full_disk_ends_no_fetching(runtime: Runtime, clock: Clock) -> None:
    """The file is kept when there is room again."""
    folder = runtime.settings.media_folder
    folder.mkdir()
    full, asked = folder / "1.sealed", []
    full.symlink_to("/dev/full")

    def write(tx: Tx) -> None:
        talk = a_conversation(tx)
        source = {"reference": "x", "media_type": "image/png", "name": "pay.png"}
        pending.add_file(tx, a_message_in(tx, talk), talk, source, clock())

    async def get(reference: str, most: int) -> bytes:
        asked.append(reference)
        if len(asked) == 2:
            full.unlink()
        return b"\x89PNG\r\n\x1a\n"

    def is_kept(tx: Tx) -> bool:
        return tx.execute(select(schema.attachment.c.id)).first() is not None

    await runtime.database.write(write)
    running = asyncio.create_task(fetch_files(runtime, "webchat", "web", get))
    while not await runtime.database.read(is_kept):
        assert not running.done()
        clock.forward(minutes=1)
        runtime.changes.announce(["files"])
        await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(asked) >= 2


async def test_what_cannot_even_be_kept_is_to_be_delivered_again(runtime: Runtime) -> None:
    broken = "CREATE TRIGGER broken BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, ''); END"
    await runtime.database.write(lambda tx: tx.execute(text(broken)))
    incoming = Incoming(
        channel="whatsapp",
        account="1",
        identifiers={"bsuid": "x"},
        platform_id="1",
        content=TextIn("Salam"),
    )
    with pytest.raises(Unkept):
        await conversation.handle(runtime, incoming)
    await runtime.database.write(lambda tx: tx.execute(text("DROP TRIGGER broken")))
    assert await conversation.handle(runtime, incoming) is conversation.Handled.DONE


async def test_what_was_kept_for_a_while_goes(runtime: Runtime, clock: Clock) -> None:
    now = clock()

    def write(tx: Tx) -> None:
        for age in (timedelta(0), KEEP_INCOMING - timedelta(1), KEEP_INCOMING + timedelta(1)):
            conversations.record_incoming(tx, "webchat", "web", f"{age}", now - age)
            pace.take_slot(tx, f"address:{age.days}", Rate(1, 1), now - age)

    def look(tx: Tx) -> tuple[int, int]:
        ids = tx.execute(select(schema.inbox.c.hash)).all()
        return len(ids), len(tx.execute(select(schema.rate_bucket.c.name)).all())

    await runtime.database.write(write)
    await Housekeeping(runtime)._round()
    assert await runtime.database.read(look) == (2, 1)
