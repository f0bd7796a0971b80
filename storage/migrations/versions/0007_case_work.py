"""The work on a case: people, papers, steps, questions, referral, closing."""

import sqlalchemy as sa
from alembic import op

from storage.schema import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SEQUENCES = ("case_draft", "case_interpreter", "case_paper", "case_party", "case_question", "case_referral", "case_service", "case_step", "message_translation", "quick_reply", "quick_reply_text",)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{table}_id_seq")))
    op.create_table(
        "quick_reply",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("removed_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_quick_reply_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_reply")),
    )
    op.create_table(
        "quick_reply_text",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("quick_reply_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["quick_reply_id"], ["quick_reply.id"], name=op.f("fk_quick_reply_text_quick_reply_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_reply_text")),
        sa.UniqueConstraint(
            "quick_reply_id", "language", name=op.f("uq_quick_reply_text_quick_reply_id_language")
        ),
    )
    op.create_table(
        "case_closing",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("recovered", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("closed_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_closing_case_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_closing_staff_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_closing")),
    )
    op.create_table(
        "case_draft",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_draft_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_draft_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_draft")),
        sa.UniqueConstraint(
            "case_id", "staff_id", "field", name=op.f("uq_case_draft_case_id_staff_id_field")
        ),
    )
    op.create_table(
        "case_facts",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_facts_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_facts")),
    )
    op.create_table(
        "case_interpreter",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("invited_at", UtcTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_interpreter_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_case_interpreter_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_interpreter")),
    )
    with op.batch_alter_table("case_interpreter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_interpreter_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_interpreter_staff_id"), ["staff_id"], unique=False
        )

    op.create_table(
        "case_next",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("what_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_next_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_next_staff_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_next")),
    )

    op.create_table(
        "case_party",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_party_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_party_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_party")),
    )
    with op.batch_alter_table("case_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_party_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_referral",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.Column("changed_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_referral_case_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_referral_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_referral")),
    )
    with op.batch_alter_table("case_referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_referral_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_service",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("service", sa.String(length=24), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_service_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_service")),
        sa.UniqueConstraint("case_id", "service", name=op.f("uq_case_service_case_id_service")),
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("addressee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_step_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_step_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_step_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_question",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("ready", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("answer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["legal_case.id"], name=op.f("fk_case_question_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_case_question_conversation_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_case_question_message_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_question_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_question")),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_case_question_conversation_id_number")
        ),
    )
    with op.batch_alter_table("case_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_question_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_question_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "message_translation",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_translation_message_id")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_message_translation_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_translation")),
    )
    with op.batch_alter_table("message_translation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_message_translation_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "case_paper",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attachment_id", sa.BigInteger(), nullable=True),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tracking_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("drafted_on", sa.Date(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("notarised_on", sa.Date(), nullable=True),
        sa.Column("posted_on", sa.Date(), nullable=True),
        sa.Column("asked_at", UtcTime(timezone=True), nullable=True),
        sa.Column("arrived_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_case_paper_attachment_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["legal_case.id"], name=op.f("fk_case_paper_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_paper")),
    )
    with op.batch_alter_table("case_paper", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_paper_case_id"), ["case_id"], unique=False)
