"""A workshop from its first word to its certificates, in real browsers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from bot.app import add_channels, build_app
from bot.channels.whatsapp.webhook import PATH
from bot.runtime import Runtime
from bot.workshops import planning
from bot.workshops.keeper import keep
from storage import conversations, schema
from storage.database import Tx
from storage.records import Kind, OutboxState, Role
from storage.workshops import Place
from tests.conftest import Clock, a_runtime
from tests.house import free_port
from tests.outreach import an_organiser, at_work, say
from tests.pages import DESKTOP, PHONE, assert_accessible, picture, signed_in
from tests.servers.telegram import TelegramServer
from tests.servers.whatsapp import WhatsAppServer
from tests.servers.whatsapp.server import PHONE_ID
from tests.talk import delivered
from tests.telegram_bot import press
from tests.visitors import Office
from tests.whatsapp_bot import tap, whatsapp_settings
from tests.workshops import a_plan, a_workshop, signs_up

pytestmark = pytest.mark.browser
SMALL = ViewportSize(width=360, height=740)
WORDS = {
    "en": ("Your rights at work", "Nizami street 1, Ganja"),
    "fa": ("حقوق شما در محل کار", "خیابان نظامی ۱، گنجه"),
    "ru": ("Ваши права на работе", "ул. Низами 1, Гянджа"),
}


@asynccontextmanager
async def whole_house(runtime: Runtime) -> AsyncIterator[Office]:
    """All channels, public pages and desk, at work; the test keeps the workshops."""
    app = build_app(runtime)
    channels = add_channels(app, runtime)
    server = TestServer(app)
    await server.start_server()
    try:
        async with at_work(runtime, *channels.values()):
            yield Office(runtime, server)
    finally:
        await server.close()
        for channel in channels.values():
            await channel.close()


@asynccontextmanager
async def three_channels(
    folder: Path, clock: Clock
) -> AsyncIterator[tuple[Office, TelegramServer, WhatsAppServer]]:
    """The whole house on the web chat, a local Telegram and a local WhatsApp."""
    telegram = TelegramServer(clock=lambda: clock.now, flood=None)
    async with telegram, WhatsAppServer(clock=lambda: clock.now) as whatsapp:
        settings = whatsapp_settings(
            whatsapp,
            folder,
            free_port(),
            telegram_token=telegram.token,
            telegram_api_url=telegram.url,
            telegram_name="hamrah_bot",
            telegram_rate=1000,
            telegram_chat_rate=1000,
            whatsapp_rate=1000,
        )
        runtime = await a_runtime(settings, clock)
        async with whole_house(runtime) as office:
            whatsapp.webhook = f"{office.address}{PATH}"
            yield office, telegram, whatsapp
            whatsapp.webhook = ""
        await runtime.database.close()


async def subscribes(runtime: Runtime, channel: str, account: str, kind: str, who: str) -> None:
    """Somebody who has just written has said yes to announcements, in English."""

    def work(tx: Tx) -> None:
        address = conversations.find_address(tx, channel, account, (kind, who))
        talk = conversations.get_open_conversation(tx, address) if address else None
        assert talk is not None
        conversations.set_language(tx, talk.worker.id, "en")
        say(tx, talk.worker.id, given=True)

    await runtime.database.write(work)


async def reminded(runtime: Runtime) -> list[int]:
    """Whom reminders and offers have reached, on any channel."""
    outbox = schema.outbox
    query = (
        select(schema.conversation.c.worker_id)
        .join(schema.message, schema.message.c.conversation_id == schema.conversation.c.id)
        .join(outbox, outbox.c.message_id == schema.message.c.id)
        .where((outbox.c.kind == Kind.REMINDER) & (outbox.c.state == OutboxState.SENT))
    )
    return await runtime.database.read(lambda tx: list(tx.execute(query).scalars()))


async def a_phone(office: Office, browser: Browser) -> Page:
    """Somebody else's phone."""
    context = await browser.new_context(
        base_url=office.address, viewport=SMALL, locale="en-GB", has_touch=True
    )
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def writes_a_workshop(page: Page, clock: Clock) -> None:
    """Thirty places, three languages, in a week."""
    begins = clock.now + timedelta(days=7, hours=4)
    await page.get_by_role("link", name="Workshops").click()
    await page.get_by_role("link", name="New workshop").click()
    await page.get_by_label("Begins, Baku time").fill(f"{begins:%Y-%m-%dT%H:%M}")
    await page.get_by_label("Ends, Baku time").fill(f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}")
    await page.get_by_label("Places").fill("30")
    for language in ("English", "Persian", "Russian"):
        await page.get_by_label(language, exact=True).check()
    for code, (title, place) in WORDS.items():
        await page.locator(f"#title_{code}").fill(title)
        await page.locator(f"#place_{code}").fill(place)
    await assert_accessible(page)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Open for sign-up").click()
    await expect(page.get_by_text("0 of 30 places taken, 0 wait")).to_be_visible()


async def presses(page: Page, name: str) -> None:
    """Press the newest button of this name in the chat."""
    await page.locator("#log").get_by_role("button", name=name).last.click()


async def test_a_workshop_from_its_first_word_to_its_certificates(
    tmp_path: Path, clock: Clock, browser: Browser, request: pytest.FixtureRequest
) -> None:
    async with three_channels(tmp_path, clock) as (office, telegram, whatsapp):
        runtime = office.runtime
        nigar = await an_organiser(runtime)
        # three who said yes to announcements; one of them has not written for two days
        on_telegram = telegram.new_user()
        lately, long_ago = whatsapp.new_user(), whatsapp.new_user()
        for template in ("workshop", "workshop_invitation"):
            whatsapp.templates[template, "en"] = "APPROVED"
        long_ago.says("hello")
        await whatsapp.hears(long_ago, "Which language")
        clock.forward(days=2)
        lately.says("hello")
        on_telegram.start()
        await whatsapp.hears(lately, "Which language")
        await telegram.hears(on_telegram, "Which language")
        for person in (lately, long_ago):
            await subscribes(runtime, "whatsapp", PHONE_ID, "user", person.user_id)
        bot_id = telegram.token.split(":")[0]
        await subscribes(runtime, "telegram", bot_id, "user", str(on_telegram.id))
        desk = await signed_in(office, browser, nigar, viewport=DESKTOP, go="**/desk/announcements")
        await writes_a_workshop(desk, clock)
        [(it, _, _)] = await planning.list_all(runtime, nigar)
        await assert_accessible(desk)

        # the poster of each language is a PDF, and its QR code is there
        for code in WORDS:
            answer = await desk.request.get(f"/desk/workshops/{it.id}/poster/{code}.pdf")
            assert (await answer.body()).startswith(b"%PDF")
        assert "<svg" in await (await desk.request.get(f"/desk/workshops/{it.id}/qr.svg")).text()

        # it is announced: a draft in its three languages, with the button below
        await desk.get_by_role("button", name="Announce it").click()
        await expect(desk.locator("#text_fa")).to_have_value(re.compile(WORDS["fa"][0]))
        shown = desk.locator("#preview-en .whatsapp .shown")
        await expect(shown.first.locator(".pressed")).to_have_text(
            ["Sign me up", re.compile("No more")]
        )
        await desk.get_by_label("WhatsApp template").select_option("workshop_invitation")
        await expect(desk.locator("#reach .gets")).to_have_text("3 people get it")
        await expect(shown.filter(has_text="There is an invitation for you")).to_be_visible()
        await assert_accessible(desk)
        await picture(desk, "outreach/announce", request.config)
        await desk.get_by_role("button", name="Send it").click()
        await expect(desk.get_by_text("3 of 3 people").first).to_be_visible()

        # one presses the button on Telegram, one on WhatsApp, one under the approved template
        await press(telegram, on_telegram, "Sign me up", "Yes, write to me")
        await telegram.hears(on_telegram, "You have a place")
        await tap(whatsapp, long_ago, "button 0", "Sign me up")
        for person in (lately, long_ago):
            if person is lately:
                await tap(whatsapp, person, "Sign me up")
            await tap(whatsapp, person, "Yes, write to me")
            await whatsapp.hears(person, "You have a place")
        await desk.goto(f"/desk/workshops/{it.id}")
        await expect(desk.get_by_text("3 of 30 places taken, 0 wait")).to_be_visible()

        # twenty-five have come before; a worker takes the next place in the web chat
        others = [await signs_up(runtime, f"worker {n}", it) for n in range(25)]
        chat = await a_phone(office, browser)
        await chat.goto(f"/workshop/{it.code}")
        await assert_accessible(chat)
        await picture(chat, "outreach/workshop-page", request.config)
        await chat.get_by_role("link", name="Sign up in the chat here").click()
        await presses(chat, "Sign me up")
        await presses(chat, "Yes, write to me")
        await expect(chat.locator("#log")).to_contain_text("You have a place")
        await picture(chat, "outreach/workshop-chat", request.config)

        # a person of an organisation takes the last one on the page, the next waits
        first, second = await a_phone(office, browser), await a_phone(office, browser)
        for page, phone in ((first, "+994 50 123 45 67"), (second, "+994 50 765 43 21")):
            await page.goto(f"/workshop/{it.code}")
            await page.get_by_label("Your name").fill("Sevil Məmmədova")
            await page.get_by_label("Your organisation").fill("Youth House")
            await page.get_by_label("Phone").fill(phone)
            await page.get_by_role("button", name="Sign me up").click()
        await expect(first.get_by_role("status")).to_contain_text("You have a place")
        await expect(second.get_by_role("status")).to_contain_text("number 1 in the queue")
        await assert_accessible(second)
        waiting = await signs_up(runtime, "late", it)

        # the worker cannot come: the one who waits longest is asked, and says yes
        await presses(chat, "I cannot come")
        await presses(chat, "Yes, give it up")
        await expect(chat.locator("#log")).to_contain_text("Your place is given up")
        await second.reload()
        await expect(second.get_by_role("status")).to_contain_text("A place is free for you")
        await desk.reload()
        await expect(desk.get_by_role("region", name="To call", exact=True)).to_contain_text(
            "must confirm"
        )
        await assert_accessible(desk)
        await picture(desk, "outreach/workshop", request.config)
        await second.get_by_role("button", name="Yes, I come").click()
        await expect(second.get_by_role("status")).to_contain_text("You have a place")

        # the day before: reminders to those who said yes and have a place, by nobody else's hand
        clock.forward(days=6, hours=1)
        await keep(runtime)
        await delivered(runtime)
        assert len(await reminded(runtime)) == len(others) + 3 == 28
        await telegram.hears(on_telegram, "Remember: “Your rights at work”")
        for person in (lately, long_ago):
            await whatsapp.hears(person, "template workshop en")  # the day of silence is over
        clock.forward(hours=21, minutes=30)
        await keep(runtime)
        await delivered(runtime)
        everybody = await reminded(runtime)
        assert len(everybody) == 56
        assert (await waiting.conversation()).worker.id not in everybody

        # at the door: by the code that somebody shows, by the list, by the code in the room
        sight = await planning.look(runtime, nigar, it.id)
        codes = [person.row.pass_code for person in sight.among(Place.GOING)]
        desk = await signed_in(  # a session does not last so long
            office, browser, nigar, viewport=DESKTOP, go="**/desk/announcements"
        )
        await desk.goto(f"/desk/workshops/{it.id}")
        await desk.get_by_label("The code that somebody shows you").fill(codes[9].lower())
        await desk.locator("#door").get_by_role("button", name="Came").click()
        await expect(desk.get_by_role("status")).to_have_text("Checked in.")
        row = desk.locator("#people tr", has_text="Sevil").first
        await row.get_by_role("button", name="Came").click()
        await expect(row).to_contain_text(re.compile("Came, "))
        on_telegram.send_text(f"here {it.door_code}")
        await telegram.hears(on_telegram, "Welcome")

        # after it: who came, who did not, and a certificate for each
        clock.forward(hours=6)
        await keep(runtime)
        await delivered(runtime)
        await desk.reload()
        await expect(desk.get_by_text("3 came, 27 did not").first).to_be_visible()
        for code in WORDS:
            answer = await desk.request.get(f"/desk/workshops/{it.id}/certificates/{code}.pdf")
            assert (await answer.body()).startswith(b"%PDF")
        await telegram.hears(on_telegram, "How was “Your rights at work”?")
        await assert_accessible(desk)
        await picture(desk, "outreach/workshop-after", request.config)
        assert whatsapp.violations == []

        # the next announcement can go to who was there
        await desk.goto("/desk/announcements")
        await desk.get_by_label("What you call it").fill("For those who came")
        await desk.get_by_role("button", name="Write it").click()
        await desk.get_by_label("Your rights at work (2 December, 12:00)").check()
        await expect(desk.locator("#reach .gets")).to_have_text("0 people get it")


async def test_staff_are_told_what_is_wrong_and_keep_what_they_wrote(
    runtime: Runtime, browser: Browser
) -> None:
    async with whole_house(runtime) as office:
        nigar = await an_organiser(runtime)
        desk = await signed_in(
            office,
            browser,
            nigar,
            viewport=PHONE,
            java_script_enabled=False,
            go="**/desk/announcements",
        )
        await desk.goto("/desk/workshops/new")
        await desk.get_by_label("Begins, Baku time").fill("2026-11-30T12:00")
        await desk.get_by_label("Ends, Baku time").fill("2026-11-30T11:00")
        await desk.locator("#title_en").fill("Rights")
        await desk.get_by_role("button", name="Save").click()
        await expect(desk.get_by_text("It ends before it begins.")).to_be_visible()
        assert await desk.locator("#title_en").input_value() == "Rights"
        it = await a_workshop(runtime, nigar)
        await desk.goto(f"/desk/workshops/{it.id}")
        await desk.get_by_label("Name", exact=True).fill("Sevil")
        await desk.get_by_role("button", name="Sign somebody up").click()
        await expect(desk.get_by_text("Write a phone or an e-mail.")).to_be_visible()
        await desk.get_by_label("Phone").fill("0501234567")
        await desk.get_by_role("button", name="Sign somebody up").click()
        await expect(desk.get_by_text("1 of 30 places taken, 0 wait")).to_be_visible()
        await desk.get_by_label("Name", exact=True).fill("Ali")
        await desk.get_by_label("Phone").fill("0501234567")
        await desk.get_by_role("button", name="Sign somebody up").click()
        await expect(desk.get_by_text("Somebody is on the list with this")).to_be_visible()


async def test_others_find_no_such_page(runtime: Runtime) -> None:
    async with whole_house(runtime) as office:
        nigar = await an_organiser(runtime)
        it = await a_workshop(runtime, nigar, a_plan())
        for role in (Role.LAWYER, Role.ADMIN):
            _, visitor = await office.hire(f"Somebody {role}", role.value)
            for path in ("", "/new", f"/{it.id}", f"/{it.id}/edit", f"/{it.id}/poster/en.pdf"):
                assert (await visitor.get(f"/desk/workshops{path}")).status == 404
        await asyncio.gather(*(client.session.close() for client in office.clients))
