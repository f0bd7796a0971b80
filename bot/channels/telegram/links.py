"""Deep links: t.me/BOT?start=lang-fa__from-poster. Short parts, joined by two underscores.

    lang-fa       the language of the first message
    join-TOKEN    goes on with what staff began for a person without a chat; works once
    from-NAME     where the link was seen; counted, never stored with the person

The words of a link are neutral: it says nothing about wages, violence or lawyers.
"""

import re
from dataclasses import dataclass

import structlog

from bot.runtime import Runtime

log = structlog.get_logger()
JOIN = re.compile(r"[0-9a-f]{40}")
SOURCE = re.compile(r"[a-z0-9]{1,16}")


@dataclass(frozen=True)
class Link:
    """What a deep link said."""

    language: str | None = None
    source: str | None = None
    join: str | None = None

    def count(self) -> None:
        """Count where it was seen: a line without any id."""
        if self.source is not None:
            log.info("telegram.link", source=self.source)


def read_payload(runtime: Runtime, payload: str) -> Link:
    """What can be made out of a payload; anybody may have written it."""
    found: dict[str, str] = {}
    for part in payload[:64].split("__"):
        key, _, value = part.partition("-")
        found.setdefault(key, value)
    language, source = found.get("lang", ""), found.get("from", "")
    join = found.get("join", "")
    return Link(
        language if language in runtime.languages else None,
        source if SOURCE.fullmatch(source) else None,
        join if JOIN.fullmatch(join) else None,
    )
