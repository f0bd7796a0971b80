"""Scripted conversations: what passes, what fails and how it is told, what they cover."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from flows.catalog import Catalog, load_catalog
from flows.load import FlowError
from flows.tools.coverage import coverage
from flows.tools.rehearsal import Result, rehearse
from flows.tools.script import read_scripts
from tests.flows.trees import BOSS, PASSPORT, a_content, catalog_of, render, scripts_of


def play(tmp_path: Path, scripts: str, *languages: str, tree: str = PASSPORT) -> list[Result]:
    content = a_content(tmp_path, tree, scripts=scripts)
    catalog = catalog_of(content, *languages)
    return list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))


def failures(tmp_path: Path, scripts: str, *languages: str, tree: str = PASSPORT) -> list[str]:
    """What failed, with each file by its name alone."""
    found = [
        f for result in play(tmp_path, scripts, *languages, tree=tree) for f in result.failures
    ]
    return [str(fault).replace(f"{tmp_path}/content/tests/", "") for fault in found]


def faults(tmp_path: Path, scripts: str | bytes) -> list[str]:
    """What is wrong with a file of conversations."""
    content = a_content(tmp_path)
    path = tmp_path / "file.yaml"
    path.write_bytes(scripts if isinstance(scripts, bytes) else scripts.encode())
    with pytest.raises(FlowError) as error:
        read_scripts([path], catalog_of(content))
    return [str(fault).replace(f"{tmp_path}/", "") for fault in error.value.faults]


# -- what passes -------------------------------------------------------------------------------


def test_one_conversation_is_played_in_every_language_that_offers_its_tree(tmp_path: Path) -> None:
    results = play(tmp_path, BOSS, "fa", "ru")
    assert [(result.language, result.failures) for result in results] == [
        ("en", ()),
        ("fa", ()),
        ("ru", ()),
    ]


def test_no_conversation_is_played_where_a_tree_on_its_way_is_missing(tmp_path: Path) -> None:
    outer = """\
flow: loss
title: Loss
owner: tests
start: which
nodes:
  which:
    choose: Which paper?
    options:
      passport: {say: Passport, next: passport}
      other: {say: Another one, next: end}
  passport: {run: passport, next: end}
  end: {end: done}
"""
    scripts = """\
- {test: passport, flow: loss, steps: [{tap: passport}, {tap: me}], ends: done}
- {test: other, flow: loss, steps: [{tap: other}], ends: done}
"""
    empty = "flow: passport\ntitle: T\nowner: tests\nstart: fine\nnodes: {fine: {end: fine}}\n"
    without_passport = catalog_of(a_content(tmp_path / "part", outer, empty), "fa")
    content = a_content(tmp_path / "whole", outer, PASSPORT, scripts=scripts)
    catalog = load_catalog(content, without_passport.texts)
    results = list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))
    assert [(result.script.name, result.language, result.failures) for result in results] == [
        ("passport", "en", ()),
        ("other", "en", ()),
        ("other", "fa", ()),
    ]


def test_a_typed_label_is_typed_in_the_language_of_the_run(tmp_path: Path) -> None:
    script = BOSS.replace("{tap: boss}", "{user: my boss}")
    assert failures(tmp_path, script, "fa") == []


def test_a_typed_other_word_is_typed_in_the_language_of_the_run(tmp_path: Path) -> None:
    script = BOSS.replace("{tap: boss}", "{user: chief}")
    assert failures(tmp_path, script, "ru") == []


def test_commands_are_typed_as_they_are(tmp_path: Path) -> None:
    steps = "    - {tap: boss}\n    - {user: /back}\n    - {sees: who}\n    - {tap: boss}\n"
    assert failures(tmp_path, BOSS.replace("    - {tap: boss}\n", steps), "fa") == []


def test_a_question_of_another_tree_is_named_with_its_tree(tmp_path: Path) -> None:
    script = BOSS.replace(
        "    - {sees: since}\n",
        "    - {user: danger}\n    - {sees: danger.safe}\n    - {user: back}\n",
    )
    assert failures(tmp_path, script) == []


def test_a_conversation_may_stop_before_the_end(tmp_path: Path) -> None:
    assert failures(tmp_path, "- {test: a, flow: passport, steps: [{sees: who}]}\n") == []


def test_a_conversation_goes_on_in_the_menu_when_its_tree_has_ended(tmp_path: Path) -> None:
    script = "- {test: a, flow: passport, steps: [{tap: me}, {sees: menu.topics}], ends: fine}\n"
    assert failures(tmp_path, script) == []


def test_days_are_counted_from_the_day_of_the_test(tmp_path: Path) -> None:
    old = BOSS.replace("  steps:", "  today: 2026-11-30\n  steps:")
    late = old.replace("1.11.2026", "30.10.2026").replace("{told: hand_over}", "{told: late}")
    on_time = failures(tmp_path / "a", old)
    too_late = failures(tmp_path / "b", late.replace("urgency: U3", "urgency: U1"))
    assert on_time == []
    assert too_late == [
        "all.yaml:1 in 'the boss keeps it' (en): the flags should be trafficking orange; "
        "they are trafficking orange, urgency U1"
    ]


# -- what fails --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        (
            "{sees: since}",
            "{sees: who}",
            "6: expected the question who, but the open question is since",
        ),
        (
            "{tap: boss}",
            "{tap: chief}",
            "5: who has no button 'chief'; buttons: me, boss, agent, lost",
        ),
        (
            '{tap: "yes"}',
            "{tap: unknown}",
            "8: since has no button 'unknown'; buttons: yes, no",
        ),
        (
            "{told: hand_over}",
            "{told: late}",
            "9: late was not told; told was: hand_over",
        ),
        (
            "ends: handed_over",
            "ends: fine",
            "1: should end with fine, but it ended with handed_over",
        ),
        (
            "flags: {trafficking: orange}, ",
            "",
            "1: the flags should be none; they are trafficking orange",
        ),
        (
            "queue: general, ",
            "",
            "1: the case should go to nobody, not to general",
        ),
        (
            "urgency: U3",
            "urgency: U1",
            "1: the urgency of the case should be U1; it is U3",
        ),
        (
            "topic: passport",
            "topic: wages",
            "1: the topic of the case should be wages; it is passport",
        ),
    ],
)
def test_what_goes_another_way_is_told_with_its_line(
    tmp_path: Path, written: str, instead: str, told: str
) -> None:
    line, message = told.split(": ", 1)
    assert failures(tmp_path, BOSS.replace(written, instead)) == [
        f"all.yaml:{line} in 'the boss keeps it' (en): {message}"
    ]


def test_an_end_that_was_not_reached_says_which_question_is_open(tmp_path: Path) -> None:
    script = "- {test: a, flow: passport, steps: [{tap: me}], ends: handed_over}\n"
    assert failures(tmp_path / "1", script) == [
        "all.yaml:1 in 'a' (en): should end with handed_over, but it ended with fine"
    ]
    script = "- {test: a, flow: passport, steps: [{tap: lost}, {user: 1.11.2026}], ends: fine}\n"
    assert failures(tmp_path / "2", script) == [
        "all.yaml:1 in 'a' (en): should end with fine, but the open question is since "
        "and waits for yes or no"
    ]


def test_a_text_that_does_not_fit_fails_in_its_language(tmp_path: Path) -> None:
    long = PASSPORT.replace("say: My boss,", f"say: {'b' * 24},")
    told = failures(tmp_path, BOSS, "ru", tree=long)
    assert told == [
        f"all.yaml:1 in 'the boss keeps it' (ru): passport.who: 'ru {'b' * 24}' has 27 characters; "
        "24 fit (WhatsApp)"
    ]


def test_a_message_has_to_fit_with_the_law_that_stands_below_it(tmp_path: Path) -> None:
    long = PASSPORT.replace("Who has your passport?", " ".join(["word"] * 188))
    content = a_content(tmp_path, long, scripts=BOSS)
    catalog = catalog_of(content)
    scripts, plain = scripts_of(content, catalog), render(catalog)
    alone = rehearse(scripts, catalog, plain)
    with_law = rehearse(scripts, catalog, lambda send, lang: plain(send, lang) + "!" * 4)
    assert [f for result in alone for f in result.failures] == []
    message = next(f.message for result in with_law for f in result.failures)
    assert message == "passport.who: the text has 943 characters; 942 fit (WhatsApp)"


# -- files that are no conversations -----------------------------------------------------------


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    script = """\
- test: one
  flow: passport
  lang: xx
  steps:
    - {sees: nowhere}
    - {sees: late}
    - {told: who}
    - {told: nowhere}
    - {tap: boss, user: boss}
    - {}
  ends: lost
  expects: {flags: {weather: red, urgency: U9}, queue: kings, urgency: soon, topic: none}
- {test: one, flow: passport, steps: []}
- {test: two, flow: passports, steps: []}
"""
    assert faults(tmp_path, script) == [
        "file.yaml:3 in test 1: there is no language 'xx'",
        "file.yaml:5 in test 1: there is no node 'nowhere'",
        "file.yaml:6 in test 1: 'late' is not a question; write {told: late}",
        "file.yaml:7 in test 1: 'who' tells nothing; write {sees: NODE} for a question",
        "file.yaml:8 in test 1: there is no node 'nowhere'",
        "file.yaml:9 in test 1: a step is one of {tap: OPTION}, {user: TEXT}, {sees: NODE}, "
        "{told: NODE}",
        "file.yaml:10 in test 1: a step is one of {tap: OPTION}, {user: TEXT}, {sees: NODE}, "
        "{told: NODE}",
        "file.yaml:11 in test 1: passport ends with fine, handed_over; not with 'lost'",
        "file.yaml:12 in test 1: there is no flag 'weather'; there are urgency, trafficking",
        "file.yaml:12 in test 1: there is no queue 'kings'; there are danger, general, wages",
        "file.yaml:12 in test 1: there is no topic 'none'",
        "file.yaml:12 in test 1: urgency is one of U3, U2, U1, U0; not 'U9'",
        "file.yaml:12 in test 1: urgency is one of U3, U2, U1, U0; not 'soon'",
        "file.yaml:13 in 'one': the test in line 1 has this name, too",
        "file.yaml:14 in test 3: there is no flow 'passports'",
    ]


@pytest.mark.parametrize(
    "script",
    [
        b"",
        b"\xff\xfe\x00",
        b"just words",
        b"{test: a}",
        b"- just words",
        b"- [1, 2]",
        b"- {test: a}",
        b"- {test: a, flow: passport, steps: nothing}",
        b"- {test: a, flow: passport, steps: [tap]}",
        b"- {test: a, flow: passport, steps: [{tap: yes}]}",
        b"- {test: a, flow: passport, steps: [{tap: 3}]}",
        b"- {test: a, flow: passport, steps: [{press: boss}]}",
        b"- {test: a, flow: passport, steps: [], today: tomorrow}",
        b"- {test: a, flow: passport, steps: [], ends: [fine]}",
        b"- {test: a, flow: language, steps: []}",
        b"- {test: a, flow: passport, steps: [{sees: a.b.c}]}",
        b"- {test: a, flow: passport, steps: [{sees: ''}]}",
        b"- test: a\n\tflow: passport",
        b"- &a [*a]",
        b"a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]",
        b"[" * 500,
        b"- !!python/object/apply:os.system [ls]",
        b"x" * 600_000,
    ],
)
def test_a_hostile_file_is_a_fault_and_never_a_traceback(tmp_path: Path, script: bytes) -> None:
    assert faults(tmp_path, script)
    arguments = ["flows", "test", str(tmp_path / "file.yaml"), "--content", f"{tmp_path}/content"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "file.yaml:" in result.stderr


# -- how much was played -----------------------------------------------------------------------


def covered(tmp_path: Path, scripts: str) -> tuple[Catalog, dict[str, list[str]]]:
    content = a_content(tmp_path, scripts=scripts)
    catalog = catalog_of(content)
    results = list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))
    rows = coverage(catalog, results, content)
    missing = {row.flow: [f"{place.line} {place.what}" for place in row.missing] for row in rows}
    return catalog, missing


def test_what_was_not_played_is_told_with_its_line(tmp_path: Path) -> None:
    _, missing = covered(tmp_path, BOSS)
    assert missing["passport"] == [
        "11 who: me",
        "13 who: agent",
        "14 who: lost",
        "23 since: unknown",
        "27 judge: when by < today",
        "28 judge: when who == 'lost'",
        "30 late",
        "35 report",
        "37 fine",
    ]


def test_nodes_answers_and_outcomes_are_counted(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS)
    catalog = catalog_of(content)
    results = list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))
    row = next(row for row in coverage(catalog, results, content) if row.flow == "passport")
    assert (row.nodes, row.choices, row.outcomes) == ((5, 8), (3, 9), (1, 2))


def test_an_answer_that_was_taken_back_counts_as_played(tmp_path: Path) -> None:
    back = BOSS.replace(
        "    - {tap: boss}\n", "    - {tap: lost}\n    - {user: back}\n    - {tap: boss}\n"
    )
    _, missing = covered(tmp_path, back)
    assert "14 who: lost" not in missing["passport"]


def test_languages_in_which_the_same_is_missing_share_a_row(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS)
    catalog = catalog_of(content, "fa", "ru")
    results = list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))
    rows = [row for row in coverage(catalog, results, content) if row.flow == "passport"]
    assert [row.languages for row in rows] == [("en", "fa", "ru")]


# -- the command -------------------------------------------------------------------------------


def test_the_command_passes_and_counts(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS)
    result = CliRunner().invoke(app, ["flows", "test", "--content", str(content)])
    assert result.exit_code == 0, result.output
    assert "1 conversations went as they should." in result.stdout
    assert "5 of 8" in result.stdout


def test_the_command_fails_with_the_file_and_line(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS.replace("ends: handed_over", "ends: fine"))
    result = CliRunner().invoke(app, ["flows", "test", "--content", str(content)])
    assert result.exit_code == 1
    assert f"{content}/tests/all.yaml:1 in 'the boss keeps it' (en): should end" in result.stdout


def test_nothing_to_test_is_not_a_success(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    result = CliRunner().invoke(app, ["flows", "test", "--content", str(content)])
    assert result.exit_code == 1
    assert "no conversations" in result.stdout
