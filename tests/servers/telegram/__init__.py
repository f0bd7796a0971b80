"""A local Telegram: a real HTTP server that answers like the Bot API."""

from tests.servers.telegram.calls import Call
from tests.servers.telegram.faults import (
    BLOCKED,
    NO_CHAT,
    TRANSIENT,
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Fault,
    Faults,
    Hold,
    Refuse,
    Slow,
    TooMany,
)
from tests.servers.telegram.files import Upload
from tests.servers.telegram.flood import Flood
from tests.servers.telegram.groups import Group
from tests.servers.telegram.people import Tap, User
from tests.servers.telegram.phone import BotCard, ChatView, Seen
from tests.servers.telegram.server import TelegramServer
from tests.servers.telegram.webhook import Retries

__all__ = [
    "BLOCKED",
    "NO_CHAT",
    "TRANSIENT",
    "BadGateway",
    "BotCard",
    "Broken",
    "Call",
    "ChatView",
    "CutAnswer",
    "DropAfter",
    "DropBefore",
    "Fault",
    "Faults",
    "Flood",
    "Group",
    "Hold",
    "Refuse",
    "Retries",
    "Seen",
    "Slow",
    "Tap",
    "TelegramServer",
    "TooMany",
    "Upload",
    "User",
]
