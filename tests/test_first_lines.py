"""What a glance at the list of chats shows: nothing that would betray anybody, and no riddle."""

import pytest

from bot import first_lines
from bot.channels.telegram import rendering as telegram
from bot.channels.whatsapp import rendering as whatsapp
from bot.messages import STANDING, Choice, Outgoing, dump, parse
from bot.runtime import Runtime
from flows.model import Phrase
from storage.records import StaffId

YES = (Choice("yes", "Yes"),)
WORDS = "Your employer owes you 450 AZN."


@pytest.mark.parametrize(
    ("outgoing", "line"),
    [
        (Outgoing(WORDS), first_lines.ANSWER),
        (Outgoing(WORDS, danger=True), first_lines.ANSWER),
        (Outgoing(WORDS, case_button=True), first_lines.ANSWER),
        (Outgoing(WORDS, 3, YES), first_lines.CHOOSE),
        (Outgoing(WORDS, 3, YES, many=True), first_lines.CHOOSE_MANY),
        (Outgoing(WORDS, 3), first_lines.SEND),
        (Outgoing(WORDS, 3, YES, typed=True), first_lines.SEND),
        (Outgoing(WORDS, 3, YES, digits=True), first_lines.SEND_DIGIT),
        (Outgoing(WORDS, STANDING, YES), first_lines.ANSWER),
        (Outgoing(WORDS, STANDING, YES, sample=True), first_lines.NEW),
        (Outgoing("Hello! There is nothing new here today.", harmless=True), None),
    ],
)
def test_the_first_line_says_what_to_do_and_not_what_it_is_about(
    runtime: Runtime, outgoing: Outgoing, line: Phrase | None
) -> None:
    for unasked, staff in ((False, None), (True, None), (False, StaffId(1))):
        expected = line if line is None or not (unasked or staff) else first_lines.NEW
        shown = expected.text if expected else outgoing.text
        for render in (telegram.render, whatsapp.render):
            [part] = render(runtime.speech, outgoing, "en", staff, unasked=unasked)
            text = part.plain if isinstance(part, telegram.Part) else part.text
            assert text.removeprefix("👤 ").split("\n\n")[0] == shown


def test_a_message_without_words_has_no_line(runtime: Runtime) -> None:
    for render in (telegram.render, whatsapp.render):
        assert render(runtime.speech, Outgoing(""), "en", None) == []


def test_a_message_of_an_older_house_is_still_read() -> None:
    assert parse(dump(Outgoing(WORDS))[:-1] + ', "discreet": true}') == Outgoing(WORDS)
