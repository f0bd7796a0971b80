"""Files: taken whole and by their content, given back only inside their own conversation."""

import asyncio
from dataclasses import dataclass, field
from urllib.parse import quote

import structlog
from aiohttp import BodyPartReader, ClientError, web

from bot import conversation
from bot.channels.webchat.frames import ID
from bot.channels.webchat.view import dump, error_text, language_of
from bot.channels.webchat.visitor import ACCOUNT, CHANNEL, Visitor, visitor_of
from bot.media import MAX_FILE_BYTES, FileType, clean_name, type_of
from bot.messages import FileIn, Incoming
from bot.runtime import Runtime
from bot.web import from_our_page
from flows.texts import SOURCE_LANGUAGE
from storage import files, messages
from storage.crypto import KeyDestroyed, WrongKey
from storage.database import DatabaseUnavailable, Tx
from storage.records import Attachment

log = structlog.get_logger()

UPLOADS_AT_ONCE = 8  # each is held in memory: 160 MB at most
UPLOAD_SECONDS = 300  # 20 MB over a line of 70 kB/s
FORM_BYTES = 4096  # a multipart form around its file
MAX_ID_BYTES = 64
STATUS = {"too_big": 413, "type": 415, "forbidden": 403, "try_again": 503}

# shown in the browser, with the type that we found; everything else is saved to the phone
SHOWN = ("image/", "audio/", "video/", "application/pdf")
ALONE = (  # a shown file runs nothing, loads nothing and is of no origin
    "default-src 'none'; sandbox; frame-ancestors 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'"
)


@dataclass
class BadUpload(Exception):
    """A file that is not taken, and why (a code of phrases.ERRORS)."""

    code: str


@dataclass
class Form:
    """An upload as it came."""

    id: str = ""
    name: str = ""
    declared: str = ""
    content: bytearray = field(default_factory=bytearray)


class Uploads:
    """How many files are on their way: few at once, and one of each visitor."""

    def __init__(self) -> None:
        self._of: set[str] = set()

    def begin(self, visitor: Visitor) -> bool:
        """Take a place; False where there is none now."""
        if visitor.token in self._of or len(self._of) >= UPLOADS_AT_ONCE:
            return False
        self._of.add(visitor.token)
        return True

    def end(self, visitor: Visitor) -> None:
        """Give the place back."""
        self._of.discard(visitor.token)


def add_routes(app: web.Application, runtime: Runtime) -> None:
    """POST /chat/file and GET /chat/file/ID."""
    uploads = Uploads()

    async def take(request: web.Request) -> web.Response:
        return await take_file(request, runtime, uploads)

    async def give(request: web.Request) -> web.Response:
        return await give_file(request, runtime)

    app.router.add_post("/chat/file", take)
    app.router.add_get(r"/chat/file/{attachment_id:\d{1,18}}", give)


async def take_file(request: web.Request, runtime: Runtime, uploads: Uploads) -> web.Response:
    """A file from the worker; answered only when it is stored, or refused in their language."""
    visitor = visitor_of(request, runtime)
    if visitor is None or not from_our_page(request, runtime):
        return await _refusal(runtime, visitor, "forbidden")
    if (request.content_length or 0) > MAX_FILE_BYTES + FORM_BYTES:
        return await _refusal(runtime, visitor, "too_big")
    if not uploads.begin(visitor):
        return await _refusal(runtime, visitor, "try_again")
    try:
        incoming, chosen_id = await _receive(request, visitor)
        await conversation.handle(runtime, incoming)
    except BadUpload as error:
        return await _refusal(runtime, visitor, error.code)
    except DatabaseUnavailable:
        return await _refusal(runtime, visitor, "try_again")
    finally:
        uploads.end(visitor)
    return web.json_response({"ack": chosen_id})


async def give_file(request: web.Request, runtime: Runtime) -> web.Response:
    """A file of the visitor's own conversation; any other is as if it did not exist."""
    visitor = visitor_of(request, runtime)
    if visitor is None:
        raise web.HTTPNotFound
    wanted = int(request.match_info["attachment_id"])
    try:
        found = await runtime.database.read(lambda tx: _own_file(tx, runtime, visitor, wanted))
    except DatabaseUnavailable:
        raise web.HTTPServiceUnavailable from None
    if found is None:
        raise web.HTTPNotFound
    attachment, content = found
    return _answer(request, attachment, content)


async def _receive(request: web.Request, visitor: Visitor) -> tuple[Incoming, str]:
    form = await _read(request)
    if not ID.fullmatch(form.id):
        raise BadUpload("bad_form")
    content = bytes(form.content)
    if not content:
        raise BadUpload("empty")
    file_type = await asyncio.to_thread(type_of, content, form.declared)
    if file_type is None:
        raise BadUpload("type")
    return _incoming(visitor, form, file_type, content), form.id


def _incoming(visitor: Visitor, form: Form, file_type: FileType, content: bytes) -> Incoming:
    return Incoming(
        channel=CHANNEL,
        account=ACCOUNT,
        identifiers=visitor.identifiers,
        platform_id=visitor.platform_id(form.id),
        content=FileIn(
            kind=file_type.kind,
            media_type=file_type.media_type,
            name=clean_name(form.name, file_type),
            content=content,
        ),
        language_hint=visitor.language,
    )


async def _read(request: web.Request) -> Form:
    """The form's fields; raises BadUpload as soon as it is too big or not a form of ours."""
    form = Form()
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            async for part in await request.multipart():
                if not isinstance(part, BodyPartReader):
                    raise BadUpload("bad_form")
                await _read_part(part, form)
    except (ValueError, AssertionError, RuntimeError, LookupError, ClientError, OSError) as error:
        # what aiohttp raises for a form that is none, or that ends in the middle
        log.info("webchat.upload.broken", error=type(error).__name__)
        raise BadUpload("bad_form") from None
    except TimeoutError:
        raise BadUpload("try_again") from None
    return form


async def _read_part(part: BodyPartReader, form: Form) -> None:
    if part.name == "id" and not form.id:
        form.id = bytes(await _read_up_to(part, MAX_ID_BYTES, "bad_form")).decode()
    elif part.name == "file" and not form.content:
        form.name, form.declared = part.filename or "", part.headers.get("Content-Type", "")
        form.content = await _read_up_to(part, MAX_FILE_BYTES, "too_big")
    else:
        raise BadUpload("bad_form")


async def _read_up_to(part: BodyPartReader, limit: int, code: str) -> bytearray:
    content = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        content += chunk
        if len(content) > limit:
            raise BadUpload(code)
    return content


async def _refusal(runtime: Runtime, visitor: Visitor | None, code: str) -> web.Response:
    language = (visitor and visitor.language) or SOURCE_LANGUAGE
    if visitor is not None:
        try:
            talk = await runtime.database.read(visitor.conversation)
            language = language_of(visitor, talk)
        except DatabaseUnavailable:
            pass  # the browser's language will do
    body = {"error": code, "text": error_text(runtime, language, code)}
    return web.json_response(body, status=STATUS.get(code, 400), dumps=dump)


def _own_file(
    tx: Tx, runtime: Runtime, visitor: Visitor, attachment_id: int
) -> tuple[Attachment, bytes] | None:
    talk = visitor.conversation(tx)
    attachment = messages.get_attachment(tx, attachment_id) if talk else None
    message = messages.get_message(tx, attachment.message_id) if attachment else None
    if talk is None or attachment is None or message is None:
        return None
    shown_from = talk.hidden_after_seq or 0
    if message.conversation_id != talk.id or message.seq is None or message.seq <= shown_from:
        return None
    try:
        return attachment, files.load(tx, runtime.settings.media_folder, attachment)
    except (KeyDestroyed, WrongKey, FileNotFoundError):
        log.error("webchat.file.unreadable", attachment=attachment_id)
        return None


def _answer(request: web.Request, attachment: Attachment, content: bytes) -> web.Response:
    """The content, or the part of it that a player asked for (Safari plays nothing otherwise)."""
    size, asked = len(content), "Range" in request.headers
    try:
        start, stop, _ = request.http_range.indices(size)
    except ValueError:
        start, stop = size, size
    if asked and start >= stop:
        headers = {"Content-Range": f"bytes */{size}"}
        raise web.HTTPRequestRangeNotSatisfiable(headers=headers)
    how = "inline" if attachment.media_type.startswith(SHOWN) else "attachment"
    headers = {
        "Content-Type": attachment.media_type,
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(attachment.name, safe='')}",
        "Content-Security-Policy": ALONE,
        "Accept-Ranges": "bytes",
    }
    if asked:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return web.Response(body=content[start:stop], status=206 if asked else 200, headers=headers)
