"""Claims under contention: fifty lawyers press on the same cases at once."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import Row
from bot.casework import cases
from bot.errors import CaseAlreadyClaimed
from bot.runtime import build_runtime, open_database
from bot.settings import Settings
from storage import cases as store
from storage import conversations, staff
from storage.database import Tx
from storage.records import CaseId, Priority, Role, Staff

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LAWYERS, CASES = 50, 40


async def run() -> list[Row]:
    """Presses of the claim button a second, each answered."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key=bytes(32),
            database_url=f"sqlite:///{folder}/bench.db",
            media_folder=Path(folder) / "media",
        )
        runtime = build_runtime(settings)
        await open_database(runtime.database, settings)
        lawyers, case_ids = await runtime.database.write(_arrange)

        async def press_all(lawyer: Staff) -> None:
            for case_id in case_ids:
                try:
                    await cases.claim(runtime, lawyer, case_id)
                except CaseAlreadyClaimed:
                    continue

        begun = time.perf_counter()
        await asyncio.gather(*(press_all(lawyer) for lawyer in lawyers))
        rate = LAWYERS * CASES / (time.perf_counter() - begun)
        await runtime.database.close()
    return [("claims, 50 lawyers at once", rate, None)]


def _arrange(tx: Tx) -> tuple[list[Staff], list[CaseId]]:
    lawyers = [staff.add_staff(tx, f"Lawyer {n}", Role.LAWYER, "en", NOW) for n in range(LAWYERS)]
    case_ids = []
    for number in range(CASES):
        who = {"cookie": str(number)}
        address = conversations.find_or_create_address(tx, "webchat", "web", who, NOW)
        case = store.open_case(
            tx,
            conversations.lock_conversation(tx, address, NOW),
            topic="wages",
            priority=Priority.NORMAL,
            answers="[]",
            language="en",
            now=NOW,
            due_at=NOW,
        )
        case_ids.append(case.id)
    return lawyers, case_ids
