"""The whole story in two windows: a worker who reads Persian, a lawyer who reads English.

`pytest tests/test_story.py --pictures` also renews the pictures of the README.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from flows import CONTENT, LOCALES
from flows.catalog import load_catalog
from flows.texts import load_texts
from tests.house import House
from tests.pages import PICTURES, TOP

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 780}
DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PATH = [
    ("language", "ask", "fa"),
    ("welcome", "safe", "yes"),
    ("welcome", "hurt", "no"),
    ("welcome", "age", "adult"),
    ("menu", "topics", "wages"),
    ("wages", "problem", "late"),
]
QUESTION = "Do you have a photo of the contract?"
WORKERS_WORDS = "بله، عکس قرارداد را دارم. شماره ABC-123"


def label(flow: str, node: str, option: str) -> str:
    """What a button says in Persian."""
    texts = load_texts(LOCALES, ["fa"])
    phrase = load_catalog(CONTENT, texts).flows[flow].nodes[node].options[option].label  # type: ignore[union-attr]
    return texts.find(phrase, "fa") or phrase.text


async def test_from_the_first_word_to_the_closed_case(
    tmp_path: Path, browser: Browser, request: pytest.FixtureRequest
) -> None:
    pictures = request.config.getoption("--pictures")
    async with House(tmp_path) as house:
        worker = await (await browser.new_context(viewport=PHONE)).new_page()
        lawyer = await (await browser.new_context(viewport=DESKTOP)).new_page()
        for page in (worker, lawyer):
            page.set_default_timeout(30_000)

        # the worker: "my wages were not paid"
        await worker.goto(f"{house.address}/chat")
        for step in PATH:
            await press(worker, label(*step))
        await worker.locator("#text").fill("۵.۸.۲۰۲۶")
        await worker.locator("#send").click()
        await press(worker, "بله")
        if pictures:
            await worker.screenshot(path=PICTURES / "worker-question.png")
        await worker.locator('#bar [data-command="lawyer"]').click()
        await press(worker, label("lawyer", "consent", "yes"))
        await press(worker, label("lawyer", "safe_here", "yes"))
        direction = await worker.locator("html").get_attribute("dir")
        assert direction == "rtl"

        # the lawyer: signs in, sees the case, claims it, reads, replies
        await lawyer.goto(house.sign_in_link)
        await lawyer.get_by_role("button", name="Sign in").click()
        await lawyer.wait_for_url("**/desk/")
        if pictures:
            await lawyer.screenshot(path=PICTURES / "desk-queue.png")
        await lawyer.get_by_role("button", name="Claim").first.click()
        await expect(lawyer.get_by_text("What is wrong with your pay?").first).to_be_visible()
        await lawyer.get_by_label("Write to the worker").fill(QUESTION)
        await lawyer.get_by_role("button", name="Send to the worker").click()

        # it appears in the worker's chat without reloading; the worker answers
        await expect(worker.get_by_text(QUESTION)).to_be_visible()
        await worker.locator("#text").fill(WORKERS_WORDS)
        await worker.locator("#send").click()
        await expect(lawyer.get_by_text(WORKERS_WORDS)).to_be_visible()
        if pictures:
            await worker.screenshot(path=PICTURES / "worker-reply.png")
            await lawyer.screenshot(path=PICTURES / "desk-case.png", full_page=True, clip=TOP)

        # the lawyer closes the case, the worker is told
        await close_case(lawyer)
        await expect(worker.get_by_text("بسته").last).to_be_visible()
        assert await house.stop() == 0


async def press(worker: Page, words: str) -> None:
    """Press the newest button that says this."""
    await worker.get_by_role("button", name=words, exact=False).last.click()


async def close_case(lawyer: Page) -> None:
    """Choose an outcome and close."""
    ending = lawyer.locator('form[action$="/close"]')
    details = lawyer.locator("details", has=ending)
    if await details.count():
        await details.first.locator("summary").first.click()
    await ending.locator("select").select_option("advice")
    await ending.get_by_role("button").click()
