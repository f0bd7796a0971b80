"""The tables of staff on Telegram: whose account, which cases are shown there, what is sent."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

staff_chat = Table(
    "staff_chat",
    metadata,
    id_column("staff_chat"),
    ref_column("staff", index=True),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("hash", LargeBinary, nullable=False),  # of channel, account, number
    Column("number_sealed", LargeBinary, nullable=False),
    Column("reachable", Boolean, nullable=False, server_default=text("true")),
    Column("linked_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
    Index(
        "uq_staff_chat_live_hash",
        "hash",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)

staff_chat_code = Table(
    "staff_chat_code",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    ref_column("staff", index=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

staff_room = Table(  # a case in the chat of the lawyer who holds it
    "staff_room",
    metadata,
    id_column("staff_room"),
    ref_column("staff_chat", index=True),
    ref_column("legal_case", index=True),
    Column("thread", BigInteger),  # null: no topic (yet)
    Column("opened_at", UtcTime, nullable=False),
    Column("left_at", UtcTime),  # set: its messages are to be deleted
    Column("gone_at", UtcTime),
    Index(
        "uq_staff_room_live_case",
        "staff_chat_id",
        "case_id",
        unique=True,
        sqlite_where=text("left_at IS NULL"),
        postgresql_where=text("left_at IS NULL"),
    ),
)

staff_post = Table(  # what is on its way to a staff chat, and what is on its screen
    "staff_post",
    metadata,
    id_column("staff_post"),
    ref_column("staff_chat"),
    ref_column("staff_room", nullable=True, index=True),
    ref_column("legal_case", nullable=True),
    Column("source", String(80), nullable=False),  # why: the same again is the same post
    Column("kind", String(16), nullable=False),
    Column("args", String(240), nullable=False),  # JSON, ids and codes only
    Column("body_sealed", LargeBinary),  # of a lawyer's file that still lies at the platform
    Column("said_id", BigInteger),  # the message of the case that it shows or that it became
    Column("shown", String(8)),  # which delivery of that message the lawyer was told
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("doubts", Integer, nullable=False, server_default=text("0")),  # ends without an answer
    Column("run_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("reason", String(64)),
    Column("platform_id", String(128)),
    Column("created_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    UniqueConstraint("staff_chat_id", "source"),
    Index("ix_staff_post_said_id", "said_id"),
    Index("ix_staff_post_kind", "kind", "created_at"),
    Index(
        "ix_staff_post_unsettled",
        "staff_chat_id",
        "lane",
        "id",
        sqlite_where=text("state IN ('queued', 'sending')"),
        postgresql_where=text("state IN ('queued', 'sending')"),
    ),
)
