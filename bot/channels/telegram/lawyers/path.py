"""The worker's answers as a lawyer reads them on a phone: a line for the question, one below."""

from collections.abc import Sequence

from bot.runtime import Runtime
from bot.texts import FIELD
from flows.fold import parse_value
from flows.model import Answer, Ask, AskKind, Choose


def path_of(runtime: Runtime, language: str, answers: Sequence[Answer]) -> list[str]:
    """The path in order, in the reader's language."""
    return [_step(runtime, language, answer) for answer in answers]


def _step(runtime: Runtime, language: str, answer: Answer) -> str:
    flow = runtime.catalog.flow(answer.flow)
    node = flow.nodes.get(answer.node) if flow else None
    values = (answer.value,) if isinstance(answer.value, str) else answer.value
    if not isinstance(node, Choose | Ask):
        return f"{answer.flow}.{answer.node}\n— {', '.join(values)}"
    say = runtime.speech.say
    if isinstance(answer.value, str):
        kind = node.kind if isinstance(node, Ask) else AskKind.TEXT
        value = parse_value(kind, answer.value)
        said = [runtime.speech.value(answer.value if value is None else value, language)]
    else:
        said = [say(node.options[v].label, language) if v in node.options else v for v in values]
    question = FIELD.sub("…", say(node.text, language))  # values of that day are not kept
    return f"{question}\n— {', '.join(said)}"
