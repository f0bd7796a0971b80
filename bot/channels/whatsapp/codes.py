"""Meta's error codes, and what we do about each (PLATFORMS.md 1b; read 2026-11-22).

They come in the answer to a call or later, in a receipt: the action is the same.
"""

from typing import Final

import structlog

from bot.errors import (
    Declined,
    DeliveryError,
    OptedOut,
    Rejected,
    TryLater,
    Unreachable,
    WindowClosed,
)
from storage.records import Kind

log = structlog.get_logger()

TOKEN = (0, 190)
RATE = (4, 80007, 130429)
PAIR_RATE: Final = 131056
RESTRICTED = (131048, 131064)
WINDOW: Final = 131047
MARKETING_LIMIT: Final = 131049
OPTED_OUT: Final = 131050
EXPERIMENT: Final = 130472
UNDELIVERABLE: Final = 131026
MEDIA = (131051, 131052, 131053)
OUR_FAULT = (100, 131021, 131008, 131009, 132000, 132001, 132012)
TEMPLATE_STOPPED = (132015, 132016)
TRANSIENT = (1, 2, 131000, 131016, 131057)
ACCOUNT = (368, 131031, 131042)
COUNTRY: Final = 130497
NEEDS_PHONE: Final = 131062

TOKEN_SECONDS = 60.0
RATE_SECONDS = (2.0, 8.0, 30.0, 120.0)
PAIR_SECONDS = 6.0  # then four times as long, each time
LONGEST_PAIR_SECONDS = 3600.0
RESTRICTED_SECONDS = 3600.0
ACCOUNT_SECONDS = 900.0
UNDELIVERABLE_TRIES = 3
UNDELIVERABLE_SECONDS = 600.0


def error_of(
    code: int, attempt: int, kind: Kind, *, transient: bool = False, status: int = 400
) -> DeliveryError:
    """What this code means for a message of this kind at its so-manieth attempt."""
    match code:
        case _ if code in TOKEN:
            log.error("whatsapp.token_refused", code=code)
            return TryLater("token refused", TOKEN_SECONDS, whole_account=True)
        case _ if code in RATE or (code == 429 and status == 429):
            wait = RATE_SECONDS[min(attempt, len(RATE_SECONDS)) - 1]
            log.warning("whatsapp.rate", code=code, seconds=wait)
            return TryLater(f"{code} rate", wait, whole_account=True)
        case 131056:
            wait = min(PAIR_SECONDS * 4 ** min(attempt - 1, 8), LONGEST_PAIR_SECONDS)
            return TryLater(f"{code} pair rate", wait)
        case _ if code in RESTRICTED:
            log.error("whatsapp.number_restricted", code=code)
            return TryLater(f"{code} restricted", RESTRICTED_SECONDS, announcements=True)
        case 131047:
            return WindowClosed()
        case 131049:
            return Declined(f"{code} marketing limit")
        case 130472:
            return Declined(f"{code} experiment")
        case 131050:
            return OptedOut(f"{code} opted out")
        case 131026:
            if attempt < UNDELIVERABLE_TRIES:
                return TryLater(f"{code} undeliverable", UNDELIVERABLE_SECONDS)
            return Unreachable()
        case _ if code in TEMPLATE_STOPPED and kind is Kind.ANNOUNCEMENT:
            log.error("whatsapp.template_stopped", code=code)
            return TryLater(f"{code} template", RESTRICTED_SECONDS, announcements=True)
        case _ if code in ACCOUNT:
            log.error("whatsapp.account", code=code)
            return TryLater(f"{code} account", ACCOUNT_SECONDS, whole_account=True)
        case _ if code in TRANSIENT or transient or status >= 500:
            return TryLater(f"{code} transient")
    # our own fault, or a country that Meta has closed to us: waiting would hold up everybody else
    log.error("whatsapp.refused", code=code)
    return Rejected(f"{code} refused")
