"""The engine while trees change under people: random trees, random people, random changes."""

from dataclasses import replace
from random import Random

from hypothesis import example, given, settings

from flows import engine
from flows.catalog import Catalog
from flows.model import Effect, Flow, Send, Tap
from flows.phrases import CHANGED
from flows.session_json import dump_session, parse_session
from tests.test_engine import (
    FLOWS,
    NAMES,
    NOW,
    TEXTS,
    a_flow,
    ends_well,
    seeds,
    some_event,
    some_node,
)


class Editor:
    """Publishes trees at random and withdraws some: what the engine then works with."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.live: dict[str, Flow] = dict(FLOWS)
        self.earlier: dict[tuple[str, str], Flow] = {}
        self.withdrawn: set[tuple[str, str]] = set()
        for number, flow in enumerate(("wages", "other")):
            self.publish(flow, number)

    def publish(self, flow: str, number: int) -> None:
        if flow in self.live:
            old = self.live[flow]
            self.earlier[flow, old.version] = old
        nodes = {name: some_node(self.chance, name) for name in NAMES}
        self.live[flow] = replace(a_flow(flow, nodes), version=f"{flow}-{number}")

    def withdraw(self) -> None:
        if self.earlier:
            key = self.chance.choice(list(self.earlier))
            self.withdrawn.add(key)
            del self.earlier[key]

    @property
    def catalog(self) -> Catalog:
        return Catalog(self.live, TEXTS, versions=self.earlier.values())


def says_changed(effects: tuple[Effect, ...]) -> bool:
    lines = [line for effect in effects if isinstance(effect, Send) for line in effect.lines]
    return CHANGED in [line.phrase for line in lines]


@example(seed=121404548360)  # a version is withdrawn, and the next word is "change"
@settings(max_examples=300, deadline=None)
@given(seed=seeds)
def test_nobody_is_thrown_out_and_only_withdrawals_are_felt(seed: int) -> None:
    chance = Random(seed)
    editor = Editor(chance)
    session, _ = engine.start(editor.catalog, "menu", language="en", at=NOW)
    for step in range(30):
        if chance.random() < 0.3:
            editor.publish(chance.choice(["wages", "other"]), 10 + step)
        if chance.random() < 0.1:
            editor.withdraw()
        inside = {*session.versions.items()}
        catalog = editor.catalog
        session = parse_session(dump_session(session)) or session
        session, effects = engine.advance(catalog, session, some_event(chance, session, NOW))
        assert ends_well(effects)
        assert engine.where(catalog, session) is not None
        if says_changed(effects):
            assert inside & editor.withdrawn
        assert not {*session.versions.items()} & editor.withdrawn or not any(
            effect for effect in effects if isinstance(effect, Send)
        )


@settings(max_examples=200, deadline=None)
@given(seed=seeds)
def test_who_is_pinned_lives_as_if_nothing_had_been_published(seed: int) -> None:
    """As long as they are in the trees that they had entered."""
    chance = Random(seed)
    editor = Editor(chance)
    before = editor.catalog
    session, _ = engine.start(before, "menu", language="en", at=NOW)
    session, _ = engine.advance(before, session, Tap(session.asked, "wages", NOW))
    editor.publish("wages", 10)
    after = editor.catalog
    for _ in range(15):
        event = some_event(chance, session, NOW)
        was, told = engine.advance(before, session, event)
        pinned, told_after = engine.advance(after, session, event)
        if "wages" not in was.versions:
            return  # back at the menu: from there on it is the new tree
        assert (pinned, told_after) == (was, told)
        session = pinned
