"""Quick replies: one name, a text in each language; a missing language is said, not guessed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.casework import doors
from bot.errors import BadInput, NotAllowed, NotFound
from bot.messages import MAX_TEXT
from bot.runtime import Runtime
from storage import quick_replies as store
from storage.audit import OFFICE, append
from storage.database import Tx
from storage.quick_replies import QuickReply
from storage.records import Staff

MAX_NAME = 60  # characters


async def list_all(runtime: Runtime, reader: Staff) -> list[QuickReply]:
    """The office's quick replies."""
    _require(reader)
    return await runtime.database.read(store.list_all)


async def get(runtime: Runtime, reader: Staff, reply_id: int) -> QuickReply:
    """One of them; raises NotFound."""
    _require(reader)
    found = await runtime.database.read(lambda tx: store.get(tx, reply_id))
    if found is None:
        raise NotFound
    return found


async def save(
    runtime: Runtime, lawyer: Staff, reply_id: int | None, name: str, texts: Mapping[str, str]
) -> None:
    """Make a quick reply, or change its words; an empty text takes a language away."""
    _require(lawyer)
    name = name.strip()
    if reply_id is None and (not name or len(name) > MAX_NAME):
        raise BadInput("quick_name", "too long" if name else "empty")
    if any(len(text) > MAX_TEXT for text in texts.values()):
        raise BadInput("quick_text", "too long")
    if reply_id is None and not any(text.strip() for text in texts.values()):
        raise BadInput("quick_text", "empty")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if reply_id is not None and store.get(tx, reply_id) is None:
            raise NotFound
        saved = store.add(tx, lawyer.id, name, now) if reply_id is None else reply_id
        for language, text in texts.items():
            if language in runtime.languages:
                store.set_text(tx, saved, language, text.strip(), now)
        _audit(tx, lawyer, "quick_reply", saved, now)

    await runtime.database.write(work)


async def remove(runtime: Runtime, lawyer: Staff, reply_id: int) -> None:
    """Offer it no more."""
    _require(lawyer)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        store.remove(tx, reply_id, now)
        _audit(tx, lawyer, "quick_reply_removed", reply_id, now)

    await runtime.database.write(work)


def missing(runtime: Runtime, reply: QuickReply) -> Sequence[str]:
    """The languages of our workers in which it has no words."""
    return [language for language in runtime.languages if language not in reply.texts]


def _require(person: Staff) -> None:
    if person.role not in doors.MAY_READ_CASES:
        raise NotAllowed


def _audit(tx: Tx, lawyer: Staff, action: str, reply_id: int, now: datetime) -> None:
    detail = f"quick_reply={reply_id}"
    append(tx, OFFICE, actor=doors.actor(lawyer), action=action, now=now, detail=detail)
