"""Workers, the addresses they write from, and their conversations.

An address may serve several workers, one after the other: each has an own conversation, and at
most one conversation of an address is open.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, tuple_, update

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
# built once: it is asked several times for every message
_WITH_WORKER = (
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
)


def record_incoming(tx: Tx, channel: str, account: str, platform_id: str, now: datetime) -> bool:
    """Remember a platform's message id; False where it was here before."""
    key = tx.vault.hash_for_lookup(f"inbox.{channel}.{account}", platform_id)
    row = {"channel": channel, "account": account, "hash": key, "received_at": now}
    return tx.insert_once(schema.inbox, row)


def forget_incoming(tx: Tx, before: datetime, *, limit: int) -> int:
    """Forget ids of messages that came before then; returns how many, `limit` at most."""
    table = schema.inbox
    old = select(*table.primary_key).where(table.c.received_at < before).limit(limit)
    gone = delete(table).where(tuple_(*table.primary_key).in_(old))
    return tx.execute(gone).rowcount


def find_or_create_address(
    tx: Tx, channel: str, account: str, identifiers: Mapping[str, str], now: datetime
) -> AddressId:
    """The address that has any of these identifiers (kind -> value), now with all of them.

    They come with the strongest first. Who has another value of a stronger kind is another
    person: the weaker identifier (a phone number that was given to somebody else) goes to who
    writes from it now, and nothing of the earlier person with it.
    """
    hashes = _hashes(tx, channel, account, identifiers)
    # two first messages from one address at once must not make two workers
    for key in sorted(hashes.values()):
        tx.serialise(key)
    owners = _owners(tx, hashes)
    found: int | None = None
    stronger: dict[str, bytes] = {}
    for kind, key in hashes.items():
        owner = owners.get(key)
        if found is None and owner is not None and not _contradicts(tx, owner, stronger):
            found = owner
        stronger[kind] = key
    address_id = found or _add_address(tx, channel, account, now)
    _set_identifiers(tx, address_id, identifiers, hashes, owners)
    return AddressId(address_id)


def change_identifiers(
    tx: Tx,
    channel: str,
    account: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    now: datetime,
) -> AddressId | None:
    """Keep a person whose identifiers have changed: number, user id or both.

    What `after` does not tell is theirs no more: with another user id goes another number, and
    somebody else may get the old one. Who was faster and has written under the new ones already
    is the same person: that new conversation ends, unless a case began in it. Returns None where
    nobody was known by any of the earlier ones, or where both have become people of their own.
    """
    old, new = (_hashes(tx, channel, account, each) for each in (before, after))
    for key in sorted({*old.values(), *new.values()}):
        tx.serialise(key)
    known = _owners(tx, old)
    address_id = next((known[key] for key in old.values() if key in known), None)
    if address_id is None:
        return None
    owners = _owners(tx, new)
    for other in {*owners.values()} - {address_id}:
        talk = get_open_conversation(tx, AddressId(other))
        if talk is not None and _has_case(tx, talk.id):
            return None
        if talk is not None:
            end_conversation(tx, talk.id, now)
    stale = (identifier.c.address_id == address_id) & identifier.c.hash.not_in(new.values())
    tx.execute(delete(identifier).where(stale))
    _set_identifiers(tx, address_id, after, new, owners)
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
    """Note when the worker last wrote: from then on answers are welcome. It never goes back."""
    earlier = conversation.c.last_incoming_at.is_(None) | (conversation.c.last_incoming_at < now)
    tx.execute(
        update(conversation)
        .where((conversation.c.id == conversation_id) & earlier)
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


def set_reachable(tx: Tx, worker_id: WorkerId, reachable: bool) -> bool:
    """Remember whether the channel can still deliver to this worker; False: known already."""
    other = (worker.c.id == worker_id) & (worker.c.reachable != reachable)
    changed = update(worker).where(other).values(reachable=reachable).returning(worker.c.id)
    return tx.execute(changed).first() is not None


def list_ended(tx: Tx, address_id: AddressId) -> list[Conversation]:
    """The conversations of earlier people at this address who have words to come back by.

    Newest first; nothing of who has erased everything.
    """
    query = select(conversation.c.id).where(
        (conversation.c.address_id == address_id)
        & conversation.c.ended_at.is_not(None)
        & conversation.c.phrase_sealed.is_not(None)
    )
    found = tx.execute(query.order_by(conversation.c.ended_at.desc())).scalars().all()
    return [talk for each in found if (talk := get_conversation(tx, each)) is not None]


def is_erased(tx: Tx, worker_id: WorkerId) -> bool:
    """Whether this worker has erased everything."""
    query = select(schema.worker.c.erased_at).where(schema.worker.c.id == worker_id)
    return tx.execute(query).scalar() is not None


def resume_conversation(tx: Tx, before: Conversation, to: ConversationId, now: datetime) -> None:
    """Let an ended conversation go on in place of the open one at the same address."""
    end_conversation(tx, before.id, now)
    tx.execute(
        update(conversation)
        .where((conversation.c.id == to) & (conversation.c.address_id == before.address.id))
        .values(ended_at=None, hidden_after_seq=None)
    )
    tx.ring(f"conversation:{to}")


def end_conversation(tx: Tx, conversation_id: ConversationId, now: datetime) -> None:
    """Close a conversation: the next message at its address is from a new worker."""
    tx.execute(
        update(conversation).where(conversation.c.id == conversation_id).values(ended_at=now)
    )
    tx.ring(f"conversation:{conversation_id}")  # a page that shows it looks for the next one


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


def _hashes(tx: Tx, channel: str, account: str, identifiers: Mapping[str, str]) -> dict[str, bytes]:
    return {
        kind: tx.vault.hash_for_lookup(f"address.{channel}.{account}.{kind}", value)
        for kind, value in identifiers.items()
    }


def _owners(tx: Tx, hashes: Mapping[str, bytes]) -> dict[bytes, int]:
    query = select(identifier.c.hash, identifier.c.address_id).where(
        identifier.c.hash.in_(hashes.values())
    )
    return {bytes(row.hash): row.address_id for row in tx.execute(query)}


def _contradicts(tx: Tx, address_id: int, stronger: Mapping[str, bytes]) -> bool:
    """Whether the address has another value of one of these kinds."""
    query = select(identifier.c.kind, identifier.c.hash).where(
        (identifier.c.address_id == address_id) & identifier.c.kind.in_(stronger)
    )
    return any(bytes(row.hash) != stronger[row.kind] for row in tx.execute(query))


def _set_identifiers(
    tx: Tx,
    address_id: int,
    identifiers: Mapping[str, str],
    hashes: Mapping[str, bytes],
    owners: Mapping[bytes, int],
) -> None:
    """Give the address these identifiers; each belongs to one address and replaces its kind."""
    for kind, key in hashes.items():
        if owners.get(key) == address_id:
            continue
        same_kind = (identifier.c.address_id == address_id) & (identifier.c.kind == kind)
        tx.execute(delete(identifier).where((identifier.c.hash == key) | same_kind))
        _add_identifier(tx, address_id, kind, identifiers[kind], key)


def _has_case(tx: Tx, conversation_id: ConversationId) -> bool:
    table = schema.legal_case
    query = select(table.c.id).where(table.c.conversation_id == conversation_id).limit(1)
    return tx.execute(query).first() is not None


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
    query = _WITH_WORKER.where(where)
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
