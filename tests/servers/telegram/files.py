"""Files: kept by id, told with their sizes, given out by links that die after an hour."""

import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.servers.telegram.errors import bad

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024  # Bot API 10.1, getFile
MAX_UPLOAD_BYTES = 50 * 1024 * 1024  # likewise, sendDocument
MAX_PHOTO_BYTES = 10 * 1024 * 1024  # likewise, sendPhoto
MAX_PHOTO_SIDES = 10_000  # width and height together
MAX_PHOTO_RATIO = 20
LINK_LIFETIME = timedelta(hours=1)  # "guaranteed at least 1 hour": here no minute longer

FOLDERS = {"photo": "photos", "voice": "voice", "video": "videos", "audio": "music"}
VOICE_STARTS = (b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")


@dataclass(frozen=True)
class Upload:
    """A file as it came in a call."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class StoredFile:
    """A file on the server. `size` may be told larger than the content, to test limits cheaply."""

    file_id: str
    unique_id: str
    kind: str
    content: bytes
    size: int
    name: str = ""
    media_type: str = ""
    width: int = 0
    height: int = 0
    seconds: int = 0

    def facts(self) -> dict[str, Any]:
        """What every kind of file tells."""
        return {
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.size,
        }


class Files:
    """All files, and the links given out for them."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._links: dict[str, tuple[StoredFile, datetime]] = {}

    def add(self, kind: str, content: bytes, *, size: int | None = None, **more: Any) -> StoredFile:
        """Keep a file under a new id."""
        number = len(self._by_id) + 1
        stored = StoredFile(
            file_id=f"AgACAgIAAxk-{kind}-{number:06d}",
            unique_id=f"AQAD{number:06d}",
            kind=kind,
            content=content,
            size=len(content) if size is None else size,
            **more,
        )
        self._by_id[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        """The file with this id."""
        return self._by_id.get(file_id)

    def link(self, stored: StoredFile, now: datetime) -> str:
        """A path for an hour from now; the same file gets the same path."""
        place = list(self._by_id).index(stored.file_id)
        ending = stored.name.rpartition(".")[2] if "." in stored.name else "bin"
        ending = {"photo": "jpg", "voice": "oga", "video": "mp4"}.get(stored.kind, ending)
        path = f"{FOLDERS.get(stored.kind, 'documents')}/file_{place}.{ending}"
        self._links[path] = (stored, now + LINK_LIFETIME)
        return path

    def follow(self, path: str, now: datetime) -> StoredFile | None:
        """The file behind a path, while it lives."""
        stored, until = self._links.get(path, (None, now))
        return stored if stored and now < until else None


def check_photo(content: bytes, size: int) -> tuple[int, int]:
    """Width and height of a picture that the bot may send."""
    if size > MAX_PHOTO_BYTES:
        raise bad(
            f"file of size {size} bytes is too big for a photo; "
            f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        )
    found = picture_size(content)
    if found is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = found
    wide = max(width, height) > MAX_PHOTO_RATIO * min(width, height)
    if width + height > MAX_PHOTO_SIDES or min(width, height) < 1 or wide:
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return found


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG; None for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return _jpeg_size(content) if content.startswith(b"\xff\xd8") else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None


def is_voice(content: bytes) -> bool:
    """Whether it begins like OGG, MP3 or M4A: else no phone shows a voice message."""
    return content.startswith(VOICE_STARTS) or content[4:8] == b"ftyp"


def photo_json(files: Files, stored: StoredFile) -> list[dict[str, Any]]:
    """The sizes of a picture, the smallest first, each a file of its own."""
    width, height = stored.width or 1280, stored.height or 960
    small = files.add("photo", stored.content[:64], width=90, height=max(1, 90 * height // width))
    return [
        {**small.facts(), "width": small.width, "height": small.height},
        {**stored.facts(), "width": width, "height": height},
    ]


def media_json(files: Files, stored: StoredFile) -> dict[str, Any]:
    """The field of a message that tells of this file."""
    if stored.kind == "photo":
        return {"photo": photo_json(files, stored)}
    facts = stored.facts()
    if stored.kind in ("voice", "audio", "video", "video_note"):
        facts["duration"] = stored.seconds
    if stored.kind == "video":
        facts |= {"width": stored.width or 640, "height": stored.height or 480}
    elif stored.kind == "video_note":
        facts["length"] = stored.width or 240
    elif stored.kind == "sticker":
        facts |= {"type": "regular", "width": 512, "height": 512}
        facts |= {"is_animated": False, "is_video": False, "emoji": stored.name or "🙂"}
        return {"sticker": facts}
    if stored.name and stored.kind in ("document", "audio", "video"):
        facts["file_name"] = stored.name
    if stored.media_type and stored.kind != "video_note":
        facts["mime_type"] = stored.media_type
    return {stored.kind: facts}
