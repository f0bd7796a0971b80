"""What every action needs: the database, the content, the languages, the clock."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.changes import Changes
from bot.errors import SettingsError
from bot.settings import Settings
from flows import CONTENT, LOCALES
from storage import keys
from storage.crypto import WrongKey
from storage.database import Database, DatabaseUnavailable
from storage.migrate import migrate

if TYPE_CHECKING:
    from bot.content import OfficeContent
    from bot.texts import Speech
    from flows.catalog import Catalog
    from flows.directory import Directory
    from flows.match import CommandWords

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
    """Handed to every action; tests build it with another clock, chance or content.

    The content is read when something in it is first asked for: it costs half a second, and
    `hamrah announce pause` needs none of it.
    """

    settings: Settings
    database: Database
    read_content: "Callable[[], OfficeContent]"
    changes: Changes = field(default_factory=Changes)
    clock: Callable[[], datetime] = utc_now
    token: Callable[[], str] = random_token

    @cached_property
    def content(self) -> "OfficeContent":
        """What the files say; raises flows.load.FlowError with the faults of all of them."""
        return self.read_content()

    @property
    def catalog(self) -> "Catalog":
        """The trees, as workers meet them."""
        return self.content.catalog

    @property
    def directory(self) -> "Directory":
        """Whom a case can be passed to, and the kinds of problems."""
        return self.content.directory

    @property
    def unsigned(self) -> frozenset[str]:
        """The trees that no lawyer has signed as they are."""
        return self.content.unsigned

    @cached_property
    def speech(self) -> "Speech":
        """Says phrases in every language."""
        from bot.texts import Speech

        return Speech(self.catalog.texts)

    @cached_property
    def command_words(self) -> "CommandWords":
        """The words that mean a command in any language."""
        from flows.match import CommandWords

        return CommandWords(self.catalog.texts)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that workers are offered."""
        return self.catalog.languages

    def with_catalog(self, catalog: "Catalog") -> "Runtime":
        """The same house with other trees."""
        content = replace(self.content, catalog=catalog)
        return replace(self, read_content=lambda: content)


def build_runtime(
    settings: Settings,
    *,
    content: Path = CONTENT,
    locales: Path = LOCALES,
    clock: Callable[[], datetime] = utc_now,
) -> Runtime:
    """Open the database's door (not yet unlocked), and say where the content is."""

    @cache
    def read() -> "OfficeContent":
        from bot.content import read_content

        return read_content(settings, content, locales, clock)

    runtime = Runtime(settings, Database(settings.database_url), read, clock=clock)
    runtime.database.on_change(runtime.changes.announce)
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

    The content is read and published (bot/versions.py); a command that does not serve it need not
    do that. Raises flows.load.FlowError where it has faults.
    """
    runtime = build_runtime(settings, content=content, clock=clock)
    try:
        await open_database(runtime.database, settings)
        yield await published(runtime) if publish else runtime
    finally:
        await runtime.database.close()


async def published(runtime: Runtime) -> Runtime:
    """The runtime with its content kept as the live one, and the versions people are inside."""
    from bot import versions

    catalog = await versions.publish(runtime.database, runtime.catalog, runtime.clock())
    return runtime.with_catalog(catalog)


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
