"""The only doors to a case: who may know of it, read it, work on it; and the log of who did."""

from datetime import datetime

from bot.casework.states import HELD
from bot.errors import CaseNotInState, ConflictUndeclared, NotAllowed, NotFound
from storage import audit, conflicts, interpreters
from storage import cases as store
from storage import messages as transcript
from storage.database import Tx
from storage.records import Attachment, Case, CaseId, CaseState, Message, Role, Staff

MAY_READ_CASES = frozenset({Role.LAWYER, Role.COORDINATOR})


def require(person: Staff, roles: frozenset[Role]) -> None:
    """Raise NotAllowed for everybody but these roles."""
    if person.role not in roles:
        raise NotAllowed


def may_read_content(reader: Staff, case: Case) -> bool:
    """Whether this person's role and part in the case let them read it."""
    return case.assignee_id == reader.id or reader.role is Role.COORDINATOR


def case_for_lawyer(tx: Tx, reader: Staff, case_id: int, *, lock: bool = False) -> Case:
    """The case, for someone who may read it; raises NotFound for everyone else.

    Whoever has not declared yet that there is no conflict of interest gets ConflictUndeclared,
    and has to go through bot/casework/conflicts.py first.
    """
    case = card_for_lawyer(tx, reader, case_id, lock=lock)
    if not conflicts.is_declared(tx, case, reader.id):
        raise ConflictUndeclared(case.id)
    return case


def card_for_lawyer(tx: Tx, reader: Staff, case_id: int, *, lock: bool = False) -> Case:
    """The case, for someone who may know that it exists: for doors that show no content.

    Raises NotFound for everyone else; who is barred is everyone else.
    """
    case = store.get_case(tx, case_id, lock=lock) if reader.role in MAY_READ_CASES else None
    if case is None or conflicts.is_barred(tx, case_id, reader.id):
        raise NotFound
    if case.state is not CaseState.QUEUED and not may_read_content(reader, case):
        raise NotFound
    return case


def case_for_reader(tx: Tx, reader: Staff, case_id: int) -> Case:
    """The case, for someone who may read what was said in it; raises NotFound for others.

    That is who holds it, a coordinator, and an interpreter while it is open and they are invited.
    """
    if reader.role is Role.INTERPRETER:
        case = store.get_case(tx, case_id)
        invited = case is not None and interpreters.is_invited(tx, case_id, reader.id)
        if case is None or not invited or case.state is CaseState.CLOSED:
            raise NotFound
        if conflicts.is_barred(tx, case_id, reader.id):  # they were a lawyer once
            raise NotFound
        return case
    case = case_for_lawyer(tx, reader, case_id)
    if not may_read_content(reader, case):
        raise NotFound
    return case


def own_case(tx: Tx, lawyer: Staff, case_id: int) -> Case:
    """The case, locked, for the one lawyer who holds it; raises NotFound, CaseNotInState."""
    case = case_for_lawyer(tx, lawyer, case_id, lock=True)
    if case.assignee_id != lawyer.id:
        raise NotFound
    if case.state not in HELD:
        raise CaseNotInState(case.state)
    return case


def held_case(tx: Tx, lawyer: Staff, case_id: int) -> Case:
    """The case, locked, open or closed, for the one lawyer who holds it; raises NotFound."""
    case = case_for_lawyer(tx, lawyer, case_id, lock=True)
    if case.assignee_id != lawyer.id:
        raise NotFound
    return case


def messages_of(tx: Tx, case: Case) -> list[Message]:
    """What was said in a case, oldest first."""
    return transcript.list_case_messages(tx, case.conversation_id, case.id)


def files_of(tx: Tx, case: Case) -> list[Attachment]:
    """The files of a case, oldest first."""
    return transcript.list_message_attachments(tx, [m.id for m in messages_of(tx, case)])


def actor(person: Staff) -> str:
    """A member of staff in the audit log."""
    return f"staff:{person.id}"


def audit_step(
    tx: Tx, case_id: CaseId, who: str, action: str, now: datetime, detail: str = ""
) -> None:
    """Write a step into the case's audit chain."""
    audit.append(tx, audit.case_chain(case_id), actor=who, action=action, now=now, detail=detail)


def audit_reading(tx: Tx, case_id: CaseId, reader: Staff, now: datetime) -> None:
    """Write down who read a case; once for many looks in a row."""
    if not audit.read_lately(tx, case_id, actor(reader), now):
        audit_step(tx, case_id, actor(reader), "read", now)
