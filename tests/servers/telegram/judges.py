"""Others judge a bot's calls: aiogram, python-telegram-bot, teremok, the published description.

Importing this module costs seconds (aiogram).
"""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import aiogram.methods
from aiogram.types import BufferedInputFile
from pydantic import TypeAdapter, ValidationError
from teremok.validation import ApiRuleViolation, validate_html

from telegram import Bot, InlineKeyboardMarkup, Message, ReplyKeyboardMarkup
from tests.servers.telegram.calls import Call
from tests.servers.telegram.files import Upload
from tests.servers.telegram.server import TelegramServer
from tests.servers.telegram.specification import Specification, load


def judge(server: TelegramServer) -> list[str]:
    """What anybody finds wrong with the calls made so far: nothing, for a good bot.

    Refused calls count where no fault was in play. The published description is asked where it
    lies beside the project (specification.PLACE).
    """
    refused = [f"{call.method} was refused: {call.description}" for call in server.refused]
    return refused + malformed(server, judged=[c for c in server.calls if c.method != "download"])


def malformed(server: TelegramServer, judged: list[Call] | None = None) -> list[str]:
    """What is wrong with the form of the calls made so far, whatever came of them.

    What the server tells in its updates is left out: a test may tell nonsense on purpose.
    """
    description = load()
    faults = list(server.violations)
    told = ("download", "getUpdates")
    for call in judged or [call for call in server.calls if call.method not in told]:
        faults += by_aiogram(call)
        faults += by_python_telegram_bot(call)
        faults += by_description(call, description)
    return faults


def by_aiogram(call: Call) -> Iterator[str]:
    """aiogram's model of the method takes the parameters, its types take the answer."""
    name = call.method[0].upper() + call.method[1:]
    model = getattr(aiogram.methods, name)
    try:
        method = model.model_validate({key: _plain(value) for key, value in call.params.items()})
        for extra in method.model_extra or {}:
            yield f"aiogram: {call.method} has no {extra}"
        if call.ok:
            _answer_of(model).validate_python(call.result)
    except ValidationError as error:
        yield f"aiogram: {call.method}: {error}"
    if str(call.params.get("parse_mode", "")).lower() == "html":
        try:
            validate_html(str(call.params.get("text", call.params.get("caption", ""))))
        except ApiRuleViolation as error:
            yield f"teremok: {call.method}: {error.description}"


def by_python_telegram_bot(call: Call) -> Iterator[str]:
    """Its Bot has the method with these parameters, its types take keyboard and answer whole."""
    name = re.sub("([A-Z])", lambda letter: f"_{letter[1].lower()}", call.method)
    known = inspect.signature(getattr(Bot, name)).parameters
    for parameter in sorted(call.params.keys() - known.keys()):
        yield f"python-telegram-bot: {name} has no {parameter}"
    markup = call.params.get("reply_markup") or {}
    kinds: dict[str, type[InlineKeyboardMarkup | ReplyKeyboardMarkup]] = {
        "inline_keyboard": InlineKeyboardMarkup,
        "keyboard": ReplyKeyboardMarkup,
    }
    for field, kind in kinds.items():
        if field in markup and kind.de_json(markup).api_kwargs:
            yield f"python-telegram-bot: {field} of {name} has unknown fields"
    if call.ok and isinstance(call.result, dict) and "date" in call.result:
        unknown = Message.de_json(call.result).api_kwargs
        if unknown:
            yield f"python-telegram-bot: the answer to {name} has unknown fields {unknown}"


def by_description(call: Call, description: Specification | None) -> list[str]:
    """Every field is there and of its type; nothing where there is no description."""
    return description.faults_of_call(call) if description else []


@cache
def _answer_of(model: Any) -> TypeAdapter[Any]:
    """Reads what a method returns; made once, which costs more than reading with it."""
    return TypeAdapter(model.__returning__)


def _plain(value: Any) -> Any:
    return BufferedInputFile(value.content, value.name) if isinstance(value, Upload) else value
