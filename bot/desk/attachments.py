"""Files of a case: how a page shows them, and how they are sent to a browser.

Only kinds that browsers show harmlessly are shown; everything else is saved. A saved file is
called after its number: its own name may tell whose it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from bot.desk import phrases
from bot.desk.forms import clean_name
from bot.desk.reader import Reader
from storage.records import Attachment, CaseId

# media type -> how a page shows it, ending of a saved file
SHOWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "image/jpeg": ("image", "jpg"),
        "image/png": ("image", "png"),
        "image/webp": ("image", "webp"),
        "image/gif": ("image", "gif"),
        "audio/ogg": ("audio", "ogg"),
        "audio/mpeg": ("audio", "mp3"),
        "audio/mp4": ("audio", "m4a"),
        "audio/aac": ("audio", "aac"),
        "audio/amr": ("audio", "amr"),
        "audio/wav": ("audio", "wav"),
        "audio/webm": ("audio", "weba"),
        "video/mp4": ("video", "mp4"),
        "video/webm": ("video", "webm"),
        "video/3gpp": ("video", "3gp"),
        "application/pdf": ("pdf", "pdf"),
    }
)
OTHER_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/msword": "doc",
        "text/plain": "txt",
    }
)
SAVED_AS = "application/octet-stream"


@dataclass(frozen=True)
class FileView:
    """A file on a page."""

    address: str
    shown_as: str  # image, audio, video, pdf, or "" for one that is only saved
    name: str
    size: str


def file_view(reader: Reader, case_id: CaseId, attachment: Attachment) -> FileView:
    """How a page shows this file."""
    shown_as, _ = SHOWN.get(attachment.media_type, ("", ""))
    return FileView(
        address=f"/desk/cases/{case_id}/files/{attachment.id}",
        shown_as=shown_as,
        name=clean_name(attachment.name) or reader.say(phrases.UNNAMED),
        size=f"{max(1, round(attachment.size_bytes / 1024))} KB",
    )


def send(request: web.Request, attachment: Attachment, content: bytes) -> web.Response:
    """The file, or the part of it that a player asks for."""
    media_type = attachment.media_type if attachment.media_type in SHOWN else SAVED_AS
    ending = SHOWN.get(attachment.media_type, ("", ""))[1]
    ending = ending or OTHER_ENDINGS.get(attachment.media_type, "bin")
    shown = "attachment" if media_type == SAVED_AS else "inline"
    headers = {
        "Content-Disposition": f'{shown}; filename="hamrah-{attachment.id}.{ending}"',
        "Accept-Ranges": "bytes",
    }
    part = _wanted(request, len(content))
    if part is None:
        return web.Response(body=content, content_type=media_type, headers=headers)
    if not part:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    body = content[part.start : part.stop]
    return web.Response(status=206, body=body, content_type=media_type, headers=headers)


def _wanted(request: web.Request, size: int) -> range | None:
    """The bytes that the browser asks for; None for all, empty where there are none such."""
    if "Range" not in request.headers:
        return None
    try:
        return range(size)[request.http_range]
    except ValueError:  # several parts, or nonsense: the whole file answers these
        return None
