"""The rules of names and typed words: each means one thing (E6, E14, E15)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from flows.fold import DONE, SIDE_TRIPS
from flows.match import normal
from flows.model import Ask, Choose, Command, End, Flow, Option, Run
from flows.phrases import WORDS
from flows.texts import split_words
from flows.tools.lint.content import Content
from flows.tools.lint.problem import Problem

ENGINE_FIELDS = frozenset({"today", "worst", "amount"})


def commands(content: Content) -> Mapping[str, Command]:
    """Every word that is a command, in any language."""
    return {
        normal(word): command
        for command, phrase in reversed(list(WORDS.items()))
        for language in content.texts.languages
        for word in split_words(content.texts.find(phrase, language))
    }


def keyword_clashes(content: Content) -> Iterator[Problem]:
    """E14: a keyword that belongs to two flows, or to a command."""
    owners: dict[str, str] = {}
    taken = commands(content)
    for flow in content.flows.values():
        told: set[str] = set()
        for word in _keywords(content, flow):
            if word in told:
                continue
            told.add(word)
            other = owners.setdefault(word, flow.id)
            if word in taken:
                message = f"the keyword {word!r} is the command {taken[word].value!r}"
                yield content.problem("E14", flow.id, ["keywords"], message, "Choose another word.")
            elif other != flow.id:
                message = f"the keyword {word!r} also belongs to the flow {other!r}"
                mend = "Leave it with one of them."
                yield content.problem("E14", flow.id, ["keywords"], message, mend)


def command_answers(content: Content) -> Iterator[Problem]:
    """E14: an answer that nobody can type, because its word is a command."""
    taken = commands(content)
    for flow, node, option in _options(content):
        target = flow.nodes.get(option.next)
        leads = target.flow if isinstance(target, Run) else None
        for language in content.texts.languages:
            for word in _words(content, option, language):
                command = taken.get(word)
                if command and SIDE_TRIPS.get(command) != (leads or ""):
                    message = (
                        f"in {language} the word {word!r} of the answer {option.id!r} is the "
                        f"command {command.value!r}"
                    )
                    path = [node.id, "options", option.id]
                    yield content.problem("E14", flow.id, path, message, "Choose another word.")


def ambiguous_answers(content: Content) -> Iterator[Problem]:
    """E15: two answers of a question that are the same word in a language."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if not isinstance(node, Choose | Ask):
                continue
            for language in content.texts.languages:
                owners: dict[str, list[str]] = defaultdict(list)
                for option in node.options.values():
                    for word in set(_words(content, option, language)):
                        owners[word].append(option.id)
                for word, ids in owners.items():
                    if len(ids) > 1:
                        both = " and ".join(repr(i) for i in ids)
                        message = f"in {language} {word!r} can mean the answers {both}"
                        path = [node.id, "options", ids[-1]]
                        mend = "Leave the word with one of them."
                        yield content.problem("E15", flow.id, path, message, mend)


def taken_ids(content: Content) -> Iterator[Problem]:
    """E6: names that mean something else already."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, Choose) and node.many and DONE in node.options:
                message = f"the answer {DONE!r} has the id of the button that ends the question"
                path = [node.id, "options", DONE]
                yield content.problem("E6", flow.id, path, message, "Give it another id.")
            for name in (*node.compute, getattr(node, "save", None)):
                what = _taken(content, name or "")
                if what:
                    message = f"saves as {name!r}, which is {what}"
                    yield content.problem("E6", flow.id, [node.id], message, "Choose another name.")


def repeated_outcomes(content: Content) -> Iterator[Problem]:
    """E6: an outcome that is stated twice: nobody would know which one was meant."""
    for flow in content.flows.values():
        seen: dict[str, str] = {}
        for node in flow.nodes.values():
            if isinstance(node, End):
                first = seen.setdefault(node.outcome, node.id)
                if first != node.id and (flow.id, node.id) not in content.stand_ins:
                    message = f"the outcome {node.outcome!r} is stated in {first!r} already"
                    mend = f"Lead here to {first!r}, or give it a name of its own."
                    yield content.problem("E6", flow.id, [node.id], message, mend)


def _taken(content: Content, name: str) -> str:
    if name in ENGINE_FIELDS:
        return "a word of the engine"
    if name in content.flows:
        return "the name of a flow"
    if name in content.sources.amounts:
        return "an amount of sources.yaml"
    return "a number of hotlines.yaml" if name in content.hotlines.hotlines else ""


def _keywords(content: Content, flow: Flow) -> Iterator[str]:
    for language in content.texts.languages:
        if flow.keywords:
            yield from map(normal, split_words(content.texts.find(flow.keywords, language)))


def _options(content: Content) -> Iterator[tuple[Flow, Choose | Ask, Option]]:
    for flow in content.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, Choose | Ask):
                for option in node.options.values():
                    yield flow, node, option


def _words(content: Content, option: Option, language: str) -> list[str]:
    label = content.texts.find(option.label, language)
    also = split_words(content.texts.find(option.also, language)) if option.also else ()
    return [word for word in map(normal, (label or "", *also)) if word]
