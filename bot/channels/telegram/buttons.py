"""What a button carries, and how buttons lie under a message.

Telegram gives a button's data back as anybody may have sent it: it is read into ids only, and
whether they fit the open question is checked by the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData

from bot.messages import Choice, CommandIn, TapIn
from bot.texts import RIGHT_TO_LEFT, Speech
from flows.model import Command
from flows.phrases import BUTTONS

SHORT = 18  # characters of a label that leaves room for a second one on a small phone
MARK = "✔️ "  # before what is chosen already
UNDER_QUESTIONS = (Command.BACK, Command.MENU, Command.LAWYER, Command.DANGER, Command.HIDE)


class TapData(CallbackData, prefix="t"):
    """An option of a question."""

    question: int
    option: str


class CommandData(CallbackData, prefix="c"):
    """A global button."""

    command: Command


@dataclass(frozen=True)
class Button:
    """A button under a message; `data` has at most 64 bytes."""

    label: str
    data: str


Rows = Sequence[Sequence[Button]]


def read_data(data: str) -> TapIn | CommandIn | None:
    """What was pressed; None for anything that is no button of ours."""
    try:
        if data.startswith("t:"):
            tap = TapData.unpack(data)
            return TapIn(tap.question, tap.option)
        return CommandIn(CommandData.unpack(data).command)
    except (ValueError, TypeError):
        return None


def rows_of(question: int, choices: Sequence[Choice], language: str) -> list[list[Button]]:
    """The answers: two in a row where all are short, in the order in which they are read."""
    buttons = [
        Button(
            f"{MARK if choice.marked else ''}{choice.label}",
            TapData(question=question, option=choice.option).pack(),
        )
        for choice in choices
    ]
    wide = len(buttons) < 3 or any(len(button.label) > SHORT for button in buttons)
    step = 1 if wide and not _fits_one_row(buttons) else 2
    rows = [buttons[at : at + step] for at in range(0, len(buttons), step)]
    return [_in_reading_order(row, language) for row in rows]


def command_row(speech: Speech, language: str, *, listen: bool = False) -> list[Button]:
    """The small row under every question: the signs of the global buttons."""
    commands = (Command.LISTEN, *UNDER_QUESTIONS) if listen else UNDER_QUESTIONS
    row = [
        Button(
            speech.say(BUTTONS[command], language).split()[0], CommandData(command=command).pack()
        )
        for command in commands
    ]
    return _in_reading_order(row, language)


def case_button(speech: Speech, language: str) -> Button:
    """The button under a notice about a case: how the case stands."""
    data = CommandData(command=Command.CASE).pack()
    return Button(speech.say(BUTTONS[Command.CASE], language), data)


def _fits_one_row(buttons: Sequence[Button]) -> bool:
    return len(buttons) == 2 and all(len(button.label) <= SHORT for button in buttons)


def _in_reading_order(row: list[Button], language: str) -> list[Button]:
    # phones lay rows out left to right, whatever the language
    return row[::-1] if language in RIGHT_TO_LEFT else row
