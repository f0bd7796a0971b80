"""Doubts are counted apart from attempts: a refusal is no doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("outbox", "staff_post")


def upgrade() -> None:
    for table in TABLES:
        column = sa.Column("doubts", sa.Integer(), server_default=sa.text("0"), nullable=False)
        op.add_column(table, column)
