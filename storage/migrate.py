"""Brings a database to the newest schema (Alembic)."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from storage.database import DatabaseUnavailable, parse_url

SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade, from empty or any earlier version; raises DatabaseUnavailable."""
    engine = create_engine(parse_url(url))
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except OperationalError as error:
        raise DatabaseUnavailable(type(error.orig).__name__) from error
    finally:
        engine.dispose()
