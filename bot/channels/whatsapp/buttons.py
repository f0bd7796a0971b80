"""What a button carries: ids only, at most 256 characters, checked again when it comes back."""

from bot.messages import CommandIn, PageIn, TapIn
from flows.model import Command

MAX_DIGITS = 9


def tap_data(question: int, option: str) -> str:
    """An option of a question."""
    return f"t:{question}:{option}"


def page_data(question: int, page: int) -> str:
    """Further answers of a question."""
    return f"p:{question}:{page}"


def command_data(command: Command) -> str:
    """A global button."""
    return f"c:{command.value}"


def read_data(data: str) -> TapIn | PageIn | CommandIn | None:
    """What was pressed; None for anything that is no button of ours."""
    kind, _, rest = data[:256].partition(":")
    number, _, option = rest.partition(":")
    if kind == "c" and rest in set(Command):
        return CommandIn(Command(rest))
    if not number.isascii() or not number.isdigit() or len(number) > MAX_DIGITS or not option:
        return None
    if kind == "t":
        return TapIn(int(number), option)
    if kind == "p" and option.isascii() and option.isdigit() and len(option) <= MAX_DIGITS:
        return PageIn(int(number), int(option))
    return None
