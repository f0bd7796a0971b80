"""Delivery of updates to the bot's address, as often as it needs."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from tests.servers.telegram.faults import Faults
from tests.servers.telegram.world import World

WEBHOOK_TIMEOUT = aiohttp.ClientTimeout(total=60)


@dataclass(eq=False)
class Update:
    """Something the bot is told. Updates of one lane go to a webhook one after the other."""

    id: int
    body: dict[str, Any]
    lane: tuple[str, int]
    until: float  # seconds of the server's clock
    failures: int = 0
    not_before: float = 0.0  # of the event loop's clock

    def as_json(self) -> dict[str, Any]:
        """As the bot gets it."""
        return {"update_id": self.id, **self.body}


@dataclass(frozen=True)
class Retries:
    """How often and how soon a failed delivery is repeated (the real server: for a day)."""

    attempts: int = 200
    first_seconds: float = 0.02
    most_seconds: float = 0.5


@dataclass
class Hook:
    """Where updates are sent."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


class Source(Protocol):
    """Where a delivery takes its updates from, and tells what became of them."""

    world: World
    faults: Faults
    retries: Retries
    hook: Hook
    pending: list[Update]
    again: list[Update]
    closing: bool

    def forget_old(self) -> None:
        """Drop what waited too long."""

    def finish(self, update: Update) -> None:
        """The bot has it."""

    def give_up(self, update: Update) -> None:
        """Nobody will try again."""


@dataclass(eq=False)
class Delivery:
    """Posts updates to one webhook, in order within a lane."""

    updates: Source
    running: dict[Update, asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        tasks = [self.task, *self.running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(timeout=WEBHOOK_TIMEOUT) as session:
            while not self.updates.closing:
                self.updates.forget_old()
                for update in self._ready(loop.time()):
                    self.running[update] = asyncio.create_task(self._deliver(session, update))
                waits = [update.not_before - loop.time() for update in self.updates.pending]
                soonest = min((wait for wait in waits if wait > 0), default=60.0)
                await self.updates.world.changes.wait(soonest)

    def _ready(self, now: float) -> list[Update]:
        """The first of each lane that is not under way, as many as there are connections."""
        updates = self.updates
        free = updates.hook.max_connections - len(self.running)
        busy = {update.lane for update in self.running}
        busy |= {update.lane for update in updates.pending if update.not_before > now}
        waiting = updates.again + updates.pending
        if updates.faults.happens(updates.faults.disorder):
            waiting.reverse()
        ready: list[Update] = []
        for update in waiting:
            if len(ready) < free and update.lane not in busy:
                busy.add(update.lane)
                ready.append(update)
        updates.again = [update for update in updates.again if update not in ready]
        return ready

    async def _deliver(self, session: aiohttp.ClientSession, update: Update) -> None:
        faults = self.updates.faults
        try:
            error, retry_after = await self._post(session, update)
            if not error and faults.happens(faults.duplicates):
                await self._post(session, update)
        finally:
            self.running.pop(update, None)
        if not error:
            self.updates.finish(update)
            return
        self.updates.hook.last_error = error
        self.updates.hook.last_error_at = int(self.updates.world.seconds())
        self._put_off(update, retry_after)

    def _put_off(self, update: Update, retry_after: float) -> None:
        retries = self.updates.retries
        update.failures += 1
        if update.failures >= retries.attempts:
            self.updates.give_up(update)
            return
        doubled = retries.first_seconds * 2 ** min(update.failures - 1, 20)
        wait = retry_after or min(doubled, retries.most_seconds)
        update.not_before = asyncio.get_running_loop().time() + wait
        self.updates.world.changes.announce()

    async def _post(self, session: aiohttp.ClientSession, update: Update) -> tuple[str, float]:
        """Returns what went wrong ("" for nothing), and the wait that the bot asked for."""
        hook = self.updates.hook
        headers = {"Content-Type": "application/json"}
        if hook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret
        body = json.dumps(update.as_json()).encode()
        try:
            async with session.post(hook.url, data=body, headers=headers) as answer:
                if 200 <= answer.status <= 299:
                    self._note_a_call(await answer.read())
                    return "", 0.0
                asked = answer.headers.get("Retry-After", "")
                wait = float(min(int(asked), 3600)) if asked.isdigit() else 0.0
                wrong = f"Wrong response from the webhook: {answer.status} {answer.reason}"
                return wrong, wait
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return f"Connection failed: {type(error).__name__}", 0.0

    def _note_a_call(self, body: bytes) -> None:
        """A webhook may answer with a method to call: the real server would call it."""
        try:
            method = json.loads(body).get("method") if body.startswith(b"{") else None
        except ValueError:
            method = None
        if method:
            self.updates.world.note(f"the webhook answers with a call of {method}: not modelled")
