"""The rules of the wording in each language: missing, stale, or other than the English (E11, E12,
W1, W2).
"""

import re
from collections.abc import Iterator, Sequence

from flows import phrases as engine_phrases
from flows.load import phrases_of
from flows.model import Ask, AskKind, Flow, Phrase
from flows.texts import DOMAIN, SOURCE_LANGUAGE
from flows.tools.lint.content import Content
from flows.tools.lint.problem import Problem, Severity

FIELD = re.compile(r"\{(\w+)\}")
MAX_BUBBLE = 350  # characters; more is scrolled past on a small screen
MAX_WORDS = 28  # of a sentence
MAX_NAMED = 3  # texts that are named one by one
PERSONAL_KINDS = frozenset({AskKind.PHONE, AskKind.PHOTO, AskKind.VOICE})
PERSONAL = re.compile(
    r"\b(names?|passport number|phone|address|street|e-?mail|birth|birthday|born|"
    r"where (do )?you live)\b",
    re.IGNORECASE,
)
NEGATION = re.compile(r"\b(not|never|no)\b|n't\b", re.IGNORECASE)


def fields_of(text: str) -> tuple[str, ...]:
    """The names that a text inserts: {limit}."""
    return tuple(dict.fromkeys(FIELD.findall(text)))


def sentences(text: str) -> list[str]:
    """The sentences of an English text, with their marks."""
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def is_personal(node: Ask) -> bool:
    """Whether an open question asks for what tells who somebody is."""
    return node.kind in PERSONAL_KINDS or any(
        PERSONAL.search(sentence) and not NEGATION.search(sentence)
        for sentence in sentences(node.text.text)
    )


def path_of(flow: Flow, phrase: Phrase) -> list[str]:
    """Where a text of a flow stands: its node, and its option there."""
    _, first, *rest = phrase.context.split(".")
    node = flow.nodes.get(first)
    if rest and rest[0] in getattr(node, "options", {}):
        return [first, "options", rest[0]]
    return [first]


def no_catalog(content: Content) -> Iterator[Problem]:
    """E11: a language that is declared and has no catalog at all."""
    for language in content.languages:
        if language not in content.texts.languages:
            message = f"is declared, but there is no locales/{language}/LC_MESSAGES/{DOMAIN}.po"
            mend = f"Run `hamrah locales update --add {language}` and translate it."
            yield content.table_problem(
                "E11", "languages.yaml", ["languages", language], message, mend
            )


def unknown_flows(content: Content) -> Iterator[Problem]:
    """E11: a language that is to have a flow which does not exist."""
    for language, flows in content.languages.items():
        for flow in sorted((flows or set()) - content.flows.keys()):
            message = f"lists the flow {flow!r}, which does not exist"
            yield content.table_problem(
                "E11", "languages.yaml", ["languages", language], message, "Remove it here."
            )


def untranslated(content: Content) -> Iterator[Problem]:
    """E11: a text that is missing in a language which is to have its flow."""
    for language in content.languages:
        if language in content.texts.languages:
            for flow in content.flows.values():
                if content.covers(language, flow.id):
                    missing = [
                        phrase
                        for phrase in _texts_behind(content, flow)
                        if content.texts.find(phrase, language) is None
                        and phrase.context not in content.stale.get(language, ())
                    ]
                    mend = f"Translate it in locales/{language}/LC_MESSAGES/{DOMAIN}.po."
                    yield from _each(
                        content, "E11", flow, missing, f"not there in {language}", mend
                    )


def stale(content: Content) -> Iterator[Problem]:
    """W1: a translation whose English has changed; it is shown to nobody."""
    for language, contexts in content.stale.items():
        for flow in content.flows.values():
            if content.covers(language, flow.id):
                old = [p for p in _texts_behind(content, flow) if p.context in contexts]
                mend = f"Until it is renewed, the flow is not offered in {language}."
                message = f"older in {language} than in English"
                yield from _each(content, "W1", flow, old, message, mend)


def engine_untranslated(content: Content) -> Iterator[Problem]:
    """E11: what the engine says, in a language that is to be whole."""
    known = [p for p in vars(engine_phrases).values() if isinstance(p, Phrase)]
    known += [*engine_phrases.BUTTONS.values(), *engine_phrases.WORDS.values()]
    for language, flows in content.languages.items():
        if flows is None and language in content.texts.languages:
            missing = [p.context for p in known if content.texts.find(p, language) is None]
            if missing:
                message = f"{len(missing)} texts of the engine are not translated: {_few(missing)}"
                mend = f"Translate them in locales/{language}/LC_MESSAGES/{DOMAIN}.po."
                yield content.table_problem(
                    "E11", "languages.yaml", ["languages", language], message, mend
                )


def voices(content: Content) -> Iterator[Problem]:
    """E11 (a warning): a voice file that a node names and a language does not have."""
    for flow in content.flows.values():
        wanted = [
            SOURCE_LANGUAGE,
            *(lang for lang in content.languages if content.covers(lang, flow.id)),
        ]
        for node in flow.nodes.values():
            absent = [
                x for x in wanted if node.media and node.media not in content.media.get(x, ())
            ]
            if absent:
                message = f"the voice file {node.media!r} is missing in {', '.join(absent)}"
                mend = f"Put it into the folder media/{absent[0]}, or remove `media`."
                yield content.problem("E11", flow.id, [node.id], message, mend, Severity.WARNING)


def fields_differ(content: Content) -> Iterator[Problem]:
    """E12: a translation that inserts other values than the English."""
    for flow in content.flows.values():
        for phrase in phrases_of(flow):
            for language, text in _translations(content, phrase):
                ours, theirs = set(fields_of(phrase.text)), set(fields_of(text))
                for name in sorted(ours ^ theirs):
                    how = "does not insert" if name in ours else "inserts"
                    than = "but the English does" if name in ours else "but the English does not"
                    message = f"in {language} {_what(flow, phrase)} {how} {{{name}}}, {than}"
                    mend = "Copy what stands in braces letter by letter."
                    yield content.problem("E12", flow.id, path_of(flow, phrase), message, mend)


def stray_braces(content: Content) -> Iterator[Problem]:
    """E12: a brace that belongs to no {name}."""
    for flow in content.flows.values():
        for phrase in phrases_of(flow):
            for language, text in [(SOURCE_LANGUAGE, phrase.text), *_translations(content, phrase)]:
                if re.search(r"[{}]", FIELD.sub("", text)):
                    message = f"in {language} {_what(flow, phrase)} has a brace without a name"
                    mend = "A value is inserted by {name}: letters, digits and _ in braces."
                    yield content.problem("E12", flow.id, path_of(flow, phrase), message, mend)


def long_bubbles(content: Content) -> Iterator[Problem]:
    """W2: a text that is too long for one look at a small screen."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            phrase = getattr(node, "text", None)
            if not isinstance(phrase, Phrase):
                continue
            for language, text in [(SOURCE_LANGUAGE, phrase.text), *_translations(content, phrase)]:
                if len(text) > MAX_BUBBLE:
                    message = (
                        f"in {language} the text has {len(text)} characters; {MAX_BUBBLE} read well"
                    )
                    yield content.problem(
                        "W2", flow.id, [node.id], message, "Make two nodes of it."
                    )


def long_sentences(content: Content) -> Iterator[Problem]:
    """W2: an English sentence that is hard to read, and to translate."""
    for flow in content.flows.values():
        for node in flow.nodes.values():
            phrase = getattr(node, "text", None)
            for sentence in sentences(phrase.text) if isinstance(phrase, Phrase) else ():
                if len(sentence.split()) > MAX_WORDS:
                    start = " ".join(sentence.split()[:4])
                    message = f"a sentence has {len(sentence.split())} words: {start!r} …"
                    yield content.problem("W2", flow.id, [node.id], message, "Make two of it.")


def _texts_behind(content: Content, flow: Flow) -> Iterator[Phrase]:
    """All that has to be there in a language before a flow is offered in it."""
    yield from phrases_of(flow)
    nodes = flow.nodes.values()
    for source in sorted({s for node in nodes for s in node.sources}):
        if source in content.sources.sources:
            yield content.catalog.sources[source].cite
    for name in sorted({h for node in nodes for h in node.hotlines}):
        if name in content.hotlines.hotlines:
            hotline = content.catalog.hotlines[name]
            yield hotline.who
            if hotline.note:
                yield hotline.note


def _translations(content: Content, phrase: Phrase) -> Iterator[tuple[str, str]]:
    for language in content.texts.languages:
        if language != SOURCE_LANGUAGE and (text := content.texts.find(phrase, language)):
            yield language, text


def _each(
    content: Content, code: str, flow: Flow, found: Sequence[Phrase], what: str, mend: str
) -> Iterator[Problem]:
    """A problem for each text; one for all where they are many."""
    if len(found) > MAX_NAMED:
        named = _few([phrase.context for phrase in found])
        yield content.problem(
            code, flow.id, ["title"], f"{len(found)} texts are {what}: {named}", mend
        )
        return
    for phrase in found:
        own = phrase.context.startswith(f"{flow.id}.")
        path = path_of(flow, phrase) if own else ["title"]
        subject = _what(flow, phrase) if own else phrase.context
        yield content.problem(code, flow.id, path, f"{subject} is {what}", mend)


def _what(flow: Flow, phrase: Phrase) -> str:
    _, *parts = phrase.context.split(".")
    match parts:
        case [_, *rest, "also"] if rest:
            return f"'also' of the answer {rest[0]!r}"
        case [_, "retry"]:
            return "'retry'"
        case [_, option]:
            return f"the answer {option!r}"
        case [("title" | "keywords") as key] if key not in flow.nodes:
            return f"the {key}"
    return "the text"


def _few(names: Sequence[str]) -> str:
    more = ", …" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
