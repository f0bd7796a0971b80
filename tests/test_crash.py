"""Killed at any moment, nothing that was accepted is lost and nothing happens twice."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.house import Browser, House

WORKERS = 30
KILLS = 12
TO_A_LAWYER = ["en", "yes", "no", "adult", "wages", "late", "unknown", "recent", "no"]


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_house_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    """300 messages and more from 30 workers, kill -9 twelve times at random."""
    async with House(tmp_path) as house:
        busy = asyncio.Event()

        async def one_worker(number: int) -> Browser:
            chance = random.Random(number)
            async with Browser(house) as browser:
                for option in TO_A_LAWYER:
                    await browser.taps(option)
                    if chance.random() < 0.5:
                        await asyncio.sleep(chance.random() * 0.3)  # people read
                await browser.says(f"word of worker {number}")
                return browser

        async def trouble() -> int:
            chance, kills = random.Random(7), 0
            while not busy.is_set() or kills < KILLS:
                await asyncio.sleep(chance.uniform(0.2, 1.2))
                await house.kill()
                await house.start()
                kills += 1
                if kills >= KILLS:
                    break
            return kills

        killing = asyncio.create_task(trouble())
        browsers = await asyncio.gather(*(one_worker(n) for n in range(WORKERS)))
        busy.set()
        assert await killing >= 10
        for number, browser in enumerate(browsers):
            entries = [browser.entries[seq] for seq in sorted(browser.entries)]
            pressed = [e for e in entries if e["author"] == "worker" and e["kind"] == "tap"]
            assert len(pressed) == len(TO_A_LAWYER)
            words = [e["text"] for e in entries if e["author"] == "worker" and e["kind"] == "text"]
            assert words == [f"word of worker {number}"]
            assert sorted(browser.entries) == list(range(1, len(browser.entries) + 1))
            assert set(browser.times_seen.values()) == {1}
        assert await house.stop() == 0
        assert house.query("SELECT DISTINCT state FROM outbox") == [("sent",)]
        assert house.query("SELECT count(*) FROM worker") == [(WORKERS,)]
