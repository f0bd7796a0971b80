"""Outreach staff in a real browser: compose, preview, approve, watch, look into the ledger."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from bot.errors import NoAnswer
from bot.outreach import announcements
from bot.runtime import Runtime
from storage import outreach
from storage.announcements import AnnouncementState
from storage.database import Tx
from storage.pace import Rate, Rates
from storage.records import Role
from tests.conftest import Clock
from tests.outreach import a_draft, a_subscriber, an_organiser, at_work, subscribers, until
from tests.pages import DESKTOP, PHONE, assert_accessible, picture, signed_in
from tests.talk import Wire
from tests.visitors import Office, open_office

pytestmark = pytest.mark.browser
PERSIAN = "روز یکشنبه کارگاه رایگان درباره حقوق کار. ساعت ۱۱، گنجه."
ENGLISH = "A free workshop on your rights at work. Sunday, 11 o'clock, Ganja."


@pytest.fixture
async def office(runtime: Runtime) -> AsyncIterator[Office]:
    async with open_office(runtime) as office:
        yield office


async def people(runtime: Runtime) -> None:
    """Sixty from Ganja, of whom five read Persian; ten from Baku; some who cannot get it."""

    def work(tx: Tx) -> None:
        for n in range(70):
            language = "fa" if n < 5 else "en"
            worker = a_subscriber(tx, f"person {n}", language=language)
            region = "ganja" if n < 60 else "baku"
            outreach.set_facts(tx, worker, {"region": [region]}, runtime.clock())
        for n in range(3):
            a_subscriber(tx, f"no {n}", given=False)
            a_subscriber(tx, f"silent {n}", given=None)
        outreach.set_unsafe(tx, a_subscriber(tx, "unsafe"), True)

    await runtime.database.write(work)


async def test_an_announcement_is_written_approved_sent_and_looked_into(
    office: Office, browser: Browser, request: pytest.FixtureRequest
) -> None:
    runtime = office.runtime
    nigar, rauf = await an_organiser(runtime), await an_organiser(runtime, "Rauf")
    await an_organiser(runtime, "Leyla", Role.LAWYER)
    await people(runtime)
    page = await signed_in(office, browser, nigar, viewport=DESKTOP, go="**/desk/announcements")
    await page.get_by_label("What you call it").fill("Workshop in Ganja")
    await page.get_by_role("button", name="Write it").click()

    # the preview follows the words, the count follows the choice, without leaving the page
    await page.get_by_label("In English").fill(ENGLISH)
    await expect(page.locator("[data-shown=en]")).to_have_text([ENGLISH] * 3)
    await expect(page.locator("#reach .gets")).to_have_text("65 people get it")
    await expect(page.locator("#reach")).to_contain_text("no text in their language")
    await page.get_by_label("In Persian").fill(PERSIAN)
    await expect(page.locator("#reach .gets")).to_have_text("70 people get it")
    await page.get_by_label(re.compile("Ganja, the west")).check()
    await expect(page.locator("#reach .gets")).to_have_text("60 people get it")
    await page.get_by_label("WhatsApp template").select_option("announcement")
    approved = page.locator("#preview-en [data-template=announcement]")
    await expect(approved).to_contain_text("There is news for you", use_inner_text=True)
    await page.get_by_role("button", name="Save and show").click()
    await expect(page.get_by_role("status").first).to_have_text("Saved.")
    await expect(page.locator("#reach .gets")).to_have_text("60 people get it")
    await assert_accessible(page)
    await picture(page, "outreach/draft", request.config)

    # more than fifty: a colleague has to approve
    await page.get_by_role("button", name="Offer for approval").click()
    await expect(page.get_by_text("You offered it, so a colleague")).to_be_visible()
    second = await signed_in(office, browser, rauf, viewport=PHONE, go="**/desk/announcements")
    await second.get_by_role("link", name="Workshop in Ganja").click()
    await assert_accessible(second)
    await picture(second, "outreach/approve", request.config)
    await second.get_by_role("button", name="Approve").click()
    await expect(second.get_by_text("The list of people is being made")).to_be_visible()

    # it runs: the page of the first one shows it without a reload, and stops it
    wire = Wire(Rates(Rate(400, 2), None))
    wire.faults = [NoAnswer()]
    async with at_work(runtime, wire):
        await expect(page.get_by_text("60 of 60 people").first).to_be_visible(timeout=60_000)
        await expect(page.locator("#progress")).to_contain_text("Perhaps arrived")
        await assert_accessible(page)
        await picture(page, "outreach/progress", request.config)
        await page.get_by_role("link", name="Perhaps arrived").click()
        await assert_accessible(page)
        await picture(page, "outreach/ledger", request.config)
        await page.get_by_role("button", name="Send again").click()
        await expect(page.get_by_text("Nobody.")).to_be_visible()
        await page.get_by_role("link", name="Workshop in Ganja").click()
        await expect(page.locator("#progress dd")).to_have_text(["60"], timeout=60_000)
    assert len({row.worker_id for row in wire.sent}) == len(wire.sent) == 60
    assert sorted({row.language for row in wire.sent}) == ["en", "fa"]


async def test_a_running_announcement_is_paused_and_goes_on_from_its_page(
    office: Office, browser: Browser
) -> None:
    runtime = office.runtime
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 20)
    made = await a_draft(runtime, nigar)
    page = await signed_in(office, browser, nigar, viewport=PHONE, go="**/desk/announcements")
    await announcements.propose(runtime, nigar, made)
    await page.goto(f"/desk/announcements/{made}")

    slow = Wire(Rates(account=None, address=None, announcements=Rate(0.001, 1)))
    async with at_work(runtime, slow):  # all but the first wait
        await expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=60_000)
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Go on")).to_be_visible()
        await assert_accessible(page)
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("button", name="Pause")).to_be_visible()
        await page.get_by_text("Cancel it").first.click()
        await page.get_by_role("button", name="Cancel it").click()
        await expect(page.get_by_text("cancelled before their turn")).to_be_visible()


async def test_all_of_it_works_without_scripts(
    office: Office, browser: Browser, clock: Clock
) -> None:
    runtime = office.runtime
    nigar = await an_organiser(runtime)
    await people(runtime)
    page = await signed_in(
        office, browser, nigar, java_script_enabled=False, go="**/desk/announcements"
    )
    await page.get_by_label("What you call it").fill("Workshop in Ganja")
    await page.get_by_role("button", name="Write it").click()
    await page.get_by_label("In English").fill(ENGLISH)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.get_by_text("Some of these people read a language")).to_be_visible()
    await page.get_by_label("People whose language is missing").select_option("en")
    later = (clock.now + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")  # 13:00 there: 9 UTC + 4
    await page.get_by_label("When, in Baku time").fill(later)
    await page.get_by_role("button", name="Send it").click()
    await expect(page.locator("#progress .badge", has_text="Approved")).to_be_visible()
    wire = Wire()
    async with at_work(runtime, wire):
        found = await announcements.list_all(runtime, nigar)
        await page.get_by_role("button", name="Send it now").click()
        await until(runtime, found[0].id, AnnouncementState.FINISHED)
    await page.reload()
    await expect(page.get_by_text("70 of 70 people").first).to_be_visible()


async def test_others_find_no_such_page(office: Office) -> None:
    runtime = office.runtime
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar)
    for role in (Role.LAWYER, Role.ADMIN):
        person = await an_organiser(runtime, f"Somebody {role}", role)
        visitor = await office.visitor()
        await visitor.sign_in(runtime, person)
        for path in ("", f"/{made}", f"/{made}/ledger", f"/{made}/live", f"/{made}/count"):
            assert (await visitor.get(f"/desk/announcements{path}")).status == 404
