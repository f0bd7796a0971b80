"""How a case ends: outcome, services given, money recovered; and facts for the reports.

The facts are asked last, each may be left out, and they are kept only with the worker's own yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from bot.casework import doors, moves
from bot.casework.states import OUTCOMES
from bot.errors import BadInput, CaseNotInState
from bot.runtime import Runtime
from flows.match import read_number
from storage import casework, conversations, interpreters
from storage import closings as store
from storage.casework import Paper, Step
from storage.closings import Closing
from storage.database import Tx
from storage.records import CaseId, Staff

SERVICES = (
    "consultation", "power_of_attorney", "document_obtained", "notarised", "posted", "complaint",
    "hearing",
)  # HANDOFF.md section 6a, 16  # fmt: skip
MAX_SERVICE = 999
MAX_DIGITS = 9  # of a number that somebody types
MAX_RECOVERED = Decimal(10_000_000)
CURRENCY = "AZN"
REPORT = "report_facts"
SEXES = ("female", "male", "other")
AGES = ("under_18", "18_24", "25_34", "35_49", "50_64", "65_over")
SECTORS = (
    "construction", "oil", "agriculture", "domestic", "trade", "hospitality", "transport",
    "factory", "sport", "other",
)  # fmt: skip
MAX_WORDS = 80  # characters of region and project


@dataclass(frozen=True)
class Facts:
    """What reports count; "" for what is not told."""

    sex: str = ""
    age: str = ""
    nationality: str = ""  # two letters of ISO 3166
    sector: str = ""
    region: str = ""
    project: str = ""
    problems: Sequence[str] = field(default_factory=tuple)


def counted(papers: Sequence[Paper], steps: Sequence[Step]) -> Mapping[str, int]:
    """The services that the page knows of already: a start for the form, to be corrected."""
    made = [paper for paper in papers if paper.kind == "power_of_attorney"]
    arrived = [
        paper for paper in papers if paper.kind == "certificate" and paper.state == "arrived"
    ]
    kinds = [step.kind for step in steps]
    return {
        "consultation": 1,
        "power_of_attorney": len([p for p in made if p.state == "arrived" or p.signed_on]),
        "document_obtained": len(arrived),
        "notarised": len([paper for paper in papers if paper.notarised_on]),
        "posted": len([paper for paper in papers if paper.posted_on]),
        "complaint": kinds.count("complaint"),
        "hearing": kinds.count("hearing"),
    }


async def close(
    runtime: Runtime,
    lawyer: Staff,
    case_id: int,
    outcome: str,
    services: Mapping[str, str] = MappingProxyType({}),
    recovered: str = "",
) -> None:
    """End one's own case, with what came of it; the worker is told, the bot speaks again.

    Raises BadInput for an outcome, a number or an amount that cannot be used.
    """
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "unknown")
    ended = Closing(_amount(recovered), CURRENCY, _numbers(services))
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.save_closing(tx, case.id, lawyer.id, ended, now)
        casework.clear_next(tx, case.id)
        casework.drop_drafts(tx, case.id)
        interpreters.end(tx, case.id, None, now)
        moves.end(tx, runtime, lawyer, case, outcome, now)

    await runtime.database.write(work)


async def save_facts(runtime: Runtime, lawyer: Staff, case_id: int, facts: Facts) -> None:
    """Keep facts for the reports of a case that one holds, also when it is closed.

    Raises CaseNotInState where the worker has not said yes to being counted.
    """
    for name, value, known in (
        ("sex", facts.sex, SEXES),
        ("age", facts.age, AGES),
        ("sector", facts.sector, SECTORS),
    ):
        if value and value not in known:
            raise BadInput(name, "unknown")
    if facts.nationality and not (len(facts.nationality) == 2 and facts.nationality.isalpha()):
        raise BadInput("nationality", "unknown")
    if max(len(facts.region), len(facts.project)) > MAX_WORDS:
        raise BadInput("region", "too long")
    if any(code not in runtime.directory.problems for code in facts.problems):
        raise BadInput("problems", "unknown")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.held_case(tx, lawyer, case_id)
        if not conversations.has_consent(tx, case.worker_id, REPORT):
            raise CaseNotInState("no consent")
        told = {**facts.__dict__, "problems": list(facts.problems)}
        store.save_facts(tx, case.id, told, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "facts", now)

    await runtime.database.write(work)


def read_facts(tx: Tx, case_id: CaseId) -> Facts:
    """What is kept for the reports of a case."""
    told = store.get_facts(tx, case_id)
    return Facts(**{**told, "problems": tuple(told.get("problems", ()))})


def _numbers(services: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for name in SERVICES:
        text = services.get(name, "").strip() or "0"
        if not text.isdecimal() or len(text) > MAX_DIGITS or int(text) > MAX_SERVICE:
            raise BadInput("services", "unreadable")
        if int(text):
            found[name] = int(text)
    return found


def _amount(text: str) -> int | None:
    """Money in the hundredth part of the currency; None for nothing written."""
    if not text.strip():
        return None
    number = read_number(text)
    if number is None or not 0 <= number <= MAX_RECOVERED:
        raise BadInput("recovered", "unreadable")
    return int((number * 100).to_integral_value())
