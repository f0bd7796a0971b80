"""Posts to lawyers' chats, on both databases: once, in order, within the pace, never lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.casework import cases, conflicts
from bot.office import staff, staff_chats
from bot.runtime import Runtime
from bot.settings import Settings
from storage import staff_chats as chats
from storage import staff_posts as posts
from storage.cases import set_opponent
from storage.database import Database, Tx
from storage.outbox import MAX_REPEATS
from storage.pace import UNLIMITED, Rate, Rates
from storage.records import OutboxState, Staff
from storage.staff_chats import StaffChat, StaffChatId
from storage.staff_posts import Post, PostKind
from tests.builders import a_case, a_lawyer
from tests.conftest import NOON, SECRET_KEY, Clock, a_runtime

ACCOUNT = ("telegram", "7100000001")
MINUTE = timedelta(minutes=1)


def tied(tx: Tx, name: str = "Leyla", number: str = "5000000001") -> tuple[Staff, StaffChatId]:
    """A lawyer with an account."""
    person = a_lawyer(tx, name)
    return person, chats.tie_chat(tx, person, *ACCOUNT, number, NOON)


def add(tx: Tx, chat: StaffChatId, source: str, kind: PostKind = PostKind.CARD) -> bool:
    return posts.add_post(tx, chat, kind, source, NOON, args={"card": "menu"})


def due(tx: Tx, rates: Rates = UNLIMITED) -> list[Post]:
    return posts.claim_due(tx, ACCOUNT, NOON, limit=9, lease=MINUTE, rates=rates)


async def test_an_account_belongs_to_one_person_at_a_time(database: Database) -> None:
    def work(tx: Tx) -> tuple[StaffChat | None, StaffChat | None]:
        tied(tx)
        second, _ = tied(tx, "Murad")  # the same account
        found = chats.find_chat(tx, *ACCOUNT, "5000000001")
        assert found is not None
        assert found.staff == second
        chats.untie_chats(tx, second.id, NOON)
        return found, chats.find_chat(tx, *ACCOUNT, "5000000001")

    _, after = await database.write(work)
    assert after is None


async def test_a_code_ties_once_and_only_in_time(database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        person = a_lawyer(tx)
        chats.add_code(tx, person.id, "one", NOON + MINUTE)
        chats.add_code(tx, person.id, "two", NOON)
        tried = ("one", "one", "two", "three")
        return [chats.use_code(tx, token, NOON) is not None for token in tried]

    assert await database.write(work) == [True, False, False, False]


async def test_the_same_source_is_one_post_and_a_chats_posts_go_in_order(
    database: Database,
) -> None:
    def work(tx: Tx) -> None:
        _, chat = tied(tx)
        assert [add(tx, chat, source) for source in ("a", "b", "a")] == [True, True, False]
        [first] = due(tx)
        assert due(tx) == []  # one at a time
        posts.settle(tx, first, OutboxState.SENT, NOON, platform_id="17 18")
        [second] = due(tx)
        assert second.id > first.id
        shown = [posts.find_shown(tx, chat, number) for number in (17, 18, 1, 7)]
        assert [found and found.id for found in shown] == [first.id, first.id, None, None]

    await database.write(work)


async def test_posts_share_the_pace_of_the_bot(database: Database) -> None:
    slow = Rates(account=Rate(per_second=1, burst=2), address=None)

    def work(tx: Tx) -> int:
        for number in range(4):
            _, chat = tied(tx, f"Lawyer {number}", str(number))
            add(tx, chat, "a")
        return len(due(tx, slow))

    assert await database.write(work) == 2


async def test_what_a_crash_leaves_is_sent_again_and_in_the_end_asked(database: Database) -> None:
    def work(tx: Tx) -> dict[str, int]:
        _, chat = tied(tx)
        add(tx, chat, "a")
        for attempt in range(1, MAX_REPEATS + 2):
            [row] = due(tx)
            assert row.attempt == attempt
            posts.recover(tx, ACCOUNT, NOON, all_sending=True)
            posts.settle(tx, row, OutboxState.SENT, NOON)  # too late: it is another attempt's now
        return posts.count_by_state(tx)

    assert await database.write(work) == {OutboxState.UNKNOWN: 1}


async def test_an_untied_chat_gets_nothing_but_is_emptied(database: Database) -> None:
    def work(tx: Tx) -> list[PostKind]:
        person, chat = tied(tx)
        add(tx, chat, "a")
        add(tx, chat, "b", PostKind.DROP)
        chats.untie_chats(tx, person.id, NOON)
        return [row.kind for row in due(tx)]

    assert await database.write(work) == [PostKind.DROP]


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> Runtime:
    """The house on each kind of database, of an office that permits content."""
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=database_url,
        media_folder=tmp_path / "media",
        telegram_content=True,
    )
    return await a_runtime(settings, Clock())


async def test_keeping_up_tells_each_thing_once(house: Runtime) -> None:
    person = await staff.add(house, "Leyla", "lawyer")
    code = await staff_chats.make_code(house, person)
    assert await staff_chats.tie(house, ACCOUNT, "5000000001", code) == person

    def arrange(tx: Tx) -> int:
        return a_case(tx, "one").id

    case_id = await house.database.write(arrange)
    case = await cases.claim(house, person, case_id, declares=True)  # type: ignore[arg-type]
    await cases.reply(house, person, case.id, "hello", form_id="1")
    assert await staff_chats.keep_up(house, ACCOUNT)
    assert not await staff_chats.keep_up(house, ACCOUNT)
    kinds = await house.database.read(kinds_of)
    assert kinds.count("message") == 1
    await house.database.write(lambda tx: set_opponent(tx, case.id, "Alov", ["alov"]))
    assert await staff_chats.keep_up(house, ACCOUNT)  # asks whether that name is a conflict
    assert not await staff_chats.keep_up(house, ACCOUNT)
    assert (await house.database.read(kinds_of)).count("card") == kinds.count("card") + 1
    await conflicts.declare(house, person, case.id, conflict=False)
    await cases.release(house, person, case.id, "ill")
    assert await staff_chats.keep_up(house, ACCOUNT)
    assert not await staff_chats.keep_up(house, ACCOUNT)
    assert (await house.database.read(kinds_of)).count("drop") == 1
    await house.database.close()


def kinds_of(tx: Tx) -> list[str]:
    return list(tx.execute(posts.post.select().with_only_columns(posts.post.c.kind)).scalars())
