"""The engine's promises: pure, total, and a fold over the log of answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import engine
from flows.catalog import Catalog
from flows.model import (
    Aside,
    Ask,
    AskKind,
    Branch,
    Choose,
    Command,
    Commanded,
    Consented,
    Effect,
    End,
    Escalate,
    Event,
    Flow,
    HideChat,
    LanguageChosen,
    Listen,
    Media,
    Node,
    OpenCase,
    Option,
    Phrase,
    Run,
    Say,
    Send,
    Session,
    Tap,
    Typed,
)
from flows.session_json import dump_session, parse_session
from flows.texts import Texts

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
TEXTS = Texts({})


def a_flow(flow_id: str, nodes: dict[str, Node], start: str = "a") -> Flow:
    return Flow(flow_id, f"{flow_id}-1", text(flow_id), start, nodes, f"{flow_id}.yaml")


def text(words: str) -> Phrase:
    return Phrase(f"test.{words}", words)


def options(**targets: str) -> dict[str, Option]:
    return {name: Option(name, text(name), target) for name, target in targets.items()}


LIMIT = {"limit": "months_after(payday, 12)"}
WELCOME = a_flow("welcome", {"a": End("a", 1, outcome="welcomed")})
DANGER = a_flow(
    "danger",
    {
        "a": Say("a", 1, text=text("call 112"), next="b"),
        "b": Choose("b", 2, text=text("lawyer?"), options=options(yes="c", no="d")),
        "c": Run("c", 3, flow="lawyer", next="d", flag={"urgency": "U0"}),
        "d": End("d", 4, outcome="shown"),
    },
)
LAWYER = a_flow(
    "lawyer",
    {
        "a": Choose(
            "a",
            1,
            text=text("agree?"),
            options={
                "yes": Option("yes", text("yes"), "b", consent={"share": True}),
                "no": Option("no", text("no"), "c", consent={"share": False}),
            },
        ),
        "b": Escalate("b", 2, queue="lawyers", next="c", text=text("thanks")),
        "c": End("c", 3, outcome="done"),
    },
)
WAGES = a_flow(
    "wages",
    {
        "a": Choose(
            "a",
            1,
            text=text("what happened?"),
            save="what",
            options={
                "late": Option("late", text("Paid late"), "b", flag={"urgency": "U2"}),
                "never": Option(
                    "never", text("Never paid"), "b", flag={"urgency": "U1"}, also=text("no, nil")
                ),
            },
        ),
        "b": Ask(
            "b",
            2,
            text=text("when?"),
            kind=AskKind.DATE,
            save="payday",
            next="c",
            options=options(unknown="d"),
            least="today-3650d",
            most="today",
        ),
        "c": Say(
            "c",
            3,
            text=text("limit {limit}"),
            next="d",
            compute={"limit": "months_after(payday, 12)"},
        ),
        "d": Branch("d", 4, arms=(("what == 'never'", "e"), (None, "f"))),
        "e": Run("e", 5, flow="lawyer", next="f"),
        "f": End("f", 6, outcome="advised"),
    },
)
MENU = a_flow(
    "menu",
    {
        "a": Choose("a", 1, text=text("menu"), options=options(wages="b", lawyer="c", danger="d")),
        "b": Run("b", 2, flow="wages", next="e"),
        "c": Run("c", 3, flow="lawyer", next="e"),
        "d": Run("d", 4, flow="danger", next="e"),
        "e": End("e", 5, outcome="done"),
    },
)
FLOWS = {flow.id: flow for flow in (WELCOME, MENU, DANGER, LAWYER, WAGES)}
CATALOG = Catalog(FLOWS, TEXTS)


class Worker:
    """Someone who talks to the engine."""

    def __init__(self, flow: str = "menu", catalog: Catalog = CATALOG) -> None:
        self.catalog, self.now = catalog, NOW
        self.session, self.effects = engine.start(catalog, flow, language="en", at=NOW)

    def gives(self, event: Event) -> tuple[Effect, ...]:
        self.session, self.effects = engine.advance(self.catalog, self.session, event)
        return self.effects

    def taps(self, option: str) -> tuple[Effect, ...]:
        return self.gives(Tap(self.session.asked, option, self.now))

    def types(self, words: str) -> tuple[Effect, ...]:
        return self.gives(Typed(words, self.now))

    def asks(self, command: Command) -> tuple[Effect, ...]:
        return self.gives(Commanded(command, self.now))

    @property
    def at(self) -> tuple[str, str] | None:
        return engine.where(self.catalog, self.session)

    @property
    def reads(self) -> list[str]:
        lines = [line for e in self.effects if isinstance(e, Send) for line in e.lines]
        return [line.phrase.text for line in lines]

    def case(self) -> OpenCase:
        [case] = [effect for effect in self.effects if isinstance(effect, OpenCase)]
        return case


def test_answers_lead_through_the_tree_to_a_case() -> None:
    worker = Worker()
    for answer in ("wages", "never", "unknown"):
        worker.taps(answer)
    assert worker.at == ("lawyer", "a")
    worker.taps("yes")
    assert worker.case().topic == "wages"
    assert worker.case().urgency == "U1"
    assert [a.node for a in worker.case().answers] == ["a", "b"]
    assert Consented("share", True, text("agree?")) in worker.effects
    assert worker.at == ("menu", "a")


def test_a_date_is_read_back_and_its_computation_inserted() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    worker.types("5.3.2026")
    assert worker.reads == ["I understood: {value}. Is that right?"]
    worker.types("yes")
    said = next(e for e in worker.effects if isinstance(e, Send))
    assert str(said.lines[0].fields["limit"]) == "2027-03-05"


def test_no_to_the_date_asks_again() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    ways: tuple[Callable[[], object], ...] = (
        lambda: worker.taps("no"),
        lambda: worker.types("❌"),
        lambda: worker.types("۲"),
        lambda: worker.asks(Command.BACK),
    )
    for no in ways:
        worker.types("5.3.2026")
        no()
        assert worker.at == ("wages", "b")
        assert worker.session.draft is None
    worker.types("5.3.2026")
    worker.types("1")
    assert worker.at != ("wages", "b")


@pytest.mark.parametrize("day", ["5.3.2030", "1.1.1990"])
def test_a_date_out_of_bounds_is_refused(day: str) -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    worker.types(day)
    assert worker.at == ("wages", "b")
    assert "does not seem possible" in worker.reads[0]


def test_an_old_button_gets_the_open_question() -> None:
    worker = Worker()
    old = worker.session.asked
    worker.taps("wages")
    worker.gives(Tap(old, "lawyer", NOW))
    assert "earlier question" in worker.reads[0]
    assert worker.at == ("wages", "a")


def test_a_repeated_tap_is_an_old_button_and_changes_nothing() -> None:
    worker = Worker()
    tap = Tap(worker.session.asked, "wages", NOW)
    worker.gives(tap)
    log = worker.session.log
    worker.gives(tap)
    assert worker.session.log == log


def test_back_returns_to_the_question_before() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    worker.asks(Command.BACK)
    assert worker.at == ("wages", "a")
    worker.asks(Command.BACK)
    assert worker.at == ("menu", "a")
    worker.asks(Command.BACK)
    assert "nothing to go back to" in worker.reads[0]


def test_back_leaves_a_side_trip() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.asks(Command.DANGER)
    assert worker.at == ("danger", "b")
    worker.asks(Command.BACK)
    assert worker.at == ("wages", "a")


def test_back_goes_over_a_finished_side_trip() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    worker.asks(Command.DANGER)
    worker.taps("no")
    assert worker.at == ("wages", "b")
    worker.asks(Command.BACK)
    assert worker.at == ("wages", "a")


def test_back_does_not_cross_a_hand_over() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.asks(Command.LAWYER)
    worker.taps("yes")
    assert worker.at == ("wages", "a")
    worker.asks(Command.BACK)
    assert "cannot go back" in worker.reads[0]


def test_a_side_trip_comes_back_and_asks_once() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.asks(Command.DANGER)
    worker.taps("no")
    questions = [e for e in worker.effects if isinstance(e, Send) and e.question is not None]
    assert len(questions) == 1
    assert questions[0].lines[0].phrase.text == "what happened?"


def test_the_side_trip_under_way_is_not_begun_again() -> None:
    worker = Worker()
    worker.asks(Command.DANGER)
    worker.asks(Command.DANGER)
    assert [entry for entry in worker.session.log if isinstance(entry, Aside)] == [Aside("danger")]


def test_what_is_not_understood_gets_three_different_answers() -> None:
    worker = Worker()
    first = worker.types("banana").__repr__()
    worker.types("banana")
    send = worker.effects[-1]
    assert isinstance(send, Send)
    assert send.numbered
    assert "I did not understand" in first
    worker.types("banana")
    assert "talk to a lawyer" in worker.reads[0]


@pytest.mark.parametrize("words", ["Paid late", "paid LATE!", "1", "۱", "paid lste", "१"])
def test_typed_answers_count(words: str) -> None:
    worker = Worker("wages")
    worker.types(words)
    assert worker.at == ("wages", "b")


def test_what_could_be_two_things_is_asked_again() -> None:
    flow = a_flow(
        "wages",
        {
            "a": Choose("a", 1, text=text("?"), options=options(payday="b", payout="b")),
            "b": End("b", 2, outcome="x"),
        },
    )
    worker = Worker("wages", Catalog({**FLOWS, "wages": flow}, TEXTS))
    worker.types("payo")
    assert worker.at == ("menu", "a")
    worker = Worker("wages", Catalog({**FLOWS, "wages": flow}, TEXTS))
    worker.types("pay")
    assert worker.at == ("wages", "a")


def test_a_photo_is_kept_and_the_question_stays() -> None:
    worker = Worker("wages")
    worker.gives(Media("photo", NOW))
    assert worker.reads[0].startswith("I keep this")
    assert worker.at == ("wages", "a")
    assert worker.session.misses == 0


def test_after_a_long_pause_it_asks_whether_to_go_on_and_names_no_topic() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.now = NOW + timedelta(days=2)
    worker.types("late")
    assert worker.reads == ["Welcome back. Do you want to go on where you were?"]
    worker.taps("yes")
    assert worker.at == ("wages", "a")


def test_after_a_long_pause_one_can_start_over() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.now = NOW + timedelta(days=2)
    worker.types("late")
    worker.taps("no")
    assert worker.at == ("menu", "a")
    assert worker.session.log == ()


def test_danger_works_after_a_long_pause_too() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.now = NOW + timedelta(days=2)
    worker.asks(Command.DANGER)
    assert worker.reads[0] == "call 112"


def test_urgency_outlives_the_flow_that_found_it() -> None:
    worker = Worker()
    for answer in ("wages", "never"):
        worker.taps(answer)
    worker.asks(Command.MENU)
    worker.taps("lawyer")
    worker.taps("yes")
    case = worker.case()
    assert (case.topic, case.urgency, len(case.answers)) == ("wages", "U1", 1)


def test_repeat_says_the_advice_again_with_the_question() -> None:
    worker = Worker()
    worker.asks(Command.DANGER)
    worker.asks(Command.REPEAT)
    assert worker.reads == ["call 112", "lawyer?"]


def test_several_answers_can_be_typed_and_finished_by_a_word() -> None:
    flow = a_flow(
        "wages",
        {
            "a": Choose(
                "a", 1, text=text("?"), options=options(x="b", y="b"), many=True, next="b", save="k"
            ),
            "b": Choose("b", 2, text=text("!"), options=options(z="b")),
        },
    )
    worker = Worker("wages", Catalog({**FLOWS, "wages": flow}, TEXTS))
    worker.types("y")
    worker.asks(Command.LISTEN)  # what is ticked stays so
    worker.asks(Command.REPEAT)
    worker.types("x")
    worker.types("done")
    assert worker.at == ("wages", "b")
    assert engine.state(worker.catalog, worker.session).fields["wages"]["k"] == ("x", "y")


def test_hide_keeps_the_place() -> None:
    worker = Worker()
    worker.taps("wages")
    assert worker.asks(Command.HIDE) == (HideChat(),)
    assert worker.at == ("wages", "a")


def test_the_language_is_changed_and_the_question_kept() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.asks(Command.LANGUAGE)
    worker.taps("en")
    assert LanguageChosen("en") in worker.effects
    assert worker.at == ("wages", "a")


def test_a_changed_tree_keeps_the_answers_that_still_fit() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.taps("late")
    nodes = {**WAGES.nodes, "a": Choose("a", 1, text=text("?"), options=options(other="f"))}
    changed = Catalog({**FLOWS, "wages": replace(WAGES, nodes=nodes)}, TEXTS)
    worker.catalog = changed
    worker.types("5.3.2026")
    assert worker.at == ("wages", "a")
    assert "was updated" in worker.reads[0]


def test_a_vanished_tree_leads_to_the_menu() -> None:
    worker = Worker()
    worker.taps("wages")
    worker.catalog = Catalog({i: flow for i, flow in FLOWS.items() if i != "wages"}, TEXTS)
    worker.taps("late")
    assert worker.at == ("menu", "a")


def test_going_round_without_a_question_is_an_apology_with_a_way_out() -> None:
    loop = a_flow("wages", {"a": Branch("a", 1, arms=((None, "a"),))})
    worker = Worker("menu", Catalog({**FLOWS, "wages": loop}, TEXTS))
    worker.taps("wages")
    assert worker.reads[0].startswith("Something went wrong")
    assert worker.at == ("menu", "a")


# -- random flows, random events ---------------------------------------------------------------

# Built from a seed: hypothesis would take most of its time drawing the nodes one by one.

NAMES = "abcdef"
PHRASES = [text(words) for words in ("one", "two", "three", "yes", "{x}")]
FLAGS: list[dict[str, str]] = [{}, {"urgency": "U1"}, {"trafficking": "red"}]
COMPUTES: list[dict[str, str]] = [{}, {"x": "months_after(x, 1)"}, {"y": "days_until(x, today)"}]
CONDITIONS = ["x == 'p'", "x > 3", "worst.urgency == 'U1'", "y"]
TYPED = ["1", "5.3.2026", "450", "yes", "one", "banana", "", "\x00", "\ud83d", "۱۲", "no", "two"]
TAPPED = [*"pqrs", "yes", "no", "done", "wages", "lawyer", ""]


def some_node(chance: Random, name: str) -> Node:
    base: dict[str, Any] = {
        "id": name,
        "line": 1,
        "flag": chance.choice(FLAGS),
        "compute": chance.choice(COMPUTES),
    }
    words, following = chance.choice(PHRASES), chance.choice(NAMES)
    match chance.randrange(8):
        case 0:
            return Say(**base, text=words, next=following)
        case 1 | 2:
            many = chance.random() < 0.3
            made = some_options(chance)
            return Choose(**base, text=words, options=made, save="x", many=many, next=following)
        case 3:
            kind = chance.choice(list(AskKind))
            return Ask(**base, text=words, kind=kind, save="x", next=following)
        case 4:
            arms = ((chance.choice(CONDITIONS), chance.choice(NAMES)), (None, following))
            return Branch(**base, arms=arms)
        case 5:
            flow = chance.choice(["lawyer", "danger", "wages", "other"])
            return Run(**base, flow=flow, next=following)
        case 6:
            return Escalate(**base, queue="lawyers", next=following)
    return End(**base, outcome="done", text=words)


def some_options(chance: Random) -> dict[str, Option]:
    return {
        name: Option(name, chance.choice(PHRASES), chance.choice(NAMES), flag=chance.choice(FLAGS))
        for name in chance.sample("pqrs", chance.randint(1, 4))
    }


def some_catalog(chance: Random) -> Catalog:
    flows = {
        flow_id: a_flow(flow_id, {name: some_node(chance, name) for name in NAMES})
        for flow_id in ("wages", "other")
    }
    return Catalog({**FLOWS, **flows}, TEXTS)


def some_event(chance: Random, session: Session, at: datetime) -> Event:
    match chance.randrange(10):
        case 0:
            return Commanded(chance.choice(list(Command)), at)
        case 1:
            return Media("photo", at)
        case 2 | 3 | 4:
            return Typed(chance.choice(TYPED), at)
        case 5:
            return Tap(session.asked - chance.randint(-1, 3), chance.choice(TAPPED), at)
    return Tap(session.asked, chance.choice(TAPPED), at)


def ends_well(effects: tuple[Effect, ...]) -> bool:
    return any(
        isinstance(e, HideChat | Listen) or (isinstance(e, Send) and e.question is not None)
        for e in effects
    )


seeds = st.integers(0, 2**63)


@settings(max_examples=400, deadline=None)
@given(seed=seeds)
def test_any_events_on_any_flows_end_in_a_question(seed: int) -> None:
    """Also with a restart between any two events, and another version of the flows."""
    chance, at = Random(seed), NOW
    catalogs = [some_catalog(chance) for _ in range(3)]
    session, _ = engine.start(catalogs[0], "menu", language="en", at=at)
    for _ in range(30):
        at += timedelta(hours=chance.choice([0, 0, 0, 1, 30]))
        catalog = chance.choice([catalogs[0], catalogs[0], *catalogs])
        session = parse_session(dump_session(session)) or session
        asked = session.asked
        session, effects = engine.advance(catalog, session, some_event(chance, session, at))
        assert ends_well(effects)
        assert session.asked >= asked
        assert engine.where(catalog, session) is not None


@settings(max_examples=200, deadline=None)
@given(seed=seeds)
def test_after_any_step_the_state_is_that_of_a_fresh_run_with_the_same_answers(seed: int) -> None:
    chance = Random(seed)
    catalog = some_catalog(chance)
    session, _ = engine.start(catalog, "menu", language="en", at=NOW)
    for _ in range(20):
        event = some_event(chance, session, NOW)
        if chance.random() < 0.2:
            event = Commanded(Command.BACK, NOW)
        session, _ = engine.advance(catalog, session, event)
        fresh, _ = engine.start(
            catalog, session.flow, language=session.language, at=NOW, before=session.before
        )
        fresh = replace(fresh, log=session.log)
        assert engine.where(catalog, session) == engine.where(catalog, fresh)
        assert engine.state(catalog, session) == engine.state(catalog, fresh)


@settings(max_examples=100, deadline=None)
@given(seed=seeds)
def test_the_same_events_give_the_same_effects(seed: int) -> None:
    def play() -> list[Any]:
        chance = Random(seed)
        catalog = some_catalog(chance)
        session, effects = engine.start(catalog, "menu", language="en", at=NOW)
        history: list[Any] = [effects]
        for _ in range(15):
            session, effects = engine.advance(catalog, session, some_event(chance, session, NOW))
            history += [session, effects]
        return history

    assert play() == play()
