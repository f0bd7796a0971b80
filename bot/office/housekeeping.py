"""Housekeeping: what was kept for a while only is thrown away, a little at a time."""

from datetime import timedelta

from bot.loop import Loop
from storage import conversations, forms, pace

KEEP_INCOMING = timedelta(days=30)  # no platform delivers later: Meta tries for 7 days
KEEP_BUDGETS = timedelta(days=1)
KEEP_FORMS = timedelta(days=1)  # nobody sends an older one again
AT_ONCE = 500  # rows in one transaction: a message must not wait for us
EVERY_SECONDS = 24 * 3600.0


class Housekeeping(Loop):
    """Throws away what nobody needs any more, at the start and once a day."""

    name, topics = "housekeeping", ()

    async def _round(self) -> float:
        write, now = self._runtime.database.write, self._runtime.clock()
        await write(lambda tx: pace.forget_idle(tx, now - KEEP_BUDGETS))
        await write(lambda tx: forms.forget(tx, now - KEEP_FORMS))
        before = now - KEEP_INCOMING
        gone = await write(lambda tx: conversations.forget_incoming(tx, before, limit=AT_ONCE))
        return EVERY_SECONDS if gone < AT_ONCE else 0.0
