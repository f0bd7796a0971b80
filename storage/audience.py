"""Whom an announcement would reach, and who is left out and why: counted, and frozen in batches.

One row a person: of several open chats the one where the person wrote last.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from storage import schema
from storage.database import Tx
from storage.outreach import ANNOUNCEMENTS, FACTS
from storage.unasked import MAY, reasons

LANGUAGE, CHANNEL = "language", "channel"
FILTERS = (LANGUAGE, CHANNEL, *FACTS)
WHATSAPP = "whatsapp"
WINDOW = timedelta(hours=24)  # after the person last wrote; then WhatsApp wants a template

talk, worker, address = schema.conversation, schema.worker, schema.address
fact = schema.worker_fact


@dataclass(frozen=True)
class Audience:
    """Which people are meant; a filter that is not there lets everybody through."""

    filters: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))

    def dump(self) -> str:
        """As JSON."""
        return json.dumps({name: sorted(values) for name, values in self.filters.items()})

    @staticmethod
    def parse(text: str) -> "Audience":
        """From its JSON."""
        return Audience({name: frozenset(values) for name, values in json.loads(text).items()})


@dataclass(frozen=True)
class Reach:
    """How many get it, and how many of those who fit do not, by reason."""

    people: int
    left_out: Mapping[str, int]

    @property
    def late_window(self) -> int:
        """Those on WhatsApp who get it only if they write before: part of the frozen audience."""
        return self.left_out.get("window", 0)


@dataclass(frozen=True)
class Candidate:
    """A person who may get it, and where."""

    worker_id: int
    address_id: int
    language: str


@dataclass(frozen=True)
class Wording:
    """In which languages there is a text, and what is done for the others."""

    languages: frozenset[str]
    fallback: str | None = None
    template: str | None = None


def count(tx: Tx, audience: Audience, wording: Wording, now: datetime) -> Reach:
    """How many people this would reach now."""
    people = _people(audience, wording, now).subquery()
    query = select(people.c.reason, func.count().label("people")).group_by(people.c.reason)
    found = {row.reason: row.people for row in tx.execute(query)}
    return Reach(found.pop("", 0), found)


def list_candidates(
    tx: Tx,
    audience: Audience,
    wording: Wording,
    now: datetime,
    *,
    after_worker: int,
    up_to_worker: int,
    limit: int,
) -> list[Candidate]:
    """The next people of the audience by id; those whose window is closed are among them."""
    people = _people(audience, wording, now).subquery()
    query = (
        select(people)
        .where(people.c.reason.in_(("", "window")))
        .where((people.c.worker_id > after_worker) & (people.c.worker_id <= up_to_worker))
        .order_by(people.c.worker_id)
        .limit(limit)
    )
    spoken = wording.languages
    return [
        Candidate(
            row.worker_id,
            row.address_id,
            row.language if row.language in spoken else wording.fallback or "",
        )
        for row in tx.execute(query)
    ]


def newest_worker(tx: Tx) -> int:
    """The highest id of a person: who comes later belongs to no audience frozen now."""
    return int(tx.execute(select(func.max(worker.c.id))).scalar() or 0)


def _people(audience: Audience, wording: Wording, now: datetime) -> Any:
    """worker_id, address_id, language and reason ("" for who gets it) of all who fit."""
    wrote = func.coalesce(talk.c.last_incoming_at, talk.c.started_at)
    rank = func.row_number().over(
        partition_by=talk.c.worker_id, order_by=(wrote.desc(), talk.c.id.desc())
    )
    chats = (
        select(
            talk.c.worker_id,
            talk.c.address_id,
            talk.c.hidden_after_seq,
            talk.c.last_incoming_at,
            address.c.channel,
            rank.label("rank"),
        )
        .join(address, address.c.id == talk.c.address_id)
        .where(talk.c.ended_at.is_(None) & _one_of(address.c.channel, audience.filters, CHANNEL))
        .subquery()
    )
    return (
        select(
            worker.c.id.label("worker_id"),
            chats.c.address_id,
            worker.c.language,
            _reason(chats, wording, now).label("reason"),
        )
        .join(chats, (chats.c.worker_id == worker.c.id) & (chats.c.rank == 1))
        .where(worker.c.erased_at.is_(None))
        .where(_one_of(worker.c.language, audience.filters, LANGUAGE))
        .where(*(_told(name, audience.filters[name]) for name in FACTS if name in audience.filters))
    )


def _reason(chats: Any, wording: Wording, now: datetime) -> ColumnElement[str]:
    spoken = or_(worker.c.language.in_(sorted(wording.languages)), literal(bool(wording.fallback)))
    closed = and_(
        chats.c.channel == WHATSAPP,
        literal(wording.template is None),
        or_(chats.c.last_incoming_at.is_(None), chats.c.last_incoming_at <= now - WINDOW),
    )
    return case(
        *reasons(chats, (ANNOUNCEMENTS,)),
        (or_(spoken.is_(None), ~spoken), "language"),
        (closed, "window"),
        else_=MAY,
    )


def _one_of(
    column: ColumnElement[Any], filters: Mapping[str, Iterable[str]], name: str
) -> ColumnElement[bool]:
    return column.in_(sorted(filters[name])) if name in filters else literal(True)


def _told(name: str, values: Iterable[str]) -> ColumnElement[bool]:
    return (
        select(fact.c.worker_id)
        .where(
            (fact.c.worker_id == worker.c.id)
            & (fact.c.fact == name)
            & fact.c.value.in_(sorted(values))
        )
        .exists()
    )
