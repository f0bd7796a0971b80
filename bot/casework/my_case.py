""" "My case": how the worker's own case stands, in plain words, whenever they ask.

It says the state, what we wait for, the next day, missing papers and the number of a posted
letter; never names, nor the words of a lawyer's notes.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.casework import case_phrases
from bot.runtime import Runtime
from flows.compute import local_day
from flows.model import Latin
from storage import cases as case_store
from storage import casework, questions
from storage.casework import Paper, PaperState
from storage.database import Tx
from storage.records import Case, CaseState, ConversationId

SET_BY_OTHERS = ("hearing", "mediation")  # steps whose day the worker must know


def tell(
    tx: Tx, runtime: Runtime, conversation_id: ConversationId, language: str, now: datetime
) -> str:
    """How the newest case of this conversation stands, in the worker's language."""
    case = case_store.get_open_case(tx, conversation_id)
    case = case or case_store.get_last_case(tx, conversation_id)
    if case is None:
        return runtime.speech.say(case_phrases.NO_CASE, language)
    return "\n\n".join(_lines(tx, runtime, case, language, now))


def _lines(tx: Tx, runtime: Runtime, case: Case, language: str, now: datetime) -> Iterator[str]:
    say, papers = runtime.speech.say, casework.list_papers(tx, case.id)
    head = say(case_phrases.MY_CASE, language, code=Latin(case.code))
    yield f"{head} {say(case_phrases.STATES[case.state.value], language)}"
    if case.state is not CaseState.CLOSED:
        yield from _awaited(tx, runtime, case, papers, language)
        today = local_day(now)
        for step in casework.list_steps(tx, case.id):
            if step.kind in SET_BY_OTHERS and step.on_day >= today:
                yield say(case_phrases.HEARING_DAY, language, day=step.on_day)
        planned = casework.get_next(tx, case.id)
        if planned is not None and planned.on_day >= today:
            yield say(case_phrases.NEXT_DAY, language, day=planned.on_day)
    for paper in papers:
        if paper.posted_on is not None:
            phrase = (
                case_phrases.TRACKING if paper.tracking else case_phrases.TRACKING_WITHOUT_NUMBER
            )
            yield say(
                phrase,
                language,
                day=paper.posted_on,
                paper=case_phrases.PAPERS[paper.kind],
                tracking=Latin(paper.tracking),
            )


def _awaited(
    tx: Tx, runtime: Runtime, case: Case, papers: list[Paper], language: str
) -> Iterator[str]:
    say = runtime.speech.say
    asked = [question for question in questions.list_questions(tx, case.id) if not question.answer]
    for question in asked:
        if question.ready in case_phrases.READY:
            words = say(case_phrases.READY[question.ready], language)
            yield say(case_phrases.OPEN_QUESTION, language, question=words)
    missing = tuple(
        say(case_phrases.PAPERS[paper.kind], language)
        for paper in papers
        if paper.state is PaperState.ASKED
    )
    if missing:
        yield say(case_phrases.MISSING_PAPERS, language, papers=missing)
