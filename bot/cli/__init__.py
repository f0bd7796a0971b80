"""The command line: `hamrah ...`.

Each command imports what it needs when it runs: importing aiogram costs seconds, and a lawyer
who checks a tree should not wait for it.
"""

import asyncio
import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.cli.common import (
    TextLanguage,
    fail,
    faults_told,
    out,
    read_settings,
    with_database,
)

if TYPE_CHECKING:
    from bot.runtime import Runtime
from bot.cli.announce import announce_app
from bot.cli.flows import flows_app
from bot.cli.locales import locales_app
from bot.cli.staff import audit_app, staff_app

app = typer.Typer(
    help="Hamrah: a bot that tells migrant workers their rights and brings them to a lawyer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    add_completion=False,
)
whatsapp_app = typer.Typer(help="WhatsApp: its templates.", no_args_is_help=True)
report_app = typer.Typer(help="Numbers for the office.", no_args_is_help=True)
app.add_typer(flows_app, name="flows")
app.add_typer(locales_app, name="locales")
app.add_typer(staff_app, name="staff")
app.add_typer(audit_app, name="audit")
app.add_typer(announce_app, name="announce")
app.add_typer(whatsapp_app, name="whatsapp")
app.add_typer(report_app, name="report")


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no ✓ is no fault
    gc.set_threshold(50_000, 20, 50)  # what a start makes stays: looking for waste is a tenth of it
    app()


@app.command()
def run() -> None:
    """Serve everything in one process: web chat, desk, delivery."""
    from bot.log import set_up_logging
    from bot.settings import ensure_secret_key

    with faults_told():
        made = ensure_secret_key()
    if made:
        out.print("A secret key was made and kept in [bold].env[/]. Keep a copy of that file safe.")
    with faults_told():
        settings = read_settings()
        set_up_logging(settings.log_level, settings.log_format)
        from bot.app import serve

        asyncio.run(serve(settings, _announce))


async def _announce(runtime: "Runtime", address: str) -> None:
    """Print where to go, and on the first start how the first lawyer signs in."""
    from bot.office import staff

    out.print(f"\n  Web chat for workers  [bold]{address}/chat[/]")
    out.print(f"  Desk for lawyers      [bold]{address}/desk[/]")
    if runtime.settings.telegram_token:
        out.print(f"  Telegram              on ({runtime.settings.telegram_mode})")
    else:
        out.print("  Telegram              off (HAMRAH_TELEGRAM_TOKEN is not set)", style="dim")
    if runtime.settings.whatsapp_token:
        out.print(f"  WhatsApp              on (webhook {address}/whatsapp/webhook)")
    else:
        out.print("  WhatsApp              off (HAMRAH_WHATSAPP_TOKEN is not set)", style="dim")
    person = await staff.first_lawyer(runtime)
    if person is not None:
        link = await staff.make_link(runtime, person)
        out.print(
            f"\n  Sign in to the desk (works once, for ten minutes):\n  [bold]{link}[/]",
            soft_wrap=True,
        )
        out.print("  Later: hamrah staff link NAME", style="dim")
    out.print("\n  Ctrl-C stops it.\n", style="dim")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from storage.migrate import migrate as upgrade

    with faults_told():
        upgrade(read_settings().database_url)
    out.print("The database is up to date.")


@app.command()
def doctor() -> None:
    """Look at each thing that Hamrah needs, and say what to do where one is missing."""
    from bot.app import examine
    from bot.log import set_up_logging

    with faults_told():
        settings = read_settings()
        set_up_logging("CRITICAL", "console")
        found = asyncio.run(examine(settings))
    table = Table("", "step", "how it stands", show_lines=False)
    for each in found:
        says = Text(each.says)
        if each.mend:
            says.append(f"\n{each.mend}", style="dim")
        table.add_row(
            Text("✓" if each.good else "✗", "green" if each.good else "red"), each.step, says
        )
    out.print(table)
    raise typer.Exit(0 if all(each.good for each in found) else 1)


@whatsapp_app.command("templates")
def whatsapp_templates(
    yes: Annotated[bool, typer.Option("--yes", help="Submit the missing without asking.")] = False,
) -> None:
    """Show which texts of whatsapp_templates.yaml Meta has approved, and submit the missing."""
    from bot.app import bring_templates
    from bot.log import set_up_logging

    def agree(states: "Sequence[tuple[str, str, str]]") -> bool:
        _print_templates(states)
        return yes or typer.confirm("Ask Meta to approve the missing?")

    with faults_told():
        settings = read_settings()
        set_up_logging("CRITICAL", "console")
        _print_templates(asyncio.run(bring_templates(settings, agree)))


def _print_templates(states: "Sequence[tuple[str, str, str]]") -> None:
    table = Table("template", "language", "at Meta")
    for name, language, status in states:
        table.add_row(name, language, Text(status, "green" if status == "APPROVED" else "yellow"))
    out.print(table)


@report_app.command("costs")
def report_costs() -> None:
    """Count the messages that went out, by month, channel and kind; Meta bills each of its own."""
    from bot.tools import costs

    table = Table("month", "channel", "kind", "sent", "delivered", "billed")
    for row in with_database(costs.count):
        numbers = (row.sent, row.delivered, row.billed)
        table.add_row(row.month, row.channel, row.kind, *map(str, numbers))
    out.print(table)


@report_app.command("links")
def report_links() -> None:
    """Count how often the links of leaflets were followed, by month and source."""
    from bot.tools import leaflets

    table = Table("month", "source", "opened", "new people")
    for row in with_database(leaflets.count):
        table.add_row(row.month, row.source, str(row.opened), str(row.new_people))
    out.print(table)


@app.command()
def link(
    topic: Annotated[str, typer.Option(help="The tree that it leads to, like wages.")] = "",
    workshop: Annotated[str, typer.Option(help="The code of a workshop.")] = "",
    language: TextLanguage = "",
    source: Annotated[
        str, typer.Option("--from", help="Where it will be seen, like clinic7: counted.")
    ] = "",
    qr: Annotated[Path | None, typer.Option(help="Draw a QR code into this SVG file.")] = None,
) -> None:
    """Print a link into Telegram for a leaflet or poster; its words betray no topic."""
    from bot.app import bot_name
    from bot.links import write_payload
    from bot.workshops.papers import qr_svg

    async def work(runtime: "Runtime") -> tuple[str, str]:
        payload = write_payload(
            runtime, topic=topic, workshop=workshop, language=language, source=source
        )
        name = runtime.settings.telegram_name
        return payload, name or await bot_name(runtime.settings)

    payload, name = with_database(work)
    if not name:
        fail("Telegram is not set up: HAMRAH_TELEGRAM_TOKEN is missing, or it does not answer.")
    address = f"https://t.me/{name}?start={payload}" if payload else f"https://t.me/{name}"
    out.print(address, soft_wrap=True, highlight=False)
    if qr is not None:
        with faults_told():
            qr.write_bytes(qr_svg(address))
