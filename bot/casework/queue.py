"""The queue and every other list of cases: content-free cards, made for one reader.

Order: rank (the priority, raised by missed deadlines), then the deadline, then the age. Nothing
leaves the queue by age. Barred cases are in no list and in no count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot import messages
from bot.casework import cases, doors
from bot.casework.states import HELD
from bot.errors import NotFound
from bot.office import roster
from bot.runtime import Runtime
from bot.worktime import OPENS
from flows.compute import BAKU, local_day
from storage import caselists
from storage import cases as store
from storage import messages as transcript
from storage import roster as roster_store
from storage import staff as people
from storage.caselists import Load, Wanted
from storage.database import Tx
from storage.records import Case, CaseCard, CaseState, MessageKind, Role, Staff

PAGE = 50  # cards
ALL = Wanted()
SILENT_AFTER = timedelta(days=7)
MAX_READ_THROUGH = 300  # of one's own cases, for a search in their texts


@dataclass(frozen=True)
class Cards:
    """A page of a list."""

    cards: Sequence[CaseCard]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


async def list_queue(
    runtime: Runtime, reader: Staff, wanted: Wanted = ALL, *, page: int = 1
) -> Cards:
    """The cases that wait for a lawyer, most urgent first."""
    doors.require(reader, doors.MAY_READ_CASES)
    waiting = replace(wanted, states=[CaseState.QUEUED])
    return await runtime.database.read(lambda tx: _cards(tx, reader, waiting, page))


async def list_mine(runtime: Runtime, reader: Staff) -> Sequence[CaseCard]:
    """The open cases of this lawyer: who waits for an answer first, then most urgent first."""
    doors.require(reader, doors.MAY_READ_CASES)
    mine = Wanted(states=HELD, assignee=reader.id)
    limit = 4 * PAGE  # more than a cap allows, as those that wait for a court do not count
    found = await runtime.database.read(
        lambda tx: caselists.list_cards(tx, reader.id, mine, limit=limit)
    )
    return sorted(found, key=lambda card: not card.waits_for_us)


async def list_closed(runtime: Runtime, reader: Staff) -> Sequence[CaseCard]:
    """The newest closed cases of this lawyer."""
    doors.require(reader, doors.MAY_READ_CASES)
    closed = Wanted(states=[CaseState.CLOSED], assignee=reader.id)
    return await runtime.database.read(
        lambda tx: caselists.list_cards(tx, reader.id, closed, limit=PAGE, newest=True)
    )


async def count_fitting(runtime: Runtime, lawyer: Staff) -> int:
    """How many waiting cases this lawyer knows the language and topic of, or are everybody's."""
    doors.require(lawyer, doors.MAY_READ_CASES)
    fitting = Wanted(states=[CaseState.QUEUED], fits=lawyer.id)
    return await runtime.database.read(lambda tx: caselists.count(tx, lawyer.id, fitting))


async def take_next(runtime: Runtime, lawyer: Staff) -> Case:
    """Give this lawyer the most urgent waiting case whose language and topic they know.

    Half of the time to claim gone, a case is everybody's, with an interpreter where needed. Any
    number of lawyers at once get different cases. Conflict of interest is asked before the
    content. Raises NotFound where nothing waits for this lawyer, AtCapacity.
    """
    doors.require(lawyer, doors.MAY_READ_CASES)
    now = runtime.clock()

    def work(tx: Tx) -> Case:
        if not roster_store.lock_staff(tx, lawyer.id):
            raise NotFound
        cases.require_room(tx, runtime, lawyer.id)
        case_id = caselists.lock_next(tx, lawyer.id, fits=True)
        if case_id is None:
            raise NotFound
        return cases.claim_in(tx, runtime, lawyer, case_id, now, declares=None)

    return await runtime.database.write(work)


# -- search ------------------------------------------------------------------------------------


async def search(
    runtime: Runtime, reader: Staff, wanted: Wanted, text: str = "", *, page: int = 1
) -> Cards:
    """Cases by code, dates, tag, outcome and so on, the newest first.

    A lawyer finds the queue and own cases, a coordinator every case; `text` is looked for in what
    was said and noted, only in one's own cases.
    """
    doors.require(reader, doors.MAY_READ_CASES)
    if reader.role is not Role.COORDINATOR:
        wanted = replace(wanted, only_reach_of=reader.id)
    words = text.casefold().split()

    def work(tx: Tx) -> Cards:
        if not words:
            return _cards(tx, reader, wanted, page, newest=True)
        own = replace(wanted, assignee=reader.id)
        cards = caselists.list_cards(tx, reader.id, own, limit=MAX_READ_THROUGH, newest=True)
        found = [card for card in cards if _holds(tx, reader, card, words)]
        return Cards(found[(page - 1) * PAGE : page * PAGE], len(found), page)

    return await runtime.database.read(work)


def _holds(tx: Tx, reader: Staff, card: CaseCard, words: Sequence[str]) -> bool:
    try:
        case = doors.case_for_lawyer(tx, reader, card.id)
    except NotFound:
        return False
    said = [
        message.body
        for message in transcript.list_case_messages(tx, case.conversation_id, case.id)
        if message.kind is not MessageKind.OTHER
    ]
    noted = [note.text for note in store.list_notes(tx, case.id)]
    everything = "\n".join([*map(messages.text_of, said), *noted]).casefold()
    return all(word in everything for word in words)


# -- the morning -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Morning:
    """What one lawyer should look at today."""

    due_today: Sequence[CaseCard]  # overdue, too
    waiting: Sequence[CaseCard]  # for an answer
    silent: Sequence[CaseCard]  # neither side has written for SILENT_AFTER
    dates: Sequence[CaseCard]  # a day that a court or an office set, today or tomorrow
    undated: Sequence[CaseCard]  # without a next date, which every case must have

    @property
    def is_empty(self) -> bool:
        return not any((self.due_today, self.waiting, self.silent, self.dates, self.undated))


async def read_morning(runtime: Runtime, lawyer: Staff) -> Morning:
    """The morning list of this lawyer."""
    doors.require(lawyer, doors.MAY_READ_CASES)
    now = runtime.clock()
    return await runtime.database.read(lambda tx: morning_of(tx, lawyer, now))


def morning_of(tx: Tx, lawyer: Staff, now: datetime) -> Morning:
    """The morning list, inside a transaction."""

    def of(**asked: object) -> list[CaseCard]:
        wanted = Wanted(states=HELD, assignee=lawyer.id, **asked)  # type: ignore[arg-type]
        return caselists.list_cards(tx, lawyer.id, wanted, limit=PAGE)

    return Morning(
        due_today=of(due_before=end_of_day(now)),
        waiting=of(waits_for_us=True),
        silent=of(silent_since=now - SILENT_AFTER),
        dates=of(action_by=local_day(now) + timedelta(days=1)),
        undated=of(undated=True),
    )


def is_behind(tx: Tx, leader: Staff, now: datetime) -> bool:
    """Whether something less urgent is overdue in the office, of what this person may know."""
    late = Wanted(states=(CaseState.QUEUED, *HELD), overdue_at=now, not_pressing=True)
    return caselists.count(tx, leader.id, late) > 0


def morning_begins(now: datetime) -> datetime:
    """When the office opens on this day of Baku."""
    return datetime.combine(local_day(now), OPENS, BAKU)


def end_of_day(now: datetime) -> datetime:
    """Midnight after this moment in Baku."""
    tomorrow = local_day(now) + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), BAKU)


# -- the board ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class BoardLine:
    """One lawyer on the board."""

    lawyer: Staff
    load: Load
    languages: Sequence[str]  # none: all
    on_duty: bool


@dataclass(frozen=True)
class Board:
    """Load and deadlines of the office, for its coordinator."""

    lines: Sequence[BoardLine]
    held: Cards  # the open cases, most urgent first
    waiting: int
    overdue_in_queue: int
    cap: int
    small: bool


NOTHING = Load(0, 0, 0, 0, 0)


async def read_board(runtime: Runtime, leader: Staff, *, page: int = 1) -> Board:
    """The board; raises NotAllowed for everybody but a coordinator."""
    doors.require(leader, roster.LEADERS)
    now = runtime.clock()

    def work(tx: Tx) -> Board:
        queue = Wanted(states=[CaseState.QUEUED])
        loads = caselists.loads(tx, leader.id, HELD, now, end_of_day(now))
        skills = roster_store.list_skills(tx)
        duty = roster.on_duty(tx, now)
        lines = [
            BoardLine(
                person,
                loads.get(person.id, NOTHING),
                skills.get((person.id, roster_store.LANGUAGE), ()),
                person.id == duty,
            )
            for person in people.list_staff(tx)
            if person.id in loads or (person.role in roster.LAWYERS and not person.disabled)
        ]
        return Board(
            lines=lines,
            held=_cards(tx, leader, Wanted(states=HELD), page),
            waiting=caselists.count(tx, leader.id, queue),
            overdue_in_queue=caselists.count(tx, leader.id, replace(queue, overdue_at=now)),
            cap=runtime.settings.case_cap,
            small=roster.is_small_office(tx, runtime),
        )

    return await runtime.database.read(work)


def _cards(tx: Tx, reader: Staff, wanted: Wanted, page: int, *, newest: bool = False) -> Cards:
    total = caselists.count(tx, reader.id, wanted)
    page = min(max(page, 1), max(1, -(-total // PAGE)))
    found = caselists.list_cards(
        tx, reader.id, wanted, limit=PAGE, offset=(page - 1) * PAGE, newest=newest
    )
    return Cards(found, total, page)
