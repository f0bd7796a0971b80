"""Who has read and signed which tree, and whether it still means what was signed.

A signature holds three hashes: of the table of paths, of the English texts, and of the structure.
While texts and structure are the same, the tree is what was signed, and nothing else is looked
at; where the structure has changed, the table decides whether the meaning has.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import RootModel

from flows import CONTENT
from flows.catalog import Catalog
from flows.document import Id, Strict, Text
from flows.load import read_document
from flows.model import Ask, Choose, Flow
from flows.tools.answers import reached
from flows.tools.paths import TABLES, PathTable, paths, tabled_flows

SIGNATURES = "signatures.yaml"
HASH_LENGTH = 16  # hex digits
HEADER = """\
# Who has read and signed which tree. This file is written by: hamrah flows sign FLOW --name NAME
# The hashes are of the table of paths, of the English texts, and of the structure. Where the paths
# or the texts are no longer those, the signature is stale.
"""


class State(StrEnum):
    """Whether a lawyer stands behind a tree."""

    UNSIGNED = "unsigned"  # nobody has signed it
    SIGNED = "signed"  # it is as it was signed
    STALE = "stale"  # it was signed, and has changed since


@dataclass(frozen=True)
class Signature:
    """The state of a tree; the name and the day where somebody has signed it."""

    flow: str
    state: State
    name: str = ""
    signed_on: date | None = None
    changed: tuple[str, ...] = ()  # "paths", "texts": what makes it stale


class CannotSign(Exception):
    """Says in plain words what has to be done first."""


class SignatureDoc(Strict):
    """A signature, as it is written."""

    name: Text
    date: date
    paths: str
    texts: str
    structure: str


class SignaturesDoc(RootModel[dict[Id, SignatureDoc]]):
    """signatures.yaml."""


def signatures(catalog: Catalog, content: Path = CONTENT) -> Mapping[str, Signature]:
    """The state of every tree; raises FlowError where the file cannot be read.

    Quick while nothing has changed: a table of paths is made only for a tree of another structure
    than the signed one.
    """
    written = _read(content)
    return {flow.id: _state(catalog, flow, written.get(flow.id)) for flow in tabled_flows(catalog)}


def sign(catalog: Catalog, content: Path, flow: str, name: str, day: date) -> PathTable:
    """Write down that this person has read the tree's paths and texts, and agrees.

    Raises CannotSign where the committed table is not what the tree means now: what is signed is
    what was there to read.
    """
    table = paths(catalog, flow)
    committed = content / TABLES / f"{flow}.csv"
    if not committed.exists() or committed.read_text("utf-8") != table.csv:
        raise CannotSign(
            f"The table {committed} is not what the tree means now. Write it with "
            "`hamrah flows paths --write`, read it, then sign."
        )
    known = catalog.flows[flow]
    signature = SignatureDoc(
        name=name,
        date=day,
        paths=table.hash,
        texts=_texts(catalog, known),
        structure=_structure(catalog, known),
    )
    _write(content, {**_read(content), flow: signature})
    return table


def _state(catalog: Catalog, flow: Flow, written: SignatureDoc | None) -> Signature:
    if written is None:
        return Signature(flow.id, State.UNSIGNED)
    changed = []
    if written.structure != _structure(catalog, flow) and (
        written.paths != paths(catalog, flow.id).hash
    ):
        changed.append("paths")
    if written.texts != _texts(catalog, flow):
        changed.append("texts")
    state = State.STALE if changed else State.SIGNED
    return Signature(flow.id, state, written.name, written.date, tuple(changed))


def _structure(catalog: Catalog, flow: Flow) -> str:
    """Of all that the table of paths depends on: the tree, what it runs, sums, numbers."""
    versions = {known.id: known.version for known in reached(catalog, flow.id).values()}
    sums = {name: str(money) for name, money in catalog.amounts.items()}
    numbers = {name: hotline.number for name, hotline in catalog.hotlines.items()}
    return _hash([versions, sums, numbers])


def _texts(catalog: Catalog, flow: Flow) -> str:
    """Of what a worker reads in this tree: texts, buttons, laws, numbers and sums."""
    read: list[str] = [flow.title.text]
    for node in flow.nodes.values():
        read += [p.text for p in (getattr(node, k, None) for k in ("text", "retry")) if p]
        if isinstance(node, Choose | Ask):
            read += [option.label.text for option in node.options.values()]
        read += [catalog.sources[source].cite.text for source in node.sources]
        for hotline in (catalog.hotlines[name] for name in node.hotlines):
            read += [hotline.number, hotline.who.text, hotline.note.text if hotline.note else ""]
    everything = "\n".join(read)
    sums = {n: str(money) for n, money in catalog.amounts.items() if f"{{{n}}}" in everything}
    numbers = {
        n: hotline.number for n, hotline in catalog.hotlines.items() if f"{{{n}}}" in everything
    }
    return _hash([read, sums, numbers])


def _hash(parts: object) -> str:
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _read(content: Path) -> dict[str, SignatureDoc]:
    path = content / SIGNATURES
    return dict(read_document(path, SignaturesDoc)[0].root) if path.exists() else {}


def _write(content: Path, signed: Mapping[str, SignatureDoc]) -> None:
    data = {flow: signed[flow].model_dump() for flow in sorted(signed)}
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=100)
    path = content / SIGNATURES
    partial = path.with_suffix(".part")
    partial.write_text(HEADER + "\n" + text, "utf-8")
    partial.replace(path)
