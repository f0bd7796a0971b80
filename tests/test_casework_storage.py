"""What lawyers keep about a case, on both databases; and what erasing leaves of it."""

from datetime import date

import pytest
from sqlalchemy import select

from storage import (
    cases,
    casework,
    closings,
    erasure,
    interpreters,
    questions,
    quick_replies,
    schema,
)
from storage import messages as transcript
from storage.casework import PaperState
from storage.closings import Closing, ReferralState
from storage.crypto import KeyDestroyed
from storage.database import Database, Tx
from storage.records import Case
from tests.builders import a_case, a_conversation, a_lawyer, a_message_in, a_message_out
from tests.conftest import NOON

DAY = date(2026, 12, 1)


def a_full_case(tx: Tx) -> Case:
    """A case with something in every table of this subject."""
    case, lawyer = a_case(tx), a_lawyer(tx)
    talk = a_conversation(tx)
    message = a_message_out(tx, talk)
    file = transcript.add_attachment(
        tx, a_message_in(tx, talk), talk.worker.key_id,
        media_type="image/png", size_bytes=1, name="canary.png",
    )  # fmt: skip
    casework.add_party(tx, case.id, lawyer.id, "employer", "شرکت Ərgün", "the boss", NOON)
    paper = casework.get_paper(tx, case.id, casework.add_paper(tx, case.id, "certificate", "Own"))
    assert paper is not None
    casework.set_paper(tx, paper, state=PaperState.ARRIVED, attachment_id=file.id, tracking="RR1")
    casework.add_step(tx, case.id, lawyer.id, "letter", DAY, "Court", "", NOON)
    casework.set_next(tx, case.id, lawyer.id, DAY, "Call", NOON)
    casework.save_draft(tx, case.id, lawyer.id, "text", "Half", NOON)
    questions.add_question(
        tx, case.id, talk.id, message, lawyer.id,
        number=1, kind="yes_no", ready="works", about_id=None,
    )  # fmt: skip
    interpreters.invite(tx, case.id, lawyer.id, NOON)
    interpreters.add_translation(tx, message, talk.worker.key_id, lawyer.id, "en", "It says", NOON)
    closings.add_referral(tx, case.id, lawyer.id, "iom", "All", NOON)
    closings.save_facts(tx, case.id, {"sex": "f"}, NOON)
    closings.save_closing(tx, case.id, lawyer.id, Closing(5000, "AZN", {"hearing": 2}), NOON)
    cases.add_note(tx, case.id, lawyer.id, "My own note", NOON)
    return case


async def test_what_is_kept_comes_back(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = a_full_case(tx)
        assert [p.name for p in casework.list_parties(tx, case.id)] == ["شرکت Ərgün"]
        [paper] = casework.list_papers(tx, case.id)
        assert (paper.title, paper.tracking, paper.state) == ("Own", "RR1", PaperState.ARRIVED)
        assert [s.addressee for s in casework.list_steps(tx, case.id)] == ["Court"]
        following = casework.get_next(tx, case.id)
        assert following is not None
        assert (following.on_day, following.what) == (DAY, "Call")
        closing = closings.get_closing(tx, case.id)
        assert closing is not None
        assert (closing.recovered, dict(closing.services)) == (5000, {"hearing": 2})
        assert closings.get_facts(tx, case.id) == {"sex": "f"}

    await database.write(work)


async def test_only_the_first_answer_counts(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = a_full_case(tx)
        [asked] = questions.list_questions(tx, case.id)
        assert questions.save_answer(tx, asked, "yes", NOON)
        assert not questions.save_answer(tx, asked, "no", NOON)
        assert [q.answer for q in questions.list_questions(tx, case.id)] == ["yes"]

    await database.write(work)


async def test_a_referral_moves_only_from_where_it_was_seen(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = a_full_case(tx)
        [seen] = closings.list_referrals(tx, case.id)
        assert closings.move_referral(tx, seen, ReferralState.AGREED, NOON)
        assert not closings.move_referral(tx, seen, ReferralState.REFUSED, NOON)

    await database.write(work)


async def test_erasing_a_worker_empties_every_table_about_people(database: Database) -> None:
    def work(tx: Tx) -> None:
        case = a_full_case(tx)
        kept = schema.legal_case.c
        old_key = tx.execute(select(kept.key_id).where(kept.id == case.id)).scalar_one()
        name = tx.execute(select(schema.case_party.c.id, schema.case_party.c.name_sealed)).one()
        erasure.erase_worker(tx, case.worker_id, NOON)
        for table in (*schema.ABOUT_PEOPLE, schema.message_translation):
            assert tx.execute(select(table)).all() == []
        tx._data_keys.clear()  # what this very transaction still had in memory
        with pytest.raises(KeyDestroyed):
            tx.data_key(old_key)
        with pytest.raises(KeyDestroyed):  # a copy from a backup
            tx.unseal("case_party.name", name.id, name.name_sealed)
        assert [n.text for n in cases.list_notes(tx, case.id)] == ["My own note"]
        counted = closings.get_closing(tx, case.id)
        assert counted is not None
        assert dict(counted.services) == {"hearing": 2}

    await database.write(work)


async def test_a_quick_reply_has_one_text_in_each_language(database: Database) -> None:
    def work(tx: Tx) -> None:
        lawyer = a_lawyer(tx)
        key = quick_replies.add(tx, lawyer.id, "Greeting", NOON)
        quick_replies.set_text(tx, key, "en", "Hello", NOON)
        quick_replies.set_text(tx, key, "en", "Good day", NOON)
        quick_replies.set_text(tx, key, "fa", "سلام", NOON)
        [reply] = quick_replies.list_all(tx)
        assert dict(reply.texts) == {"en": "Good day", "fa": "سلام"}
        assert quick_replies.remove(tx, key, NOON)
        assert not quick_replies.remove(tx, key, NOON)
        assert quick_replies.list_all(tx) == []

    await database.write(work)


async def test_an_invitation_ends(database: Database) -> None:
    def work(tx: Tx) -> None:
        case, person = a_case(tx), a_lawyer(tx, "Nigar")
        assert interpreters.invite(tx, case.id, person.id, NOON)
        assert not interpreters.invite(tx, case.id, person.id, NOON)
        interpreters.end(tx, case.id, person.id, NOON)
        assert not interpreters.is_invited(tx, case.id, person.id)

    await database.write(work)
