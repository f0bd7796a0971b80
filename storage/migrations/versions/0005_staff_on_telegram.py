"""Staff on Telegram."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0005"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("staff_chat", "staff_room", "staff_post"):
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_id_seq")))
    op.create_table(
        "staff_chat",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("number_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("reachable", sa.Boolean(), server_default=sa.text("(true)"), nullable=False),
        sa.Column("linked_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_chat_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_chat")),
    )
    with op.batch_alter_table("staff_chat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_chat_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(
            "uq_staff_chat_live_hash",
            ["hash"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "staff_chat_code",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_chat_code_staff_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_chat_code")),
    )
    with op.batch_alter_table("staff_chat_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_chat_code_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_room",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("thread", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", UtcTime(), nullable=False),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.Column("gone_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_staff_room_case_id")),
        sa.ForeignKeyConstraint(
            ["staff_chat_id"], ["staff_chat.id"], name=op.f("fk_staff_room_staff_chat_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_room")),
    )
    with op.batch_alter_table("staff_room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_room_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_staff_room_staff_chat_id"), ["staff_chat_id"], unique=False
        )
        batch_op.create_index(
            "uq_staff_room_live_case",
            ["staff_chat_id", "case_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "staff_post",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_room_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("args", sa.String(length=240), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("said_id", sa.BigInteger(), nullable=True),
        sa.Column("shown", sa.String(length=8), nullable=True),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("run_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("platform_id", sa.String(length=128), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_staff_post_case_id")),
        sa.ForeignKeyConstraint(
            ["staff_chat_id"], ["staff_chat.id"], name=op.f("fk_staff_post_staff_chat_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_room_id"], ["staff_room.id"], name=op.f("fk_staff_post_staff_room_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_post")),
        sa.UniqueConstraint(
            "staff_chat_id", "source", name=op.f("uq_staff_post_staff_chat_id_source")
        ),
    )
    with op.batch_alter_table("staff_post", schema=None) as batch_op:
        batch_op.create_index("ix_staff_post_said_id", ["said_id"], unique=False)
        batch_op.create_index("ix_staff_post_kind", ["kind", "created_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_staff_post_staff_room_id"), ["staff_room_id"], unique=False
        )
        batch_op.create_index(
            "ix_staff_post_unsettled",
            ["staff_chat_id", "lane", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        )
