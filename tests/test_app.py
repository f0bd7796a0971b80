"""The house as a process: starts, says what is wrong, answers for its health, stops in order."""

import asyncio
import json
import os
import socket
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_app
from bot.runtime import Runtime, random_token
from tests.house import Browser, House

TOKEN = "a-token-of-prometheus"


async def test_the_first_run_makes_a_key_and_the_second_keeps_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.environment = {"COLUMNS": "60"}  # narrower than the link
    printed = await house.command("staff", "list")
    assert "HAMRAH_SECRET_KEY is missing" in printed  # as for who types it in a wrong folder
    assert not os.listdir(tmp_path)
    async with house:
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        key = (tmp_path / ".env").read_text()
        assert len(house.sign_in_link.rpartition("/")[2]) == len(random_token())
        assert await house.stop() == 0
        await house.start()
        assert (tmp_path / ".env").read_text() == key
        assert await house.stop() == 0


@pytest.fixture(scope="module")
async def serving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house at work, for tests that leave it so."""
    async with House(tmp_path_factory.mktemp("serving"), METRICS_TOKEN=TOKEN) as house:
        yield house


async def test_health_and_numbers_answer(serving: House) -> None:
    house = serving
    async with aiohttp.ClientSession(house.address) as session:
        async with session.get("/healthz") as answer:
            assert await answer.json() == {"status": "ok"}
        async with Browser(house) as browser:
            await browser.taps("en")
            await browser.reads("Are you alone")
        async with session.get("/readyz") as answer:
            assert await answer.json() == {"status": "ready"}
        async with session.get("/metrics") as answer:
            assert 'hamrah_outbox_messages{state="sent"}' in await answer.text()
        outside = {"X-Forwarded-For": "203.0.113.9"}
        async with session.get("/metrics", headers=outside) as answer:
            assert answer.status == 404
        outside["Authorization"] = f"Bearer {TOKEN}"
        async with session.get("/metrics", headers=outside) as answer:
            assert answer.status == 200


async def test_a_house_with_a_public_address_tells_its_numbers_by_the_token_only(
    runtime: Runtime,
) -> None:
    settings = replace(
        runtime.settings, public_url="https://hamrah.example.org", metrics_token=TOKEN
    )
    async with TestClient(TestServer(build_app(replace(runtime, settings=settings)))) as client:
        assert (await client.get("/metrics")).status == 404  # as nginx asks without any header
        given = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/metrics", headers=given)).status == 200


async def test_a_second_server_on_the_same_database_is_refused(serving: House) -> None:
    printed = await serving.command("run")
    assert "is running already" in printed
    async with (
        aiohttp.ClientSession(serving.address) as session,
        session.get("/readyz") as answer,
    ):
        assert answer.status == 200


async def test_staff_is_managed_beside_the_serving_process(serving: House) -> None:
    assert "/desk/sign-in/" in await serving.command("staff", "add", "Leyla", "--role", "lawyer")
    assert "Leyla" in await serving.command("staff", "list")
    assert "somebody has this name" in await serving.command("staff", "add", "Leyla")
    assert "role: one of" in await serving.command("staff", "add", "Ali", "--role", "king")
    assert "nobody of that name" in await serving.command("staff", "link", "Nobody")
    assert "can no longer sign in" in await serving.command("staff", "disable", "Leyla")


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"HAMRAH_PORT {port}" in await House(tmp_path, PORT=str(port)).command("run")


async def test_a_wrong_key_is_refused_with_what_to_do(runtime: Runtime, tmp_path: Path) -> None:
    assert (tmp_path / "hamrah.db").exists()  # the runtime's, with a key of its own
    printed = await House(tmp_path, SECRET_KEY=b64encode(b"x" * 32).decode()).command("run")
    assert "does not open this database" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "sqlite:////nonexistent/x.db", "HAMRAH_DATABASE_URL cannot be used"),
        ("DATABASE_URL", "nonsense", "HAMRAH_DATABASE_URL"),
        ("PORT", "http", "HAMRAH_PORT is not a port"),
        ("LOG_LEVEL", "loud", "HAMRAH_LOG_LEVEL is not one of"),
        ("NONSENSE", "1", "HAMRAH_NONSENSE is not a setting"),
        ("LANGUAGES", "en,xx", "HAMRAH_LANGUAGES has xx; there are en, ar,"),
    ],
)
async def test_bad_settings_are_told_by_name(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    printed = await House(tmp_path, **{name: value}).command("run")
    assert told in printed
    assert "Traceback" not in printed


async def test_a_stop_finishes_what_is_in_hand_and_logs_are_json(tmp_path: Path) -> None:
    async with House(tmp_path) as house, Browser(house) as browser:
        await browser.taps("en")
        await browser.taps("yes")
        assert await house.stop() == 0
        assert house.query("SELECT count(*) FROM outbox WHERE state = 'sending'") == [(0,)]
        await house.start()
        await browser.taps("no")
        await browser.taps("adult")
        assert await house.stop() == 0
    lines = [line for line in house.output if line.startswith("{")]
    assert lines
    for line in lines:
        assert {"event", "level", "timestamp"} <= json.loads(line).keys()


async def test_commands_do_not_wait_for_aiogram(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(House(tmp_path).python), "-X", "importtime", "-m", "bot", "flows", "--help",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, imported = await process.communicate()
    assert b"check" in printed
    assert b"aiogram" not in imported
    assert b"sqlalchemy" not in imported
