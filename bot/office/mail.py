"""Mail to staff: one plain text at a time, through the office's own mail server."""

import ssl
from email.message import EmailMessage

import aiosmtplib

from bot.errors import Rejected, TryLater
from bot.settings import Settings

TIMEOUT_SECONDS = 30.0


async def send(settings: Settings, to: str, subject: str, text: str) -> None:
    """Hand one mail to the server; raises TryLater, or Rejected where it will never take it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.smtp_from, to, subject
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    message.set_content(text)
    try:
        await aiosmtplib.send(
            message,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            timeout=TIMEOUT_SECONDS,
        )
    except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused) as error:
        raise Rejected(type(error).__name__) from error
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise TryLater(type(error).__name__) from error
