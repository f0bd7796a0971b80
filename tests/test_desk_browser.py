"""The desk in a real browser: live, on a phone, in the dark, and without scripts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.casework import cases, closing
from bot.messages import FileIn
from bot.office import staff
from bot.runtime import Runtime
from flows.model import Answer
from storage.records import Case, CaseState, Staff
from tests.conftest import Clock
from tests.pages import DESKTOP, PHONE, assert_accessible, signed_in
from tests.talk import PNG
from tests.visitors import (
    Office,
    a_waiting_case,
    open_office,
    small_house,
    worker_writes,
)

pytestmark = pytest.mark.browser
ANSWERS = (Answer("wages", "contract", ("no",), True),)


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with small_house(tmp_path, clock) as runtime, open_office(runtime) as office:
        yield office


async def a_claimed_case(runtime: Runtime, lawyer: Staff) -> Case:
    """A case in this lawyer's hands with something of everything in it."""
    case = await a_waiting_case(runtime, language="fa", answers=ANSWERS)
    await cases.claim(runtime, lawyer, case.id)
    await worker_writes(runtime, "سلام، کارفرما حقوق من را نمی‌دهد. قرارداد ABC-123")
    await worker_writes(runtime, FileIn("photo", "image/png", "contract.png", PNG, "این"))
    await worker_writes(runtime, FileIn("voice", "audio/ogg", "voice.ogg", b"OggS"))
    await cases.reply(runtime, lawyer, case.id, "Hello", form_id="a" * 20)
    await cases.add_note(runtime, lawyer, case.id, "Check the register", form_id="b" * 20)
    return case


async def test_a_message_appears_and_a_half_written_reply_stays(
    office: Office, browser: Browser
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_claimed_case(office.runtime, lawyer)
    await cases.wait(
        office.runtime, lawyer, case.id, CaseState.WAITING_WORKER
    )  # ends as they write
    page = await signed_in(office, browser, lawyer, viewport=PHONE)
    async with page.expect_response("**/desk/live?case=*"):
        await page.goto(f"/desk/cases/{case.id}#newest")
    box = page.get_by_label("Write to the worker")
    await box.fill("Half written")
    place = await box.evaluate("box => Math.round(box.getBoundingClientRect().top)")
    await page.evaluate("voice = document.querySelector('audio')")
    await worker_writes(office.runtime, "A new message\nof several\nlines")
    await expect(page.get_by_text("A new message")).to_be_visible()
    assert await box.input_value() == "Half written"
    assert await box.evaluate("box => box === document.activeElement")
    now = await box.evaluate("box => Math.round(box.getBoundingClientRect().top)")
    assert abs(now - place) <= 1  # pixels
    assert await page.evaluate("voice.isConnected")  # what is being played goes on


async def test_a_new_case_appears_in_the_queue_by_itself(office: Office, browser: Browser) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    page = await signed_in(office, browser, lawyer)
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    case = await a_waiting_case(office.runtime)
    await expect(page.locator(".code", has_text=case.code)).to_be_visible()
    await page.get_by_role("button", name=f"Claim {case.code}").click()
    await expect(page.get_by_label("Write to the worker")).to_be_visible()


async def test_a_lawyer_who_is_late_is_told_on_the_page(office: Office, browser: Browser) -> None:
    leyla = await staff.add(office.runtime, "Leyla", "lawyer")
    kamran = await staff.add(office.runtime, "Kamran", "lawyer")
    case = await a_waiting_case(office.runtime)
    page = await signed_in(office, browser, leyla)
    await page.goto(f"/desk/cases/{case.id}")
    async with page.expect_response("**/desk/live?case=*"):
        await page.get_by_role("button", name="No conflict: open the case").click()
    await cases.claim(office.runtime, kamran, case.id)
    await expect(page.get_by_text("Perhaps a colleague has just taken it")).to_be_visible()
    await page.get_by_role("button", name="Claim this case").click()
    await expect(page.get_by_text("Kamran has this case since")).to_be_visible()


async def test_a_text_is_not_lost_when_the_case_or_the_session_ends(
    office: Office, browser: Browser
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_claimed_case(office.runtime, lawyer)
    page = await signed_in(office, browser, lawyer)
    async with page.expect_response("**/desk/live?case=*"):
        await page.goto(f"/desk/cases/{case.id}")
    await page.get_by_label("Write to the worker").fill("Half written")
    await closing.close(office.runtime, lawyer, case.id, "advice")
    await expect(page.get_by_text("This case has changed since")).to_be_visible()
    await staff.disable(office.runtime, lawyer)
    await cases.reopen(office.runtime, lawyer, case.id)
    await expect(page.get_by_text("What you wrote here is not sent")).to_be_visible()
    assert await page.get_by_label("Write to the worker").input_value() == "Half written"


async def test_everything_works_without_scripts(office: Office, browser: Browser) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    await a_waiting_case(office.runtime, answers=ANSWERS)
    page = await signed_in(office, browser, lawyer, java_script_enabled=False)
    await page.get_by_role("button", name="Claim").click()
    await page.get_by_label("Write to the worker").fill("Hello without scripts")
    await page.get_by_role("button", name="Send to the worker").click()
    await expect(page.get_by_text("Hello without scripts")).to_be_visible()
    await page.get_by_label("New private note").fill("A note without scripts")
    await page.get_by_role("button", name="Save the private note").click()
    await page.get_by_text("Close the case").click()
    await page.get_by_label("Choose how it ended").select_option("advice")
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.get_by_text("Advice given")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_pages_are_readable_for_everybody(
    office: Office, browser: Browser, size: dict[str, int], colours: str
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    mine = await a_claimed_case(office.runtime, lawyer)
    waiting = await a_waiting_case(office.runtime, "two", urgency="U0", answers=ANSWERS)
    page = await signed_in(office, browser, lawyer, viewport=size, color_scheme=colours)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    paths = ("/desk/", f"/desk/cases/{mine.id}", f"/desk/cases/{waiting.id}", "/desk/signed-out")
    for path in paths:
        await page.goto(path)
        await assert_accessible(page)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], path
    assert not complaints
