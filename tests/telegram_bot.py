"""Our bot on the local Telegram, in this process: the house without its command line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.app import add_channels, build_app
from bot.channels.telegram import phrases
from bot.delivery.feeder import Feeder
from bot.delivery.local import Dispatcher
from bot.runtime import Runtime, utc_now
from bot.settings import Settings
from flows.texts import SOURCE_LANGUAGE
from storage import schema
from storage.database import Tx
from tests.conftest import SECRET_KEY, a_runtime
from tests.house import free_port
from tests.servers.telegram import Seen, TelegramServer, User
from tests.servers.telegram.judges import malformed

WEBHOOK_SECRET = "a-secret-of-the-webhook"
POLLING, WEBHOOK = "polling", "webhook"


@asynccontextmanager
async def telegram_bot(
    server: TelegramServer,
    folder: Path,
    *,
    mode: str = POLLING,
    clock: Callable[[], datetime] = utc_now,
    has_card: bool = True,
    **settings: Any,
) -> AsyncIterator[Runtime]:
    """The bot with its database in `folder`; by default it writes as fast as it can.

    `has_card`: its commands and descriptions were set at an earlier start.

    At the end others judge every call that it made (servers/telegram/judges.py).
    """
    port = free_port()
    chosen = Settings(
        secret_key=SECRET_KEY,
        database_url=f"sqlite:///{folder}/hamrah.db",
        media_folder=folder / "media",
        public_url=f"http://127.0.0.1:{port}",
        telegram_token=server.token,
        telegram_mode=mode,
        telegram_api_url=server.url,
        telegram_webhook_secret=WEBHOOK_SECRET,
        **{"telegram_rate": 1000, "telegram_chat_rate": 1000, **settings},
    )
    runtime = await a_runtime(chosen, clock)
    if has_card:
        set_card(server, runtime)
    async with running(runtime, port):
        yield runtime
    await runtime.database.close()
    assert malformed(server) == []


def set_card(server: TelegramServer, runtime: Runtime) -> None:
    """What Telegram knows of a bot that has started before, in every language."""
    card, say = server.world.profile, runtime.speech.say
    for language in runtime.languages:
        for code in (language, "") if language == SOURCE_LANGUAGE else (language,):
            card.descriptions[code] = say(phrases.DESCRIPTION, language)
            card.short_descriptions[code] = say(phrases.SHORT_DESCRIPTION, language)
            card.commands["default", code] = [
                {"command": command.value, "description": say(phrase, language)}
                for command, phrase in phrases.COMMANDS.items()
            ]


@asynccontextmanager
async def running(runtime: Runtime, port: int) -> AsyncIterator[None]:
    """The bot at work; ended in the order of bot/app.py."""
    app = build_app(runtime)
    channels = add_channels(app, runtime)
    dispatcher = Dispatcher(runtime, channels)
    feeder = Feeder(runtime, channels)
    delivering = asyncio.create_task(dispatcher.run())
    feeding = asyncio.create_task(feeder.run())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()
        feeder.stop()
        dispatcher.stop()
        await asyncio.gather(feeding, delivering)
        for channel in channels.values():
            await channel.close()


async def press(server: TelegramServer, user: User, *labels: str) -> None:
    """Press these buttons, each of the newest question as soon as that offers it.

    An answered question keeps its buttons for a moment, and the next one has some of the same:
    no question is answered twice, and none before it is there.
    """
    for label in labels:

        def question(label: str = label) -> Seen | None:
            asked = user.open_question()
            return asked if asked is not None and label in asked.labels else None

        user.tap(label, await server.until(question, what=f"a button {label!r}"))


async def through_the_welcome(server: TelegramServer, user: User) -> None:
    """English, alone, not hurt, adult: to the list of topics."""
    for heard, pressed in (
        ("Which language", "English"),
        ("Are you alone", "✅ Yes"),
        ("Are you hurt", "👍 No"),
        ("How old", "🧑 18 or older"),
    ):
        await server.hears(user, heard)
        user.tap(pressed)
    await server.hears(user, "What do you need?")


async def until_fetched(bot: Runtime, count: int) -> None:
    """Wait until so many files are stored."""

    def stored(tx: Tx) -> int:
        return len(tx.execute(schema.attachment.select()).all())

    with bot.changes.listen("conversation:1") as bell:
        while await bot.database.read(stored) < count:
            await bell.wait()
            bell.clear()
