"""What only Telegram shows: the bot's card, its commands, a hint in groups.

Neutral on purpose: whoever glances at the phone reads nothing about work, law or danger.
"""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Command, Phrase

DESCRIPTION = Phrase("telegram.description", "Press Start to begin.")
SHORT_DESCRIPTION = Phrase("telegram.short_description", "Questions and answers.")
NOT_IN_GROUPS = Phrase("telegram.not_in_groups", "I answer only in a private chat.")
COMMANDS: Mapping[Command, Phrase] = MappingProxyType(
    {
        Command.MENU: Phrase("telegram.command.menu", "All topics"),
        Command.BACK: Phrase("telegram.command.back", "One step back"),
        Command.LANGUAGE: Phrase("telegram.command.language", "Another language"),
        Command.LAWYER: Phrase("telegram.command.lawyer", "Talk to a person"),
        Command.DANGER: Phrase("telegram.command.danger", "Numbers to call"),
        Command.CASE: Phrase("telegram.command.case", "How it stands"),
        Command.HIDE: Phrase("telegram.command.hide", "Clear this chat"),
    }
)
