"""The frozen records that storage functions return, and the words for states."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import NewType

WorkerId = NewType("WorkerId", int)
AddressId = NewType("AddressId", int)
ConversationId = NewType("ConversationId", int)
MessageId = NewType("MessageId", int)
CaseId = NewType("CaseId", int)
StaffId = NewType("StaffId", int)
OutboxId = NewType("OutboxId", int)
AttachmentId = NewType("AttachmentId", int)
NoticeId = NewType("NoticeId", int)
ActionId = NewType("ActionId", int)


class Speaker(StrEnum):
    """Who answers the worker's free text."""

    BOT = "bot"  # the trees
    HUMAN = "human"  # the case's lawyer; from the moment the case is queued


class Author(StrEnum):
    """Who wrote a message."""

    WORKER = "worker"
    BOT = "bot"
    STAFF = "staff"


class MessageKind(StrEnum):
    """What a message carries; its body is JSON, made and read by bot/messages.py."""

    TEXT = "text"  # typed by the worker or a lawyer
    TAP = "tap"  # a button the worker pressed
    MEDIA = "media"  # photo, document, voice, video: see attachment
    PROMPT = "prompt"  # the bot's words with its buttons
    OTHER = "other"  # something the channel cannot carry to us


class Lane(IntEnum):
    """Order of delivery: within a lane in order, a lower lane overtakes."""

    DANGER = 0
    TALK = 1
    REMINDER = 2
    ANNOUNCEMENT = 3


class Kind(StrEnum):
    """Why we write to a worker; the gate decides by it (bot/delivery/gate.py)."""

    ANSWER = "answer"  # the bot's answer to what the worker just wrote
    DANGER = "danger"  # the hotline card
    REPLY = "reply"  # a lawyer's words in the worker's case
    NOTICE = "notice"  # the state of the worker's own case
    REMINDER = "reminder"  # of an appointment or workshop
    NUDGE = "nudge"  # "are you still there?"
    ANNOUNCEMENT = "announcement"  # to many at once
    KNOCK = "knock"  # "there is news": all that may go out where the platform's window is closed


class OutboxState(StrEnum):
    """What became of an outgoing message."""

    QUEUED = "queued"  # waits for its turn
    SENDING = "sending"  # a call to the platform is under way, or was when we crashed
    SENT = "sent"  # the platform has it
    HELD = "held"  # waits for a window, safe hours or a person; blocks nothing
    SKIPPED = "skipped"  # the gate said no; never sent
    FAILED = "failed"  # the platform said no for good
    UNKNOWN = "unknown"  # may have arrived; a person decides


class OnDoubt(StrEnum):
    """What to do where a call ended without an answer."""

    REPEAT = "repeat"  # better twice than never: a worker does not meet silence
    ASK = "ask"  # better never than twice: a person decides


class CaseState(StrEnum):
    """Where a case stands; bot/casework/states.py has the table of moves."""

    QUEUED = "queued"  # waits for a lawyer
    CLAIMED = "claimed"  # a lawyer has it and has not answered yet
    ACTIVE = "active"  # the lawyer has answered
    WAITING_WORKER = "waiting_worker"  # the worker's turn: the deadline of the next reply rests
    WAITING_THIRD = "waiting_third"  # a court, an office, the employer: not counted in the cap
    CLOSED = "closed"  # ended with an outcome


class Priority(IntEnum):
    """P0 to P3: the urgencies U0 to U3 of LEGAL.md section 7."""

    DANGER = 0
    URGENT = 1
    SOON = 2
    NORMAL = 3


class Role(StrEnum):
    """What a member of staff may do."""

    LAWYER = "lawyer"
    COORDINATOR = "coordinator"
    OUTREACH = "outreach"
    INTERPRETER = "interpreter"  # sees only the cases that a lawyer invites them to
    ADMIN = "admin"  # looks after staff and settings, sees no content


class NoticeKind(StrEnum):
    """What a member of staff is told of; the words are in bot/office/notices.py."""

    NEW_CASE = "new_case"  # in the queue
    NEW_MESSAGE = "new_message"  # the worker wrote in one's own case
    DUE_HALF = "due_half"  # half of the time to a deadline has passed
    DUE_SOON = "due_soon"  # 80 percent of it
    OVERDUE = "overdue"  # all of it
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_ACCEPTED = "transfer_accepted"
    TRANSFER_DECLINED = "transfer_declined"  # or not answered in time
    GIVEN = "given"  # a coordinator gave the case to you
    REASSIGNED = "reassigned"  # a coordinator gave your case to a colleague
    REQUEUED = "requeued"  # a coordinator put your case back into the queue
    RELEASED = "released"  # back in the queue: no first reply in time
    CONFLICT = "conflict"  # back in the queue: its lawyer may not know of it
    LEFT = "left"  # back in the queue: its lawyer does not take cases any more
    ESCALATED = "escalated"  # danger, and nobody has taken it
    CALL_DIRECTOR = "call_director"  # the last step of that ladder, by phone
    MORNING = "morning"  # what is due today
    DIGEST = "digest"  # the less urgent that is overdue in the office, once a day
    TROUBLE = "trouble"  # a platform refuses our messages: somebody must mend it
    UNREACHABLE = "unreachable"  # the worker of one's own case has blocked us, or left
    REACHABLE = "reachable"  # and can be written to again
    LINK_MADE = "link_made"  # a link that signs you in was made by somebody else


@dataclass(frozen=True)
class Worker:
    """A person who writes to us; nothing here says who it is."""

    id: WorkerId
    key_id: int
    language: str | None
    unsafe: bool  # writing to this person could endanger them
    reachable: bool
    draft_told: bool  # has read that the translation is a draft
    created_at: datetime


@dataclass(frozen=True)
class Address:
    """A place where messages arrive: one Telegram account, one phone, one browser."""

    id: AddressId
    channel: str
    account: str


@dataclass(frozen=True)
class Conversation:
    """One worker's talk at one address; a new person at the address gets a new one."""

    id: ConversationId
    address: Address
    worker: Worker
    speaker: Speaker
    session: str | None  # flows.model.Session as JSON
    phrase: str | None  # two words that bring a hidden chat back
    hidden_after_seq: int | None  # set while the chat is hidden
    last_seq: int
    last_incoming_at: datetime | None


@dataclass(frozen=True)
class Message:
    """One entry of the transcript; seq is None until it has been said."""

    id: MessageId
    conversation_id: ConversationId
    seq: int | None
    author: Author
    staff_id: StaffId | None
    case_id: CaseId | None
    kind: MessageKind
    body: str
    language: str
    created_at: datetime
    delivery: OutboxState | None  # of an outgoing message
    reason: str | None = None  # why it waits or did not go out
    platform_id: str | None = None  # on Telegram the numbers of its parts, with spaces between
    delivered_at: datetime | None = None  # where the platform tells it
    read_at: datetime | None = None


@dataclass(frozen=True)
class Attachment:
    """A file that came or goes with a message; its bytes lie encrypted in the media folder."""

    id: AttachmentId
    message_id: MessageId
    worker_key_id: int
    media_type: str
    size_bytes: int
    name: str


@dataclass(frozen=True)
class OutboxRow:
    """An outgoing message on its way."""

    id: OutboxId
    message_id: MessageId
    conversation_id: ConversationId
    worker_id: WorkerId
    address: Address
    kind: Kind
    lane: Lane
    attempt: int
    doubts: int  # how many of them ended without an answer
    on_doubt: OnDoubt
    body: str
    language: str
    created_at: datetime
    seq: int | None = None  # set where an attempt was made before
    expires_at: datetime | None = None  # what is reminded of has begun then


@dataclass(frozen=True)
class Staff:
    """A member of staff."""

    id: StaffId
    name: str
    role: Role
    language: str
    disabled: bool


@dataclass(frozen=True)
class Case:
    """A worker's matter in the hands of lawyers. `answers` is the path as JSON."""

    id: CaseId
    code: str
    worker_id: WorkerId
    conversation_id: ConversationId
    topic: str
    language: str
    state: CaseState
    priority: Priority
    assignee_id: StaffId | None
    answers: str
    outcome: str | None
    queued_at: datetime
    due_at: datetime
    claimed_at: datetime | None
    replied_at: datetime | None
    wrote_at: datetime | None
    closed_at: datetime | None
    opened_at: datetime
    rank: Priority  # raised by missed deadlines; the queue's order
    region: str | None
    opponent: str | None  # the other side's name
    opponent_hash: bytes | None
    clock_from: datetime | None  # since when due_at runs; None: no deadline runs
    mark: int  # percent of the running deadline that was told of
    mark_at: datetime | None  # when the next one is reached
    rung: int  # of the ladder that was climbed last
    rung_at: datetime | None  # when the next one is
    paused_at: datetime | None
    next_action_on: date | None
    merged_into_id: CaseId | None
    reopened: int  # how often


@dataclass(frozen=True)
class CaseCard:
    """A case as the queue shows it: no content."""

    id: CaseId
    code: str
    topic: str
    language: str
    state: CaseState
    priority: Priority
    assignee_id: StaffId | None
    assignee_name: str | None
    queued_at: datetime
    due_at: datetime
    waits_for_us: bool  # the worker wrote after the last reply
    opened_at: datetime
    rank: Priority
    region: str | None
    opponent: str | None
    about: str  # as `about` of the case
    clock_runs: bool  # due_at is a deadline that runs now
    mark: int  # percent of it that has passed and was told of
    next_action_on: date | None
    wrote_at: datetime | None
    closed_at: datetime | None
    outcome: str | None


@dataclass(frozen=True)
class Notice:
    """Something that a member of staff is told; nothing of the case but what names it."""

    id: NoticeId
    staff_id: StaffId
    kind: NoticeKind
    case_id: CaseId | None
    at: datetime
    read: bool
    code: str | None
    priority: Priority | None
    language: str | None
    topic: str | None
    queued_at: datetime | None
    due_at: datetime | None


class TransferState(StrEnum):
    """What became of an offer to take a case over."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"  # not answered in time
    WITHDRAWN = "withdrawn"  # the case has gone another way


@dataclass(frozen=True)
class Transfer:
    """An offer of one lawyer to another; who offers is responsible until it is accepted."""

    id: int
    case_id: CaseId
    code: str
    from_id: StaffId
    to_id: StaffId
    offered_at: datetime
    until: datetime


class Membership(StrEnum):
    """How a case stands to a joint action."""

    ASKED = "asked"  # the worker has not said yes yet
    JOINED = "joined"
    REFUSED = "refused"
    LEFT = "left"


@dataclass(frozen=True)
class Action:
    """Several workers' cases against one employer, with shared steps and separate chats."""

    id: ActionId
    name: str
    strategic: bool
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class ActionStep:
    """Something done for all cases of an action."""

    id: int
    staff_name: str
    text: str
    taken_on: date


@dataclass(frozen=True)
class CaseNote:
    """A private note; never sent to the worker."""

    id: int
    staff_name: str
    text: str
    created_at: datetime


@dataclass(frozen=True)
class AuditEntry:
    """One link of an audit chain: ids only."""

    chain: str
    seq: int
    actor: str
    action: str
    detail: str
    at: datetime
