"""Brings a database to the newest schema (Alembic)."""

from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from storage.database import DatabaseUnavailable, parse_url

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade, from empty or any earlier version; raises DatabaseUnavailable."""
    engine = create_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            if revision != "head" or _revision(connection) != newest():
                _upgrade(connection, revision)
    except OperationalError as error:
        raise DatabaseUnavailable(type(error.orig).__name__) from error
    finally:
        engine.dispose()


def newest() -> str:
    """The number of the last migration; the files are named in the order of writing."""
    return max(path.name for path in SCRIPTS.glob("versions/[0-9]*.py"))[:4]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command  # costs a fifth of a second, and most starts have nothing to do
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
