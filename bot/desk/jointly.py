"""The pages of joint actions."""

from datetime import date

from aiohttp import web

from bot.casework import actions
from bot.desk import office_phrases as office
from bot.desk.cards import card_views
from bot.desk.office import problem_of
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput
from flows.compute import local_day
from storage.records import ActionId, Role


async def show_all(visit: Visit) -> web.Response:
    """Every action that this person may know of."""
    return visit.page("actions.html", actions=await actions.list_all(visit.runtime, visit.staff))


async def show(visit: Visit, problem: str = "") -> web.Response:
    """One action: its cases as cards, and the steps for all."""
    reader = visit.reader
    page = await actions.read(visit.runtime, visit.staff, _action_id(visit))
    reachable = {
        card.id
        for card in page.cards
        if card.assignee_id == visit.staff.id or visit.staff.role is Role.COORDINATOR
    }
    return visit.page(
        "action.html",
        status=422 if problem else 200,
        action=page.action,
        cases=[
            (card, reader.say(office.MEMBERSHIP[page.membership[of.id]]), card.id in reachable)
            for card, of in zip(card_views(visit, page.cards), page.cards, strict=True)
        ],
        steps=[(step, reader.speech.value(step.taken_on, reader.language)) for step in page.steps],
        closed=page.action.closed_at and reader.moment(page.action.closed_at),
        today=local_day(reader.now).isoformat(),
        leads=visit.staff.role is Role.COORDINATOR,
        typed=visit.form.text("step"),
        problem=problem,
    )


async def add_step(visit: Visit) -> web.Response:
    """Note a step for all."""
    try:
        on = date.fromisoformat(visit.form.text("day"))
    except ValueError:
        on = None  # today
    try:
        await actions.add_step(
            visit.runtime, visit.staff, _action_id(visit), visit.form.text("step"), on
        )
    except BadInput as error:
        return await show(visit, problem_of(visit, error))
    return see_other(f"/desk/actions/{_action_id(visit)}")


async def set_strategic(visit: Visit) -> web.Response:
    """Mark it as strategic, or not."""
    strategic = visit.form.text("strategic") == "yes"
    await actions.set_strategic(visit.runtime, visit.staff, _action_id(visit), strategic=strategic)
    return see_other(f"/desk/actions/{_action_id(visit)}")


async def close(visit: Visit) -> web.Response:
    """End it."""
    await actions.close(visit.runtime, visit.staff, _action_id(visit))
    return see_other(f"/desk/actions/{_action_id(visit)}")


async def reopen(visit: Visit) -> web.Response:
    """Let it go on."""
    await actions.reopen(visit.runtime, visit.staff, _action_id(visit))
    return see_other(f"/desk/actions/{_action_id(visit)}")


def _action_id(visit: Visit) -> ActionId:
    return ActionId(int(visit.request.match_info["action_id"]))
