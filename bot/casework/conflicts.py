"""Conflict of interest: asked before anybody reads a case (HANDOFF.md section 6c).

Asked of a card that shows number, topic, language, region and the other side's name, and nothing
else. Whoever has a conflict is barred from this case and from every case against the same side:
for them it is in no list, no count, no notice and at no address.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from bot import phrases
from bot.casework import doors, moves
from bot.casework.states import HELD, OPEN
from bot.errors import BadInput, ConflictUndeclared, NotFound
from bot.office import notices, roster
from bot.office.staff import OPERATOR
from bot.runtime import Runtime
from storage import caselists, conflicts
from storage import cases as store
from storage import notices as notice_store
from storage import staff as people
from storage.caselists import Wanted
from storage.database import Tx
from storage.records import Case, CaseCard, CaseId, NoticeKind, Staff, StaffId

MAX_NAME = 200  # characters of one name
MAX_NAMES = 10
BETWEEN = ";"
MAX_REASON = 500  # characters
LEGAL_FORMS = frozenset(
    {"mmc", "asc", "qsc", "llc", "ltd", "inc", "gmbh", "co", "company", "sirket", "sirketi"}
    | {"ооо", "оао", "зао", "пао", "ао"}
)
SAME_LETTERS = str.maketrans({"ı": "i", "ə": "e"})  # so people write Azerbaijani without them
NOT_A_LETTER = re.compile(r"[\W_]+")


async def read_card(runtime: Runtime, reader: Staff, case_id: CaseId) -> CaseCard:
    """What is shown before the question of conflict; raises NotFound as the case itself would."""

    def work(tx: Tx) -> CaseCard:
        case = doors.card_for_lawyer(tx, reader, case_id)
        [card] = caselists.list_cards(tx, reader.id, Wanted(ids=[case.id]), limit=1)
        return card

    return await runtime.database.read(work)


async def declare(
    runtime: Runtime, reader: Staff, case_id: CaseId, *, conflict: bool, about: str | None = None
) -> None:
    """Store what this person declares: no conflict, so that they may read, or one, and a bar.

    `about` is that of the card that was shown (CaseCard.about): raises ConflictUndeclared where
    another name has become known since, so that it is asked again.

    Whoever held a case and is barred now holds it no more: it goes back into the queue.
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.card_for_lawyer(tx, reader, case_id, lock=True)
        if not conflict:
            if about not in (None, conflicts.about(case.opponent_hash)):
                raise ConflictUndeclared(case.id)
            conflicts.declare(tx, case, reader.id, barred=False, now=now)
            doors.audit_step(tx, case.id, doors.actor(reader), "no_conflict", now)
            return
        for each in conflicts.list_against_same(tx, case.id):
            bar(tx, runtime, reader.id, each, now)

    await runtime.database.write(work)


def bar(tx: Tx, runtime: Runtime, staff_id: StaffId, case_id: CaseId, now: datetime) -> None:
    """Let this person know of this case no more; what they held goes back into the queue."""
    case = store.get_case(tx, case_id, lock=True)
    if case is None:
        return
    conflicts.declare(tx, case, staff_id, barred=True, now=now)
    store.ring(tx, case.id)  # pages that show it end at once
    notice_store.mark_read(tx, staff_id, now, case_id)
    doors.audit_step(tx, case.id, f"staff:{staff_id}", "conflict", now)
    if case.assignee_id == staff_id:
        if case.state in HELD:
            moves.back_to_queue(tx, runtime, case, now)
            leaders = roster.coordinators(tx)
            notices.post(tx, NoticeKind.CONFLICT, case, leaders, now, f"{now.timestamp():.0f}")
        else:
            store.touch(tx, case.id, assignee_id=None)
    if case.state in OPEN and not _may_anybody_know(tx, case):
        doors.audit_step(tx, case.id, "bot", "nobody_left", now)
        moves.notify(tx, runtime, case, phrases.CASE_NO_LAWYER, now)


def _may_anybody_know(tx: Tx, case: Case) -> bool:
    return any(not conflicts.is_barred(tx, case.id, person) for person in roster.lawyers(tx))


async def list_barred(runtime: Runtime, leader: Staff, case_id: CaseId) -> Sequence[Staff]:
    """Who is barred from a case; for coordinators who may know of it themselves."""
    doors.require(leader, roster.LEADERS)

    def work(tx: Tx) -> list[Staff]:
        case = doors.card_for_lawyer(tx, leader, case_id)
        barred = conflicts.list_barred(tx, case.id)
        return [person for person in people.list_staff(tx) if person.id in barred]

    return await runtime.database.read(work)


async def lift(
    runtime: Runtime, leader: Staff, case_id: CaseId, staff_id: StaffId, reason: str
) -> None:
    """Take back a bar that was set by mistake or is no longer right; for coordinators.

    It is lifted for every case against the same side, and the person is asked anew before reading.
    The reason becomes a private note, the step is audited. Nobody lifts their own: whoever is
    barred does not find the case. Raises BadInput, NotFound.
    """
    doors.require(leader, roster.LEADERS)
    reason, now = _reason(reason), runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.card_for_lawyer(tx, leader, case_id, lock=True)
        person = people.get_staff(tx, staff_id)
        if person is None or not conflicts.is_barred(tx, case.id, staff_id):
            raise NotFound
        _lift(tx, case.id, person, doors.actor(leader), now)
        store.add_note(tx, case.id, leader.id, f"⚖ {person.name}: {reason}", now)

    await runtime.database.write(work)


async def lift_on_the_server(runtime: Runtime, person: Staff, code: str, reason: str) -> None:
    """The same by a command on the server: for an office of one, where nobody else could.

    Raises NotFound where this person is not barred from a case of that number.
    """
    reason, now = _reason(reason), runtime.clock()

    def work(tx: Tx) -> None:
        found = store.find_by_code(tx, code.strip().upper())
        if found is None or not conflicts.is_barred(tx, found, person.id):
            raise NotFound
        store.get_case(tx, found, lock=True)
        _lift(tx, found, person, OPERATOR, now)
        store.add_note(tx, found, person.id, f"⚖ {person.name}: {reason}", now)

    await runtime.database.write(work)


def _lift(tx: Tx, case_id: CaseId, person: Staff, who: str, now: datetime) -> None:
    for each in conflicts.list_against_same(tx, case_id):
        if conflicts.lift(tx, each, person.id):
            doors.audit_step(tx, each, who, "conflict_lifted", now, f"staff={person.id}")


def _reason(text: str) -> str:
    text = text.strip()
    if not text:
        raise BadInput("reason", "empty")
    if len(text) > MAX_REASON:
        raise BadInput("reason", "too long")
    return text


def set_opponent(
    tx: Tx, runtime: Runtime, case: Case, names: str, by: StaffId | None, now: datetime
) -> None:
    """Note the other side of a case, for the question of conflict; raises BadInput.

    Several names stand with a semicolon between. Everybody is asked again before they read on, but
    whoever wrote the names down. Who is barred from another case against one of them is barred
    from this one.
    """
    known: dict[str, str] = {}
    for name in (" ".join(each.split()) for each in names.split(BETWEEN)):
        if len(name) > MAX_NAME:
            raise BadInput("opponent", "too long")
        if compared := look_up(name):
            known.setdefault(compared, name)
    if len(known) > MAX_NAMES:
        raise BadInput("opponent", "too long")
    shown = f"{BETWEEN} ".join(known.values())
    if shown == (case.opponent or ""):
        return
    store.set_opponent(tx, case.id, shown or None, known)
    noted = store.get_case(tx, case.id)
    assert noted is not None
    doors.audit_step(tx, case.id, "bot" if by is None else f"staff:{by}", "opponent", now)
    if by is not None:
        conflicts.declare(tx, noted, by, barred=False, now=now)
    for person in conflicts.list_barred_against_same(tx, case.id):
        if not conflicts.is_barred(tx, case.id, person):
            bar(tx, runtime, person, case.id, now)


def add_opponent(
    tx: Tx, runtime: Runtime, case: Case, name: str, by: StaffId, now: datetime
) -> None:
    """Note one more name of the other side; raises BadInput for too many of them."""
    name = name.replace(BETWEEN, ",")
    set_opponent(tx, runtime, case, BETWEEN.join(filter(None, (case.opponent, name))), by, now)


def look_up(name: str) -> str:
    """A name as it is compared: without case, marks, dots, and the form of the company."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in parts if not unicodedata.combining(c)).translate(SAME_LETTERS)
    words = [word for word in NOT_A_LETTER.split(plain) if word]
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)
