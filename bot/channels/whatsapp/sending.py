"""Handing one message to WhatsApp, part by part; what Meta has already is not sent again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot import messages
from bot.channels.whatsapp.api import Api
from bot.channels.whatsapp.buttons import tap_data
from bot.channels.whatsapp.rendering import Part, render
from bot.channels.whatsapp.templates import template_part
from bot.channels.whatsapp.updates import Tracker
from bot.delivery.gate import ANSWERS
from bot.errors import Rejected, WindowClosed
from bot.first_lines import FILE
from bot.messages import STANDING
from bot.office.abilities import abilities_of
from bot.runtime import Runtime
from bot.texts import start_right_to_left
from bot.whatsapp_templates import NEWS, load_templates
from flows.compute import local_day
from flows.limits import WHATSAPP_TEXT_WITH_ANSWERS, length
from storage import conversations, files, receipts
from storage.database import Tx
from storage.messages import get_message
from storage.records import Attachment, Kind, OutboxRow

log = structlog.get_logger()

MEGABYTE = 1024 * 1024
# developers.facebook.com, business phone numbers, media; read 2026-06-16
AS: Mapping[str, tuple[str, int]] = {
    "image/jpeg": ("image", 5 * MEGABYTE),
    "image/png": ("image", 5 * MEGABYTE),
    "audio/ogg": ("audio", 16 * MEGABYTE),
    "audio/mpeg": ("audio", 16 * MEGABYTE),
    "audio/mp4": ("audio", 16 * MEGABYTE),
    "video/mp4": ("video", 16 * MEGABYTE),
    "video/3gpp": ("video", 16 * MEGABYTE),
}
MARGIN = timedelta(minutes=1)  # before the window closes: the call takes its time


@dataclass(frozen=True)
class File:
    """A file that goes along, perhaps with the words under it."""

    attachment: Attachment
    content: bytes = field(repr=False)
    caption: str = ""  # under a document in any case: the list of chats would show its name


@dataclass(frozen=True)
class Letter:
    """A message with all that is needed to send it."""

    to: Mapping[str, str]
    todo: list[Part | File]
    taken: set[int]  # the numbers of the parts that Meta has
    last_incoming_at: datetime | None
    approved: bool  # a template, which goes at any time


async def send_row(runtime: Runtime, api: Api, row: OutboxRow) -> None:
    """Send what Meta does not have yet of a message; raises WindowClosed before any call."""
    letter = await runtime.database.read(lambda tx: _letter(tx, runtime, row))
    if not letter.approved and not is_open(letter.last_incoming_at, runtime.clock()):
        raise WindowClosed
    for number, item in enumerate(letter.todo):
        if number in letter.taken:
            continue
        part = item if isinstance(item, Part) else await _uploaded(api, row, item)
        tracker = Tracker(row.id, row.attempt, number, len(letter.todo))
        name = await api.send(letter.to, part, str(tracker), row.attempt)
        await _note(runtime, row, number, name)


def is_open(last_incoming_at: datetime | None, now: datetime) -> bool:
    """Whether the person wrote so recently that WhatsApp lets us answer freely."""
    window = abilities_of("whatsapp").window
    assert window is not None
    return last_incoming_at is not None and now < last_incoming_at + window - MARGIN


def part_of(row: OutboxRow, number: int, now: datetime) -> receipts.Part:
    """A part of this message, as the traffic counts it."""
    month = f"{local_day(now):%Y-%m}"
    return receipts.Part(row.message_id, number, row.kind.value, row.address, month)


async def _note(runtime: Runtime, row: OutboxRow, number: int, name: str | None) -> None:
    now = runtime.clock()
    part = part_of(row, number, now)
    await runtime.database.write(lambda tx: receipts.add_part(tx, part, now, name))


def _letter(tx: Tx, runtime: Runtime, row: OutboxRow) -> Letter:
    message, talk = get_message(tx, row.message_id), None
    talk = conversations.get_conversation(tx, row.conversation_id)
    assert message is not None
    assert talk is not None
    todo: list[Part | File]
    outgoing = messages.parse(row.body)
    template = NEWS if row.kind is Kind.KNOCK else outgoing.template
    approved = template in load_templates() and (
        row.kind is Kind.KNOCK or not is_open(talk.last_incoming_at, runtime.clock())
    )
    if approved:
        pressed = tap_data(STANDING, outgoing.template_tap) if outgoing.template_tap else ""
        todo = [template_part(template, row.language, pressed)]
    else:
        unasked = row.kind not in ANSWERS
        parts = render(runtime.speech, outgoing, row.language, message.staff_id, unasked=unasked)
        todo = _with_captions(parts, _files(tx, runtime, row))
    return Letter(
        to=conversations.get_identifiers(tx, row.address.id),
        todo=todo,
        taken=receipts.list_parts(tx, row.message_id),
        last_incoming_at=talk.last_incoming_at,
        approved=approved,
    )


def _files(tx: Tx, runtime: Runtime, row: OutboxRow) -> list[File]:
    found, caption = [], start_right_to_left(runtime.speech.say(FILE, row.language), row.language)
    for attachment, content in files.load_all(tx, runtime.settings.media_folder, row.message_id):
        if content is None:
            log.error("whatsapp.file.unreadable", attachment=attachment.id)
            continue
        file = File(attachment, content)
        found.append(replace(file, caption=caption) if _kind_of(file) == "document" else file)
    return found


def _with_captions(parts: list[Part], found: list[File]) -> list[Part | File]:
    """One file and few words are one message."""
    if len(found) == 1 and len(parts) == 1 and parts[0].type == "text":
        words = parts[0].text
        if _kind_of(found[0]) != "audio" and length(words) <= WHATSAPP_TEXT_WITH_ANSWERS:
            return [File(found[0].attachment, found[0].content, words)]
    return [*parts, *found]


def _kind_of(file: File) -> str:
    kind, limit = AS.get(file.attachment.media_type, ("document", 0))
    return kind if len(file.content) <= limit else "document"


async def _uploaded(api: Api, row: OutboxRow, file: File) -> Part:
    name, media_type = file.attachment.name, file.attachment.media_type
    if not file.content:
        raise Rejected("an empty file")
    kind = _kind_of(file)
    body = {"id": await api.upload(file.content, media_type, name, row.attempt)}
    if file.caption:
        body["caption"] = file.caption
    if kind == "document":
        body["filename"] = name
    return Part(kind, body)
