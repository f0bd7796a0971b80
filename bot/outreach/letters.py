"""What a person gets: the words in their language, with the buttons below."""

import re

from bot import codes
from bot.messages import STANDING, Choice, Outgoing
from bot.outreach.news import STOP_OPTION
from bot.runtime import Runtime
from bot.workshops.letters import SHOW, option, sign_up_choice
from flows.model import Command
from flows.phrases import BUTTONS
from storage import announcements, workshops
from storage.announcements import Announcement, AnnouncementState
from storage.database import Tx
from storage.workshops import Workshop

TEST_CODE = re.compile(rf"\s*test[\s-]+({codes.PATTERN})\s*", re.IGNORECASE)
SUBJECT = re.compile(r"workshop_([0-9]{1,18})")
TESTABLE = frozenset({AnnouncementState.DRAFT, AnnouncementState.PROPOSED})


def invitation_of(tx: Tx, it: Announcement) -> Workshop | None:
    """The workshop that this announcement invites to."""
    found = SUBJECT.fullmatch(it.subject or "")
    return workshops.get(tx, int(found[1])) if found else None


def letter(
    runtime: Runtime,
    text: str,
    language: str,
    template: str = "",
    workshop: Workshop | None = None,
) -> Outgoing:
    """A copy in this language; the button that ends it is always there."""
    stop = Choice(STOP_OPTION, runtime.speech.say(BUTTONS[Command.STOP], language))
    if workshop is None:
        return Outgoing(text, question=STANDING, choices=(stop,), template=template)
    return Outgoing(
        text,
        question=STANDING,
        choices=(sign_up_choice(runtime, workshop, language), stop),
        template=template,
        template_tap=option(SHOW, workshop.code),
    )


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
    workshop = invitation_of(tx, draft)
    return [
        (language, letter(runtime, texts[language], language, workshop=workshop))
        for language in sorted(texts)
    ]


def copy_for(tx: Tx, runtime: Runtime, it: Announcement, language: str) -> Outgoing:
    """A recipient's copy."""
    text = announcements.get_text(tx, it.id, language)
    return letter(runtime, text, language, it.template or "", invitation_of(tx, it))
