"""What a person gets: the words in their language, with the buttons below."""

import re
from dataclasses import replace

from bot import codes
from bot.messages import STANDING, Choice, Content, Outgoing, TapIn, TextIn
from bot.outreach.news import STOP_OPTION
from bot.runtime import Runtime
from bot.workshops.letters import SHOW, option, sign_up_choice
from flows.model import Command
from flows.phrases import BUTTONS
from storage import announcements, recipients, workshops
from storage.announcements import Announcement, AnnouncementState
from storage.database import Tx
from storage.records import WorkerId
from storage.workshops import Workshop

TEST_CODE = re.compile(rf"\s*test[\s-]+({codes.PATTERN})\s*", re.IGNORECASE)
READ = re.compile(r"news_read_([0-9]{1,18})")  # what the button of a template brings back
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
    tap: str = "",
) -> Outgoing:
    """A copy in this language; the button that ends it is always there.

    `tap` is what the button of the template brings back, where that goes out in its place.
    """
    stop = Choice(STOP_OPTION, runtime.speech.say(BUTTONS[Command.STOP], language))
    choices: tuple[Choice, ...] = (stop,)
    if workshop is not None:
        choices = (sign_up_choice(runtime, workshop, language), stop)
    return Outgoing(text, question=STANDING, choices=choices, template=template, template_tap=tap)


def asked_for(
    tx: Tx, runtime: Runtime, worker: WorkerId, content: Content
) -> list[tuple[str, Outgoing]]:
    """The copies, with their languages, that a test code or a template's button asks for."""
    match content:
        case TextIn(typed):
            return _test_copies(tx, runtime, typed)
        case TapIn(question, option) if question == STANDING and (found := READ.fullmatch(option)):
            return _whole_copy(tx, runtime, worker, int(found[1]))
    return []


def _whole_copy(
    tx: Tx, runtime: Runtime, worker: WorkerId, announcement_id: int
) -> list[tuple[str, Outgoing]]:
    """What this person got a template in place of; nothing for who is no recipient."""
    it = announcements.get(tx, announcement_id)
    language = recipients.language_of(tx, announcement_id, worker)
    return (
        [] if it is None or language is None else [(language, copy_for(tx, runtime, it, language))]
    )


def _test_copies(tx: Tx, runtime: Runtime, typed: str) -> list[tuple[str, Outgoing]]:
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
        (
            language,
            replace(letter(runtime, texts[language], language, workshop=workshop), sample=True),
        )
        for language in sorted(texts)
    ]


def copy_for(tx: Tx, runtime: Runtime, it: Announcement, language: str) -> Outgoing:
    """A recipient's copy."""
    text, workshop = announcements.get_text(tx, it.id, language), invitation_of(tx, it)
    tap = f"news_read_{it.id}" if workshop is None else option(SHOW, workshop.code)
    return letter(runtime, text, language, it.template or "", workshop, tap if it.template else "")
