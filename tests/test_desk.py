"""The desk: who gets in, what they see, and what they can do, through real pages and forms."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import pytest

from bot import desk
from bot.casework import cases, closing, conflicts, states
from bot.desk import build_desk
from bot.desk.forms import MAX_BODY_BYTES
from bot.desk.routes import PUBLIC_ROUTES, STAFF_ROUTES, StaffRoute
from bot.errors import BadInput, NotFound
from bot.media import MAX_FILE_BYTES
from bot.messages import MAX_TEXT, FileIn, Unsupported
from bot.office import staff
from bot.runtime import Runtime
from flows.model import Answer
from storage import audit, outbox
from storage import messages as transcript
from storage.records import Case, Message, Role
from tests.conftest import Clock
from tests.talk import PNG
from tests.visitors import (
    DeskVisitor,
    Office,
    Page,
    a_link,
    a_waiting_case,
    open_office,
    small_house,
    worker_writes,
)

NASTY = "<script>alert(1)</script> \"'&amp; \u202egpj.exe\x00\x07 سلام\tend"
NUMBER_IN_PATH = re.compile(r"\{\w+:\[0-9\]\{1,18\}\}")
POSTS = [r for r in STAFF_ROUTES if r.method == "POST" and Role.LAWYER in r.roles]
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
async def runtime(tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """The house with small content, and a little Persian."""
    async with small_house(tmp_path, clock) as runtime:
        yield runtime


@pytest.fixture
async def office(runtime: Runtime) -> AsyncIterator[Office]:
    async with open_office(runtime) as office:
        yield office


async def claimed(office: Office, visitor: DeskVisitor, who: str = "one") -> tuple[Case, Page]:
    """A case in the hands of this visitor, and its page."""
    case = await a_waiting_case(office.runtime, who)
    front = await visitor.get("/desk/")
    return case, await visitor.send(front, f"/{case.id}/claim")


async def said(runtime: Runtime, case: Case) -> list[Message]:
    """The whole conversation of a case."""
    return await runtime.database.read(
        lambda tx: transcript.list_case_messages(tx, case.conversation_id, case.id)
    )


def path_of(route: StaffRoute, case_id: int = 1, attachment_id: int = 1) -> str:
    """An address that fits this route."""
    path = route.path.replace("{case_id:[0-9]{1,18}}", str(case_id))
    path = path.replace("{attachment_id:[0-9]{1,18}}", str(attachment_id))
    path = path.replace("{language}", "en")
    return "/desk" + NUMBER_IN_PATH.sub("1", path)


# -- staff -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "role", "language", "field"),
    [
        (" ", "lawyer", "en", "name"),
        ("x" * 81, "lawyer", "en", "name"),
        ("Ley\x07la", "lawyer", "en", "name"),
        (" leyla ", "lawyer", "en", "name"),
        ("Aysel", "boss", "en", "role"),
        ("Aysel", "lawyer", "xx", "language"),
    ],
)
async def test_staff_need_a_new_name_a_known_role_and_language(
    runtime: Runtime, name: str, role: str, language: str, field: str
) -> None:
    await staff.add(runtime, "Leyla", "lawyer")
    with pytest.raises(BadInput) as refused:
        await staff.add(runtime, name, role, language)
    assert refused.value.field == field


async def test_staff_are_found_by_name_and_by_number(runtime: Runtime) -> None:
    leyla = await staff.add(runtime, "Leyla Aliyeva", "lawyer")
    assert await staff.find(runtime, "leyla  aliyeva") == leyla
    assert await staff.find(runtime, str(leyla.id)) == leyla
    with pytest.raises(NotFound):
        await staff.find(runtime, "Aysel")


async def test_the_first_lawyer_is_made_once_and_told_until_somebody_signed_in(
    office: Office,
) -> None:
    first = await staff.first_lawyer(office.runtime)
    assert first == await staff.first_lawyer(office.runtime)
    assert first is not None
    visitor = await office.visitor()
    await visitor.sign_in(office.runtime, first)
    assert await staff.first_lawyer(office.runtime) is None
    assert await staff.list_all(office.runtime) == [first]


async def test_what_is_done_with_staff_is_audited(office: Office) -> None:
    person, visitor = await office.hire()
    await visitor.send(await visitor.get("/desk/"), "/sign-out")
    await staff.disable(office.runtime, person)
    await staff.disable(office.runtime, person)
    entries, broken = await office.runtime.database.read(
        lambda tx: (audit.list_entries(tx, audit.OFFICE), audit.find_break(tx, audit.OFFICE))
    )
    done = ["added", "link_made", "signed_in", "signed_out", "disabled"]
    assert [entry.action for entry in entries] == done
    assert broken is None


# -- signing in --------------------------------------------------------------------------------


async def test_looking_at_a_link_does_not_use_it_up(office: Office) -> None:
    link = await a_link(office.runtime, await staff.add(office.runtime, "Leyla", "lawyer"))
    scanner, visitor = await office.visitor(), await office.visitor()
    for _ in range(3):
        assert (await scanner.get(link)).status == 200
    assert (await visitor.post(link)).path == "/desk/"


async def test_a_link_works_once(office: Office) -> None:
    link = await a_link(office.runtime, await staff.add(office.runtime, "Leyla", "lawyer"))
    first, second = await office.visitor(), await office.visitor()
    pages = await asyncio.gather(first.post(link), second.post(link))
    assert sorted(page.status for page in pages) == [200, 404]
    assert (await first.get(link)).status == 404


async def test_used_expired_and_unknown_links_look_the_same(office: Office, clock: Clock) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    used, expired = [await a_link(office.runtime, person) for _ in range(2)]
    visitor = await office.visitor()
    await visitor.post(used)
    clock.forward(minutes=10)
    visitor = await office.visitor()
    links = (used, expired, "/desk/sign-in/nonsense")
    pages = [await visitor.get(link) for link in links]
    pages += [await visitor.post(link) for link in links]
    assert {page.status for page in pages} == {404}
    assert len({page.text for page in pages}) == 1
    assert "hamrah staff link NAME" in pages[0].words


async def test_a_session_ends_after_twelve_hours(office: Office, clock: Clock) -> None:
    _, visitor = await office.hire()
    clock.forward(hours=11, minutes=59)
    assert (await visitor.get("/desk/")).path == "/desk/"
    clock.forward(minutes=1)
    assert (await visitor.get("/desk/")).path == "/desk/signed-out"


async def test_a_disabled_person_is_out_at_once(office: Office) -> None:
    person, visitor = await office.hire()
    link = await a_link(office.runtime, person)
    await staff.disable(office.runtime, person)
    assert (await visitor.get("/desk/")).path == "/desk/signed-out"
    assert (await visitor.post(link)).status == 404
    with pytest.raises(NotFound):
        await staff.make_link(office.runtime, await staff.find(office.runtime, "Leyla"))


async def test_signing_out_ends_the_session_on_the_server(office: Office) -> None:
    _, visitor = await office.hire()
    cookie = visitor.client.session.cookie_jar.filter_cookies(office.server.make_url("/desk/"))
    stolen = {"Cookie": f"hamrah_desk={cookie['hamrah_desk'].value}"}
    await visitor.send(await visitor.get("/desk/"), "/sign-out")
    stranger = await office.visitor()
    page = await stranger.ask("GET", "/desk/", headers=stolen)
    assert (page.status, page.headers["Location"]) == (303, "/desk/signed-out")


@pytest.mark.parametrize("public_url", ["", "https://desk.example.org"])
async def test_the_cookie_is_kept_from_scripts_and_other_paths(
    runtime: Runtime, public_url: str
) -> None:
    runtime = replace(runtime, settings=replace(runtime.settings, public_url=public_url))
    async with open_office(runtime) as office:
        visitor = await office.visitor()
        person = await staff.add(runtime, "Leyla", "lawyer")
        page = await visitor.ask("POST", await a_link(runtime, person))
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/desk" in cookie
    assert ("Secure" in cookie) == bool(public_url)


async def test_staff_choose_the_language_of_the_desk(office: Office) -> None:
    person, visitor = await office.hire()
    front = await visitor.send(await visitor.get("/desk/"), "/language", language="ru")
    assert '<html lang="ru">' in front.text
    assert (await staff.find(office.runtime, person.name)).language == "ru"
    assert (await visitor.send(front, "/language", language="xx")).status == 404


# -- every route -------------------------------------------------------------------------------


def test_every_address_of_the_desk_is_in_the_tables(runtime: Runtime) -> None:
    routes = build_desk(runtime).router.routes()
    known = {(route.method, route.path) for route in STAFF_ROUTES}
    known |= {(route.method, route.path) for route in PUBLIC_ROUTES}
    for route in routes:
        assert route.resource is not None
        path = route.resource.canonical
        shapes = {(m, p.replace(":[0-9]{1,18}", "")) for m, p in known}
        assert (route.method, path) in shapes or path == "/static"
    assert len(list(routes)) == len(known) + 2  # GET and HEAD of /static


def test_a_route_without_roles_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="nobody"):
        StaffRoute("GET", "/x", STAFF_ROUTES[0].view, frozenset())


async def test_no_route_opens_without_a_session(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    visitor = await office.visitor()
    for route in STAFF_ROUTES:
        page = await visitor.ask(route.method, path_of(route, case.id))
        assert page.status == (303 if route.method == "GET" else 401), route.path
        assert case.code not in page.text
        unknown = await visitor.ask(route.method, "/desk/nonsense")
        assert (unknown.status, unknown.text) == (page.status, page.text), route.path


@pytest.mark.parametrize("role", Role)
async def test_a_role_that_a_route_does_not_name_finds_nothing_there(
    office: Office, role: Role
) -> None:
    case = await a_waiting_case(office.runtime)
    _, visitor = await office.hire(role=role)
    nothing = await visitor.ask("GET", "/desk/nonsense")
    for route in STAFF_ROUTES:
        if role not in route.roles:
            page = await visitor.ask(route.method, path_of(route, case.id))
            assert (page.status, page.text) == (404, nothing.text), route.path


@pytest.mark.parametrize("key", ["", "0" * 64, "not ascii: ə"])
async def test_no_form_works_without_the_key_of_its_session(office: Office, key: str) -> None:
    _, visitor = await office.hire(role="coordinator")
    case, _ = await claimed(office, visitor)
    before = await said(office.runtime, case)
    fields = {"form_key": key, "form_id": "f" * 20, "text": "x", "note": "x", "language": "ru"}
    for route in POSTS:
        page = await visitor.ask("POST", path_of(route, case.id), data=fields)
        assert page.status == 403, route.path
    assert await said(office.runtime, case) == before
    assert (await visitor.get("/desk/")).path == "/desk/"


async def test_the_key_of_one_session_is_not_that_of_another(office: Office) -> None:
    (_, leyla), (_, kamran) = await office.hire("Leyla"), await office.hire("Kamran")
    key = (await leyla.get("/desk/")).form("/sign-out").fields["form_key"]
    assert (await kamran.ask("POST", "/desk/sign-out", data={"form_key": key})).status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_of_another_site_is_refused(office: Office, site: str) -> None:
    person, visitor = await office.hire()
    key = (await visitor.get("/desk/")).form("/sign-out").fields["form_key"]
    from_there = {"Sec-Fetch-Site": site}
    link = await a_link(office.runtime, person)
    for path in ("/desk/sign-out", link):
        page = await visitor.ask("POST", path, data={"form_key": key}, headers=from_there)
        assert page.status == 403
    assert (await visitor.get("/desk/")).path == "/desk/"


async def test_every_answer_carries_the_protecting_headers(office: Office) -> None:
    _, visitor = await office.hire()
    case, _ = await claimed(office, visitor)
    file = await worker_writes(office.runtime, FileIn("photo", "image/png", "p.png", PNG))
    assert file is not None
    for path in (
        "/desk/",
        "/desk/signed-out",
        "/desk/nonsense",
        f"/desk/cases/{case.id}",
        f"/desk/cases/{case.id}/files/{file.id}",
        "/desk/sign-in/nonsense",
        "/desk/static/desk.js",
    ):
        headers = (await visitor.get(path)).headers
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] in ("no-store", "no-cache")


async def test_a_text_that_was_posted_after_the_session_ended_is_given_back(
    office: Office, clock: Clock
) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    clock.forward(hours=13)
    answer = await visitor.send(page, "/reply", text="A long letter <b>")
    assert answer.status == 401
    assert "A long letter &lt;b&gt;" in answer.text


async def test_our_own_fault_shows_nothing_of_itself(office: Office) -> None:
    _, visitor = await office.hire()
    await claimed(office, visitor)
    sent = FileIn("photo", "image/png", "p.png", PNG)
    file = await worker_writes(office.runtime, sent)
    assert file is not None
    sealed = office.runtime.settings.media_folder / f"{file.id}.sealed"
    sealed.write_bytes(b"damaged")
    page = await visitor.get(f"/desk/cases/1/files/{file.id}")
    assert page.status == 500
    assert "WrongKey" not in page.text
    assert "Traceback" not in page.text


# -- who sees which case -----------------------------------------------------------------------


async def test_the_queue_tells_what_a_lawyer_needs_to_choose(office: Office, clock: Clock) -> None:
    case = await a_waiting_case(office.runtime, language="fa", urgency="U0")
    _, visitor = await office.hire()
    clock.forward(minutes=12)
    words = (await visitor.get("/desk/")).words
    for expected in (case.code, "Danger", "Wages", "Persian", "Waiting for 12 min", "due in"):
        assert expected in words
    clock.forward(minutes=12)
    assert "overdue by" in (await visitor.get("/desk/")).words


async def test_empty_lists_tell_what_happens_next(office: Office) -> None:
    _, visitor = await office.hire()
    words = (await visitor.get("/desk/")).words
    assert "New cases appear here by themselves" in words
    assert "Claim one that is waiting" in words


async def test_an_unclaimed_case_shows_the_answers_and_not_the_conversation(
    office: Office,
) -> None:
    answers = (Answer("wages", "contract", ("no",), True),)
    case = await a_waiting_case(office.runtime, answers=answers)
    await worker_writes(office.runtime, "my secret words")
    _, visitor = await office.hire()
    page = await visitor.opens(case.id)
    assert "Do you have a written contract?" in page.words
    assert page.offers("/claim")
    assert not page.offers("/reply")
    for hidden in ("my secret words", "Conversation", "Private notes"):
        assert hidden not in page.text


async def test_answers_stand_in_both_languages_with_the_law(office: Office) -> None:
    answers = (
        Answer("wages", "contract", ("no",), True),
        Answer("wages", "proof", ("photos", "witnesses"), True),
        Answer("wages", "gone", "what I <typed>", False),
    )
    case = await a_waiting_case(office.runtime, language="fa", answers=answers)
    _, visitor = await office.hire()
    page = await visitor.opens(case.id)
    assert '<span lang="fa" dir="rtl">آیا قرارداد کتبی دارید؟</span>' in page.text
    assert '<span lang="en" dir="ltr">Do you have a written contract?</span>' in page.text
    for expected in (
        "❌ No",
        "Photos of the work",
        "People who saw me work",
        "Law: Labour Code, article 172",
        "what I &lt;typed&gt;",
    ):
        assert expected in page.words


async def test_absent_and_forbidden_look_the_same_byte_for_byte(office: Office) -> None:
    (_, owner), (_, other) = await office.hire("Leyla"), await office.hire("Kamran")
    case, _ = await claimed(office, owner)
    sent = await worker_writes(office.runtime, FileIn("photo", "image/png", "p.png", PNG))
    assert sent is not None
    for route in STAFF_ROUTES:
        if "{case_id" not in route.path or route.path.endswith("/claim"):
            continue
        key = (await other.get("/desk/")).form("/sign-out").fields["form_key"]
        fields = {"form_key": key, "form_id": "f" * 20, "outcome": "advice"}
        fields |= dict.fromkeys(("text", "note", "handover"), "x")
        pages = [
            await other.ask(
                route.method,
                path_of(route, case_id, sent.id),
                data=fields if route.method == "POST" else None,
            )
            for case_id in (case.id, case.id + 1000, 10**18 - 1)
        ]
        assert {page.status for page in pages} == {404}, route.path
        assert len({page.text for page in pages}) == 1, route.path
    assert (await owner.get(f"/desk/cases/{case.id}")).status == 200


async def test_a_coordinator_sees_who_holds_what_but_cannot_write_there(office: Office) -> None:
    (_, lawyer), (_, coordinator) = (
        await office.hire("Leyla"),
        await office.hire("Kamran", "coordinator"),
    )
    case, _ = await claimed(office, lawyer)
    await worker_writes(office.runtime, "hello lawyer")
    front = await coordinator.get("/desk/")
    assert "With Leyla" in front.words
    assert "With Leyla" not in (await lawyer.get("/desk/")).words
    page = await coordinator.opens(case.id)
    assert "hello lawyer" in page.words
    assert not any(page.offers(form) for form in ("/reply", "/note", "/close", "/release"))


async def test_reading_a_case_is_audited_once_while_it_is_read(office: Office) -> None:
    person, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    await visitor.opens(case.id)
    for _ in range(3):
        await visitor.get(f"/desk/cases/{case.id}")
    entries = await office.runtime.database.read(
        lambda tx: audit.list_entries(tx, audit.case_chain(case.id))
    )
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("worker", "opened"),
        (f"staff:{person.id}", "no_conflict"),
        (f"staff:{person.id}", "read"),
    ]


# -- claiming ----------------------------------------------------------------------------------


async def test_second_lawyer_is_told_who_claimed_first(office: Office) -> None:
    (_, leyla), (_, kamran) = await office.hire("Leyla"), await office.hire("Kamran")
    case = await a_waiting_case(office.runtime)
    fronts = await asyncio.gather(leyla.get("/desk/"), kamran.get("/desk/"))
    pages = await asyncio.gather(leyla.send(fronts[0], "/claim"), kamran.send(fronts[1], "/claim"))
    assert sorted(page.status for page in pages) == [200, 409]
    winner, loser = sorted(pages, key=lambda page: page.status)
    assert winner.offers(f"/{case.id}/reply")
    name = "Leyla" if winner is pages[0] else "Kamran"
    assert f"{name} has this case since 23 November" in loser.words


async def test_claiming_twice_is_claiming_once(office: Office) -> None:
    _, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    front = await visitor.get("/desk/")
    for _ in range(2):
        assert (await visitor.send(front, "/claim")).status == 200
    assert len(await said(office.runtime, case)) == 1  # the worker is told once


# -- writing -----------------------------------------------------------------------------------


async def test_a_reply_reaches_the_outbox_and_the_page(office: Office) -> None:
    _, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    page = await visitor.send(page, "/reply", text="Hello\r\nfrom your lawyer")
    assert page.path == f"/desk/cases/{case.id}"
    assert "Hello\nfrom your lawyer" in page.text
    assert "Waits to be sent" in page.words
    assert json.loads((await said(office.runtime, case))[-1].body)["text"].startswith("Hello\n")
    counts = await office.runtime.database.read(outbox.count_by_state)
    assert counts == {"queued": 2}


async def test_a_form_sent_twice_is_done_once_and_leads_where_it_led(office: Office) -> None:
    """A double click, a reload, a lost answer: nobody adds anything by impatience."""
    _, visitor = await office.hire(role="coordinator")
    case, page = await claimed(office, visitor)
    step = {"step": "letter", "step_day": "2026-11-20", "step_note": "Posted once"}
    sent: dict[str, Any] = {
        "/reply": {"text": "Once"}, "/note": {"note": "Noted once"}, "/step": step,
    }  # fmt: skip
    for ending, fields in sent.items():
        both = await asyncio.gather(*(visitor.send(page, ending, **fields) for _ in range(2)))
        assert {each.status for each in both} == {200}
        assert len({each.path for each in both}) == 1
    page = await visitor.get(f"/desk/cases/{case.id}")
    for words in ("Once", "Noted once", "Posted once"):
        assert page.text.count(words) == 1
    room = await visitor.get("/desk/reception")
    begun = await asyncio.gather(
        *(visitor.send(room, "/reception", way="call", language="en") for _ in range(2))
    )
    assert len({each.path for each in begun}) == 1
    screen = begun[0]
    asked = [await visitor.send(screen, "/answer", command="lawyer") for _ in range(3)]
    assert {(each.status, each.path) for each in asked} == {(200, screen.path)}
    assert asked[0].words == asked[-1].words  # the same question is open


async def test_a_text_that_was_changed_is_another_form(office: Office) -> None:
    """Back, another note, and sent again: it is not taken for the first one."""
    _, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    await visitor.send(page, "/note", note="The first")
    await visitor.send(page, "/note", note="The second")
    page = await visitor.get(f"/desk/cases/{case.id}")
    assert "The first" in page.text
    assert "The second" in page.text


async def test_what_could_not_be_used_may_be_sent_again(office: Office) -> None:
    lawyer, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    await closing.close(office.runtime, lawyer, case.id, "advice")
    assert (await visitor.send(page, "/close", outcome="advice")).status == 409
    await cases.reopen(office.runtime, lawyer, case.id)
    assert (await visitor.send(page, "/close", outcome="advice")).status == 200


def test_each_form_of_staff_has_its_hidden_keys() -> None:
    without = {"entrance.html", "sign_in.html"}  # nobody is signed in yet
    once_anyway = {"base.html"}  # signing out, on pages that look the same to the byte
    for template in (Path(desk.__file__).parent / "templates").rglob("*.html"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', template.read_text(), re.S):
            if template.name not in without | once_anyway:
                assert "{{ keys(form_key) }}" in form, (template.name, form)


async def test_a_note_is_never_sent_to_the_worker(office: Office) -> None:
    _, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    before = await said(office.runtime, case)
    page = await visitor.send(page, "/note", note="only for us")
    assert "only for us" in page.words
    assert await said(office.runtime, case) == before


@pytest.mark.parametrize(
    ("form", "field", "typed", "sentence"),
    [
        ("/reply", "text", "", "Write a message or add a file."),
        ("/reply", "text", " \t\n", "Write a message or add a file."),
        ("/reply", "text", "long " * MAX_TEXT, "This is too long. Send it in two messages."),
        ("/note", "note", "", "Write the note first."),
        ("/note", "note", "long " * 2001, "This note is too long."),
        ("/release", "handover", " ", "Write what the next lawyer must know."),
        ("/close", "outcome", "", "Choose how the case ended."),
        ("/close", "outcome", "eaten", "Choose how the case ended."),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_sentence(
    office: Office, form: str, field: str, typed: str, sentence: str
) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    answer = await visitor.send(page, form, None, **{field: typed})
    assert answer.status == 422
    assert sentence in answer.words
    if field != "outcome":
        assert answer.form(form).fields[field] == typed


async def test_texts_are_shown_as_texts(office: Office) -> None:
    person, visitor = await office.hire("<i>Leyla</i> & \u05d0")
    case, page = await claimed(office, visitor)
    await worker_writes(office.runtime, NASTY.replace("\x00", ""))
    await worker_writes(office.runtime, Unsupported("<b>sticker</b>"))
    await visitor.send(page, "/note", note=NASTY)
    await visitor.send(page, "/reply", text=NASTY)
    page = await visitor.get(f"/desk/cases/{case.id}")
    shown = escape("<script>alert(1)</script> \"'&amp; ", quote=False)
    shown = shown.replace('"', "&#34;").replace("'", "&#39;") + "\u202egpj.exe"
    assert page.text.count(f'dir="auto">{shown}') == 3  # each in a place of its own direction
    for mark in ("<script>alert", "<b>sticker", "<i>Leyla", "\x00"):
        assert mark not in page.text
    assert escape(person.name) in page.text
    reply, note = (await said(office.runtime, case))[-1], page
    assert "\x07" not in reply.body
    assert "\x07" not in note.form("/note").fields["note"]


async def test_a_worker_who_waits_is_marked(office: Office) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    waits = "The worker is waiting for your answer"
    assert waits in (await visitor.get("/desk/")).words
    await visitor.send(page, "/reply", text="Hello")
    assert waits not in (await visitor.get("/desk/")).words
    await worker_writes(office.runtime, "Are you there?")
    assert waits in (await visitor.get("/desk/")).words


async def test_our_notices_in_the_workers_language_are_explained(office: Office) -> None:
    _, visitor = await office.hire()
    case = await a_waiting_case(office.runtime, language="fa")
    page = await visitor.send(await visitor.get("/desk/"), "/claim")
    assert 'lang="fa" dir="rtl">یک وکیل پرونده' in page.text
    assert f"It says: A lawyer has taken your case {case.code}." in page.words


# -- giving back, closing, opening again -------------------------------------------------------


async def test_a_case_that_is_given_back_waits_again_with_its_note(office: Office) -> None:
    (_, leyla), (_, kamran) = await office.hire("Leyla"), await office.hire("Kamran")
    case, page = await claimed(office, leyla)
    front = await leyla.send(page, "/release", handover="Call the employer first")
    assert "The case is back in the queue." in front.words
    page = await kamran.send(await kamran.get("/desk/"), "/claim")
    assert "Call the employer first" in page.words
    assert (await leyla.get(f"/desk/cases/{case.id}")).status == 404


async def test_a_closed_case_can_be_opened_again(office: Office) -> None:
    _, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    page = await visitor.send(page, "/close", outcome="negotiated")
    assert "Settled with the other side" in page.words
    assert not page.offers("/reply")
    assert case.code in (await visitor.get("/desk/")).words
    page = await visitor.send(page, "/reopen")
    assert page.offers("/reply")


async def test_a_reply_to_a_case_that_moved_on_gives_the_text_back(office: Office) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    await visitor.send(page, "/close", outcome="advice")
    answer = await visitor.send(page, "/reply", text="One more thing")
    assert answer.status == 409
    assert "One more thing" in answer.text


def test_every_outcome_has_words() -> None:
    from bot.desk.phrases import OUTCOMES

    assert tuple(OUTCOMES) == (*states.OUTCOMES, states.DUPLICATE)


# -- files -------------------------------------------------------------------------------------


async def test_a_lawyer_sends_a_file(office: Office) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    page = await visitor.send(page, "/reply", ("C:\\my letter\u202efdp.exe", PDF), text="")
    assert "Open my letterfdp.exe.pdf" in page.words
    address = page.text.split('class="file-link" href="')[1].split('"')[0]
    answer = await visitor.get(address)
    assert answer.text.encode() == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "letter" not in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "content",
    [b"", b"<html><script>alert(1)</script>", b"MZ" + bytes(60), b"just text", b"PK\x03\x04" * 9],
)
async def test_files_of_other_kinds_are_refused_and_the_text_kept(
    office: Office, content: bytes
) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    answer = await visitor.send(page, "/reply", ("photo.jpg", content), text="See this")
    assert answer.status == 422
    assert "This kind of file cannot be sent" in answer.words
    assert answer.form("/reply").fields["text"] == "See this"


async def test_a_file_that_is_too_large_is_refused_and_the_text_kept(office: Office) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    large = PDF + bytes(MAX_FILE_BYTES)
    answer = await visitor.send(page, "/reply", ("a.pdf", large), text="See this")
    assert answer.status == 422
    assert "This file is too large" in answer.words
    assert answer.form("/reply").fields["text"] == "See this"


async def test_a_body_that_is_too_large_is_not_read(office: Office) -> None:
    _, visitor = await office.hire()
    case, page = await claimed(office, visitor)
    before = await said(office.runtime, case)
    large = PDF + bytes(MAX_BODY_BYTES)
    answer = await visitor.send(page, "/reply", ("a.pdf", large), text="See this")
    assert answer.status == 413
    answer = await visitor.send(page, "/note", note="x" * 300_000)
    assert answer.status == 413
    assert await said(office.runtime, case) == before


async def test_a_body_of_untold_size_is_read_only_so_far(office: Office) -> None:
    _, visitor = await office.hire()
    _, page = await claimed(office, visitor)
    form = page.form("/reply")

    async def body() -> AsyncIterator[bytes]:
        for name, value in form.fields.items():
            head = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
            yield f"{head}{value}\r\n".encode()
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
        for _ in range(MAX_BODY_BYTES // 65536 + 1):
            yield bytes(65536)
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await visitor.ask("POST", form.action, data=body(), headers=headers)
    assert answer.status == 413


@pytest.mark.parametrize(
    ("media_type", "shown_as", "disposition"),
    [
        ("image/png", "image/png", "inline"),
        ("text/html", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
    ],
)
async def test_only_harmless_kinds_are_shown_by_the_browser(
    office: Office, media_type: str, shown_as: str, disposition: str
) -> None:
    _, visitor = await office.hire()
    case, _ = await claimed(office, visitor)
    file = await worker_writes(office.runtime, FileIn("photo", media_type, "ali.html", PNG))
    assert file is not None
    answer = await visitor.get(f"/desk/cases/{case.id}/files/{file.id}")
    assert answer.headers["Content-Type"] == shown_as
    assert answer.headers["Content-Disposition"].startswith(disposition)
    assert "ali" not in answer.headers["Content-Disposition"]


async def test_a_player_gets_the_part_that_it_asks_for(office: Office) -> None:
    _, visitor = await office.hire()
    case, _ = await claimed(office, visitor)
    file = await worker_writes(office.runtime, FileIn("voice", "audio/ogg", "v", b"0123456789"))
    assert file is not None
    address = f"/desk/cases/{case.id}/files/{file.id}"
    for wanted, status, text, where in (
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=8-", 206, "89", "bytes 8-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=5-99", 206, "56789", "bytes 5-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=nonsense", 200, "0123456789", None),
    ):
        answer = await visitor.get(address, Range=wanted)
        assert (answer.status, answer.text) == (status, text)
        assert answer.headers.get("Content-Range") == where


async def test_files_of_another_case_are_not_found(office: Office) -> None:
    _, visitor = await office.hire()
    one, _ = await claimed(office, visitor, "one")
    two, _ = await claimed(office, visitor, "two")
    file = await worker_writes(
        office.runtime, FileIn("photo", "image/png", "p.png", PNG), who="one"
    )
    assert file is not None
    assert (await visitor.get(f"/desk/cases/{one.id}/files/{file.id}")).status == 200
    assert (await visitor.get(f"/desk/cases/{two.id}/files/{file.id}")).status == 404
    assert (await visitor.get(f"/desk/cases/{one.id}/files/{file.id + 1}")).status == 404


# -- live --------------------------------------------------------------------------------------


async def test_a_change_is_told_without_data(office: Office) -> None:
    _, visitor = await office.hire()
    case, _ = await claimed(office, visitor)
    async with visitor.client.get(f"/desk/live?case={case.id}") as events:
        assert events.headers["Content-Type"] == "text/event-stream"
        await worker_writes(office.runtime, "secret words")
        told = await events.content.readuntil(b"\r\n\r\n")
    assert told == b"data: changed\r\n\r\n"


async def test_a_live_page_ends_with_a_conflict_of_interest(office: Office) -> None:
    person, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    await visitor.opens(case.id)
    async with visitor.client.get(f"/desk/live?case={case.id}") as events:
        with office.runtime.changes.listen(f"case:{case.id}") as bell:
            await conflicts.declare(office.runtime, person, case.id, conflict=True)
            assert bell.is_set()  # at once, not when a page looks by itself
        async with asyncio.timeout(60):
            assert b"changed" in await events.content.read()  # to the end


async def test_a_live_page_learns_that_its_session_ended(office: Office) -> None:
    person, visitor = await office.hire()
    case, _ = await claimed(office, visitor)
    async with visitor.client.get(f"/desk/live?case={case.id}") as events:
        await staff.disable(office.runtime, person)
        await worker_writes(office.runtime, "secret words")
        told = await events.content.read()
    assert told == b"data: signed-out\r\n\r\n"


@pytest.mark.parametrize("case", ["1000", "x", "", "1" * 30, "¹"])
async def test_nobody_listens_to_a_case_that_is_not_theirs(office: Office, case: str) -> None:
    _, visitor = await office.hire()
    assert (await visitor.get(f"/desk/live?case={case}")).status == 404


async def test_open_streams_do_not_hold_up_the_end(office: Office) -> None:
    _, visitor = await office.hire()
    async with visitor.client.get("/desk/live") as events:
        async with asyncio.timeout(30):
            await office.server.close()
        assert await events.content.read() == b""
