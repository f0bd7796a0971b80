"""What goes out, in numbers: for a bill that comes by the message."""

from bot.runtime import Runtime
from storage.receipts import Traffic, list_traffic


async def count(runtime: Runtime) -> list[Traffic]:
    """Messages by month, channel and kind, the newest month first."""
    return await runtime.database.read(list_traffic)
