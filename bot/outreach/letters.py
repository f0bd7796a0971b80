"""What a person gets: the words in their language, with the buttons below."""

import re
import secrets

from bot.messages import STANDING, Choice, Outgoing
from bot.outreach.news import STOP_OPTION
from bot.runtime import Runtime
from flows.model import Command
from flows.phrases import BUTTONS
from storage import announcements
from storage.announcements import Announcement, AnnouncementState
from storage.database import Tx

TEST_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
TEST_CODE = re.compile(r"\s*test[\s-]+([A-HJKMNP-Z2-9]{6})\s*", re.IGNORECASE)
TESTABLE = frozenset({AnnouncementState.DRAFT, AnnouncementState.PROPOSED})


def new_test_code() -> str:
    """A code that shows a draft to whoever writes "test CODE" to the bot."""
    return "".join(secrets.choice(TEST_ALPHABET) for _ in range(6))


def letter(runtime: Runtime, text: str, language: str, template: str = "") -> Outgoing:
    """A copy in this language; the button that ends it is always there."""
    label = runtime.speech.say(BUTTONS[Command.STOP], language)
    choices = (Choice(STOP_OPTION, label),)
    return Outgoing(text, question=STANDING, choices=choices, template=template)


def test_copies(tx: Tx, runtime: Runtime, typed: str) -> list[tuple[str, Outgoing]]:
    """The draft whose test code was typed, in each of its languages; nothing for other words.

    Whoever knows the code sees a text that is to be sent to hundreds anyhow; the code dies with
    the approval.
    """
    found = TEST_CODE.fullmatch(typed)
    draft = announcements.find_by_test_code(tx, found[1].upper()) if found else None
    if draft is None or draft.state not in TESTABLE:
        return []
    texts = announcements.get_texts(tx, draft.id)
    return [(language, letter(runtime, texts[language], language)) for language in sorted(texts)]


def copy_for(tx: Tx, runtime: Runtime, it: Announcement, language: str) -> Outgoing:
    """A recipient's copy."""
    text = announcements.get_text(tx, it.id, language)
    return letter(runtime, text, language, it.template or "")
