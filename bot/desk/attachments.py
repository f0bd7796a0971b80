"""Files of a case: how a page shows them, and how they are sent to a browser.

Only kinds that browsers show harmlessly are shown; everything else is saved. A saved file is
called after its number: its own name may tell whose it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from bot.desk import phrases
from bot.desk.forms import clean
from bot.desk.reader import Reader
from bot.media import TYPES
from storage.records import Attachment, AttachmentId, CaseId

SHOWN_AS: Mapping[str, str] = MappingProxyType(  # kind of file -> element of the page
    {"photo": "image", "voice": "audio", "video": "video"}
)
PDF = "application/pdf"
NOT_SHOWN = frozenset({"image/heic"})  # few browsers can
IN_OUR_PAGE = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SAVED_AS = "application/octet-stream"


@dataclass(frozen=True)
class FileView:
    """A file on a page."""

    id: AttachmentId
    address: str
    shown_as: str  # image, audio, video, pdf, or "" for one that is only saved
    name: str
    size: str


def file_view(reader: Reader, case_id: CaseId, attachment: Attachment) -> FileView:
    """How a page shows this file."""
    return FileView(
        id=attachment.id,
        address=f"/desk/cases/{case_id}/files/{attachment.id}",
        shown_as=_shown_as(attachment.media_type),
        name=BIDI_CONTROLS.sub("", clean(attachment.name)) or reader.say(phrases.UNNAMED),
        size=f"{max(1, round(attachment.size_bytes / 1024))} KB",
    )


def send(request: web.Request, attachment: Attachment, content: bytes) -> web.Response:
    """The file, or the part of it that a player asks for."""
    known = TYPES.get(attachment.media_type)
    shown = _shown_as(attachment.media_type) != ""
    media_type = attachment.media_type if shown else SAVED_AS
    how, ending = "inline" if shown else "attachment", known.suffixes[0] if known else ".bin"
    headers = {
        "Content-Disposition": f'{how}; filename="hamrah-{attachment.id}{ending}"',
        "Accept-Ranges": "bytes",
    }
    if media_type == PDF:  # shown inside the page of the case, and nowhere else
        headers["Content-Security-Policy"] = IN_OUR_PAGE
    part = _wanted(request, len(content))
    if part is None:
        return web.Response(body=content, content_type=media_type, headers=headers)
    if not part:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    body = content[part.start : part.stop]
    return web.Response(status=206, body=body, content_type=media_type, headers=headers)


def _shown_as(media_type: str) -> str:
    """image, audio, video or pdf; "" for what is only saved."""
    known = TYPES.get(media_type)
    if known is None or media_type in NOT_SHOWN:
        return ""
    return "pdf" if media_type == PDF else SHOWN_AS.get(known.kind, "")


def _wanted(request: web.Request, size: int) -> range | None:
    """The bytes that the browser asks for; None for all, empty where there are none such."""
    if "Range" not in request.headers:
        return None
    try:
        return range(size)[request.http_range]
    except ValueError:  # several parts, or nonsense: the whole file answers these
        return None
