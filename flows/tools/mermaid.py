"""The picture of a flow as text of Mermaid, for pages that draw it."""

from collections.abc import Iterable, Mapping

from flows.tools.boxes import Box, Label
from flows.tools.graph import COLOURS, INK

SHAPES: Mapping[str, tuple[str, str]] = {
    "choose": ("[", "]"),
    "ask": ("[/", "/]"),
    "say": ("(", ")"),
    "branch": ("{{", "}}"),
    "run": ("[[", "]]"),
    "escalate": ("[\\", "/]"),
    "end": ("([", "])"),
}


def mermaid(boxes: Iterable[Box], start: str) -> str:
    """A flow as a flowchart of Mermaid."""
    lines = ["flowchart TD", f"  begin(( )) --> {_id(start)}"]
    edges: list[str] = []
    for box in boxes:
        opening, closing = SHAPES[box.kind]
        words = " <br/> ".join(_quoted(part) for part in (box.heading, box.text) if part)
        lines.append(f'  {_id(box.node)}{opening}"{words}"{closing}:::{box.kind}')
        for way in box.exits:
            labels = " / ".join(_quoted(_with_flags(label)) for label in way.labels)
            arrow = f'-->|"{labels}"|' if labels else "-->"
            edges.append(f"  {_id(box.node)} {arrow} {_id(way.target)}")
    styles = [
        f"  classDef {kind} fill:{paper},stroke:{border},color:{INK}"
        for kind, (paper, border) in COLOURS.items()
    ]
    return "\n".join([*lines, *edges, *styles]) + "\n"


def _id(node: str) -> str:
    return f"n_{node}"  # "end" is a word of Mermaid's own


def _quoted(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace('"', "#quot;").replace("<", "&lt;").replace(">", "&gt;")
    )


def _with_flags(label: Label) -> str:
    return " ".join([label.text, *(f"⚑{severity}" for severity in label.flags.values())])
