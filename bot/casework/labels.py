"""Labels of a case: the other side, the region, the tags; what lists and search go by.

And one of the worker: whether a message that nobody asked for could endanger them.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.casework import conflicts, doors
from bot.casework.questions import JOINT
from bot.errors import BadInput
from bot.runtime import Runtime
from storage import actions as action_store
from storage import cases as store
from storage import outreach, questions
from storage.database import Tx
from storage.records import ActionId, Case, CaseId, Membership, Staff

MAX_TAGS = 10
TAG = re.compile(r"[\w-]{1,40}")


@dataclass(frozen=True)
class Labels:
    """A case with its labels."""

    case: Case
    mine: bool
    tags: Sequence[str]
    actions: Mapping[ActionId, Membership]
    asked: Collection[int]  # the joint actions of which the worker was asked in the chat
    unsafe: bool  # the worker, for whatever nobody asked for


async def read(runtime: Runtime, reader: Staff, case_id: CaseId) -> Labels:
    """The labels of a case; raises NotFound, ConflictUndeclared as the case itself does."""

    def work(tx: Tx) -> Labels:
        case = doors.case_for_lawyer(tx, reader, case_id)
        return Labels(
            case=case,
            mine=case.assignee_id == reader.id,
            tags=store.list_tags(tx, case.id),
            actions=action_store.list_of_case(tx, case.id),
            asked=[
                question.about_id
                for question in questions.list_questions(tx, case.id)
                if question.ready == JOINT and question.answer is None and question.about_id
            ],
            unsafe=outreach.is_unsafe(tx, case.worker_id),
        )

    return await runtime.database.read(work)


async def set_unsafe(runtime: Runtime, lawyer: Staff, case_id: CaseId, *, unsafe: bool) -> None:
    """Say whether announcements, reminders and nudges could endanger this worker.

    It holds for the very next message, also for one that waits in the queue.
    """
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.held_case(tx, lawyer, case_id)
        outreach.set_unsafe(tx, case.worker_id, unsafe)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "unsafe" if unsafe else "safe", now)

    await runtime.database.write(work)


async def save(
    runtime: Runtime,
    lawyer: Staff,
    case_id: CaseId,
    *,
    opponent: str,
    region: str,
    tags: str,
    regions: Collection[str],
) -> None:
    """Note the other side, one of these regions, and tags with commas between; raises BadInput.

    Empty is not known. Another name of the other side has everybody else asked again.
    """
    if region and region not in regions:
        raise BadInput("region", "unknown")
    words = [" ".join(tag.split()).replace(" ", "-").casefold() for tag in tags.split(",")]
    words = [word for word in words if word]
    if len(words) > MAX_TAGS or not all(TAG.fullmatch(word) for word in words):
        raise BadInput("tags", "unusable")
    now = runtime.clock()

    def work(tx: Tx) -> None:
        case = doors.own_case(tx, lawyer, case_id)
        store.touch(tx, case.id, region=region or None)
        store.set_tags(tx, case.id, words)
        conflicts.set_opponent(tx, runtime, case, opponent, lawyer.id, now)
        doors.audit_step(tx, case.id, doors.actor(lawyer), "labelled", now)

    await runtime.database.write(work)
