"""What a platform tells of messages after it took them: receipts, and how many there were."""

from sqlalchemy import Column, Integer, LargeBinary, SmallInteger, String, Table, UniqueConstraint

from storage.schema.base import UtcTime, id_column, metadata, ref_column

sent_part = Table(  # one message as the platform knows it; ours may have several
    "sent_part",
    metadata,
    id_column("sent_part"),
    ref_column("message"),
    Column("part", SmallInteger, nullable=False),
    Column("hash", LargeBinary, unique=True),  # of the platform's id, which can hold a number
    Column("kind", String(16), nullable=False),  # as the traffic counts it
    Column("sent_at", UtcTime, nullable=False),
    Column("delivered_at", UtcTime),
    Column("billed", String(24)),  # the category that the platform charges; "" for none
    UniqueConstraint("message_id", "part"),
)

traffic = Table(  # stays when the messages are erased: numbers only
    "traffic",
    metadata,
    Column("month", String(7), primary_key=True),  # 2026-11, by Baku's calendar
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("billed", Integer, nullable=False),
)
