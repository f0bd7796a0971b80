"""The pages of an interpreter: the cases they are invited to, and one conversation to translate."""

import re

from aiohttp import web

from bot.casework import interpreting
from bot.desk import case_phrases, phrases
from bot.desk.casefile import bubbles
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput

MESSAGE_ID = re.compile(r"[0-9]{1,18}")


async def front(visit: Visit) -> web.Response:
    """The cases that this interpreter is invited to."""
    found = await interpreting.list_cases(visit.runtime, visit.staff)
    rows = [(number, code, visit.reader.language_name(lang)) for number, code, lang in found]
    return visit.page("interpreter_front.html", rows=rows, texts=case_phrases)


async def show(visit: Visit) -> web.Response:
    """The conversation of one case, with a field under each message."""
    return await _page(visit)


async def translate(visit: Visit) -> web.Response:
    """Write under a message what it says."""
    message, text = visit.form.text("message"), visit.form.text("translation")
    number = int(message) if MESSAGE_ID.fullmatch(message) else 0
    try:
        await interpreting.translate(visit.runtime, visit.staff, visit.case_id, number, text)
    except BadInput as error:
        known = case_phrases.PROBLEMS
        reason = known.get((error.field, error.reason), phrases.PROBLEM)
        return await _page(visit, visit.reader.say(reason), number, status=422)
    return see_other(f"/desk/interpreting/{visit.case_id}#message-{number}")


async def _page(
    visit: Visit, problem: str = "", wrong: int = 0, *, status: int = 200
) -> web.Response:
    page, written = await interpreting.read_talk(visit.runtime, visit.staff, visit.case_id)
    return visit.page(
        "interpreter_case.html",
        status=status,
        case=page.case,
        bubbles=bubbles(visit.reader, page, written),
        problem_text=problem,
        wrong=wrong,
        texts=case_phrases,
    )
