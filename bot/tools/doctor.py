"""`hamrah doctor`: whether each thing that Hamrah needs is there, and what to do where not."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content import read_content
from bot.errors import SettingsError
from bot.runtime import utc_now
from bot.settings import Settings
from flows import CONTENT, LOCALES
from flows.load import FlowError
from storage import keys
from storage.crypto import WrongKey
from storage.database import Database, DatabaseUnavailable, sqlite_file
from storage.migrate import schema_of


@dataclass(frozen=True)
class Finding:
    """How one step stands."""

    step: str
    good: bool
    says: str
    mend: str = ""  # what to do, where it is not good


def ok(step: str, says: str) -> Finding:
    """A step that is done."""
    return Finding(step, True, says)


def bad(step: str, says: str, mend: str) -> Finding:
    """A step that needs somebody."""
    return Finding(step, False, says, mend)


async def check_house(settings: Settings) -> Sequence[Finding]:
    """The database, the key, the folder for files, the trees; nothing is changed."""
    return [
        await _database(settings),
        _media(settings.media_folder),
        _trees(settings),
        _address(settings),
    ]


async def _database(settings: Settings) -> Finding:
    file = sqlite_file(settings.database_url)
    if file and not file.exists():
        if _may_be_made(file.absolute().parent):
            return ok("database", "there is none yet: the first start makes it")
        says = f"there is none, and {file.parent} is no folder to make it in"
        return bad("database", says, "Name another in HAMRAH_DATABASE_URL.")
    database = Database(settings.database_url)
    try:
        if await asyncio.to_thread(schema_of, settings.database_url) is None:
            return ok("database", "is empty: the first start fills it")
        await database.read(lambda tx: keys.open_vault(tx, settings.secret_key))
    except WrongKey:
        says = "HAMRAH_SECRET_KEY does not open this database"
        return bad("database", says, "Put the key that it was made with into .env.")
    except DatabaseUnavailable as error:
        return bad("database", f"cannot be used: {error}", "Check HAMRAH_DATABASE_URL.")
    finally:
        await database.close()
    return ok("database", "answers, and the key opens it")


def _media(folder: Path) -> Finding:
    if folder.exists() and not folder.is_dir():
        return bad("files", f"{folder} is no folder", "Name another in HAMRAH_MEDIA_FOLDER.")
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not _may_be_made(there):
        return bad("files", f"{folder} cannot be written to", "Let Hamrah's user write there.")
    return ok("files", f"kept in {folder}")


def _may_be_made(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def _trees(settings: Settings) -> Finding:
    try:
        catalog = read_content(settings, CONTENT, LOCALES, utc_now).catalog
    except FlowError as error:
        mend = "`hamrah flows check` says where, and how to mend it."
        return bad("trees", f"their files have faults: {len(error.faults)}", mend)
    except SettingsError as error:
        return bad("trees", "; ".join(error.faults), "Mend HAMRAH_LANGUAGES.")
    return ok("trees", f"can be read, in {', '.join(catalog.languages)}")


def _address(settings: Settings) -> Finding:
    if settings.secure:
        return ok("address", settings.public_url)
    mend = "Set HAMRAH_PUBLIC_URL=https://...: webhooks and safe cookies need it."
    return bad("address", f"{settings.address} is not reached by https", mend)
