"""What the desk says to staff. Short plain sentences: they are read by tired people."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.phrases import OUTCOMES as OUTCOMES
from flows.model import Phrase
from storage.records import CaseState, OutboxState, Priority, Role

# -- every page --------------------------------------------------------------------------------

DESK = Phrase("desk.name", "Hamrah desk")
SKIP = Phrase("desk.skip", "Skip to the content")
SIGN_OUT = Phrase("desk.sign_out", "Sign out")
ALL_CASES = Phrase("desk.all_cases", "All cases")
ANNOUNCEMENTS = Phrase("outreach.announcements", "Announcements")
WORKSHOPS = Phrase("workshops.workshops", "Workshops")
LANGUAGE_SWITCH = Phrase("desk.language_switch", "Language of this desk")
LOST_SESSION = Phrase(
    "desk.lost_session",
    "You are signed out. What you wrote here is not sent. Copy it before you leave this page.",
)
LOST_CASE = Phrase(
    "desk.lost_case", "This case has moved on. Perhaps a colleague has just taken it."
)
CHANGED_MEANWHILE = Phrase(
    "desk.changed_meanwhile",
    "This case has changed since you opened the page. Copy what you wrote, then open it again.",
)
OPEN_AGAIN = Phrase("desk.open_again", "Open again")

ROLES: Mapping[Role, Phrase] = MappingProxyType(
    {
        Role.LAWYER: Phrase("desk.role.lawyer", "lawyer"),
        Role.COORDINATOR: Phrase("desk.role.coordinator", "coordinator"),
        Role.INTERPRETER: Phrase("desk.role.interpreter", "interpreter"),
        Role.OUTREACH: Phrase("desk.role.outreach", "outreach"),
        Role.INTERPRETER: Phrase("desk.role.interpreter", "interpreter"),
        Role.ADMIN: Phrase("desk.role.admin", "administrator"),
    }
)

# -- signing in --------------------------------------------------------------------------------

SIGN_IN = Phrase("desk.sign_in", "Sign in")
SIGN_IN_LEAD = Phrase(
    "desk.sign_in_lead", "Press the button to open the desk. This link works only once."
)
SIGNED_OUT = Phrase("desk.signed_out", "You are signed out")
DEAD_LINK = Phrase("desk.dead_link", "This link does not work any more")
DEAD_LINK_LEAD = Phrase("desk.dead_link_lead", "A sign-in link works once, and for ten minutes.")
NEW_LINK = Phrase("desk.new_link", "To get a new link, ask your coordinator.")
NEW_LINK_COMMAND = Phrase(
    "desk.new_link_command", "Whoever looks after the server makes one with this command:"
)

# -- faults ------------------------------------------------------------------------------------

NOT_FOUND = Phrase("desk.not_found", "There is nothing here for you")
NOT_FOUND_LEAD = Phrase(
    "desk.not_found_lead", "The address may be wrong, or a colleague works on this case now."
)
FAULT = Phrase("desk.fault", "Something went wrong on our side")
FAULT_LEAD = Phrase("desk.fault_lead", "Please go back and try again in a minute.")
TOO_LARGE = Phrase("desk.too_large", "This was too large")
TOO_LARGE_LEAD = Phrase("desk.too_large_lead", "Nothing was sent. Please send a smaller file.")
STALE_FORM = Phrase("desk.stale_form", "This form was too old")
STALE_FORM_LEAD = Phrase(
    "desk.stale_form_lead", "Nothing was sent. Please open the page again and send it from there."
)
DONE_BEFORE = Phrase("desk.done_before", "It was done already")
DONE_BEFORE_LEAD = Phrase(
    "desk.done_before_lead", "This was sent twice. It was done once, and nothing was added."
)
NOT_SENT = Phrase("desk.not_sent", "What you wrote was not sent. Copy it before you sign in again.")
YOUR_TEXT = Phrase("desk.your_text", "What you wrote, to copy")
ALREADY_CLAIMED = Phrase("desk.already_claimed", "A colleague was first")
ALREADY_CLAIMED_LEAD = Phrase("desk.already_claimed_lead", "{name} has this case since {time}.")
AT_CAPACITY = Phrase("desk.at_capacity", "You have enough cases")
AT_CAPACITY_LEAD = Phrase(
    "desk.at_capacity_lead",
    "One lawyer has at most {cap} open cases; those that wait for a court or an office do not "
    "count. Close one or give one to a colleague first.",
)
MOVED_ON = Phrase("desk.moved_on", "The case has moved on")
MOVED_ON_LEAD = Phrase(
    "desk.moved_on_lead", "It is not where it was when you opened the page. Nothing was changed."
)

# -- the list ----------------------------------------------------------------------------------

QUEUE = Phrase("desk.queue", "Waiting for a lawyer")
QUEUE_EMPTY = Phrase("desk.queue_empty", "Nobody is waiting. New cases appear here by themselves.")
MINE = Phrase("desk.mine", "My cases")
MINE_EMPTY = Phrase(
    "desk.mine_empty", "You have no open cases. Claim one that is waiting, and it comes here."
)
HELD = Phrase("desk.held", "With colleagues")
HELD_EMPTY = Phrase("desk.held_empty", "No colleague has an open case.")
CLOSED = Phrase("desk.closed", "My closed cases")
CLAIM = Phrase("desk.claim", "Claim")
WAITS_FOR_US = Phrase("desk.waits_for_us", "The worker is waiting for your answer")
WAITS_FOR_HOLDER = Phrase("desk.waits_for_holder", "The worker is waiting for an answer")
WAITING = Phrase("desk.waiting", "Waiting for {time}")
DUE = Phrase("desk.due", "due in {time}")
OVERDUE = Phrase("desk.overdue", "overdue by {time}")
HELD_BY = Phrase("desk.held_by", "With {name}")
RELEASED = Phrase("desk.released", "The case is back in the queue.")

PRIORITIES: Mapping[Priority, Phrase] = MappingProxyType(
    {
        Priority.DANGER: Phrase("desk.priority.danger", "Danger"),
        Priority.URGENT: Phrase("desk.priority.urgent", "Urgent"),
        Priority.SOON: Phrase("desk.priority.soon", "Soon"),
        Priority.NORMAL: Phrase("desk.priority.normal", "Normal"),
    }
)
STATES: Mapping[CaseState, Phrase] = MappingProxyType(
    {
        CaseState.QUEUED: Phrase("desk.state.queued", "Waiting for a lawyer"),
        CaseState.CLAIMED: Phrase("desk.state.claimed", "Claimed, not answered yet"),
        CaseState.ACTIVE: Phrase("desk.state.active", "In work"),
        CaseState.WAITING_WORKER: Phrase("desk.state.waiting_worker", "We wait for the worker"),
        CaseState.WAITING_THIRD: Phrase(
            "desk.state.waiting_third", "We wait for a court, an office or the other side"
        ),
        CaseState.CLOSED: Phrase("desk.state.closed", "Closed"),
    }
)

# -- conflict of interest ----------------------------------------------------------------------

OTHER_SIDE = Phrase("desk.other_side", "The other side")
NOT_KNOWN = Phrase("desk.not_known", "not known yet")
REGION = Phrase("desk.region", "Region")
CONFLICT_TITLE = Phrase("desk.conflict_title", "Is there a conflict of interest?")
CONFLICT_LEAD = Phrase(
    "desk.conflict_lead",
    "Do you, a relative or a client of yours have anything to do with the other side? "
    "Answer before you read the case.",
)
CONFLICT_HINT = Phrase(
    "desk.conflict_hint",
    "Your answer is kept. If there is a conflict, you will not see this case any more, nor any "
    "other case against the same side.",
)
NO_CONFLICT = Phrase("desk.no_conflict", "No conflict: open the case")
HAVE_CONFLICT = Phrase("desk.have_conflict", "I have a conflict")
BARRED = Phrase("desk.barred", "Thank you. You will not see that case any more.")

# -- the case page -----------------------------------------------------------------------------

FACTS = Phrase("desk.facts", "About this case")
STATE = Phrase("desk.state", "State")
LANGUAGE = Phrase("desk.language", "The worker reads")
HOLDER = Phrase("desk.holder", "Lawyer")
HOLDER_SINCE = Phrase("desk.holder_since", "{name}, since {time}")
NOBODY = Phrase("desk.nobody", "nobody yet")
QUEUED_AT = Phrase("desk.queued_at", "In the queue since")
DUE_AT = Phrase("desk.due_at", "To be claimed by")
WINDOW = Phrase("desk.window", "WhatsApp")
WINDOW_OPEN = Phrase("desk.window_open", "Replies go out at once for {time} more")
WINDOW_CLOSED = Phrase(
    "desk.window_closed",
    "The worker has not written for a day: a reply waits until they do. They are told once that "
    "there is news.",
)
ON_THE_PHONE = Phrase("desk.delivery.delivered", "On the worker's phone")
READ = Phrase("desk.delivery.read", "Read")
CLOSED_AT = Phrase("desk.closed_at", "Closed at")
OUTCOME = Phrase("desk.outcome", "Outcome")
ANSWERS = Phrase("desk.answers", "What the worker answered")
NO_ANSWERS = Phrase("desk.no_answers", "The worker asked for a lawyer without answering questions.")
GONE_QUESTION = Phrase("desk.gone_question", "A question that has been changed since ({place})")
LAW = Phrase("desk.law", "Law: {sources}")
CONVERSATION = Phrase("desk.conversation", "Conversation")
CONVERSATION_EMPTY = Phrase("desk.conversation_empty", "Nothing has been said in this case yet.")
TO_NEWEST = Phrase("desk.to_newest", "To the newest message")
CLAIM_FIRST = Phrase(
    "desk.claim_first",
    "Claim the case to read the conversation and to answer. The worker is told that a lawyer "
    "has the case, not who.",
)
CLAIM_THIS = Phrase("desk.claim_this", "Claim this case")
NOT_YOURS = Phrase("desk.not_yours", "Only {name} can write to the worker in this case.")
WORKER = Phrase("desk.worker", "Worker")
BOT = Phrase("desk.bot", "Automatic message")
PRESSED = Phrase("desk.pressed", "pressed a button")
UNSUPPORTED = Phrase(
    "desk.unsupported", "The worker sent something that cannot be shown here ({what})."
)
MEANS = Phrase("desk.means", "It says: {text}")
IMAGE = Phrase("desk.image", "Picture: {name}")
OPEN_FILE = Phrase("desk.open_file", "Open {name}")
SAVE_FILE = Phrase("desk.save_file", "Save {name}")
UNNAMED = Phrase("desk.unnamed", "file")

DELIVERY: Mapping[OutboxState, Phrase] = MappingProxyType(
    {
        OutboxState.QUEUED: Phrase("desk.delivery.queued", "Waits to be sent"),
        OutboxState.SENDING: Phrase("desk.delivery.sending", "Is being sent"),
        OutboxState.SENT: Phrase("desk.delivery.sent", "Sent"),
        OutboxState.HELD: Phrase("desk.delivery.held", "Held back until it can be sent safely"),
        OutboxState.SKIPPED: Phrase(
            "desk.delivery.skipped", "Not sent: this worker cannot be written to now"
        ),
        OutboxState.FAILED: Phrase("desk.delivery.failed", "Not delivered"),
        OutboxState.UNKNOWN: Phrase("desk.delivery.unknown", "It is unknown whether this arrived"),
    }
)  # fmt: skip

# why, where more is known than the state
WHY: Mapping[str, Phrase] = MappingProxyType(
    {
        "window": Phrase(
            "desk.why.window",
            "Waits: more than a day without a word on WhatsApp. The worker was told that there is "
            "news, and gets this with their next message",
        ),
        "the worker writes first": Phrase(
            "desk.why.write_first",
            "Waits until the worker writes: they have not said that we may write first",
        ),
        "hidden": Phrase("desk.why.hidden", "Waits: the worker has hidden the chat"),
        "unreachable": Phrase(
            "desk.why.unreachable", "Not delivered: the worker has blocked us, or left"
        ),
        "131062 needs the number": Phrase(
            "desk.why.number", "Waits for the worker's phone number: WhatsApp needs it for this"
        ),
        "131053 file refused": Phrase(
            "desk.why.file",
            "Not delivered: WhatsApp does not take this file. Send it as PDF, JPEG, MP3 or MP4",
        ),
    }
)

REPLY = Phrase("desk.reply", "Write to the worker")
REPLY_HINT = Phrase(
    "desk.reply_hint",
    "The worker reads {language}. Your words go out as you write them, untranslated.",
)
WRITTEN_IN = Phrase("desk.written_in", "Language of your words")
FILE = Phrase("desk.file", "Add a file")
FILE_HINT = Phrase("desk.file_hint", "Picture, PDF, Word, voice or video; at most {megabytes} MB.")
SEND = Phrase("desk.send", "Send to the worker")
NOTES = Phrase("desk.notes", "Private notes")
NOTES_HINT = Phrase("desk.notes_hint", "Only lawyers see these. They never go to the worker.")
NOTE = Phrase("desk.note", "New private note")
SAVE_NOTE = Phrase("desk.save_note", "Save the private note")
RELEASE = Phrase("desk.release", "Give the case back")
RELEASE_HINT = Phrase(
    "desk.release_hint",
    "It goes back into the queue. The worker is told that another lawyer comes.",
)
HANDOVER = Phrase("desk.handover", "What must the next lawyer know?")
RELEASE_NOW = Phrase("desk.release_now", "Give back")
CLOSE = Phrase("desk.close", "Close the case")
CLOSE_HINT = Phrase("desk.close_hint", "The worker is told, and can open it again by writing.")
CHOOSE_OUTCOME = Phrase("desk.choose_outcome", "Choose how it ended")
CLOSE_NOW = Phrase("desk.close_now", "Close")
REOPEN = Phrase("desk.reopen", "Open the case again")
REOPEN_HINT = Phrase("desk.reopen_hint", "It comes back to you, and the worker is told.")

# What is wrong with a field, by the reason that an action or the form reader gives.
PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("text", "empty"): Phrase("desk.problem.text_empty", "Write a message or add a file."),
        ("text", "too long"): Phrase(
            "desk.problem.text_long", "This is too long. Send it in two messages."
        ),
        ("note", "empty"): Phrase("desk.problem.note_empty", "Write the note first."),
        ("note", "too long"): Phrase("desk.problem.note_long", "This note is too long."),
        ("handover", "empty"): Phrase(
            "desk.problem.handover_empty", "Write what the next lawyer must know."
        ),
        ("handover", "too long"): Phrase("desk.problem.handover_long", "This note is too long."),
        ("outcome", "unknown"): Phrase("desk.problem.outcome", "Choose how the case ended."),
        ("file", "too large"): Phrase(
            "desk.problem.file_large", "This file is too large. Choose a smaller one."
        ),
        ("file", "type"): Phrase(
            "desk.problem.file_type", "This kind of file cannot be sent. Choose another one."
        ),
    }
)
PROBLEM = Phrase("desk.problem.other", "This cannot be used. Please check it.")
CHOOSE_FILE_AGAIN = Phrase("desk.problem.file_again", "Please choose the file again.")
