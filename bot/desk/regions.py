"""The economic regions of Azerbaijan: the nearest place that a list of cases tells."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.desk import phrases
from bot.desk.reader import Reader
from flows.model import Phrase

REGIONS: Mapping[str, Phrase] = MappingProxyType(
    {  # the 14 economic regions, decree of the President of 7 July 2021
        "baku": Phrase("desk.region.baku", "Baku"),
        "absheron": Phrase("desk.region.absheron", "Absheron-Khizi"),
        "ganja": Phrase("desk.region.ganja", "Ganja-Dashkasan"),
        "sheki": Phrase("desk.region.sheki", "Sheki-Zagatala"),
        "lankaran": Phrase("desk.region.lankaran", "Lankaran-Astara"),
        "guba": Phrase("desk.region.guba", "Guba-Khachmaz"),
        "aran": Phrase("desk.region.aran", "Central Aran"),
        "mil": Phrase("desk.region.mil", "Mil-Mughan"),
        "shirvan": Phrase("desk.region.shirvan", "Shirvan-Salyan"),
        "mountain_shirvan": Phrase("desk.region.mountain_shirvan", "Mountainous Shirvan"),
        "gazakh": Phrase("desk.region.gazakh", "Gazakh-Tovuz"),
        "karabakh": Phrase("desk.region.karabakh", "Karabakh"),
        "east_zangezur": Phrase("desk.region.east_zangezur", "East Zangezur"),
        "nakhchivan": Phrase("desk.region.nakhchivan", "Nakhchivan"),
        "abroad": Phrase("desk.region.abroad", "Outside Azerbaijan"),
    }
)


def region_name(reader: Reader, region: str | None) -> str:
    """What the reader calls this region."""
    known = REGIONS.get(region or "")
    return reader.say(phrases.NOT_KNOWN if known is None else known)
