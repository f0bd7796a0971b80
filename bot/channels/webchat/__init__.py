"""The web chat: a page at /chat for people without Telegram or WhatsApp.

A random cookie says who is writing; nothing else about the person is known. The page talks over
one socket, in JSON. The browser sends, each with an id of its own choice:

    {"resume": {"after": 7, "chat": "…", "language": "fa"}}   first: what it has seen of which chat
    {"earlier": {"before": 3}}                     entries further up
    {"id": "…", "text": "…"}
    {"id": "…", "tap": {"question": 4, "option": "yes"}}
    {"id": "…", "command": "menu"}                 or any other of flows.model.Command

and gets:

    {"state": {"chat": "…", "language", "direction", "hidden", "buttons", "texts"}}
    {"seq": 8, "message": {"author", "kind", "text", "day", "time", "direction", …}}
    {"ack": "…"}                                   after the commit; its own entry came before it
    {"error": "try_again", "id": "…", "text": "…"}

A socket that resumes gets every entry after `after`, once and in order. Where `state.chat`
changes (the chat was hidden, shown again, or begun anew) all that was shown is void and the entries
come afresh. An id that was acknowledged before is acknowledged again and does nothing. After
"try_again" nothing was stored: the browser keeps the message and sends it again. Files go to
POST /chat/file (multipart: id, file), which answers {"ack"} or {"error", "text"} likewise.

    page.py      GET /chat, its script and style; the headers of every answer
    visitor.py   who is writing, and whether our own page sent it
    frames.py    what a browser may send; everything else is an error
    sockets.py   GET /chat/socket
    files.py     POST /chat/file, GET /chat/file/ID (bot/media.py: what a file is)
    view.py      the chat as the browser gets it;  phrases.py: the page's own words
"""

from aiohttp import web

from bot.channels.webchat import files, page, sockets
from bot.channels.webchat.visitor import ACCOUNT, CHANNEL
from bot.runtime import Runtime
from storage.pace import Rate, Rates
from storage.records import OutboxRow


class WebChat:
    """The web chat as the dispatcher sees it: a message is delivered by being in the transcript.

    Claiming a row gives the message its seq and rings its conversation; the sockets look there.
    """

    name = CHANNEL
    account = ACCOUNT
    rates = Rates(Rate(200, 50), None, announcements=Rate(160, 20))  # what our own server bears

    async def send(self, row: OutboxRow) -> str | None:
        """Nothing is left to do."""
        return None

    async def close(self) -> None:
        """There is no connection of ours."""


def add_routes(app: web.Application, runtime: Runtime) -> None:
    """Serve the web chat under /chat; its sockets end in good order when the app shuts down."""
    page.add_routes(app, runtime)
    sockets.add_routes(app, runtime)
    files.add_routes(app, runtime)
