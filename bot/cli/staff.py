"""`hamrah staff` and `hamrah audit`: people of the office, and what they read."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.common import Language, fail, out, with_database

if TYPE_CHECKING:
    from bot.runtime import Runtime
    from storage.records import Staff

staff_app = typer.Typer(help="People who work at the desk.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit log.", no_args_is_help=True)


@staff_app.command("add")
def staff_add(
    name: str,
    role: Annotated[
        str, typer.Option(help="lawyer, coordinator, outreach, interpreter or admin.")
    ] = "lawyer",
    language: Language = "en",
) -> None:
    """Add a person and print their sign-in link."""
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.add(runtime, name, role, language)
        return await staff.make_link(runtime, person)

    _print_link(with_database(work))


@staff_app.command("link")
def staff_link(name: str) -> None:
    """Print a new sign-in link for this person (name or number), and one for Telegram."""
    from bot.office import staff, staff_chats

    async def work(runtime: "Runtime") -> tuple[str, str]:
        person = await staff.find(runtime, name)
        link = await staff.make_link(runtime, person)
        if not runtime.settings.telegram_token:
            return link, ""
        from bot.app import bot_name

        code = await staff_chats.make_code(runtime, person)
        return link, staff_chats.way_to_tie(code, await bot_name(runtime.settings))

    link, telegram = with_database(work)
    _print_link(link)
    if telegram:
        how = "open this link" if telegram.startswith("https") else "send this to the bot"
        out.print(f"To tie a Telegram account, {how} there (works once, for ten minutes):")
        out.print(telegram, soft_wrap=True, highlight=False)


@staff_app.command("unlink")
def staff_unlink(name: str) -> None:
    """Untie this person's Telegram account; what it shows of cases is deleted."""
    from bot.office import staff, staff_chats

    async def work(runtime: "Runtime") -> tuple[str, bool]:
        person = await staff.find(runtime, name)
        return person.name, await staff_chats.untie(runtime, person)

    who, untied = with_database(work)
    out.print(f"{who} is no longer on Telegram." if untied else f"{who} was not on Telegram.")


@staff_app.command("list")
def staff_list() -> None:
    """List everyone."""
    from bot.office import staff

    async def work(runtime: "Runtime") -> "list[Staff]":
        return await staff.list_all(runtime)

    table = Table("number", "name", "role", "language", "")
    for person in with_database(work):
        state = "disabled" if person.disabled else ""
        table.add_row(str(person.id), person.name, person.role, person.language, state)
    out.print(table)


@staff_app.command("disable")
def staff_disable(name: str) -> None:
    """Let this person in no more, at once; what they hold goes back into the queue."""
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.find(runtime, name)
        await staff.disable(runtime, person)
        return person.name

    out.print(f"{with_database(work)} can no longer sign in.")


@staff_app.command("lift-bar")
def staff_lift_bar(
    name: str,
    code: Annotated[str, typer.Argument(help="The number of the case.")],
    reason: Annotated[str, typer.Argument(help="Why; it becomes a private note.")],
) -> None:
    """Take back that a person is barred from a case, where no coordinator can: an office of one."""
    from bot.casework import conflicts
    from bot.office import staff

    async def work(runtime: "Runtime") -> str:
        person = await staff.find(runtime, name)
        await conflicts.lift_on_the_server(runtime, person, code, reason)
        return person.name

    out.print(f"{with_database(work)} is asked anew about {code.upper()}.")


def _print_link(link: str) -> None:
    out.print("Sign-in link (works once, for ten minutes):")
    out.print(link, soft_wrap=True)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that no entry of the audit log was altered, removed or put in."""
    from bot.casework import oversight

    report = with_database(oversight.verify_audit)
    if report.broken:
        lines = [f"{chain}: from entry {seq} on" for chain, seq in report.broken]
        fail("The audit log was altered:", *lines)
    out.print(f"{report.entries} entries in {report.chains} chains: none was altered.")
    out.print(f"Fingerprint {report.fingerprint}: an end that is cut off changes it.")
