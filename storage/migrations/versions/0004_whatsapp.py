"""Receipts of messages, and the numbers of the traffic."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0004"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("sent_part_id_seq")))
    op.add_column("outbox", sa.Column("delivered_at", UtcTime(), nullable=True))
    op.add_column("outbox", sa.Column("read_at", UtcTime(), nullable=True))
    op.create_table(
        "sent_part",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=False),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("billed", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_sent_part_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_part")),
        sa.UniqueConstraint("hash", name=op.f("uq_sent_part_hash")),
        sa.UniqueConstraint("message_id", "part", name=op.f("uq_sent_part_message_id_part")),
    )
    op.create_table(
        "traffic",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("billed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "channel", "account", "kind", name=op.f("pk_traffic")),
    )
