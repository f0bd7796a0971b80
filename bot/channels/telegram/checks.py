"""Whether Telegram is set up: the token, and how messages come."""

import re
from collections.abc import Sequence

from aiogram.methods import GetMe, GetWebhookInfo

from bot.channels.telegram.api import Api
from bot.errors import DeliveryError, TryLater
from bot.settings import Settings
from bot.tools.doctor import Finding, bad, ok

# What a name on a phone's list of chats must not say, in the tongues of Baku.
TELLING = re.compile(
    r"law|legal|right|migra|traffick|victim|hotline|hüquq|vəkil|miqra|юри|адвокат|прав|мигра|жертв",
    re.IGNORECASE,
)


async def check(settings: Settings) -> Sequence[Finding]:
    """Ask Telegram."""
    api = Api(settings.telegram_token, settings.telegram_api_url)
    try:
        return await _ask(api, settings)
    except TryLater as error:
        mend = "Copy the token from @BotFather into HAMRAH_TELEGRAM_TOKEN, or look at the network."
        return [bad("Telegram", f"does not let us in: {error.reason}", mend)]
    except DeliveryError:
        return [bad("Telegram", "does not answer", "Look at the network, then try again.")]
    finally:
        await api.close()


def _name(name: str, username: str | None) -> Finding:
    """Whether the name betrays nothing to who glances at the list of chats."""
    if TELLING.search(f"{name} {username or ''}"):
        mend = "Choose a name and a picture at @BotFather that say nothing of work, law or danger."
        return bad("Telegram name", f"“{name}” (@{username}) tells what the bot is for", mend)
    return ok("Telegram name", f"is “{name}”; look that the picture says nothing, too")


async def _ask(api: Api, settings: Settings) -> list[Finding]:
    me = await api.call(GetMe())
    found = [ok("Telegram token", f"is that of @{me.username}"), _name(me.full_name, me.username)]
    hook = await api.call(GetWebhookInfo())
    if settings.telegram_mode == "webhook" and hook.last_error_message:
        mend = "Look at HAMRAH_PUBLIC_URL and the web server in front."
        found.append(bad("Telegram webhook", f"Telegram says: {hook.last_error_message}", mend))
    else:
        found.append(ok("Telegram messages", f"come by {settings.telegram_mode}"))
    return found
