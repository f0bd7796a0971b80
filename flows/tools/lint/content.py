"""What the rules look at: the content, and drafts beside it, as far as they can be read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from babel import UnknownLocaleError
from babel.messages.pofile import PoFileError, read_po
from pydantic import BaseModel

from flows import document as doc
from flows.catalog import (
    CONFIRMED,
    NEEDED,
    Catalog,
    faults_between,
    faults_of_amounts,
    make_amounts,
    make_hotlines,
    make_sources,
)
from flows.faults import validated
from flows.load import Fault, FlowError, Lines, read_flow
from flows.model import End, Flow, Hotline, Phrase, Source
from flows.texts import DOMAIN, SOURCE_LANGUAGE, Texts, load_texts
from flows.tools.lint.problem import Problem, Severity, of_fault
from flows.yaml_file import read_yaml

Stale = Mapping[str, frozenset[str]]  # language -> contexts
Model = TypeVar("Model", bound=BaseModel)
TABLES = ("sources.yaml", "hotlines.yaml", "languages.yaml", "signatures.yaml")
TESTS = "tests"
LAWYERS_TABLES: Mapping[str, type[BaseModel]] = {  # an office may have none
    "recipients.yaml": doc.RecipientsDoc,
    "problems.yaml": doc.ProblemsDoc,
}


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that is checked, and where each part of it stands."""

    catalog: Catalog
    today: date
    flows: Mapping[str, Flow]  # the authors'; without those that the engine makes
    lines: Mapping[str, Lines]  # of flows by id, of tables by file name
    stand_ins: frozenset[tuple[str, str]]  # (flow, node) of nodes that could not be read
    sources: doc.SourcesDoc
    hotlines: doc.HotlinesDoc
    languages: Mapping[str, frozenset[str] | None]  # declared: its flows; None for all
    stale: Mapping[str, frozenset[str]]  # language -> contexts whose English has changed
    drafts: frozenset[str]  # flows that lie outside the content folder
    tested: frozenset[tuple[str, str]]  # (flow, outcome) of the scripted conversations
    media: Mapping[str, frozenset[str]]  # language -> names of its media files
    media_folder: str
    faults: tuple[Problem, ...]

    def problem(
        self,
        code: str,
        flow: str,
        path: Sequence[str],
        message: str,
        mend: str = "",
        severity: Severity | None = None,
    ) -> Problem:
        """A problem of a flow; `path` begins with the node, or with a key of the file."""
        node = path[0] if path else ""
        lines = self.lines[flow]
        inside = ("nodes", *path) if node in self.flows[flow].nodes else tuple(path)
        default = Severity.WARNING if code.startswith("W") else Severity.ERROR
        return Problem(
            lines.file, lines.line(*inside), node, code, message, mend, severity or default
        )

    def table_problem(
        self, code: str, table: str, path: Sequence[str], message: str, mend: str = ""
    ) -> Problem:
        """A problem of an entry of sources.yaml, hotlines.yaml or languages.yaml."""
        lines = self.lines[table]
        severity = Severity.WARNING if code.startswith("W") else Severity.ERROR
        return Problem(lines.file, lines.line(*path), path[-1], code, message, mend, severity)

    @property
    def texts(self) -> Texts:
        return self.catalog.texts

    def covers(self, language: str, flow: str) -> bool:
        """Whether this flow has to be there in this language."""
        flows = self.languages.get(language, frozenset())
        return flow not in self.drafts and (flows is None or flow in flows)


class Reader:
    """Reads the files of a content folder, and drafts, and keeps every fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.flows: dict[str, Flow] = {}
        self.lines: dict[str, Lines] = {}
        self.stand_ins: set[tuple[str, str]] = set()

    def read(self, texts: Texts, stale: Stale, today: date, drafts: Iterable[Path]) -> Content:
        """All that can be read; never raises for what is in the files."""
        for path in flow_files(self.folder):
            self._flow(path)
        drafts = list(drafts)
        for path in drafts:
            self.flows.pop(path.stem, None)
        for path in drafts:
            self._flow(path)
        outside = {shown(path) for path in drafts}
        ids = frozenset(f for f, flow in self.flows.items() if flow.file in outside)
        return self._content(texts, stale, today, ids)

    def _flow(self, path: Path) -> None:
        draft = read_flow(path, shown(path))
        self.faults += draft.faults
        if draft.flow is None:
            return
        flow = replace(draft.flow, id=path.stem, file=shown(path))
        if flow.id in self.flows:
            message = f"is called {flow.id!r}, like {self.flows[flow.id].file}"
            self.faults.append(draft.lines.fault(("flow",), message, "E6", "Rename one of them."))
            return
        self.flows[flow.id] = flow
        self.lines[flow.id] = draft.lines
        self.stand_ins |= {(flow.id, node) for node in draft.stand_ins}

    def _content(self, texts: Texts, stale: Stale, today: date, drafts: frozenset[str]) -> Content:
        sources, faulty_sources = self._table("sources.yaml", doc.SourcesDoc)
        hotlines, faulty_hotlines = self._table("hotlines.yaml", doc.HotlinesDoc)
        languages, _ = self._table("languages.yaml", doc.LanguagesDoc)
        for file, model in LAWYERS_TABLES.items():
            if (self.folder / file).exists():
                self._table(file, model)
        # an entry with a fault of its own is there all the same
        all_sources = {**dict.fromkeys(faulty_sources, _SOURCE), **make_sources(sources)}
        all_hotlines = {**dict.fromkeys(faulty_hotlines, _HOTLINE), **make_hotlines(hotlines)}
        self.faults += faults_between(self.flows, all_sources, all_hotlines, shown(self.folder))
        self.faults += faults_of_amounts(sources, all_sources, self.lines["sources.yaml"])
        catalog = Catalog(
            {**{flow: _nothing(flow) for flow in NEEDED}, **self.flows},
            texts,
            sources=all_sources,
            hotlines=all_hotlines,
            amounts=make_amounts(sources),
        )
        return Content(
            catalog=catalog,
            today=today,
            flows=self.flows,
            lines=self.lines,
            stand_ins=frozenset(self.stand_ins),
            sources=sources,
            hotlines=hotlines,
            languages={
                language: None if isinstance(how, str) else frozenset(how.partial)
                for language, how in languages.languages.items()
                if language != SOURCE_LANGUAGE
            },
            stale=stale,
            drafts=drafts,
            tested=frozenset(tested_outcomes(self.folder / TESTS)),
            media=media_names(self.folder / "media"),
            media_folder=shown(self.folder / "media"),
            faults=tuple(of_fault(fault) for fault in dict.fromkeys(self.faults)),
        )

    def _table(self, file: str, model: type[Model]) -> tuple[Model, set[str]]:
        """A table without its faulty entries, and the names of those."""
        path = self.folder / file
        empty = model.model_validate({next(iter(model.model_fields)): {}})
        self.lines[file] = Lines(shown(path), {})
        if file == "languages.yaml" and not path.exists():
            return empty, set()  # English only
        try:
            data, lines = read_yaml(path, shown(path))
        except FlowError as error:
            self.faults += error.faults
            return empty, set()
        self.lines[file] = lines
        document, faults, paths = validated(model, data, lines)
        self.faults += faults
        if document is not None:
            return document, set()
        dropped = {path[1] for path in paths if len(path) > 1}
        document, _, _ = validated(model, _without(data, paths), lines)
        return document or empty, dropped


def read_texts(locales: Path) -> tuple[Texts, Stale, list[Problem]]:
    """The catalogs that can be read, what in them is stale, and what is wrong with the others."""
    sound, stale, problems = [], {}, []
    for po in sorted(locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        language = po.parent.parent.name
        try:
            load_texts(locales, [language])
            stale[language] = _fuzzy(po, language)
            sound.append(language)
        except (PoFileError, UnknownLocaleError, ValueError, OSError) as error:
            message = f"cannot be read: {' '.join(str(error).split())}"
            problems.append(Problem(shown(po), getattr(error, "lineno", 1), "", "E12", message))
    return load_texts(locales, sound), stale, problems


def _fuzzy(po: Path, language: str) -> frozenset[str]:
    if b", fuzzy" not in po.read_bytes():
        return frozenset()  # most catalogs; reading one takes a while
    with po.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    return frozenset(str(m.context) for m in catalog if m.id and m.fuzzy and m.context)


def flow_files(folder: Path) -> list[Path]:
    """The flow files of a folder, in the order of their names."""
    return [p for p in sorted(folder.glob("*/*.yaml")) if p.parent.name not in (TESTS, "media")]


def draft_files(path: Path) -> list[Path]:
    """The flow files that are meant by a file or a folder on the command line."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*.yaml") if p.name not in TABLES)
    return [p for p in found if TESTS not in p.relative_to(path).parts[:-1]]


def shown(path: Path) -> str:
    """A path as it is told: from here, where it is below."""
    path = path.absolute()
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def tested_outcomes(folder: Path) -> Iterator[tuple[str, str]]:
    """(flow, outcome) of each scripted conversation; its form is checked by `hamrah flows test`."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            found = read_yaml(path, path.name)[0]
        except FlowError:
            continue
        for test in found if isinstance(found, list) else ():
            if isinstance(test, dict):
                yield str(test.get("flow", path.stem)), str(test.get("ends"))


def media_names(folder: Path) -> Mapping[str, frozenset[str]]:
    """What each language has recordings of: the names of its files without hash and ending."""
    names: dict[str, frozenset[str]] = {}
    for path in sorted(folder.glob("*/*")):
        name = path.stem.rpartition("-")[0] or path.stem
        names[path.parent.name] = names.get(path.parent.name, frozenset()) | {name}
    return names


def _without(data: Any, paths: Iterable[tuple[str, ...]]) -> Any:
    """The tables of a file without their faulty entries and unknown keys."""
    if not isinstance(data, dict):
        return data
    wrong = {path[:2] for path in paths}
    return {
        table: {name: entry for name, entry in entries.items() if (table, name) not in wrong}
        for table, entries in data.items()
        if (table,) not in wrong and isinstance(entries, dict)
    }


_SOURCE = Source("?", Phrase("source.?", "?"), CONFIRMED, date.min, date.max)
_HOTLINE = Hotline("?", "?", Phrase("hotline.?", "?"), None, date.min)


def _nothing(flow: str) -> Flow:
    """What stands in for a flow that every office needs and that is not there."""
    title = Phrase(f"{flow}.title", flow)
    return Flow(flow, "none", title, "end", {"end": End("end", 1, outcome="none")}, flow)
