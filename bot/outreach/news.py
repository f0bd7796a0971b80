"""Consent to announcements: asked once and by itself, ended by one word or one button.

The words of the question are the tree flows/content/office/news.yaml. What people tell there is
kept as facts by which an audience is chosen (storage/outreach.py); a lawyer does not get it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.messages import STANDING, CommandIn, Content, TapIn
from flows import engine
from flows.fold import ENGINE_OWNED, MENU
from flows.model import Command, Effect, Finished, OpenCase, Phrase, Send, Session
from flows.phrases import BUTTONS
from storage import outreach, workshops
from storage.database import Tx
from storage.records import Conversation

if TYPE_CHECKING:
    from flows.catalog import Catalog

NEWS = "news"  # the tree, and what staff call the consent in it
TAILORED = "tailored"  # the outcome of who wants only what fits
STOP_OPTION, NEWS_OPTION = "news_stop", "news_ask"  # buttons that belong to no question
STANDING_LABELS: Mapping[str, Phrase] = {
    STOP_OPTION: BUTTONS[Command.STOP],
    NEWS_OPTION: BUTTONS[Command.NEWS],
}
TOLD = (outreach.REGION, outreach.SECTOR, outreach.COUNTRY, outreach.INTEREST)
SKIP = "skip"
PRESSING = frozenset({"U0", "U1"})  # urgencies at which nobody is asked about news


def is_stop(content: Content, command: Command | None) -> bool:
    """Whether the person asks for no more announcements: a word, a button, in any language."""
    tapped = content == TapIn(STANDING, STOP_OPTION)
    return tapped or command is Command.STOP


def asks_for_news(content: Content) -> bool:
    """Whether the button was pressed under which the consent can be given or changed."""
    return content in (TapIn(STANDING, NEWS_OPTION), CommandIn(Command.NEWS))


def stop(tx: Tx, talk: Conversation, language: str, now: datetime) -> None:
    """End announcements, reminders and nudges for this person, with the very next message."""
    outreach.stop_all(tx, talk.worker.id, wording="stop", language=language, now=now)


def keep_facts(tx: Tx, talk: Conversation, finished: Finished, now: datetime) -> None:
    """Keep what was told in the tree `news`; what was skipped or left out is forgotten."""
    if finished.flow != NEWS:
        return
    told = finished.saved if finished.outcome == TAILORED else {}
    facts = {name: [v for v in _values(told.get(name)) if v != SKIP] for name in TOLD}
    outreach.set_facts(tx, talk.worker.id, facts, now)


def keep_attended(tx: Tx, talk: Conversation, given: bool, now: datetime) -> None:
    """With the yes to announcements, workshops that this person came to are to choose by, too."""
    came = workshops.list_attended(tx, talk.worker.id) if given else ()
    facts = {outreach.ATTENDED: [workshops.name_of(each) for each in came]}
    outreach.set_facts(tx, talk.worker.id, facts, now)


def is_time_to_ask(
    tx: Tx,
    catalog: "Catalog",
    talk: Conversation,
    session: Session,
    effects: Sequence[Effect],
    language: str,
) -> bool:
    """Whether to put the question now: once in a life, after a tree, and never near danger."""
    topics = [e for e in effects if isinstance(e, Finished) and e.flow not in ENGINE_OWNED]
    where = engine.where(catalog, session)
    if not topics or where is None or where[0] != MENU:
        return False
    if talk.worker.unsafe or talk.hidden_after_seq is not None:
        return False
    if any(isinstance(e, OpenCase) or (isinstance(e, Send) and e.danger) for e in effects):
        return False
    flags = engine.state(catalog, session).flags
    if "trafficking" in flags or flags.get("urgency") in PRESSING:
        return False
    if not catalog.offers(NEWS, language) or outreach.was_in_danger(tx, talk.id):
        return False
    return outreach.may_ask_for_news(tx, talk.worker.id)


def _values(saved: Any) -> Sequence[str]:
    """One chosen option, several, or none, as the engine saves them."""
    if saved is None:
        return ()
    return (saved,) if isinstance(saved, str) else tuple(map(str, saved))
