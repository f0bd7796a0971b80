"""What the files of the office say: its trees, its languages, and whom it works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.errors import SettingsError
from bot.settings import Settings
from bot.worktime import holidays_of
from flows.catalog import Catalog, load_catalog
from flows.compute import Calendar
from flows.directory import Directory, load_directory
from flows.texts import load_texts
from flows.tools.sign import State, signatures

CALENDAR_YEARS = range(-2, 4)  # around this one


@dataclass(frozen=True)
class OfficeContent:
    """Read once; nothing in it changes."""

    catalog: Catalog
    directory: Directory = field(default_factory=Directory)  # recipients, kinds of problems
    unsigned: frozenset[str] = frozenset()  # trees that no lawyer has signed as they are


def read_content(
    settings: Settings, content: Path, locales: Path, clock: Callable[[], datetime]
) -> OfficeContent:
    """Everything in these folders.

    Raises flows.load.FlowError with the faults of all files, SettingsError for an unknown language.
    """
    texts = load_texts(locales, settings.languages or None)
    if unknown := sorted(set(settings.languages) - set(texts.languages)):
        there = ", ".join(load_texts(locales).languages)
        raise SettingsError([f"HAMRAH_LANGUAGES has {', '.join(unknown)}; there are {there}"])
    year = clock().year
    calendar = Calendar(holidays_of(year + offset for offset in CALENDAR_YEARS))
    catalog = load_catalog(content, texts, calendar)
    states = signatures(catalog, content)
    unsigned = frozenset(i for i, found in states.items() if found.state is not State.SIGNED)
    if settings.require_signed:
        catalog = catalog.handing_over(unsigned)
    return OfficeContent(catalog, load_directory(content), unsigned)
