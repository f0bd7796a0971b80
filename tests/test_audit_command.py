"""`hamrah audit verify`: an altered audit log is found by a command."""

import sqlite3
from pathlib import Path

from bot.casework import cases
from bot.office import staff
from tests.conftest import Clock
from tests.house import House
from tests.visitors import a_waiting_case, small_house


async def test_the_command_names_the_first_altered_entry(tmp_path: Path, clock: Clock) -> None:
    async with small_house(tmp_path, clock) as runtime:
        lawyer = await staff.add(runtime, "Leyla", "lawyer")
        case = await a_waiting_case(runtime)
        await cases.claim(runtime, lawyer, case.id)
    house = House(tmp_path, SECRET_KEY="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    assert "none was altered" in await house.command("audit", "verify")
    connection = sqlite3.connect(tmp_path / "hamrah.db")
    with connection:
        connection.execute(
            "UPDATE audit SET actor = 'staff:99' WHERE chain = ? AND seq = 2", (f"case:{case.id}",)
        )
    connection.close()
    assert f"case:{case.id}: from entry 2 on" in await house.command("audit", "verify")
