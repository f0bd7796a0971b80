"""How the server says no: the codes and words of the real one."""

from typing import Any


class Refused(Exception):
    """A call that is answered with an error; nothing has happened."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters: dict[str, Any] = parameters


def bad(description: str, **parameters: int) -> Refused:
    """The caller's fault (400)."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refused:
    """The chat does not want the bot (403)."""
    return Refused(403, f"Forbidden: {description}")


def too_many(seconds: int) -> Refused:
    """The bot is too fast (429)."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def conflict(description: str) -> Refused:
    """Two things that exclude each other (409)."""
    return Refused(409, f"Conflict: {description}")
