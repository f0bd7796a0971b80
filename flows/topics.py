"""The topics of the menu: how each is reached, and the code by which a link names it.

A code betrays nothing to who reads the link on a poster or in a browser's history. It is made from
the flow's name, so it needs no table and stays the same as long as the flow is called so.
"""

from collections import deque
from hashlib import sha256

from flows.fold import MENU, Catalog
from flows.model import Answer, Choose, Run

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that could be taken for another
CODE_LENGTH = 4


def topics(catalog: Catalog) -> dict[str, tuple[Answer, ...]]:
    """Each flow that the menu leads to, with the answers that lead there, nearest first."""
    menu = catalog.flow(MENU)
    found: dict[str, tuple[Answer, ...]] = {}
    if menu is None:
        return found
    waiting: deque[tuple[str, tuple[Answer, ...]]] = deque([(menu.start, ())])
    seen = {menu.start}
    while waiting:
        at, path = waiting.popleft()
        node = menu.nodes.get(at)
        if isinstance(node, Run):
            found.setdefault(node.flow, path)
        elif isinstance(node, Choose) and not node.many:
            for option in node.options.values():
                if option.next not in seen:
                    seen.add(option.next)
                    step = Answer(MENU, node.id, (option.id,), chosen=True)
                    waiting.append((option.next, (*path, step)))
    return found


def code_of(flow: str) -> str:
    """The code of a flow, as it stands in links."""
    number = int.from_bytes(sha256(f"topic {flow}".encode()).digest()[:8], "big")
    letters = ""
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters += LETTERS[letter]
    return letters


def find_topic(catalog: Catalog, code: str) -> str | None:
    """The flow that this code names; None for any other code."""
    return next((flow for flow in topics(catalog) if code_of(flow) == code), None)
