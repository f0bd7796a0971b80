"""Sentences: filled in, formatted for the language, safe in right-to-left text."""

import gettext
from datetime import date
from decimal import Decimal

import pytest
from bidi import get_display  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from bot import first_lines
from bot.phrases import CHOOSE, MORE
from bot.texts import ISOLATE_LTR, POP, Speech, direction, start_right_to_left
from bot.tools.labels import unfit
from flows import LOCALES
from flows.model import Latin, Money, Phrase, Value
from flows.texts import Texts, load_texts, split_words

SPEECH = Speech(Texts({}))
REAL = Speech(load_texts(LOCALES))


class Translated(gettext.GNUTranslations):
    """A catalog with one sentence."""

    def __init__(self, context: str, text: str, translation: str) -> None:
        self._catalog = {f"{context}\x04{text}": translation}
        self.plural = lambda n: int(n != 1)


CALL = Phrase("test.call", "Call {number} now.")
PERSIAN = Speech(
    Texts({"fa": Translated(CALL.context, CALL.text, "همین حالا به {number} زنگ بزنید.")})
)


def test_a_phone_number_reads_left_to_right_in_persian() -> None:
    said = PERSIAN.say(CALL, "fa", number=Latin("+994 12 565 00 00"))
    assert f"{ISOLATE_LTR}+994 12 565 00 00{POP}" in said
    assert "+994 12 565 00 00" in str(get_display(said, base_dir="R"))


def test_without_isolation_it_would_be_a_wrong_number() -> None:
    """What the isolation is for: the same sentence without it."""
    bare = "همین حالا به +994 12 565 00 00 زنگ بزنید."
    assert "+994 12 565 00 00" not in str(get_display(bare, base_dir="R"))


def test_left_to_right_languages_get_no_marks() -> None:
    assert SPEECH.say(CALL, "en", number=Latin("112")) == "Call 112 now."


def test_interface_texts_fall_back_to_english_with_english_formats() -> None:
    assert SPEECH.say(CALL, "fa", number=Latin("112")) == "Call 112 now."


@pytest.mark.parametrize(
    ("value", "language", "expected"),
    [
        (date(2026, 3, 5), "en", "March 5, 2026"),
        (date(2026, 3, 5), "ru", "5 марта 2026\u202fг."),
        (date(2026, 3, 5), "az", "5 mart 2026"),
        (Money(Decimal("1234.5")), "en", "1,234.5 AZN"),
        (Money(Decimal(400)), "fa", f"{ISOLATE_LTR}400 AZN{POP}"),
        (("a", "b", "c"), "en", "a, b, and c"),
        (3, "en", "3"),
    ],
)
def test_values_are_written_as_the_language_writes_them(
    value: Value, language: str, expected: str
) -> None:
    found = SPEECH.value(value, language).replace("\xa0", "\u202f")
    assert found == expected


@given(st.text(), st.text())
def test_inserted_text_is_not_looked_into(value: str, other: str) -> None:
    said = SPEECH.say(Phrase("t", "<{value}>"), "en", value=value, other=other)
    assert said == f"<{value}>"


def test_an_unknown_field_stays_visible() -> None:
    assert SPEECH.say(Phrase("t", "a {nothing} b"), "en") == "a {nothing} b"


def test_lines_that_begin_with_a_digit_are_laid_out_right_to_left() -> None:
    marked = start_right_to_left("1. بله\n2. خیر", "fa")
    assert all(line.startswith("\u200f") for line in marked.split("\n"))
    assert start_right_to_left("1. yes", "en") == "1. yes"


@pytest.mark.parametrize(("language", "side"), [("fa", "rtl"), ("ur", "rtl"), ("az", "ltr")])
def test_directions(language: str, side: str) -> None:
    assert direction(language) == side


def test_word_lists_split_at_the_commas_of_every_script() -> None:
    assert split_words("a, b،c、d,, ") == ("a", "b", "c", "d")
    assert split_words(None) == ()


@pytest.mark.parametrize("language", ["az", "ru", "fa"])
def test_a_language_says_that_nobody_has_checked_it(language: str) -> None:
    assert REAL.texts.is_draft(language)


def test_each_button_and_first_line_outside_the_trees_fits_in_every_language() -> None:
    assert [str(problem) for problem in unfit(REAL)] == []


def test_a_button_that_is_cut_and_a_line_that_shows_too_little_are_told_by_the_check() -> None:
    class Wordy(Speech):
        def say(self, phrase: Phrase, language: str, /, **fields: Value) -> str:
            if phrase in first_lines.ALL:
                return "क्" * 39 if phrase == first_lines.NEW else "x" * 40
            return "x" * (25 if phrase == MORE else 21 if phrase == CHOOSE else 20)

    problems = list(unfit(Wordy(load_texts(LOCALES, ["fa"]))))
    found = {problem.node: problem.message for problem in problems}
    assert found.keys() == {"whatsapp.choose", "whatsapp.more", "bot.first_line.new"}
    assert "21 characters; 20 fit" in found["whatsapp.choose"]
    assert "shows 39 letters, not 40" in found["bot.first_line.new"]
