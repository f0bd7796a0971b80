"""The line before a worker's message: all that a glance at the list of chats shows of it.

A phone's list shows of each chat the name and the beginning of its newest message, about forty
characters on one line, which whoever holds the phone or looks over a shoulder can read. So every
message with words begins with a line that could be about anything, and that is long enough to fill
that place. It says what is to be done now, which no translation of a law says as shortly.
"""

from bot.messages import STANDING, Outgoing
from bot.texts import Speech
from flows.model import Phrase

NEW = Phrase("bot.first_line.new", "There is something new for you in this chat.")
ANSWER = Phrase("bot.first_line.answer", "Here is my answer. Please read all of it.")
CHOOSE = Phrase("bot.first_line.choose", "👇 Read this and then choose one of the answers.")
CHOOSE_MANY = Phrase(
    "bot.first_line.choose_many", "👇 Read this and then choose one answer or several."
)
# In words, as a photo or as a recording; perhaps with a button "I do not know" beside it.
SEND = Phrase("bot.first_line.send", "✍️ Read this and then send me your answer here.")
# Where nothing can be deleted: a pressed button would quote the question.
SEND_DIGIT = Phrase("bot.first_line.digit", "Read this and then answer only with the number.")
# Under a document, whose name the list would show else.
FILE = Phrase("bot.first_line.file", "📎 Here is a file for you. Open it when you like.")
ALL = (NEW, ANSWER, CHOOSE, CHOOSE_MANY, SEND, SEND_DIGIT, FILE)


def first_line(speech: Speech, outgoing: Outgoing, language: str, *, unasked: bool) -> str:
    """The line that goes before these words; "" where the words themselves betray nothing.

    `unasked`: they come by themselves, not as the answer to what the worker did a moment ago.
    """
    return "" if outgoing.harmless else speech.say(_choose(outgoing, unasked=unasked), language)


def _choose(outgoing: Outgoing, *, unasked: bool) -> Phrase:
    if unasked or outgoing.sample:
        return NEW
    if outgoing.question in (None, STANDING):
        return ANSWER
    if outgoing.digits and outgoing.choices:
        return SEND_DIGIT
    if outgoing.typed or not outgoing.choices:
        return SEND
    return CHOOSE_MANY if outgoing.many else CHOOSE
