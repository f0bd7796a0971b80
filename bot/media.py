"""What a file is, by its content: only kinds that people need and a browser shows safely."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import puremagic

MAX_FILE_MEGABYTES = 20
MAX_FILE_BYTES = MAX_FILE_MEGABYTES * 1024 * 1024
MAX_NAME = 120  # characters
HEAD_BYTES = 4096  # where a file says what it is
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MACROS = "vbaProject.bin"


@dataclass(frozen=True)
class FileType:
    """A kind of file that we take."""

    media_type: str
    kind: str  # photo, document, voice, video
    suffixes: tuple[str, ...]


TYPES: Mapping[str, FileType] = MappingProxyType(
    {
        known.media_type: known
        for known in (
            FileType("image/jpeg", "photo", (".jpg", ".jpeg")),
            FileType("image/png", "photo", (".png",)),
            FileType("image/webp", "photo", (".webp",)),
            FileType("image/gif", "photo", (".gif",)),
            FileType("image/heic", "photo", (".heic", ".heif")),
            FileType("application/pdf", "document", (".pdf",)),
            FileType(DOCX, "document", (".docx",)),
            FileType("audio/ogg", "voice", (".ogg", ".oga", ".opus")),
            FileType("audio/mpeg", "voice", (".mp3",)),
            FileType("audio/mp4", "voice", (".m4a", ".mp4")),
            FileType("audio/webm", "voice", (".webm",)),
            FileType("video/mp4", "video", (".mp4", ".m4v")),
            FileType("video/webm", "video", (".webm",)),
            FileType("video/3gpp", "video", (".3gp", ".3g2")),
            FileType("video/quicktime", "video", (".mov",)),
        )
    }
)
OTHER_NAMES = {"application/ogg": "audio/ogg"}  # puremagic's name -> ours
# The brand of an MP4-like file (ISO 14496-12: "ftyp" and four letters at byte 4). puremagic knows
# few of them: not those of newer iPhones' photos, nor those of recordings made in Safari.
BRANDS = (
    (re.compile(rb"hei[cxms]|hev[cxms]|mif1|msf1"), "image/heic"),
    (re.compile(rb"M4[AB] "), "audio/mp4"),
    (re.compile(rb"3g[p2]."), "video/3gpp"),
    (re.compile(rb"qt  "), "video/quicktime"),
    (re.compile(rb"iso.|mp4[12]|avc1|dash|M4V |MSNV"), "video/mp4"),
)
# these containers look alike with and without pictures; the browser says which one it recorded
SOUND_ONLY = {"video/mp4": "audio/mp4", "video/webm": "audio/webm"}


def type_of(content: bytes, declared: str = "") -> FileType | None:
    """What this file is, whatever its name says; None for everything that we do not take."""
    found = _in_container(content)
    if found is None:
        found = _by_magic(content[:HEAD_BYTES])
    if declared.startswith("audio/"):
        found = SOUND_ONLY.get(found, found)
    return TYPES.get(found)


def clean_name(name: str, file_type: FileType) -> str:
    """A file name without folders, control or direction characters, ending as its type does."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = "".join(c for c in last if not _is_dangerous(c)).strip(". ")
    suffix = next((s for s in file_type.suffixes if stem.lower().endswith(s)), None)
    if suffix is None:
        suffix = file_type.suffixes[0]
    else:
        stem = stem[: -len(suffix)].rstrip(". ")
    return (stem or file_type.kind)[: MAX_NAME - len(suffix)] + suffix


def _in_container(content: bytes) -> str | None:
    """What a container holds, "" where we take nothing like it; None: it is no container."""
    if content[4:8] == b"ftyp":
        brand = content[8:12]
        return next((media for known, media in BRANDS if known.fullmatch(brand)), "")
    if content[:4] == b"PK\x03\x04":
        return DOCX if _is_plain_docx(content) else ""
    if content[:4] == b"\x1a\x45\xdf\xa3":  # Matroska, of which WebM is a part
        return "video/webm" if b"webm" in content[:64] else ""
    return None


def _by_magic(head: bytes) -> str:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    names = (OTHER_NAMES.get(match.mime_type, match.mime_type) for match in matches)
    return next((name for name in names if name in TYPES), "")


def _is_plain_docx(content: bytes) -> bool:
    """Whether this zip is a Word file, and one that carries no program."""
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return "word/document.xml" in names and not any(name.endswith(MACROS) for name in names)


def _is_dangerous(character: str) -> bool:
    # letters that turn "fdp.exe" into "exe.pdf" on the screen; ZWNJ and ZWJ are part of words
    reorders = unicodedata.bidirectional(character) in BIDI_CONTROLS
    return reorders or unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


BIDI_CONTROLS = frozenset({"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
