"""`hamrah announce`: what the buttons of the desk do, from the command line."""

from pathlib import Path

import pytest

from bot.errors import AnnouncementNotInState, BadInput
from bot.outreach import announcements
from bot.runtime import Runtime
from bot.tools import announcing
from storage.announcements import AnnouncementState
from storage.pace import Rate, Rates
from tests.outreach import TEXTS, an_organiser, at_work, subscribers, until
from tests.talk import Wire

NIGAR = "Nigar"


@pytest.fixture
def text(tmp_path: Path) -> str:
    """A file with the words, as the command names it."""
    (tmp_path / "en.txt").write_text(TEXTS["en"])
    return f"en={tmp_path}/en.txt"


async def test_an_announcement_is_written_watched_paused_and_ended(
    runtime: Runtime, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await an_organiser(runtime, NIGAR)
    await subscribers(runtime, 20)
    slow = Wire(Rates(account=None, address=None, announcements=Rate(0.001, 1)))
    made = await announcing.write(runtime, NIGAR, "Sunday", [text], ["channel=webchat"], None, None)
    assert "20 people get it" in capsys.readouterr().out
    async with at_work(runtime, slow):  # all but the first wait
        assert await announcing.send(runtime, NIGAR, made, None) is AnnouncementState.APPROVED
        await until(runtime, made, AnnouncementState.SENDING)
        await announcing.step(runtime, NIGAR, made, "pause")
        assert await announcing.watch(runtime, NIGAR, made) is AnnouncementState.PAUSED
        shown = capsys.readouterr().out
        assert "paused" in shown
        assert "left" not in shown  # nobody can tell how long that takes
        await announcing.step(runtime, NIGAR, made, "resume")
        await announcing.step(runtime, NIGAR, made, "cancel")
        with pytest.raises(AnnouncementNotInState):
            await announcing.decide(runtime, NIGAR, made, None, again=True)
    await announcing.show_ledger(runtime, NIGAR, made, "skipped")
    assert "cancelled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("only", "fallback", "template"),
    [(["where=ganja"], None, None), ([], "fa", None), ([], None, "no such template")],
)
async def test_what_cannot_be_kept_begins_no_draft(
    runtime: Runtime, text: str, only: list[str], fallback: str | None, template: str | None
) -> None:
    nigar = await an_organiser(runtime, NIGAR)
    with pytest.raises(BadInput):
        await announcing.write(runtime, NIGAR, "Sunday", [text], only, fallback, template)
    assert await announcements.list_all(runtime, nigar) == []
