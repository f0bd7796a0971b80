"""All flows of a content folder, with their sources, hotlines, amounts and languages."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from flows import document as doc
from flows import phrases
from flows.compute import Calendar
from flows.expressions import Expression
from flows.faults import did_you_mean
from flows.fold import ENGINE_OWNED, LANGUAGE, MENU, NO, RESUME, WELCOME, YES
from flows.load import (
    Fault,
    FlowError,
    Lines,
    load_flow,
    phrases_of,
    read_document,
)
from flows.model import (
    Choose,
    End,
    Flow,
    Hotline,
    Latin,
    Money,
    Node,
    Option,
    Phrase,
    Run,
    Source,
    Value,
)
from flows.texts import SOURCE_LANGUAGE, Texts, language_name
from flows.voices import recordings, stem_of, words_of

NEEDED = (WELCOME, MENU, "danger", "lawyer")  # without these a language is not offered
WORD_LISTS = (".also", ".keywords")  # what people may type; may be missing
CONFIRMED = "H"  # LEGAL.md section 0: only these may be stated to a worker


class Catalog:
    """The content as the engine uses it. Loaded once; nothing in it changes."""

    def __init__(
        self,
        flows: Mapping[str, Flow],
        texts: Texts,
        *,
        sources: Mapping[str, Source] | None = None,
        hotlines: Mapping[str, Hotline] | None = None,
        amounts: Mapping[str, Money] | None = None,
        calendar: Calendar | None = None,
        versions: Iterable[Flow] = (),
        documents: Mapping[str, str] | None = None,
        recordings: Mapping[tuple[str, str], Path] | None = None,
    ) -> None:
        self.texts = texts
        self.sources = sources or {}
        self.hotlines = hotlines or {}
        self.amounts = amounts or {}
        numbers = {h.id: Latin(h.number) for h in self.hotlines.values()}
        self.insertions: Mapping[str, Value] = {**numbers, **self.amounts}
        self.calendar = calendar or Calendar()
        self.recordings = recordings or {}  # by language and name
        self.documents = documents or {}  # the files of those that are as written, by flow
        self._versions = {(flow.id, flow.version): flow for flow in versions}
        self.flows: Mapping[str, Flow] = flows
        self.languages = tuple(
            language
            for language in texts.languages
            if all(self.is_complete(flows[flow], language) for flow in NEEDED if flow in flows)
        )
        own = {LANGUAGE: _language_flow(self.languages), RESUME: _resume_flow()}
        self.flows = {**flows, **own}
        self.offers = cache(self._offers)
        self.expression = cache(Expression)

    def flow(self, flow_id: str, version: str | None = None) -> Flow | None:
        """A flow by id, in this version; the live one where that is not kept (any more)."""
        live = self.flows.get(flow_id)
        if version is None or (live is not None and live.version == version):
            return live
        return self._versions.get((flow_id, version), live)

    def _offers(self, flow_id: str, language: str) -> bool:
        """Whether all texts of a flow are settled in this language.

        Legal text never falls back to another language, so a flow is offered whole or not at all.
        """
        flow = self.flows.get(flow_id)
        return flow is not None and (
            flow_id in (LANGUAGE, RESUME) or self.is_complete(flow, language)
        )

    def is_complete(self, flow: Flow, language: str) -> bool:
        """Whether a reader of this language meets no sentence in another one."""
        return language == SOURCE_LANGUAGE or all(
            self.texts.find(phrase, language) is not None for phrase in self.sentences_of(flow)
        )

    def sentences_of(self, flow: Flow) -> Iterator[Phrase]:
        """What a worker can be shown in this flow: also its sources and hotlines, no word lists."""
        yield from (p for p in phrases_of(flow) if not p.context.endswith(WORD_LISTS))
        for node in flow.nodes.values():
            yield from (self.sources[s].cite for s in node.sources if s in self.sources)
            for hotline in (self.hotlines[h] for h in node.hotlines if h in self.hotlines):
                yield hotline.who
                if hotline.note:
                    yield hotline.note

    def recording(self, place: tuple[str, str], language: str) -> Path | None:
        """The recording of exactly the words that this node (flow, node) has now, or None."""
        flow = self.flows.get(place[0])
        if not self.recordings or flow is None or place[1] not in flow.nodes:
            return None
        node = flow.nodes[place[1]]
        words = words_of(node, self.texts, language)
        return self.recordings.get((language, stem_of(flow, node, words))) if words else None

    def handing_over(self, unsigned: Collection[str]) -> "Catalog":
        """The same content, with these trees leading straight to a lawyer instead of advising."""
        handing = {
            flow_id: _hand_over_flow(flow)
            for flow_id, flow in self.flows.items()
            if flow_id in unsigned and flow_id not in ENGINE_OWNED
        }
        return Catalog(
            {**self.flows, **handing},
            self.texts,
            sources=self.sources,
            hotlines=self.hotlines,
            amounts=self.amounts,
            calendar=self.calendar,
            documents={f: text for f, text in self.documents.items() if f not in handing},
            recordings=self.recordings,
        )

    def topics(self, language: str) -> list[Flow]:
        """The topics a worker can read about in this language."""
        return [
            flow
            for flow in self.flows.values()
            if flow.id not in ENGINE_OWNED and self.offers(flow.id, language)
        ]


def load_catalog(folder: Path, texts: Texts, calendar: Calendar | None = None) -> Catalog:
    """Everything in a content folder; raises FlowError with the faults of all its files."""
    faults: list[Fault] = []
    flows: dict[str, Flow] = {}
    documents: dict[str, str] = {}
    for path in sorted(folder.glob("*/*.yaml")):
        if path.parent.name == "tests":
            continue
        try:
            flow = load_flow(path)
        except FlowError as error:
            faults += error.faults
            continue
        if flow.id in flows:
            faults.append(Fault(path.name, 1, "flow", f"{flow.id!r} stands in two files"))
        flows[flow.id] = flow
        documents[flow.id] = path.read_text("utf-8-sig")
    sources, amounts = _load_sources(folder / "sources.yaml", faults)
    hotlines = _load_hotlines(folder / "hotlines.yaml", faults)
    faults += faults_between(flows, sources, hotlines)
    if faults:
        raise FlowError(faults)
    return Catalog(
        flows,
        texts,
        sources=sources,
        hotlines=hotlines,
        amounts=amounts,
        calendar=calendar,
        documents=documents,
        recordings=recordings(folder),
    )


def all_phrases(catalog: Catalog) -> Iterator[Phrase]:
    """Every text of the content, for the translators."""
    for flow in catalog.flows.values():
        if flow.id not in (LANGUAGE, RESUME):
            yield from phrases_of(flow)
    for source in catalog.sources.values():
        yield source.cite
    for hotline in catalog.hotlines.values():
        yield hotline.who
        if hotline.note:
            yield hotline.note


def _load_sources(
    path: Path, faults: list[Fault]
) -> tuple[Mapping[str, Source], Mapping[str, Money]]:
    try:
        document, lines = read_document(path, doc.SourcesDoc)
    except FlowError as error:
        faults += error.faults
        return {}, {}
    faults += faults_of_amounts(document, document.sources, lines)
    return make_sources(document), make_amounts(document)


def make_sources(document: doc.SourcesDoc) -> Mapping[str, Source]:
    """The facts of sources.yaml."""
    return {
        source_id: Source(
            id=source_id,
            cite=Phrase(f"source.{source_id}", source.cite),
            confidence=source.confidence,
            read_on=source.read_on,
            review_by=source.review_by,
        )
        for source_id, source in document.sources.items()
    }


def make_amounts(document: doc.SourcesDoc) -> Mapping[str, Money]:
    """The sums of sources.yaml."""
    return {
        name: Money(Decimal(str(amount.value)), amount.currency)
        for name, amount in document.amounts.items()
    }


def faults_of_amounts(
    document: doc.SourcesDoc, sources: Container[str], lines: Lines
) -> Iterator[Fault]:
    """The sums that name a source which does not stand beside them."""
    for name, amount in document.amounts.items():
        if amount.source not in sources:
            message = f"names the source {amount.source!r}, which is not in this file"
            yield lines.fault(("amounts", name, "source"), message, "E16")


def _load_hotlines(path: Path, faults: list[Fault]) -> Mapping[str, Hotline]:
    try:
        document, _ = read_document(path, doc.HotlinesDoc)
    except FlowError as error:
        faults += error.faults
        return {}
    return make_hotlines(document)


def make_hotlines(document: doc.HotlinesDoc) -> Mapping[str, Hotline]:
    """The numbers of hotlines.yaml."""
    return {
        name: Hotline(
            id=name,
            number=hotline.number,
            who=Phrase(f"hotline.{name}", hotline.who),
            note=Phrase(f"hotline.{name}.note", hotline.note) if hotline.note else None,
            checked=hotline.checked,
        )
        for name, hotline in document.hotlines.items()
    }


def faults_between(
    flows: Mapping[str, Flow],
    sources: Mapping[str, Source],
    hotlines: Mapping[str, Hotline],
    folder: str = "content",
) -> Iterator[Fault]:
    """Flows, sources and hotlines that are named and not there, or not confirmed."""
    for needed in NEEDED:
        if needed not in flows:
            yield Fault(
                folder, 1, "", f"there is no flow {needed!r}", "E1", "Every office has one."
            )
    for flow in flows.values():
        for node in flow.nodes.values():
            place = (flow.file, node.line, node.id)
            if isinstance(node, Run) and node.flow not in {*flows, LANGUAGE}:
                message = f"runs the flow {node.flow!r}, which does not exist"
                yield Fault(*place, message, "E1", did_you_mean(node.flow, flows))
            for source in node.sources:
                if source not in sources:
                    message = f"names the source {source!r}, not in sources.yaml"
                    yield Fault(*place, message, "E16", "Write it there, with what the law says.")
                elif sources[source].confidence != CONFIRMED:
                    message = (
                        f"states {source!r}, which is not confirmed (confidence "
                        f"{sources[source].confidence})"
                    )
                    yield Fault(*place, message, "E16", "Say instead that a lawyer will check.")
            for hotline in node.hotlines:
                if hotline not in hotlines:
                    message = f"names the hotline {hotline!r}, not in hotlines.yaml"
                    yield Fault(*place, message, "E1", did_you_mean(hotline, hotlines))


def _hand_over_flow(flow: Flow) -> Flow:
    nodes: dict[str, Node] = {
        "lawyer": Run("lawyer", 1, flow="lawyer", next="end"),
        "end": End("end", 1, outcome="handed_over"),
    }
    return replace(flow, version=f"{flow.version}-unsigned", start="lawyer", nodes=nodes)


def _language_flow(languages: Iterable[str]) -> Flow:
    options = {
        code: Option(code, Phrase(f"{LANGUAGE}.{code}", language_name(code)), "end")
        for code in languages
    }
    ask = Choose("ask", 1, text=phrases.CHOOSE_LANGUAGE, options=options)
    return _own_flow(LANGUAGE, ask)


def _resume_flow() -> Flow:
    options = {
        YES: Option(YES, phrases.CONTINUE, "end"),
        NO: Option(NO, phrases.START_OVER, "end"),
    }
    return _own_flow(RESUME, Choose("ask", 1, text=phrases.WELCOME_BACK, options=options))


def _own_flow(flow_id: str, ask: Choose) -> Flow:
    end = End("end", 1, outcome="done")
    title = Phrase(f"{flow_id}.title", flow_id)
    return Flow(flow_id, "engine", title, "ask", {"ask": ask, "end": end}, "engine", legal=False)
