"""Signatures: who may sign what, and what makes a signature stale."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from flows.load import FlowError
from flows.tools.paths import all_paths, changed_tables, paths
from flows.tools.sign import CannotSign, Signature, State, sign, signatures
from tests.flows.trees import PASSPORT, a_content, catalog_of

DAY = date(2026, 11, 23)
TREE = "trees/passport.yaml"


def a_signed_content(folder: Path) -> Path:
    content = a_content(folder)
    keep_tables(content)
    sign(catalog_of(content), content, "passport", "Leyla Məmmədova", DAY)
    return content


def keep_tables(content: Path) -> None:
    for path, table in changed_tables(all_paths(catalog_of(content)), content).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(table, "utf-8")


def change(content: Path, file: str, written: str, instead: str) -> None:
    text = (content / file).read_text("utf-8")
    assert written in text
    (content / file).write_text(text.replace(written, instead), "utf-8")


def state(content: Path, flow: str = "passport") -> Signature:
    return signatures(catalog_of(content), content)[flow]


def test_a_tree_that_nobody_signed_is_unsigned(tmp_path: Path) -> None:
    assert state(a_content(tmp_path)) == Signature("passport", State.UNSIGNED)


def test_a_signature_has_a_name_and_a_day(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    assert state(content) == Signature("passport", State.SIGNED, "Leyla Məmmədova", DAY)


def test_the_file_holds_the_number_of_the_table(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    written = (content / "signatures.yaml").read_text("utf-8")
    assert f"paths: {paths(catalog_of(content), 'passport').hash}" in written
    assert "name: Leyla Məmmədova" in written
    assert "date: 2026-11-23" in written


def test_every_tree_has_a_state(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    states = {flow: s.state for flow, s in signatures(catalog_of(content), content).items()}
    assert states.pop("passport") is State.SIGNED
    assert set(states) == {"danger", "lawyer", "menu", "papers", "wages", "welcome"}
    assert set(states.values()) == {State.UNSIGNED}


def test_a_changed_meaning_makes_a_signature_stale(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    change(content, TREE, "days_after(since, 30)", "days_after(since, 14)")
    signature = state(content)
    assert (signature.state, signature.changed) == (State.STALE, ("paths",))
    assert signature.name == "Leyla Məmmədova"


@pytest.mark.parametrize(
    ("file", "written", "instead"),
    [
        (TREE, "The thirty days were over", "The twenty days were over"),
        (TREE, "say: I lost it", "say: I have lost it"),
        ("sources.yaml", "article 172", "article 173"),
        ("hotlines.yaml", "Our office", "The police"),
    ],
)
def test_another_english_text_makes_a_signature_stale(
    tmp_path: Path, file: str, written: str, instead: str
) -> None:
    content = a_signed_content(tmp_path)
    change(content, file, written, instead)
    signature = state(content)
    assert (signature.state, signature.changed) == (State.STALE, ("texts",))


def test_another_number_to_call_makes_a_signature_stale(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    change(content, "hotlines.yaml", "555 01 02", "555 01 03")
    assert state(content).changed == ("paths", "texts")


def test_a_change_in_a_tree_that_it_runs_makes_a_signature_stale(tmp_path: Path) -> None:
    tree = PASSPORT.replace(
        "hand_over: {escalate: {queue: general}, say: A lawyer has your answers., next: handed}",
        "hand_over: {run: lawyer, next: handed}",
    )
    content = a_content(tmp_path, tree)
    keep_tables(content)
    sign(catalog_of(content), content, "passport", "Leyla", DAY)
    change(content, "town/lawyer.yaml", "queue: general", "queue: wages")
    assert state(content).changed == ("paths",)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('also: "myself, my own"', 'also: "myself"'),
        ("keywords: passport, pasport", "keywords: passport"),
        ("owner: tests", "owner: others"),
        ('"by < today"', '"today > by"'),
        ("start: who", "start: who  # the first question"),
    ],
)
def test_a_change_without_another_meaning_leaves_a_signature(
    tmp_path: Path, written: str, instead: str
) -> None:
    content = a_signed_content(tmp_path)
    change(content, TREE, written, instead)
    assert state(content).state is State.SIGNED


def test_a_signature_is_good_again_when_the_change_is_taken_back(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    change(content, TREE, "queue: general", "queue: wages")
    assert state(content).state is State.STALE
    change(content, TREE, "queue: wages", "queue: general")
    assert state(content).state is State.SIGNED


def test_nobody_signs_a_table_that_is_not_there_to_read(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    with pytest.raises(CannotSign, match="hamrah flows paths --write"):
        sign(catalog_of(content), content, "passport", "Leyla", DAY)
    assert not (content / "signatures.yaml").exists()


def test_nobody_signs_an_old_table(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    keep_tables(content)
    change(content, TREE, "queue: general", "queue: wages")
    with pytest.raises(CannotSign, match="is not what the tree means now"):
        sign(catalog_of(content), content, "passport", "Leyla", DAY)


def test_signing_one_tree_leaves_the_others(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    sign(catalog_of(content), content, "wages", "Aysel", DAY)
    assert state(content).name == "Leyla Məmmədova"
    assert state(content, "wages").name == "Aysel"


def test_who_signs_later_takes_the_place_of_who_signed_before(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    sign(catalog_of(content), content, "passport", "Aysel", date(2026, 12, 1))
    assert state(content) == Signature("passport", State.SIGNED, "Aysel", date(2026, 12, 1))


@pytest.mark.parametrize(
    "written",
    ["", "- list", "passport: Leyla", "passport: {name: Leyla}", "{", "passport: {name: 3}"],
)
def test_a_broken_file_of_signatures_is_a_fault(tmp_path: Path, written: str) -> None:
    content = a_content(tmp_path)
    (content / "signatures.yaml").write_text(written, "utf-8")
    with pytest.raises(FlowError) as error:
        signatures(catalog_of(content), content)
    assert all(fault.file == "signatures.yaml" for fault in error.value.faults)


def test_a_signature_of_a_tree_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    content = a_signed_content(tmp_path)
    (content / TREE).unlink()
    assert "passport" not in signatures(catalog_of(content), content)


# -- the command -------------------------------------------------------------------------------


def test_the_command_signs_and_the_overview_tells_it(tmp_path: Path) -> None:
    content = str(a_content(tmp_path))
    runner = CliRunner(env={"COLUMNS": "120"})
    arguments = ["--name", "Leyla", "--date", "2026-11-23", "--content", content]
    refused = runner.invoke(app, ["flows", "sign", "passport", *arguments])
    assert refused.exit_code == 1
    assert "hamrah flows paths --write" in " ".join(refused.stderr.split())
    runner.invoke(app, ["flows", "paths", "--write", "--content", content])
    signed = runner.invoke(app, ["flows", "sign", "passport", *arguments])
    assert signed.exit_code == 0, signed.output
    assert paths(catalog_of(Path(content)), "passport").hash in signed.stdout
    overview = runner.invoke(app, ["flows", "paths", "--content", content]).stdout
    assert "Leyla, 23.11.2026" in overview
    assert "unsigned" in overview
    change(Path(content), TREE, "U1", "U2")
    overview = runner.invoke(app, ["flows", "paths", "--content", content]).stdout
    assert "stale (paths changed): Leyla, 23.11.2026" in overview


def test_nobody_signs_without_a_name(tmp_path: Path) -> None:
    content = str(a_content(tmp_path))
    arguments = ["flows", "sign", "passport", "--name", "  ", "--content", content]
    assert CliRunner().invoke(app, arguments).exit_code == 1
