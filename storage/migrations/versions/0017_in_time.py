"""Until when a message is worth being sent."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("expires_at", UtcTime(timezone=True), nullable=True))
