"""Who is writing (a random cookie), in which language, and whether our own page sent it."""

import hashlib
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from aiohttp import web

from bot.runtime import Runtime
from storage.conversations import find_address, get_open_conversation
from storage.database import Tx
from storage.records import Conversation

CHANNEL, ACCOUNT = "webchat", "web"
COOKIE = "hamrah_chat"
COOKIE_SECONDS = 365 * 24 * 3600
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64, as runtime.token makes them
MAX_LANGUAGES = 20  # of one Accept-Language header
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Visitor:
    """A browser. The token opens its chat, so it is never logged and never put into a page."""

    token: str
    language: str | None = None  # the best one that we speak

    def __repr__(self) -> str:
        return "Visitor(...)"

    @property
    def identifiers(self) -> Mapping[str, str]:
        """What the conversation is found by."""
        return {"cookie": self.token}

    def platform_id(self, chosen_id: str) -> str:
        """A browser's own message id, made unlike that of any other browser."""
        return f"{self.digest()}:{chosen_id}"

    def digest(self, *parts: int | None) -> str:
        """A short name for a chat of this visitor; nothing can be learnt from it."""
        name = ":".join([self.token, *map(str, parts)])
        return hashlib.sha256(name.encode()).hexdigest()[:32]

    def conversation(self, tx: Tx) -> Conversation | None:
        """The visitor's open conversation, or None before the first contact."""
        address_id = find_address(tx, CHANNEL, ACCOUNT, ("cookie", self.token))
        return None if address_id is None else get_open_conversation(tx, address_id)


def visitor_of(request: web.Request, runtime: Runtime) -> Visitor | None:
    """The visitor that the cookie names; None without one, or where it cannot be ours."""
    token = request.cookies.get(COOKIE, "")
    if not TOKEN.fullmatch(token):
        return None
    return Visitor(token, best_language(request, runtime.languages))


def set_cookie(answer: web.Response, visitor: Visitor, *, secure: bool) -> None:
    """Let the browser come back as this visitor."""
    answer.set_cookie(
        COOKIE,
        visitor.token,
        max_age=COOKIE_SECONDS,
        path="/chat",
        secure=secure,
        httponly=True,
        samesite="Lax",
    )


def best_language(request: web.Request, spoken: Container[str]) -> str | None:
    """The language of the address (?lang=fa), else the best of the browser's that we speak."""
    asked = request.query.get("lang", "")
    if asked in spoken:
        return asked
    weighted = []
    for part in request.headers.get("Accept-Language", "").split(",")[:MAX_LANGUAGES]:
        code, _, quality = part.partition(";q=")
        weighted.append((_quality(quality), code.strip().replace("-", "_")))
    for _, code in sorted(weighted, key=lambda pair: -pair[0]):
        for candidate in (code, code.partition("_")[0].lower()):
            if candidate in spoken:
                return candidate
    return None


def from_our_page(request: web.Request, runtime: Runtime) -> bool:
    """Whether a page of ours sent this: another site may use the cookie, but cannot hide its name.

    Sockets and forms carry an Origin in every browser; a request without one is refused.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = _split(request.headers.get("Origin", ""))
    if origin is None or (runtime.settings.secure and origin.scheme != "https"):
        return False
    public = _split(runtime.settings.public_url)
    here = _split(f"{origin.scheme}://{request.host}")
    return any(known is not None and _place(origin) == _place(known) for known in (public, here))


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises ValueError for a port that is none
    except ValueError:
        return None
    return parts if parts.scheme in DEFAULT_PORTS and parts.hostname else None


def _place(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme]
