"""A call of Meta's with fifty messages of fifty people, from its first byte to our 200.

Meta wants its answer within a second (PLATFORMS.md 1b), and hears it only after the commit of
each message. The peer is a bare transaction of the same database for each of them: what
durability alone costs on this disk.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from bench import Row
from bot.channels.whatsapp import WhatsApp
from bot.channels.whatsapp.webhook import PATH, SIGNATURE, sign
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from flows.session_json import parse_session
from storage import conversations
from storage.database import Tx

PEOPLE, PHONE_ID = 50, "277321005464405"
OPTIONS = ("en", "yes", "no", "adult", "wages", "late")  # pressed by everybody, a call for each
Json = dict[str, Any]


async def run() -> list[Row]:
    """Messages a second out of a whole batch; 50 is a call that takes a second."""
    port = unused_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            secret_key=bytes(32),
            database_url=f"sqlite:///{folder}/bench.db",
            media_folder=Path(folder) / "media",
            whatsapp_token="EAAbench" * 4,
            whatsapp_phone_id=PHONE_ID,
            whatsapp_app_secret="0" * 32,
            whatsapp_verify_token="a-word-of-ours",
            whatsapp_api_url=f"http://127.0.0.1:{port}",  # where the blue ticks go
        )
        runtime = build_runtime(settings)
        await open_database(runtime.database, settings)
        rows = await _measure(runtime, port)
        await runtime.database.close()
    return rows


async def _measure(runtime: Runtime, port: int) -> list[Row]:
    channel, app = WhatsApp(runtime), web.Application()
    channel.add_routes(app)
    app.router.add_post("/{version}/{phone_id}/messages", _meta)
    async with TestClient(TestServer(app, port=port)) as client:
        hello = await _call(client, runtime, [_text(n) for n in range(PEOPLE)])
        taps = []
        for option in OPTIONS:
            asked = await runtime.database.read(_asked)
            presses = [_tap(n, f"t:{asked[n]}:{option}", option) for n in range(PEOPLE)]
            taps.append(await _call(client, runtime, presses))
        bare = await _bare(runtime)
    await channel.close()
    return [_row("first words", hello, bare), _row("answers, the slowest", max(taps), bare)]


def _row(what: str, took: float, bare: float) -> Row:
    name = f"WhatsApp: a call of {PEOPLE} {what} ({took * 1000:.0f} ms)"
    return name, PEOPLE / took, PEOPLE / bare


async def _meta(_: web.Request) -> web.Response:
    return web.json_response({"success": True})


async def _call(client: TestClient[Any, Any], runtime: Runtime, messages: list[Json]) -> float:
    """Seconds to the 200."""
    value = {
        "metadata": {"phone_number_id": PHONE_ID},
        "contacts": [{"user_id": m["from_user_id"], "wa_id": m["from"]} for m in messages],
        "messages": messages,
    }
    told = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
    body = json.dumps(told).encode()
    signed = {SIGNATURE: sign(runtime.settings.whatsapp_app_secret, body)}
    begun = time.perf_counter()
    async with client.post(PATH, data=body, headers=signed) as answer:
        assert answer.status == 200
    return time.perf_counter() - begun


def _message(n: int, name: str, kind: str, body: Mapping[str, Any]) -> Json:
    who = {"from": f"4470009{n:05d}", "from_user_id": f"GB.{n}"}
    return {"id": f"wamid.{name}.{n}", "timestamp": "1764316800", "type": kind, kind: body, **who}


def _text(n: int) -> Json:
    return _message(n, "hello", "text", {"body": "hello"})


def _tap(n: int, data: str, name: str) -> Json:
    reply = {"type": "button_reply", "button_reply": {"id": data, "title": name}}
    return _message(n, name, "interactive", reply)


def _asked(tx: Tx) -> list[int]:
    """The number of each person's open question."""
    found = []
    for n in range(PEOPLE):
        address = conversations.find_address(tx, "whatsapp", PHONE_ID, ("user", f"GB.{n}"))
        talk = conversations.get_open_conversation(tx, address) if address else None
        session = parse_session(talk.session) if talk else None
        found.append(session.asked if session else 0)
    return found


async def _bare(runtime: Runtime) -> float:
    """Seconds for as many transactions that write one row."""
    begun = time.perf_counter()
    for _ in range(PEOPLE):
        await runtime.database.write(lambda tx: tx.next_id("bench"))
    return time.perf_counter() - begun
