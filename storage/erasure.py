"""Erasing a worker: rows are deleted, keys destroyed; what no one can open is gone everywhere.

What stays is countable and says nothing: that there was a worker and a case, its dates, its
outcome, services and money recovered, the audit chain (ids only). A lawyer's own notes stay with
the case, under a new key: the case's old key is destroyed with all that it sealed.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, select, update

from storage import keys, outreach, schema, workshops
from storage.database import Tx
from storage.records import WorkerId

talk, message, outbox = schema.conversation, schema.message, schema.outbox
case, note = schema.legal_case, schema.case_note


def erase_worker(tx: Tx, worker_id: WorkerId, now: datetime) -> Sequence[int]:
    """Erase all that this worker said and sent; returns the ids of files to delete.

    The worker's conversations end: the next message at the address is a new person's.
    """
    talks = _ids(tx, talk, talk.c.worker_id == worker_id)
    said = _ids(tx, message, message.c.conversation_id.in_(talks))
    sent = _ids(tx, schema.attachment, schema.attachment.c.message_id.in_(said))
    for case_id in _ids(tx, case, case.c.worker_id == worker_id):
        _erase_case(tx, case_id, now)
    outreach.forget(tx, worker_id, now)
    workshops.forget_worker(tx, worker_id)
    for table in schema.metadata.sorted_tables[::-1]:
        if "message_id" in table.c:  # deliveries, files, whatever else hangs on a message
            tx.execute(delete(table).where(table.c.message_id.in_(said)))
    tx.execute(delete(message).where(message.c.id.in_(said)))
    tx.execute(delete(schema.worker_code).where(schema.worker_code.c.worker_id == worker_id))
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


def _erase_case(tx: Tx, case_id: int, now: datetime) -> None:
    """Nothing about people stays; what stays of the case gets a new key, the old one goes."""
    for table in (*schema.ABOUT_PEOPLE, schema.call_request, schema.case_opponent):
        tx.execute(delete(table).where(table.c.case_id == case_id))
    old_key, new_key = _key_of(tx, case_id), tx.new_data_key(now)
    sealed = tx.seal(new_key, "legal_case.answers", case_id, "[]")
    values: dict[str, object] = {
        "key_id": new_key,
        "answers_sealed": sealed,
        "next_action_on": None,
    }
    values |= {"opponent_sealed": None, "opponent_hash": None}
    tx.execute(update(case).where(case.c.id == case_id).values(values))
    for kept in tx.execute(select(note).where(note.c.case_id == case_id)).all():
        text = tx.unseal("case_note.text", kept.id, kept.text_sealed)
        sealed = tx.seal(new_key, "case_note.text", kept.id, text)
        tx.execute(update(note).where(note.c.id == kept.id).values(text_sealed=sealed))
    keys.destroy_data_key(tx, old_key)


def _key_of(tx: Tx, case_id: int) -> int:
    return int(tx.execute(select(case.c.key_id).where(case.c.id == case_id)).scalar_one())


def _ids(tx: Tx, table: Table, where: ColumnElement[bool]) -> Sequence[int]:
    return tx.execute(select(table.c.id).where(where)).scalars().all()
