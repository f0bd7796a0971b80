"""Killed at any moment, with a Telegram that fails one call in five: no answer is lost."""

import asyncio
import random
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.house import House
from tests.servers.telegram import Seen, TelegramServer, User
from tests.servers.telegram.faults import Faults

WORKERS = 30
KILLS = 10
STEP_SECONDS = 150.0
TAPS = ["English", "✅ Yes", "👍 No", "🧑 18 or older", "👤", "✅ Yes", "✅ Yes, here"]


async def answer(server: TelegramServer, worker: User) -> None:
    """Press the buttons of the story, each once, then write a line."""
    worker.start()
    pressed: set[str] = set()
    for label in TAPS:
        await server.until(partial(is_open, worker, label, pressed), STEP_SECONDS, what=label)
        question = newest_question(worker)
        assert question is not None
        pressed.add(str(question.button(label).data))
        worker.tap(label, question)
    await server.until(partial(is_told, worker, "Your case has the number"), STEP_SECONDS)
    worker.send_text(f"word of worker {worker.id}")
    await server.until(partial(is_told, worker, "I passed this"), STEP_SECONDS)


def newest_question(worker: User) -> Seen | None:
    """The newest message with buttons."""
    return next((seen for seen in reversed(worker.visible()) if seen.rows), None)


def is_open(worker: User, label: str, pressed: set[str]) -> bool:
    """Whether the newest question offers this, and is not one that was answered already."""
    question = newest_question(worker)
    if question is None or label not in question.labels:
        return False
    return str(question.button(label).data) not in pressed


def is_told(worker: User, words: str) -> bool:
    return any(words in text for text in worker.chat.said())


@pytest.mark.soak
@pytest.mark.timeout(400)
async def test_a_house_that_is_killed_while_telegram_fails_loses_no_answer(tmp_path: Path) -> None:
    async with TelegramServer() as server:
        server.faults = Faults(share=0.2, duplicates=0.1, seed=5)
        house = House(
            tmp_path,
            TELEGRAM_TOKEN=server.token,
            TELEGRAM_API_URL=server.url,
        )
        async with house:
            workers = [server.new_user() for _ in range(WORKERS)]
            talking = asyncio.gather(*(answer(server, worker) for worker in workers))
            chance, kills = random.Random(7), 0
            while kills < KILLS:
                await asyncio.sleep(chance.uniform(1.0, 4.0))
                await house.kill()
                await house.start()
                kills += 1
            await talking
            server.faults = Faults()
            await server.settled(60)
            assert await house.stop() == 0
            assert set(house.query("SELECT DISTINCT state FROM outbox")) == {("sent",)}
            assert house.query("SELECT count(*) FROM worker") == [(WORKERS,)]
            assert house.query("SELECT count(*) FROM message WHERE author = 'worker'") == [
                (WORKERS * (len(TAPS) + 2),)
            ]
            doubtful = len([c for c in server.calls_of("sendMessage") if c.happened and not c.ok])
        said = [text for worker in workers for text in worker.chat.said()]
        cases = Counter(text for text in said if text.startswith("Your case has the number"))
        assert len(cases) == WORKERS
        repeats = sum(count - 1 for count in cases.values())
        assert repeats <= doubtful + KILLS
