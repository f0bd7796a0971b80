"""Once: what is sent again by a double click, a reload or a lost answer is done once.

A form has a number; the first write of what it does remembers it, in the same transaction. So
there is no moment in which it is done and not remembered, or the other way round.
"""

from dataclasses import replace

from bot.errors import DoneBefore
from bot.runtime import Runtime
from storage import forms
from storage.database import Tx


def once(runtime: Runtime, name: str) -> Runtime:
    """This runtime, whose next write raises DoneBefore where `name` was done before."""
    now = runtime.clock()

    def opening(tx: Tx) -> None:
        if not forms.take(tx, name, now):
            raise DoneBefore(forms.led_to(tx, name) or "")

    return replace(runtime, database=runtime.database.opening_with(opening))


async def settle(runtime: Runtime, name: str, led_to: str = "") -> None:
    """Remember where it led; where it led nowhere nothing came of it, and it may be sent again."""

    def work(tx: Tx) -> None:
        if led_to:
            forms.lead(tx, name, led_to)
        else:
            forms.give_back(tx, name)

    await runtime.database.write(work)
