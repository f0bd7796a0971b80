"""A worker's message: processed once, answered, and never lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import conversation, messages
from bot.casework import cases, closing
from bot.conversation import Handled
from bot.messages import STANDING, FileIn, Incoming, Opened, TapIn, TextIn, Unsupported
from bot.runtime import Runtime, build_runtime, open_database
from bot.settings import Settings
from flows.catalog import Catalog
from flows.model import Command, Flow
from flows.texts import Texts
from storage import cases as case_store
from storage import conversations, schema
from storage.crypto import KeyDestroyed
from storage.database import Tx
from storage.messages import add_outgoing
from storage.records import Author, Case, CaseState, Kind, MessageKind, Priority, Speaker
from tests.builders import add_lawyer
from tests.conftest import NOON, SECRET_KEY, Clock
from tests.talk import PNG, Wire, Worker, delivered, delivering


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def worker(runtime: Runtime, wire: Wire) -> AsyncIterator[Worker]:
    """A worker who has chosen English and is at the menu."""
    async with delivering(runtime, wire):
        worker = Worker(runtime)
        await worker.opens()
        await worker.taps("en", "yes", "no", "adult")
        yield worker


async def open_case(worker: Worker, *, write_first: str = "yes") -> Case:
    await worker.taps("lawyer", "yes", write_first)
    return await case_of(worker)


async def case_of(worker: Worker) -> Case:
    talk = await worker.conversation()
    found = await worker.runtime.database.read(lambda tx: case_store.get_last_case(tx, talk.id))
    assert found is not None
    return found


async def test_the_first_contact_asks_for_the_language(runtime: Runtime, wire: Wire) -> None:
    async with delivering(runtime, wire):
        worker = Worker(runtime)
        await worker.opens()
        assert "en" in [choice.option for choice in (await worker.question()).choices]


async def test_the_same_message_twice_is_handled_once(worker: Worker) -> None:
    before = len(await worker.transcript())
    assert await worker.sends(TextIn("hello"), "same") is Handled.DONE
    after = len(await worker.transcript())
    assert await worker.sends(TextIn("hello"), "same") is Handled.DUPLICATE
    assert before < after == len(await worker.transcript())


async def test_the_same_message_at_once_is_handled_once(worker: Worker) -> None:
    incoming = Incoming("webchat", "web", {"cookie": "one"}, "racing", TextIn("hello"))
    results = await asyncio.gather(
        *(conversation.handle(worker.runtime, incoming) for _ in range(20))
    )
    assert sorted(results) == [Handled.DONE, *[Handled.DUPLICATE] * 19]


async def test_advice_names_its_source(worker: Worker) -> None:
    await worker.taps("wages", "late")
    sources = [json.loads(m.body).get("source") for m in await worker.transcript()]
    await worker.says("5.8.2026")
    await worker.taps("yes")
    sources = [json.loads(m.body).get("source") for m in await worker.transcript()]
    assert any(source and "Migration Code" in source for source in sources)


async def test_a_case_is_opened_with_the_answers_and_the_worker_told_its_number(
    worker: Worker,
) -> None:
    case = await open_case(worker)
    assert case.state is CaseState.QUEUED
    assert any(case.code in text for text in await worker.reads())
    assert (await worker.conversation()).speaker is Speaker.HUMAN


async def test_asking_twice_for_a_lawyer_does_not_make_two_cases(worker: Worker) -> None:
    await open_case(worker)
    await worker.asks(Command.LAWYER)
    [text] = await worker.reads()
    assert "Lawyers have your case" in text
    count = await worker.runtime.database.read(
        lambda tx: tx.execute(select(func.count()).select_from(schema.legal_case)).scalar()
    )
    assert count == 1


async def test_the_bot_asks_nothing_while_a_human_speaks(worker: Worker) -> None:
    await open_case(worker)
    asked = (await worker.question()).question
    await worker.says("my boss took my phone")
    assert (await worker.question()).question == asked


async def test_the_worker_is_told_once_that_the_lawyer_gets_the_message(worker: Worker) -> None:
    case = await open_case(worker)
    await worker.says("first")
    [told] = await worker.reads()
    assert case.code in told
    await worker.says("second")
    assert await worker.reads() == []


async def test_words_and_photos_from_before_belong_to_the_case(worker: Worker) -> None:
    await worker.taps("wages")
    await worker.says("my boss is angry")
    await worker.sends_photo()
    await worker.asks(Command.MENU)
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    page = await cases.read_case(worker.runtime, lawyer, case.id)
    kinds = [m.kind for m in page.messages if m.author is Author.WORKER]
    assert kinds == [MessageKind.TEXT, MessageKind.MEDIA]


async def test_a_sign_is_the_answer_that_begins_with_it(worker: Worker) -> None:
    await worker.asks(Command.DANGER)
    await worker.says("👤")  # here it is "👤 Yes, a lawyer", and the case is one of danger
    await worker.taps("yes", "yes")
    assert (await case_of(worker)).priority is Priority.DANGER


async def test_a_button_of_a_template_that_is_gone_is_no_fault(worker: Worker) -> None:
    talk = await worker.conversation()
    card = messages.Outgoing("News", question=STANDING, template="gone", template_tap="news_read_1")

    def work(tx: Tx) -> None:
        add_outgoing(tx, talk, Kind.ANSWER, messages.dump(card), language="en", now=NOON)

    await worker.runtime.database.write(work)
    await delivered(worker.runtime)
    assert await worker.sends(TapIn(STANDING, "news_read_1")) is Handled.DONE


async def test_danger_works_while_a_human_speaks(worker: Worker) -> None:
    case = await open_case(worker)
    await worker.asks(Command.DANGER)
    assert any("112" in text for text in await worker.reads())
    assert (await case_of(worker)).wrote_at != case.wrote_at  # who holds the case is told


@pytest.mark.parametrize("words", ["SOS", "Help!", "help me", "  danger ", "🆘", " 🆘🆘\n"])
async def test_danger_works_by_its_word(worker: Worker, words: str) -> None:
    await worker.taps("wages")
    await worker.says(words)
    assert any("112" in text for text in await worker.reads())


async def test_danger_works_before_anything_else(runtime: Runtime, wire: Wire) -> None:
    async with delivering(runtime, wire):
        worker = Worker(runtime)
        await worker.asks(Command.DANGER)
        assert any("112" in text for text in await worker.reads())


async def test_a_reply_reaches_the_worker(worker: Worker) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await cases.reply(worker.runtime, lawyer, case.id, "Do you have a contract?", form_id="1")
    await worker.says("yes, a photo is coming")
    texts = [json.loads(m.body)["text"] for m in await worker.transcript()]
    assert "Do you have a contract?" in texts


async def test_who_wants_to_write_first_gets_replies_only_then(worker: Worker) -> None:
    case = await open_case(worker, write_first="no")
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await cases.reply(worker.runtime, lawyer, case.id, "a quiet reply", form_id="1")
    assert "a quiet reply" not in str(await worker.transcript())
    await worker.says("I am alone now")
    assert "a quiet reply" in str(await worker.transcript())


async def test_after_closing_the_bot_speaks_again(worker: Worker) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await closing.close(worker.runtime, lawyer, case.id, "advice")
    await worker.asks(Command.MENU)
    await worker.taps("wages")
    assert (await worker.conversation()).speaker is Speaker.BOT


async def test_a_word_after_closing_opens_the_case_again_with_the_same_lawyer(
    worker: Worker,
) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await closing.close(worker.runtime, lawyer, case.id, "advice")
    await worker.says("he still does not pay me")
    again = await case_of(worker)
    assert (again.id, again.state, again.assignee_id) == (case.id, CaseState.ACTIVE, lawyer.id)
    page = await cases.read_case(worker.runtime, lawyer, case.id)
    assert "he still does not pay me" in str(page.messages)


async def test_half_a_year_after_closing_a_new_case_is_opened(worker: Worker, clock: Clock) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await closing.close(worker.runtime, lawyer, case.id, "advice")
    clock.forward(days=181)
    await worker.asks(Command.MENU)
    again = await open_case(worker)
    assert again.id != case.id


async def test_a_hidden_chat_shows_nothing_of_before(worker: Worker) -> None:
    await worker.asks(Command.HIDE)
    talk = await worker.conversation()
    assert talk.hidden_after_seq == talk.last_seq
    await worker.says("what is this?")
    assert await worker.reads() == ["Hello! There is nothing new here today."]


async def test_the_two_words_show_the_chat_again_where_it_was(worker: Worker) -> None:
    await worker.taps("wages")
    await worker.asks(Command.HIDE)
    talk = await worker.conversation()
    assert talk.phrase
    await worker.says(talk.phrase.upper())
    assert (await worker.conversation()).hidden_after_seq is None
    assert "What is wrong with your pay?" in (await worker.reads())[-1]


async def test_while_hidden_a_lawyers_reply_waits(worker: Worker) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(worker.runtime.database)
    await cases.claim(worker.runtime, lawyer, case.id)
    await worker.asks(Command.HIDE)
    await cases.reply(worker.runtime, lawyer, case.id, "news for you", form_id="1")
    await worker.says("hello?")
    assert "news for you" not in str(await worker.transcript())
    await worker.says((await worker.conversation()).phrase or "")
    assert "news for you" in str(await worker.transcript())


async def test_danger_works_while_hidden(worker: Worker) -> None:
    await worker.asks(Command.HIDE)
    await worker.says("sos")
    assert any("112" in text for text in await worker.reads())


async def test_danger_said_again_in_danger_says_the_numbers_again(worker: Worker) -> None:
    await worker.says("sos")
    await worker.says("sos")
    assert "112" in " ".join(await worker.reads())
    await worker.taps("yes")
    await worker.says("sos")
    assert "112" in " ".join(await worker.reads())


async def test_in_a_hidden_chat_buttons_show_nothing_of_before(worker: Worker) -> None:
    await worker.taps("wages")
    old = await worker.question()
    await worker.asks(Command.HIDE)
    for tap in (
        TapIn(old.question or 0, old.choices[0].option),
        TapIn(STANDING, "news_stop"),
        TapIn(99, "yes"),
    ):
        await worker.sends(tap)
        assert await worker.reads() == ["Hello! There is nothing new here today."]


async def test_in_a_hidden_chat_the_card_of_danger_leads_to_nothing_but_help(
    worker: Worker,
) -> None:
    await worker.taps("wages")
    await worker.asks(Command.HIDE)
    await worker.says("sos")
    await worker.taps("no")
    assert await worker.reads() == ["Hello! There is nothing new here today."]
    await worker.says("sos")
    await worker.taps("yes")
    assert "to the lawyers of this project" in " ".join(await worker.reads())


async def test_hiding_again_hides_the_card_of_danger(worker: Worker) -> None:
    await worker.asks(Command.HIDE)
    await worker.says("sos")
    await worker.asks(Command.HIDE)
    talk = await worker.conversation()
    assert talk.hidden_after_seq == talk.last_seq


async def test_a_failure_in_a_hidden_chat_shows_nothing(worker: Worker) -> None:
    await worker.asks(Command.HIDE)
    flows = worker.runtime.catalog.flows
    worker.runtime = worker.runtime.with_catalog(BrokenCatalog(flows, Texts({})))
    assert await worker.sends(TextIn("sos")) is Handled.FAULT
    assert await worker.reads() == ["Hello! There is nothing new here today."]


async def test_what_comes_while_hidden_is_told_to_the_lawyer_and_marked(worker: Worker) -> None:
    case = await open_case(worker)
    await worker.asks(Command.HIDE)
    await worker.says("who is this?")
    said = [messages.text_of(m.body) for m in await worker.transcript()]
    assert "🙈 who is this?" in said
    assert (await case_of(worker)).wrote_at != case.wrote_at


@pytest.mark.parametrize("answers", [("lawyer", "yes", "no"), ("danger", "yes", "yes", "yes")])
async def test_who_may_be_watched_is_never_written_to_unasked(
    worker: Worker, answers: tuple[str, ...]
) -> None:
    assert not (await worker.conversation()).worker.unsafe
    if answers[0] == "danger":
        await worker.says("sos")
        answers = answers[1:]
    await worker.taps(*answers)
    assert (await worker.conversation()).worker.unsafe


async def test_the_words_that_bring_it_back_are_told_before_it_is_hidden(worker: Worker) -> None:
    phrase = (await worker.conversation()).phrase
    assert phrase
    assert phrase in str(await worker.transcript())


class BrokenCatalog(Catalog):
    """Content that fails in a way nobody thought of."""

    def flow(self, flow_id: str, version: str | None = None) -> Flow | None:
        raise ZeroDivisionError


async def test_our_own_fault_keeps_the_message_and_apologises(
    worker: Worker, runtime: Runtime
) -> None:
    worker.runtime = runtime.with_catalog(BrokenCatalog(runtime.catalog.flows, Texts({})))
    assert await worker.sends(TextIn("please help with my wages"), "once") is Handled.FAULT
    assert "112" in (await worker.reads())[-1]
    assert "please help with my wages" in str(await worker.transcript())
    assert await worker.sends(TextIn("please help with my wages"), "once") is Handled.DUPLICATE
    worker.runtime = runtime
    await worker.taps("wages")


async def test_who_cannot_be_placed_any_more_is_welcomed_anew(worker: Worker) -> None:
    talk = await worker.conversation()

    def spoil(tx: Tx) -> None:
        conversations.save_conversation(
            tx, talk.id, talk.worker.key_id, session='{"format": 99}', speaker=Speaker.BOT
        )

    await worker.runtime.database.write(spoil)
    assert await worker.sends(TextIn("hello")) is Handled.DONE
    assert "en" in [choice.option for choice in (await worker.question()).choices]


@pytest.mark.parametrize(
    "words",
    [
        "",
        " " * 5000,
        "x" * 4097,
        "<script>alert(1)</script>",
        "\x00\x01\x02",
        "\ud83d",
        "\u202e\u2066abc",
        "{phrase} {0} %s %(x)d",
        "🧑‍🌾" * 50,
        "/start " + "a" * 300,
        "'; DROP TABLE worker; --",
    ],
)
async def test_any_text_is_answered(worker: Worker, words: str) -> None:
    await worker.says(words)
    assert await worker.reads()


@pytest.mark.parametrize(
    "content",
    [
        TapIn(-1, "yes"),
        TapIn(10**12, "yes"),
        TapIn(1, "x" * 5000),
        TapIn(0, "\x00"),
        Unsupported("sticker"),
        FileIn("photo", "image/png", "../../etc/passwd\x00.png", PNG),
    ],
)
async def test_anything_else_is_answered(worker: Worker, content: TapIn | Unsupported) -> None:
    assert await worker.sends(content) is Handled.DONE
    assert await worker.reads()


async def test_opening_the_page_again_says_nothing_twice(worker: Worker) -> None:
    before = len(await worker.transcript())
    await worker.sends(Opened())
    assert len(await worker.transcript()) == before


async def test_three_people_at_once_stay_apart(runtime: Runtime, wire: Wire) -> None:
    async with delivering(runtime, wire):
        people = [Worker(runtime, name) for name in "abc"]
        for person in people:
            await person.opens()
        for answer in ("en", "yes", "no", "adult", "wages"):
            await asyncio.gather(*(person.taps(answer) for person in people))
        for person in people:
            await person.says(f"my name is {person.who}")
        for person in people:
            said = str(await person.transcript())
            assert [n for n in "abc" if f"my name is {n}" in said] == [person.who]


async def test_erasing_needs_a_yes_and_leaves_nothing_to_read(
    worker: Worker, runtime: Runtime
) -> None:
    case = await open_case(worker)
    lawyer = await add_lawyer(runtime.database)
    await cases.claim(runtime, lawyer, case.id)
    await worker.says("a secret word")
    await worker.sends_photo()
    [photo] = runtime.settings.media_folder.glob("*.sealed")
    before = await worker.conversation()
    await worker.asks(Command.ERASE)
    await worker.taps("yes")
    assert "has been erased" in str(await worker.reads())
    after = await worker.conversation()
    assert after.worker.id != before.worker.id
    assert after.worker.language == "en"  # the page around speaks it on
    assert not photo.exists()
    page = await cases.read_case(runtime, lawyer, case.id)
    assert (page.case.state, page.case.outcome) == (CaseState.CLOSED, "withdrawn")
    assert (list(page.messages), list(page.answers)) == ([], [])
    with pytest.raises(KeyDestroyed):
        await runtime.database.read(lambda tx: tx.data_key(before.worker.key_id))


async def test_where_trees_must_be_signed_an_unsigned_one_leads_to_a_lawyer(
    tmp_path: Path, clock: Clock, wire: Wire
) -> None:
    settings = Settings(
        secret_key=SECRET_KEY, database_url=f"sqlite:///{tmp_path}/x.db", require_signed=True
    )
    runtime = build_runtime(settings, clock=clock)
    await open_database(runtime.database, settings)
    async with delivering(runtime, wire):
        worker = Worker(runtime)
        await worker.opens()
        await worker.taps("en", "yes", "no", "adult", "wages")
        assert "to the lawyers of this project" in (await worker.reads())[-1]
    await runtime.database.close()


async def test_who_says_no_keeps_everything(worker: Worker) -> None:
    await worker.asks(Command.ERASE)
    await worker.taps("no")
    assert (await worker.reads())[0] == "All right. Nothing was erased."


async def test_an_earlier_answer_can_be_changed(worker: Worker) -> None:
    await worker.taps("wages", "late", "unknown")
    await worker.asks(Command.CHANGE)
    labels = [choice.label for choice in (await worker.question()).choices]
    assert labels == [
        "💰 My pay",
        "⏳ Late or not paid",
        "❓ I do not remember",
        "👍 Keep them all",
    ]
    await worker.taps("1")
    assert "What is wrong with your pay?" in (await worker.reads())[-1]
    await worker.taps("less")
