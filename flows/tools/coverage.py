"""Which nodes, choices and outcomes the scripted conversations have been to, by language."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flows.catalog import Catalog
from flows.document import FlowDoc
from flows.fold import LANGUAGE, RESUME
from flows.load import read_document
from flows.model import Ask, AskKind, Branch, Choose, End, Flow
from flows.tools.rehearsal import ANSWER, Choice, Result

Marks = Mapping[tuple[str, ...], int]


@dataclass(frozen=True)
class Missing:
    """A place where no conversation came."""

    line: int
    what: str


@dataclass(frozen=True)
class Coverage:
    """How much of a flow was played in these languages; each pair is (played, all)."""

    flow: str
    languages: tuple[str, ...]
    nodes: tuple[int, int]
    choices: tuple[int, int]
    outcomes: tuple[int, int]
    missing: tuple[Missing, ...]


def coverage(catalog: Catalog, results: Iterable[Result], content: Path) -> list[Coverage]:
    """For each flow, and each group of languages in which the same is missing."""
    by_language: dict[str, list[Result]] = {}
    for result in results:
        by_language.setdefault(result.language, []).append(result)
    rows: list[Coverage] = []
    for flow in catalog.flows.values():
        if flow.id in (LANGUAGE, RESUME):
            continue
        marks = lines_of(flow, content)
        same: dict[Coverage, list[str]] = {}
        for language in catalog.languages:
            if catalog.offers(flow.id, language):
                played = by_language.get(language, [])
                same.setdefault(_measure(flow, played, marks), []).append(language)
        rows += [replace(row, languages=tuple(known)) for row, known in same.items()]
    return rows


def lines_of(flow: Flow, content: Path) -> Marks:
    """Where the parts of a flow stand in its file."""
    for path in content.glob(f"*/{flow.id}.yaml"):
        if path.parent.name != "tests":
            return read_document(path, FlowDoc)[1].marks
    return {}


def _measure(flow: Flow, played: list[Result], marks: Marks) -> Coverage:
    been_to = frozenset[tuple[str, str]]().union(*(result.nodes for result in played))
    chosen = frozenset[Choice]().union(*(result.choices for result in played))
    nodes = {(flow.id, node.id): node.line for node in flow.nodes.values()}
    choices = dict(_choices(flow, marks))
    ends = [node for node in flow.nodes.values() if isinstance(node, End)]
    missing = [Missing(line, key[1]) for key, line in nodes.items() if key not in been_to]
    missing += [
        place for choice, place in choices.items() if choice not in chosen and choice[:2] in been_to
    ]
    return Coverage(
        flow=flow.id,
        languages=(),
        nodes=(len(nodes.keys() & been_to), len(nodes)),
        choices=(len(choices.keys() & chosen), len(choices)),
        outcomes=(
            len({end.outcome for end in ends if (flow.id, end.id) in been_to}),
            len({end.outcome for end in ends}),
        ),
        missing=tuple(sorted(missing, key=lambda place: place.line)),
    )


def _choices(flow: Flow, marks: Marks) -> Iterator[tuple[Choice, Missing]]:
    """Every option, open answer and arm of a flow, with its place."""
    for node in flow.nodes.values():
        here = ("nodes", node.id)
        if isinstance(node, Branch):
            for index, (condition, _) in enumerate(node.arms):
                line = marks.get((*here, "branch", str(index)), node.line)
                arm = f"when {condition}" if condition else "else"
                yield (flow.id, node.id, str(index)), Missing(line, f"{node.id}: {arm}")
        if isinstance(node, Ask) and node.kind not in (AskKind.PHOTO, AskKind.VOICE):
            yield (flow.id, node.id, ANSWER), Missing(node.line, f"{node.id}: an answer")
        if isinstance(node, Choose | Ask):
            for option in node.options:
                line = marks.get((*here, "options", option), node.line)
                yield (flow.id, node.id, option), Missing(line, f"{node.id}: {option}")
