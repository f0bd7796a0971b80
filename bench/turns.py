"""Whole turns: a button pressed, handled in one transaction on SQLite, the answer in the outbox.

The peer is a bare transaction of the same database that writes one row: what durability alone
costs on this disk.
"""

import tempfile
import time
from pathlib import Path

from bench import Row
from bot import conversation
from bot.messages import Incoming, Opened, TapIn
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from flows.session_json import parse_session
from storage import conversations
from storage.database import Tx

ANSWERS = ("en", "yes", "no", "adult", "wages", "late", "unknown", "recent", "no")
PEOPLE = 40


async def run() -> list[Row]:
    """Turns a second of one process."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key=bytes(32),
            database_url=f"sqlite:///{folder}/bench.db",
            media_folder=Path(folder) / "media",
        )
        runtime = build_runtime(settings)
        await open_database(runtime.database, settings)
        bare = await _bare(runtime)
        turns = await _turns(runtime)
        await runtime.database.close()
    return [("turns of workers", turns, bare), ("bare transactions", bare, None)]


async def _turns(runtime: Runtime) -> float:
    begun, count = time.perf_counter(), 0
    for person in range(PEOPLE):
        who = {"cookie": f"person {person}"}
        await conversation.handle(
            runtime, Incoming("webchat", "web", who, f"open {person}", Opened(), "en")
        )
        for number, option in enumerate(ANSWERS):
            asked = await runtime.database.read(lambda tx, who=who: _asked(tx, who["cookie"]))  # type: ignore[misc]
            tap = TapIn(asked, option)
            message = Incoming("webchat", "web", who, f"{person} {number}", tap, "en")
            await conversation.handle(runtime, message)
            count += 1
    return count / (time.perf_counter() - begun)


def _asked(tx: Tx, cookie: str) -> int:
    address = conversations.find_address(tx, "webchat", "web", ("cookie", cookie))
    talk = conversations.get_open_conversation(tx, address) if address else None
    session = parse_session(talk.session) if talk else None
    return session.asked if session else 0


async def _bare(runtime: Runtime) -> float:
    begun = time.perf_counter()
    for _ in range(300):
        await runtime.database.write(lambda tx: tx.next_id("bench"))
    return 300 / (time.perf_counter() - begun)
