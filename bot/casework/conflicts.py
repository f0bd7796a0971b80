"""Conflict of interest: asked before anybody reads a case (HANDOFF.md section 6c).

Asked of a card that shows number, topic, language, region and the other side's name, and nothing
else. Whoever has a conflict is barred from this case and from every case against the same side:
for them it is in no list, no count, no notice and at no address.
"""

import re
import unicodedata
from datetime import datetime

from bot import phrases
from bot.casework import cases
from bot.casework.states import HELD, OPEN
from bot.errors import BadInput
from bot.office import notices, roster
from bot.runtime import Runtime
from storage import caselists, conflicts
from storage import cases as store
from storage import notices as notice_store
from storage.caselists import Wanted
from storage.database import Tx
from storage.records import Case, CaseCard, CaseId, NoticeKind, Staff, StaffId

MAX_NAME = 200  # characters
LEGAL_FORMS = frozenset(
    {"mmc", "asc", "qsc", "llc", "ltd", "inc", "gmbh", "co", "company", "sirket", "sirketi"}
    | {"ооо", "оао", "зао", "пао", "ао"}
)
SAME_LETTERS = str.maketrans({"ı": "i", "ə": "e"})  # so people write Azerbaijani without them
NOT_A_LETTER = re.compile(r"[\W_]+")


async def read_card(runtime: Runtime, reader: Staff, case_id: CaseId) -> CaseCard:
    """What is shown before the question of conflict; raises NotFound as the case itself would."""

    def work(tx: Tx) -> CaseCard:
        case = cases.card_for_lawyer(tx, reader, case_id)
        [card] = caselists.list_cards(tx, reader.id, Wanted(ids=[case.id]), limit=1)
        return card

    return await runtime.database.read(work)


async def declare(runtime: Runtime, reader: Staff, case_id: CaseId, *, conflict: bool) -> None:
    """Store what this person declares: no conflict, so that they may read, or one, and a bar.

    Whoever held a case and is barred now holds it no more: it goes back into the queue.
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = cases.card_for_lawyer(tx, reader, case_id, lock=True)
        if not conflict:
            conflicts.declare(tx, case, reader.id, barred=False, now=now)
            cases.audit_step(tx, case.id, cases.actor(reader), "no_conflict", now)
            return
        against = [case.id]
        if case.opponent_hash is not None:
            against = conflicts.list_against(tx, case.opponent_hash)
        for each in against:
            bar(tx, runtime, reader.id, each, now)

    await runtime.database.write(work)


def bar(tx: Tx, runtime: Runtime, staff_id: StaffId, case_id: CaseId, now: datetime) -> None:
    """Let this person know of this case no more; what they held goes back into the queue."""
    case = store.get_case(tx, case_id, lock=True)
    if case is None:
        return
    conflicts.declare(tx, case, staff_id, barred=True, now=now)
    notice_store.mark_read(tx, staff_id, now, case_id)
    cases.audit_step(tx, case.id, f"staff:{staff_id}", "conflict", now)
    if case.assignee_id == staff_id:
        if case.state in HELD:
            cases.back_to_queue(tx, runtime, case, now)
            leaders = roster.coordinators(tx)
            notices.post(tx, NoticeKind.RELEASED, case, leaders, now, f"{now.timestamp():.0f}")
        else:
            store.touch(tx, case.id, assignee_id=None)
    if case.state in OPEN and not _may_anybody_know(tx, case):
        cases.audit_step(tx, case.id, "bot", "nobody_left", now)
        cases.notify(tx, runtime, case, phrases.CASE_NO_LAWYER, now)


def _may_anybody_know(tx: Tx, case: Case) -> bool:
    return any(not conflicts.is_barred(tx, case.id, person) for person in roster.lawyers(tx))


def set_opponent(
    tx: Tx, runtime: Runtime, case: Case, name: str, by: StaffId | None, now: datetime
) -> None:
    """Note the other side of a case, for the question of conflict; raises BadInput.

    Everybody is asked again before they read on, but whoever wrote the name down. Who is barred
    from another case against the same side is barred from this one.
    """
    name = " ".join(name.split())
    if len(name) > MAX_NAME:
        raise BadInput("opponent", "too long")
    store.set_opponent(tx, case.id, name or None, look_up(name))
    known = store.get_case(tx, case.id)
    assert known is not None
    cases.audit_step(tx, case.id, "bot" if by is None else f"staff:{by}", "opponent", now)
    if by is not None:
        conflicts.declare(tx, known, by, barred=False, now=now)
    if known.opponent_hash is not None:
        for person in conflicts.list_barred_against(tx, known.opponent_hash):
            bar(tx, runtime, person, case.id, now)


def look_up(name: str) -> str:
    """A name as it is compared: without case, marks, dots, and the form of the company."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in parts if not unicodedata.combining(c)).translate(SAME_LETTERS)
    words = [word for word in NOT_A_LETTER.split(plain) if word]
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)
