"""The pages of the office at the desk: conflicts, take next, hand-over, search, board, staff."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.casework import cases, clocks, holding
from bot.desk.routes import ANNOUNCEMENT, STAFF_ROUTES, StaffRoute
from bot.messages import FileIn
from bot.office import notices, staff
from bot.runtime import Runtime
from storage.outreach import is_unsafe
from storage.records import Attachment, Role
from tests.conftest import Clock
from tests.talk import PNG
from tests.test_desk import path_of
from tests.visitors import (
    DeskVisitor,
    Office,
    Page,
    a_waiting_case,
    against,
    open_office,
    small_house,
    worker_writes,
)

OPPONENT = "Canary Construction MMC"
WORDS = "canary-words-of-the-worker"


@pytest.fixture
async def runtime(tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    """The house with small content, and not a small office."""
    async with small_house(tmp_path, clock) as runtime:
        yield replace(runtime, settings=replace(runtime.settings, small_office=False))


@pytest.fixture
async def office(runtime: Runtime) -> AsyncIterator[Office]:
    async with open_office(runtime) as office:
        yield office


# -- conflict of interest ----------------------------------------------------------------------


async def test_conflict_is_asked_before_anything_is_shown(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    await worker_writes(office.runtime, WORDS)
    await against(office.runtime, case, OPPONENT)
    _, visitor = await office.hire()
    page = await visitor.get(f"/desk/cases/{case.id}")
    assert page.path == f"/desk/cases/{case.id}/conflict"
    for shown in (case.code, OPPONENT, "Wages", "English", "Region"):
        assert shown in page.words
    for hidden in (WORDS, "What the worker answered"):
        assert hidden not in page.text
    page = await visitor.send(page, "/conflict", answer="none")
    assert page.path == f"/desk/cases/{case.id}"
    assert "What the worker answered" in page.words


async def test_a_card_names_the_other_side_before_it_is_claimed(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    await against(office.runtime, case, OPPONENT)
    _, visitor = await office.hire()
    front = await visitor.get("/desk/")
    assert f"Other side: {OPPONENT}" in front.words
    assert "no conflict of interest with the other side" in front.words
    assert (await visitor.send(front, f"/{case.id}/claim")).path == f"/desk/cases/{case.id}"


async def test_a_name_that_came_after_the_page_is_asked_about(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    _, visitor = await office.hire()
    front = await visitor.get("/desk/")
    await against(office.runtime, case, OPPONENT)
    page = await visitor.send(front, f"/{case.id}/claim")
    assert page.path == f"/desk/cases/{case.id}/conflict"
    await against(office.runtime, case, f"{OPPONENT}; Another Company")
    page = await visitor.send(page, "/conflict", answer="none")
    assert "Another Company" in page.words
    page = await visitor.send(page, "/conflict", answer="none")
    assert page.path == f"/desk/cases/{case.id}"


async def test_an_answer_that_is_none_of_ours_is_refused(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    _, visitor = await office.hire()
    assert (await visitor.opens(case.id, says="perhaps")).status == 404
    assert (await visitor.get(f"/desk/cases/{case.id}")).path.endswith("/conflict")


@pytest.mark.parametrize("role", [Role.LAWYER, Role.COORDINATOR])
@pytest.mark.parametrize("held", [False, True], ids=["waiting", "held"])
async def test_the_barred_see_nothing_at_any_address(
    office: Office, clock: Clock, role: Role, held: bool
) -> None:
    """Every route with every form it may take: what comes back is what an absent case gives."""
    holder, _ = await office.hire("Kamran")
    person, visitor = await office.hire("Leyla", role=role)
    case = await a_waiting_case(office.runtime, urgency="U0")
    await against(office.runtime, case, OPPONENT)
    file = await worker_writes(office.runtime, FileIn("photo", "image/png", "p.png", PNG))
    await visitor.opens(case.id, says="conflict")
    if held:
        await cases.claim(office.runtime, holder, case.id)
        await worker_writes(office.runtime, WORDS)
    clock.forward(minutes=40)
    await clocks.tick(office.runtime)
    key = (await visitor.get("/desk/")).form("/sign-out").fields["form_key"]
    for route in STAFF_ROUTES:
        if role not in route.roles or "sign-out" in route.path:
            continue
        if route.path == f"{ANNOUNCEMENT}/live":  # of no case, and it would stream for ever
            continue
        ours, absent = [
            await _visit(visitor, route, key, number, file, code)
            for number, code in ((case.id, case.code), (case.id + 1000, "XXXXX"))
        ]
        for canary in (case.code, OPPONENT, WORDS):
            assert canary not in ours.text.replace(f'value="{case.code}"', ""), route.path
        assert ours.status == absent.status, route.path
        if "{case_id" in route.path:
            assert ours.text == absent.text, route.path
    assert await notices.list_unread(office.runtime, person) == []
    sent = await notices.undelivered(office.runtime, "telegram", [person.id])
    assert [notice for notice in sent if notice.case_id == case.id] == []


async def _visit(
    visitor: DeskVisitor,
    route: StaffRoute,
    key: str,
    case_id: int,
    file: Attachment | None,
    code: str,
) -> Page:
    path = path_of(route, case_id, file.id if file else 1)
    if route.path == "/live":
        path = f"{path}?case={case_id}"
    if route.path == "/search":
        path = f"{path}?code={code}"
    fields = {"form_key": key, "form_id": "f" * 20, "text": "x", "note": "x", "answer": "none"}
    fields |= {"handover": "x", "reason": "x", "outcome": "advice", "colleague": "1"}
    fields |= {"into": code, "turn": "active", "name": "x", "action": "1", "language": "en"}
    data = fields if route.method == "POST" else None
    return await visitor.ask(route.method, path, data=data)


# -- take next, hand over, wait ----------------------------------------------------------------


async def test_take_next_leads_to_the_question_of_conflict(office: Office) -> None:
    await a_waiting_case(office.runtime, "one", urgency="U2")
    urgent = await a_waiting_case(office.runtime, "two", urgency="U1")
    _, visitor = await office.hire()
    page = await visitor.send(await visitor.get("/desk/"), "/next")
    assert page.path == f"/desk/cases/{urgent.id}/conflict"
    page = await visitor.send(page, "/conflict", answer="none")
    assert page.offers("/reply")


async def test_take_next_says_when_nothing_fits(office: Office) -> None:
    _, visitor = await office.hire()
    page = await visitor.send(await visitor.get("/desk/"), "/next")
    assert "Nothing is waiting that fits you" in page.words


async def test_a_lawyer_with_enough_cases_is_told_so(office: Office, runtime: Runtime) -> None:
    capped = replace(runtime, settings=replace(runtime.settings, case_cap=1))
    async with open_office(capped) as small_cap:
        await a_waiting_case(runtime, "one")
        await a_waiting_case(runtime, "two")
        _, visitor = await small_cap.hire()
        await visitor.send(await visitor.get("/desk/"), "/next")
        page = await visitor.send(await visitor.get("/desk/"), "/next")
    assert page.status == 409
    assert "at most 1 open cases" in page.words


async def test_a_case_is_handed_over_and_accepted(office: Office) -> None:
    (_, leyla), (kamran, other) = await office.hire("Leyla"), await office.hire("Kamran")
    case = await a_waiting_case(office.runtime)
    await leyla.send(await leyla.get("/desk/"), f"/{case.id}/claim")
    page = await leyla.get(f"/desk/cases/{case.id}/handling")
    assert "Kamran" in page.words
    again = await leyla.send(page, "/offer", colleague=str(kamran.id), handover=" ")
    assert (again.status, "must know" in again.words) == (422, True)
    await leyla.send(page, "/offer", colleague=str(kamran.id), handover="All is in the chat")
    asked = f"You asked Kamran to take over {case.code}"
    assert asked in (await leyla.get("/desk/")).words
    front = await other.get("/desk/")
    assert "News: 1" in front.words
    assert f"Leyla asks you to take over {case.code}" in front.words
    page = await other.send(front, "/accept")
    page = await other.send(page, "/conflict", answer="none")
    assert "All is in the chat" in page.words
    assert (await leyla.get(f"/desk/cases/{case.id}")).status == 404
    assert asked not in (await leyla.get("/desk/")).words
    assert "your colleague has taken it over" in (await leyla.get("/desk/notices")).words


async def test_what_was_written_is_given_back_when_the_case_went_to_another(
    office: Office,
) -> None:
    leyla, visitor = await office.hire("Leyla")
    kamran, _ = await office.hire("Kamran")
    leader, _ = await office.hire("Aysel", role="coordinator")
    case = await a_waiting_case(office.runtime)
    await cases.claim(office.runtime, leyla, case.id, declares=True)
    page = await visitor.get(f"/desk/cases/{case.id}")
    await against(office.runtime, case, OPPONENT)
    asked = await visitor.send(page, "/reply", text="a long answer")
    assert (asked.status, "a long answer" in asked.text) == (409, True)
    assert f'href="/desk/cases/{case.id}/conflict"' in asked.text
    await visitor.opens(case.id)
    page = await visitor.get(f"/desk/cases/{case.id}")
    await holding.reassign(office.runtime, leader, case.id, kamran.id, "she is ill")
    lost = await visitor.send(page, "/note", note="a long note")
    assert (lost.status, "a long note" in lost.text) == (404, True)


async def test_an_offer_that_is_declined_stays(office: Office) -> None:
    (_, leyla), (kamran, other) = await office.hire("Leyla"), await office.hire("Kamran")
    case = await a_waiting_case(office.runtime)
    await leyla.send(await leyla.get("/desk/"), f"/{case.id}/claim")
    page = await leyla.get(f"/desk/cases/{case.id}/handling")
    await leyla.send(page, "/offer", colleague=str(kamran.id), handover="note")
    front = await other.get("/desk/")
    form = front.form(f"/{case.id}/accept")
    await other.post(f"/desk/cases/{case.id}/decline", **form.fields)
    assert "asks you to take over" not in (await other.get("/desk/")).words
    assert (await leyla.get(f"/desk/cases/{case.id}")).status == 200


async def test_the_turn_of_a_case_is_set_and_shown(office: Office) -> None:
    _, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    page = await visitor.send(await visitor.get("/desk/"), f"/{case.id}/claim")
    await visitor.send(page, "/reply", text="Please send the contract")
    page = await visitor.get(f"/desk/cases/{case.id}/handling")
    await visitor.send(page, "/wait", turn="waiting_worker")
    assert "We wait for the worker" in (await visitor.get("/desk/")).words
    await worker_writes(office.runtime, "Here it is")
    assert "We wait for the worker" not in (await visitor.get("/desk/")).words
    assert (await visitor.send(page, "/wait", turn="closed")).status == 404


async def test_a_lawyer_says_whom_a_message_could_endanger(office: Office) -> None:
    _, visitor = await office.hire()
    _, other = await office.hire("Kamran")
    case = await a_waiting_case(office.runtime)
    await visitor.send(await visitor.get("/desk/"), f"/{case.id}/claim")
    page = await visitor.get(f"/desk/cases/{case.id}/handling")
    page = await visitor.send(page, "/unsafe", unsafe="yes")
    assert "the bot never writes first" in page.words
    unsafe = partial(is_unsafe, worker_id=case.worker_id)
    assert await office.runtime.database.read(unsafe)
    await visitor.send(page, "/unsafe", unsafe="no")
    assert not await office.runtime.database.read(unsafe)
    assert (await other.post(f"/desk/cases/{case.id}/unsafe", unsafe="yes")).status != 200
    assert not await office.runtime.database.read(unsafe)


async def test_labels_are_found_by_search(office: Office) -> None:
    _, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    await visitor.send(await visitor.get("/desk/"), f"/{case.id}/claim")
    page = await visitor.get(f"/desk/cases/{case.id}/handling")
    page = await visitor.send(
        page, "/labels", opponent=OPPONENT, region="ganja", tags="Night Shift, wages"
    )
    assert page.status == 200
    found = await visitor.get("/desk/search?tag=night-shift")
    for shown in ("Found: 1", case.code, OPPONENT, "Ganja-Dashkasan"):
        assert shown in found.words
    assert "Found: 0" in (await visitor.get("/desk/search?tag=other")).words
    for fields in (
        {"tags": "<b>"},
        {"tags": ",".join("abcdefghijk")},
        {"region": "mars"},
        {"opponent": "x" * 201},
    ):
        labels = {"opponent": OPPONENT, "region": "ganja", "tags": "", **fields}
        assert (await visitor.send(page, "/labels", None, **labels)).status == 422


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=99999999999",
        "page=-1",
        "priority=7",
        "priority=x",
        "state=nonsense",
        "from=yesterday&to=2026-02-30",
        "from=0001-01-01",
        "to=9999-12-31",
        "code=%25%27%22%3Cscript%3E",
        "text=%00%00",
        "tag=" + "x" * 5000,
    ],
)
async def test_nonsense_asks_nothing_of_a_list(office: Office, query: str) -> None:
    await a_waiting_case(office.runtime)
    _, visitor = await office.hire(role="coordinator")
    for path in ("/desk/", "/desk/search", "/desk/board"):
        page = await visitor.get(f"{path}?{query}")
        assert page.status == 200
        assert "<script>" not in page.text.replace('<script src="/desk/static', "")


async def test_the_queue_is_filtered_and_paged(office: Office) -> None:
    _, visitor = await office.hire()
    urgent = await a_waiting_case(office.runtime, "u", urgency="U1", language="fa")
    for n in range(51):
        await a_waiting_case(office.runtime, str(n), urgency="U3")
    front = await visitor.get("/desk/")
    assert "Page 1 of 2" in front.words
    assert "52" in front.words
    filtered = await visitor.get("/desk/?priority=1&reads=fa")
    assert urgent.code in filtered.words
    assert "Page" not in filtered.words
    second = await visitor.get("/desk/?page=2")
    assert urgent.code not in second.words
    assert second.text.count("/claim") == 2


async def test_today_lists_what_is_due_and_who_waits(office: Office, clock: Clock) -> None:
    _, visitor = await office.hire()
    case = await a_waiting_case(office.runtime, urgency="U1")
    page = await visitor.send(await visitor.get("/desk/"), f"/{case.id}/claim")
    words = (await visitor.get("/desk/")).words
    assert "Due today or overdue" in words
    await visitor.send(page, "/reply", text="Hello")
    await worker_writes(office.runtime, "Thank you")
    assert "Waiting for your answer" in (await visitor.get("/desk/")).words


async def test_danger_shows_the_clock_of_the_law(office: Office, clock: Clock) -> None:
    await a_waiting_case(office.runtime, urgency="U0")
    _, visitor = await office.hire()
    assert "24-hour duty: 23 hr left" in (await visitor.get("/desk/")).words
    clock.now += timedelta(hours=11)
    assert "24-hour duty: 12 hr left" in (await visitor.get("/desk/")).words


# -- the coordinator ---------------------------------------------------------------------------


async def test_the_board_counts_each_lawyers_load(office: Office) -> None:
    (_, leyla), (_, leader) = await office.hire("Leyla"), await office.hire("Aysel", "coordinator")
    case = await a_waiting_case(office.runtime)
    await a_waiting_case(office.runtime, "two")
    await leyla.send(await leyla.get("/desk/"), f"/{case.id}/claim")
    words = (await leader.get("/desk/board")).words
    assert "Waiting for a lawyer: 1, overdue: 0" in words
    assert "Leyla 1 (1 of 60) 1 0" in words


async def test_a_coordinator_reassigns_and_merges_at_the_desk(office: Office) -> None:
    (_, leyla), (kamran, _) = await office.hire("Leyla"), await office.hire("Kamran")
    _, leader = await office.hire("Aysel", "coordinator")
    one, two = [await a_waiting_case(office.runtime, who) for who in ("one", "two")]
    await leyla.send(await leyla.get("/desk/"), f"/{one.id}/claim")
    await leader.opens(one.id)
    page = await leader.get(f"/desk/cases/{one.id}/handling")
    fields = {"colleague": str(kamran.id)}
    assert (await leader.send(page, "/reassign", None, reason="", **fields)).status == 422
    page = await leader.send(page, "/reassign", None, reason="Leyla is ill", **fields)
    assert page.path == "/desk/board"
    assert "With Kamran" in page.words
    await leader.opens(two.id)
    page = await leader.get(f"/desk/cases/{two.id}/handling")
    wrong = await leader.send(page, "/merge", into="ZZZZZ", reason="same")
    assert "There is no such open case" in wrong.words
    page = await leader.send(page, "/merge", into=one.code, reason="the same person")
    found = await leader.get(f"/desk/search?code={two.code}")
    assert "The same as another case" in found.words


async def test_staff_are_hired_changed_and_let_go_at_the_desk(office: Office) -> None:
    leader, visitor = await office.hire("Aysel", "coordinator")
    first = await visitor.get("/desk/staff")
    page = await visitor.send(first, "/staff", name="Rauf", role="lawyer", language="az")
    twice = await visitor.send(first, "/staff", name="Rauf", role="lawyer", language="az")
    assert (twice.status, "Rauf" in twice.words) == (200, True)  # a double click
    link = page.text.split("/desk/sign-in/")[1].split("<")[0]
    rauf = await office.visitor()
    assert (await rauf.post(f"/desk/sign-in/{link}")).path == "/desk/"
    person = await staff.find(office.runtime, "Rauf")
    again = await visitor.send(page, "/staff", name="Rauf", role="lawyer", language="az")
    assert "Somebody has this name already" in again.words
    assert 'value="Rauf"' in again.text
    await visitor.send(page, f"/{person.id}/role", role="lawyer")
    assert (await rauf.get("/desk/")).path == "/desk/"  # nothing has changed
    await visitor.send(page, f"/{person.id}/role", role="outreach")
    assert (await staff.find(office.runtime, "Rauf")).role is Role.OUTREACH
    assert (await rauf.get("/desk/")).path == "/desk/signed-out"  # the old role's session ended
    await visitor.send(page, f"/{person.id}/dismiss")
    assert (await staff.find(office.runtime, "Rauf")).disabled
    key = page.form("/sign-out").fields
    own = await visitor.post(f"/desk/staff/{leader.id}/role", role="admin", **key)
    assert "You cannot do this with yourself" in own.words


async def test_an_administrator_manages_staff_and_sees_no_case(office: Office) -> None:
    case = await a_waiting_case(office.runtime)
    _, visitor = await office.hire("Rauf", "admin")
    assert (await visitor.get("/desk/staff")).status == 200
    for path in ("/desk/search", "/desk/board", "/desk/actions", f"/desk/cases/{case.id}"):
        assert (await visitor.get(path)).status == 404
    assert case.code not in (await visitor.get("/desk/")).text


async def test_an_administrator_cannot_come_in_as_who_reads_cases(office: Office) -> None:
    leyla, _ = await office.hire("Leyla")
    sevda, _ = await office.hire("Sevda", "outreach")
    _, visitor = await office.hire("Rauf", "admin")
    page = await visitor.get("/desk/staff")
    assert not page.offers(f"/{leyla.id}/link")
    assert not page.offers(f"/{sevda.id}/link")
    assert '<option value="">lawyer</option>' in page.text  # Save alone changes nobody's role
    key = page.form("/sign-out").fields
    tries = [
        (f"/desk/staff/{leyla.id}/link", {}),
        (f"/desk/staff/{sevda.id}/link", {}),
        (f"/desk/staff/{sevda.id}/role", {"role": "lawyer"}),
        ("/desk/staff", {"name": "Nobody", "role": "lawyer", "language": "en"}),
    ]
    for path, fields in tries:
        refused = await visitor.post(path, **fields, **key)
        assert refused.status == 422, path
        assert "Only a coordinator lets in" in refused.words
        assert "/desk/sign-in/" not in refused.text
    made = await visitor.send(page, "/staff", name="Tural", role="outreach", language="en")
    assert "/desk/sign-in/" in made.text


async def test_a_link_that_somebody_else_made_is_told_to_whose_it_is(office: Office) -> None:
    leyla, at_her_desk = await office.hire("Leyla")
    _, visitor = await office.hire("Aysel", "coordinator")
    await visitor.send(await visitor.get("/desk/staff"), f"/{leyla.id}/link")
    assert "A link that signs you in was made" in (await at_her_desk.get("/desk/notices")).words


async def test_duty_and_office_days_are_set_at_the_desk(office: Office) -> None:
    leyla, _ = await office.hire("Leyla")
    _, visitor = await office.hire("Aysel", "coordinator")
    page = await visitor.get("/desk/duty")
    await visitor.post("/desk/duty", **{**page.form("/duty").fields, "person": str(leyla.id)})
    assert f'<option value="{leyla.id}" selected>' in (await visitor.get("/desk/duty")).text
    assert "on duty" in (await visitor.get("/desk/board")).words
    await visitor.send(page, "/duty/days", day="2026-11-24", works="closed")
    assert "November 24, 2026: closed" in (await visitor.get("/desk/duty")).words
    for fields in ({"day": "soon", "person": ""}, {"person": "999"}, {"person": "x"}):
        wrong = {**page.form("/duty").fields, **fields}
        assert (await visitor.post("/desk/duty", **wrong)).status == 422


# -- joint actions -----------------------------------------------------------------------------


async def test_cases_join_an_action_with_the_yes_of_each_worker(office: Office) -> None:
    (_, leyla), (_, kamran) = await office.hire("Leyla"), await office.hire("Kamran")
    _, leader = await office.hire("Aysel", "coordinator")
    one, two = [await a_waiting_case(office.runtime, who) for who in ("one", "two")]
    await leyla.send(await leyla.get("/desk/"), f"/{one.id}/claim")
    await kamran.send(await kamran.get("/desk/"), f"/{two.id}/claim")
    page = await leyla.get(f"/desk/cases/{one.id}/handling")
    page = await leyla.send(page, "/action", name="Wages of the spring")
    assert "Wages of the spring" in page.words
    page = await kamran.get(f"/desk/cases/{two.id}/handling")
    page = await kamran.send(page, "/join", action="1")
    assert "The worker has to be asked" in page.words
    page = await kamran.send(page, "/join/answer", answer="yes")
    assert "The worker takes part" in page.words
    page = await kamran.get("/desk/actions/1")
    assert one.code in page.words
    assert f"/desk/cases/{one.id}" not in page.text  # chats stay apart
    page = await kamran.send(page, "/steps", step="Letter to the inspectorate")
    assert "Letter to the inspectorate" in (await leyla.get("/desk/actions/1")).words
    assert (await kamran.send(page, "/steps", step=" ")).status == 422
    await leader.send(await leader.get("/desk/actions/1"), "/strategic", strategic="yes")
    assert "strategic" in (await leyla.get("/desk/actions")).words
    await leader.opens(one.id, says="conflict")
    assert (await leader.get("/desk/actions/1")).status == 404
    assert "Wages of the spring" not in (await leader.get("/desk/actions")).words
    # it was a mistake: another coordinator lifts the bar, and says why
    _, other = await office.hire("Rena", "coordinator")
    await other.opens(one.id)
    page = await other.get(f"/desk/cases/{one.id}/handling")
    assert "Barred for a conflict of interest" in page.words
    assert (await other.send(page, "/lift-bar", reason=" ")).status == 422
    page = await other.send(page, "/lift-bar", reason="Another company of that name")
    assert not page.offers("/lift-bar")
    assert "Wages of the spring" in (await leader.get("/desk/actions")).words


# -- notices -----------------------------------------------------------------------------------


async def test_news_is_counted_listed_and_seen(office: Office) -> None:
    person, visitor = await office.hire()
    case = await a_waiting_case(office.runtime)
    assert "News: 1" in (await visitor.get("/desk/")).words
    page = await visitor.get("/desk/notices")
    assert f"{case.code} · P2 · English · Wages" in page.words
    page = await visitor.send(page, "/notices/seen")
    assert "There is no news" in page.words
    assert [n.kind for n in await notices.list_unread(office.runtime, person)] == []
