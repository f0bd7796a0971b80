"""`hamrah locales check`: whether what has a measure fits it, in every language.

Buttons outside the trees; the trees' own are looked at by flows/tools/lint/fit.py. Up to three
answers are buttons on WhatsApp where all are short enough for one, else rows of a list, which hold
a little more; both show a label whole.

And the first lines of messages, which must fill what a phone's list of chats shows of a message.
"""

from collections.abc import Iterator, Mapping

from bot import first_lines, phrases
from bot.casework import calls, questions
from bot.texts import Speech
from bot.workshops import letters
from bot.workshops.phrases import WORKSHOPS
from flows import phrases as engine
from flows.limits import (
    FIRST_LINE_LEAST,
    FIRST_LINE_MOST,
    WHATSAPP_BUTTON,
    WHATSAPP_ROW,
    length,
    shown_letters,
)
from flows.model import Command, Phrase
from flows.phrases import BUTTONS
from flows.tools.lint.problem import Problem

ALONE = (phrases.CHOOSE, BUTTONS[Command.CASE])  # there is no list that they could go into
ANSWERS = (
    phrases.MORE,
    WORKSHOPS,
    *(BUTTONS[c] for c in (Command.DANGER, Command.MENU, Command.LISTEN, Command.LAWYER)),
    *(BUTTONS[c] for c in (Command.STOP, Command.NEWS)),
    *(engine.YES, engine.NO, engine.CONTINUE, engine.START_OVER, engine.DONE, engine.KEEP_ALL),
    *calls.LABELS.values(),
    *letters.VERBS.values(),
    *(label for asked in questions.CHOICES.values() for _, label in asked),
)
LIMITS: Mapping[Phrase, int] = {
    **dict.fromkeys(ANSWERS, WHATSAPP_ROW),
    **dict.fromkeys(ALONE, WHATSAPP_BUTTON),
}


def unfit(speech: Speech) -> Iterator[Problem]:
    """Each label that WhatsApp would cut and each first line without its length, by language."""
    for language in speech.texts.languages:
        for phrase, limit in LIMITS.items():
            label = speech.say(phrase, language)
            if length(label) > limit:
                said = f"{label!r} has {length(label)} characters; {limit} fit (WhatsApp)"
                yield _problem(phrase, language, said, "Say it shorter.")
        for phrase in first_lines.ALL:
            line = speech.say(phrase, language)
            if shown_letters(line) < FIRST_LINE_LEAST:
                said = f"{line!r} shows {shown_letters(line)} letters, not {FIRST_LINE_LEAST}"
                mend = "Say it longer: a list of chats would show what follows it."
                yield _problem(phrase, language, said, mend)
            if length(line) > FIRST_LINE_MOST:
                said = f"{line!r} has {length(line)} characters, more than {FIRST_LINE_MOST}"
                yield _problem(phrase, language, said, "Say it shorter.")


def _problem(phrase: Phrase, language: str, message: str, mend: str) -> Problem:
    return Problem(
        file=f"locales/{language}/LC_MESSAGES/hamrah.po",
        line=1,
        node=phrase.context,
        code="E13",
        message=message,
        mend=mend,
    )
