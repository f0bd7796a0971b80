"""The local Telegram misbehaves as told, tells updates in order, and ends cleanly."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.conftest import Clock
from tests.servers.telegram import (
    BLOCKED,
    TRANSIENT,
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Fault,
    Faults,
    Retries,
    Slow,
    TelegramServer,
    TooMany,
    User,
)
from tests.test_telegram_server_rules import Caller

QUICK = Retries(attempts=5, first_seconds=0.001, most_seconds=0.002)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A server that gives up a webhook soon."""
    async with TelegramServer(flood=None, retries=QUICK) as server:
        yield server


@pytest.fixture
async def call(server: TelegramServer) -> AsyncIterator[Caller]:
    """Calls by hand."""
    async with aiohttp.ClientSession() as session:
        yield Caller(server, session)


@pytest.fixture
def user(server: TelegramServer) -> User:
    """Somebody who has written to the bot."""
    return server.new_user(met=True)


Answer = Callable[[dict[str, Any]], int]


@dataclass
class Hook:
    """A bot's address: answers each update with a status, and remembers."""

    answer: Answer
    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """One delivery."""
        update = await request.json()
        self.got.append(update)
        return web.Response(status=self.answer(update))

    @property
    def texts(self) -> list[str]:
        """What the messages said, in the order of their arrival."""
        return [update["message"]["text"] for update in self.got if "message" in update]


@asynccontextmanager
async def a_hook(answer: Answer = lambda update: 200) -> AsyncIterator[Hook]:
    hook = Hook(answer)
    app = web.Application()
    app.router.add_post("/", hook.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield hook
    await runner.cleanup()


# single faults


@pytest.mark.parametrize(
    ("fault", "status", "happened"),
    [
        (TooMany(3), 429, False),
        (Broken(500), 500, False),
        (Broken(503), 503, False),
        (BadGateway(), 502, False),
        (BLOCKED, 403, False),
        (DropBefore(), 499, False),
        (DropAfter(), 499, True),
        (CutAnswer(), 499, True),
        (Slow(0.01), 200, True),
    ],
)
async def test_a_fault_is_told_and_meets_one_call(
    server: TelegramServer, user: User, fault: Fault, status: int, happened: bool
) -> None:
    server.fail_next(fault, "sendMessage")
    told = await send_once(server, user)

    assert told == (None if status == 499 else status)
    made = server.calls_of("sendMessage")[0]
    assert (made.status, made.happened, made.fault) == (status, happened, fault)
    assert len(user.visible()) == happened
    if not isinstance(fault, TooMany):
        assert await send_once(server, user) == 200


async def send_once(server: TelegramServer, user: User) -> int | None:
    """The status of one message; None where the connection broke."""
    address = f"{server.url}/bot{server.token}/sendMessage"
    body = {"chat_id": user.id, "text": "x"}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(address, json=body) as answer,
        ):
            await answer.read()
            return answer.status
    except aiohttp.ClientError:
        return None


async def test_after_429_the_chat_stays_closed_until_the_time_is_over(
    server: TelegramServer, call: Caller, user: User
) -> None:
    other = server.new_user(met=True)
    server.fail_next(TooMany(5), "sendMessage")
    await call.refused("sendMessage", chat_id=user.id, text="x")
    await call("sendMessage", chat_id=other.id, text="x")
    await call.refused("sendMessage", chat_id=user.id, text="x")
    assert server.impatient == [f"sendMessage to {user.id}"]
    server.forward(seconds=5)
    await call("sendMessage", chat_id=user.id, text="x")

    server.fail_next(TooMany(5, everywhere=True), "sendMessage")
    await call.refused("sendMessage", chat_id=user.id, text="x")
    await call.refused("sendMessage", chat_id=other.id, text="x")


async def test_a_call_is_held_between_its_effect_and_its_answer(
    server: TelegramServer, call: Caller, user: User
) -> None:
    hold = server.hold_next("sendMessage")
    sending = asyncio.create_task(call("sendMessage", chat_id=user.id, text="x"))
    await server.until(lambda: hold.reached)
    assert len(user.visible()) == 1
    assert not sending.done()
    assert server.busy == 1
    hold.release()
    await sending

    hold = server.hold_next("sendMessage", before=True)
    sending = asyncio.create_task(call("sendMessage", chat_id=user.id, text="y"))
    await server.until(lambda: hold.reached)
    assert len(user.visible()) == 1
    hold.release()
    await sending


async def test_faults_by_chance_come_again_with_the_same_seed() -> None:
    first, again = Faults(share=0.2, seed=7), Faults(share=0.2, seed=7)
    drawn = [first.draw("sendMessage") for _ in range(500)]

    assert drawn == [again.draw("sendMessage") for _ in range(500)]
    assert set(drawn) == {None, *TRANSIENT}
    assert 60 < sum(fault is not None for fault in drawn) < 140


async def test_a_fifth_of_the_calls_can_fail_in_every_way(
    server: TelegramServer, user: User
) -> None:
    server.faults = Faults(share=0.2, kinds=[f for f in TRANSIENT if not isinstance(f, TooMany)])
    told = [await send_once(server, user) for _ in range(100)]

    assert {200, 500, 502, None} == set(told)
    happened = sum(made.happened for made in server.calls)
    assert len(user.visible()) == happened > told.count(200)
    assert server.refused == []


# updates by polling


async def test_an_update_comes_until_it_is_confirmed(call: Caller, user: User) -> None:
    user.send_text("1")
    user.send_text("2")
    first = await call("getUpdates", limit=1)
    assert [update["message"]["text"] for update in first] == ["1"]
    assert await call("getUpdates", limit=1) == first
    second = await call("getUpdates", offset=first[0]["update_id"] + 1)
    assert [update["message"]["text"] for update in second] == ["2"]
    assert call.server.pending == 1
    assert await call("getUpdates", offset=second[0]["update_id"] + 1) == []
    assert call.server.pending == 0


async def test_a_long_poll_waits_for_the_next_update(
    server: TelegramServer, call: Caller, user: User
) -> None:
    polling = asyncio.create_task(call("getUpdates", timeout=50))
    await server.until(lambda: server.calls_of("getUpdates"))
    user.send_text("Hello")
    [update] = await polling
    assert update["message"]["text"] == "Hello"


async def test_a_second_poll_ends_the_first(
    server: TelegramServer, call: Caller, user: User
) -> None:
    first = asyncio.create_task(call.refused("getUpdates", timeout=50))
    await server.until(lambda: server.calls_of("getUpdates"))
    second = asyncio.create_task(call("getUpdates", timeout=50))
    assert (await first).startswith("Conflict: terminated by other getUpdates request")
    user.send_text("Hello")
    assert len(await second) == 1


async def test_only_the_kinds_that_were_asked_for_come(call: Caller, user: User) -> None:
    await call("getUpdates", allowed_updates=["callback_query", "message_reaction"])
    user.react(user.send_text("Hello"), "👍")
    [update] = await call("getUpdates")
    assert "message_reaction" in update
    await call("getUpdates", offset=update["update_id"] + 1, allowed_updates=[])
    user.react(user.send_text("Hello"), "👍")
    [update] = await call("getUpdates")
    assert "message" in update
    await call("getUpdates", allowed_updates=["mesage"])
    assert call.server.violations == ["allowed_updates: there is no update mesage"]


async def test_what_waits_too_long_is_gone(server: TelegramServer, call: Caller) -> None:
    user = server.new_user()
    user.start()
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    await call("sendMessage", chat_id=user.id, text="Well?", reply_markup=markup)
    user.tap("Yes")
    server.forward(seconds=151)
    assert [sorted(update)[0] for update in await call("getUpdates")] == ["message"]
    server.forward(hours=24)
    assert await call("getUpdates") == []
    assert len(server.updates.lost) == 2


async def test_updates_come_twice_out_of_order_and_again(
    server: TelegramServer, call: Caller, user: User
) -> None:
    server.faults = Faults(duplicates=0.5, disorder=1.0, seed=3)
    for number in range(20):
        user.send_text(str(number))
    ids = [update["update_id"] for update in await call("getUpdates")]
    assert len(set(ids)) == 20 < len(ids)
    assert ids != sorted(ids)

    server.faults = Faults()
    assert await call("getUpdates", offset=max(ids) + 1) == []
    server.tell_again(2)
    again = await call("getUpdates", offset=max(ids) + 1)
    assert [update["message"]["text"] for update in again] == ["18", "19"]


async def test_nonsense_comes_between_the_updates(
    server: TelegramServer, call: Caller, user: User
) -> None:
    server.faults = Faults(malformed=1.0)
    for number in range(40):
        user.send_text(str(number))
    server.tell_raw({"message": {"text": "by hand"}})
    updates = await call("getUpdates")
    ids = [update["update_id"] for update in updates]
    assert ids == list(range(ids[0], ids[0] + 81))
    assert updates[-1]["message"] == {"text": "by hand"}
    assert any(isinstance(update.get("message", {}), str) for update in updates)


# updates by webhook


async def test_a_webhook_that_fails_gets_the_update_again_in_order(
    server: TelegramServer, call: Caller, user: User
) -> None:
    failures = [500, 500, 404]

    def answer(update: dict[str, Any]) -> int:
        return failures.pop() if failures else 200

    async with a_hook(answer) as hook:
        await call("setWebhook", url=hook.url)
        for number in range(3):
            user.send_text(str(number))
        await server.settled()

    assert hook.texts == ["0", "0", "0", "0", "1", "2"]
    assert (await call("getWebhookInfo"))["last_error_message"].startswith("Wrong response")


async def test_one_chat_that_fails_does_not_stop_the_others(
    server: TelegramServer, call: Caller, user: User
) -> None:
    other = server.new_user(met=True)

    def answer(update: dict[str, Any]) -> int:
        return 500 if update["message"]["chat"]["id"] == user.id else 200

    async with a_hook(answer) as hook:
        await call("setWebhook", url=hook.url)
        user.send_text("never")
        other.send_text("at once")
        await server.settled()

    assert hook.texts.count("at once") == 1
    assert hook.texts.count("never") == QUICK.attempts
    assert [update.body["message"]["text"] for update in server.updates.lost] == ["never"]


async def test_a_webhook_that_is_away_for_a_while_misses_nothing(
    server: TelegramServer, call: Caller, user: User
) -> None:
    server.updates.retries = Retries(attempts=500, first_seconds=0.001, most_seconds=0.01)
    async with a_hook() as hook:
        address = hook.url
    await call("setWebhook", url=address)
    user.send_text("Hello")
    await server.until(lambda: server.updates.hook.last_error)
    async with a_hook() as hook:
        await call("setWebhook", url=hook.url)
        await server.settled()
    assert hook.texts == ["Hello"]


async def test_polling_and_a_webhook_exclude_each_other(
    server: TelegramServer, call: Caller
) -> None:
    polling = asyncio.create_task(call.refused("getUpdates", timeout=50))
    await server.until(lambda: server.calls_of("getUpdates"))
    async with a_hook() as hook:
        first = await call.answer("setWebhook", url=hook.url)
        again = await call.answer("setWebhook", url=hook.url)
        assert await polling == "Conflict: terminated by setWebhook request"
        refusal = await call.refused("getUpdates")
        gone = await call.answer("deleteWebhook", drop_pending_updates=True)

    said = [answer["description"] for answer in (first, again, gone)]
    assert said == ["Webhook was set", "Webhook is already set", "Webhook was deleted"]
    assert refusal.startswith("Conflict: can't use getUpdates method while webhook is active")
    assert await call("getUpdates") == []


@pytest.mark.parametrize("secret", ["", "x" * 257, "with space"])
async def test_a_secret_has_its_letters(call: Caller, secret: str) -> None:
    async with a_hook() as hook:
        answer = await call.answer("setWebhook", url=hook.url, secret_token=secret)
    assert answer["ok"] == (secret == "")


async def test_a_webhook_gets_updates_twice_where_planned(
    server: TelegramServer, call: Caller, user: User
) -> None:
    server.faults = Faults(duplicates=1.0)
    async with a_hook() as hook:
        await call("setWebhook", url=hook.url)
        user.send_text("1")
        user.send_text("2")
        await server.settled()
    assert hook.texts == ["1", "1", "2", "2"]


# the end, and waiting


async def test_the_server_ends_while_calls_are_under_way() -> None:
    async with TelegramServer() as server, aiohttp.ClientSession() as session:
        user, call = server.new_user(met=True), Caller(server, session)
        server.hold_next("sendMessage")
        waiting: list[Awaitable[Any]] = [
            asyncio.create_task(quietly(call, "getUpdates", timeout=50)),
            asyncio.create_task(quietly(call, "sendMessage", chat_id=user.id, text="x")),
        ]
        await server.until(lambda: len(server.calls) == 2)
        await server.stop()
        await asyncio.gather(*waiting)
    assert server.busy == 0


async def quietly(call: Caller, method: str, **params: Any) -> None:
    try:
        await call.answer(method, **params)
    except (aiohttp.ClientError, AssertionError):
        return


async def test_a_server_comes_back_at_the_same_address(call: Caller, user: User) -> None:
    server, address = call.server, call.server.url
    user.send_text("Hello")
    await server.stop()
    assert await send_once(server, user) is None
    await server.start()
    assert server.url == address
    assert len(await call("getUpdates")) == 1


async def test_a_webhook_stays_set_over_a_new_start(
    server: TelegramServer, call: Caller, user: User
) -> None:
    async with a_hook() as hook:
        await call("setWebhook", url=hook.url)
        await server.stop()
        user.send_text("Hello")
        await server.start()
        await server.settled()
    assert hook.texts == ["Hello"]


async def test_waiting_in_vain_shows_what_was_said(server: TelegramServer) -> None:
    user = server.new_user()
    user.start()
    with pytest.raises(TimeoutError, match=r"(?s)1 updates pending.*'/start'"):
        await server.hears(user, "Hello", seconds=0.01)


async def test_what_is_heard_was_said_after_the_last_act(call: Caller, user: User) -> None:
    await call("sendMessage", chat_id=user.id, text="Hello once")
    user.send_text("again?")
    answering = asyncio.create_task(call("sendMessage", chat_id=user.id, text="Hello twice"))
    seen = await call.server.hears(user, "Hello")
    await answering
    assert seen.text == "Hello twice"


async def test_a_clock_given_from_outside_is_the_servers(clock: Clock) -> None:
    async with TelegramServer(clock=clock) as server:
        user = server.new_user()
        assert user.start().at.date() == clock.now.date()
        server.forward(days=2)
        assert (user.start().at - clock.now).days == 1
