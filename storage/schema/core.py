"""The tables of the foundation: people, conversations, cases, messages, delivery.

Times are aware UTC: integer microseconds on SQLite (which has no time type), timestamptz on
PostgreSQL. Ids are never reused. Columns named *_sealed hold ciphertext (storage/crypto.py).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

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
    id_column("data_key"),
    Column("ciphertext", LargeBinary),  # null: destroyed
    Column("created_at", UtcTime, nullable=False),
)

worker = Table(
    "worker",
    metadata,
    id_column("worker"),
    ref_column("data_key"),
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
    id_column("address"),
    ref_column("data_key"),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

address_identifier = Table(
    "address_identifier",
    metadata,
    id_column("address_identifier"),
    ref_column("address", index=True),
    Column("kind", String(16), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),  # of channel, account, kind, value
    Column("value_sealed", LargeBinary, nullable=False),
)

conversation = Table(
    "conversation",
    metadata,
    id_column("conversation"),
    ref_column("address"),
    ref_column("worker", index=True),
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
    id_column("staff"),
    ref_column("data_key"),
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
    ref_column("staff", index=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    ref_column("staff", index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

legal_case = Table(  # "case" is a word of SQL
    "legal_case",
    metadata,
    id_column("legal_case"),
    Column("code", String(8), nullable=False, unique=True),
    ref_column("worker", index=True),
    ref_column("conversation", index=True),
    ref_column("data_key"),
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
    Column("region", String(32)),  # where, no nearer than a region; null: not known
    Column("rank", SmallInteger, nullable=False, server_default=text("3")),  # effective priority
    Column("clock_from", UtcTime),  # when the deadline in due_at began to run; null: none runs
    Column("mark", SmallInteger, nullable=False, server_default=text("0")),  # percent told of
    Column("mark_at", UtcTime, index=True),  # when the next one is to be told
    Column("paused_at", UtcTime),  # set while we wait for the worker
    Column("rung", SmallInteger, nullable=False, server_default=text("0")),  # of the ladder
    Column("rung_at", UtcTime, index=True),  # when the next one is climbed; null: no ladder
    Column("opponent_sealed", LargeBinary),  # the other side's names, for the conflict check
    Column("opponent_hash", LargeBinary, index=True),  # of all of them; each: case_opponent
    Column("next_action_on", Date),  # a day set by a court, an office or the lawyer
    Column("merged_into_id", BigInteger),  # the case that goes on, of a duplicate
    Column("reopened", SmallInteger, nullable=False, server_default=text("0")),  # how often
    Index("ix_legal_case_queue", "state", "rank", "due_at", "queued_at"),
)

case_note = Table(
    "case_note",
    metadata,
    id_column("case_note"),
    ref_column("legal_case", index=True),
    ref_column("staff"),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

message = Table(
    "message",
    metadata,
    id_column("message"),
    ref_column("conversation"),
    Column("seq", Integer),  # null: written, not yet said (see outbox)
    Column("author", String(8), nullable=False),
    ref_column("staff", nullable=True),
    ref_column("legal_case", nullable=True, index=True),
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
    id_column("attachment"),
    ref_column("message", index=True),
    ref_column("data_key"),
    Column("media_type", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
)

pending_file = Table(  # lies at the platform still; gone as soon as it is an attachment
    "pending_file",
    metadata,
    id_column("pending_file"),
    ref_column("message", index=True),
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


def _where(name: str, *columns: str, rows: str) -> Index:
    """An index of a few rows among many that have settled."""
    return Index(name, *columns, sqlite_where=text(rows), postgresql_where=text(rows))


outbox = Table(
    "outbox",
    metadata,
    id_column("outbox"),
    Column("message_id", BigInteger, ForeignKey("message.id"), nullable=False, unique=True),
    ref_column("address"),
    Column("channel", String(16), nullable=False),
    Column("account", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("lane", SmallInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("on_doubt", String(8), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("doubts", Integer, nullable=False, server_default=text("0")),  # ends without an answer
    Column("run_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("reason", String(64)),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),  # from then on a reminder is worth nothing
    Column("settled_at", UtcTime),
    Column("delivered_at", UtcTime),  # where the platform tells: it is on the person's phone
    Column("read_at", UtcTime),
    CheckConstraint("attempt >= 0", name="attempt_counts"),
    _where(
        "ix_outbox_unsettled", "address_id", "lane", "id", rows="state IN ('queued', 'sending')"
    ),
    _where("ix_outbox_due", "lane", "run_at", rows="state = 'queued'"),
    _where("ix_outbox_sending", "lease_until", rows="state = 'sending'"),
    _where("ix_outbox_held", "address_id", rows="state = 'held'"),
    _where("ix_outbox_failed", "address_id", "created_at", rows="state = 'failed'"),
    _where("ix_outbox_knock", "address_id", "created_at", rows="kind = 'knock'"),
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
    id_column("consent"),
    ref_column("worker", index=True),
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
    id_column("audit"),
    Column("chain", String(32), nullable=False),  # "case:7" or "office"
    Column("seq", Integer, nullable=False),
    Column("actor", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("detail", String(160), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("chain", "seq"),
)
