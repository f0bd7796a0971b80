"""Trees that change while people are inside: nobody is thrown out, and nobody is misled."""

from pathlib import Path

import pytest

from bot.content import OfficeContent
from bot.errors import BadInput
from bot.runtime import Runtime, published
from bot.settings import Settings
from bot.tools import publishing
from flows.catalog import Catalog, load_catalog
from flows.model import Choose
from flows.versions import Change
from storage import flow_versions
from storage.database import Database
from tests.conftest import SECRET_KEY, Clock
from tests.flows.trees import a_content, catalog_of
from tests.talk import Wire, Worker, delivering

CHANGED = "This page was updated"
ASK_LAWYER = "Do you want a lawyer to look at this?"
WITHOUT_PHOTOS = ('      photos: {say: "Photos of the work"}\n', "")
NEW_WORDS = (ASK_LAWYER, "Shall a lawyer read this?")
THIRD_ANSWER = (
    '      "no": {say: "❌ No", next: end}\n  ask:',
    '      "no": {say: "❌ No", next: end}\n      later: {say: "Later", next: end}\n  ask:',
)


class Office:
    """Hamrah on one database, started again with each content."""

    def __init__(self, folder: Path, database: Database, clock: Clock) -> None:
        self.folder, self.database, self.clock = folder, database, clock
        self.first = a_content(folder / "first")

    def content(self, *edits: tuple[str, str]) -> Path:
        """The content with another wages tree."""
        content = a_content(self.folder / f"edited-{len(list(self.folder.iterdir()))}")
        file = content / "town" / "wages.yaml"
        text = file.read_text("utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
        return content

    def reads(self, content: Path, texts: Catalog | None = None) -> Runtime:
        """A process that has read this content, and not yet published it."""
        catalog = catalog_of(content, "fa")
        if texts is not None:
            catalog = load_catalog(content, texts.texts)
        settings = Settings(secret_key=SECRET_KEY, media_folder=self.folder / "media")
        runtime = Runtime(settings, self.database, lambda: OfficeContent(catalog), clock=self.clock)
        self.database.on_change(runtime.changes.announce)
        return runtime

    async def starts(self, content: Path, texts: Catalog | None = None) -> Runtime:
        return await published(self.reads(content, texts))


@pytest.fixture
def office(tmp_path: Path, database: Database, clock: Clock) -> Office:
    return Office(tmp_path, database, clock)


async def someone_inside(runtime: Runtime, who: str = "one", language: str = "en") -> Worker:
    """A worker who has a contract, and is asked what else there is."""
    worker = Worker(runtime, who)
    async with delivering(runtime, Wire()):
        await worker.opens()
        await worker.taps(language, "wages", "yes")
    return worker


async def goes_on(worker: Worker, runtime: Runtime, *options: str) -> str:
    """What the worker reads after these buttons, in a later process."""
    worker.runtime = runtime
    async with delivering(runtime, Wire()):
        await worker.taps(*options)
    return "\n".join(await worker.reads())


async def test_who_is_inside_keeps_the_old_words_and_options(office: Office) -> None:
    worker = await someone_inside(await office.starts(office.first), language="fa")
    later = await office.starts(office.content(WITHOUT_PHOTOS, NEW_WORDS))
    assert f"fa {ASK_LAWYER}" in await goes_on(worker, later, "photos", "done")
    await goes_on(worker, later, "no")
    await goes_on(worker, later, "wages", "yes")  # begins anew: that is the new tree
    assert "photos" not in [choice.option for choice in (await worker.question()).choices]


async def test_who_begins_gets_the_new_tree_at_once(office: Office) -> None:
    await someone_inside(await office.starts(office.first))
    later = await office.starts(office.content(WITHOUT_PHOTOS))
    newcomer = await someone_inside(later, "two")
    assert [c.option for c in (await newcomer.question()).choices] == [
        "messages",
        "witnesses",
        "done",
    ]


async def test_new_words_are_seen_at_once_by_who_is_inside(office: Office) -> None:
    worker = await someone_inside(await office.starts(office.first))
    later = await office.starts(office.content(NEW_WORDS))
    assert NEW_WORDS[1] in await goes_on(worker, later, "photos", "done")


async def test_new_words_wait_in_a_language_until_they_are_whole_there(office: Office) -> None:
    before = await office.starts(office.first)
    worker = await someone_inside(before, language="fa")
    edited = office.content(NEW_WORDS)
    waiting = await office.starts(edited, texts=before.catalog)
    assert "fa" in waiting.languages
    assert waiting.catalog.offers("wages", "fa")
    assert f"fa {ASK_LAWYER}" in await goes_on(worker, waiting, "photos", "done")
    again = await office.starts(edited, texts=before.catalog)  # also after another start
    more = again.catalog.flows["wages"].nodes["more"]
    assert isinstance(more, Choose)
    assert again.speech.say(more.text, "fa") == f"fa {ASK_LAWYER}"
    whole = await office.starts(edited)
    await goes_on(worker, whole, "no")
    assert f"fa {NEW_WORDS[1]}" in await goes_on(worker, whole, "wages", "no", "done")


async def test_a_withdrawn_version_is_asked_again_from_what_does_not_fit(office: Office) -> None:
    first = await office.starts(office.first)
    worker = await someone_inside(first)
    await goes_on(worker, first, "photos", "done")
    later = await office.starts(office.content(WITHOUT_PHOTOS))
    await publishing.withdraw(later, "wages", first.catalog.flows["wages"].version)
    said = await goes_on(worker, later, "yes")
    assert CHANGED in said
    assert "What do you have?" in said
    assert "written contract" not in said  # that answer still fits
    assert ASK_LAWYER in await goes_on(worker, later, "witnesses", "done")


async def test_who_fits_the_live_version_just_goes_on(office: Office) -> None:
    first = await office.starts(office.first)
    worker = await someone_inside(first)
    await goes_on(worker, first, "photos", "done")
    later = await office.starts(office.content(THIRD_ANSWER))
    await publishing.withdraw(later, "wages", first.catalog.flows["wages"].version)
    said = await goes_on(worker, later, "yes")
    assert "A lawyer will write to you here." in said
    assert CHANGED not in said


async def test_a_tap_never_answers_a_question_that_has_come_in_between(office: Office) -> None:
    first = await office.starts(office.first)
    worker = await someone_inside(first)
    await goes_on(worker, first, "photos", "done")
    between = (
        "    next: more\n    options:\n      messages",
        "    next: dear\n    options:\n      messages",
    )
    dear = (
        "  more:\n",
        '  dear: {choose: "Is it much?", options: {"yes": {say: A lot, next: more}}}\n  more:\n',
    )
    later = await office.starts(office.content(between, dear))
    await publishing.withdraw(later, "wages", first.catalog.flows["wages"].version)
    said = await goes_on(worker, later, "yes")
    assert CHANGED in said
    assert "Is it much?" in said


async def test_after_two_weeks_the_old_version_is_over(office: Office, clock: Clock) -> None:
    first = await office.starts(office.first)
    worker = await someone_inside(first)
    await goes_on(worker, first, "photos", "done")
    later = await office.starts(office.content(WITHOUT_PHOTOS))
    clock.forward(days=13)
    assert CHANGED not in await goes_on(worker, later, "yes")
    clock.forward(days=2)
    assert CHANGED in await goes_on(worker, later, "yes")


async def test_a_version_without_its_number_to_call_is_over(office: Office) -> None:
    named = office.content(("hotlines: [office]", "hotlines: [union]"))
    hotlines = (named / "hotlines.yaml").read_text("utf-8")
    union = hotlines[hotlines.index("  office:") :].replace("  office:", "  union:")
    (named / "hotlines.yaml").write_text(hotlines + union, "utf-8")
    worker = await someone_inside(await office.starts(named))
    later = await office.starts(office.content(NEW_WORDS))
    assert NEW_WORDS[1] in await goes_on(worker, later, "photos", "done")


async def test_the_live_version_cannot_be_withdrawn(office: Office) -> None:
    runtime = await office.starts(office.first)
    with pytest.raises(BadInput):
        await publishing.withdraw(runtime, "wages", runtime.catalog.flows["wages"].version)


async def test_a_version_that_comes_back_is_live_again(office: Office) -> None:
    first = await office.starts(office.first)
    version = first.catalog.flows["wages"].version
    between = await office.starts(office.content(WITHOUT_PHOTOS))
    await publishing.withdraw(between, "wages", version)
    await office.starts(office.first)
    rows = await office.database.read(flow_versions.list_versions)
    ends = {r.version: (r.replaced_at, r.withdrawn_at) for r in rows if r.flow == "wages"}
    assert ends[version] == (None, None)
    assert ends[between.catalog.flows["wages"].version][0] is not None


async def test_publish_counts_the_people_at_each_altered_node(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    first = await office.starts(office.first)
    for who in ("one", "two"):
        await someone_inside(first, who)
    newcomer = office.reads(office.content(WITHOUT_PHOTOS, THIRD_ANSWER))
    [wages] = [p for p in await publishing.plan(newcomer) if p.difference.flow == "wages"]
    assert wages.difference.change is Change.STRUCTURE
    assert wages.difference.altered == ("proof", "more")
    assert (wages.inside, wages.at) == (2, {"proof": 2})
    assert [row[0] for row in wages.fewer] == ["contract=*; proof=*; more=no"]
    assert [row[0] for row in wages.more] == ["contract=*; proof=*; more=no|later"]
    questions: list[str] = []

    def yes(question: str) -> bool:
        questions.append(question)
        return True

    await publishing.publish(newcomer, ask=yes)
    printed = capsys.readouterr().out
    assert "Altered nodes of wages" in printed
    assert "2 in wages stay" in printed
    assert len(questions) == 2
    rows = await office.database.read(flow_versions.list_versions)
    old = first.catalog.flows["wages"].version
    assert [r.version for r in rows if r.withdrawn_at is not None] == [old]


async def test_who_says_no_publishes_nothing(office: Office) -> None:
    await office.starts(office.first)
    before = await office.database.read(flow_versions.list_versions)
    newcomer = office.reads(office.content(NEW_WORDS))
    [wages] = [p for p in await publishing.plan(newcomer) if p.difference.flow == "wages"]
    assert wages.difference.change is Change.WORDS
    assert wages.difference.changed == ("more",)
    await publishing.publish(newcomer, ask=lambda _: False)
    assert await office.database.read(flow_versions.list_versions) == before
