"""Plays a flow with a person, and writes what was played as a scripted conversation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase

import yaml

from flows.catalog import Catalog
from flows.fold import RESUME
from flows.load import FlowError
from flows.model import Ask, Choice, HideChat, OpenCase, Send
from flows.tools.play import DAY, Play, Render
from flows.tools.rehearsal import say
from flows.tools.script import Kind, find_node, read_scripts

LEAVE = "/quit"
Read = Callable[[], str | None]  # the next line that the person types; None at the end
Write = Callable[[str], None]
Steps = list[tuple[Kind, str]]


def chat(play: Play, render: Render, read: Read, write: Write) -> Steps:
    """Play from the beginning until the flow ends or the person leaves; returns the steps."""
    steps: Steps = []
    play.begin()
    _show(play, render, write)
    while play.outcome is None:
        typed = read()
        if typed is None or typed.strip() == LEAVE:
            return steps
        if not typed.strip():
            continue
        _note_question(play, steps)
        option = _picked(play, typed.strip())
        if option is None:
            steps.append((Kind.USER, typed))
            play.type(typed)
        else:
            steps.append((Kind.TAP, option))
            play.tap(option)
        _show(play, render, write)
    write(f"The tree has ended: {play.outcome}.")
    return steps


def as_test(name: str, play: Play, steps: Steps) -> str:
    """What was played, as a conversation for flows/content/tests."""
    lines = [f"- test: {_yaml(name)}", f"  flow: {play.flow}", f"  lang: {play.language}"]
    if play.day != DAY:
        lines.append(f"  today: {play.day.isoformat()}")
    lines += ["  steps:", *(f"    - {{{kind}: {_yaml(value)}}}" for kind, value in steps)]
    if play.outcome:
        lines.append(f"  ends: {play.outcome}")
    flags = ", ".join(f"{name}: {severity}" for name, severity in sorted(play.flags.items()))
    expects = [f"flags: {{{flags}}}"] if flags else []
    expects += [f"queue: {case.queue}" for case in play.cases[-1:]]
    if expects:
        lines.append(f"  expects: {{{', '.join(expects)}}}")
    return "\n".join(lines) + "\n"


def append_test(path: Path, test: str, catalog: Catalog) -> None:
    """Add a conversation to a file, which is made if need be.

    Raises FlowError, and leaves the file as it was, where it is not a file of conversations or
    has one of this name.
    """
    before = path.read_text("utf-8") if path.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    partial = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.write_text(f"{before}{gap}{test}", "utf-8")
        read_scripts([partial], catalog)
        partial.replace(path)
    except FlowError as error:
        raise FlowError([replace(fault, file=str(path)) for fault in error.faults]) from None
    finally:
        partial.unlink(missing_ok=True)


def _yaml(value: str) -> str:
    """A text in the shortest YAML that reads as this text, also inside of brackets."""
    return yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10_000)[1:-2]


def _note_question(play: Play, steps: Steps) -> None:
    """Write down which question is open, where it is another one than before."""
    flow, node = play.question
    here = node if flow == play.flow else f"{flow}.{node}"
    seen = [value for kind, value in steps if kind is Kind.SEES]
    if flow != RESUME and seen[-1:] != [here] and not play.draft:
        steps.append((Kind.SEES, here))


def _picked(play: Play, typed: str) -> str | None:
    """The button whose number (at an open question: whose letter) was typed."""
    known = dict(_numbered(play))
    choice = known.get(typed.lower())
    return choice.option if choice else None


def _numbered(play: Play) -> Iterator[tuple[str, Choice]]:
    flow, node = play.question
    is_open = isinstance(find_node(node, flow, play.stage.catalog), Ask) and not play.draft
    for index, choice in enumerate(play.asked.choices):
        yield (ascii_lowercase[index % 26] if is_open else str(index + 1)), choice


def _show(play: Play, render: Render, write: Write) -> None:
    for effect in play.effects:
        match effect:
            case Send() if play.outcome is None or effect.question is None:
                write("\n" + render(effect, play.language))
            case OpenCase(queue=queue, urgency=urgency):
                write(f"[a case for {queue}, urgency {urgency}]")
            case HideChat():
                write("[the chat is taken off the screen]")
    if play.outcome is None:
        for number, choice in _numbered(play):
            mark = "[x] " if choice.marked else ""
            write(f"  {number}. {mark}{say(choice.label, play.language, render)}")
