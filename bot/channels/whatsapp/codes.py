"""Meta's error codes, and what we do about each (PLATFORMS.md 1b; read 2026-11-22).

They come in the answer to a call or later, in a receipt: the action is the same. What only the
office can mend raises an alert; what would hold up everybody for one person's sake does not.
"""

from datetime import timedelta

import structlog

from bot.errors import (
    Declined,
    DeliveryError,
    NeedsNumber,
    OptedOut,
    Rejected,
    TryLater,
    Unreachable,
    WindowClosed,
)

log = structlog.get_logger()

TOKEN = (0, 190)
RATE = (4, 80007, 130429)
PAIR_RATE = 131056
RESTRICTED = (131048, 131064)
WINDOW = 131047
MARKETING_LIMIT = 131049
OPTED_OUT = 131050
EXPERIMENT = 130472
UNDELIVERABLE = 131026
MEDIA_LOST = 131052  # what they sent
MEDIA_REFUSED = 131053  # what we sent
TEMPLATE_STOPPED = (132015, 132016)
TRANSIENT = (1, 2, 131000, 131016, 131057)
ACCOUNT = (368, 131031, 131042)
COUNTRY = 130497
NEEDS_PHONE = 131062

TOKEN_SECONDS = 60.0
RATE_SECONDS = (2.0, 8.0, 30.0, 120.0)
PAIR_SECONDS = 6.0  # then four times as long, each time
LONGEST_PAIR_SECONDS = 3600.0
RESTRICTED_SECONDS = 3600.0
ACCOUNT_SECONDS = 900.0
MARKETING_WAIT = timedelta(hours=24)
UNDELIVERABLE_TRIES = 3
UNDELIVERABLE_SECONDS = 600.0


def error_of(
    code: int, attempt: int, *, transient: bool = False, status: int = 400
) -> DeliveryError:
    """What this code means for a message at its so-manieth attempt."""
    if code in TOKEN:
        log.error("whatsapp.token_refused", code=code)
        return TryLater("token refused", TOKEN_SECONDS, whole_account=True, alert="token")
    if code in RATE or (code == 429 and status == 429):
        wait = RATE_SECONDS[min(attempt, len(RATE_SECONDS)) - 1]
        log.warning("whatsapp.rate", code=code, seconds=wait)
        return TryLater(f"{code} rate", wait, whole_account=True)
    if code == PAIR_RATE:
        wait = min(PAIR_SECONDS * 4 ** min(attempt - 1, 8), LONGEST_PAIR_SECONDS)
        return TryLater(f"{code} pair rate", wait)
    if code in RESTRICTED:
        log.error("whatsapp.number_restricted", code=code)
        wait = RESTRICTED_SECONDS
        return TryLater(f"{code} restricted", wait, announcements=True, alert="restricted")
    if code == WINDOW:
        return WindowClosed()
    if code == MARKETING_LIMIT:
        return Declined(f"{code} marketing limit", announcements_after=MARKETING_WAIT)
    if code == EXPERIMENT:
        return Declined(f"{code} experiment")
    if code == OPTED_OUT:
        return OptedOut(f"{code} opted out")
    if code == UNDELIVERABLE:
        if attempt < UNDELIVERABLE_TRIES:
            return TryLater(f"{code} undeliverable", UNDELIVERABLE_SECONDS)
        return Unreachable()
    if code == NEEDS_PHONE:
        return NeedsNumber(f"{code} needs the number")
    if code == MEDIA_REFUSED:
        return Rejected(f"{code} file refused")
    if code in TEMPLATE_STOPPED:
        log.error("whatsapp.template_stopped", code=code)
        return Rejected(f"{code} template", alert="template", stops_announcement=True)
    if code in ACCOUNT:
        log.error("whatsapp.account", code=code)
        wait = ACCOUNT_SECONDS
        return TryLater(f"{code} account", wait, whole_account=True, alert="account")
    if code == COUNTRY:  # stops for who is there: to the others we may write
        log.error("whatsapp.country", code=code)
        return TryLater(f"{code} country", ACCOUNT_SECONDS, alert="country")
    if code in TRANSIENT or transient or status >= 500:
        return TryLater(f"{code} transient")
    log.error("whatsapp.refused", code=code)  # our own fault
    return Rejected(f"{code} refused", alert="refused")
