"""What is printed on one page: how large its letters may be, and what fits at all.

The sizes are classes of the style sheet (static/desk.css), so a browser without scripts prints one
page, too. The room is reckoned with wide letters, so a page is rather emptier than too full.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

SIZES = (12, 11, 10, 9, 8, 7)  # points, as in the style sheet
POINT_MM = 0.353
WIDTH_MM, HEIGHT_MM = 180, 225  # of an A4 page, without margins and heading
LETTER = 0.56  # mean width of a letter of a sans-serif face, of its size
LINE, TALL_LINE = 1.45, 2.1  # height of a line; Urdu's letters climb
GAP = 0.7  # between paragraphs, of the size


class Told(Protocol):
    """A message with its law."""

    @property
    def text(self) -> str: ...

    @property
    def source(self) -> str: ...


T = TypeVar("T", bound=Told)


def fit(told: Sequence[T], *, tall: bool) -> tuple[int, Sequence[T]]:
    """The largest size at which all of it fits on one page; at the smallest the newest that do."""
    for size in SIZES:
        if _height(told, size, tall) <= HEIGHT_MM:
            return size, told
    kept = list(told)
    while len(kept) > 1 and _height(kept, SIZES[-1], tall) > HEIGHT_MM:
        kept.pop(0)
    return SIZES[-1], kept


def _height(told: Sequence[T], size: int, tall: bool) -> float:
    per_line = WIDTH_MM / (size * POINT_MM * LETTER)
    paragraphs = [text for each in told for text in (each.text, each.source) if text]
    lines = sum(
        max(1, -(-len(line) // int(per_line))) for text in paragraphs for line in text.split("\n")
    )
    line_mm = size * POINT_MM * (TALL_LINE if tall else LINE)
    return lines * line_mm + len(paragraphs) * size * POINT_MM * GAP
