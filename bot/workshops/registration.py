"""Signing up on the public page: for people of organisations, who need no chat.

Whoever holds the link of a place (a random token, kept as a hash) may see and change that place;
it shows nothing of the person. The token is made with the form, so the same form sent twice is one
sign-up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.errors import BadInput, NotFound, WorkshopMovedOn
from bot.runtime import Runtime
from bot.workshops import letters, places, planning
from bot.workshops.places import Way
from storage import workshops as store
from storage.database import Tx
from storage.workshops import Details, Place, SignUp, Words, Workshop, WorkshopState


@dataclass(frozen=True)
class Sight:
    """A workshop as the public sees it; with whose link it was opened, their place."""

    it: Workshop
    words: Mapping[str, Words]
    free: int
    open: bool
    row: SignUp | None = None
    position: int = 0
    door: bool = False  # one can check in now
    over: bool = False


async def look(runtime: Runtime, code: str, token: str | None = None) -> Sight:
    """The workshop, and the place that the token opens; raises NotFound."""
    now = runtime.clock()
    return await runtime.database.read(lambda tx: _look(tx, code, token, now))


async def sign_up(
    runtime: Runtime, code: str, details: Details, contact: str, language: str, token: str
) -> None:
    """Take a place, or the next one in the queue.

    Raises WorkshopMovedOn where one cannot any more, BadInput("contact", "known") for a phone or
    e-mail that has signed up with another form.
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = store.find(tx, code, lock=True)
        if it is None or it.state is WorkshopState.DRAFT:
            raise NotFound
        if store.find_by_token(tx, it.id, token) is not None:
            return
        if not places.is_open(it, now):
            raise WorkshopMovedOn
        places.join_partner(tx, it, details, contact, language, Way.PAGE, now, token)

    await runtime.database.write(work)


async def press(runtime: Runtime, code: str, token: str, verb: str, door_code: str = "") -> None:
    """What the holder of a place does: take, gone, here, good, soso, bad.

    Raises NotFound for a token that opens nothing, WorkshopMovedOn where it does not fit any more,
    BadInput("door", "unknown").
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = store.find(tx, code, lock=True)
        row = store.find_by_token(tx, it.id, token) if it else None
        if it is None or row is None:
            raise NotFound
        if verb in letters.MARKS:
            if row.attended_at is None:
                raise WorkshopMovedOn
            store.note(tx, row, feedback=letters.MARKS[verb])
        elif verb == letters.TAKE:
            if not places.confirm(tx, it, row, now):
                raise WorkshopMovedOn
        elif verb == letters.GONE:
            if not places.leave(tx, runtime, it, row, now):
                raise WorkshopMovedOn
        elif verb == "here":
            if not planning.is_at_the_door(it, now) or row.state is not Place.GOING:
                raise WorkshopMovedOn
            if door_code.strip().upper() != it.door_code:
                raise BadInput("door", "unknown")
            planning.check_in(tx, it, row, now)
        else:
            raise NotFound

    await runtime.database.write(work)


def _look(tx: Tx, code: str, token: str | None, now: datetime) -> Sight:
    it = store.find(tx, code)
    if it is None or it.state is WorkshopState.DRAFT:
        raise NotFound
    counts = store.count_places(tx, it.id)
    free = it.capacity - sum(counts.get(state, 0) for state in store.ACTIVE)
    sight = Sight(it, store.get_words(tx, it.id), max(free, 0), places.is_open(it, now))
    if token is None:
        return sight
    row = store.find_by_token(tx, it.id, token)
    if row is None:
        raise NotFound
    return Sight(
        it,
        sight.words,
        sight.free,
        sight.open,
        row,
        store.position(tx, row) if row.state is Place.WAITING else 0,
        planning.is_at_the_door(it, now),
        now >= it.ends_at,
    )
