"""Plays scripted conversations, and says where they go another way than they should."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flows import match
from flows.catalog import Catalog
from flows.limits import WHATSAPP_ROWS, over_limits
from flows.load import Fault, FlowError
from flows.model import Answer, Ask, Choose, Line, Option, Phrase, Send
from flows.phrases import CHOOSE_LANGUAGE
from flows.texts import SOURCE_LANGUAGE, split_words
from flows.tools.play import Play, Render, Stage
from flows.tools.script import Kind, Script, Step, find_node

Choice = tuple[str, str, str]  # flow, node, and the option, ANSWER, or the number of the arm
ANSWER = "answer"  # an open question was answered


@dataclass(frozen=True)
class Result:
    """How a conversation went in a language, and where it came."""

    script: Script
    language: str
    failures: tuple[Fault, ...]
    nodes: frozenset[tuple[str, str]]
    choices: frozenset[Choice]


def rehearse(scripts: Iterable[Script], catalog: Catalog, render: Render) -> Iterator[Result]:
    """Play each conversation in every language that offers its flow.

    And all flows that it comes through in English: elsewhere the short intake stands in for them.
    """
    stages: dict[str, Stage] = {}
    others = [language for language in catalog.languages if language != SOURCE_LANGUAGE]
    for script in scripts:
        stage = stages.setdefault(script.flow, Stage(catalog, script.flow))
        played = run(script, stage, SOURCE_LANGUAGE, render)
        yield played
        through = {script.flow, *(flow for flow, _ in played.nodes)}
        for language in others:
            if all(catalog.offers(flow, language) for flow in through):
                yield run(script, stage, language, render)


def run(script: Script, stage: Stage, language: str, render: Render) -> Result:
    """Play a conversation in a language; the first step that goes another way ends it.

    Also looks whether each message fits into the channels' limits.
    """
    running = _Running(script, Play(stage, script.flow, language, script.today), render)
    try:
        running.begin()
    except FlowError as error:
        return Result(script, language, tuple(error.faults), frozenset(), frozenset())
    for step in script.steps:
        if not running.failures:
            running.step(step)
    if not running.failures:
        running.end()
    return running.result()


class _Running:
    """A conversation while it is played."""

    def __init__(self, script: Script, play: Play, render: Render) -> None:
        self.script, self.play, self.render = script, play, render
        self.failures: list[Fault] = []
        self.too_long: dict[str, Fault] = {}
        self.nodes: set[tuple[str, str]] = set()
        self.choices: set[Choice] = set()

    def begin(self) -> None:
        self.play.begin()
        self._look(self.script.line)

    def step(self, step: Step) -> None:
        """Do one step, or look whether all is as it says."""
        match step.kind:
            case Kind.TAP:
                self._tap(step)
            case Kind.USER:
                words = in_language(step.value, self.play, self.script.language, self.render)
                self.play.type(words)
                self._look(step.line)
            case Kind.SEES:
                if self.play.question != self._name(step.value):
                    self._fail(step.line, f"expected the question {step.value}, but {self._open()}")
            case Kind.TOLD:
                if self._name(step.value) not in [(v.flow, v.node) for v in self.play.new]:
                    told = ", ".join(self._told()) or "nothing"
                    self._fail(step.line, f"{step.value} was not told; told was: {told}")

    def end(self) -> None:
        """Compare what is so at the end."""
        line, expects, play = self.script.line, self.script.expects, self.play
        if self.script.ends not in (None, play.outcome):
            reached = f"it ended with {play.outcome}" if play.outcome else self._open()
            self._fail(line, f"should end with {self.script.ends}, but {reached}")
        if dict(expects.flags) != dict(play.flags):
            found, wanted = _flags(play.flags), _flags(expects.flags)
            self._fail(line, f"the flags should be {wanted}; they are {found}")
        queues = list(dict.fromkeys(case.queue for case in play.cases))
        if queues != ([expects.queue] if expects.queue else []):
            got = ", ".join(queues) or "nobody"
            self._fail(line, f"the case should go to {expects.queue or 'nobody'}, not to {got}")
        for name, should_be in (("urgency", expects.urgency), ("topic", expects.topic)):
            is_now = getattr(play.cases[-1], name) if play.cases else "nothing: there is no case"
            if should_be not in (None, is_now):
                self._fail(line, f"the {name} of the case should be {should_be}; it is {is_now}")

    def result(self) -> Result:
        return Result(
            self.script,
            self.play.language,
            (*self.failures, *self.too_long.values()),
            frozenset(self.nodes),
            frozenset(self.choices),
        )

    def _tap(self, step: Step) -> None:
        known = [choice.option for choice in self.play.asked.choices]
        if step.value in known:
            self.play.tap(step.value)
            self._look(step.line)
        else:
            buttons = ", ".join(known) or "none, write {user: TEXT}"
            place = self._place()
            self._fail(step.line, f"{place} has no button {step.value!r}; buttons: {buttons}")

    def _look(self, line: int) -> None:
        """Write down where the conversation came, and whether its messages fit."""
        play = self.play
        if play.failed:
            self._fail(line, "a node cannot be walked: the worker gets an apology and the menu")
        self.nodes |= {(visit.flow, visit.node) for visit in play.visits}
        self.choices |= {(v.flow, v.node, str(v.arm)) for v in play.visits if v.arm is not None}
        for entry in play.session.log:
            if isinstance(entry, Answer):
                values = entry.value if isinstance(entry.value, tuple) else (ANSWER,)
                self.choices |= {(entry.flow, entry.node, value) for value in values}
        for send in () if play.failed else play.sends:
            if play.outcome is None or send.question is None:  # not the menu after the end
                self._look_at_limits(line, send)

    def _look_at_limits(self, line: int, send: Send) -> None:
        language = self.play.language
        labels = [say(choice.label, language, self.render) for choice in send.choices]
        if send.lines and send.lines[0].phrase == CHOOSE_LANGUAGE:
            labels = labels[:WHATSAPP_ROWS]  # WhatsApp turns the page of this question
        for problem in over_limits(self.render(send, language), labels):
            message = f"{send.lines[0].phrase.context if send.lines else 'message'}: {problem}"
            self.too_long.setdefault(message, self._fault(line, message))

    def _name(self, name: str) -> tuple[str, str]:
        owner, _, node = name.rpartition(".")
        return owner or self.script.flow, node

    def _place(self) -> str:
        flow, node = self.play.question
        return node if flow == self.script.flow else f"{flow}.{node}"

    def _open(self) -> str:
        waits = " and waits for yes or no" if self.play.draft else ""
        return f"the open question is {self._place()}{waits}"

    def _told(self) -> list[str]:
        nodes = [find_node(v.node, v.flow, self.play.stage.catalog) for v in self.play.new]
        telling = [node for node in nodes if node and not isinstance(node, Choose | Ask)]
        return [node.id for node in telling if getattr(node, "text", None) is not None]

    def _fault(self, line: int, message: str) -> Fault:
        where = f"{self.script.name!r} ({self.play.language})"
        return Fault(self.script.file, line, where, message)

    def _fail(self, line: int, message: str) -> None:
        self.failures.append(self._fault(line, message))


def in_language(text: str, play: Play, own: str, render: Render) -> str:
    """What is typed in a script, in the language of the play where it means one of the options.

    `own` is the script's language. Dates, numbers and commands stay as they are.
    """
    flow, name = play.question
    node = find_node(name, flow, play.stage.catalog)
    if play.language == own or play.draft or play.stage.words.find(text):
        return text
    if not isinstance(node, Choose | Ask) or match.normal(text).isdecimal():
        return text

    def also(option: Option, language: str) -> tuple[str, ...]:
        return split_words(play.stage.texts.find(option.also, language) if option.also else None)

    labels = {option.id: [say(option.label, own, render)] for option in node.options.values()}
    words = {i: [*labels[i], *also(node.options[i], own)] for i in labels}
    found = match.match_options(text, words)
    if len(found) != 1:
        return text
    option = node.options[found[0]]
    other_words = also(option, play.language)
    if match.match_options(text, {option.id: labels[option.id]}) or not other_words:
        return say(option.label, play.language, render)
    return other_words[0]


def say(phrase: Phrase, language: str, render: Render) -> str:
    """A phrase in a language."""
    return render(Send((Line(phrase),)), language)


def _flags(flags: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(flags.items())) or "none"
