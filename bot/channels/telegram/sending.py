"""Handing one message to Telegram, part by part.

The number of each part is written down as soon as Telegram has it, so that a repeat after a
fault goes on with the first part that is missing.
"""

from dataclasses import dataclass, field, replace
from html import escape

import structlog
from aiogram.exceptions import ClientDecodeError
from aiogram.methods import (
    EditMessageCaption,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendVoice,
)
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
from flows.limits import TELEGRAM_CAPTION, TELEGRAM_TEXT, length
from flows.model import Latin
from storage import files, records
from storage.conversations import get_identifiers
from storage.database import Tx
from storage.messages import get_message, set_platform_id
from storage.records import Attachment, OutboxRow

log = structlog.get_logger()

USER = "user"  # the kind of identifier of a Telegram account
PHOTO_TYPES, VOICE_TYPE = ("image/jpeg", "image/png"), "audio/ogg"
MAX_PHOTO_BYTES = 10 * 1024 * 1024  # core.telegram.org/bots/api, sendPhoto
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True)
class File:
    """A file that goes along, with the words under it."""

    attachment: Attachment
    content: bytes = field(repr=False)
    words: Part


@dataclass(frozen=True)
class Letter:
    """A message with all that is needed to send it."""

    chat: int
    outgoing: Outgoing
    todo: list[Part | File]
    sent: list[str]  # the numbers of those that Telegram has already
    corrected: list[tuple[int, Part | File]]  # what these words put right, on the screen


async def send_row(runtime: Runtime, api: Api, row: OutboxRow) -> str:
    """Send what Telegram does not have yet of a message; returns the numbers of all parts."""
    letter = await runtime.database.read(lambda tx: _letter(tx, runtime, row))
    sent = list(letter.sent)
    if not sent:
        await _strike(api, letter)
    for item in letter.todo[len(sent) :]:
        if isinstance(item, Part):
            number = await _send_text(runtime, api, row, letter, item)
        else:
            number = await _send_file(runtime, api, row, letter, item)
        sent.append(str(number))
        if len(sent) < len(letter.todo):
            await _note(runtime, row, " ".join(sent))
    return " ".join(sent)


async def _strike(api: Api, letter: Letter) -> None:
    """Strike out what is put right; where that cannot be, the new words come all the same."""
    for number, item in letter.corrected:
        try:
            await api.call(_struck(letter.chat, number, item))
        except (Rejected, NoAnswer):
            log.info("telegram.not_struck")


def _struck(chat: int, number: int, item: Part | File) -> EditMessageText | EditMessageCaption:
    if isinstance(item, Part):
        return EditMessageText(
            chat_id=chat,
            message_id=number,
            text=render_corrected(item).html,
            parse_mode="HTML",
            link_preview_options=NO_PREVIEW,
        )
    caption = render_corrected(item.words).html
    return EditMessageCaption(chat_id=chat, message_id=number, caption=caption, parse_mode="HTML")


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
    return Letter(
        chat=int(get_identifiers(tx, row.address.id)[USER]),
        outgoing=outgoing,
        todo=_todo(tx, runtime, message, unasked=row.kind not in ANSWERS),
        sent=(message.platform_id or "").split(),
        corrected=_corrected(tx, runtime, outgoing.corrects),
    )


def _todo(
    tx: Tx, runtime: Runtime, message: records.Message, *, unasked: bool
) -> list[Part | File]:
    """The messages that this one becomes: one file and few words are one."""
    speech, language, outgoing = runtime.speech, message.language, messages.parse(message.body)
    parts = render(speech, outgoing, language, message.staff_id, unasked=unasked)
    line = start_right_to_left(speech.say(FILE, language), language)
    found = []
    for attachment, content in files.load_all(tx, runtime.settings.media_folder, message.id):
        if content is None:
            log.error("telegram.file.unreadable", attachment=attachment.id)
            continue
        named = attachment.media_type not in (*PHOTO_TYPES, VOICE_TYPE)
        words = Part(escape(line, quote=False), line) if named else Part("", "")
        found.append(File(attachment, content, words))
    one = len(parts) == len(found) == 1 and not parts[0].rows
    if one and length(parts[0].plain) <= TELEGRAM_CAPTION:
        return [replace(found[0], words=parts[0])]
    return [*parts, *found]


def _corrected(tx: Tx, runtime: Runtime, number: int | None) -> list[tuple[int, Part | File]]:
    """The words of an earlier reply that are on the screen, to be struck out."""
    before = None if number is None else get_message(tx, number)
    if before is None or not before.platform_id:
        return []
    todo = _todo(tx, runtime, before, unasked=True)
    shown = zip(map(int, before.platform_id.split()), todo, strict=False)
    words = [item for item in todo if isinstance(item, Part)] or todo
    return [(number, item) for number, item in shown if item in words]


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


async def _send_file(runtime: Runtime, api: Api, row: OutboxRow, letter: Letter, item: File) -> int:
    """Send a file with its words; where Telegram does not take the file, the words arrive."""
    words = item.words
    try:
        try:
            return await _send_as(api, letter, item, words.html, "HTML")
        except Rejected:
            if words.html == words.plain:  # there is nothing to misread: the file is not taken
                raise
            log.error("telegram.sent_plain", row=row.id)
            return await _send_as(api, letter, item, words.plain, None)
    except Rejected:
        if letter.todo == [item]:
            number = await _send_text(runtime, api, row, letter, words)
            await _note(runtime, row, str(number))
        raise


async def _send_as(api: Api, letter: Letter, item: File, caption: str, form: str | None) -> int:
    attachment, content, chat = item.attachment, item.content, letter.chat
    file = BufferedInputFile(content, attachment.name)
    if attachment.media_type in PHOTO_TYPES and len(content) <= MAX_PHOTO_BYTES:
        photo = SendPhoto(chat_id=chat, photo=file, caption=caption or None, parse_mode=form)
        try:
            return await _send(api, photo, UPLOAD_SECONDS)
        except Rejected:  # too long or too narrow for a photo: it goes as a file
            log.info("telegram.photo_as_file", attachment=attachment.id)
    if attachment.media_type == VOICE_TYPE:
        voice = SendVoice(chat_id=chat, voice=file, caption=caption or None, parse_mode=form)
        return await _send(api, voice, UPLOAD_SECONDS)
    document = SendDocument(chat_id=chat, document=file, caption=caption or None, parse_mode=form)
    return await _send(api, document, UPLOAD_SECONDS)


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
