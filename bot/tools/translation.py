"""The translators' tools: collect every English sentence, merge it into the catalogs, count.

Sentences come from the content (flows/) and from the Phrase(...) constants of our Python code.
A catalog is merged by context, never by similarity: where the English of a context has changed,
the old translation stays as a fuzzy draft that is not shown to anyone.
"""

import ast
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel import localedata
from babel.messages.catalog import Catalog as Messages
from babel.messages.catalog import Message
from babel.messages.pofile import read_po, write_po

from bot.errors import BadInput
from bot.settings import LANGUAGE_CODE
from flows.catalog import Catalog, all_phrases
from flows.directory import load_directory
from flows.texts import DOMAIN, REVIEW_HEADERS, read_reviews

ROOT = Path(__file__).parents[2]
PYTHON = ("flows", "bot")  # folders with Phrase constants
# what only staff read: the desk speaks the languages of bot.office.staff.LANGUAGES
STAFF = frozenset({"desk", "outreach", "staff_chat", "workshops", "notice", "problem", "mail"})
WIDTH = 100
CONTEXT = re.compile(r"[a-z_]+(\.[a-zA-Z0-9_]+)+")
HEADER = """\
# Translations for Hamrah.
# Licence: CC BY 4.0 (LICENSE-CONTENT).
# How to help: locales/README.md."""


@dataclass(frozen=True)
class Count:
    """How far a part of a language is."""

    total: int
    done: int
    fuzzy: int

    @property
    def missing(self) -> int:
        return self.total - self.done - self.fuzzy


def collect(catalog: Catalog, root: Path = ROOT) -> Messages:
    """Every sentence to translate, in a stable order: by context."""
    messages = Messages(project="Hamrah", charset="utf-8", header_comment=HEADER)
    known: dict[str, str] = {}
    for context, text, plural, place in sorted(_sentences(catalog, root)):
        if known.setdefault(context, text) != text:  # one of them would lose its translation
            raise ValueError(f"the context {context} stands for two sentences: {place[0]}")
        message_id = (text, plural) if plural else text
        messages.add(message_id, locations=[place], context=context, flags=_flags(text))
    return messages


def merge(template: Messages, old: Messages | None, language: str) -> Messages:
    """A catalog with the template's sentences and what is known of their translations."""
    merged = Messages(
        locale=language, project="Hamrah", charset="utf-8", header_comment=HEADER, fuzzy=False
    )
    if old is not None:
        merged.mime_headers = [
            (k, v) for k, v in old.mime_headers if k not in ("POT-Creation-Date",)
        ]
    known = {message.context: message for message in old or () if message.id}
    for message in template:
        if not message.id:
            continue
        before = known.get(message.context)
        translation, flags, previous = _kept(message, before)
        merged.add(
            message.id,
            translation,
            locations=message.locations,
            context=message.context,
            flags=flags,
            previous_id=previous,
            user_comments=before.user_comments if before else (),
        )
    return merged


def update_catalogs(
    catalog: Catalog, locales: Path, languages: list[str] | None = None
) -> dict[str, Count]:
    """Merge the template into every catalog (and new ones for `languages`)."""
    for code in languages or ():
        if not LANGUAGE_CODE.match(code) or not localedata.exists(code):
            raise BadInput("add", f"{code} is not the code of a language, like ka")
    template = collect(catalog)
    _write(template, locales / f"{DOMAIN}.pot")
    found = {path.parent.parent.name for path in _catalog_paths(locales)}
    counts = {}
    for language in sorted(found | set(languages or ())):
        path = locales / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        merged = merge(template, _read(path, language), language)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(merged, path)
        counts[language] = _count(list(merged))
    return counts


def status(catalog: Catalog, locales: Path) -> Mapping[str, Mapping[str, Count]]:
    """Per language and part ("interface", "desk", each flow, "law"): how much is translated."""
    template = collect(catalog)
    result: dict[str, Mapping[str, Count]] = {}
    for path in _catalog_paths(locales):
        language = path.parent.parent.name
        parts: dict[str, list[Message]] = defaultdict(list)
        for message in merge(template, _read(path, language), language):
            if message.id:
                parts[_part(catalog, message.context or "")].append(message)
        result[language] = {part: _count(messages) for part, messages in sorted(parts.items())}
    return result


def reviews(locales: Path) -> Mapping[str, Mapping[str, str]]:
    """Per language: who has read it as a native speaker and as a lawyer."""
    return {path.parent.parent.name: read_reviews(path) for path in _catalog_paths(locales)}


def _sentences(catalog: Catalog, root: Path) -> Iterator[tuple[str, str, str, tuple[str, int]]]:
    for phrase in all_phrases(catalog):
        flow = catalog.flows.get(phrase.context.split(".")[0])
        place = (f"flows/content/{flow.file if flow else 'sources.yaml'}", 1)
        yield phrase.context, phrase.text, phrase.plural or "", place
    for phrase in load_directory(root / "flows" / "content").phrases():
        yield phrase.context, phrase.text, "", ("flows/content/recipients.yaml", 1)
    for folder in PYTHON:
        for path in sorted((root / folder).rglob("*.py")):
            yield from _constants(path, str(path.relative_to(root)))


def _constants(path: Path, name: str) -> Iterator[tuple[str, str, str, tuple[str, int]]]:
    """The Phrase("context", "text") calls of a Python file that are all constants."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Phrase":
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            if len(given) >= 2 and len(given) == len(node.args):
                context, text, *plural = map(str, given)
                if CONTEXT.fullmatch(context):
                    yield context, text, (plural or [""])[0], (name, node.lineno)


def _flags(text: str) -> tuple[str, ...]:
    return ("python-brace-format",) if "{" in text else ()


def _kept(message: Message, before: Message | None) -> tuple[Any, set[str], tuple[str, ...]]:
    flags = set(message.flags) - {"fuzzy"}
    if before is None or not before.string or before.string == ("",):
        return "", flags, ()
    if before.id == message.id:
        return before.string, flags | ({"fuzzy"} & before.flags), tuple(before.previous_id)
    previous = tuple(map(str, before.id if isinstance(before.id, tuple) else (before.id,)))
    if isinstance(before.string, tuple) != isinstance(message.id, tuple):
        return "", flags, ()
    return before.string, flags | {"fuzzy"}, previous


def _part(catalog: Catalog, context: str) -> str:
    first = context.split(".")[0]
    if first in catalog.flows:
        return first
    if first in STAFF:
        return "desk"
    return "law" if first in ("source", "hotline") else "interface"


def _count(messages: list[Message]) -> Count:
    real = [message for message in messages if message.id]
    fuzzy = sum(message.fuzzy for message in real)
    done = sum(bool(m.string) and m.string != ("",) and not m.fuzzy for m in real)
    return Count(total=len(real), done=done, fuzzy=fuzzy)


def _catalog_paths(locales: Path) -> list[Path]:
    return sorted(locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def _read(path: Path, language: str) -> Messages | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _write(messages: Messages, path: Path) -> None:
    # a fixed date: a catalog changes only where its sentences do
    messages.creation_date = datetime(2026, 11, 22, tzinfo=UTC)
    buffer = io.BytesIO()
    write_po(buffer, messages, width=WIDTH, include_previous=True)
    content = buffer.getvalue().decode()
    if path.suffix == ".po":  # Babel drops headers that it does not know
        kept = read_reviews(path)
        lines = "".join(f'"{name}: {kept[name]}\\n"\n' for name in REVIEW_HEADERS)
        content = content.replace('"MIME-Version:', f'{lines}"MIME-Version:', 1)
    partial = path.with_suffix(".part")
    partial.write_text(content, encoding="utf-8")
    partial.replace(path)
