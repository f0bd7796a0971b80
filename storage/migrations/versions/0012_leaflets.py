"""Leaflets: how often a link that names where it was seen has been followed."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leaflet",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("new_people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "source", name=op.f("pk_leaflet")),
    )
