"""Live pages: the browser is told that something changed, and fetches its page again.

An event carries one word and no data. A page works without it, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from bot.casework import cases
from bot.changes import next_change
from bot.desk.visit import Visit
from bot.errors import NotFound
from bot.office import staff
from storage.records import CaseId, Staff

LOOK_ANYWAY_SECONDS = 20  # for changes of other processes, ended sessions, passing time
STREAMS = web.AppKey("streams", set[asyncio.Task[None]])
CHANGED, SIGNED_OUT = "changed", "signed-out"
Still = Callable[[], Awaitable[object]]


async def stream(visit: Visit) -> web.StreamResponse:
    """Events for the front page, or with ?case=7 for the page of that case."""
    case = visit.request.query.get("case")

    async def topics() -> tuple[str, ...]:
        return await _topics(visit, visit.staff, case)

    return await follow(visit, await topics(), still=topics)


async def follow(
    visit: Visit, topics: tuple[str, ...], *, gap_seconds: float = 0.0, still: Still | None = None
) -> web.StreamResponse:
    """Events for a page that shows what these topics are about, with a gap between them.

    `still` raises NotFound once this person may not know of them any more: then it ends.
    """
    async with sse_response(visit.request) as response:
        telling = asyncio.create_task(_tell(visit, response, topics, gap_seconds, still))
        streams = visit.request.app[STREAMS]
        streams.add(telling)
        try:
            await asyncio.wait({telling})
        finally:
            telling.cancel()
            streams.discard(telling)
        if not telling.cancelled():
            telling.result()
    return response


async def end_all(app: web.Application) -> None:
    """The server stops: streams end, so that it need not wait for them."""
    for telling in app[STREAMS]:
        telling.cancel()


async def _tell(
    visit: Visit,
    response: EventSourceResponse,
    topics: tuple[str, ...],
    gap_seconds: float,
    still: Still | None,
) -> None:
    with visit.runtime.changes.listen(*topics) as bell, suppress(ConnectionError):  # they left
        while True:
            await next_change(bell, LOOK_ANYWAY_SECONDS)
            if await staff.signed_in(visit.runtime, visit.session) is None:
                await response.send(SIGNED_OUT)
                return
            await response.send(CHANGED)
            try:
                if still is not None:
                    await still()
            except NotFound:
                return  # barred, or handed over: the page finds out by fetching itself
            if gap_seconds:
                await asyncio.sleep(gap_seconds)


async def _topics(visit: Visit, reader: Staff, case: str | None) -> tuple[str, ...]:
    own = f"notices:{reader.id}"
    if case is None:
        return ("queue", own)
    if not case.isascii() or not case.isdigit() or len(case) > 18:
        raise NotFound
    return (*await cases.topics_of(visit.runtime, reader, CaseId(int(case))), own)
