"""What a person is told of a workshop, in their language; buttons carry the workshop's code."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.messages import STANDING, Choice, Outgoing
from bot.runtime import Runtime
from bot.workshops import phrases
from flows.compute import BAKU
from flows.model import Latin, Phrase, Value
from flows.texts import SOURCE_LANGUAGE, language_name
from storage import workshops as store
from storage.database import Tx
from storage.workshops import Place, SignUp, Words, Workshop

LIST_OPTION = "ws_list"
TEMPLATE = "workshop"  # whatsapp_templates.yaml: what WhatsApp lets through after a day of silence
SHOW, JOIN, YES, NO, TAKE, LEAVE, GONE = "show", "join", "yes", "no", "take", "leave", "gone"
GOOD, SO_SO, BAD = "good", "soso", "bad"
VERBS: Mapping[str, Phrase] = {
    JOIN: phrases.SIGN_UP,
    YES: phrases.REMIND_ME,
    NO: phrases.DO_NOT_WRITE,
    TAKE: phrases.TAKE_IT,
    LEAVE: phrases.GIVE_UP,
    GONE: phrases.YES_GIVE_UP,
    SHOW: phrases.KEEP,
    GOOD: phrases.GOOD,
    SO_SO: phrases.SO_SO,
    BAD: phrases.BAD,
}
MARKS = {BAD: 1, SO_SO: 2, GOOD: 3}


def option(verb: str, code: str) -> str:
    """What a button carries."""
    return f"ws_{verb}_{code}"


def words_for(said: Mapping[str, Words], language: str) -> Words:
    """The words in this language, else in English, else in the first that there is."""
    return said.get(language) or said.get(SOURCE_LANGUAGE) or next(iter(said.values()))


def facts(runtime: Runtime, it: Workshop, said: Words, language: str) -> list[str]:
    """When, where, in which languages, with what: one line each."""
    say = runtime.speech.say
    lines = [
        say(
            phrases.WHEN,
            language,
            begins=it.starts_at,
            ends=Latin(_hour(it)),
        ),
        say(phrases.WHERE, language, place=said.place),
    ]
    if it.map_link:
        lines.append(say(phrases.MAP, language, link=Latin(it.map_link)))
    spoken = tuple(language_name(code) for code in it.spoken)
    lines.append(say(phrases.SPOKEN, language, languages=spoken))
    if said.materials:
        lines.append(say(phrases.MATERIALS, language, materials=said.materials))
    return lines


def invitation(runtime: Runtime, it: Workshop, said: Words, language: str, limit: int) -> str:
    """The words of an announcement; the description goes first where it gets too long."""
    when, *rest = facts(runtime, it, said, language)
    whole = "\n\n".join(p for p in (said.title, said.description, "\n".join([when, *rest])) if p)
    if len(whole) <= limit:
        return whole
    short = f"{said.title}\n\n" + "\n".join([when, *rest])
    return short if len(short) <= limit else f"{said.title}\n\n{when}"


def sign_up_choice(runtime: Runtime, it: Workshop, language: str) -> Choice:
    """The button under an announcement of this workshop."""
    return Choice(option(JOIN, it.code), runtime.speech.say(VERBS[JOIN], language))


def card(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """The workshop, and the button to sign up."""
    say = runtime.speech.say
    said = words_for(store.get_words(tx, it.id), language)
    counts = store.count_places(tx, it.id)
    free = it.capacity - sum(counts.get(state, 0) for state in store.ACTIVE)
    room = say(phrases.FREE, language, number=free) if free > 0 else say(phrases.FULL, language)
    lines = facts(runtime, it, said, language)
    text = "\n\n".join(p for p in (said.title, said.description, "\n".join([*lines, room])) if p)
    return _asking(runtime, language, it, text, JOIN)


def own(runtime: Runtime, tx: Tx, it: Workshop, row: SignUp, language: str) -> Outgoing:
    """Where this person stands, with what they can do about it."""
    title = words_for(store.get_words(tx, it.id), language).title
    say = runtime.speech.say
    if row.state is Place.GOING:
        text = say(
            phrases.GOING, language, title=title, begins=it.starts_at, code=Latin(row.pass_code)
        )
        return _asking(runtime, language, it, text, LEAVE)
    if row.state is Place.WAITING:
        number = store.position(tx, row)
        text = say(phrases.WAITING, language, title=title, begins=it.starts_at, number=number)
        return _asking(runtime, language, it, text, LEAVE)
    if row.state is Place.OFFERED and row.offered_until is not None:
        return offer(runtime, tx, it, language, row.offered_until)
    return card(runtime, tx, it, language)


def offer(runtime: Runtime, tx: Tx, it: Workshop, language: str, until: datetime) -> Outgoing:
    """A place has become free for this person."""
    return _letter(
        runtime, tx, it, language, phrases.OFFER, TAKE, LEAVE, begins=it.starts_at, until=until
    )


def reminder(runtime: Runtime, tx: Tx, it: Workshop, row: SignUp, language: str) -> Outgoing:
    """The day before, and two hours before."""
    code = Latin(row.pass_code)
    return _letter(
        runtime, tx, it, language, phrases.REMINDER, LEAVE, begins=it.starts_at, code=code
    )


def changed(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """Another time or another place."""
    return _letter(runtime, tx, it, language, phrases.CHANGED, LEAVE, begins=it.starts_at)


def called_off(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """It does not take place."""
    return _letter(runtime, tx, it, language, phrases.CALLED_OFF, begins=it.starts_at)


def really(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """Before a place is given up."""
    return _letter(runtime, tx, it, language, phrases.REALLY, GONE, SHOW)


def feedback(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """One tap after it."""
    return _letter(runtime, tx, it, language, phrases.FEEDBACK, GOOD, SO_SO, BAD)


def ask_reminders(runtime: Runtime, tx: Tx, it: Workshop, language: str) -> Outgoing:
    """The consent, asked by itself before the place is given; the button may be days old."""
    said = words_for(store.get_words(tx, it.id), language)
    when, where, *_ = facts(runtime, it, said, language)
    question = runtime.speech.say(phrases.ASK_REMINDERS, language)
    text = "\n".join([said.title, when, where]) + f"\n\n{question}"
    return _asking(runtime, language, it, text, YES, NO)


def plain(runtime: Runtime, phrase: Phrase, language: str) -> Outgoing:
    """A sentence without buttons."""
    return Outgoing(runtime.speech.say(phrase, language))


def _letter(
    runtime: Runtime,
    tx: Tx,
    it: Workshop,
    language: str,
    phrase: Phrase,
    *verbs: str,
    **fields: Value,
) -> Outgoing:
    said = words_for(store.get_words(tx, it.id), language)
    given: dict[str, Value] = {"title": said.title, "place": said.place, **fields}
    text = runtime.speech.say(phrase, language, **given)
    return replace(_asking(runtime, language, it, text, *verbs), template=TEMPLATE)


def _asking(runtime: Runtime, language: str, it: Workshop, text: str, *verbs: str) -> Outgoing:
    choices = tuple(
        Choice(option(verb, it.code), runtime.speech.say(VERBS[verb], language)) for verb in verbs
    )
    return Outgoing(text, question=STANDING if choices else None, choices=choices)


def _hour(it: Workshop) -> str:
    return f"{it.ends_at.astimezone(BAKU):%H:%M}"
