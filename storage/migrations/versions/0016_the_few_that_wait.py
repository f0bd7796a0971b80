"""Indexes of the few messages that wait or failed, among all that ever went out."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_outbox_sending", ["lease_until"], "state = 'sending'"),
    ("ix_outbox_held", ["address_id"], "state = 'held'"),
    ("ix_outbox_failed", ["address_id", "created_at"], "state = 'failed'"),
    ("ix_outbox_knock", ["address_id", "created_at"], "kind = 'knock'"),
)


def upgrade() -> None:
    for name, columns, rows in INDEXES:
        where = sa.text(rows)
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)
