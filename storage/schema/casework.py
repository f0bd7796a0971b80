"""The tables of the work on a case: people in it, papers, steps, questions, referral, closing.

What tells something about people is sealed with the key of the case, which is destroyed when its
worker erases everything (storage/erasure.py). In the clear stand only kinds, states and days.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

case_party = Table(
    "case_party",
    metadata,
    id_column("case_party"),
    ref_column("legal_case", index=True),
    ref_column("staff"),
    Column("role", String(16), nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

case_paper = Table(
    "case_paper",
    metadata,
    id_column("case_paper"),
    ref_column("legal_case", index=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(8), nullable=False),
    ref_column("attachment", nullable=True),
    Column("title_sealed", LargeBinary),
    Column("tracking_sealed", LargeBinary),
    Column("drafted_on", Date),
    Column("signed_on", Date),
    Column("notarised_on", Date),
    Column("posted_on", Date),
    Column("asked_at", UtcTime),
    Column("arrived_at", UtcTime),
)

case_step = Table(
    "case_step",
    metadata,
    id_column("case_step"),
    ref_column("legal_case", index=True),
    ref_column("staff"),
    Column("kind", String(24), nullable=False),
    Column("on_day", Date, nullable=False),
    Column("addressee_sealed", LargeBinary, nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

case_next = Table(  # what is to be done on legal_case.next_action_on
    "case_next",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, autoincrement=False
    ),
    ref_column("staff"),
    Column("what_sealed", LargeBinary, nullable=False),
    Column("set_at", UtcTime, nullable=False),
)

case_question = Table(  # a ready question to the worker, or a consent that is asked for
    "case_question",
    metadata,
    id_column("case_question"),
    ref_column("legal_case", index=True),
    ref_column("conversation"),
    ref_column("message", index=True),
    ref_column("staff"),
    Column("number", Integer, nullable=False),  # of the question in the conversation
    Column("kind", String(8), nullable=False),
    Column("ready", String(40), nullable=False),  # which ready question or purpose
    Column("about_id", BigInteger),  # the paper or the referral it is asked for
    Column("answer_sealed", LargeBinary),
    Column("answered_at", UtcTime),
    UniqueConstraint("conversation_id", "number"),
)

quick_reply = Table(
    "quick_reply",
    metadata,
    id_column("quick_reply"),
    ref_column("staff"),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("removed_at", UtcTime),
)

quick_reply_text = Table(
    "quick_reply_text",
    metadata,
    id_column("quick_reply_text"),
    ref_column("quick_reply"),
    Column("language", String(12), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    UniqueConstraint("quick_reply_id", "language"),
)

case_interpreter = Table(
    "case_interpreter",
    metadata,
    id_column("case_interpreter"),
    ref_column("legal_case", index=True),
    ref_column("staff", index=True),
    Column("invited_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
)

message_translation = Table(  # goes with its message
    "message_translation",
    metadata,
    id_column("message_translation"),
    ref_column("message", index=True),
    ref_column("staff"),
    Column("language", String(12), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

case_referral = Table(
    "case_referral",
    metadata,
    id_column("case_referral"),
    ref_column("legal_case", index=True),
    ref_column("staff"),
    Column("recipient", String(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("note_sealed", LargeBinary, nullable=False),  # what was passed on, what they answered
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

case_service = Table(  # what was done for the worker: counted, says nothing of anybody
    "case_service",
    metadata,
    id_column("case_service"),
    ref_column("legal_case"),
    Column("service", String(24), nullable=False),
    Column("count", Integer, nullable=False),
    UniqueConstraint("case_id", "service"),
)

case_closing = Table(
    "case_closing",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, autoincrement=False
    ),
    ref_column("staff"),
    Column("recovered", BigInteger),  # in the hundredth part of the currency
    Column("currency", String(3), nullable=False),
    Column("closed_at", UtcTime, nullable=False),
)

case_facts = Table(  # for the office's reports; kept only with the worker's own yes to that
    "case_facts",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, autoincrement=False
    ),
    Column("facts_sealed", LargeBinary, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

case_draft = Table(  # half-written texts of lawyers
    "case_draft",
    metadata,
    id_column("case_draft"),
    ref_column("legal_case"),
    ref_column("staff"),
    Column("field", String(8), nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
    UniqueConstraint("case_id", "staff_id", "field"),
)

# erasing a worker empties these; services and closing stay: they are counts
ABOUT_PEOPLE = (
    case_question,
    case_party,
    case_paper,
    case_step,
    case_next,
    case_referral,
    case_facts,
    case_draft,
    case_interpreter,
)
