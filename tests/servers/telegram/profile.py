"""The bot's own card: commands, name and descriptions, for each language."""

import re
from typing import Any

from tests.servers.telegram.errors import bad
from tests.servers.telegram.parameters import Params
from tests.servers.telegram.world import Chat, Json, Person, World

MAX_COMMANDS = 100
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
MAX_COMMAND_DESCRIPTION = 256
MAX_NAME = 64
MAX_DESCRIPTION = 512
MAX_SHORT_DESCRIPTION = 120
SIMPLE_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
SCOPE_FIELDS = {
    "chat": {"type", "chat_id"},
    "chat_administrators": {"type", "chat_id"},
    "chat_member": {"type", "chat_id", "user_id"},
}


def set_commands(world: World, params: Params) -> bool:
    """setMyCommands; an empty list takes them away."""
    commands = params.json("commands")
    if not isinstance(commands, list):
        raise bad("expected an Array of BotCommand")
    if len(commands) > MAX_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for item in commands:
        if not isinstance(item, dict) or not {"command", "description"} <= item.keys():
            raise bad("can't parse BotCommand: expected an Object")
        if not COMMAND.fullmatch(str(item["command"]).removeprefix("/")):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(item["description"]).strip()) <= MAX_COMMAND_DESCRIPTION:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    key = _scope(world, params), _language(params)
    if commands:
        world.profile.commands[key] = [
            {"command": item["command"].removeprefix("/"), "description": item["description"]}
            for item in commands
        ]
    else:
        world.profile.commands.pop(key, None)
    world.changes.announce()
    return True


def get_commands(world: World, params: Params) -> list[Json]:
    """getMyCommands: those of exactly this scope and language."""
    return world.profile.commands.get((_scope(world, params), _language(params)), [])


def delete_commands(world: World, params: Params) -> bool:
    """deleteMyCommands."""
    world.profile.commands.pop((_scope(world, params), _language(params)), None)
    world.changes.announce()
    return True


def set_name(world: World, params: Params) -> bool:
    """setMyName."""
    return _set(world, world.profile.names, params, "name", MAX_NAME)


def set_description(world: World, params: Params) -> bool:
    """setMyDescription."""
    return _set(world, world.profile.descriptions, params, "description", MAX_DESCRIPTION)


def set_short_description(world: World, params: Params) -> bool:
    """setMyShortDescription."""
    values = world.profile.short_descriptions
    return _set(world, values, params, "short_description", MAX_SHORT_DESCRIPTION)


def get_name(world: World, params: Params) -> Json:
    """getMyName."""
    return {"name": in_language(world.profile.names, _language(params))}


def get_description(world: World, params: Params) -> Json:
    """getMyDescription."""
    return {"description": in_language(world.profile.descriptions, _language(params))}


def get_short_description(world: World, params: Params) -> Json:
    """getMyShortDescription."""
    text = in_language(world.profile.short_descriptions, _language(params))
    return {"short_description": text}


def in_language(values: dict[str, str], language: str) -> str:
    """What a phone of this language shows."""
    return values.get(language) or values.get("", "")


def commands_for(world: World, person: Person) -> dict[str, str]:
    """The commands that this person's phone offers in the private chat with the bot."""
    language = (person.language_code or "").partition("-")[0]
    for scope in (f"chat:{person.id}", "all_private_chats", "default"):
        for key in ((scope, language), (scope, "")):
            if found := world.profile.commands.get(key):
                return {item["command"]: item["description"] for item in found}
    return {}


def chat_facts(chat: Chat) -> Json:
    """getChat."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    return {
        **chat.as_json(),
        "accent_color_id": 1,
        "max_reaction_count": 11,
        "accepted_gift_types": {**dict.fromkeys(gifts, False), "gifts_from_channels": False},
    }


def _set(world: World, values: dict[str, str], params: Params, name: str, most: int) -> bool:
    text, language = params.text(name).strip(), _language(params)
    if len(text) > most:
        raise bad(f"{name} is too long")
    if text:
        values[language] = text
    elif language or name != "name":
        values.pop(language, None)
    world.changes.announce()
    return True


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch("[a-z]{2}", code):
        raise bad("invalid language code specified")
    return code


def _scope(world: World, params: Params) -> str:
    scope: Any = params.json("scope")
    if scope is None:
        return "default"
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in SIMPLE_SCOPES:
        return str(kind)
    if kind not in SCOPE_FIELDS:
        raise bad("can't parse BotCommandScope: Unsupported type specified")
    for name in sorted(scope.keys() - SCOPE_FIELDS[kind]):
        world.note(f"BotCommandScope {kind} has no field {name}")
    if world.chats.get(scope.get("chat_id")) is None:
        raise bad("chat not found")
    return ":".join(str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope)
