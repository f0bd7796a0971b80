"""The versions of flows that people are still inside, with the words that they had.

A change of words reaches everybody at once, in each language as soon as the flow is whole there;
until then the last whole text stands. A change of structure leaves who is inside where they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from flows.catalog import Catalog, faults_between
from flows.load import parse_flow, phrases_of, shape_of
from flows.model import Ask, Branch, Choose, Flow, Node, Phrase
from flows.texts import SOURCE_LANGUAGE
from flows.yaml_file import FlowError

INSERTED = re.compile(r"\{(\w+)\}")
AMOUNT = re.compile(r"\bamount\.(\w+)")

Key = tuple[str, str]  # flow and version
Sentences = Mapping[str, Mapping[str, str]]  # language -> context -> sentence


@dataclass(frozen=True)
class Kept:
    """A version of a flow as it is kept: its file, and its translations."""

    flow: str
    version: str
    document: str
    texts: Sentences


def kept_now(catalog: Catalog, before: Mapping[Key, Kept]) -> list[Kept]:
    """The content as it is to be kept, with earlier texts where a language is not whole now."""
    return [_kept_now(catalog, catalog.flows[flow], before) for flow in catalog.documents]


def _kept_now(catalog: Catalog, flow: Flow, before: Mapping[Key, Kept]) -> Kept:
    earlier = before.get((flow.id, flow.version))
    whole = {
        language: {
            phrase.context: found
            for phrase in _words_of(catalog, flow)
            if (found := catalog.texts.find(phrase, language)) is not None
        }
        for language in catalog.texts.languages
        if language != SOURCE_LANGUAGE and catalog.is_complete(flow, language)
    }
    texts = {**(earlier.texts if earlier else {}), **whole}
    return Kept(flow.id, flow.version, catalog.documents[flow.id], texts)


def with_versions(catalog: Catalog, kept: Iterable[Kept]) -> Catalog:
    """The content with these earlier versions, and with earlier texts where today's are not whole.

    A version that cannot be read any more, or that rests on a fact, sum, number or flow that is
    gone, is left out: who is inside goes on in the live one.
    """
    sentences: dict[str, dict[tuple[str, str], str]] = {}
    versions = []
    for row in sorted(kept, key=lambda row: _is_live(catalog, row)):  # live ones have the last word
        live = _is_live(catalog, row)
        flow = catalog.flows[row.flow] if live else _read(catalog, row)
        if flow is None:
            continue
        if not live:
            versions.append(flow)
        for language, texts in row.texts.items():
            if live and catalog.is_complete(flow, language):
                continue
            known = sentences.setdefault(language, {})
            for phrase in _words_of(catalog, flow):
                stands = not live and catalog.texts.find(phrase, language) is not None
                if phrase.context in texts and not stands:
                    known[phrase.context, phrase.text] = texts[phrase.context]
    return Catalog(
        catalog.flows,
        catalog.texts.keeping(sentences),
        sources=catalog.sources,
        hotlines=catalog.hotlines,
        amounts=catalog.amounts,
        calendar=catalog.calendar,
        versions=versions,
        documents=catalog.documents,
        recordings=catalog.recordings,
    )


def _is_live(catalog: Catalog, row: Kept) -> bool:
    live = catalog.flows.get(row.flow)
    return live is not None and live.version == row.version


def _read(catalog: Catalog, row: Kept) -> Flow | None:
    if row.flow in catalog.flows and row.flow not in catalog.documents:
        return None  # nobody has signed the tree: it hands over instead of advising
    try:
        flow = replace(parse_flow(row.document, row.flow), version=row.version)
    except FlowError:
        return None
    flows = {**catalog.flows, flow.id: flow}
    faults = any(faults_between(flows, catalog.sources, catalog.hotlines))
    return None if faults or _names(flow) - catalog.insertions.keys() else flow


def _names(flow: Flow) -> set[str]:
    """The sums and numbers that a flow inserts or reckons with."""
    inserted = {name for p in phrases_of(flow) for name in INSERTED.findall(p.text)}
    for node in flow.nodes.values():
        inserted -= {*node.compute, getattr(node, "save", None)}
    reckoned = chain.from_iterable(_expressions(node) for node in flow.nodes.values())
    return inserted | {name for source in reckoned for name in AMOUNT.findall(source)}


def _expressions(node: Node) -> Iterator[str]:
    yield from node.compute.values()
    if isinstance(node, Branch):
        yield from (condition for condition, _ in node.arms if condition)


def _words_of(catalog: Catalog, flow: Flow) -> Iterator[Phrase]:
    return chain(phrases_of(flow), catalog.sentences_of(flow))


# -- what a change is --------------------------------------------------------------------------


class Change(StrEnum):
    """How much of a flow is changed."""

    NEW = "new"
    NONE = "unchanged"
    WORDS = "only words"
    STRUCTURE = "structure"
    GONE = "gone"


@dataclass(frozen=True)
class Difference:
    """A flow, before and now. `waiting`: languages in which the new words are not whole yet."""

    flow: str
    change: Change
    old: Flow | None = None
    added: tuple[str, ...] = ()  # nodes
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def altered(self) -> tuple[str, ...]:
        """All nodes that are not as they were."""
        return (*self.added, *self.removed, *self.changed)


def differences(catalog: Catalog, live: Mapping[str, Kept]) -> list[Difference]:
    """What publishing this content would change; `live` is what was published last, by flow."""
    now = kept_now(catalog, {(row.flow, row.version): row for row in live.values()})
    found = [_difference(catalog, row, live.get(row.flow)) for row in now]
    gone = (Difference(flow, Change.GONE, _old(row)) for flow, row in live.items())
    return [*found, *(lost for lost in gone if lost.flow not in catalog.flows)]


def _difference(catalog: Catalog, now: Kept, before: Kept | None) -> Difference:
    if before is None:
        return Difference(now.flow, Change.NEW)
    flow, old = catalog.flows[now.flow], _old(before)
    waiting = tuple(lang for lang in before.texts if not catalog.is_complete(flow, lang))
    if old is None:
        return Difference(now.flow, Change.STRUCTURE, waiting=waiting)
    if before.version == now.version:
        changed = tuple(i for i in flow.nodes if _words(flow.nodes[i]) != _words(old.nodes[i]))
        words = before.texts != now.texts or [*phrases_of(old)] != [*phrases_of(flow)]
        change = Change.WORDS if words else Change.NONE
        return Difference(now.flow, change, old, changed=changed, waiting=waiting)
    return Difference(
        now.flow,
        Change.STRUCTURE,
        old,
        added=tuple(node for node in flow.nodes if node not in old.nodes),
        removed=tuple(node for node in old.nodes if node not in flow.nodes),
        changed=tuple(
            node
            for node, known in old.nodes.items()
            if node in flow.nodes and shape_of(known) != shape_of(flow.nodes[node])
        ),
        waiting=waiting,
    )


def _old(row: Kept) -> Flow | None:
    try:
        return replace(parse_flow(row.document, row.flow), version=row.version)
    except FlowError:
        return None


def _words(node: Node) -> list[str | None]:
    texts = [getattr(node, "text", None), getattr(node, "retry", None)]
    if isinstance(node, Choose | Ask):
        texts += [text for option in node.options.values() for text in (option.label, option.also)]
    return [text and text.text for text in texts]
