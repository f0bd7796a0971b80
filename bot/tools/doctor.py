"""`hamrah doctor`: whether each thing that Hamrah needs is there, and what to do where not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings
from storage import keys
from storage.crypto import WrongKey
from storage.database import Database, DatabaseUnavailable


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
    """The database, the key and the folder for files; nothing is changed."""
    return [await _database(settings), _media(settings.media_folder), _address(settings)]


def _is_new(database: Database) -> bool:
    return database.is_sqlite and not Path(database.url.database or "").exists()


async def _database(settings: Settings) -> Finding:
    database = Database(settings.database_url)
    if _is_new(database):
        await database.close()
        return ok("database", "there is none yet: the first start makes it")
    try:
        await database.read(lambda tx: keys.open_vault(tx, settings.secret_key))
    except WrongKey:
        says = "HAMRAH_SECRET_KEY does not open this database"
        return bad("database", says, "Put the key that it was made with into .env.")
    except DatabaseUnavailable as error:
        mend = "Check HAMRAH_DATABASE_URL, then run `hamrah migrate`."
        return bad("database", f"cannot be read ({error})", mend)
    finally:
        await database.close()
    return ok("database", "answers, and the key opens it")


def _media(folder: Path) -> Finding:
    if folder.exists() and not folder.is_dir():
        return bad("files", f"{folder} is no folder", "Name another in HAMRAH_MEDIA_FOLDER.")
    return ok("files", f"kept in {folder}")


def _address(settings: Settings) -> Finding:
    if settings.secure:
        return ok("address", settings.public_url)
    mend = "Set HAMRAH_PUBLIC_URL=https://...: webhooks and safe cookies need it."
    return bad("address", f"{settings.address} is not reached by https", mend)
