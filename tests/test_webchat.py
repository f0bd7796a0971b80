"""The web chat: who is let in, what is shown to whom, and what a hostile browser can do."""

import asyncio
import io
import json
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType
from structlog.testing import capture_logs

from storage.database import Tx
from storage.messages import add_incoming
from storage.records import MessageKind
from tests.builders import a_conversation
from tests.chat_page import ChatHouse, ChatPage, chat_house
from tests.conftest import Clock

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\0" * 64 + b"\xff\xd9"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + b"\0" * 64
OGG = b"OggS\0\x02" + b"\0" * 20 + b"\x01\x13OpusHead" + b"\0" * 64
WEBM = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104")


@pytest.fixture
async def house(tmp_path: Path, clock: Clock) -> AsyncIterator[ChatHouse]:
    async with chat_house(tmp_path, clock) as house:
        yield house


@pytest.fixture
async def any_house(tmp_path: Path, clock: Clock, database_url: str) -> AsyncIterator[ChatHouse]:
    """On a database of each kind."""
    async with chat_house(tmp_path, clock, database_url=database_url) as house:
        yield house


@pytest.fixture
async def page(house: ChatHouse) -> AsyncIterator[ChatPage]:
    """A page that has been welcomed and waits for an answer."""
    async with house.page() as page:
        await page.arrives()
        yield page


# -- the page ----------------------------------------------------------------------------------


async def test_page_loads_only_from_our_own_server(house: ChatHouse) -> None:
    async with house.page() as page:
        answer, text = await page.open()
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script>" not in text
        assert "style=" not in text


async def test_script_and_style_are_cached_for_ever_under_a_name_with_their_hash(
    house: ChatHouse,
) -> None:
    async with house.page() as page:
        _, text = await page.open()
        path = text.split('<script src="')[1].split('"')[0]
        answer, _ = await page.open(path)
        assert "immutable" in answer.headers["Cache-Control"]
        answer, _ = await page.open("/chat/static/script.js")
        assert answer.status == 404


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/chat", "de-DE,de;q=0.9,fa;q=0.8,en;q=0.1", "fa"),
        ("/chat", "fa-IR", "fa"),
        ("/chat", "de", "en"),
        ("/chat", "fa;q=banana, ,;;q=1,en;q=0.5", "en"),
        ("/chat?lang=fa", "en", "fa"),
        ("/chat?lang=../../etc", "en", "en"),
    ],
)
async def test_page_speaks_the_best_language_of_the_browser(
    tmp_path: Path, clock: Clock, path: str, accepted: str, language: str
) -> None:
    async with (
        chat_house(tmp_path, clock, locales=persian(tmp_path)) as house,
        house.page() as page,
    ):
        page.headers = {"Accept-Language": accepted}
        _, text = await page.open(path)
        assert f'<html lang="{language}"' in text
        assert ('dir="rtl"' in text) is (language == "fa")


async def test_cookie_that_is_not_ours_is_replaced(house: ChatHouse) -> None:
    async with house.page(cookie="../../secret") as page:
        await page.open()
        assert len(page.cookie) == 43


async def test_cookie_stays_and_scripts_cannot_read_it(house: ChatHouse) -> None:
    async with house.page() as page:
        answer, _ = await page.open()
        first = page.cookie
        attributes = answer.headers["Set-Cookie"]
        assert "HttpOnly" in attributes
        assert "SameSite=Lax" in attributes
        assert "Path=/chat" in attributes
        await page.open()
        assert page.cookie == first


# -- talking -----------------------------------------------------------------------------------


async def test_first_visit_is_welcomed_and_asked(page: ChatPage) -> None:
    assert page.texts[0].startswith("Hello!")
    assert page.question["choices"]
    assert page.state["direction"] == "ltr"
    assert page.seqs == list(range(1, len(page.seqs) + 1))


async def test_two_pages_that_open_at_once_are_welcomed_once(house: ChatHouse) -> None:
    async with house.page() as one:
        await one.open()
        async with house.page(one.cookie) as two:
            await asyncio.gather(one.connect(), two.connect())
            await asyncio.gather(one.asked_after(0), two.asked_after(0))
            await one.says("1")
            assert sum(text.startswith("Hello!") for text in one.texts) == 1


async def test_everything_missed_is_shown_once_and_in_order(any_house: ChatHouse) -> None:
    async with any_house.page() as away, any_house.page() as other:
        await away.arrives()
        await away.leave()
        async with any_house.page(away.cookie) as here:
            await here.connect()
            await here.asked_after(0)
            await here.taps("en", "wages", "yes", "messages")
            await other.arrives()
            await here.says("a thing that nobody understands")
            await here.until(lambda: here.seqs[-1] > here.seqs[0] + 8)
            await any_house.lawyer_writes(away.cookie, "I am here.")
            await here.until(lambda: here.texts[-1] == "I am here.")
            await away.connect()
            await away.until(lambda: away.texts[-1] == "I am here.")
        assert away.seqs == here.seqs
        assert away.seqs == list(range(1, len(away.seqs) + 1))
        assert away.texts == here.texts
        assert "I am here." not in other.texts


async def test_entries_come_once_whoever_makes_them(house: ChatHouse, page: ChatPage) -> None:
    await page.taps("en")
    async with house.page(page.cookie) as other:
        await other.connect()
        await other.until(lambda: other.seqs[-1:] == page.seqs[-1:])
        for n in range(10):
            await asyncio.gather(page.says(f"one {n}"), other.says(f"two {n}"))
        await page.says("last")
        await other.until(lambda: "last" in other.texts)
    for shown in (page, other):
        assert shown.seqs == list(range(1, len(shown.seqs) + 1))
        own = [text for text in shown.texts if text.startswith(("one", "two"))]
        assert len(own) == 20


async def test_own_entry_comes_before_its_acknowledgement(page: ChatPage) -> None:
    await page.says("My boss")
    assert page.entries[-1][1]["text"] == "My boss"
    assert page.entries[-1][1]["author"] == "worker"


async def test_message_is_acknowledged_only_when_it_is_stored(
    house: ChatHouse, page: ChatPage, tmp_path: Path
) -> None:
    elsewhere = sqlite3.connect(tmp_path / "hamrah.db", isolation_level=None)
    async with house.page(page.cookie) as other:
        await other.connect()
        await other.until(lambda: other.seqs[-1:] == page.seqs[-1:])
        elsewhere.execute("BEGIN IMMEDIATE")  # nobody can commit now, everybody can read
        await page.sends({"id": "held", "text": "My boss"})
        acknowledged = asyncio.create_task(page.acknowledged("held"))
        for _ in range(5):
            await other.sends({"earlier": {"before": 2}})
            assert (await other.frame())["seq"] == 1
        assert not acknowledged.done()
        elsewhere.execute("COMMIT")
        await acknowledged
    elsewhere.close()


async def test_message_that_could_not_be_stored_is_kept_by_the_page_and_taken_later(
    page: ChatPage, tmp_path: Path
) -> None:
    elsewhere = sqlite3.connect(tmp_path / "hamrah.db", isolation_level=None, timeout=30)
    elsewhere.execute("ALTER TABLE inbox RENAME TO inbox_away")
    await page.sends({"id": "later", "text": "My boss"})
    error = await page.error()
    assert (error["error"], error["id"]) == ("try_again", "later")
    elsewhere.execute("ALTER TABLE inbox_away RENAME TO inbox")
    elsewhere.close()
    await page.says("My boss", "later")
    assert page.texts.count("My boss") == 1


async def test_same_id_again_is_acknowledged_and_does_nothing(page: ChatPage) -> None:
    for _ in range(3):
        await page.says("Only once", "a-1")
    await page.says("Then this")
    assert page.texts.count("Only once") == 1


async def test_same_id_of_another_worker_is_another_message(
    house: ChatHouse, page: ChatPage
) -> None:
    await page.says("I was first", "1")
    async with house.page() as other:
        await other.arrives()
        await other.says("I was second", "1")
        assert "I was second" in other.texts
        assert "I was first" not in other.texts


async def test_language_of_the_page_follows_the_worker(tmp_path: Path, clock: Clock) -> None:
    async with (
        chat_house(tmp_path, clock, locales=persian(tmp_path)) as house,
        house.page() as page,
    ):
        page.headers = {"Accept-Language": "en"}
        await page.arrives()
        await page.taps("fa")
        assert (page.state["language"], page.state["direction"]) == ("fa", "rtl")
        assert page.question["direction"] == "rtl"


async def test_lawyer_is_shown_by_number_not_by_name(house: ChatHouse, page: ChatPage) -> None:
    await house.lawyer_writes(page.cookie, "Please send the contract.")
    await page.until(lambda: page.texts[-1] == "Please send the contract.")
    words = page.entries[-1][1]
    assert (words["author"], words["from"]) == ("lawyer", "Lawyer 1")
    assert "Leyla" not in json.dumps(page.entries)


async def test_long_chat_shows_its_end_first_and_its_beginning_on_demand(
    house: ChatHouse, page: ChatPage
) -> None:
    now = house.runtime.clock()

    def work(tx: Tx) -> None:
        talk = a_conversation(tx, page.cookie, now)
        for n in range(250):
            body = json.dumps({"text": f"note {n}"})
            add_incoming(tx, talk, MessageKind.TEXT, body, language="en", now=now)

    before = len(page.seqs)
    await house.runtime.database.write(work)
    await page.until(lambda: len(page.seqs) == before + 250)  # an open page misses nothing
    async with house.page(page.cookie) as fresh:
        await fresh.connect()
        await fresh.until(lambda: fresh.seqs[-1:] == page.seqs[-1:])
        assert len(fresh.seqs) == 200
        first = fresh.seqs[0]
        await fresh.sends({"earlier": {"before": first}})
        await fresh.until(lambda: fresh.seqs[-1] == first - 1)
        assert sorted(fresh.seqs) == page.seqs


async def test_old_chat_id_shows_everything_afresh(house: ChatHouse, page: ChatPage) -> None:
    async with house.page(page.cookie) as other:
        await other.connect(after=2**31 - 1, chat="0123456789abcdef")
        await other.until(lambda: other.seqs == page.seqs)


# -- hiding ------------------------------------------------------------------------------------


async def test_hidden_chat_shows_nothing_until_the_two_words(
    house: ChatHouse, page: ChatPage
) -> None:
    words = await _ready_to_hide(page)
    before = list(page.texts)
    async with house.page(page.cookie) as other:
        await other.connect()
        await other.until(lambda: other.texts == before)
        await page.commands("hide")
        assert page.state["hidden"]
        assert page.entries == []
        await other.until(lambda: other.entries == [])  # every open page is wiped
        _, text = await other.open()
        assert "<title>Notes</title>" in text
        await page.says("buy milk")
        await page.until(lambda: len(page.entries) == 2)
        assert page.texts[0] == "buy milk"  # the mark is for lawyers
        assert not set(page.texts) & set(before)
        await page.sends({"earlier": {"before": 3}})
        await page.says(f" {words.upper()}! ")
        await page.asked_after(0)
        assert not page.state["hidden"]
        assert page.texts[: len(before)] == before


async def test_page_that_slept_while_the_chat_was_hidden_shows_nothing_of_before(
    house: ChatHouse, page: ChatPage
) -> None:
    await _ready_to_hide(page)
    async with house.page(page.cookie) as asleep:
        await asleep.connect()
        await asleep.until(lambda: asleep.texts == page.texts)
        await asleep.leave()
        await page.commands("hide")
        await asleep.connect()
        await asleep.until(lambda: bool(asleep.state["hidden"]))
        assert asleep.entries == []


async def test_files_of_before_are_gone_while_the_chat_is_hidden(page: ChatPage) -> None:
    words = await _ready_to_hide(page)
    await page.uploads(JPEG)
    await page.until(lambda: bool(_files(page)))
    file_id = _files(page)[0]["id"]
    await page.commands("hide")
    answer, _ = await page.downloads(file_id)
    assert answer.status == 404
    await page.says(words)
    answer, content = await page.downloads(file_id)
    assert (answer.status, content) == (200, JPEG)


# -- a hostile browser -------------------------------------------------------------------------

DEEP = "[" * 30_000
HOSTILE = [
    "",
    "null",
    "[]",
    "{}",
    '"text"',
    "{",
    DEEP,
    '{"id": "1", "text": "\\ud800"}',
    '{"id": "1", "text": "a\\u0000b"}',
    '{"id": "1", "text": "\\u001b[31m"}',
    '{"id": "1", "text": ""}',
    '{"id": "1", "text": " \\n "}',
    '{"id": "1", "text": 7}',
    '{"id": "1", "text": null}',
    '{"id": "1", "text": ["a"]}',
    '{"id": "1", "text": "a", "author": "bot"}',
    '{"id": "1"}',
    '{"id": 1, "text": "a"}',
    '{"id": "", "text": "a"}',
    '{"id": "open:x", "text": "a"}',
    '{"id": "%s", "text": "a"}' % ("i" * 65),
    '{"text": "a"}',
    '{"id": "1", "tap": {"question": 1}}',
    '{"id": "1", "tap": {"question": "1", "option": "en"}}',
    '{"id": "1", "tap": {"question": true, "option": "en"}}',
    '{"id": "1", "tap": {"question": 1.0, "option": "en"}}',
    '{"id": "1", "tap": {"question": -1, "option": "en"}}',
    '{"id": "1", "tap": {"question": 1e999, "option": "en"}}',
    '{"id": "1", "tap": {"question": NaN, "option": "en"}}',
    '{"id": "1", "tap": {"question": 99999999999999999999, "option": "en"}}',
    '{"id": "1", "tap": {"question": %s, "option": "en"}}' % ("9" * 5000),
    '{"id": "1", "tap": {"question": 1, "option": "../en"}}',
    '{"id": "1", "tap": {"question": 1, "option": "en", "more": 1}}',
    '{"id": "1", "command": "destroy"}',
    '{"id": "1", "command": ["menu"]}',
    '{"resume": {"after": -1}}',
    '{"resume": {"after": 4294967296}}',
    '{"resume": {"after": "0"}}',
    '{"resume": {"chat": 5}}',
    '{"resume": {"chat": "x\' OR 1=1"}}',
    '{"resume": {"language": "<b>"}}',
    '{"resume": {"conversation": 1}}',
    '{"resume": 0}',
    '{"earlier": {"before": "1"}}',
    '{"earlier": {}}',
    '{"state": {"hidden": false}}',
    '{"seq": 1, "message": {}}',
]


async def test_what_no_page_sends_is_answered_by_an_error_and_the_socket_stays_open(
    page: ChatPage,
) -> None:
    for frame in HOSTILE:
        await page.connect()  # anew, for only so many errors a minute are answered
        await page.socket.send_str(frame)
        error = await page.error()
        assert error["text"], frame
        await page.says("still here")
        await page.leave()


async def test_bytes_are_no_frame(page: ChatPage) -> None:
    await page.socket.send_bytes(b'{"id": "1", "text": "a"}')
    assert (await page.error())["error"] == "not_json"
    await page.says("still here")


async def test_frame_over_64_kilobytes_closes_the_socket(page: ChatPage) -> None:
    await page.sends({"id": "1", "text": "a" * 70_000})
    assert await _closed(page) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_text_over_the_limit_is_answered_in_words(page: ChatPage) -> None:
    await page.taps("en")
    await page.says("a" * 5000)
    await page.until(lambda: "too long" in page.texts[-1])


async def test_browser_that_sends_only_errors_is_sent_away(page: ChatPage) -> None:
    for _ in range(20):
        await page.socket.send_str("{}")
    assert await _closed(page) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_one_browser_cannot_take_all_sockets(house: ChatHouse, page: ChatPage) -> None:
    address = f"{house.origin}/chat/socket"
    open_ones = [await page.session.ws_connect(address, origin=house.origin) for _ in range(19)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await page.session.ws_connect(address, origin=house.origin)
    assert refused.value.status == 503
    async with house.page() as other:
        await other.arrives()
    for socket in open_ones:
        await socket.close()


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://[::1"},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": ""},
]


async def test_other_sites_can_neither_connect_nor_upload(house: ChatHouse, page: ChatPage) -> None:
    for foreign in FOREIGN:
        headers = {"Origin": house.origin, **foreign}
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await page.session.ws_connect(f"{house.origin}/chat/socket", headers=headers)
        assert refused.value.status == 403, foreign
        status, answer = await page.uploads(JPEG, **headers)
        assert (status, answer["error"]) == (403, "forbidden"), foreign


async def test_without_a_cookie_there_is_no_socket_and_no_file(house: ChatHouse) -> None:
    async with house.page() as page:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await page.connect()
        assert refused.value.status == 403
        assert (await page.uploads(JPEG))[0] == 403
        assert (await page.downloads(1))[0].status == 404


# -- files -------------------------------------------------------------------------------------


async def test_file_stands_in_the_chat_and_comes_back_as_it_was(page: ChatPage) -> None:
    status, _ = await page.uploads(JPEG, "my contract.jpg")
    assert status == 200
    await page.until(lambda: bool(_files(page)))
    file = _files(page)[0]
    assert file == {
        "id": file["id"], "name": "my contract.jpg", "media_type": "image/jpeg", "size": len(JPEG),
    }  # fmt: skip
    answer, content = await page.downloads(file["id"])
    assert content == JPEG
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_file_of_another_worker_looks_absent(house: ChatHouse, page: ChatPage) -> None:
    await page.uploads(JPEG)
    await page.until(lambda: bool(_files(page)))
    file_id = _files(page)[0]["id"]
    async with house.page() as other:
        await other.arrives()
        foreign, absent = await other.downloads(file_id), await other.downloads(999_999)
        assert foreign[0].status == absent[0].status == 404
        assert foreign[1] == absent[1]
        assert (await other.downloads(10**17))[0].status == 404


async def test_same_upload_again_is_stored_once(page: ChatPage) -> None:
    for _ in range(2):
        status, answer = await page.uploads(JPEG, said_id="u-1")
        assert (status, answer) == (200, {"ack": "u-1"})
    await page.says("done")
    assert len(_files(page)) == 1


async def test_player_can_ask_for_a_part(page: ChatPage) -> None:
    await page.uploads(OGG, "v.ogg")
    await page.until(lambda: bool(_files(page)))
    file_id = _files(page)[0]["id"]
    answer, content = await page.downloads(file_id, Range="bytes=2-5")
    assert (answer.status, content) == (206, OGG[2:6])
    assert answer.headers["Content-Range"] == f"bytes 2-5/{len(OGG)}"
    answer, content = await page.downloads(file_id, Range="bytes=-4")
    assert content == OGG[-4:]
    for wrong in ("bytes=900-", "bytes=5-2", "lines=1-2"):
        answer, _ = await page.downloads(file_id, Range=wrong)
        assert answer.status == 416


def _word_file(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name in ("[Content_Types].xml", *names):
            file.writestr(name, "x")
    return target.getvalue()


def _mp4(brand: str) -> bytes:
    return b"\0\0\0\x18ftyp" + brand.encode() + b"\0" * 64


TAKEN = [  # content, what the browser calls it, what it is
    (JPEG, "text/html", "image/jpeg"),
    (bytes.fromhex("89504e470d0a1a0a0000000d49484452") + b"\0" * 64, "", "image/png"),
    (b"GIF89a" + b"\0" * 64, "", "image/gif"),
    (b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 64, "", "image/webp"),
    (_mp4("heic"), "", "image/heic"),
    (_mp4("mif1"), "", "image/heic"),
    (PDF, "", "application/pdf"),
    (OGG, "", "audio/ogg"),
    (b"ID3\x03\0\0\0" + b"\0" * 64, "", "audio/mpeg"),
    (b"\xff\xfb\x90\x64" + b"\0" * 64, "", "audio/mpeg"),
    (_mp4("M4A "), "", "audio/mp4"),
    (_mp4("iso5"), "audio/mp4", "audio/mp4"),
    (_mp4("iso5"), "video/mp4", "video/mp4"),
    (_mp4("3gp4"), "", "video/3gpp"),
    (_mp4("qt  "), "", "video/quicktime"),
    (WEBM, "audio/webm;codecs=opus", "audio/webm"),
    (WEBM, "", "video/webm"),
    (_word_file("word/document.xml"), "", "application/vnd.openxmlformats-officedocument"),
]


async def test_type_of_a_file_is_found_in_its_content(page: ChatPage) -> None:
    for content, declared, media_type in TAKEN:
        assert (await page.uploads(content, "x.exe", declared or "a/b"))[0] == 200, media_type
    await page.until(lambda: len(_files(page)) == len(TAKEN))
    for file, (_, _, media_type) in zip(_files(page), TAKEN, strict=True):
        assert file["media_type"].startswith(media_type)
        assert not file["name"].endswith(".exe")


REFUSED = [
    b"<!doctype html><script>alert(1)</script>",
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    b"MZ" + b"\0" * 64,
    b"#!/bin/sh\n",
    b"hello",
    _word_file("a.txt"),
    _word_file("word/document.xml", "word/vbaProject.bin"),
    b"PK\x03\x04" + b"\0" * 64,
    _mp4("evil"),
    bytes.fromhex("1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61"),
]


async def test_other_files_are_refused_in_words(page: ChatPage) -> None:
    for content in REFUSED:
        status, answer = await page.uploads(content, "photo.jpg", "image/jpeg")
        assert (status, answer["error"]) == (415, "type"), content
        assert "photo" in answer["text"]


async def test_empty_file_is_refused(page: ChatPage) -> None:
    status, answer = await page.uploads(b"")
    assert (status, answer["error"]) == (400, "empty")


async def test_file_over_20_megabytes_is_refused(house: ChatHouse, page: ChatPage) -> None:
    status, answer = await page.uploads(JPEG + b"\0" * (20 * 1024 * 1024))
    assert (status, answer["error"]) == (413, "too_big")
    assert "20 MB" in answer["text"]

    async def endless() -> AsyncIterator[bytes]:  # without saying how long it is
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(21):
            yield b"\0" * (1024 * 1024)
        yield b"\r\n--x--\r\n"

    headers = {"Origin": house.origin, "Content-Type": "multipart/form-data; boundary=x"}
    async with page.session.post(
        f"{house.origin}/chat/file", data=endless(), headers=headers
    ) as refused:
        assert refused.status == 413


async def test_file_of_nearly_20_megabytes_is_taken(page: ChatPage) -> None:
    assert (await page.uploads(JPEG + b"\0" * (20 * 1024 * 1024 - len(JPEG))))[0] == 200


NO_FORMS = [
    ("text/plain", b"hello"),
    ("multipart/form-data", b"hello"),
    ("multipart/form-data; boundary=x", b"hello"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="f'),
    ("multipart/mixed; boundary=x", b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"
     b"--y\r\n\r\n--y--\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x",
     b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n' + b"1" * 900),
    ("multipart/form-data; boundary=x",
     b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n\xff\xfe\r\n--x--\r\n'),
    ("multipart/form-data; boundary=" + "x" * 100, b"hello"),
    ("application/json", b'{"id": "1"}'),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::aiohttp.BadContentDispositionHeader")
async def test_form_that_is_none_is_refused(house: ChatHouse, page: ChatPage) -> None:
    for kind, body in NO_FORMS:
        headers = {"Origin": house.origin, "Content-Type": kind}
        address = f"{house.origin}/chat/file"
        async with page.session.post(address, data=body, headers=headers) as answer:
            assert answer.status == 400, body
            assert (await answer.json())["text"]
    await page.says("still here")


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\Ali\\photo.JPG", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe.jpg"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("...", "photo.jpg"),
        ("", "photo.jpg"),
        ("عقد\u200cکار.jpeg", "عقد\u200cکار.jpeg"),
        ("n" * 500 + ".jpg", "n" * 116 + ".jpg"),
        ('"; filename=evil.html', "; filename=evil.html.jpg"),
    ],
)
def test_file_names_are_cleaned(name: str, cleaned: str) -> None:
    from bot.media import TYPES, clean_name

    assert clean_name(name, TYPES["image/jpeg"]).replace('"', "") == cleaned


# -- the house ---------------------------------------------------------------------------------


async def test_when_the_server_stops_what_is_in_hand_is_finished_and_pages_are_told(
    tmp_path: Path, clock: Clock
) -> None:
    async with chat_house(tmp_path, clock) as house, house.page() as page:
        await page.arrives()
        await page.sends({"id": "last", "text": "one more thing"})
        closing = asyncio.create_task(house.server.close())
        await page.acknowledged("last")
        assert await _closed(page) == aiohttp.WSCloseCode.GOING_AWAY
        await closing


async def test_neither_words_nor_cookies_are_logged(house: ChatHouse) -> None:
    with capture_logs() as logged:
        async with house.page() as page:
            await page.arrives()
            await page.taps("en", "wages", "yes", "done")
            await page.says("canary-words")
            await page.uploads(JPEG, "canary-name.jpg")
            await page.uploads(b"canary-content")
            await page.socket.send_str('{"id": "1", "text": 5, "canary-key": 1}')
            await page.error()
            cookie = page.cookie
    assert "canary" not in str(logged)
    assert cookie not in str(logged)


# -- helpers -----------------------------------------------------------------------------------


def persian(folder: Path) -> Path:
    """A folder with a catalog in which every text of the small content has a Persian stand-in."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    from flows.catalog import all_phrases, load_catalog
    from flows.texts import Texts
    from tests.chat_page import SMALL

    catalog = Catalog(locale="fa")
    for phrase in all_phrases(load_catalog(SMALL, Texts({}))):
        catalog.add(phrase.text, f"فارسی {phrase.context}", context=phrase.context)
    target = folder / "locales" / "fa" / "LC_MESSAGES" / "hamrah.po"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_po(file, catalog)
    return folder / "locales"


async def _ready_to_hide(page: ChatPage) -> str:
    """Choose a language, and read the two words that bring a hidden chat back."""
    await page.taps("en")
    await page.until(lambda: any("takes this chat off" in text for text in page.texts))
    hint = next(text for text in page.texts if "takes this chat off" in text)
    return hint.rsplit(": ", 1)[1].splitlines()[0]


def _files(page: ChatPage) -> list[dict[str, Any]]:
    return [file for _, message in page.entries for file in message["attachments"]]


async def _closed(page: ChatPage) -> int | None:
    while (await page.socket.receive(timeout=30)).type is WSMsgType.TEXT:
        pass
    return page.socket.close_code
