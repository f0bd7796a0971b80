"""The engine: a pure function from (session, event) to (session, effects).

    session, effects = start(catalog, "welcome", language="en", at=now)
    session, effects = advance(catalog, session, Tap(question=1, option="yes", at=now))

It sends nothing, stores nothing and never raises. Where a worker stands is folded from the log of
answers: *back* cuts the log, a changed tree replays it as far as it still fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flows import match, phrases
from flows.compute import local_day
from flows.fold import (
    DANGER,
    DONE,
    LANGUAGE,
    MENU,
    NO,
    RESUME,
    SIDE_TRIPS,
    WELCOME,
    YES,
    Catalog,
    NodeFailed,
    Walk,
    answers,
    fold,
    instead_of,
    parse_value,
)
from flows.model import (
    Answer,
    Aside,
    Ask,
    AskKind,
    Before,
    Choice,
    Choose,
    Command,
    Commanded,
    Effect,
    Entry,
    Event,
    Flow,
    HideChat,
    Latin,
    Line,
    Linked,
    Listen,
    Media,
    Money,
    OpenCase,
    Option,
    Phrase,
    Run,
    Send,
    Session,
    Tap,
    Typed,
    Value,
)
from flows.texts import split_words
from flows.topics import topics

MAX_EARLIER_ANSWERS = 100
MAX_CHANGEABLE = 8  # answers offered for change: with "keep" they fit a list of ten
MAX_LOG = 400  # answers; a person who went round that often is asked to start over
LONG_PAUSE = timedelta(days=1)


@dataclass(frozen=True)
class State:
    """What is known of a worker: derived from the answers, stored nowhere."""

    fields: Mapping[str, Mapping[str, Any]]  # flow -> field -> value
    flags: Mapping[str, str]  # category -> worst severity
    topic: str  # the first flow that is not the engine's own


def start(
    catalog: Catalog,
    flow: str,
    *,
    language: str,
    at: datetime,
    asked: int = 0,
    before: Before | None = None,
) -> tuple[Session, tuple[Effect, ...]]:
    """Begin a flow. `asked` goes on counting where an earlier session of the person stopped."""
    day = local_day(at)
    session = Session(flow=flow, language=language, at=at, day=day, asked=asked, before=before)
    walk = Walk(catalog, session)
    walk.enter()
    return _pause(catalog, session, walk)


def advance(catalog: Catalog, session: Session, event: Event) -> tuple[Session, tuple[Effect, ...]]:
    """What follows from this event: the new session, and effects in their order.

    Always a question, a hand-over or an end; for any session and event, also those of another
    version of the flows.
    """
    try:
        return _advance(catalog, session, event)
    except NodeFailed:
        return _apologise(catalog, session, event.at)


def where(catalog: Catalog, session: Session) -> tuple[str, str] | None:
    """The open question as (flow, node); None where nothing is open."""
    frame = fold(catalog, session, session.log)[0].open_frame()
    return (frame.flow.id, frame.node) if frame else None


def takes(catalog: Catalog, session: Session, text: str) -> bool:
    """Whether a text means one of the options of the open question, or could mean several."""
    frame = fold(catalog, session, session.log)[0].open_frame()
    node = frame and frame.flow.nodes.get(frame.node)
    if frame is None or not isinstance(node, Choose | Ask):
        return False
    return bool(match.match_options(text, _words_shown(catalog, session, frame.flow, node)))


def places(catalog: Catalog, session: Session) -> tuple[tuple[str, str], ...]:
    """The flows under way as (flow, node): where each goes on, and last the open question."""
    walk, _ = fold(catalog, session, session.log)
    return tuple((frame.flow.id, frame.node) for frame in walk.frames)


def state(catalog: Catalog, session: Session) -> State:
    """What follows from the answers: saved fields per flow, and the worst flags."""
    walk, _ = fold(catalog, session, session.log)
    return State(fields=walk.fields, flags=walk.flags, topic=walk.topic)


def option(catalog: Catalog, session: Session, question: int, option_id: str) -> Phrase | None:
    """What this button of the open question says; None for any other button."""
    frame = fold(catalog, session, session.log)[0].open_frame()
    node = frame and frame.flow.nodes.get(frame.node)
    if question != session.asked or not isinstance(node, Choose | Ask):
        return None
    own = {YES: phrases.YES, NO: phrases.NO} if session.draft is not None else {}
    if isinstance(node, Choose) and node.many:
        own = {DONE: phrases.DONE}
    known = node.options.get(option_id)
    return own.get(option_id) or (known.label if known else None)


def _advance(
    catalog: Catalog, session: Session, event: Event
) -> tuple[Session, tuple[Effect, ...]]:
    walk, fitting = fold(catalog, session, session.log)
    moved = fitting < len(session.log) or not _still_open(session, walk)
    paused = event.at - session.at > LONG_PAUSE
    session = session.but(log=session.log[:fitting], at=event.at)
    if moved:  # the tree was changed under this person's feet
        session = session.but(draft=None, misses=0, changing=False)
        session, effects = _ask_again(catalog, session, walk, phrases.CHANGED)
        if not isinstance(event, Commanded | Linked):
            return session, effects
        walk, _ = fold(catalog, session, session.log)
    if isinstance(event, Commanded):
        return _command(catalog, session, walk, event.command)
    if isinstance(event, Linked):
        return _follow(catalog, session, walk, event.flow)
    if len(session.log) >= MAX_LOG:
        return _to_menu(catalog, session)
    if paused and session.log and not walk.inside(RESUME):
        return _side_trip(catalog, session, walk, RESUME)
    if session.changing and not isinstance(event, Media):
        return _change(catalog, session, walk, event)
    match event:
        case Tap():
            return _tap(catalog, session, walk, event)
        case Typed():
            return _typed(catalog, session, walk, event)
        case Media():
            return _media(catalog, session, walk, event)
    raise AssertionError(event)


def _still_open(session: Session, walk: Walk) -> bool:
    """Whether the question that was asked last is the open one: else a tap would answer another."""
    frame = walk.open_frame()
    return frame is not None and session.open in (None, (frame.flow.id, frame.node))


def _to_menu(catalog: Catalog, session: Session) -> tuple[Session, tuple[Effect, ...]]:
    """Begin the menu; who said "I am hurt" ten minutes ago is still urgent there."""
    known = state(catalog, session)
    before = Before(known.topic, known.flags, answers(session)[-MAX_EARLIER_ANSWERS:])
    return start(
        catalog,
        MENU,
        language=session.language,
        at=session.at,
        asked=session.asked,
        before=before,
    )


def _follow(
    catalog: Catalog, session: Session, walk: Walk, flow: str
) -> tuple[Session, tuple[Effect, ...]]:
    """To what a link leads to; whoever has not been welcomed yet gets there after the welcome."""
    session = session.but(draft=None, misses=0, changing=False)
    if session.flow == WELCOME and walk.open_frame() is not None:
        return _ask_again(catalog, session.but(then=flow), walk)
    return _to_topic(catalog, session, flow)


def _to_topic(catalog: Catalog, session: Session, flow: str) -> tuple[Session, tuple[Effect, ...]]:
    """Into the menu and from there to this flow, as if its buttons were pressed; else the menu."""
    session, effects = _to_menu(catalog, session)
    for entry in topics(catalog).get(flow, ()):
        walk, _ = fold(catalog, session, session.log)
        session, effects = _step(catalog, session, walk, entry)
    return session, effects


# -- commands ----------------------------------------------------------------------------------


def _command(
    catalog: Catalog, session: Session, walk: Walk, command: Command
) -> tuple[Session, tuple[Effect, ...]]:
    session = session.but(misses=0)
    if command is Command.HIDE:
        return session, (HideChat(),)
    if command is Command.LISTEN:
        return session, _listen(catalog, session, walk)
    if command is Command.BACK and _asks_beside(session, walk):
        return _ask_again(catalog, session.but(draft=None, changing=False), walk)
    if command not in STAYS:
        session = session.but(draft=None)
    session = session.but(changing=False)
    if command is Command.CHANGE:
        return _ask_which(catalog, session, walk)
    if command is Command.MENU:
        return _to_menu(catalog, session)
    if command is Command.BACK:
        return _back(catalog, session, walk)
    if command is Command.REPEAT:
        return _repeat(catalog, session, walk)
    if command in STAYS:  # the bot has done what there was to do
        return _ask_again(catalog, session, walk)
    return _side_trip(catalog, session, walk, SIDE_TRIPS[command])


# After these the open question is as it was, with what is ticked or typed and not yet confirmed.
STAYS = frozenset({Command.REPEAT, Command.CASE, Command.STOP})


def _asks_beside(session: Session, walk: Walk) -> bool:
    """Whether what stands on the screen is about an answer: "is that right?", "which one?"."""
    frame = walk.open_frame()
    node = frame and frame.flow.nodes.get(frame.node)
    return session.changing or (session.draft is not None and isinstance(node, Ask))


def _repeat(catalog: Catalog, session: Session, walk: Walk) -> tuple[Session, tuple[Effect, ...]]:
    """Say again what the latest answer led to, with the open question."""
    if not session.log:
        return _ask_again(catalog, session, walk)
    again, _ = fold(catalog, session, session.log[:-1])
    again.effects = []
    again.take(session.log[-1])
    said = tuple(effect for effect in again.effects if isinstance(effect, Send))
    session, question = _ask_again(catalog, session, walk)
    return session, (*said, *question)


def _listen(catalog: Catalog, session: Session, walk: Walk) -> tuple[Effect, ...]:
    """The recordings of what the latest answer led to; the open question stays as it is."""
    _, said = _repeat(catalog, session, walk)
    nodes = [send.voice for send in said if isinstance(send, Send) and send.voice]
    return (Listen(tuple(dict.fromkeys(nodes))),)


def _side_trip(
    catalog: Catalog, session: Session, walk: Walk, flow: str
) -> tuple[Session, tuple[Effect, ...]]:
    if catalog.flow(flow) is None or (walk.inside(flow) and flow != DANGER):
        return _ask_again(catalog, session, walk)
    if walk.inside(flow):  # in danger the numbers to call are said each time
        session, walk = _before_aside(catalog, session, walk, flow)
    return _step(catalog, session, walk, Aside(flow))


def _before_aside(
    catalog: Catalog, session: Session, walk: Walk, flow: str
) -> tuple[Session, Walk]:
    """To where this side trip began; to where we stand, if a case was handed over since."""
    began = [n for n, entry in enumerate(session.log) if entry == Aside(flow)]
    if not began or _hands_over(catalog, session, began[-1]):
        return session, walk
    session = session.but(log=session.log[: began[-1]])
    walk, _ = fold(catalog, session, session.log)
    return session, walk


def _back(catalog: Catalog, session: Session, walk: Walk) -> tuple[Session, tuple[Effect, ...]]:
    """To the question before the open one: out of a side trip, else to the previous answer."""
    here, depth = walk.open_frame(), walk.depth()
    for length in reversed(range(len(session.log))):
        earlier, _ = fold(catalog, session, session.log[:length])
        there = earlier.open_frame()
        if there is None or earlier.depth() > depth or there == here:
            continue
        if _hands_over(catalog, session, length):
            return _ask_again(catalog, session, walk, phrases.CANNOT_GO_BACK)
        session = session.but(log=session.log[:length])
        return _ask_again(catalog, session, earlier)
    return _ask_again(catalog, session, walk, phrases.FIRST_QUESTION)


def _hands_over(catalog: Catalog, session: Session, length: int) -> bool:
    walk, _ = fold(catalog, session, session.log[:length])
    walk.effects = []
    for entry in session.log[length:]:
        walk.take(entry)
    return any(isinstance(effect, OpenCase) for effect in walk.effects)


def _ask_which(
    catalog: Catalog, session: Session, walk: Walk
) -> tuple[Session, tuple[Effect, ...]]:
    """Offer the answers that can be changed: those of this log, up to a hand-over."""
    given = _given(catalog, session)
    if not given or walk.open_frame() is None:
        return _ask_again(catalog, session, walk, phrases.CHANGE_NOTHING)
    asked, versions = session.asked + 1, dict(walk.versions)
    session = session.but(changing=True, asked=asked, versions=versions)
    choices = (*given.values(), Choice(NO, phrases.KEEP_ALL))
    lines = (Line(phrases.CHANGE_WHICH),)
    return session, (Send(lines, question=asked, choices=choices),)


def _given(catalog: Catalog, session: Session) -> Mapping[int, Choice]:
    """The newest answers by their position in the log, as buttons."""
    found: dict[int, Choice] = {}
    for position, entry in reversed(list(enumerate(session.log))):
        if _hands_over(catalog, session, position) or len(found) == MAX_CHANGEABLE:
            break
        if isinstance(entry, Answer) and entry.flow not in (LANGUAGE, RESUME):
            flow = catalog.flow(entry.flow, session.versions.get(entry.flow))
            label, fields = _what_was_said(flow, entry)
            found[position] = Choice(str(position), label, fields=fields)
    return dict(sorted(found.items()))


def _what_was_said(flow: Flow | None, answer: Answer) -> tuple[Phrase, Mapping[str, Value]]:
    node = flow.nodes.get(answer.node) if flow else None
    if isinstance(node, Choose | Ask) and isinstance(answer.value, tuple) and answer.value:
        chosen = node.options.get(answer.value[0])
        if chosen is not None:
            return chosen.label, {}
    plain = answer.value if isinstance(answer.value, str) else ", ".join(answer.value)
    value = parse_value(node.kind, plain) if isinstance(node, Ask) else None
    return phrases.GIVEN, {"value": plain if value is None else value}


def _change(
    catalog: Catalog, session: Session, walk: Walk, event: Tap | Typed
) -> tuple[Session, tuple[Effect, ...]]:
    """Back to the chosen answer: what came after it leaves the session, as with *back*."""
    given = {choice.option: position for position, choice in _given(catalog, session).items()}
    chosen = event.option if isinstance(event, Tap) else _typed_choice(catalog, session, event)
    current = not isinstance(event, Tap) or event.question == session.asked
    session = session.but(changing=False)
    if not current or chosen not in given:
        return _ask_again(catalog, session, walk)
    session = session.but(log=session.log[: given[chosen]])
    earlier, _ = fold(catalog, session, session.log)
    return _ask_again(catalog, session, earlier)


def _typed_choice(catalog: Catalog, session: Session, event: Typed) -> str:
    words = {
        choice.option: (catalog.texts.find(choice.label, session.language) or choice.label.text,)
        for choice in _given(catalog, session).values()
    }
    found = match.match_options(event.text, words)
    return found[0] if len(found) == 1 else NO


# -- answers -----------------------------------------------------------------------------------


def _tap(
    catalog: Catalog, session: Session, walk: Walk, tap: Tap
) -> tuple[Session, tuple[Effect, ...]]:
    if tap.question != session.asked:
        return _ask_again(catalog, session, walk, phrases.OLD_BUTTON)
    frame, node = walk.question()
    if session.draft is not None and isinstance(node, Ask):
        if tap.option == YES:
            return _answer(catalog, session, walk, session.draft, chosen=False)
        return _ask_again(catalog, session.but(draft=None), walk)
    shown = _shown(catalog, session, frame.flow, node)
    if isinstance(node, Choose) and node.many:
        return _tap_many(catalog, session, walk, node, tap.option)
    if tap.option not in shown:
        return _ask_again(catalog, session, walk, phrases.OLD_BUTTON)
    return _answer(catalog, session, walk, (tap.option,), chosen=True)


def _tap_many(
    catalog: Catalog, session: Session, walk: Walk, node: Choose, option: str
) -> tuple[Session, tuple[Effect, ...]]:
    chosen = tuple(part for part in (session.draft or "").split(",") if part)
    if option == DONE:
        return _answer(catalog, session, walk, chosen, chosen=True)
    if option in node.options:
        marked = {*chosen} ^ {option}
        draft = ",".join(known for known in node.options if known in marked)
        session = session.but(draft=draft, misses=0)
    return _ask_again(catalog, session, walk)


def _typed(
    catalog: Catalog, session: Session, walk: Walk, event: Typed
) -> tuple[Session, tuple[Effect, ...]]:
    frame, node = walk.question()
    if session.draft is not None and isinstance(node, Ask):
        meaning = match.match_yes_no(event.text, catalog.texts)
        if meaning is None:
            meaning = CONFIRMS.get(match.normal(event.text) or match.sign(event.text))
        if meaning is True:
            return _answer(catalog, session, walk, session.draft, chosen=False)
        session = session.but(draft=None)
        if meaning is False:
            return _ask_again(catalog, session, walk)
    found = match.match_options(event.text, _words_shown(catalog, session, frame.flow, node))
    if isinstance(node, Ask) and not _names_one(found, event.text):
        return _open_answer(catalog, session, walk, node, event.text)
    if isinstance(node, Choose) and node.many and len(found) == 1:
        return _tap_many(catalog, session, walk, node, found[0])
    if len(found) == 1:
        return _answer(catalog, session, walk, tuple(found), chosen=True)
    return _misunderstood(catalog, session, walk, phrases.AMBIGUOUS if found else None)


# By its number, as at any question: that is no date, and hardly an amount; or by its sign.
CONFIRMS = {"1": True, "✅": True, "👍": True, "2": False, "❌": False, "👎": False}


def _names_one(found: list[str], text: str) -> bool:
    # at an open question "3" is an answer, not the third button
    return len(found) == 1 and not match.normal(text).isdecimal()


def _open_answer(
    catalog: Catalog, session: Session, walk: Walk, node: Ask, text: str
) -> tuple[Session, tuple[Effect, ...]]:
    value = _read(node.kind, text, session)
    if value is None:
        return _misunderstood(catalog, session, walk, node.retry)
    if not _within(node, value, session.day):
        return _misunderstood(catalog, session, walk, phrases.OUT_OF_BOUNDS)
    if node.kind in (AskKind.DATE, AskKind.MONEY):
        return _ask_again(catalog, session.but(draft=value, misses=0), walk)
    return _answer(catalog, session, walk, value, chosen=False)


def _answer(
    catalog: Catalog,
    session: Session,
    walk: Walk,
    value: tuple[str, ...] | str,
    *,
    chosen: bool,
) -> tuple[Session, tuple[Effect, ...]]:
    frame, node = walk.question()
    session = session.but(draft=None, misses=0)
    if frame.flow.id == RESUME and value == (NO,):
        return _to_menu(catalog, session)
    if frame.flow.id == RESUME:
        session = session.but(day=local_day(session.at))
    entry = Answer(frame.flow.id, node.id, value, chosen)
    if frame.flow.id == LANGUAGE and isinstance(value, tuple):
        session = session.but(language=value[0])
    return _step(catalog, session, walk, entry)


def _media(
    catalog: Catalog, session: Session, walk: Walk, event: Media
) -> tuple[Session, tuple[Effect, ...]]:
    """A file answers a question for one; anywhere else it is kept and the question stays."""
    _, node = walk.question()
    if isinstance(node, Ask) and event.kind in MEDIA_OF.get(node.kind, ()):
        return _answer(catalog, session, walk, event.kind, chosen=False)
    return _ask_again(catalog, session, walk, phrases.MEDIA_KEPT)


MEDIA_OF = {AskKind.PHOTO: ("photo", "document"), AskKind.VOICE: ("voice", "audio", "video")}


def _misunderstood(
    catalog: Catalog, session: Session, walk: Walk, reason: Phrase | None
) -> tuple[Session, tuple[Effect, ...]]:
    """First the reason and the question again, then a numbered list, then a person."""
    _, node = walk.question()
    session = session.but(misses=session.misses + 1)
    default = NOT_READ.get(node.kind, phrases.NOT_UNDERSTOOD) if isinstance(node, Ask) else None
    if session.misses >= 3:
        reason = phrases.OFFER_LAWYER
    return _ask_again(catalog, session, walk, reason or default or phrases.NOT_UNDERSTOOD)


NOT_READ = {
    AskKind.NUMBER: phrases.NOT_A_NUMBER,
    AskKind.MONEY: phrases.NOT_AN_AMOUNT,
    AskKind.DATE: phrases.NOT_A_DATE,
    AskKind.PHONE: phrases.NOT_A_PHONE,
}


# -- the step ----------------------------------------------------------------------------------


def _step(
    catalog: Catalog, session: Session, walk: Walk, entry: Entry
) -> tuple[Session, tuple[Effect, ...]]:
    session = session.but(log=(*session.log, entry))
    walk.session = session
    walk.effects = []
    walk.take(entry)
    return _pause(catalog, session, walk)


def _pause(catalog: Catalog, session: Session, walk: Walk) -> tuple[Session, tuple[Effect, ...]]:
    """End the step with a question: the open one, or the menu where the flow has ended."""
    effects = walk.effects or []
    if walk.open_frame() is None:
        # who is handed over has a lawyer now: no topic begins behind that
        then = "" if any(isinstance(effect, OpenCase) for effect in effects) else session.then
        session, more = _to_topic(catalog, session, then)
        return session, (*effects, *more)
    session, question = _question(catalog, session, walk)
    return session, (*effects, question)


def _ask_again(
    catalog: Catalog, session: Session, walk: Walk, first: Phrase | None = None
) -> tuple[Session, tuple[Effect, ...]]:
    lines = (Line(first, {"example": _example(walk, session)}),) if first else ()
    if walk.open_frame() is None:
        session, effects = _to_menu(catalog, session)
        return session, ((Send(lines), *effects) if lines else effects)
    session, question = _question(catalog, session, walk)
    return session, (replace(question, lines=(*lines, *question.lines)),)


def _question(catalog: Catalog, session: Session, walk: Walk) -> tuple[Session, Send]:
    frame, node = walk.question()
    session = session.but(
        asked=session.asked + 1, open=(frame.flow.id, frame.node), versions=dict(walk.versions)
    )
    if session.draft is not None and isinstance(node, Ask):
        return session, _confirmation(session, node)
    shown = _shown(catalog, session, frame.flow, node)
    choices = tuple(Choice(option.id, option.label) for option in shown.values())
    many = isinstance(node, Choose) and node.many
    if many:
        chosen = (session.draft or "").split(",")
        choices = tuple(replace(c, marked=c.option in chosen) for c in choices)
        choices = (*choices, Choice(DONE, phrases.DONE))
    numbered = session.misses >= 2 and len(choices) > 1
    lines: tuple[Line, ...] = (Line(node.text, walk.fields_of(frame)),)
    if many:
        lines = (*lines, Line(phrases.CHOOSE_MANY))
    if numbered:
        lines = (*lines, Line(phrases.NUMBERED_HINT))
    return session, walk.send(
        node,
        lines,
        question=session.asked,
        choices=choices,
        many=many,
        typed=isinstance(node, Ask),
        numbered=numbered,
    )


def _confirmation(session: Session, node: Ask) -> Send:
    value = parse_value(node.kind, session.draft or "")
    phrase = phrases.CONFIRM_DATE if node.kind is AskKind.DATE else phrases.CONFIRM_AMOUNT
    choices = (Choice(YES, phrases.YES), Choice(NO, phrases.NO))
    return Send((Line(phrase, {"value": value or ""}),), question=session.asked, choices=choices)


def _apologise(
    catalog: Catalog, session: Session, at: datetime
) -> tuple[Session, tuple[Effect, ...]]:
    """A node failed, which `hamrah flows check` should have found: say so and offer a way out."""
    session, effects = _to_menu(catalog, session.but(at=at))
    return session, (Send((Line(phrases.FAILED),)), *effects)


def _shown(
    catalog: Catalog, session: Session, flow: Flow, node: Choose | Ask
) -> Mapping[str, Option]:
    """The options without those whose flow is not (wholly) there in the worker's language."""
    return {
        option.id: option
        for option in node.options.values()
        if not (isinstance(target := flow.nodes.get(option.next), Run))
        or catalog.offers(instead_of(catalog, target.flow, session.language), session.language)
    }


def _words_shown(
    catalog: Catalog, session: Session, flow: Flow, node: Choose | Ask
) -> Mapping[str, tuple[str, ...]]:
    """By which words each button of a question can be typed, in the order shown."""
    shown = [*_shown(catalog, session, flow, node).values()]
    if isinstance(node, Choose) and node.many:
        shown.append(Option(DONE, phrases.DONE, ""))
    return {option.id: _words(catalog, option, session.language) for option in shown}


OWN_WORDS = {YES: phrases.YES_WORDS, NO: phrases.NO_WORDS, DONE: phrases.DONE_WORDS}


def _words(catalog: Catalog, option: Option, language: str) -> tuple[str, ...]:
    label = catalog.texts.find(option.label, language) or option.label.text
    also = [option.also] if option.also else []
    also += [OWN_WORDS[option.id]] if option.id in OWN_WORDS else []
    return (label, *(w for p in also for w in split_words(catalog.texts.find(p, language))))


def _read(kind: AskKind, text: str, session: Session) -> str | None:
    """A typed answer in its plain form, or None where it is not of this kind."""
    match kind:
        case AskKind.DATE:
            day = match.read_date(text, session.language, session.day)
            return day.isoformat() if day else None
        case AskKind.NUMBER | AskKind.MONEY:
            number = match.read_number(text)
            return None if number is None else format(number, "f")
        case AskKind.PHONE:
            return match.read_phone(text)
        case AskKind.PHOTO | AskKind.VOICE:
            return None
    return text.strip()[: match.MAX_TEXT] or None


def _within(node: Ask, plain: str, today: date) -> bool:
    value = parse_value(node.kind, plain)
    number: Any = value.amount if isinstance(value, Money) else value
    if isinstance(number, str | Latin) or number is None:
        return True
    least, most = (_bound(bound, number, today) for bound in (node.least, node.most))
    return (least is None or number >= least) and (most is None or number <= most)


def _bound(bound: str | None, like: Any, today: date) -> Any:
    if bound is None:
        return None
    if not isinstance(like, date):
        return Decimal(bound)
    if bound.startswith("today"):
        days = bound.removeprefix("today").removesuffix("d") or "0"
        return today + timedelta(days=int(days))
    return date.fromisoformat(bound)


def _example(walk: Walk, session: Session) -> Value:
    frame = walk.open_frame()
    node = frame.flow.nodes.get(frame.node) if frame else None
    if isinstance(node, Ask) and node.kind is AskKind.PHONE:
        return Latin("+994 50 123 45 67")
    return session.day - timedelta(days=30)
