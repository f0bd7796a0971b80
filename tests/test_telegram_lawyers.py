"""Lawyers work from Telegram alone: claim, read, reply, note, hand over, close."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import cases
from bot.runtime import Runtime
from storage.records import CaseId
from tests.servers.telegram import TelegramServer
from tests.servers.telegram.judges import judge
from tests.talk import PNG
from tests.telegram_bot import POLLING, WEBHOOK, telegram_bot
from tests.telegram_staff import a_lawyer_on_telegram, asks_for_a_lawyer


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A Telegram with topic mode, with whom every call finds favour."""
    async with TelegramServer(flood=None, topics=True) as server:
        yield server
        assert judge(server) == []


@pytest.fixture(params=[POLLING, WEBHOOK])
async def bot(
    request: pytest.FixtureRequest, server: TelegramServer, tmp_path: Path
) -> AsyncIterator[Runtime]:
    """The bot of an office that permits content on Telegram."""
    async with telegram_bot(server, tmp_path, mode=request.param, telegram_content=True) as runtime:
        yield runtime
        await server.settled()


async def test_a_worker_and_two_lawyers_on_telegram_alone(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    murad = await a_lawyer_on_telegram(server, bot, "Murad")
    worker = server.new_user("Karim")
    code = await asks_for_a_lawyer(server, worker)

    # both look into the queue; Leyla is quicker, Murad is told who has it
    for lawyer in (leyla, murad):
        await lawyer.presses("📥 Queue")
        await lawyer.presses(code)
    offered = await murad.offered("✅ No conflict")
    await leyla.presses("✅ No conflict")
    await server.hears(worker, "A lawyer has taken your case")
    late = murad.user.tap("✅ No conflict: claim", offered)
    await server.until(lambda: late.answered)
    assert late.text.startswith("Leyla has this case since")
    await murad.reads("Leyla has this case since")

    # a topic opens with the worker's answers; what is written there goes to the worker
    topic = await leyla.topic(code)
    await leyla.reads("What you write here goes to the worker", thread=topic)
    question = leyla.user.send_text("How much do they <owe> you?", thread=topic)
    reply = await server.hears(worker, "How much do they <owe> you?")
    assert reply.text.startswith("👤 ")
    await leyla.ticked(question.id, "👌")

    # the worker answers, with a picture, and corrects a word
    owed = worker.send_text("450 & more")
    await leyla.reads("450 & more", thread=topic)
    worker.send_photo(PNG, "my contract")
    await leyla.reads("my contract", thread=topic)
    await server.until(lambda: any(s.file for s in leyla.user.visible(topic)))
    worker.edit_text(owed, "460 & more")
    await leyla.reads("✏️ 460 & more", thread=topic)

    # a note stays with the lawyers; a file goes out
    leyla.user.send_text("/note ask the cousin first", thread=topic)
    await leyla.reads("the note is kept", thread=topic)
    leyla.user.send_photo(PNG, "please sign this", thread=topic)
    await server.hears(worker, "please sign this")
    await server.until(lambda: worker.last is not None and worker.last.file is not None)

    # it is closed with an outcome, and the worker is told
    await leyla.presses("🏁 Close", thread=topic)
    await leyla.presses("Advice given", thread=topic)
    await server.hears(worker, "is closed")
    await leyla.reads("This case is closed: Advice given", thread=topic)
    page = await cases.read_case(bot, leyla.person, CaseId(1))
    assert [note.text for note in page.notes] == ["ask the cousin first"]
    assert "cousin" not in "\n".join(worker.chat.said())
    assert "450" not in murad.texts()
