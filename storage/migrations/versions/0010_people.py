"""People: passkeys, passwords and alerts of staff, and people without a chat."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0010"
down_revision = "0005"
branch_labels = None
depends_on = None

SEQUENCES = ("staff_passkey", "walk_in")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_id_seq")))
    op.create_table(
        "staff_password",
        sa.Column("staff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_password_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_password")),
    )
    op.create_table(
        "staff_passkey",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_hash", sa.LargeBinary(), nullable=False),
        sa.Column("credential_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("public_key_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_passkey_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_passkey")),
        sa.UniqueConstraint("credential_hash", name=op.f("uq_staff_passkey_credential_hash")),
    )
    with op.batch_alter_table("staff_passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_passkey_staff_id"), ["staff_id"], unique=False)
    op.create_table(
        "sign_in_challenge",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_sign_in_challenge_staff_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_sign_in_challenge")),
    )
    op.create_table(
        "staff_mail",
        sa.Column("staff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_mail_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_mail")),
    )
    op.create_table(
        "walk_in",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("region", sa.String(length=32), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("started_at", UtcTime(timezone=True), nullable=False),
        sa.Column("joined_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_walk_in_conversation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_walk_in_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_in")),
    )
    with op.batch_alter_table("walk_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_walk_in_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_walk_in_conversation_id"), ["conversation_id"], unique=False
        )
    op.create_table(
        "join_link",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UtcTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_join_link_conversation_id")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_join_link")),
    )
    with op.batch_alter_table("join_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_join_link_conversation_id"), ["conversation_id"], unique=False
        )
