"""Sessions as JSON, for storage."""

import json
from datetime import date, datetime
from typing import Any

from flows.model import Answer, Aside, Before, Entry, Session

FORMAT = 1


def dump_session(session: Session) -> str:
    """A session as JSON."""
    data = {
        "format": FORMAT,
        "flow": session.flow,
        "language": session.language,
        "at": session.at.isoformat(),
        "day": session.day.isoformat(),
        "log": [_dump_entry(entry) for entry in session.log],
        "asked": session.asked,
        "versions": dict(session.versions),
        "open": session.open,
        "draft": session.draft,
        "misses": session.misses,
        "before": _dump_before(session.before),
        "changing": session.changing,
        "then": session.then,
    }
    return json.dumps(data, ensure_ascii=False)


def parse_session(text: str | None) -> Session | None:
    """The session of a JSON text; None for None."""
    if text is None:
        return None
    data = json.loads(text)
    if data.pop("format") != FORMAT:
        raise ValueError("a session of another format")
    data["at"] = datetime.fromisoformat(data["at"])
    data["day"] = date.fromisoformat(data["day"])
    data["log"] = tuple(_parse_entry(entry) for entry in data["log"])
    data["open"] = tuple(data["open"]) if data.get("open") else None
    data["before"] = _parse_before(data.get("before"))
    return Session(**data)


def dump_answer(answer: Answer) -> list[Any]:
    """An answer as a JSON list."""
    value = answer.value if isinstance(answer.value, str) else list(answer.value)
    return [answer.flow, answer.node, value, answer.chosen]


def parse_answer(data: list[Any]) -> Answer:
    """The answer of a JSON list."""
    flow, node, value, chosen = data
    return Answer(flow, node, value if isinstance(value, str) else tuple(value), chosen)


def _dump_before(before: Before | None) -> list[Any] | None:
    if before is None:
        return None
    return [before.topic, dict(before.flags), [dump_answer(a) for a in before.answers]]


def _parse_before(data: list[Any] | None) -> Before | None:
    if data is None:
        return None
    topic, flags, answers = data
    return Before(topic, flags, tuple(parse_answer(answer) for answer in answers))


def _dump_entry(entry: Entry) -> list[Any]:
    return [entry.flow] if isinstance(entry, Aside) else dump_answer(entry)


def _parse_entry(data: list[Any]) -> Entry:
    return Aside(data[0]) if len(data) == 1 else parse_answer(data)
