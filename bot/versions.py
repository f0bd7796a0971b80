"""Keeps the versions of the trees, so that nobody who is inside one is thrown out.

A new version is for who begins; who is inside stays in theirs until it is withdrawn, or two weeks
have passed. Then, with their next message, their answers are tried on the live one, and they are
asked again from the first that does not fit (flows/engine.py).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flows.catalog import Catalog
from flows.model import Session
from flows.versions import Kept, kept_now, with_versions
from storage import flow_versions
from storage.database import Database, Tx
from storage.flow_versions import FlowVersion

STAYS = timedelta(days=14)  # that long who is inside a replaced version stays there


async def publish(database: Database, catalog: Catalog, now: datetime) -> Catalog:
    """Keep the content as the live one; returns it with the versions that people may be inside."""
    kept = await database.write(lambda tx: _publish(tx, catalog, now))
    return with_versions(catalog, kept)


def _publish(tx: Tx, catalog: Catalog, now: datetime) -> list[Kept]:
    rows = flow_versions.list_versions(tx)
    before = {(row.flow, row.version): kept_of(row) for row in rows}
    live = kept_now(catalog, before)
    ends = {(row.flow, row.version): (row.replaced_at, row.withdrawn_at) for row in rows}
    for row in live:
        key = (row.flow, row.version)
        if before.get(key) != row or ends[key] != (None, None):
            flow_versions.put_live(tx, row.flow, row.version, row.document, row.texts, now)
    flow_versions.replace_others(tx, {row.flow: row.version for row in live}, now)
    done = {(row.flow, row.version) for row in live}
    return [*live, *(kept for kept in standing(rows, now) if (kept.flow, kept.version) not in done)]


def standing(rows: Iterable[FlowVersion], now: datetime) -> list[Kept]:
    """The versions that people may be inside."""
    return [
        kept_of(row)
        for row in rows
        if row.withdrawn_at is None and (row.replaced_at is None or row.replaced_at >= now - STAYS)
    ]


def kept_of(row: FlowVersion) -> Kept:
    """A row in the words of flows."""
    return Kept(row.flow, row.version, row.document, row.texts)


def unpin(tx: Tx, catalog: Catalog, session: Session, now: datetime) -> Session:
    """The session without versions that were withdrawn or replaced too long ago.

    Asked with every message, as another process may have withdrawn one a moment ago; it costs a
    look into the database only for people in an earlier version.
    """
    gone = {
        flow
        for flow, version in session.versions.items()
        if ((live := catalog.flows.get(flow)) is None or live.version != version)
        and not flow_versions.stands(tx, flow, version, now - STAYS)
    }
    if not gone:
        return session
    return session.but(versions={f: v for f, v in session.versions.items() if f not in gone})
