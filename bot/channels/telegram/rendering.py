"""A message as Telegram gets it: parts of HTML with buttons under the last one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from bot.channels.telegram.buttons import Button, case_button, command_row, rows_of
from bot.first_lines import first_line
from bot.messages import STANDING, Outgoing
from bot.phrases import FROM_LAWYER
from bot.splitting import BREAK, clean, paragraphs
from bot.texts import Speech, start_right_to_left
from flows.limits import TELEGRAM_TEXT, length
from storage.records import StaffId

CHOSEN = "👉 "


@dataclass(frozen=True)
class Part:
    """One message of Telegram: its text as HTML and, should that be refused, without."""

    html: str
    plain: str
    rows: tuple[tuple[Button, ...], ...] = ()


@dataclass(frozen=True)
class _Paragraph:
    text: str
    tag: str = ""

    @property
    def html(self) -> str:
        text = escape(self.text, quote=False)
        return f"<{self.tag}>{text}</{self.tag}>" if self.tag else text


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
    if staff is None:
        text = start_right_to_left(outgoing.text, language)
        below = start_right_to_left(outgoing.source, language)
    else:  # a person wrote this, in any language; the phone finds its direction by itself
        text = outgoing.text and f"👤 {outgoing.text}"
        below = start_right_to_left(speech.say(FROM_LAWYER, language, number=staff), language)
    first = first_line(speech, outgoing, language, unasked=unasked or staff is not None)
    first = start_right_to_left(first, language)
    room = TELEGRAM_TEXT - length(first + BREAK)
    shown = [*_paragraphs(text, "", room), *_paragraphs(below, "i", room)]
    parts = [_below(first, part) for part in _pack(shown, room)]
    if parts and outgoing.question is not None:
        rows = rows_of(outgoing.question, outgoing.choices, language)
        if outgoing.question != STANDING:
            rows.append(command_row(speech, language, listen=outgoing.listen))
        parts[-1] = replace(parts[-1], rows=tuple(tuple(row) for row in rows))
    elif parts and outgoing.case_button:
        parts[-1] = replace(parts[-1], rows=((case_button(speech, language),),))
    return parts


def render_answered(parts: list[Part], answer: str, language: str) -> Part | None:
    """The last part of a question that was answered: no buttons, and the answer below.

    None where it would become too long; then the buttons go and the text stays.
    """
    line = start_right_to_left(f"{CHOSEN}{clean(answer)}", language)
    last = parts[-1]
    if length(last.plain + BREAK + line) > TELEGRAM_TEXT:
        return None
    chosen = _Paragraph(line, "b")
    return Part(f"{last.html}{BREAK}{chosen.html}", f"{last.plain}{BREAK}{line}")


def render_corrected(part: Part) -> Part:
    """A part of a lawyer's words that are put right below: struck out."""
    return replace(part, html=f"<s>{part.html}</s>")


def split(text: str) -> list[str]:
    """A text of ours as plain messages, each short enough."""
    shown = list(_paragraphs(text, "", TELEGRAM_TEXT))
    return [part.plain for part in _pack(shown, TELEGRAM_TEXT)]


def _below(first: str, part: Part) -> Part:
    if not first:
        return part
    return Part(f"{escape(first, quote=False)}{BREAK}{part.html}", f"{first}{BREAK}{part.plain}")


def _paragraphs(text: str, tag: str, room: int) -> Iterator[_Paragraph]:
    return (_Paragraph(paragraph, tag) for paragraph in paragraphs(text, room))


def _pack(paragraphs: list[_Paragraph], room: int) -> list[Part]:
    parts: list[Part] = []
    for paragraph in paragraphs:
        if parts and length(parts[-1].plain + BREAK + paragraph.text) <= room:
            last = parts[-1]
            parts[-1] = Part(
                last.html + BREAK + paragraph.html, last.plain + BREAK + paragraph.text
            )
        else:
            parts.append(Part(paragraph.html, paragraph.text))
    return parts
