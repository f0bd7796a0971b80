"""What a deep link says: t.me/BOT?start=lang-fa__from-clinic__go-k7fq. Parts joined by "__".

    lang-fa       the language that the person reads
    from-NAME     where the link was seen: counted by month, never stored with the person
    go-CODE       the topic that it leads to (flows/topics.py)
    w_CODE        the workshop that it leads to;  h_CODE: its door
    join-TOKEN    goes on with what staff began for a person without a chat; works once

The words of a link are neutral: it says nothing about wages, violence or lawyers.
"""

import re
from dataclasses import dataclass

from bot.errors import BadInput
from bot.messages import Content, JoinIn, TextIn
from bot.runtime import Runtime
from flows.topics import code_of, find_topic, topics

MAX_PAYLOAD = 64  # characters of A-Za-z0-9_-; python-telegram-bot, constants.DeepLinkingLimit
JOIN = re.compile(r"[0-9a-f]{40}")
SOURCE = re.compile(r"[a-z0-9]{1,16}")
SPOKEN = re.compile(r"[wh]_[A-Za-z0-9]{6}")  # of a workshop's link: as if it were typed


@dataclass(frozen=True)
class Link:
    """What a deep link said."""

    language: str | None = None
    source: str | None = None
    topic: str | None = None  # the flow that it leads to
    content: Content | None = None  # what is said by following it; None: only that the chat opens


NO_LINK = Link()


def read_payload(runtime: Runtime, payload: str) -> Link:
    """What can be made out of a payload; anybody may have written it."""
    found: dict[str, str] = {}
    content: Content | None = None
    for part in payload[:MAX_PAYLOAD].split("__"):
        if SPOKEN.fullmatch(part):
            content = content or TextIn(part)
        key, _, value = part.partition("-")
        found.setdefault(key, value)
    language, source = found.get("lang", ""), found.get("from", "")
    if JOIN.fullmatch(found.get("join", "")):
        content = JoinIn(found["join"])
    return Link(
        language if language in runtime.languages else None,
        source if SOURCE.fullmatch(source) else None,
        find_topic(runtime.catalog, found["go"]) if "go" in found else None,
        content,
    )


def write_payload(
    runtime: Runtime, *, topic: str = "", workshop: str = "", language: str = "", source: str = ""
) -> str:
    """The payload of a link for a leaflet; raises BadInput for what no link can say."""
    if language and language not in runtime.languages:
        raise BadInput("language", f"one of {', '.join(runtime.languages)}")
    if source and not SOURCE.fullmatch(source):
        raise BadInput("from", "up to 16 small letters and digits, like clinic7")
    known = topics(runtime.catalog)
    if topic and topic not in known:
        raise BadInput("topic", f"one of {', '.join(known)}")
    if workshop and not SPOKEN.fullmatch(f"w_{workshop}"):
        raise BadInput("workshop", "the six letters of its link")
    parts = [
        f"lang-{language}" if language else "",
        f"from-{source}" if source else "",
        f"go-{code_of(topic)}" if topic else "",
        f"w_{workshop}" if workshop else "",
    ]
    return "__".join(part for part in parts if part)
