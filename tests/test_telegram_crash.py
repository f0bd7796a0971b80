"""Killed at any moment, with a Telegram that fails one call in five: no answer is lost.

Thirty workers answer, and a lawyer on Telegram claims, reads and replies.
"""

import asyncio
import random
import re
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.house import House
from tests.servers.telegram import Seen, TelegramServer, User
from tests.servers.telegram.faults import Faults
from tests.servers.telegram.judges import malformed

WORKERS = 30
ANSWERED = 8  # of them get a reply of the lawyer's
KILLS = 10
STEP_SECONDS = 600.0  # only a fault takes so long; the kills themselves take minutes
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


async def hear_from_lawyer(server: TelegramServer, worker: User) -> None:
    """Wait for the lawyer's reply, which is for this worker."""
    await server.until(partial(is_told, worker, f"reply to {worker.id}"), STEP_SECONDS)


async def advise(server: TelegramServer, lawyer: User, worker: User) -> None:
    """Claim this worker's case from its notice, read in its topic, reply there."""
    await server.until(partial(is_told, worker, "I passed this"), STEP_SECONDS)
    code = code_of(worker)
    notice = await server.until(partial(offer_of, lawyer, code), STEP_SECONDS, what=code)
    assert notice is not None
    lawyer.tap("✅ No conflict: claim", notice)
    await server.until(partial(topic_of, lawyer, code), STEP_SECONDS, what=f"topic of {code}")
    words = f"word of worker {worker.id}"
    await server.until(partial(is_shown, lawyer, code, words), STEP_SECONDS, what=words)
    topic = topic_of(lawyer, code)
    lawyer.send_text(f"reply to {worker.id}", thread=topic)


def code_of(worker: User) -> str:
    """The number of this worker's case."""
    told = next(text for text in worker.chat.said() if "Your case has the number" in text)
    found = re.search(r"number (\w{5})", told)
    assert found is not None
    return found[1]


def offer_of(lawyer: User, code: str) -> Seen | None:
    """The card by which this case can be claimed."""
    shown = reversed(lawyer.visible())
    return next((s for s in shown if code in s.text and "✅ No conflict: claim" in s.labels), None)


def topic_of(lawyer: User, code: str) -> int | None:
    """The topic of this case."""
    return next((t.thread for t in lawyer.chat.topics() if code in t.name), None)


def is_shown(lawyer: User, code: str, words: str) -> bool:
    return any(words in seen.text for seen in lawyer.visible(topic_of(lawyer, code)))


def newest_question(worker: User) -> Seen | None:
    """The newest message with buttons."""
    return next((seen for seen in reversed(worker.visible()) if seen.rows), None)


def is_open(worker: User, label: str, pressed: set[str]) -> bool:
    """Whether the newest question offers this, and is not one that was answered already."""
    question = newest_question(worker)
    if question is None or label not in question.labels:
        return False
    return str(question.button(label).data) not in pressed


def has_sent(server: TelegramServer, times: int) -> bool:
    return len(server.calls_of("sendMessage")) >= times


def is_told(worker: User, words: str) -> bool:
    return any(words in text for text in worker.chat.said())


def tying(printed: str) -> str:
    """What `hamrah staff link` says to send to the bot."""
    found = re.search(r"\?start=(staff-[\w-]+)", printed)
    assert found is not None, printed
    return found[1]


@pytest.mark.soak
@pytest.mark.timeout(1500)
async def test_a_house_that_is_killed_while_telegram_fails_loses_no_answer(tmp_path: Path) -> None:
    async with TelegramServer(topics=True) as server:
        server.faults = Faults(share=0.2, duplicates=0.1, seed=5)
        house = House(
            tmp_path,
            TELEGRAM_TOKEN=server.token,
            TELEGRAM_API_URL=server.url,
            TELEGRAM_CONTENT="yes",
        )
        async with house:
            await house.command("staff", "add", "Leyla")
            lawyer = server.new_user("Leyla")
            lawyer.start(tying(await house.command("staff", "link", "Leyla")))
            await server.until(partial(is_told, lawyer, "now belongs to Leyla"), STEP_SECONDS)
            workers = [server.new_user() for _ in range(WORKERS)]
            advised = workers[:ANSWERED]
            talking = asyncio.gather(
                *(answer(server, worker) for worker in workers),
                *(advise(server, lawyer, worker) for worker in advised),
                *(hear_from_lawyer(server, worker) for worker in advised),
            )
            chance = random.Random(7)
            for _ in range(KILLS):  # in the midst of the work, however fast this machine is
                goal = len(server.calls_of("sendMessage")) + chance.randint(8, 20)
                await server.until(partial(has_sent, server, goal), STEP_SECONDS)
                await house.kill()
                await house.start()
            await talking
            server.faults = Faults()
            await server.until(lambda: not unsettled(house), STEP_SECONDS, what="all to be told")
            await server.settled(60)
            assert await house.stop() == 0
            assert set(house.query("SELECT DISTINCT state FROM outbox")) == {("sent",)}
            assert house.query("SELECT count(*) FROM worker") == [(WORKERS,)]
            assert house.query("SELECT count(*) FROM message WHERE author = 'worker'") == [
                (WORKERS * (len(TAPS) + 2),)
            ]
            assert malformed(server) == []
            doubtful = len([c for c in server.calls_of("sendMessage") if c.happened and not c.ok])
        said = [text for worker in workers for text in worker.chat.said()]
        cases = Counter(text for text in said if "Your case has the number" in text)
        assert len(cases) == WORKERS
        replies = [sum(f"reply to {w.id}" in t for t in w.chat.said()) for w in advised]
        assert all(replies), replies
        assert sum(replies) <= ANSWERED + doubtful + KILLS
        assert not any(f"reply to {w.id}" in t for w in workers for t in other_chats(workers, w))
        shown = [t.name for t in lawyer.chat.topics()]
        assert sorted(set(shown)) == sorted(f"📁 {code_of(w)}" for w in advised)
        repeats = sum(count - 1 for count in cases.values())
        assert repeats <= doubtful + KILLS


def unsettled(house: House) -> list[object]:
    """What is still on its way."""
    waits = "state IN ('queued', 'sending')"
    return house.query(
        f"SELECT id FROM outbox WHERE {waits} UNION ALL SELECT id FROM staff_post WHERE {waits}"
    )


def other_chats(workers: list[User], worker: User) -> list[str]:
    """All that others were told."""
    return [text for other in workers if other is not worker for text in other.chat.said()]
