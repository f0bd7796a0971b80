"""What the buttons of staff carry: a verb and ids, checked again by the action when pressed."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.types import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

PREFIX = "s"


class StaffData(CallbackData, prefix=PREFIX):
    """A button: what to do, with which case, and how."""

    verb: str
    case: int = 0
    arg: str = ""


@dataclass(frozen=True)
class Key:
    """A button under a card: it does something, or opens an address."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True)
class Card:
    """Something of ours to show."""

    text: str
    rows: Sequence[Sequence[Key]] = ()
    asks: bool = False  # the phone opens a reply to it
    offers: bool = False  # a case of the queue: changed when that has been taken


def read_data(data: str) -> StaffData | None:
    """What was pressed; None for anything that is no button of ours."""
    try:
        return StaffData.unpack(data)
    except (ValueError, TypeError):
        return None


def markup_of(card: Card) -> InlineKeyboardMarkup | ForceReply | None:
    """What goes with a card: its buttons, or that the phone opens a reply."""
    return ForceReply(force_reply=True) if card.asks else keyboard_of(card)


def keyboard_of(card: Card) -> InlineKeyboardMarkup | None:
    """The buttons of a card."""
    if not card.rows:
        return None
    rows = [[_button(key) for key in row] for row in card.rows]
    return InlineKeyboardMarkup(inline_keyboard=rows)


def _button(key: Key) -> InlineKeyboardButton:
    if key.url:
        return InlineKeyboardButton(text=key.label, url=key.url)
    return InlineKeyboardButton(text=key.label, callback_data=key.data)
