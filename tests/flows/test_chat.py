"""Playing a tree in the terminal, and keeping what was played as a test."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from flows import CONTENT
from flows.load import FlowError
from flows.tools.chat import append_test, as_test, chat
from flows.tools.play import Play, Stage
from flows.tools.rehearsal import rehearse
from tests.flows.trees import BOSS, a_content, catalog_of, render, scripts_of


def talk(content: Path, *lines: str, language: str = "en") -> tuple[Play, str, str]:
    """Play these lines; the play, the conversation as a test, and all that was shown."""
    catalog = catalog_of(content, "fa")
    play = Play(Stage(catalog, "passport"), "passport", language)
    ahead, shown = iter(lines), list[str]()
    steps = chat(play, render(catalog), lambda: next(ahead, None), shown.append)
    return play, as_test("as played", play, steps), "\n".join(shown)


def test_answers_have_numbers_and_open_questions_have_letters(tmp_path: Path) -> None:
    _, _, shown = talk(a_content(tmp_path), "2")
    assert "  2. My boss" in shown
    assert "  a. I do not know" in shown


def test_a_number_presses_a_button_and_a_letter_too(tmp_path: Path) -> None:
    play, _, _ = talk(a_content(tmp_path), "2", "a")
    assert play.outcome == "handed_over"


def test_a_number_at_an_open_question_is_an_answer(tmp_path: Path) -> None:
    play, _, _ = talk(a_content(tmp_path), "2", "1")
    assert play.outcome is None
    assert play.question == ("passport", "since")


def test_the_chat_tells_the_case_and_the_end(tmp_path: Path) -> None:
    _, _, shown = talk(a_content(tmp_path), "my boss", "1.11.2026", "1")
    assert "[a case for general, urgency U3]" in shown
    assert shown.endswith("The tree has ended: handed_over.")


def test_commands_work_as_in_a_chat(tmp_path: Path) -> None:
    play, _, _ = talk(a_content(tmp_path), "2", "/back")
    assert play.question == ("passport", "who")
    play, _, _ = talk(a_content(tmp_path / "2"), "/menu")
    assert play.question == ("menu", "topics")


def test_a_conversation_that_was_left_has_no_end(tmp_path: Path) -> None:
    play, test, _ = talk(a_content(tmp_path), "2", "/quit", "a")
    assert play.outcome is None
    assert "ends" not in test


def test_what_was_played_is_a_test_that_passes_in_every_language(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    _, test, _ = talk(content, "", "2", "/back", "4", "nonsense", "2.11.2026", "2", "a")
    assert (
        test
        == """\
- test: as played
  flow: passport
  lang: en
  steps:
    - {sees: who}
    - {tap: boss}
    - {sees: since}
    - {user: /back}
    - {sees: who}
    - {tap: lost}
    - {sees: since}
    - {user: nonsense}
    - {user: 2.11.2026}
    - {tap: 'no'}
    - {tap: unknown}
  ends: fine
"""
    )
    append_test(content / "tests" / "new.yaml", test, catalog_of(content))
    catalog = catalog_of(content, "fa")
    results = list(rehearse(scripts_of(content, catalog), catalog, render(catalog)))
    assert [result.failures for result in results] == [(), ()]


def test_the_flags_and_the_queue_of_a_played_conversation_are_expected(tmp_path: Path) -> None:
    _, test, _ = talk(a_content(tmp_path), "2", "a")
    assert test.endswith("  expects: {flags: {trafficking: orange}, queue: general}\n")


def test_any_typed_text_is_kept_as_it_was(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    typed = ["yes", "{a: b}", "# no", "'\"", "- x", "null", "123", "&a *b", "بله", "a: b, c]"]
    _, test, _ = talk(content, "2", *typed)
    append_test(content / "tests" / "new.yaml", test, catalog_of(content))
    script = scripts_of(content, catalog_of(content))[0]
    assert [step.value for step in script.steps if step.kind == "user"] == typed


def test_another_day_is_written_down(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    play = Play(Stage(catalog_of(content), "passport"), "passport", "en", date(2027, 1, 5))
    steps = chat(play, render(catalog_of(content)), lambda: None, lambda text: None)
    assert "  today: 2027-01-05\n" in as_test("later", play, steps)


def test_a_saved_conversation_stands_below_the_others(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS.rstrip("\n"))
    _, test, _ = talk(content, "1")
    append_test(content / "tests" / "all.yaml", test, catalog_of(content))
    assert [s.name for s in scripts_of(content, catalog_of(content))] == [
        "the boss keeps it",
        "as played",
    ]


@pytest.mark.parametrize("kept", ["passport: this is no list\n", "- [", BOSS])
def test_a_file_that_cannot_take_it_stays_as_it_was(tmp_path: Path, kept: str) -> None:
    content = a_content(tmp_path)
    _, test, _ = talk(content, "1")
    file = tmp_path / "kept.yaml"
    file.write_text(kept, "utf-8")
    with pytest.raises(FlowError) as error:
        append_test(file, test.replace("as played", "the boss keeps it"), catalog_of(content))
    assert error.value.faults[0].file == str(file)
    assert file.read_text("utf-8") == kept
    assert list(tmp_path.glob("*.part")) == []


# -- the command -------------------------------------------------------------------------------


def command(content: Path, *arguments: str, typed: str) -> Result:
    options = ["flows", "chat", "passport", *arguments, "--content", str(content)]
    return CliRunner().invoke(app, options, input=typed)


def test_the_command_plays_and_saves(tmp_path: Path) -> None:
    content, file = a_content(tmp_path), tmp_path / "content" / "tests" / "new.yaml"
    result = command(content, "--save", str(file), "--name", "I have it", typed="1\n")
    assert result.exit_code == 0, result.output
    assert "The tree has ended: fine." in result.stdout
    assert "- test: I have it" in file.read_text("utf-8")
    result = CliRunner().invoke(app, ["flows", "test", "--content", str(content)])
    assert result.exit_code == 0, result.output


def test_the_command_ends_when_nobody_types_any_more(tmp_path: Path) -> None:
    result = command(a_content(tmp_path), typed="2\n")
    assert result.exit_code == 0, result.output


def test_the_command_tells_an_unknown_language(tmp_path: Path) -> None:
    result = command(a_content(tmp_path), "--language", "xx", typed="")
    assert result.exit_code == 2
    assert "there is no 'xx'" in result.stderr


def test_the_author_tools_need_neither_a_channel_nor_the_database() -> None:
    code = (
        "import sys, bot.tools.authoring, bot.cli\n"
        "heavy = {'aiogram', 'sqlalchemy', 'aiohttp', 'pywa', 'psycopg'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    folder = CONTENT.parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
