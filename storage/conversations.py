"""Workers, the addresses they write from, and their conversations.

An address may serve several workers, one after the other: each has an own conversation, and at
most one conversation of an address is open.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage import schema
from storage.database import Tx
from storage.records import (
    Address,
    AddressId,
    Conversation,
    ConversationId,
    Speaker,
    Worker,
    WorkerId,
)

address, identifier = schema.address, schema.address_identifier
conversation, worker = schema.conversation, schema.worker


def record_incoming(tx: Tx, channel: str, account: str, platform_id: str, now: datetime) -> bool:
    """Remember a platform's message id; False where it was here before."""
    key = tx.vault.hash_for_lookup(f"inbox.{channel}.{account}", platform_id)
    insert_into = sqlite_insert if tx.connection.dialect.name == "sqlite" else postgres_insert
    row = {"channel": channel, "account": account, "hash": key, "received_at": now}
    new = insert_into(schema.inbox).values(row).on_conflict_do_nothing()
    # psycopg knows no row count here, so the row itself says whether it went in
    return tx.execute(new.returning(schema.inbox.c.channel)).first() is not None


def find_or_create_address(
    tx: Tx, channel: str, account: str, identifiers: Mapping[str, str], now: datetime
) -> AddressId:
    """The address that has any of these identifiers (kind -> value), now with all of them."""
    hashes = {
        kind: tx.vault.hash_for_lookup(f"address.{channel}.{account}.{kind}", value)
        for kind, value in identifiers.items()
    }
    # two first messages from one address at once must not make two workers
    tx.serialise(min(hashes.values()))
    known = {
        bytes(row.hash): row.address_id
        for row in tx.execute(
            select(identifier.c.hash, identifier.c.address_id).where(
                identifier.c.hash.in_(hashes.values())
            )
        )
    }
    address_id = next(iter(known.values()), None) or _add_address(tx, channel, account, now)
    for kind, key in hashes.items():
        if key not in known:
            _add_identifier(tx, address_id, kind, identifiers[kind], key)
    return AddressId(address_id)


def find_address(
    tx: Tx, channel: str, account: str, identifier_: tuple[str, str]
) -> AddressId | None:
    """The address with this identifier (kind, value), or None."""
    kind, value = identifier_
    key = tx.vault.hash_for_lookup(f"address.{channel}.{account}.{kind}", value)
    return tx.execute(select(identifier.c.address_id).where(identifier.c.hash == key)).scalar()


def get_identifiers(tx: Tx, address_id: AddressId) -> dict[str, str]:
    """What the channel needs to reach this address: kind -> value."""
    rows = tx.execute(select(identifier).where(identifier.c.address_id == address_id))
    return {
        row.kind: tx.unseal("address_identifier.value", row.id, row.value_sealed) for row in rows
    }


def lock_conversation(tx: Tx, address_id: AddressId, now: datetime) -> Conversation:
    """The open conversation at this address, locked to the end of the transaction.

    Where there is none, a new worker and conversation begin.
    """
    found = _get(
        tx,
        (conversation.c.address_id == address_id) & conversation.c.ended_at.is_(None),
        lock=True,
    )
    return found or _begin(tx, address_id, now)


def get_conversation(tx: Tx, conversation_id: int, *, lock: bool = False) -> Conversation | None:
    """A conversation by its id; with lock, other transactions on it wait for this one."""
    return _get(tx, conversation.c.id == conversation_id, lock=lock)


def get_open_conversation(tx: Tx, address_id: AddressId) -> Conversation | None:
    """The open conversation at this address, or None."""
    return _get(
        tx,
        (conversation.c.address_id == address_id) & conversation.c.ended_at.is_(None),
    )


def save_conversation(
    tx: Tx,
    conversation_id: ConversationId,
    key_id: int,
    *,
    session: str | None,
    speaker: Speaker,
) -> None:
    """Store where the worker stands in the trees and who speaks."""
    sealed = None
    if session is not None:
        sealed = tx.seal(key_id, "conversation.session", conversation_id, session)
    tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(session_sealed=sealed, speaker=speaker)
    )


def set_speaker(tx: Tx, conversation_id: ConversationId, speaker: Speaker) -> None:
    """Say who answers the worker's free text from now on."""
    tx.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(speaker=speaker)
    )


def mark_incoming(tx: Tx, conversation_id: ConversationId, now: datetime) -> None:
    """Note when the worker last wrote: from then on answers are welcome."""
    tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(last_incoming_at=now)
    )


def set_phrase(tx: Tx, talk: Conversation, phrase: str) -> None:
    """Remember the two words that bring this chat back after it was hidden."""
    sealed = tx.seal(talk.worker.key_id, "conversation.phrase", talk.id, phrase)
    tx.execute(
        update(conversation).where(conversation.c.id == talk.id).values(phrase_sealed=sealed)
    )


def set_hidden(tx: Tx, conversation_id: ConversationId, *, hidden: bool) -> None:
    """Hide what was said so far, or show it again."""
    value = conversation.c.last_seq if hidden else None
    tx.execute(
        update(conversation)
        .where(conversation.c.id == conversation_id)
        .values(hidden_after_seq=value)
    )
    tx.ring(f"conversation:{conversation_id}")


def set_language(tx: Tx, worker_id: WorkerId, language: str) -> None:
    """Remember the language that this worker reads."""
    tx.execute(update(worker).where(worker.c.id == worker_id).values(language=language))


def set_draft_told(tx: Tx, worker_id: WorkerId) -> None:
    """Remember that the worker has read that the text is a draft translation."""
    tx.execute(update(worker).where(worker.c.id == worker_id).values(draft_told=True))


def set_reachable(tx: Tx, worker_id: WorkerId, reachable: bool) -> None:
    """Remember whether the channel can still deliver to this worker."""
    tx.execute(update(worker).where(worker.c.id == worker_id).values(reachable=reachable))


def end_conversation(tx: Tx, conversation_id: ConversationId, now: datetime) -> None:
    """Close a conversation: the next message at its address is from a new worker."""
    tx.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(ended_at=now)
    )


def record_consent(
    tx: Tx,
    worker_id: WorkerId,
    purpose: str,
    *,
    given: bool,
    wording: str,
    language: str,
    now: datetime,
) -> None:
    """Add to the ledger what the worker said yes or no to, in which words; nothing is replaced."""
    row = {
        "id": tx.next_id("consent"),
        "worker_id": worker_id,
        "purpose": purpose,
        "given": given,
        "wording": wording,
        "language": language,
        "at": now,
    }
    tx.execute(insert(schema.consent).values(row))


def has_consent(tx: Tx, worker_id: WorkerId, purpose: str) -> bool:
    """Whether the worker's latest word on this purpose was yes; silence is no."""
    table = schema.consent
    latest = (
        select(table.c.given)
        .where((table.c.worker_id == worker_id) & (table.c.purpose == purpose))
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return bool(tx.execute(latest).scalar())


def _add_address(tx: Tx, channel: str, account: str, now: datetime) -> int:
    address_id = tx.next_id("address")
    row = {
        "id": address_id,
        "key_id": tx.new_data_key(now),
        "channel": channel,
        "account": account,
        "created_at": now,
    }
    tx.execute(insert(address).values(row))
    return address_id


def _add_identifier(tx: Tx, address_id: int, kind: str, value: str, key: bytes) -> None:
    key_id = tx.execute(select(address.c.key_id).where(address.c.id == address_id)).scalar_one()
    row_id = tx.next_id("address_identifier")
    row = {
        "id": row_id,
        "address_id": address_id,
        "kind": kind,
        "hash": key,
        "value_sealed": tx.seal(key_id, "address_identifier.value", row_id, value),
    }
    tx.execute(insert(identifier).values(row))


def _begin(tx: Tx, address_id: AddressId, now: datetime) -> Conversation:
    worker_id, conversation_id = tx.next_id("worker"), tx.next_id("conversation")
    tx.execute(insert(worker).values(id=worker_id, key_id=tx.new_data_key(now), created_at=now))
    tx.execute(
        insert(conversation).values(
            id=conversation_id,
            address_id=address_id,
            worker_id=worker_id,
            speaker=Speaker.BOT,
            started_at=now,
        )
    )
    begun = get_conversation(tx, conversation_id)
    assert begun is not None
    return begun


def _get(tx: Tx, where: ColumnElement[bool], *, lock: bool = False) -> Conversation | None:
    query = (
        select(
            conversation,
            address.c.channel,
            address.c.account,
            worker.c.key_id,
            worker.c.language,
            worker.c.unsafe,
            worker.c.reachable,
            worker.c.draft_told,
            worker.c.created_at,
        )
        .join(address, address.c.id == conversation.c.address_id)
        .join(worker, worker.c.id == conversation.c.worker_id)
        .where(where)
    )
    if lock:
        query = query.with_for_update(of=conversation)
    row = tx.execute(query).one_or_none()
    return row and _conversation(tx, row)


def _conversation(tx: Tx, row: Any) -> Conversation:
    def opened(name: str, ciphertext: bytes | None) -> str | None:
        return None if ciphertext is None else tx.unseal(f"conversation.{name}", row.id, ciphertext)

    return Conversation(
        id=ConversationId(row.id),
        address=Address(AddressId(row.address_id), row.channel, row.account),
        worker=Worker(
            id=WorkerId(row.worker_id),
            key_id=row.key_id,
            language=row.language,
            unsafe=row.unsafe,
            reachable=row.reachable,
            draft_told=row.draft_told,
            created_at=row.created_at,
        ),
        speaker=Speaker(row.speaker),
        session=opened("session", row.session_sealed),
        phrase=opened("phrase", row.phrase_sealed),
        hidden_after_seq=row.hidden_after_seq,
        last_seq=row.last_seq,
        last_incoming_at=row.last_incoming_at,
    )
