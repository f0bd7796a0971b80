"""Reads one YAML file of the content, with the line on which each part stands.

Whatever lies in the file (another encoding, a bomb of aliases, brackets a thousand deep, 10 MB),
the answer is a fault in plain words; nothing else is ever raised.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

MAX_FILE_BYTES = 512 * 1024
MAX_DEPTH = 20  # brackets in brackets; a flow needs seven
SAFE_DEPTH = 5000  # the parser in C composes this deep in a thread's stack of 8 MB
PLAIN_TAGS = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
}
TEXT = "tag:yaml.org,2002:str"
# control characters but for line feed and tab, and halves of characters
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong in a content file."""

    file: str
    line: int
    where: str  # the node, or a key of the file
    message: str
    code: str = field(default="E0", compare=False)  # the rule of `hamrah flows check`
    mend: str = field(default="", compare=False)

    def __str__(self) -> str:
        where = f" in {self.where}" if self.where else ""
        return f"{self.file}:{self.line}{where}: {self.message}"


class FlowError(Exception):
    """The content cannot be used; `faults` are all that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Lines:
    """Where each part of a YAML file stands, and what is wrong with it as YAML."""

    file: str
    marks: Mapping[tuple[str, ...], int]
    faults: tuple[Fault, ...] = ()

    def line(self, *path: str) -> int:
        """The line of this path of keys, or of the nearest part above it that exists."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, 1)

    def fault(self, path: tuple[str, ...], message: str, code: str = "E0", mend: str = "") -> Fault:
        """A fault at this path of keys."""
        inside = len(path) > 1 and not path[0].isdigit()  # of a table: the name of the entry
        where = path[1] if inside else (path[0] if path else "")
        return Fault(self.file, self.line(*path), where, message, code, mend)


def read_yaml(path: Path, name: str) -> tuple[Any, Lines]:
    """The data of a file that faults call `name`; raises FlowError where nothing can be made of it.

    Smaller faults are in the lines: they do not hide what else is wrong.
    """
    return parse_yaml(_text(path, name), name)


def parse_yaml(text: str, name: str) -> tuple[Any, Lines]:
    """The same for a text that was read before."""
    try:
        loader, root = _composed(text)
        if root is None:
            raise FlowError([Fault(name, 1, "", "is empty")])
        walk = _Walk(name, loader)
        walk.visit(root, ())
        return loader.construct_document(root), Lines(name, walk.marks, tuple(walk.faults))
    except RecursionError:
        raise FlowError([Fault(name, 1, "", "is nested too deeply")]) from None
    except yaml.YAMLError as error:
        raise FlowError([_unreadable(error, name)]) from None


def _composed(text: str) -> tuple[yaml.SafeLoader, yaml.Node | None]:
    """By the parser in C, ten times faster; what it refuses is left to the one with better words.

    Not what might be nested thousands deep: there the one in C overruns its stack.
    """
    width = max(map(len, text.splitlines()), default=0)  # no block is nested deeper than this
    if width + text.count("[") + text.count("{") < SAFE_DEPTH:
        with suppress(yaml.YAMLError, AttributeError):  # PyYAML may be built without the one in C
            fast = cast("yaml.SafeLoader", yaml.CSafeLoader(text))
            return fast, fast.get_single_node()
    slow = yaml.SafeLoader(text)
    return slow, slow.get_single_node()


def _text(path: Path, name: str) -> str:
    try:
        if not path.is_file():
            raise FlowError([Fault(name, 1, "", "is not a file")])
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FlowError([Fault(name, 1, "", f"is larger than {MAX_FILE_BYTES // 1024} kB")])
        text = path.read_bytes().decode("utf-8-sig")
        yaml.reader.Reader(text)  # looks for control characters
    except UnicodeDecodeError:
        mend = "Save it as plain text in the encoding UTF-8."
        raise FlowError([Fault(name, 1, "", "is not UTF-8 text", mend=mend)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"has a character that no text has (number {error.character})"
        mend = "Is this a text file? Save it as plain text in the encoding UTF-8."
        raise FlowError([Fault(name, line, "", message, mend=mend)]) from None
    except OSError as error:
        raise FlowError([Fault(name, 1, "", f"cannot be read: {error.strerror}")]) from None
    return text


def _unreadable(error: yaml.YAMLError, name: str) -> Fault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it cannot be read"
    mend = "Look at this line and the one before: a quote, a bracket, a colon or the indentation."
    if "'\\t'" in problem:
        problem, mend = "a tab stands where only spaces may stand", "Indent with two spaces."
    elif "mapping values are not allowed" in problem:
        problem = "a colon stands inside a text"
        mend = 'Put the text in quotes: say: "Please note: …".'
    return Fault(name, mark.line + 1 if mark else 1, "", f"is not YAML: {problem}", mend=mend)


def _printable(text: str) -> bool:
    """Whether a terminal, a database and a phone can take this text."""
    return UNPRINTABLE.search(text) is None


class _Walk:
    """Notes the line of each part; refuses what would make the data other than it looks."""

    def __init__(self, name: str, loader: yaml.SafeLoader) -> None:
        self.name = name
        self.loader = loader
        self.marks: dict[tuple[str, ...], int] = {}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()

    def visit(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        """Note this part and what is below it; raises FlowError for what cannot be looked into."""
        if id(node) in self._seen:
            raise FlowError(
                [self._fault(node, path, "uses an alias (*)", "Write the part out again.")]
            )
        if len(path) > MAX_DEPTH:
            raise FlowError([self._fault(node, path, "is nested too deeply")])
        if node.tag not in PLAIN_TAGS:
            raise FlowError([self._fault(node, path, f"uses {node.tag!r}, which is not allowed")])
        self._seen.add(id(node))
        self.marks.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                below = (*path, self._key(key, path, names))
                self.marks[below] = key.start_mark.line + 1
                self.visit(value, below)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self.visit(value, (*path, str(index)))
        else:
            self._scalar(node, path)

    def _key(self, key: yaml.Node, path: tuple[str, ...], names: set[str]) -> str:
        name = str(key.value)
        if (
            key.tag not in PLAIN_TAGS
            or not isinstance(key, yaml.ScalarNode)
            or not _printable(name)
        ):
            raise FlowError([self._fault(key, path, "has a key that is not a name")])
        if name in names:
            message = f"{name!r} stands twice"
            mend = "Rename or remove one of them."
            self.faults.append(self._fault(key, (*path, name), message, mend, "E6"))
        if key.tag.endswith(":bool"):
            message = f"without quotes, {name} means true or false"
            self.faults.append(self._fault(key, path, message, f'Write "{name}" in quotes.'))
        names.add(name)
        key.tag = TEXT  # so that the rest is checked with the name that was meant
        return name

    def _scalar(self, node: yaml.Node, path: tuple[str, ...]) -> None:
        if not _printable(node.value):
            self.faults.append(self._fault(node, path, "has a character that no text has"))
            node.value = "?"
        try:
            self.loader.construct_object(node)
        except (ValueError, OverflowError):
            shown = str(node.value)[:40]
            self.faults.append(self._fault(node, path, f"there is no such date or number: {shown}"))
            node.tag = TEXT
            self.loader.recursive_objects.pop(node, None)

    def _fault(
        self, node: yaml.Node, path: tuple[str, ...], message: str, mend: str = "", code: str = "E0"
    ) -> Fault:
        where = Lines(self.name, {}).fault(path, "").where
        return Fault(self.name, node.start_mark.line + 1, where, message, code, mend)
