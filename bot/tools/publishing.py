"""What `hamrah flows publish` shows and does. The one tool of authors that asks the database."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

from bot import versions
from bot.errors import BadInput
from bot.runtime import Runtime
from flows import engine
from flows.catalog import Catalog
from flows.session_json import parse_session
from flows.tools.paths import cells, paths
from flows.versions import Change, Difference, Kept, differences, with_versions
from storage import flow_versions
from storage.database import Tx

out = Console()
MOST_ROWS = 20  # of a difference of path tables
RESTART = "A running Hamrah serves it from its next start."


@dataclass(frozen=True)
class Plan:
    """What publishing would change in a tree, and whom that meets."""

    difference: Difference
    version: str = ""  # the live one now
    inside: int = 0  # people in the tree
    at: Mapping[str, int] = field(default_factory=dict)  # people per node
    fewer: tuple[tuple[str, ...], ...] = ()  # rows of the path table
    more: tuple[tuple[str, ...], ...] = ()


async def publish(runtime: Runtime, ask: Callable[[str], bool] | None) -> None:
    """Show what is changed, ask, and make it the live content; `ask` None: do not ask."""
    plans = await plan(runtime)
    show(plans)
    changed = [each for each in plans if each.difference.change is not Change.NONE]
    if not changed:
        out.print("All of this is published already.")
        return
    if ask and not ask("Publish this?"):
        out.print("Nothing was published.")
        return
    await versions.publish(runtime.database, runtime.catalog, runtime.clock())
    out.print(f"Published. {RESTART}")
    for each in changed:
        flow, version = each.difference.flow, each.version
        if ask and each.inside and each.difference.change in (Change.STRUCTURE, Change.GONE):
            out.print(f"{each.inside} in {flow} stay in version {version} for up to two weeks.")
            if ask("Withdraw that version, because it is wrong?"):
                await withdraw(runtime, flow, version)


async def withdraw(runtime: Runtime, flow: str, version: str) -> None:
    """Let nobody stay in an earlier version; raises BadInput where it is not one."""
    now = runtime.clock()
    done = await runtime.database.write(lambda tx: flow_versions.withdraw(tx, flow, version, now))
    if not done:
        raise BadInput("version", f"{flow} has no earlier version {version}")
    out.print(
        f"Version {version} of {flow} is withdrawn. Who is inside goes on in the live one with "
        "the next message, from the first answer that does not fit there."
    )


async def plan(runtime: Runtime) -> list[Plan]:
    """What publishing the content of the runtime would change, tree by tree."""
    rows, sessions = await runtime.database.read(_look)
    standing = versions.standing(rows, runtime.clock())
    live = {row.flow: versions.kept_of(row) for row in rows if row.replaced_at is None}
    known = with_versions(runtime.catalog, standing)
    inside, at = _count(known, sessions)
    return [
        _plan(known, each, live.get(each.flow), inside, at)
        for each in differences(runtime.catalog, live)
    ]


def _look(tx: Tx) -> tuple[list[flow_versions.FlowVersion], list[str]]:
    return flow_versions.list_versions(tx), list(flow_versions.open_sessions(tx))


def _count(
    catalog: Catalog, sessions: Iterable[str]
) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """How many people are in each flow, and at each node."""
    inside: Counter[str] = Counter()
    at: Counter[tuple[str, str]] = Counter()
    for text in sessions:
        try:
            session = parse_session(text)
        except (ValueError, KeyError, TypeError):
            continue  # they are welcomed anew
        places = set(engine.places(catalog, session)) if session else set()
        inside.update({flow for flow, _ in places})
        at.update(places)
    return inside, at


def _plan(
    catalog: Catalog,
    difference: Difference,
    live: Kept | None,
    inside: Counter[str],
    at: Counter[tuple[str, str]],
) -> Plan:
    flow, version = difference.flow, live.version if live else ""
    fewer, more = _paths(catalog, flow, version)
    return Plan(
        difference=difference,
        version=version,
        inside=inside[flow],
        at={node: number for (other, node), number in at.items() if other == flow},
        fewer=fewer if difference.change is Change.STRUCTURE else (),
        more=more if difference.change is Change.STRUCTURE else (),
    )


def _paths(
    catalog: Catalog, flow: str, version: str
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The rows of the path table that go, and those that come."""
    old, new = catalog.flow(flow, version), catalog.flows.get(flow)
    if old is None or new is None or old.version == new.version:
        return (), ()
    before = Catalog(
        {**catalog.flows, flow: old},
        catalog.texts,
        sources=catalog.sources,
        hotlines=catalog.hotlines,
        amounts=catalog.amounts,
        calendar=catalog.calendar,
    )
    gone, come = ([tuple(cells(r)) for r in paths(c, flow).rows] for c in (before, catalog))
    return (
        tuple(row for row in gone if row not in set(come)),
        tuple(row for row in come if row not in set(gone)),
    )


def show(plans: Iterable[Plan]) -> None:
    """Print it."""
    plans = list(plans)
    table = Table("tree", "change", "people inside", "not whole in")
    for each in plans:
        style = "" if each.difference.change is Change.NONE else "bold"
        waiting = ", ".join(each.difference.waiting)
        number = str(each.inside or "")
        table.add_row(each.difference.flow, each.difference.change, number, waiting, style=style)
    out.print(table)
    for each in plans:
        if each.difference.altered:
            out.print(_nodes_table(each))
        if each.fewer or each.more:
            out.print(_paths_table(each))


def _nodes_table(plan: Plan) -> Table:
    table = Table("node", "", "people there now", title=f"Altered nodes of {plan.difference.flow}")
    for word, nodes in _altered(plan.difference):
        for node in nodes:
            table.add_row(node, word, str(plan.at.get(node, "")))
    return table


def _altered(difference: Difference) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "added", difference.added
    yield "removed", difference.removed
    yield "changed", difference.changed


def _paths_table(plan: Plan) -> Table:
    title = f"Paths of {plan.difference.flow}: {len(plan.fewer)} go, {len(plan.more)} come"
    table = Table("", "answers", "outcome", "flags", "urgency", title=title, show_lines=True)
    for sign, rows, style in (("-", plan.fewer, "red"), ("+", plan.more, "green")):
        for row in rows[:MOST_ROWS]:
            table.add_row(sign, *(cell.replace("; ", "\n") for cell in row[:4]), style=style)
    return table
