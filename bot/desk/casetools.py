"""What a lawyer does on the page of a case beside talking: each view is one form."""

from collections.abc import Awaitable
from datetime import date

from aiohttp import web

from bot.casework import (
    calls,
    cases,
    checklists,
    closing,
    export,
    interpreting,
    parties,
    questions,
    quick_replies,
    referrals,
    steps,
)
from bot.casework.closing import Facts
from bot.desk.casework import after
from bot.desk.conflict import unless_barred
from bot.desk.visit import Visit
from bot.errors import BadInput, NotFound
from bot.runtime import Runtime
from storage.records import CaseId, Staff

MAX_NUMBER = 18  # digits


async def plan(visit: Visit) -> web.Response:
    """The next date."""
    day, what = _day(visit, "next_day"), visit.form.text("next_what")
    return await _then(visit, steps.plan(*_who(visit), day, what), "next")


async def step(visit: Visit) -> web.Response:
    """A step that was taken, or a day that was set."""
    text = visit.form.text
    taken = steps.add(
        *_who(visit), text("step"), _day(visit, "step_day"), text("step_to"), text("step_note")
    )
    return await _then(visit, taken, "steps")


async def step_remove(visit: Visit) -> web.Response:
    """A step that was written down by mistake."""
    return await _then(visit, steps.remove(*_who(visit), _number(visit, "step_id")), "steps")


async def ask(visit: Visit) -> web.Response:
    """A ready question."""
    asking = questions.ask(*_who(visit), visit.form.text("ready"))
    return await _then(visit, asking, "newest")


async def quick(visit: Visit) -> web.Response:
    """A quick reply, in the worker's language or in the one that the button named."""
    reply = await quick_replies.get(visit.runtime, visit.staff, _number(visit, "quick"))
    language = visit.form.text("language")
    text = reply.texts.get(language)
    if text is None:
        raise NotFound
    sending = cases.reply(*_who(visit), text, written_in=language)
    return await _then(visit, sending, "newest")


async def call_log(visit: Visit) -> web.Response:
    """A call that was made, or tried."""
    text = visit.form.text
    logging = calls.log_call(
        *_who(visit),
        _number(visit, "call_id"),
        reached=text("reached") == "yes",
        note=text("call_note"),
    )
    return await _then(visit, logging, "notes")


async def paper_add(visit: Visit) -> web.Response:
    """A paper on the list."""
    text = visit.form.text
    adding = checklists.add(*_who(visit), text("paper"), text("title"))
    return await _then(visit, adding, "papers")


async def paper_ask(visit: Visit) -> web.Response:
    """The worker is asked for a paper."""
    asking = checklists.ask(*_who(visit), visit.form.text("paper"))
    return await _then(visit, asking, "papers")


async def paper_link(visit: Visit) -> web.Response:
    """A paper is here, as a file or on paper."""
    file = _number(visit, "file_id") if visit.form.text("file_id") else None
    return await _then(
        visit, checklists.link(*_who(visit), visit.form.text("paper"), file), "papers"
    )


async def paper_mark(visit: Visit) -> web.Response:
    """How far a paper is."""
    text = visit.form.text
    marking = checklists.mark(
        *_who(visit),
        text("paper"),
        text("milestone"),
        _day(visit, "paper_day"),
        text("tracking"),
    )
    return await _then(visit, marking, "papers")


async def paper_remove(visit: Visit) -> web.Response:
    """A paper off the list."""
    return await _then(visit, checklists.remove(*_who(visit), _number(visit, "paper")), "papers")


async def party_add(visit: Visit) -> web.Response:
    """A person of the case."""
    text = visit.form.text
    adding = parties.add(*_who(visit), text("role"), text("name"), text("about"))
    return await unless_barred(visit, await _then(visit, adding, "people"))


async def party_remove(visit: Visit) -> web.Response:
    """A person is forgotten."""
    return await _then(visit, parties.remove(*_who(visit), _number(visit, "party")), "people")


async def consent_ask(visit: Visit) -> web.Response:
    """The worker is asked to permit something."""
    purpose = visit.form.text("purpose")
    asking = questions.ask_consent(*_who(visit), purpose)
    return await _then(visit, asking, _place_of(purpose))


async def consent_told(visit: Visit) -> web.Response:
    """The worker has said it to the lawyer."""
    purpose, given = visit.form.text("purpose"), visit.form.text("given") == "yes"
    told = questions.record_spoken_consent(*_who(visit), purpose, given=given)
    return await _then(visit, told, _place_of(purpose))


async def refer(visit: Visit) -> web.Response:
    """The worker is asked whether the case may be passed on."""
    text = visit.form.text
    asking = referrals.ask(*_who(visit), text("recipient"), text("referral_note"))
    return await _then(visit, asking, "referrals")


async def referral_step(visit: Visit) -> web.Response:
    """A referral goes on."""
    text = visit.form.text
    going = referrals.advance(
        *_who(visit), _number(visit, "referral"), text("to"), text("referral_note")
    )
    return await _then(visit, going, "referrals")


async def invite(visit: Visit) -> web.Response:
    """An interpreter comes in."""
    person = _number(visit, "interpreter")
    return await _then(visit, interpreting.invite(*_who(visit), person), "interpreters")


async def uninvite(visit: Visit) -> web.Response:
    """An interpreter goes out."""
    person = _number(visit, "interpreter")
    return await _then(visit, interpreting.end(*_who(visit), person), "interpreters")


async def draft(visit: Visit) -> web.Response:
    """A half-written text is kept; the page's script sends it now and then."""
    text = visit.form.text
    try:
        await steps.keep_draft(*_who(visit), text("field"), text("draft"))
    except BadInput as error:
        raise NotFound from error  # our own script never sends it
    return web.Response(status=204)


async def close(visit: Visit) -> web.Response:
    """The end of a case, with what came of it."""
    text = visit.form.text
    given = {service: text(f"service_{service}") for service in closing.SERVICES}
    ending = closing.close(*_who(visit), text("outcome"), given, text("recovered"))
    return await _then(visit, ending, "")


async def facts(visit: Visit) -> web.Response:
    """Facts for the reports."""
    text = visit.form.text
    known = visit.runtime.directory.problems
    told = Facts(
        sex=text("sex"),
        age=text("age"),
        nationality=text("nationality").strip().upper(),
        sector=text("sector"),
        region=text("region").strip(),
        project=text("project").strip(),
        problems=tuple(code for code in known if text(f"problem_{code}")),
    )
    return await _then(visit, closing.save_facts(*_who(visit), told), "report")


async def export_case(visit: Visit) -> web.Response:
    """The whole case as a locked file."""
    made: list[tuple[str, bytes]] = []

    async def making() -> None:
        made.append(await export.make(*_who(visit), visit.form.text("password")))

    answer = await after(visit, making(), "")
    if not made:
        return answer
    name, content = made[0]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=content, content_type="application/zip", headers=headers)


def _who(visit: Visit) -> tuple[Runtime, Staff, CaseId]:
    return visit.runtime, visit.staff, visit.case_id


async def _then(visit: Visit, doing: Awaitable[None], place: str) -> web.Response:
    address = f"/desk/cases/{visit.case_id}" + (f"#{place}" if place else "")
    return await after(visit, doing, address)


def _place_of(purpose: str) -> str:
    return "people" if purpose == "keep_parties" else "report"


def _day(visit: Visit, field: str) -> date | None:
    try:
        return date.fromisoformat(visit.form.text(field))
    except ValueError:
        return None


def _number(visit: Visit, field: str) -> int:
    text = visit.form.text(field)
    if not text.isascii() or not text.isdecimal() or len(text) > MAX_NUMBER:
        raise NotFound
    return int(text)
