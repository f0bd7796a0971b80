"""Every table of Hamrah. storage/README.md says why each column with personal data is kept.

Times are aware UTC: integer microseconds on SQLite (which has no time type), timestamptz on
PostgreSQL. Ids are never reused. Columns named *_sealed hold ciphertext (storage/crypto.py).
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without time zone")
        if dialect.name == "sqlite":
            return (value - EPOCH) // timedelta(microseconds=1)
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]


def _id(table: str) -> Column[int]:
    # BigInteger is wider than SQLite's alias of the rowid, so ids come from next_id() on both
    # databases: they are known before the row is written and can be bound to its ciphertexts.
    return Column(
        "id",
        BigInteger,
        Sequence(f"{table}_id_seq", metadata=metadata),
        primary_key=True,
        autoincrement=False,
    )


def _ref(target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    name = {"legal_case": "case_id", "data_key": "key_id"}.get(target, f"{target}_id")
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=nullable, index=index)


id_sequence = Table(  # SQLite only: PostgreSQL has sequences
    "id_sequence",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

keyring = Table(
    "keyring",
    metadata,
    Column("purpose", String(16), primary_key=True),
    Column("ciphertext", LargeBinary, nullable=False),
)

data_key = Table(
    "data_key",
    metadata,
    _id("data_key"),
    Column("ciphertext", LargeBinary),  # null: destroyed
    Column("created_at", UtcTime, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    _id("worker"),
    _ref("data_key"),
    Column("language", String(12)),  # null: not chosen yet
    Column("unsafe", Boolean, nullable=False, server_default=text("false")),
    Column("reachable", Boolean, nullable=False, server_default=text("true")),
    Column("draft_told", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", UtcTime, nullable=False),
    Column("erased_at", UtcTime),
)

address = Table(
    "address",
    metadata,
    _id("address"),
    _ref("data_key"),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

address_identifier = Table(
    "address_identifier",
    metadata,
    _id("address_identifier"),
    _ref("address", index=True),
    Column("kind", String(16), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),  # of channel, account, kind, value
    Column("value_sealed", LargeBinary, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    _id("conversation"),
    _ref("address"),
    _ref("worker", index=True),
    Column("speaker", String(8), nullable=False),
    Column("session_sealed", LargeBinary),
    Column("phrase_sealed", LargeBinary),  # two words that bring a hidden chat back
    Column("hidden_after_seq", Integer),  # set while hidden: nothing up to here is shown
    Column("last_seq", Integer, nullable=False, server_default=text("0")),
    Column("last_incoming_at", UtcTime),
    Column("started_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Index(
        "uq_conversation_open_address",
        "address_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)

staff = Table(
    "staff",
    metadata,
    _id("staff"),
    _ref("data_key"),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(12), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _ref("staff", index=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    _ref("staff", index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

legal_case = Table(  # "case" is a word of SQL
    "legal_case",
    metadata,
    _id("legal_case"),
    Column("code", String(8), nullable=False, unique=True),
    _ref("worker", index=True),
    _ref("conversation", index=True),
    _ref("data_key"),
    Column("topic", String(64), nullable=False),
    Column("language", String(12), nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("assignee_id", BigInteger, ForeignKey("staff.id"), index=True),
    Column("answers_sealed", LargeBinary, nullable=False),
    Column("outcome", String(24)),
    Column("opened_at", UtcTime, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("replied_at", UtcTime),  # the lawyer's latest reply
    Column("wrote_at", UtcTime),  # the worker's latest message
    Column("closed_at", UtcTime),
    Column("version", Integer, nullable=False, server_default=text("1")),
    Index("ix_legal_case_queue", "state", "priority", "due_at", "queued_at"),
)

case_note = Table(
    "case_note",
    metadata,
    _id("case_note"),
    _ref("legal_case", index=True),
    _ref("staff"),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

message = Table(
    "message",
    metadata,
    _id("message"),
    _ref("conversation"),
    Column("seq", Integer),  # null: written, not yet said (see outbox)
    Column("author", String(8), nullable=False),
    _ref("staff", nullable=True),
    _ref("legal_case", nullable=True, index=True),
    Column("kind", String(16), nullable=False),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("language", String(12), nullable=False),
    Column("platform_id", String(128)),
    Column("fault", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
)

attachment = Table(
    "attachment",
    metadata,
    _id("attachment"),
    _ref("message", index=True),
    _ref("data_key"),
    Column("media_type", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
)

pending_file = Table(  # lies at the platform still; gone as soon as it is an attachment
    "pending_file",
    metadata,
    _id("pending_file"),
    _ref("message", index=True),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("source_sealed", LargeBinary, nullable=False),  # how to get it, its name and type
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("run_at", UtcTime, nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("channel", String(16), primary_key=True),
    Column("account", String(64), primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("received_at", UtcTime, nullable=False, index=True),
)

outbox = Table(
    "outbox",
    metadata,
    _id("outbox"),
    Column("message_id", BigInteger, ForeignKey("message.id"), nullable=False, unique=True),
    _ref("address"),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("on_doubt", String(8), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("run_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("reason", String(64)),
    Column("created_at", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    CheckConstraint("attempt >= 0", name="attempt_counts"),
    Index(
        "ix_outbox_unsettled",
        "address_id",
        "lane",
        "id",
        sqlite_where=text("state IN ('queued', 'sending')"),
        postgresql_where=text("state IN ('queued', 'sending')"),
    ),
    Index(
        "ix_outbox_due",
        "lane",
        "run_at",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
)

rate_bucket = Table(
    "rate_bucket",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("free_at", UtcTime, nullable=False),  # GCRA's theoretical arrival time
)

consent = Table(
    "consent",
    metadata,
    _id("consent"),
    _ref("worker", index=True),
    Column("purpose", String(32), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("wording", String(160), nullable=False),
    Column("language", String(12), nullable=False),
    Column("at", UtcTime, nullable=False),
)

flow_version = Table(
    "flow_version",
    metadata,
    Column("flow", String(64), primary_key=True),
    Column("version", String(32), primary_key=True),
    Column("document", Text, nullable=False),
    Column("texts", Text, nullable=False),  # JSON: language -> context -> sentence
    Column("created_at", UtcTime, nullable=False),
    Column("replaced_at", UtcTime),  # null: the live one
    Column("withdrawn_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    _id("audit"),
    Column("chain", String(32), nullable=False),  # "case:7" or "office"
    Column("seq", Integer, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("detail", String(160), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("chain", "seq"),
)
