"""What people type on phones, compared as people mean it."""

import pytest

from flows.match import normal


@pytest.mark.parametrize("typed", ["yo‘q", "yo'q", "yo’q", "yoʻq", "yoʼq", "yo`q", "yoq", "YO‘Q "])
def test_an_apostrophe_of_any_keyboard_or_none_is_the_same_word(typed: str) -> None:
    assert normal(typed) == "yoq"


@pytest.mark.parametrize("typed", ["'yes'", "‘yes’", "yes!", " yes "])
def test_quotes_around_a_word_are_not_part_of_it(typed: str) -> None:
    assert normal(typed) == "yes"


@pytest.mark.parametrize(
    ("one", "other"), [("हाँ", "है"), ("पूछो", "पीछे"), ("না", "নে"), ("गलत", "गलती"), ("जी", "जा")]
)
def test_the_vowels_of_hindi_and_bengali_tell_words_apart(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_a_danda_is_no_part_of_a_word() -> None:
    assert normal("हाँ।") == normal("हाँ")
