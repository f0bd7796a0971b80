"""`hamrah flows`: check, try, test, draw and sign the trees."""

import json
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from bot.cli.common import Content, TextLanguage, fail, faults_told, out, with_database
from flows import CONTENT, LOCALES

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from flows.tools.check import Report

flows_app = typer.Typer(
    help="Decision trees: check, try, test, draw and sign them.", no_args_is_help=True
)


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

    with faults_told():
        for path in write_schemas(content):
            out.print(str(path), markup=False, highlight=False, soft_wrap=True)


@flows_app.command("test")
def flows_test(
    files: Annotated[list[Path] | None, typer.Argument(help="Only these conversations.")] = None,
    content: Content = CONTENT,
) -> None:
    """Play the scripted conversations in every language, and say how much they cover."""
    from bot.tools import authoring

    with faults_told():
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

    with faults_told():
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
    with faults_told():
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
    with faults_told():
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
    with faults_told():
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
    with faults_told():
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
    with faults_told():
        if sheet:
            authoring.save_sheet(content, codes[0], flows or (), sheet)
            out.print(f"Written: {sheet}", markup=False, highlight=False, soft_wrap=True)
        else:
            authoring.show_voices(content, codes, flows or ())


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
            fail("Nothing was published: mend the errors first.")
    with_database(work, content)


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
