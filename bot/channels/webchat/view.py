"""The chat as the browser gets it: how it stands, and its entries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import messages
from bot.channels.webchat import phrases
from bot.channels.webchat.visitor import Visitor
from bot.media import MAX_FILE_MEGABYTES
from bot.phrases import FROM_LAWYER
from bot.runtime import Runtime
from bot.texts import direction
from flows.compute import BAKU
from flows.model import Latin
from flows.phrases import BUTTONS
from flows.texts import SOURCE_LANGUAGE
from storage.cases import get_last_case
from storage.database import Tx
from storage.messages import list_message_attachments, list_said
from storage.records import Attachment, Author, Conversation, ConversationId, Message

PAGE_SIZE = 200  # entries that a new page shows; the rest when the person asks for it
EMERGENCY = Latin("112")
AUTHORS = {Author.WORKER: "worker", Author.BOT: "bot", Author.STAFF: "lawyer"}


@dataclass(frozen=True)
class Seen:
    """What a browser has: entries of this chat up to this seq."""

    chat: str = ""
    after: int = 0


@dataclass(frozen=True)
class View:
    """What a browser should be shown; both parts as JSON-able values."""

    conversation_id: ConversationId
    state: dict[str, Any]
    entries: Sequence[dict[str, Any]]
    seen: Seen  # after these entries were sent


def look(tx: Tx, runtime: Runtime, visitor: Visitor, seen: Seen) -> View | None:
    """How the chat stands and what the browser has not seen of it; None before a first contact.

    A chat that is not the one in `seen` is shown from its newest page on.
    """
    talk = visitor.conversation(tx)
    if talk is None:
        return None
    state = state_of(runtime, visitor, talk)
    if not state["hidden"]:
        state["case"] = get_last_case(tx, talk.id) is not None
    floor = talk.hidden_after_seq or 0
    known = seen.chat == state["chat"] and seen.after > floor
    after = min(seen.after, talk.last_seq) if known else floor
    limit = talk.last_seq - after if known else PAGE_SIZE  # nothing missed is left out
    said = list_said(tx, talk.id, after_seq=after, limit=limit) if talk.last_seq > after else []
    reached = said[-1].seq if said and said[-1].seq else after
    language = str(state["language"])
    entries = _entries(tx, runtime, said, language)
    return View(talk.id, state, entries, Seen(str(state["chat"]), reached))


def look_back(tx: Tx, runtime: Runtime, visitor: Visitor, before: int) -> list[dict[str, Any]]:
    """The entries before this seq, as many as one page; none while the chat is hidden."""
    talk = visitor.conversation(tx)
    if talk is None or talk.hidden_after_seq is not None:
        return []
    said = list_said(tx, talk.id, before_seq=before, limit=PAGE_SIZE)
    return _entries(tx, runtime, said, language_of(visitor, talk))


def state_of(runtime: Runtime, visitor: Visitor, talk: Conversation | None) -> dict[str, Any]:
    """What the page needs besides the entries: its language and its words."""
    language = language_of(visitor, talk)
    speech = runtime.speech
    return {
        # changes when the chat is hidden, shown again or begun anew: what was shown is void then
        "chat": talk and visitor.digest(talk.id, talk.hidden_after_seq),
        "language": language.replace("_", "-"),
        "direction": direction(language),
        "hidden": talk is not None and talk.hidden_after_seq is not None,
        "case": False,  # whether there is one to ask about
        "buttons": {c.value: speech.say(phrase, language) for c, phrase in BUTTONS.items()},
        "texts": {
            name: speech.say(phrase, language, limit=MAX_FILE_MEGABYTES, emergency=EMERGENCY)
            for name, phrase in phrases.PAGE.items()
        },
    }


def language_of(visitor: Visitor, talk: Conversation | None) -> str:
    """The language that the worker chose, else the browser's."""
    chosen = talk.worker.language if talk else None
    return chosen or visitor.language or SOURCE_LANGUAGE


def error_text(runtime: Runtime, language: str, code: str) -> str:
    """A sentence for an error's code."""
    phrase = phrases.ERRORS.get(code, phrases.ERROR)
    return runtime.speech.say(phrase, language, limit=MAX_FILE_MEGABYTES)


def dump(value: Any) -> str:
    """JSON as it goes to a browser; half a letter from elsewhere must not end a socket."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()


def _entries(
    tx: Tx, runtime: Runtime, said: Sequence[Message], language: str
) -> list[dict[str, Any]]:
    found: dict[int, list[Attachment]] = {}
    for attachment in list_message_attachments(tx, [message.id for message in said]):
        found.setdefault(attachment.message_id, []).append(attachment)
    return [
        {"seq": message.seq, "message": _message(runtime, message, found, language)}
        for message in said
    ]


def _message(
    runtime: Runtime, message: Message, files: dict[int, list[Attachment]], language: str
) -> dict[str, Any]:
    at = message.created_at.astimezone(BAKU)
    shown = {
        "author": AUTHORS[message.author],
        "kind": message.kind.value,
        "language": message.language.replace("_", "-"),
        "at": at.isoformat(timespec="seconds"),
        "day": runtime.speech.value(at.date(), language),
        "time": f"{at:%H:%M}",
        "attachments": [
            {
                "id": file.id,
                "name": file.name,
                "media_type": file.media_type,
                "size": file.size_bytes,
            }
            for file in files.get(message.id, ())
        ],
    }
    if message.author is Author.WORKER:
        body = json.loads(message.body)
        return shown | {
            "text": body.get("text", "").removeprefix(messages.WHILE_HIDDEN).lstrip(),
            "question": body.get("question"),
            "direction": "auto",
        }
    outgoing = messages.parse(message.body)
    by_person = message.staff_id is not None
    return shown | {
        "text": outgoing.text,
        "question": outgoing.question,
        "choices": [
            {"option": choice.option, "label": choice.label, "marked": choice.marked}
            for choice in outgoing.choices
        ],
        "many": outgoing.many,
        "listen": outgoing.listen,
        "source": outgoing.source,
        "danger": outgoing.danger,
        "direction": "auto" if by_person else direction(message.language),
        "from": runtime.speech.say(FROM_LAWYER, language, number=message.staff_id or 0)
        if by_person
        else "",
    }
