"""The public page of a workshop: whoever comes, whatever they send."""

import re
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from bot import public
from bot.public.limits import Limits
from bot.runtime import Runtime
from bot.workshops import planning
from storage import workshops as store
from storage.records import Staff
from storage.workshops import Place, Words, Workshop
from tests.conftest import NOON, Clock
from tests.outreach import an_organiser
from tests.workshops import a_plan, a_workshop

SEVIL = {"name": "Sevil", "organisation": "Youth House", "phone": "+994 50 123 45 67"}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(runtime: Runtime) -> AsyncIterator[Client]:
    app = web.Application()
    public.add_routes(app, runtime)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def nigar(runtime: Runtime) -> Staff:
    return await an_organiser(runtime)


def origin(client: Client) -> dict[str, str]:
    return {"Origin": str(client.make_url("")).rstrip("/")}


async def form_id(client: Client, it: Workshop) -> str:
    async with client.get(f"/workshop/{it.code}") as answer:
        assert answer.status == 200
        found = re.search(r'name="form_id" value="([^"]+)"', await answer.text())
    assert found
    return found[1]


async def signs_up(client: Client, it: Workshop, **fields: str) -> tuple[int, str, str]:
    """Fill the form in; returns status, address and page."""
    data = {"form_id": await form_id(client, it), **SEVIL, **fields}
    async with client.post(f"/workshop/{it.code}", data=data, headers=origin(client)) as answer:
        return answer.status, answer.url.path, await answer.text()


async def presses(client: Client, path: str, **fields: str) -> tuple[int, str]:
    async with client.post(path, data=fields, headers=origin(client)) as answer:
        return answer.status, await answer.text()


async def rows(runtime: Runtime, it: Workshop) -> list[store.SignUp]:
    return await runtime.database.read(lambda tx: store.list_sign_ups(tx, it.id))


async def test_a_person_of_an_organisation_signs_up_and_gives_the_place_up(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    status, path, page = await signs_up(client, it)
    assert status == 200
    assert "You have a place" in page
    assert "Sevil" not in page  # who finds the address learns no name
    [person] = (await planning.look(runtime, nigar, it.id)).people
    assert person.details == store.Details("Sevil", "Youth House", "+994 50 123 45 67")
    status, page = await presses(client, path, verb="gone")
    assert "do not have a place" in page
    assert [row.state for row in await rows(runtime, it)] == [Place.CANCELLED]
    assert (await presses(client, path, verb="gone"))[0] == 409


async def test_the_same_form_sent_twice_is_one_sign_up(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    data = {"form_id": await form_id(client, it), **SEVIL}
    pages = []
    for _ in range(2):
        async with client.post(f"/workshop/{it.code}", data=data, headers=origin(client)) as answer:
            pages.append(answer.url.path)
    assert len(set(pages)) == 1
    assert len(await rows(runtime, it)) == 1


async def test_a_number_that_is_known_gives_nobody_the_other_s_place(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    await signs_up(client, it)
    status, path, page = await signs_up(client, it, phone="050-123-45-67", name="Somebody")
    assert (status, path) == (422, f"/workshop/{it.code}")
    assert "Somebody has signed up with this phone" in page
    assert len(await rows(runtime, it)) == 1


async def test_the_queue_is_seen_and_an_offer_is_taken_on_the_page(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar, a_plan(capacity=1))
    _, first, _ = await signs_up(client, it)
    _, second, page = await signs_up(client, it, phone="0551112233")
    assert "number 1 in the queue" in page
    await presses(client, first, verb="gone")
    async with client.get(second) as answer:
        assert "A place is free for you" in await answer.text()
    assert "You have a place" in (await presses(client, second, verb="take"))[1]
    [_, person] = (await planning.look(runtime, nigar, it.id)).people
    assert person in (await planning.look(runtime, nigar, it.id)).to_call


async def test_the_room_s_code_and_the_one_tap_work_without_a_chat(
    runtime: Runtime, client: Client, nigar: Staff, clock: Clock
) -> None:
    it = await a_workshop(runtime, nigar)
    _, path, _ = await signs_up(client, it)
    assert (await presses(client, path, verb="here", door=it.door_code))[0] == 409
    clock.forward(days=7)
    assert (await presses(client, path, verb="here", door="WRONGX"))[0] == 422
    assert "Welcome" in (await presses(client, path, verb="here", door=it.door_code.lower()))[1]
    clock.forward(hours=3)
    assert "Thank you" in (await presses(client, path, verb="good"))[1]
    assert [row.feedback for row in await rows(runtime, it)] == [3]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "\x00\u202e "),
        ("phone", ""),
        ("phone", "12"),
        ("email", "not an address"),
        ("organisation", "y" * 201),
    ],
)
async def test_a_form_that_cannot_be_used_is_given_back(
    runtime: Runtime, client: Client, nigar: Staff, field: str, value: str
) -> None:
    it = await a_workshop(runtime, nigar)
    status, _, page = await signs_up(client, it, **{field: value})
    assert status == 422
    assert "⚠" in page
    assert "Youth House" in page or field == "organisation"
    assert await rows(runtime, it) == []


async def test_what_people_write_stays_text(runtime: Runtime, client: Client, nigar: Staff) -> None:
    bad = "<script>alert(1)</script>\"'"
    it = await a_workshop(runtime, nigar, a_plan(words={"en": Words(bad, bad, bad, bad)}))
    status, _, page = await signs_up(client, it, name=bad, phone="")
    assert status == 422
    assert "<script" not in page
    async with client.get(f"/workshop/{it.code}/invitation.ics") as answer:
        assert answer.content_type == "text/calendar"
        assert "BEGIN:VEVENT" in await answer.text()


async def test_forms_of_other_sites_are_refused(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    data = {"form_id": await form_id(client, it), **SEVIL}
    for headers in (
        {},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {**origin(client), "Sec-Fetch-Site": "cross-site"},
    ):
        async with client.post(f"/workshop/{it.code}", data=data, headers=headers) as answer:
            assert answer.status == 403, headers
    assert await rows(runtime, it) == []


async def test_one_address_cannot_fill_the_room_with_a_program(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it = await a_workshop(runtime, nigar)
    data = {"form_id": await form_id(client, it), "name": "x"}
    statuses = []
    for _ in range(50):
        async with client.post(f"/workshop/{it.code}", data=data, headers=origin(client)) as answer:
            statuses.append(answer.status)
    assert statuses[0] == 422
    assert statuses[-1] == 429
    async with client.get(f"/workshop/{it.code}") as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    ("trusted", "first", "second", "apart"),
    [
        ("10.9.8.0/24", "2001:db8::1", "2001:db8::2", True),
        ("10.9.8.0/24", "2001:db8::1, 10.9.8.7", "2001:db8::2, 10.9.8.7", True),  # two proxies
        ("10.9.8.0/24", "192.0.2.1, 1.2.3.4", "192.0.2.2, 1.2.3.4", False),  # the visitor says so
        ("10.9.9.0/24", "2001:db8::1", "2001:db8::2", False),  # somebody else says so
    ],
)
def test_who_visits_is_believed_of_a_trusted_proxy_only(
    trusted: str, first: str, second: str, apart: bool
) -> None:
    limits = Limits((ip_network(trusted),))

    def may_post(seen: str) -> bool:
        request = make_mocked_request("POST", "/", {"X-Forwarded-For": seen})
        return limits.allows(request.clone(remote="10.9.8.5"), NOON)

    while may_post(first):
        pass
    assert may_post(second) is apart


@pytest.mark.parametrize(
    "path",
    [
        "/workshop/ABCDEF",
        "/workshop/ABCDEF/invitation.ics",
        f"/workshop/ABCDEF/mine/{'a' * 43}",
        "/workshop/..%2f..%2f",
        "/workshop/ABCDEFG",
        f"/workshop/ABCDEF/mine/{'a' * 42}",
    ],
)
async def test_addresses_that_open_nothing_say_so(client: Client, path: str) -> None:
    async with client.get(path) as answer:
        assert answer.status == 404


async def test_a_link_opens_only_its_own_workshop(
    runtime: Runtime, client: Client, nigar: Staff
) -> None:
    it, other = await a_workshop(runtime, nigar), await a_workshop(runtime, nigar)
    _, path, _ = await signs_up(client, it)
    async with client.get(path.replace(it.code, other.code)) as answer:
        assert answer.status == 404


async def test_a_draft_is_seen_by_nobody(runtime: Runtime, client: Client, nigar: Staff) -> None:
    made = await planning.create(runtime, nigar, a_plan())
    it = (await planning.look(runtime, nigar, made)).it
    async with client.get(f"/workshop/{it.code}") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("body", [b"\xff" * 100, b"a=1&" * 50, b"x" * 20_000, b""])
async def test_a_body_that_is_no_form_harms_nothing(
    runtime: Runtime, client: Client, nigar: Staff, body: bytes
) -> None:
    it = await a_workshop(runtime, nigar)
    async with client.post(f"/workshop/{it.code}", data=body, headers=origin(client)) as answer:
        assert answer.status in (403, 413)


async def test_every_answer_has_the_headers(runtime: Runtime, client: Client, nigar: Staff) -> None:
    it = await a_workshop(runtime, nigar)
    async with client.get(f"/workshop/{it.code}?lang=fa") as answer:
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert 'dir="rtl"' in await answer.text()
