"""Workshops: their words, the places in them, the waitlist; who is there and who was.

Every change of a place locks its workshop first, so that a hundred who press at once get exactly
the places that there are, and an ordered waitlist.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select, update

from storage import keys, schema
from storage.crypto import hash_token
from storage.database import Tx
from storage.records import AddressId, StaffId, WorkerId

WorkshopId = NewType("WorkshopId", int)
SignUpId = NewType("SignUpId", int)
PartnerId = NewType("PartnerId", int)
workshop, words, partner = schema.workshop, schema.workshop_text, schema.partner
sign_up = schema.sign_up


class WorkshopState(StrEnum):
    """Where a workshop stands."""

    DRAFT = "draft"  # nobody sees it
    OPEN = "open"  # people sign up
    CANCELLED = "cancelled"


class Place(StrEnum):
    """Where a person stands with a workshop."""

    GOING = "going"  # has a place
    OFFERED = "offered"  # promoted; the place is kept until they say yes, or the time is up
    WAITING = "waiting"
    CANCELLED = "cancelled"  # by the person, or by staff for them
    LAPSED = "lapsed"  # an offer that was not answered in time


HOLDS = (Place.GOING, Place.OFFERED)  # what takes a place away
ACTIVE = (*HOLDS, Place.WAITING)


@dataclass(frozen=True)
class Words:
    """What one language says of a workshop."""

    title: str
    description: str
    place: str
    materials: str = ""


@dataclass(frozen=True)
class Workshop:
    """A workshop without its words."""

    id: WorkshopId
    code: str
    door_code: str
    state: WorkshopState
    starts_at: datetime
    ends_at: datetime
    capacity: int
    spoken: tuple[str, ...]
    map_link: str
    sequence: int
    version: int


@dataclass(frozen=True)
class Details:
    """A partner: how they are called and reached."""

    name: str
    organisation: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class SignUp:
    """One person's place, or place in the queue."""

    id: SignUpId
    workshop_id: WorkshopId
    worker_id: WorkerId | None
    partner_id: PartnerId | None
    address_id: AddressId | None
    pass_code: str
    way: str
    state: Place
    offered_until: datetime | None
    told_until: datetime | None
    told_sequence: int
    reminded_day: bool
    reminded_hours: bool
    asked_feedback: bool
    called_at: datetime | None
    attended_at: datetime | None
    feedback: int | None
    at: datetime


# -- a workshop --------------------------------------------------------------------------------


def add(
    tx: Tx, code: str, door_code: str, staff_id: StaffId, now: datetime, **values: Any
) -> WorkshopId:
    """A new draft; `values` are the columns that staff fill in."""
    made = tx.next_id("workshop")
    row = {
        "id": made,
        "code": code,
        "door_code": door_code,
        "state": WorkshopState.DRAFT,
        "made_by": staff_id,
        "made_at": now,
        "starts_at": values["starts_at"],
        "ends_at": values["ends_at"],
        "capacity": values["capacity"],
        "spoken": " ".join(values["spoken"]),
        "map_link": values["map_link"],
    }
    tx.execute(insert(workshop).values(row))
    return WorkshopId(made)


def get(tx: Tx, workshop_id: int, *, lock: bool = False) -> Workshop | None:
    """A workshop by id; with lock, other changes of its places wait for this one."""
    return _one(tx, workshop.c.id == workshop_id, lock=lock)


def find(tx: Tx, code: str, *, lock: bool = False) -> Workshop | None:
    """A workshop by the code of its link."""
    return _one(tx, workshop.c.code == code, lock=lock)


def find_by_door(tx: Tx, door_code: str, *, lock: bool = False) -> Workshop | None:
    """A workshop by the code that hangs in its room."""
    return _one(tx, workshop.c.door_code == door_code, lock=lock)


def list_newest(tx: Tx, limit: int = 100) -> list[Workshop]:
    """The latest to come first."""
    query = select(workshop).order_by(workshop.c.starts_at.desc(), workshop.c.id.desc())
    return [_workshop(row) for row in tx.execute(query.limit(limit))]


def list_open(tx: Tx, now: datetime, limit: int = 8) -> list[Workshop]:
    """Those for which one can sign up now, the next one first."""
    query = select(workshop).where(_is_open(now)).order_by(workshop.c.starts_at)
    return [_workshop(row) for row in tx.execute(query.limit(limit))]


def any_open(tx: Tx, now: datetime) -> bool:
    """Whether one can sign up for any."""
    return tx.execute(select(workshop.c.id).where(_is_open(now)).limit(1)).first() is not None


def list_busy(tx: Tx, ended_after: datetime) -> list[Workshop]:
    """Those that are not drafts and did not end before this time."""
    query = select(workshop).where(
        (workshop.c.state != WorkshopState.DRAFT) & (workshop.c.ends_at > ended_after)
    )
    return [_workshop(row) for row in tx.execute(query.order_by(workshop.c.id))]


def change(tx: Tx, workshop_id: int, version: int, **values: Any) -> bool:
    """Change columns, if nobody else has since this version was read."""
    if "spoken" in values:
        values["spoken"] = " ".join(values["spoken"])
    result = tx.execute(
        update(workshop)
        .where((workshop.c.id == workshop_id) & (workshop.c.version == version))
        .values(**values, version=version + 1)
    )
    return result.rowcount == 1


def set_words(tx: Tx, workshop_id: int, said: Mapping[str, Words]) -> None:
    """Replace the words of all languages."""
    tx.execute(delete(words).where(words.c.workshop_id == workshop_id))
    for language, it in said.items():
        tx.execute(insert(words).values(workshop_id=workshop_id, language=language, **asdict(it)))


def get_words(tx: Tx, workshop_id: int) -> dict[str, Words]:
    """language -> what it says."""
    query = select(words).where(words.c.workshop_id == workshop_id).order_by(words.c.language)
    return {
        row.language: Words(row.title, row.description, row.place, row.materials)
        for row in tx.execute(query)
    }


# -- places ------------------------------------------------------------------------------------


def count_places(tx: Tx, workshop_id: int) -> dict[Place, int]:
    """How many people are where."""
    query = (
        select(sign_up.c.state, func.count().label("people"))
        .where(sign_up.c.workshop_id == workshop_id)
        .group_by(sign_up.c.state)
    )
    return {Place(row.state): row.people for row in tx.execute(query)}


def free_places(tx: Tx, it: Workshop) -> int:
    """How many places nobody has or is offered; below zero where the room was made smaller."""
    counts = count_places(tx, it.id)
    return it.capacity - sum(counts.get(state, 0) for state in HOLDS)


def enter(
    tx: Tx,
    it: Workshop,
    pass_code: str,
    way: str,
    now: datetime,
    *,
    worker_id: WorkerId | None = None,
    address_id: AddressId | None = None,
    partner_id: PartnerId | None = None,
    token: str | None = None,
) -> SignUp:
    """Give this person a place, or the last place of the queue; `it` is locked.

    Who has one keeps it; who had cancelled begins anew at the end of the queue.
    """
    known = find_sign_up(tx, it.id, worker_id=worker_id, partner_id=partner_id)
    if known is not None and known.state in ACTIVE:
        return known
    if known is not None:  # the queue goes by id, so who comes back gets a new row
        tx.execute(delete(sign_up).where(sign_up.c.id == known.id))
    counts = count_places(tx, it.id)
    taken = sum(counts.get(state, 0) for state in ACTIVE)  # nobody overtakes those who wait
    made = tx.next_id("sign_up")
    row = {
        "id": made,
        "workshop_id": it.id,
        "worker_id": worker_id,
        "address_id": address_id,
        "partner_id": partner_id,
        "token_hash": hash_token(token) if token else None,
        "pass_code": pass_code,
        "way": way,
        "state": Place.GOING if taken < it.capacity else Place.WAITING,
        "told_sequence": it.sequence,
        "at": now,
    }
    tx.execute(insert(sign_up).values(row))
    _ring(tx, it.id)
    found = get_sign_up(tx, made)
    assert found is not None
    return found


def promote(tx: Tx, it: Workshop, until: datetime) -> list[SignUp]:
    """Offer the free places to the first who wait; `it` is locked."""
    free = free_places(tx, it)
    if free <= 0:
        return []
    first = _list(tx, (sign_up.c.workshop_id == it.id) & (sign_up.c.state == Place.WAITING), free)
    for each in first:
        move(tx, each, Place.OFFERED, offered_until=until, called_at=None)
    return first


def lapse(tx: Tx, it: Workshop, now: datetime) -> list[SignUp]:
    """End the offers whose time is up; `it` is locked. Returns whose."""
    late = _list(
        tx,
        (sign_up.c.workshop_id == it.id)
        & (sign_up.c.state == Place.OFFERED)
        & (sign_up.c.offered_until <= now),
    )
    for each in late:
        move(tx, each, Place.LAPSED)
    return late


def move(tx: Tx, it: SignUp, to: Place, **values: Any) -> bool:
    """Change where this person stands; False where that has changed since."""
    result = tx.execute(
        update(sign_up)
        .where((sign_up.c.id == it.id) & (sign_up.c.state == it.state))
        .values(state=to, **values)
    )
    _ring(tx, it.workshop_id)
    return result.rowcount == 1


def note(tx: Tx, it: SignUp, **values: Any) -> None:
    """Remember that they came, were told, reminded or called, or what they thought of it."""
    tx.execute(update(sign_up).where(sign_up.c.id == it.id).values(**values))
    _ring(tx, it.workshop_id)


def get_sign_up(tx: Tx, sign_up_id: int) -> SignUp | None:
    """One sign-up by id."""
    return next(iter(_list(tx, sign_up.c.id == sign_up_id)), None)


def find_sign_up(
    tx: Tx,
    workshop_id: int,
    *,
    worker_id: int | None = None,
    partner_id: int | None = None,
    pass_code: str | None = None,
) -> SignUp | None:
    """This person's row in a workshop."""
    for column, value in (
        (sign_up.c.worker_id, worker_id),
        (sign_up.c.partner_id, partner_id),
        (sign_up.c.pass_code, pass_code),
    ):
        if value is not None:
            found = _list(tx, (sign_up.c.workshop_id == workshop_id) & (column == value))
            return found[0] if found else None
    return None


def find_by_token(tx: Tx, workshop_id: int, token: str) -> SignUp | None:
    """The row that a partner's own link opens."""
    where = (sign_up.c.workshop_id == workshop_id) & (sign_up.c.token_hash == hash_token(token))
    return next(iter(_list(tx, where)), None)


def list_sign_ups(tx: Tx, workshop_id: int) -> list[SignUp]:
    """All of a workshop, in the order of the queue."""
    return _list(tx, sign_up.c.workshop_id == workshop_id)


def position(tx: Tx, it: SignUp) -> int:
    """Which one in the queue: 1 is the next."""
    ahead = select(func.count()).where(
        (sign_up.c.workshop_id == it.workshop_id)
        & (sign_up.c.state == Place.WAITING)
        & (sign_up.c.id <= it.id)
    )
    return int(tx.execute(ahead).scalar_one())


# -- partners ----------------------------------------------------------------------------------


def find_or_add_partner(
    tx: Tx, details: Details, contact: str, language: str, now: datetime
) -> PartnerId:
    """The partner with this phone or e-mail, or a new one; a known one stays as it is stored."""
    key = tx.vault.hash_for_lookup("partner.contact", contact)
    tx.serialise(key)
    known = tx.execute(select(partner.c.id).where(partner.c.hash == key)).scalar()
    if known is not None:
        return PartnerId(known)
    made, key_id = tx.next_id("partner"), tx.new_data_key(now)
    text = json.dumps(asdict(details), ensure_ascii=False)
    row = {
        "id": made,
        "key_id": key_id,
        "hash": key,
        "details_sealed": tx.seal(key_id, "partner.details", made, text),
        "language": language,
        "made_at": now,
    }
    tx.execute(insert(partner).values(row))
    return PartnerId(made)


def get_partners(tx: Tx, partner_ids: Iterable[int]) -> dict[int, tuple[Details, str]]:
    """Partners by id: who they are, and the language they chose."""
    rows = tx.execute(select(partner).where(partner.c.id.in_(set(partner_ids))))
    return {
        row.id: (
            Details(**json.loads(tx.unseal("partner.details", row.id, row.details_sealed))),
            row.language,
        )
        for row in rows
    }


def name_of(workshop_id: int) -> str:
    """How announcements and facts name a workshop."""
    return f"workshop_{workshop_id}"


def list_attended(tx: Tx, worker_id: WorkerId) -> list[WorkshopId]:
    """The workshops that this worker was at."""
    came = (sign_up.c.worker_id == worker_id) & sign_up.c.attended_at.is_not(None)
    return [row.workshop_id for row in _list(tx, came)]


def forget_partners(tx: Tx, ended_before: datetime) -> int:
    """Erase the partners whose last workshop ended before this; who came stays as a number."""
    old = tx.execute(_old_partners(ended_before)).all()
    for row in old:
        theirs = sign_up.c.partner_id == row.id
        tx.execute(update(sign_up).where(theirs).values(partner_id=None, token_hash=None))
        tx.execute(delete(partner).where(partner.c.id == row.id))
        keys.destroy_data_key(tx, row.key_id)
    return len(old)


def any_old_partner(tx: Tx, ended_before: datetime) -> bool:
    """Whether there is anybody to erase."""
    return tx.execute(_old_partners(ended_before).limit(1)).first() is not None


def forget_worker(tx: Tx, worker_id: WorkerId) -> None:
    """Let go of an erased worker: what is to come is cancelled, what was stays as a number."""
    theirs = sign_up.c.worker_id == worker_id
    for each in _list(tx, theirs & sign_up.c.state.in_(ACTIVE) & sign_up.c.attended_at.is_(None)):
        move(tx, each, Place.CANCELLED)
    tx.execute(update(sign_up).where(theirs).values(worker_id=None, address_id=None))


def _old_partners(ended_before: datetime) -> Any:
    recent = exists().where(
        (sign_up.c.partner_id == partner.c.id)
        & (workshop.c.id == sign_up.c.workshop_id)
        & (workshop.c.ends_at >= ended_before)
    )
    old = ~recent & (partner.c.made_at < ended_before)
    return select(partner.c.id, partner.c.key_id).where(old)


# -- rows --------------------------------------------------------------------------------------


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(workshop.c.state == WorkshopState.OPEN, workshop.c.starts_at > now)


def _one(tx: Tx, where: ColumnElement[bool], *, lock: bool) -> Workshop | None:
    query = select(workshop).where(where)
    if lock:
        query = query.with_for_update()
    row = tx.execute(query).one_or_none()
    return row and _workshop(row)


def _list(tx: Tx, where: ColumnElement[bool], limit: int | None = None) -> list[SignUp]:
    query = select(sign_up).where(where).order_by(sign_up.c.id).limit(limit)
    return [_sign_up(row) for row in tx.execute(query)]


def _ring(tx: Tx, workshop_id: int) -> None:
    tx.ring(f"workshop:{workshop_id}")
    tx.ring("workshops")


def _workshop(row: Any) -> Workshop:
    return Workshop(
        id=WorkshopId(row.id),
        code=row.code,
        door_code=row.door_code,
        state=WorkshopState(row.state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        spoken=tuple(row.spoken.split()),
        map_link=row.map_link,
        sequence=row.sequence,
        version=row.version,
    )


def _sign_up(row: Any) -> SignUp:
    values = {name: getattr(row, name) for name in SignUp.__dataclass_fields__}
    return SignUp(**{**values, "state": Place(row.state)})
