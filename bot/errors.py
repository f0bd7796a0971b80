"""What can go wrong, and for whom the answer is.

    HamrahError
    ├─ NotFound           absent, or hidden from who asks: outside both look the same
    │  └─ ConflictUndeclared   (case_id) to be read only after a word on conflict of interest
    ├─ NotAllowed
    ├─ DoneBefore         (led_to) the same form was sent twice; it was done once
    ├─ TooManyTries       too many wrong tries to sign in: wait some minutes
    ├─ BadInput           (field, reason)
    ├─ Conflict
    │  ├─ CaseAlreadyClaimed   (claimed_by, claimed_at)
    │  ├─ CaseNotInState       (expected, found)
    │  ├─ AtCapacity           (cap) this lawyer has as many cases as one may have
    │  ├─ AnnouncementNotInState  (found)
    │  └─ WorkshopMovedOn
    └─ DeliveryError
       ├─ TryLater        (after_seconds) certainly not delivered; the same message may work later
       ├─ NoAnswer        the call ended without an answer: it may have arrived
       ├─ Unreachable     the person blocked us or left
       ├─ WindowClosed    WhatsApp: needs a template
       ├─ NeedsNumber     WhatsApp: goes only to a phone number, and none is known
       ├─ Declined        the platform will not bring this one message to this person
       │  └─ OptedOut     because the person has told the platform so
       └─ Rejected        our bug: the platform will never take this
    SettingsError         stops the start; lists every fault at once (flows.load.FlowError too)

Actions raise these; each edge turns them into words in its reader's language.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


class HamrahError(Exception):
    """The root of our own errors."""


class NotFound(HamrahError):
    """There is nothing here that you may see."""


@dataclass
class ConflictUndeclared(NotFound):
    """There is a case that you may read once you have said that there is no conflict."""

    case_id: int


class NotAllowed(HamrahError):
    """Your role does not permit this."""


@dataclass
class DoneBefore(HamrahError):
    """This very form was sent before, and done then; `led_to` is "" where that is not known."""

    led_to: str


class TooManyTries(HamrahError):
    """Wait some minutes before the next try."""


@dataclass
class BadInput(HamrahError):
    """A field of a form cannot be used; `reason` is a short code the edge turns into words."""

    field: str
    reason: str


class Conflict(HamrahError):
    """The world has moved on since you looked."""


@dataclass
class CaseAlreadyClaimed(Conflict):
    """A colleague was first."""

    claimed_by: str
    claimed_at: datetime | None


@dataclass
class CaseNotInState(Conflict):
    """The case is not where this step starts from."""

    found: str


@dataclass
class AtCapacity(Conflict):
    """This lawyer has as many open cases as the office allows."""

    cap: int


@dataclass
class AnnouncementNotInState(Conflict):
    """The announcement is not where this step starts from, or a colleague has changed it."""

    found: str


class WorkshopMovedOn(Conflict):
    """The workshop, or a place in it, is not as you saw it any more."""


class DeliveryError(HamrahError):
    """A message could not be handed to the platform."""

    alert = ""  # what the office must be told to mend: a short name, told once a day


@dataclass
class TryLater(DeliveryError):
    """It certainly did not arrive; try again, after this many seconds where the platform says."""

    reason: str
    after_seconds: float | None = None
    whole_account: bool = False  # everybody must wait, not only this person
    announcements: bool = False  # announcements to anybody are paused; the rest goes on
    alert: str = ""


class NoAnswer(DeliveryError):
    """The call ended without an answer."""


class Unreachable(DeliveryError):
    """The person has blocked us, or the account is gone."""


class WindowClosed(DeliveryError):
    """More than 24 hours since the person last wrote on WhatsApp."""


@dataclass
class NeedsNumber(DeliveryError):
    """The platform takes this only to a phone number, and we know none of this person."""

    reason: str


@dataclass
class Declined(DeliveryError):
    """The platform will not bring this message to this person; it is not sent again."""

    reason: str
    announcements_after: timedelta | None = None  # before that none goes to this person


class OptedOut(Declined):
    """The person has told the platform that they want no announcements from us."""


@dataclass
class Rejected(DeliveryError):
    """The platform will never take this message: our bug."""

    reason: str
    alert: str = ""
    stops_announcement: bool = False  # the one that this is a copy of is paused


@dataclass
class SettingsError(HamrahError):
    """The settings cannot be used; one line for each fault, naming the variable."""

    faults: list[str]

    def __str__(self) -> str:
        return "\n".join(self.faults)
