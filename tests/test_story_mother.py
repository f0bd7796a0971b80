"""The real case of LEGAL.md F7b, played whole: a mother abroad, papers of two offices, a letter.

`pytest tests/test_story_mother.py --pictures` also renews the pictures of docs/lawyers.md.
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from bot.casework.case_phrases import ASK_PAPER, CONSENTS
from flows import CONTENT, LOCALES
from flows.catalog import load_catalog
from flows.model import Command, Phrase
from flows.phrases import BUTTONS, YES
from flows.texts import load_texts
from tests.house import House
from tests.pages import PICTURES, TOP, assert_accessible
from tests.talk import PNG

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 780}
DESKTOP: ViewportSize = {"width": 1200, "height": 900}
TEXTS = load_texts(LOCALES, ["ru"])
PATH = [
    ("language", "ask", "ru"),
    ("welcome", "safe", "yes"),
    ("welcome", "hurt", "no"),
    ("welcome", "age", "adult"),
    ("menu", "topics", "papers"),
    ("menu", "papers", "documents"),
    ("for_whom", "person", "me"),
    ("for_whom", "place", "abroad"),
]
WORDS = "Мой бывший муж осуждён в Баку и не платит алименты. Нужны справки."
TRACKING = "RR123456789AZ"


def said(phrase: Phrase) -> str:
    """A sentence as she reads it: in Russian, else in English."""
    return TEXTS.find(phrase, "ru") or phrase.text


def label(flow: str, node: str, option: str) -> str:
    """What a button says in Russian."""
    found = load_catalog(CONTENT, TEXTS).flows[flow].nodes[node].options[option].label  # type: ignore[union-attr]
    return said(found)


async def test_a_mother_abroad_gets_her_certificates(
    tmp_path: Path, browser: Browser, request: pytest.FixtureRequest
) -> None:
    pictures = request.config.getoption("--pictures")
    async with House(tmp_path) as house:
        mother = await (await browser.new_context(viewport=PHONE)).new_page()
        lawyer = await (await browser.new_context(viewport=DESKTOP)).new_page()
        for page in (mother, lawyer):
            page.set_default_timeout(30_000)
        complaints: list[str] = []
        lawyer.on("console", lambda message: complaints.append(message.text))
        lawyer.on("pageerror", lambda error: complaints.append(str(error)))

        # a Ukrainian mother abroad writes, in Russian, and asks for a lawyer
        await mother.goto(f"{house.address}/chat")
        for step in PATH:
            await press(mother, label(*step))
        await mother.locator('#bar [data-command="lawyer"]').click()
        await press(mother, label("lawyer", "consent", "yes"))
        await press(mother, label("lawyer", "safe_here", "yes"))
        await writes(mother, WORDS)

        # the lawyer takes the case: the usual papers of such a case stand there already
        await lawyer.goto(house.sign_in_link)
        await lawyer.get_by_role("button", name="Sign in").click()
        await lawyer.wait_for_url("**/desk/")
        await lawyer.get_by_role("button", name="Claim").first.click()
        await expect(lawyer.get_by_text(WORDS)).to_be_visible()
        await expect(lawyer.get_by_text("This case has no next date")).to_be_visible()
        await expect(
            lawyer.locator("#papers").get_by_text("Power of attorney").first
        ).to_be_visible()

        # names are written down only after her yes
        await opened(lawyer, "People")
        await (
            in_(lawyer, "#people").get_by_role("button", name="Ask the worker in the chat").click()
        )
        await expect(mother.get_by_text(said(CONSENTS["keep_parties"])[:40])).to_be_visible()
        await press(mother, said(YES))
        await expect(lawyer.get_by_text("Answer: Yes")).to_be_visible()
        await lawyer.reload()
        people = lawyer.locator("#people")
        await opened(lawyer, "People")
        await people.get_by_label("Who is it?").select_option("third_person")
        await people.get_by_label("Name, in any script").fill("Колишній чоловік")
        await people.get_by_role("button", name="Write down").click()
        await expect(
            lawyer.locator("#people").get_by_text("Колишній чоловік").first
        ).to_be_visible()

        # the power of attorney is asked for with one click, arrives as a photo, and is ticked
        await lawyer.get_by_role("button", name="Ask the worker: Power of attorney").click()
        await expect(mother.get_by_text(said(ASK_PAPER["power_of_attorney"]))).to_be_visible()
        if pictures:
            await mother.screenshot(path=PICTURES / "worker-paper-asked.png")
        await mother.locator("#file").set_input_files(
            {"name": "dovirenist.png", "mimeType": "image/png", "buffer": PNG}
        )
        await expect(
            lawyer.get_by_text("A file came after you asked: dovirenist.png")
        ).to_be_visible()
        await lawyer.get_by_role("button", name="It is here: Power of attorney").click()
        await expect(lawyer.locator(".paper.arrived")).to_have_count(1)
        await marks(lawyer, "Power of attorney", "notarised", "2026-11-20")

        # two applications, and the day to look again
        for kind, addressee in (
            ("application_court", "Baku Court of Grave Crimes"),
            ("application_executor", "Executive Department"),
        ):
            await opened(lawyer, "Write down a step")
            steps = lawyer.locator("#steps")
            await steps.get_by_label("What was done").select_option(kind)
            await steps.get_by_label("To whom, or where").fill(addressee)
            await steps.get_by_role("button", name="Write it down").click()
            await expect(
                lawyer.locator("#step-list").get_by_text(addressee, exact=True)
            ).to_be_visible()
        plan = lawyer.locator("#next")
        await plan.get_by_label("What you will do").fill("Ask the court for the certificate")
        await plan.get_by_role("button", name="Save the next date").click()
        await expect(lawyer.get_by_text("This case has no next date")).to_have_count(0)

        # both certificates arrive, are notarised and posted
        for title in ("Conviction", "Non-payment"):
            await opened(lawyer, "Put a paper on the list")
            papers = lawyer.locator("#papers")
            await papers.get_by_label("Kind of paper").select_option("certificate")
            await papers.get_by_label("Its own name, only for you").fill(title)
            await papers.get_by_role("button", name="Put on the list").click()
            paper = lawyer.locator(".paper", has_text=title)
            await paper.locator("summary").click()
            await paper.get_by_label("Which file is it?").select_option("")
            await paper.get_by_role("button", name="It is here", exact=True).click()
            await expect(lawyer.locator(".paper.arrived", has_text=title)).to_be_visible()
            await marks(lawyer, title, "notarised", "2026-11-25")
            await marks(lawyer, title, "posted", "2026-11-26", TRACKING)
        if pictures:
            await lawyer.screenshot(path=PICTURES / "desk-case-work.png", full_page=True, clip=TOP)
        await assert_accessible(lawyer)

        # she was told, and sees the number in "My case"
        await expect(mother.get_by_text(TRACKING).first).to_be_visible()
        await mother.locator('#bar [data-command="case"]').click()
        shown = mother.get_by_text(TRACKING)
        await expect(shown).to_have_count(3)  # two notices of letters, and "My case" with both
        if pictures:
            await mother.screenshot(path=PICTURES / "worker-my-case.png")

        # closed, with the services counted from the page
        await opened(lawyer, "Close the case")
        closing = lawyer.locator('form[action$="/close"]')
        for service, count in (("power_of_attorney", "1"), ("document_obtained", "2")):
            assert await closing.locator(f"#service-{service}").input_value() == count
        await closing.locator("#outcome").select_option("brief_service")
        if pictures:
            await lawyer.locator("#close").screenshot(path=PICTURES / "desk-close.png")
        await closing.get_by_role("button", name="Close").click()
        for line in ("Paper obtained: 2", "Notarised: 3", "Posted: 2", "Power of attorney: 1"):
            await expect(lawyer.get_by_text(line)).to_be_visible()
        await expect(mother.get_by_text(said(BUTTONS[Command.CASE])[2:]).first).to_be_visible()
        assert complaints == []
        assert await house.stop() == 0


def in_(page: Page, place: str) -> Locator:
    """A panel of the page."""
    return page.locator(place)


async def opened(page: Page, summary: str) -> None:
    """Open the part with this heading, where it is closed."""
    found = page.locator("details", has=page.locator("summary", has_text=summary)).last
    if await found.get_attribute("open") is None:
        await found.locator("summary", has_text=summary).first.click()


async def marks(page: Page, paper: str, milestone: str, day: str, tracking: str = "") -> None:
    """Say how far a paper is."""
    line = page.locator(".paper", has_text=paper)
    await line.locator("summary").click()
    await line.get_by_label("How far is it?").select_option(milestone)
    await line.get_by_label("On which day?").fill(day)
    await line.get_by_label("Number of the letter").fill(tracking)
    await line.get_by_role("button", name="Save how far it is").click()
    done = page.locator(".paper", has_text=paper).locator(".made", has_text=milestone)
    await expect(done).to_be_visible()


async def writes(worker: Page, words: str) -> None:
    """Type a message and send it."""
    await worker.locator("#text").fill(words)
    await worker.locator("#send").click()
    await expect(worker.get_by_text(words)).to_be_visible()


async def press(worker: Page, words: str) -> None:
    """Press the newest button that says this."""
    await worker.get_by_role("button", name=words, exact=False).last.click()
