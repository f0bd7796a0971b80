"""Accounts of staff on a messenger, and the rooms in which their cases are shown there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

from sqlalchemy import ColumnElement, insert, select, update

from storage import conflicts, schema
from storage.crypto import hash_token
from storage.database import Tx
from storage.records import CaseId, CaseState, Staff, StaffId
from storage.staff import get_staff

StaffChatId = NewType("StaffChatId", int)
RoomId = NewType("RoomId", int)

chat, code, room = schema.staff_chat, schema.staff_chat_code, schema.staff_room
case = schema.legal_case


@dataclass(frozen=True)
class StaffChat:
    """The account that a member of staff has tied."""

    id: StaffChatId
    staff: Staff
    number: str  # of the chat, as the platform counts
    reachable: bool
    live: bool  # not untied, and its owner not disabled


@dataclass(frozen=True)
class Room:
    """A case in a lawyer's chat; thread is None outside of topics."""

    id: RoomId
    chat_id: StaffChatId
    case_id: CaseId
    thread: int | None
    left: bool  # its messages are to be deleted


def add_code(tx: Tx, staff_id: StaffId, token: str, expires_at: datetime) -> None:
    """Remember a one-time code that ties an account to this person."""
    row = {"hash": hash_token(token), "staff_id": staff_id, "expires_at": expires_at}
    tx.execute(insert(code).values(row))


def use_code(tx: Tx, token: str, now: datetime) -> Staff | None:
    """Use a code up. Two at once: the conditional UPDATE lets exactly one of them in."""
    usable = (
        (code.c.hash == hash_token(token)) & code.c.used_at.is_(None) & (code.c.expires_at > now)
    )
    found = tx.execute(
        update(code).where(usable).values(used_at=now).returning(code.c.staff_id)
    ).scalar()
    person = None if found is None else get_staff(tx, found)
    return None if person is None or person.disabled else person


def tie_chat(
    tx: Tx, person: Staff, channel: str, account: str, number: str, now: datetime
) -> StaffChatId:
    """Tie an account to this person: whoever had it has it no more, nor they another one."""
    key = _hash(tx, channel, account, number)
    tx.serialise(key)
    same = (chat.c.hash == key) | (
        (chat.c.staff_id == person.id) & (chat.c.channel == channel) & (chat.c.account == account)
    )
    tx.execute(update(chat).where(same & chat.c.revoked_at.is_(None)).values(revoked_at=now))
    chat_id = tx.next_id("staff_chat")
    table = schema.staff
    key_id = tx.execute(select(table.c.key_id).where(table.c.id == person.id)).scalar_one()
    row = {
        "id": chat_id,
        "staff_id": person.id,
        "channel": channel,
        "account": account,
        "hash": key,
        "number_sealed": tx.seal(key_id, "staff_chat.number", chat_id, number),
        "linked_at": now,
    }
    tx.execute(insert(chat).values(row))
    tx.ring("staff")
    return StaffChatId(chat_id)


def untie_chats(tx: Tx, staff_id: StaffId, now: datetime) -> int:
    """Untie every account of this person; returns how many there were."""
    live = (chat.c.staff_id == staff_id) & chat.c.revoked_at.is_(None)
    gone = tx.execute(update(chat).where(live).values(revoked_at=now).returning(chat.c.id)).all()
    tx.ring("staff")
    return len(gone)


def tied_since(tx: Tx, staff_id: StaffId) -> datetime | None:
    """When the account that is this person's now was tied; None where none is."""
    live = (chat.c.staff_id == staff_id) & chat.c.revoked_at.is_(None)
    newest = select(chat.c.linked_at).where(live).order_by(chat.c.id.desc()).limit(1)
    return tx.execute(newest).scalar()


def find_chat(tx: Tx, channel: str, account: str, number: str) -> StaffChat | None:
    """Whose account this is now; None for a stranger's, an untied one and a disabled person's."""
    key = _hash(tx, channel, account, number)
    found = _chats(tx, (chat.c.hash == key) & chat.c.revoked_at.is_(None))
    return found[0] if found and found[0].live else None


def list_chats(tx: Tx, channel: str, account: str) -> list[StaffChat]:
    """All accounts that are or were tied, oldest first."""
    return _chats(tx, (chat.c.channel == channel) & (chat.c.account == account))


def get_chat(tx: Tx, chat_id: int) -> StaffChat | None:
    """One account, or None."""
    found = _chats(tx, chat.c.id == chat_id)
    return found[0] if found else None


def set_reachable(tx: Tx, chat_id: StaffChatId, reachable: bool) -> None:
    """Remember whether the bot can write there."""
    tx.execute(update(chat).where(chat.c.id == chat_id).values(reachable=reachable))
    tx.ring("staff")


# -- rooms -------------------------------------------------------------------------------------


def open_room(tx: Tx, chat_id: StaffChatId, case_id: CaseId, now: datetime) -> RoomId:
    """Show a case in this chat from now on."""
    room_id = tx.next_id("staff_room")
    row = {"id": room_id, "staff_chat_id": chat_id, "case_id": case_id, "opened_at": now}
    tx.execute(insert(room).values(row))
    return RoomId(room_id)


def leave_room(tx: Tx, room_id: RoomId, now: datetime) -> None:
    """Show the case here no more; its messages are to be deleted."""
    tx.execute(
        update(room).where((room.c.id == room_id) & room.c.left_at.is_(None)).values(left_at=now)
    )


def close_room(tx: Tx, room_id: RoomId, now: datetime) -> None:
    """Nothing of it is on the screen any more."""
    tx.execute(update(room).where(room.c.id == room_id).values(gone_at=now))


def get_room(tx: Tx, room_id: int) -> Room | None:
    """One room, or None."""
    found = _rooms(tx, room.c.id == room_id)
    return found[0] if found else None


def find_room(tx: Tx, chat_id: StaffChatId, thread: int) -> Room | None:
    """The room with this topic in this chat, unless it was left."""
    where = (room.c.staff_chat_id == chat_id) & (room.c.thread == thread)
    found = _rooms(tx, where & room.c.left_at.is_(None))
    return found[0] if found else None


def find_room_of_case(tx: Tx, chat_id: StaffChatId, case_id: int) -> Room | None:
    """The room of this case in this chat, unless it was left."""
    where = (room.c.staff_chat_id == chat_id) & (room.c.case_id == case_id)
    found = _rooms(tx, where & room.c.left_at.is_(None))
    return found[0] if found else None


def find_room_by_code(tx: Tx, chat_id: StaffChatId, code_: str) -> Room | None:
    """The room of the case with this number in this chat, unless it was left."""
    known = select(case.c.id).where(case.c.code == code_)
    here = (room.c.staff_chat_id == chat_id) & room.c.left_at.is_(None)
    found = _rooms(tx, here & room.c.case_id.in_(known))
    return found[0] if found else None


def list_rooms(tx: Tx, chat_id: StaffChatId) -> list[Room]:
    """The rooms of this chat that are not left."""
    return _rooms(tx, (room.c.staff_chat_id == chat_id) & room.c.left_at.is_(None))


def list_roomless(tx: Tx, of: StaffChat, held: Collection[CaseState]) -> list[CaseId]:
    """The cases in this person's hands that their chat may show and does not."""
    shown = select(room.c.id).where(
        (room.c.case_id == case.c.id) & (room.c.staff_chat_id == of.id) & room.c.left_at.is_(None)
    )
    query = (
        select(case.c.id)
        .where((case.c.assignee_id == of.staff.id) & case.c.state.in_(held) & ~shown.exists())
        .where(conflicts.has_declared(of.staff.id))
        .order_by(case.c.id)
    )
    return [CaseId(number) for number in tx.execute(query).scalars()]


def list_over(tx: Tx, of: StaffChat, held: Collection[CaseState], since: datetime) -> list[Room]:
    """The rooms whose case is no longer this person's, was closed before `since`, or erased."""
    worker = schema.worker
    old = case.c.state.not_in(held) & (case.c.closed_at.is_(None) | (case.c.closed_at < since))
    theirs = case.c.assignee_id.is_(None) | (case.c.assignee_id != of.staff.id)
    query = (
        select(room)
        .join(case, case.c.id == room.c.case_id)
        .join(worker, worker.c.id == case.c.worker_id)
        .where((room.c.staff_chat_id == of.id) & room.c.left_at.is_(None))
        .where(theirs | old | worker.c.erased_at.is_not(None))
        .order_by(room.c.id)
    )
    return [_room(row) for row in tx.execute(query)]


def list_undeclared(tx: Tx, of: StaffChat) -> list[Room]:
    """The rooms of whose case this person has not declared that there is no conflict."""
    query = (
        select(room)
        .join(case, case.c.id == room.c.case_id)
        .where((room.c.staff_chat_id == of.id) & room.c.left_at.is_(None))
        .where(~conflicts.has_declared(of.staff.id))
        .order_by(room.c.id)
    )
    return [_room(row) for row in tx.execute(query)]


def set_thread(tx: Tx, room_id: RoomId, before: int | None, thread: int | None) -> bool:
    """Give a room its topic; False where it got another one meanwhile."""
    same = room.c.thread.is_(None) if before is None else room.c.thread == before
    changed = tx.execute(
        update(room).where((room.c.id == room_id) & same).values(thread=thread).returning(room.c.id)
    )
    return changed.first() is not None


def _hash(tx: Tx, channel: str, account: str, number: str) -> bytes:
    return tx.vault.hash_for_lookup(f"staff_chat.{channel}.{account}", number)


def _chats(tx: Tx, where: ColumnElement[bool]) -> list[StaffChat]:
    found = []
    for row in tx.execute(select(chat).where(where).order_by(chat.c.id)).all():
        person = get_staff(tx, row.staff_id)
        assert person is not None
        number = tx.unseal("staff_chat.number", row.id, row.number_sealed)
        live = row.revoked_at is None and not person.disabled
        found.append(StaffChat(StaffChatId(row.id), person, number, row.reachable, live))
    return found


def _rooms(tx: Tx, where: ColumnElement[bool]) -> list[Room]:
    return [_room(row) for row in tx.execute(select(room).where(where).order_by(room.c.id))]


def _room(row: Any) -> Room:
    return Room(
        RoomId(row.id),
        StaffChatId(row.staff_chat_id),
        CaseId(row.case_id),
        row.thread,
        left=row.left_at is not None,
    )
