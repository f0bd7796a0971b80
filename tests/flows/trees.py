"""Small trees in a content folder of their own, for the tests of the author tools."""

import gettext
import io
import shutil
from pathlib import Path

from babel.messages.catalog import Catalog as Messages
from babel.messages.mofile import write_mo

from flows.catalog import Catalog, all_phrases, load_catalog
from flows.model import Send
from flows.texts import Texts, split_words
from flows.tools.play import Render
from flows.tools.script import Script, read_scripts, script_files

SMALL = Path(__file__).parent.parent / "small_content"

# Who keeps the passport, since when, and what follows: a flag, a date, a branch, a hand-over.
PASSPORT = """\
flow: passport
title: My passport
owner: tests
keywords: passport, pasport
start: who
nodes:
  who:
    choose: Who has your passport?
    save: who
    options:
      me: {say: I have it, next: fine, also: "myself, my own"}
      boss: {say: My boss, next: since, flag: {trafficking: orange}, also: "chief, employer"}
      agent: {say: The agent, next: since, flag: {trafficking: orange}}
      lost: {say: I lost it, next: since}
  since:
    ask: Since when?
    kind: date
    save: since
    least: today-400d
    most: today
    next: judge
    options:
      unknown: {say: I do not know, next: judge}
  judge:
    compute: {by: "days_after(since, 30)"}
    branch:
      - {when: "by < today", next: late}
      - {when: "who == 'lost'", next: report}
      - {else: hand_over}
  late:
    flag: {urgency: U1}
    say: The thirty days were over on {by}.
    sources: [A1]
    next: hand_over
  report: {say: "Report it until {by}. Call {office}.", hotlines: [office], next: fine}
  hand_over: {escalate: {queue: general}, say: A lawyer has your answers., next: handed}
  fine: {end: fine}
  handed: {end: handed_over}
"""

BOSS = """\
- test: the boss keeps it
  flow: passport
  steps:
    - {sees: who}
    - {tap: boss}
    - {sees: since}
    - {user: 1.11.2026}
    - {tap: "yes"}
    - {told: hand_over}
  ends: handed_over
  expects: {flags: {trafficking: orange}, queue: general, urgency: U3, topic: passport}
"""


def a_content(folder: Path, *trees: str, scripts: str = "") -> Path:
    """The small content, with these trees and conversations."""
    content = folder / "content"
    shutil.copytree(SMALL, content)
    for tree in trees or (PASSPORT,):
        name = tree.split("\n", 1)[0].removeprefix("flow: ")
        (content / "trees").mkdir(exist_ok=True)
        (content / "trees" / f"{name}.yaml").write_text(tree, "utf-8")
    if scripts:
        (content / "tests").mkdir()
        (content / "tests" / "all.yaml").write_text(scripts, "utf-8")
    return content


def catalog_of(content: Path, *languages: str) -> Catalog:
    """The catalog of a content folder; each language says the English, marked with its name."""
    english = load_catalog(content, Texts({}))
    texts = Texts({language: _marked(english, language) for language in languages})
    return load_catalog(content, texts)


def scripts_of(content: Path, catalog: Catalog) -> list[Script]:
    """The conversations of a content folder."""
    return read_scripts(script_files(content), catalog)


def render(catalog: Catalog) -> Render:
    """A plain way to say things: dates as they are in Python."""

    def say(send: Send, language: str) -> str:
        said = []
        for line in send.lines:
            text = catalog.texts.find(line.phrase, language) or line.phrase.text
            for name, value in line.fields.items():
                text = text.replace(f"{{{name}}}", str(value))
            said.append(text)
        return "\n".join(said)

    return say


def _marked(catalog: Catalog, language: str) -> gettext.GNUTranslations:
    messages = Messages(locale=language)
    for phrase in all_phrases(catalog):
        words = split_words(phrase.text)
        is_list = phrase.context.endswith((".also", ".keywords"))
        marked = ", ".join(f"{language} {word}" for word in words) if is_list else None
        messages.add(phrase.text, marked or f"{language} {phrase.text}", context=phrase.context)
    buffer = io.BytesIO()
    write_mo(buffer, messages)
    buffer.seek(0)
    return gettext.GNUTranslations(buffer)
