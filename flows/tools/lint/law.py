"""The rules of the law behind the texts: each statement has a source, none is old (E16, W6)."""

import re
from collections.abc import Iterator
from datetime import timedelta

from flows.model import Phrase
from flows.tools.lint.content import Content
from flows.tools.lint.live import names_in, parse, sources_of
from flows.tools.lint.problem import Problem, Severity
from flows.tools.lint.wording import fields_of, sentences
from flows.voices import voice_name

GRACE = timedelta(days=30)  # after review_by: a warning, then an error

NUMBER = r"(\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|twelve)"
PERIOD = r"((calendar|working) )?(hours?|days?|weeks?|months?|years?)"
SAID = {  # what a sentence states -> the words by which it is known; "fine, go on" is no penalty
    "an amount": (rf"{NUMBER} ?(AZN|manats?|percent|per cent)\b", r"\d ?%"),
    "a time limit": (
        rf"{NUMBER}[- ]{PERIOD}",
        r"once an? (week|month|year)",
        r"deadlines?|time limits?",
    ),
    "a penalty": (
        r"(a|an|the|of|this|risk|pay) fines?\b(?! (if|with|for you))|fines|fined",
        r"arrest(ed)?|penalt(y|ies)|punish(ed|ment|able)|prison|jail(ed)?|deport(ed|ation)?|detained",
        r"crimes?|criminal|banned|entry ban|leave the country",
    ),
    "a right": (
        r"(have|has|had|your|same|no|a|the|these) rights?\b(?! (now|away|one|answer|day|place))",
        r"right to|rights|entitled|(are|is|be) owed|may (not|only)",
        r"(you|employers?|workers?|children|foreigners) may(?! (feel|know|like|need|want))",
        r"(allowed|permitted) to|(nobody|no one) (may|can)|free of charge|(can|may) complain",
    ),
    "a duty": (
        r"must|(has|have|had) to\b(?! (ask|check|look|see|think|wait))",
        r"obliged|obligations?|required|duty|duties",
        r"needs? (a|the|your) (work )?(permit|visa|registration|licence)",
    ),
    "the law": (
        r"(by|the|a|this|under) law|laws?\b(?= (says|lists|gives|allows|forbids))",
        r"(il|un)?legal(ly)?|(un)?lawful(ly)?|forbidden|forbids|prohibit(s|ed)",
        r"(Labour|Migration|Criminal) Code|Constitution|article \d+",
    ),
}
STATEMENTS = {
    what: re.compile("|".join(rf"\b({words})(?!\w)" for words in said), re.IGNORECASE)
    for what, said in SAID.items()
}


def statement_in(text: str) -> tuple[str, str] | None:
    """What a text states that needs a source, and the words that say it; None for nothing."""
    for sentence in sentences(text):
        for what, words in STATEMENTS.items():
            found = words.search(sentence)
            if found and not sentence.endswith("?"):
                return what, found[0]
    return None


def no_source(content: Content) -> Iterator[Problem]:
    """E16: a statement of law without a source."""
    for flow in content.flows.values():
        for node in flow.nodes.values() if flow.legal else ():
            text = getattr(node, "text", None)
            if node.sources or not isinstance(text, Phrase):
                continue
            amounts = [a for a in fields_of(text.text) if a in content.sources.amounts]
            if amounts:
                source = content.sources.amounts[amounts[0]].source
                message = f"states {{{amounts[0]}}} without a source"
                yield content.problem(
                    "E16", flow.id, [node.id], message, f"Add `sources: [{source}]`."
                )
            elif stated := statement_in(text.text):
                what, words = stated
                message = f"states {what} without a source: {words!r}"
                mend = "Name what it rests on: `sources: [A27]`, or leave it to a lawyer."
                yield content.problem("E16", flow.id, [node.id], message, mend)


def out_of_date(content: Content) -> Iterator[Problem]:
    """E16: a source whose review is overdue; for thirty days a warning."""
    lines = content.lines["sources.yaml"]
    used = _used_sources(content)
    for name, source in content.sources.sources.items():
        if name in used and content.today > source.review_by:
            over = content.today > source.review_by + GRACE
            message = f"should have been read again by {source.review_by}; nodes name it"
            yield Problem(
                lines.file,
                lines.line("sources", name, "review_by"),
                name,
                "E16",
                message,
                "Compare it with the law, then change read_on and review_by.",
                Severity.ERROR if over else Severity.WARNING,
            )


def hotlines_without_source(content: Content) -> Iterator[Problem]:
    """E16: a number to call that names a source which is not there."""
    for name, hotline in content.hotlines.hotlines.items():
        if hotline.source not in content.catalog.sources:
            message = f"names the source {hotline.source!r}, not in sources.yaml"
            yield content.table_problem(
                "E16", "hotlines.yaml", ["hotlines", name], message, "Write it there."
            )


def unused(content: Content) -> Iterator[Problem]:
    """W6: what stands in a table or a folder and is named nowhere."""
    nodes = [node for flow in content.flows.values() for node in flow.nodes.values()]
    inserted = {
        name
        for node in nodes
        if isinstance(text := getattr(node, "text", None), Phrase)
        for name in fields_of(text.text)
    }
    inserted |= {name for node in nodes for s in sources_of(node) for _, name in names_in(parse(s))}
    for name in content.sources.sources.keys() - _used_sources(content):
        yield content.table_problem(
            "W6", "sources.yaml", ["sources", name], "no node names it", "Remove it, or name it."
        )
    for name in content.sources.amounts.keys() - inserted:
        yield content.table_problem(
            "W6",
            "sources.yaml",
            ["amounts", name],
            "no text inserts it",
            "Remove it, or insert it.",
        )
    named = {hotline for node in nodes for hotline in node.hotlines} | inserted
    for name in content.hotlines.hotlines.keys() - named:
        yield content.table_problem(
            "W6", "hotlines.yaml", ["hotlines", name], "no node names it", "Remove it, or name it."
        )
    played = {voice_name(flow, n) for flow in content.flows.values() for n in flow.nodes.values()}
    for language, names in content.media.items():
        for name in sorted(names - played):
            yield Problem(
                f"{content.media_folder}/{language}",
                1,
                name,
                "W6",
                "no node plays this file",
                "Remove it: `hamrah flows voices` gives the right names.",
                Severity.WARNING,
            )


def _used_sources(content: Content) -> set[str]:
    named = {s for flow in content.flows.values() for n in flow.nodes.values() for s in n.sources}
    named |= {amount.source for amount in content.sources.amounts.values()}
    return named | {hotline.source for hotline in content.hotlines.hotlines.values()}
