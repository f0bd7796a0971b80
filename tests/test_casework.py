"""The work on a case through real pages and the real chat: papers, people, questions, endings."""

import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pyzipper  # type: ignore[import-untyped]

from bot.casework import cases
from bot.desk.routes import TOOLS
from bot.messages import TapIn, parse
from bot.runtime import Runtime
from flows.model import Command
from storage import audit, casework, conversations, quick_replies
from storage import cases as case_store
from storage.casework import PaperState
from storage.database import Tx
from storage.records import Case, Staff
from tests.conftest import Clock
from tests.talk import Wire, Worker, delivered, delivering
from tests.visitors import (
    DeskVisitor,
    Office,
    Page,
    a_waiting_case,
    against,
    open_office,
    small_house,
)

PERSIAN_EMPLOYER = "شرکت ساختمانی آریا"


@pytest.fixture
async def runtime(tmp_path: Path, clock: Clock) -> AsyncIterator[Runtime]:
    async with small_house(tmp_path, clock) as runtime, delivering(runtime, Wire()):
        yield runtime


@pytest.fixture
async def office(runtime: Runtime) -> AsyncIterator[Office]:
    async with open_office(runtime) as office:
        yield office


class Desk:
    """A lawyer with a claimed case on the screen, and the worker on the other side."""

    def __init__(
        self, office: Office, lawyer: Staff, visitor: DeskVisitor, worker: Worker, case: Case
    ) -> None:
        self.office, self.lawyer = office, lawyer
        self.visitor, self.worker, self.case = visitor, worker, case

    async def page(self) -> Page:
        return await self.visitor.get(f"/desk/cases/{self.case.id}")

    async def does(self, form: str, **fields: str) -> Page:
        """Fill in a form of the page and send it."""
        page = await self.visitor.send(await self.page(), f"/{form}", None, **fields)
        await delivered(self.worker.runtime)
        return page

    async def presses(self, option: str) -> None:
        """The worker presses a button of the newest question of the lawyer."""
        await press(self.worker, option)


async def press(worker: Worker, option: str) -> None:
    asked = [parse(m.body) for m in await worker.transcript() if m.staff_id is not None]
    question = [outgoing for outgoing in asked if outgoing.question is not None][-1]
    assert question.question is not None
    assert option in [choice.option for choice in question.choices]
    await worker.sends(TapIn(question.question, option))


@pytest.fixture
async def desk(office: Office) -> Desk:
    """A worker has asked for a lawyer, who has claimed the case."""
    worker = Worker(office.runtime)
    await worker.opens()
    await worker.taps("en", "lawyer", "yes")
    talk, now = await worker.conversation(), office.runtime.clock()
    await office.runtime.database.write(
        lambda tx: conversations.record_consent(
            tx, talk.worker.id, "write_first", given=True, wording="", language="en", now=now
        )
    )
    case = await case_of(office.runtime, worker)
    assert case is not None
    lawyer, visitor = await office.hire()
    await cases.claim(office.runtime, lawyer, case.id)
    return Desk(office, lawyer, visitor, worker, case)


async def case_of(runtime: Runtime, worker: Worker) -> Case | None:
    talk = await worker.conversation()
    return await runtime.database.read(lambda tx: case_store.get_open_case(tx, talk.id))


async def actions_of(runtime: Runtime, case: Case) -> list[str]:
    entries = await runtime.database.read(
        lambda tx: audit.list_entries(tx, audit.case_chain(case.id))
    )
    return [entry.action for entry in entries]


# -- questions ---------------------------------------------------------------------------------


async def test_a_button_of_a_ready_question_comes_back_as_what_it_means(desk: Desk) -> None:
    page = await desk.does("ask", ready="works_there")
    assert "No answer yet" in page.words
    assert "Do you still work for this employer?" in (await desk.worker.reads())[-1]
    await desk.presses("no")
    assert "Thank you. Your lawyer has your answer now." in await desk.worker.reads()
    assert "Answer: No" in (await desk.page()).words


async def test_a_question_is_answered_once(desk: Desk) -> None:
    await desk.does("ask", ready="works_there")
    await desk.presses("no")
    await desk.presses("yes")
    assert "You have answered this question already." in await desk.worker.reads()
    assert "Answer: No" in (await desk.page()).words


@pytest.mark.parametrize(
    ("ready", "words", "answer"),
    [
        ("last_pay", "5.8.2026", "Answer: August 5, 2026"),
        ("money_owed", "1 500", "Answer: 1,500 AZN"),
        ("works_there", "Yes!", "Answer: Yes"),
    ],
)
async def test_typed_words_answer_the_question_that_was_asked_last(
    desk: Desk, ready: str, words: str, answer: str
) -> None:
    await desk.does("ask", ready=ready)
    await desk.worker.says(words)
    page = await desk.page()
    assert answer in page.words
    assert words in page.words  # the original stays


async def test_the_place_that_a_worker_presses_is_the_region_of_the_case(desk: Desk) -> None:
    await desk.does("ask", ready="place")
    await desk.worker.says("near the sea")  # no region that we know: it goes to the lawyer
    await desk.presses("ganja")
    page = await desk.page()
    assert "Answer: Ganja-Dashkasan" in page.words
    assert "Region Ganja-Dashkasan" in page.words  # among the facts of the case


async def test_an_employer_who_is_written_down_starts_the_question_of_conflict(
    desk: Desk, office: Office
) -> None:
    _, kamran = await office.hire("Kamran")
    other = await a_waiting_case(office.runtime, "other")
    await against(office.runtime, other, "Agency of work")
    await kamran.opens(other.id, says="conflict")
    await desk.does("consent-told", purpose="keep_parties", given="yes")
    await desk.does("party-add", role="employer", name=PERSIAN_EMPLOYER, about="")
    await desk.does("party-add", role="third_person", name="A friend", about="")
    page = await desk.does("party-add", role="foreman", name="AGENCY OF WORK", about="")
    assert f"The other side {PERSIAN_EMPLOYER}; AGENCY OF WORK" in page.words
    await desk.does("release", handover="Please go on")
    assert desk.case.code not in (await kamran.get("/desk/")).text


async def test_a_yes_to_something_else_is_no_consent(desk: Desk) -> None:
    await desk.does("consent-ask", purpose="keep_parties")
    await desk.does("reply", text="Did you eat?")
    await desk.worker.says("yes")
    assert not (await desk.page()).offers("/party-add")


async def test_words_that_are_no_answer_go_to_the_lawyer(desk: Desk) -> None:
    await desk.does("ask", ready="last_pay")
    await desk.worker.says("I must think about it")
    page = await desk.page()
    assert "I must think about it" in page.words
    assert "No answer yet" in page.words


# -- joint actions -----------------------------------------------------------------------------


async def test_a_worker_is_asked_in_the_chat_to_take_part_in_an_action(desk: Desk) -> None:
    runtime, here = desk.worker.runtime, f"/desk/cases/{desk.case.id}/handling"
    page = await desk.visitor.send(await desk.visitor.get(here), "/action", name="Spring wages")
    page = await desk.visitor.send(await desk.visitor.get(here), "/join/ask")
    assert "The worker was asked and has not answered yet." in page.words
    await delivered(runtime)
    assert "Do you want to take part?" in (await desk.worker.reads())[-1]
    await desk.presses("yes")
    assert "Spring wages : The worker takes part" in (await desk.visitor.get(here)).words
    assert "Consent: to take part in an action" in (await desk.page()).words
    talk = await desk.worker.conversation()
    assert await runtime.database.read(
        lambda tx: conversations.has_consent(tx, talk.worker.id, "action:1")
    )
    _, leader = await desk.office.hire("Aysel", "coordinator")
    open_page = await desk.visitor.get("/desk/actions/1")
    page = await leader.send(await leader.get("/desk/actions/1"), "/close")
    assert "This action was closed" in page.words
    assert not page.offers("/steps")
    assert (await desk.visitor.send(open_page, "/steps", step="Late")).status == 409
    page = await leader.send(page, "/reopen")
    assert page.offers("/steps")


# -- people ------------------------------------------------------------------------------------


async def test_names_are_kept_only_after_the_yes_and_go_with_a_no(desk: Desk) -> None:
    assert not (await desk.page()).offers("/party-add")
    await desk.does("consent-ask", purpose="keep_parties")
    await desk.presses("yes")
    page = await desk.does("party-add", role="employer", name=PERSIAN_EMPLOYER, about="Baku")
    assert PERSIAN_EMPLOYER in page.text
    page = await desk.does("consent-told", purpose="keep_parties", given="no")
    assert PERSIAN_EMPLOYER not in page.text
    assert not page.offers("/party-add")


async def test_a_forged_form_keeps_no_name_without_a_yes(desk: Desk) -> None:
    key = (await desk.page()).form("/plan").fields["form_key"]
    page = await desk.visitor.post(
        f"/desk/cases/{desk.case.id}/party-add", form_key=key, role="child", name="Canary"
    )
    assert page.status == 409
    assert "Canary" not in (await desk.page()).text


# -- papers ------------------------------------------------------------------------------------


async def test_a_paper_is_asked_for_with_one_click_and_ticked_when_it_came(
    desk: Desk, office: Office
) -> None:
    page = await desk.does("paper-ask", paper="contract")
    assert "Please send a photo of your work contract." in (await desk.worker.reads())[-1]
    await desk.worker.asks(Command.CASE)
    assert "Still missing from you: Work contract." in (await desk.worker.reads())[-1]
    await desk.worker.sends_photo()
    page = await desk.page()
    assert "A file came after you asked" in page.words
    page = await desk.visitor.send(page, "/paper-link")
    papers = await office.runtime.database.read(lambda tx: casework.list_papers(tx, desk.case.id))
    assert [(p.kind, p.state) for p in papers] == [("contract", PaperState.ARRIVED)]
    await desk.worker.asks(Command.CASE)
    assert "missing" not in (await desk.worker.reads())[-1]


async def test_the_number_of_a_posted_letter_is_told_and_stands_in_my_case(desk: Desk) -> None:
    await desk.does("paper-add", paper="certificate", title="Of the court")
    page = await desk.does(
        "paper-mark", milestone="posted", paper_day="2026-11-20", tracking="RR123AZ"
    )
    assert "posted on November 20, 2026" in page.words
    await desk.worker.asks(Command.CASE)
    assert "Certificate. Number of the letter: RR123AZ." in (await desk.worker.reads())[-1]


# -- what is next ------------------------------------------------------------------------------


async def test_a_missing_next_date_is_said_and_stops_nobody(desk: Desk) -> None:
    page = await desk.does("reply", text="Hello")
    assert "This case has no next date" in page.words
    page = await desk.does("plan", next_day="2026-12-01", next_what="Call the court")
    assert "This case has no next date" not in page.words
    assert "Call the court" in page.text
    await desk.worker.asks(Command.CASE)
    told = (await desk.worker.reads())[-1]
    assert "The next step is planned for December 1, 2026." in told
    assert "Call the court" not in told  # the lawyer's words are the lawyer's
    page = await desk.does("plan", next_day="soon")
    assert (page.status, "Choose a day." in page.words) == (422, True)


async def test_steps_are_written_down_with_their_days(desk: Desk) -> None:
    page = await desk.does(
        "step", step="hearing", step_day="2026-12-10", step_to="Baku Court", step_note="Room 5"
    )
    assert "Hearing" in page.words
    assert "Room 5" in page.words
    await desk.worker.asks(Command.CASE)
    assert "Day of the court or office: December 10, 2026." in (await desk.worker.reads())[-1]


# -- referral ----------------------------------------------------------------------------------


async def test_nothing_is_passed_on_before_the_worker_says_yes(desk: Desk, office: Office) -> None:
    page = await desk.does("refer", recipient="iom", referral_note="The whole story")
    asked = (await desk.worker.reads())[-1]
    assert "IOM, office in Baku" in asked
    assert "It does not belong to this state." in asked
    assert "The whole story" not in asked
    assert not page.offers("/referral-step")
    await desk.presses("yes")
    page = await desk.does("referral-step", to="sent")
    page = await desk.does("referral-step", to="accepted", referral_note="Mrs. A. takes it")
    page = await desk.does("referral-step", to="done")
    assert "Mrs. A. takes it" in page.text
    assert (await actions_of(office.runtime, desk.case)).count("referral") == 3


async def test_a_no_ends_a_referral(desk: Desk) -> None:
    await desk.does("refer", recipient="iom")
    await desk.presses("no")
    page = await desk.page()
    assert "the worker said no" in page.words
    assert not page.offers("/referral-step")


# -- interpreters ------------------------------------------------------------------------------


async def test_an_interpreter_sees_one_conversation_and_is_audited(
    desk: Desk, office: Office
) -> None:
    await desk.worker.says("Bu mənim işimdir")
    person, interpreter = await office.hire("Nigar", "interpreter")
    await desk.does("note", note="A private canary")
    address = f"/desk/interpreting/{desk.case.id}"
    assert (await interpreter.get(address)).status == 404
    assert desk.case.code not in (await interpreter.get("/desk/")).text
    await desk.does("invite", interpreter=str(person.id))
    assert desk.case.code in (await interpreter.get("/desk/")).text
    page = await interpreter.get(address)
    assert "Bu mənim işimdir" in page.text
    assert "A private canary" not in page.text
    assert (await interpreter.get(f"/desk/cases/{desk.case.id}")).status == 404
    forms = [form for form in page.forms if form.action.endswith("/translate")]
    await interpreter.post(
        f"{address}/translate", **{**forms[-1].fields, "translation": "This is my work"}
    )
    page = await desk.page()
    assert "This is my work" in page.text
    assert "Nigar, interpreting:" in page.words
    await desk.does("uninvite", interpreter=str(person.id))
    assert (await interpreter.get(address)).status == 404
    actions = await actions_of(office.runtime, desk.case)
    assert {"invited", "translated", "uninvited"} <= set(actions)


# -- quick replies -----------------------------------------------------------------------------


async def test_a_quick_reply_warns_where_the_language_is_missing(
    desk: Desk, office: Office
) -> None:
    now = office.runtime.clock()

    def work(tx: Tx) -> None:
        reply = quick_replies.add(tx, desk.lawyer.id, "Hours", now)
        quick_replies.set_text(tx, reply, "fa", "سلام", now)

    await office.runtime.database.write(work)
    page = await desk.visitor.get("/desk/quick-replies")
    assert "Not there in English." in page.words
    page = await desk.page()
    assert "It is not there in English." in page.words
    await desk.visitor.send(page, "/quick")
    assert (await desk.worker.reads())[-1] == "سلام"


async def test_a_quick_reply_is_written_once_and_sent_with_one_click(desk: Desk) -> None:
    page = await desk.visitor.get("/desk/quick-replies")
    assert (await desk.visitor.send(page, "/quick-replies", name="")).status == 422
    await desk.visitor.send(page, "/quick-replies", name="Hours", text_en="We work 9 to 18.")
    await desk.visitor.send(await desk.page(), "/quick")
    assert (await desk.worker.reads())[-1] == "We work 9 to 18."


# -- ending ------------------------------------------------------------------------------------


async def test_a_case_is_closed_with_what_came_of_it(desk: Desk, office: Office) -> None:
    page = await desk.does("close", outcome="", recovered="")
    assert page.status == 422
    page = await desk.does("close", outcome="negotiated", service_hearing="2", recovered="1 250,50")
    assert "Hearing: 2" in page.words
    assert "1,250.5 AZN" in page.words
    page = await desk.does("consent-told", purpose="report_facts", given="yes")
    page = await desk.does("facts", sex="female", nationality="ua", problem_wages_unpaid="1")
    assert page.status == 200
    assert 'value="UA"' in page.text


async def test_facts_are_not_kept_without_their_own_yes(desk: Desk) -> None:
    page = await desk.page()
    assert not page.offers("/facts")
    key = page.form("/plan").fields["form_key"]
    answer = await desk.visitor.post(
        f"/desk/cases/{desk.case.id}/facts", form_key=key, sex="female"
    )
    assert answer.status == 409


async def test_the_archive_opens_with_its_password_only_and_its_hashes_are_right(
    desk: Desk, office: Office
) -> None:
    await desk.worker.says("Mənim sözlərim")
    await desk.worker.sends_photo()
    page = await desk.page()
    form = page.form("/export")
    short = await desk.visitor.send(page, "/export", password="short")
    assert short.status == 422
    fields = {**form.fields, "password": "correct horse battery"}
    async with desk.visitor.client.post(form.action, data=fields) as answer:
        assert answer.headers["Content-Type"] == "application/zip"
        content = await answer.read()
    assert "sözlərim".encode() not in content
    archive = pyzipper.AESZipFile(io.BytesIO(content))
    with pytest.raises(RuntimeError):
        archive.read("conversation.txt", pwd=b"wrong")
    archive.setpassword(b"correct horse battery")
    assert "Mənim sözlərim" in archive.read("conversation.txt").decode()
    sums = dict(
        reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines()
    )
    assert {*sums, "SHA256SUMS"} == set(archive.namelist())
    for name, digest in sums.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert "exported" in await actions_of(office.runtime, desk.case)


# -- drafts, and other people's cases ----------------------------------------------------------


async def test_a_half_written_reply_is_kept_until_it_is_sent(desk: Desk) -> None:
    fields = (await desk.page()).form("/plan").fields
    address = f"/desk/cases/{desk.case.id}/draft"
    await desk.visitor.post(address, form_key=fields["form_key"], field="text", draft="Half")
    assert (await desk.page()).form("/reply").fields["text"] == "Half"
    await desk.does("reply", text="Whole")
    assert (await desk.page()).form("/reply").fields["text"] == ""


@pytest.mark.parametrize(
    ("tool", "fields", "status"),
    [
        ("paper-ask", {"paper": "9" * 5000}, 404),
        ("paper-mark", {"paper": "9" * 20, "milestone": "posted", "paper_day": "2026-12-01"}, 404),
        ("step-remove", {"step_id": "9" * 5000}, 404),
        ("close", {"outcome": "advice", "service_hearing": "9" * 5000}, 422),
        ("close", {"outcome": "advice", "recovered": "9" * 5000}, 422),
        ("step", {"step": "letter", "step_day": "9999-12-31"}, 303),
        ("plan", {"next_day": "0001-01-01"}, 303),
    ],
)
async def test_numbers_and_days_without_measure_break_nothing(
    desk: Desk, tool: str, fields: dict[str, str], status: int
) -> None:
    key = (await desk.page()).form("/reply").fields["form_key"]
    data = {"form_key": key, "form_id": "f" * 20, **fields}
    page = await desk.visitor.ask("POST", f"/desk/cases/{desk.case.id}/{tool}", data=data)
    assert page.status == status
    assert (await desk.page()).status == 200
    assert (await desk.visitor.get("/desk/")).status == 200


async def test_no_tool_works_on_a_case_of_somebody_else(desk: Desk, office: Office) -> None:
    _, other = await office.hire("Kamran")
    key = (await other.get("/desk/")).form("/sign-out").fields["form_key"]
    fields = {
        "form_key": key, "form_id": "f" * 20, "ready": "debt", "paper": "contract",
        "next_day": "2026-12-01", "step": "letter", "step_day": "2026-12-01", "role": "child",
        "name": "Canary", "purpose": "keep_parties", "given": "yes", "recipient": "iom",
        "interpreter": "1", "message": "1", "translation": "x", "field": "text", "draft": "x",
        "password": "x" * 20, "quick": "1", "step_id": "1", "party": "1", "referral": "1",
        "to": "sent", "milestone": "posted", "paper_day": "2026-12-01", "file_id": "1",
    }  # fmt: skip
    before = await actions_of(office.runtime, desk.case)
    for name in TOOLS:
        page = await other.ask("POST", f"/desk/cases/{desk.case.id}/{name}", data=fields)
        assert page.status == 404, name
    assert await actions_of(office.runtime, desk.case) == before
