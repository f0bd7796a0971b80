"""Announcements, their recipients, and what people chose to tell for them."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("announcement_id_seq")))
    op.create_table(
        "announcement",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("fallback", sa.String(length=12), nullable=True),
        sa.Column("template", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.String(length=32), nullable=True),
        sa.Column("test_code", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=True),
        sa.Column("approved_by", sa.BigInteger(), nullable=True),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("approved_at", UtcTime(), nullable=True),
        sa.Column("send_at", UtcTime(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.Column("ceiling", sa.BigInteger(), nullable=True),
        sa.Column("frozen_to", sa.BigInteger(), nullable=True),
        sa.Column("frozen", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("alarm_seen", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_announcement_made_by")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["staff.id"], name=op.f("fk_announcement_proposed_by")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by"], ["staff.id"], name=op.f("fk_announcement_approved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("test_code", name=op.f("uq_announcement_test_code")),
    )
    op.create_index(op.f("ix_announcement_state"), "announcement", ["state"], unique=False)
    op.create_table(
        "announcement_text",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"],
            ["announcement.id"],
            name=op.f("fk_announcement_text_announcement_id"),
        ),
        sa.PrimaryKeyConstraint("announcement_id", "language", name=op.f("pk_announcement_text")),
    )
    op.create_table(
        "recipient",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("address_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("sent_message_id", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_recipient_announcement_id")
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_recipient_worker_id")),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name=op.f("fk_recipient_address_id")
        ),
        sa.ForeignKeyConstraint(
            ["sent_message_id"], ["message.id"], name=op.f("fk_recipient_sent_message_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "worker_id", name=op.f("pk_recipient")),
        sa.UniqueConstraint(
            "announcement_id", "address_id", name=op.f("uq_recipient_announcement_id_address_id")
        ),
        sa.UniqueConstraint("sent_message_id", name=op.f("uq_recipient_sent_message_id")),
    )
    op.create_index(
        "ix_recipient_state", "recipient", ["announcement_id", "state", "worker_id"], unique=False
    )
    op.create_index(
        "ix_recipient_queued",
        "recipient",
        ["sent_message_id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_table(
        "worker_fact",
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("fact", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_worker_fact_worker_id")
        ),
        sa.UniqueConstraint(
            "worker_id", "fact", "value", name=op.f("uq_worker_fact_worker_id_fact_value")
        ),
    )
    op.create_index(
        "ix_worker_fact_value", "worker_fact", ["fact", "value", "worker_id"], unique=False
    )
    op.create_table(
        "news_question",
        sa.Column("worker_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_news_question_worker_id")
        ),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_news_question")),
    )
