"""Forms of the desk that were done once already."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_form",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("led_to", sa.String(200), nullable=True),
    )
    op.create_index("ix_sent_form_at", "sent_form", ["at"])
