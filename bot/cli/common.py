"""What the commands share: output, faults in words, settings, an open database."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from bot.settings import Settings

T = TypeVar("T")
out, err = Console(), Console(stderr=True)

Language = Annotated[str, typer.Option(help="Language of the desk for this person: en, az, ru.")]
CONTENT = Path(__file__).parents[2] / "flows" / "content"
Content = Annotated[Path, typer.Option(help="The folder of the content.", show_default=False)]
TextLanguage = Annotated[str, typer.Option(help="In this language: en, az, fa, ...")]


class faults_told:
    """Turns every fault that the user can mend into its text on stderr and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        from bot.errors import (
            AnnouncementNotInState,
            BadInput,
            NotAllowed,
            NotFound,
            SettingsError,
        )

        match error:
            case AnnouncementNotInState():
                fail(f"This does not fit: the announcement is {error.found}.")
            case NotAllowed():
                fail("This person's role does not permit this.")
            case SettingsError():
                fail("Hamrah cannot start:", *error.faults)
            case BadInput():
                fail(f"{error.field}: {error.reason}")
            case NotFound():
                fail("There is nobody of that name, or no such number.")
            case _ if type(error).__name__ == "FlowError":
                fail("The content has faults:", *map(str, getattr(error, "faults", ())))
            case _ if type(error).__name__ == "CannotSign":
                fail(str(error))


def fail(first: str, *more: str) -> NoReturn:
    err.print(first, style="bold red", markup=False, highlight=False)
    for line in more:
        err.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(1)


def read_settings() -> "Settings":
    from bot.settings import load_settings

    return load_settings()


def catalog() -> Any:
    from bot.runtime import LOCALES
    from flows.catalog import CONTENT, load_catalog
    from flows.texts import load_texts

    with faults_told():
        return load_catalog(CONTENT, load_texts(LOCALES))


def with_database(
    work: "Callable[[Runtime], Coroutine[Any, Any, T]]", content: Path = CONTENT
) -> T:
    """Run work with an open database; it may be served by another process meanwhile."""
    from bot.runtime import started
    from bot.settings import ensure_secret_key

    async def go() -> T:
        async with started(read_settings(), content=content, publish=False) as runtime:
            return await work(runtime)

    with faults_told():
        ensure_secret_key()
        return asyncio.run(go())
