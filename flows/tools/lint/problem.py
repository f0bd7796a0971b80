"""What the check tells: one problem, in one place, with how to mend it."""

from dataclasses import dataclass, field
from enum import StrEnum

from flows.load import Fault


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"  # the content must not be published
    WARNING = "warning"  # somebody should look at it


@dataclass(frozen=True, order=True)
class Problem:
    """A sentence about a node (or another part) of a content file."""

    file: str
    line: int
    node: str
    code: str  # the rule: E0 to E16, W1 to W6
    message: str
    mend: str = ""
    severity: Severity = field(default=Severity.ERROR, compare=False)

    def __str__(self) -> str:
        node = f" {self.node}" if self.node else ""
        return f"{self.file}:{self.line}{node}: {self.message}"


def of_fault(fault: Fault) -> Problem:
    """A fault that stops the loading, as a problem."""
    return Problem(fault.file, fault.line, fault.where, fault.code, fault.message, fault.mend)
