"""The versions of the decision trees: people inside an earlier one stay there for a while."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from storage import crypto, schema
from storage.database import Tx

table, conversation = schema.flow_version, schema.conversation


@dataclass(frozen=True)
class FlowVersion:
    """A version of a tree. It is the live one while neither time is set."""

    flow: str
    version: str
    document: str
    texts: Mapping[str, Mapping[str, str]]  # language -> context -> sentence
    replaced_at: datetime | None
    withdrawn_at: datetime | None


def list_versions(tx: Tx) -> list[FlowVersion]:
    """All versions that were ever live, the oldest first."""
    return [
        FlowVersion(
            flow=row.flow,
            version=row.version,
            document=row.document,
            texts=json.loads(row.texts),
            replaced_at=row.replaced_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in tx.execute(select(table).order_by(table.c.created_at, table.c.flow))
    ]


def put_live(
    tx: Tx,
    flow: str,
    version: str,
    document: str,
    texts: Mapping[str, Mapping[str, str]],
    now: datetime,
) -> None:
    """Keep a version, with the words it has now, as the live one; also one that was so before."""
    words = {
        "document": document,
        "texts": json.dumps(texts, ensure_ascii=False, sort_keys=True),
        "replaced_at": None,
        "withdrawn_at": None,
    }
    row = {"flow": flow, "version": version, "created_at": now, **words}
    tx.execute(
        tx.insert(table)
        .values(row)
        .on_conflict_do_update(index_elements=[table.c.flow, table.c.version], set_=words)
    )


def replace_others(tx: Tx, live: Mapping[str, str], now: datetime) -> None:
    """From now on no other versions than these (flow -> version) are live."""
    open_rows = select(table.c.flow, table.c.version).where(table.c.replaced_at.is_(None))
    for row in tx.execute(open_rows).all():
        if live.get(row.flow) != row.version:
            tx.execute(update(table).where(_is(row.flow, row.version)).values(replaced_at=now))


def withdraw(tx: Tx, flow: str, version: str, now: datetime) -> bool:
    """Let nobody be in this version any more; False where there is none, or it is the live one."""
    earlier = _is(flow, version) & table.c.replaced_at.is_not(None)
    done = update(table).where(earlier).values(withdrawn_at=now).returning(table.c.flow)
    return tx.execute(done).first() is not None


def stands(tx: Tx, flow: str, version: str, since: datetime) -> bool:
    """Whether people may be inside this version: not withdrawn, and not replaced before `since`."""
    query = select(table.c.replaced_at, table.c.withdrawn_at).where(_is(flow, version))
    row = tx.execute(query).one_or_none()
    if row is None or row.withdrawn_at is not None:
        return False
    return row.replaced_at is None or row.replaced_at >= since


def open_sessions(tx: Tx) -> Iterator[str]:
    """Where everybody stands, without who they are: the sessions of all open conversations."""
    rows = tx.execute(
        select(conversation.c.id, conversation.c.session_sealed).where(
            conversation.c.ended_at.is_(None) & conversation.c.session_sealed.is_not(None)
        )
    )
    for row in rows:
        try:
            yield tx.unseal("conversation.session", row.id, row.session_sealed)
        except crypto.KeyDestroyed:
            continue  # erased meanwhile


def _is(flow: str, version: str) -> ColumnElement[bool]:
    return (table.c.flow == flow) & (table.c.version == version)
