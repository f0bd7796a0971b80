"""Workshops: their words, who has a place and who waits, and partners who need no chat."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name in ("partner", "workshop", "sign_up"):
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{name}_id_seq")))
    op.create_table(
        "partner",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["data_key.id"], name=op.f("fk_partner_key_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("hash", name=op.f("uq_partner_hash")),
    )
    op.create_table(
        "workshop",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("door_code", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("starts_at", UtcTime(), nullable=False),
        sa.Column("ends_at", UtcTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("spoken", sa.String(length=80), nullable=False),
        sa.Column("map_link", sa.String(length=300), nullable=False),
        sa.Column("sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_workshop_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workshop")),
        sa.UniqueConstraint("door_code", name=op.f("uq_workshop_door_code")),
        sa.UniqueConstraint("code", name=op.f("uq_workshop_code")),
    )
    op.create_index(op.f("ix_workshop_state"), "workshop", ["state"], unique=False)
    op.create_table(
        "sign_up",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workshop_id", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.BigInteger(), nullable=True),
        sa.Column("partner_id", sa.BigInteger(), nullable=True),
        sa.Column("address_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        sa.Column("pass_code", sa.String(length=8), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("offered_until", UtcTime(), nullable=True),
        sa.Column("told_until", UtcTime(), nullable=True),
        sa.Column("told_sequence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reminded_day", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reminded_hours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asked_feedback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("called_at", UtcTime(), nullable=True),
        sa.Column("attended_at", UtcTime(), nullable=True),
        sa.Column("feedback", sa.SmallInteger(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_sign_up_address_id")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_sign_up_partner_id")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name=op.f("fk_sign_up_worker_id")),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_sign_up_workshop_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_up")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_up_token_hash")),
        sa.UniqueConstraint(
            "workshop_id", "partner_id", name=op.f("uq_sign_up_workshop_id_partner_id")
        ),
        sa.UniqueConstraint(
            "workshop_id", "pass_code", name=op.f("uq_sign_up_workshop_id_pass_code")
        ),
        sa.UniqueConstraint(
            "workshop_id", "worker_id", name=op.f("uq_sign_up_workshop_id_worker_id")
        ),
    )
    op.create_index("ix_sign_up_state", "sign_up", ["workshop_id", "state", "id"], unique=False)
    op.create_table(
        "workshop_text",
        sa.Column("workshop_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workshop_id"], ["workshop.id"], name=op.f("fk_workshop_text_workshop_id")
        ),
        sa.PrimaryKeyConstraint("workshop_id", "language", name=op.f("pk_workshop_text")),
    )
