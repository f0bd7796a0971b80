"""Codes of six signs that people read out, type and find on posters."""

import secrets

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
LENGTH = 6
PATTERN = rf"[{ALPHABET}]{{{LENGTH}}}"


def new_code() -> str:
    """One that nobody guesses within an office's few."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
