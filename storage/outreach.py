"""What outreach knows of a person: whether announcements are welcome, and what fits.

The consent itself is in the consent ledger (storage/conversations.py). The facts are only what
people chose to tell in the tree `news`, or that they were at a workshop; a "stop" deletes them.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from storage import conversations, schema
from storage.database import Tx
from storage.records import ConversationId, Kind, WorkerId

ANNOUNCEMENTS = "announcements"  # purposes of the consent ledger
REMINDERS = "reminders"
NUDGES = "nudges"
ENDED_BY_STOP = (ANNOUNCEMENTS, REMINDERS, NUDGES)

REGION, SECTOR, COUNTRY, INTEREST, ATTENDED = "region", "sector", "country", "interest", "attended"
FACTS = (REGION, SECTOR, COUNTRY, INTEREST, ATTENDED)

fact, asked, consent = schema.worker_fact, schema.news_question, schema.consent


def stop_all(tx: Tx, worker_id: WorkerId, *, wording: str, language: str, now: datetime) -> None:
    """Write down that this person wants nothing unasked any more, and forget the facts.

    The ledger keeps this for ever. The gate reads it in the transaction that marks a message as
    being sent, so the very next one obeys.
    """
    for purpose in ENDED_BY_STOP:
        conversations.record_consent(
            tx, worker_id, purpose, given=False, wording=wording, language=language, now=now
        )
    tx.execute(delete(fact).where(fact.c.worker_id == worker_id))


def set_facts(
    tx: Tx, worker_id: WorkerId, facts: Mapping[str, Iterable[str]], now: datetime
) -> None:
    """Replace what is known of these facts; an empty list forgets one."""
    for name, values in facts.items():
        tx.execute(delete(fact).where((fact.c.worker_id == worker_id) & (fact.c.fact == name)))
        for value in values:
            add_fact(tx, worker_id, name, value, now)


def add_fact(tx: Tx, worker_id: WorkerId, name: str, value: str, now: datetime) -> None:
    """Remember one more value of a fact, like a workshop attended; twice is once."""
    row = {"worker_id": worker_id, "fact": name, "value": value, "at": now}
    tx.insert_once(fact, row)


def remove_fact(tx: Tx, worker_id: WorkerId, name: str, value: str) -> None:
    """Forget one value of a fact."""
    this = (fact.c.worker_id == worker_id) & (fact.c.fact == name) & (fact.c.value == value)
    tx.execute(delete(fact).where(this))


def get_facts(tx: Tx, worker_id: WorkerId) -> dict[str, list[str]]:
    """What this person chose to tell: fact -> values."""
    found: dict[str, list[str]] = {}
    rows = select(fact.c.fact, fact.c.value).where(fact.c.worker_id == worker_id)
    for row in tx.execute(rows.order_by(fact.c.fact, fact.c.value)):
        found.setdefault(row.fact, []).append(row.value)
    return found


def list_fact_values(tx: Tx) -> dict[str, dict[str, int]]:
    """How many people told what: fact -> value -> people."""
    found: dict[str, dict[str, int]] = {}
    query = select(fact.c.fact, fact.c.value, func.count().label("people"))
    for row in tx.execute(query.group_by(fact.c.fact, fact.c.value)):
        found.setdefault(row.fact, {})[row.value] = row.people
    return found


def may_ask_for_news(tx: Tx, worker_id: WorkerId) -> bool:
    """Whether this person was never asked about announcements and never said anything of them."""
    before = select(asked.c.worker_id).where(asked.c.worker_id == worker_id)
    said = select(consent.c.id).where(
        (consent.c.worker_id == worker_id) & (consent.c.purpose == ANNOUNCEMENTS)
    )
    return tx.execute(before).first() is None and tx.execute(said.limit(1)).first() is None


def mark_asked_for_news(tx: Tx, worker_id: WorkerId, now: datetime) -> None:
    """Remember that the question has been put: it is put once."""
    if tx.execute(select(asked.c.worker_id).where(asked.c.worker_id == worker_id)).first() is None:
        tx.execute(insert(asked).values(worker_id=worker_id, asked_at=now))


def was_in_danger(tx: Tx, conversation_id: ConversationId) -> bool:
    """Whether this conversation ever showed the numbers to call in danger."""
    message, outbox = schema.message, schema.outbox
    shown = (
        select(message.c.id)
        .join(outbox, outbox.c.message_id == message.c.id)
        .where((message.c.conversation_id == conversation_id) & (outbox.c.kind == Kind.DANGER))
    )
    return tx.execute(shown.limit(1)).first() is not None


def set_unsafe(tx: Tx, worker_id: WorkerId, unsafe: bool) -> None:
    """Say whether a message that nobody asked for could endanger this person."""
    worker = schema.worker
    tx.execute(update(worker).where(worker.c.id == worker_id).values(unsafe=unsafe))


def is_unsafe(tx: Tx, worker_id: WorkerId) -> bool:
    """Whether a message that nobody asked for could endanger this person."""
    worker = schema.worker
    return bool(tx.execute(select(worker.c.unsafe).where(worker.c.id == worker_id)).scalar())


def forget(tx: Tx, worker_id: WorkerId, now: datetime) -> None:
    """Let go of an erased person: facts go, ledger rows stay and say nothing."""
    recipient = schema.recipient
    theirs = recipient.c.worker_id == worker_id
    tx.execute(
        update(recipient)
        .where(theirs & recipient.c.state.in_(("waiting", "queued")))
        .values(state="skipped", reason="erased", changed_at=now)
    )
    tx.execute(update(recipient).where(theirs).values(sent_message_id=None))
    tx.execute(delete(fact).where(fact.c.worker_id == worker_id))
    tx.execute(delete(asked).where(asked.c.worker_id == worker_id))
