"""Few messages a step: what the bot says at once is put together.

On WhatsApp each message costs, and on every phone each begins with a first line of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.messages import Outgoing
from bot.splitting import BREAK
from flows.limits import length, text_limit
from storage.records import CaseId, Kind


@dataclass(frozen=True)
class Letter:
    """A message that waits to be queued."""

    kind: Kind
    outgoing: Outgoing
    language: str
    case_id: CaseId | None


def pack(letters: Sequence[Letter]) -> list[Letter]:
    """The letters in as few as they fit into; a question ends one, and the lanes stay apart."""
    packed: list[Letter] = []
    for letter in letters:
        joined = packed and _joined(packed[-1], letter)
        if joined:
            packed[-1] = joined
        else:
            packed.append(letter)
    return packed


def _joined(first: Letter, second: Letter) -> Letter | None:
    before, after = first.outgoing, second.outgoing
    if before.question is not None or first.kind is not second.kind:
        return None
    text = BREAK.join(part for part in (before.text, before.source, after.text) if part)
    whole = BREAK.join(part for part in (text, after.source) if part)
    labels = [choice.label for choice in after.choices]
    if first.language != second.language or length(whole) > text_limit(labels):
        return None
    outgoing = replace(
        after,
        text=text,
        danger=before.danger or after.danger,
        harmless=before.harmless and after.harmless,
        case_button=before.case_button or after.case_button,
    )
    return Letter(second.kind, outgoing, second.language, second.case_id or first.case_id)
