"""Files that a worker has sent and that still lie at the platform.

A row is written with its message and goes in the transaction that stores the file, so that no
crash in between loses one: it is fetched again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from storage import schema
from storage.conversations import get_conversation
from storage.database import Tx
from storage.records import Conversation, MessageId

table, message = schema.pending_file, schema.message


@dataclass(frozen=True)
class PendingFile:
    """A file to fetch. `source` is what the channel noted of it."""

    id: int
    message_id: MessageId
    talk: Conversation
    source: Mapping[str, str]
    attempt: int
    created_at: datetime


def add_file(
    tx: Tx, message_id: MessageId, talk: Conversation, source: Mapping[str, str], now: datetime
) -> None:
    """Note a file that has to be fetched."""
    row_id = tx.next_id("pending_file")
    text = json.dumps(dict(source), ensure_ascii=False)
    row = {
        "id": row_id,
        "message_id": message_id,
        "channel": talk.address.channel,
        "account": talk.address.account,
        "source_sealed": tx.seal(talk.worker.key_id, "pending_file.source", row_id, text),
        "run_at": now,
        "created_at": now,
    }
    tx.execute(insert(table).values(row))
    tx.ring("files")


def claim_files(
    tx: Tx, channel: str, account: str, now: datetime, *, limit: int, lease: timedelta
) -> list[PendingFile]:
    """Take files whose turn it is; who does not come back with them loses them after the lease."""
    due = (
        select(table, message.c.conversation_id)
        .join(message, message.c.id == table.c.message_id)
        .where(
            (table.c.channel == channel) & (table.c.account == account) & (table.c.run_at <= now)
        )
        .order_by(table.c.run_at, table.c.id)
        .limit(limit)
        .with_for_update(of=table, skip_locked=True)
    )
    found = []
    for row in tx.execute(due).all():
        talk = get_conversation(tx, row.conversation_id)
        assert talk is not None
        source = json.loads(tx.unseal("pending_file.source", row.id, row.source_sealed))
        again = {"attempt": row.attempt + 1, "run_at": now + lease}
        tx.execute(update(table).where(table.c.id == row.id).values(again))
        message_id = MessageId(row.message_id)
        found.append(PendingFile(row.id, message_id, talk, source, row.attempt + 1, row.created_at))
    return found


def postpone_file(tx: Tx, file: PendingFile, run_at: datetime) -> None:
    """Try again at this time."""
    tx.execute(update(table).where(table.c.id == file.id).values(run_at=run_at))


def finish_file(tx: Tx, file: PendingFile) -> bool:
    """It is stored, or never will be; False where that was said before."""
    gone = tx.execute(delete(table).where(table.c.id == file.id).returning(table.c.id))
    tx.ring(f"conversation:{file.talk.id}")
    return gone.first() is not None


def release_files(tx: Tx, channel: str, now: datetime) -> None:
    """Fetch all that waits now: whoever had taken it is gone."""
    tx.execute(update(table).where(table.c.channel == channel).values(run_at=now))
