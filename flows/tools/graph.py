"""The picture of a flow: an SVG that a lawyer can read.

A question is a box with its answers at the bottom; each group of answers has an arrow to the node
that follows. An answer that leads back up has no arrow: it names the node, and links to it.
"""

import colorsys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from flows.tools.boxes import Box, Exit
from flows.tools.layout import Arrow, Layout, lay_out, upward
from flows.tools.lettering import measure, wrap

TEXT_WIDTH, LABEL_WIDTH = 300.0, 168.0  # pixels; longer lines are wrapped
LINE, SMALL_LINE = 17.0, 14.0
SIZE, SMALL = 13.0, 11.0
PAD = 10.0
MARGIN = 32.0
HEAD = 96.0  # title and legend

PAPER, INK, GREY, ARROW = "#ffffff", "#1a202c", "#4a5568", "#5a6b82"
UNTESTED = "#b91c1c"
COLOURS: Mapping[str, tuple[str, str]] = {  # kind -> (paper, border)
    "choose": ("#eaf2fd", "#2b6cb0"),
    "ask": ("#e3f6f5", "#0f766e"),
    "say": ("#ffffff", "#718096"),
    "branch": ("#fdf6d8", "#a16207"),
    "run": ("#f3e8fd", "#7e22ce"),
    "escalate": ("#fde8e4", "#c2410c"),
    "end": ("#e7f6ea", "#2f855a"),
}
LEGEND = (
    ("choose", "question with buttons"),
    ("ask", "question with a typed answer"),
    ("say", "tells something"),
    ("branch", "decides by earlier answers"),
    ("run", "another flow"),
    ("escalate", "hands over to lawyers"),
    ("end", "outcome"),
)
FLAG_LEGEND: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("from most to least urgent:", {"urgency": "U0"}),
    ("", {"urgency": "U1"}),
    ("", {"urgency": "U2"}),
    ("", {"urgency": "U3"}),
    ("trafficking:", {"": "red"}),
    ("", {"": "orange"}),
    ("", {"": "yellow"}),
)
FLAG_COLOURS: Mapping[str, str] = {
    "U0": "#9b1c1c",
    "U1": "#c2410c",
    "U2": "#a16207",
    "U3": "#4a5568",
    "red": "#9b1c1c",
    "orange": "#c2410c",
    "yellow": "#a16207",
    "green": "#2f855a",
}


@dataclass(frozen=True)
class _Line:
    """A line of text in a box."""

    text: str
    size: float = SIZE
    colour: str = INK
    bold: bool = False
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Cell:
    """The answers of one exit, as drawn at the bottom of a box."""

    exit: Exit
    lines: tuple[_Line, ...]
    width: float
    height: float
    up: bool  # leads back: no arrow


@dataclass(frozen=True)
class _Shape:
    """A box with its size."""

    box: Box
    lines: tuple[_Line, ...]
    cells: tuple[_Cell, ...]
    width: float
    height: float
    bar: float  # the height of the cells


def svg(title: str, boxes: Iterable[Box], start: str, *, rtl: bool = False, note: str = "") -> str:
    """A picture of a flow as SVG; `note` stands below the title."""
    known = {box.node: box for box in boxes}
    leads = [(box.node, way.target) for box in known.values() for way in box.exits]
    up = upward(known, leads, start)
    shapes = {name: _shape(box, up) for name, box in known.items()}
    sizes = {name: (shape.width, shape.height) for name, shape in shapes.items()}
    layout = lay_out(sizes, [arrow for shape in shapes.values() for arrow in _arrows(shape)], start)
    outcomes = list(dict.fromkeys(box.outcome for box in known.values() if box.outcome))
    width = max(layout.width + 2 * MARGIN, 960.0)
    height = layout.height + HEAD + 2 * MARGIN
    left = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" '
        f"font-family=\"'Noto Sans', 'DejaVu Sans', Arial, sans-serif\">",
        f"<title>{escape(title)}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        f'markerHeight="8" orient="auto"><path d="M0,0L8,4L0,8z" fill="{ARROW}"/></marker></defs>',
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        *_head(title, note, known.values()),
        f'<g transform="translate({left:.1f},{HEAD + MARGIN:.1f})">',
        *_curves(layout),
        *(
            part
            for name, shape in shapes.items()
            for part in _draw(shape, layout.places[name], outcomes, rtl=rtl)
        ),
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


# -- sizes -------------------------------------------------------------------------------------


def _shape(box: Box, up: frozenset[tuple[str, str]]) -> _Shape:
    lines = [_Line(box.node, SMALL, GREY, bold=True), _Line(box.heading, SMALL, GREY)]
    if box.kind == "end":
        lines = [_Line(box.outcome, SIZE, INK, bold=True)]
    cells = tuple(_cell(box, way, up) for way in box.exits)
    across = sum(cell.width for cell in cells) + PAD * (len(cells) - 1)
    inner = max(TEXT_WIDTH if box.text or box.notes else 0.0, min(across, 1.6 * TEXT_WIDTH))
    lines += [_Line(text) for text in wrap(box.text, inner, SIZE)]
    lines += [_Line(n, SMALL, GREY) for note in box.notes for n in wrap(note, inner, SMALL)]
    if box.flags:
        lines.append(_Line("", SMALL, GREY, flags=box.flags))
    width = max(across, *(_width(line) for line in lines)) + 2 * PAD
    bar = max((cell.height for cell in cells), default=0.0)
    height = sum(map(_height, lines)) + 2 * PAD + (bar + PAD if bar else 0.0)
    return _Shape(box, tuple(lines), cells, width, height, bar)


def _cell(box: Box, way: Exit, up: frozenset[tuple[str, str]]) -> _Cell:
    lines: list[_Line] = []
    for label in way.labels:
        colour = INK if label.tested else UNTESTED
        mark = "" if label.tested else "○ "
        *first, last = wrap(mark + label.text, LABEL_WIDTH, SIZE) or [""]
        lines += [_Line(text, SIZE, colour) for text in first]
        lines.append(_Line(last, SIZE, colour, flags=label.flags))
    back = (box.node, way.target) in up
    if back:
        lines.append(_Line(f"↑ {way.target}", SMALL, COLOURS["choose"][1], bold=True))
    width = max((_width(line) for line in lines), default=0.0)
    height = sum(map(_height, lines))
    return _Cell(way, tuple(lines), width + 2 * PAD, height + PAD if lines else 0.0, back)


def _arrows(shape: _Shape) -> Iterator[Arrow]:
    x = (shape.width - sum(c.width for c in shape.cells) - PAD * (len(shape.cells) - 1)) / 2
    for cell in shape.cells:
        if not cell.up:
            yield Arrow(shape.box.node, x + cell.width / 2, cell.exit.target)
        x += cell.width + PAD


def _width(line: _Line) -> float:
    flags = sum(measure(f" ⚑ {name}", SMALL) for name in _flag_names(line.flags))
    return measure(line.text, line.size) * (1.08 if line.bold else 1.0) + flags


def _height(line: _Line) -> float:
    return LINE if line.size == SIZE else SMALL_LINE


def _flag_names(flags: Mapping[str, str]) -> Iterator[str]:
    for category, severity in flags.items():
        yield severity if category in ("urgency", "") else f"{category} {severity}"


# -- drawing -----------------------------------------------------------------------------------


def _head(title: str, note: str, boxes: Iterable[Box]) -> Iterator[str]:
    yield _text(MARGIN, MARGIN, _Line(title, 20.0, INK, bold=True))
    if note:
        yield _text(MARGIN, MARGIN + 20, _Line(note, SIZE, GREY))
    known = list(boxes)
    kinds = {box.kind for box in known}
    x, y = MARGIN, MARGIN + 36
    for kind, words in LEGEND:
        if kind in kinds:
            paper, border = COLOURS[kind]
            yield (
                f'<rect x="{x:.1f}" y="{y:.1f}" width="16" height="12" rx="3" '
                f'fill="{paper}" stroke="{border}"/>'
            )
            yield _text(x + 22, y + 10, _Line(words, SMALL, GREY))
            x += 40 + measure(words, SMALL)
    x = MARGIN
    for words, flags in FLAG_LEGEND:
        line = _Line(words, SMALL, GREY, flags=flags)
        yield _text(x, y + 32, line)
        x += _width(line) + 12
    if any(not box.tested or _untested(box) for box in known):
        words = "○ red or dashed: no scripted conversation comes here"
        yield _text(x + 20, y + 32, _Line(words, SMALL, UNTESTED))


def _untested(box: Box) -> bool:
    return any(not label.tested for way in box.exits for label in way.labels)


def _curves(layout: Layout) -> Iterator[str]:
    for path in layout.curves.values():
        yield (
            f'<path d="{path}" fill="none" stroke="{ARROW}" stroke-width="1.5" '
            'marker-end="url(#tip)"/>'
        )


def _draw(
    shape: _Shape, place: tuple[float, float], outcomes: list[str], *, rtl: bool
) -> Iterator[str]:
    x, y = place
    box = shape.box
    paper, border = COLOURS[box.kind]
    if box.kind == "end":
        paper, border = _colours_of_outcome(outcomes.index(box.outcome), len(outcomes))
    dash = "" if box.tested else ' stroke-dasharray="6 4" data-tested="no"'
    yield f'<g id="node-{escape(box.node)}">'
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}" '
        f'rx="{18 if box.kind == "end" else 6}" fill="{paper}" '
        f'stroke="{border if box.tested else UNTESTED}" stroke-width="1.5"{dash}/>'
    )
    yield from _lines(shape.lines, x + PAD, y + PAD, shape.width - 2 * PAD, rtl=rtl)
    at = x + (shape.width - sum(c.width for c in shape.cells) - PAD * (len(shape.cells) - 1)) / 2
    top = y + shape.height - shape.bar - PAD / 2
    for cell in shape.cells:
        if cell.lines:
            yield (
                f'<rect x="{at:.1f}" y="{top:.1f}" width="{cell.width:.1f}" '
                f'height="{shape.bar:.1f}" rx="4" fill="{PAPER}" stroke="{border}" '
                'stroke-opacity="0.5"/>'
            )
            drawn = list(_lines(cell.lines, at + PAD, top + PAD / 2, cell.width - 2 * PAD, rtl=rtl))
            if cell.up:
                target = escape(cell.exit.target)
                drawn = [f'<a href="#node-{target}">', *drawn, "</a>"]
            yield from drawn
        at += cell.width + PAD
    yield "</g>"


def _lines(lines: Iterable[_Line], x: float, y: float, width: float, *, rtl: bool) -> Iterator[str]:
    for line in lines:
        y += _height(line)
        yield _text(x, y - 4, line, rtl=width if rtl else None)


def _text(x: float, y: float, line: _Line, rtl: float | None = None) -> str:
    side = f'x="{x:.1f}"' if rtl is None else f'x="{x + rtl:.1f}" direction="rtl"'
    bold = ' font-weight="bold"' if line.bold else ""
    flags = "".join(
        f'<tspan fill="{FLAG_COLOURS[severity]}" font-size="{SMALL:g}" font-weight="bold">'
        f" ⚑ {escape(name)}</tspan>"
        for name, severity in zip(_flag_names(line.flags), line.flags.values(), strict=True)
    )
    return (
        f'<text {side} y="{y:.1f}" font-size="{line.size:g}" fill="{line.colour}"{bold}>'
        f"{escape(line.text)}{flags}</text>"
    )


def _colours_of_outcome(index: int, count: int) -> tuple[str, str]:
    hue = 0.33 + 0.5 * index / max(count, 1)  # from green to violet: red would mean danger
    return _hex(hue, 0.90, 0.60), _hex(hue, 0.38, 0.55)


def _hex(hue: float, lightness: float, saturation: float) -> str:
    parts = colorsys.hls_to_rgb(hue, lightness, saturation)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
