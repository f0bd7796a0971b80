"""The question of conflict of interest, before a case is read."""

from aiohttp import web

from bot.casework import conflicts
from bot.desk import phrases
from bot.desk.badges import priority_badge, topic_title
from bot.desk.casefile import Fact
from bot.desk.regions import region_name
from bot.desk.visit import Visit, see_other
from bot.errors import NotFound

ANSWERS = {"none": False, "conflict": True}


async def show(visit: Visit) -> web.Response:
    """The card, and the two answers."""
    reader = visit.reader
    card = await conflicts.read_card(visit.runtime, visit.staff, visit.case_id)
    return visit.page(
        "conflict.html",
        code=card.code,
        case_id=card.id,
        about=card.about,
        title=topic_title(visit.runtime.catalog, reader, card.topic),
        priority=priority_badge(reader, card.rank),
        facts=(
            Fact(reader.say(phrases.OTHER_SIDE), card.opponent or reader.say(phrases.NOT_KNOWN)),
            Fact(reader.say(phrases.LANGUAGE), reader.language_name(card.language)),
            Fact(reader.say(phrases.REGION), region_name(reader, card.region)),
        ),
    )


async def unless_barred(visit: Visit, answer: web.Response) -> web.Response:
    """Go on, but to the front page where the last step has barred this person from the case."""
    try:
        await conflicts.read_card(visit.runtime, visit.staff, visit.case_id)
    except NotFound:
        return see_other("/desk/?barred")
    return answer


async def answer(visit: Visit) -> web.Response:
    """No conflict: on to the case. A conflict: back to the queue, and the case is gone."""
    said = visit.form.text("answer")
    if said not in ANSWERS:
        raise NotFound  # our own buttons never send it
    conflict = ANSWERS[said]
    about = visit.form.text("side")
    await conflicts.declare(
        visit.runtime, visit.staff, visit.case_id, conflict=conflict, about=about
    )
    return see_other("/desk/?barred" if conflict else f"/desk/cases/{visit.case_id}")
