"""One case as an encrypted archive, with a list of hashes: for a court, or for another office.

AES-256 by pyzipper, which 7-Zip, Keka and WinZip open. The password is the lawyer's to keep: it is
stored nowhere. SHA256SUMS inside says of each file what it was when it left here; the hash of that
list itself stands in the audit log.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import pyzipper  # type: ignore[import-untyped]

from bot import messages
from bot.casework import cases, doors, dossier
from bot.casework.cases import CasePage
from bot.casework.dossier import Dossier
from bot.errors import BadInput
from bot.media import TYPES
from bot.runtime import Runtime
from storage import files
from storage.database import Tx
from storage.records import Attachment, CaseId, Staff

MIN_PASSWORD = 12  # characters
SUMS = "SHA256SUMS"


async def make(runtime: Runtime, lawyer: Staff, case_id: int, password: str) -> tuple[str, bytes]:
    """The archive of one's own case, open or closed, and its name; audited.

    Raises BadInput for a password that is too short, NotFound for a case of somebody else.
    """
    if len(password) < MIN_PASSWORD:
        raise BadInput("password", "too short")
    page = await cases.read_case(runtime, lawyer, CaseId(case_id))
    kept = await dossier.read(runtime, lawyer, case_id)
    folder, now = runtime.settings.media_folder, runtime.clock()

    def load(tx: Tx) -> dict[str, bytes]:
        doors.held_case(tx, lawyer, case_id)
        return {name_of(file): files.load(tx, folder, file) for file in kept.files}

    parts = {
        "case.json": _dumped(_facts_of(page)),
        "conversation.txt": _conversation(page).encode(),
        "work.json": _dumped(_work_of(kept)),
        **await runtime.database.read(load),
    }
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in parts.items()
    )
    parts[SUMS] = sums.encode()
    digest = hashlib.sha256(parts[SUMS]).hexdigest()

    def note(tx: Tx) -> None:
        case = doors.held_case(tx, lawyer, case_id)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "exported", now, f"sums={digest}")

    await runtime.database.write(note)
    return f"hamrah-{page.case.code}.zip", _zipped(parts, password)


def name_of(file: Attachment) -> str:
    """The name of a file inside the archive: its number, and what it is."""
    known = TYPES.get(file.media_type)
    return f"files/{file.id}{known.suffixes[0] if known else '.bin'}"


def _zipped(parts: Mapping[str, bytes], password: str) -> bytes:
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(
        buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _facts_of(page: CasePage) -> dict[str, Any]:
    case = page.case
    return {
        "code": case.code,
        "topic": case.topic,
        "language": page.worker_language,
        "state": case.state.value,
        "outcome": case.outcome,
        "queued_at": case.queued_at,
        "claimed_at": case.claimed_at,
        "closed_at": case.closed_at,
        "lawyer": page.assignee.name if page.assignee else None,
        "answers": [asdict(answer) for answer in page.answers],
        "notes": [asdict(note) for note in page.notes],
    }


def _work_of(kept: Dossier) -> dict[str, Any]:
    return {
        "people": [asdict(party) for party in kept.parties],
        "papers": [asdict(paper) for paper in kept.papers],
        "steps": [asdict(step) for step in kept.steps],
        "next": None if kept.planned is None else asdict(kept.planned),
        "questions": [
            {"ready": asked.ready, "kind": asked.kind, "answer": asked.answer}
            for asked in kept.questions
        ],
        "referrals": [asdict(referral) for referral in kept.referrals],
        "translations": [asdict(translation) for translation in kept.translations],
        "closing": None
        if kept.closing is None
        else {**asdict(kept.closing), "services": dict(kept.closing.services)},
    }


def _conversation(page: CasePage) -> str:
    lines = []
    for message in page.messages:
        names = [name_of(file) for file in page.attachments.get(message.id, ())]
        who = page.staff_names.get(message.staff_id, "") if message.staff_id else ""
        head = f"[{message.created_at.isoformat(timespec='seconds')}] {message.author.value}"
        head += f" {who}" if who else ""
        words = [messages.text_of(message.body), *names]
        lines.append(f"{head} ({message.language}):\n" + "\n".join(filter(None, words)))
    return "\n\n".join(lines) + "\n"


def _dumped(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
