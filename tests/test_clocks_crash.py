"""Killed inside a look of the office's clocks: what was due is done in the end, and once."""

import asyncio
import base64
import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.casework import oversight
from bot.settings import Settings
from storage import schema
from storage.database import Tx
from storage.records import NoticeKind, Priority, Role
from tests.builders import a_lawyer
from tests.conftest import SECRET_KEY, Clock, a_runtime
from tests.visitors import a_waiting_case

CASES, KILLS = 120, 6
TOLD = (NoticeKind.DUE_HALF, NoticeKind.DUE_SOON, NoticeKind.OVERDUE)
LOOKER = """
import asyncio, base64, sys
from dataclasses import replace
from datetime import timedelta
from bot.casework import clocks
from bot.runtime import started
from bot.settings import Settings
from storage import cases

async def main(address, key):
    settings = Settings(base64.b64decode(key), database_url=address, small_office=False)
    async with started(settings, publish=False) as runtime:
        print("ready", flush=True)
        while (due := await runtime.database.read(cases.next_due_at)) is not None:
            now = due + timedelta(minutes=5)
            await clocks.tick(replace(runtime, clock=lambda: now))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_clocks_that_are_killed_again_and_again_do_everything_once(tmp_path: Path) -> None:
    """Cases that nobody claims, from half of their time to its end."""
    settings = Settings(SECRET_KEY, f"sqlite:///{tmp_path}/hamrah.db", small_office=False)
    runtime = await a_runtime(settings, Clock())

    def hire(tx: Tx) -> None:
        a_lawyer(tx, "Leyla")
        a_lawyer(tx, "Aysel", Role.COORDINATOR)

    await runtime.database.write(hire)
    made = [await a_waiting_case(runtime, str(n)) for n in range(CASES)]
    chance, killed = random.Random(7), 0
    for _ in range(KILLS):
        looker = await look(settings)
        await asyncio.sleep(chance.uniform(0, 0.4))
        if looker.returncode is None:
            looker.kill()
            killed += 1
        await looker.wait()
    assert killed > 1
    looker = await look(settings)
    assert await asyncio.wait_for(looker.wait(), 120) == 0

    def look_back(tx: Tx) -> tuple[Counter[str], Counter[str], list[tuple[int, int]]]:
        notice, audit, case = schema.notice, schema.audit, schema.legal_case
        told = Counter(tx.execute(select(notice.c.kind)).scalars())
        done = Counter(tx.execute(select(audit.c.action)).scalars())
        return told, done, [(r.rank, r.mark) for r in tx.execute(select(case.c.rank, case.c.mark))]

    told, done, ends = await runtime.database.read(look_back)
    assert {kind: told[kind] for kind in TOLD} == dict.fromkeys(TOLD, 2 * len(made))
    assert done["overdue"] == len(made)
    assert set(ends) == {(Priority.URGENT, 100)}
    assert (await oversight.verify_audit(runtime)).broken == ()
    await runtime.database.close()


async def look(settings: Settings) -> asyncio.subprocess.Process:
    """A process that looks until nothing is due any more; it has begun."""
    key = base64.b64encode(SECRET_KEY).decode()
    looker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOOKER, settings.database_url, key, stdout=asyncio.subprocess.PIPE
    )
    assert looker.stdout is not None
    await asyncio.wait_for(looker.stdout.readline(), 120)
    return looker
