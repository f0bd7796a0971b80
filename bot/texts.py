"""Sentences for people: translated, filled in, formatted for the language and its direction."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit

from flows.compute import BAKU
from flows.model import Hotline, Latin, Line, Money, Phrase, Source, Value
from flows.texts import SOURCE_LANGUAGE, Texts

RIGHT_TO_LEFT = frozenset({"ar", "fa", "ps", "ur"})
ISOLATE_LTR, POP = "\u2066", "\u2069"
RIGHT_TO_LEFT_MARK = "\u200f"
# what Babel has beside countries: unions, the unknown, and names made up for tests
COUNTRY = re.compile(r"(?!EU|EZ|UN|QO|ZZ|X[AB])[A-Z]{2}")
FIELD = re.compile(r"\{(\w+)\}")

SOURCE_LINE = Phrase("bot.source", "Law: {sources}. We read it on {day}.")
HOTLINE_LINE = Phrase("bot.hotline", "☎️ {number}: {who}.")


class Speech:
    """Turns phrases into sentences of a language."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts

    def say(self, phrase: Phrase, language: str, /, **fields: Value) -> str:
        """The sentence in this language; interface texts fall back to English.

        Legal texts never do: a flow that is not complete in a language is not offered in it.
        """
        count = fields.get("count", 1)
        found = self.texts.find(phrase, language, count if isinstance(count, int) else 1)
        if found is None:
            language = SOURCE_LANGUAGE
            found = self.texts.find(phrase, language, count if isinstance(count, int) else 1)
        return self._fill(found or phrase.text, language, fields)

    def line(self, line: Line, language: str) -> str:
        """A line of a flow."""
        return self.say(line.phrase, language, **line.fields)

    def sources(self, sources: tuple[Source, ...], language: str) -> str:
        """The law behind a message as one line; "" where there is none."""
        if not sources:
            return ""
        cites = dict.fromkeys(self.say(source.cite, language) for source in sources)
        listed = format_list(list(cites), locale=locale_of(language))
        return self.say(
            SOURCE_LINE, language, sources=listed, day=min(source.read_on for source in sources)
        )

    def hotline(self, hotline: Hotline, language: str) -> str:
        """A number to call, who answers and what to know before."""
        who = self.say(hotline.who, language)
        line = self.say(HOTLINE_LINE, language, number=Latin(hotline.number), who=who)
        return line if hotline.note is None else f"{line} {self.say(hotline.note, language)}"

    def value(self, value: Value, language: str) -> str:
        """A value as it is written in this language, safe inside right-to-left text."""
        match value:
            case Phrase():
                return self.say(value, language)
            case Money(amount, currency):
                return isolate(f"{_number(amount, language)} {currency}", language)
            case Latin(text):
                return isolate(text, language)
            case datetime():
                local = value.astimezone(BAKU)
                return format_datetime(local, "d MMMM, HH:mm", locale=locale_of(language))
            case date():
                return format_date(value, "long", locale=locale_of(language))
            case int() | Decimal():
                return _number(value, language)
            case tuple():
                return format_list(list(value), locale=locale_of(language))
        return value

    def _fill(self, template: str, language: str, fields: Mapping[str, Value]) -> str:
        # a plain substitution: no attribute access, and inserted text is not looked into
        return FIELD.sub(
            lambda found: (
                self.value(fields[found[1]], language) if found[1] in fields else found[0]
            ),
            template,
        )


def locale_of(language: str) -> Locale:
    """The CLDR locale of one of our languages."""
    return Locale.parse(language)


def language_name(language: str, reader_language: str) -> str:
    """What a reader of the other language calls this one."""
    return locale_of(language).get_display_name(reader_language) or language


@cache
def countries(reader_language: str) -> Sequence[tuple[str, str]]:
    """The countries of the world, by the two letters of ISO 3166, as their reader sorts them."""
    known = locale_of(reader_language).territories
    named = [(code, name) for code, name in known.items() if COUNTRY.fullmatch(code)]
    return sorted(named, key=lambda country: country[1].casefold())


def weekday_in_words(day: date, language: str) -> str:
    """A day as people plan by it: "Monday, November 30, 2026"."""
    return format_date(day, "full", locale=locale_of(language))


def span_in_words(span: timedelta, language: str) -> str:
    """A length of time of at least nothing, rounded down: minutes, then hours, then days."""
    span = max(span, timedelta(0))
    unit, size = ("minute", timedelta(minutes=1))
    if span >= timedelta(days=2):
        unit, size = ("day", timedelta(days=1))
    elif span >= timedelta(hours=2):
        unit, size = ("hour", timedelta(hours=1))
    return format_unit(span // size, f"duration-{unit}", length="short", locale=locale_of(language))


def direction(language: str) -> str:
    """ "rtl" or "ltr"."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def script_of(text: str) -> str:
    """The script of most of its letters, as Unicode calls it: LATIN, ARABIC, ...; "" of none."""
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    return max(Counter(names).items(), key=lambda item: item[1], default=("", 0))[0]


def isolate(text: str, language: str) -> str:
    """A Latin run (a phone number, a code) that keeps its order inside this language's text."""
    return f"{ISOLATE_LTR}{text}{POP}" if language in RIGHT_TO_LEFT else text


def start_right_to_left(text: str, language: str) -> str:
    """Mark lines that would be laid out left to right because a digit or emoji begins them."""
    if language not in RIGHT_TO_LEFT:
        return text
    return "\n".join(f"{RIGHT_TO_LEFT_MARK}{line}" if line else line for line in text.split("\n"))


def _number(number: int | Decimal, language: str) -> str:
    return format_decimal(number, locale=locale_of(language))
