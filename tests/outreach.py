"""Being outreach staff in a test: people who said yes, an announcement, the house at work."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from bot.changes import next_change
from bot.delivery.feeder import Feeder
from bot.delivery.local import Channel, Dispatcher
from bot.outreach import announcements
from bot.outreach.announcements import Draft
from bot.outreach.progress import Progress, progress
from bot.runtime import Runtime
from storage import conversations, outreach
from storage import staff as staff_store
from storage.announcements import AnnouncementId, AnnouncementState
from storage.database import Tx
from storage.recipients import RecipientState
from storage.records import Role, Staff, WorkerId
from tests.conftest import NOON

PATIENCE_SECONDS = 60
TEXTS = {"en": "A workshop on Sunday."}


def a_subscriber(
    tx: Tx,
    who: str,
    *,
    given: bool | None = True,
    language: str = "en",
    channel: tuple[str, str, str] = ("webchat", "web", "cookie"),
    now: datetime = NOON,
) -> WorkerId:
    """A person who said yes (or no, or nothing) to announcements."""
    name, account, kind = channel
    address = conversations.find_or_create_address(tx, name, account, {kind: who}, now)
    talk = conversations.lock_conversation(tx, address, now)
    conversations.set_language(tx, talk.worker.id, language)
    if given is not None:
        say(tx, talk.worker.id, given=given)
    return talk.worker.id


def say(tx: Tx, worker_id: WorkerId, *, given: bool) -> None:
    """Say yes or no to announcements."""
    conversations.record_consent(
        tx,
        worker_id,
        outreach.ANNOUNCEMENTS,
        given=given,
        wording="asked",
        language="en",
        now=NOON,
    )


async def subscribers(runtime: Runtime, number: int) -> list[WorkerId]:
    """So many people who said yes."""

    def work(tx: Tx) -> list[WorkerId]:
        return [a_subscriber(tx, f"person {n}") for n in range(number)]

    return await runtime.database.write(work)


async def an_organiser(runtime: Runtime, name: str = "Nigar", role: Role = Role.OUTREACH) -> Staff:
    """A member of staff who may announce."""
    return await runtime.database.write(
        lambda tx: staff_store.add_staff(tx, name, role, "en", NOON)
    )


async def a_draft(
    runtime: Runtime,
    person: Staff,
    texts: Mapping[str, str] = TEXTS,
    filters: Mapping[str, Sequence[str]] | None = None,
    fallback: str | None = None,
) -> AnnouncementId:
    """A draft that says this."""
    made = await announcements.create(runtime, person, "Workshop in Ganja")
    draft = Draft("Workshop in Ganja", texts, filters or {}, fallback)
    await announcements.save(runtime, person, made, draft, 1)
    return made


@asynccontextmanager
async def at_work(runtime: Runtime, *channels: Channel) -> AsyncIterator[None]:
    """The dispatcher and the feeder."""
    known = {channel.name: channel for channel in channels}
    dispatcher, feeder = Dispatcher(runtime, known), Feeder(runtime, known)
    running = [asyncio.create_task(dispatcher.run()), asyncio.create_task(feeder.run())]
    try:
        yield
    finally:
        feeder.stop()
        dispatcher.stop()
        await asyncio.gather(*running)


async def until(
    runtime: Runtime, announcement_id: AnnouncementId, *states: AnnouncementState
) -> Progress:
    """Wait until the announcement is in one of these states."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with runtime.changes.listen(f"announcement:{announcement_id}") as bell:
            while True:
                found = await progress(runtime, announcement_id)
                if found.state in states:
                    return found
                await next_change(bell, timeout_seconds=1)


async def nothing_under_way(runtime: Runtime, announcement_id: AnnouncementId) -> Progress:
    """Wait until no copy is in the outbox."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        with runtime.changes.listen(f"announcement:{announcement_id}", "outbox") as bell:
            while True:
                found = await progress(runtime, announcement_id)
                if RecipientState.QUEUED not in found.counts:
                    return found
                await next_change(bell, timeout_seconds=1)


def counted(found: Progress) -> dict[RecipientState, int]:
    """The states that are not empty."""
    return dict(found.counts)
