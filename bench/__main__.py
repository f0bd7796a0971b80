"""`make bench`: how fast Hamrah is beside its peers, in the same run. Ratios are what counts."""

import asyncio
import sys

from rich.console import Console
from rich.table import Table

from bench import claims, desk, engine_steps, hiding, turns, whatsapp

out = Console()


def main() -> None:
    """Run all benchmarks, or those named on the command line."""
    named = sys.argv[1:]
    table = Table("what", "a second", "beside the peer")
    for name, run in (
        ("engine", engine_steps.run),
        ("turns", turns.run),
        ("claims", claims.run),
        ("desk", desk.run),
        ("hiding", hiding.run),
        ("whatsapp", whatsapp.run),
    ):
        if named and name not in named:
            continue
        with out.status(f"{name} ..."):
            rows = asyncio.run(run())
        for what, per_second, peer in rows:
            ratio = f"{per_second / peer:.2f} x" if peer else ""
            table.add_row(what, f"{per_second:,.0f}", ratio)
    out.print(table)


if __name__ == "__main__":
    main()
