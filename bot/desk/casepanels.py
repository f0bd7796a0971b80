"""What stands beside the conversation: next date, clocks, papers, steps, people, ending.

Plain records in the reader's words; bot/desk/templates/work/ lays them out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from bot.casework import case_phrases as chat
from bot.casework import checklists, closing, law_days, questions, quick_replies, steps
from bot.casework.cases import CasePage
from bot.casework.closing import Facts
from bot.casework.dossier import Dossier
from bot.casework.parties import ROLES
from bot.casework.questions import FILE, FORMS, REFER, Form
from bot.casework.referrals import MOVES
from bot.desk import case_phrases as words
from bot.desk.reader import Reader
from bot.desk.regions import REGIONS, region_name
from bot.runtime import Runtime
from bot.texts import countries
from flows.compute import local_day
from flows.directory import Problem
from flows.model import Latin, Phrase
from storage.casework import Paper, PaperState
from storage.questions import Question
from storage.quick_replies import QuickReply
from storage.records import CaseState, Staff

Choices = Sequence[tuple[str, str]]  # values and labels


@dataclass(frozen=True)
class NextView:
    """What is next: a day and what to do; both "" where nothing is planned."""

    day: str
    at: str  # the day in words
    what: str
    over: bool
    missing: bool  # an open case of one's own without a day
    today: str
    in_a_week: str


@dataclass(frozen=True)
class ClockView:
    """A day of the law."""

    at: str
    words: str
    law: str
    passed: bool


@dataclass(frozen=True)
class PaperView:
    """A line of the list of papers; `key` is its number, or its kind where it has none yet."""

    key: str
    label: str
    title: str
    state: str
    words: str
    file: str  # the address of its file
    came: Choices  # files that came after it was asked for
    made: Sequence[str]  # how far it is, in words
    milestones: Choices
    listed: bool


@dataclass(frozen=True)
class Item:
    """A line of any other list."""

    id: int
    head: str
    name: str
    more: str


@dataclass(frozen=True)
class ReferralView:
    """A referral, and the steps that can follow."""

    id: int
    name: str
    state: str
    words: str
    note: str
    moves: Choices


@dataclass(frozen=True)
class ConsentView:
    """Whether the worker permits something."""

    purpose: str
    words: str
    given: bool
    asked: bool  # and not answered yet


@dataclass(frozen=True)
class QuickView:
    """A quick reply as this worker would get it."""

    id: int
    name: str
    text: str  # in the worker's language, else in the first there is
    language: str
    warning: str
    send: str  # what the button says


@dataclass(frozen=True)
class AskedView:
    """A question under its message."""

    words: str
    answer: str
    answered: bool


@dataclass(frozen=True)
class Work:
    """All panels of the page."""

    next: NextView
    clocks: Sequence[ClockView]
    papers: Sequence[PaperView]
    files: Choices
    paper_kinds: Choices
    steps: Sequence[Item]
    step_kinds: Choices
    people: Sequence[Item]
    people_roles: Choices
    consents: Mapping[str, ConsentView]
    ready: Sequence[tuple[str, Choices]]
    untranslated: bool
    quick: Sequence[QuickView]
    referrals: Sequence[ReferralView]
    recipients: Choices
    confirm: Choices
    interpreters: Sequence[Staff]
    may_interpret: Sequence[Staff]
    services: Sequence[tuple[str, str, int]]
    closed: Sequence[str]
    recovered: str
    facts: Facts
    sexes: Choices
    ages: Choices
    sectors: Choices
    countries: Choices
    regions: Choices
    problems: Choices
    articles_unchecked: bool  # no lawyer has compared the articles behind the problems
    drafts: Mapping[str, str]
    password: str
    today: str
    asked: Mapping[int, AskedView] = field(default_factory=dict)  # by message id


def work_view(runtime: Runtime, reader: Reader, page: CasePage, kept: Dossier) -> Work:
    """The panels of a case."""
    say, today = reader.say, local_day(reader.now)
    files = [(str(file.id), file.name) for file in kept.files]
    recipients = runtime.directory.recipients.values()
    return Work(
        next=_next(reader, page, kept, today),
        clocks=[*_clocks(runtime, reader, page, today)],
        papers=[*_papers(reader, page, kept)],
        files=files,
        paper_kinds=_choices(reader, chat.PAPERS),
        steps=[
            Item(
                step.id,
                say(words.STEP_KINDS[step.kind]),
                step.addressee,
                " · ".join(filter(None, (_day(reader, step.on_day), step.note))),
            )
            for step in kept.steps
        ],
        step_kinds=[(kind, say(words.STEP_KINDS[kind])) for kind in steps.KINDS],
        people=[
            Item(party.id, say(words.ROLES[party.role]), party.name, party.note)
            for party in kept.parties
        ],
        people_roles=[(role, say(words.ROLES[role])) for role in ROLES],
        consents={purpose: _consent(reader, kept, purpose) for purpose in chat.CONSENTS},
        ready=_ready(reader, page.worker_language),
        untranslated=any(
            not _known(reader, phrase, page.worker_language) for phrase in chat.READY.values()
        ),
        quick=[*_quick(reader, page, kept)],
        referrals=[*_referrals(runtime, reader, kept)],
        recipients=[(found.id, say(found.name)) for found in recipients],
        confirm=[(say(r.name), say(r.confirm)) for r in recipients if r.confirm is not None],
        interpreters=kept.interpreters,
        may_interpret=kept.may_interpret,
        services=_services(reader, kept),
        closed=[*_closed(reader, kept)],
        recovered="",
        facts=_facts(page, kept.facts),
        sexes=_choices(reader, words.SEXES),
        ages=_choices(reader, words.AGES),
        sectors=_choices(reader, words.SECTORS),
        countries=countries(reader.language),
        regions=[(code, say(name)) for code, name in REGIONS.items()],
        problems=[
            (problem.code, _problem_words(reader, problem))
            for problem in runtime.directory.problems.values()
        ],
        articles_unchecked=any(
            problem.articles and problem.checked is None
            for problem in runtime.directory.problems.values()
        ),
        drafts=kept.drafts,
        password=runtime.token()[:20],
        today=today.isoformat(),
        asked={
            question.message_id: _asked(runtime, reader, question) for question in kept.questions
        },
    )


def _next(reader: Reader, page: CasePage, kept: Dossier, today: date) -> NextView:
    planned, state = kept.planned, page.case.state
    in_a_week = date.fromordinal(today.toordinal() + 7).isoformat()
    open_and_ours = page.mine and state in (CaseState.CLAIMED, CaseState.ACTIVE)
    if planned is None:
        return NextView("", "", "", False, open_and_ours, today.isoformat(), in_a_week)
    over = planned.on_day < today and open_and_ours
    day, at = planned.on_day.isoformat(), _day(reader, planned.on_day)
    return NextView(day, at, planned.what, over, False, today.isoformat(), in_a_week)


def _clocks(runtime: Runtime, reader: Reader, page: CasePage, today: date) -> Iterator[ClockView]:
    periods = {"working_days": words.WORKING_DAYS, "days": words.DAYS, "months": words.MONTHS}
    for clock in law_days.clocks_of(runtime.catalog, page.answers, today):
        since = _day(reader, clock.since)
        period = reader.say(periods[clock.unit], count=clock.count)
        question = reader.say(clock.question)
        told = reader.say(words.CLOCK_SINCE, period=period, day=since, question=question)
        sources = runtime.catalog.sources
        cites = tuple(
            dict.fromkeys(reader.say(sources[s].cite) for s in clock.sources if s in sources)
        )
        law = reader.speech.value(cites, reader.language) if cites else ""
        yield ClockView(_day(reader, clock.day), told, law, clock.day < today)


# -- papers ------------------------------------------------------------------------------------


def _papers(reader: Reader, page: CasePage, kept: Dossier) -> Iterator[PaperView]:
    for paper in kept.papers:
        yield _paper(reader, page, kept, paper)
    for kind in checklists.suggested(page.case.topic, kept.papers):
        yield PaperView(
            key=kind,
            label=reader.say(chat.PAPERS[kind]),
            title="",
            state="usual",
            words=reader.say(words.PAPER_STATES["usual"]),
            file="",
            came=(),
            made=(),
            milestones=_milestones(reader, kind),
            listed=False,
        )


def _paper(reader: Reader, page: CasePage, kept: Dossier, paper: Paper) -> PaperView:
    made = []
    for milestone in checklists.MILESTONES.get(paper.kind, ()):
        day = getattr(paper, f"{milestone}_on")
        if day is not None:
            name = reader.say(words.MILESTONES[milestone])
            made.append(reader.say(words.MILESTONE_ON, milestone=name, day=day))
    if paper.tracking:
        made.append(reader.say(words.TRACKING, tracking=Latin(paper.tracking)))
    file = paper.attachment_id
    return PaperView(
        key=str(paper.id),
        label=reader.say(chat.PAPERS[paper.kind]),
        title=paper.title,
        state=paper.state.value,
        words=reader.say(words.PAPER_STATES[paper.state.value]),
        file="" if file is None else f"/desk/cases/{page.case.id}/files/{file}",
        came=_came(kept, paper) if paper.state is PaperState.ASKED else (),
        made=made,
        milestones=_milestones(reader, paper.kind),
        listed=True,
    )


def _came(kept: Dossier, paper: Paper) -> Choices:
    """The files by which the worker answered when asked for this paper."""
    answers = [
        question.answer.removeprefix(FILE)
        for question in kept.questions
        if question.ready == f"paper_{paper.kind}"
        and question.about_id == paper.id
        and question.answer is not None
        and question.answer.startswith(FILE)
    ]
    return [(str(file.id), file.name) for file in kept.files if str(file.message_id) in answers]


def _milestones(reader: Reader, kind: str) -> Choices:
    return [
        (milestone, reader.say(words.MILESTONES[milestone]))
        for milestone in checklists.MILESTONES.get(kind, ())
    ]


# -- questions, consents, quick replies --------------------------------------------------------


def _ready(reader: Reader, worker_language: str) -> Sequence[tuple[str, Choices]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for ready, form in FORMS.items():
        phrase = chat.READY[ready]
        label = reader.say(phrase)
        if not _known(reader, phrase, worker_language):
            label = reader.say(words.IN_ENGLISH, question=label)
        groups.setdefault(reader.say(words.FORMS[form.value]), []).append((ready, label))
    return list(groups.items())


def _known(reader: Reader, phrase: Phrase, language: str) -> bool:
    return reader.speech.texts.find(phrase, language) is not None


def _asked(runtime: Runtime, reader: Reader, question: Question) -> AskedView:
    told = reader.say(words.ASKED, question=_question_words(runtime, reader, question))
    if question.answer is None:
        return AskedView(told, reader.say(words.NO_ANSWER), False)
    answer = _answer_words(reader, question)
    return AskedView(told, reader.say(words.ANSWER, answer=answer), True)


def _question_words(runtime: Runtime, reader: Reader, question: Question) -> str:
    ready = question.ready
    if ready.startswith(REFER):
        known = runtime.directory.recipients.get(ready.removeprefix(REFER))
        name = reader.say(known.name) if known else ""
        return reader.say(words.CONSENTS["refer"], name=name)
    if ready in words.CONSENTS:
        return reader.say(words.CONSENTS[ready])
    if ready.startswith("paper_"):
        return reader.say(chat.PAPERS[ready.removeprefix("paper_")])
    return reader.say(chat.READY[ready]) if ready in chat.READY else ready


def _answer_words(reader: Reader, question: Question) -> str:
    answer = question.answer or ""
    plain = {
        questions.SAYS_YES: words.ANSWER_YES,
        questions.SAYS_NO: words.ANSWER_NO,
        questions.SAYS_UNKNOWN: words.ANSWER_UNKNOWN,
    }
    if answer in plain:
        return reader.say(plain[answer])
    if question.kind == Form.PLACE and answer in chat.PLACES:
        return region_name(reader, answer)
    if answer.startswith(FILE):
        return reader.say(words.ANSWER_FILE)
    value = questions.value_of(Form(question.kind), answer)
    return answer if value is None else reader.speech.value(value, reader.language)


def _consent(reader: Reader, kept: Dossier, purpose: str) -> ConsentView:
    asked = [question for question in kept.questions if question.ready == purpose]
    open_one = bool(asked) and asked[-1].answer is None
    given = kept.consents.get(purpose, False)
    said = words.CONSENT_YES if given else words.CONSENT_NO if asked else None
    if open_one:
        said = words.CONSENT_WAITS
    return ConsentView(purpose, reader.say(said) if said else "", given, open_one)


def _quick(reader: Reader, page: CasePage, kept: Dossier) -> Iterator[QuickView]:
    wanted = page.worker_language
    for reply in kept.quick_replies:
        if not reply.texts:
            continue
        language = wanted if wanted in reply.texts else next(iter(reply.texts))
        warning, send = "", reader.say(words.QUICK_SEND)
        if language != wanted:
            here = reader.language_name(wanted)
            warning = reader.say(words.QUICK_MISSING_HERE, language=here)
            send = reader.say(words.QUICK_SEND_IN, language=reader.language_name(language))
        yield QuickView(reply.id, reply.name, reply.texts[language], language, warning, send)


def missing_words(runtime: Runtime, reader: Reader, reply: QuickReply) -> str:
    """The languages in which a quick reply has no words; "" for none."""
    names = tuple(reader.language_name(code) for code in quick_replies.missing(runtime, reply))
    return reader.say(words.QUICK_MISSING, languages=names) if names else ""


# -- referral and ending -----------------------------------------------------------------------


def _referrals(runtime: Runtime, reader: Reader, kept: Dossier) -> Iterator[ReferralView]:
    for referral in kept.referrals:
        known = runtime.directory.recipients.get(referral.recipient)
        yield ReferralView(
            id=referral.id,
            name=reader.say(known.name) if known else referral.recipient,
            state=referral.state.value,
            words=reader.say(words.REFERRAL_STATES[referral.state.value]),
            note=referral.note,
            moves=[
                (new.value, reader.say(words.REFERRAL_STEPS[new.value]))
                for new in sorted(MOVES[referral.state])
            ],
        )


def _facts(page: CasePage, kept: Facts) -> Facts:
    """What is kept for the reports, with the region of the case where none was written."""
    if kept.region or page.case.region is None:
        return kept
    return replace(kept, region=page.case.region)


def _problem_words(reader: Reader, problem: Problem) -> str:
    """A kind of problem, with the articles of the convention that it is counted under."""
    label = reader.say(problem.label)
    if not problem.articles:
        return label
    articles = tuple(map(str, problem.articles))
    return reader.say(words.REPORT_ARTICLES, problem=label, articles=articles)


def _services(reader: Reader, kept: Dossier) -> Sequence[tuple[str, str, int]]:
    given = closing.counted(kept.papers, kept.steps)
    return [
        (service, reader.say(words.SERVICES[service]), given.get(service, 0))
        for service in closing.SERVICES
    ]


def _closed(reader: Reader, kept: Dossier) -> Iterator[str]:
    if kept.closing is None:
        return
    for service, count in kept.closing.services.items():
        name = reader.say(words.SERVICES[service])
        yield reader.say(words.SERVICE_TIMES, service=name, count=count)
    if kept.closing.recovered:
        value = questions.value_of(Form.AMOUNT, f"{kept.closing.recovered / 100:.2f}")
        assert value is not None
        amount = reader.speech.value(value, reader.language)
        yield f"{reader.say(words.RECOVERED)}: {amount}"


def _choices(reader: Reader, phrases: Mapping[str, Phrase]) -> Choices:
    return [(value, reader.say(phrase)) for value, phrase in phrases.items()]


def _day(reader: Reader, day: date) -> str:
    return reader.speech.value(day, reader.language)
