"""Killed at any moment, nothing that was accepted is lost and nothing happens twice."""

import asyncio
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.runtime import Runtime, started
from bot.settings import load_settings
from flows import engine
from flows.fold import WELCOME as WELCOME_FLOW
from flows.fold import answers
from flows.model import Command, Commanded, Tap
from flows.session_json import parse_session
from storage import conversations, schema
from storage.database import Tx
from tests.house import Browser, House

WORKERS, KILLS = 30, 12
WELCOME = ["en", "yes", "no", "adult"]
PATHS = [
    ["wages", "late", "unknown", "recent", "no"],
    ["wages", "less", "yes", "unknown", "old"],
    ["wages", "taken", "fine", "unknown", "months", "yes"],
]
LAWYER = ["yes", "yes"]


def path_of(number: int) -> list[str]:
    return PATHS[number % len(PATHS)]


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_a_house_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    """More than 300 messages from 30 workers, kill -9 a dozen times at random."""
    async with House(tmp_path) as house:
        killing = asyncio.create_task(kill_again_and_again(house))
        browsers = await asyncio.gather(*(one_worker(house, n) for n in range(WORKERS)))
        await killing
        for number, browser in enumerate(browsers):
            assert_said_once(browser, number)
        assert await house.stop() == 0
        assert house.query("SELECT DISTINCT state FROM outbox") == [("sent",)]
        assert house.query("SELECT count(*) FROM worker") == [(WORKERS,)]
        assert house.query("SELECT count(*), count(DISTINCT worker_id) FROM legal_case") == [
            (WORKERS, WORKERS)
        ]
    await assert_everybody_stands_where_their_answers_lead(tmp_path)


async def one_worker(house: House, number: int) -> Browser:
    chance = random.Random(number)
    async with Browser(house) as browser:
        for option in [*WELCOME, *path_of(number)]:
            await browser.taps(option)
            if chance.random() < 0.5:
                await asyncio.sleep(chance.random() * 0.3)  # people read
        await browser.asks("lawyer")
        for option in LAWYER:
            await browser.taps(option)
        await browser.says(f"word of worker {number}")
        await browser.reads("I passed this to the lawyers")
        return browser


async def kill_again_and_again(house: House) -> None:
    chance = random.Random(7)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.2, 1.2))
        await house.kill()
        await house.start()


def assert_said_once(browser: Browser, number: int) -> None:
    entries = [browser.entries[seq] for seq in sorted(browser.entries)]
    mine = [entry for entry in entries if entry["author"] == "worker"]
    taps = len(WELCOME) + len(path_of(number)) + len(LAWYER) + 1  # and the lawyer button
    assert len([entry for entry in mine if entry["kind"] == "tap"]) == taps
    words = [entry["text"] for entry in mine if entry["kind"] == "text"]
    assert words == [f"word of worker {number}"]
    assert sorted(browser.entries) == list(range(1, len(entries) + 1))
    assert set(browser.times_seen.values()) == {1}


async def assert_everybody_stands_where_their_answers_lead(folder: Path) -> None:
    settings = load_settings(
        {"HAMRAH_DATABASE_URL": f"sqlite:///{folder}/hamrah.db"}, folder / ".env"
    )
    async with started(settings) as runtime:
        expected = sorted(where_answers_lead(runtime, n) for n in range(WORKERS))

        def look(tx: Tx) -> list[tuple[str, str]]:
            ids = tx.execute(select(schema.conversation.c.id)).scalars().all()
            talks = [conversations.get_conversation(tx, each) for each in ids]
            sessions = [parse_session(talk.session) for talk in talks if talk]
            return sorted(
                (str(engine.where(runtime.catalog, session)), str(answers(session)))
                for session in sessions
                if session
            )

        assert await runtime.database.read(look) == expected


def where_answers_lead(runtime: Runtime, number: int) -> tuple[str, str]:
    """The same answers, given to the engine alone."""
    now, catalog = datetime.now(UTC), runtime.catalog
    session, _ = engine.start(catalog, WELCOME_FLOW, language="en", at=now)
    for option in [*WELCOME, *path_of(number)]:
        session, _ = engine.advance(catalog, session, Tap(session.asked, option, now))
    session, _ = engine.advance(catalog, session, Commanded(Command.LAWYER, now))
    for option in LAWYER:
        session, _ = engine.advance(catalog, session, Tap(session.asked, option, now))
    return str(engine.where(catalog, session)), str(answers(session))
