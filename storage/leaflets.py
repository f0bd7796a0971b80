"""Leaflets: numbers by month and source, never with a person."""

from dataclasses import dataclass

from sqlalchemy import select

from storage import schema
from storage.database import Tx

table = schema.leaflet


@dataclass(frozen=True)
class Leaflet:
    """How often links of one source were followed in a month."""

    month: str
    source: str
    opened: int
    new_people: int


def count(tx: Tx, month: str, source: str, *, is_new: bool) -> None:
    """Count one more."""
    key, more = {"month": month, "source": source}, {"opened": 1, "new_people": int(is_new)}
    tx.execute(
        tx.insert(table)
        .values(**key, **more)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={name: table.c[name] + number for name, number in more.items()},
        )
    )


def list_all(tx: Tx) -> list[Leaflet]:
    """All of them, the newest month first, in it the busiest source."""
    query = select(table).order_by(
        table.c.month.desc(), table.c.opened.desc(), table.c.source
    )  # fmt: skip
    return [Leaflet(**row._mapping) for row in tx.execute(query)]
