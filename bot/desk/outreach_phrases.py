"""What the desk says about announcements. Short plain sentences."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.desk.phrases import ANNOUNCEMENTS
from flows.model import Phrase
from storage.announcements import AnnouncementState
from storage.recipients import RecipientState

__all__ = ["ANNOUNCEMENTS"]  # the word stands in the frame of every page, too

ALL_ANNOUNCEMENTS = Phrase("outreach.all", "All announcements")
NEW = Phrase("outreach.new", "New announcement")
NEW_NAME = Phrase("outreach.new_name", "What you call it (people do not see this)")
WRITE = Phrase("outreach.write", "Write it")
NONE_YET = Phrase("outreach.none_yet", "There is no announcement yet.")

TEXTS = Phrase("outreach.texts", "The words")
TEXTS_LEAD = Phrase(
    "outreach.texts_lead",
    "Write each language by itself. Say nothing that could endanger somebody when another person "
    "reads it on the screen. At most {limit} letters.",
)
INVITES = Phrase(
    "outreach.invites", "The button to sign up for the workshop stands below the words."
)
INVITES_TO = Phrase("outreach.invites_to", "Look at the workshop")
TEXT_IN = Phrase("outreach.text_in", "In {language}")
FALLBACK = Phrase("outreach.fallback", "People whose language is missing")
FALLBACK_NONE = Phrase("outreach.fallback_none", "It cannot be sent while a language is missing")
FALLBACK_IN = Phrase("outreach.fallback_in", "They get it in {language}")
TEMPLATE = Phrase("outreach.template", "WhatsApp template")
TEMPLATE_HINT = Phrase(
    "outreach.template_hint",
    "WhatsApp lets us write freely only to people who wrote to us in the last 24 hours. The others "
    "can get a text that Meta has approved; its button shows them the announcement.",
)
TEMPLATE_NONE = Phrase("outreach.template_none", "The others do not get it")
PREVIEW = Phrase("outreach.preview", "How it will look")
ON_TELEGRAM = Phrase("outreach.on_telegram", "On Telegram")
ON_WHATSAPP = Phrase("outreach.on_whatsapp", "On WhatsApp")
ON_WEBCHAT = Phrase("outreach.on_webchat", "In the web chat")
AS_TEMPLATE = Phrase(
    "outreach.as_template",
    "People who wrote more than 24 hours ago get this first; its button shows the text above",
)
NO_TEMPLATE = Phrase("outreach.no_template", "Only to people who wrote in the last 24 hours")

AUDIENCE = Phrase("outreach.audience", "Who gets it")
AUDIENCE_LEAD = Phrase(
    "outreach.audience_lead",
    "Only people who said yes to announcements. Mark nothing in a group, and it leaves nobody out. "
    "A mark reaches only people who chose to tell it.",
)
GROUPS: Mapping[str, Phrase] = MappingProxyType(
    {
        "language": Phrase("outreach.group.language", "Language"),
        "channel": Phrase("outreach.group.channel", "Channel"),
        "region": Phrase("outreach.group.region", "Region"),
        "sector": Phrase("outreach.group.sector", "Work"),
        "country": Phrase("outreach.group.country", "Comes from"),
        "interest": Phrase("outreach.group.interest", "Interest"),
        "attended": Phrase("outreach.group.attended", "Was at a workshop"),
    }
)
CHANNELS: Mapping[str, Phrase] = MappingProxyType(
    {
        "telegram": Phrase("outreach.channel.telegram", "Telegram"),
        "whatsapp": Phrase("outreach.channel.whatsapp", "WhatsApp"),
        "webchat": Phrase("outreach.channel.webchat", "Web chat"),
    }
)
REACHES = Phrase("outreach.reaches", "{count} person gets it", "{count} people get it")
LEFT_OUT = Phrase("outreach.left_out", "Left out")
REASONS: Mapping[str, Phrase] = MappingProxyType(
    {
        "not asked": Phrase("outreach.reason.not_asked", "have not said yes"),
        "opted out": Phrase("outreach.reason.opted_out", "said no, or stop"),
        "no consent": Phrase("outreach.reason.no_consent", "said no, or stop"),
        "unsafe": Phrase("outreach.reason.unsafe", "a message could endanger them"),
        "unreachable": Phrase("outreach.reason.unreachable", "blocked the bot, or left"),
        "hidden": Phrase("outreach.reason.hidden", "have hidden the chat"),
        "language": Phrase("outreach.reason.language", "no text in their language"),
        "window": Phrase(
            "outreach.reason.window", "on WhatsApp, wrote more than 24 hours ago, and no template"
        ),
        "marketing limit": Phrase(
            "outreach.reason.marketing_limit", "got as many announcements as WhatsApp allows today"
        ),
        "cancelled": Phrase("outreach.reason.cancelled", "cancelled before their turn"),
        "decided": Phrase("outreach.reason.decided", "a colleague left it at that"),
        "erased": Phrase("outreach.reason.erased", "erased everything"),
        "gone": Phrase("outreach.reason.gone", "the chat has ended"),
        "someone else uses this address": Phrase(
            "outreach.reason.someone_else", "someone else uses this chat now"
        ),
        "no answer": Phrase("outreach.reason.no_answer", "the platform did not answer"),
        "flood": Phrase("outreach.reason.flood", "the platform asked us to wait too long"),
        "no connection": Phrase("outreach.reason.no_connection", "no connection to the platform"),
        "channel is off": Phrase("outreach.reason.channel_off", "the channel is switched off"),
        "fault": Phrase("outreach.reason.fault", "a fault on our side"),
    }
)

TRY_IT = Phrase("outreach.try_it", "See it on your own phone")
TRY_IT_LEAD = Phrase(
    "outreach.try_it_lead",
    "Save, then write this to the bot on any channel. It answers with every language. Nobody else "
    "gets anything.",
)
SAVE = Phrase("outreach.save", "Save and show")
SEND_AT = Phrase("outreach.send_at", "When, in Baku time (empty: at once)")
SEND_AT_HINT = Phrase(
    "outreach.send_at_hint", "We write between 9 and 20 o'clock only; the rest waits for morning."
)
PROPOSE = Phrase("outreach.propose", "Offer for approval")
SEND = Phrase("outreach.send", "Send it")
NEEDS_SECOND = Phrase(
    "outreach.needs_second", "More than {limit} people: a colleague has to approve it."
)
SAVED = Phrase("outreach.saved", "Saved.")
MOVED = Phrase(
    "outreach.moved", "It was not where you thought it was: a colleague was faster. Look again."
)

STATES: Mapping[AnnouncementState, Phrase] = MappingProxyType(
    {
        AnnouncementState.DRAFT: Phrase("outreach.state.draft", "Draft"),
        AnnouncementState.PROPOSED: Phrase("outreach.state.proposed", "Waits for approval"),
        AnnouncementState.APPROVED: Phrase("outreach.state.approved", "Approved"),
        AnnouncementState.LATE: Phrase("outreach.state.late", "Too late: decide"),
        AnnouncementState.SENDING: Phrase("outreach.state.sending", "Is being sent"),
        AnnouncementState.PAUSED: Phrase("outreach.state.paused", "Paused"),
        AnnouncementState.FINISHED: Phrase("outreach.state.finished", "Finished"),
        AnnouncementState.CANCELLED: Phrase("outreach.state.cancelled", "Cancelled"),
    }
)
RECIPIENTS: Mapping[RecipientState, Phrase] = MappingProxyType(
    {
        RecipientState.WAITING: Phrase("outreach.recipient.waiting", "Wait for their turn"),
        RecipientState.QUEUED: Phrase("outreach.recipient.queued", "On the way"),
        RecipientState.SENT: Phrase("outreach.recipient.sent", "Sent"),
        RecipientState.DELIVERED: Phrase("outreach.recipient.delivered", "Delivered"),
        RecipientState.READ: Phrase("outreach.recipient.read", "Read"),
        RecipientState.FAILED: Phrase("outreach.recipient.failed", "Failed"),
        RecipientState.SKIPPED: Phrase("outreach.recipient.skipped", "Left out"),
        RecipientState.UNKNOWN: Phrase("outreach.recipient.unknown", "Perhaps arrived"),
    }
)
PROPOSED_BY = Phrase("outreach.proposed_by", "Offered by")
APPROVED_BY = Phrase("outreach.approved_by", "Approved by")
SEND_TIME = Phrase("outreach.send_time", "To be sent")
AT_ONCE = Phrase("outreach.at_once", "at once")
FILTERED = Phrase("outreach.filtered", "Goes to")
EVERYBODY = Phrase("outreach.everybody", "everybody who said yes")
APPROVE = Phrase("outreach.approve", "Approve")
APPROVE_LEAD = Phrase(
    "outreach.approve_lead",
    "Read every language first. With your yes the list of people is closed.",
)
WAIT_FOR_COLLEAGUE = Phrase(
    "outreach.wait_for_colleague", "You offered it, so a colleague has to approve it."
)
TAKE_BACK = Phrase("outreach.take_back", "Make it a draft again")
SEND_NOW = Phrase("outreach.send_now", "Send it now")
LATE_LEAD = Phrase(
    "outreach.late_lead",
    "Its time passed more than two hours ago while it could not be sent. Does it still make sense?",
)
PAUSE = Phrase("outreach.pause", "Pause")
RESUME = Phrase("outreach.resume", "Go on")
CANCEL = Phrase("outreach.cancel", "Cancel it")
CANCEL_SURE = Phrase(
    "outreach.cancel_sure", "Who has not got it never will. This cannot be taken back."
)
PAUSED_BY_ERRORS = Phrase(
    "outreach.paused_by_errors",
    "It paused by itself: {count} of the first {first} failed. Look at them before you go on.",
)
PAUSED_BY_PLATFORM = Phrase(
    "outreach.paused_by_platform",
    "It paused by itself: the messenger stops our announcements. Find out why before you go on.",
)
PROGRESS = Phrase("outreach.progress", "Progress")
DONE_OF = Phrase("outreach.done_of", "{done} of {total} people")
RATE = Phrase("outreach.rate", "{rate} a second")
TIME_LEFT = Phrase("outreach.time_left", "about {time} left")
WAITS_UNTIL = Phrase("outreach.waits_until", "It goes on {time}: nobody is written to now.")
BEING_FROZEN = Phrase("outreach.being_frozen", "The list of people is being made.")
WHY = Phrase("outreach.why", "Why")
TO_DECIDE = Phrase("outreach.to_decide", "For you to decide")
TO_DECIDE_LEAD = Phrase(
    "outreach.to_decide_lead",
    "The platform took these messages and never answered. They may have arrived. If you send them "
    "again, somebody may get them twice.",
)
SEND_ALL_AGAIN = Phrase("outreach.send_all_again", "Send all of these again")
LEAVE_ALL = Phrase("outreach.leave_all", "Leave it at that")
SEND_AGAIN = Phrase("outreach.send_again", "Send again")
LEAVE = Phrase("outreach.leave", "Leave it")
RETRY = Phrase(
    "outreach.retry",
    "Try again with {count} whose reason may have passed",
    "Try again with {count} whose reason may have passed",
)
LEDGER = Phrase("outreach.ledger", "Every recipient")
LEDGER_LEAD = Phrase(
    "outreach.ledger_lead", "One row a person, by number only. The rows add up to the audience."
)
LEDGER_ALL = Phrase("outreach.ledger_all", "All")
LEDGER_EMPTY = Phrase("outreach.ledger_empty", "Nobody.")
PERSON = Phrase("outreach.person", "Person")
CHANNEL = Phrase("outreach.channel", "Channel")
LANGUAGE = Phrase("outreach.language", "Language")
STATE = Phrase("outreach.state", "State")
TIME = Phrase("outreach.time", "Time")
NEXT_PAGE = Phrase("outreach.next_page", "Next page")

PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("name", "empty"): Phrase("outreach.problem.name", "Write a name."),
        ("name", "too long"): Phrase("outreach.problem.name_long", "The name is too long."),
        ("texts", "empty"): Phrase("outreach.problem.texts", "Write at least one language."),
        ("texts", "missing"): Phrase(
            "outreach.problem.missing",
            "Some of these people read a language that has no text. Write it, choose what they get "
            "in its place, or mark the languages that you mean.",
        ),
        ("text", "too long"): Phrase("outreach.problem.text_long", "This text is too long."),
        ("text", "unknown"): Phrase("outreach.problem.unknown", "This language is not spoken."),
        ("fallback", "no text"): Phrase(
            "outreach.problem.fallback", "There is no text in this language."
        ),
        ("template", "unknown"): Phrase(
            "outreach.problem.template", "There is no such text for WhatsApp."
        ),
        ("audience", "nobody"): Phrase("outreach.problem.nobody", "Nobody would get it."),
        ("send_at", "past"): Phrase("outreach.problem.past", "This time has passed."),
        ("send_at", "quiet"): Phrase(
            "outreach.problem.quiet", "Choose a time between 9 and 20 o'clock."
        ),
        ("send_at", "unreadable"): Phrase("outreach.problem.time", "Write a day and a time."),
        ("approve", "same person"): WAIT_FOR_COLLEAGUE,
    }
)
