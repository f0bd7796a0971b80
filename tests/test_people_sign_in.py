"""Staff sign in by themselves, and are alerted by mail."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from bot.casework import cases
from bot.errors import NotFound, TooManyTries
from bot.office import alerts, passwords, staff, staff_chats
from bot.runtime import Runtime
from storage.records import Staff
from tests.conftest import Clock
from tests.pages import assert_accessible, picture
from tests.servers.mail import MailServer, certificate, mail_server, server_tls
from tests.visitors import Office, a_waiting_case, open_office, small_house

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def office(tmp_path: Path, clock: Clock) -> AsyncIterator[Office]:
    async with small_house(tmp_path, clock) as runtime, open_office(runtime) as office:
        yield office


def code_of(office: Office, secret: str) -> str:
    """What the authenticator app shows now."""
    return pyotp.TOTP(secret).at(office.runtime.clock())


async def with_a_password(office: Office, person: Staff) -> str:
    """This person has a password that works; returns the app's secret. The code is used up."""
    address = await passwords.begin(office.runtime, person, PASSWORD)
    secret = pyotp.parse_uri(address).secret
    await passwords.confirm(office.runtime, person, code_of(office, secret))
    return secret


# -- a password with a code --------------------------------------------------------------------


async def test_a_password_and_a_code_open_the_desk(office: Office, clock: Clock) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    clock.forward(minutes=1)
    visitor = await office.visitor()
    page = await visitor.get("/desk/sign-in")
    code = code_of(office, secret)
    page = await visitor.send(page, "/sign-in", name=" leyla ", password=PASSWORD, code=code)
    assert page.path == "/desk/"
    assert "Leyla" in page.words


async def test_a_code_works_once(office: Office, clock: Clock) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    clock.forward(minutes=1)
    code = code_of(office, secret)
    assert await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code)
    with pytest.raises(NotFound):
        await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code)


@pytest.mark.parametrize("wrong", ["name", "password", "code"])
async def test_whatever_is_wrong_looks_the_same(office: Office, clock: Clock, wrong: str) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    clock.forward(minutes=1)
    given = {"name": "Leyla", "password": PASSWORD, "code": code_of(office, secret)}
    given[wrong] = "000000" if given[wrong] != "000000" else "000001"
    visitor = await office.visitor()
    page = await visitor.post("/desk/sign-in", **given)
    assert page.status == 422
    assert "That did not fit." in page.words
    assert f'value="{given["name"]}"' in page.text


async def test_a_password_without_its_first_code_opens_nothing(office: Office) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    address = await passwords.begin(office.runtime, person, PASSWORD)
    code = code_of(office, pyotp.parse_uri(address).secret)
    with pytest.raises(NotFound):
        await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code)


async def test_after_five_wrong_tries_even_the_right_one_waits(
    office: Office, clock: Clock
) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    for _ in range(5):
        clock.forward(seconds=2)
        with pytest.raises(NotFound):
            await passwords.sign_in(office.runtime, "Leyla", "wrong", "123456")
    with pytest.raises(TooManyTries):
        await passwords.sign_in(office.runtime, "LEYLA", PASSWORD, code_of(office, secret))
    clock.forward(minutes=6)
    assert await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code_of(office, secret))


async def test_a_lost_phone_opens_nothing_after_the_coordinators_new_link(
    office: Office, clock: Clock
) -> None:
    leyla, visitor = await office.hire("Leyla")
    secret = await with_a_password(office, leyla)
    _, leader = await office.hire("Aysel", "coordinator")
    page = await leader.get("/desk/staff")
    page = await leader.send(page, f"/staff/{leyla.id}/link", lost="yes")
    assert "/desk/sign-in/" in page.text
    assert (await visitor.get("/desk/")).path == "/desk/signed-out"
    clock.forward(minutes=1)
    with pytest.raises(NotFound):
        await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code_of(office, secret))


async def test_who_has_left_does_not_come_in_with_a_password(office: Office, clock: Clock) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    await staff.disable(office.runtime, person)
    clock.forward(minutes=1)
    with pytest.raises(NotFound):
        await passwords.sign_in(office.runtime, "Leyla", PASSWORD, code_of(office, secret))


async def test_password_and_secret_are_sealed(office: Office, tmp_path: Path) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    secret = await with_a_password(office, person)
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    stored = await asyncio.to_thread(_bytes_of, tmp_path)
    for word in (secret, "argon2", "leyla@example.org"):
        assert word.encode() not in stored


def _bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("hamrah.db*"))


@pytest.mark.parametrize("credential", ["", "{}", "[]", '{"id": 7}', "not json", "\u202e" * 9])
async def test_a_false_passkey_is_refused(office: Office, credential: str) -> None:
    visitor = await office.visitor()
    page = await visitor.post("/desk/sign-in/passkey", credential=credential)
    assert page.status == 422
    assert "does not open the desk" in page.words


# -- in a browser ------------------------------------------------------------------------------


async def a_page(office: Office, browser: Browser, **options: Any) -> Page:
    """A page under a name for which browsers make passkeys."""
    address = office.address.replace("127.0.0.1", "localhost")
    context = await browser.new_context(base_url=address, **options)
    page = await context.new_page()
    page.set_default_timeout(60_000)
    return page


async def with_authenticator(page: Page) -> None:
    """Give this browser a phone's authenticator that always says yes."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.browser
async def test_after_the_first_link_a_passkey_opens_the_desk(
    office: Office, browser: Browser, pytestconfig: pytest.Config
) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    page = await a_page(office, browser, viewport={"width": 900, "height": 900})
    await with_authenticator(page)
    link = (await staff.make_link(office.runtime, person)).partition("8080")[2]
    await page.goto(link)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="My sign-in and alerts").click()
    await page.get_by_role("button", name="Add a passkey on this device").click()
    await expect(page.get_by_text("Passkey of")).to_be_visible()
    await assert_accessible(page)
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("link", name="Sign in").click()
    await assert_accessible(page)
    await picture(page, "desk-sign-in", pytestconfig, whole=False)
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url("**/desk/")
    await expect(page.get_by_role("link", name="Leyla")).to_be_visible()
    await page.get_by_role("link", name="My sign-in and alerts").click()
    await page.get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("You have none yet.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("link", name="Sign in").click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_text("does not open the desk").first).to_be_visible()


@pytest.mark.browser
async def test_a_password_is_set_and_used_without_scripts(
    office: Office, browser: Browser, clock: Clock
) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    page = await a_page(
        office, browser, java_script_enabled=False, viewport={"width": 900, "height": 1300}
    )
    await page.goto((await staff.make_link(office.runtime, person)).partition("8080")[2])
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="My sign-in and alerts").click()
    await page.get_by_label("Password", exact=True).fill("short")
    await page.get_by_role("button", name="Set this password").click()
    await expect(page.get_by_text("Please take at least 12")).to_be_visible()
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Set this password").click()
    secret = await page.locator("p .code").inner_text()
    await page.get_by_label("Code of the").fill(code_of(office, secret))
    await page.get_by_role("button", name="Confirm the code").click()
    await expect(page.get_by_text("Your password works from now on.")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    clock.forward(minutes=1)
    await page.get_by_role("link", name="Sign in").click()
    await page.get_by_label("Your name in the desk").fill("Leyla")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("Code of the").fill(code_of(office, secret))
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url("**/desk/")


# -- alerts ------------------------------------------------------------------------------------


@pytest.fixture
async def post(office: Office) -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        office.runtime = mailing(office.runtime, server)
        yield server


def mailing(runtime: Runtime, server: MailServer, **more: Any) -> Runtime:
    """The house with a mail server."""
    given = {"smtp_host": "127.0.0.1", "smtp_security": "none", "smtp_from": "desk@example.org"}
    settings = replace(runtime.settings, **{**given, "smtp_port": server.port, **more})
    return replace(runtime, settings=settings)


async def test_a_new_case_is_told_by_mail_without_its_content(
    office: Office, post: MailServer
) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    case = await a_waiting_case(office.runtime, "two")
    assert await alerts.send_new(office.runtime)
    assert await alerts.send_new(office.runtime)  # nothing is new any more
    (mail,) = post.mails
    assert post.recipients == ["leyla@example.org"]
    assert mail["Subject"] == "Hamrah: there is news in the desk"
    assert f"{case.code} · P2 · English" in mail.get_content()
    assert f"/desk/cases/{case.id}" in mail.get_content()


async def test_an_alert_waits_for_a_server_that_is_down(office: Office, post: MailServer) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    await a_waiting_case(office.runtime)
    post.is_down = True
    assert not await alerts.send_new(office.runtime)
    post.is_down = False
    assert await alerts.send_new(office.runtime)
    assert len(post.mails) == 1


async def test_a_refused_address_is_not_tried_again_and_keeps_nobody_waiting(
    office: Office, post: MailServer
) -> None:
    post.refuses = {"old@example.org"}
    for name, address in (("Leyla", "old@example.org"), ("Kamran", "kamran@example.org")):
        person = await staff.add(office.runtime, name, "lawyer")
        await alerts.set_address(office.runtime, person, address)
    await a_waiting_case(office.runtime)
    assert await alerts.send_new(office.runtime)
    assert post.recipients == ["kamran@example.org"]


async def test_what_was_read_in_the_desk_is_not_mailed(office: Office, post: MailServer) -> None:
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    case = await a_waiting_case(office.runtime)
    await cases.claim(office.runtime, person, case.id)
    await alerts.send_new(office.runtime)
    assert not post.mails


SECURE = {"smtp_host": "localhost", "smtp_user": "desk", "smtp_password": "secret"}


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_goes_to_the_mail_server_sealed_only(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))  # the machine trusts it
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    await a_waiting_case(office.runtime)
    how = {"tls" if security == "tls" else "start_tls": server_tls(path)}
    async with mail_server("desk", "secret", **how) as server:
        wrong = {**SECURE, "smtp_security": security, "smtp_password": "old"}
        assert not await alerts.send_new(mailing(office.runtime, server, **wrong))
        right = {**SECURE, "smtp_security": security}
        assert await alerts.send_new(mailing(office.runtime, server, **right))
    assert server.recipients == ["leyla@example.org"]
    assert "AUTH" not in server.in_the_clear


@pytest.mark.parametrize("fault", ["untrusted", "another name", "no STARTTLS"])
async def test_nothing_goes_to_a_mail_server_that_cannot_be_trusted(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    path = certificate(tmp_path, "mail.example.org" if fault == "another name" else "localhost")
    if fault != "untrusted":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    person = await staff.add(office.runtime, "Leyla", "lawyer")
    await alerts.set_address(office.runtime, person, "leyla@example.org")
    await a_waiting_case(office.runtime)
    start_tls = None if fault == "no STARTTLS" else server_tls(path)
    async with mail_server("desk", "secret", start_tls=start_tls) as server:
        secure = {**SECURE, "smtp_security": "starttls"}
        assert not await alerts.send_new(mailing(office.runtime, server, **secure))
    assert not server.mails
    assert not {"AUTH", "MAIL"} & set(server.in_the_clear)


# -- one's own account on Telegram -------------------------------------------------------------


async def test_telegram_is_tied_and_untied_on_ones_own_page(tmp_path: Path, clock: Clock) -> None:
    async with small_house(tmp_path, clock) as house:
        settings = replace(house.settings, telegram_token=f"7:{'x' * 35}", telegram_name="a_bot")
        runtime = replace(house, settings=settings)
        async with open_office(runtime) as office:
            person, visitor = await office.hire()
            page = await visitor.get("/desk/account")
            assert not page.offers("/telegram/untie")
            page = await visitor.send(page, "/account/telegram")
            [code] = re.findall(r"https://t\.me/a_bot\?start=staff-([\w-]+)<", page.text)
            assert await staff_chats.tie(runtime, ("telegram", "7"), "5", code) == person
            page = await visitor.get("/desk/account")
            assert "An account is tied to you, since" in page.words
            page = await visitor.send(page, "/account/telegram/untie")
            assert page.offers("/account/telegram")
            assert await staff_chats.find(runtime, ("telegram", "7"), "5") is None


async def test_a_lost_phone_is_untied_with_the_ways_in(office: Office) -> None:
    runtime = office.runtime
    person, _ = await office.hire()
    leader, visitor = await office.hire("Murad", "coordinator")
    for each, number in ((person, "5"), (leader, "6")):
        code = await staff_chats.make_code(runtime, each)
        await staff_chats.tie(runtime, ("telegram", "7"), number, code)
    page = await visitor.get("/desk/staff")
    await visitor.send(page, f"/staff/{person.id}/link", lost="yes")
    assert await staff_chats.tied_since(runtime, person) is None
    assert await staff_chats.tied_since(runtime, leader) is not None
