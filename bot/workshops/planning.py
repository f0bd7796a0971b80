"""What staff do with workshops: write them, open them, sign people up, check them in, call."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.codes import new_code
from bot.errors import BadInput, NotFound, WorkshopMovedOn
from bot.outreach import announcements
from bot.outreach.announcements import admit
from bot.runtime import Runtime
from bot.workshops import letters, places
from bot.workshops.places import Contact, Way
from storage import audit, conversations, outreach
from storage import workshops as store
from storage.announcements import AnnouncementId
from storage.database import Tx
from storage.records import Staff
from storage.workshops import (
    Details,
    Place,
    SignUp,
    SignUpId,
    Words,
    Workshop,
    WorkshopId,
    WorkshopState,
)

MAX_TITLE, MAX_TEXT, MAX_LINE, MAX_LINK = 120, 1500, 200, 300
MAX_CAPACITY = 1000
MAX_HOURS = 24
DOOR_OPENS_BEFORE, DOOR_CLOSES_AFTER = timedelta(hours=2), timedelta(hours=12)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Plan:
    """What staff write of a workshop."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    spoken: Sequence[str]
    map_link: str
    words: Mapping[str, Words]


@dataclass(frozen=True)
class Person:
    """One sign-up as staff see it."""

    row: SignUp
    details: Details | None  # of a partner; of a worker nothing is known
    channel: str  # of a worker
    language: str
    contact: Contact


@dataclass(frozen=True)
class Sight:
    """A workshop as staff see it."""

    it: Workshop
    words: Mapping[str, Words]
    people: Sequence[Person]
    now: datetime

    def among(self, *states: Place) -> list[Person]:
        """The people who stand there, in the order of the queue."""
        return [person for person in self.people if person.row.state in states]

    @property
    def to_call(self) -> list[Person]:
        """Who has or may have a place, and can be told by a call only, and has not been."""
        if self.over:
            return []
        reachable_by_voice = (Contact.PHONE, Contact.UNREACHABLE)
        return [
            person
            for person in self.among(*store.HOLDS)
            if person.contact in reachable_by_voice
            and person.row.called_at is None
            and person.row.attended_at is None
        ]

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.now >= self.it.ends_at


# -- writing -----------------------------------------------------------------------------------


async def create(runtime: Runtime, person: Staff, plan: Plan) -> WorkshopId:
    """A new draft; raises BadInput(field, reason)."""
    admit(person)
    now = runtime.clock()
    _check(runtime, plan)

    def work(tx: Tx) -> WorkshopId:
        made = store.add(tx, new_code(), new_code(), person.id, now, **_columns(plan))
        store.set_words(tx, made, plan.words)
        _audit(tx, person, made, "made", now)
        return made

    return await runtime.database.write(work)


async def save(runtime: Runtime, person: Staff, workshop_id: int, plan: Plan, version: int) -> None:
    """Change it; people who have signed up are told of a new time or place.

    Raises BadInput(field, reason); WorkshopMovedOn where a colleague was faster.
    """
    admit(person)
    now = runtime.clock()
    _check(runtime, plan)

    def work(tx: Tx) -> None:
        it = _get(tx, workshop_id, lock=True)
        moved = (it.starts_at, it.ends_at) != (plan.starts_at, plan.ends_at)
        moved = moved or _other_place(store.get_words(tx, it.id), plan.words)
        told = moved and it.state is WorkshopState.OPEN
        values = _columns(plan) | {"sequence": it.sequence + int(told)}
        if it.state is WorkshopState.CANCELLED or not store.change(tx, it.id, version, **values):
            raise WorkshopMovedOn
        store.set_words(tx, it.id, plan.words)
        _audit(tx, person, it.id, "changed", now, "moved" if told else "")
        again: dict[str, object] = {"called_at": None}  # what is new is told by voice, too
        if plan.starts_at != it.starts_at:
            again |= {"reminded_day": False, "reminded_hours": False}
        for row in store.list_sign_ups(tx, it.id) if told else ():
            if row.state in store.ACTIVE:
                store.note(tx, row, **again)
        places.promote(tx, runtime, _get(tx, it.id), now)  # where the room has grown

    await runtime.database.write(work)


async def open_up(runtime: Runtime, person: Staff, workshop_id: int) -> None:
    """Let people sign up; raises BadInput("starts_at", "past"), WorkshopMovedOn."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = _get(tx, workshop_id, lock=True)
        if it.starts_at <= now:
            raise BadInput("starts_at", "past")
        if it.state is not WorkshopState.DRAFT or not store.change(
            tx, it.id, it.version, state=WorkshopState.OPEN
        ):
            raise WorkshopMovedOn
        _audit(tx, person, it.id, "opened", now)

    await runtime.database.write(work)


async def announce(runtime: Runtime, person: Staff, workshop_id: int) -> AnnouncementId:
    """A draft of an announcement that invites to it, in each of its languages; it is sent later.

    Raises WorkshopMovedOn where one cannot sign up.
    """
    sight = await look(runtime, person, workshop_id)
    if not places.is_open(sight.it, runtime.clock()):
        raise WorkshopMovedOn
    texts = {
        language: letters.invitation(runtime, sight.it, said, language, announcements.MAX_TEXT)
        for language, said in sight.words.items()
    }
    title = letters.words_for(sight.words, person.language).title
    name = title[: announcements.MAX_NAME]
    return await announcements.create(runtime, person, name, texts, sight.it)


async def call_off(runtime: Runtime, person: Staff, workshop_id: int) -> None:
    """It does not take place; whoever has signed up is told, or is on the call list."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = _get(tx, workshop_id, lock=True)
        if it.state is WorkshopState.CANCELLED or now >= it.ends_at:
            raise WorkshopMovedOn
        told = it.state is WorkshopState.OPEN
        values = {"state": WorkshopState.CANCELLED, "sequence": it.sequence + int(told)}
        if not store.change(tx, it.id, it.version, **values):
            raise WorkshopMovedOn
        for row in store.list_sign_ups(tx, it.id):
            if row.state in store.ACTIVE:
                store.note(tx, row, called_at=None)
        _audit(tx, person, it.id, "called_off", now)

    await runtime.database.write(work)


# -- looking -----------------------------------------------------------------------------------


async def list_all(
    runtime: Runtime, person: Staff
) -> list[tuple[Workshop, Mapping[str, Words], Mapping[Place, int]]]:
    """Every workshop with its words and how many are where, the latest first."""
    admit(person)
    return await runtime.database.read(
        lambda tx: [
            (it, store.get_words(tx, it.id), store.count_places(tx, it.id))
            for it in store.list_newest(tx)
        ]
    )


async def look(runtime: Runtime, person: Staff, workshop_id: int) -> Sight:
    """One workshop with everybody in it; raises NotFound."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> Sight:
        it = _get(tx, workshop_id)
        rows = store.list_sign_ups(tx, it.id)
        partners = store.get_partners(tx, [row.partner_id for row in rows if row.partner_id])
        people = [_person(tx, row, partners) for row in rows]
        return Sight(it, store.get_words(tx, it.id), people, now)

    return await runtime.database.read(work)


# -- people ------------------------------------------------------------------------------------


def details_of(name: str, organisation: str, phone: str, email: str) -> tuple[Details, str]:
    """What a partner gave, and the one form of it by which they are found again.

    Raises BadInput: a name and a phone or an e-mail are needed.
    """
    given = [" ".join(text.split()) for text in (name, organisation, phone, email)]
    for field, text in zip(("name", "organisation", "phone", "email"), given, strict=True):
        if len(text) > MAX_LINE:
            raise BadInput(field, "too long")
    details = Details(*given)
    digits = DIGITS.sub("", details.phone)
    if not details.name:
        raise BadInput("name", "empty")
    if details.email and not EMAIL.fullmatch(details.email):
        raise BadInput("email", "unreadable")
    if details.phone and not 7 <= len(digits) <= 15:
        raise BadInput("phone", "unreadable")
    if not digits and not details.email:
        raise BadInput("phone", "empty")
    return details, digits[-9:] or details.email.casefold()


async def enter(
    runtime: Runtime,
    person: Staff,
    workshop_id: int,
    details: Details,
    contact: str,
    language: str,
) -> SignUp:
    """Sign somebody up who told us by phone, or in person; BadInput as `join_partner` does."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> SignUp:
        it = _get(tx, workshop_id, lock=True)
        if it.state is not WorkshopState.OPEN or now >= it.ends_at:
            raise WorkshopMovedOn
        _audit(tx, person, it.id, "entered", now)
        return places.join_partner(tx, it, details, contact, language, Way.STAFF, now)

    return await runtime.database.write(work)


async def decide(
    runtime: Runtime, person: Staff, workshop_id: int, sign_up_id: int, answer: str
) -> None:
    """What staff were told by a person, or saw: came, not_came, called, confirm, leave."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = _get(tx, workshop_id, lock=True)
        row = store.get_sign_up(tx, sign_up_id)
        if row is None or row.workshop_id != it.id:
            raise NotFound
        match answer:
            case "came":
                if row.state not in store.ACTIVE:
                    raise WorkshopMovedOn
                check_in(tx, it, row, now)
            case "not_came":
                store.note(tx, row, attended_at=None)
                if row.worker_id is not None:
                    outreach.remove_fact(tx, row.worker_id, outreach.ATTENDED, store.name_of(it.id))
            case "called":
                store.note(tx, row, called_at=now)
            case "confirm":
                if not places.confirm(tx, it, row, now):
                    raise WorkshopMovedOn
            case "leave":
                if not places.leave(tx, runtime, it, row, now):
                    raise WorkshopMovedOn
            case _:
                raise NotFound
        _audit(tx, person, it.id, answer, now, f"sign_up={row.id}")

    await runtime.database.write(work)


async def check_in_by_pass(
    runtime: Runtime, person: Staff, workshop_id: int, pass_code: str
) -> SignUpId:
    """Somebody shows the code of their place; raises BadInput("pass", "unknown")."""
    admit(person)
    now = runtime.clock()
    wanted = re.sub(r"[\s-]", "", pass_code).upper()

    def work(tx: Tx) -> SignUpId:
        it = _get(tx, workshop_id, lock=True)
        row = store.find_sign_up(tx, it.id, pass_code=wanted)
        if row is None or row.state not in store.ACTIVE:
            raise BadInput("pass", "unknown")
        check_in(tx, it, row, now)
        _audit(tx, person, it.id, "came", now, f"sign_up={row.id}")
        return row.id

    return await runtime.database.write(work)


def check_in(tx: Tx, it: Workshop, row: SignUp, now: datetime) -> None:
    """Write down that this person is there; who waited and came in has a place now."""
    if row.attended_at is not None:
        return
    if row.state is not Place.GOING:
        store.move(tx, row, Place.GOING, offered_until=None)
    store.note(tx, row, attended_at=now)
    if row.worker_id is not None and conversations.has_consent(
        tx, row.worker_id, outreach.ANNOUNCEMENTS
    ):
        outreach.add_fact(tx, row.worker_id, outreach.ATTENDED, store.name_of(it.id), now)


def is_at_the_door(it: Workshop, now: datetime) -> bool:
    """Whether people can check themselves in with the code that hangs in the room."""
    opens, closes = it.starts_at - DOOR_OPENS_BEFORE, it.ends_at + DOOR_CLOSES_AFTER
    return it.state is WorkshopState.OPEN and opens <= now < closes


# -- common ------------------------------------------------------------------------------------


def _person(tx: Tx, row: SignUp, partners: Mapping[int, tuple[Details, str]]) -> Person:
    if row.partner_id is not None:
        details, language = partners[row.partner_id]
        return Person(row, details, "", language, Contact.PHONE)
    if row.worker_id is None or row.address_id is None:
        return Person(row, None, "", "", Contact.NOBODY)
    talk = conversations.get_open_conversation(tx, row.address_id)
    channel = talk.address.channel if talk else ""
    return Person(row, None, channel, places.language_of(tx, row), places.contact_of(tx, row))


def _columns(plan: Plan) -> dict[str, object]:
    return {
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "capacity": plan.capacity,
        "spoken": tuple(plan.spoken),
        "map_link": plan.map_link,
    }


def _check(runtime: Runtime, plan: Plan) -> None:
    if plan.ends_at <= plan.starts_at:
        raise BadInput("ends_at", "before")
    if plan.ends_at - plan.starts_at > timedelta(hours=MAX_HOURS):
        raise BadInput("ends_at", "too long")
    if not 1 <= plan.capacity <= MAX_CAPACITY:
        raise BadInput("capacity", "unusable")
    if not plan.spoken or any(code not in runtime.languages for code in plan.spoken):
        raise BadInput("spoken", "empty")
    if plan.map_link and not _is_link(plan.map_link):
        raise BadInput("map_link", "unreadable")
    if not plan.words:
        raise BadInput("words", "empty")
    for language, said in plan.words.items():
        if language not in runtime.languages:
            raise BadInput("words", "empty")
        if not said.title or not said.place:
            raise BadInput(f"title_{language}", "half")
        if len(said.title) > MAX_TITLE:
            raise BadInput(f"title_{language}", "too long")
        for field in ("description", "place", "materials"):
            if len(getattr(said, field)) > MAX_TEXT:
                raise BadInput(f"{field}_{language}", "too long")


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text
    return plain and parts.scheme == "https" and bool(parts.hostname) and len(text) <= MAX_LINK


def _other_place(before: Mapping[str, Words], after: Mapping[str, Words]) -> bool:
    """Whether any language names another place; one that was added later is no news."""
    both = before.keys() & after.keys()
    return any(before[language].place != after[language].place for language in both)


def _get(tx: Tx, workshop_id: int, *, lock: bool = False) -> Workshop:
    found = store.get(tx, workshop_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _audit(
    tx: Tx, person: Staff, workshop_id: int, action: str, now: datetime, detail: str = ""
) -> None:
    audit.append(
        tx,
        f"workshop:{workshop_id}",
        actor=f"staff:{person.id}",
        action=f"workshop.{action}",
        now=now,
        detail=detail,
    )
