"""Notices to staff: told in the desk at once, and by whatever channel delivers them.

Nothing of a case leaves with a notice but its number, priority, language, topic and times
(HANDOFF.md section 6e): no name, text, place, file or link to a chat.

For a channel that delivers: `undelivered` lists what is to go out to whom, `mark_delivered` takes
one off the list, `sentence` says it, `address` leads to the desk. Storage rings "notices" after a
commit that wrote some, and "notices:7" for the person with number 7.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot import phrases
from bot.runtime import Runtime
from bot.texts import language_name, span_in_words
from flows.model import Latin, Phrase, Value
from storage import notices as store
from storage.database import Tx
from storage.records import Case, Notice, NoticeId, NoticeKind, Staff, StaffId

NEW_CASE = Phrase(
    "notice.new_case",
    "{code} · P{priority} · {language} · {topic} · waiting {waiting} · due {due}",
)
SENTENCES: Mapping[NoticeKind, Phrase] = MappingProxyType(
    {
        NoticeKind.NEW_CASE: NEW_CASE,
        NoticeKind.NEW_MESSAGE: Phrase("notice.new_message", "{code}: a new message"),
        NoticeKind.DUE_HALF: Phrase(
            "notice.due_half", "{code}: half of the time is over, due {due}"
        ),
        NoticeKind.DUE_SOON: Phrase("notice.due_soon", "{code}: due soon, {due}"),
        NoticeKind.OVERDUE: Phrase("notice.overdue", "{code}: overdue since {due}"),
        NoticeKind.TRANSFER_OFFERED: Phrase(
            "notice.transfer_offered", "{code}: a colleague asks you to take it over"
        ),
        NoticeKind.TRANSFER_ACCEPTED: Phrase(
            "notice.transfer_accepted", "{code}: your colleague has taken it over"
        ),
        NoticeKind.TRANSFER_DECLINED: Phrase(
            "notice.transfer_declined", "{code}: it was not taken over and stays with you"
        ),
        NoticeKind.GIVEN: Phrase("notice.given", "{code}: the coordinator has given it to you"),
        NoticeKind.REASSIGNED: Phrase(
            "notice.reassigned", "{code}: the coordinator has given it to another lawyer"
        ),
        NoticeKind.REQUEUED: Phrase(
            "notice.requeued", "{code}: the coordinator has put it back into the queue"
        ),
        NoticeKind.RELEASED: Phrase(
            "notice.released", "{code}: back in the queue, there was no first reply in time"
        ),
        NoticeKind.CONFLICT: Phrase(
            "notice.conflict", "{code}: back in the queue, its lawyer has a conflict of interest"
        ),
        NoticeKind.LEFT: Phrase(
            "notice.left", "{code}: back in the queue, its lawyer takes no cases any more"
        ),
        NoticeKind.ESCALATED: Phrase(
            "notice.escalated",
            "{code}: danger, nobody has taken it for {waiting}. Please look now.",
        ),
        NoticeKind.CALL_DIRECTOR: Phrase(
            "notice.call_director",
            "{code}: danger, nobody has taken it for {waiting}. Call the director by phone now.",
        ),
        NoticeKind.MORNING: Phrase("notice.morning", "Your list for today is in the desk."),
        NoticeKind.DIGEST: Phrase(
            "notice.digest", "Cases of the office are overdue: the board shows them."
        ),
        NoticeKind.TROUBLE: Phrase(
            "notice.trouble",
            "A messenger refuses our messages. Whoever runs Hamrah should look: hamrah doctor",
        ),
        NoticeKind.UNREACHABLE: Phrase(
            "notice.unreachable",
            "{code}: the worker cannot be reached any more: the bot was blocked, or the account "
            "is gone. What you write now does not arrive.",
        ),
        NoticeKind.REACHABLE: Phrase(
            "notice.reachable", "{code}: the worker can be reached again."
        ),
        NoticeKind.LINK_MADE: Phrase(
            "notice.link_made",
            "A link that signs you in was made in the desk. If you did not ask for it, tell your "
            "coordinator now.",
        ),
    }
)
PLACES = {NoticeKind.DIGEST: "/desk/board", NoticeKind.LINK_MADE: "/desk/account"}


def post(
    tx: Tx,
    kind: NoticeKind,
    case: Case | None,
    to: Iterable[StaffId],
    now: datetime,
    occasion: str = "",
) -> list[StaffId]:
    """Tell these people of an event, in its transaction; returns who had not been told of it.

    The same kind, case and occasion twice is one notice: the occasion says which of several such
    events of one case it is (a message's id, a deadline). Who is barred from the case is left out.
    """
    name = f"{kind}:{'' if case is None else case.id}:{occasion}"
    return store.add(tx, to, kind, None if case is None else case.id, name, now)


async def list_unread(runtime: Runtime, person: Staff) -> list[Notice]:
    """What this person has not seen yet, newest first."""
    return await runtime.database.read(lambda tx: store.list_unread(tx, person.id))


async def mark_all_read(runtime: Runtime, person: Staff) -> None:
    """This person has seen them all."""
    now = runtime.clock()
    await runtime.database.write(lambda tx: store.mark_read(tx, person.id, now))


async def undelivered(
    runtime: Runtime, channel: str, staff_ids: Sequence[StaffId], *, limit: int = 100
) -> list[Notice]:
    """What has not gone out by this channel to these people, oldest first.

    The channel is any short name of the caller's ("telegram", "email"); who can be reached by it
    is the caller's knowledge, too. What was read in the desk or is a day old is left out.
    """
    now = runtime.clock()
    return await runtime.database.read(
        lambda tx: store.list_undelivered(tx, channel, now, staff_ids, limit=limit)
    )


async def mark_delivered(runtime: Runtime, notice_id: NoticeId, channel: str) -> bool:
    """Note that it goes out by this channel; False where that was noted before: do not send.

    Two processes may deliver at once: exactly one gets True.
    """
    now = runtime.clock()
    return await runtime.database.write(
        lambda tx: store.mark_delivered(tx, notice_id, channel, now)
    )


def sentence(runtime: Runtime, notice: Notice, language: str) -> str:
    """What a notice says, in the language of its reader; it holds no content."""
    say, now = runtime.speech.say, runtime.clock()
    fields: dict[str, Value] = {}
    if notice.code is not None and notice.queued_at is not None and notice.due_at is not None:
        flow = runtime.catalog.flow(notice.topic or "")
        fields = {
            "code": Latin(notice.code),
            "priority": "" if notice.priority is None else str(int(notice.priority)),
            "language": language_name(notice.language or "", language),
            "topic": phrases.GENERAL_TOPIC if flow is None else flow.title,
            "waiting": span_in_words(now - notice.queued_at, language),
            "due": notice.due_at,
        }
    # "3 дн." ends with a dot of its own
    return say(SENTENCES[notice.kind], language, **fields).replace("..", ".")


def address(runtime: Runtime, notice: Notice) -> str:
    """Where a notice leads: the case in the desk, or the desk."""
    return f"{runtime.settings.address}{place(notice)}"


def place(notice: Notice) -> str:
    """The path of the page that a notice leads to."""
    if notice.case_id is not None:
        return f"/desk/cases/{notice.case_id}"
    return PLACES.get(notice.kind, "/desk/")
