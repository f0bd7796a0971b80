"""What is on its way to the chats of staff, and what is on their screens.

Like the outbox, but these rows belong to a lawyer's chat and carry no words: what is sent is made
at the moment of sending from the ids in `args`. Each row has a `source`; the same source again is
the same post. `platform_id` is the ledger: by it a reply finds its case, and a room its end.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, NewType

from sqlalchemy import and_, func, or_, select, update

from storage import pace, schema
from storage.database import Tx
from storage.outbox import MAX_REPEATS, renew_leases
from storage.records import CaseId, CaseState, MessageId, OutboxState
from storage.staff_chats import RoomId, StaffChat, StaffChatId, get_chat

PostId = NewType("PostId", int)
Args = Mapping[str, Any]

post, chat = schema.staff_post, schema.staff_chat


class PostKind(StrEnum):
    """What a row does when its turn comes."""

    CARD = "card"  # something of ours: a notice, a list, a question
    MESSAGE = "message"  # a message of the case is shown
    HEARD = "heard"  # nothing: what the lawyer wrote, for the ledger
    TICK = "tick"  # what became of the lawyer's words is shown
    FETCH = "fetch"  # the lawyer's file is fetched and passed on
    DROP = "drop"  # a room's messages are deleted
    COMMANDS = "commands"  # the list of commands in the chat is that of staff, or no more


class PostLane(IntEnum):
    """Within a lane of a chat all goes in order; the lanes do not wait for each other."""

    TALK = 0
    FILES = 1
    CLEANING = 2


LANES = {
    PostKind.FETCH: PostLane.FILES,
    PostKind.DROP: PostLane.CLEANING,
    PostKind.COMMANDS: PostLane.CLEANING,
}
WHEN_UNTIED = (PostKind.DROP, PostKind.COMMANDS)  # what is still done in a chat that was untied


UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Post:
    """A row on its way."""

    id: PostId
    chat: StaffChat
    room_id: RoomId | None
    case_id: CaseId | None
    kind: PostKind
    args: Args
    body: Mapping[str, str] | None
    said_id: MessageId | None
    attempt: int
    doubts: int  # how many of them ended without an answer
    created_at: datetime


@dataclass(frozen=True)
class Shown:
    """A row whose message is on the screen."""

    id: PostId
    room_id: RoomId | None
    case_id: CaseId | None
    kind: PostKind
    args: Args
    said_id: MessageId | None
    platform_id: str


Unticked = tuple[Shown, StaffChatId, OutboxState, str]  # and why


def add_post(
    tx: Tx,
    chat_id: StaffChatId,
    kind: PostKind,
    source: str,
    now: datetime,
    *,
    args: Args | None = None,
    room_id: RoomId | None = None,
    case_id: CaseId | None = None,
    said_id: MessageId | None = None,
    body: Mapping[str, str] | None = None,
    platform_id: str | None = None,
) -> bool:
    """Queue a post (or, of kind HEARD, only note it); False where this source was here before."""
    row_id = tx.next_id("staff_post")
    sealed = None
    if body is not None:
        key_id = tx.execute(
            select(schema.staff.c.key_id)
            .join(chat, chat.c.staff_id == schema.staff.c.id)
            .where(chat.c.id == chat_id)
        ).scalar_one()
        text = json.dumps(dict(body), ensure_ascii=False)
        sealed = tx.seal(key_id, "staff_post.body", row_id, text)
    heard = kind is PostKind.HEARD
    row = {
        "id": row_id,
        "staff_chat_id": chat_id,
        "staff_room_id": room_id,
        "case_id": case_id,
        "source": source,
        "kind": kind,
        "args": json.dumps(dict(args or {})),
        "body_sealed": sealed,
        "said_id": said_id,
        "lane": LANES.get(kind, PostLane.TALK),
        "state": OutboxState.SENT if heard else OutboxState.QUEUED,
        "run_at": now,
        "platform_id": platform_id,
        "created_at": now,
        "settled_at": now if heard else None,
    }
    tx.ring("staff")
    return tx.insert_once(post, row)


def claim_due(
    tx: Tx,
    account: tuple[str, str],
    now: datetime,
    *,
    limit: int,
    lease: timedelta,
    rates: pace.Rates,
) -> list[Post]:
    """Take up to `limit` posts whose turn it is, within the pace that workers' messages share."""
    taken: list[Post] = []
    budget = f"account:{account[0]}:{account[1]}"
    busy: set[tuple[int, int]] = set()
    for row in tx.execute(_due(account, now, limit)).all():
        owner = get_chat(tx, row.staff_chat_id)
        assert owner is not None
        kind = PostKind(row.kind)
        if kind not in WHEN_UNTIED and not owner.live:
            _settle(tx, row.id, OutboxState.SKIPPED, now, "untied")
            continue
        if (owner.id, row.lane) in busy:
            continue
        if pace.wait_for_slot(tx, budget, rates.account, now):
            break
        wait = pace.take_slot(tx, f"staff:{owner.id}", rates.address, now)
        if wait:
            tx.execute(update(post).where(post.c.id == row.id).values(run_at=now + wait))
            continue
        pace.take_slot(tx, budget, rates.account, now)
        busy.add((owner.id, row.lane))
        taken.append(_mark_sending(tx, row, owner, now + lease))
    return taken


def next_run_at(tx: Tx, account: tuple[str, str]) -> datetime | None:
    """When the earliest queued post wants to go; None where nothing waits."""
    query = select(func.min(post.c.run_at)).join(chat, chat.c.id == post.c.staff_chat_id)
    return tx.execute(query.where(_of(account) & (post.c.state == OutboxState.QUEUED))).scalar()


def settle(
    tx: Tx,
    row: Post,
    state: OutboxState,
    now: datetime,
    *,
    reason: str | None = None,
    platform_id: str | None = None,
) -> None:
    """Write how this attempt ended."""
    values = {"state": state, "settled_at": now, "lease_until": None, "reason": reason}
    if platform_id is not None:
        values["platform_id"] = platform_id
    if row.kind is PostKind.FETCH:
        values["body_sealed"] = None
    _change(tx, row, **values)


def retry_later(tx: Tx, row: Post, run_at: datetime, reason: str) -> None:
    """Queue the post again: this attempt certainly had no effect."""
    values = {"state": OutboxState.QUEUED, "run_at": run_at, "lease_until": None}
    _change(tx, row, **values, reason=reason)


def doubt(tx: Tx, row: Post, now: datetime) -> None:
    """The call ended without an answer: once more for each such end, so that none is lost."""
    if row.doubts >= MAX_REPEATS:
        settle(tx, row, OutboxState.UNKNOWN, now, reason="no answer")
    else:
        values = {"state": OutboxState.QUEUED, "run_at": now, "lease_until": None}
        _change(tx, row, **values, doubts=row.doubts + 1, reason="no answer")


def renew(tx: Tx, rows: Iterable[Post], now: datetime, lease: timedelta) -> None:
    """Keep these that are under way ours; call it more often than a third of the lease."""
    renew_leases(tx, post, [(row.id, row.attempt) for row in rows], now, lease)


def recover(tx: Tx, account: tuple[str, str], now: datetime, *, all_sending: bool) -> None:
    """Treat posts left in `sending` by a dead process as calls without an answer."""
    orphaned = _of(account) & (post.c.state == OutboxState.SENDING)
    if not all_sending:
        orphaned = and_(orphaned, post.c.lease_until < now)
    query = select(post).join(chat, chat.c.id == post.c.staff_chat_id).where(orphaned)
    for row in tx.execute(query.with_for_update(of=post, skip_locked=True)).all():
        owner = get_chat(tx, row.staff_chat_id)
        assert owner is not None
        doubt(tx, _post(tx, row, owner), now)


def find_shown(tx: Tx, chat_id: StaffChatId, number: int) -> Shown | None:
    """The post of this chat that the platform calls so."""
    known = post.c.platform_id
    text = str(number)
    matches = or_(
        known == text, known.like(f"{text} %"), known.like(f"% {text}"), known.like(f"% {text} %")
    )
    here = select(post).where((post.c.staff_chat_id == chat_id) & matches)
    row = tx.execute(here.order_by(post.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _shown(row)


def is_known(tx: Tx, chat_id: StaffChatId, source: str) -> bool:
    """Whether there is a post from this source."""
    same = (post.c.staff_chat_id == chat_id) & (post.c.source == source)
    return tx.execute(select(post.c.id).where(same)).first() is not None


def latest_args(tx: Tx, chat_id: StaffChatId, kind: PostKind) -> Args | None:
    """What the newest post of this kind was to do; None where there was none."""
    query = select(post.c.args).where((post.c.staff_chat_id == chat_id) & (post.c.kind == kind))
    found = tx.execute(query.order_by(post.c.id.desc()).limit(1)).scalar()
    return None if found is None else json.loads(found)


def list_args(tx: Tx, chat_id: StaffChatId, case_id: CaseId, *, limit: int) -> list[Args]:
    """What the newest posts about this case were to do, newest first."""
    here = (post.c.staff_chat_id == chat_id) & (post.c.case_id == case_id)
    query = select(post.c.args).where(here).order_by(post.c.id.desc()).limit(limit)
    return [json.loads(args) for args in tx.execute(query).scalars()]


def is_sending(tx: Tx, chat_id: StaffChatId) -> bool:
    """Whether something may have come to the screen whose number is not known yet."""
    under_way = (post.c.staff_chat_id == chat_id) & (post.c.state == OutboxState.SENDING)
    return tx.execute(select(post.c.id).where(under_way).limit(1)).first() is not None


def take_back(tx: Tx, chat_id: StaffChatId, number: int) -> None:
    """Something else is about to stand there: what it offered needs no change of its own."""
    here = (post.c.staff_chat_id == chat_id) & _ends_with(number)
    tx.execute(update(post).where(here & (post.c.kind == PostKind.CARD)).values(shown=None))


def take_over(tx: Tx, row: Post, number: int) -> None:
    """This message on the screen now shows another post."""
    others = (post.c.staff_chat_id == row.chat.id) & (post.c.id != row.id) & _ends_with(number)
    tx.execute(update(post).where(others).values(platform_id=None, shown=None))


def list_shown(tx: Tx, room_id: RoomId, since: datetime) -> list[Shown]:
    """What of a room is on the screen and younger than `since`, newest first."""
    here = (post.c.staff_room_id == room_id) & post.c.platform_id.is_not(None)
    here &= post.c.created_at > since
    rows = tx.execute(select(post).where(here).order_by(post.c.id.desc()))
    return [_shown(row) for row in rows]


def note_part(tx: Tx, row: Post, numbers: str) -> None:
    """Remember what is on the screen already of a post in several parts."""
    tx.execute(update(post).where(post.c.id == row.id).values(platform_id=numbers))


def sent_parts(tx: Tx, row: Post) -> list[str]:
    """The numbers of the parts that an earlier attempt has sent."""
    found = tx.execute(select(post.c.platform_id).where(post.c.id == row.id)).scalar()
    return (found or "").split()


def forget_room(tx: Tx, room_id: RoomId) -> None:
    """Nothing of this room is on the screen any more."""
    tx.execute(update(post).where(post.c.staff_room_id == room_id).values(platform_id=None))


def set_shown(tx: Tx, post_id: PostId, state: str | None) -> None:
    """What the screen says of it: how the lawyer's words fared, or that a case is in the queue."""
    tx.execute(update(post).where(post.c.id == post_id).values(shown=state))


def requeue_unreachable(tx: Tx, chat_id: StaffChatId, now: datetime) -> None:
    """Send what did not arrive while the lawyer had blocked the bot."""
    missed = (post.c.staff_chat_id == chat_id) & (post.c.state == OutboxState.FAILED)
    tx.execute(
        update(post)
        .where(missed & (post.c.reason == UNREACHABLE) & (post.c.kind != PostKind.DROP))
        .values(state=OutboxState.QUEUED, run_at=now, attempt=0, reason=None, settled_at=None)
    )
    tx.ring("staff")


def count_by_state(tx: Tx) -> dict[str, int]:
    """How many posts are in each state."""
    query = select(post.c.state, func.count().label("rows")).group_by(post.c.state)
    return {row.state: row.rows for row in tx.execute(query)}


# -- what is still to be told ------------------------------------------------------------------


def list_untold(tx: Tx, room_ids: Sequence[RoomId]) -> list[tuple[RoomId, MessageId]]:
    """What workers and lawyers said in the cases of these rooms that is not shown there yet.

    A file that still lies at the platform is waited for.
    """
    message, pending, room = schema.message, schema.pending_file, schema.staff_room
    known = (
        select(post.c.id)
        .where((post.c.staff_room_id == room.c.id) & (post.c.said_id == message.c.id))
        .where(post.c.kind.in_((PostKind.MESSAGE, PostKind.HEARD)))
    )
    on_its_way = select(pending.c.id).where(pending.c.message_id == message.c.id)
    query = (
        select(room.c.id.label("room_id"), message.c.id)
        .join(message, message.c.case_id == room.c.case_id)
        .where(room.c.id.in_(room_ids))
        .where(message.c.author.in_(("worker", "staff")))
        .where(message.c.kind.in_(("text", "media", "other")))
        .where(~known.exists() & ~on_its_way.exists())
        .order_by(message.c.id)
    )
    return [(RoomId(row.room_id), MessageId(row.id)) for row in tx.execute(query)]


def list_unticked(tx: Tx, account: tuple[str, str], since: datetime) -> list[Unticked]:
    """Lawyers' words since then of which something has become that they were not told."""
    outbox = schema.outbox
    news = or_(post.c.shown.is_(None), post.c.shown != outbox.c.state)
    query = (
        select(post, outbox.c.state.label("delivery"), outbox.c.reason.label("why"))
        .join(outbox, outbox.c.message_id == post.c.said_id)
        .join(chat, chat.c.id == post.c.staff_chat_id)
        .where(_of(account) & post.c.kind.in_((PostKind.HEARD, PostKind.MESSAGE)))
        .where(post.c.created_at > since)
        .where(news)
        .where(outbox.c.state.not_in((OutboxState.QUEUED, OutboxState.SENDING)))
        .where(post.c.platform_id.is_not(None))
    )
    return [
        (_shown(row), StaffChatId(row.staff_chat_id), OutboxState(row.delivery), row.why or "")
        for row in tx.execute(query)
    ]


def list_stale(
    tx: Tx, account: tuple[str, str], since: datetime
) -> list[tuple[Shown, StaffChatId]]:
    """Cards since then that still offer a case of the queue which is there no more."""
    case = schema.legal_case
    query = (
        select(post)
        .join(case, case.c.id == post.c.case_id)
        .join(chat, chat.c.id == post.c.staff_chat_id)
        .where(_of(account) & (post.c.kind == PostKind.CARD) & (post.c.created_at > since))
        .where(post.c.shown == CaseState.QUEUED)
        .where((case.c.state != CaseState.QUEUED) & post.c.platform_id.is_not(None))
    )
    return [(_shown(row), StaffChatId(row.staff_chat_id)) for row in tx.execute(query)]


def _due(account: tuple[str, str], now: datetime, limit: int) -> Any:
    ahead = post.alias("ahead")
    waits = or_(
        ahead.c.state == OutboxState.SENDING,
        and_(ahead.c.state == OutboxState.QUEUED, ahead.c.id < post.c.id),
    )
    same_lane = (ahead.c.staff_chat_id == post.c.staff_chat_id) & (ahead.c.lane == post.c.lane)
    blocked = select(ahead.c.id).where(same_lane & (ahead.c.id != post.c.id) & waits).exists()
    return (
        select(post)
        .join(chat, chat.c.id == post.c.staff_chat_id)
        .where(_of(account) & (post.c.state == OutboxState.QUEUED) & (post.c.run_at <= now))
        .where(~blocked)
        .order_by(post.c.id)
        .limit(limit)
        .with_for_update(of=post, skip_locked=True)
    )


def _ends_with(number: int) -> Any:
    return or_(post.c.platform_id == str(number), post.c.platform_id.like(f"% {number}"))


def _of(account: tuple[str, str]) -> Any:
    return (chat.c.channel == account[0]) & (chat.c.account == account[1])


def _mark_sending(tx: Tx, row: Any, owner: StaffChat, lease_until: datetime) -> Post:
    values = {"state": OutboxState.SENDING, "attempt": row.attempt + 1, "lease_until": lease_until}
    tx.execute(update(post).where(post.c.id == row.id).values(values))
    return _post(tx, row, owner, attempt=row.attempt + 1)


def _settle(tx: Tx, row_id: int, state: OutboxState, now: datetime, reason: str) -> None:
    values = {"state": state, "settled_at": now, "reason": reason, "body_sealed": None}
    tx.execute(update(post).where(post.c.id == row_id).values(values))


def _change(tx: Tx, row: Post, **values: Any) -> None:
    ours = (post.c.id == row.id) & (post.c.attempt == row.attempt)
    tx.execute(update(post).where(ours & (post.c.state == OutboxState.SENDING)).values(values))
    tx.ring("staff")


def _post(tx: Tx, row: Any, owner: StaffChat, attempt: int | None = None) -> Post:
    body = None
    if row.body_sealed is not None:
        body = json.loads(tx.unseal("staff_post.body", row.id, row.body_sealed))
    return Post(
        id=PostId(row.id),
        chat=owner,
        room_id=row.staff_room_id,
        case_id=row.case_id,
        kind=PostKind(row.kind),
        args=json.loads(row.args),
        body=body,
        said_id=row.said_id,
        attempt=row.attempt if attempt is None else attempt,
        doubts=row.doubts,
        created_at=row.created_at,
    )


def _shown(row: Any) -> Shown:
    return Shown(
        id=PostId(row.id),
        room_id=row.staff_room_id,
        case_id=row.case_id,
        kind=PostKind(row.kind),
        args=json.loads(row.args),
        said_id=row.said_id,
        platform_id=row.platform_id or "",
    )
