"""The strongest path of T02, as a worker who reads Urdu plays it in the web chat on a phone.

`pytest tests/test_urdu_story.py --pictures` also renews its pictures in docs/.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from flows import CONTENT, LOCALES
from flows.catalog import load_catalog
from flows.model import Choose, Phrase
from flows.texts import load_texts
from tests.house import House
from tests.pages import PICTURES
from tests.test_story import PHONE, press

pytestmark = pytest.mark.browser
NO_YET = ("deception", "wages", "overtime", "conditions", "vulnerability", "isolation")
PATH = [
    ("language", "ask", "ur"),
    ("welcome", "safe", "yes"),
    ("welcome", "hurt", "no"),
    ("welcome", "age", "adult"),
    ("menu", "topics", "papers"),
    ("menu", "papers", "passport"),
    ("passport", "holder", "employer"),
    ("passport", "reply", "refused"),
    ("passport", "copy", "no"),
    ("passport", "stay_until", "none"),
    ("passport", "more", "yes"),
    ("passport", "look_closer", "signs"),
    *(("forced_labour", node, "no") for node in NO_YET),  # the papers were spoken of before
    ("forced_labour", "debt", "yes"),
    ("forced_labour", "threats", "yes"),
    ("forced_labour", "movement", "yes"),
]


class Urdu:
    """What the content says in Urdu."""

    def __init__(self) -> None:
        self.texts = load_texts(LOCALES, ["ur"])
        self.catalog = load_catalog(CONTENT, self.texts)

    def button(self, flow: str, node: str, option: str) -> str:
        """What a button says."""
        known = self.catalog.flows[flow].nodes[node]
        return self.say(known.options[option].label)  # type: ignore[union-attr]

    def question(self, flow: str, node: str) -> str:
        """What a question asks."""
        known = self.catalog.flows[flow].nodes[node]
        assert isinstance(known, Choose)
        return self.say(known.text)

    def say(self, phrase: Phrase) -> str:
        return self.texts.find(phrase, "ur") or phrase.text


async def test_a_worker_whose_passport_is_kept_is_led_to_safety_in_urdu(
    tmp_path: Path, browser: Browser, request: pytest.FixtureRequest
) -> None:
    pictures, urdu = request.config.getoption("--pictures"), Urdu()
    async with House(tmp_path) as house:
        page = await (await browser.new_context(viewport=PHONE)).new_page()
        page.set_default_timeout(60_000)
        await page.goto(f"{house.address}/chat")
        for flow, node, option in PATH:
            if (flow, node) == ("forced_labour", "threats"):
                await expect(page.get_by_text(urdu.question(flow, node)).last).to_be_visible()
                await picture(page, "urdu-question", wanted=pictures)
            await press(page, urdu.button(flow, node, option))

        # stopped from going out: the numbers come at once, before the last question
        await expect(page.get_by_text(urdu.question("forced_labour", "violence"))).to_be_visible()
        assert await page.locator("html").get_attribute("dir") == "rtl"
        await press(page, urdu.button("forced_labour", "violence", "no"))
        number = page.get_by_role("link", name="152").last
        await expect(number).to_be_visible()
        assert await number.get_attribute("href") == "tel:152"
        assert await number.evaluate("link => getComputedStyle(link).direction") == "ltr"
        await number.scroll_into_view_if_needed()
        await picture(page, "urdu-numbers", wanted=pictures)
        assert await house.stop() == 0


async def picture(page: Page, name: str, *, wanted: bool) -> None:
    """Keep what is on the screen."""
    if wanted:
        await page.screenshot(path=PICTURES / f"{name}.png")
