"""Consent to announcements: asked once and by itself, ended by one word or one button."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot.messages import STANDING, CommandIn, TapIn, parse
from bot.outreach import announcements
from bot.runtime import Runtime
from flows.model import Command
from flows.phrases import STOP_EVERYWHERE
from storage import conversations, outreach, schema
from storage.announcements import AnnouncementState
from storage.database import Tx
from tests.outreach import a_draft, an_organiser, at_work, until
from tests.talk import Wire, Worker, delivering

QUESTION = "May I write to you first"
TO_THE_END = ("job", "exempt", "finish")


@pytest.fixture
async def worker(runtime: Runtime) -> AsyncIterator[Worker]:
    """A worker who has chosen English and is at the menu."""
    async with delivering(runtime, Wire()):
        worker = Worker(runtime)
        await worker.opens()
        await worker.taps("en", "yes", "no", "adult")
        yield worker


async def wants_news(worker: Worker) -> bool:
    talk = await worker.conversation()
    return await worker.runtime.database.read(
        lambda tx: conversations.has_consent(tx, talk.worker.id, outreach.ANNOUNCEMENTS)
    )


async def ledger(worker: Worker) -> list[tuple[str, bool]]:
    """Every yes and no in its order."""
    talk = await worker.conversation()

    def look(tx: Tx) -> list[tuple[str, bool]]:
        table = schema.consent
        rows = tx.execute(select(table).where(table.c.worker_id == talk.worker.id))
        return [(row.purpose, row.given) for row in rows.all()]

    return await worker.runtime.database.read(look)


async def facts(worker: Worker) -> dict[str, list[str]]:
    talk = await worker.conversation()
    return await worker.runtime.database.read(lambda tx: outreach.get_facts(tx, talk.worker.id))


async def finish_a_tree(worker: Worker) -> None:
    """The tree on duties: read one card, and go."""
    await worker.taps("duties", *TO_THE_END)


async def ask_by_word(worker: Worker) -> None:
    await worker.says("news")
    assert (await worker.question()).text.startswith(QUESTION)


async def test_a_yes_is_kept_with_what_was_chosen_to_be_told(worker: Worker) -> None:
    await ask_by_word(worker)
    await worker.taps("yes", "go_on", "elsewhere", "ganja", "farm", "skip", "pay", "safety", "done")
    assert await wants_news(worker)
    assert await facts(worker) == {
        "region": ["ganja"],
        "sector": ["farm"],
        "interest": ["pay", "safety"],
    }
    assert "What do you need?" in (await worker.question()).text


async def test_a_no_is_kept_and_forgets_what_was_told(worker: Worker) -> None:
    await ask_by_word(worker)
    await worker.taps("yes", "go_on", "elsewhere", "ganja", "skip", "skip", "done")
    await ask_by_word(worker)
    await worker.taps("no")
    assert not await wants_news(worker)
    assert await facts(worker) == {}
    assert await ledger(worker) == [("announcements", True), ("announcements", False)]


async def test_all_forgets_what_was_told_before(worker: Worker) -> None:
    await ask_by_word(worker)
    await worker.taps("yes", "go_on", "elsewhere", "ganja", "skip", "skip", "done")
    await ask_by_word(worker)
    await worker.taps("yes", "all")
    assert await wants_news(worker)
    assert await facts(worker) == {}


async def test_after_a_tree_it_is_asked_once_and_then_comes_the_menu(worker: Worker) -> None:
    await finish_a_tree(worker)
    assert (await worker.question()).text.startswith(QUESTION)
    assert "What do you need?" not in "\n".join(await worker.reads())
    await worker.taps("no")
    assert "What do you need?" in (await worker.question()).text
    await finish_a_tree(worker)
    assert "What do you need?" in (await worker.question()).text


async def test_who_does_not_answer_is_not_asked_again(worker: Worker) -> None:
    await finish_a_tree(worker)
    await worker.asks(Command.MENU)
    await finish_a_tree(worker)
    assert "What do you need?" in (await worker.question()).text
    assert not await wants_news(worker)


async def test_near_danger_nobody_is_asked(worker: Worker) -> None:
    await worker.asks(Command.DANGER)
    await worker.asks(Command.MENU)
    await finish_a_tree(worker)
    assert "What do you need?" in (await worker.question()).text


async def test_who_is_marked_unsafe_is_not_asked(worker: Worker) -> None:
    talk = await worker.conversation()
    await worker.runtime.database.write(lambda tx: outreach.set_unsafe(tx, talk.worker.id, True))
    await finish_a_tree(worker)
    assert "What do you need?" in (await worker.question()).text


def test_stop_is_understood_in_every_language(runtime: Runtime) -> None:
    for word in STOP_EVERYWHERE:
        for typed in (word, word.upper(), f" {word}! "):
            assert runtime.command_words.find(typed) is Command.STOP, typed


async def test_stop_ends_all_that_nobody_asked_for_and_stays_in_the_ledger(worker: Worker) -> None:
    await ask_by_word(worker)
    await worker.taps("yes", "go_on", "elsewhere", "ganja", "skip", "skip", "done")
    await worker.says("СТОП")
    assert "I send you no more news" in (await worker.reads())[-1]
    assert not await wants_news(worker)
    assert await facts(worker) == {}
    assert await ledger(worker) == [
        ("announcements", True),
        ("announcements", False),
        ("reminders", False),
        ("nudges", False),
    ]
    assert "What do you need?" in (await worker.question()).text  # what was open, stays open


async def test_the_button_under_an_announcement_ends_them(runtime: Runtime) -> None:
    nigar, wire = await an_organiser(runtime), Wire()
    async with at_work(runtime, wire):
        worker = Worker(runtime)
        await worker.opens()
        await worker.taps("en", "yes", "no", "adult")
        await ask_by_word(worker)
        await worker.taps("yes", "all")
        made = await a_draft(runtime, nigar)
        await announcements.propose(runtime, nigar, made)
        await until(runtime, made, AnnouncementState.FINISHED)
        assert (await worker.reads())[-1] == "A workshop on Sunday."
        await worker.sends(TapIn(STANDING, "news_stop"))
        assert not await wants_news(worker)
        said = [message.body for message in await worker.transcript()]
        assert "No more news" in said[-2]  # the lawyer's transcript names the button
        other = await a_draft(runtime, nigar)
        reach = (await announcements.look(runtime, nigar, other)).reach
        assert reach is not None
        assert (reach.people, reach.left_out) == (0, {"opted out": 1})


async def test_stop_is_obeyed_in_a_hidden_chat_and_says_nothing_of_it(worker: Worker) -> None:
    await ask_by_word(worker)
    await worker.taps("yes", "all")
    await worker.asks(Command.HIDE)
    await worker.says("stop")
    assert not await wants_news(worker)
    assert "news" not in " ".join(await worker.reads()).replace("nothing new", "")


async def test_stop_before_anything_else_is_obeyed(runtime: Runtime) -> None:
    async with delivering(runtime, Wire()):
        worker = Worker(runtime)
        await worker.says("stop")
        assert "I send you no more news" in (await worker.reads())[-1]
        await worker.says("hello")
        assert "Which language" in (await worker.question()).text


async def test_stop_goes_to_an_open_case_and_the_case_goes_on(worker: Worker) -> None:
    await worker.taps("lawyer", "yes", "yes")
    await worker.says("stop")
    assert "an open case goes on" in (await worker.reads())[-1]
    await worker.says("And one thing more")
    assert "I passed this to the lawyers" in (await worker.reads())[-1]


async def test_the_command_asks_from_every_channel_s_menu(worker: Worker) -> None:
    await worker.sends(CommandIn(Command.NEWS))
    assert (await worker.question()).text.startswith(QUESTION)
    await worker.sends(TapIn(STANDING, "news_ask"))
    assert (await worker.question()).text.startswith(QUESTION)


async def test_a_standing_button_that_nobody_knows_harms_nothing(worker: Worker) -> None:
    await worker.sends(TapIn(STANDING, "news_everything"))
    assert "What do you need?" in (await worker.question()).text


# -- staff see it on their own phone -----------------------------------------------------------


async def test_a_draft_comes_in_every_language_to_who_writes_its_code(worker: Worker) -> None:
    runtime = worker.runtime
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar, {"en": "Come on Sunday", "ru": "Приходите"})
    code = (await announcements.look(runtime, nigar, made)).it.test_code
    await worker.says(f"test {code.lower()}")
    assert await worker.reads() == ["Come on Sunday", "Приходите"]
    copies = [parse(message.body) for message in (await worker.transcript())[-2:]]
    assert all(copy.sample for copy in copies)  # as others get it: tests/test_first_lines.py
    await worker.says("test ABCDEF")
    assert "Come on Sunday" not in await worker.reads()


async def test_a_code_dies_with_the_approval(worker: Worker) -> None:
    runtime = worker.runtime
    await ask_by_word(worker)
    await worker.taps("yes", "all")
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar, {"en": "Come on Sunday"})
    code = (await announcements.look(runtime, nigar, made)).it.test_code
    await announcements.propose(runtime, nigar, made)
    await worker.says(f"test {code}")
    assert "Come on Sunday" not in await worker.reads()
