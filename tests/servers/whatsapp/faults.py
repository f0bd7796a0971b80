"""What goes wrong with calls: Meta's own errors; the wire's are those of the local Telegram."""

from dataclasses import dataclass

from tests.servers.telegram.faults import (
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Hold,
    Slow,
)


@dataclass(frozen=True)
class GraphError:
    """Answer with this code; the call has no effect."""

    code: int
    status: int = 400
    transient: bool = False


@dataclass(frozen=True)
class LaterError:
    """Take the message and tell by a receipt that it failed."""

    code: int


Fault = (
    GraphError | LaterError | Broken | BadGateway | DropBefore | DropAfter | CutAnswer | Slow | Hold
)
STATUS_OF = {0: 401, 190: 401, 131000: 500, 131016: 500, 130429: 429, 4: 429, 80007: 429}


class Refused(Exception):
    """A call that Meta does not carry out."""

    def __init__(self, code: int, details: str = "", status: int = 0, transient: bool = False):
        super().__init__(details)
        self.code, self.details, self.transient = code, details, transient
        self.status = status or STATUS_OF.get(code, 400)

    def as_json(self) -> dict[str, object]:
        """The error as it stands in an answer or a receipt."""
        return {
            "message": f"(#{self.code}) refused",
            "type": "OAuthException",
            "code": self.code,
            "is_transient": self.transient,
            "error_data": {"messaging_product": "whatsapp", "details": self.details},
            "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam",
        }
