"""What a channel can and cannot do, where people must be told or messages be made differently."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType


@dataclass(frozen=True)
class Abilities:
    """The differences between the platforms that reach beyond their channel."""

    takes_back: bool = True  # what was said can be taken off the screen
    takes_back_for: timedelta | None = None  # only what is younger; None: all of it
    gathers: bool = False  # what is said at once comes in few messages
    window: timedelta | None = None  # after a person wrote, so long we may answer freely


EVERYTHING = Abilities()
# developers.facebook.com, messages and pricing, read 2026-11-22: no deletion, 24 hours, and since
# 2026-10-01 every message costs
OF_CHANNELS: Mapping[str, Abilities] = MappingProxyType(
    {
        "whatsapp": Abilities(takes_back=False, gathers=True, window=timedelta(hours=24)),
        # core.telegram.org/bots/api, deleteMessage, read 2026-11-22
        "telegram": Abilities(takes_back_for=timedelta(hours=48), gathers=True),
    }
)


def abilities_of(channel: str) -> Abilities:
    """What this channel can do."""
    return OF_CHANNELS.get(channel, EVERYTHING)
