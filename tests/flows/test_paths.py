"""The table of paths: which rows it has, what they say, and that the engine says the same."""

import csv
import io
import itertools
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.cli import app
from bot.tools.authoring import Workbench
from flows import CONTENT
from flows.catalog import Catalog
from flows.fold import DONE, RESUME
from flows.load import FlowError
from flows.model import Ask, AskKind, Choose, End, Escalate, Run, Say
from flows.tools.answers import Answers, Kind
from flows.tools.pairwise import Choices
from flows.tools.pairwise import Path as Steps
from flows.tools.paths import MOST_PATHS, PathTable, changed_tables, paths, table_of
from flows.tools.play import AFTER, Play, Stage
from flows.tools.walks import Walks
from tests.flows.trees import PASSPORT, a_content, catalog_of
from tests.test_engine import some_catalog

JOB = """\
flow: job
title: My job
owner: tests
start: colour
nodes:
  colour:
    choose: Which colour is your card?
    save: colour
    next: skills
    options: {red: {say: Red}, green: {say: Green}, blue: {say: Blue}, grey: {say: Grey}}
  skills:
    choose: What can you do?
    many: true
    save: skills
    next: age
    options: {cook: {say: Cook}, drive: {say: Drive, flag: {urgency: U2}}, sing: {say: Sing}}
  age:
    ask: How old are you?
    kind: number
    save: age
    least: 1
    most: 120
    next: judge
  judge:
    branch:
      - {when: "age < 18", next: child}
      - {when: "colour in ('red', 'green') and 'cook' in skills", next: again}
      - {else: adult}
  child: {end: child}
  again:
    choose: Again?
    options: {yes: {say: "Yes", next: colour}, no: {say: "No", next: adult}}
  adult: {end: adult}
""".replace("{yes:", '{"yes":').replace(" no:", ' "no":')


def labels(catalog: Catalog, flow: str) -> dict[str, list[str]]:
    answers = Answers(catalog, flow)
    return {
        node.id: [kind.label for kind in answers.kinds(flow, node)]
        for node in catalog.flows[flow].nodes.values()
        if isinstance(node, Choose | Ask)
    }


def with_tree(tmp_path: Path, tree: str) -> Catalog:
    return catalog_of(a_content(tmp_path, tree))


def rows(table: PathTable) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.csv)))


@pytest.fixture(scope="module")
def bench() -> Workbench:
    """Our own content."""
    return Workbench(CONTENT)


@pytest.fixture(scope="module")
def pay(bench: Workbench) -> Walks:
    """The tree about pay, walked once."""
    return Walks(bench.catalog, "wages")


# -- kinds of answers --------------------------------------------------------------------------


def test_answers_that_lead_to_the_same_are_one_kind(tmp_path: Path) -> None:
    kinds = labels(with_tree(tmp_path, JOB), "job")
    assert kinds["colour"] == ["red|green", "blue|grey"]


def test_a_flag_makes_an_answer_a_kind_of_its_own(tmp_path: Path) -> None:
    tree = JOB.replace("green: {say: Green}", "green: {say: Green, flag: {urgency: U2}}")
    assert labels(with_tree(tmp_path, tree), "job")["colour"] == ["red", "green", "blue|grey"]


def test_a_number_is_split_where_a_condition_splits_it(tmp_path: Path) -> None:
    assert labels(with_tree(tmp_path, JOB), "job")["age"] == ["1..17", "18..120"]


def test_of_several_answers_none_each_and_all_are_tried(tmp_path: Path) -> None:
    kinds = labels(with_tree(tmp_path, JOB), "job")
    assert kinds["skills"] == ["none|sing", "cook", "drive", "cook+drive+sing"]


def test_a_date_is_split_on_the_day_on_which_a_computed_date_passes(tmp_path: Path) -> None:
    kinds = labels(with_tree(tmp_path, PASSPORT), "passport")
    assert kinds["since"] == ["2025-10-18..2026-10-22", "2026-10-23..2026-11-22|unknown"]


def test_what_no_condition_reads_is_one_kind(tmp_path: Path) -> None:
    tree = JOB.replace("age < 18", "colour == 'grey'")
    assert labels(with_tree(tmp_path, tree), "job")["age"] == ["any number"]


def test_answers_that_are_compared_with_each_other_are_tried_in_several_sizes(
    tmp_path: Path,
) -> None:
    tree = """\
flow: pay
title: Pay
owner: tests
start: promised
nodes:
  promised: {ask: "Promised?", kind: number, save: promised, next: paid}
  paid: {ask: "Paid?", kind: number, save: paid, next: judge}
  judge:
    branch:
      - {when: "paid < promised", next: less}
      - {when: "paid == promised", next: same}
      - {else: more}
  less: {end: less}
  same: {end: same}
  more: {end: more}
"""
    table = paths(with_tree(tmp_path, tree), "pay")
    assert {row.outcome for row in table.rows} == {"less", "same", "more"}


def test_answers_that_are_only_counted_as_yes_or_not_are_two_kinds(tmp_path: Path) -> None:
    asks = "".join(
        f"""\
  q{n}:
    choose: "Question {n}?"
    save: a{n}
    next: {f"q{n + 1}" if n < 9 else "judge"}
    options: {{"yes": {{say: "Yes"}}, "no": {{say: "No"}}, skip: {{say: Skip}}}}
"""
        for n in range(10)
    )
    yes = ", ".join(f"said_yes(a{n})" for n in range(10))
    tree = f"""\
flow: signs
title: Signs
owner: tests
start: q0
nodes:
{asks}
  judge:
    branch: [{{when: "at_least(2, ({yes}))", next: several}}, {{else: few}}]
  several: {{end: several}}
  few: {{end: few}}
"""
    catalog = with_tree(tmp_path, tree)
    assert labels(catalog, "signs")["q3"] == ["yes", "no|skip"]
    table = paths(catalog, "signs")
    assert table.total == 2**10
    assert {row.outcome for row in table.rows} == {"several", "few"}


def test_the_days_of_the_pay_tree_are_those_of_its_time_limits(pay: Walks) -> None:
    kinds = labels(pay.catalog, "wages")["payday"]
    assert kinds[0].endswith("..2025-11-21")  # the year was over yesterday
    assert kinds[1] == "2025-11-22..2025-11-25"  # three working days are left, or fewer
    assert kinds[2] == "2025-11-26..2026-02-20"  # 90 days are left, or fewer
    assert kinds[4].endswith("..2026-11-22")


# -- rows --------------------------------------------------------------------------------------


def test_a_row_says_what_follows_from_the_answers(tmp_path: Path) -> None:
    table = paths(with_tree(tmp_path, PASSPORT), "passport")
    found = {row["answers"]: row for row in rows(table)}
    assert found["who=lost; since=2026-10-23..2026-11-22|unknown"] == {
        "answers": "who=lost; since=2026-10-23..2026-11-22|unknown",
        "outcome": "fine",
        "flags": "",
        "urgency": "",
        "queue": "",
        "tells": "report",
        "sources": "",
        "hotlines": "office +994 12 555 01 02",
        "note": "",
    }
    assert found["who=boss|agent; since=2025-10-18..2026-10-22"] | {"note": ""} == {
        "answers": "who=boss|agent; since=2025-10-18..2026-10-22",
        "outcome": "handed_over",
        "flags": "trafficking=orange; urgency=U1",
        "urgency": "U1",
        "queue": "general",
        "tells": "late; hand_over",
        "sources": "A1",
        "hotlines": "",
        "note": "",
    }


def test_a_path_that_comes_back_to_a_question_ends_there(tmp_path: Path) -> None:
    table = paths(with_tree(tmp_path, JOB), "job")
    assert "back to colour" in {row.outcome for row in table.rows}


def test_the_paths_of_the_menu_end_at_the_topics(tmp_path: Path) -> None:
    table = paths(with_tree(tmp_path, JOB), "menu")
    assert [row.outcome for row in table.rows] == ["topic wages", "topic papers", "topic lawyer"]


def test_a_topic_of_the_menu_ends_a_path_also_inside_another_tree(tmp_path: Path) -> None:
    tree = JOB.replace("  child: {end: child}", "  child: {run: wages, next: adult}")
    outcomes = {row.outcome for row in paths(with_tree(tmp_path, tree), "job").rows}
    assert outcomes == {"topic wages", "adult", "back to colour"}


def test_a_question_that_nothing_can_answer_is_told(tmp_path: Path) -> None:
    tree = JOB.replace("kind: number", "kind: photo").replace("    least: 1\n    most: 120\n", "")
    table = paths(with_tree(tmp_path, tree), "job")
    assert {row.outcome for row in table.rows} == {"(nothing can answer this)"}


def test_the_note_says_plainly_that_all_paths_are_there(tmp_path: Path) -> None:
    table = paths(with_tree(tmp_path, JOB), "job")
    assert table.note == f"all {len(table.rows)} paths"
    assert rows(table)[0]["note"] == table.note


def test_the_note_says_plainly_that_paths_were_chosen(tmp_path: Path) -> None:
    table = paths(with_tree(tmp_path, JOB), "job", most=5)
    assert table.note.startswith(f"{len(table.rows)} of {table.total} paths: every two answers")


def test_the_note_says_plainly_that_a_tree_is_too_large(tmp_path: Path) -> None:
    table = table_of(Walks(with_tree(tmp_path, JOB), "job", most_states=3))
    assert table.note.endswith("some are not followed to their end: the tree is too large")


@pytest.mark.parametrize("tree", [PASSPORT, JOB])
def test_every_path_is_what_the_engine_does(tmp_path: Path, tree: str) -> None:
    flow = tree.split("\n", 1)[0].removeprefix("flow: ")
    _compare_with_engine(Walks(with_tree(tmp_path, tree), flow), 1)


def test_every_path_of_the_pay_tree_is_what_the_engine_does(pay: Walks) -> None:
    _compare_with_engine(pay, 5)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_every_path_of_any_tree_is_what_the_engine_does(seed: int) -> None:
    catalog = some_catalog(Random(seed))
    assume(not _runs_itself(catalog))
    try:
        walks = Walks(catalog, "wages")
    except FlowError:
        return  # it goes round before its first question
    _compare_with_engine(walks, max(len(table_of(walks).rows) // 20, 1))


def _runs_itself(catalog: Catalog) -> bool:
    runs = {
        flow.id: {node.flow for node in flow.nodes.values() if isinstance(node, Run)}
        for flow in catalog.flows.values()
    }
    return "wages" in runs["wages"] | runs["other"] or "other" in runs["other"]


@pytest.mark.parametrize("start", ["a", "q"])
def test_a_tree_that_goes_round_is_told(tmp_path: Path, start: str) -> None:
    tree = f"""\
flow: round
title: Round
owner: tests
start: {start}
nodes:
  q:
    choose: Where to?
    options: {{x: {{say: Round, next: a}}, z: {{say: Out, next: out}}}}
  a: {{say: A, next: b}}
  b: {{say: B, next: a}}
  out: {{end: out}}
"""
    catalog = with_tree(tmp_path, tree)
    if start == "a":
        with pytest.raises(FlowError, match=r"round\.yaml:9 in a: goes round without a question"):
            paths(catalog, "round")
    else:
        outcomes = [row.outcome for row in paths(catalog, "round").rows]
        assert outcomes == ["(fails: goes round without a question)", "out"]


def _compare_with_engine(walks: Walks, every: int) -> None:
    flow, stage = walks.flow, Stage(walks.catalog, walks.flow)
    both = list(zip(_chosen(walks), table_of(walks).rows, strict=True))
    for steps, row in both[::every]:
        play = Play(stage, flow, "en")
        play.begin()
        told = _told(play, walks)
        for step in steps:
            _answer(play, step.kind)
            told |= _told(play, walks)
        assert _outcome(play, walks) == row.outcome
        if not play.failed:
            assert tuple(sorted(play.flags.items())) == row.flags
            assert "; ".join(dict.fromkeys(case.queue for case in play.cases)) == row.queue
            assert tuple(told) == row.tells


def _outcome(play: Play, walks: Walks) -> str:
    """The outcome, as a row would have it."""
    if play.failed:
        return "(fails: goes round without a question)"
    if play.outcome is not None:
        return play.outcome
    flow, node = play.question
    if flow not in walks.answers.flows:
        return f"topic {flow}"
    asked = play.stage.catalog.flows[flow].nodes[node]
    if isinstance(asked, Ask) and asked.kind in (AskKind.PHOTO, AskKind.VOICE):
        return "(nothing can answer this)"
    return f"back to {node}" if flow == play.flow else f"back to {flow}.{node}"


def _told(play: Play, walks: Walks) -> dict[str, None]:
    """The nodes that the worker was told something by, because of the latest answer.

    Up to the end, or to a topic of the menu, which has a table of its own.
    """
    own_table = {RESUME, *walks.answers.flows}
    after = [i for i, visit in enumerate(play.new) if visit.node == AFTER]
    away = [i for i, visit in enumerate(play.new) if visit.flow not in own_table]
    ended = min([*(after[:1] if play.outcome else []), *away], default=len(play.new))
    names: dict[str, None] = {}
    for visit in play.new[:ended]:
        node = play.stage.catalog.flows[visit.flow].nodes.get(visit.node)
        if isinstance(node, Say | Escalate | End) and node.text:
            own = visit.flow == play.flow
            names[node.id if own else f"{visit.flow}.{node.id}"] = None
    return names


def _chosen(walks: Walks) -> list[Steps]:
    choices = Choices(walks)
    return list(choices.every()) if choices.total <= MOST_PATHS else choices.pairwise()


def _answer(play: Play, kind: Kind) -> None:
    many = play.asked.many
    if kind.typed is not None:
        play.type(kind.typed)
    for option in ["yes"] if play.draft else kind.options or ():
        play.tap(option)
    if many:
        play.tap(DONE)


# -- choosing pairs ----------------------------------------------------------------------------


@pytest.mark.parametrize("tree", [PASSPORT, JOB])
def test_pairwise_paths_hold_every_pair_of_answers_that_any_path_holds(
    tmp_path: Path, tree: str
) -> None:
    flow = tree.split("\n", 1)[0].removeprefix("flow: ")
    choices = Choices(Walks(with_tree(tmp_path, tree), flow))
    every, chosen = list(choices.every()), choices.pairwise()
    assert choices.total == len(every)
    assert len(chosen) <= len(every)
    assert _pairs(chosen) == _pairs(every)


def _pairs(found: list[Steps]) -> set[tuple[object, object]]:
    return {
        pair for path in found for pair in itertools.combinations([s.answered for s in path], 2)
    }


def test_a_table_is_the_same_in_every_process(tmp_path: Path) -> None:
    content = a_content(tmp_path, JOB)
    outputs = set()
    for seed in ("1", "2"):
        file = tmp_path / f"{seed}.csv"
        arguments = ["paths", "job", "--csv", str(file), "--content", str(content)]
        subprocess.run(
            [sys.executable, "-m", "bot", "flows", *arguments],
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=CONTENT.parent.parent,
        )
        outputs.add(file.read_text("utf-8"))
    assert len(outputs) == 1


# -- what changes a table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("days_after(since, 30)", "days_after(since, 31)"),
        ("by < today", "by <= today"),
        ("flag: {urgency: U1}", "flag: {urgency: U2}"),
        ("queue: general", "queue: wages"),
        ("sources: [A1]\n    next: hand_over", "next: hand_over"),
        ("next: judge\n    options", "next: late\n    options"),
        ("who == 'lost'", "who == 'agent'"),
        ("{end: fine}", "{end: well}"),
    ],
)
def test_a_change_of_meaning_is_a_change_of_the_table(
    tmp_path: Path, written: str, instead: str
) -> None:
    assert written in PASSPORT
    before = paths(with_tree(tmp_path / "1", PASSPORT), "passport")
    after = paths(with_tree(tmp_path / "2", PASSPORT.replace(written, instead)), "passport")
    assert before.csv != after.csv
    assert before.hash != after.hash


def test_other_words_change_no_table(tmp_path: Path) -> None:
    before = paths(with_tree(tmp_path / "1", PASSPORT), "passport")
    after = paths(with_tree(tmp_path / "2", PASSPORT.replace("My boss", "The boss")), "passport")
    assert before.csv == after.csv


TREES = sorted(path.stem for path in CONTENT.glob("*/*.yaml") if path.parent.name != "tests")


@pytest.mark.parametrize("flow", TREES)
def test_the_kept_table_is_what_the_tree_means(bench: Workbench, flow: str) -> None:
    changed = changed_tables({flow: paths(bench.catalog, flow)}, CONTENT)
    assert not changed, "look at the change of meaning, then: hamrah flows paths --write"


# -- the command -------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["flows", "paths", *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_write_refreshes_the_kept_tables(tmp_path: Path) -> None:
    content = str(a_content(tmp_path, PASSPORT))
    assert "passport.csv" in run("--write", "--content", content)
    assert "All tables are as they should be." in run("--write", "--content", content)
    kept = (tmp_path / "content" / "paths" / "passport.csv").read_text("utf-8")
    assert kept.startswith("answers,outcome,flags,urgency,queue,tells,sources,hotlines,note\n")


def test_the_overview_says_which_kept_table_is_old(tmp_path: Path) -> None:
    content = a_content(tmp_path, PASSPORT)
    run("--write", "--content", str(content))
    tree = content / "trees" / "passport.yaml"
    tree.write_text(tree.read_text("utf-8").replace("U1", "U2"), "utf-8")
    lines = {line.split()[1]: line for line in run("--content", str(content)).splitlines()[3:-1]}
    assert "old: --write" in lines["passport"]
    assert "as it should be" in lines["wages"]


def test_the_page_to_print_has_all_texts_and_no_scripts(tmp_path: Path) -> None:
    content = a_content(tmp_path, PASSPORT.replace("I have it", "I <script>have</script> it"))
    page = tmp_path / "paths.html"
    run("passport", "--html", str(page), "--content", str(content))
    text = page.read_text("utf-8")
    table = paths(catalog_of(content), "passport")
    assert "Who has your passport?" in text
    assert "Labour Code, article 172 (A1)" in text
    assert table.hash in text
    assert f"All {table.total} paths." in text
    assert "I &lt;script&gt;have&lt;/script&gt; it" in text
    assert "<script" not in text
    assert "http" not in text


def test_an_unknown_tree_is_told_with_those_there_are(tmp_path: Path) -> None:
    content = a_content(tmp_path, PASSPORT)
    result = CliRunner().invoke(app, ["flows", "paths", "pasport", "--content", str(content)])
    assert result.exit_code == 2
    assert "there is no flow 'pasport'" in result.stderr
