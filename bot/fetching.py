"""Files of workers: fetched after their message is stored, kept encrypted, tried until they come.

What cannot be had or is of no kind that we take is told to the worker.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog

from bot import messages, phrases
from bot.errors import NoAnswer, Rejected, TryLater, Unreachable
from bot.loop import Loop
from bot.media import MAX_FILE_BYTES, MAX_FILE_MEGABYTES, clean_name, type_of
from bot.messages import Outgoing
from bot.runtime import Runtime
from flows.model import Phrase
from flows.texts import SOURCE_LANGUAGE
from storage import files, pending
from storage.database import DatabaseUnavailable, Tx
from storage.messages import add_attachment, add_outgoing
from storage.pending import PendingFile
from storage.records import Kind

log = structlog.get_logger()

AT_ONCE = 4  # each is held in memory: 80 MB at most
LEASE = timedelta(minutes=5)  # longer than a download may take
RETRY_SECONDS = (1, 4, 15, 60, 300, 900)  # then every 15 minutes
GIVE_UP_AFTER = timedelta(hours=24)
LOOK_EVERY_SECONDS = 5.0

# A channel's way to the bytes of a file, by its reference and the most bytes that we take; raises
# TryLater, NoAnswer, Unreachable or Rejected
Getting = Callable[[str, int], Awaitable[bytes]]


async def fetch_files(runtime: Runtime, channel: str, account: str, get: Getting) -> None:
    """Fetch what waits, until cancelled: what is then under way comes after the next start."""
    await _Fetching(runtime, channel, account, get).run()


class _Fetching(Loop):
    name, topics = "files", ("files",)

    def __init__(self, runtime: Runtime, channel: str, account: str, get: Getting) -> None:
        super().__init__(runtime)
        self._channel, self._account, self._get = channel, account, get

    async def _begin(self) -> None:
        database, now = self._runtime.database, self._runtime.clock()
        if database.is_sqlite:  # one serving process: what was under way is so no more
            await database.write(lambda tx: pending.release_files(tx, self._channel, now))

    async def _round(self) -> float:
        now = self._runtime.clock()
        due = await self._runtime.database.write(
            lambda tx: pending.claim_files(
                tx, self._channel, self._account, now, limit=AT_ONCE, lease=LEASE
            )
        )
        await asyncio.gather(*(_fetch(self._runtime, self._get, file) for file in due))
        return 0.0 if due else LOOK_EVERY_SECONDS


async def _fetch(runtime: Runtime, get: Getting, file: PendingFile) -> None:
    """Fetch one; what goes wrong with it is no reason to leave the others at the platform."""
    try:
        await _fetch_or_tell(runtime, get, file)
    except DatabaseUnavailable as error:  # it comes again after its lease
        log.error("files.database", reason=str(error))
    except Exception as error:  # a full disk, or our own fault
        log.exception("files.fault", file=file.id)
        with suppress(DatabaseUnavailable):
            await _try_again(runtime, file, TryLater(type(error).__name__))


async def _fetch_or_tell(runtime: Runtime, get: Getting, file: PendingFile) -> None:
    try:
        content = await get(file.source["reference"], MAX_FILE_BYTES)
    except (TryLater, NoAnswer) as error:
        await _try_again(runtime, file, error)
    except Rejected as error:
        phrase = phrases.FILE_TOO_BIG if "too big" in error.reason else phrases.FILE_LOST
        await _tell(runtime, file, phrase)
    except Unreachable:
        await _tell(runtime, file, phrases.FILE_LOST)
    else:
        await _store(runtime, file, content)


async def _store(runtime: Runtime, file: PendingFile, content: bytes) -> None:
    known = await asyncio.to_thread(type_of, content, file.source["media_type"])
    if known is None:
        await _tell(runtime, file, phrases.FILE_TYPE)
        return
    folder = runtime.settings.media_folder

    def work(tx: Tx) -> None:
        if not pending.finish_file(tx, file):
            return
        attachment = add_attachment(
            tx,
            file.message_id,
            file.talk.worker.key_id,
            media_type=known.media_type,
            size_bytes=len(content),
            name=clean_name(file.source["name"], known),
        )
        files.store(tx, folder, attachment, content)

    await runtime.database.write(work)


async def _try_again(runtime: Runtime, file: PendingFile, error: TryLater | NoAnswer) -> None:
    now = runtime.clock()
    if now - file.created_at > GIVE_UP_AFTER:
        await _tell(runtime, file, phrases.FILE_LOST)
        return
    seconds: float = RETRY_SECONDS[min(file.attempt, len(RETRY_SECONDS)) - 1]
    if isinstance(error, TryLater) and error.after_seconds is not None:
        seconds = error.after_seconds
    run_at = now + timedelta(seconds=seconds)
    await runtime.database.write(lambda tx: pending.postpone_file(tx, file, run_at))


async def _tell(runtime: Runtime, file: PendingFile, phrase: Phrase) -> None:
    """Give the file up, and say so to who sent it."""
    language = file.talk.worker.language or SOURCE_LANGUAGE
    words = runtime.speech.say(phrase, language, limit=MAX_FILE_MEGABYTES)
    body = messages.dump(Outgoing(text=words))

    def work(tx: Tx) -> None:
        if pending.finish_file(tx, file):
            now = runtime.clock()
            add_outgoing(tx, file.talk, Kind.ANSWER, body, language=language, now=now)

    await runtime.database.write(work)
