"""The command line: `hamrah ...`.

Each command imports what it needs when it runs: importing aiogram costs seconds, and a lawyer
who checks a tree should not wait for it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from bot.settings import Settings
    from storage.records import Staff

T = TypeVar("T")
out, err = Console(), Console(stderr=True)

app = typer.Typer(
    help="Hamrah: a bot that tells migrant workers their rights and brings them to a lawyer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    add_completion=False,
)
flows_app = typer.Typer(help="Decision trees: check them.", no_args_is_help=True)
locales_app = typer.Typer(help="Translations: collect, merge, count.", no_args_is_help=True)
staff_app = typer.Typer(help="People who work at the desk.", no_args_is_help=True)
app.add_typer(flows_app, name="flows")
app.add_typer(locales_app, name="locales")
app.add_typer(staff_app, name="staff")

Language = Annotated[str, typer.Option(help="Language of the desk for this person: en, az, ru.")]


def main() -> None:
    """The console script."""
    app()


# -- run ---------------------------------------------------------------------------------------


@app.command()
def run() -> None:
    """Serve everything in one process: web chat, desk, delivery."""
    from bot.log import set_up_logging
    from bot.settings import ensure_secret_key

    with _faults_told():
        made = ensure_secret_key()
    if made:
        out.print("A secret key was made and kept in [bold].env[/]. Keep a copy of that file safe.")
    with _faults_told():
        settings = _settings()
        set_up_logging(settings.log_level, settings.log_format)
        from bot.app import serve

        asyncio.run(serve(settings, _announce))


async def _announce(runtime: "Runtime", address: str) -> None:
    """Print where to go, and on the first start how the first lawyer signs in."""
    from bot import staff

    out.print(f"\n  Web chat for workers  [bold]{address}/chat[/]")
    out.print(f"  Desk for lawyers      [bold]{address}/desk[/]")
    for channel, variable in (("Telegram", "TELEGRAM_TOKEN"), ("WhatsApp", "WHATSAPP_TOKEN")):
        out.print(f"  {channel:<21} off (HAMRAH_{variable} is not set)", style="dim")
    person = await staff.first_lawyer(runtime)
    if person is not None:
        link = await staff.make_link(runtime, person)
        out.print(f"\n  Sign in to the desk (works once, for ten minutes):\n  [bold]{link}[/]")
        out.print("  Later: hamrah staff link NAME", style="dim")
    out.print("\n  Ctrl-C stops it.\n", style="dim")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from storage.database import DatabaseUnavailable
    from storage.migrate import migrate as upgrade

    with _faults_told():
        settings = _settings()
        try:
            upgrade(settings.database_url)
        except DatabaseUnavailable as error:
            _fail(f"HAMRAH_DATABASE_URL cannot be used: {error}")
    out.print("The database is up to date.")


# -- flows -------------------------------------------------------------------------------------


@flows_app.command("check")
def flows_check() -> None:
    """Check every tree; each fault is told with its file, line and node."""
    catalog = _catalog()
    questions = sum(len(flow.nodes) for flow in catalog.flows.values())
    out.print(
        f"{len(catalog.flows)} flows with {questions} nodes, {len(catalog.sources)} sources: "
        "no faults."
    )


# -- locales -----------------------------------------------------------------------------------


@locales_app.command("update")
def locales_update(
    add: Annotated[list[str] | None, typer.Option(help="Begin a new language.")] = None,
) -> None:
    """Collect every sentence into hamrah.pot and merge it into all catalogs."""
    from bot.runtime import LOCALES
    from bot.translation import update_catalogs

    for language, count in update_catalogs(_catalog(), LOCALES, add).items():
        out.print(f"{language}: {count.done} done, {count.fuzzy} fuzzy, {count.missing} missing")


@locales_app.command("compile")
def locales_compile() -> None:
    """Compile the catalogs, so that a start need not."""
    from bot.runtime import LOCALES
    from flows.texts import load_texts

    out.print(f"Compiled: {', '.join(load_texts(LOCALES).languages)}")


@locales_app.command("status")
def locales_status() -> None:
    """Show per language and part what is done, fuzzy, missing, and who has read it."""
    from bot.runtime import LOCALES
    from bot.translation import reviews, status

    table = Table("language", "part", "done", "fuzzy", "missing")
    for language, parts in status(_catalog(), LOCALES).items():
        for part, count in parts.items():
            style = "" if count.done == count.total else "yellow"
            cells = (count.done, count.fuzzy, count.missing)
            table.add_row(language, part, *map(str, cells), style=style)
    out.print(table)
    for language, read_by in reviews(LOCALES).items():
        for name, who in read_by.items():
            out.print(f"{language}: {name}: {who}")


# -- staff -------------------------------------------------------------------------------------


@staff_app.command("add")
def staff_add(
    name: str,
    role: Annotated[str, typer.Option(help="lawyer, coordinator, outreach or admin.")] = "lawyer",
    language: Language = "en",
) -> None:
    """Add a person and print their sign-in link."""
    from bot import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.add(runtime, name, role, language)
        return await staff.make_link(runtime, person)

    _print_link(_with_database(work))


@staff_app.command("link")
def staff_link(name: str) -> None:
    """Print a new sign-in link for this person (name or number)."""
    from bot import staff

    async def work(runtime: "Runtime") -> str:
        return await staff.make_link(runtime, await staff.find(runtime, name))

    _print_link(_with_database(work))


@staff_app.command("list")
def staff_list() -> None:
    """List everyone."""
    from bot import staff

    async def work(runtime: "Runtime") -> "list[Staff]":
        return await staff.list_all(runtime)

    table = Table("number", "name", "role", "language", "")
    for person in _with_database(work):
        state = "disabled" if person.disabled else ""
        table.add_row(str(person.id), person.name, person.role, person.language, state)
    out.print(table)


@staff_app.command("disable")
def staff_disable(name: str) -> None:
    """Let this person in no more, at once."""
    from bot import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.find(runtime, name)
        await staff.disable(runtime, person)
        return person.name

    out.print(f"{_with_database(work)} can no longer sign in.")


def _print_link(link: str) -> None:
    out.print("Sign-in link (works once, for ten minutes):")
    out.print(link, soft_wrap=True)


# -- common ------------------------------------------------------------------------------------


class _faults_told:
    """Turns every fault that the user can mend into its text on stderr and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        from bot.errors import BadInput, NotFound, SettingsError

        match error:
            case SettingsError():
                _fail("Hamrah cannot start:", *error.faults)
            case BadInput():
                _fail(f"{error.field}: {error.reason}")
            case NotFound():
                _fail("There is nobody of that name.")
            case _ if type(error).__name__ == "FlowError":
                _fail("The content has faults:", *map(str, getattr(error, "faults", ())))


def _fail(first: str, *more: str) -> NoReturn:
    err.print(first, style="bold red", markup=False, highlight=False)
    for line in more:
        err.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    raise SystemExit(1)


def _settings() -> "Settings":
    from bot.settings import load_settings

    return load_settings()


def _catalog() -> Any:
    from bot.runtime import LOCALES
    from flows.catalog import CONTENT, load_catalog
    from flows.texts import load_texts

    with _faults_told():
        return load_catalog(CONTENT, load_texts(LOCALES))


def _with_database(work: "Callable[[Runtime], Coroutine[Any, Any, T]]") -> T:
    """Run work with an open database; it may be served by another process meanwhile."""
    from bot.runtime import started
    from bot.settings import ensure_secret_key

    async def go() -> T:
        async with started(_settings()) as runtime:
            return await work(runtime)

    with _faults_told():
        ensure_secret_key()
        return asyncio.run(go())
