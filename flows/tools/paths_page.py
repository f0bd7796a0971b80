"""The table of paths as a page to print, with all texts: what a lawyer reads and signs."""

from collections.abc import Callable, Iterator
from html import escape

from flows.catalog import Catalog
from flows.model import Ask, Choose, Flow, Node, Phrase
from flows.tools.answers import reached
from flows.tools.boxes import ANSWERS
from flows.tools.html import direction, page
from flows.tools.paths import PathTable, Row
from flows.tools.play import DAY

Say = Callable[[Phrase], str]

STYLE = """\
body { font-size: 10pt; line-height: 1.35; margin: 1.5em auto; max-width: 75em; padding: 0 1em; }
h1 { font-size: 18pt; margin-bottom: 0; } h2 { font-size: 13pt; margin-top: 2em; }
h3 { font-size: 11pt; margin: 1.2em 0 0.2em; }
code, .id { font-family: 'DejaVu Sans Mono', monospace; font-size: 85%; color: #4a5568; }
p { margin: 0.2em 0; } ul { margin: 0.2em 0 0.6em; padding-inline-start: 1.4em; }
.law { color: #4a5568; font-size: 90%; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; }
th, td { border: 1px solid #a0aec0; padding: 0.25em 0.4em; text-align: start; vertical-align: top; }
th { background: #edf2f7; } tr { break-inside: avoid; } thead { display: table-header-group; }
.one { white-space: nowrap; }
.sign td { height: 3.5em; width: 33%; border: 0; border-bottom: 1px solid #1a202c; }
.U0, .red { color: #9b1c1c; font-weight: bold; } .U1, .orange { color: #c2410c; font-weight: bold; }
.U2, .yellow { color: #a16207; } .U3, .green { color: #4a5568; }
@page { size: A4 landscape; margin: 12mm; }
@media print { body { margin: 0; max-width: none; } h2 { break-after: avoid; } }
"""
HOW_TO_READ = """\
<p>A row is one conversation. <code>a|b</code>: one of these answers; they lead to the same.
<code>*</code>: any answer. <code>from..to</code>: any day or number between them.
<i>back to</i>: the conversation comes again to an earlier question and goes on from there.</p>
"""


def paths_page(catalog: Catalog, table: PathTable, say: Say, language: str) -> str:
    """The page of a flow; the texts are in `language`, as `say` gives them."""
    flow = catalog.flows[table.flow]
    parts = [
        f"<h1 {direction(language)}>{escape(say(flow.title))} "
        f'<span class="id">{escape(flow.id)}</span></h1>\n',
        f"<p>{escape(table.note[0].upper() + table.note[1:])}. Days are counted as if today were "
        f"{DAY:%d.%m.%Y}.</p>\n",
        f"<p>This table has the number <code>{table.hash}</code>.</p>\n",
        "<h2>1. What is asked and told</h2>\n",
    ]
    for known in reached(catalog, flow.id).values():
        if known.id != flow.id:
            parts.append(f'<h3>In <span class="id">{escape(known.id)}</span></h3>\n')
        parts += _texts(known, catalog, say, language)
    parts += [
        "<h2>2. The paths</h2>\n",
        *_paths(table),
        "<h2>3. Signature</h2>\n",
        _signature(table),
    ]
    return page(f"{flow.id}: paths", STYLE, "".join(parts))


def _texts(flow: Flow, catalog: Catalog, say: Say, language: str) -> Iterator[str]:
    for node in flow.nodes.values():
        text = getattr(node, "text", None)
        if not isinstance(text, Phrase):
            continue
        words = escape(say(text)).replace("\n", "<br>")
        yield f'<h3 class="id">{escape(node.id)}</h3>\n<p {direction(language)}>{words}</p>\n'
        yield from _law(node, catalog, say)
        if isinstance(node, Choose | Ask):
            answers = [
                f'<li><span class="id">{escape(o.id)}</span> '
                f"<span {direction(language)}>{escape(say(o.label))}</span></li>"
                for o in node.options.values()
            ]
            if isinstance(node, Ask):
                answers.insert(0, f"<li>{ANSWERS[node.kind]}</li>")
            yield f"<ul>{''.join(answers)}</ul>\n"


def _law(node: Node, catalog: Catalog, say: Say) -> Iterator[str]:
    cites = [f"{say(catalog.sources[s].cite)} ({s})" for s in node.sources]
    if cites:
        yield f'<p class="law">Law: {escape("; ".join(cites))}</p>\n'
    numbers = [
        f"{catalog.hotlines[h].number} {say(catalog.hotlines[h].who)}" for h in node.hotlines
    ]
    if numbers:
        yield f'<p class="law">☎ {escape("; ".join(numbers))}</p>\n'


def _paths(table: PathTable) -> Iterator[str]:
    names = ("", "Answers", "Outcome", "Flags", "Urgency", "Case for", "Told", "Law", "Numbers")
    heads = "".join(f"<th>{name}</th>" for name in names)
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    for number, row in enumerate(table.rows, start=1):
        yield f"<tr><td>{number}</td>{''.join(f'<td>{cell}</td>' for cell in _cells(row))}</tr>\n"
    yield "</tbody></table>\n"


def _cells(row: Row) -> Iterator[str]:
    answers = (
        f'<span class="one"><span class="id">{escape(question)}</span> {escape(kind)}</span>'
        for question, kind in row.answers
    )
    yield " · ".join(answers)
    yield escape(row.outcome)
    yield "<br>".join(
        f'{escape(category)} <span class="{escape(severity)}">{escape(severity)}</span>'
        for category, severity in row.flags
    )
    yield f'<span class="{escape(row.urgency)}">{escape(row.urgency)}</span>'
    yield escape(row.queue)
    yield "<br>".join(map(escape, row.tells))
    yield ", ".join(map(escape, row.sources))
    yield "<br>".join(f'<span class="one">{escape(number)}</span>' for number in row.hotlines)


def _signature(table: PathTable) -> str:
    return (
        f"<p>I have read the texts and the paths of this page (<code>{table.hash}</code>). "
        "I agree with them.</p>\n"
        '<table class="sign"><tr><td>Name</td><td>Date</td><td>Signature</td></tr></table>\n'
        f"<p>Then: <code>hamrah flows sign {escape(table.flow)} --name &quot;…&quot;</code></p>\n"
    )
