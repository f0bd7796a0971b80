"""What the pages of workshops show, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.desk import workshop_phrases as words
from bot.desk.badges import Badge
from bot.desk.outreach_view import channel_in_words
from bot.desk.reader import Reader
from bot.desk.visit import Visit
from bot.texts import direction
from bot.workshops import letters, papers
from bot.workshops.planning import Person, Sight
from storage.workshops import ACTIVE, HOLDS, Place, Words, Workshop, WorkshopState

SYMBOLS = {
    WorkshopState.DRAFT: ("normal", "✎"),
    WorkshopState.OPEN: ("soon", "→"),
    WorkshopState.CANCELLED: ("normal", "✗"),
}


@dataclass(frozen=True)
class Card:
    """A workshop in the list."""

    id: int
    title: str
    state: Badge
    when: str
    taken: str


@dataclass(frozen=True)
class Tongue:
    """A language."""

    code: str
    tag: str
    direction: str
    name: str


@dataclass(frozen=True)
class Row:
    """A person."""

    id: int
    name: str
    organisation: str
    reach: str  # phone and e-mail
    contact: str
    state: str
    way: str
    language: str
    code: str
    note: str
    came: str
    offered: bool
    active: bool


@dataclass(frozen=True)
class Paper:
    """One language of what is shared."""

    tongue: Tongue
    forward: str


@dataclass(frozen=True)
class PageView:
    """A workshop's page."""

    title: str
    state: Badge
    facts: list[str]
    taken: str
    attendance: str
    feedback: str
    to_call: list[Row]
    people: list[Row]
    waiting: list[Row]
    gone: list[Row]
    papers: list[Paper]
    came: int


def card(
    reader: Reader, it: Workshop, said: Mapping[str, Words], counts: Mapping[Place, int]
) -> Card:
    """A workshop in the list."""
    return Card(
        it.id,
        letters.words_for(said, reader.language).title,
        badge(reader, it),
        reader.moment(it.starts_at),
        _taken(reader, it, counts),
    )


def badge(reader: Reader, it: Workshop) -> Badge:
    """Where it stands."""
    if it.state is WorkshopState.OPEN and reader.now >= it.ends_at:
        return Badge("normal", "✓", reader.say(words.OVER))
    key, symbol = SYMBOLS[it.state]
    return Badge(key, symbol, reader.say(words.STATES[it.state]))


def tongues(visit: Visit, codes: Iterable[str]) -> list[Tongue]:
    """Languages as the reader calls them."""
    return [
        Tongue(code, code.replace("_", "-"), direction(code), visit.reader.language_name(code))
        for code in codes
    ]


def page(visit: Visit, sight: Sight) -> PageView:
    """A workshop with everybody in it."""
    reader, it = visit.reader, sight.it
    said = letters.words_for(sight.words, reader.language)
    counts = {state: len(sight.among(state)) for state in Place}
    came = [person for person in sight.people if person.row.attended_at is not None]
    missing = len(sight.among(Place.GOING)) - len(came)
    marks = [person.row.feedback for person in came if person.row.feedback]
    return PageView(
        title=said.title,
        state=badge(reader, it),
        facts=letters.facts(visit.runtime, it, said, reader.language),
        taken=_taken(reader, it, counts),
        attendance=reader.say(words.ATTENDANCE, came=len(came), missing=max(missing, 0))
        if sight.over
        else "",
        feedback=reader.say(
            words.FEEDBACK, good=marks.count(3), so_so=marks.count(2), bad=marks.count(1)
        )
        if marks
        else "",
        to_call=[_row(reader, sight, person) for person in sight.to_call],
        people=[_row(reader, sight, person) for person in sight.among(*HOLDS)],
        waiting=[
            _row(reader, sight, person, number)
            for number, person in enumerate(sight.among(Place.WAITING), start=1)
        ],
        gone=[_row(reader, sight, each) for each in sight.among(Place.CANCELLED, Place.LAPSED)],
        papers=[
            Paper(
                tongue,
                papers.forward(visit.runtime, it, sight.words[tongue.code], tongue.code),
            )
            for tongue in tongues(visit, sight.words)
        ],
        came=len(came),
    )


def _row(reader: Reader, sight: Sight, person: Person, number: int = 0) -> Row:
    row, details = person.row, person.details
    if details is not None:
        name = details.name
    elif row.worker_id is None:
        name = reader.say(words.ERASED)
    else:
        name = reader.say(words.WORKER, number=str(row.worker_id))
    note = reader.say(words.NUMBER_IN_QUEUE, number=number) if number else ""
    if row.state is Place.OFFERED and row.offered_until is not None:
        note = reader.say(words.CONFIRM_BEFORE, until=reader.moment(row.offered_until))
    came = ""
    if row.attended_at is not None:
        came = reader.say(words.IS_HERE, time=reader.moment(row.attended_at))
    elif sight.over and row.state is Place.GOING:
        came = reader.say(words.NO_SHOW)
    return Row(
        id=row.id,
        name=name,
        organisation=details.organisation if details else channel_in_words(reader, person.channel),
        reach=" · ".join(text for text in (details.phone, details.email) if text)
        if details
        else "",
        contact=reader.say(words.CONTACTS[person.contact]),
        state=reader.say(words.PLACES[row.state]),
        way=reader.say(words.WAYS[row.way]),
        language=reader.language_name(person.language) if person.language else "",
        code=row.pass_code,
        note=note,
        came=came,
        offered=row.state is Place.OFFERED,
        active=row.state in ACTIVE and row.attended_at is None,
    )


def _taken(reader: Reader, it: Workshop, counts: Mapping[Place, int]) -> str:
    taken = sum(counts.get(state, 0) for state in HOLDS)
    waiting = counts.get(Place.WAITING, 0)
    return reader.say(words.TAKEN, taken=taken, capacity=it.capacity, waiting=waiting)
