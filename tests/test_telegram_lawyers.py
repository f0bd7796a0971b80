"""Lawyers work from Telegram alone: claim, read, reply, note, hand over, close."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.casework import cases
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
    async with telegram_bot(
        server, tmp_path, mode=request.param, telegram_content=True, small_office=False
    ) as runtime:
        yield runtime
        await server.settled()


async def test_a_worker_and_two_lawyers_on_telegram_alone(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    murad = await a_lawyer_on_telegram(server, bot, "Murad")
    worker = server.new_user("Karim")
    code = await asks_for_a_lawyer(server, worker)

    # both are told, without a word of what is in the case; Leyla is quicker, Murad hears who has it
    for lawyer in (leyla, murad):
        told = await lawyer.reads(f"🔔 {code} · P3 · English")
        assert told.labels[:2] == ("✅ No conflict: claim", "⛔ Conflict: decline")
    offered = await murad.offered("✅ No conflict")
    await leyla.presses("✅ No conflict")
    await server.hears(worker, "A lawyer has taken your case")
    late = murad.user.tap("✅ No conflict: claim", offered)
    await server.until(lambda: late.answered)
    assert late.text.startswith("Leyla has this case since")
    await murad.reads("Leyla has this case since")  # the card itself says so, too

    # a topic opens with the worker's answers; what is written there goes to the worker
    topic = await leyla.topic(code)
    await leyla.reads("What you write here goes to the worker", thread=topic)
    question = leyla.user.send_text("How much do they <owe> you?", thread=topic)
    reply = await server.hears(worker, "How much do they <owe> you?")
    assert reply.text.startswith("There is something new for you in this chat.\n\n👤 ")
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

    # Leyla goes on holiday: Murad is asked, accepts, and reads all of it; her topic goes
    await leyla.presses("🤝 Hand over", thread=topic)
    await leyla.presses("Murad", thread=topic)
    asked = await leyla.reads("what Murad must know", thread=topic)
    leyla.user.reply_to(asked, "the cousin knows the boss")
    await murad.reads(f"{code}: a colleague asks you")
    assert leyla.user.chat.topics() != []
    await murad.presses("✅ Take it over")
    await murad.presses("✅ No conflict: read")
    with_murad = await murad.topic(code)
    await murad.reads("✏️ 460 & more", thread=with_murad)
    await murad.reads("Leyla to the worker\nplease sign this", thread=with_murad)
    await server.until(lambda: leyla.user.chat.topics() == [], what="Leyla's topic to go")
    assert "450" not in leyla.texts()

    # it is closed with an outcome; the worker is told, and may come back
    await murad.presses("🏁 Close", thread=with_murad)
    await murad.presses("Advice given", thread=with_murad)
    await server.hears(worker, "is closed")
    await murad.reads("This case is closed: Advice given", thread=with_murad)
    page = await cases.read_case(bot, murad.person, CaseId(1))
    assert [note.text for note in page.notes] == [
        "ask the cousin first",
        "the cousin knows the boss",
    ]
    assert "cousin" not in "\n".join(worker.chat.said())


async def test_the_stories_of_three_workers_never_mix(
    server: TelegramServer, tmp_path: Path
) -> None:
    async with telegram_bot(server, tmp_path, telegram_content=True) as bot:
        leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
        murad = await a_lawyer_on_telegram(server, bot, "Murad")
        workers = [server.new_user(name) for name in ("Anna", "Boris", "Chandra")]
        codes = [await asks_for_a_lawyer(server, worker) for worker in workers]
        holders = [leyla, murad, leyla]
        for number, holder in enumerate(holders, 1):
            await cases.claim(bot, holder.person, CaseId(number), declares=True)
        topics = [await h.topic(code) for h, code in zip(holders, codes, strict=True)]
        stories = list(zip("abc", workers, holders, topics, strict=True))
        for line in range(4):  # message by message, all at once
            for name, worker, holder, topic in stories:
                worker.send_text(f"word {name}{line} of a worker")
                holder.user.send_text(f"word {name}{line} of a lawyer", thread=topic)
        for name, worker, holder, topic in stories:
            await server.hears(worker, f"word {name}3 of a lawyer")
            await holder.reads(f"word {name}3 of a worker", thread=topic)
        await server.settled()
        for name, worker, holder, topic in stories:
            others = set("abc") - {name}
            for side in (worker.visible(), holder.user.visible(topic)):
                text = "\n".join(seen.text for seen in side)
                found = [f"word {name}{line} of a {who}" for line in range(4) for who in WHO]
                assert all(text.count(word) == 1 for word in found)
                assert not any(f"word {other}" in text for other in others)


WHO = ("worker", "lawyer")
