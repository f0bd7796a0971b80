"""What is printed or kept of a workshop: link, QR code, poster, certificate, invitation.

Typst shapes every script; the words reach it as data (JSON), never as part of the program.
"""

import asyncio
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import segno
import typst
from icalendar import Calendar, Event

from bot.runtime import Runtime
from bot.texts import direction
from bot.workshops import letters, paper_phrases
from flows.compute import BAKU
from flows.model import Latin
from storage.workshops import Words, Workshop, WorkshopState

FONTS = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Devanagari", "Noto Sans Bengali")
URDU_FONTS = (FONTS[0], "Noto Nastaliq Urdu", *FONTS[2:])  # Latin and spaces from the first

HEAD = """
#let data = json(bytes(sys.inputs.data))
#set text(font: data.fonts, lang: data.lang, dir: if data.rtl { rtl } else { ltr }, fallback: true)
"""
POSTER = (
    HEAD
    + """
#set page(paper: "a4", margin: 20mm)
#set par(leading: if data.tall { 1.3em } else { 0.8em })
#set align(center)
#text(size: 15pt, fill: rgb("#0b5c55"))[#data.kicker]
#v(6mm)
#text(size: 34pt, weight: "bold")[#data.title]
#v(4mm)
#text(size: 16pt)[#data.description]
#v(6mm)
#block(width: 100%, inset: 8mm, radius: 4mm, fill: rgb("#e8f3f1"))[
  #set align(start)
  #set text(size: 17pt)
  #for line in data.facts [#line \\ ]
]
#v(1fr)
#grid(columns: (62mm, 1fr), gutter: 10mm, align: (center, start + horizon),
  image(bytes(data.qr), format: "svg", width: 62mm),
  [#set text(size: 16pt)
   #text(weight: "bold")[#data.scan]

   #text(dir: ltr, size: 12pt)[#data.link]

   #data.write]
)
#v(1fr)
#text(size: 13pt)[#data.foot]
"""
)
CERTIFICATE = (
    HEAD
    + """
#set page(paper: "a4", flipped: true, margin: 25mm)
#set align(center + horizon)
#set par(leading: if data.tall { 1.3em } else { 0.8em })
#let head = if data.tall { 26pt } else { 32pt }
#let gap(size) = v(if data.tall { size / 2 } else { size })
#for (n, name) in data.names.enumerate() {
  if n > 0 { pagebreak() }
  rect(width: 100%, height: 100%, stroke: 2pt + rgb("#0b5c55"), radius: 4mm, inset: 12mm)[
    #text(size: head, weight: "bold", fill: rgb("#0b5c55"))[#data.heading]
    #gap(8mm)
    #text(size: 16pt)[#data.says]
    #gap(4mm)
    #if name == "" { v(12mm) + line(length: 60%, stroke: 0.7pt) } else [
      #text(size: 28pt, weight: "bold")[#name]
    ]
    #gap(4mm)
    #text(size: 16pt)[#data.was]
    #gap(2mm)
    #text(size: 22pt, weight: "bold")[#data.title]
    #gap(2mm)
    #text(size: 14pt)[#data.when]
    #gap(16mm)
    #line(length: 40%, stroke: 0.7pt)
    #text(size: 11pt)[#data.signature]
  ]
}
"""
)


def link(runtime: Runtime, it: Workshop) -> str:
    """Where anybody can see it and sign up."""
    return f"{runtime.settings.address}/workshop/{it.code}"


def chat_link(code: str) -> str:
    """The way into the web chat, on our own site."""
    return f"/chat?start=w_{code}"


def telegram_link(runtime: Runtime, code: str) -> str:
    """The way into Telegram; "" where the bot's name is not set."""
    name = runtime.settings.telegram_name
    return f"https://t.me/{name}?start=w_{code}" if name else ""


def qr_svg(text: str) -> bytes:
    """A QR code that a phone reads off a wall."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", border=2, scale=8)
    return drawn.getvalue()


def forward(runtime: Runtime, it: Workshop, said: Words, language: str) -> str:
    """A text that people pass on."""
    lines = letters.facts(runtime, it, said, language)
    sign = runtime.speech.say(paper_phrases.SIGN_UP_HERE, language, link=link(runtime, it))
    return "\n\n".join(
        part for part in (said.title, said.description, "\n".join(lines), sign) if part
    )


async def poster(runtime: Runtime, it: Workshop, said: Words, language: str) -> bytes:
    """An A4 page as PDF."""
    say, address = runtime.speech.say, link(runtime, it)
    return await _print(
        POSTER,
        language,
        kicker=say(paper_phrases.KICKER, language),
        title=said.title,
        description=said.description,
        facts=letters.facts(runtime, it, said, language),
        qr=qr_svg(address).decode(),
        scan=say(paper_phrases.SCAN, language),
        link=address,
        write=say(paper_phrases.OR_WRITE, language, word=Latin(f"w_{it.code}")),
        foot=say(paper_phrases.FOOT, language),
    )


async def door_sheet(runtime: Runtime, it: Workshop, said: Words, language: str) -> bytes:
    """What hangs in the room: who writes its code is checked in."""
    say = runtime.speech.say
    telegram = runtime.settings.telegram_name
    address = f"{runtime.settings.address}/chat?start=h_{it.door_code}"
    if telegram:
        address = f"https://t.me/{telegram}?start=h_{it.door_code}"
    return await _print(
        POSTER,
        language,
        kicker=say(paper_phrases.WELCOME, language),
        title=said.title,
        description="",
        facts=[say(paper_phrases.CHECK_IN, language, code=Latin(it.door_code))],
        qr=qr_svg(address).decode(),
        scan=say(paper_phrases.SCAN_DOOR, language),
        link=address,
        write=say(paper_phrases.OR_WRITE, language, word=Latin(f"h_{it.door_code}")),
        foot="",
    )


async def certificates(
    runtime: Runtime, it: Workshop, said: Words, language: str, names: Sequence[str]
) -> bytes:
    """One page a person as PDF; "" leaves a line to write the name on."""
    say = runtime.speech.say
    return await _print(
        CERTIFICATE,
        language,
        heading=say(paper_phrases.CERTIFICATE, language),
        says=say(paper_phrases.CERTIFIES, language),
        was=say(paper_phrases.TOOK_PART, language),
        title=said.title,
        when=runtime.speech.value(it.starts_at.astimezone(BAKU).date(), language),
        signature=say(paper_phrases.SIGNATURE, language),
        names=list(names),
    )


def invitation(runtime: Runtime, it: Workshop, said: Words, now: datetime) -> bytes:
    """An entry for a calendar; a newer one replaces it by its sequence."""
    calendar = Calendar()
    calendar.add("prodid", "-//Hamrah//workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event = Event()
    event.add("uid", f"workshop-{it.code}@hamrah")
    event.add("sequence", it.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", it.starts_at)
    event.add("dtend", it.ends_at)
    event.add("summary", said.title)
    event.add("location", said.place)
    event.add("description", said.description)
    event.add("url", link(runtime, it))
    event.add("status", "CANCELLED" if it.state is WorkshopState.CANCELLED else "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


async def _print(program: str, language: str, **data: object) -> bytes:
    """A PDF, made beside the event loop."""
    tall = language == "ur"
    whole: Mapping[str, object] = {
        **data,
        "fonts": list(URDU_FONTS if tall else FONTS),
        "tall": tall,
        "lang": language.split("_")[0],
        "rtl": direction(language) == "rtl",
    }
    inputs = {"data": json.dumps(whole, ensure_ascii=False)}
    return await asyncio.to_thread(lambda: typst.compile(program.encode(), sys_inputs=inputs))
