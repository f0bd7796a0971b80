"""What pages share: their templates, a visitor's language, whether a page of ours sent a form."""

from collections.abc import Container
from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.runtime import Runtime

MAX_LANGUAGES = 20  # of one Accept-Language header
DEFAULT_PORTS = {"http": 80, "https": 443}


@cache
def templates(folder: Path) -> Environment:
    """The templates of a folder, each compiled once in a process.

    All that they insert is escaped, and a name that is not given is an error.
    """
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
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
