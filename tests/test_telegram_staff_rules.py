"""What holds for lawyers on Telegram: who may, what is shown, what goes, what fails loudly."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from bot import cli
from bot.casework import cases, conflicts, queue, quick_replies
from bot.errors import NotFound
from bot.messages import parse
from bot.office import notices, staff, staff_chats
from bot.runtime import Runtime, utc_now
from bot.settings import Settings
from storage.cases import get_case
from storage.database import Tx
from storage.records import CaseId, Role, Staff
from tests.conftest import SECRET_KEY, Clock, a_runtime
from tests.servers.telegram import CutAnswer, DropAfter, TelegramServer
from tests.servers.telegram.errors import bad
from tests.servers.telegram.faults import BadGateway, Faults, Refuse
from tests.servers.telegram.judges import judge
from tests.talk import PNG
from tests.telegram_bot import press, telegram_bot
from tests.telegram_staff import Lawyer, a_lawyer_on_telegram, asks_for_a_lawyer
from tests.visitors import DeskVisitor

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A Telegram with topic mode."""
    async with TelegramServer(flood=None, topics=True) as server:
        yield server


@pytest.fixture
async def bot(server: TelegramServer, tmp_path: Path) -> AsyncIterator[Runtime]:
    """The bot of an office that permits content on Telegram."""
    async with telegram_bot(server, tmp_path, telegram_content=True) as runtime:
        yield runtime


async def with_a_case(server: TelegramServer, bot: Runtime) -> tuple[Lawyer, str, int]:
    """A lawyer with a case in a topic."""
    lawyer = await a_lawyer_on_telegram(server, bot, "Leyla")
    code = await asks_for_a_lawyer(server, server.new_user("Karim"))
    await cases.claim(bot, lawyer.person, CaseId(1), declares=True)
    topic = await lawyer.topic(code)
    await lawyer.reads("What you write here", thread=topic)
    return lawyer, code, topic


# -- whose account it is -----------------------------------------------------------------------


async def test_a_code_works_once(server: TelegramServer, bot: Runtime) -> None:
    person = await staff.add(bot, "Leyla", "lawyer")
    code = await staff_chats.make_code(bot, person)
    leyla, thief = server.new_user("Leyla"), server.new_user("Thief")
    leyla.start(f"staff-{code}")
    await server.hears(leyla, "This account now belongs to Leyla")
    thief.start(f"staff-{code}")
    await server.hears(thief, "does not work any more")


def test_the_command_line_prints_a_code_and_unties(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    key = base64.b64encode(SECRET_KEY).decode()
    database = f"sqlite:///{tmp_path}/hamrah.db"
    environment = {
        "HAMRAH_SECRET_KEY": key,
        "HAMRAH_DATABASE_URL": database,
        "HAMRAH_TELEGRAM_TOKEN": f"7:{'x' * 35}",
        "HAMRAH_TELEGRAM_API_URL": "http://127.0.0.1:9",  # nobody answers: then the code is printed
    }

    def hamrah(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["staff", *words], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    async def follow(code: str) -> tuple[Staff | None, Staff | None]:
        runtime = await a_runtime(Settings(SECRET_KEY, database_url=database), utc_now)
        both = [await staff_chats.tie(runtime, ("telegram", "7"), str(n), code) for n in (5, 6)]
        await runtime.database.close()
        return both[0], both[1]

    hamrah("add", "Leyla")
    found = re.search(r"/start staff-([\w-]+)", hamrah("link", "Leyla"))
    assert found is not None
    first, second = asyncio.run(follow(found[1]))
    assert first is not None
    assert (first.name, second) == ("Leyla", None)
    assert "Leyla is no longer on Telegram" in hamrah("unlink", "Leyla")
    assert "Leyla was not on Telegram" in hamrah("unlink", "Leyla")


async def test_who_is_untied_or_disabled_is_a_stranger_and_loses_what_was_shown(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    old = leyla.user.visible(topic)[0]
    of_staff = ["menu", "queue", "mine", "next"]
    await server.until(lambda: [*leyla.user.chat.card().commands] == of_staff)
    assert await staff_chats.untie(bot, leyla.person)
    await server.until(lambda: "next" not in leyla.user.chat.card().commands)
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")
    tap = leyla.user.tap("🏁 Close", old)
    await server.until(lambda: tap.answered)
    assert (await cases.read_case(bot, leyla.person, CaseId(1))).case.closed_at is None
    leyla.user.send_text("/queue")
    await server.hears(leyla.user, "Which language")
    assert not await staff_chats.untie(bot, leyla.person)


async def test_disabling_deletes_the_topics(server: TelegramServer, bot: Runtime) -> None:
    leyla, _, _ = await with_a_case(server, bot)
    await staff.disable(bot, leyla.person)
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")


async def test_another_role_deletes_the_topics(server: TelegramServer, bot: Runtime) -> None:
    leyla, _, _ = await with_a_case(server, bot)
    leader = await staff.add(bot, "Aysel", Role.COORDINATOR)
    await staff.change_role(bot, leader, leyla.person.id, Role.OUTREACH)
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")


# -- content stays out -------------------------------------------------------------------------


async def test_without_content_a_one_time_link_opens_the_case_in_the_desk(
    server: TelegramServer, tmp_path: Path
) -> None:
    async with telegram_bot(server, tmp_path) as bot:
        leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
        worker = server.new_user("Karim")
        code = await asks_for_a_lawyer(server, worker)
        await leyla.presses("📥 Queue")
        await leyla.presses(code)
        await leyla.presses("✅ No conflict")
        await server.hears(worker, "A lawyer has taken")
        worker.send_text("my secret word")
        await server.hears(worker, "I passed this")
        leyla.user.send_text("hello worker")
        await leyla.reads("keeps what is in cases out of Telegram")
        await leyla.presses("🖥 In the desk")
        link = (await leyla.offered("Open the desk")).button("Open the desk ↗").url
        assert link is not None
        async with aiohttp.ClientSession(
            bot.settings.address, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as session:
            desk = DeskVisitor(session)  # type: ignore[arg-type]  # it only asks for pages
            await desk.get(link.removeprefix(bot.settings.address))
            page = await desk.post(link.removeprefix(bot.settings.address))
            assert "my secret word" in page.text
        async with aiohttp.ClientSession(bot.settings.address) as session:  # it works once
            thief = DeskVisitor(session)  # type: ignore[arg-type]
            for ask in (thief.get, thief.post):
                refused = await ask(link.removeprefix(bot.settings.address))
                assert "my secret word" not in refused.text
        said = "\n".join(seen.text for seen in leyla.user.chat.ever() if seen.by_bot)
        assert "my secret word" not in said
        assert "hello worker" not in "\n".join(worker.chat.said())
        assert leyla.user.chat.topics() == []


async def test_who_declines_for_a_conflict_sees_the_case_no_more(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    code = await asks_for_a_lawyer(server, server.new_user("Karim"))
    await leyla.reads(f"🔔 {code}")
    await leyla.presses("⛔ Conflict: decline")
    await leyla.reads("You will not see this case any more")
    leyla.user.start()
    await leyla.presses("📥 Queue")
    await leyla.reads("Nobody is waiting")
    with pytest.raises(NotFound):
        await cases.claim(bot, leyla.person, CaseId(1))


async def test_a_notice_names_the_case_and_nothing_in_it(
    server: TelegramServer, tmp_path: Path
) -> None:
    async with telegram_bot(server, tmp_path) as bot:
        leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
        worker = server.new_user("Karim")
        code = await asks_for_a_lawyer(server, worker)
        await leyla.reads(f"🔔 {code} · P3 · English · Talk to a lawyer")
        await leyla.presses("✅ No conflict")
        worker.send_text("canary in a cage")
        await leyla.reads(f"🔔 {code}: a new message")
        everything = "\n".join(str(seen.raw) for seen in leyla.user.chat.ever())
        assert "canary" not in everything
        assert "Karim" not in everything
        assert str(worker.id) not in everything


async def test_duty_and_the_next_case_are_taken_by_buttons(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    murad = await a_lawyer_on_telegram(server, bot, "Murad")
    await leyla.presses("🔔 On duty")
    await leyla.reads("You are on duty today")
    old = await murad.offered("🔔 On duty")
    tap = murad.user.tap("🔔 On duty today", old)
    await server.until(lambda: tap.answered)
    assert tap.text.startswith("A colleague is on duty today")
    assert await leyla.presses("⏭ Take the next") == (
        "No case waits that fits your languages and topics."
    )
    await leyla.presses("🔕 Off duty")
    await leyla.reads("Nobody is on duty")
    codes = [await asks_for_a_lawyer(server, server.new_user(name)) for name in ("Karim", "Aziz")]
    server.faults = Faults(duplicates=1.0)  # each press is told twice
    await leyla.presses("⏭ Take the next")
    await leyla.presses("✅ No conflict: read")
    await leyla.topic(codes[0])
    await server.settled()
    assert len(await queue.list_mine(bot, leyla.person)) == 1
    leyla.user.send_text("/next")
    await leyla.presses("✅ No conflict: read")
    await leyla.topic(codes[1])
    leyla.user.send_text("/next")
    await leyla.reads("No case waits")


# -- which case a message is for ---------------------------------------------------------------


async def test_without_topics_a_reply_finds_its_case_and_anything_else_is_asked(
    server: TelegramServer, bot: Runtime
) -> None:
    server.topics_enabled = False
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    karim, aziz = server.new_user("Karim"), server.new_user("Aziz")
    codes = [await asks_for_a_lawyer(server, worker) for worker in (karim, aziz)]
    for number in (1, 2):
        await cases.claim(bot, leyla.person, CaseId(number), declares=True)
    karim.send_text("I am Karim")
    aziz.send_text("I am Aziz")
    from_karim = await leyla.reads("I am Karim")
    assert codes[0] in from_karim.text  # the case is named
    await leyla.reads("I am Aziz")
    leyla.user.reply_to(from_karim, "Hello Karim")
    await server.hears(karim, "Hello Karim")
    await leyla.reads(f"✓ {codes[0]}: delivered")
    leyla.user.send_text("Hello Aziz")
    await leyla.reads("Nothing was sent. Choose one")
    await leyla.presses(codes[1])
    await server.hears(aziz, "Hello Aziz")
    await server.settled()
    assert "Aziz" not in "\n".join(karim.chat.said())
    assert "Hello Karim" not in "\n".join(aziz.chat.said())


async def test_what_fits_no_case_goes_to_nobody(server: TelegramServer, bot: Runtime) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    worker = server.new_user("Karim")
    await asks_for_a_lawyer(server, worker)
    before = len(worker.chat.said())
    leyla.user.send_text("are you there?")
    await leyla.reads("You have no open case")
    await server.settled()
    assert len(worker.chat.said()) == before


# -- topics ------------------------------------------------------------------------------------


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_deleted_topic_is_made_again(
    server: TelegramServer, bot: Runtime, refuses: bool
) -> None:
    server.world.deleted_topic_refuses = refuses
    leyla, code, topic = await with_a_case(server, bot)
    leyla.user.delete_topic(topic)
    server.users[1].send_text("are you still there?")
    again = await leyla.topic(code)
    assert again != topic
    await leyla.reads("are you still there?", thread=again)
    await leyla.reads("here is a new one", thread=again)
    assert [s for s in leyla.user.visible() if "still there" in s.text and s.thread != again] == []


@pytest.mark.parametrize("fault", [DropAfter(), CutAnswer()])
async def test_a_topic_made_by_a_call_without_an_answer_stays_the_only_one(
    server: TelegramServer, bot: Runtime, fault: DropAfter
) -> None:
    server.fail_next(fault, "createForumTopic")
    leyla, code, _topic = await with_a_case(server, bot)
    await server.until(lambda: len(leyla.user.chat.topics()) == 1)
    leyla.user.send_text("hello", thread=await leyla.topic(code))
    await server.hears(server.users[1], "hello")


async def test_the_topic_goes_seven_days_after_closing(
    server: TelegramServer, tmp_path: Path
) -> None:
    clock = Clock()
    async with telegram_bot(server, tmp_path, telegram_content=True, clock=clock) as bot:
        leyla, _code, topic = await with_a_case(server, bot)
        await leyla.presses("🏁 Close", thread=topic)
        await leyla.presses("Advice given", thread=topic)
        await leyla.reads("This case is closed", thread=topic)
        clock.forward(days=6)
        await leyla.presses("📂 My cases", thread=topic)
        assert [t.thread for t in leyla.user.chat.topics()] == [topic]
        clock.forward(days=2)
        await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")


async def test_the_topic_goes_when_the_worker_erases_everything(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    worker.send_text("my boss has my passport")
    await leyla.reads("my boss has my passport", thread=topic)
    worker.send_text("/erase")
    await press(server, worker, "🗑️ Yes, erase all")
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")
    assert "my boss" not in leyla.texts()


async def test_the_topic_goes_with_a_conflict_of_interest(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, code, _ = await with_a_case(server, bot)
    await conflicts.declare(bot, leyla.person, CaseId(1), conflict=True)
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")
    leyla.user.start()
    await leyla.presses("📥 Queue")
    await leyla.reads("Nobody is waiting")
    assert code not in "\n".join(s.text for s in leyla.user.news())


async def test_a_name_that_becomes_known_is_asked_about_before_more_is_shown(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)

    def name_it(tx: Tx) -> None:
        case = get_case(tx, 1)
        assert case is not None
        conflicts.set_opponent(tx, bot, case, "Big Oil MMC", None, bot.clock())

    await bot.database.write(name_it)
    asked = await leyla.reads("do you have a conflict of interest?", thread=topic)
    assert "The other side: Big Oil MMC" in asked.text
    server.users[1].send_text("he has my passport")
    await server.hears(server.users[1], "I passed this")
    assert "he has my passport" not in leyla.texts()
    await leyla.presses("✅ No conflict: read", thread=topic)
    await leyla.reads("he has my passport", thread=topic)


async def test_nothing_of_a_lawyers_chat_is_in_the_clear(
    server: TelegramServer, bot: Runtime, tmp_path: Path
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    leyla.user.send_text("canary-egret-reply", thread=topic)
    await server.hears(server.users[1], "canary-egret-reply")
    leyla.user.send_document(PDF, "canary-finch.pdf", caption="canary-grebe", thread=topic)
    await server.hears(server.users[1], "canary-grebe")
    await server.settled()
    kept = contents_of(tmp_path)
    for canary in ("canary", str(leyla.user.id), "Leyla"):
        assert not any(canary.encode() in content for content in kept), canary


def contents_of(folder: Path) -> list[bytes]:
    """All that is written down."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def test_the_topic_goes_when_the_case_is_given_back(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, code, topic = await with_a_case(server, bot)
    await leyla.presses("↩️ Give back", thread=topic)
    question = await leyla.reads("what the next lawyer must know", thread=topic)
    leyla.user.reply_to(question, "the contract is missing")
    await server.until(lambda: not leyla.user.chat.topics(), what="the topic to go")
    await cases.claim(bot, leyla.person, CaseId(1))
    again = await leyla.topic(code)
    assert again != topic
    page = await cases.read_case(bot, leyla.person, CaseId(1))
    assert [note.text for note in page.notes] == ["the contract is missing"]


# -- what is sent by one button -----------------------------------------------------------------


async def test_a_quick_reply_goes_out_in_the_workers_language_or_not_at_all(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    await quick_replies.save(bot, leyla.person, None, "Hours", {"en": "We are here 9 to 18."})
    await quick_replies.save(bot, leyla.person, None, "Thanks", {"az": "Sağ olun"})
    await leyla.presses("⚡ Quick reply", thread=topic)
    told = await leyla.presses("⚠️ Thanks", thread=topic)
    assert told == "It has no words in the worker's language yet."
    await leyla.presses("Hours", thread=topic)
    await server.hears(server.users[1], "We are here 9 to 18.")
    await leyla.reads("We are here 9 to 18.", thread=topic)
    assert "Sağ olun" not in "\n".join(server.users[1].chat.said())


async def test_a_document_is_asked_for_by_a_button_and_comes_into_the_topic(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    await leyla.presses("📎 Ask for a document", thread=topic)
    await leyla.presses("Work contract", thread=topic)
    await server.hears(worker, "Please send a photo of your work contract")
    await leyla.reads("the worker is asked for it", thread=topic)
    worker.send_photo(PNG, "here it is")
    await leyla.reads("here it is", thread=topic)


# -- failures are told -------------------------------------------------------------------------


async def test_a_lawyer_is_told_that_the_worker_has_blocked_the_bot(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _code, topic = await with_a_case(server, bot)
    server.users[1].block()
    told = await leyla.reads("the worker cannot be reached any more")  # at once, before any reply
    assert "🖥 In the desk" in told.labels
    sent = leyla.user.send_text("are you there?", thread=topic)
    await leyla.reads("The worker has blocked the bot", thread=topic)
    await leyla.ticked(sent.id, "👎")
    server.users[1].unblock()
    await leyla.reads("the worker can be reached again")


async def test_a_refused_message_tells_the_lawyer_who_works_at_the_desk(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _code, topic = await with_a_case(server, bot)
    server.users[1].delete_account()
    leyla.user.send_text("are you there?", thread=topic)
    await leyla.reads("The worker has blocked the bot", thread=topic)
    [notice] = [n for n in await notices.list_unread(bot, leyla.person) if n.kind == "unreachable"]
    assert notice.case_id == 1


async def test_both_are_told_of_a_file_that_is_too_big(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    worker.send_video(b"\0\0\0\x18ftypmp42", size=21 * 1024 * 1024)
    await server.hears(worker, "too big")
    await leyla.reads("sent a file that is too big", thread=topic)
    leyla.user.send_video(b"\0\0\0\x18ftypmp42", size=21 * 1024 * 1024, thread=topic)
    await leyla.reads("Not sent. The file is too big", thread=topic)
    leyla.user.send_document(b"MZ\x90\0program", "letter.pdf", thread=topic)
    await leyla.reads("This kind of file cannot be sent", thread=topic)


async def test_an_edit_of_a_lawyer_puts_the_workers_copy_right(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    sent = leyla.user.send_text("come on Monday", thread=topic)
    first = await server.hears(worker, "come on Monday")
    leyla.user.edit_text(sent, "come on <Tuesday>")
    await server.hears(worker, "✏️ come on <Tuesday>")
    [struck] = [seen for seen in worker.visible() if seen.id == first.id]
    assert "strikethrough" in [entity["type"] for entity in struck.raw["entities"]]
    leyla.user.edit_text(sent, "come on Friday")
    await server.hears(worker, "✏️ come on Friday")
    await server.settled()
    assert "come on" not in "\n".join(s.text for s in leyla.user.visible() if s.by_bot)
    picture = leyla.user.send_photo(PNG, "sign here", thread=topic)
    first = await server.hears(worker, "sign here")
    leyla.user.edit_text(picture, "sign twice")  # the words under it are struck out
    await server.hears(worker, "✏️ sign twice")
    [struck] = [seen for seen in worker.visible() if seen.id == first.id]
    assert "strikethrough" in [entity["type"] for entity in struck.raw["caption_entities"]]
    note = leyla.user.send_text("/note he is ill", thread=topic)
    await leyla.reads("the note is kept", thread=topic)
    leyla.user.edit_text(note, "he is very ill")  # a note stays one
    await leyla.reads("nothing to put right there", thread=topic)
    leyla.user.edit_text(sent, "/note he lies")
    await server.settled()
    assert not any("he lies" in text or "ill" in text.split() for text in worker.chat.said())
    assert judge(server) == []


async def test_the_rest_of_a_note_that_the_phone_has_cut_goes_to_nobody_either(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    leyla.user.send_text("/note " + "he is ill " * 400, thread=topic)
    leyla.user.send_text("and he lies", thread=topic)
    await server.until(lambda: leyla.texts().count("the note is kept") == 2)
    leyla.user.send_text("/note short", thread=topic)  # nothing was cut here
    leyla.user.send_text("Привет! Когда?", thread=topic)
    await server.hears(worker, "Привет! Когда?")
    leyla.user.send_text("Until 20.12.", thread=topic)
    await server.hears(worker, "Until 20.12.")
    page = await cases.read_case(bot, leyla.person, CaseId(1))
    assert sorted(len(note.text) for note in page.notes) == [5, 11, 3999]
    assert not any("he is ill" in text or "he lies" in text for text in worker.chat.said())
    said = [parse(m.body) for m in page.messages if m.staff_id is not None]
    # the desk asks in which language words are; here their letters say what they cannot be
    assert [each.written_in for each in said] == ["", "en"]


async def test_a_file_that_was_meant_for_a_note_goes_to_nobody(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    worker = server.users[1]
    leyla.user.send_document(PDF, "a.pdf", caption="/note he lies", thread=topic)
    await leyla.reads("Not sent. Please do it in the desk", thread=topic)
    await leyla.presses("📝", thread=topic)
    ask = await leyla.reads("reply to this with a private note")
    leyla.user.send_document(PDF, "b.pdf", caption="he is lying", reply_to=ask)
    await server.until(
        lambda: sum("do it in the desk" in s.text for s in leyla.user.visible()) == 2
    )
    leyla.user.send_document(PDF, "c.pdf", caption="please sign", thread=topic)
    await server.hears(worker, "please sign")
    assert not any("ly" in seen.text or "lie" in seen.text for seen in worker.visible())


async def test_what_came_while_the_lawyer_had_blocked_the_bot_comes_later(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    leyla.user.block()
    server.users[1].send_text("please answer")
    await server.until(lambda: any(c.status == 403 for c in server.calls_of("sendMessage")))
    await server.settled()
    leyla.user.unblock()
    await leyla.reads("please answer", thread=topic)


@pytest.mark.parametrize("fault", [BadGateway(), DropAfter(), Refuse(lambda: bad("oops"))])
async def test_a_reply_reaches_the_worker_once_though_the_tick_does_not_come(
    server: TelegramServer, bot: Runtime, fault: BadGateway
) -> None:
    leyla, _, topic = await with_a_case(server, bot)
    server.fail_next(fault, "setMessageReaction")
    leyla.user.send_text("only once", thread=topic)
    await server.hears(server.users[1], "only once")
    server.tell_again(2)
    leyla.user.send_photo(PNG, "the form", thread=topic)
    await server.hears(server.users[1], "the form")
    await server.settled()
    said = "\n".join(server.users[1].chat.said())
    assert (said.count("only once"), said.count("the form")) == (1, 1)


async def test_a_forged_button_of_staff_does_nothing(server: TelegramServer, bot: Runtime) -> None:
    leyla = await a_lawyer_on_telegram(server, bot, "Leyla")
    await asks_for_a_lawyer(server, server.new_user("Karim"))
    stranger = server.new_user("Stranger")
    stranger.start()
    await server.hears(stranger, "Which language")
    for user in (stranger, leyla.user):
        message = user.last.raw if user.last else {}
        for data in ("s:claim:1:", "s:close_as:1:advice", "s:fly:1:", "s:claim:x:", "s:view:999:"):
            if user is leyla.user and data.startswith("s:claim:1"):
                continue
            query = {"id": f"8{user.id}{len(data)}{data[2]}", "from": user.person.as_json()}
            server.tell_raw({"callback_query": {**query, "message": message, "data": data}})
    await leyla.reads("There is nothing here for you")
    await server.settled()
    assert list(await queue.list_mine(bot, leyla.person)) == []


async def test_every_call_of_a_lawyers_day_is_well_formed(
    server: TelegramServer, bot: Runtime
) -> None:
    leyla, code, _topic = await with_a_case(server, bot)
    leyla.user.start()
    await leyla.presses("📂 My cases")
    await leyla.presses(code)
    await leyla.presses("📝 Note")
    question = await leyla.reads("reply to this with a private note")
    leyla.user.reply_to(question, "tell nobody")
    await leyla.reads("the note is kept")
    await server.settled()
    assert judge(server) == []
