"""Steps of the pure engine beside python-telegram-bot's ConversationHandler, on the same questions.

The handler keeps one state per chat and calls a function; ours folds the answers, checks the
button, computes what the next question inserts and collects its sources.
"""

import time
from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.ext import Application, CallbackQueryHandler, ConversationHandler

from bench import Row
from bot.runtime import LOCALES
from flows import engine
from flows.catalog import CONTENT, load_catalog
from flows.model import Tap
from flows.texts import load_texts

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ANSWERS = ("wages", "late", "unknown", "recent", "no")
ROUNDS = 1_000


async def run() -> list[Row]:
    """Answers a second on one core, best of three."""
    peer = max([await _peer() for _ in range(3)])
    ours = max(_ours() for _ in range(3))
    return [
        ("engine: answers", ours, peer),
        ("ConversationHandler: answers", peer, None),
    ]


def _ours() -> float:
    catalog = load_catalog(CONTENT, load_texts(LOCALES))
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        session, _effects = engine.start(catalog, "menu", language="en", at=NOW)
        for option in ANSWERS:
            session, _effects = engine.advance(catalog, session, Tap(session.asked, option, NOW))
    return ROUNDS * len(ANSWERS) / (time.perf_counter() - begun)


async def _peer() -> float:
    application = Application.builder().token("1:x").build()
    states: dict[object, list[Any]] = {}
    for number, option in enumerate(ANSWERS):

        async def answer(_update: Update, _context: Any, after: int = number + 1) -> int:
            return after if after < len(ANSWERS) else 0

        states[number] = [CallbackQueryHandler(answer, pattern=f"^{option}$")]

    async def begin(_update: Update, _context: Any) -> int:
        return 0

    entry = [CallbackQueryHandler(begin, pattern="^start$")]
    application.add_handler(ConversationHandler(entry, states, fallbacks=[], per_message=False))  # type: ignore[arg-type]
    application._initialized = True  # no network: only the handler is measured
    user, chat = User(1, "A", False), Chat(1, "private")
    taps = [
        Update(n, callback_query=CallbackQuery(str(n), user, "x", Message(1, NOW, chat), data=data))
        for n, data in enumerate(("start", *ANSWERS))
    ]
    await application.process_update(taps[0])
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for tap in taps[1:]:
            await application.process_update(tap)
    return ROUNDS * len(ANSWERS) / (time.perf_counter() - begun)
