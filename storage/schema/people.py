"""The tables of people: how staff sign in and are alerted, and people without a chat."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

staff_password = Table(
    "staff_password",
    metadata,
    Column("staff_id", BigInteger, ForeignKey("staff.id"), primary_key=True, autoincrement=False),
    Column("hash_sealed", LargeBinary, nullable=False),  # argon2id
    Column("totp_sealed", LargeBinary, nullable=False),  # the secret of the authenticator app
    Column("last_step", BigInteger, nullable=False, server_default=text("0")),  # 30 s, used up
    Column("confirmed", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", UtcTime, nullable=False),
)

staff_passkey = Table(
    "staff_passkey",
    metadata,
    id_column("staff_passkey"),
    ref_column("staff", index=True),
    Column("credential_hash", LargeBinary, nullable=False, unique=True),
    Column("credential_sealed", LargeBinary, nullable=False),
    Column("public_key_sealed", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sign_in_challenge = Table(  # what a passkey signs; works once
    "sign_in_challenge",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    ref_column("staff", nullable=True),  # who makes a passkey; null: somebody signs in
    Column("expires_at", UtcTime, nullable=False),
)

staff_mail = Table(
    "staff_mail",
    metadata,
    Column("staff_id", BigInteger, ForeignKey("staff.id"), primary_key=True, autoincrement=False),
    Column("address_sealed", LargeBinary, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

walk_in = Table(  # a person without a chat: who plays the trees for them, and how they came
    "walk_in",
    metadata,
    id_column("walk_in"),
    ref_column("staff", index=True),
    ref_column("conversation", index=True),
    Column("way", String(12), nullable=False),  # reception, call, letter
    Column("region", String(32)),
    Column("minutes", SmallInteger),  # of a consultation written down afterwards
    Column("started_at", UtcTime, nullable=False),
    Column("joined_at", UtcTime),  # the person's own chat took it over
)

join_link = Table(  # of a QR code; works once
    "join_link",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    ref_column("conversation", index=True),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

worker_prompt = Table(  # what the next words or button of a worker answer, beside the trees
    "worker_prompt",
    metadata,
    Column(
        "conversation_id",
        BigInteger,
        ForeignKey("conversation.id"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("kind", String(12), nullable=False),
    Column("number", BigInteger, nullable=False),  # of the question whose buttons fit
)

worker_code = Table(  # the worker's own code before "My case"
    "worker_code",
    metadata,
    Column("worker_id", BigInteger, ForeignKey("worker.id"), primary_key=True, autoincrement=False),
    Column("code_sealed", LargeBinary, nullable=False),
)

call_request = Table(  # the worker wants to be called
    "call_request",
    metadata,
    id_column("call_request"),
    ref_column("legal_case", index=True),
    Column("phone_sealed", LargeBinary, nullable=False),
    Column("hours", String(12)),  # null: not chosen yet
    Column("asked_at", UtcTime, nullable=False),
    Column("called_at", UtcTime),
    ref_column("staff", nullable=True),  # who called
)

case_nudge = Table(  # reminders that were sent while we wait for the worker
    "case_nudge",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, autoincrement=False
    ),
    Column("since", UtcTime, primary_key=True),  # our last word, which it reminds of
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
)
