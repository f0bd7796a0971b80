"""Real browsers for tests: the system's Chromium, axe on a page, the pictures of docs/."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import (
    Browser,
    FloatRect,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from storage.records import Staff
from tests.visitors import Office, a_link

CHROMIUM = "/usr/bin/chromium-headless-shell"  # half the work of `chromium --headless`
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 60_000  # the machine may be busy
PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
PHONE, DESKTOP = ViewportSize(width=360, height=740), ViewportSize(width=1200, height=800)
TOP = FloatRect(x=0, y=0, width=1200, height=1500)  # of a long page: enough for a picture
WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, in its build without windows."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def signed_in(
    office: Office, browser: Browser, person: Staff, go: str = "**/desk/", **options: Any
) -> Page:
    """A page of a browser in which this person has pressed the button of a link."""
    context = await browser.new_context(base_url=office.address, **options)
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(await a_link(office.runtime, person))
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(go)
    return page


async def assert_accessible(page: Page) -> None:
    """No fault that axe knows of (WCAG 2.2 AA)."""
    found = await Axe().run(page, options={"runOnly": WCAG, "resultTypes": ["violations"]})
    assert found.response["violations"] == [], found.generate_report()


async def picture(page: Page, name: str, config: pytest.Config, *, whole: bool = True) -> None:
    """Renew docs/pictures/NAME.png where that is asked for: pytest --pictures."""
    if config.getoption("--pictures"):
        path = PICTURES / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=path, full_page=whole)
