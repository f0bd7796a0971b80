"""The tables of workshops: what is offered in which words, who has a place, who waits."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.base import UtcTime, id_column, metadata, ref_column

workshop = Table(
    "workshop",
    metadata,
    id_column("workshop"),
    Column("code", String(8), nullable=False, unique=True),  # in links, posters and QR codes
    Column("door_code", String(8), nullable=False, unique=True),  # hangs in the room
    Column("state", String(12), nullable=False, index=True),
    Column("starts_at", UtcTime, nullable=False),
    Column("ends_at", UtcTime, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("spoken", String(80), nullable=False),  # languages in the room, by spaces
    Column("map_link", String(300), nullable=False),
    Column("sequence", Integer, nullable=False, server_default=text("0")),  # of the invitation
    Column("version", Integer, nullable=False, server_default=text("1")),  # of its words
    Column("made_by", BigInteger, ForeignKey("staff.id"), nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

workshop_text = Table(
    "workshop_text",
    metadata,
    Column("workshop_id", BigInteger, ForeignKey("workshop.id"), primary_key=True),
    Column("language", String(12), primary_key=True),
    Column("title", String(120), nullable=False),
    Column("description", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("materials", Text, nullable=False),
)

partner = Table(  # a person of a CSO or youth organisation, who needs no chat
    "partner",
    metadata,
    id_column("partner"),
    ref_column("data_key"),
    Column("hash", LargeBinary, nullable=False, unique=True),  # keyed, of the phone or e-mail
    Column("details_sealed", LargeBinary, nullable=False),  # name, organisation, phone, e-mail
    Column("language", String(12), nullable=False),
    Column("made_at", UtcTime, nullable=False),
)

sign_up = Table(  # the waitlist is the rows that wait, in the order of their ids
    "sign_up",
    metadata,
    id_column("sign_up"),
    ref_column("workshop"),
    ref_column("worker", nullable=True),  # both null: the person has been erased
    ref_column("partner", nullable=True),
    ref_column("address", nullable=True),  # where a worker signed up
    Column("token_hash", LargeBinary, unique=True),  # of a partner's own link
    Column("pass_code", String(8), nullable=False),  # shown or told at the door
    Column("way", String(8), nullable=False),  # chat, page or staff
    Column("state", String(12), nullable=False),
    Column("offered_until", UtcTime),  # a promoted person says yes before this
    Column("told_until", UtcTime),  # the offer that this person was told of
    Column("told_sequence", Integer, nullable=False, server_default=text("0")),
    Column("reminded_day", Boolean, nullable=False, server_default=text("false")),
    Column("reminded_hours", Boolean, nullable=False, server_default=text("false")),
    Column("asked_feedback", Boolean, nullable=False, server_default=text("false")),
    Column("called_at", UtcTime),  # staff told them what no message could
    Column("attended_at", UtcTime),
    Column("feedback", SmallInteger),  # 1 to 3; null: not said
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("workshop_id", "worker_id"),
    UniqueConstraint("workshop_id", "partner_id"),
    UniqueConstraint("workshop_id", "pass_code"),
    Index("ix_sign_up_state", "workshop_id", "state", "id"),
)
