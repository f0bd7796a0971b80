"""Why something was not done, as the key of a sentence for the lawyer."""

from bot.errors import (
    AtCapacity,
    BadInput,
    Conflict,
    ConflictUndeclared,
    HamrahError,
    NotAllowed,
    NotFound,
)


def why_of(error: HamrahError) -> str:
    """The key in phrases.WHY."""
    match error:
        case BadInput(reason="empty"):
            return "empty"
        case BadInput(field="duty"):
            return "duty_taken"
        case BadInput(reason="too long"):
            return "too_long"
        case ConflictUndeclared():
            return "undeclared"
        case NotFound():
            return "not_yours"
        case AtCapacity():
            return "full"
        case Conflict():
            return "moved"
        case NotAllowed():
            return "not_allowed"
    return "other"
