"""The language of the first answer: WhatsApp tells none, so letters, words and the country hint.

It is a guess and said with the choice of all languages. Letters that only one of our languages
has are surest, then a greeting, then the country of the number.
"""

import re
from collections.abc import Collection, Iterator, Mapping

from bot.channels.whatsapp.updates import PHONE, USER
from bot.texts import script_of
from flows.match import normal

LETTERS: tuple[tuple[str, str], ...] = (  # the first that fits wins
    ("ٹڈڑںےھہ", "ur"),
    ("ښځټډړږګڼې", "ps"),
    ("پچژگکی", "fa"),
    ("ўқғҳ", "uz_Cyrl"),
    ("їієґ", "uk"),
    ("ңөү", "ky"),
    ("әіұһ", "kk"),
    ("ə", "az"),
    ("ğış", "tr"),
)
SCRIPTS: Mapping[str, tuple[str, ...]] = {  # of the letters' names -> languages, likeliest first
    "ARABIC": ("ar", "fa", "ur", "ps"),
    "CYRILLIC": ("ru",),
    "GEORGIAN": ("ka",),
    "DEVANAGARI": ("hi", "ne"),
    "BENGALI": ("bn",),
    "GURMUKHI": ("pa",),
    "TAMIL": ("ta",),
    "SINHALA": ("si",),
    "THAI": ("th",),
    "CJK": ("zh",),
    "HANGUL": ("ko",),
    "ETHIOPIC": ("am",),
}
GREETINGS: Mapping[str, str] = {  # in Latin letters; a word that several languages use is not here
    "hello": "en", "hi": "en", "good": "en", "please": "en",
    "merhaba": "tr", "selam": "tr", "iyi": "tr",
    "privet": "ru", "zdravstvuyte": "ru", "zdravstvuite": "ru",
    "assalomu": "uz", "salom": "uz", "alaykum": "uz",
    "namaste": "hi", "namaskar": "hi",
    "xin": "vi", "kumusta": "tl",
}  # fmt: skip
COUNTRIES: Mapping[str, tuple[str, ...]] = {  # calling code, ISO code -> languages
    "994": ("az",), "AZ": ("az",), "90": ("tr",), "TR": ("tr",), "7": ("ru",), "RU": ("ru",),
    "92": ("ur", "pa"), "PK": ("ur", "pa"), "98": ("fa",), "IR": ("fa",),
    "93": ("fa", "ps"), "AF": ("fa", "ps"), "380": ("uk", "ru"), "UA": ("uk", "ru"),
    "880": ("bn",), "BD": ("bn",), "91": ("hi",), "IN": ("hi",), "977": ("ne", "hi"),
    "NP": ("ne", "hi"), "998": ("uz", "ru"), "UZ": ("uz", "ru"), "995": ("ka",), "GE": ("ka",),
    "993": ("tk", "ru"), "TM": ("tk", "ru"), "996": ("ky", "ru"), "KG": ("ky", "ru"),
    "992": ("tg", "ru"), "TJ": ("tg", "ru"), "375": ("ru",), "BY": ("ru",), "94": ("si", "ta"),
    "LK": ("si", "ta"), "84": ("vi",), "VN": ("vi",), "86": ("zh",), "CN": ("zh",),
    "63": ("tl",), "PH": ("tl",), "20": ("ar",), "EG": ("ar",), "964": ("ar",), "IQ": ("ar",),
}  # fmt: skip


def guess(text: str, person: Mapping[str, str], known: Collection[str]) -> str | None:
    """The likeliest of the known languages; None where nothing speaks for one."""
    return next((language for language in _candidates(text, person) if language in known), None)


def _candidates(text: str, person: Mapping[str, str]) -> Iterator[str]:
    home = _of_country(person)
    lower = text.casefold()
    script = script_of(lower)
    by_script = SCRIPTS.get(script, ())
    yield from (language for letters, language in LETTERS if any(c in lower for c in letters))
    yield from (language for language in home if language in by_script)
    yield from by_script
    if not by_script:
        words = re.split(r"\s+", normal(text))
        yield from (GREETINGS[word] for word in words if word in GREETINGS)
    yield from home


def _of_country(person: Mapping[str, str]) -> tuple[str, ...]:
    phone, country = person.get(PHONE, ""), person.get(USER, "").partition(".")[0]
    codes = [phone[:size] for size in (3, 2, 1)] if phone else [country]
    return next((COUNTRIES[code] for code in codes if code in COUNTRIES), ())
