"""The picture of a tree: everything is on it, nothing covers anything, and it is only a picture."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser
from typer.testing import CliRunner

from bot.cli import app
from flows import CONTENT
from flows.tools.boxes import plain
from flows.tools.layout import Arrow, Layout, lay_out
from flows.tools.lettering import measure, wrap
from tests.flows.trees import BOSS, PASSPORT, a_content

SVG = "{http://www.w3.org/2000/svg}"
NAMES = "abcdefghij"


def draw(tmp_path: Path, *options: str, tree: str = PASSPORT, scripts: str = BOSS) -> str:
    content, file = a_content(tmp_path, tree, scripts=scripts), tmp_path / "tree.svg"
    arguments = ["passport", "-o", str(file), "--content", str(content), *options]
    result = CliRunner().invoke(app, ["flows", "graph", *arguments])
    assert result.exit_code == 0, result.output
    return file.read_text("utf-8")


def texts(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# -- what is on it -----------------------------------------------------------------------------


def test_every_node_is_on_the_picture(tmp_path: Path) -> None:
    found = re.findall(r'<g id="node-(\w+)">', draw(tmp_path))
    assert found == ["who", "since", "judge", "late", "report", "hand_over", "fine", "handed"]


def test_texts_answers_flags_law_and_numbers_are_on_the_picture(tmp_path: Path) -> None:
    said = texts(draw(tmp_path))
    for words in (
        "My passport (passport)",
        "Who has your passport?",
        "My boss ⚑ trafficking orange",
        "(a date)",
        "by = 30 days after since",
        "1. by <\u00a0today",
        "2. who is lost",
        "else",
        "§ Labour Code, article 172 (A1)",
        "hands over to general",
        "handed_over",
        " ⚑ U1",
    ):
        assert words in said, said
    assert "Report it until {by}. Call" in said[said.index("report") + 2]
    assert any("+994 12 555 01 02" in line for line in said)


def test_conditions_are_told_in_plain_words() -> None:
    assert plain("permit in ('no', 'unsure') and age >= 18") == (
        "permit is one of (no, unsure) and age ≥\u00a018"
    )
    assert plain("worst.urgency != 'U1'") == "urgency is not U1"
    assert plain("days_until(limit, today) <= 90") == "days from today to limit ≤\u00a090"


def test_an_answer_that_leads_back_names_the_question_and_links_to_it(tmp_path: Path) -> None:
    tree = PASSPORT.replace("say: I do not know, next: judge", "say: I do not know, next: who")
    svg = draw(tmp_path, tree=tree)
    assert "↑ who" in texts(svg)
    assert '<a href="#node-who">' in svg


def test_each_outcome_has_a_colour_of_its_own(tmp_path: Path) -> None:
    svg = draw(tmp_path)
    fills = re.findall(r'<g id="node-(?:fine|handed)">\s*<rect [^>]*fill="(#\w+)"', svg)
    assert len(set(fills)) == 2


def test_what_no_conversation_comes_to_is_marked(tmp_path: Path) -> None:
    svg = draw(tmp_path, "--tested")
    marked = re.findall(r'<g id="node-(\w+)">\s*<rect [^>]*data-tested="no"', svg)
    assert marked == ["late", "report", "fine"]
    assert "○ I have it" in texts(svg)
    assert "My boss ⚑ trafficking orange" in texts(svg)
    assert 'data-tested="no"' not in draw(tmp_path / "again")


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    tree = PASSPORT.replace("I have it", "'<script>alert(1)</script> & \"it\"'")
    svg = draw(tmp_path, tree=tree, scripts="")
    assert any("<script>alert(1)</script>" in line for line in texts(svg))
    assert "<script" not in svg


def test_a_picture_loads_nothing(tmp_path: Path) -> None:
    svg = draw(tmp_path).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "http" not in svg
    assert "@import" not in svg


def test_mermaid_has_every_node_and_every_answer(tmp_path: Path) -> None:
    content, file = a_content(tmp_path), tmp_path / "tree.mmd"
    arguments = ["flows", "graph", "passport", "-o", str(file), "--content", str(content)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    text = file.read_text("utf-8")
    assert text.startswith("flowchart TD\n")
    assert 'n_who["question <br/> Who has your passport?"]:::choose' in text
    assert 'n_who -->|"My boss ⚑orange / The agent ⚑orange / I lost it"| n_since' in text
    assert 'n_fine(["outcome: fine"]):::end' in text
    assert "n_late --> n_hand_over" in text


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    content = a_content(tmp_path)
    arguments = ["flows", "graph", "passport", "-o", "tree.png", "--content", str(content)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert ".svg or .mmd" in result.stderr


# -- where it stands ---------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, tuple[float, float]], list[Arrow]]:
    size = st.tuples(st.floats(20, 400), st.floats(20, 200))
    sizes = {name: draw(size) for name in NAMES[: draw(st.integers(1, len(NAMES)))]}
    ends = st.tuples(st.sampled_from(sorted(sizes)), st.sampled_from(sorted(sizes)))
    pairs = draw(st.lists(ends, max_size=25, unique=True))
    return sizes, [Arrow(a, sizes[a][0] / 2, b) for a, b in pairs]


@given(graphs())
def test_no_box_covers_another(
    graph: tuple[dict[str, tuple[float, float]], list[Arrow]],
) -> None:
    sizes, arrows = graph
    layout = lay_out(sizes, arrows, "a")
    for one, other in itertools.combinations(sizes, 2):
        (x, y), (w, h) = layout.places[one], sizes[one]
        (u, v), (s, t) = layout.places[other], sizes[other]
        assert x + w <= u + 0.1 or u + s <= x + 0.1 or y + h <= v + 0.1 or v + t <= y + 0.1


@given(graphs())
def test_an_arrow_goes_from_its_port_to_the_top_of_its_target(
    graph: tuple[dict[str, tuple[float, float]], list[Arrow]],
) -> None:
    sizes, arrows = graph
    layout = lay_out(sizes, arrows, "a")
    for arrow, points in _points(layout):
        (x, y), (_, height) = layout.places[arrow.source], sizes[arrow.source]
        (u, v), (width, _) = layout.places[arrow.target], sizes[arrow.target]
        assert points[0] == pytest.approx((x + arrow.port, y + height), abs=0.2)
        assert points[-1] == pytest.approx((u + width / 2, v), abs=0.2)


@given(graphs())
def test_only_an_arrow_upwards_is_not_drawn(
    graph: tuple[dict[str, tuple[float, float]], list[Arrow]],
) -> None:
    sizes, arrows = graph
    layout = lay_out(sizes, arrows, "a")
    for arrow in arrows:
        up = layout.places[arrow.source][1] >= layout.places[arrow.target][1]
        assert (arrow in layout.curves) is not up


@given(graphs())
def test_no_arrow_runs_through_a_box(
    graph: tuple[dict[str, tuple[float, float]], list[Arrow]],
) -> None:
    sizes, arrows = graph
    layout = lay_out(sizes, arrows, "a")
    for arrow, points in _points(layout):
        for name, (w, h) in sizes.items():
            x, y = layout.places[name]
            if name not in (arrow.source, arrow.target):
                inside = [
                    (px, py) for px, py in points if x < px < x + w and y + 0.2 < py < y + h - 0.2
                ]
                assert not inside


def _points(layout: Layout) -> Iterator[tuple[Arrow, list[tuple[float, float]]]]:
    """Each arrow with the ends of its parts."""
    for arrow, path in layout.curves.items():
        numbers = [part.replace(",", " ").split()[-2:] for part in re.split("[MLC]", path) if part]
        yield arrow, [(float(x), float(y)) for x, y in numbers]


def test_a_picture_is_the_same_every_time(tmp_path: Path) -> None:
    assert draw(tmp_path / "1") == draw(tmp_path / "2")


def test_long_lines_are_wrapped_and_no_word_is_lost() -> None:
    words = "one two three four five six seven eight nine ten eleven twelve"
    lines = wrap(words, 120, 13)
    assert " ".join(lines) == words
    assert all(measure(line, 13) <= 120 for line in lines)


# -- in a browser ------------------------------------------------------------------------------

OUTSIDE = """() => [...document.querySelectorAll('g[id^="node-"]')].flatMap(group => {
  const box = group.querySelector('rect').getBBox();
  return [...group.querySelectorAll('text')].filter(text => {
    const t = text.getBBox();
    return t.x < box.x - 1 || t.x + t.width > box.x + box.width + 1
      || t.y < box.y - 1 || t.y + t.height > box.y + box.height + 3;
  }).map(text => `${group.id}: ${text.textContent}`);
})"""


async def _outside(browser: Browser, tmp_path: Path, language: str) -> list[str]:
    file = tmp_path / "wages.svg"
    arguments = ["flows", "graph", "wages", "-o", str(file), "--language", language]
    result = CliRunner().invoke(app, [*arguments, "--content", str(CONTENT)])
    assert result.exit_code == 0, result.output
    page = await browser.new_page()
    await page.goto(file.as_uri())
    found: list[str] = await page.evaluate(OUTSIDE)
    return found


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "az", "ru", "fa"])
async def test_every_text_stays_inside_its_box(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    assert await _outside(browser, tmp_path, language) == []
