"""Builders that state only what a test is about."""

from datetime import datetime

from storage import cases, conversations, messages, staff
from storage.database import Database, Tx
from storage.records import (
    Case,
    Conversation,
    Kind,
    MessageId,
    MessageKind,
    Priority,
    Role,
    Staff,
)
from tests.conftest import NOON


def a_conversation(tx: Tx, who: str = "one", now: datetime = NOON) -> Conversation:
    """The open conversation of the browser with this cookie."""
    address = conversations.find_or_create_address(tx, "webchat", "web", {"cookie": who}, now)
    return conversations.lock_conversation(tx, address, now)


def a_message_out(
    tx: Tx, talk: Conversation, text: str = "Hello", kind: Kind = Kind.ANSWER, now: datetime = NOON
) -> MessageId:
    """A message to the worker, queued."""
    body = f'{{"text": "{text}"}}'
    return messages.add_outgoing(tx, talk, kind, body, language="en", now=now)


def a_message_in(tx: Tx, talk: Conversation, text: str = "Hi", now: datetime = NOON) -> MessageId:
    """A message from the worker."""
    body = f'{{"text": "{text}"}}'
    return messages.add_incoming(tx, talk, MessageKind.TEXT, body, language="en", now=now)


def a_case(
    tx: Tx, who: str = "one", priority: Priority = Priority.NORMAL, now: datetime = NOON
) -> Case:
    """A case in the queue."""
    return cases.open_case(
        tx,
        a_conversation(tx, who, now),
        topic="wages",
        priority=priority,
        answers="[]",
        language="en",
        now=now,
        due_at=now,
    )


def a_lawyer(tx: Tx, name: str = "Leyla", role: Role = Role.LAWYER) -> Staff:
    """A member of staff."""
    return staff.add_staff(tx, name, role, "en", NOON)


async def add_lawyer(database: Database, name: str = "Leyla") -> Staff:
    """A member of staff, stored."""
    return await database.write(lambda tx: a_lawyer(tx, name))
