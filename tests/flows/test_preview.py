"""The preview page: each conversation as a chat, in two languages side by side."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser
from typer.testing import CliRunner

from bot.cli import app
from flows.tools.preview import preview
from tests.flows.trees import BOSS, PASSPORT, a_content, catalog_of, render, scripts_of


def page(tmp_path: Path, scripts: str = BOSS, tree: str = PASSPORT, columns: str = "en,fa") -> str:
    content = a_content(tmp_path, tree, scripts=scripts)
    catalog = catalog_of(content, "fa")
    known = scripts_of(content, catalog)
    return preview(known, catalog, columns.split(","), "My passport", render(catalog))


def test_both_languages_stand_side_by_side(tmp_path: Path) -> None:
    html = page(tmp_path)
    assert '<div lang="en" dir="ltr"><div class="bubble bot">Who has your passport?' in html
    assert '<div lang="fa" dir="rtl"><div class="bubble bot">fa Who has your passport?' in html


def test_what_the_worker_says_stands_on_the_other_side(tmp_path: Path) -> None:
    html = page(tmp_path)
    assert '<div class="bubble worker">My boss</div>' in html
    assert '<div class="bubble worker">fa My boss</div>' in html
    assert html.count('<div class="bubble worker">1.11.2026</div>') == 2


def test_each_text_has_its_length_and_the_limit(tmp_path: Path) -> None:
    html = page(tmp_path)
    assert 'Who has your passport?<span class="size">22 / 942</span>' in html
    assert 'My boss<span class="size">7 / 24</span>' in html
    assert 'A lawyer has your answers.<span class="size">26 / 4014</span>' in html


def test_what_is_too_long_is_marked_in_its_language(tmp_path: Path) -> None:
    tree = PASSPORT.replace("say: My boss,", f"say: {'b' * 24},")
    html = page(tmp_path, BOSS, tree)
    assert re.findall(r'size long">([^<]*)<', html) == ["27 / 24"]


def test_a_case_and_the_outcome_are_noted(tmp_path: Path) -> None:
    html = page(tmp_path)
    assert "a case for general, U3" in html
    assert "ends: handed_over" in html


def test_a_language_without_the_tree_says_how_much_is_missing(tmp_path: Path) -> None:
    content = a_content(tmp_path, scripts=BOSS)
    catalog = catalog_of(content)
    html = preview(scripts_of(content, catalog), catalog, ["en", "fa"], "T", render(catalog))
    assert "This tree is not offered in this language: 14 of its 14 texts" in html


def test_a_script_that_cannot_go_on_says_so(tmp_path: Path) -> None:
    html = page(tmp_path, BOSS.replace("tap: boss", "tap: nobody"))
    assert "There is no button &#x27;nobody&#x27; here: run hamrah flows test." in html


def test_hostile_texts_stay_texts_and_nothing_is_loaded(tmp_path: Path) -> None:
    tree = PASSPORT.replace("say: My boss", "say: <script>x</script>")
    html = page(tmp_path, BOSS.replace("1.11.2026", "<img src=x>"), tree)
    assert "<script" not in html
    assert "<img" not in html
    assert "http" not in html


def test_the_command_writes_the_page(tmp_path: Path) -> None:
    content, file = a_content(tmp_path, scripts=BOSS), tmp_path / "page.html"
    arguments = ["passport", "--languages", "en,az", "-o", str(file), "--content", str(content)]
    result = CliRunner().invoke(app, ["flows", "preview", *arguments])
    assert result.exit_code == 0, result.output
    assert "Who has your passport?" in file.read_text("utf-8")


@pytest.mark.parametrize("languages", ["en,xx", "", "en,"])
def test_an_unknown_language_is_told(tmp_path: Path, languages: str) -> None:
    content = a_content(tmp_path, scripts=BOSS)
    arguments = ["flows", "preview", "passport", "--languages", languages]
    result = CliRunner().invoke(app, [*arguments, "--content", str(content)])
    assert result.exit_code == 2
    assert "there are en, ar, az" in result.stderr.replace("\n", " ")


@pytest.mark.browser
async def test_the_right_column_reads_from_the_right(tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "page.html"
    file.write_text(page(tmp_path), "utf-8")
    tab = await browser.new_page(viewport={"width": 1200, "height": 900})
    await tab.goto(file.as_uri())
    bots = [await box.bounding_box() for box in await tab.locator(".bot").all()]
    workers = [await box.bounding_box() for box in await tab.locator(".worker").all()]
    (english, persian), (said, gesagt) = bots[:2], workers[:2]
    assert english
    assert persian
    assert said
    assert gesagt
    assert english["y"] == persian["y"]  # the same step stands on the same line
    assert english["x"] < said["x"]  # the worker is on the right where one reads from the left
    assert persian["x"] + persian["width"] > gesagt["x"] + gesagt["width"]
