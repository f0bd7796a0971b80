"""The sentences of all languages: gettext catalogs, looked up by context.

English stands in the sources; other languages in locales/LANGUAGE/LC_MESSAGES/hamrah.po. A
translation that is missing or fuzzy (its English has changed) is None here: who asks decides
whether English may stand in. It never may for a legal text.
"""

import gettext
import io
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from babel import Locale

from flows.model import Phrase

SOURCE_LANGUAGE = "en"
DOMAIN = "hamrah"
REVIEW_HEADERS = ("X-Native-Review", "X-Legal-Review")  # of a catalog: who has read it
NOT_REVIEWED = "nobody yet"
Kept = Mapping[tuple[str, str], str]  # context and English -> sentence
MAX_HEADER = 4000  # characters


class Texts:
    """Translations by language. Loaded once; nothing in it changes."""

    def __init__(
        self,
        translations: Mapping[str, gettext.GNUTranslations],
        reviews: Mapping[str, Mapping[str, str]] | None = None,
        kept: Mapping[str, Kept] | None = None,
    ) -> None:
        self._translations = translations
        self._reviews = reviews or {}
        self._kept = kept or {}
        self.languages: tuple[str, ...] = (SOURCE_LANGUAGE, *sorted(translations))

    def find(self, phrase: Phrase, language: str, count: int = 1) -> str | None:
        """The sentence in this language, or None where it has no settled translation."""
        if language == SOURCE_LANGUAGE:
            return phrase.plural if phrase.plural and count != 1 else phrase.text
        kept = self._kept.get(language, {}).get((phrase.context, phrase.text))
        if kept is not None:
            return kept
        translations = self._translations.get(language)
        if translations is None:
            return None
        if phrase.plural is None:
            found = translations.pgettext(phrase.context, phrase.text)
            return None if found is phrase.text else found
        found = translations.npgettext(phrase.context, phrase.text, phrase.plural, count)
        return None if found is phrase.text or found is phrase.plural else found

    def keeping(self, kept: Mapping[str, Kept]) -> "Texts":
        """These texts with earlier sentences, by language, that go before today's."""
        return Texts(self._translations, self._reviews, kept)

    def is_draft(self, language: str) -> bool:
        """Whether no native speaker, or no lawyer, has read this translation yet."""
        return NOT_REVIEWED in self._reviews.get(language, {}).values()


def load_texts(folder: Path, languages: Iterable[str] | None = None) -> Texts:
    """Read the catalogs of a locales folder; languages limits them to these.

    A .po file is compiled where no newer .mo lies beside it, so an edit is seen at the next start.
    """
    wanted = None if languages is None else set(languages)
    translations, reviews = {}, {}
    for po in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        language = po.parent.parent.name
        if wanted is None or language in wanted:
            translations[language] = gettext.GNUTranslations(io.BytesIO(_compiled(po, language)))
            reviews[language] = read_reviews(po)
    return Texts(translations, reviews)


def read_reviews(po: Path) -> Mapping[str, str]:
    """Who has read a catalog, by the names of REVIEW_HEADERS."""
    head = ""
    if po.exists():
        with po.open(encoding="utf-8") as file:
            head = file.read(MAX_HEADER)
    found = {name: re.search(rf'"{name}: (.*?)\\n"', head) for name in REVIEW_HEADERS}
    return {name: match[1] if match else NOT_REVIEWED for name, match in found.items()}


def language_name(language: str) -> str:
    """A language's own name for itself."""
    locale = Locale.parse(language)
    name = locale.get_display_name(locale) or language
    return name[:1].title() + name[1:]  # upper() would give Georgian capitals, which it has not


def split_words(text: str | None) -> tuple[str, ...]:
    """The words of a list separated by commas, in any script's comma."""
    if text is None:
        return ()
    for comma in "،、，":
        text = text.replace(comma, ",")
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _compiled(po: Path, language: str) -> bytes:
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
        return mo.read_bytes()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po.open("rb") as file:
        catalog = read_po(file, locale=language, abort_invalid=True)
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    try:
        partial = mo.with_suffix(f".mo.{os.getpid()}")  # another process may be at it, too
        partial.write_bytes(buffer.getvalue())
        partial.replace(mo)
    except OSError:
        pass  # a read-only folder only costs the next start its time
    return buffer.getvalue()
