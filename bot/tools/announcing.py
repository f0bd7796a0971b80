"""`hamrah announce ...`: the same steps as on the desk, with a progress bar in the terminal.

The work itself is done by the serving process; these commands write into the same database.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot.errors import BadInput
from bot.office import staff
from bot.outreach import announcements
from bot.outreach.announcements import Draft
from bot.outreach.progress import Progress as Found
from bot.outreach.progress import progress
from bot.runtime import Runtime
from flows.compute import BAKU
from storage.announcements import AnnouncementId, AnnouncementState
from storage.audience import FILTERS, Reach
from storage.recipients import RecipientState

out = Console()
LOOK_SECONDS = 0.5
OVER = (AnnouncementState.FINISHED, AnnouncementState.CANCELLED)
STANDING_STILL = (
    *OVER,
    AnnouncementState.DRAFT,
    AnnouncementState.PROPOSED,
    AnnouncementState.LATE,
    AnnouncementState.PAUSED,
)


async def write(
    runtime: Runtime,
    who: str,
    name: str,
    files: Sequence[str],
    filters: Sequence[str],
    fallback: str | None,
    template: str | None,
) -> AnnouncementId:
    """Make a draft of texts in files ("en=workshop.txt"); returns its number.

    Raises BadInput for a file that cannot be read, an unknown language or filter.
    """
    person = await staff.find(runtime, who)
    draft = Draft(name, _texts(files), _filters(filters), fallback, template)
    announcements.checked(runtime, draft)  # a draft that cannot be kept is not begun
    made = await announcements.create(runtime, person, name)
    await announcements.save(runtime, person, made, draft, 1)
    await show(runtime, who, made)
    return made


async def show(runtime: Runtime, who: str, number: int) -> None:
    """Print what an announcement says, whom it reaches, and where it stands."""
    person = await staff.find(runtime, who)
    sight = await announcements.look(runtime, person, number)
    out.print(f"[bold]{sight.it.id}[/]  {sight.it.name}  ({sight.it.state})", highlight=False)
    for language, text in sorted(sight.texts.items()):
        out.print(f"  {language}  {text}", markup=False, highlight=False, soft_wrap=True)
    if sight.reach:
        _print_reach(sight.reach)
        out.print(f"  To see it yourself, write to the bot: test {sight.it.test_code}")
    else:
        _print_counts(await progress(runtime, number))


async def show_all(runtime: Runtime, who: str) -> None:
    """Print the newest announcements."""
    person = await staff.find(runtime, who)
    table = Table("number", "name", "state", "made")
    for it in await announcements.list_all(runtime, person):
        table.add_row(str(it.id), it.name, it.state, f"{it.made_at.astimezone(BAKU):%d.%m.%Y}")
    out.print(table)


async def send(runtime: Runtime, who: str, number: int, at: datetime | None) -> AnnouncementState:
    """Offer a draft; with enough people a second person has to approve it then."""
    person = await staff.find(runtime, who)
    moment = at.replace(tzinfo=BAKU).astimezone(UTC) if at else None
    state = await announcements.propose(runtime, person, number, moment)
    if state is AnnouncementState.PROPOSED:
        out.print(
            f"More than {announcements.MAX_ALONE} people: a second person has to approve it "
            f"(hamrah announce approve {number} --as NAME)."
        )
    else:
        out.print("Approved: it goes out " + (f"on {at:%d.%m. at %H:%M}." if at else "at once."))
    return state


async def step(runtime: Runtime, who: str, number: int, action: str) -> None:
    """Do what one button of the desk does."""
    person = await staff.find(runtime, who)
    await STEPS[action](runtime, person, number)


async def decide(
    runtime: Runtime, who: str, number: int, recipient: int | None, *, again: bool
) -> None:
    """Send again what may have arrived, or leave it; to all of them, or to one of the ledger."""
    person = await staff.find(runtime, who)
    work = announcements.send_unknown_again if again else announcements.skip_unknown
    await work(runtime, person, number, recipient)


async def watch(runtime: Runtime, who: str, number: int) -> AnnouncementState:
    """Show a progress bar until the announcement stands still; returns where it stands."""
    person = await staff.find(runtime, who)
    await announcements.look(runtime, person, number)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TextColumn("{task.fields[counts]}"),
        console=out,
    ) as bar:
        task = bar.add_task("", total=None, pace="", counts="")
        while True:
            found = await progress(runtime, number)
            bar.update(
                task,
                description=found.state,
                total=found.total or None,
                completed=found.done,
                pace=_pace(found),
                counts="  ".join(f"{state} {n}" for state, n in found.counts.items()),
            )
            if found.state in STANDING_STILL:
                break
            await asyncio.sleep(LOOK_SECONDS)
    _print_counts(found)
    return found.state


def _pace(found: Found) -> str:
    """How fast it goes and how long yet; nothing where it stands still."""
    if found.waits_until is not None:
        return f"goes on at {found.waits_until.astimezone(BAKU):%H:%M}"
    if found.seconds_left is None:
        return ""
    left = timedelta(seconds=round(found.seconds_left))
    return f"{found.per_second:.1f}/s, {left} left"


async def show_ledger(runtime: Runtime, who: str, number: int, state: str | None) -> None:
    """Print every recipient by number, all or of one state."""
    person = await staff.find(runtime, who)
    if state is not None and state not in set(RecipientState):
        raise BadInput("state", f"one of {', '.join(RecipientState)}")
    wanted = RecipientState(state) if state else None
    table, after = Table("person", "channel", "language", "state", "reason", "time"), 0
    while rows := await announcements.ledger(runtime, person, number, wanted, after):
        for row in rows:
            at = f"{row.changed_at.astimezone(BAKU):%d.%m. %H:%M:%S}"
            cells = (row.channel, row.language, row.state, row.reason or "", at)
            table.add_row(str(row.worker_id), *cells)
        after = rows[-1].worker_id
    out.print(table)


STEPS = {
    "approve": announcements.approve,
    "take-back": announcements.take_back,
    "send-now": announcements.send_now,
    "pause": announcements.pause,
    "resume": announcements.resume,
    "cancel": announcements.cancel,
    "retry": announcements.retry_failed,
}


def _texts(files: Sequence[str]) -> Mapping[str, str]:
    texts = {}
    for given in files:
        language, _, path = given.partition("=")
        try:
            texts[language] = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise BadInput("text", f"{given} is not LANGUAGE=FILE with a text file") from None
    return texts


def _filters(given: Sequence[str]) -> Mapping[str, Sequence[str]]:
    filters: dict[str, list[str]] = {}
    for each in given:
        name, _, value = each.partition("=")
        if name not in FILTERS or not value:
            raise BadInput("only", f"{each} is not one of {', '.join(FILTERS)} with =VALUE")
        filters.setdefault(name, []).append(value)
    return filters


def _print_reach(reach: Reach) -> None:
    out.print(f"  {reach.people} people get it")
    for reason, people in sorted(reach.left_out.items()):
        out.print(f"  {people} left out: {reason}")


def _print_counts(found: Found) -> None:
    for state, people in found.counts.items():
        out.print(f"  {state}: {people}")
    for (state, reason), people in sorted(found.reasons.items()):
        out.print(f"    {state}, {reason}: {people}", markup=False)
