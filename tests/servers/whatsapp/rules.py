"""What Meta refuses (PLATFORMS.md 1b): lengths, numbers, ids, the pace, the window, templates."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.servers.whatsapp.faults import Refused

Json = dict[str, Any]
FIELDS = {
    "messaging_product", "recipient_type", "to", "recipient", "type", "context",
    "biz_opaque_callback_data",
}  # fmt: skip
TYPES = ("text", "interactive", "template", "image", "audio", "video", "document")
WINDOW = timedelta(hours=24)
PAIR_BURST, PAIR_SECONDS = 45, 6.0
CAPTION = 1024
SIZES = {"image": 5, "audio": 16, "video": 16, "document": 100}
MIMES = {
    "image": ("image/jpeg", "image/png"),
    "audio": ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr"),
    "video": ("video/mp4", "video/3gpp"),
}


def units(text: str) -> int:
    """Characters, as the strictest reader counts them."""
    return len(text.encode("utf-16-le")) // 2


def check_message(body: Json, media: Mapping[str, Any]) -> None:
    """Raises Refused for what Meta does not take."""
    kind = body.get("type")
    if body.get("messaging_product") != "whatsapp" or body.get("recipient_type") != "individual":
        raise Refused(100, "messaging_product or recipient_type")
    if kind not in TYPES or not isinstance(body.get(kind), dict):
        raise Refused(131009, f"type {kind}")
    if strange := body.keys() - FIELDS - {kind}:
        raise Refused(100, f"unknown {sorted(strange)}")
    if not body.get("to") and not body.get("recipient"):
        raise Refused(131008, "nobody to send it to")
    if len(str(body.get("biz_opaque_callback_data", ""))) > 512:
        raise Refused(100, "tracker too long")
    inner = body[kind]
    if kind == "text":
        _text(inner.get("body"), 4096, "text")
    elif kind == "interactive":
        _interactive(inner)
    elif kind in SIZES:
        _media(kind, inner, media)


def _text(text: Any, limit: int, what: str) -> None:
    if not isinstance(text, str) or not text.strip():
        raise Refused(131008, f"{what} is missing")
    if units(text) > limit:
        raise Refused(131009, f"{what} has {units(text)} characters, {limit} fit")


def _interactive(inner: Json) -> None:
    _text(inner.get("body", {}).get("text"), 1024, "body")
    if "footer" in inner:
        _text(inner["footer"].get("text"), 60, "footer")
    action = inner.get("action", {})
    if inner.get("type") == "button":
        replies = [button["reply"] for button in action.get("buttons", [])]
        _labels(replies, 3, 20, 256)
        titles = [reply["title"] for reply in replies]
        if len(set(titles)) != len(titles):
            raise Refused(131009, "two buttons say the same")
        return
    if inner.get("type") == "request_contact_info":  # docs.kapso.ai, read 2026-11-28
        if action != {"name": "request_contact_info"}:
            raise Refused(131009, "action")
        return
    if inner.get("type") != "list":
        raise Refused(131009, "interactive type")
    _text(action.get("button"), 20, "button of the list")
    sections = action.get("sections", [])
    if not 1 <= len(sections) <= 10 or (
        len(sections) > 1 and not all("title" in s for s in sections)
    ):
        raise Refused(131009, "sections")
    rows = [row for section in sections for row in section["rows"]]
    _labels(rows, 10, 24, 200)
    for row in rows:
        if "description" in row:
            _text(row["description"], 72, "description")


def _labels(items: list[Json], most: int, title: int, data: int) -> None:
    if not 1 <= len(items) <= most:
        raise Refused(131009, f"{len(items)} answers, {most} fit")
    ids = [item["id"] for item in items]
    if len(set(ids)) != len(ids) or any(not 1 <= len(each) <= data for each in ids):
        raise Refused(131009, "ids")
    for item in items:
        _text(item["title"], title, "title")


def _media(kind: str, inner: Json, media: Mapping[str, Any]) -> None:
    stored = media.get(str(inner.get("id")))
    if stored is None:
        raise Refused(131053, "no such media")
    if kind in MIMES and stored.media_type not in MIMES[kind]:
        raise Refused(131053, f"{stored.media_type} as {kind}")
    if len(stored.content) > SIZES[kind] * 1024 * 1024:
        raise Refused(131053, "too big")
    if "caption" in inner:
        if kind == "audio":
            raise Refused(100, "audio has no caption")
        _text(inner["caption"], CAPTION, "caption")


class Pace:
    """How much may go out: in a second to all, and to one person."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._last: deque[datetime] = deque()
        self._pairs: dict[str, datetime] = {}

    def take(self, person: str, now: datetime) -> None:
        """Raises Refused where it is too much."""
        while self._last and now - self._last[0] >= timedelta(seconds=1):
            self._last.popleft()
        if len(self._last) >= self.per_second:
            raise Refused(130429, "throughput")
        step = timedelta(seconds=PAIR_SECONDS)
        free_at = max(self._pairs.get(person, now), now)
        if free_at - now > step * (PAIR_BURST - 1):
            raise Refused(131056, "pair rate")
        self._pairs[person] = free_at + step
        self._last.append(now)
