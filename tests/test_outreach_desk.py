"""The pages of outreach without a browser: hostile input, and who may do what."""

import pytest

from bot.outreach import announcements
from bot.runtime import Runtime
from storage.announcements import AnnouncementState
from storage.records import Role
from tests.outreach import a_draft, an_organiser, subscribers
from tests.visitors import DeskVisitor, open_office

PAGES = "/desk/announcements"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, "Write a name."),
        ({"name": "x" * 81}, "The name is too long."),
        ({"name": "A", "text_en": "x" * 1001}, "This text is too long."),
        ({"name": "A", "text_xx": "Hello"}, "This language is not spoken."),
        ({"name": "A", "text_en": "Hi", "fallback": "fa"}, "There is no text in this language."),
        ({"name": "A", "text_en": "Hi", "send_at": "tomorrow"}, "Write a day and a time."),
        ({"name": "A", "text_en": "Hi", "version": "7; drop"}, "a colleague was faster"),
        ({"name": "A", "text_en": "<script>alert(1)</script>"}, "Saved."),
        ({"name": "A", "region.%00": "on", "region.": "on", "nothing.x": "on"}, "Saved."),
    ],
)
async def test_what_is_posted_is_read_with_care(
    runtime: Runtime, fields: dict[str, str], words: str
) -> None:
    nigar = await an_organiser(runtime)
    made = await a_draft(runtime, nigar)
    async with open_office(runtime) as office:
        visitor = await office.visitor()
        await visitor.sign_in(runtime, nigar)
        page = await visitor.send(await visitor.get(f"{PAGES}/{made}"), "/save", None, **fields)
        assert words in page.words
        assert "<script>alert" not in page.text
        for text in (value for name, value in fields.items() if name == "text_en"):
            assert text in page.words or "script" in text  # nothing typed is lost


async def test_a_form_of_another_site_does_nothing(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 1)
    made = await a_draft(runtime, nigar)
    async with open_office(runtime) as office:
        visitor = await office.visitor()
        await visitor.sign_in(runtime, nigar)
        assert (await visitor.post(f"{PAGES}/{made}/cancel", form_key="guessed")).status == 403
    assert (await announcements.look(runtime, nigar, made)).it.state is AnnouncementState.DRAFT


async def test_who_comes_too_late_is_told_and_nothing_changes(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 1)
    made = await a_draft(runtime, nigar, fallback="en")
    await announcements.propose(runtime, nigar, made)
    async with open_office(runtime) as office:
        visitor: DeskVisitor = await office.visitor()
        await visitor.sign_in(runtime, nigar)
        page = await visitor.get(f"{PAGES}/{made}")
        assert "They get it in English" in page.words  # what is approved with the words
        await announcements.cancel(runtime, nigar, made)
        late = await visitor.send(page, "/cancel")
        assert "a colleague was faster" in late.words
        assert "Cancelled" in late.words


async def test_the_ledger_knows_no_names_and_survives_nonsense(runtime: Runtime) -> None:
    nigar = await an_organiser(runtime)
    await subscribers(runtime, 3)
    made = await a_draft(runtime, nigar)
    await announcements.propose(runtime, nigar, made)
    async with open_office(runtime) as office:
        visitor = await office.visitor()
        await visitor.sign_in(runtime, nigar)
        for query in ("", "?state=waiting", "?state=<b>", "?after=-1", "?after=9" + "9" * 40):
            page = await visitor.get(f"{PAGES}/{made}/ledger{query}")
            assert page.status == 200
            assert "person 0" not in page.text
        assert (await visitor.get(f"{PAGES}/{'9' * 18}/ledger")).status == 404


async def test_outreach_staff_begin_at_the_announcements(runtime: Runtime) -> None:
    async with open_office(runtime) as office:
        _, visitor = await office.hire("Nigar", Role.OUTREACH)
        assert (await visitor.get("/desk/")).path == PAGES
        _, lawyer = await office.hire("Leyla", Role.LAWYER)
        assert "Announcements" not in (await lawyer.get("/desk/")).words
