"""A local Telegram: a real HTTP server that answers like the Bot API, and phones that show it.

    async with TelegramServer(topics=True) as server:      # HAMRAH_TELEGRAM_API_URL=server.url
        user = server.new_user(language_code="uk")          # HAMRAH_TELEGRAM_TOKEN=server.token
        user.start("topic-wages")                           # the bot is told
        question = await server.hears(user, "Which")        # its message, once it is there
        tap = user.tap("Wages")                             # a real callback_query
        await server.until(lambda: tap.answered)            # asked again after each event
        assert judge(server) == []                          # judges.py: others judge every call

People: `server.new_user(language_code=, username=, met=)`; they `start(payload)`, `send_text`
(thread=, reply_to=, group=), `reply_to`, `edit_text`, `tap(label, message=, thread=)`,
`press_key`, `send_photo` / `_document` / `_voice` / `_audio` / `_video` / `_video_note` /
`_sticker` / `_location` / `_contact` / `_album` (size= pretends a larger file), `block`, `unblock`,
`delete_account`, `delete_message`, `clear_history`, `create_topic`, `delete_topic`, `react`.
Groups: `server.new_group(title, forum=, administrator=)`, `group.set_bot(status, by)`,
`group.migrate()`.

Screens: `user.visible(thread)`, `user.last`, `user.news()`, and `server.chat(user)` (or
`user.chat`) with `visible`, `last`, `said`, `deleted`, `ever`, `topics`, `keys`, `typing`,
`actions`, `card()`. A `Seen` message has id, by_bot, kind, text, buttons, labels, button(label),
styled, file, thread, reply_to, edited, earlier, protected, silent, preview, reactions, raw.

Calls: `server.calls`, `server.calls_of(method)`: method, params, files, at, status, result,
description, fault, happened, ok. `server.violations` (what Telegram overlooks: unknown parameters
and fields, dead links, ...), `server.refused` (400s) and `server.impatient` (calls before a 429
was over) are empty for a good bot. `server.updates.done` and `.lost`, `server.pending`.

Waiting, without sleeps: `until(predicate, seconds)`, `hears(user, words)`, `settled()`;
TimeoutError tells what every chat shows. Time: `clock=` and `server.forward(hours=49)`.

Faults: `server.fail_next(fault, method, times)`, `server.hold_next(method, before=)` (a `Hold`
with `reached` and `release()`), by chance `server.faults = Faults(share=0.2, seed=7, kinds=,
methods=, duplicates=, disorder=, malformed=)`; faults are TooMany, Broken, BadGateway, DropBefore,
DropAfter, CutAnswer, Slow, Refuse (BLOCKED, NO_CHAT). `server.tell_again(n)` repeats updates,
`server.tell_raw(body)` says anything, `stop()` and `start()` keep address and memory.

Settings: `flood=Flood(...)` or None (one message a second to a chat with bursts of 5, 30 overall,
20 a minute to a group), `topics`, `people_create_topics`, `deleted_topic_refuses`,
`reads_all_groups`, `retries=Retries(...)` of a webhook, `one_lane_per_chat` (else, as in reality,
taps and messages of one person reach a webhook side by side).

Known to be simpler than the real one: HTML is the only parse mode; files by address, inline mode,
business, channels, payments and games are missing (a call of them is a violation); limits that
Telegram does not publish (pace, buttons, how long a tap lives) are the usual estimates.
"""

from tests.servers.telegram.calls import Call
from tests.servers.telegram.faults import (
    BLOCKED,
    NO_CHAT,
    TRANSIENT,
    BadGateway,
    Broken,
    CutAnswer,
    DropAfter,
    DropBefore,
    Fault,
    Faults,
    Hold,
    Refuse,
    Slow,
    TooMany,
)
from tests.servers.telegram.files import Upload
from tests.servers.telegram.flood import Flood
from tests.servers.telegram.groups import Group
from tests.servers.telegram.people import Tap, User
from tests.servers.telegram.phone import BotCard, ChatView, Seen
from tests.servers.telegram.server import TelegramServer
from tests.servers.telegram.webhook import Retries

__all__ = [
    "BLOCKED",
    "NO_CHAT",
    "TRANSIENT",
    "BadGateway",
    "BotCard",
    "Broken",
    "Call",
    "ChatView",
    "CutAnswer",
    "DropAfter",
    "DropBefore",
    "Fault",
    "Faults",
    "Flood",
    "Group",
    "Hold",
    "Refuse",
    "Retries",
    "Seen",
    "Slow",
    "Tap",
    "TelegramServer",
    "TooMany",
    "Upload",
    "User",
]
