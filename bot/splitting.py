"""Text in pieces that a platform takes: cut at a paragraph, else a line, a word, or anywhere."""

from collections.abc import Iterator

from flows.limits import length

BREAK = "\n\n"


def clean(text: str) -> str:
    """Text that can be sent: half an emoji cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def paragraphs(text: str, limit: int) -> Iterator[str]:
    """The paragraphs, none longer than the limit (in UTF-16 units)."""
    for paragraph in clean(text).split(BREAK):
        rest = paragraph.strip()
        while length(rest) > limit:
            head = _head(rest, limit)
            yield head.rstrip()
            rest = rest[len(head) :].lstrip()
        if rest:
            yield rest


def pieces(text: str, limit: int) -> list[str]:
    """The text in as few pieces as fit."""
    packed: list[str] = []
    for paragraph in paragraphs(text, limit):
        if packed and length(packed[-1] + BREAK + paragraph) <= limit:
            packed[-1] += BREAK + paragraph
        else:
            packed.append(paragraph)
    return packed


def _head(text: str, limit: int) -> str:
    """As much as fits into one message, cut at a line, else a word, else anywhere."""
    size = limit
    while length(text[:size]) > limit:
        size -= (length(text[:size]) - limit + 1) // 2
    for cut in ("\n", " "):
        at = text.rfind(cut, size // 2, size)
        if at > 0:
            return text[: at + 1]
    return text[:size]
