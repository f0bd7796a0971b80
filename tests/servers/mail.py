"""A mail server of our own: SMTP, with STARTTLS and a password where told; keeps what it gets."""

import asyncio
import base64
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class MailServer:
    """What came in, and how the server behaves."""

    def __init__(
        self, user: str = "", password: str = "", start_tls: ssl.SSLContext | None = None
    ) -> None:
        self.user, self.password, self.start_tls = user, password, start_tls
        self.in_the_clear: list[str] = []  # what was said before a channel was sealed
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.refuses: set[str] = set()  # recipients that it does not know
        self.is_down = False  # answers 421 to everybody
        self.arrived = asyncio.Event()
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it quits."""
        recipients: list[str] = []
        known, sealed = not self.user, writer.get_extra_info("sslcontext") is not None

        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("421 closing" if self.is_down else "220 mail.test ESMTP")
        while not self.is_down and (line := (await reader.readline()).decode().strip()):
            word, _, rest = line.partition(" ")
            if not sealed:
                self.in_the_clear.append(word.upper())
            match word.upper():
                case "EHLO":
                    await say("250-mail.test")
                    if self.start_tls and not sealed:
                        await say("250-STARTTLS")
                    await say("250 AUTH PLAIN" if self.user else "250 8BITMIME")
                case "STARTTLS" if self.start_tls and not sealed:
                    await say("220 go on")
                    await writer.start_tls(self.start_tls)
                    sealed = True
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
    user: str = "",
    password: str = "",
    tls: ssl.SSLContext | None = None,
    start_tls: ssl.SSLContext | None = None,
) -> AsyncIterator[MailServer]:
    """A server that listens on a free port of this machine."""
    keeper = MailServer(user, password, start_tls)
    server = await asyncio.start_server(keeper.talk, "127.0.0.1", 0, ssl=tls)
    keeper.port = server.sockets[0].getsockname()[1]
    async with server:
        yield keeper


def certificate(folder: Path, name: str = "localhost") -> Path:
    """A certificate of our own for this name, with its key; whoever trusts the file trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    day = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name}.pem"
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


def server_tls(path: Path) -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
