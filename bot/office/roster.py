"""The roster: who is on duty, which days the office works, and whether it is a small office."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from bot.errors import BadInput, NotAllowed
from bot.runtime import Runtime
from flows.compute import Calendar, local_day
from storage import audit
from storage import roster as store
from storage import staff as people
from storage.database import Tx
from storage.records import Role, Staff, StaffId

SMALL = 3  # an office of fewer active people is small, where the settings do not say
LAWYERS = frozenset({Role.LAWYER, Role.COORDINATOR})
LEADERS = frozenset({Role.COORDINATOR})
CARETAKERS = frozenset({Role.COORDINATOR, Role.ADMIN})
WEEKS_SHOWN = 4


def calendar_of(tx: Tx, runtime: Runtime) -> Calendar:
    """The days the office works: the public calendar, less and more what the office set itself."""
    days = store.list_office_days(tx)
    public = runtime.catalog.calendar.holidays
    closed = {day for day, works in days.items() if not works}
    return Calendar((public | closed) - {day for day, works in days.items() if works})


def is_small_office(tx: Tx, runtime: Runtime) -> bool:
    """Whether one person may be all there is: nothing is released or approved by the machine."""
    told = runtime.settings.small_office
    return store.count_active(tx) < SMALL if told is None else told


def lawyers(tx: Tx) -> list[StaffId]:
    """Everyone who can take a case."""
    return store.list_active(tx, LAWYERS)


def coordinators(tx: Tx) -> list[StaffId]:
    """Everyone who leads; in an office without one, everyone who can take a case."""
    return store.list_active(tx, LEADERS) or lawyers(tx)


def caretakers(tx: Tx) -> list[StaffId]:
    """Everyone who is told of what does not work; in an office without such, everyone."""
    return store.list_active(tx, CARETAKERS) or lawyers(tx)


def on_duty(tx: Tx, now: datetime) -> StaffId | None:
    """Who is called day and night today; None where the roster names nobody."""
    return store.get_duty(tx, local_day(now), LAWYERS)


def matching(tx: Tx, language: str, topic: str, among: Iterable[StaffId]) -> list[StaffId]:
    """Those who know this language and topic; everyone where nobody does."""
    skills = store.list_skills(tx)

    def knows(person: StaffId, kind: str, value: str) -> bool:
        known = skills.get((person, kind))
        return not known or value in known

    everyone = list(among)
    fit = [
        person
        for person in everyone
        if knows(person, store.LANGUAGE, language) and knows(person, store.TOPIC, topic)
    ]
    return fit or everyone


# -- what a coordinator sets -------------------------------------------------------------------


async def read_duty(runtime: Runtime) -> tuple[Mapping[date, StaffId], Mapping[date, bool]]:
    """The duty of the next weeks, and the days on which the office differs from the calendar."""
    today = local_day(runtime.clock())
    last = today + timedelta(weeks=WEEKS_SHOWN)
    return await runtime.database.read(
        lambda tx: (store.list_duty(tx, today, last), store.list_office_days(tx))
    )


async def read_skills(runtime: Runtime) -> Mapping[tuple[StaffId, str], Sequence[str]]:
    """Everyone's languages and topics, by person and kind."""
    return await runtime.database.read(lambda tx: store.list_skills(tx))


async def set_duty(runtime: Runtime, leader: Staff, day: date, staff_id: StaffId | None) -> None:
    """Say who is on duty on a day; raises BadInput for somebody who cannot take cases."""
    _require(leader)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if staff_id is not None and staff_id not in lawyers(tx):
            raise BadInput("person", "unknown")
        store.set_duty(tx, day, staff_id)
        _audit(tx, leader, "duty", now, f"day={day} staff={staff_id or '-'}")

    await runtime.database.write(work)


async def take_duty(runtime: Runtime, person: Staff, *, on: bool) -> None:
    """Put oneself on duty for today, where nobody is, or take oneself off it again.

    Another person's duty is the coordinator's to change: BadInput("duty", "taken").
    """
    if person.role not in LAWYERS:
        raise NotAllowed
    now = runtime.clock()

    def work(tx: Tx) -> None:
        tx.serialise(b"duty")
        holder = on_duty(tx, now)
        if holder not in (None, person.id):
            raise BadInput("duty", "taken")
        if (holder == person.id) is not on:
            day = local_day(now)
            store.set_duty(tx, day, person.id if on else None)
            _audit(tx, person, "duty", now, f"day={day} staff={person.id if on else '-'}")

    await runtime.database.write(work)


async def duty_today(runtime: Runtime) -> StaffId | None:
    """Who is on duty today; None where the roster names nobody."""
    now = runtime.clock()
    return await runtime.database.read(lambda tx: on_duty(tx, now))


async def set_office_day(runtime: Runtime, leader: Staff, day: date, works: bool | None) -> None:
    """Say whether the office works on a day; None: as the public calendar says."""
    _require(leader)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        store.set_office_day(tx, day, works)
        _audit(tx, leader, "office_day", now, f"day={day} works={works}")

    await runtime.database.write(work)


async def set_skills(
    runtime: Runtime, leader: Staff, person: StaffId, languages: list[str], topics: list[str]
) -> None:
    """Say which languages and topics a person takes; none: all. Raises BadInput, NotAllowed."""
    _require(leader)
    now = runtime.clock()
    for language in languages:
        if language not in runtime.languages:
            raise BadInput("languages", "unknown")
    for topic in topics:
        if runtime.catalog.flow(topic) is None:
            raise BadInput("topics", "unknown")

    def work(tx: Tx) -> None:
        if people.get_staff(tx, person) is None:
            raise BadInput("person", "unknown")
        store.set_skills(tx, person, store.LANGUAGE, languages)
        store.set_skills(tx, person, store.TOPIC, topics)
        _audit(tx, leader, "skills", now, f"staff={person}")

    await runtime.database.write(work)


def _require(leader: Staff) -> None:
    if leader.role not in LEADERS:
        raise NotAllowed


def _audit(tx: Tx, leader: Staff, action: str, now: datetime, detail: str) -> None:
    actor = f"staff:{leader.id}"
    audit.append(tx, audit.OFFICE, actor=actor, action=action, now=now, detail=detail)
