"""What a browser posts: fields cleaned, sizes limited, files recognised by their content.

Everything stays in memory: a library's temporary file would put a worker's document on the disk
in the clear.
"""

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl

import puremagic
from aiohttp import BodyPartReader, web

from bot.errors import BadInput, HamrahError
from bot.messages import FileIn

MAX_BODY_BYTES = 25 * 1024 * 1024
MAX_FILE_BYTES = 20 * 1024 * 1024  # as much as a worker can send us by Telegram
MAX_FIELD_BYTES = 256 * 1024
MAX_FIELDS = 20
MAX_FILE_NAME = 100  # characters
NEWLINE = re.compile(r"\r\n?")
# they make a file name look like another one: "photo\u202egpj.exe"
BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# extension -> media type, kind of bot.messages
FILE_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        ".jpg": ("image/jpeg", "photo"),
        ".png": ("image/png", "photo"),
        ".webp": ("image/webp", "photo"),
        ".pdf": ("application/pdf", "document"),
        ".docx": (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "document",
        ),
        ".ogg": ("audio/ogg", "voice"),
        ".mp3": ("audio/mpeg", "voice"),
        ".mpga": ("audio/mpeg", "voice"),
        ".m4a": ("audio/mp4", "voice"),
        ".mp4": ("video/mp4", "video"),
    }
)


class TooLarge(HamrahError):
    """More was posted than we take."""


class StaleForm(HamrahError):
    """A form that this session's pages did not make; nothing was done."""

    def __init__(self, kept: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.kept = kept


@dataclass(frozen=True)
class Upload:
    """A posted file; content is None where it was too large to keep."""

    name: str
    content: bytes | None


@dataclass(frozen=True)
class Form:
    """A posted form."""

    fields: Mapping[str, str]
    upload: Upload | None = None

    def text(self, name: str) -> str:
        """A field; "" where it is missing."""
        return self.fields.get(name, "")

    def file(self) -> FileIn | None:
        """The posted file, or None; raises BadInput where it is too large or of a wrong kind."""
        if self.upload is None:
            return None
        if self.upload.content is None:
            raise BadInput("file", "too large")
        known = recognise(self.upload.content)
        if known is None:
            raise BadInput("file", "type")
        media_type, kind = known
        return FileIn(kind, media_type, self.upload.name, self.upload.content)


async def read_form(request: web.Request) -> Form:
    """Read a posted form of either encoding; raises TooLarge, StaleForm for a broken one."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge
    if request.content_type == "multipart/form-data":
        try:
            return await _read_multipart(request)
        except ValueError:  # a broken boundary, header or part
            raise StaleForm from None
    body = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > MAX_FIELD_BYTES:
            raise TooLarge
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise StaleForm from None
    return Form({name: clean(value) for name, value in pairs})


def clean(text: str) -> str:
    """A text without control characters, except line ends and tabs, and without half letters."""
    text = NEWLINE.sub("\n", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))


def clean_name(name: str) -> str:
    """A file's name that looks like what it is; without folders."""
    name = BIDI_CONTROLS.sub("", clean(name)).replace("\\", "/").split("/")[-1]
    return " ".join(name.split())[-MAX_FILE_NAME:]


def recognise(content: bytes) -> tuple[str, str] | None:
    """The media type and kind of a file by its first bytes; None for what we do not send."""
    try:
        matches = puremagic.magic_string(content)
    except (ValueError, puremagic.PureError):  # empty; unknown
        return None
    extension = next((m.extension for m in matches if m.extension in FILE_TYPES), None)
    if extension is None or (extension == ".docx" and not _is_word(content)):
        return None
    return FILE_TYPES[extension]


def _is_word(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "word/document.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError):
        return False


async def _read_multipart(request: web.Request) -> Form:
    fields: dict[str, str] = {}
    upload = None
    read_bytes = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(fields) > MAX_FIELDS:
            raise StaleForm
        limit = MAX_FILE_BYTES if part.filename else MAX_FIELD_BYTES
        content = bytearray()
        fits = True
        while chunk := await part.read_chunk():
            read_bytes += len(chunk)
            if read_bytes > MAX_BODY_BYTES:
                raise TooLarge
            fits = fits and len(content) + len(chunk) <= limit
            if fits:
                content += chunk
        if part.filename:
            upload = Upload(clean_name(part.filename), bytes(content) if fits else None)
        elif not fits:
            raise TooLarge
        else:
            fields[part.name] = clean(content.decode("utf-8", "replace"))
    return Form(fields, upload)
