"""What `hamrah flows` shows to the authors of trees. Knows no database and no channel."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from bot.texts import Speech
from bot.worktime import holidays_of
from flows import LOCALES
from flows.catalog import Catalog, load_catalog
from flows.compute import Calendar
from flows.model import Flow, Line, Phrase, Send
from flows.texts import SOURCE_LANGUAGE, load_texts
from flows.tools.boxes import boxes
from flows.tools.chat import LEAVE, append_test, as_test, chat
from flows.tools.coverage import Coverage, coverage
from flows.tools.graph import svg
from flows.tools.html import RIGHT_TO_LEFT
from flows.tools.mermaid import mermaid
from flows.tools.paths import PathTable, all_paths, cells, changed_tables, paths, tabled_flows
from flows.tools.paths_page import paths_page
from flows.tools.play import DAY, Play, Stage
from flows.tools.preview import preview
from flows.tools.rehearsal import Result, rehearse
from flows.tools.script import Script, read_scripts, script_files
from flows.tools.sign import CannotSign, Signature, State, sign, signatures
from flows.tools.voice_sheet import sheet_csv, sheet_page
from flows.voices import Voice, voices

out = Console()
CALENDAR_YEARS = range(-2, 4)  # around a day


class Workbench:
    """The content of a folder, and the words for it."""

    def __init__(self, content: Path, today: date = DAY) -> None:
        years = {day.year + offset for day in (DAY, today) for offset in CALENDAR_YEARS}
        texts = load_texts(LOCALES)
        self.content = content
        self.catalog: Catalog = load_catalog(content, texts, Calendar(holidays_of(years)))
        self.speech = Speech(texts)

    def flow(self, flow_id: str) -> Flow:
        """The flow of this name."""
        known = {flow.id: flow for flow in tabled_flows(self.catalog)}
        if flow_id not in known:
            raise typer.BadParameter(f"there is no flow {flow_id!r}; there are {', '.join(known)}")
        return known[flow_id]

    def language(self, language: str) -> str:
        """The language of this code."""
        known = self.catalog.texts.languages
        if language not in known:
            raise typer.BadParameter(f"there is no {language!r}; there are {', '.join(known)}")
        return language

    def render(self, send: Send, language: str) -> str:
        """A message as the worker reads it, with its law and numbers."""
        parts = [self.speech.line(line, language) for line in send.lines]
        parts += [self.speech.hotline(hotline, language) for hotline in send.hotlines]
        parts.append(self.speech.sources(send.sources, language))
        return "\n\n".join(part for part in parts if part)

    def say(self, language: str) -> Callable[[Phrase], str]:
        """How to say a text of which only sums and numbers are known."""
        known = self.catalog.insertions
        return lambda phrase: self.speech.line(Line(phrase, known), language)

    def scripts(self, files: Sequence[Path] = ()) -> list[Script]:
        """The conversations of these files, or of all."""
        return read_scripts(list(files) or script_files(self.content), self.catalog)


# -- test --------------------------------------------------------------------------------------


def run_tests(content: Path, files: Sequence[Path]) -> bool:
    """Play the scripted conversations; whether all went as they should."""
    bench = Workbench(content)
    scripts = bench.scripts(files)
    if not scripts:
        out.print("There are no conversations to test.", style="red")
        return False
    results = list(rehearse(scripts, bench.catalog, bench.render))
    out.print(_results_table(results))
    covered = coverage(bench.catalog, results, content)
    out.print(_coverage_table(covered))
    _print_missing(covered)
    failures = [failure for result in results for failure in result.failures]
    for failure in failures:
        out.print(str(failure), style="red", markup=False, highlight=False, soft_wrap=True)
    if not failures:
        out.print(f"{len(results)} conversations went as they should.", style="green")
    return not failures


def _results_table(results: Iterable[Result]) -> Table:
    groups: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        groups.setdefault((result.script.flow, result.language), []).append(result)
    table = Table("tree", "language", "conversations", "failed", title="Conversations")
    for (flow, language), played in groups.items():
        failed = sum(bool(result.failures) for result in played)
        style = "red" if failed else ""
        table.add_row(flow, language, str(len(played)), str(failed or ""), style=style)
    return table


def _coverage_table(rows: Iterable[Coverage]) -> Table:
    table = Table("tree", "language", "nodes", "answers", "outcomes", title="How much was played")
    for row in rows:
        numbers = [f"{done} of {total}" for done, total in (row.nodes, row.choices, row.outcomes)]
        table.add_row(row.flow, ", ".join(row.languages), *numbers)
    return table


def _print_missing(rows: Iterable[Coverage]) -> None:
    for row in rows:
        if row.nodes[0] and row.missing:
            places = "; ".join(f"{place.line} {place.what}" for place in row.missing)
            where = f"Not played in {row.flow}.yaml ({', '.join(row.languages)}), by line:"
            out.print(f"{where} {places}", markup=False, highlight=False, soft_wrap=True)


# -- chat --------------------------------------------------------------------------------------


def play(content: Path, flow: str, language: str, save: Path | None, name: str, day: date) -> None:
    """Play a flow in the terminal; add what was played to a file of conversations."""
    bench = Workbench(content, day)
    talk = Play(Stage(bench.catalog, bench.flow(flow).id), flow, bench.language(language), day)
    if not bench.catalog.offers(flow, language):
        out.print(f"Not all of {flow} is translated into {language}: some is English.", style="dim")
    out.print(f"Write a number, an answer, /back, /menu, ... or {LEAVE}.", style="dim")
    steps = chat(talk, bench.render, _read, lambda text: _tell(text, language))
    if save is not None and steps:
        title = name or f"{flow} {talk.outcome or 'not to the end'}, played on {day:%d.%m.%Y}"
        append_test(save, as_test(title, talk, steps), bench.catalog)
        out.print(f"Saved in {save}: {title}", markup=False, highlight=False, soft_wrap=True)


def _read() -> str | None:
    out.print("> ", end="", style="bold")
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


def _tell(text: str, language: str) -> None:
    right = language in RIGHT_TO_LEFT
    out.print(text, markup=False, highlight=False, justify="right" if right else None)


# -- paths -------------------------------------------------------------------------------------


def show_paths(content: Path, flow: str | None) -> None:
    """Print the paths of a flow, or how many each has and who has signed it."""
    bench = Workbench(content)
    if flow is not None:
        out.print(_paths_table(paths(bench.catalog, bench.flow(flow).id)))
        return
    tables, signed = all_paths(bench.catalog), signatures(bench.catalog, content)
    old = {path.stem for path in changed_tables(tables, content)}
    table = Table("tree", "paths", "number", "signed", "file")
    for known, its in tables.items():
        listed = f"{len(its.rows)} of {its.total}" if len(its.rows) < its.total else str(its.total)
        note = "[yellow]old: --write[/]" if known in old else "as it should be"
        table.add_row(known, listed, its.hash, _signed(signed[known]), note)
    out.print(table)


def _signed(signature: Signature) -> str:
    if signature.state is State.UNSIGNED:
        return "[dim]unsigned[/]"
    words = f"{signature.name}, {signature.signed_on:%d.%m.%Y}"
    if signature.state is State.STALE:
        return f"[yellow]stale ({' and '.join(signature.changed)} changed): {words}[/]"
    return f"[green]{words}[/]"


def _paths_table(table: PathTable) -> Table:
    shown = Table(title=f"{table.flow} {table.hash}: {table.note}", show_lines=True)
    for name in ("answers", "outcome", "flags", "urgency", "case for", "told", "law", "numbers"):
        shown.add_column(name, overflow="fold", min_width=24 if name == "answers" else None)
    for row in table.rows:
        shown.add_row(*(cell.replace("; ", "\n") for cell in cells(row)))
    return shown


def save_csv(content: Path, flow: str, path: Path) -> None:
    """Write the paths of a flow as CSV."""
    bench = Workbench(content)
    path.write_text(paths(bench.catalog, bench.flow(flow).id).csv, encoding="utf-8")


def save_page(content: Path, flow: str, path: Path, language: str) -> None:
    """Write the paths and texts of a flow as a page to print."""
    bench = Workbench(content)
    table = paths(bench.catalog, bench.flow(flow).id)
    page = paths_page(bench.catalog, table, bench.say(bench.language(language)), language)
    path.write_text(page, encoding="utf-8")


def write_tables(content: Path) -> None:
    """Refresh the committed tables."""
    changed = changed_tables(all_paths(Workbench(content).catalog), content)
    for path, table in changed.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(table, encoding="utf-8")
        out.print(f"Written: {path}", markup=False, highlight=False, soft_wrap=True)
    if not changed:
        out.print("All tables are as they should be.")


# -- voices ------------------------------------------------------------------------------------


def show_voices(content: Path, languages: Sequence[str], flows: Sequence[str]) -> None:
    """Print per tree and language how much is recorded, and which recordings no longer fit."""
    bench = Workbench(content)
    known = list(_voices(bench, languages, flows))
    table = Table("tree", "language", "can be recorded", "recorded", "of old words")
    groups: dict[tuple[str, str], list[Voice]] = {}
    for voice in known:
        groups.setdefault((voice.name.split(".")[0], voice.language), []).append(voice)
    for (flow, language), found in groups.items():
        done, old = sum(v.recorded for v in found), sum(len(v.stale) for v in found)
        table.add_row(flow, language, str(len(found)), str(done or ""), str(old or ""))
    out.print(table)
    for path in (path for voice in known for path in voice.stale):
        out.print(f"Old words: {path}", markup=False, highlight=False, soft_wrap=True)


def save_sheet(content: Path, language: str, flows: Sequence[str], path: Path) -> None:
    """Write what is still to be read aloud in a language: text, file name, seconds."""
    bench = Workbench(content)
    todo = [voice for voice in _voices(bench, [language], flows) if not voice.recorded]
    path.write_text(
        sheet_csv(todo) if path.suffix == ".csv" else sheet_page(todo, language), encoding="utf-8"
    )
    minutes = -(-sum(voice.seconds for voice in todo) // 60)
    out.print(f"{len(todo)} texts to read, about {minutes} minutes.")


def _voices(bench: Workbench, languages: Sequence[str], flows: Sequence[str]) -> Iterator[Voice]:
    wanted = [bench.language(code) for code in languages] or bench.catalog.texts.languages
    chosen = [bench.flow(flow) for flow in flows] or tabled_flows(bench.catalog)
    return voices(chosen, bench.catalog.texts, bench.content, wanted)


# -- sign, graph, preview ----------------------------------------------------------------------


def sign_flow(content: Path, flow: str, name: str, day: date) -> None:
    """Write down who has read a flow; raises CannotSign."""
    bench = Workbench(content)
    if not name.strip():
        raise CannotSign("Say who signs: --name.")
    table = sign(bench.catalog, content, bench.flow(flow).id, name.strip(), day)
    out.print(f"{name.strip()} has signed {flow} ({table.note}), number {table.hash}.")


def draw(content: Path, flow: str, path: Path, language: str, *, tested: bool) -> None:
    """Write the picture of a flow as SVG or Mermaid, by the name of the file."""
    bench = Workbench(content)
    known = bench.flow(flow)
    nodes = choices = None
    if tested:
        results = list(rehearse(bench.scripts(), bench.catalog, bench.render))
        nodes = frozenset[tuple[str, str]]().union(*(result.nodes for result in results))
        choices = frozenset[tuple[str, str, str]]().union(*(result.choices for result in results))
    say = bench.say(bench.language(language))
    parts = boxes(bench.catalog, known, say, nodes, choices)
    if path.suffix == ".mmd":
        path.write_text(mermaid(parts, known.start), encoding="utf-8")
    elif path.suffix == ".svg":
        title = f"{say(known.title)} ({known.id})"
        picture = svg(title, parts, known.start, rtl=language in RIGHT_TO_LEFT)
        path.write_text(picture, encoding="utf-8")
    else:
        raise typer.BadParameter("give the file a name that ends with .svg or .mmd")


def save_preview(content: Path, flow: str, path: Path, languages: Sequence[str]) -> None:
    """Write a flow's conversations in these languages as a page."""
    bench = Workbench(content)
    known = bench.flow(flow)
    scripts = [script for script in bench.scripts() if script.flow == flow]
    if not scripts:
        raise typer.BadParameter(f"there are no conversations of {flow!r} yet: hamrah flows chat")
    codes = [bench.language(language.strip()) for language in languages]
    title = bench.say(SOURCE_LANGUAGE)(known.title)
    path.write_text(preview(scripts, bench.catalog, codes, title, bench.render), encoding="utf-8")
