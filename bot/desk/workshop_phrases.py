"""What the desk says about workshops. Short plain sentences."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.desk.phrases import WORKSHOPS
from bot.workshops.places import Contact, Way
from flows.model import Phrase
from storage.workshops import Place, WorkshopState

__all__ = ["WORKSHOPS"]  # the word stands in the frame of every page, too

ALL = Phrase("workshops.all", "All workshops")
NEW = Phrase("workshops.new", "New workshop")
NONE_YET = Phrase("workshops.none_yet", "There is no workshop yet.")
TAKEN = Phrase("workshops.taken", "{taken} of {capacity} places taken, {waiting} wait")
STATES: Mapping[WorkshopState, Phrase] = MappingProxyType(
    {
        WorkshopState.DRAFT: Phrase("workshops.state.draft", "Draft"),
        WorkshopState.OPEN: Phrase("workshops.state.open", "Open"),
        WorkshopState.CANCELLED: Phrase("workshops.state.cancelled", "Called off"),
    }
)
OVER = Phrase("workshops.state.over", "Over")
PLACES: Mapping[Place, Phrase] = MappingProxyType(
    {
        Place.GOING: Phrase("workshops.place.going", "Has a place"),
        Place.OFFERED: Phrase("workshops.place.offered", "Asked to confirm"),
        Place.WAITING: Phrase("workshops.place.waiting", "Waits"),
        Place.CANCELLED: Phrase("workshops.place.cancelled", "Cancelled"),
        Place.LAPSED: Phrase("workshops.place.lapsed", "Did not confirm in time"),
    }
)
WAYS: Mapping[str, Phrase] = MappingProxyType(
    {
        Way.CHAT: Phrase("workshops.way.chat", "in the chat"),
        Way.PAGE: Phrase("workshops.way.page", "on the page"),
        Way.STAFF: Phrase("workshops.way.staff", "by the office"),
    }
)
CONTACTS: Mapping[Contact, Phrase] = MappingProxyType(
    {
        Contact.CHAT: Phrase("workshops.contact.chat", "Told in the chat"),
        Contact.PHONE: Phrase("workshops.contact.phone", "By phone or e-mail"),
        Contact.UNREACHABLE: Phrase("workshops.contact.unreachable", "The chat cannot be reached"),
        Contact.NOBODY: Phrase("workshops.contact.nobody", "Do not contact"),
    }
)

WHEN = Phrase("workshops.when", "Time and room")
STARTS = Phrase("workshops.starts", "Begins, Baku time")
ENDS = Phrase("workshops.ends", "Ends, Baku time")
CAPACITY = Phrase("workshops.capacity", "Places")
MAP_LINK = Phrase("workshops.map_link", "Link to a map")
SPOKEN = Phrase("workshops.spoken", "Languages spoken in the room")
WORDS_IN = Phrase("workshops.words_in", "The words in {language}")
WORDS_HINT = Phrase(
    "workshops.words_hint", "Leave a language empty, and its people read English or the first one."
)
ANNOUNCE = Phrase("workshops.announce", "Announce it")
ANNOUNCE_LEAD = Phrase(
    "workshops.announce_lead",
    "An announcement with the button to sign up, to people who said yes to announcements. You "
    "choose who gets it, and read it, before it goes out.",
)
TITLE = Phrase("workshops.title", "Title")
DESCRIPTION = Phrase("workshops.description", "Description")
PLACE = Phrase("workshops.place", "Place")
MATERIALS = Phrase("workshops.materials", "Materials")
SAVE = Phrase("workshops.save", "Save")
SAVE_HINT = Phrase(
    "workshops.save_hint",
    "If you change the time or the place of an open workshop, everybody who signed up is told.",
)
EDIT = Phrase("workshops.edit", "Change it")
OPEN_UP = Phrase("workshops.open_up", "Open for sign-up")
CALL_OFF = Phrase("workshops.call_off", "Call it off")
CALL_OFF_LEAD = Phrase(
    "workshops.call_off_lead", "Everybody who signed up is told. This cannot be taken back."
)

PEOPLE = Phrase("workshops.people", "Places")
WAITLIST = Phrase("workshops.waitlist", "Waitlist")
GONE = Phrase("workshops.gone", "Not any more")
CALL_LIST = Phrase("workshops.call_list", "To call")
CALL_LIST_LEAD = Phrase(
    "workshops.call_list_lead",
    "No message reaches these people: tell them of the day, or ask them to confirm. Who said no to "
    "messages, or could be endangered by one, is not here: nobody contacts them.",
)
CONFIRM_BEFORE = Phrase("workshops.confirm_before", "must confirm before {until}")
CALLED = Phrase("workshops.called", "Told")
CONFIRM = Phrase("workshops.confirm", "Confirms")
CANNOT_COME = Phrase("workshops.cannot_come", "Cannot come")
GIVE_UP = Phrase("workshops.give_up", "Give the place to the next")
CAME = Phrase("workshops.came", "Came")
NOT_CAME = Phrase("workshops.not_came", "Did not come")
IS_HERE = Phrase("workshops.is_here", "Came, {time}")
NO_SHOW = Phrase("workshops.no_show", "Did not come")
WORKER = Phrase("workshops.worker", "Worker {number}")
ERASED = Phrase("workshops.erased", "Erased")
NUMBER_IN_QUEUE = Phrase("workshops.number_in_queue", "Number {number}")
ATTENDANCE = Phrase("workshops.attendance", "{came} came, {missing} did not")
FEEDBACK = Phrase("workshops.feedback", "Good: {good}, so-so: {so_so}, not good: {bad}")

CHECK_IN = Phrase("workshops.check_in", "At the door")
PASS = Phrase("workshops.pass", "The code that somebody shows you")
CHECKED_IN = Phrase("workshops.checked_in", "Checked in.")
DOOR_CODE = Phrase("workshops.door_code", "Code of the room, to hang up: {code}")
DOOR_SHEET = Phrase("workshops.door_sheet", "Sheet for the room, {language} (PDF)")
ENTER = Phrase("workshops.enter", "Sign somebody up")
NAME = Phrase("workshops.name", "Name")
ORGANISATION = Phrase("workshops.organisation", "Organisation")
PHONE = Phrase("workshops.phone", "Phone")
EMAIL = Phrase("workshops.email", "E-mail")
LANGUAGE = Phrase("workshops.language", "Language")
ENTERED = Phrase("workshops.entered", "Signed up.")

SHARE = Phrase("workshops.share", "To share")
LINK = Phrase("workshops.link", "Link")
QR = Phrase("workshops.qr", "QR code (SVG)")
POSTER = Phrase("workshops.poster", "Poster, {language} (PDF)")
FORWARD = Phrase("workshops.forward", "Text to forward, {language}")
CERTIFICATES = Phrase("workshops.certificates", "Certificates, {language} (PDF)")
CERTIFICATES_HINT = Phrase(
    "workshops.certificates_hint",
    "One page for each who came. A worker's name is not known: write it on the line.",
)
MOVED = Phrase("workshops.moved", "This has changed meanwhile. Please look again.")
PROBLEM = Phrase("workshops.problem", "Please look at this again.")
PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("starts_at", "past"): Phrase("workshops.problem.past", "The time has passed."),
        ("starts_at", "unreadable"): Phrase("workshops.problem.time", "Write day and time."),
        ("ends_at", "unreadable"): Phrase("workshops.problem.time", "Write day and time."),
        ("ends_at", "before"): Phrase("workshops.problem.ends", "It ends before it begins."),
        ("ends_at", "too long"): Phrase("workshops.problem.long", "It is longer than a day."),
        ("capacity", "unusable"): Phrase("workshops.problem.capacity", "From 1 to 1000 places."),
        ("spoken", "empty"): Phrase("workshops.problem.spoken", "Mark at least one language."),
        ("map_link", "unreadable"): Phrase(
            "workshops.problem.map", "A link begins with https:// and has no spaces."
        ),
        ("words", "empty"): Phrase("workshops.problem.words", "Write it in one language at least."),
        ("title", "half"): Phrase("workshops.problem.half", "A title and a place are needed."),
        ("pass", "unknown"): Phrase("workshops.problem.pass", "Nobody here has this code."),
        ("name", "empty"): Phrase("workshops.problem.name", "Write the name."),
        ("phone", "empty"): Phrase("workshops.problem.contact", "Write a phone or an e-mail."),
        ("phone", "unreadable"): Phrase("workshops.problem.phone", "This is not a phone number."),
        ("email", "unreadable"): Phrase(
            "workshops.problem.email", "This is not an e-mail address."
        ),
        ("contact", "known"): Phrase(
            "workshops.problem.known",
            "Somebody is on the list with this phone or e-mail. Each person needs their own.",
        ),
    }
)
