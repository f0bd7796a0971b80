"""The papers of a case: which are needed, asked for, here; and how far our own papers are."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from bot.casework import case_phrases, cases, doors, moves, questions
from bot.casework.questions import Asking, Form
from bot.errors import BadInput, NotFound
from bot.runtime import Runtime
from flows.model import Latin
from storage import casework as store
from storage.casework import Paper, PaperState
from storage.database import Tx
from storage.records import Case, CaseId, Staff

MAX_TITLE, MAX_TRACKING = 120, 60  # characters
MAX_NUMBER = 18  # digits of an id
USUAL: Mapping[str, Sequence[str]] = MappingProxyType(
    {  # topic -> the papers that such a case usually needs
        "wages": ("contract", "payslips", "passport_page", "permit"),
        "contract": ("contract", "passport_page", "permit"),
        "hours": ("contract", "payslips", "passport_page"),
        "leaving": ("contract", "payslips", "passport_page", "permit"),
        "accident": ("contract", "passport_page", "certificate"),
        "stay": ("passport_page", "permit"),
        "permit": ("passport_page", "permit", "contract"),
        "removal": ("passport_page", "permit", "court_application"),
        "documents": ("power_of_attorney", "passport_page", "court_application", "certificate"),
    }
)
USUAL_ELSEWHERE = ("passport_page", "contract")
MILESTONES: Mapping[str, Sequence[str]] = MappingProxyType(
    {  # papers that are made, not only sent -> how far they can be
        "power_of_attorney": ("drafted", "signed", "notarised", "posted"),
        "court_application": ("drafted", "signed", "posted"),
        "certificate": ("notarised", "posted"),
        "other": ("notarised", "posted"),
    }
)


def suggested(topic: str, papers: Sequence[Paper]) -> list[str]:
    """The kinds that a case of this topic usually needs and that are not on its list yet."""
    known = {paper.kind for paper in papers}
    return [kind for kind in USUAL.get(topic, USUAL_ELSEWHERE) if kind not in known]


async def add(runtime: Runtime, lawyer: Staff, case_id: int, kind: str, title: str = "") -> None:
    """Put a paper on the list of one's own case."""
    if kind not in case_phrases.PAPERS:
        raise BadInput("paper", "unknown")
    if len(title) > MAX_TITLE:
        raise BadInput("paper", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.add_paper(tx, case.id, kind, title.strip())
        doors.audit_step(tx, case.id, doors.actor(lawyer), "paper_added", now, kind)

    await runtime.database.write(work)


async def ask(
    runtime: Runtime, lawyer: Staff, case_id: int, paper: str, *, form_id: str = ""
) -> None:
    """Ask the worker for a paper of the list (by its number), or for one of a usual kind."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if not cases.first_time(tx, lawyer, form_id, now):
            return
        found = _found_or_added(tx, case, paper)
        asking = Asking(
            Form.PHOTO, f"paper_{found.kind}", case_phrases.ASK_PAPER[found.kind], found.id
        )
        questions.put(tx, runtime, lawyer, case, asking, now)
        if found.state is PaperState.NEEDED:
            store.set_paper(tx, found, state=PaperState.ASKED, asked_at=now)

    await runtime.database.write(work)


async def link(
    runtime: Runtime, lawyer: Staff, case_id: int, paper: str, attachment_id: int | None
) -> None:
    """Tick a paper: it is here, as this file of the case, or on paper where there is none."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        found = _found_or_added(tx, case, paper)
        known = {file.id for file in doors.files_of(tx, case)}
        if attachment_id is not None and attachment_id not in known:
            raise NotFound
        store.set_paper(
            tx, found, state=PaperState.ARRIVED, attachment_id=attachment_id, arrived_at=now
        )
        doors.audit_step(tx, case.id, doors.actor(lawyer), "paper_arrived", now, found.kind)

    await runtime.database.write(work)


async def mark(
    runtime: Runtime,
    lawyer: Staff,
    case_id: int,
    paper: str,
    milestone: str,
    on_day: date | None,
    tracking: str = "",
) -> None:
    """Say how far a paper is; the worker is told when it was posted, with the tracking number."""
    if on_day is None:
        raise BadInput("paper_day", "unreadable")
    tracking = tracking.strip()
    if len(tracking) > MAX_TRACKING:
        raise BadInput("tracking", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        found = _found_or_added(tx, case, paper)
        if milestone not in MILESTONES.get(found.kind, ()):
            raise BadInput("milestone", "unknown")
        values: dict[str, date | str] = {f"{milestone}_on": on_day}
        if milestone == "posted":
            values["tracking"] = tracking
        store.set_paper(tx, found, **values)
        said = f"{found.kind} {milestone}"
        doors.audit_step(tx, case.id, doors.actor(lawyer), "paper_marked", now, said)
        if milestone == "posted" and (found.posted_on, found.tracking) != (on_day, tracking):
            phrase = case_phrases.POSTED if tracking else case_phrases.POSTED_WITHOUT_NUMBER
            number = Latin(tracking)
            moves.notify(tx, runtime, case, phrase, now, day=on_day, tracking=number)

    await runtime.database.write(work)


async def remove(runtime: Runtime, lawyer: Staff, case_id: int, paper_id: int) -> None:
    """Take a paper off the list."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        if store.remove_paper(tx, case.id, paper_id):
            doors.audit_step(tx, case.id, doors.actor(lawyer), "paper_removed", now)

    await runtime.database.write(work)


def _found_or_added(tx: Tx, case: Case, paper: str) -> Paper:
    """The paper with this number; a kind without a number is put on the list now."""
    if paper in case_phrases.PAPERS:
        paper = str(store.add_paper(tx, CaseId(case.id), paper))
    is_number = paper.isdecimal() and len(paper) <= MAX_NUMBER
    found = store.get_paper(tx, case.id, int(paper)) if is_number else None
    if found is None:
        raise NotFound
    return found
