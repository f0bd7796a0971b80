"""How wide a text is, as near as can be told without a font: enough to draw a box around it."""

import unicodedata


def wrap(text: str, width: float, size: float) -> list[str]:
    """A text in lines of at most this many pixels, as near as can be told without a font."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and measure(longer, size) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return [line for line in lines if line]


def measure(text: str, size: float) -> float:
    """About how wide a text is, in pixels."""
    return sum(_advance(character) for character in text) * size


def _advance(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn"):
        return 0.0
    if unicodedata.east_asian_width(character) in ("W", "F") or ord(character) > 0x1F000:
        return 1.3
    if character in " .,:;'|!il()[]/":
        return 0.33
    if character.isupper() or character in "mwMW%—≤≥":
        return 0.75
    return 0.58
