"""Any number of lawyers press at once; every case has one winner, every loser is told who."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.casework import cases, closing
from bot.errors import CaseAlreadyClaimed, CaseNotInState, NotAllowed, NotFound
from bot.runtime import Runtime
from bot.settings import Settings
from storage import audit, schema
from storage.database import Tx
from storage.records import Case, CaseId, CaseState, Role, Staff
from tests.builders import a_case, a_lawyer
from tests.conftest import SECRET_KEY, Clock, a_runtime


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The house on each kind of database."""
    settings = Settings(
        secret_key=SECRET_KEY, database_url=database_url, media_folder=tmp_path / "media"
    )
    runtime = await a_runtime(settings, Clock())
    yield runtime
    await runtime.database.close()


async def race(house: Runtime, lawyer_count: int, case_count: int) -> None:
    def arrange(tx: Tx) -> tuple[list[Staff], list[Case]]:
        lawyers = [a_lawyer(tx, f"Lawyer {n}") for n in range(lawyer_count)]
        return lawyers, [a_case(tx, f"worker {n}") for n in range(case_count)]

    lawyers, made = await house.database.write(arrange)
    winners: dict[CaseId, list[str]] = {case.id: [] for case in made}
    told: dict[CaseId, list[str]] = {case.id: [] for case in made}

    async def grab_everything(lawyer: Staff, offset: int) -> None:
        for case in [*made[offset:], *made[:offset]]:
            try:
                await cases.claim(house, lawyer, case.id)
                winners[case.id].append(lawyer.name)
            except CaseAlreadyClaimed as error:
                told[case.id].append(error.claimed_by)

    await asyncio.gather(
        *(grab_everything(lawyer, n * 7 % case_count) for n, lawyer in enumerate(lawyers))
    )
    assert all(len(names) == 1 for names in winners.values())
    for case in made:
        assert told[case.id] == winners[case.id] * (lawyer_count - 1)

    def look(tx: Tx) -> None:
        for case in made:
            entries = audit.list_entries(tx, audit.case_chain(case.id))
            assert Counter(entry.action for entry in entries)["claimed"] == 1
            assert audit.find_break(tx, audit.case_chain(case.id)) is None

    await house.database.read(look)


async def test_twenty_lawyers_race_for_forty_cases(house: Runtime) -> None:
    await race(house, lawyer_count=20, case_count=40)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_fifty_lawyers_race_for_two_hundred_cases(house: Runtime) -> None:
    await race(house, lawyer_count=50, case_count=200)


async def a_lawyer_and_a_case(house: Runtime) -> tuple[Staff, Case]:
    return await house.database.write(lambda tx: (a_lawyer(tx), a_case(tx)))


async def test_pressing_twice_is_winning_once(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    first = await cases.claim(house, lawyer, case.id)
    again = await cases.claim(house, lawyer, case.id)
    assert (first.assignee_id, again.assignee_id) == (lawyer.id, lawyer.id)


async def test_an_absent_case_cannot_be_claimed(house: Runtime) -> None:
    lawyer, _ = await a_lawyer_and_a_case(house)
    with pytest.raises(NotFound):
        await cases.claim(house, lawyer, CaseId(999))


@pytest.mark.parametrize("role", [Role.OUTREACH, Role.ADMIN])
async def test_only_lawyers_claim(house: Runtime, role: Role) -> None:
    _, case = await a_lawyer_and_a_case(house)
    other = await house.database.write(lambda tx: a_lawyer(tx, "Other", role))
    with pytest.raises(NotAllowed):
        await cases.claim(house, other, case.id)
    with pytest.raises(NotFound):
        await cases.read_case(house, other, case.id)


async def test_a_colleagues_case_looks_absent(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    other = await house.database.write(lambda tx: a_lawyer(tx, "Other"))
    await cases.claim(house, lawyer, case.id)
    for act in (
        cases.read_case(house, other, case.id),
        cases.reply(house, other, case.id, "hello", form_id="1"),
        cases.add_note(house, other, case.id, "note", form_id="2"),
        closing.close(house, other, case.id, "advice"),
        cases.release(house, other, case.id, "note"),
        cases.reopen(house, other, case.id),
        cases.load_file(house, other, case.id, 1),
    ):
        with pytest.raises(NotFound):
            await act


async def test_the_same_form_twice_is_one_reply(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    await cases.claim(house, lawyer, case.id)
    for _ in range(2):
        await cases.reply(house, lawyer, case.id, "hello", form_id="same")
    page = await cases.read_case(house, lawyer, case.id)
    assert sum("hello" in message.body for message in page.messages) == 1


async def test_a_released_case_is_anybodys_again(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    other = await house.database.write(lambda tx: a_lawyer(tx, "Other"))
    await cases.claim(house, lawyer, case.id)
    await cases.release(house, lawyer, case.id, "I am ill; the contract is in the chat")
    taken = await cases.claim(house, other, case.id)
    page = await cases.read_case(house, other, case.id)
    assert taken.assignee_id == other.id
    assert [note.text for note in page.notes] == ["I am ill; the contract is in the chat"]


async def test_a_closed_case_takes_no_reply(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    await cases.claim(house, lawyer, case.id)
    await closing.close(house, lawyer, case.id, "advice")
    with pytest.raises(CaseNotInState):
        await cases.reply(house, lawyer, case.id, "one more thing", form_id="1")


async def test_reopening_gives_it_back_to_the_same_lawyer(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    await cases.claim(house, lawyer, case.id)
    await closing.close(house, lawyer, case.id, "advice")
    await cases.reopen(house, lawyer, case.id)
    page = await cases.read_case(house, lawyer, case.id)
    assert (page.case.state, page.case.assignee_id) == (CaseState.ACTIVE, lawyer.id)


async def test_an_altered_audit_entry_is_found(house: Runtime) -> None:
    lawyer, case = await a_lawyer_and_a_case(house)
    await cases.claim(house, lawyer, case.id)
    await closing.close(house, lawyer, case.id, "advice")
    chain = audit.case_chain(case.id)

    def alter(tx: Tx) -> int | None:
        entries = schema.audit
        tx.execute(
            update(entries)
            .where((entries.c.chain == chain) & (entries.c.seq == 2))
            .values(actor="staff:99")
        )
        return audit.find_break(tx, chain)

    assert await house.database.write(alter) == 2
