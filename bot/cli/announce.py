"""`hamrah announce`: write, send, watch and decide."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.common import out, with_database

if TYPE_CHECKING:
    from bot.runtime import Runtime

announce_app = typer.Typer(
    help="Announcements to the people who want them: write, send, watch, decide.",
    no_args_is_help=True,
)


Number = Annotated[int, typer.Argument(help="The announcement's number.")]
Recipient = Annotated[int | None, typer.Option(help="Only this person of the ledger.")]
Who = Annotated[str, typer.Option("--as", help="Which member of staff does it: name or number.")]


@announce_app.command("new")
def announce_new(
    name: Annotated[str, typer.Argument(help="What you call it; people do not see this.")],
    who: Who,
    text: Annotated[list[str], typer.Option(help="LANGUAGE=FILE, once for each language.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only these people: region=ganja, language=az, channel=telegram, ..."),
    ] = None,
    fallback: Annotated[
        str | None, typer.Option(help="What people get whose language is missing.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(help="What WhatsApp brings to who wrote long ago, like `announcement`."),
    ] = None,
) -> None:
    """Write a draft, and say whom it would reach."""
    from bot.tools import announcing

    with_database(
        lambda runtime: announcing.write(runtime, who, name, text, only or (), fallback, template)
    )


@announce_app.command("list")
def announce_list(who: Who) -> None:
    """List the newest announcements."""
    from bot.tools import announcing

    with_database(lambda runtime: announcing.show_all(runtime, who))


@announce_app.command("show")
def announce_show(number: Number, who: Who) -> None:
    """Show what an announcement says, whom it reaches and where it stands."""
    from bot.tools import announcing

    with_database(lambda runtime: announcing.show(runtime, who, number))


@announce_app.command("send")
def announce_send(
    number: Number,
    who: Who,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="In Baku; else at once.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress bar.")] = False,
) -> None:
    """Offer a draft for sending, and watch it where it needs no second person."""
    from bot.tools import announcing

    async def work(runtime: "Runtime") -> None:
        state = await announcing.send(runtime, who, number, at)
        if not quiet and at is None and state == "approved":
            await announcing.watch(runtime, who, number)

    with_database(work)


@announce_app.command("watch")
def announce_watch(number: Number, who: Who) -> None:
    """Show the progress bar until it is finished, paused or cancelled."""
    from bot.tools import announcing

    with_database(lambda runtime: announcing.watch(runtime, who, number))


@announce_app.command("ledger")
def announce_ledger(
    number: Number,
    who: Who,
    state: Annotated[str | None, typer.Option(help="Only these: unknown, failed, ...")] = None,
) -> None:
    """List every recipient by number."""
    from bot.tools import announcing

    with_database(lambda runtime: announcing.show_ledger(runtime, who, number, state))


@announce_app.command("resend-unknown")
def announce_resend(number: Number, who: Who, person: Recipient = None) -> None:
    """Send again what may have arrived: somebody may get it twice."""
    _decide(number, who, person, again=True)


@announce_app.command("skip-unknown")
def announce_skip(number: Number, who: Who, person: Recipient = None) -> None:
    """Leave it at that for what may have arrived."""
    _decide(number, who, person, again=False)


def _decide(number: int, who: str, person: int | None, *, again: bool) -> None:
    from bot.tools import announcing

    with_database(lambda runtime: announcing.decide(runtime, who, number, person, again=again))
    out.print("Done.")


def _announce_step(name: str, what: str) -> None:
    """One command that does what one button of the desk does."""

    def command(number: Number, who: Who) -> None:
        from bot.tools import announcing

        with_database(lambda runtime: announcing.step(runtime, who, number, name))
        out.print("Done.")

    announce_app.command(name, help=what)(command)


for _name, _what in (
    ("approve", "Say yes as the second person."),
    ("take-back", "Make a proposal a draft again."),
    ("send-now", "Begin at once what waits for its time, or is too late."),
    ("pause", "Let nothing more go out."),
    ("resume", "Go on where it was paused."),
    ("cancel", "End it for good."),
    ("retry", "Try again where the reason may have passed."),
):
    _announce_step(_name, _what)
