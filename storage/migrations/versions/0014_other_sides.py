"""A case may have several names on the other side: an employer, and an agency, too."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_opponent",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_opponent_case_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "hash", name=op.f("pk_case_opponent")),
    )
    with op.batch_alter_table("case_opponent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_opponent_hash"), ["hash"], unique=False)
    op.execute(
        "INSERT INTO case_opponent (case_id, hash) "
        "SELECT id, opponent_hash FROM legal_case WHERE opponent_hash IS NOT NULL"
    )
