"""The command line: `hamrah ...`.

Each command imports what it needs when it runs: importing aiogram costs seconds, and a lawyer
who checks a tree should not wait for it.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from bot.settings import Settings
    from flows.tools.check import Report
    from storage.records import Staff

T = TypeVar("T")
out, err = Console(), Console(stderr=True)

app = typer.Typer(
    help="Hamrah: a bot that tells migrant workers their rights and brings them to a lawyer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks print local variables
    add_completion=False,
)
flows_app = typer.Typer(
    help="Decision trees: check, try, test, draw and sign them.", no_args_is_help=True
)
locales_app = typer.Typer(help="Translations: collect, merge, count.", no_args_is_help=True)
staff_app = typer.Typer(help="People who work at the desk.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)
announce_app = typer.Typer(
    help="Announcements to the people who want them: write, send, watch, decide.",
    no_args_is_help=True,
)
app.add_typer(announce_app, name="announce")
app.add_typer(flows_app, name="flows")
app.add_typer(locales_app, name="locales")
app.add_typer(staff_app, name="staff")
whatsapp_app = typer.Typer(help="WhatsApp: its templates.", no_args_is_help=True)
report_app = typer.Typer(help="Numbers for the office.", no_args_is_help=True)
app.add_typer(whatsapp_app, name="whatsapp")
app.add_typer(report_app, name="report")
app.add_typer(audit_app, name="audit")

Language = Annotated[str, typer.Option(help="Language of the desk for this person: en, az, ru.")]
CONTENT = Path(__file__).parent.parent / "flows" / "content"
Content = Annotated[Path, typer.Option(help="The folder of the content.", show_default=False)]
TextLanguage = Annotated[str, typer.Option(help="In this language: en, az, fa, ...")]


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


@app.command()
def doctor() -> None:
    """Look at each thing that Hamrah needs, and say what to do where one is missing."""
    from bot.app import examine
    from bot.log import set_up_logging

    with _faults_told():
        settings = _settings()
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


# -- WhatsApp, reports -------------------------------------------------------------------------


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

    with _faults_told():
        settings = _settings()
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
    for row in _with_database(costs.count):
        numbers = (row.sent, row.delivered, row.billed)
        table.add_row(row.month, row.channel, row.kind, *map(str, numbers))
    out.print(table)


@report_app.command("links")
def report_links() -> None:
    """Count how often the links of leaflets were followed, by month and source."""
    from bot.tools import leaflets

    table = Table("month", "source", "opened", "new people")
    for row in _with_database(leaflets.count):
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

    payload, name = _with_database(work)
    if not name:
        _fail("Telegram is not set up: HAMRAH_TELEGRAM_TOKEN is missing, or it does not answer.")
    address = f"https://t.me/{name}?start={payload}" if payload else f"https://t.me/{name}"
    out.print(address, soft_wrap=True, highlight=False)
    if qr is not None:
        qr.write_bytes(qr_svg(address))


# -- flows -------------------------------------------------------------------------------------


@flows_app.command("check")
def flows_check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Only these; a draft may lie anywhere.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As a list of objects.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")] = False,
    content: Content = CONTENT,
) -> None:
    """Check every tree; each problem is told with its file, line, node and a mend."""
    from flows.compute import local_day
    from flows.texts import LOCALES
    from flows.tools.check import check

    report = check(content, LOCALES, local_day(datetime.now(UTC)), paths or ())
    if as_json:
        typer.echo(json.dumps(report.as_data(), indent=2))
    else:
        _print_report(report)
    raise typer.Exit(1 if report.fails(strict=strict) else 0)


@flows_app.command("schema")
def flows_schema(content: Content = CONTENT) -> None:
    """Write the JSON Schemas of the content, by which editors complete and underline."""
    from flows.tools.schema import write_schemas

    for path in write_schemas(content):
        out.print(str(path), markup=False, highlight=False, soft_wrap=True)


@flows_app.command("test")
def flows_test(
    files: Annotated[list[Path] | None, typer.Argument(help="Only these conversations.")] = None,
    content: Content = CONTENT,
) -> None:
    """Play the scripted conversations in every language, and say how much they cover."""
    from bot.tools import authoring

    with _faults_told():
        passed = authoring.run_tests(content, files or ())
    raise typer.Exit(0 if passed else 1)


@flows_app.command("chat")
def flows_chat(
    flow: str,
    language: TextLanguage = "en",
    save: Annotated[
        Path | None, typer.Option(help="Add what was played to this file of conversations.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the saved conversation is about.")] = "",
    content: Content = CONTENT,
) -> None:
    """Play a tree in the terminal, as a worker would."""
    from bot.tools import authoring
    from flows.compute import local_day

    with _faults_told():
        authoring.play(content, flow, language, save, name, local_day(datetime.now(UTC)))


@flows_app.command("paths")
def flows_paths(
    flow: Annotated[str | None, typer.Argument(help="Of this tree; else an overview.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write them to a CSV file.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page to print, with all texts.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Refresh the kept tables.")] = False,
    language: TextLanguage = "en",
    content: Content = CONTENT,
) -> None:
    """Show all paths of a tree: answers, outcome, flags, urgency, sources."""
    from bot.tools import authoring

    if (csv or html) and flow is None:
        raise typer.BadParameter("name the tree: hamrah flows paths FLOW --html FILE")
    with _faults_told():
        if csv and flow:
            authoring.save_csv(content, flow, csv)
        if html and flow:
            authoring.save_page(content, flow, html, language)
        if write:
            authoring.write_tables(content)
        if not (csv or html or write):
            authoring.show_paths(content, flow)


@flows_app.command("sign")
def flows_sign(
    flow: str,
    name: Annotated[str, typer.Option(help="Who has read it, and agrees.")],
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When; else today.")
    ] = None,
    content: Content = CONTENT,
) -> None:
    """Write down that a lawyer has read a tree's paths and texts, and agrees."""
    from bot.tools import authoring
    from flows.compute import local_day

    day = date.date() if date else local_day(datetime.now(UTC))
    with _faults_told():
        authoring.sign_flow(content, flow, name, day)


@flows_app.command("graph")
def flows_graph(
    flow: str,
    file: Annotated[
        Path | None, typer.Option("-o", "--out", help="FILE.svg, or FILE.mmd for Mermaid.")
    ] = None,
    language: TextLanguage = "en",
    tested: Annotated[
        bool, typer.Option("--tested", help="Mark what no conversation comes to.")
    ] = False,
    content: Content = CONTENT,
) -> None:
    """Draw a tree."""
    from bot.tools import authoring

    file = file or Path(f"{flow}.svg")
    with _faults_told():
        authoring.draw(content, flow, file, language, tested=tested)
    out.print(f"Drawn: {file}", markup=False, highlight=False, soft_wrap=True)


@flows_app.command("preview")
def flows_preview(
    flow: str,
    languages: Annotated[str, typer.Option(help="One column each.")] = "en,az",
    file: Annotated[Path | None, typer.Option("-o", "--out", help="FILE.html")] = None,
    content: Content = CONTENT,
) -> None:
    """Show a tree's conversations as chats in two languages side by side, with their lengths."""
    from bot.tools import authoring

    file = file or Path(f"{flow}.html")
    with _faults_told():
        authoring.save_preview(content, flow, file, languages.split(","))
    out.print(f"Written: {file}", markup=False, highlight=False, soft_wrap=True)


@flows_app.command("voices")
def flows_voices(
    flows: Annotated[list[str] | None, typer.Argument(help="These trees; else all.")] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", "-l", help="Of these languages; else all.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(help="Write what one language lacks for its speaker: FILE.html or .csv."),
    ] = None,
    content: Content = CONTENT,
) -> None:
    """Show what a person has read aloud, and make the sheet for the next recording."""
    from bot.tools import authoring

    codes = language or []
    if sheet and len(codes) != 1:
        raise typer.BadParameter("a sheet is for one speaker: name one --language")
    with _faults_told():
        if sheet:
            authoring.save_sheet(content, codes[0], flows or (), sheet)
            out.print(f"Written: {sheet}", markup=False, highlight=False, soft_wrap=True)
        else:
            authoring.show_voices(content, codes)


@flows_app.command("publish")
def flows_publish(
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    withdraw: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="FLOW VERSION", help="Only let nobody stay in this earlier version of a tree."
        ),
    ] = None,
    content: Content = CONTENT,
) -> None:
    """Show what a change of the trees means for the people inside, and publish it."""
    from bot.tools import publishing
    from flows.compute import local_day
    from flows.texts import LOCALES
    from flows.tools.check import check

    async def work(runtime: "Runtime") -> None:
        if withdraw:
            await publishing.withdraw(runtime, *withdraw)
        else:
            await publishing.publish(runtime, ask=None if yes else typer.confirm)

    if not withdraw:
        report = check(content, LOCALES, local_day(datetime.now(UTC)))
        if report.fails():
            _print_report(report)
            _fail("Nothing was published: mend the errors first.")
    _with_database(work, content)


def _print_report(report: "Report") -> None:
    for _, problems in groupby(report.problems, key=lambda problem: problem.file):
        for problem in problems:
            style = "red" if problem.severity == "error" else "yellow"
            line = Text.assemble((str(problem), style), (f"  {problem.code}", "dim"))
            out.print(line, soft_wrap=True)
            if problem.mend:
                out.print(Text(f"    {problem.mend}", style="dim"), soft_wrap=True)
        out.print()
    out.print(report.summary(), style="red" if report.fails() else "green", highlight=False)


# -- locales -----------------------------------------------------------------------------------


@locales_app.command("update")
def locales_update(
    add: Annotated[list[str] | None, typer.Option(help="Begin a new language.")] = None,
) -> None:
    """Collect every sentence into hamrah.pot and merge it into all catalogs."""
    from bot.runtime import LOCALES
    from bot.tools.translation import update_catalogs

    for language, count in update_catalogs(_catalog(), LOCALES, add).items():
        out.print(f"{language}: {count.done} done, {count.fuzzy} fuzzy, {count.missing} missing")


@locales_app.command("compile")
def locales_compile() -> None:
    """Compile the catalogs, so that a start need not."""
    from bot.runtime import LOCALES
    from flows.texts import load_texts

    out.print(f"Compiled: {', '.join(load_texts(LOCALES).languages)}")


@locales_app.command("check")
def locales_check() -> None:
    """Say which buttons outside the trees are too long for WhatsApp, in every language."""
    from bot.texts import Speech
    from bot.tools.labels import too_long
    from flows.texts import LOCALES, load_texts

    found = list(too_long(Speech(load_texts(LOCALES))))
    for problem in found:
        out.print(f"{problem.file} {problem.node}: {problem.message}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if found else 0)


@locales_app.command("status")
def locales_status() -> None:
    """Show per language and part what is done, fuzzy, missing, and who has read it."""
    from bot.runtime import LOCALES
    from bot.tools.translation import reviews, status

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
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.add(runtime, name, role, language)
        return await staff.make_link(runtime, person)

    _print_link(_with_database(work))


@staff_app.command("link")
def staff_link(name: str) -> None:
    """Print a new sign-in link for this person (name or number), and one for Telegram."""
    from bot.office import staff, staff_chats

    async def work(runtime: "Runtime") -> tuple[str, str]:
        person = await staff.find(runtime, name)
        link = await staff.make_link(runtime, person)
        if not runtime.settings.telegram_token:
            return link, ""
        from bot.app import bot_name

        code = await staff_chats.make_code(runtime, person)
        bot = await bot_name(runtime.settings)
        start = f"staff-{code}"
        return link, f"https://t.me/{bot}?start={start}" if bot else f"/start {start}"

    link, telegram = _with_database(work)
    _print_link(link)
    if telegram:
        how = "open this link" if telegram.startswith("https") else "send this to the bot"
        out.print(f"To tie a Telegram account, {how} there (works once, for ten minutes):")
        out.print(telegram, soft_wrap=True, highlight=False)


@staff_app.command("unlink")
def staff_unlink(name: str) -> None:
    """Untie this person's Telegram account; what it shows of cases is deleted."""
    from bot.office import staff, staff_chats

    async def work(runtime: "Runtime") -> tuple[str, bool]:
        person = await staff.find(runtime, name)
        return person.name, await staff_chats.untie(runtime, person)

    who, untied = _with_database(work)
    out.print(f"{who} is no longer on Telegram." if untied else f"{who} was not on Telegram.")


@staff_app.command("list")
def staff_list() -> None:
    """List everyone."""
    from bot.office import staff

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
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.find(runtime, name)
        await staff.disable(runtime, person)
        return person.name

    out.print(f"{_with_database(work)} can no longer sign in.")


@staff_app.command("lift-bar")
def staff_lift_bar(
    name: str,
    code: Annotated[str, typer.Argument(help="The number of the case.")],
    reason: Annotated[str, typer.Argument(help="Why; it becomes a private note.")],
) -> None:
    """Take back that a person is barred from a case, where no coordinator can: an office of one."""
    from bot.casework import conflicts
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.find(runtime, name)
        await conflicts.lift_on_the_server(runtime, person, code, reason)
        return person.name

    out.print(f"{_with_database(work)} is asked anew about {code.upper()}.")


def _print_link(link: str) -> None:
    out.print("Sign-in link (works once, for ten minutes):")
    out.print(link, soft_wrap=True)


# -- audit -------------------------------------------------------------------------------------


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that no entry of the audit log was altered, removed or put in."""
    from bot.casework import oversight

    report = _with_database(oversight.verify_audit)
    if report.broken:
        lines = [f"{chain}: from entry {seq} on" for chain, seq in report.broken]
        _fail("The audit log was altered:", *lines)
    out.print(f"{report.entries} entries in {report.chains} chains: none was altered.")
    out.print(f"Fingerprint {report.fingerprint}: an end that is cut off changes it.")


# -- announce ----------------------------------------------------------------------------------

Number = Annotated[int, typer.Argument(help="The announcement's number.")]
Who = Annotated[str, typer.Option("--as", help="Which member of staff does it: name or number.")]


@announce_app.command("new")
def announce_new(
    name: Annotated[str, typer.Argument(help="What you call it; people do not see this.")],
    who: Who,
    text: Annotated[list[str], typer.Option(help="LANGUAGE=FILE, once for each language.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only these people: region=ganja, language=az, channel=telegram, ..."),
    ] = None,
    fallback: Annotated[
        str | None, typer.Option(help="What people get whose language is missing.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="WhatsApp's template for people who wrote long ago.")
    ] = None,
) -> None:
    """Write a draft, and say whom it would reach."""
    from bot.tools import announcing

    _with_database(
        lambda runtime: announcing.write(runtime, who, name, text, only or (), fallback, template)
    )


@announce_app.command("list")
def announce_list(who: Who) -> None:
    """List the newest announcements."""
    from bot.tools import announcing

    _with_database(lambda runtime: announcing.show_all(runtime, who))


@announce_app.command("show")
def announce_show(number: Number, who: Who) -> None:
    """Show what an announcement says, whom it reaches and where it stands."""
    from bot.tools import announcing

    _with_database(lambda runtime: announcing.show(runtime, who, number))


@announce_app.command("send")
def announce_send(
    number: Number,
    who: Who,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="In Baku; else at once.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress bar.")] = False,
) -> None:
    """Offer a draft for sending, and watch it where it needs no second person."""
    from bot.tools import announcing

    async def work(runtime: "Runtime") -> None:
        state = await announcing.send(runtime, who, number, at)
        if not quiet and at is None and state == "approved":
            await announcing.watch(runtime, who, number)

    _with_database(work)


@announce_app.command("watch")
def announce_watch(number: Number, who: Who) -> None:
    """Show the progress bar until it is finished, paused or cancelled."""
    from bot.tools import announcing

    _with_database(lambda runtime: announcing.watch(runtime, who, number))


@announce_app.command("ledger")
def announce_ledger(
    number: Number,
    who: Who,
    state: Annotated[str | None, typer.Option(help="Only these: unknown, failed, ...")] = None,
) -> None:
    """List every recipient by number."""
    from bot.tools import announcing

    _with_database(lambda runtime: announcing.show_ledger(runtime, who, number, state))


def _announce_step(name: str, what: str) -> None:
    """One command that does what one button of the desk does."""

    def command(number: Number, who: Who) -> None:
        from bot.tools import announcing

        _with_database(lambda runtime: announcing.step(runtime, who, number, name))
        out.print("Done.")

    announce_app.command(name, help=what)(command)


for _name, _what in (
    ("approve", "Say yes as the second person."),
    ("take-back", "Make a proposal a draft again."),
    ("send-now", "Begin at once what waits for its time, or is too late."),
    ("pause", "Let nothing more go out."),
    ("resume", "Go on where it was paused."),
    ("cancel", "End it for good."),
    ("retry", "Try again where the reason may have passed."),
    ("resend-unknown", "Send again what may have arrived: somebody may get it twice."),
    ("skip-unknown", "Leave it at that for what may have arrived."),
):
    _announce_step(_name, _what)


# -- common ------------------------------------------------------------------------------------


class _faults_told:
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
                _fail(f"This does not fit: the announcement is {error.found}.")
            case NotAllowed():
                _fail("This person's role does not permit this.")
            case SettingsError():
                _fail("Hamrah cannot start:", *error.faults)
            case BadInput():
                _fail(f"{error.field}: {error.reason}")
            case NotFound():
                _fail("There is nobody of that name, or no such number.")
            case _ if type(error).__name__ == "FlowError":
                _fail("The content has faults:", *map(str, getattr(error, "faults", ())))
            case _ if type(error).__name__ == "CannotSign":
                _fail(str(error))


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


def _with_database(
    work: "Callable[[Runtime], Coroutine[Any, Any, T]]", content: Path = CONTENT
) -> T:
    """Run work with an open database; it may be served by another process meanwhile."""
    from bot.runtime import started
    from bot.settings import ensure_secret_key

    async def go() -> T:
        async with started(_settings(), content=content, publish=False) as runtime:
            return await work(runtime)

    with _faults_told():
        ensure_secret_key()
        return asyncio.run(go())
