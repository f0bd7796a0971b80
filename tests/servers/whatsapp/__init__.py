"""A local WhatsApp: a real HTTP server that answers like Meta's Cloud API, and phones that show it.

    async with WhatsAppServer() as server:                # HAMRAH_WHATSAPP_API_URL=server.url
        server.webhook = f"{bot_address}/whatsapp/webhook"
        user = server.new_user(country="994")             # phone number and user id
        user.says("Hello")                                # signed, batched, posted as by Meta
        seen = await server.hears(user, "Which language")
        user.taps("English")                              # a reply button or a row of the list
        assert server.violations == []                    # what Meta would refuse or charge twice

People: `new_user(phone=, user_id=, hidden_phone=)`; `says`, `taps(label)`, `sends_file`,
`sends_location`, `sends_sticker`, `reacts`, `sends_unknown`, `edits`, `changes_number`,
`stops_marketing`; `user.screen` is a list of `Seen` (by_bot, kind, text, labels, footer, file).

Kept like Meta: lengths and numbers of buttons and rows, unique ids, the 24-hour window (131047 in
the answer, or later as a receipt: `window_by_receipt`), templates by name, language and approval,
80 messages a second (130429), about one in 6 s to a person with bursts of 45 (131056), media by
id with links that run out, receipts (sent, delivered, read) with the tracker, pricing.

Misbehaviour: `fail_next(fault, times=, method=)` and `faults = Faults(...)` with GraphError(code),
LaterError(code) (taken, and failed by receipt), and the faults of the local Telegram (Broken,
BadGateway, DropBefore, DropAfter, CutAnswer, Slow, Hold); `batch`, `duplicates`, `disorder`.
"""

from tests.servers.whatsapp.faults import GraphError, LaterError
from tests.servers.whatsapp.people import Person, Seen
from tests.servers.whatsapp.server import WhatsAppServer

__all__ = ["GraphError", "LaterError", "Person", "Seen", "WhatsAppServer"]
