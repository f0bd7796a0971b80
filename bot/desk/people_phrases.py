"""What the pages of people say: signing in, one's own keys, cases without a chat, calls."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase

# -- signing in --------------------------------------------------------------------------------

WITH_PASSKEY = Phrase("desk.with_passkey", "Sign in with a passkey")
WITH_PASSKEY_LEAD = Phrase(
    "desk.with_passkey_lead", "Your phone, computer or key shows who you are. You type nothing."
)
WITH_PASSWORD = Phrase("desk.with_password", "Sign in with a password and a code")
NAME = Phrase("desk.sign_in_name", "Your name in the desk")
PASSWORD = Phrase("desk.password", "Password")
CODE = Phrase("desk.totp_code", "Code of the authenticator app, six digits")
WRONG = Phrase(
    "desk.sign_in_wrong", "That did not fit. Check your name, the password and the newest code."
)
WRONG_PASSKEY = Phrase(
    "desk.passkey_wrong", "This passkey does not open the desk. Try another way, or ask for a link."
)
TOO_MANY = Phrase("desk.too_many_tries", "There were too many tries. Please wait five minutes.")
NO_PASSKEYS_HERE = Phrase(
    "desk.no_passkeys_here", "Passkeys do not work here: they need https and a name, not a number."
)
OTHER_WAYS = Phrase("desk.other_ways", "Have you a passkey or a password?")

# -- one's own account -------------------------------------------------------------------------

MY_SIGN_IN = Phrase("desk.my_sign_in", "My sign-in and alerts")
PASSKEYS = Phrase("desk.passkeys", "Passkeys")
PASSKEY_SINCE = Phrase("desk.passkey_since", "Passkey of {day}")
PASSKEY_USED = Phrase("desk.passkey_used", "last used {day}")
REMOVE = Phrase("desk.passkey_remove", "Remove")
ADD_PASSKEY = Phrase("desk.passkey_add", "Add a passkey on this device")
NO_PASSKEY_YET = Phrase("desk.no_passkey_yet", "You have none yet.")
PASSWORD_TITLE = Phrase("desk.password_title", "Password and authenticator app")
HAS_PASSWORD = Phrase("desk.has_password", "You have a password. A new one replaces it.")
PASSWORD_HINT = Phrase(
    "desk.password_hint", "At least 12 characters: four or five words are easy to remember."
)
SET_PASSWORD = Phrase("desk.set_password", "Set this password")
SCAN = Phrase(
    "desk.scan_totp",
    "Scan this with an authenticator app, then write the code that it shows. Only after that the "
    "password works.",
)
SCAN_KEY = Phrase("desk.scan_key", "Or type this key into the app:")
CONFIRM = Phrase("desk.confirm_code", "Confirm the code")
PASSWORD_WORKS = Phrase("desk.password_works", "Your password works from now on.")
ALERTS = Phrase("desk.alerts", "Alerts by e-mail")
ALERTS_HINT = Phrase(
    "desk.alerts_hint",
    "Where you have no Telegram, we write to you that there is something in the desk: a case "
    "number and times, never a name or a word of the case.",
)
MAIL = Phrase("desk.mail", "E-mail address; empty: no alerts")
SAVE = Phrase("desk.save_mail", "Save the address")
LOST = Phrase(
    "desk.lost_phone",
    "Phone or key lost: forget their passkeys and password, untie their Telegram, sign them out",
)
MY_TELEGRAM = Phrase("desk.my_telegram", "Telegram")
TELEGRAM_HINT = Phrase(
    "desk.telegram_hint",
    "There you are told what is new, without a word of a case, and can claim, decline and change "
    "your duty by buttons.",
)
TIED_SINCE = Phrase("desk.telegram_tied", "An account is tied to you, since {day}.")
UNTIE = Phrase("desk.telegram_untie", "Untie it and delete what it shows of cases")
TIE = Phrase("desk.telegram_tie", "Make a link for my Telegram account")
TIE_OPEN = Phrase(
    "desk.telegram_open", "Open this link on your phone within ten minutes and press Start:"
)
TIE_SEND = Phrase("desk.telegram_send", "Send this to the bot within ten minutes:")

PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("password", "short"): Phrase("desk.password_short", "Please take at least 12 characters."),
        ("password", "long"): Phrase("desk.password_long", "Please take at most 200 characters."),
        ("code", "wrong"): Phrase(
            "desk.code_wrong", "This code did not fit. Write the newest one of the app."
        ),
        ("passkey", "wrong"): Phrase("desk.passkey_failed", "The passkey was not made. Try again."),
        ("mail", "unknown"): Phrase("desk.mail_wrong", "This is not an e-mail address."),
    }
)

# -- a person without a chat -------------------------------------------------------------------

RECEIVE = Phrase("desk.receive", "A person without a chat")
RECEIVE_LEAD = Phrase(
    "desk.receive_lead",
    "For somebody who sits before you, rings or has written a letter: the same questions, in their "
    "language, on this screen.",
)
WAY = Phrase("desk.way", "How they came")
WAYS: Mapping[str, Phrase] = MappingProxyType(
    {
        "reception": Phrase("desk.way.reception", "in person"),
        "call": Phrase("desk.way.call", "by phone"),
        "letter": Phrase("desk.way.letter", "by letter"),
    }
)
WHERE = Phrase("desk.where", "Region")
NOT_KNOWN = Phrase("desk.region_not_known", "not known")
THEIR_LANGUAGE = Phrase("desk.their_language", "Their language")
BEGIN = Phrase("desk.begin_trees", "Begin the questions")
RECEIVED = Phrase("desk.received", "The latest people you received")
NOBODY_RECEIVED = Phrase("desk.nobody_received", "Nobody yet.")
SHORT = Phrase("desk.short_consultation", "Write down a short consultation")
SHORT_LEAD = Phrase(
    "desk.short_lead", "You have advised somebody already: one form, and it is counted."
)
TOPIC = Phrase("desk.topic", "Topic")
OTHER_TOPIC = Phrase("desk.other_topic", "something else")
MINUTES = Phrase("desk.minutes", "Minutes")
WHAT_WAS_SAID = Phrase("desk.what_was_said", "What was asked and advised (private, sealed)")
NO_CONFLICT = Phrase("desk.no_conflict_here", "I have no conflict of interest in this matter")
WRITE_DOWN = Phrase("desk.write_down", "Write it down")
WRITTEN_DOWN = Phrase("desk.written_down", "Written down as case {code}.")
ANSWER_HERE = Phrase("desk.answer_here", "What the person says")
SEND_ANSWER = Phrase("desk.send_answer", "Answer")
IN_YOUR_LANGUAGE = Phrase("desk.in_your_language", "In your language:")
CASE_OPENED = Phrase("desk.case_opened", "The case {code} is open.")
OPEN_CASE = Phrase("desk.open_it", "To the case")
PRINT = Phrase("desk.print", "Page to print")
PRINT_TITLE = Phrase("desk.print_title", "What we told you")
PRINT_DAY = Phrase("desk.print_day", "{day}. Your case: {code}")
PRINT_ONLY_DAY = Phrase("desk.print_only_day", "{day}")
JOIN = Phrase("desk.join", "Let their own chat join")
JOIN_LEAD = Phrase(
    "desk.join_lead",
    "The person scans this with the phone, now or at home within 30 days. It works once; a new "
    "code ends the one before.",
)
JOIN_TELEGRAM = Phrase("desk.join_telegram", "On Telegram")
JOIN_WEB = Phrase("desk.join_web", "In a browser")
MAKE_JOIN = Phrase("desk.make_join", "Show a QR code")
HAS_JOINED = Phrase("desk.has_joined", "The person's own chat has joined.")
NO_CHAT = Phrase(
    "desk.no_chat",
    "This person has no chat here. What you write waits until their own chat has joined: ring, "
    "write a letter, or let them scan a QR code.",
)
MENU = Phrase("desk.to_menu", "Back to the menu")
BACK = Phrase("desk.step_back", "One step back")
FOR_A_LAWYER = Phrase("desk.for_a_lawyer", "Hand over to a lawyer")

FAULTS_OF_FORM: Mapping[str, Phrase] = MappingProxyType(
    {
        "minutes": Phrase("desk.minutes_wrong", "Write the minutes as a number from 1 to 600."),
        "note": Phrase("desk.consultation_note_wrong", "Please write what was asked and advised."),
        "no_conflict": Phrase(
            "desk.no_conflict_wrong", "Please say that you have no conflict of interest."
        ),
    }
)
FORM_WRONG = Phrase("desk.form_wrong", "Something in this form cannot be used.")

# -- a call ------------------------------------------------------------------------------------

CALL_TITLE = Phrase("desk.call", "Call the worker")
CALL_ASKED = Phrase("desk.call_asked", "Asked for on {day}.")
CALL_NOTE = Phrase("desk.call_note", "What was said, or what happened (private)")
CALLED = Phrase("desk.called", "We have spoken")
NOT_REACHED = Phrase("desk.not_reached", "Nobody answered")

# -- keys on every page ------------------------------------------------------------------------

KEYS = Phrase("desk.help_keys", "Keys")
KEY_CASES = Phrase("desk.key_cases", "All cases")
KEY_NEXT = Phrase("desk.key_take_next", "To the button for the next case")
KEY_SEARCH = Phrase("desk.key_search", "Search")
KEY_RECEIVE = Phrase("desk.key_receive", "A person without a chat")
KEY_HELP = Phrase("desk.key_this_help", "This help")
KEYS_ON = Phrase("desk.help_keys_on", "Keys of one letter work")
KEYS_CLOSE = Phrase("desk.help_close", "Close")
