"""What fits into one message of a channel, in characters."""

import unicodedata
from collections.abc import Iterator, Sequence

# developers.facebook.com, text, interactive button and list messages; read 2026-11-22
WHATSAPP_TEXT = 4096
WHATSAPP_TEXT_WITH_ANSWERS = 1024
WHATSAPP_BUTTONS, WHATSAPP_BUTTON = 3, 20
WHATSAPP_ROWS, WHATSAPP_ROW = 10, 24
WHATSAPP_DESCRIPTION, WHATSAPP_FOOTER = 72, 60
# core.telegram.org/bots/api, sendMessage; counts UTF-16 units: most emoji are two
TELEGRAM_TEXT = 4096
TELEGRAM_CAPTION = 1024  # under a file
# A phone's list of chats shows the beginning of the newest message, about forty characters on a
# line: the line that goes before each message fills it (bot/first_lines.py), and not much more.
FIRST_LINE_LEAST, FIRST_LINE_MOST = 40, 80
FIRST_LINE_ROOM = FIRST_LINE_MOST + 2  # with the empty line below it


def text_limit(labels: Sequence[str]) -> int:
    """How long a message with these answers may be on every channel, below its first line."""
    whole = WHATSAPP_TEXT_WITH_ANSWERS if labels else min(WHATSAPP_TEXT, TELEGRAM_TEXT)
    return whole - FIRST_LINE_ROOM


def label_limit(labels: Sequence[str]) -> int:
    """How long each of these answers may be: WhatsApp shows up to three as buttons, else a list."""
    return WHATSAPP_BUTTON if len(labels) <= WHATSAPP_BUTTONS else WHATSAPP_ROW


def length(text: str) -> int:
    """Characters as the stricter channel counts them (an emoji can be two)."""
    return len(text.encode("utf-16-le")) // 2


def shown_letters(text: str) -> int:
    """Characters that take a place of their own: no signs above or below letters, no marks."""
    return sum(unicodedata.category(character) not in ("Mn", "Me", "Cf") for character in text)


def over_limits(text: str, labels: Sequence[str]) -> Iterator[str]:
    """What does not fit, each in a plain sentence."""
    if length(text) > text_limit(labels):
        yield f"the text has {length(text)} characters; {text_limit(labels)} fit (WhatsApp)"
    if len(labels) > WHATSAPP_ROWS:
        yield f"there are {len(labels)} answers; {WHATSAPP_ROWS} fit (WhatsApp)"
    for label in labels:
        if length(label) > label_limit(labels):
            yield f"{label!r} has {length(label)} characters; {label_limit(labels)} fit (WhatsApp)"
