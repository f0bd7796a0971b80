"""Lays out a picture of boxes and arrows, from top to bottom.

The usual four steps (Sugiyama): a rank for each box by the longest way to it, an order within each
rank by the mean of its neighbours, places that keep arrows straight, and curves. An arrow over
several ranks runs through an invisible box in each of them; an arrow upwards is not laid out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

GAP_X, GAP_Y, LANE = 28.0, 64.0, 14.0  # between boxes, between ranks, between two passing arrows
SWEEPS = 24

Point = tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """From a port of a box (counted from its left edge) to the top of another."""

    source: str
    port: float
    target: str


@dataclass(frozen=True)
class Layout:
    """Where everything stands."""

    width: float
    height: float
    places: Mapping[str, Point]  # the upper left corner of each box
    curves: Mapping[Arrow, str]  # the d of an SVG path; none for an arrow upwards


@dataclass
class _Cell:
    """A box, or the place where an arrow passes a rank."""

    id: str
    width: float
    height: float
    passing: bool = False
    x: float = 0.0
    above: list[tuple["_Cell", float, float]] = field(
        default_factory=list
    )  # (cell, its port, mine)
    below: list[tuple["_Cell", float, float]] = field(
        default_factory=list
    )  # (cell, its port, mine)


def lay_out(sizes: Mapping[str, Point], arrows: Iterable[Arrow], start: str) -> Layout:
    """Places for boxes of these sizes; those that cannot be reached from `start` come last."""
    arrows = list(dict.fromkeys(arrows))
    back = upward(sizes, [(arrow.source, arrow.target) for arrow in arrows], start)
    down = [arrow for arrow in arrows if (arrow.source, arrow.target) not in back]
    ranks = _ranks(sizes, down)
    cells = {name: _Cell(name, *size) for name, size in sizes.items()}
    rows: list[list[_Cell]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    for name in _in_order(sizes, down, start):
        rows[ranks[name]].append(cells[name])
    chains = {arrow: _chain(arrow, ranks, rows, cells) for arrow in down}
    _order(rows)
    _place(rows)
    tops, height = _tops(rows)
    left = min(cell.x for row in rows for cell in row)
    for row in rows:
        for cell in row:
            cell.x -= left
    y_of = {id(cell): (tops[rank], _deepest(row)) for rank, row in enumerate(rows) for cell in row}
    return Layout(
        width=max(cell.x + cell.width for row in rows for cell in row),
        height=height,
        places={name: (cell.x, y_of[id(cell)][0]) for name, cell in cells.items()},
        curves={arrow: _curve(arrow, chain, y_of) for arrow, chain in chains.items()},
    )


# -- ranks -------------------------------------------------------------------------------------


def upward(
    names: Iterable[str], leads: Iterable[tuple[str, str]], start: str
) -> frozenset[tuple[str, str]]:
    """Those of the ways (from, to) that lead back to a box on the way to them."""
    after: dict[str, list[str]] = {name: [] for name in names}
    for source, target in leads:
        after[source].append(target)
    back, done = set[tuple[str, str]](), set[str]()
    for root in (start, *after):
        open_ = {} if root in done else {root: iter(after[root])}
        while open_:
            name, ahead = next(reversed(open_.items()))
            following = next(ahead, None)
            if following is None:
                done.add(name)
                del open_[name]
            elif following in open_:
                back.add((name, following))
            elif following not in done:
                open_[following] = iter(after[following])
    return frozenset(back)


def _in_order(sizes: Mapping[str, Point], arrows: list[Arrow], start: str) -> list[str]:
    """All boxes, each as soon as one that leads to it, the first arrow first."""
    after: dict[str, list[str]] = {name: [] for name in sizes}
    for arrow in arrows:
        after[arrow.source].append(arrow.target)
    found: dict[str, None] = {}
    for root in (start, *sizes):
        ahead = [root]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = None
                ahead += reversed(after[name])
    return list(found)


def _ranks(sizes: Mapping[str, Point], arrows: list[Arrow]) -> dict[str, int]:
    before: dict[str, list[str]] = {name: [] for name in sizes}
    for arrow in arrows:
        before[arrow.target].append(arrow.source)
    ranks: dict[str, int] = {}
    ahead = list(sizes)
    while ahead:
        name = ahead[-1]
        missing = [b for b in before[name] if b not in ranks]
        if missing:
            ahead += missing
        else:
            ahead.pop()
            ranks[name] = max((ranks[b] + 1 for b in before[name]), default=0)
    return ranks


def _chain(
    arrow: Arrow, ranks: Mapping[str, int], rows: list[list[_Cell]], cells: Mapping[str, _Cell]
) -> list[_Cell]:
    """The cells that an arrow runs through; each is told its neighbours."""
    source, target = cells[arrow.source], cells[arrow.target]
    chain = [source]
    for rank in range(ranks[arrow.source] + 1, ranks[arrow.target]):
        passing = _Cell(f"{arrow.source}>{arrow.target}", LANE, 0.0, passing=True)
        rows[rank].append(passing)
        chain.append(passing)
    chain.append(target)
    for upper, lower in pairwise(chain):
        upper_port = arrow.port if upper is source else upper.width / 2
        upper.below.append((lower, lower.width / 2, upper_port))
        lower.above.append((upper, upper_port, lower.width / 2))
    return chain


# -- order -------------------------------------------------------------------------------------


def _order(rows: list[list[_Cell]]) -> None:
    """Sort each row so that few arrows cross; the best of some sweeps down and up."""
    best, crossings = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for row in rows if downward else list(reversed(rows)):
            _sort(rows, row, downward=downward)
        _exchange(rows)
        found = _crossings(rows)
        if found < crossings:
            best, crossings = [list(row) for row in rows], found
    for row, order in zip(rows, best, strict=True):
        row[:] = order


def _sort(rows: list[list[_Cell]], row: list[_Cell], *, downward: bool) -> None:
    index = _indices(rows)

    def mean(cell: _Cell) -> float:
        near = cell.above if downward else cell.below
        spots = [index[id(other)] + port / max(other.width, 1.0) for other, port, _ in near]
        return sum(spots) / len(spots) if spots else index[id(cell)]

    row.sort(key=mean)


def _indices(rows: list[list[_Cell]]) -> dict[int, float]:
    return {id(cell): float(i) for row in rows for i, cell in enumerate(row)}


def _exchange(rows: list[list[_Cell]]) -> None:
    """Exchange neighbours where that saves crossings."""
    index = _indices(rows)
    for row in rows:
        for i in range(len(row) - 1):
            a, b = row[i], row[i + 1]
            if _crossed(a, b, index) > _crossed(b, a, index):
                row[i], row[i + 1] = b, a
                index[id(a)], index[id(b)] = index[id(b)], index[id(a)]


def _crossed(a: _Cell, b: _Cell, index: Mapping[int, float]) -> int:
    """How many arrows of two neighbours cross where a stands left of b."""
    count = 0
    for side_a, side_b in ((a.above, b.above), (a.below, b.below)):
        for other_a, port_a, _ in side_a:
            for other_b, port_b, _ in side_b:
                spot_a = (index[id(other_a)], port_a)
                count += spot_a > (index[id(other_b)], port_b)
    return count


def _crossings(rows: list[list[_Cell]]) -> int:
    index, total = _indices(rows), 0
    for row in rows:
        spots = [
            (index[id(cell)], mine, index[id(lower)])
            for cell in row
            for lower, _, mine in cell.below
        ]
        for i, (a, port_a, to_a) in enumerate(spots):
            for b, port_b, to_b in spots[:i]:
                total += ((a, port_a) < (b, port_b) and to_a > to_b) or (
                    (a, port_a) > (b, port_b) and to_a < to_b
                )
    return total


# -- places ------------------------------------------------------------------------------------


def _place(rows: list[list[_Cell]]) -> None:
    """Move the cells of each row towards their neighbours, in their order and apart."""
    for row in rows:
        _set_apart(row, [cell.x for cell in row], [1.0] * len(row))
    for sweep in range(SWEEPS):
        downward = sweep % 2 == 0
        for row in rows if downward else list(reversed(rows)):
            wanted = [_wanted(cell, cell.above if downward else cell.below) for cell in row]
            weights = [_weight(cell) for cell in row]
            _set_apart(row, wanted, weights)
    for row in rows:
        _set_apart(row, [_wanted(c, [*c.above, *c.below]) for c in row], [_weight(c) for c in row])


def _wanted(cell: _Cell, near: list[tuple[_Cell, float, float]]) -> float:
    spots = [other.x + port - mine for other, port, mine in near]
    return sum(spots) / len(spots) if spots else cell.x


def _weight(cell: _Cell) -> float:
    return 8.0 if cell.passing else 1.0 + len(cell.above) + len(cell.below)


def _set_apart(row: list[_Cell], wanted: list[float], weights: list[float]) -> None:
    """The places nearest to the wanted ones (least squares) at which no two cells touch."""
    offsets = [0.0]
    for left, right in pairwise(row):
        gap = LANE if left.passing and right.passing else GAP_X
        offsets.append(offsets[-1] + left.width + gap)
    blocks: list[tuple[float, float, int]] = []  # (mean, weight, cells)
    for offset, want, weight in zip(offsets, wanted, weights, strict=True):
        block = (want - offset, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, heavy, count = blocks.pop()
            total = heavy + block[1]
            block = ((mean * heavy + block[0] * block[1]) / total, total, count + block[2])
        blocks.append(block)
    means = [mean for mean, _, count in blocks for _ in range(count)]
    for cell, offset, mean in zip(row, offsets, means, strict=True):
        cell.x = offset + mean


def _tops(rows: list[list[_Cell]]) -> tuple[list[float], float]:
    tops, y = [], 0.0
    for row in rows:
        tops.append(y)
        y += _deepest(row) + GAP_Y
    return tops, y - GAP_Y


def _deepest(row: list[_Cell]) -> float:
    return max((cell.height for cell in row), default=0.0)


def _curve(arrow: Arrow, chain: list[_Cell], y_of: Mapping[int, tuple[float, float]]) -> str:
    source = chain[0]
    x, y = source.x + arrow.port, y_of[id(source)][0] + source.height
    path = f"M{x:.1f},{y:.1f}"
    row_bottom = sum(y_of[id(source)])
    if row_bottom > y:
        path += f"L{x:.1f},{row_bottom:.1f}"
        y = row_bottom
    for cell in chain[1:]:
        to_x, (top, deep) = cell.x + cell.width / 2, y_of[id(cell)]
        bend = (top - y) / 2
        path += f"C{x:.1f},{y + bend:.1f} {to_x:.1f},{top - bend:.1f} {to_x:.1f},{top:.1f}"
        x, y = to_x, top
        if cell.passing:
            path += f"L{x:.1f},{top + deep:.1f}"
            y = top + deep
    return path
