"""The tables of the office: notices, skills, conflicts, transfers, duty, actions."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

notice = Table(  # what a member of staff is told: no content, only that there is something
    "notice",
    metadata,
    id_column("notice"),
    ref_column("staff"),
    Column("kind", String(24), nullable=False),
    ref_column("legal_case", nullable=True, index=True),
    Column("occasion", String(96), nullable=False),  # a repeat of the same does nothing
    Column("at", UtcTime, nullable=False),
    Column("read_at", UtcTime),
    UniqueConstraint("staff_id", "occasion"),
    Index("ix_notice_unread", "staff_id", sqlite_where=text("read_at IS NULL"),
          postgresql_where=text("read_at IS NULL")),
)  # fmt: skip

notice_sent = Table(  # by which channel a notice has gone out
    "notice_sent",
    metadata,
    Column("notice_id", BigInteger, ForeignKey("notice.id"), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

staff_skill = Table(  # the languages and topics of a lawyer; none of a kind: all
    "staff_skill",
    metadata,
    Column("staff_id", BigInteger, ForeignKey("staff.id"), primary_key=True),
    Column("kind", String(8), primary_key=True),  # "language" or "topic"
    Column("value", String(64), primary_key=True),
)

conflict_check = Table(  # what a person declared before reading a case
    "conflict_check",
    metadata,
    Column("case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True),
    Column("staff_id", BigInteger, ForeignKey("staff.id"), primary_key=True),
    Column("barred", Boolean, nullable=False),
    Column("opponent_hash", LargeBinary),  # of all names that it was declared about
    Column("at", UtcTime, nullable=False),
    Index("ix_conflict_check_staff_id", "staff_id"),
)

case_opponent = Table(  # each name of the other side: an employer, and an agency, too
    "case_opponent",
    metadata,
    Column(
        "case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, autoincrement=False
    ),
    Column("hash", LargeBinary, primary_key=True, index=True),
)

case_transfer = Table(
    "case_transfer",
    metadata,
    id_column("case_transfer"),
    ref_column("legal_case"),
    Column("from_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("to_id", BigInteger, ForeignKey("staff.id"), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("offered_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("settled_at", UtcTime),
    Index(
        "uq_case_transfer_offered",
        "case_id",
        unique=True,
        sqlite_where=text("state = 'offered'"),
        postgresql_where=text("state = 'offered'"),
    ),
)

case_tag = Table(
    "case_tag",
    metadata,
    Column("case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True),
    Column("tag", String(40), primary_key=True, index=True),
)

duty = Table(  # who is called at night and on holidays; one person a day of Baku
    "duty",
    metadata,
    Column("day", Date, primary_key=True),
    ref_column("staff", index=True),
)

office_day = Table(  # days on which the office differs from the public calendar
    "office_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("works", Boolean, nullable=False),
)

action = Table(  # several workers' cases against one employer
    "action",
    metadata,
    id_column("action"),
    ref_column("data_key"),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("strategic", Boolean, nullable=False, server_default=text("false")),
    Column("created_by_id", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
)

action_case = Table(
    "action_case",
    metadata,
    Column("action_id", BigInteger, ForeignKey("action.id"), primary_key=True),
    Column("case_id", BigInteger, ForeignKey("legal_case.id"), primary_key=True, index=True),
    Column("state", String(12), nullable=False),  # asked, joined, refused, left
    Column("at", UtcTime, nullable=False),
)

action_step = Table(
    "action_step",
    metadata,
    id_column("action_step"),
    ref_column("action", index=True),
    ref_column("staff"),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("taken_on", Date, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

sent_form = Table(  # a form of the desk that was done: the same once more does nothing
    "sent_form",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("led_to", String(200)),  # the address of the page that it led to
)
