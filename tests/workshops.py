"""Being outreach staff with a workshop in a test, and the people who come to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.messages import STANDING, TapIn
from bot.runtime import Runtime
from bot.workshops import planning
from bot.workshops.planning import Plan
from storage import workshops as store
from storage.records import Staff
from storage.workshops import Place, Words, Workshop
from tests.conftest import NOON
from tests.talk import Worker

IN_A_WEEK = NOON + timedelta(days=7)
WORDS = {"en": Words("Rights at work", "What your boss must do.", "Nizami street 1", "A pen")}


def a_plan(
    capacity: int = 30,
    starts_at: datetime = IN_A_WEEK,
    words: Mapping[str, Words] = WORDS,
) -> Plan:
    """What staff write."""
    return Plan(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        capacity=capacity,
        spoken=("en", "ru"),
        map_link="https://maps.example.org/?q=40.4,49.8",
        words=words,
    )


async def a_workshop(runtime: Runtime, person: Staff, plan: Plan | None = None) -> Workshop:
    """One for which one can sign up."""
    made = await planning.create(runtime, person, plan or a_plan())
    await planning.open_up(runtime, person, made)
    return (await planning.look(runtime, person, made)).it


async def presses(worker: Worker, verb: str, it: Workshop) -> str:
    """Press a button of a workshop; returns what is said then."""
    await worker.sends(TapIn(STANDING, f"ws_{verb}_{it.code}"))
    return "\n".join(await worker.reads())


async def signs_up(runtime: Runtime, who: str, it: Workshop, *, yes: bool = True) -> Worker:
    """A worker takes a place, or the next place of the queue."""
    worker = Worker(runtime, who)
    await presses(worker, "join", it)
    await presses(worker, "yes" if yes else "no", it)
    return worker


async def place_of(runtime: Runtime, worker: Worker, it: Workshop) -> Place | None:
    """Where a worker stands."""
    worker_id = (await worker.conversation()).worker.id
    row = await runtime.database.read(lambda tx: store.find_sign_up(tx, it.id, worker_id=worker_id))
    return row.state if row else None
