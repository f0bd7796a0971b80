"""Alerts by mail, for staff who have no Telegram: that there is something in the desk.

The same content-free sentences as everywhere (office/notices.py), all that is new in one mail. A
notice is noted as gone after the server has taken it: two are better than none, and an alert that
fails waits for the next round.
"""

import re
from collections import defaultdict

import structlog

from bot.errors import BadInput, Rejected, TryLater
from bot.loop import Loop
from bot.office import mail, notices
from bot.runtime import Runtime
from flows.model import Phrase
from storage import audit, signin
from storage import staff as people
from storage.database import Tx
from storage.records import Notice, Staff, StaffId

log = structlog.get_logger()
CHANNEL = "email"
LOOK_EVERY_SECONDS = 20.0
AFTER_FAILURE_SECONDS = 60.0
MAX_ADDRESS = 254  # characters, RFC 5321
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]+")
SUBJECT = Phrase("mail.subject", "Hamrah: there is news in the desk")


class Alerts(Loop):
    """Sends what is new, whenever something is; off without a mail server."""

    name, topics = "alerts", ("notices",)

    async def _round(self) -> float:
        well = not self._runtime.settings.smtp_host or await send_new(self._runtime)
        return LOOK_EVERY_SECONDS if well else AFTER_FAILURE_SECONDS


async def send_new(runtime: Runtime) -> bool:
    """Send each person one mail with all that is new; False where the server failed."""

    def read(tx: Tx) -> tuple[dict[StaffId, str], dict[StaffId, Staff]]:
        return signin.list_mails(tx), {person.id: person for person in people.list_staff(tx)}

    addresses, staff = await runtime.database.read(read)
    news: dict[StaffId, list[Notice]] = defaultdict(list)
    for notice in await notices.undelivered(runtime, CHANNEL, list(addresses)):
        news[notice.staff_id].append(notice)
    well = True
    for person, told in news.items():
        well = await _send(runtime, staff[person], addresses[person], told) and well
    return well


async def _send(runtime: Runtime, person: Staff, address: str, told: list[Notice]) -> bool:
    language = person.language
    lines = [
        f"{notices.sentence(runtime, notice, language)}\n{notices.address(runtime, notice)}"
        for notice in told
    ]
    subject = runtime.speech.say(SUBJECT, language)
    try:
        await mail.send(runtime.settings, address, subject, "\n\n".join(lines) + "\n")
    except TryLater as error:
        log.warning("alerts.later", staff=person.id, reason=error.reason)
        return False
    except Rejected as error:  # the desk tells it all the same
        log.error("alerts.rejected", staff=person.id, reason=error.reason)
    for notice in told:
        await notices.mark_delivered(runtime, notice.id, CHANNEL)
    return True


async def address_of(runtime: Runtime, person: Staff) -> str:
    """Where this person is alerted; "" where nowhere."""
    return (await runtime.database.read(lambda tx: signin.get_mail(tx, person.id))) or ""


async def set_address(runtime: Runtime, person: Staff, address: str) -> None:
    """Alert this person here; "" ends it. Raises BadInput for what is no address."""
    address, now = address.strip(), runtime.clock()
    if address and (len(address) > MAX_ADDRESS or not ADDRESS.fullmatch(address)):
        raise BadInput("mail", "unknown")

    def work(tx: Tx) -> None:
        signin.set_mail(tx, person.id, address or None, now)
        action = "mail_set" if address else "mail_removed"
        audit.append(
            tx, audit.OFFICE, actor=f"staff:{person.id}", action=action, now=now, detail=""
        )

    await runtime.database.write(work)
