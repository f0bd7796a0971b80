"""Links for leaflets and posters, and how many people come by each."""

from bot.runtime import Runtime
from storage.leaflets import Leaflet, list_all


async def count(runtime: Runtime) -> list[Leaflet]:
    """How often links were followed, by month and source, the newest month first."""
    return await runtime.database.read(list_all)
