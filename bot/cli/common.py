"""What the commands share: output, faults in words, settings, an open database."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

from flows import CONTENT

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from bot.settings import Settings

T = TypeVar("T")
out, err = Console(), Console(stderr=True)

Language = Annotated[str, typer.Option(help="Language of the desk for this person: en, az, ru.")]
Content = Annotated[Path, typer.Option(help="The folder of the content.", show_default=False)]
TextLanguage = Annotated[str, typer.Option(help="In this language: en, az, fa, ...")]


class faults_told:
    """Turns every fault that the user can mend into its text on stderr and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if error is None:
            return
        from bot.errors import (
            AnnouncementNotInState,
            BadInput,
            NotAllowed,
            NotFound,
            SettingsError,
        )
        from flows.load import FlowError
        from flows.tools.sign import CannotSign
        from storage.database import DatabaseUnavailable

        match error:
            case AnnouncementNotInState():
                fail(f"This does not fit: the announcement is {error.found}.")
            case NotAllowed():
                fail("This person's role does not permit this.")
            case SettingsError():
                several = ("Hamrah cannot start:",) if len(error.faults) > 1 else ()
                fail(*several, *error.faults)
            case DatabaseUnavailable():
                fail(f"HAMRAH_DATABASE_URL cannot be used: {error}")
            case BadInput():
                fail(f"{error.field}: {error.reason}")
            case NotFound():
                fail("There is nobody of that name, or no such number.")
            case FlowError():
                fail("The content has faults:", *map(str, error.faults))
            case CannotSign():
                fail(str(error))
            case OSError() if error.filename:
                fail(f"{error.filename} cannot be used: {error.strerror}")


def fail(first: str, *more: str) -> NoReturn:
    err.print(first, style="bold red", markup=False, highlight=False, soft_wrap=True)
    for line in more:
        err.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(1)


def read_settings() -> "Settings":
    from bot.settings import load_settings

    return load_settings()


def catalog() -> Any:
    from flows import LOCALES
    from flows.catalog import load_catalog
    from flows.texts import load_texts

    with faults_told():
        return load_catalog(CONTENT, load_texts(LOCALES))


def with_database(
    work: "Callable[[Runtime], Coroutine[Any, Any, T]]", content: Path = CONTENT
) -> T:
    """Run work with an open database; it may be served by another process meanwhile.

    Only `hamrah run` makes a key: a command in a wrong folder must not begin another house there.
    """
    from bot.runtime import started

    async def go() -> T:
        async with started(read_settings(), content=content, publish=False) as runtime:
            return await work(runtime)

    with faults_told():
        return asyncio.run(go())
