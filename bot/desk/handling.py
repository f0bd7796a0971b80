"""What is done with a case beside writing: whose turn it is, handing over, tags, joint actions."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass, field

from aiohttp import web

from bot.casework import actions, cases, conflicts, holding, labels, oversight
from bot.desk import case_phrases
from bot.desk import office_phrases as office
from bot.desk.badges import topic_title
from bot.desk.conflict import unless_barred
from bot.desk.office import problem_of
from bot.desk.regions import REGIONS
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, NotFound
from storage.records import ActionId, CaseState, Membership, Role, StaffId

# where on the page each form stands
PLACES = {
    "turn": "turn",
    "label": "labels",
    "begin": "action",
    "join": "action",
    "unsafe": "safety",
}
NUMBER = re.compile(r"[0-9]{1,17}")
TURNS = {
    CaseState.ACTIVE: office.TURN_OURS,
    CaseState.WAITING_WORKER: office.TURN_WORKER,
    CaseState.WAITING_THIRD: office.TURN_THIRD,
}


@dataclass(frozen=True)
class Problem:
    """What was wrong with which form, and what had been typed."""

    form: str = ""
    sentence: str = ""
    typed: dict[str, str] = field(default_factory=dict)

    def of(self, form: str) -> str:
        """The sentence for this form; "" for nothing."""
        return self.sentence if form == self.form else ""

    def value(self, name: str, otherwise: str = "") -> str:
        """What was typed into a field."""
        return self.typed.get(name, otherwise)


NO_PROBLEM = Problem()


async def show(visit: Visit, problem: Problem = NO_PROBLEM) -> web.Response:
    """The forms; only those that this person may use."""
    runtime, reader = visit.runtime, visit.reader
    found = await labels.read(runtime, visit.staff, visit.case_id)
    joint = await actions.list_all(runtime, visit.staff)
    leads = visit.staff.role is Role.COORDINATOR
    return visit.page(
        "handling.html",
        status=422 if problem.sentence else 200,
        case=found.case,
        title=topic_title(runtime.catalog, reader, found.case.topic),
        mine=found.mine,
        leads=leads,
        barred=await conflicts.list_barred(runtime, visit.staff, visit.case_id) if leads else (),
        turns=[(state.value, reader.say(words)) for state, words in TURNS.items()],
        colleagues=await holding.list_colleagues(runtime, visit.staff, visit.case_id),
        regions=[(code, reader.say(words)) for code, words in REGIONS.items()],
        tags=", ".join(found.tags),
        joint=[
            (a.id, a.name, found.actions.get(a.id), a.id in found.asked)
            for a in joint
            if a.id in found.actions or a.closed_at is None
        ],
        texts=case_phrases,
        unsafe=found.unsafe,
        memberships={m.value: reader.say(office.MEMBERSHIP[m]) for m in Membership},
        problem=problem,
    )


async def wait(visit: Visit) -> web.Response:
    """Say whose turn it is."""
    said = visit.form.text("turn")
    if said not in {state.value for state in TURNS}:
        raise NotFound  # our own form never sends it
    step = cases.wait(visit.runtime, visit.staff, visit.case_id, CaseState(said))
    return await _after(visit, "turn", step)


async def offer(visit: Visit) -> web.Response:
    """Ask a colleague to take over."""
    colleague = StaffId(_number(visit.form.text("colleague")))
    step = holding.offer(
        visit.runtime, visit.staff, visit.case_id, colleague, visit.form.text("handover")
    )
    return await _after(visit, "offer", step, "/desk/")


async def label(visit: Visit) -> web.Response:
    """Note the other side, the region and the tags."""
    text = visit.form.text
    step = labels.save(
        visit.runtime,
        visit.staff,
        visit.case_id,
        opponent=text("opponent"),
        region=text("region"),
        tags=text("tags"),
        regions=frozenset(REGIONS),
    )
    answer = await _after(visit, "label", step)
    return await unless_barred(visit, answer)


async def unsafe(visit: Visit) -> web.Response:
    """Say whether what nobody asked for could endanger the worker."""
    marked = visit.form.text("unsafe") == "yes"
    step = labels.set_unsafe(visit.runtime, visit.staff, visit.case_id, unsafe=marked)
    return await _after(visit, "unsafe", step)


async def reassign(visit: Visit) -> web.Response:
    """Give the case to another lawyer, or back into the queue."""
    chosen = visit.form.text("colleague")
    to = None if chosen == "queue" else StaffId(_number(chosen))
    step = holding.reassign(
        visit.runtime, visit.staff, visit.case_id, to, visit.form.text("reason")
    )
    return await _after(visit, "reassign", step, "/desk/board")


async def lift_bar(visit: Visit) -> web.Response:
    """Take back that somebody is barred for a conflict of interest."""
    person = StaffId(_number(visit.form.text("person")))
    reason = visit.form.text("reason")
    step = conflicts.lift(visit.runtime, visit.staff, visit.case_id, person, reason)
    return await _after(visit, f"lift-{person}", step)


async def merge(visit: Visit) -> web.Response:
    """Close the case as the same as another."""
    text = visit.form.text
    step = oversight.merge(visit.runtime, visit.staff, visit.case_id, text("into"), text("reason"))
    return await _after(visit, "merge", step, "/desk/board")


async def begin_action(visit: Visit) -> web.Response:
    """Begin a joint action with this case."""
    step = actions.begin(visit.runtime, visit.staff, visit.form.text("name"), visit.case_id)
    return await _after(visit, "begin", step)


async def join_action(visit: Visit) -> web.Response:
    """Put this case up for a joint action."""
    action_id = ActionId(_number(visit.form.text("action")))
    step = actions.add_case(visit.runtime, visit.staff, action_id, visit.case_id)
    return await _after(visit, "join", step)


async def ask_action(visit: Visit) -> web.Response:
    """Ask the worker in the chat whether they take part in a joint action."""
    action_id = ActionId(_number(visit.form.text("action")))
    step = actions.ask_worker(visit.runtime, visit.staff, action_id, visit.case_id)
    return await _after(visit, "join", step)


async def answer_action(visit: Visit) -> web.Response:
    """Write down what the worker said to a joint action."""
    action_id = ActionId(_number(visit.form.text("action")))
    joins = visit.form.text("answer") == "yes"
    step = actions.record_answer(visit.runtime, visit.staff, action_id, visit.case_id, joins=joins)
    return await _after(visit, "join", step)


async def _after(
    visit: Visit, form: str, step: Awaitable[object], address: str = ""
) -> web.Response:
    try:
        await step
    except BadInput as error:
        typed = dict(visit.form.fields)
        return await show(visit, Problem(form, problem_of(visit, error), typed))
    place = PLACES.get(form, "barred")
    return see_other(address or f"/desk/cases/{visit.case_id}/handling#{place}-title")


def _number(text: str) -> int:
    return int(text) if NUMBER.fullmatch(text) else 0
