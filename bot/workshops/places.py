"""Places: signing up, giving one up, the waitlist that promotes in order."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot import messages
from bot.codes import new_code
from bot.delivery.gate import NEEDS_CONSENT
from bot.errors import BadInput
from bot.messages import Outgoing
from bot.runtime import Runtime
from bot.workshops import letters
from bot.worktime import may_write_first
from storage import conversations, unasked
from storage import messages as transcript
from storage import workshops as store
from storage.database import Tx
from storage.records import Conversation, Kind
from storage.workshops import Details, Place, SignUp, Workshop, WorkshopState

CONFIRM_WITHIN, CONFIRM_WITHIN_NEAR = timedelta(hours=12), timedelta(hours=2)
NEAR = timedelta(days=3)


class Way(StrEnum):
    """How somebody signed up."""

    CHAT = "chat"
    PAGE = "page"
    STAFF = "staff"


class Contact(StrEnum):
    """How a person can be told something of a workshop."""

    CHAT = "chat"
    PHONE = "phone"  # a partner: staff call, or write an e-mail
    UNREACHABLE = "unreachable"  # said yes to reminders, but the chat takes nothing
    NOBODY = "nobody"  # said no, or a message could endanger: never, by nobody


def is_open(it: Workshop, now: datetime) -> bool:
    """Whether one can sign up."""
    return it.state is WorkshopState.OPEN and now < it.starts_at


def join_worker(tx: Tx, it: Workshop, talk: Conversation, now: datetime) -> SignUp:
    """Give this worker a place, or the next place of the queue; `it` is locked and open."""
    return store.enter(
        tx,
        it,
        new_code(),
        Way.CHAT,
        now,
        worker_id=talk.worker.id,
        address_id=talk.address.id,
    )


def join_partner(
    tx: Tx,
    it: Workshop,
    details: Details,
    contact: str,
    language: str,
    way: Way,
    now: datetime,
    token: str | None = None,
) -> SignUp:
    """The same for a person without a chat; `contact` is the phone or e-mail in its plain form.

    Raises BadInput("contact", "known") where somebody has a place with it: nobody is told that
    they are signed up who is not.
    """
    partner_id = store.find_or_add_partner(tx, details, contact, language, now)
    known = store.find_sign_up(tx, it.id, partner_id=partner_id)
    if known is not None and known.state in store.ACTIVE:
        raise BadInput("contact", "known")
    return store.enter(tx, it, new_code(), way, now, partner_id=partner_id, token=token)


def leave(tx: Tx, runtime: Runtime, it: Workshop, row: SignUp, now: datetime) -> bool:
    """Give a place up, so that the next one gets it; False where there was none."""
    if row.state not in store.ACTIVE or not store.move(tx, row, Place.CANCELLED):
        return False
    promote(tx, runtime, it, now)
    return True


def confirm(tx: Tx, it: Workshop, row: SignUp, now: datetime) -> bool:
    """Say yes to an offer; False where it has ended."""
    if row.state is Place.GOING:
        return True
    if row.state is not Place.OFFERED or row.offered_until is None or now >= row.offered_until:
        return False
    return it.state is WorkshopState.OPEN and store.move(tx, row, Place.GOING, offered_until=None)


def promote(tx: Tx, runtime: Runtime, it: Workshop, now: datetime) -> None:
    """Offer free places to the first who wait, and tell them.

    Not at night: nobody's twelve hours begin while they sleep. The keeper comes again at nine.
    """
    if not is_open(it, now) or not may_write_first(now):
        return
    near = it.starts_at - now <= NEAR
    until = min(now + (CONFIRM_WITHIN_NEAR if near else CONFIRM_WITHIN), it.starts_at)
    for row in store.promote(tx, it, until):
        tell(tx, row, letters.offer(runtime, tx, it, language_of(tx, row), until), now, until)
        store.note(tx, row, told_until=until)


def contact_of(tx: Tx, row: SignUp) -> Contact:
    """How this person may be told something; the gate asks the same again later."""
    if row.worker_id is None or row.address_id is None:
        return Contact.PHONE
    talk = conversations.get_open_conversation(tx, row.address_id)
    if talk is None or talk.worker.id != row.worker_id:
        return Contact.UNREACHABLE
    reason = unasked.why_not(tx, talk, NEEDS_CONSENT[Kind.REMINDER])
    known = {unasked.MAY: Contact.CHAT, unasked.UNREACHABLE: Contact.UNREACHABLE}
    return known.get(reason, Contact.NOBODY)


def tell(
    tx: Tx, row: SignUp, letter: Outgoing, now: datetime, expires_at: datetime | None = None
) -> bool:
    """Queue this for the person; False where no message may or can go."""
    if row.address_id is None or contact_of(tx, row) is not Contact.CHAT:
        return False
    talk = conversations.get_open_conversation(tx, row.address_id)
    assert talk is not None
    language = language_of(tx, row)
    body = messages.dump(letter)
    transcript.add_outgoing(
        tx, talk, Kind.REMINDER, body, language=language, now=now, expires_at=expires_at
    )
    return True


def language_of(tx: Tx, row: SignUp) -> str:
    """The language that this person reads."""
    if row.partner_id is not None:
        return store.get_partners(tx, [row.partner_id])[row.partner_id][1]
    talk = conversations.get_open_conversation(tx, row.address_id) if row.address_id else None
    return (talk.worker.language if talk else None) or "en"
