"""What a platform calls the messages of a chat, to change or delete them there.

`message.platform_id` holds it: the numbers of the message's parts with spaces between. A message
that was deleted there loses it, so what still has one is what is still on somebody's screen.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update

from storage import schema
from storage.database import Tx
from storage.messages import get_message
from storage.records import ConversationId, Message, MessageId, OutboxState

message, conversation = schema.message, schema.conversation


def find_by_platform_id(
    tx: Tx, conversation_id: ConversationId, platform_id: str
) -> Message | None:
    """The message of this conversation whose last (or only) part the platform calls so."""
    ends_so = or_(
        message.c.platform_id == platform_id, message.c.platform_id.like(f"% {platform_id}")
    )
    found = tx.execute(
        select(message.c.id).where((message.c.conversation_id == conversation_id) & ends_so)
    ).scalar()
    return None if found is None else get_message(tx, found)


def list_shown(
    tx: Tx, conversation_id: ConversationId, up_to_seq: int, since: datetime
) -> list[tuple[MessageId, str]]:
    """What is still on the screen of what was said up to this seq, newest first."""
    rows = tx.execute(
        select(message.c.id, message.c.platform_id)
        .where(
            (message.c.conversation_id == conversation_id)
            & (message.c.seq <= up_to_seq)
            & message.c.platform_id.is_not(None)
            & (message.c.created_at > since)
        )
        .order_by(message.c.seq.desc())
    )
    return [(MessageId(row.id), row.platform_id) for row in rows]


def forget_shown(tx: Tx, message_ids: Sequence[MessageId]) -> None:
    """These are on the screen no more."""
    tx.execute(update(message).where(message.c.id.in_(message_ids)).values(platform_id=None))


def is_being_sent(tx: Tx, conversation_id: ConversationId, up_to_seq: int) -> bool:
    """Whether a call that may put something up to this seq on the screen is under way."""
    outbox = schema.outbox
    calls = select(outbox.c.id).join(message, message.c.id == outbox.c.message_id)
    under_way = calls.where(
        (message.c.conversation_id == conversation_id)
        & (message.c.seq <= up_to_seq)
        & (outbox.c.state == OutboxState.SENDING)
    )
    return tx.execute(under_way.limit(1)).first() is not None


def list_unfinished_hides(
    tx: Tx, channel: str, account: str, since: datetime
) -> list[ConversationId]:
    """The hidden chats of which something younger than `since` is still on the screen."""
    address = schema.address
    rows = tx.execute(
        select(conversation.c.id)
        .join(address, address.c.id == conversation.c.address_id)
        .join(message, message.c.conversation_id == conversation.c.id)
        .where(
            (address.c.channel == channel)
            & (address.c.account == account)
            & (message.c.seq <= conversation.c.hidden_after_seq)
            & message.c.platform_id.is_not(None)
            & (message.c.created_at > since)
        )
        .distinct()
    )
    return [ConversationId(row.id) for row in rows]
