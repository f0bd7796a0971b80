"""The door to the database, on SQLite and PostgreSQL alike."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, delete, inspect, select, text

from bot.errors import SettingsError
from bot.runtime import open_database
from bot.settings import Settings
from storage import crypto, keys, schema
from storage.database import Database, DatabaseUnavailable, Tx, parse_url
from storage.migrate import migrate, newest, schema_of
from tests.builders import a_conversation, a_message_in
from tests.conftest import NOON, SECRET_KEY


def test_the_migrated_schema_is_the_schema_of_the_code(database_url: str) -> None:
    migrate(database_url)
    engine = create_engine(parse_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        # whoever stands there is not migrated again: Alembic itself would have nothing to do
        assert context.get_current_revision() == newest()
        if engine.dialect.name == "postgresql":
            wanted = {f"{t.name}_id_seq" for t in schema.metadata.tables.values() if "id" in t.c}
            assert wanted <= set(inspect(connection).get_sequence_names())
    engine.dispose()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    migrate(database_url)
    migrate(database_url)


def test_the_database_of_a_newer_house_is_left_alone(database_url: str) -> None:
    migrate(database_url)
    engine = create_engine(parse_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnavailable, match="newer"):
        migrate(database_url)
    with pytest.raises(DatabaseUnavailable, match="newer"):
        schema_of(database_url)


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("dear diary, " * 99)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        migrate(f"sqlite:///{tmp_path}/x.db")


async def test_a_failed_unit_leaves_nothing_behind(database: Database) -> None:
    def work(tx: Tx) -> None:
        a_conversation(tx)
        raise KeyError("our own fault")

    with pytest.raises(KeyError):
        await database.write(work)
    rows = await database.read(lambda tx: tx.execute(select(schema.worker)).all())
    assert rows == []


async def test_what_a_reader_writes_is_thrown_away(database: Database) -> None:
    await database.read(lambda tx: a_conversation(tx))
    rows = await database.read(lambda tx: tx.execute(select(schema.worker)).all())
    assert rows == []


async def test_ids_are_never_given_twice(database: Database) -> None:
    given = await asyncio.gather(
        *(database.write(lambda tx: tx.next_id("worker")) for _ in range(40))
    )
    assert len(set(given)) == 40


async def test_times_are_aware_utc_to_the_microsecond(database: Database) -> None:
    baku = timezone(timedelta(hours=4))
    moment = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=baku)
    talk = await database.write(lambda tx: a_conversation(tx, now=moment))
    assert talk.worker.created_at == moment
    assert talk.worker.created_at.tzinfo is UTC


async def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without time zone"):
        await database.write(lambda tx: a_conversation(tx, now=datetime(2026, 11, 23)))  # noqa: DTZ001


async def test_first_messages_at_once_make_one_worker(database: Database) -> None:
    talks = await asyncio.gather(*(database.write(a_conversation) for _ in range(20)))
    assert len({talk.worker.id for talk in talks}) == 1


async def test_listeners_hear_of_commits_only(database: Database) -> None:
    heard: list[frozenset[str]] = []
    database.on_change(heard.append)

    def fails(tx: Tx) -> None:
        tx.ring("queue")
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(fails)
    assert heard == []
    await database.write(lambda tx: tx.ring("queue"))
    assert heard == [frozenset({"queue"})]


async def test_a_wrong_key_does_not_start(database_url: str, database: Database) -> None:
    other = Database(database_url)
    settings = Settings(secret_key=b"x" * 32, database_url=database_url)
    with pytest.raises(SettingsError, match="does not open this database"):
        await open_database(other, settings)
    await other.close()


async def test_the_right_key_opens_what_was_stored(database_url: str, database: Database) -> None:
    def work(tx: Tx) -> None:
        a_message_in(tx, a_conversation(tx), "Salam")

    await database.write(work)
    other = Database(database_url)
    await open_database(other, Settings(secret_key=SECRET_KEY, database_url=database_url))
    talk = await other.write(a_conversation)
    assert talk.last_seq == 1
    await other.close()


async def test_a_destroyed_key_makes_its_texts_unreadable(database: Database) -> None:
    talk = await database.write(a_conversation)
    await database.write(lambda tx: a_message_in(tx, talk))
    await database.write(lambda tx: keys.destroy_data_key(tx, talk.worker.key_id))
    with pytest.raises(crypto.KeyDestroyed):
        await database.write(lambda tx: a_message_in(tx, talk))


async def test_half_an_emoji_is_stored_and_comes_back(database: Database) -> None:
    def work(tx: Tx) -> str:
        key_id = tx.new_data_key(NOON)
        return tx.unseal("a.b", 1, tx.seal(key_id, "a.b", 1, "x\ud83d\x00y"))

    assert await database.write(work) == "x\ud83d\x00y"


@pytest.mark.parametrize(
    "url", ["", "hamrah.db", "mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "::"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"is |names "):
        parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nonexistent-folder/hamrah.db",
        "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2",
    ],
)
async def test_an_unreachable_database_is_said_so(url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate(url)
    database = Database(url)
    with pytest.raises(DatabaseUnavailable):
        await database.read(lambda tx: tx.execute(text("SELECT 1")).scalar())
    await database.close()


async def test_a_database_that_hangs_is_said_to_be_away(database_url: str) -> None:
    """Whatever waits then may be delivered again, and what had begun is finished later."""
    migrate(database_url)
    database = Database(database_url, patience_seconds=0.3)
    engine = create_engine(parse_url(database_url))
    most = 1 if database.is_sqlite else 16  # one more than there are connections
    with engine.connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE" if database.is_sqlite else "LOCK TABLE inbox")
        work = [asyncio.create_task(database.write(_forget_inbox)) for _ in range(most)]
        done, begun = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        assert [type(task.exception()) for task in done] == [DatabaseUnavailable]
        other.rollback()
    await asyncio.gather(*begun)
    await database.write(_forget_inbox)
    await database.close()
    engine.dispose()


def _forget_inbox(tx: Tx) -> None:
    tx.execute(delete(schema.inbox))


async def test_a_row_that_is_there_is_not_written_again(database: Database) -> None:
    def work(tx: Tx) -> tuple[bool, bool, datetime]:
        bucket = schema.rate_bucket
        first = tx.insert_once(bucket, {"name": "a", "free_at": NOON})
        second = tx.insert_once(bucket, {"name": "a", "free_at": NOON + timedelta(1)})
        return first, second, tx.execute(select(bucket.c.free_at)).scalar_one()

    assert await database.write(work) == (True, False, NOON)
