"""The published description of the Bot API, where it lies beside the project: the last judge.

The file is third-party data and no part of the project: `load()` returns None without it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.telegram.calls import Call
from tests.servers.telegram.files import Upload
from tests.servers.telegram.parameters import Parameter

PROJECT = Path(__file__).parents[3]
PLACE = PROJECT.parent / "shared" / "specs" / "telegram-bot-api-10.1.json"
KINDS = {
    "Integer": "int",
    "Float": "float",
    "Boolean": "bool",
    "String": "text",
    "Integer,String": "chat",
    "InputFile": "file",
    "InputFile,String": "file",
}
PLAIN_TYPES: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
    "String": (str,),
}
NEWER = frozenset(("can_send_welcome_messages",))  # of Bot API 10.3: aiogram 3.31 needs it
LENGTH = re.compile(r"(\d+)-(\d+) (characters|bytes)(?! in)")


@cache
def load(place: Path = PLACE) -> "Specification | None":
    """The description, or None where the file is not there."""
    if not place.exists():
        return None
    data = json.loads(place.read_text(encoding="utf-8"))
    return Specification(data["methods"], data["types"])


@dataclass(frozen=True)
class Specification:
    """All methods and types of one version."""

    methods: Mapping[str, Any]
    types: Mapping[str, Any]

    def parameters(self, method: str) -> dict[str, Parameter]:
        """What a method takes, in the words of our own table."""
        found = {}
        for item in self.methods[method].get("fields", []):
            kind = KINDS.get(",".join(item["types"]), "json")
            found[item["name"]] = Parameter(item["name"], kind, item["required"])
        return found

    def faults_of_call(self, call: Call) -> list[str]:
        """What is wrong with a call's parameters, and with the answer where it worked."""
        fields = {item["name"]: item for item in self.methods[call.method].get("fields", [])}
        faults = [f"{call.method} has no {name}" for name in call.params.keys() - fields.keys()]
        for name, item in fields.items():
            if name not in call.params:
                if item["required"]:
                    faults.append(f"{call.method} needs {name}")
                continue
            value = call.params[name]
            faults += self._field(f"{call.method}.{name}", item, value)
        if call.ok:
            returns = self.methods[call.method]["returns"]
            faults += self.faults_of(returns, call.result, f"{call.method} ->")
        return faults

    def faults_of(self, kinds: str | list[str], value: Any, where: str = "") -> list[str]:
        """What is wrong with a value that should be of one of these types."""
        kinds = [kinds] if isinstance(kinds, str) else kinds
        tried = [list(self._faults(kind, value, where or kind)) for kind in kinds]
        return min(tried, key=len)

    def _faults(self, kind: str, value: Any, where: str) -> Iterator[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where}: no array"
                return
            for index, item in enumerate(value):
                yield from self._faults(kind.removeprefix("Array of "), item, f"{where}[{index}]")
        elif kind in PLAIN_TYPES:
            right = isinstance(value, PLAIN_TYPES[kind])
            if not right or (isinstance(value, bool) and kind != "Boolean"):
                yield f"{where}: no {kind}: {value!r}"
        elif kind == "InputFile":
            if not isinstance(value, Upload):
                yield f"{where}: no file"
        else:
            yield from self._object(kind, value, where)

    def _object(self, kind: str, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: no {kind}: {value!r}"
            return
        if subtypes := self.types[kind].get("subtypes"):
            yield from self.faults_of(subtypes, value, where)
            return
        fields = {item["name"]: item for item in self.types[kind].get("fields", [])}
        for name in sorted(value.keys() - fields.keys() - NEWER):
            yield f"{where}: {kind} has no field {name}"
        for name, item in fields.items():
            if name in value:
                yield from self._field(f"{where}.{name}", item, value[name])
            elif item["required"]:
                yield f"{where}: {kind} needs {name}"

    def _field(self, where: str, item: Any, value: Any) -> Iterator[str]:
        yield from self.faults_of(item["types"], value, where)
        constant = re.search(r"always [\"“](\w+)[\"”]", item["description"])
        if constant and value != constant[1]:
            yield f"{where}: not {constant[1]}"
        limits = LENGTH.search(item["description"])
        if limits and isinstance(value, str) and "after entit" not in item["description"]:
            size = len(value.encode()) if limits[3] == "bytes" else len(value)
            if not int(limits[1]) <= size <= int(limits[2]):
                yield f"{where}: {size} {limits[3]}, may be {limits[1]} to {limits[2]}"
