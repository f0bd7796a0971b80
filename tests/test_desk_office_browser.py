"""The office's pages in a real browser: a lawyer's morning, a coordinator's board; axe on each.

`pytest tests/test_desk_office_browser.py --pictures` also renews the pictures of docs/lawyers.md.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.casework import cases, conflicts, holding
from bot.office import roster, staff
from bot.runtime import Runtime
from flows.compute import local_day
from storage.records import Case, Staff
from tests.conftest import Clock
from tests.pages import DESKTOP, PHONE, assert_accessible, picture, signed_in
from tests.test_desk_browser import ANSWERS
from tests.visitors import Office, a_waiting_case, against, open_office, small_house, worker_writes

pytestmark = pytest.mark.browser


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with small_house(tmp_path, clock) as small:
        big = replace(small, settings=replace(small.settings, small_office=False))
        async with open_office(big) as office:
            yield office


async def people(runtime: Runtime) -> tuple[Staff, Staff, Staff]:
    """Two lawyers and their coordinator."""
    leyla = await staff.add(runtime, "Leyla", "lawyer")
    kamran = await staff.add(runtime, "Kamran", "lawyer")
    return leyla, kamran, await staff.add(runtime, "Aysel", "coordinator")


async def a_morning(runtime: Runtime, leyla: Staff, kamran: Staff, clock: Clock) -> list[Case]:
    """An office with something of everything."""
    urgencies = (("one", "U2", "fa"), ("two", "U0", "en"), ("three", "U1", "en"))
    made = [
        await a_waiting_case(runtime, who, urgency=urgency, language=language, answers=ANSWERS)
        for who, urgency, language in urgencies
    ]
    await against(runtime, made[2], "Xəzər İnşaat MMC")
    mine = await a_waiting_case(runtime, "four", urgency="U1", language="fa")
    await cases.claim(runtime, leyla, mine.id)
    await cases.reply(runtime, leyla, mine.id, "Hello", form_id="a" * 20)
    await worker_writes(runtime, "سلام", "four")
    theirs = await a_waiting_case(runtime, "five", urgency="U3")
    await cases.claim(runtime, kamran, theirs.id)
    await holding.offer(runtime, kamran, theirs.id, leyla.id, "I am on leave from tomorrow")
    clock.forward(minutes=25)
    return [*made, mine, theirs]


async def test_a_lawyer_takes_the_next_case_and_says_that_there_is_no_conflict(
    office: Office, browser: Browser, clock: Clock, request: pytest.FixtureRequest
) -> None:
    leyla, kamran, _ = await people(office.runtime)
    made = await a_morning(office.runtime, leyla, kamran, clock)
    page = await signed_in(office, browser, leyla, viewport=DESKTOP)
    await page.locator("summary", has_text="Today").click()
    await expect(page.get_by_role("heading", name="Waiting for your answer")).to_be_visible()
    await picture(page, "desk-morning", request.config)
    await page.get_by_role("button", name="Take the next case").click()
    await expect(page.get_by_role("heading", name="conflict of interest")).to_be_visible()
    assert page.url.endswith(f"/desk/cases/{made[1].id}/conflict")  # danger comes first
    await page.get_by_role("button", name="No conflict").click()
    await expect(page.get_by_label("Write to the worker")).to_be_visible()
    await page.goto(f"/desk/cases/{made[2].id}")
    await expect(page.get_by_text("Xəzər İnşaat MMC")).to_be_visible()
    await picture(page, "desk-conflict", request.config)
    await page.get_by_role("button", name="I have a conflict").click()
    await expect(page.get_by_text("You will not see that case any more")).to_be_visible()
    await expect(page.get_by_text(made[2].code)).to_have_count(0)


async def test_news_comes_by_itself_and_an_offer_is_taken(
    office: Office, browser: Browser, clock: Clock
) -> None:
    leyla, kamran, _ = await people(office.runtime)
    page = await signed_in(office, browser, leyla, viewport=PHONE)
    await expect(page.get_by_role("link", name="News: 0")).to_be_visible()
    made = await a_morning(office.runtime, leyla, kamran, clock)
    await expect(page.get_by_role("link", name="News: 0")).to_have_count(0)
    await page.get_by_role("button", name=f"Take over {made[4].code}").click()
    await page.get_by_role("button", name="No conflict").click()
    await expect(page.get_by_text("I am on leave from tomorrow")).to_be_visible()


async def test_search_and_board_show_what_was_asked(
    office: Office, browser: Browser, clock: Clock, request: pytest.FixtureRequest
) -> None:
    leyla, kamran, leader = await people(office.runtime)
    made = await a_morning(office.runtime, leyla, kamran, clock)
    await roster.set_duty(office.runtime, leader, local_day(clock.now), kamran.id)
    page = await signed_in(office, browser, leader, viewport=DESKTOP)
    await page.get_by_role("link", name="Search").click()
    await page.get_by_label("Case number").fill(made[0].code[:3].lower())
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text(made[0].code)).to_be_visible()
    await picture(page, "desk-search", request.config)
    await page.get_by_role("link", name="Board").click()
    await expect(page.get_by_role("row", name="Kamran")).to_be_visible()
    await picture(page, "desk-board", request.config)


async def test_a_coordinator_lifts_a_bar_and_leads_a_joint_action(
    office: Office, browser: Browser, clock: Clock, request: pytest.FixtureRequest
) -> None:
    leyla, kamran, leader = await people(office.runtime)
    made = await a_morning(office.runtime, leyla, kamran, clock)
    await conflicts.declare(office.runtime, kamran, made[2].id, conflict=True)
    for lawyer, case in ((leyla, made[0]), (leader, made[1])):
        await cases.claim(office.runtime, lawyer, case.id, declares=True)
    page = await signed_in(office, browser, leader, viewport=DESKTOP)
    await page.goto(f"/desk/cases/{made[2].id}")
    await page.get_by_role("button", name="No conflict").click()
    await page.get_by_role("link", name="Hand over").click()
    barred = page.locator("section", has=page.get_by_role("heading", name="Barred for a conflict"))
    await barred.get_by_label("Why?").fill("Another company of the same name")
    await picture(page, "desk-lift-bar", request.config)
    await barred.get_by_role("button", name="Kamran").click()
    await expect(barred).to_have_count(0)
    await page.goto(f"/desk/cases/{made[1].id}/handling")
    await page.get_by_label("Name of the action").fill("Builders of Binəqədi")
    await page.get_by_role("button", name="Begin").click()
    await page.get_by_role("button", name="The worker said yes").click()
    await page.get_by_role("link", name="Builders of Binəqədi").click()
    await page.get_by_label("A new step for all").fill(
        "One complaint for all to the Labour Inspectorate"
    )
    await page.get_by_role("button", name="Add the step").click()
    await page.get_by_role("button", name="Mark as strategic").click()
    await expect(page.get_by_text("One complaint for all")).to_be_visible()
    await assert_accessible(page)
    await picture(page, "desk-action", request.config)


async def test_the_office_works_without_scripts(
    office: Office, browser: Browser, clock: Clock
) -> None:
    leyla, kamran, _ = await people(office.runtime)
    await a_morning(office.runtime, leyla, kamran, clock)
    page = await signed_in(office, browser, leyla, java_script_enabled=False)
    await page.get_by_role("button", name="Take the next case").click()
    await page.get_by_role("button", name="No conflict").click()
    await page.get_by_role("link", name="Hand over").click()
    await page.get_by_label("Colleague", exact=True).select_option("Kamran")
    await page.get_by_label("What must the next lawyer know?").fill("All is in the chat")
    await page.get_by_role("button", name="Offer the case").click()
    await expect(page.get_by_role("heading", name="My cases")).to_be_visible()
    await page.get_by_text("Show only some").click()
    await page.get_by_label("How urgent").select_option("Soon")
    await page.get_by_role("button", name="Show", exact=True).click()
    await expect(page.get_by_role("button", name="Claim")).to_have_count(1)


@pytest.mark.parametrize(
    ("size", "colours"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desktop"]
)
async def test_pages_of_the_office_are_readable_for_everybody(
    office: Office, browser: Browser, clock: Clock, size: dict[str, int], colours: str
) -> None:
    leyla, kamran, leader = await people(office.runtime)
    made = await a_morning(office.runtime, leyla, kamran, clock)
    mine = await a_waiting_case(office.runtime, "six", answers=ANSWERS)
    await cases.claim(office.runtime, leader, mine.id)
    page = await signed_in(office, browser, leader, viewport=size, color_scheme=colours)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in (
        "/desk/",
        f"/desk/cases/{made[0].id}/conflict",
        f"/desk/cases/{mine.id}/handling",
        "/desk/search?reads=en",
        "/desk/board",
        "/desk/duty",
        "/desk/staff",
        "/desk/actions",
        "/desk/notices",
    ):
        await page.goto(path)
        await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        await assert_accessible(page)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], path
    assert not complaints
