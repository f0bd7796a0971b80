"""The words of the web chat's own page."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase

TITLE = Phrase("chat.title", "Chat")
NO_SCRIPT = Phrase(
    "chat.no_script", "This page needs JavaScript. Please switch it on in your browser."
)
NOT_NOW = Phrase("chat.not_now", "This page cannot be shown now. Please try again in a minute.")

# what the page's script says; the key is its name there
PAGE: Mapping[str, Phrase] = MappingProxyType(
    {
        "title": TITLE,
        "log": Phrase("chat.log", "Messages"),
        "write": Phrase("chat.write", "Write a message"),
        "send": Phrase("chat.send", "Send"),
        "attach": Phrase("chat.attach", "Send a photo or a file"),
        "record": Phrase("chat.record", "Record a voice message"),
        "recording": Phrase("chat.recording", "Recording"),
        "send_voice": Phrase("chat.send_voice", "Send the voice message"),
        "cancel": Phrase("chat.cancel", "Cancel"),
        "no_microphone": Phrase(
            "chat.no_microphone", "Your phone does not let this page use the microphone."
        ),
        "connecting": Phrase("chat.connecting", "Connecting…"),
        "offline": Phrase("chat.offline", "No internet. Your messages are sent when it is back."),
        "call": Phrase("chat.call", "No internet now. In danger, call {emergency}."),
        "waiting": Phrase("chat.waiting", "Not sent yet"),
        "stored": Phrase("chat.stored", "Sent"),
        "failed": Phrase("chat.failed", "Not sent"),
        "no_cookies": Phrase(
            "chat.no_cookies", "This page needs cookies. Please allow them in your browser."
        ),
        "you": Phrase("chat.you", "You"),
        "earlier": Phrase("chat.earlier", "Show earlier messages"),
        "newest": Phrase("chat.newest", "Go to the newest message"),
        "too_big": Phrase("chat.too_big", "This file is too big. The limit is {limit} MB."),
        "photo": Phrase("chat.photo", "Photo"),
        "voice": Phrase("chat.voice", "Voice message"),
        "video": Phrase("chat.video", "Video"),
        "document": Phrase("chat.document", "File"),
        "notes": Phrase("chat.notes", "Notes"),
        "write_note": Phrase("chat.write_note", "Write a note"),
        "add_note": Phrase("chat.add_note", "Save"),
    }
)

# what the server answers to what it cannot take; the key is the error's code
ERRORS: Mapping[str, Phrase] = MappingProxyType(
    {
        "try_again": Phrase("chat.error.try_again", "Not sent yet. We try again."),
        "bad_text": Phrase("chat.error.bad_text", "This text has characters that we cannot read."),
        "too_big": PAGE["too_big"],
        "type": Phrase(
            "chat.error.type",
            "We cannot take this kind of file. Please send a photo, a PDF, a Word file (.docx), "
            "a voice message or a video.",
        ),
        "empty": Phrase("chat.error.empty", "This file is empty."),
        "forbidden": Phrase("chat.error.forbidden", "Please open this page again."),
    }
)
ERROR = Phrase("chat.error", "This could not be sent.")

JOIN_LEAD = Phrase(
    "webchat.join_lead",
    "The office has begun a conversation for you. Press the button to go on with it here, in this "
    "browser.",
)
JOIN_HERE = Phrase("webchat.join_here", "Go on here")
