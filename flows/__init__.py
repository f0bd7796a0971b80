"""What the bot asks and says, and in which order. No database, no network, no clock, no channel."""

from pathlib import Path

CONTENT = Path(__file__).parent / "content"  # the trees, and what they stand on
LOCALES = Path(__file__).parent.parent / "locales"  # their sentences in other languages
