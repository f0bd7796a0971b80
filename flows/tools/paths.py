"""All paths of a flow, as a table that a lawyer can read and sign.

A path is one kind of answer (tools/answers.py) to each question, from the first question to an
outcome. Where there are too many to read, some are chosen: every two answers that can be given in
one conversation then stand together in at least one of them (pairwise), and the table says so.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flows.catalog import Catalog
from flows.fold import LANGUAGE, RESUME
from flows.model import Flow
from flows.tools.pairwise import Choices
from flows.tools.walks import NOT_FOLLOWED, Step, Walks, name_of

MOST_PATHS = 250  # that are listed; more than that nobody reads
TABLES = "paths"  # the folder of the content with the committed tables
HASH_LENGTH = 16  # hex digits
HEADER = ("answers", "outcome", "flags", "urgency", "queue", "tells", "sources", "hotlines", "note")


@dataclass(frozen=True)
class Row:
    """One path: the answers, and what follows from them."""

    answers: tuple[tuple[str, str], ...]  # question, kind of answer
    outcome: str
    flags: tuple[tuple[str, str], ...]
    urgency: str  # of the case, or else the worst that was flagged
    queue: str
    tells: tuple[str, ...]  # nodes
    sources: tuple[str, ...]
    hotlines: tuple[str, ...]


@dataclass(frozen=True)
class PathTable:
    """The paths of a flow; `total` is how many there are, listed or not."""

    flow: str
    rows: tuple[Row, ...]
    total: int

    @property
    def note(self) -> str:
        """In plain words, whether these are all paths."""
        cut = any(row.outcome == NOT_FOLLOWED for row in self.rows)
        more = "; some are not followed to their end: the tree is too large" if cut else ""
        if self.total == len(self.rows):
            return f"all {self.total} paths{more}"
        return (
            f"{len(self.rows)} of {self.total} paths: every two answers that can be given in one "
            f"conversation stand together in at least one row{more}"
        )

    @cached_property
    def csv(self) -> str:
        """The table as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADER)
        for number, row in enumerate(self.rows):
            writer.writerow([*cells(row), self.note if number == 0 else ""])
        return text.getvalue()

    @property
    def hash(self) -> str:
        """What a signature stands for: it changes when a row does."""
        return hashlib.sha256(self.csv.encode()).hexdigest()[:HASH_LENGTH]


def paths(catalog: Catalog, flow: str, most: int = MOST_PATHS) -> PathTable:
    """The paths of a flow; beyond `most`, a pairwise choice of them."""
    return table_of(Walks(catalog, flow), most)


def table_of(walks: Walks, most: int = MOST_PATHS) -> PathTable:
    """The paths of a flow that was walked already."""
    choices = Choices(walks)
    listed = choices.every() if choices.total <= most else choices.pairwise()
    return PathTable(walks.flow, tuple(_row(walks, steps) for steps in listed), choices.total)


def tabled_flows(catalog: Catalog) -> list[Flow]:
    """The flows that have a table: all that are written in files."""
    return [flow for flow in catalog.flows.values() if flow.id not in (LANGUAGE, RESUME)]


def all_paths(catalog: Catalog) -> dict[str, PathTable]:
    """The tables of all flows; some seconds."""
    return {flow.id: paths(catalog, flow.id) for flow in tabled_flows(catalog)}


def changed_tables(tables: Mapping[str, PathTable], content: Path) -> dict[Path, str]:
    """The committed files that are not what the flows mean now, and what should be in them."""
    files = {content / TABLES / f"{flow}.csv": table.csv for flow, table in tables.items()}
    return {
        path: text
        for path, text in files.items()
        if not path.exists() or path.read_text("utf-8") != text
    }


def cells(row: Row) -> list[str]:
    """A row as texts, without the note."""
    return [
        "; ".join(f"{question}={kind}" for question, kind in row.answers),
        row.outcome,
        "; ".join(f"{category}={severity}" for category, severity in row.flags),
        row.urgency,
        row.queue,
        *("; ".join(names) for names in (row.tells, row.sources, row.hotlines)),
    ]


def _row(walks: Walks, steps: tuple[Step, ...]) -> Row:
    catalog = walks.catalog
    parts = [walks.begin, *(step.reached for step in steps)]
    last = parts[-1]
    cases = [case for part in parts for case in part.cases]
    nodes = [catalog.flows[flow].nodes[node] for part in parts for flow, node in part.visited]
    hotlines = _unique(hotline for node in nodes for hotline in node.hotlines)
    return Row(
        answers=tuple((name_of(s.place[-1], walks.flow), s.kind.label) for s in steps),
        outcome=last.outcome or "",
        flags=tuple(sorted(last.flags.items())),
        urgency=cases[-1].urgency if cases else last.flags.get("urgency", ""),
        queue="; ".join(_unique(case.queue for case in cases)),
        tells=_unique(name_of(node, walks.flow) for part in parts for node in part.told),
        sources=_unique(source for node in nodes for source in node.sources),
        hotlines=tuple(f"{h} {catalog.hotlines[h].number}" for h in hotlines),
    )


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
