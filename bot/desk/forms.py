"""What a browser posts: fields cleaned, sizes limited, files recognised by their content.

Everything stays in memory: a library's temporary file would put a worker's document on the disk
in the clear.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

from bot.errors import BadInput, HamrahError
from bot.media import MAX_FILE_BYTES, clean_name, type_of
from bot.messages import FileIn

MAX_BODY_BYTES = 25 * 1024 * 1024
MAX_FIELD_BYTES = 256 * 1024
MAX_FIELDS = 200  # an announcement has a box for every region and every language
NEWLINE = re.compile(r"\r\n?")


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

    def fingerprint(self) -> str:
        """The same for the same fields and file; another one for what was changed since."""
        known = hashlib.sha256(repr(sorted(self.fields.items())).encode(errors="surrogatepass"))
        if self.upload is not None:
            known.update(self.upload.name.encode(errors="surrogatepass"))
            known.update(self.upload.content or b"")
        return known.hexdigest()

    def file(self) -> FileIn | None:
        """The posted file, or None; raises BadInput where it is too large or of a wrong kind."""
        if self.upload is None:
            return None
        if self.upload.content is None:
            raise BadInput("file", "too large")
        found = type_of(self.upload.content)
        if found is None:
            raise BadInput("file", "type")
        name = clean_name(self.upload.name, found)
        return FileIn(found.kind, found.media_type, name, self.upload.content)


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
            upload = Upload(part.filename, bytes(content) if fits else None)
        elif not fits:
            raise TooLarge
        else:
            fields[part.name] = clean(content.decode("utf-8", "replace"))
    return Form(fields, upload)
