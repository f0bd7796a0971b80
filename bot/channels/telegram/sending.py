"""Handing one message to Telegram, part by part.

The number of each part is written down as soon as Telegram has it, so that a repeat after a
fault goes on with the first part that is missing.
"""

from dataclasses import dataclass

import structlog
from aiogram.exceptions import ClientDecodeError
from aiogram.methods import EditMessageText, SendDocument, SendMessage, SendPhoto, SendVoice
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)

from bot import messages
from bot.channels.telegram.api import UPLOAD_SECONDS, Api
from bot.channels.telegram.rendering import Part, render, render_corrected
from bot.delivery.gate import ANSWERS
from bot.errors import DeliveryError, NoAnswer, Rejected
from bot.first_lines import ANSWER, FILE
from bot.messages import Outgoing
from bot.phrases import FAULT
from bot.runtime import Runtime
from bot.splitting import BREAK
from bot.texts import start_right_to_left
from flows.limits import TELEGRAM_TEXT, length
from flows.model import Latin
from storage import files
from storage.conversations import get_identifiers
from storage.crypto import KeyDestroyed
from storage.database import Tx
from storage.messages import get_message, list_message_attachments, set_platform_id
from storage.records import Attachment, OutboxRow

log = structlog.get_logger()

USER = "user"  # the kind of identifier of a Telegram account
PHOTO_TYPES = ("image/jpeg", "image/png")
MAX_PHOTO_BYTES = 10 * 1024 * 1024  # core.telegram.org/bots/api, sendPhoto
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

File = tuple[Attachment, bytes]


@dataclass(frozen=True)
class Letter:
    """A message with all that is needed to send it."""

    chat: int
    outgoing: Outgoing
    parts: list[Part]
    files: list[File]
    caption: str  # under a document, whose name the list of chats would show
    sent: list[str]  # the numbers of the parts that Telegram has already
    corrected: list[tuple[int, Part]]  # what these words put right, on the screen


async def send_row(runtime: Runtime, api: Api, row: OutboxRow) -> str:
    """Send what Telegram does not have yet of a message; returns the numbers of all parts."""
    letter = await runtime.database.read(lambda tx: _letter(tx, runtime, row))
    sent = list(letter.sent)
    if not sent:
        await _strike(api, letter)
    todo: list[Part | File] = [*letter.parts, *letter.files]
    for item in todo[len(sent) :]:
        if isinstance(item, Part):
            number = await _send_text(runtime, api, row, letter, item)
        else:
            number = await _send_file(api, letter, *item)
        sent.append(str(number))
        if len(sent) < len(todo):
            await _note(runtime, row, " ".join(sent))
    return " ".join(sent)


async def _strike(api: Api, letter: Letter) -> None:
    """Strike out what is put right; where that cannot be, the new words come all the same."""
    for number, part in letter.corrected:
        struck = EditMessageText(
            chat_id=letter.chat,
            message_id=number,
            text=part.html,
            parse_mode="HTML",
            link_preview_options=NO_PREVIEW,
        )
        try:
            await api.call(struck)
        except (Rejected, NoAnswer):
            log.info("telegram.not_struck")


async def _note(runtime: Runtime, row: OutboxRow, numbers: str) -> None:
    await runtime.database.write(lambda tx: set_platform_id(tx, row.message_id, numbers))


def keyboard_of(part: Part) -> InlineKeyboardMarkup | None:
    """The buttons of a part."""
    if not part.rows:
        return None
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=button.label, callback_data=button.data) for button in row]
            for row in part.rows
        ]
    )


def _letter(tx: Tx, runtime: Runtime, row: OutboxRow) -> Letter:
    message = get_message(tx, row.message_id)
    assert message is not None
    outgoing = messages.parse(row.body)
    found = []
    for attachment in list_message_attachments(tx, [row.message_id]):
        try:
            content = files.load(tx, runtime.settings.media_folder, attachment)
        except (KeyDestroyed, FileNotFoundError):
            log.error("telegram.file.unreadable", attachment=attachment.id)
            continue
        found.append((attachment, content))
    return Letter(
        chat=int(get_identifiers(tx, row.address.id)[USER]),
        outgoing=outgoing,
        parts=render(
            runtime.speech,
            outgoing,
            message.language,
            message.staff_id,
            unasked=row.kind not in ANSWERS,
        ),
        files=found,
        caption=start_right_to_left(runtime.speech.say(FILE, row.language), row.language),
        sent=(message.platform_id or "").split(),
        corrected=_corrected(tx, runtime, outgoing.corrects),
    )


def _corrected(tx: Tx, runtime: Runtime, number: int | None) -> list[tuple[int, Part]]:
    """The parts of an earlier reply that are on the screen, struck out."""
    before = None if number is None else get_message(tx, number)
    if before is None or not before.platform_id:
        return []
    outgoing = messages.parse(before.body)
    parts = render(runtime.speech, outgoing, before.language, before.staff_id)
    shown = map(int, before.platform_id.split())
    return [(n, render_corrected(part)) for n, part in zip(shown, parts, strict=False)]


async def _send_text(runtime: Runtime, api: Api, row: OutboxRow, letter: Letter, part: Part) -> int:
    method = SendMessage(
        chat_id=letter.chat,
        text=part.html,
        parse_mode="HTML",
        link_preview_options=NO_PREVIEW,
        protect_content=letter.outgoing.danger or None,
        reply_markup=keyboard_of(part),
    )
    try:
        return await _send(api, method)
    except Rejected:  # our fault: the words alone are better than silence
        log.error("telegram.sent_plain", row=row.id)
    choices = [f"{n}. {choice.label}" for n, choice in enumerate(letter.outgoing.choices, 1)]
    words = "\n".join([part.plain, "", *choices]).strip() if part.rows else part.plain
    plain = SendMessage(
        chat_id=letter.chat,
        text=words if length(words) <= TELEGRAM_TEXT else part.plain,
        link_preview_options=NO_PREVIEW,
        protect_content=letter.outgoing.danger or None,
    )
    try:
        return await _send(api, plain)
    except Rejected:
        await _apologise(runtime, api, row, letter.chat)
        raise


async def _apologise(runtime: Runtime, api: Api, row: OutboxRow, chat: int) -> None:
    speech, language = runtime.speech, row.language
    fault = speech.say(FAULT, language, emergency=Latin("112"))
    words = start_right_to_left(f"{speech.say(ANSWER, language)}{BREAK}{fault}", language)
    try:
        await _send(api, SendMessage(chat_id=chat, text=words))
    except DeliveryError:
        log.error("telegram.no_apology", row=row.id)


async def _send_file(api: Api, letter: Letter, attachment: Attachment, content: bytes) -> int:
    chat, file = letter.chat, BufferedInputFile(content, attachment.name)
    if attachment.media_type in PHOTO_TYPES and len(content) <= MAX_PHOTO_BYTES:
        try:
            return await _send(api, SendPhoto(chat_id=chat, photo=file), UPLOAD_SECONDS)
        except Rejected:  # too long or too narrow for a photo: it goes as a file
            log.info("telegram.photo_as_file", attachment=attachment.id)
    if attachment.media_type == "audio/ogg":
        return await _send(api, SendVoice(chat_id=chat, voice=file), UPLOAD_SECONDS)
    method = SendDocument(chat_id=chat, document=file, caption=letter.caption)
    return await _send(api, method, UPLOAD_SECONDS)


async def _send(
    api: Api, method: SendMessage | SendPhoto | SendVoice | SendDocument, seconds: int = 20
) -> int:
    try:
        message: Message = await api.call(method, seconds=seconds)
    except NoAnswer as error:
        number = _number_in(error.__cause__)
        if number is None:
            raise
        return number
    return message.message_id


def _number_in(error: BaseException | None) -> int | None:
    """The number of a message that was sent, though aiogram could not read all of the answer."""
    data = error.data if isinstance(error, ClientDecodeError) else None
    if not isinstance(data, dict) or data.get("ok") is not True:
        return None
    result = data.get("result")
    number = result.get("message_id") if isinstance(result, dict) else None
    return number if isinstance(number, int) else None
