"""Recordings: a person reads a question or an outcome aloud, for whoever cannot read it.

A recording is the file media/LANGUAGE/FLOW.NODE-HASH.ogg of the content. The hash is of the words
that were read: where a sentence changes, the old recording no longer fits and is not played.
"""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.model import Ask, Branch, Choose, Flow, Node, Phrase, Run
from flows.texts import Texts

FOLDER = "media"
SUFFIXES = (".ogg", ".mp3", ".m4a")  # Telegram shows OGG with Opus as a voice note
CHARACTERS_A_SECOND = 12  # of calm reading aloud; an estimate for planning the recording


@dataclass(frozen=True)
class Voice:
    """The words of a node in one language, and the recording of them where there is one."""

    name: str  # of the node: "wages.payday"
    language: str
    words: str  # a line for the text, one for each answer
    file: Path  # where the recording is, or belongs
    recorded: bool
    stale: tuple[Path, ...]  # recordings of other words

    @property
    def seconds(self) -> int:
        """How long the reading will take, roughly."""
        return math.ceil(len(self.words) / CHARACTERS_A_SECOND)


def voice_name(flow: Flow, node: Node) -> str:
    """What the recordings of a node are called, in every language."""
    return node.media or f"{flow.id}.{node.id}"


def words_of(node: Node, texts: Texts, language: str) -> str | None:
    """What a person would read aloud; None where there is nothing that stays the same.

    A text that inserts dates or sums is not recorded, nor one that is not whole in the language.
    """
    if isinstance(node, Branch | Run) or node.text is None:
        return None
    options = node.options.values() if isinstance(node, Choose | Ask) else ()
    phrases: list[Phrase] = [node.text, *(option.label for option in options)]
    if any("{" in phrase.text for phrase in phrases):
        return None
    found = [texts.find(phrase, language) for phrase in phrases]
    return "\n".join(text for text in found if text) if all(found) else None


def voices(
    flows: Iterable[Flow], texts: Texts, folder: Path, languages: Iterable[str]
) -> Iterator[Voice]:
    """Everything that can be recorded, by language, tree and node; `folder` is the content's."""
    known = recordings(folder)
    of_node: dict[tuple[str, str], list[Path]] = {}
    for (language, stem), path in known.items():
        of_node.setdefault((language, stem.rpartition("-")[0]), []).append(path)
    for language in languages:
        for flow in flows:
            for node in flow.nodes.values():
                words = words_of(node, texts, language)
                if words is None:
                    continue
                stem = stem_of(flow, node, words)
                file = known.get((language, stem))
                others = of_node.get((language, voice_name(flow, node)), [])
                yield Voice(
                    name=voice_name(flow, node),
                    language=language,
                    words=words,
                    file=file or folder / FOLDER / language / f"{stem}.ogg",
                    recorded=file is not None,
                    stale=tuple(path for path in others if path != file),
                )


def stem_of(flow: Flow, node: Node, words: str) -> str:
    """The name of a recording of these words, without its ending."""
    return f"{voice_name(flow, node)}-{hashlib.sha256(words.encode()).hexdigest()[:8]}"


def recordings(folder: Path) -> Mapping[tuple[str, str], Path]:
    """All recordings of a content folder, by language and name without ending."""
    found = sorted((folder / FOLDER).glob("*/*"))
    return {(p.parent.name, p.stem): p for p in found if p.suffix in SUFFIXES}
