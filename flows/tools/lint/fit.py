"""The rule of the channels' limits, in every language (E13)."""

from collections.abc import Iterator, Mapping

from flows.limits import over_limits
from flows.model import Ask, Choose, Node, NodeBase, Phrase
from flows.phrases import DONE
from flows.texts import SOURCE_LANGUAGE
from flows.tools.lint.content import Content
from flows.tools.lint.problem import Problem
from flows.tools.lint.wording import FIELD

TYPICAL_VALUE = "22 September 2026"  # what stands for an answer or a date that is not known yet


def too_large(content: Content) -> Iterator[Problem]:
    """E13: a message that a channel would cut or refuse.

    The id of a button always fits: 40 letters at most, and Telegram takes 64 bytes.
    """
    for flow in content.flows.values():
        for node in flow.nodes.values():
            for language in _languages(content, node):
                for what in over_limits(
                    _message(content, node, language), _labels(content, node, language)
                ):
                    message = f"in {language} {what}"
                    mend = "Shorten it, or ask in two steps."
                    yield content.problem("E13", flow.id, [node.id], message, mend)


def _languages(content: Content, node: Node) -> Iterator[str]:
    """The languages in which all of a node's texts are there."""
    options = node.options.values() if isinstance(node, Choose | Ask) else ()
    said = [getattr(node, "text", None), *(option.label for option in options)]
    phrases = [phrase for phrase in said if isinstance(phrase, Phrase)]
    for language in content.texts.languages:
        if all(content.texts.find(phrase, language) is not None for phrase in phrases):
            yield language


def _message(content: Content, node: NodeBase, language: str) -> str:
    """A node's message about as long as it can be: its text, the numbers to call, its law."""
    values = _values(content)
    text = getattr(node, "text", None)
    said = _say(content, text, language) if isinstance(text, Phrase) else ""
    parts = [FIELD.sub(lambda name: values.get(name[1], TYPICAL_VALUE), said)]
    for name in node.hotlines:
        if hotline := content.catalog.hotlines.get(name):
            note = _say(content, hotline.note, language) if hotline.note else ""
            parts.append(f"☎️ {hotline.number}: {_say(content, hotline.who, language)} {note}")
    cites = [
        _say(content, source.cite, language)
        for name in node.sources
        if (source := content.catalog.sources.get(name))
    ]
    if cites:
        parts.append(f"{', '.join(cites)}, {TYPICAL_VALUE}")
    return "\n\n".join(parts)


def _values(content: Content) -> Mapping[str, str]:
    amounts = {
        n: f"{money.amount} {money.currency}" for n, money in content.catalog.amounts.items()
    }
    return {**{n: hotline.number for n, hotline in content.catalog.hotlines.items()}, **amounts}


def _labels(content: Content, node: Node, language: str) -> list[str]:
    options = node.options.values() if isinstance(node, Choose | Ask) else ()
    labels = [_say(content, option.label, language) for option in options]
    many = isinstance(node, Choose) and node.many
    return [*labels, _say(content, DONE, language)] if many else labels


def _say(content: Content, phrase: Phrase, language: str) -> str:
    return content.texts.find(phrase, language) or content.texts.find(phrase, SOURCE_LANGUAGE) or ""
