"""The tables of outreach: announcements, whom each goes to, and what people chose to tell for it.

Workshops have a module of their own; they share the consent, the facts and the recipients' rules.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

announcement = Table(
    "announcement",
    metadata,
    id_column("announcement"),
    Column("name", String(80), nullable=False),  # what staff call it; never sent
    Column("state", String(12), nullable=False, index=True),
    Column("reason", String(32)),  # why it is paused or waits for a person
    Column("audience", Text, nullable=False),  # JSON: filter -> values (storage/audience.py)
    Column("fallback", String(12)),  # the language for people whose own has no text; null: none
    Column("template", String(64)),  # of WhatsApp, for people whose window is closed
    Column("subject", String(32)),  # what it is about, like "workshop_7"; its buttons follow
    Column("test_code", String(12), nullable=False, unique=True),
    Column("version", Integer, nullable=False, server_default=text("1")),  # of its texts
    Column("made_by", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("proposed_by", BigInteger, ForeignKey("staff.id")),
    Column("approved_by", BigInteger, ForeignKey("staff.id")),
    Column("made_at", UtcTime, nullable=False),
    Column("approved_at", UtcTime),
    Column("send_at", UtcTime),  # null: as soon as it is approved
    Column("started_at", UtcTime),
    Column("ended_at", UtcTime),
    Column("ceiling", BigInteger),  # the newest worker when it was approved
    Column("frozen_to", BigInteger),  # recipients up to this worker are written down
    Column("frozen", Boolean, nullable=False, server_default=text("false")),
    Column("alarm_seen", Boolean, nullable=False, server_default=text("false")),
)

announcement_text = Table(
    "announcement_text",
    metadata,
    Column("announcement_id", BigInteger, ForeignKey("announcement.id"), primary_key=True),
    Column("language", String(12), primary_key=True),
    Column("text", Text, nullable=False),
)

recipient = Table(  # one row a person; the sum of its states is the audience, always
    "recipient",
    metadata,
    Column("announcement_id", BigInteger, ForeignKey("announcement.id"), primary_key=True),
    Column("worker_id", BigInteger, ForeignKey("worker.id"), primary_key=True),
    Column("address_id", BigInteger, ForeignKey("address.id"), nullable=False),
    Column("language", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(64)),
    Column("tries", SmallInteger, nullable=False, server_default=text("0")),
    # not called message_id: the row outlives its message when a worker erases everything
    Column("sent_message_id", BigInteger, ForeignKey("message.id"), unique=True),
    Column("changed_at", UtcTime, nullable=False),
    UniqueConstraint("announcement_id", "address_id"),
    Index("ix_recipient_state", "announcement_id", "state", "worker_id"),
    Index(
        "ix_recipient_queued",
        "sent_message_id",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
)

worker_fact = Table(  # only what a person chose to tell, to get what fits; gone with a "stop"
    "worker_fact",
    metadata,
    ref_column("worker"),
    Column("fact", String(16), nullable=False),  # region, sector, country, interest, attended
    Column("value", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("worker_id", "fact", "value"),
    Index("ix_worker_fact_value", "fact", "value", "worker_id"),
)

news_question = Table(  # who has been asked whether announcements are welcome: once
    "news_question",
    metadata,
    Column("worker_id", BigInteger, ForeignKey("worker.id"), primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
)
