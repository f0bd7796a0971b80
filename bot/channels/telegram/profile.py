"""The bot's card on Telegram: commands and descriptions in every language, set when changed.

The name and the picture are the operator's own, chosen with @BotFather.
"""

import structlog
from aiogram.methods import (
    GetMyCommands,
    GetMyDescription,
    GetMyShortDescription,
    SetMyCommands,
    SetMyDescription,
    SetMyShortDescription,
)
from aiogram.types import BotCommand

from bot.channels.telegram import phrases
from bot.channels.telegram.api import Api
from bot.errors import DeliveryError
from bot.runtime import Runtime
from flows.texts import SOURCE_LANGUAGE

log = structlog.get_logger()


async def set_profile(runtime: Runtime, api: Api) -> None:
    """Bring the card up to date; where Telegram does not answer, at the next start."""
    codes = sorted({code for language in runtime.languages if (code := _code(language))})
    try:
        await _set_language(runtime, api, SOURCE_LANGUAGE, None)
        for code in codes:
            await _set_language(runtime, api, code, code)
    except DeliveryError as error:
        log.warning("telegram.profile", error=type(error).__name__)


async def _set_language(runtime: Runtime, api: Api, language: str, code: str | None) -> None:
    say = runtime.speech.say
    commands = [
        BotCommand(command=command.value, description=say(phrase, language))
        for command, phrase in phrases.COMMANDS.items()
    ]
    known = await api.call_patiently(GetMyCommands(language_code=code))
    if [(c.command, c.description) for c in known] != [
        (c.command, c.description) for c in commands
    ]:
        await api.call_patiently(SetMyCommands(commands=commands, language_code=code))
    words = say(phrases.DESCRIPTION, language)
    described = await api.call_patiently(GetMyDescription(language_code=code))
    if described.description != words:
        await api.call_patiently(SetMyDescription(description=words, language_code=code))
    words = say(phrases.SHORT_DESCRIPTION, language)
    short = await api.call_patiently(GetMyShortDescription(language_code=code))
    if short.short_description != words:
        await api.call_patiently(SetMyShortDescription(short_description=words, language_code=code))


def _code(language: str) -> str | None:
    """The two letters by which Telegram knows a language (ISO 639-1)."""
    return language if len(language) == 2 else None
