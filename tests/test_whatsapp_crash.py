"""Many messages, refusals, kills: every message ends in a named state, in order, none lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import messages
from bot.messages import Outgoing
from bot.runtime import Runtime
from storage import conversations, outbox
from storage.database import Tx
from storage.messages import add_outgoing
from storage.records import Kind, OutboxState
from tests.house import House
from tests.servers.telegram.faults import (
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Slow,
)
from tests.servers.whatsapp import GraphError, LaterError, Person, WhatsAppServer
from tests.servers.whatsapp.server import APP_SECRET, PHONE_ID, TOKEN
from tests.visitors import DeskVisitor, Page
from tests.whatsapp_bot import VERIFY_TOKEN, whatsapp_bot

REFUSALS = (
    GraphError(131000, 500),
    GraphError(131016, 503),
    GraphError(130429, 429),
    GraphError(131056),
    GraphError(131009),
    GraphError(131049),
    LaterError(131000),
    LaterError(131026),
    Broken(500),
    BadGateway(),
)
TRANSIENT = (
    Broken(500), BadGateway(), DropBefore(), DropAfter(), CutAnswer(), Slow(),
    GraphError(131000, 500), GraphError(131056), LaterError(131000),
)  # fmt: skip
ENDS = {OutboxState.SENT, OutboxState.FAILED, OutboxState.SKIPPED, OutboxState.HELD}


async def write_to_all(
    server: WhatsAppServer, bot: Runtime, people: list[Person], each: int
) -> None:
    """Queue numbered replies to everybody, who have all just written."""

    def work(tx: Tx) -> None:
        now = bot.clock()
        for user in people:
            user.last_wrote_at = server.now()
            address = conversations.find_or_create_address(
                tx, "whatsapp", PHONE_ID, {"user": user.user_id, "phone": user.phone}, now
            )
            talk = conversations.lock_conversation(tx, address, now)
            conversations.mark_incoming(tx, talk.id, now)
            for number in range(each):
                body = messages.dump(Outgoing(f"message {number}"))
                add_outgoing(tx, talk, Kind.ANSWER, body, language="en", now=now)

    await bot.database.write(work)


async def all_ended(server: WhatsAppServer, bot: Runtime, seconds: float) -> Counter[str]:
    """The states, once nothing is queued, under way or to be told."""
    until = asyncio.get_running_loop().time() + seconds
    while True:
        counts = await bot.database.read(outbox.count_by_state)
        quiet = not counts.keys() & {OutboxState.QUEUED, OutboxState.SENDING}
        if quiet and not server.postman.pending and not server.postman.busy:
            return Counter(counts)
        assert asyncio.get_running_loop().time() < until, f"{counts}\n{server.picture()}"
        await server.changes.wait(0.5)


async def send_with_refusals(folder: Path, people: int, each: int, seconds: float) -> None:
    async with WhatsAppServer(reads=False) as server:
        server.share, server.kinds = 0.1, REFUSALS
        server.postman.batch = 20
        server.postman.disorder = 0.3
        async with whatsapp_bot(server, folder) as bot:
            users = [server.new_user() for _ in range(people)]
            await write_to_all(server, bot, users, each)
            states = await all_ended(server, bot, seconds)
            assert sum(states.values()) == people * each
            assert states.keys() <= ENDS
            assert states[OutboxState.SENT] > 0.9 * people * each
        for user in users:
            numbers = [int(text.rpartition(" ")[2]) for text in user.said()]
            firsts = list(dict.fromkeys(numbers))
            assert firsts == sorted(firsts) or late_receipts(server, user)
        assert server.violations == []  # neither the pace nor a length was ever refused


def late_receipts(server: WhatsAppServer, user: Person) -> bool:
    """Whether a message to this person was taken first and reported as failed afterwards."""
    return any(
        isinstance(call.fault, LaterError) and call.body.get("to") == user.phone
        for call in server.calls
    )


async def test_messages_to_many_with_refusals_end_in_named_states(tmp_path: Path) -> None:
    await send_with_refusals(tmp_path, people=15, each=3, seconds=240)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_a_thousand_messages_to_two_hundred_people(tmp_path: Path) -> None:
    await send_with_refusals(tmp_path, people=200, each=5, seconds=500)


# -- kills -------------------------------------------------------------------------------------

WORKERS, KILLS = 30, 10
ANSWERED = 8  # of them get a reply of the lawyer's
STEP_SECONDS = 600.0  # only a fault takes so long; the kills themselves take minutes
TAPS = [
    "English",
    "✅ Yes",
    "👍 No",
    "🧑 18 or older",
    "👤 Talk to a lawyer",
    "✅ Yes",
    "✅ Yes, here",
]


async def answer(server: WhatsAppServer, user: Person) -> None:
    """Press the buttons of the story, each once, then write a line."""
    user.says("hello")
    pressed: set[str] = set()
    for label in TAPS:
        await server.until(partial(is_open, user, label, pressed), STEP_SECONDS, what=label)
        newest = newest_question(user)
        pressed.add(newest[label])
        user.taps(label)
    await server.until(partial(is_told, user, "Your case has the number"), STEP_SECONDS)
    user.says(f"word of {user.user_id}")
    await server.until(partial(is_told, user, "I passed this"), STEP_SECONDS)


def newest_question(user: Person) -> dict[str, str]:
    """The buttons of the newest message that has any."""
    return next((seen.buttons for seen in reversed(user.screen) if seen.buttons), {})


def is_open(user: Person, label: str, pressed: set[str]) -> bool:
    """Whether the newest question offers this, and is not one that was answered already."""
    buttons = newest_question(user)
    return label in buttons and buttons[label] not in pressed


def is_told(user: Person, words: str) -> bool:
    return any(words in text for text in user.said())


class Lawyer:
    """Somebody at the desk of a house that comes and goes: presses again until it is there."""

    def __init__(self, server: WhatsAppServer, house: House, session: aiohttp.ClientSession):
        self.server, self.house, self.browser = server, house, DeskVisitor(session)  # type: ignore[arg-type]

    async def advise(self, user: Person) -> None:
        """Claim this worker's case, and reply to it; the worker gets it."""
        await self.server.until(partial(is_told, user, "I passed this"), STEP_SECONDS)
        told = next(text for text in user.said() if "Your case has the number" in text)
        code = told.partition("has the number ")[2][:5]
        [(case,)] = self.house.query(f"SELECT id FROM legal_case WHERE code = '{code}'")
        await self.sends(case, "/conflict", answer="none")
        await self.sends(case, "/claim")
        await self.sends(case, "/reply", text=f"reply to {user.user_id}")
        await self.server.until(partial(is_told, user, f"reply to {user.user_id}"), STEP_SECONDS)

    async def sends(self, case: int, ending: str, **fields: Any) -> None:
        """Fill in a form of the case's page; one form sent twice is one deed."""
        page = await self._until_there(lambda: self.browser.get(f"/desk/cases/{case}"))
        if page.offers(ending):
            await self._until_there(lambda: self.browser.send(page, ending, **fields))

    async def _until_there(self, act: Callable[[], Awaitable[Page]]) -> Page:
        while True:
            try:
                page = await act()
            except (aiohttp.ClientError, TimeoutError, OSError):
                await self.server.changes.wait(0.5)
                continue
            if page.status < 500:
                return page


@pytest.mark.soak
@pytest.mark.timeout(1500)
async def test_a_house_that_is_killed_while_whatsapp_fails_loses_no_answer(tmp_path: Path) -> None:
    async with WhatsAppServer() as server:
        server.share, server.kinds = 0.2, TRANSIENT
        server.postman.batch, server.postman.duplicates, server.postman.disorder = 8, 0.1, 0.2
        house = House(
            tmp_path,
            WHATSAPP_TOKEN=TOKEN,
            WHATSAPP_PHONE_ID=PHONE_ID,
            WHATSAPP_APP_SECRET=APP_SECRET,
            WHATSAPP_VERIFY_TOKEN=VERIFY_TOKEN,
            WHATSAPP_API_URL=server.url,
        )
        jar = aiohttp.CookieJar(unsafe=True)
        async with house, aiohttp.ClientSession(house.address, cookie_jar=jar) as session:
            server.webhook = f"{house.address}/whatsapp/webhook"
            lawyer = Lawyer(server, house, session)
            link = house.sign_in_link.removeprefix(house.address)
            await lawyer.browser.get(link)
            await lawyer.browser.post(link)
            users = [server.new_user() for _ in range(WORKERS)]
            advised = users[:ANSWERED]
            talking = asyncio.gather(
                *(answer(server, user) for user in users),
                *(lawyer.advise(user) for user in advised),
            )
            chance = random.Random(7)
            for _ in range(KILLS):  # in the midst of the work, however fast this machine is
                goal = len(server.calls_of("messages")) + chance.randint(15, 40)
                await server.until(partial(has_sent, server, goal), STEP_SECONDS)
                await house.kill()
                await house.start()
            await talking
            server.share = 0.0
            await server.settled(60)
            await server.until(lambda: not unsettled(house), STEP_SECONDS, what="all to be told")
            assert await house.stop() == 0
            assert set(house.query("SELECT DISTINCT state FROM outbox")) == {("sent",)}
            assert house.query("SELECT count(*) FROM worker") == [(WORKERS,)]
            assert house.query("SELECT count(*) FROM message WHERE author = 'worker'") == [
                (WORKERS * (len(TAPS) + 2),)
            ]
            assert house.query("SELECT count(*) FROM message WHERE author = 'staff'") == [
                (ANSWERED,)
            ]
        said = [text for user in users for text in user.said()]
        told = Counter(
            line for text in said for line in text.split("\n") if "case has the number" in line
        )
        assert len(told) == WORKERS
        assert not any(f"reply to {a.user_id}\n" in t for a in advised for t in others(users, a))
        assert server.violations == []


def has_sent(server: WhatsAppServer, times: int) -> bool:
    return len(server.calls_of("messages")) >= times


def unsettled(house: House) -> list[object]:
    """What is still on its way."""
    return house.query("SELECT id FROM outbox WHERE state IN ('queued', 'sending')")


def others(users: list[Person], user: Person) -> list[str]:
    """All that others were told."""
    return [f"{text}\n" for other in users if other is not user for text in other.said()]
