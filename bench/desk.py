"""Pages of the desk with 5,000 cases in the database: server time, one visitor, one at a time."""

import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bench import Row
from bot import desk
from bot.casework import cases
from bot.office import staff
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from storage import cases as store
from storage import conversations
from storage.database import Tx
from storage.records import CaseId, CaseState, Conversation, Priority, Staff

CASES, PEOPLE, ROUNDS = 5_000, 20, 20
CLOSED_SHARE = 5  # one of so many is still open


async def run() -> list[Row]:
    """Pages a second; 5 is 200 ms a page."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key=bytes(32),
            database_url=f"sqlite:///{folder}/bench.db",
            media_folder=Path(folder) / "media",
            small_office=False,
        )
        runtime = build_runtime(settings)
        await open_database(runtime.database, settings)
        lawyer, case_id = await _arrange(runtime)
        rows = await _measure(runtime, lawyer, case_id)
        await runtime.database.close()
    return rows


async def _measure(runtime: Runtime, lawyer: Staff, case_id: CaseId) -> list[Row]:
    app = web.Application()
    desk.add_routes(app, runtime)
    rows: list[Row] = []
    async with TestClient(TestServer(app), cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        link = await staff.make_link(runtime, lawyer)
        await client.post(link.removeprefix(runtime.settings.address))
        for what, path in (
            ("queue", "/desk/"),
            ("case", f"/desk/cases/{case_id}"),
            ("search by tag", "/desk/search?tag=bench"),
            ("search by words", "/desk/search?text=contract"),
            ("board", "/desk/board"),
        ):
            begun = time.perf_counter()
            for _ in range(ROUNDS):
                async with client.get(path) as answer:
                    assert answer.status == 200, (path, answer.status)
                    assert answer.url.path == path.partition("?")[0]
                    await answer.read()
            took = (time.perf_counter() - begun) / ROUNDS
            rows.append((f"desk: {what}, {CASES:,} cases ({took * 1000:.0f} ms)", 1 / took, None))
    return rows


async def _arrange(runtime: Runtime) -> tuple[Staff, CaseId]:
    lawyers = [
        await staff.add(runtime, f"Lawyer {n}", "lawyer" if n else "coordinator")
        for n in range(PEOPLE)
    ]
    for first in range(0, CASES, 500):
        await runtime.database.write(lambda tx, at=first: _fill(tx, runtime, lawyers, at))  # type: ignore[misc]
    case = await runtime.database.write(lambda tx: _own(tx, runtime, lawyers[0]))
    for n in range(40):
        await cases.reply(runtime, lawyers[0], case, f"About the contract {n}", form_id=f"{n}")
    return lawyers[0], case


def _fill(tx: Tx, runtime: Runtime, lawyers: list[Staff], first: int) -> None:
    now = runtime.clock()
    for n in range(first, first + 500):
        case = store.open_case(
            tx,
            _talk(tx, runtime, n),
            topic="wages",
            priority=Priority(1 + n % 3),
            answers="[]",
            language="en",
            now=now - timedelta(minutes=n),
            due_at=now + timedelta(minutes=n % 999),
        )
        store.touch(tx, case.id, clock_from=now)
        store.set_tags(tx, case.id, ["bench"] if n % 9 == 0 else ["other"])
        if n % 2:
            lawyer = lawyers[n // 2 % PEOPLE]
            is_open = n % CLOSED_SHARE == 0
            state = CaseState.ACTIVE if is_open else CaseState.CLOSED
            store.touch(tx, case.id, state=state, assignee_id=lawyer.id, claimed_at=now)


def _own(tx: Tx, runtime: Runtime, lawyer: Staff) -> CaseId:
    now = runtime.clock()
    case = store.open_case(
        tx,
        _talk(tx, runtime, CASES),
        topic="wages",
        priority=Priority.SOON,
        answers="[]",
        language="en",
        now=now,
        due_at=now,
    )
    wide = replace(runtime, settings=replace(runtime.settings, case_cap=1000))
    return cases.claim_in(tx, wide, lawyer, case.id, now, declares=True).id


def _talk(tx: Tx, runtime: Runtime, n: int) -> Conversation:
    now = runtime.clock()
    address = conversations.find_or_create_address(tx, "webchat", "web", {"cookie": str(n)}, now)
    return conversations.lock_conversation(tx, address, now)
