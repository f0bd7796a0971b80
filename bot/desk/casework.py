"""The page of a case, and what a lawyer does there."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from bot.casework import calls, cases, dossier, states, steps
from bot.desk import attachments, case_phrases, phrases
from bot.desk.casefile import case_view, written_in
from bot.desk.casepanels import work_view
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, Conflict, NotFound
from bot.media import MAX_FILE_BYTES, TYPES
from storage.calls import Call
from storage.database import DatabaseUnavailable
from storage.records import AttachmentId, Role


@dataclass(frozen=True)
class Draft:
    """What was typed into a form that could not be used, and what is wrong with it."""

    typed: Mapping[str, str]
    field: str = ""
    sentence: str = ""

    def value(self, field: str) -> str:
        """What was typed into this field."""
        return self.typed.get(field, "")

    def problem(self, field: str) -> str:
        """What is wrong with this field; "" for nothing."""
        return self.sentence if field == self.field else ""


EMPTY = Draft({})


@dataclass(frozen=True)
class CallView:
    """A call that the worker waits for."""

    id: int
    phone: str
    hours: str
    asked_at: str


async def show(visit: Visit) -> web.Response:
    """The page of a case."""
    return await _page(visit)


async def claim(visit: Visit) -> web.Response:
    """Take the case, whose card said who the other side is; a colleague who was first is named."""
    about = visit.form.text("side")
    await cases.claim(visit.runtime, visit.staff, visit.case_id, declares=True, about=about)
    return see_other(_address(visit))


async def reply(visit: Visit) -> web.Response:
    """Write to the worker, with a file or without."""

    async def step() -> None:
        await cases.reply(
            visit.runtime,
            visit.staff,
            visit.case_id,
            visit.form.text("text"),
            file=visit.form.file(),
            written_in=visit.form.text("written_in"),
        )

    answer = await after(visit, step(), _address(visit, "newest"))
    return await _without_draft(visit, answer, "text")


async def note(visit: Visit) -> web.Response:
    """Write a private note."""
    step = cases.add_note(visit.runtime, visit.staff, visit.case_id, visit.form.text("note"))
    answer = await after(visit, step, _address(visit, "notes"))
    return await _without_draft(visit, answer, "note")


async def release(visit: Visit) -> web.Response:
    """Put the case back into the queue."""
    step = cases.release(visit.runtime, visit.staff, visit.case_id, visit.form.text("handover"))
    return await after(visit, step, "/desk/?released")


async def reopen(visit: Visit) -> web.Response:
    """Open a closed case again."""
    await cases.reopen(visit.runtime, visit.staff, visit.case_id)
    return see_other(_address(visit))


async def file(visit: Visit) -> web.Response:
    """A file of the case."""
    attachment_id = AttachmentId(int(visit.request.match_info["attachment_id"]))
    try:
        attachment, content = await cases.load_file(
            visit.runtime, visit.staff, visit.case_id, attachment_id
        )
    except FileNotFoundError:
        raise NotFound from None
    return attachments.send(visit.request, attachment, content)


async def _without_draft(visit: Visit, answer: web.Response, field: str) -> web.Response:
    """What was sent is no draft any more."""
    if answer.status < 400:
        # given away meanwhile; and what was sent is sent, with or without a draft beside it
        with suppress(NotFound, Conflict, DatabaseUnavailable):
            await steps.keep_draft(visit.runtime, visit.staff, visit.case_id, field, "")
    return answer


async def after(visit: Visit, step: Awaitable[None], address: str) -> web.Response:
    """Go on to the address; where a field cannot be used, the form again with what was typed."""
    try:
        await step
    except BadInput as error:
        known = {**phrases.PROBLEMS, **case_phrases.PROBLEMS}
        reason = known.get((error.field, error.reason), phrases.PROBLEM)
        sentence = visit.reader.say(reason)
        if visit.form.upload is not None and error.field != "file":
            sentence = f"{sentence} {visit.reader.say(phrases.CHOOSE_FILE_AGAIN)}"
        return await _page(visit, Draft(visit.form.fields, error.field, sentence), status=422)
    return see_other(address)


async def _page(visit: Visit, draft: Draft = EMPTY, *, status: int = 200) -> web.Response:
    page = await cases.read_case(visit.runtime, visit.staff, visit.case_id)
    readable = page.mine or visit.staff.role is Role.COORDINATOR
    kept = await dossier.read(visit.runtime, visit.staff, visit.case_id)
    return visit.page(
        "case.html",
        status=status,
        case=case_view(
            visit.runtime.catalog, visit.reader, page, kept.translations, readable=readable
        ),
        work=work_view(visit.runtime, visit.reader, page, kept),
        has_chat=page.has_chat,
        call=_call_view(visit, await calls.read_call(visit.runtime, visit.staff, visit.case_id)),
        texts=case_phrases,
        draft=draft,
        outcomes=[
            (outcome, visit.reader.say(phrases.OUTCOMES[outcome])) for outcome in states.OUTCOMES
        ],
        written_in=written_in(visit.staff, page),
        write_languages=[
            (code, visit.reader.language_name(code))
            for code in cases.languages_of_words(visit.runtime)
        ],
        max_file_bytes=MAX_FILE_BYTES,
        file_endings=",".join(s for known in TYPES.values() for s in known.suffixes),
    )


def _call_view(visit: Visit, call: Call | None) -> CallView | None:
    if call is None or call.hours is None:
        return None
    hours = visit.reader.say(calls.HOUR_CHOICES[call.hours])
    return CallView(call.id, call.phone, hours, visit.reader.moment(call.asked_at))


def _address(visit: Visit, part: str = "") -> str:
    return f"/desk/cases/{visit.case_id}" + (f"#{part}" if part else "")
