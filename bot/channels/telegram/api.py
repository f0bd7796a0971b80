"""The calls to Telegram's Bot API: each ends in its result or in one of our DeliveryErrors."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetFile, GetMe, TelegramMethod
from aiohttp import ClientConnectorError, ClientError, ClientResponseError

from bot.errors import DeliveryError, NoAnswer, Rejected, TryLater, Unreachable

log = structlog.get_logger()
T = TypeVar("T")

CALL_SECONDS = 20  # less than the dispatcher's lease
UPLOAD_SECONDS = 45  # likewise
DOWNLOAD_SECONDS = 120
POLL_SECONDS = 25
WRONG_TOKEN_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 60.0
QUOTED = re.compile(r'"[^"]*"|\d+')
GONE = ("chat not found", "user is deactivated", "PEER_ID_INVALID", "have no rights to send")
# What was to be is so already, or somebody deleted it: no fault of ours.
HARMLESS = (
    "message is not modified",
    "message to edit not found",
    "message to delete not found",
    "message can't be edited",
    "message can't be deleted",
    "MESSAGE_ID_INVALID",
)


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates as it came: an update that aiogram cannot read must not hold up the others."""

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Api:
    """Telegram for one bot. After a 429 nothing is asked of it until the time is over."""

    def __init__(self, token: str, url: str = "") -> None:
        server = TelegramAPIServer.from_base(url) if url else PRODUCTION
        self.bot = Bot(token, session=AiohttpSession(api=server, timeout=CALL_SECONDS))
        self._quiet_until = 0.0
        self._failures = 0  # in a row, of any call

    @property
    def account(self) -> str:
        """The bot's own number: what our rows call it."""
        return str(self.bot.id)

    async def call(self, method: TelegramMethod[T], *, seconds: int = CALL_SECONDS) -> T:
        """Make one call.

        Raises TryLater (nothing happened), NoAnswer (it may have), Unreachable or Rejected.
        """
        ahead = self._quiet_until - asyncio.get_running_loop().time()
        if ahead > 0:
            raise TryLater("flood", after_seconds=ahead, whole_account=True)
        try:
            result = await self.bot(method, request_timeout=seconds)
            self._failures = 0
            return result
        except (TelegramAPIError, ClientDecodeError, OSError) as error:
            raise self._ours(error, method) from error

    async def call_patiently(self, method: TelegramMethod[T], *, tries: int = 5) -> T:
        """Make a call that does no harm twice, again and again where it may help."""
        for attempt in range(1, tries + 1):
            try:
                return await self.call(method)
            except TryLater as error:
                if attempt == tries:
                    raise
                await asyncio.sleep(error.after_seconds or 0.3 * attempt)
            except NoAnswer:
                if attempt == tries:
                    raise
        raise AssertionError("unreachable")

    async def username(self) -> str:
        """What the bot is called: t.me/NAME leads to it."""
        return (await self.call(GetMe())).username or ""

    async def poll(self, offset: int | None, allowed: list[str]) -> list[Any]:
        """Wait for updates from this offset on; the earlier ones are confirmed by asking."""
        method = GetRawUpdates(offset=offset, timeout=POLL_SECONDS, allowed_updates=allowed)
        return await self.call(method, seconds=POLL_SECONDS + 10)

    async def download(self, reference: str, most_bytes: int) -> bytes:
        """The bytes of a file; raises Rejected where it is too big or not to be had."""
        file = await self.call(GetFile(file_id=reference))
        if (file.file_size or 0) > most_bytes or not file.file_path:
            raise Rejected("too big")
        content = bytearray()
        try:
            async with asyncio.timeout(DOWNLOAD_SECONDS):
                async for chunk in self._chunks(file.file_path):
                    content += chunk
                    if len(content) > most_bytes:
                        raise Rejected("too big")
        except ClientResponseError as error:
            if error.status == 404:
                raise Rejected("no such file") from error
            raise TryLater("download") from error
        except (ClientError, TimeoutError, OSError) as error:
            raise TryLater("download") from error
        return bytes(content)

    async def close(self) -> None:
        """End the connections."""
        await self.bot.session.close()

    async def _chunks(self, path: str) -> AsyncIterator[bytes]:
        address = self.bot.session.api.file_url(self.bot.token, path)
        async for chunk in self.bot.session.stream_content(address, timeout=DOWNLOAD_SECONDS):
            yield chunk

    def _pause(self) -> float:
        """How long to leave Telegram alone: short for a hiccup, longer the longer it is away.

        Counted over all calls: how often one message was tried says little of how Telegram is.
        """
        self._failures += 1
        return min(0.5 * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)

    def _ours(self, error: Exception, method: TelegramMethod[Any]) -> DeliveryError:
        name = method.__api_method__
        match error:
            case TelegramRetryAfter(retry_after=seconds):
                # Telegram does not say whether it means the chat or the bot: everybody waits
                now = asyncio.get_running_loop().time()
                self._quiet_until = max(self._quiet_until, now + seconds)
                log.warning("telegram.flood", method=name, seconds=seconds)
                return TryLater("flood", after_seconds=float(seconds), whole_account=True)
            case TelegramForbiddenError():
                return Unreachable()
            case TelegramUnauthorizedError() | TelegramNotFound():
                log.error("telegram.token_refused", method=name)
                return TryLater(
                    "token refused", after_seconds=WRONG_TOKEN_SECONDS, whole_account=True
                )
            case TelegramServerError():
                return TryLater("Telegram is ill", after_seconds=self._pause())
            case TelegramBadRequest(message=words) if any(gone in words for gone in GONE):
                return Unreachable()
            case TelegramBadRequest() | TelegramEntityTooLarge() | TelegramMigrateToChat():
                if not any(words in error.message for words in HARMLESS):
                    words = QUOTED.sub("…", error.message)
                    log.error("telegram.refused", method=name, reason=words)
                return Rejected(QUOTED.sub("…", error.message)[:64])
            case TelegramNetworkError() if isinstance(error.__cause__, ClientConnectorError):
                return TryLater("no connection", after_seconds=self._pause())
        return NoAnswer()
