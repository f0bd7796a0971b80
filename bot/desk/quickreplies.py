"""The page of the office's quick replies: each name with its words in every language."""

from aiohttp import web

from bot.casework import quick_replies
from bot.desk import case_phrases, phrases
from bot.desk.casepanels import missing_words
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, NotFound


async def show(visit: Visit) -> web.Response:
    """All of them, and a form for a new one."""
    return await _page(visit)


async def save(visit: Visit) -> web.Response:
    """A new one, or other words of a known one."""
    form, number = visit.form, _number(visit)
    texts = {code: form.text(f"text_{code}") for code in visit.runtime.languages}
    try:
        await quick_replies.save(visit.runtime, visit.staff, number, form.text("name"), texts)
    except BadInput as error:
        known = case_phrases.PROBLEMS
        reason = known.get((error.field, error.reason), phrases.PROBLEM)
        return await _page(visit, visit.reader.say(reason), status=422)
    return see_other("/desk/quick-replies")


async def remove(visit: Visit) -> web.Response:
    """Offer one no more."""
    number = _number(visit)
    if number is None:
        raise NotFound
    await quick_replies.remove(visit.runtime, visit.staff, number)
    return see_other("/desk/quick-replies")


async def _page(visit: Visit, problem: str = "", *, status: int = 200) -> web.Response:
    replies = await quick_replies.list_all(visit.runtime, visit.staff)
    languages = [(code, visit.reader.language_name(code)) for code in visit.runtime.languages]
    return visit.page(
        "quick_replies.html",
        status=status,
        replies=[(found, missing_words(visit.runtime, visit.reader, found)) for found in replies],
        spoken=languages,
        typed=visit.form.fields,
        problem_text=problem,
        texts=case_phrases,
    )


def _number(visit: Visit) -> int | None:
    text = visit.form.text("quick")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None
