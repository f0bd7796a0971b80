"""A mail server of our own: it speaks SMTP, asks for a password where told, keeps what it gets."""

import asyncio
import base64
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage


class MailServer:
    """What came in, and how the server behaves."""

    def __init__(self, user: str = "", password: str = "") -> None:
        self.user, self.password = user, password
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuses: set[str] = set()  # recipients that it does not know
        self.is_down = False  # answers 421 to everybody
        self.arrived = asyncio.Event()
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it quits."""
        recipients: list[str] = []
        known = not self.user

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("421 closing" if self.is_down else "220 mail.test ESMTP")
        while not self.is_down and (line := (await reader.readline()).decode().strip()):
            word, _, rest = line.partition(" ")
            match word.upper():
                case "EHLO":
                    await say("250-mail.test")
                    await say("250 AUTH PLAIN" if self.user else "250 8BITMIME")
                case "AUTH":
                    given = base64.b64decode(rest.split()[-1]).decode().split("\0")[1:]
                    known = given == [self.user, self.password]
                    await say("235 welcome" if known else "535 wrong")
                case "MAIL":
                    recipients = []
                    await say("250 ok" if known else "530 who are you")
                case "RCPT":
                    address = rest.partition("<")[2].partition(">")[0]
                    if address in self.refuses:
                        await say("550 no such person")
                    else:
                        recipients.append(address)
                        await say("250 ok")
                case "DATA":
                    await say("354 go on")
                    body = (await reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
                    mail = email.message_from_bytes(body, policy=email.policy.default)
                    self.mails.append(mail)
                    self.recipients += recipients
                    await say("250 kept")
                    self.arrived.set()
                case "QUIT":
                    await say("221 bye")
                    break
                case _:
                    await say("250 ok")
        writer.close()


@asynccontextmanager
async def mail_server(
    user: str = "", password: str = "", tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailServer]:
    """A server that listens on a free port of this machine."""
    keeper = MailServer(user, password)
    server = await asyncio.start_server(keeper.talk, "127.0.0.1", 0, ssl=tls)
    keeper.port = server.sockets[0].getsockname()[1]
    async with server:
        yield keeper
