"""Says in plain words where and why a file is not well formed, in place of pydantic."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows import document as doc
from flows.yaml_file import Fault, Lines

Model = TypeVar("Model", bound=BaseModel)


def validated(
    model: type[Model], data: Any, lines: Lines
) -> tuple[Model | None, list[Fault], list[tuple[str, ...]]]:
    """The data as a model if it is well formed; its faults, and at which paths they are."""
    try:
        return model.model_validate(data), list(lines.faults), []
    except ValidationError as error:
        first = {_path(item, lines): item for item in reversed(error.errors())}
    first = {path: item for path, item in first.items() if not _is_misspelt(path, item, first)}
    told = {fault.line for fault in lines.faults}  # what is wrong as YAML is wrong here, too
    found = [_fault(path, item, lines) for path, item in first.items()]
    faults = [*lines.faults, *(fault for fault in found if fault.line not in told)]
    return None, faults, list(first)


def _path(item: Any, lines: Lines) -> tuple[str, ...]:
    """pydantic's place of an error, without what it puts in between: kinds of node, types."""
    loc = [str(part) for part in item["loc"]]
    if len(loc) > 2 and loc[0] == "nodes" and loc[2] in doc.KINDS:
        del loc[2]
    path: tuple[str, ...] = ()
    for position, part in enumerate(loc, start=1):
        if (*path, part) in lines.marks or (position == len(loc) and item["type"] == "missing"):
            path = (*path, part)
    return path


def _is_misspelt(path: tuple[str, ...], item: Any, items: Iterable[tuple[str, ...]]) -> bool:
    """Whether a missing word is there, but with a slip of the pen, which is told."""
    beside = [other[-1] for other in items if other[:-1] == path[:-1] and other != path]
    return item["type"] == "missing" and any(
        closest(word, doc.WORDS) == path[-1] for word in beside
    )


def _fault(path: tuple[str, ...], item: Any, lines: Lines) -> Fault:
    message, mend = _message(path[-1] if path else "", item)
    return lines.fault(path, message, mend=mend)


def _message(key: str, item: Any) -> tuple[str, str]:
    """What is wrong in plain words, and how to mend it."""
    context = item.get("ctx", {})
    match item["type"]:
        case "missing":
            return f"{key!r} is missing", f"Add a line `{key}: …`."
        case "extra_forbidden":
            return f"{key!r} is not a word that belongs here", did_you_mean(key, doc.WORDS)
        case "no_kind":
            words = item["input"] if isinstance(item["input"], Mapping) else ()
            close = next(filter(None, (did_you_mean(word, doc.KINDS) for word in words)), "")
            mend = close or f"Give it one of these words: {', '.join(doc.KINDS)}."
            return f"{key!r} does not say which kind of node it is", mend
        case "no_state":
            return f"{key!r} {item['msg']}", ""
        case "string_pattern_mismatch" if context["pattern"] == doc.NAME:
            mend = "Use small Latin letters, digits and _, beginning with a letter, at most 40."
            return f"{item['input']!r} is not a name", mend
        case "string_pattern_mismatch":
            return f"{item['input']!r} does not have the right form", ""
        case "string_type":
            return f"{key!r} should be a text", "Put it in quotes."
        case "string_too_long":
            return f"{key!r} is longer than {context['max_length']} characters", "Split it in two."
        case "too_long":
            return f"{key!r} has more than {context['max_length']} parts", "Split the flow in two."
        case "string_too_short" | "too_short":
            return f"{key!r} is empty", "Fill it in or remove it."
        case "bool_type" | "bool_parsing":
            return f"{key!r} should be true or false", "Write true or false, without quotes."
        case "literal_error" | "enum":
            return f"{key!r} should be one of {context['expected']}", ""
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            what = f"{key!r} should" if key else "should"
            return f"{what} be a list of words with values", "Write `word: value` lines."
        case "list_type" | "tuple_type":
            return f"{key!r} should be a list", "Write it in brackets: [first, second]."
        case kind if kind.startswith("date"):
            return f"{key!r} should be a date", "Write year, month and day: 2026-11-22."
        case kind if kind.startswith(("int", "decimal", "is_instance")):
            return f"{key!r} should be a number", ""
    return f"{key!r}: {item['msg'].lower()}", ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names the most similar of the known words; "" where none is."""
    close = closest(word, known)
    return f"Did you mean {close!r}?" if close else ""


def closest(word: str, known: Iterable[str]) -> str | None:
    """The most similar of the known words, or None."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.7)), None)
