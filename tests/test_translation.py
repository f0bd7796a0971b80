"""The translators' tools keep what was translated, and never guess."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog as Messages

from bot.office import staff
from bot.runtime import build_runtime
from bot.settings import Settings
from bot.tools.translation import Count, collect, merge, status, update_catalogs
from flows import CONTENT, LOCALES
from flows.catalog import Catalog, load_catalog
from flows.texts import load_texts, read_reviews
from tests.conftest import SECRET_KEY


@cache
def content() -> Catalog:
    return content_with(LOCALES)


def content_with(locales: Path) -> Catalog:
    return load_catalog(CONTENT, load_texts(locales))


@cache
def counts() -> Mapping[str, Mapping[str, Count]]:
    return status(content(), LOCALES)


def one(text: str, context: str = "bot.hello", translation: str = "") -> Messages:
    messages = Messages(locale="fa")
    messages.add(text, translation, context=context)
    return messages


def test_a_changed_sentence_keeps_its_translation_as_a_draft() -> None:
    merged = merge(one("Hello!"), one("Hello", translation="سلام"), "fa")
    message = merged.get("Hello!", context="bot.hello")
    assert message is not None
    assert message.string == "سلام"
    assert message.fuzzy
    assert message.previous_id == ["Hello"]


def test_a_similar_sentence_elsewhere_is_not_guessed_from() -> None:
    merged = merge(one("Hello", "bot.other"), one("Hello", translation="سلام"), "fa")
    message = merged.get("Hello", context="bot.other")
    assert message is not None
    assert not message.string


def test_an_unchanged_sentence_stays_as_it_is() -> None:
    merged = merge(one("Hello"), one("Hello", translation="سلام"), "fa")
    message = merged.get("Hello", context="bot.hello")
    assert message is not None
    assert (message.string, message.fuzzy) == ("سلام", False)


def test_every_phrase_is_collected_also_those_over_several_lines() -> None:
    contexts = {message.context for message in collect(content()) if message.id}
    assert {"bot.draft", "engine.not_understood", "wages.payday", "desk.title"} & contexts >= {
        "bot.draft",
        "engine.not_understood",
        "wages.payday",
    }
    assert not [context for context in contexts if "?" in str(context)]


def test_updating_twice_changes_nothing(tmp_path: Path) -> None:
    catalog = content()
    update_catalogs(catalog, tmp_path, ["fa"])
    po = tmp_path / "fa/LC_MESSAGES/hamrah.po"
    first = po.read_bytes()
    update_catalogs(catalog, tmp_path)
    assert po.read_bytes() == first


def test_who_has_read_a_catalog_survives_an_update(tmp_path: Path) -> None:
    catalog = content()
    update_catalogs(catalog, tmp_path, ["fa"])
    po = tmp_path / "fa/LC_MESSAGES/hamrah.po"
    po.write_text(
        po.read_text().replace("X-Native-Review: nobody yet", "X-Native-Review: S. on 2026-12-01")
    )
    update_catalogs(catalog, tmp_path)
    assert read_reviews(po)["X-Native-Review"] == "S. on 2026-12-01"


@pytest.mark.parametrize("language", ["az", "ru", "fa", "tr", "ur"])
def test_a_language_of_the_office_has_all_that_it_is_declared_to_have(language: str) -> None:
    catalog = content()
    count = counts()[language]
    read = ["interface", "desk"] if language in staff.LANGUAGES else ["interface"]
    assert [part for part in read if count[part].done < count[part].total] == []
    for flow in ("welcome", "menu", "danger", "lawyer", "wages"):
        assert catalog.offers(flow, language)


def test_a_tree_that_is_not_whole_in_a_language_is_not_offered_in_it(tmp_path: Path) -> None:
    catalog = content()
    update_catalogs(catalog, tmp_path, ["fa"])
    po = tmp_path / "fa/LC_MESSAGES/hamrah.po"
    po.write_text((LOCALES / "fa/LC_MESSAGES/hamrah.po").read_text())
    whole = content_with(tmp_path)
    assert whole.offers("wages", "fa")
    marked = po.read_text().replace('msgctxt "wages.payday"', '#, fuzzy\nmsgctxt "wages.payday"', 1)
    po.write_text(marked)
    partly = content_with(tmp_path)
    assert not partly.offers("wages", "fa")
    assert "fa" in partly.languages


def test_languages_can_be_limited(tmp_path: Path) -> None:
    settings = Settings(
        secret_key=SECRET_KEY, database_url=f"sqlite:///{tmp_path}/x.db", languages=("fa",)
    )
    runtime = build_runtime(settings)
    assert runtime.languages == ("en", "fa")
