"""The calls to Meta's Cloud API: each ends in its result or in one of our DeliveryErrors.

By pywa over aiohttp's transport (PLATFORMS.md 2b: five times faster than plain httpx). We give
recipient and body ourselves: pywa takes only digits for a user id, Meta's have letters, too.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pywa_async.client import WhatsApp as Client
from pywa_async.errors import WhatsAppError

from bot.channels.whatsapp.codes import error_of
from bot.channels.whatsapp.rendering import Part
from bot.channels.whatsapp.updates import PHONE, USER
from bot.errors import DeliveryError, NoAnswer, Rejected, TryLater
from bot.settings import Settings
from storage.pace import Rates

for noisy in ("pywa", "httpx", "httpcore"):  # their lines hold addresses and bodies
    logging.getLogger(noisy).setLevel(logging.ERROR)

CALL_SECONDS = 20  # less than the dispatcher's lease
UPLOAD_SECONDS = 45  # likewise
META_HOSTS = ("facebook.com", "fbsbx.com", "whatsapp.net", "fbcdn.net")
GRAPH = "https://graph.facebook.com"


class Api:
    """The Cloud API for one phone number."""

    def __init__(self, settings: Settings) -> None:
        self.phone_id = settings.whatsapp_phone_id
        self._token, self._secret = settings.whatsapp_token, settings.whatsapp_app_secret
        self._base = f"{settings.whatsapp_api_url or GRAPH}/v{settings.whatsapp_api_version}"
        self._http = httpx.AsyncClient(timeout=CALL_SECONDS, transport=AiohttpTransport())
        self._client = Client(
            phone_id=self.phone_id,
            token=self._token,
            session=self._http,
            api_version=settings.whatsapp_api_version,
        )
        self._http.base_url = httpx.URL(self._base)  # the client has set Meta's own
        self._api: Any = self._client.api
        self._turns = Turns(settings.whatsapp_rate)

    async def send(
        self, to: Mapping[str, str], part: Part, tracker: str, attempt: int
    ) -> str | None:
        """Hand one message to Meta; returns Meta's id of it.

        Raises TryLater (nothing happened), NoAnswer (it may have), or another DeliveryError.
        """
        await self._turns.take()
        call = self._api.send_message(
            sender=self.phone_id,
            to=to.get(PHONE),
            recipient=None if PHONE in to else to.get(USER),
            recipient_type="individual",
            typ=part.type,
            msg=dict(part.body),
            biz_opaque_callback_data=tracker,
        )
        answer = await self._ours(call, attempt)
        try:
            return str(answer["messages"][0]["id"])
        except (KeyError, IndexError, TypeError):
            return None  # taken all the same: the receipt will name it

    async def upload(self, content: bytes, media_type: str, name: str, attempt: int) -> str:
        """Put a file there; returns its id. Repeating it does no harm."""
        call = self._api.upload_media(
            phone_id=self.phone_id, media=content, mime_type=media_type, filename=name
        )
        try:
            answer = await self._ours(call, attempt)
        except NoAnswer as error:
            raise TryLater("upload") from error
        return str(answer["id"])

    async def mark_read(self, platform_id: str, *, typing: bool) -> None:
        """Show the person that the message was read and, perhaps, that somebody writes."""
        call = self._client.indicate_typing if typing else self._client.mark_message_as_read
        await self._ours(call(platform_id), 1)

    async def download(self, reference: str, most_bytes: int) -> bytes:
        """The bytes of a file; raises Rejected where it is too big or not to be had."""
        try:
            found = await self._ours(self._api.get_media_url(reference), 1)
        except NoAnswer as error:
            raise TryLater("download") from error
        size, url = found.get("file_size"), str(found.get("url") or "")
        if isinstance(size, int | str) and int(size) > most_bytes:
            raise Rejected("too big")
        if not self._trusted(url):
            raise Rejected("strange address")
        content = bytearray()
        try:
            async with self._http.stream("GET", url) as answer:
                if answer.status_code == 404:
                    raise TryLater("the link has run out", after_seconds=1)
                if answer.status_code != 200:
                    raise TryLater("download")
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > most_bytes:
                        raise Rejected("too big")
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TryLater("download") from error
        return bytes(content)

    async def ask(
        self, method: str, path: str, *, proof: bool = False, **arguments: Any
    ) -> dict[str, Any]:
        """Any other call, as the command line needs it; raises WhatsAppError or httpx's errors.

        With `proof` Meta checks our app secret, too (Graph API, appsecret_proof).
        """
        if proof:
            digest = hmac.new(self._secret.encode(), self._token.encode(), hashlib.sha256)
            arguments["params"] = {
                **arguments.get("params", {}),
                "appsecret_proof": digest.hexdigest(),
            }
        answer: dict[str, Any] = await self._api.send_raw_request(method, path, **arguments)
        return answer

    @property
    def token(self) -> str:
        """For the one call that asks Meta about the token itself."""
        return self._token

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    def _trusted(self, url: str) -> bool:
        """Whether our token may go there."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" == "{0.scheme}://{0.netloc}".format(
            urlsplit(self._base)
        ):
            return True
        host = parts.hostname or ""
        meta = any(host == known or host.endswith(f".{known}") for known in META_HOSTS)
        return parts.scheme == "https" and meta

    async def _ours(self, call: Any, attempt: int) -> Any:
        try:
            return await call
        except WhatsAppError as error:
            status = error.status_code or 400
            raise error_of(
                error.code, attempt, transient=bool(error.is_transient), status=status
            ) from error
        except httpx.ConnectError as error:
            raise TryLater("no connection") from error
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _no_answer(error) from error
        except (KeyError, TypeError, AttributeError) as error:  # an error without its fields
            raise TryLater("strange answer") from error


class Turns:
    """Begins calls one after another, never closer than the budget of the account has them.

    What was let pass at its pace may have bunched since, on a busy machine or as the parts of a
    long text; Meta counts what arrives.
    """

    def __init__(self, limit: int) -> None:
        account = Rates.within(limit, None).account
        self._gap = 1 / account.per_second if account else 0.0
        self._one = asyncio.Lock()
        self._next = 0.0

    async def take(self) -> None:
        """Wait for one's turn; first come, first served."""
        now = asyncio.get_running_loop().time
        async with self._one:
            await asyncio.sleep(max(0.0, self._next - now()))
            self._next = now() + self._gap


def _no_answer(error: Exception) -> DeliveryError:
    """Whether a call broke before it could have arrived.

    httpx-aiohttp calls every lost connection a connect time-out; only what could not be
    connected certainly did not arrive.
    """
    if isinstance(error.__cause__, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return TryLater("no connection")
    return NoAnswer()
