"""The check: each rule by a broken example, and every hostile file with a plain answer."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from flows import CONTENT
from flows.tools.check import check
from flows.tools.lint.content import flow_files
from flows.tools.schema import SCHEMAS, first_line, schema_text
from tests.flows.broken_content import BASE, BROKEN, TODAY, examples, expected, told

NOWHERE = Path("/nowhere")  # no catalogs: English only


def on_command_line(*arguments: str | Path) -> tuple[int, str]:
    command = ["flows", "check", "--content", str(BASE), *map(str, arguments)]
    result = CliRunner().invoke(app, command)
    return result.exit_code, result.output


def a_draft(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / f"{name}.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def a_flow(name: str, nodes: str) -> str:
    return f"flow: {name}\ntitle: A tree\nowner: tests\nstart: a\nnodes:\n{nodes}"


# -- the rules -----------------------------------------------------------------------------------


@pytest.mark.parametrize("example", examples(), ids=lambda path: path.stem)
def test_broken_example_is_told_in_these_words(example: Path, tmp_path: Path) -> None:
    assert told(example, tmp_path) == expected(example)


def test_every_rule_has_a_broken_example() -> None:
    rules = {f"e{n}" for n in range(17)} | {f"w{n}" for n in range(1, 7)}
    assert {path.stem.split("_")[0] for path in examples()} >= rules


def test_a_file_with_twelve_faults_names_all_twelve(tmp_path: Path) -> None:
    lines = told(BROKEN / "twelve_faults.yaml", tmp_path)
    assert len([line for line in lines if not line.startswith(" ")]) == 12


def test_content_without_faults_has_nothing_to_mend() -> None:
    report = check(BASE, NOWHERE, TODAY)
    assert report.problems == ()
    assert report.summary() == "5 flows, 15 nodes, 2 sources: nothing to mend."


def test_more_than_fifty_nodes_in_a_row_are_told_before_the_engine_stops(tmp_path: Path) -> None:
    chain = "".join(
        f'  {"a" if n == 0 else f"n{n}"}: {{say: "Go.", next: n{n + 1}}}\n' for n in range(60)
    )
    draft = a_draft(tmp_path, "chain", a_flow("chain", chain + "  n60: {end: done}\n"))
    problems = check(BASE, NOWHERE, TODAY, [draft]).problems
    assert "61 nodes follow each other here without a question" in [p.message for p in problems]


def test_a_flow_with_too_many_paths_is_told_and_not_waited_for(tmp_path: Path) -> None:
    options = "".join(f'o{n}: {{say: "{n}"}}, ' for n in range(8))
    ask = 'choose: "Q?", save: s{n}, next: q{after}, options: {{{options}}}'
    asked = "".join(
        f"  {'a' if n == 0 else f'q{n}'}: {{{ask.format(n=n, after=n + 1, options=options)}}}\n"
        for n in range(8)
    )
    read = " and ".join(f"s{n} == 'o1'" for n in range(8))
    last = f'  q8: {{branch: [{{when: "{read}", next: e}}, {{else: e}}]}}\n  e: {{end: done}}\n'
    draft = a_draft(tmp_path, "wide", a_flow("wide", asked + last))
    problems = check(BASE, NOWHERE, TODAY, [draft]).problems
    assert "has more than 20000 different paths; not all of them were checked" in [
        p.message for p in problems
    ]


def test_a_source_is_a_warning_for_thirty_days_and_then_an_error() -> None:
    overdue = {
        day: [p.severity.value for p in check(BASE, NOWHERE, day).problems]
        for day in (date(2027, 5, 22), date(2027, 5, 23), date(2027, 6, 21), date(2027, 6, 22))
    }
    assert [set(found) for found in overdue.values()] == [
        set(), {"warning"}, {"warning"}, {"error"},
    ]  # fmt: skip


def test_a_red_flag_may_end_where_a_branch_leads_it_to_a_lawyer(tmp_path: Path) -> None:
    nodes = """\
  a:
    choose: Does somebody lock you in?
    options:
      "yes": {say: "Yes", next: b, flag: {trafficking: red}}
      "no": {say: "No", next: b}
  b:
    branch:
      - {when: "worst.trafficking == 'red'", next: lawyer}
      - {else: end}
  lawyer: {run: lawyer, next: end}
  end: {end: done}
"""
    draft = a_draft(tmp_path, "locked", a_flow("locked", nodes))
    assert [p.code for p in check(BASE, NOWHERE, TODAY, [draft]).problems] == ["W5"]


def test_a_value_may_be_inserted_where_a_branch_has_read_it(tmp_path: Path) -> None:
    nodes = """\
  a:
    ask: On which day?
    kind: date
    save: day
    next: b
    options:
      unsure: {say: "I forgot"}
  b:
    compute: {limit: "months_after(day, 12)"}
    branch:
      - {when: "days_until(limit, today) > 90", next: c}
      - {else: d}
  c: {say: "It ends on {limit}.", next: d}
  d: {end: done}
"""
    draft = a_draft(tmp_path, "limits", a_flow("limits", nodes))
    assert [p.code for p in check(BASE, NOWHERE, TODAY, [draft]).problems] == ["W5"]


def test_questions_that_are_only_counted_stay_few_paths(tmp_path: Path) -> None:
    options = '"yes": {say: "Yes"}, "no": {say: "No"}, skip: {say: "Skip"}'
    asked = "".join(
        f"  {'a' if n == 0 else f'q{n}'}: "
        f'{{choose: "Q?", save: s{n}, next: q{n + 1}, options: {{{options}}}}}\n'
        for n in range(12)
    )
    counted = ", ".join(f"said_yes(s{n})" for n in range(12))
    last = f'  q12: {{branch: [{{when: "at_least(2, [{counted}])", next: b}}, {{else: c}}]}}\n'
    ends = "  b: {end: some}\n  c: {end: few}\n"
    draft = a_draft(tmp_path, "screen", a_flow("screen", asked + last + ends))
    assert {p.code for p in check(BASE, NOWHERE, TODAY, [draft]).problems} == {"W5"}


def test_a_whole_language_has_what_the_engine_says(tmp_path: Path) -> None:
    content, locales = tmp_path / "content", tmp_path / "locales"
    shutil.copytree(BASE, content)
    (content / "languages.yaml").write_text("languages: {ru: whole}\n", encoding="utf-8")
    po = locales / "ru" / "LC_MESSAGES" / "hamrah.po"
    po.parent.mkdir(parents=True)
    po.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n', encoding="utf-8"
    )
    told_of = [p.message for p in check(content, locales, TODAY).problems]
    assert any("texts of the engine are not translated: engine." in message for message in told_of)


def test_a_voice_file_that_nothing_plays_is_told(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(BASE, content)
    (content / "media" / "en").mkdir(parents=True)
    (content / "media" / "en" / "old.ogg").touch()
    [problem] = check(content, NOWHERE, TODAY).problems
    assert (problem.node, problem.code) == ("old", "W6")


# -- what an author checks -----------------------------------------------------------------------


def test_a_draft_is_checked_with_the_content_and_told_alone(tmp_path: Path) -> None:
    draft = a_draft(tmp_path, "pay", a_flow("pay", '  a: {say: "Hello.", next: lawyer}\n'))
    problems = check(BASE, NOWHERE, TODAY, [draft]).problems
    assert [str(p) for p in problems] == [
        f"{draft}:6 a: leads to 'lawyer', which does not exist",
    ]


def test_a_faulty_file_does_not_hide_the_problems_of_another(tmp_path: Path) -> None:
    a_draft(tmp_path, "first", "flow: [\n")
    a_draft(tmp_path, "second", a_flow("second", "  a: {end: done}\n  b: {end: never}\n"))
    told_of = {Path(p.file).name for p in check(BASE, NOWHERE, TODAY, [tmp_path]).problems}
    assert told_of == {"first.yaml", "second.yaml"}


def test_command_fails_on_errors_and_strictly_on_warnings(tmp_path: Path) -> None:
    warned = a_draft(tmp_path, "warned", a_flow("warned", "  a: {end: done}\n"))
    broken = a_draft(tmp_path, "broken", a_flow("broken", "  a: {say: Hello., next: b}\n"))
    assert on_command_line(warned)[0] == 0
    assert on_command_line("--strict", warned)[0] == 1
    assert on_command_line(broken)[0] == 1


def test_command_tells_place_sentence_and_mend(tmp_path: Path) -> None:
    draft = a_draft(
        tmp_path, "tree", a_flow("tree", '  a: {say: "Hi.", next: ed}\n  end: {end: x}\n')
    )
    _, output = on_command_line(draft)
    assert output.startswith(
        f"{draft}:6 a: leads to 'ed', which does not exist  E1\n    Did you mean 'end'?\n"
    )
    assert ": 1 error and 1 warning." in output.splitlines()[-1]


def test_editors_get_a_list_of_objects(tmp_path: Path) -> None:
    draft = a_draft(tmp_path, "tree", a_flow("tree", '  a: {say: "Hi.", next: b}\n'))
    code, output = on_command_line("--json", draft)
    assert code == 1
    assert json.loads(output) == [
        {
            "file": str(draft),
            "line": 6,
            "node": "a",
            "code": "E1",
            "message": "leads to 'b', which does not exist",
            "mend": "Write a node 'b'.",
            "severity": "error",
        }
    ]


def test_command_needs_no_telegram_and_no_database() -> None:
    code = """
import sys
from typer.testing import CliRunner
from bot.cli import app
assert CliRunner().invoke(app, ["flows", "check", "--content", sys.argv[1]]).exit_code == 0
print(sorted({"aiogram", "pywa", "sqlalchemy", "psycopg", "aiohttp"} & sys.modules.keys()))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(BASE)], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "[]\n"


# -- hostile files -------------------------------------------------------------------------------

HOSTILE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "binary": (bytes(range(256)) * 40, "is not UTF-8 text"),
    "other_encoding": ("flow: ə".encode("utf-16"), "is not UTF-8 text"),
    "control_character": (b"flow: a\x00\n", "has a character that no text has (number 0)"),
    "hidden_control_character": (b'? "a\\e[2J"\n: 1\n', "has a key that is not a name"),
    "half_a_character": (b'flow: "\\ud800"\n', "has a character that no text has"),
    "ten_megabytes": (b"a" * 10_000_000, "is larger than 512 kB"),
    "bomb": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "uses an alias (*)"),
    "itself": (b"a: &a [*a]\n", "uses an alias (*)"),
    "merge": (b"flow: a\n<<: {title: b}\n", "has a key that is not a name"),
    "tag": (b"flow: !!python/object:os.system x\n", "which is not allowed"),
    "deep": (b"flow: " + b"[" * 100 + b"]" * 100, "is nested too deeply"),
    "very_deep": (b"flow: " + b"[" * 5000 + b"]" * 5000, "is nested too deeply"),
    "tab": (b"flow: a\n\ttitle: b\n", "is not YAML: a tab stands where only spaces may stand"),
    "colon": (b"flow: a\ntitle: Note: this\n", "is not YAML: a colon stands inside a text"),
    "open_quote": (b'flow: "a\n', "is not YAML: found unexpected end of stream"),
    "list": (b"- flow\n", "should be a list of words with values"),
    "list_as_key": (b"? [a]\n: b\n", "has a key that is not a name"),
    "two_documents": (b"flow: a\n---\nflow: b\n", "is not YAML: but found another document"),
    "no_such_day": (b"flow: 2026-02-30\n", "there is no such date or number: 2026-02-30"),
    "long_number": (b"flow: " + b"1" * 5000, "there is no such date or number: " + "1" * 40),
    "nodes_without_words": (a_flow("x", "  a:\n  b: [1]\n").encode(), "which kind of node it is"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_gets_a_plain_answer(name: str, tmp_path: Path) -> None:
    content, answer = HOSTILE[name]
    problems = check(BASE, NOWHERE, TODAY, [a_draft(tmp_path, name, content)]).problems
    assert answer in "\n".join(problem.message for problem in problems)


def test_a_folder_of_hostile_files_is_told_whole(tmp_path: Path) -> None:
    for name, (content, _) in HOSTILE.items():
        a_draft(tmp_path, name, content)
    code, output = on_command_line(tmp_path)
    assert code == 1
    assert all(f"{tmp_path / name}.yaml:" in output for name in HOSTILE)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b""], ids=["bom", "windows_lines"])
def test_a_file_from_windows_is_read(content: bytes, tmp_path: Path) -> None:
    text = a_flow("tree", '  a: {say: "Hello.", next: b}\n  b: {end: done}\n')
    draft = a_draft(tmp_path, "tree", content + text.replace("\n", "\r\n").encode())
    problems = check(BASE, NOWHERE, TODAY, [draft]).problems
    assert [(p.line, p.code) for p in problems] == [(7, "W5")]


def test_an_absent_file_is_told(tmp_path: Path) -> None:
    code, output = on_command_line(tmp_path / "absent.yaml")
    assert (code, "is not a file" in output) == (1, True)


def test_a_catalog_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    po = tmp_path / "ru" / "LC_MESSAGES" / "hamrah.po"
    po.parent.mkdir(parents=True)
    po.write_bytes(b'msgid "a"\nmsgstr "\xff"\n')
    [problem] = check(BASE, tmp_path, TODAY).problems
    assert (problem.file, problem.code) == (str(po), "E12")


# -- the schemas ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMAS)
def test_committed_schema_is_that_of_the_models(name: str) -> None:
    committed = (CONTENT / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), "run `hamrah flows schema`"


def test_each_content_file_names_its_schema_in_its_first_line() -> None:
    tables = [CONTENT / f"{name}.yaml" for name in SCHEMAS if name != "flow"]
    for path in [*tables, *flow_files(CONTENT)]:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first == first_line(CONTENT, path)
        assert (path.parent / first.partition("$schema=")[2]).resolve().is_file()
