"""Files that still lie at the platform."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("pending_file_id_seq")))
    op.create_table(
        "pending_file",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("(0)"), nullable=False),
        sa.Column("run_at", UtcTime(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_pending_file_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_file")),
    )
    with op.batch_alter_table("pending_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pending_file_message_id"), ["message_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_pending_file_run_at"), ["run_at"], unique=False)
