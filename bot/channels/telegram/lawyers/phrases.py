"""What staff read on Telegram. No sentence here holds anything of a case but its number."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase
from storage.records import OutboxState

# -- lists and cards ---------------------------------------------------------------------------

MENU = Phrase("staff_chat.menu", "Hello {name}. What would you like to see?")
ON_DUTY = Phrase("staff_chat.on_duty", "You are on duty today: danger is told to you at any hour.")
ON_DUTY_OTHER = Phrase("staff_chat.on_duty_other", "On duty today: {name}.")
ON_DUTY_NOBODY = Phrase("staff_chat.on_duty_nobody", "Nobody is on duty today.")
TIED = Phrase(
    "staff_chat.tied",
    "This account now belongs to {name}. News of cases comes here, without any content.",
)
TIED_CONTENT = Phrase(
    "staff_chat.tied_content",
    "This account now belongs to {name}. News and your own cases come here. Lock this phone.",
)
BAD_CODE = Phrase(
    "staff_chat.bad_code", "This link does not work any more. Please ask for a new one."
)
QUEUE = Phrase("staff_chat.queue", "Waiting for a lawyer:")
QUEUE_EMPTY = Phrase("staff_chat.queue_empty", "Nobody is waiting.")
MINE = Phrase("staff_chat.mine", "Your cases:")
MINE_EMPTY = Phrase("staff_chat.mine_empty", "You have no open cases.")
MORE = Phrase("staff_chat.more", "And {count} more: see the desk.")
LINE = Phrase(
    "staff_chat.line", "{code} · P{priority} · {language} · {topic} · {waiting} · due {due}"
)
WITH_YOU = Phrase("staff_chat.with_you", "This case is with you.")
WITH = Phrase("staff_chat.with", "{name} has this case since {time}.")
AGAINST = Phrase("staff_chat.against", "The other side: {name}")
UNDECLARED = Phrase(
    "staff_chat.undeclared",
    "This case is with you. Before you read it: do you have a conflict of interest?",
)
LOOK_IN_DESK = Phrase(
    "staff_chat.look_in_desk", "The other side is named in the desk. Please look there first."
)
DECLINED = Phrase("staff_chat.declined", "{code}: noted. You will not see this case any more.")
IN_QUEUE = Phrase("staff_chat.in_queue", "This case waits for a lawyer.")
CLOSED = Phrase("staff_chat.closed", "This case is closed: {outcome}.")
GONE = Phrase("staff_chat.gone", "There is nothing here for you any more.")
ROOM = Phrase(
    "staff_chat.room",
    "What you write here goes to the worker as you write it. The worker reads {language}. "
    "A private note: /note and your words.",
)
ROOM_BY_REPLY = Phrase(
    "staff_chat.room_by_reply",
    "To write to the worker, reply to a message of this case. The worker reads {language}. "
    "A private note: reply with /note and your words.",
)
AGAIN = Phrase(
    "staff_chat.again", "The topic of this case was deleted, so here is a new one. "
    "What was said before is in the desk.",
)  # fmt: skip
DESK = Phrase("staff_chat.desk", "This link opens the desk once, within ten minutes.")

# -- what is asked -----------------------------------------------------------------------------

ASKS: Mapping[str, Phrase] = MappingProxyType(
    {
        "reply": Phrase("staff_chat.ask.reply", "{code}: reply to this with your words."),
        "note": Phrase(
            "staff_chat.ask.note", "{code}: reply to this with a private note. Only lawyers see it."
        ),
        "release": Phrase(
            "staff_chat.ask.release",
            "{code}: reply to this with what the next lawyer must know. The case goes back "
            "into the queue.",
        ),
        "transfer": Phrase(
            "staff_chat.ask.transfer",
            "{code}: reply to this with what {name} must know. It stays with you until {name} "
            "has accepted.",
        ),
    }
)
ASK_OUTCOME = Phrase("staff_chat.ask.outcome", "{code}: how did it end?")
ASK_COLLEAGUE = Phrase("staff_chat.ask.colleague", "{code}: who should take it over?")
ASK_CASE = Phrase(
    "staff_chat.ask.case", "I do not know which case this is for. Nothing was sent. Choose one:"
)
ASK_QUICK = Phrase(
    "staff_chat.ask.quick", "{code}: which quick reply? It goes out at once, in {language}."
)
NO_QUICK = Phrase(
    "staff_chat.no_quick", "{code}: there are no quick replies yet. They are written in the desk."
)
ASK_PAPER = Phrase("staff_chat.ask.paper", "{code}: for which document shall I ask the worker?")
ASKED_PAPER = Phrase("staff_chat.asked_paper", "{code}: the worker is asked for it.")
NO_COLLEAGUE = Phrase("staff_chat.no_colleague", "{code}: there is nobody who could take it.")
NO_CASE = Phrase("staff_chat.no_case", "You have no open case, so this was not sent to anybody.")

# -- what was done -----------------------------------------------------------------------------

NOTED = Phrase("staff_chat.noted", "{code}: the note is kept. The worker does not see it.")
RELEASED = Phrase("staff_chat.released", "{code} is back in the queue.")
OFFERED = Phrase(
    "staff_chat.offered", "{code}: your colleague was asked. It is yours until they accept."
)
REFUSED = Phrase("staff_chat.refused", "{code} stays with your colleague.")
DELIVERED = Phrase("staff_chat.delivered", "✓ {code}: delivered to the worker.")
NOT_DELIVERED: Mapping[OutboxState, Phrase] = MappingProxyType(
    {
        OutboxState.HELD: Phrase(
            "staff_chat.held",
            "⏸ {code}: this waits. It goes to the worker as soon as that is safe for them.",
        ),
        OutboxState.SKIPPED: Phrase(
            "staff_chat.skipped", "✗ {code}: not sent. This worker cannot be written to now."
        ),
        OutboxState.FAILED: Phrase("staff_chat.failed", "✗ {code}: this did not arrive."),
        OutboxState.UNKNOWN: Phrase(
            "staff_chat.unknown", "? {code}: nobody knows whether this arrived. Look in the desk."
        ),
    }
)
BLOCKED = Phrase(
    "staff_chat.blocked", "✗ {code}: this did not arrive. The worker has blocked the bot."
)

# -- what comes from the worker ----------------------------------------------------------------

FROM_WORKER = Phrase("staff_chat.from_worker", "The worker")
FROM_STAFF = Phrase("staff_chat.from_staff", "{name} to the worker")
UNSUPPORTED = Phrase(
    "staff_chat.unsupported",
    "The worker sent something that cannot come through here ({what}). The worker was told.",
)
TOO_BIG = Phrase(
    "staff_chat.too_big", "The worker sent a file that is too big. The worker was told."
)
FILE_LOST = Phrase(
    "staff_chat.file_lost", "A file of the worker did not arrive. The worker was told."
)

# -- what went wrong ---------------------------------------------------------------------------

NOT_SENT = Phrase("staff_chat.not_sent", "✗ Not sent. {why}")
WHY: Mapping[str, Phrase] = MappingProxyType(
    {
        "not_yours": Phrase("staff_chat.why.not_yours", "This case is not in your hands any more."),
        "moved": Phrase("staff_chat.why.moved", "The case has moved on meanwhile."),
        "empty": Phrase("staff_chat.why.empty", "There are no words in it."),
        "too_long": Phrase("staff_chat.why.too_long", "It is too long: send it in parts."),
        "file": Phrase("staff_chat.why.file", "This kind of file cannot be sent."),
        "file_big": Phrase("staff_chat.why.file_big", "The file is too big."),
        "file_lost": Phrase(
            "staff_chat.why.file_lost", "The file did not come from Telegram. Please send it again."
        ),
        "kind": Phrase("staff_chat.why.kind", "Only text, pictures, documents and voice can go."),
        "edited": Phrase(
            "staff_chat.why.edited",
            "What you changed did not go to a worker, so there is nothing to put right there.",
        ),
        "content": Phrase(
            "staff_chat.why.content", "This office keeps what is in cases out of Telegram."
        ),
        "not_allowed": Phrase("staff_chat.why.not_allowed", "Your role does not permit this."),
        "undeclared": Phrase(
            "staff_chat.why.undeclared",
            "First say whether you have a conflict of interest: press View.",
        ),
        "nothing_next": Phrase(
            "staff_chat.why.nothing_next", "No case waits that fits your languages and topics."
        ),
        "duty_taken": Phrase(
            "staff_chat.why.duty_taken", "A colleague is on duty today. Ask the coordinator."
        ),
        "full": Phrase("staff_chat.why.full", "You have as many cases as you may have."),
        "no_words": Phrase(
            "staff_chat.why.no_words", "It has no words in the worker's language yet."
        ),
        "old": Phrase("staff_chat.why.old", "That message is too old. Please send it again."),
        "other": Phrase("staff_chat.why.other", "Please do it in the desk."),
    }
)

# -- commands ----------------------------------------------------------------------------------

COMMANDS_OF_ALL: Mapping[str, Phrase] = MappingProxyType(
    {"menu": Phrase("staff_chat.command.menu", "What can be done here")}
)
COMMANDS: Mapping[str, Phrase] = MappingProxyType(
    {
        **COMMANDS_OF_ALL,
        "queue": Phrase("staff_chat.command.queue", "What waits for a lawyer"),
        "mine": Phrase("staff_chat.command.mine", "What is with me"),
        "next": Phrase("staff_chat.command.next", "Take the next one"),
    }
)

# -- buttons -----------------------------------------------------------------------------------

BUTTONS: Mapping[str, Phrase] = MappingProxyType(
    {
        "menu": Phrase("staff_chat.button.menu", "🏠 Menu"),
        "queue": Phrase("staff_chat.button.queue", "📥 Queue"),
        "next": Phrase("staff_chat.button.next", "⏭ Take the next"),
        "mine": Phrase("staff_chat.button.mine", "📂 My cases"),
        "view": Phrase("staff_chat.button.view", "👁 View"),
        "claim": Phrase("staff_chat.button.claim", "✅ No conflict: claim"),
        "no_conflict": Phrase("staff_chat.button.no_conflict", "✅ No conflict: read"),
        "decline": Phrase("staff_chat.button.decline", "⛔ Conflict: decline"),
        "reply": Phrase("staff_chat.button.reply", "✍️ Write"),
        "note": Phrase("staff_chat.button.note", "📝 Note"),
        "transfer": Phrase("staff_chat.button.transfer", "🤝 Hand over"),
        "release": Phrase("staff_chat.button.release", "↩️ Give back"),
        "close": Phrase("staff_chat.button.close", "🏁 Close"),
        "reopen": Phrase("staff_chat.button.reopen", "🔓 Open again"),
        "desk": Phrase("staff_chat.button.desk", "🖥 In the desk"),
        "open": Phrase("staff_chat.button.open", "Open the desk ↗"),
        "accept": Phrase("staff_chat.button.accept", "✅ Take it over"),
        "refuse": Phrase("staff_chat.button.refuse", "✖️ Not now"),
        "duty_on": Phrase("staff_chat.button.duty_on", "🔔 On duty today"),
        "duty_off": Phrase("staff_chat.button.duty_off", "🔕 Off duty"),
        "quick": Phrase("staff_chat.button.quick", "⚡ Quick reply"),
        "document": Phrase("staff_chat.button.document", "📎 Ask for a document"),
    }
)
