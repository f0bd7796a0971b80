"""How things are said to one reader: sentences, times and spans in the reader's language."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.office.staff import LANGUAGES
from bot.texts import Speech, language_name, span_in_words, weekday_in_words
from flows.model import Phrase, Value
from flows.texts import SOURCE_LANGUAGE


@dataclass(frozen=True)
class Reader:
    """Who reads the page, and when."""

    speech: Speech
    language: str
    now: datetime

    def say(self, phrase: Phrase, **fields: Value) -> str:
        """The sentence in the reader's language."""
        return self.speech.say(phrase, self.language, **fields)

    def moment(self, at: datetime) -> str:
        """Day and hour in Baku: "3 November, 14:05"."""
        return self.speech.value(at, self.language)

    def weekday(self, day: date) -> str:
        """A day as people plan by it: "Monday, November 30, 2026"."""
        return weekday_in_words(day, self.language)

    def since(self, at: datetime) -> str:
        """How long ago, in the largest fitting unit and rounded down: "20 min", "3 days"."""
        return self.span(self.now - at)

    def span(self, span: timedelta) -> str:
        """A length of time of at least nothing, rounded down: minutes, then hours, then days."""
        return span_in_words(span, self.language)

    def language_name(self, language: str) -> str:
        """What the reader calls this language."""
        return language_name(language, self.language)


def guess_language(accepted: str) -> str:
    """The desk's language for somebody who is not signed in: what the browser asks for."""
    for part in accepted.split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return SOURCE_LANGUAGE
