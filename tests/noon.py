"""`hamrah run` with its clock put forward, so that it is day in Baku at whatever hour tests run."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

from bot.app import serve
from bot.log import set_up_logging
from bot.runtime import Runtime, utc_now
from bot.settings import load_settings

HOUSE = ["-m", "tests.noon"]
AHEAD = "CLOCK_AHEAD_SECONDS"


def seconds_to_noon() -> float:
    """How far the clock has to be put forward so that it is 12:00 in Baku now."""
    now = datetime.now(UTC)
    noon = now.replace(hour=8, minute=0, second=0, microsecond=0)
    return (noon + timedelta(days=1) - now).total_seconds()


async def _ready(_: Runtime, address: str) -> None:
    os.write(1, f"{address}/chat\nCtrl-C stops it.\n".encode())


if __name__ == "__main__":
    ahead = timedelta(seconds=float(os.environ[AHEAD]))
    settings = load_settings()
    set_up_logging(settings.log_level, settings.log_format)
    asyncio.run(serve(settings, _ready, clock=lambda: utc_now() + ahead))
