"""All the work on a case in one reading: for its page, and for its export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.casework import closing, doors
from bot.casework.case_phrases import CONSENTS
from bot.casework.closing import Facts
from bot.runtime import Runtime
from storage import casework, closings, conversations, interpreters, questions, quick_replies
from storage import staff as people
from storage.casework import NextAction, Paper, Party, Step
from storage.closings import Closing, Referral
from storage.database import Tx
from storage.interpreters import Translation
from storage.questions import Question
from storage.quick_replies import QuickReply
from storage.records import Attachment, Role, Staff


@dataclass(frozen=True)
class Dossier:
    """What lawyers did and keep in a case; empty for who may not read it."""

    parties: Sequence[Party] = ()
    papers: Sequence[Paper] = ()
    steps: Sequence[Step] = ()
    planned: NextAction | None = None
    questions: Sequence[Question] = ()
    referrals: Sequence[Referral] = ()
    closing: Closing | None = None
    facts: Facts = field(default_factory=Facts)
    consents: Mapping[str, bool] = field(default_factory=dict)  # purpose -> yes
    files: Sequence[Attachment] = ()
    translations: Sequence[Translation] = ()
    interpreters: Sequence[Staff] = ()  # invited
    may_interpret: Sequence[Staff] = ()  # could be invited
    quick_replies: Sequence[QuickReply] = ()
    drafts: Mapping[str, str] = field(default_factory=dict)


async def read(runtime: Runtime, reader: Staff, case_id: int) -> Dossier:
    """The dossier; the reading itself is audited by cases.read_case."""

    def work(tx: Tx) -> Dossier:
        case = doors.case_for_lawyer(tx, reader, case_id)
        if not doors.may_read_content(reader, case):
            return Dossier()
        invited = interpreters.list_invited(tx, case.id)
        staff = [person for person in people.list_staff(tx) if person.role is Role.INTERPRETER]
        messages = [message.id for message in doors.messages_of(tx, case)]
        return Dossier(
            parties=casework.list_parties(tx, case.id),
            papers=casework.list_papers(tx, case.id),
            steps=casework.list_steps(tx, case.id),
            planned=casework.get_next(tx, case.id),
            questions=questions.list_questions(tx, case.id),
            referrals=closings.list_referrals(tx, case.id),
            closing=closings.get_closing(tx, case.id),
            facts=closing.read_facts(tx, case.id),
            consents={
                purpose: conversations.has_consent(tx, case.worker_id, purpose)
                for purpose in CONSENTS
            },
            files=doors.files_of(tx, case),
            translations=interpreters.list_translations(tx, messages),
            interpreters=[person for person in staff if person.id in invited],
            may_interpret=[
                person for person in staff if person.id not in invited and not person.disabled
            ],
            quick_replies=quick_replies.list_all(tx),
            drafts=casework.list_drafts(tx, case.id, reader.id),
        )

    return await runtime.database.read(work)
