"""The page of a case in a real browser: keys, drafts, quick replies, documents, other scripts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from bot.casework import cases, interpreting, parties, questions, quick_replies, steps
from bot.media import type_of
from bot.messages import FileIn
from bot.office import staff
from storage.records import Case, Staff
from tests.conftest import Clock
from tests.pages import DESKTOP, PHONE, assert_accessible, signed_in
from tests.recordings import PLAY, as_ogg, record, silent_mp3
from tests.test_desk_browser import a_claimed_case
from tests.visitors import Office, a_link, a_waiting_case, open_office, small_house, worker_writes

pytestmark = pytest.mark.browser
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count "
    b"1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF"
)
PERSIAN_NAME = "شرکت آریا"


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with small_house(tmp_path, clock) as runtime, open_office(runtime) as office:
        yield office


async def a_full_case(office: Office, lawyer: Staff) -> Case:
    """A case with something in every panel."""
    runtime = office.runtime
    case = await a_claimed_case(runtime, lawyer)
    await worker_writes(runtime, FileIn("document", "application/pdf", "paper.pdf", PDF))
    await questions.ask(runtime, lawyer, case.id, "works_there")
    await questions.record_spoken_consent(runtime, lawyer, case.id, "keep_parties", given=True)
    await questions.record_spoken_consent(runtime, lawyer, case.id, "report_facts", given=True)
    await parties.add(runtime, lawyer, case.id, "employer", PERSIAN_NAME, "")
    await quick_replies.save(runtime, lawyer, None, "Hours", {"en": "We work from 9 to 18."})
    day = runtime.clock().date()
    await steps.add(runtime, lawyer, case.id, "hearing", day, "Court", "")
    return case


async def open_everything(page: Page) -> None:
    await page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")


async def test_a_draft_comes_back_after_the_page_was_closed(
    office: Office, browser: Browser
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_claimed_case(office.runtime, lawyer)
    page = await signed_in(office, browser, lawyer)
    await page.goto(f"/desk/cases/{case.id}")
    async with page.expect_response("**/draft") as kept:
        await page.get_by_label("Write to the worker").fill("Half written")
    assert (await kept.value).status == 204
    await expect(page.get_by_text("Kept as a draft").first).to_be_visible()
    await page.goto("/desk/")  # no question whether to leave: nothing is lost
    await page.goto(f"/desk/cases/{case.id}")
    assert await page.get_by_label("Write to the worker").input_value() == "Half written"


async def test_the_reply_and_the_note_have_different_keys(office: Office, browser: Browser) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_claimed_case(office.runtime, lawyer)
    page = await signed_in(office, browser, lawyer)
    await page.goto(f"/desk/cases/{case.id}")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.keyboard.press("n")
    await page.keyboard.type("Only for lawyers")
    await page.keyboard.press("Control+Enter")  # the key of the reply does nothing here
    assert await page.locator("#note").input_value() == "Only for lawyers"
    await page.keyboard.press("Alt+Enter")
    await expect(page.locator("#note-list").get_by_text("Only for lawyers")).to_be_visible()
    await page.locator("h1").click()
    await page.keyboard.press("r")
    await page.keyboard.type("For the worker")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#bubbles").get_by_text("For the worker")).to_be_visible()
    assert await page.locator("#bubbles").get_by_text("Only for lawyers").count() == 0


async def test_a_quick_reply_goes_into_the_box_of_the_reply(
    office: Office, browser: Browser
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_full_case(office, lawyer)
    page = await signed_in(office, browser, lawyer)
    await page.goto(f"/desk/cases/{case.id}")
    await page.get_by_text("Quick replies", exact=True).click()
    await expect(page.get_by_text("It is not there in Persian.")).to_be_visible()
    await page.get_by_role("button", name="Put into my reply").click()
    assert await page.get_by_label("Write to the worker").input_value() == "We work from 9 to 18."


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_every_panel_is_readable_for_everybody(
    office: Office, browser: Browser, size: ViewportSize
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    interpreter = await staff.add(office.runtime, "Nigar", "interpreter")
    case = await a_full_case(office, lawyer)
    await interpreting.invite(office.runtime, lawyer, case.id, interpreter.id)
    page = await signed_in(office, browser, lawyer, viewport=size)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in (f"/desk/cases/{case.id}", "/desk/quick-replies"):
        await page.goto(path)
        await open_everything(page)
        await assert_accessible(page)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], path
        if "cases" in path:
            right = page.locator("#party-list [dir=auto]").first
            assert await right.evaluate("e => e.matches(':dir(rtl)')")
            frame = page.locator(".pdf iframe")
            await frame.scroll_into_view_if_needed()
            await expect(frame).to_be_visible()
    assert not [words for words in complaints if "Content Security Policy" in words]


async def test_an_interpreter_writes_under_a_message(office: Office, browser: Browser) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    interpreter = await staff.add(office.runtime, "Nigar", "interpreter")
    case = await a_claimed_case(office.runtime, lawyer)
    await interpreting.invite(office.runtime, lawyer, case.id, interpreter.id)
    context = await browser.new_context(
        base_url=office.address, viewport={"width": 360, "height": 740}
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(await a_link(office.runtime, interpreter))
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name=case.code).click()
    bubble = page.locator(".bubble.worker").first
    await bubble.get_by_text("Translate").click()
    await assert_accessible(page)
    await bubble.get_by_label("What it says, in your language").fill("My boss does not pay me")
    await bubble.get_by_role("button", name="Write it under the message").click()
    await expect(page.get_by_text("My boss does not pay me")).to_be_visible()
    read = await cases.read_case(office.runtime, lawyer, case.id)
    assert read.mine


async def test_voice_and_video_of_real_recorders_play_on_the_page(
    office: Office, browser: Browser
) -> None:
    lawyer = await staff.add(office.runtime, "Leyla", "lawyer")
    case = await a_waiting_case(office.runtime)
    await cases.claim(office.runtime, lawyer, case.id)
    page = await signed_in(office, browser, lawyer)
    sound = await record(page, "audio/webm;codecs=opus")
    recordings = [  # what it is, as its sender calls it
        ("audio/ogg", as_ogg(sound)),  # a voice message of Telegram or WhatsApp
        ("audio/webm", sound),
        ("audio/mp4", await record(page, "audio/mp4")),
        ("audio/mpeg", silent_mp3()),
        ("video/mp4", await record(page, "video/mp4;codecs=avc1.42E01E")),
        ("video/webm", await record(page, "video/webm")),
    ]
    for media_type, content in recordings:
        found = type_of(content, media_type)
        assert found is not None
        assert found.media_type == media_type
        file = FileIn(found.kind, found.media_type, "recording" + found.suffixes[0], content)
        await worker_writes(office.runtime, file)
    await page.goto(f"/desk/cases/{case.id}")
    assert await page.locator("audio").count() == 4
    assert await page.locator("video").count() == 2
    for player in await page.locator("audio, video").all():
        assert await player.evaluate(PLAY), await player.get_attribute("src")
