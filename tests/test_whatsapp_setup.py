"""Setting WhatsApp up: each step can be looked at, each text submitted, each message counted."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.app import bring_templates, examine
from bot.errors import SettingsError
from bot.runtime import Runtime
from tests.house import House
from tests.servers.whatsapp import WhatsAppServer
from tests.servers.whatsapp.server import APP_SECRET, PHONE_ID, TOKEN
from tests.whatsapp_bot import VERIFY_TOKEN, whatsapp_bot

ROOT = Path(__file__).parent.parent
TEXTS = yaml.safe_load((ROOT / "whatsapp_templates.yaml").read_text(encoding="utf-8"))


@pytest.fixture
async def server() -> AsyncIterator[WhatsAppServer]:
    """A WhatsApp that has approved everything."""
    async with WhatsAppServer() as server:
        for name, template in TEXTS.items():
            server.templates.update({(name, code): "APPROVED" for code in template["texts"]})
        yield server


@pytest.fixture
async def bot(server: WhatsAppServer, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The bot on it."""
    async with whatsapp_bot(server, tmp_path) as runtime:
        yield runtime


async def missing(bot: Runtime, **changes: str) -> set[str]:
    """The steps of WhatsApp that are not good, with these settings."""
    found = await examine(replace(bot.settings, **changes))  # type: ignore[arg-type]
    assert all(each.mend for each in found if not each.good)
    return {each.step for each in found if not each.good and each.step.startswith("WhatsApp")}


async def test_who_has_done_every_step_is_told_so(server: WhatsAppServer, bot: Runtime) -> None:
    found = await examine(bot.settings)
    assert [each.step for each in found] == [
        "database", "files", "trees", "address",
        "WhatsApp token", "WhatsApp number", "WhatsApp app secret", "WhatsApp webhook",
        "WhatsApp signatures", "WhatsApp subscription", "WhatsApp templates", "WhatsApp quality",
    ]  # fmt: skip
    assert [each.step for each in found if not each.good] == ["address"]  # no https in a test
    assert TOKEN not in str(found)
    assert APP_SECRET not in str(found)


@pytest.mark.parametrize(
    ("change", "steps"),
    [
        ({"whatsapp_token": "EAAwrong" * 4}, {"WhatsApp token", "WhatsApp number",
                                              "WhatsApp app secret"}),
        ({"whatsapp_token": ""}, {"WhatsApp token"}),
        ({"whatsapp_phone_id": "123456"}, {"WhatsApp token", "WhatsApp number",
                                           "WhatsApp app secret"}),
        ({"whatsapp_app_secret": "f" * 32}, {"WhatsApp app secret", "WhatsApp signatures"}),
        ({"whatsapp_verify_token": "another-word"}, {"WhatsApp webhook"}),
        ({"public_url": "http://127.0.0.1:1"}, {"WhatsApp webhook"}),
        ({"whatsapp_api_url": "http://127.0.0.1:1"}, {"WhatsApp token", "WhatsApp number",
                                                      "WhatsApp app secret"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
async def test_a_wrong_setting_is_found_by_its_step(
    server: WhatsAppServer, bot: Runtime, change: dict[str, str], steps: set[str]
) -> None:
    assert await missing(bot, **change) == steps


@pytest.mark.parametrize(
    ("spoil", "step"),
    [
        (lambda server: server.templates.pop(("news", "fa")), "WhatsApp templates"),
        (lambda server: setattr(server, "quality", "RED"), "WhatsApp quality"),
        (lambda server: setattr(server, "subscribed", False), "WhatsApp subscription"),
        (lambda server: server.scopes.pop(), "WhatsApp token"),
        (lambda server: setattr(server, "token_ends", 1_800_000_000), "WhatsApp token"),
    ],
)
async def test_what_is_missing_at_meta_is_found(
    server: WhatsAppServer, bot: Runtime, spoil: Callable[[WhatsAppServer], object], step: str
) -> None:
    server.page_size = 10  # the list of templates comes by pages
    spoil(server)
    assert await missing(bot) == {step}


async def test_the_missing_templates_are_submitted_on_a_yes_only(
    server: WhatsAppServer, bot: Runtime
) -> None:
    del server.templates["news", "fa"]
    states = await bring_templates(bot.settings, lambda states: False)
    assert ("news", "fa", "MISSING") in states
    assert ("news", "fa") not in server.templates
    states = await bring_templates(bot.settings, lambda states: True)
    assert ("news", "fa", "PENDING") in states
    assert server.templates["news", "fa"] == "PENDING"
    with pytest.raises(SettingsError):
        await bring_templates(replace(bot.settings, whatsapp_token=""), lambda states: True)


async def test_the_commands_say_it_on_the_screen(server: WhatsAppServer, tmp_path: Path) -> None:
    server.templates.clear()
    house = House(
        tmp_path,
        WHATSAPP_TOKEN=TOKEN,
        WHATSAPP_PHONE_ID=PHONE_ID,
        WHATSAPP_APP_SECRET=APP_SECRET,
        WHATSAPP_VERIFY_TOKEN=VERIFY_TOKEN,
        WHATSAPP_API_URL=server.url,
    )
    async with house:
        server.webhook = f"{house.address}/whatsapp/webhook"
        assert any("WhatsApp              on" in line for line in house.output)
        user = server.new_user()
        user.says("hello")
        await server.hears(user, "Which language")
        await server.settled()
        printed = await house.command("whatsapp", "templates", "--yes")
        assert "PENDING" in printed
        printed = await house.command("doctor")
        assert "WhatsApp templates" in printed
        assert "not approved in en, az" in printed
        printed = await house.command("report", "costs")
        assert "whatsapp" in printed
        assert "answer" in printed
        assert await house.stop() == 0
