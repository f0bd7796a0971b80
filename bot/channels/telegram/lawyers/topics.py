"""Topic mode: whether our bot has it, what a topic is called, how Telegram says that it is gone."""

import asyncio
import re

from aiogram.methods import GetMe

from bot.channels.telegram.api import Api

TOPIC_GONE = re.compile("thread not found|TOPIC_ID_INVALID|TOPIC_DELETED|TOPIC_CLOSED")
MAX_NAME = 128  # characters; Bot API 10.1, createForumTopic
ASK_AGAIN_SECONDS = 60.0  # the operator may switch it on at @BotFather at any time


class TopicMode:
    """Knows where the bot may have topics: it must be on for the bot, and with the person."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._on, self._asked_at = False, float("-inf")
        self._refused_at: dict[str, float] = {}

    async def is_on(self, chat: str) -> bool:
        """What getMe said last, unless this chat has just refused a topic; asked once a minute."""
        now = asyncio.get_running_loop().time()
        if now - self._asked_at >= ASK_AGAIN_SECONDS:
            self._on = bool((await self._api.call(GetMe())).has_topics_enabled)
            self._asked_at = now
        refused_at = self._refused_at.get(chat, float("-inf"))
        return self._on and now - refused_at >= ASK_AGAIN_SECONDS

    def refused(self, chat: str) -> None:
        """This person has switched topics off."""
        self._refused_at[chat] = asyncio.get_running_loop().time()


def name_of(code: str) -> str:
    """What the topic of a case is called: its number, which says nothing to who glances at it."""
    return f"📁 {code}"[:MAX_NAME]


def code_in(name: str) -> str:
    """The number of the case in a topic's name."""
    return name.rpartition(" ")[2]
