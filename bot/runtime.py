"""What every action needs: the database, the content, the languages, the clock."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from bot import versions
from bot.changes import Changes
from bot.errors import SettingsError
from bot.settings import Settings
from bot.texts import Speech
from bot.worktime import holidays_of
from flows.catalog import CONTENT, Catalog, load_catalog
from flows.compute import Calendar
from flows.directory import Directory, load_directory
from flows.match import CommandWords
from flows.texts import load_texts
from flows.tools.sign import State, signatures
from storage import keys
from storage.crypto import WrongKey
from storage.database import Database, DatabaseUnavailable
from storage.migrate import migrate

LOCALES = Path(__file__).parent.parent / "locales"
CALENDAR_YEARS = range(-2, 4)  # around this one

WRONG_KEY = (
    "HAMRAH_SECRET_KEY does not open this database: it was made with another key. "
    "Put the right key into .env (your backup has it), or name another database."
)


def utc_now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)


def random_token() -> str:
    """An unguessable token (256 bits) for links and cookies."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Runtime:
    """Handed to every action; tests build it with another clock, chance or content."""

    settings: Settings
    database: Database
    catalog: Catalog
    speech: Speech
    directory: Directory = field(default_factory=Directory)  # recipients, kinds of problems
    changes: Changes = field(default_factory=Changes)
    clock: Callable[[], datetime] = utc_now
    token: Callable[[], str] = random_token
    unsigned: frozenset[str] = frozenset()  # trees that no lawyer has signed as they are

    @cached_property
    def command_words(self) -> CommandWords:
        """The words that mean a command in any language."""
        return CommandWords(self.catalog.texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that workers are offered."""
        return self.catalog.languages


def build_runtime(
    settings: Settings,
    *,
    content: Path = CONTENT,
    locales: Path = LOCALES,
    clock: Callable[[], datetime] = utc_now,
) -> Runtime:
    """Load the content and the languages and open the database's door (not yet unlocked).

    Raises flows.load.FlowError with the faults of all content files.
    """
    texts = load_texts(locales, settings.languages or None)
    year = clock().year
    calendar = Calendar(holidays_of(year + offset for offset in CALENDAR_YEARS))
    catalog = load_catalog(content, texts, calendar)
    states = signatures(catalog, content)
    unsigned = frozenset(i for i, found in states.items() if found.state is not State.SIGNED)
    if settings.require_signed:
        catalog = catalog.handing_over(unsigned)
    database = Database(settings.database_url)
    runtime = Runtime(
        settings,
        database,
        catalog,
        Speech(texts),
        directory=load_directory(content),
        clock=clock,
        unsigned=unsigned,
    )
    database.on_change(runtime.changes.announce)
    return runtime


@asynccontextmanager
async def started(
    settings: Settings,
    *,
    content: Path = CONTENT,
    publish: bool = True,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Runtime]:
    """The runtime with its database migrated and unlocked; closed at the end.

    The content is published (bot/versions.py); a command that does not serve it need not do that.
    """
    runtime = build_runtime(settings, content=content, clock=clock)
    try:
        await open_database(runtime.database, settings)
        yield await published(runtime) if publish else runtime
    finally:
        await runtime.database.close()


async def published(runtime: Runtime) -> Runtime:
    """The runtime with its content kept as the live one, and the versions people are inside."""
    catalog = await versions.publish(runtime.database, runtime.catalog, runtime.clock())
    return replace(runtime, catalog=catalog, speech=Speech(catalog.texts))


async def open_database(database: Database, settings: Settings) -> None:
    """Migrate and unlock; raises SettingsError where it cannot be reached or the key is wrong."""
    try:
        await asyncio.to_thread(migrate, settings.database_url)
        vault = await database.write(lambda tx: keys.open_vault(tx, settings.secret_key))
    except WrongKey:
        raise SettingsError([WRONG_KEY]) from None
    except DatabaseUnavailable as error:
        raise SettingsError([f"HAMRAH_DATABASE_URL cannot be used: {error}"]) from None
    await database.unlock(vault)
