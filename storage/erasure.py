"""Erasing a worker: rows are deleted, keys destroyed; what no one can open is gone everywhere.

What stays is countable and says nothing: that there was a worker and a case, its dates, its
outcome, the audit chain (ids only). A lawyer's own notes stay with the case.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, select, update

from storage import keys, outreach, schema, workshops
from storage.database import Tx
from storage.records import WorkerId

talk, message, outbox = schema.conversation, schema.message, schema.outbox


def erase_worker(tx: Tx, worker_id: WorkerId, now: datetime) -> Sequence[int]:
    """Erase all that this worker said and sent; returns the ids of files to delete.

    The worker's conversations end: the next message at the address is a new person's.
    """
    talks = _ids(tx, talk, talk.c.worker_id == worker_id)
    said = _ids(tx, message, message.c.conversation_id.in_(talks))
    sent = _ids(tx, schema.attachment, schema.attachment.c.message_id.in_(said))
    outreach.forget(tx, worker_id, now)
    workshops.forget_worker(tx, worker_id)
    for table in schema.metadata.sorted_tables[::-1]:
        if "message_id" in table.c:  # deliveries, files, whatever else hangs on a message
            tx.execute(delete(table).where(table.c.message_id.in_(said)))
    tx.execute(delete(message).where(message.c.id.in_(said)))
    tx.execute(delete(schema.consent).where(schema.consent.c.worker_id == worker_id))
    ended = {"session_sealed": None, "phrase_sealed": None, "hidden_after_seq": None}
    tx.execute(update(talk).where(talk.c.id.in_(talks)).values(**ended, ended_at=now))
    key_id = tx.execute(
        update(schema.worker)
        .where(schema.worker.c.id == worker_id)
        .values(erased_at=now, language=None)
        .returning(schema.worker.c.key_id)
    ).scalar_one()
    keys.destroy_data_key(tx, key_id)
    for conversation_id in talks:
        tx.ring(f"conversation:{conversation_id}")
    return sent


def _ids(tx: Tx, table: Table, where: ColumnElement[bool]) -> Sequence[int]:
    return tx.execute(select(table.c.id).where(where)).scalars().all()
