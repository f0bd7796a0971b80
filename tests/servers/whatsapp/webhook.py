"""Meta calling the bot: batches, signatures, repeats, any order; told until it answers 200."""

import asyncio
import hashlib
import hmac
import json
from random import Random
from typing import Any

import aiohttp

from tests.servers.telegram.world import Changes

Json = dict[str, Any]
AGAIN_SECONDS = 0.05


class Postman:
    """Brings to the bot what happens; nothing is lost while it does not answer."""

    def __init__(self, changes: Changes, secret: str, phone_id: str, waba: str) -> None:
        self.changes, self.secret = changes, secret
        self.phone_id, self.waba = phone_id, waba
        self.url = ""
        self.batch = 1  # things in one call, at most
        self.duplicates = 0.0  # share that is told twice
        self.disorder = 0.0  # share of the calls whose things are out of order
        self.chance = Random(1)
        self.pending: list[Json] = []  # values of changes
        self.told: list[Json] = []  # bodies that the bot has accepted
        self.answers: list[int] = []
        self.busy = False
        self._task: asyncio.Task[None] | None = None

    def put(self, value: Json) -> None:
        """Something to be told: the value of a change."""
        metadata = {"display_phone_number": "15550000000", "phone_number_id": self.phone_id}
        self.pending.append({"messaging_product": "whatsapp", "metadata": metadata, **value})
        if self.chance.random() < self.duplicates:
            self.pending.append(self.pending[-1])
        self.changes.announce()

    def start(self) -> None:
        """Begin to deliver."""
        self._task = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Stop; what is pending stays so."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def body_of(self, values: list[Json]) -> Json:
        """A call with two entries where there is more than one thing to tell."""
        half = max(1, len(values) // 2)
        groups = [group for group in (values[:half], values[half:]) if group]
        return {
            "object": "whatsapp_business_account",
            "entry": [
                {"id": self.waba, "changes": [{"value": v, "field": field_of(v)} for v in group]}
                for group in groups
            ],
        }

    async def post(self, session: aiohttp.ClientSession, body: Json, secret: str = "") -> int:
        """Call the bot once, signed; returns its answer."""
        raw = json.dumps(body).encode()
        digest = hmac.new((secret or self.secret).encode(), raw, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
        async with session.post(self.url, data=raw, headers=headers) as answer:
            return answer.status

    async def _deliver(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            while True:
                if not self.pending or not self.url:
                    await self.changes.wait(60)
                    continue
                values = self.pending[: self.batch]
                self.busy = True
                shown = list(values)
                if self.chance.random() < self.disorder:
                    self.chance.shuffle(shown)
                body = self.body_of(shown)
                try:
                    status = await self.post(session, body)
                except (aiohttp.ClientError, TimeoutError, OSError):
                    status = 0
                self.answers.append(status)
                if status == 200:
                    del self.pending[: len(values)]
                    self.told.append(body)
                else:
                    await asyncio.sleep(AGAIN_SECONDS)  # the bot is down: knock again
                self.busy = False
                self.changes.announce()


def field_of(value: Json) -> str:
    """The field that a change of this kind stands in."""
    return "user_preferences" if "user_preferences" in value else "messages"
