"""The worker's answers as a path that a lawyer can read.

Question and chosen answer are told in the reader's language and beside it in the worker's. Both
come from the content by the ids of node and option: nothing is translated by guessing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.desk import phrases
from bot.desk.reader import Reader
from bot.texts import FIELD, direction
from flows.catalog import Catalog
from flows.fold import parse_value
from flows.model import (
    Answer,
    Ask,
    Choose,
    End,
    Escalate,
    Flow,
    Node,
    Phrase,
    Say,
)
from flows.texts import SOURCE_LANGUAGE


@dataclass(frozen=True)
class Words:
    """A text with its language and direction."""

    text: str
    language: str
    direction: str


@dataclass(frozen=True)
class TwoWords:
    """The same in the reader's language and, where that differs, in the worker's."""

    reader: Words
    worker: Words | None = None


@dataclass(frozen=True)
class AnswerView:
    """One step of the path."""

    topic: str  # "" where it is the topic of the step before
    question: TwoWords
    answers: Sequence[TwoWords]
    law: str  # what the question and the advice after it rest on; "" for nothing


def answer_views(
    catalog: Catalog, reader: Reader, worker_language: str, answers: Sequence[Answer]
) -> list[AnswerView]:
    """The path, in order."""
    views, topic = [], ""
    for answer in answers:
        view = _view(catalog, reader, worker_language, answer, known_topic=topic)
        topic = answer.flow
        views.append(view)
    return views


def _view(
    catalog: Catalog, reader: Reader, worker_language: str, answer: Answer, *, known_topic: str
) -> AnswerView:
    flow = catalog.flow(answer.flow)
    node = flow.nodes.get(answer.node) if flow else None
    topic = reader.say(flow.title) if flow and answer.flow != known_topic else ""
    if flow is None or not isinstance(node, Choose | Ask):
        place = f"{answer.flow}.{answer.node}"
        gone = Words(reader.say(phrases.GONE_QUESTION, place=place), reader.language, "ltr")
        return AnswerView(topic, TwoWords(gone), _as_typed(answer), "")
    return AnswerView(
        topic=topic,
        question=_in_both(reader, worker_language, node.text),
        answers=_answers(reader, worker_language, node, answer),
        law=_law(catalog, reader, flow, node, answer),
    )


def _answers(
    reader: Reader, worker_language: str, node: Choose | Ask, answer: Answer
) -> list[TwoWords]:
    if isinstance(answer.value, str):
        if not isinstance(node, Ask):
            return _as_typed(answer)
        value = parse_value(node.kind, answer.value)
        plain = answer.value if value is None else value
        return [TwoWords(Words(reader.speech.value(plain, reader.language), "", "auto"))]
    return [
        _in_both(reader, worker_language, node.options[chosen].label)
        if chosen in node.options
        else TwoWords(Words(chosen, "", "auto"))
        for chosen in answer.value
    ]


def _as_typed(answer: Answer) -> list[TwoWords]:
    values = (answer.value,) if isinstance(answer.value, str) else answer.value
    return [TwoWords(Words(value, "", "auto")) for value in values]


def _in_both(reader: Reader, worker_language: str, phrase: Phrase) -> TwoWords:
    texts = reader.speech.texts
    known = texts.find(phrase, reader.language) is not None
    own = _words(reader, phrase, reader.language if known else SOURCE_LANGUAGE)
    if worker_language == own.language or texts.find(phrase, worker_language) is None:
        return TwoWords(own)
    return TwoWords(own, _words(reader, phrase, worker_language))


def _words(reader: Reader, phrase: Phrase, language: str) -> Words:
    text = FIELD.sub("…", reader.speech.say(phrase, language))  # values of that day are not kept
    return Words(text, language, direction(language))


# -- the law on the way ------------------------------------------------------------------------


def _law(catalog: Catalog, reader: Reader, flow: Flow, node: Choose | Ask, answer: Answer) -> str:
    ids = dict.fromkeys(s for passed in _passed(flow, node, answer) for s in passed.sources)
    cites = [reader.say(catalog.sources[s].cite) for s in ids if s in catalog.sources]
    if not cites:
        return ""
    return reader.say(phrases.LAW, sources=reader.speech.value(tuple(cites), reader.language))


def _passed(flow: Flow, node: Choose | Ask, answer: Answer) -> Iterator[Node]:
    """The question, and what was told after the answer up to the next question or fork."""
    yield node
    step = flow.nodes.get(_next(node, answer))
    for _ in flow.nodes:  # a circle of advice ends here
        if not isinstance(step, Say | Escalate | End):
            return
        yield step
        if isinstance(step, End):
            return
        step = flow.nodes.get(step.next)


def _next(node: Choose | Ask, answer: Answer) -> str:
    chosen: Iterable[str] = () if isinstance(answer.value, str) else answer.value
    if node.next is not None and not (isinstance(node, Ask) and chosen):
        return node.next
    return next((node.options[c].next for c in chosen if c in node.options), "")
