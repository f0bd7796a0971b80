"""Listening: what a person has read aloud is played, as long as the words are still the same."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.runtime import Runtime
from flows import CONTENT
from flows.catalog import load_catalog
from flows.model import Command
from flows.voices import Voice, voices
from storage.database import Tx
from storage.messages import list_message_attachments
from storage.records import MessageKind
from tests.talk import Wire, Worker, delivering

OGG = b"OggS\0\x02" + b"\0" * 20 + b"\x01\x13OpusHead" + b"\0" * 64


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """The content with a folder for recordings, still empty."""
    shutil.copytree(CONTENT, tmp_path / "content")
    (tmp_path / "content" / "media" / "en").mkdir(parents=True)
    return tmp_path / "content"


def voice_of(runtime: Runtime, content: Path, name: str) -> Voice:
    """What is to be read aloud of this node in English."""
    flows = runtime.catalog.flows.values()
    return next(v for v in voices(flows, runtime.catalog.texts, content, ["en"]) if v.name == name)


def with_recordings(runtime: Runtime, content: Path) -> Runtime:
    """The house with the content of this folder."""
    catalog = load_catalog(content, runtime.catalog.texts, runtime.catalog.calendar)
    return runtime.with_catalog(catalog)


@pytest.fixture
async def worker(runtime: Runtime, content: Path) -> AsyncIterator[Worker]:
    """A worker at the question whether it is safe to talk, which somebody has read aloud."""
    voice = voice_of(runtime, content, "welcome.safe")
    voice.file.write_bytes(OGG)
    house = with_recordings(runtime, content)
    async with delivering(house, Wire()):
        worker = Worker(house)
        await worker.opens()
        await worker.taps("en")
        yield worker


async def test_a_recorded_question_offers_to_listen_and_keeps_its_buttons(worker: Worker) -> None:
    question = await worker.question()
    assert question.listen
    await worker.asks(Command.LISTEN)
    [told] = await worker.reads()
    assert told == ""
    assert (await worker.question()).question == question.question
    await worker.taps("yes")  # the old buttons are still good


async def test_the_recording_comes_as_a_voice_file_with_a_harmless_name(worker: Worker) -> None:
    await worker.asks(Command.LISTEN)
    said = (await worker.transcript())[-1]
    assert said.kind is MessageKind.PROMPT

    def work(tx: Tx) -> list[tuple[str, str]]:
        return [(a.media_type, a.name) for a in list_message_attachments(tx, [said.id])]

    assert await worker.runtime.database.read(work) == [("audio/ogg", "voice.ogg")]


async def test_the_word_listen_works_and_tells_where_nothing_is_recorded(worker: Worker) -> None:
    await worker.taps("yes")
    assert not (await worker.question()).listen
    await worker.says("Listen")
    assert (await worker.reads())[-1].startswith("Nobody has read this aloud yet")


async def test_a_recording_of_other_words_is_not_played(runtime: Runtime, content: Path) -> None:
    voice = voice_of(runtime, content, "welcome.safe")
    voice.file.with_name("welcome.safe-00000000.ogg").write_bytes(OGG)
    house = with_recordings(runtime, content)
    async with delivering(house, Wire()):
        worker = Worker(house)
        await worker.opens()
        await worker.taps("en")
        assert not (await worker.question()).listen
    assert voice_of(house, content, "welcome.safe").stale


async def test_a_file_that_is_no_sound_is_not_sent(runtime: Runtime, content: Path) -> None:
    voice_of(runtime, content, "welcome.safe").file.write_bytes(b"<script>")
    house = with_recordings(runtime, content)
    async with delivering(house, Wire()):
        worker = Worker(house)
        await worker.opens()
        await worker.taps("en")
        await worker.asks(Command.LISTEN)
        assert (await worker.reads())[-1].startswith("Nobody has read this aloud yet")


def test_the_sheet_lists_what_is_left_to_read(content: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    arguments = ["flows", "voices", "welcome", "-l", "en", "--content", str(content)]
    done = CliRunner().invoke(app, [*arguments, "--sheet", str(sheet)])
    assert done.exit_code == 0, done.output
    rows = sheet.read_text().splitlines()
    assert rows[0] == "file,seconds,text"
    first = next(row for row in rows if row.startswith("welcome.safe-"))
    name = first.split(",")[0]
    (content / "media" / "en" / name).write_bytes(OGG)
    CliRunner().invoke(app, [*arguments, "--sheet", str(sheet)])
    assert name not in sheet.read_text()
    page = tmp_path / "sheet.html"
    CliRunner().invoke(app, [*arguments, "--sheet", str(page)])
    assert "<code>welcome." in page.read_text()


def test_a_sheet_is_for_one_speaker(content: Path, tmp_path: Path) -> None:
    arguments = ["flows", "voices", "--sheet", str(tmp_path / "s.csv"), "--content", str(content)]
    assert CliRunner().invoke(app, arguments).exit_code == 2
