"""What the public page of a workshop says by itself."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.workshops import phrases
from flows.model import Phrase
from storage.workshops import Place

IN_CHAT = Phrase("page.in_chat", "Sign up in the chat here")
IN_TELEGRAM = Phrase("page.in_telegram", "Sign up on Telegram")
BY_WORD = Phrase("page.by_word", "On WhatsApp or any other chat with us, write: {word}")
FOR_WORKERS = Phrase("page.for_workers", "For workers")
FOR_WORKERS_LEAD = Phrase(
    "page.for_workers_lead", "You need to tell no name and no number. It costs nothing."
)
FOR_PARTNERS = Phrase("page.for_partners", "For people of organisations")
FOR_PARTNERS_LEAD = Phrase(
    "page.for_partners_lead",
    "For representatives of CSOs and youth organisations. We keep this for a year after your last "
    "workshop, encrypted, and use it only to tell you of workshops that you signed up for.",
)
NAME = Phrase("page.name", "Your name")
ORGANISATION = Phrase("page.organisation", "Your organisation")
PHONE = Phrase("page.phone", "Phone")
EMAIL = Phrase("page.email", "E-mail")
ONE_OF_BOTH = Phrase("page.one_of_both", "A phone or an e-mail is enough.")
YOUR_LANGUAGE = Phrase("page.your_language", "Language in which we tell you")
SEND = Phrase("page.send", "Sign me up")
KEEP_LINK = Phrase(
    "page.keep_link",
    "Keep the address of this page: here you see your place, and can give it up. "
    "Who has the address can do that, too.",
)
CALENDAR = Phrase("page.calendar", "Put it into my calendar")
DOOR = Phrase("page.door", "Code that hangs in the room")
I_AM_HERE = Phrase("page.i_am_here", "I am here")
CANCELLED = Phrase("page.cancelled", "You do not have a place any more.")
SIGN_UP_AGAIN = Phrase("page.sign_up_again", "To the workshop")
NOT_FOUND = Phrase("page.not_found", "There is no such workshop.")
MOVED_ON = Phrase("page.moved_on", "This cannot be done any more.")
TOO_OFTEN = Phrase("page.too_often", "That was too often. Please wait a few minutes.")
STALE = Phrase("page.stale", "This form is not from our page. Please open the page again.")
NOT_NOW = Phrase("page.not_now", "It does not work at the moment. Please try again soon.")
CHECK_FORM = Phrase("page.check_form", "Please look at the form again.")
PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("name", "empty"): Phrase("page.problem.name", "Please write your name."),
        ("phone", "empty"): Phrase("page.problem.contact", "Please write a phone or an e-mail."),
        ("phone", "unreadable"): Phrase("page.problem.phone", "This is not a phone number."),
        ("email", "unreadable"): Phrase("page.problem.email", "This is not an e-mail address."),
        ("contact", "known"): Phrase(
            "page.problem.known",
            "Somebody has signed up with this phone or e-mail. Use the address of the page that "
            "came then, or ask the office.",
        ),
        ("door", "unknown"): Phrase("page.problem.door", "This is not the code of the room."),
    }
)
TOO_LONG = Phrase("page.problem.too_long", "This is too long.")
STANDS: Mapping[Place, Phrase] = MappingProxyType(
    {
        Place.GOING: phrases.GOING,
        Place.OFFERED: phrases.OFFER,
        Place.WAITING: phrases.WAITING,
        Place.CANCELLED: CANCELLED,
        Place.LAPSED: phrases.LAPSED,
    }
)
