"""Scripted conversations as chat bubbles, in two languages side by side, on one page."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import zip_longest

from flows.catalog import Catalog
from flows.limits import label_limit, length, text_limit
from flows.model import Finished, HideChat, OpenCase, Send
from flows.texts import language_name
from flows.tools.html import direction, page
from flows.tools.play import Play, Render, Stage
from flows.tools.rehearsal import in_language, say
from flows.tools.script import Kind, Script

STYLE = """\
body { background: #e5ddd5; margin: 0; padding: 1em; font-size: 15px; line-height: 1.4; }
main { max-width: 72em; margin: 0 auto; }
h1 { font-size: 1.4em; } h2 { font-size: 1.1em; margin: 2.5em 0 0.5em; }
.two { display: grid; grid-template-columns: 1fr 1fr; column-gap: 1.5em; }
.two > * { padding: 0.2em 0.6em; background: #efeae2; min-width: 0; }
.two > .head { font-weight: bold; padding-block: 0.6em; border-bottom: 1px solid #cbd5e0; }
.bubble { background: #fff; border-radius: 0.6em; padding: 0.5em 0.8em; margin: 0.3em 0;
  max-width: 85%; width: fit-content; box-shadow: 0 1px 1px #0002; overflow-wrap: anywhere;
  white-space: pre-line; }
.worker { background: #d9fdd3; margin-inline-start: auto; }
.look { color: #4a5568; font-size: 0.8em; text-align: center; margin: 0.3em 0; }
.answers { display: flex; flex-wrap: wrap; gap: 0.3em; margin: 0.3em 0; max-width: 85%; }
.answer { background: #fff; border: 1px solid #94a3b8; border-radius: 0.5em;
  padding: 0.15em 0.6em; color: #1d4ed8; }
.size { display: block; font-size: 0.72em; color: #64748b; margin-top: 0.2em; direction: ltr; }
.long { color: #b91c1c; font-weight: bold; }
.wrong { background: #fee2e2; color: #7f1d1d; padding: 0.4em 0.6em; border-radius: 0.4em; }
@media print { body { background: #fff; } .bubble { border: 1px solid #cbd5e0; } }
"""


def preview(
    scripts: Iterable[Script],
    catalog: Catalog,
    languages: Sequence[str],
    title: str,
    render: Render,
) -> str:
    """A page with each conversation in these languages, one column each."""
    parts = [
        f"<main>\n<h1>{escape(title)}</h1>\n",
        "<p>Below each text is its length, and how much fits into one message on every channel, "
        f"below its first line ({text_limit([''])} characters with answers, {text_limit([])} "
        "without; an answer 20, in a list 24). What is too long is red.</p>\n",
    ]
    for script in scripts:
        parts.append(f"<h2>{escape(script.name)}</h2>\n")
        parts += _conversation(script, catalog, languages, render)
    return page(title, STYLE, "".join([*parts, "</main>\n"]))


def _conversation(
    script: Script, catalog: Catalog, languages: Sequence[str], render: Render
) -> Iterator[str]:
    columns = f"grid-template-columns: repeat({len(languages)}, 1fr)"
    yield f'<div class="two" style="{columns}">\n'
    for language in languages:
        name = escape(language_name(language))
        yield f'<div class="head" {direction(language)}>{name}</div>\n'
    played = [list(_play(script, catalog, language, render)) for language in languages]
    for row in zip_longest(*played, fillvalue=""):
        for language, html in zip(languages, row, strict=True):
            yield f"<div {direction(language)}>{html}</div>\n"
    yield "</div>\n"


def _play(script: Script, catalog: Catalog, language: str, render: Render) -> Iterator[str]:
    """What each step shows, from the first message on."""
    if not catalog.offers(script.flow, language):
        yield _wrong(_not_offered(script.flow, catalog, language))
        return
    play = Play(Stage(catalog, script.flow), script.flow, language, script.today)
    play.begin()
    yield _said(play, render)
    for step in script.steps:
        if step.kind is Kind.TAP:
            pressed = [choice for choice in play.asked.choices if choice.option == step.value]
            if not pressed:
                yield _wrong(f"There is no button {step.value!r} here: run hamrah flows test.")
                return
            play.tap(step.value)
            yield _bubble(say(pressed[0].label, language, render), "worker") + _said(play, render)
        elif step.kind is Kind.USER:
            words = in_language(step.value, play, script.language, render)
            play.type(words)
            yield _bubble(words, "worker") + _said(play, render)


def _not_offered(flow: str, catalog: Catalog, language: str) -> str:
    texts = list(catalog.sentences_of(catalog.flows[flow]))
    missing = sum(catalog.texts.find(text, language) is None for text in texts)
    return (
        f"This tree is not offered in this language: {missing} of its {len(texts)} texts have no "
        "settled translation."
    )


def _said(play: Play, render: Render) -> str:
    parts: list[str] = []
    for effect in play.effects:
        match effect:
            case Send() if play.outcome is None or effect.question is None:  # not the menu
                parts += _message(effect, play.language, render)
            case OpenCase(queue=queue, urgency=urgency):
                parts.append(_note(f"a case for {queue}, {urgency}"))
            case Finished(flow=flow, outcome=outcome) if flow == play.flow:
                parts.append(_note(f"ends: {outcome}"))
            case HideChat():
                parts.append(_note("the chat is hidden"))
    return "".join(parts)


def _message(send: Send, language: str, render: Render) -> Iterator[str]:
    labels = [say(choice.label, language, render) for choice in send.choices]
    text = render(send, language)
    yield _bubble(text, "bot", _size(length(text), text_limit(labels)))
    if labels:
        limit = label_limit(labels)
        answers = (
            f'<span class="answer">{"✓ " if choice.marked else ""}{escape(label)}'
            f"{_size(len(label), limit)}</span>"
            for choice, label in zip(send.choices, labels, strict=True)
        )
        yield f'<div class="answers">{"".join(answers)}</div>'


def _bubble(text: str, who: str, more: str = "") -> str:
    return f'<div class="bubble {who}">{escape(text)}{more}</div>'


def _size(size: int, limit: int) -> str:
    long = " long" if size > limit else ""
    return f'<span class="size{long}">{size} / {limit}</span>'


def _note(text: str) -> str:
    return f'<p class="look" lang="en" dir="ltr">{escape(text)}</p>'


def _wrong(text: str) -> str:
    return f'<p class="wrong" lang="en" dir="ltr">{escape(text)}</p>'
