"""The lint of the content: everything that is wrong with the flow files, told at once.

    report = check(CONTENT, LOCALES, today, only=[Path("draft.yaml")])

A file with faults does not hide the problems of the others, nor a faulty node those of its
neighbours. docs/authors.md lists the rules; each is a function of flows/tools/lint.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from flows.tools.lint import conditions, fit, law, paths, shape, wording, words
from flows.tools.lint.content import Content, Reader, draft_files, read_texts, shown
from flows.tools.lint.problem import Problem, Severity
from flows.tools.lint.walk import Walked, walk

RULES: tuple[Callable[[Content], Iterator[Problem]], ...] = (
    conditions.bad_bounds,
    shape.unreachable,
    shape.endless,
    shape.silent_cycles,
    conditions.impossible_answers,
    words.taken_ids,
    words.repeated_outcomes,
    conditions.unknown_names,
    conditions.unknown_fields,
    shape.recursion,
    wording.no_catalog,
    wording.unknown_flows,
    wording.untranslated,
    wording.engine_untranslated,
    wording.voices,
    wording.fields_differ,
    wording.stray_braces,
    fit.too_large,
    words.keyword_clashes,
    words.command_answers,
    words.ambiguous_answers,
    law.no_source,
    law.out_of_date,
    law.hotlines_without_source,
    wording.stale,
    wording.long_bubbles,
    wording.long_sentences,
    shape.many_options,
    shape.too_deep,
    paths.untested_outcomes,
    law.unused,
)
PATH_RULES: tuple[Callable[[Content, Walked], Iterator[Problem]], ...] = (
    paths.dead_arms,
    paths.inserted_without_value,
    paths.compared_before_asked,
    paths.red_without_help,
    paths.personal_without_consent,
    paths.too_many_paths,
)


@dataclass(frozen=True)
class Report:
    """What was found, in the order of files and lines."""

    problems: tuple[Problem, ...]
    flows: int
    nodes: int
    sources: int

    def count(self, severity: Severity) -> int:
        """How many problems are this bad."""
        return sum(problem.severity is severity for problem in self.problems)

    def fails(self, *, strict: bool = False) -> bool:
        """Whether the content must not go out; `strict`: nor with a warning."""
        return self.count(Severity.ERROR) > 0 or (strict and bool(self.problems))

    def summary(self) -> str:
        """One line: what was looked at, and what was found."""
        looked = [("flow", self.flows), ("node", self.nodes), ("source", self.sources)]
        found = [(severity.value, self.count(severity)) for severity in Severity]
        told = " and ".join(_counted(*item) for item in found if item[1])
        return f"{', '.join(_counted(*item) for item in looked)}: {told or 'nothing to mend'}."

    def as_data(self) -> list[dict[str, object]]:
        """The problems as editors read them."""
        return [asdict(problem) for problem in self.problems]


def check(folder: Path, locales: Path, today: date, only: Sequence[Path] = ()) -> Report:
    """Check a content folder; with `only`, tell what concerns these files or folders.

    A file of `only` that lies elsewhere is a draft: it is checked as if it stood in the folder,
    in place of the flow of the same name.
    """
    wanted = [file for path in only for file in draft_files(path)]
    drafts = [path for path in wanted if not path.absolute().is_relative_to(folder.absolute())]
    texts, stale, problems = read_texts(locales)
    content = Reader(folder).read(texts, stale, today, drafts)
    found = sorted({*problems, *content.faults, *_judged(content)})
    asked = [shown(path) for path in only]

    def is_asked(file: str) -> bool:
        return not only or any(Path(file).is_relative_to(path) for path in asked)

    flows = [flow for flow in content.flows.values() if is_asked(flow.file)]
    return Report(
        problems=tuple(problem for problem in found if is_asked(problem.file)),
        flows=len(flows),
        nodes=sum(len(flow.nodes) for flow in flows),
        sources=len(content.sources.sources),
    )


def _judged(content: Content) -> Iterator[Problem]:
    for rule in RULES:
        yield from rule(content)
    walked = walk(content)
    for path_rule in PATH_RULES:
        yield from path_rule(content, walked)


def _counted(what: str, number: int) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
