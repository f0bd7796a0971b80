"""A message as WhatsApp gets it: the fewest parts, the last one with its buttons and its law."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.whatsapp.buttons import command_data, page_data, tap_data
from bot.first_lines import first_line
from bot.messages import Choice, Outgoing
from bot.phrases import CHOOSE, FROM_LAWYER, MORE
from bot.splitting import BREAK, clean, paragraphs, pieces
from bot.texts import RIGHT_TO_LEFT_MARK, Speech, start_right_to_left
from flows.limits import (
    WHATSAPP_BUTTON,
    WHATSAPP_BUTTONS,
    WHATSAPP_DESCRIPTION,
    WHATSAPP_FOOTER,
    WHATSAPP_ROW,
    WHATSAPP_ROWS,
    WHATSAPP_TEXT,
    WHATSAPP_TEXT_WITH_ANSWERS,
    length,
)
from flows.model import Command
from flows.phrases import BUTTONS, WORDS
from flows.texts import split_words
from storage.records import StaffId

MARK = "✔️ "  # before what is chosen already
PAGE = WHATSAPP_ROWS - 1  # rows of answers on a page: one leads on
TOLD = (Command.MENU, Command.DANGER, Command.LAWYER, Command.BACK, Command.HIDE)  # in the footer
BESIDE = (Command.DANGER, Command.MENU)  # rows of a list that has room


@dataclass(frozen=True)
class Part:
    """One message of WhatsApp: its type and what stands under that name in the call."""

    type: str
    body: Mapping[str, Any]

    @property
    def text(self) -> str:
        """What the phone shows of it as text."""
        inner = self.body["body"]
        return str(inner if self.type == "text" else inner["text"])


def render(
    speech: Speech,
    outgoing: Outgoing,
    language: str,
    staff: StaffId | None,
    *,
    unasked: bool = False,
) -> list[Part]:
    """The parts of a message to a worker; none where it has no words.

    Each begins with a line that betrays nothing: the list of chats shows the last of them.
    """
    first = first_line(speech, outgoing, language, unasked=unasked or staff is not None)
    first = start_right_to_left(first, language)
    if staff is None:
        words = [start_right_to_left(text, language) for text in (outgoing.text, outgoing.source)]
    else:  # a person wrote this, in any language; the phone finds its direction by itself
        signed = speech.say(FROM_LAWYER, language, number=staff)
        words = [outgoing.text and f"👤 {outgoing.text}", outgoing.text and signed]
    text = BREAK.join(text for text in words if text)
    if outgoing.asks_number:  # docs.kapso.ai, request contact info; read 2026-11-28
        name = "request_contact_info"
        body = {"type": name, "body": {"text": _below(first, text)}, "action": {"name": name}}
        return [Part("interactive", body)]
    if outgoing.case_button and outgoing.question is None:
        label = _cut(speech.say(BUTTONS[Command.CASE], language), WHATSAPP_BUTTON)
        *before, last = _with_room(first, text)
        action = {"buttons": [_button(command_data(Command.CASE), label)]}
        body = {"type": "button", "body": {"text": last}, "action": action}
        return [*(_text(piece) for piece in before), Part("interactive", body)]
    if outgoing.question is None or not outgoing.text:
        return [_text(piece) for piece in _pieces(first, text)]
    if outgoing.digits or not outgoing.choices:
        lines = [text, *_digits(outgoing, language), _footer(speech, outgoing, language)]
        return [_text(piece) for piece in _pieces(first, BREAK.join(lines))]
    *before, last = _with_room(first, text)
    interactive = {
        "body": {"text": last},
        "footer": {"text": _footer(speech, outgoing, language)},
        **_answers(speech, outgoing, language),
    }
    return [*(_text(piece) for piece in before), Part("interactive", interactive)]


def _text(text: str) -> Part:
    return Part("text", {"body": text, "preview_url": False})


def _below(first: str, text: str) -> str:
    return f"{first}{BREAK}{text}" if first and text else text


def _pieces(first: str, text: str) -> list[str]:
    """The text in pieces, each below its first line."""
    room = WHATSAPP_TEXT - length(first + BREAK)
    return [_below(first, piece) for piece in pieces(text, room)]


def _with_room(first: str, text: str) -> list[str]:
    """The same, and the last piece is short enough to carry answers."""
    room = WHATSAPP_TEXT_WITH_ANSWERS - length(first + BREAK)
    if length(clean(text)) <= room:
        return [_below(first, clean(text))]
    parts = list(paragraphs(text, room))
    last = parts.pop()
    while parts and length(parts[-1] + BREAK + last) <= room:
        last = parts.pop() + BREAK + last
    return [*_pieces(first, BREAK.join(parts)), _below(first, last)]


def _digits(outgoing: Outgoing, language: str) -> list[str]:
    """The answers as a numbered list, to be answered by a single digit."""
    if not outgoing.choices:
        return []
    lines = [f"{n}  {_label(choice)}" for n, choice in enumerate(outgoing.choices, start=1)]
    return [start_right_to_left("\n".join(lines), language)]


def _footer(speech: Speech, outgoing: Outgoing, language: str) -> str:
    """The words that always work, as many as fit; so that danger is one word away everywhere."""
    commands = [*TOLD[:2], *([Command.LISTEN] if outgoing.listen else []), *TOLD[2:]]
    words = [split_words(speech.say(WORDS[command], language))[0] for command in commands]
    while length(" · ".join(words)) > WHATSAPP_FOOTER:
        words.pop()
    return " · ".join(words)


def _answers(speech: Speech, outgoing: Outgoing, language: str) -> dict[str, Any]:
    question, choices = outgoing.question, outgoing.choices
    assert question is not None
    labels = [_label(choice) for choice in choices]
    if len(choices) <= WHATSAPP_BUTTONS and all(length(x) <= WHATSAPP_BUTTON for x in labels):
        buttons = [
            _button(tap_data(question, choice.option), label)
            for choice, label in zip(choices, labels, strict=True)
        ]
        if len(buttons) < WHATSAPP_BUTTONS and not outgoing.danger:
            sign = speech.say(BUTTONS[Command.DANGER], language).split()[0]
            buttons.append(_button(command_data(Command.DANGER), sign))
        return {"type": "button", "action": {"buttons": buttons}}
    rows = _rows(speech, outgoing, question, language)
    for command in ((Command.LISTEN,) if outgoing.listen else ()) + BESIDE:
        label = speech.say(BUTTONS[command], language)
        if len(rows) < WHATSAPP_ROWS and label not in labels:  # the menu has its own
            rows.append(_row(command_data(command), label, language))
    choose = _cut(speech.say(CHOOSE, language), WHATSAPP_BUTTON)
    return {"type": "list", "action": {"button": choose, "sections": [{"rows": rows}]}}


def _rows(speech: Speech, outgoing: Outgoing, question: int, language: str) -> list[dict[str, Any]]:
    rows = [_row(tap_data(question, c.option), _label(c), language) for c in outgoing.choices]
    if len(rows) <= WHATSAPP_ROWS:
        return rows
    pages = -(-len(rows) // PAGE)
    page = outgoing.page % pages
    more = _row(page_data(question, (page + 1) % pages), speech.say(MORE, language), language)
    return [*rows[page * PAGE : (page + 1) * PAGE], more]


def _label(choice: Choice) -> str:
    return clean(f"{MARK if choice.marked else ''}{choice.label}")


def _button(data: str, label: str) -> dict[str, Any]:
    return {"type": "reply", "reply": {"id": data, "title": label}}


def _row(data: str, label: str, language: str) -> dict[str, Any]:
    """A row: a short title, and the whole of it below where the title is cut."""
    title = _cut(label, WHATSAPP_ROW)
    row: dict[str, Any] = {"id": data, "title": title}
    if title != label:
        marked = start_right_to_left(label, language)
        row["description"] = _cut(marked, WHATSAPP_DESCRIPTION)
    elif length(RIGHT_TO_LEFT_MARK + title) <= WHATSAPP_ROW:
        row["title"] = start_right_to_left(title, language)
    return row


def _cut(text: str, limit: int) -> str:
    """The text, or as many of its words as fit."""
    if length(text) <= limit:
        return text
    words = text[: limit - 1]
    while length(words) > limit - 1:
        words = words[:-1]
    at = words.rfind(" ")
    return clean((words[:at] if at > limit // 2 else words).rstrip(" ,;:") + "…")
