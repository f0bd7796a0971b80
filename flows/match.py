"""What a typed answer means: digits of any script, labels, other words, small slips.

Only whole messages match: "I don't know" is not "no". What could be two things is asked again.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from rapidfuzz.distance import OSA

from flows.model import Command, Phrase
from flows.phrases import BUTTONS, NO_WORDS, STOP_EVERYWHERE, WORDS, YES_WORDS
from flows.texts import Texts, split_words

# the same letter, typed on an Arabic, a Persian or an Urdu keyboard
SAME_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ے": "ی", "ك": "ک", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ة": "ه", "أ": "ا",
     "إ": "ا", "آ": "ا", "ؤ": "و", "ı": "i", "ə": "e", "ё": "е"}
)  # fmt: skip
# Uzbek o‘, Ukrainian м’ять: a phone has five signs for it, and many people type none
APOSTROPHE = re.compile(r"(?<=\w)['’‘ʻʼ`´](?=\w)")
# \w leaves out the vowel signs of Hindi and Bengali; the danda (U+0964, U+0965) is a full stop
IGNORED = re.compile(r"[^\w\u0900-\u0963\u0966-\u0dff]+|_+")
NUMBER = re.compile(r"[-+]?\d[\d\s.,'٬٫]*")
YEAR_FIRST = r"(?P<y>\d{4})\D(?P<m>\d{1,2})\D(?P<d>\d{1,2})"
DAY_FIRST = r"(?P<d>\d{1,2})[./\-\s](?P<m>\d{1,2})(?:[./\-\s](?P<y>\d{4}|\d{2}))?"
PHONE = re.compile(r"\+?\d{5,15}")
MAX_TEXT = 4096  # characters of a message that are looked at
MAX_SIGNS = 64  # of one that may be a command
MIN_LENGTH_FOR_ONE_SLIP = 4
MIN_LENGTH_FOR_TWO_SLIPS = 8


@lru_cache(maxsize=20_000)
def normal(text: str) -> str:
    """A text as it is compared: folded case, no accents, emoji or punctuation, plain digits."""
    text = APOSTROPHE.sub("", text[:MAX_TEXT])
    text = unicodedata.normalize("NFKD", text).casefold().translate(SAME_LETTERS)
    kept = (
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c
        for c in text
        if (not unicodedata.combining(c) and unicodedata.category(c) not in ("Cf", "Cc", "Cs"))
        or c in "\n\t"
    )
    return IGNORED.sub(" ", "".join(kept)).strip()


def match_options(text: str, options: Mapping[str, Iterable[str]]) -> list[str]:
    """The options that a typed text can mean: one is an answer, several are a question back.

    `options` maps each id, in the order shown, to its words in the worker's language.
    """
    typed = normal(text)
    if not typed:
        return [i for i, words in options.items() if any(_has_sign(w, sign(text)) for w in words)]
    if typed.isdecimal():
        position = int(typed[:9])
        ids = list(options)
        exact = [i for i, words in options.items() if typed in map(normal, words)]
        return exact or ([ids[position - 1]] if 1 <= position <= len(ids) else [])
    words = {i: [w for w in map(normal, words) if w] for i, words in options.items()}
    for fits in (_equal, _begins, _slipped):
        found = [i for i, known in words.items() if any(fits(typed, word) for word in known)]
        if found:
            return found
    return []


def _has_sign(word: str, typed: str) -> bool:
    return bool(typed) and [typed] == [sign(part) for part in word.split()[:1]]


def _equal(typed: str, word: str) -> bool:
    return typed == word


def _begins(typed: str, word: str) -> bool:
    return len(typed) >= MIN_LENGTH_FOR_ONE_SLIP and word.startswith(typed)


def _slipped(typed: str, word: str) -> bool:
    shorter = min(len(typed), len(word))
    if shorter < MIN_LENGTH_FOR_ONE_SLIP:
        return False
    slips = 1 if shorter < MIN_LENGTH_FOR_TWO_SLIPS else 2
    return OSA.distance(typed, word, score_cutoff=slips) <= slips


def match_yes_no(text: str, texts: Texts) -> bool | None:
    """Whether this says yes or no in any of our languages; None for anything else."""
    typed = normal(text)
    for phrase, meaning in ((YES_WORDS, True), (NO_WORDS, False)):
        if typed and typed in _all_words(phrase, texts):
            return meaning
    return None


def sign(text: str) -> str:
    """The one sign of which a text consists, however often; the whole text where there are more."""
    plain = re.sub(r"[\s\ufe0f\U0001f3fb-\U0001f3ff]", "", text[:MAX_SIGNS])  # nor tones of skin
    return plain[:1] if len(set(plain)) == 1 else plain


class CommandWords:
    """The whole messages that mean a command, in every language at once."""

    def __init__(self, texts: Texts) -> None:
        self._signs = {sign(label.text.split()[0]): c for c, label in BUTTONS.items()}
        self._commands = {normal(word): Command.STOP for word in STOP_EVERYWHERE}
        for command, phrase in WORDS.items():
            for word in _all_words(phrase, texts):
                self._commands.setdefault(word, command)
            self._commands[normal(f"/{command.value}")] = command

    def find(self, text: str) -> Command | None:
        """The command that this message is, or None."""
        return self._commands.get(normal(text)) if len(text) <= MAX_SIGNS else None

    def find_sign(self, text: str) -> Command | None:
        """The command on whose button this sign stands: an answer may have it, too."""
        return self._signs.get(sign(text)) if len(text) <= MAX_SIGNS else None


def _all_words(phrase: Phrase, texts: Texts) -> frozenset[str]:
    return frozenset(
        normal(word)
        for language in texts.languages
        for word in split_words(texts.find(phrase, language))
    )


# -- open answers ------------------------------------------------------------------------------


def read_number(text: str) -> Decimal | None:
    """The one number in a text, in any script's digits; None for none, several or a strange one."""
    found = [m.group().strip() for m in NUMBER.finditer(_plain_digits(text))]
    if len(found) != 1:
        return None
    digits = re.sub(r"[\s']", "", found[0].replace("٬", ",").replace("٫", ".")).rstrip(".,")
    if re.fullmatch(r"[-+]?\d{1,3}([.,]\d{3})+", digits):  # 1,500 and 1.500 are both 1500
        digits = re.sub(r"[.,]", "", digits)
    try:
        number = Decimal(digits.replace(",", "."))
    except InvalidOperation:
        return None
    return number if abs(number) < Decimal(10) ** 9 else None


def read_phone(text: str) -> str | None:
    """A phone number as digits with an optional plus, or None."""
    digits = re.sub(r"[\s().-]", "", _plain_digits(text))
    return digits if PHONE.fullmatch(digits) else None


def read_date(text: str, language: str, today: date) -> date | None:
    """The date in a text: day, month, year; the month in figures or by its name.

    Without a year the latest such day that is not in the future is meant. A year of another
    calendar (1404 is the Persian 2025) is not guessed: None.
    """
    plain = _plain_digits(text)
    for pattern in (YEAR_FIRST, DAY_FIRST):
        found = re.search(rf"(?<!\d){pattern}(?!\d)", plain)
        if found:
            return _date(found["d"], int(found["m"]), found["y"], today)
    months = {
        month
        for month, names in _month_names(language).items()
        if any(name in normal(plain).split() for name in names)
    }
    figures = re.findall(r"\d+", plain)
    if len(months) != 1 or not 1 <= len(figures) <= 2:
        return None
    day, *year = sorted(figures, key=len) if len(figures) == 2 else figures
    return _date(day, months.pop(), year[0] if year else None, today)


def _date(day: str, month: int, year: str | None, today: date) -> date | None:
    try:
        if year is None:
            found = date(today.year, month, int(day))
            return found if found <= today else date(today.year - 1, month, int(day))
        number = int(year) + (2000 if len(year) == 2 else 0)
        return date(number, month, int(day)) if 1900 <= number <= 2100 else None
    except ValueError:
        return None


@lru_cache(maxsize=64)
def _month_names(language: str) -> Mapping[int, frozenset[str]]:
    names: dict[int, set[str]] = {month: set() for month in range(1, 13)}
    for code in (language, "en"):
        try:
            months = Locale.parse(code).months
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for month, name in [
                *months[context]["wide"].items(),
                *_abbreviated(months, context),
            ]:
                names[month].add(normal(name))
    return {month: frozenset(found) for month, found in names.items()}


def _abbreviated(
    months: Mapping[str, Mapping[str, Mapping[int, str]]], context: str
) -> Iterator[tuple[int, str]]:
    for month, name in months[context]["abbreviated"].items():
        if not normal(name).isdecimal():
            yield month, name


def _plain_digits(text: str) -> str:
    return "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text[:MAX_TEXT]
    )
