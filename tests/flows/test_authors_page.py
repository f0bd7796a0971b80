"""docs/authors.md: its example is whole and identical to the files, and its commands work."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.tools.authoring import Workbench
from flows import CONTENT
from flows.compute import FUNCTIONS
from flows.document import KINDS
from flows.model import SEVERITIES, Ask, AskKind, Branch, Choose, Run
from flows.tools.rehearsal import rehearse
from flows.tools.sign import State, signatures

ROOT = CONTENT.parent.parent
PAGE = (ROOT / "docs" / "authors.md").read_text("utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "lost_card.yaml"
SCRIPTS = ROOT / "docs" / "examples" / "tests" / "lost_card.yaml"
MENU = """\
flow: menu
title: Menu
owner: tests
legal: false
start: topics
nodes:
  topics:
    choose: What do you need?
    options:
      lawyer: {say: "👤 Talk to a lawyer", next: lawyer}
  lawyer: {run: lawyer, next: end}
  end: {end: done}
"""


def blocks(language: str) -> list[str]:
    """The blocks of the page in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office that has done what the page says: its content, and nothing else to play."""
    content = tmp_path / "flows" / "content"
    shutil.copytree(CONTENT / "office", content / "office")
    for name in ("sources.yaml", "hotlines.yaml"):
        shutil.copy(CONTENT / name, content / name)
    (content / "office" / "menu.yaml").write_text(MENU, "utf-8")
    (content / "azerbaijan").mkdir()
    (content / "tests").mkdir()
    tree, scripts = (block for block in blocks("yaml") if len(block) > 500)
    (content / "azerbaijan" / "lost_card.yaml").write_text(tree, "utf-8")
    (content / "tests" / "lost_card.yaml").write_text(scripts, "utf-8")
    monkeypatch.chdir(tmp_path)
    return content


def test_the_example_of_the_page_is_the_file_of_the_example() -> None:
    tree, scripts = (block for block in blocks("yaml") if len(block) > 500)
    assert tree == EXAMPLE.read_text("utf-8")
    assert scripts == SCRIPTS.read_text("utf-8")


def test_the_example_has_all_that_the_page_promises(office: Path) -> None:
    nodes = Workbench(office).catalog.flows["lost_card"].nodes.values()
    assert sum(isinstance(node, Choose | Ask) for node in nodes) == 8
    assert any(isinstance(node, Branch) for node in nodes)
    assert any("working_days_after" in call for n in nodes for call in n.compute.values())
    assert any(option.flag for n in nodes if isinstance(n, Choose) for option in n.options.values())
    assert any(isinstance(node, Run) and node.flow == "lawyer" for node in nodes)


def test_the_conversations_of_the_example_play_all_of_it(office: Path) -> None:
    bench = Workbench(office)
    results = list(rehearse(bench.scripts(), bench.catalog, bench.render))
    assert [str(fault) for result in results for fault in result.failures] == []
    flow = bench.catalog.flows["lost_card"]
    played = {node for result in results for node in result.nodes}
    assert {(flow.id, node) for node in flow.nodes} <= played


def test_every_command_of_the_page_works_in_its_order(office: Path) -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 10
    for command in commands:
        arguments = shlex.split(command)[1:]
        result = CliRunner().invoke(app, [*arguments, "--content", str(office)], input="1\n")
        assert result.exit_code == 0, f"{command}\n{result.output}"
    for file in ("lost_card.svg", "lost_card.html", "paths.html", "paths.csv"):
        assert Path(file).exists()
    assert signatures(Workbench(office).catalog, office)["lost_card"].state is State.SIGNED
    assert "my first try" in (office / "tests" / "lost_card.yaml").read_text("utf-8")


def test_the_lines_for_the_menu_bring_workers_to_the_tree(office: Path) -> None:
    option, node = (block for block in blocks("yaml") if len(block) <= 500)
    menu = MENU.replace("  lawyer: {run", f"{node}  lawyer: {{run")
    menu = menu.replace("      lawyer: {say", f"{option}      lawyer: {{say")
    (office / "office" / "menu.yaml").write_text(menu, "utf-8")
    result = CliRunner().invoke(
        app, ["flows", "chat", "menu", "--content", str(office)], input="card\n"
    )
    assert "Which card is gone?" in result.stdout


def test_the_picture_of_the_page_is_that_of_the_example(office: Path) -> None:
    result = CliRunner().invoke(
        app, ["flows", "graph", "lost_card", "-o", "new.svg", "--content", str(office)]
    )
    assert result.exit_code == 0, result.output
    kept = ROOT / "docs" / "pictures" / "lost_card.svg"
    assert Path("new.svg").read_text("utf-8") == kept.read_text("utf-8"), f"draw {kept} again"


@pytest.mark.parametrize("word", [*KINDS, *AskKind, *FUNCTIONS])
def test_the_page_names_every_kind_and_every_computation(word: str) -> None:
    if word not in ("photo", "voice"):  # the engine keeps files and asks again: no answer yet
        assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE), word


def test_the_page_names_every_flag() -> None:
    for severities in SEVERITIES.values():
        for severity in severities:
            assert f"`{severity}`" in PAGE


def test_the_page_lists_every_rule_of_the_check() -> None:
    told = set(re.findall(r"\b[EW]\d+\b", PAGE.split("## 10.")[1]))
    code = "".join(path.read_text("utf-8") for path in (ROOT / "flows").glob("**/*.py"))
    assert set(re.findall(r'"([EW]\d+)"', code)) <= told
