"""Announcements to many on the local Telegram: the limits kept, nobody twice, whatever happens."""

import asyncio
import base64
import os
import random
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import pytest

from bot.outreach import announcements
from bot.outreach.progress import progress
from bot.runtime import Runtime, started, utc_now
from bot.settings import Settings
from storage import announcements as store
from storage.announcements import AnnouncementId, AnnouncementState
from storage.database import Tx
from storage.pace import Rates
from tests.conftest import SECRET_KEY
from tests.house import House
from tests.hurry import OwnTime, run_hurried
from tests.noon import AHEAD, HOUSE, seconds_to_noon
from tests.outreach import a_draft, a_subscriber, an_organiser
from tests.servers.telegram import CutAnswer, DropAfter, Flood, Slow, TelegramServer, User
from tests.servers.telegram.faults import Faults
from tests.telegram_bot import telegram_bot

WORDS = "A workshop on Sunday."
BATCH = 250
PEOPLE = int(os.environ.get("SOAK_PEOPLE", "10000"))  # fewer on a busy machine
KILLS = int(os.environ.get("SOAK_KILLS", "20"))
RATE = 30  # a second, which Telegram allows
HURRIED_RATE = 200  # where only what is sent matters, not when
LOOK_SECONDS = 1.0
PERMITTED = 0.8 * RATE


@dataclass
class Sending:
    """What a send looked like from Telegram's side; times are the server's."""

    moments: list[float]  # of each copy that arrived
    twice: int
    refused: int
    impatient: list[str]
    replies: list[float]  # seconds until a person got an answer
    counts: dict[str, int]

    @property
    def per_second(self) -> float:
        return (len(self.moments) - 1) / (self.moments[-1] - self.moments[0])

    @property
    def most_in_a_second(self) -> int:
        most, window = 0, deque[float]()
        for moment in self.moments:
            window.append(moment)
            while window[0] <= moment - 1.0:
                window.popleft()
            most = max(most, len(window))
        return most


async def seed(runtime: Runtime, server: TelegramServer, number: int) -> AnnouncementId:
    """So many people on Telegram who said yes, and an announcement to them, approved."""
    users = [server.new_user(met=True) for _ in range(number)]
    account = server.token.split(":")[0]
    for at in range(0, number, BATCH):

        def work(tx: Tx, batch: list[User] = users[at : at + BATCH]) -> None:
            for user in batch:
                a_subscriber(tx, str(user.id), channel=("telegram", account, "user"))

        await runtime.database.write(work)
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar, {"en": WORDS})
    assert await announcements.propose(runtime, nigar, made) is AnnouncementState.APPROVED
    return made


async def send(folder: Path, number: int, clock: Callable[[], datetime], questions: int) -> Sending:
    """Send to so many, while somebody else asks something now and then."""
    async with TelegramServer(clock=clock, flood=Flood()) as server:
        server.world.now()
        async with telegram_bot(
            server, folder, clock=clock, telegram_rate=RATE, telegram_chat_rate=1
        ) as runtime:
            asker = server.new_user()
            asker.start()
            await server.hears(asker, "Which language", 60)
            made = await seed(runtime, server, number)
            replies = []
            for n in range(questions):
                await arrived(server, number * (n + 1) // (questions + 1))
                replies.append(await ask(server, asker))
            await finished(runtime, made)
            found = await progress(runtime, made)
        copies = [call for call in server.calls_of("sendMessage") if WORDS in str(call.params)]
        reached = Counter(call.params["chat_id"] for call in copies if call.happened)
        return Sending(
            moments=sorted(call.at.timestamp() for call in copies if call.happened),
            twice=sum(count - 1 for count in reached.values()),
            refused=sum(call.status == 429 for call in server.calls),
            impatient=server.world.gate.impatient,
            replies=replies,
            counts={state.value: people for state, people in found.counts.items()},
        )


async def arrived(server: TelegramServer, number: int) -> None:
    """Wait until so many messages have been sent."""
    seen = sent = 0

    def enough() -> bool:
        nonlocal seen, sent
        sent += sum(call.method == "sendMessage" for call in server.calls[seen:])
        seen = len(server.calls)
        return sent >= number

    await server.until(enough, 3600, what=f"{number} messages")


async def ask(server: TelegramServer, asker: User) -> float:
    """Ask something; returns after how many of the server's seconds the answer is there."""
    begun = server.world.seconds()
    before = len(asker.chat.said())
    asker.send_text("again")
    await server.until(lambda: len(asker.chat.said()) > before, 600, what="an answer")
    return server.world.seconds() - begun


async def finished(runtime: Runtime, made: AnnouncementId) -> None:
    async with asyncio.timeout(3600):
        with runtime.changes.listen(f"announcement:{made}") as bell:
            while not await runtime.database.read(lambda tx: _is_over(tx, made)):
                await bell.wait()
                bell.clear()


def _is_over(tx: Tx, made: AnnouncementId) -> bool:
    it = store.get(tx, made)
    return it is not None and it.state is AnnouncementState.FINISHED


def assert_within_the_limits(found: Sending, number: int) -> None:
    assert found.counts == {"sent": number}
    assert len(found.moments) == number
    assert found.twice == 0
    assert found.refused == 0
    assert found.impatient == []
    assert found.most_in_a_second <= RATE
    assert found.per_second <= PERMITTED * 1.02


def test_three_hundred_are_written_to_within_the_limits(tmp_path: Path) -> None:
    number, clock = 300, OwnTime()
    found = run_hurried(clock, lambda: send(tmp_path, number, clock, questions=2))
    assert_within_the_limits(found, number)


@pytest.mark.endurance
@pytest.mark.timeout(1800)
def test_ten_thousand_are_written_to_at_the_rate_that_is_permitted(tmp_path: Path) -> None:
    number, clock = PEOPLE, OwnTime()
    found = run_hurried(clock, lambda: send(tmp_path, number, clock, questions=20))
    print(f"{found.per_second:.2f}/s of {PERMITTED}, replies {sorted(found.replies)}")  # noqa: T201
    assert_within_the_limits(found, number)
    assert found.per_second >= 0.98 * PERMITTED
    assert median(found.replies) <= 1.0


# -- killed ------------------------------------------------------------------------------------


async def a_house_with_an_audience(folder: Path, server: TelegramServer, number: int) -> House:
    ahead = timedelta(seconds=seconds_to_noon())
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=f"sqlite:///{folder}/hamrah.db",
        media_folder=folder / "media",
    )
    async with started(settings, clock=lambda: utc_now() + ahead) as runtime:
        await seed(runtime, server, number)
    house = House(
        folder,
        SECRET_KEY=base64.b64encode(SECRET_KEY).decode(),
        TELEGRAM_TOKEN=server.token,
        TELEGRAM_API_URL=server.url,
        TELEGRAM_RATE=str(HURRIED_RATE),
        TELEGRAM_CHAT_RATE="1000",
    )
    house.program = HOUSE
    house.environment = {AHEAD: str(ahead.total_seconds())}
    return house


def ledger(house: House) -> dict[str, int]:
    """How many are in each state."""
    return dict(house.query("SELECT state, count(*) FROM recipient GROUP BY state"))


async def until_finished(house: House, server: TelegramServer) -> None:
    """Wait for what stands in the house's file; nothing tells of it here."""
    async with asyncio.timeout(1200):
        while not is_finished(house):
            while await server.world.changes.wait(LOOK_SECONDS):
                pass  # it still sends


def is_finished(house: House) -> bool:
    try:
        return house.query("SELECT state FROM announcement") == [("finished",)]
    except sqlite3.OperationalError:
        return False


@pytest.mark.endurance
@pytest.mark.timeout(1800)
async def test_a_house_that_is_killed_twenty_times_writes_to_nobody_twice(tmp_path: Path) -> None:
    number, kills = PEOPLE, KILLS
    async with TelegramServer(flood=None) as server:
        server.faults = Faults(
            share=0.02,
            kinds=(DropAfter(), CutAnswer(), Slow(0.05)),
            methods=frozenset({"sendMessage"}),
            seed=11,
        )
        house, chance = await a_house_with_an_audience(tmp_path, server, number), random.Random(3)
        async with house:
            downtimes = []
            for kill in range(kills):
                # at a random moment of this twentieth of the audience
                part = number // (kills + 1)
                await arrived(server, part * kill + chance.randrange(part))
                await house.kill()
                before, begun = len(server.calls_of("sendMessage")), time.monotonic()
                await house.start()
                await arrived(server, before + 1)
                downtimes.append(time.monotonic() - begun)
            await until_finished(house, server)
            assert await house.stop() == 0
        states = ledger(house)
        print(f"{states}, silent for {sorted(downtimes)} seconds after a kill")  # noqa: T201
        assert sum(states.values()) == number
        assert set(states) <= {"sent", "unknown"}
        got = {
            user.id: sum(WORDS in seen.text for seen in user.chat.ever()) for user in server.users
        }
        assert max(got.values()) == 1
        assert states["sent"] <= sum(got.values())
        silent = number - sum(got.values())
        assert silent <= states["unknown"]  # whoever did not get it stands there for a person
        # and no more of them than calls that the server broke, and those under way at a kill
        broken = sum(call.happened and not call.ok for call in server.calls_of("sendMessage"))
        at_once = Rates.within(HURRIED_RATE, None).announcements_at_once
        assert at_once is not None
        assert states["unknown"] <= broken + kills * at_once


@pytest.mark.endurance
@pytest.mark.timeout(1800)
async def test_memory_does_not_grow_with_the_audience(tmp_path: Path) -> None:
    number = PEOPLE
    async with TelegramServer(flood=None) as server:
        house = await a_house_with_an_audience(tmp_path, server, number)
        async with house:
            await arrived(server, number // 5)
            early = resident_megabytes(house)
            await until_finished(house, server)
            assert resident_megabytes(house) - early < 30
            assert ledger(house) == {"sent": number}
            assert await house.stop() == 0


def resident_megabytes(house: House) -> float:
    assert house.process is not None
    status = Path(f"/proc/{house.process.pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
