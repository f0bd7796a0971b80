"""`hamrah locales`: collect, merge, check and count translations."""

from typing import Annotated

import typer
from rich.table import Table

from bot.cli.common import catalog, faults_told, out
from flows import LOCALES

locales_app = typer.Typer(help="Translations: collect, merge, count.", no_args_is_help=True)


@locales_app.command("update")
def locales_update(
    add: Annotated[list[str] | None, typer.Option(help="Begin a new language.")] = None,
) -> None:
    """Collect every sentence into hamrah.pot and merge it into all catalogs."""
    from bot.tools.translation import update_catalogs

    with faults_told():
        counts = update_catalogs(catalog(), LOCALES, add)
    for language, count in counts.items():
        out.print(f"{language}: {count.done} done, {count.fuzzy} fuzzy, {count.missing} missing")


@locales_app.command("compile")
def locales_compile() -> None:
    """Compile the catalogs, so that a start need not."""
    from flows.texts import load_texts

    out.print(f"Compiled: {', '.join(load_texts(LOCALES).languages)}")


@locales_app.command("check")
def locales_check() -> None:
    """Say which buttons outside the trees and which first lines do not fit, in every language."""
    from bot.texts import Speech
    from bot.tools.labels import unfit
    from flows.texts import load_texts

    found = list(unfit(Speech(load_texts(LOCALES))))
    for problem in found:
        out.print(f"{problem.file} {problem.node}: {problem.message}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if found else 0)


@locales_app.command("status")
def locales_status() -> None:
    """Show per language and part what is done, fuzzy, missing, and who has read it."""
    from bot.tools.translation import reviews, status

    table = Table("language", "part", "done", "fuzzy", "missing")
    for language, parts in status(catalog(), LOCALES).items():
        for part, count in parts.items():
            style = "" if count.done == count.total else "yellow"
            cells = (count.done, count.fuzzy, count.missing)
            table.add_row(language, part, *map(str, cells), style=style)
    out.print(table)
    for language, read_by in reviews(LOCALES).items():
        for name, who in read_by.items():
            out.print(f"{language}: {name}: {who}")
