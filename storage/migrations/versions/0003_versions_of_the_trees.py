"""Versions of the trees."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_version",
        sa.Column("flow", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("texts", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("replaced_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("flow", "version", name=op.f("pk_flow_version")),
    )
