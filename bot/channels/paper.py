"""The screen of the staff as the dispatcher sees it: for people without a chat.

An answer is delivered by being in the transcript, which staff read to the person; what is not an
answer never comes here (bot/delivery/gate.py): it waits until the person's own chat has joined.
"""

from storage.pace import UNLIMITED
from storage.records import OutboxRow


class Paper:
    """Nothing goes anywhere."""

    name = "desk"
    account = "office"
    rates = UNLIMITED

    async def send(self, row: OutboxRow) -> str | None:
        """Nothing is left to do."""
        return None

    async def close(self) -> None:
        """There is no connection."""
