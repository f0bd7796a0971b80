"""Our bot on the local WhatsApp, in this process: the house without its command line."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.channels.whatsapp.webhook import PATH
from bot.runtime import Runtime, utc_now
from bot.settings import Settings
from storage import conversations
from storage.database import Tx
from storage.messages import list_said
from storage.records import Conversation, Message
from tests.conftest import SECRET_KEY, a_runtime
from tests.house import free_port
from tests.servers.whatsapp import Person, WhatsAppServer
from tests.servers.whatsapp.server import APP_SECRET, PHONE_ID, TOKEN
from tests.telegram_bot import running

VERIFY_TOKEN = "a-word-of-our-choice"


def whatsapp_settings(server: WhatsAppServer, folder: Path, port: int, **more: Any) -> Settings:
    """Settings with WhatsApp on."""
    return Settings(
        secret_key=SECRET_KEY,
        database_url=f"sqlite:///{folder}/hamrah.db",
        media_folder=folder / "media",
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        whatsapp_token=TOKEN,
        whatsapp_phone_id=PHONE_ID,
        whatsapp_app_secret=APP_SECRET,
        whatsapp_verify_token=VERIFY_TOKEN,
        whatsapp_api_url=server.url,
        **more,
    )


@asynccontextmanager
async def whatsapp_bot(
    server: WhatsAppServer,
    folder: Path,
    *,
    clock: Callable[[], datetime] = utc_now,
    **settings: Any,
) -> AsyncIterator[Runtime]:
    """The bot with its database in `folder`."""
    port = free_port()
    chosen = whatsapp_settings(server, folder, port, **settings)
    runtime = await a_runtime(chosen, clock)
    async with running(runtime, port):
        server.webhook = f"{chosen.address}{PATH}"
        yield runtime
        server.webhook = ""
    await runtime.database.close()


async def tap(server: WhatsAppServer, user: Person, *labels: str) -> None:
    """Press these buttons, each as soon as the newest message offers it."""
    for label in labels:

        def shown(label: str = label) -> bool:
            return any(label in seen.labels for seen in user.news())

        await server.until(shown, what=f"a button {label!r}")
        user.taps(label)


async def choose(server: WhatsAppServer, user: Person, *options: str) -> None:
    """Press the buttons of these options, whatever they say in the person's language."""
    for option in options:

        def label(option: str = option) -> str:
            found = (
                label
                for seen in user.news()
                for label, data in seen.buttons.items()
                if data.startswith("t:") and data.endswith(f":{option}")
            )
            return next(found, "")

        user.taps(await server.until(label, what=f"an option {option!r}"))


async def through_the_welcome(server: WhatsAppServer, user: Person) -> None:
    """English, alone, not hurt, adult: to the list of topics."""
    await tap(server, user, "English", "✅ Yes", "👍 No", "🧑 18 or older")
    await server.hears(user, "What do you need?")


async def conversation_of(bot: Runtime, user: Person) -> Conversation | None:
    """The open conversation of this person."""

    def look(tx: Tx) -> Conversation | None:
        for identifier in (("user", user.user_id), ("phone", user.phone)):
            address = conversations.find_address(tx, "whatsapp", PHONE_ID, identifier)
            if address is not None:
                return conversations.get_open_conversation(tx, address)
        return None

    return await bot.database.read(look)


async def transcript(bot: Runtime, user: Person) -> list[Message]:
    """All that was said with this person."""
    talk = await conversation_of(bot, user)
    assert talk is not None
    return await bot.database.read(lambda tx: list_said(tx, talk.id))
