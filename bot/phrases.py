"""What the bot says outside the trees: about cases, hiding, files and faults."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase

DRAFT = Phrase(
    "bot.draft",
    "This is a draft translation. Neither a lawyer nor a native speaker has checked it yet. "
    "If a lawyer tells you something else, the lawyer is right.",
)
UNREVIEWED = Phrase(
    "bot.unreviewed",
    "A lawyer has not yet checked these texts. If a lawyer tells you something else, "
    "the lawyer is right.",
)
HIDE_HINT = Phrase(
    "bot.hide_hint",
    "✖️ takes this chat off the screen. To see it again, open this page and write: {phrase}",
)
# The same where the chat itself stays, and only its messages go.
HIDE_HINT_CHAT = Phrase(
    "bot.hide_hint_chat",
    "✖️ deletes the messages of this chat. To go on later, write here: {phrase}",
)
# Said once after it, where the platform deletes only what is young.
HIDE_LIMITS = Phrase(
    "bot.hide_limits",
    "✖️ cannot take away what is older than two days, what was shown as a notification, or what "
    "is in a backup. So delete this chat on your phone now and then, and lock the app.",
)
# Twelve easy words, separated by commas; two of them bring a hidden chat back.
HIDE_WORDS = Phrase(
    "bot.hide_words",
    "apple, river, bread, moon, garden, bird, winter, table, sugar, window, horse, lamp",
)
DECOY = Phrase("bot.decoy", "Hello! There is nothing new here today.")
SHOWN_AGAIN = Phrase("bot.shown_again", "Here you are again.")
# For channels where nothing can be taken off the screen.
STAYS_HINT = Phrase(
    "bot.stays_hint",
    "I cannot delete messages here: who opens this chat can read them. Delete the chat yourself "
    "when you have read it. If you write x, I say nothing important any more until you write: "
    "{phrase}",
)
# What only WhatsApp shows.
CHOOSE = Phrase("whatsapp.choose", "Choose")  # on the button that opens a list: 20 letters at most
MORE = Phrase("whatsapp.more", "➡️ More")  # a row of the list: 24 letters at most
KNOCK = Phrase("bot.knock", "There is news for you. Write any word here to read it.")
# Where a platform brings a message only to a phone number; beside its own button.
ASK_NUMBER = Phrase(
    "bot.ask_number",
    "There is an answer for you. WhatsApp needs your phone number to bring it here. Press the "
    "button to give it; only the office sees it.",
)
NUMBER_KEPT = Phrase("bot.number_kept", "Thank you, I have your number now.")
TO_LAWYER = Phrase(
    "bot.to_lawyer",
    "I passed this to the lawyers. The answer will come here. Case {code}.",
)
CASE_OPEN_ALREADY = Phrase(
    "bot.case_open_already",
    "Lawyers have your case {code}. Write here what you want to tell them.",
)
CASE_QUEUED = Phrase("bot.case_queued", "Your case has the number {code}. Please keep it.")
NOBODY_ON_DUTY = Phrase(
    "bot.nobody_on_duty",
    "The office is closed now and no lawyer is on duty. A lawyer looks at your case as soon as "
    "the office opens. If you are in danger, do not wait: call {emergency}.",
)
CASE_CLAIMED = Phrase("bot.case_claimed", "A lawyer has taken your case {code}.")
CASE_NO_LAWYER = Phrase(
    "bot.case_no_lawyer",
    "No lawyer of this office may take your case {code}: each of them has something to do with "
    "the other side. That would not be fair to you. Press 🏠 to see who else helps.",
)
CASE_BACK_IN_QUEUE = Phrase(
    "bot.case_back_in_queue", "Another lawyer will take over your case {code}."
)
CASE_CLOSED = Phrase(
    "bot.case_closed",
    "Your case {code} is closed. If you need the lawyer again, write here or press 👤.",
)
CASE_REOPENED = Phrase("bot.case_reopened", "Your case {code} is open again.")
GENERAL_TOPIC = Phrase("desk.general_topic", "Talk to a lawyer")
FROM_LAWYER = Phrase("bot.from_lawyer", "Lawyer {number}")
STOPPED = Phrase(
    "bot.stopped",
    "All right. I send you no more news, invitations or reminders. Answers to what you write "
    "still come, and an open case goes on. To get news again, write NEWS.",
)
ERASED = Phrase("bot.erased", "Everything that you wrote and sent here has been erased.")
FILE_KEPT = Phrase("bot.file_kept", "I keep this file. Lawyers can see it if you ask for one.")
UNSUPPORTED = Phrase(
    "bot.unsupported",
    "I cannot read this kind of message. Please write, press a button, or send a photo.",
)
TOO_LONG = Phrase(
    "bot.too_long",
    "This message is too long. Please send it in parts of at most {limit} letters.",
)
FAULT = Phrase(
    "bot.fault",
    "Something went wrong on our side, sorry. Your message is kept. "
    "In danger call {emergency}. Press 👤 for a lawyer or 🏠 for the menu.",
)
EDITED = Phrase(
    "bot.edited",
    "I see that you changed a message. To change an answer, press ↩️ and answer again.",
)
FILE_TOO_BIG = Phrase(
    "bot.file_too_big",
    "This file is too big for me: I can take up to {limit} MB. Please send photos of the pages, "
    "or a shorter recording.",
)
FILE_TYPE = Phrase(
    "bot.file_type",
    "I cannot take this kind of file. Please send a photo, a PDF, a Word file (.docx), "
    "a voice message or a video.",
)
NO_RECORDING = Phrase(
    "bot.no_recording", "Nobody has read this aloud yet, sorry. You can ask a lawyer about it."
)
FILE_LOST = Phrase(
    "bot.file_lost", "Your file did not arrive here, sorry. Please send it once more."
)
# how a case may end (bot/casework/states.py)
OUTCOMES: Mapping[str, Phrase] = MappingProxyType(
    {
        "advice": Phrase("desk.outcome.advice", "Advice given"),
        "brief_service": Phrase("desk.outcome.brief_service", "Short help, for example a letter"),
        "negotiated": Phrase("desk.outcome.negotiated", "Settled with the other side"),
        "authority_decision": Phrase("desk.outcome.authority_decision", "An authority decided"),
        "court": Phrase("desk.outcome.court", "A court decided"),
        "referred": Phrase("desk.outcome.referred", "Passed to another organisation"),
        "withdrawn": Phrase("desk.outcome.withdrawn", "The worker does not want to go on"),
        "unreachable": Phrase("desk.outcome.unreachable", "The worker cannot be reached"),
        "declined": Phrase("desk.outcome.declined", "We could not take it"),
        "duplicate": Phrase("desk.outcome.duplicate", "The same as another case"),
    }
)

JOINED = Phrase("bot.joined", "From now on we write to you here. We go on where we stopped.")
JOINED_CASE = Phrase(
    "bot.joined_case",
    "This is your case {code}. From now on we write to you here, and you can write here.",
)
JOIN_FAILED = Phrase(
    "bot.join_failed",
    "This link does not work any more, or you have another case here. Please ask the office.",
)
