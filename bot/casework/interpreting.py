"""An interpreter in one case: invited by its lawyer, reads it, writes what was said under it."""

from collections.abc import Sequence
from contextlib import suppress

from bot.casework import doors
from bot.casework.cases import CasePage
from bot.errors import BadInput, NotFound
from bot.messages import MAX_TEXT
from bot.runtime import Runtime
from flows.texts import SOURCE_LANGUAGE
from storage import conversations
from storage import interpreters as store
from storage import messages as transcript
from storage import staff as people
from storage.database import Tx
from storage.interpreters import Translation
from storage.records import Attachment, CaseId, MessageId, Role, Staff, StaffId


async def invite(runtime: Runtime, lawyer: Staff, case_id: int, interpreter: int) -> None:
    """Let an interpreter into one's own case."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        person = people.get_staff(tx, interpreter)
        if person is None or person.disabled or person.role is not Role.INTERPRETER:
            raise BadInput("interpreter", "unknown")
        if store.invite(tx, case.id, person.id, now):
            detail = f"staff={person.id}"
            doors.audit_step(tx, case.id, doors.actor(lawyer), "invited", now, detail)

    await runtime.database.write(work)


async def end(runtime: Runtime, lawyer: Staff, case_id: int, interpreter: int) -> None:
    """Close one's own case to an interpreter."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.end(tx, case.id, StaffId(interpreter), now)
        detail = f"staff={interpreter}"
        doors.audit_step(tx, case.id, doors.actor(lawyer), "uninvited", now, detail)

    await runtime.database.write(work)


async def translate(
    runtime: Runtime, writer: Staff, case_id: int, message_id: int, text: str
) -> None:
    """Write under a message what it says: an invited interpreter, or the lawyer of the case."""
    text = text.strip()
    if not text:
        raise BadInput("translation", "empty")
    if len(text) > MAX_TEXT:
        raise BadInput("translation", "too long")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.case_for_reader(tx, writer, case_id)
        message = transcript.get_message(tx, message_id)
        if message is None or message.case_id != case.id:
            raise NotFound
        talk = conversations.get_conversation(tx, case.conversation_id)
        assert talk is not None
        store.add_translation(
            tx, MessageId(message_id), talk.worker.key_id, writer.id, writer.language, text, now
        )
        tx.ring(f"conversation:{case.conversation_id}")
        detail = f"message={message_id}"
        doors.audit_step(tx, case.id, doors.actor(writer), "translated", now, detail)

    await runtime.database.write(work)


async def read_talk(
    runtime: Runtime, reader: Staff, case_id: int
) -> tuple[CasePage, Sequence[Translation]]:
    """The conversation of a case for somebody who interprets it, without answers and notes.

    The reading is audited. Raises NotFound where they are not invited.
    """
    now = runtime.clock()

    def work(tx: Tx) -> tuple[CasePage, Sequence[Translation]]:
        case = doors.case_for_reader(tx, reader, case_id)
        said = doors.messages_of(tx, case)
        talk = conversations.get_conversation(tx, case.conversation_id)
        assert talk is not None
        attachments: dict[int, list[Attachment]] = {}
        for file in doors.files_of(tx, case):
            attachments.setdefault(file.message_id, []).append(file)
        doors.audit_reading(tx, case.id, reader, now)
        page = CasePage(
            case=case,
            assignee=None,
            answers=[],
            messages=said,
            attachments=attachments,
            notes=[],
            staff_names={person.id: person.name for person in people.list_staff(tx)},
            mine=False,
            worker_language=talk.worker.language or SOURCE_LANGUAGE,
        )
        return page, store.list_translations(tx, [message.id for message in said])

    return await runtime.database.write(work)


async def list_cases(runtime: Runtime, interpreter: Staff) -> list[tuple[CaseId, str, str]]:
    """The cases that an interpreter is invited to: number, code, language."""

    def work(tx: Tx) -> list[tuple[CaseId, str, str]]:
        found = []
        for case_id in store.list_cases(tx, interpreter.id):
            with suppress(NotFound):  # closed, or not for this person any more
                case = doors.case_for_reader(tx, interpreter, case_id)
                found.append((case.id, case.code, case.language))
        return found

    return await runtime.database.read(work)
