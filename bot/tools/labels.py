"""`hamrah locales check`: whether each button outside the trees fits, in every language.

The trees' own are looked at by flows/tools/lint/fit.py. Up to three answers are buttons on
WhatsApp where all are short enough for one, else rows of a list, which hold a little more; both
show a label whole.
"""

from collections.abc import Iterator, Mapping

from bot import phrases
from bot.casework import calls, questions
from bot.texts import Speech
from bot.workshops import letters
from bot.workshops.phrases import WORKSHOPS
from flows import phrases as engine
from flows.limits import WHATSAPP_BUTTON, WHATSAPP_ROW, length
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


def too_long(speech: Speech) -> Iterator[Problem]:
    """Each label that WhatsApp would cut, in each language."""
    for language in speech.texts.languages:
        for phrase, limit in LIMITS.items():
            label = speech.say(phrase, language)
            if length(label) > limit:
                yield Problem(
                    file=f"locales/{language}/LC_MESSAGES/hamrah.po",
                    line=1,
                    node=phrase.context,
                    code="E13",
                    message=f"{label!r} has {length(label)} characters; {limit} fit (WhatsApp)",
                    mend="Say it shorter.",
                )
