"""People without a chat: the trees on the staff's screen, a page to print, a QR code to join."""

from collections.abc import Sequence
from dataclasses import dataclass

import segno
from aiohttp import web

from bot import messages
from bot.casework import doors, walkins
from bot.casework.walkins import Consultation, Screen
from bot.desk import people_phrases, phrases
from bot.desk.badges import topic_choices
from bot.desk.onepage import fit
from bot.desk.regions import REGIONS
from bot.desk.visit import BOT_NAME, Visit, see_other
from bot.errors import BadInput, NotFound
from bot.messages import CommandIn, Content, TapIn, TextIn
from bot.texts import direction
from flows.model import Command
from flows.texts import language_name
from storage.records import Author, Message, MessageKind, Speaker

HERE = "/desk/reception"
COMMANDS = {"back": Command.BACK, "menu": Command.MENU, "lawyer": Command.LAWYER}


@dataclass(frozen=True)
class Said:
    """One message on the screen."""

    side: str
    text: str
    source: str


async def show(visit: Visit, problem: str = "", typed: Consultation | None = None) -> web.Response:
    """Begin with somebody, or write down a consultation; and whom one received lately."""
    runtime, reader = visit.runtime, visit.reader
    return visit.page(
        "reception.html",
        status=422 if problem else 200,
        problem=problem,
        typed=typed or Consultation("reception", "", visit.staff.language, "general", "10", ""),
        told=visit.request.query.get("told", "")[:12],
        received=[
            (
                walk_in.id,
                reader.moment(walk_in.started_at),
                reader.say(people_phrases.WAYS[walk_in.way]),
                case.code if case else "",
            )
            for walk_in, case in await walkins.list_own(runtime, visit.staff)
        ],
        way_words=[(way, reader.say(people_phrases.WAYS[way])) for way in walkins.WAYS],
        regions=[(code, reader.say(name)) for code, name in REGIONS.items()],
        worker_languages=[(code, language_name(code)) for code in runtime.languages],
        topics=topic_choices(runtime.catalog, reader),
        outcomes=[(name, reader.say(words)) for name, words in phrases.OUTCOMES.items()],
        advises=visit.staff.role in doors.MAY_READ_CASES,
    )


async def begin(visit: Visit) -> web.Response:
    """Open the trees for somebody."""
    text = visit.form.text
    region = _region(text("region"))
    try:
        number = await walkins.begin(
            visit.runtime, visit.staff, text("way"), region, text("language")
        )
    except BadInput:
        return await show(visit, visit.reader.say(people_phrases.FORM_WRONG))
    return see_other(f"{HERE}/{number}#newest")


async def consulted(visit: Visit) -> web.Response:
    """Write down a consultation."""
    text = visit.form.text
    told = Consultation(
        way=text("way"),
        region=_region(text("region")),
        language=text("language"),
        topic=text("topic"),
        minutes=text("minutes").strip(),
        note=text("note"),
        outcome=text("outcome"),
        no_conflict=text("no_conflict") == "yes",
    )
    try:
        case = await walkins.record_consultation(visit.runtime, visit.staff, told)
    except BadInput as error:
        phrase = people_phrases.FAULTS_OF_FORM.get(error.field, people_phrases.FORM_WRONG)
        return await show(visit, visit.reader.say(phrase), told)
    return see_other(f"{HERE}?told={case.code}")


async def screen(visit: Visit) -> web.Response:
    """What was said with somebody, and the open question."""
    found = await walkins.read_screen(visit.runtime, visit.staff, _number(visit))
    last = next((m for m in reversed(found.messages) if m.author is Author.BOT), None)
    outgoing = messages.parse(last.body) if last and found.speaker is Speaker.BOT else None
    foreign = found.language != visit.reader.language
    meanings = {name: visit.reader.say(label) for name, label in found.options.items()}
    return visit.page(
        "walk_in.html",
        walk_in=found.walk_in,
        case=found.case,
        said=_said(found),
        open=outgoing if outgoing and outgoing.question is not None else None,
        means=visit.reader.say(found.asked) if foreign and found.asked else "",
        meanings=meanings if foreign else {},
        worker_language=found.language.replace("_", "-"),
        direction=direction(found.language),
        reads_cases=visit.staff.role in doors.MAY_READ_CASES,
        joined=found.walk_in.joined_at is not None,
        may_ask_lawyer=found.speaker is Speaker.BOT,
    )


async def answer(visit: Visit) -> web.Response:
    """Press or write what the person says."""
    form = visit.form
    content: Content
    question, command = form.text("question"), form.text("command")
    if command in COMMANDS:
        content = CommandIn(COMMANDS[command])
    elif form.text("option") and question.isascii() and question.isdigit() and len(question) < 8:
        content = TapIn(int(question), form.text("option")[:64])
    elif form.text("text").strip():
        content = TextIn(form.text("text").strip())
    else:
        return see_other(f"{HERE}/{_number(visit)}#newest")
    await walkins.answer(visit.runtime, visit.staff, _number(visit), content)
    return see_other(f"{HERE}/{_number(visit)}#newest")


async def to_print(visit: Visit) -> web.Response:
    """What the person was told, on one page, in their language; the oldest goes if it is much."""
    found = await walkins.read_screen(visit.runtime, visit.staff, _number(visit))
    if not found.messages:
        raise NotFound
    speech, language = visit.runtime.speech, found.language
    day = speech.value(found.walk_in.started_at, language)
    phrase = people_phrases.PRINT_DAY if found.case else people_phrases.PRINT_ONLY_DAY
    code = found.case.code if found.case else ""
    told: Sequence[Said] = [
        said
        for said, message in zip(_said(found), found.messages, strict=True)
        if message.author is not Author.WORKER and not _asks(message)
    ]
    size, told = fit(told, tall=language == "ur")
    return visit.page(
        "walk_in_print.html",
        size=size,
        title=speech.say(people_phrases.PRINT_TITLE, language),
        line=speech.say(phrase, language, day=day, code=code),
        told=told,
        worker_language=language.replace("_", "-"),
        direction=direction(language),
        walk_in=found.walk_in,
    )


async def make_join(visit: Visit) -> web.Response:
    """A QR code with which the person's own chat joins; shown this once."""
    runtime, number = visit.runtime, _number(visit)
    token = await walkins.make_link(runtime, visit.staff, number)
    ask = visit.request.app[BOT_NAME]
    bot = await ask(runtime.settings) if ask else ""
    links = [(people_phrases.JOIN_WEB, f"{runtime.settings.address}/chat/join/{token}")]
    if bot:
        links.insert(0, (people_phrases.JOIN_TELEGRAM, f"https://t.me/{bot}?start=join-{token}"))
    return visit.page(
        "walk_in_join.html",
        number=number,
        codes=[
            (visit.reader.say(words), link, segno.make(link).svg_inline(scale=5, light="#fff"))
            for words, link in links
        ],
    )


def _said(found: Screen) -> list[Said]:
    said = []
    for message in found.messages:
        if message.author is Author.BOT and message.kind is MessageKind.PROMPT:
            outgoing = messages.parse(message.body)
            said.append(Said("bot", outgoing.text, outgoing.source))
        else:
            side = "worker" if message.author is Author.WORKER else "staff"
            said.append(Said(side, messages.text_of(message.body), ""))
    return said


def _asks(message: Message) -> bool:
    return messages.parse(message.body).question is not None


def _region(code: str) -> str:
    return code if code in REGIONS else ""


def _number(visit: Visit) -> int:
    return int(visit.request.match_info["walk_in"])
