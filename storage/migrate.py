"""Brings a database to the newest schema (Alembic)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from storage.database import DatabaseUnavailable, parse_url, told

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade, from empty or any earlier version.

    Raises DatabaseUnavailable, also for the database of a newer Hamrah.
    """
    with _open(url) as connection:
        found = _revision(connection)
        if revision != "head" or found != newest():
            _upgrade(connection, revision)


def schema_of(url: str) -> str | None:
    """The migration that a database has come to, None where it is empty; raises as `migrate`."""
    with _open(url) as connection:
        return _revision(connection)


def newest() -> str:
    """The number of the last migration; the files are named in the order of writing."""
    return max(_known())


def _known() -> set[str]:
    return {path.name[:4] for path in SCRIPTS.glob("versions/[0-9]*.py")}


@contextmanager
def _open(url: str) -> Iterator[Connection]:
    engine = create_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError as error:
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise  # a migration is wrong; the bare class is SQLite's for a file of another kind
        raise DatabaseUnavailable(told(error)) from error
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found and found not in _known():
        raise DatabaseUnavailable(f"a newer Hamrah has changed it (to {found}): update this one")
    return str(found) if found else None


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # costs a fifth of a second, and most starts have nothing to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
