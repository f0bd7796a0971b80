"""The web chat's page in a real browser: what a worker sees, and what nobody else should."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import (
    Browser,
    FilePayload,
    Page,
    ViewportSize,
    expect,
)

from tests.chat_page import ChatHouse, chat_house
from tests.conftest import Clock
from tests.test_webchat import JPEG, persian

pytestmark = pytest.mark.browser
LIGHT: Literal["light"] = "light"
DARK: Literal["dark"] = "dark"
PHONE = ViewportSize(width=360, height=740)


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[ChatHouse]:
    async with chat_house(tmp_path, clock, locales=persian(tmp_path)) as house:
        yield house


@pytest.fixture
async def page(browser: Browser, house: ChatHouse) -> AsyncIterator[Page]:
    """A phone on which the chat is open and waits for the language."""
    page = await open_page(browser, house)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Policy" in line.text else None)
    yield page
    await page.context.close()
    assert complaints == []


async def open_page(browser: Browser, house: ChatHouse, locale: str = "en-GB") -> Page:
    context = await browser.new_context(viewport=PHONE, locale=locale, has_touch=True)
    page = await context.new_page()
    await page.goto(f"{house.origin}/chat")
    await expect(page.locator(".choices button").first).to_be_visible()
    return page


async def choose(page: Page, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).click()


async def write(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.click("#send")


async def cookie_of(page: Page) -> str:
    (cookie,) = await page.context.cookies()
    return str(cookie["value"])


async def test_words_of_others_are_never_markup(house: ChatHouse, page: Page) -> None:
    evil = (
        '<img src=x onerror="document.title=1"><script>document.title=2</script> &amp; javascript:x'
    )
    await choose(page, "English")
    await write(page, evil)
    await expect(page.locator(".entry.mine .words").last).to_have_text(evil)
    await house.lawyer_writes(await cookie_of(page), evil)
    await expect(page.locator(".entry.lawyer .words")).to_have_text(evil)
    assert await page.locator("#log img, #log script, #log a").count() == 0
    assert await page.title() == "Chat"


async def test_answered_question_loses_its_buttons(page: Page) -> None:
    await choose(page, "English")
    await expect(page.get_by_role("button", name="English", exact=True)).to_have_count(0)
    await choose(page, "💰 My employer does not pay me")
    await expect(page.locator(".choices")).to_have_count(1)
    await expect(page.get_by_role("button", name="✅ Yes")).to_be_visible()


async def test_ticks_change_in_place(page: Page) -> None:
    await choose(page, "English")
    await choose(page, "💰 My employer does not pay me")
    await choose(page, "✅ Yes")
    for label in ("Photos of the work", "People who saw me work"):
        await page.get_by_role("checkbox", name=label).click()
        await expect(page.get_by_role("checkbox", name=label)).to_be_checked()
    await expect(page.get_by_role("checkbox", name="Photos of the work")).to_be_checked()
    await expect(page.get_by_text("What do you have?")).to_have_count(1)
    await choose(page, "✔️ Done")
    await expect(page.get_by_text("Do you want a lawyer to look at this?")).to_be_visible()


async def test_numbers_to_call_can_be_pressed(page: Page) -> None:
    await choose(page, "English")
    await page.click("#danger")
    links = page.locator(".entry.danger a.tel")
    await expect(links.first).to_be_visible()
    found = [await link.get_attribute("href") for link in await links.all()]
    assert set(found) == {"tel:112", "tel:+994125550102"}


async def test_persian_page_reads_from_the_right_and_numbers_do_not(
    browser: Browser, house: ChatHouse
) -> None:
    page = await open_page(browser, house, "fa-IR")
    await choose(page, "فارسی")
    await page.click("#danger")
    await expect(page.locator("a.tel").first).to_be_visible()
    assert await page.evaluate("document.dir") == "rtl"
    assert await page.locator("a.tel").last.evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert await page.locator(".words").last.evaluate("e => getComputedStyle(e).direction") == "rtl"
    # nothing is wider than the phone
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_hide_wipes_the_page_before_the_server_knows(page: Page, tmp_path: Path) -> None:
    await choose(page, "English")
    await expect(page.get_by_text("takes this chat off the screen")).to_be_visible()
    hint = await page.get_by_text("takes this chat off").inner_text()
    words = hint.split(": ")[1].splitlines()[0]
    elsewhere = sqlite3.connect(tmp_path / "hamrah.db", isolation_level=None, timeout=30)
    elsewhere.execute("BEGIN IMMEDIATE")  # the server cannot store anything now
    await page.get_by_role("button", name="Hide").click()
    assert await page.evaluate("document.body.innerText.trim()") == "Save"
    assert await page.title() == "Notes"
    elsewhere.execute("COMMIT")
    elsewhere.close()
    await write(page, "buy milk")
    await expect(page.locator(".entry")).to_have_count(2)
    await page.reload()
    assert await page.title() == "Notes"
    await expect(page.get_by_text("takes this chat off")).to_have_count(0)
    await write(page, words)
    await expect(page.get_by_text("takes this chat off")).to_be_visible()
    assert await page.title() == "Chat"


async def test_three_times_shift_hides(page: Page) -> None:
    await choose(page, "English")
    await expect(page.get_by_text("takes this chat off")).to_be_visible()
    for _ in range(3):
        await page.keyboard.press("Shift")
    await expect(page.locator("#log .entry")).to_have_count(0)
    assert await page.title() == "Notes"


async def test_hide_before_anything_was_told_can_be_undone(page: Page) -> None:
    await page.get_by_role("button", name="Hide").click()
    await expect(page.locator(".entry")).to_have_count(0)
    async with asyncio.timeout(30):
        while await page.evaluate("sessionStorage.getItem('n')"):
            pass  # the server has not said yet that it did not hide
    await write(page, "anything")
    await expect(page.get_by_role("button", name="English", exact=True)).to_be_visible()


async def test_what_is_written_without_a_server_is_sent_when_it_is_back(
    browser: Browser, tmp_path: Path, clock: Clock
) -> None:
    async with chat_house(tmp_path, clock) as house:
        port, page = house.server.port, await open_page(browser, house)
        await choose(page, "English")
        await expect(page.get_by_text("takes this chat off")).to_be_visible()
    await expect(page.locator("#status")).to_be_visible()
    await write(page, "My boss")
    await write(page, "has my passport " * 300)  # two messages: the second waits in the box
    await page.click("#send")
    await page.click("#danger")
    await expect(page.locator("#unsent a.tel")).to_have_attribute("href", "tel:112")
    await expect(page.locator("#unsent .mine")).to_have_count(4)
    async with chat_house(tmp_path, clock, port=port or 0):
        await expect(page.locator("#unsent > *")).to_have_count(0, timeout=60_000)
        own = await page.locator("#log .mine .words").all_inner_texts()
        assert [own[-4], own[-1]] == ["My boss", "🆘 I am in danger"]
        assert " ".join(own[-3:-1]).split() == ["has", "my", "passport"] * 300
        await page.reload()
        await expect(page.locator("#log .mine .words")).to_have_text(own)
        await page.context.close()


async def test_photo_is_sent_and_shown(page: Page) -> None:
    await choose(page, "English")
    photo = FilePayload(name="contract.jpg", mimeType="image/jpeg", buffer=JPEG)
    await page.set_input_files("#file", files=photo)
    await expect(page.locator("#log a.file")).to_have_count(1)
    await expect(page.locator("#unsent > *")).to_have_count(0)
    wrong = FilePayload(name="page.html", mimeType="text/html", buffer=b"<p>hello</p>")
    await page.set_input_files("#file", files=wrong)
    await expect(page.locator("#unsent .failed")).to_contain_text("We cannot take this kind")
    await page.context.set_offline(True)  # the line itself still looks open
    await page.click("#danger")
    await expect(page.locator("#unsent a.tel")).to_have_attribute("href", "tel:112")


async def test_page_says_so_where_scripts_are_off(browser: Browser, house: ChatHouse) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{house.origin}/chat")
    await expect(page.locator(".notice")).to_contain_text("needs JavaScript")
    await expect(page.locator(".notice a")).to_have_attribute("href", "tel:112")
    await expect(page.locator("#danger")).to_be_hidden()  # it would do nothing
    await context.close()


async def test_page_has_no_barrier_that_axe_finds(page: Page) -> None:
    await choose(page, "English")
    await choose(page, "💰 My employer does not pay me")
    await choose(page, "✅ Yes")
    await expect(page.get_by_role("checkbox").first).to_be_visible()
    await page.click("#danger")
    await expect(page.locator("a.tel").last).to_be_visible()
    for scheme in (DARK, LIGHT):
        await page.emulate_media(color_scheme=scheme)
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


async def test_every_button_is_large_enough_for_a_thumb(page: Page) -> None:
    await choose(page, "English")
    await expect(page.get_by_text("What is it about?")).to_be_visible()
    for button in await page.locator("button:visible").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["width"] >= 44
        assert box["height"] >= 44


async def test_two_pages_of_one_worker_show_the_same(browser: Browser, house: ChatHouse) -> None:
    one = await open_page(browser, house)
    two = await one.context.new_page()
    await two.goto(f"{house.origin}/chat")
    await choose(one, "English")
    await asyncio.gather(write(one, "from one"), write(two, "from two"))
    for page in (one, two):
        for text in ("from one", "from two"):
            await expect(page.locator("#log .mine", has_text=text)).to_have_count(1)
        await expect(page.locator("#unsent > *")).to_have_count(0)
