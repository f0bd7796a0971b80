"""Steps of the pure engine beside two libraries that lead conversations, on the same questions.

python-telegram-bot's ConversationHandler keeps one state per chat and calls a function.
aiogram-dialog keeps a stack of windows and renders each. Ours folds the answers, checks the
button, computes what the next question inserts and collects its sources. No network in any.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.ext import Application, CallbackQueryHandler, ConversationHandler

from bench import Row
from flows import CONTENT, LOCALES, engine
from flows.catalog import load_catalog
from flows.model import Tap
from flows.texts import load_texts

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
ANSWERS = ("wages", "late", "unknown", "recent", "no")
ROUNDS = 1_000
DIALOG_ROUNDS = 100  # it renders each window: two orders slower


async def run() -> list[Row]:
    """Answers a second on one core, best of three."""
    ours = max(_ours() for _ in range(3))
    handler = max([await _conversation_handler() for _ in range(3)])
    dialog = max([await _aiogram_dialog() for _ in range(3)])
    return [
        ("engine: answers (beside ConversationHandler)", ours, handler),
        ("engine: answers (beside aiogram-dialog)", ours, dialog),
        ("ConversationHandler: answers", handler, None),
        ("aiogram-dialog: answers", dialog, None),
    ]


def _ours() -> float:
    catalog = load_catalog(CONTENT, load_texts(LOCALES))
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        session, _effects = engine.start(catalog, "menu", language="en", at=NOW)
        for option in ANSWERS:
            session, _effects = engine.advance(catalog, session, Tap(session.asked, option, NOW))
    return ROUNDS * len(ANSWERS) / (time.perf_counter() - begun)


async def _conversation_handler() -> float:
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


async def _aiogram_dialog() -> float:
    from aiogram import Dispatcher
    from aiogram.filters import CommandStart
    from aiogram.fsm.state import State, StatesGroup
    from aiogram.types import CallbackQuery as Tapped
    from aiogram.types import Message as Said
    from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
    from aiogram_dialog.test_tools import BotClient, MockMessageManager
    from aiogram_dialog.test_tools.keyboard import InlineButtonTextLocator
    from aiogram_dialog.widgets.kbd import Button
    from aiogram_dialog.widgets.text import Const

    names = [f"q{number}" for number in range(len(ANSWERS))]
    group = StatesGroup.__class__("Questions", (StatesGroup,), {n: State() for n in names})
    states: list[State] = [getattr(group, name) for name in names]

    def going_to(after: State) -> Callable[[Tapped, Button, DialogManager], Awaitable[None]]:
        async def go(_tapped: Tapped, _button: Button, manager: DialogManager) -> None:
            await manager.switch_to(after)

        return go

    windows = [
        Window(
            Const(f"question {number}"),
            Button(Const(option), id=option, on_click=going_to(states[(number + 1) % len(states)])),
            state=states[number],
        )
        for number, option in enumerate(ANSWERS)
    ]

    async def begin(_said: Said, dialog_manager: DialogManager) -> None:
        await dialog_manager.start(states[0], mode=StartMode.RESET_STACK)

    dispatcher = Dispatcher()
    dispatcher.include_router(Dialog(*windows))
    dispatcher.message.register(begin, CommandStart())
    screen = MockMessageManager()
    setup_dialogs(dispatcher, message_manager=screen)
    client = BotClient(dispatcher)
    await client.send("/start")
    begun = time.perf_counter()
    for _ in range(DIALOG_ROUNDS):
        for option in ANSWERS:
            shown = screen.last_message()
            screen.reset_history()
            await client.click(shown, InlineButtonTextLocator(option))
    return DIALOG_ROUNDS * len(ANSWERS) / (time.perf_counter() - begun)
