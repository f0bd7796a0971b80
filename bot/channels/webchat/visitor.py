"""Who is writing (a random cookie), in which language, and whether our own page sent it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.runtime import Runtime
from bot.web import best_language
from storage.conversations import find_address, get_open_conversation
from storage.database import Tx
from storage.records import Conversation

CHANNEL, ACCOUNT = "webchat", "web"
COOKIE = "hamrah_chat"
COOKIE_SECONDS = 365 * 24 * 3600
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits in base64, as runtime.token makes them


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
