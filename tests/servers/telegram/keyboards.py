"""Buttons under a message and in place of the keyboard, with the limits they have."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.telegram.errors import bad
from tests.servers.telegram.parameters import words
from tests.servers.telegram.texts import checked_link

MAX_BUTTONS = 100  # under one message; python-telegram-bot, InlineKeyboardMarkupLimit (unofficial)
MAX_IN_A_ROW = 8  # likewise: what is beyond is not shown
MAX_DATA_BYTES = 64  # Bot API 10.1, InlineKeyboardButton.callback_data
MAX_COPIED = 256  # likewise, CopyTextButton.text
MAX_PLACEHOLDER = 64  # likewise, ReplyKeyboardMarkup.input_field_placeholder
MAX_MARKUP_BYTES = 10_000  # what the real server stops at is about this, and not official

STYLES = ("danger", "success", "primary")
INLINE_ACTIONS = words(
    "url callback_data web_app login_url switch_inline_query switch_inline_query_current_chat "
    "switch_inline_query_chosen_chat copy_text callback_game pay"
)
KEY_ACTIONS = words(
    "request_users request_chat request_managed_bot request_contact request_location request_poll "
    "web_app"
)
DECORATION = frozenset(("text", "icon_custom_emoji_id", "style"))
FIELDS = {
    "inline_keyboard": frozenset(("inline_keyboard",)),
    "keyboard": words(
        "keyboard is_persistent resize_keyboard one_time_keyboard input_field_placeholder selective"
    ),
    "remove_keyboard": frozenset(("remove_keyboard", "selective")),
    "force_reply": frozenset(("force_reply", "input_field_placeholder", "selective")),
}

Note = Callable[[str], None]


@dataclass(frozen=True)
class Button:
    """A button under a message."""

    label: str
    raw: dict[str, Any]

    @property
    def data(self) -> str | None:
        """What a tap sends to the bot."""
        return self.raw.get("callback_data")

    @property
    def url(self) -> str | None:
        """What a tap opens."""
        return self.raw.get("url")

    @property
    def copies(self) -> str | None:
        """What a tap puts into the clipboard."""
        copied = self.raw.get("copy_text")
        return copied["text"] if copied else None

    @property
    def style(self) -> str | None:
        """danger, success, primary or none."""
        return self.raw.get("style")


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True)
class Markup:
    """What came with a message: rows under it, or a change of the keyboard."""

    under: Rows = ()
    keys: Rows | None = None  # () removes them
    forces_reply: bool = False
    one_time: bool = False

    def as_json(self) -> dict[str, Any]:
        """The rows under the message, as they are told to the bot."""
        return {"inline_keyboard": [[button.raw for button in row] for row in self.under]}


NOTHING = Markup()


def read_markup(value: Any, *, private: bool, note: Note, only_inline: bool = False) -> Markup:
    """What a call's reply_markup means; `note` hears of what Telegram would swallow silently."""
    if value is None:
        return NOTHING
    if not isinstance(value, dict):
        raise bad("object expected as reply markup")
    kind = next((kind for kind in FIELDS if kind in value), None)
    if kind is None:
        if value:
            note(f"reply_markup of no known kind: {sorted(value)}")
        return NOTHING
    for name in sorted(value.keys() - FIELDS[kind]):
        note(f"reply_markup with {kind} has no field {name}")
    if only_inline and kind != "inline_keyboard":
        raise bad("inline keyboard expected")
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_MARKUP_BYTES:
        raise bad("reply markup is too long")
    if kind == "inline_keyboard":
        return Markup(under=_inline_rows(value[kind], private, note))
    _check_placeholder(value.get("input_field_placeholder"))
    if kind == "keyboard":
        keys = _key_rows(value[kind], private, note)
        return Markup(keys=keys, one_time=bool(value.get("one_time_keyboard")))
    return Markup(keys=(), forces_reply=kind == "force_reply")


def _inline_rows(rows: Any, private: bool, note: Note) -> Rows:
    message = 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    return _rows(rows, message, note, lambda item: _inline_button(item, private, note))


def _key_rows(rows: Any, private: bool, note: Note) -> Rows:
    message = 'Field "keyboard" must be an Array of Arrays'
    return _rows(rows, message, note, lambda item: _key(item, private, note))


def _rows(rows: Any, fault: str, note: Note, read: Callable[[Any], Button]) -> Rows:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(fault)
    result = tuple(tuple(read(item) for item in row) for row in rows if row)
    if any(len(row) > MAX_IN_A_ROW for row in result):
        note(f"more than {MAX_IN_A_ROW} buttons in a row: phones do not show them")
    if sum(len(row) for row in result) > MAX_BUTTONS:
        raise bad("reply markup is too long")
    return result


def _inline_button(item: Any, private: bool, note: Note) -> Button:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if not item["text"].strip():
        raise bad("inline keyboard button text must be non-empty")
    _note_unknown("inline button", item, DECORATION | INLINE_ACTIONS, note)
    _check_style(item)
    actions = sorted(item.keys() & INLINE_ACTIONS)
    if not actions:
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        note(f"an inline button does one thing, this one {actions}")
    raw = dict(item)
    if "url" in item:
        raw["url"] = _button_link(item["url"])
    elif "callback_data" in item:
        if not 1 <= len(str(item["callback_data"]).encode()) <= MAX_DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    elif "copy_text" in item:
        copied = item["copy_text"]
        if not isinstance(copied, dict) or not 1 <= len(copied.get("text", "")) <= MAX_COPIED:
            raise bad("BUTTON_COPY_TEXT_INVALID")
    elif "web_app" in item:
        _check_web_app(item["web_app"], private)
    else:
        note(f"this server does not know what a button with {actions[0]} does")
    return Button(item["text"], raw)


def _key(item: Any, private: bool, note: Note) -> Button:
    if isinstance(item, str):
        item = {"text": item}
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        raise bad("can't parse keyboard button: KeyboardButton must be a String or an Object")
    if not item["text"].strip():
        raise bad("keyboard button text must be non-empty")
    _note_unknown("key", item, DECORATION | KEY_ACTIONS, note)
    _check_style(item)
    if not private:
        for name, what in (("request_contact", "phone number"), ("request_location", "location")):
            if item.get(name):
                raise bad(f"{what} can be requested in private chats only")
    if "web_app" in item:
        _check_web_app(item["web_app"], private)
    return Button(item["text"], dict(item))


def _button_link(address: Any) -> str:
    checked = checked_link(str(address))
    if checked is None:
        raise bad(f"inline keyboard button URL '{address}' is invalid: Wrong HTTP URL")
    return checked


def _check_web_app(app: Any, private: bool) -> None:
    if not private:
        raise bad("BUTTON_TYPE_INVALID")
    url = app.get("url") if isinstance(app, dict) else None
    if not str(url).startswith("https://"):
        raise bad(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS is allowed")


def _check_style(item: dict[str, Any]) -> None:
    if item.get("style") not in (None, *STYLES):
        raise bad("can't parse inline keyboard button: invalid button style specified")


def _check_placeholder(text: Any) -> None:
    if text is not None and not 1 <= len(str(text)) <= MAX_PLACEHOLDER:
        raise bad("INPUT_FIELD_PLACEHOLDER_INVALID")


def _note_unknown(what: str, item: dict[str, Any], known: frozenset[str], note: Note) -> None:
    for name in sorted(item.keys() - known):
        note(f"{what} has no field {name}")
