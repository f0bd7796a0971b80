"""The front page: who waits for a lawyer, one's own cases, and what today asks for."""

from collections.abc import Sequence

from aiohttp import web

from bot.casework import doors, holding, queue
from bot.desk import office_phrases as office
from bot.desk import phrases
from bot.desk.cards import CardView, card_views
from bot.desk.filters import queue_filter
from bot.desk.visit import Visit, see_other
from bot.errors import NotFound
from bot.office import notices
from flows.model import Phrase
from storage.records import Role, StaffId, Transfer

FRONT_OF = {
    Role.INTERPRETER: "/desk/interpreting",
    Role.OUTREACH: "/desk/announcements",
    Role.ADMIN: "/desk/staff",
}
TOLD = {"released": phrases.RELEASED, "barred": phrases.BARRED, "nothing": office.NOTHING_NEXT}


async def to_front(_: Visit) -> web.Response:
    """/desk without its stroke."""
    return see_other("/desk/")


async def front(visit: Visit) -> web.Response:
    """The queue and one's own cases; a coordinator also sees who holds what."""
    runtime, reader = visit.runtime, visit.staff
    if reader.role not in doors.MAY_READ_CASES:
        return see_other(FRONT_OF[reader.role])
    chosen = queue_filter(visit)
    waiting = await queue.list_queue(runtime, reader, chosen.wanted, page=chosen.page)
    morning = await _morning(visit)
    coordinator = reader.role is Role.COORDINATOR
    held = (await queue.read_board(runtime, reader)).held.cards if coordinator else []
    return visit.page(
        "front.html",
        waiting=waiting,
        queue=card_views(visit, waiting.cards),
        chosen=chosen,
        fitting=await queue.count_fitting(runtime, reader),
        morning=morning,
        asked_today=len({card.id for _, cards in morning for card in cards}),
        offers=await _offers(visit),
        offered=await _offered(visit),
        mine=card_views(visit, await queue.list_mine(runtime, reader)),
        held=card_views(visit, (card for card in held if card.assignee_id != reader.id)),
        closed=card_views(visit, await queue.list_closed(runtime, reader)),
        shows_held=coordinator,
        told=next((visit.reader.say(TOLD[t]) for t in TOLD if t in visit.request.query), ""),
    )


async def take_next(visit: Visit) -> web.Response:
    """Take the most urgent case that fits; the question of conflict comes first."""
    try:
        case = await queue.take_next(visit.runtime, visit.staff)
    except NotFound:
        return see_other("/desk/?nothing")
    return see_other(f"/desk/cases/{case.id}")


async def accept(visit: Visit) -> web.Response:
    """Take over what a colleague offers."""
    await holding.accept(visit.runtime, visit.staff, visit.case_id)
    return see_other(f"/desk/cases/{visit.case_id}")


async def decline(visit: Visit) -> web.Response:
    """Leave with the colleague what they offer."""
    await holding.decline(visit.runtime, visit.staff, visit.case_id)
    return see_other("/desk/")


async def show_notices(visit: Visit) -> web.Response:
    """What this person has not seen yet."""
    reader = visit.reader
    unread = await notices.list_unread(visit.runtime, visit.staff)
    readable = visit.staff.role in doors.MAY_READ_CASES
    return visit.page(
        "notices.html",
        notices=[
            (
                notices.sentence(visit.runtime, notice, reader.language),
                reader.moment(notice.at),
                notices.place(notice) if readable or notice.case_id is None else "/desk/",
            )
            for notice in unread
        ],
    )


async def see_notices(visit: Visit) -> web.Response:
    """All of it has been seen."""
    await notices.mark_all_read(visit.runtime, visit.staff)
    return see_other("/desk/notices")


async def _morning(visit: Visit) -> list[tuple[str, Sequence[CardView]]]:
    found = await queue.read_morning(visit.runtime, visit.staff)
    parts = (
        (office.DUE_TODAY, found.due_today),
        (office.WAITING_LIST, found.waiting),
        (office.SILENT, found.silent),
        (office.UNDATED, found.undated),
        (office.DATES, found.dates),
    )
    return [(visit.reader.say(title), card_views(visit, cards)) for title, cards in parts if cards]


async def _offers(visit: Visit) -> list[tuple[int, str, str]]:
    offers = await holding.list_offers(visit.runtime, visit.staff)
    said = await _said(visit, office.OFFER, [(offer.from_id, offer) for offer in offers])
    return [(offer.case_id, offer.code, words) for offer, words in zip(offers, said, strict=True)]


async def _offered(visit: Visit) -> list[str]:
    offers = await holding.list_offered(visit.runtime, visit.staff)
    return await _said(visit, office.OFFERED, [(offer.to_id, offer) for offer in offers])


async def _said(
    visit: Visit, phrase: Phrase, offers: Sequence[tuple[StaffId, Transfer]]
) -> list[str]:
    """Each offer in a sentence, with the name of the person on its other side."""
    names = await holding.names(visit.runtime) if offers else {}
    return [
        visit.reader.say(
            phrase,
            name=names.get(who, ""),
            code=offer.code,
            time=visit.reader.moment(offer.until),
        )
        for who, offer in offers
    ]
