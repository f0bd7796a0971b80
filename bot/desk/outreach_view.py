"""What the pages of outreach show, in the reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.desk import outreach_phrases as words
from bot.desk.badges import Badge
from bot.desk.reader import Reader
from bot.desk.visit import Visit
from bot.first_lines import first_line
from bot.outreach.announcements import MAX_ALONE, Draft, Sight
from bot.outreach.letters import letter
from bot.outreach.news import NEWS, SKIP
from bot.outreach.progress import Progress
from bot.runtime import Runtime
from bot.texts import direction
from bot.whatsapp_templates import invitations
from flows.limits import WHATSAPP_BUTTON
from flows.model import Choose
from storage.announcements import AnnouncementState
from storage.audience import FILTERS, Reach
from storage.recipients import Recipient, RecipientState
from storage.workshops import Workshop

SYMBOLS: Mapping[AnnouncementState, tuple[str, str]] = {
    AnnouncementState.DRAFT: ("normal", "✎"),
    AnnouncementState.PROPOSED: ("urgent", "?"),
    AnnouncementState.APPROVED: ("soon", "✓"),
    AnnouncementState.LATE: ("danger", "!"),
    AnnouncementState.SENDING: ("soon", "→"),
    AnnouncementState.PAUSED: ("urgent", "‖"),
    AnnouncementState.FINISHED: ("normal", "✓"),
    AnnouncementState.CANCELLED: ("normal", "✗"),
}


@dataclass(frozen=True)
class Mark:
    """A box of a filter."""

    name: str
    label: str
    checked: bool
    people: int | None  # how many told this, where it is told


@dataclass(frozen=True)
class Group:
    """A filter."""

    name: str
    title: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class LanguageText:
    """One language of a draft, with its preview."""

    code: str
    tag: str
    direction: str
    label: str
    first_line: str  # what phones show before it
    text: str
    buttons: tuple[str, ...]
    short_buttons: tuple[str, ...]  # as WhatsApp cuts them
    problem: str = ""


@dataclass(frozen=True)
class TemplateView:
    """A text that may go out in place of an announcement."""

    name: str
    label: str  # in the reader's language
    texts: Mapping[str, str]  # by language
    buttons: Mapping[str, str]


@dataclass(frozen=True)
class ReachView:
    """The count as you choose."""

    gets: str
    left_out: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class StateCount:
    """How many are in a state."""

    state: str
    label: str
    people: int
    alarming: bool


@dataclass(frozen=True)
class ProgressView:
    """The progress bar, and what stands around it."""

    done: int
    total: int
    line: str
    rate: str
    left: str
    waits: str
    counts: tuple[StateCount, ...]
    reasons: tuple[tuple[str, str, int], ...]
    unknown: int
    retry: str


@dataclass(frozen=True)
class Row:
    """A row of the ledger."""

    worker_id: int
    channel: str
    language: str
    state: str
    reason: str
    time: str
    unknown: bool


@dataclass(frozen=True)
class Typed:
    """What a draft says, stored or as it was just posted, and what is wrong with it."""

    draft: Draft
    send_at: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    def problem(self, name: str) -> str:
        """What is wrong with this field; "" for nothing."""
        return self.problems.get(name, "")


def state_badge(reader: Reader, state: AnnouncementState) -> Badge:
    """Where an announcement stands."""
    key, symbol = SYMBOLS[state]
    return Badge(key, symbol, reader.say(words.STATES[state]))


def stored(sight: Sight) -> Typed:
    """A draft as it is stored."""
    it = sight.it
    return Typed(Draft(it.name, sight.texts, it.audience.filters, it.fallback, it.template))


def language_texts(visit: Visit, typed: Typed, workshop: Workshop | None) -> list[LanguageText]:
    """Every language that workers are offered."""
    found = []
    for code in visit.runtime.languages:
        copy = letter(visit.runtime, typed.draft.texts.get(code, ""), code, workshop=workshop)
        buttons = tuple(choice.label for choice in copy.choices)
        found.append(
            LanguageText(
                code=code,
                tag=code.replace("_", "-"),
                direction=direction(code),
                label=visit.reader.language_name(code),
                first_line=first_line(visit.runtime.speech, copy, code, unasked=True),
                text=copy.text,
                buttons=buttons,
                short_buttons=tuple(label[:WHATSAPP_BUTTON] for label in buttons),
                problem=typed.problem(f"text_{code}"),
            )
        )
    return found


def template_views(visit: Visit) -> list[TemplateView]:
    """What WhatsApp may bring to who wrote long ago, as a reader of each language sees it."""
    found = []
    for name, template in invitations().items():
        spoken = {code: template.spoken(code) for code in visit.runtime.languages}
        found.append(
            TemplateView(
                name,
                template.texts[template.spoken(visit.reader.language)],
                texts={code: template.texts[near] for code, near in spoken.items()},
                buttons={code: template.buttons[near] for code, near in spoken.items()},
            )
        )
    return found


def groups(
    visit: Visit,
    chosen: Mapping[str, Iterable[str]],
    told: Mapping[str, Mapping[str, int]],
    workshops: Mapping[str, str],
) -> list[Group]:
    """All filters with their boxes; a filter of which nobody told anything is left out.

    `workshops` are those that somebody was at, in words, by their names in the audience.
    """
    found = []
    for name in FILTERS:
        labels = _labels(visit, name, told.get(name, {}), workshops)
        marked = set(chosen.get(name, ()))
        marks = tuple(
            Mark(f"{name}.{value}", label, value in marked, told.get(name, {}).get(value))
            for value, label in labels.items()
        )
        if marks:
            found.append(Group(name, visit.reader.say(words.GROUPS[name]), marks))
    return found


def filters_in_words(
    visit: Visit, chosen: Mapping[str, Iterable[str]], workshops: Mapping[str, str]
) -> str:
    """The audience as one line."""
    parts = []
    for name in FILTERS:
        if chosen.get(name):
            labels = _labels(visit, name, dict.fromkeys(chosen[name], 0), workshops)
            values = ", ".join(labels.get(value, value) for value in sorted(chosen[name]))
            parts.append(f"{visit.reader.say(words.GROUPS[name])}: {values}")
    return "; ".join(parts) or visit.reader.say(words.EVERYBODY)


def fallback_in_words(reader: Reader, language: str | None) -> str:
    """What people get whose language is missing; "" where that was not chosen."""
    if language is None:
        return ""
    return reader.say(words.FALLBACK_IN, language=reader.language_name(language))


def template_in_words(visit: Visit, name: str | None) -> str:
    """What WhatsApp brings to who wrote long ago, as the reader reads it; "" for nothing."""
    return next((each.label for each in template_views(visit) if each.name == name), "")


def reach_view(reader: Reader, reach: Reach) -> ReachView:
    """How many get it and who is left out."""
    return ReachView(
        reader.say(words.REACHES, count=reach.people),
        tuple(
            (reason_in_words(reader, why), people) for why, people in sorted(reach.left_out.items())
        ),
    )


def needs_second(reader: Reader, sight: Sight) -> str:
    """That a second person has to approve; "" where none has to."""
    return "" if sight.alone else reader.say(words.NEEDS_SECOND, limit=MAX_ALONE)


def progress_view(reader: Reader, found: Progress) -> ProgressView:
    """How far it is."""
    left = found.seconds_left
    return ProgressView(
        done=found.done,
        total=found.total,
        line=reader.say(words.DONE_OF, done=found.done, total=found.total),
        rate=reader.say(words.RATE, rate=f"{found.per_second:.1f}") if found.per_second else "",
        left=""
        if left is None
        else reader.say(words.TIME_LEFT, time=reader.span(timedelta(seconds=left + 30))),
        waits=reader.say(words.WAITS_UNTIL, time=reader.moment(found.waits_until))
        if found.waits_until
        else "",
        counts=tuple(
            StateCount(
                state.value,
                reader.say(words.RECIPIENTS[state]),
                found.counts[state],
                state in (RecipientState.UNKNOWN, RecipientState.FAILED),
            )
            for state in RecipientState
            if found.counts.get(state)
        ),
        reasons=tuple(
            (reader.say(words.RECIPIENTS[state]), reason_in_words(reader, why), people)
            for (state, why), people in sorted(found.reasons.items())
        ),
        unknown=found.counts.get(RecipientState.UNKNOWN, 0),
        retry=reader.say(words.RETRY, count=found.worth_a_retry) if found.worth_a_retry else "",
    )


def row_view(reader: Reader, row: Recipient) -> Row:
    """A row of the ledger, by number only."""
    return Row(
        worker_id=row.worker_id,
        channel=channel_in_words(reader, row.channel),
        language=reader.language_name(row.language),
        state=reader.say(words.RECIPIENTS[row.state]),
        reason=reason_in_words(reader, row.reason) if row.reason else "",
        time=reader.moment(row.changed_at),
        unknown=row.state is RecipientState.UNKNOWN,
    )


def channel_in_words(reader: Reader, channel: str) -> str:
    """What the reader calls a channel."""
    phrase = words.CHANNELS.get(channel)
    return channel if phrase is None else reader.say(phrase)


def reason_in_words(reader: Reader, why: str) -> str:
    """A reason in the reader's words; a platform's own words stay as they are."""
    phrase = words.REASONS.get(why)
    return why if phrase is None else reader.say(phrase)


def _labels(
    visit: Visit, name: str, told: Mapping[str, int], workshops: Mapping[str, str]
) -> dict[str, str]:
    reader = visit.reader
    if name == "language":
        return {code: reader.language_name(code) for code in visit.runtime.languages}
    if name == "channel":
        return {channel: reader.say(phrase) for channel, phrase in words.CHANNELS.items()}
    if name == "attended":
        return {value: workshops.get(value, value) for value in sorted(told)}
    return _answers_of_news(visit.runtime, reader, name) or {value: value for value in sorted(told)}


def _answers_of_news(runtime: Runtime, reader: Reader, name: str) -> dict[str, str]:
    """The answers by which the tree `news` saves this fact, in one step or in two."""
    flow = runtime.catalog.flow(NEWS)
    steps = {
        node_id: node
        for node_id, node in (flow.nodes if flow else {}).items()
        if isinstance(node, Choose) and node.save == name
    }
    return {
        option.id: reader.say(option.label)
        for node in steps.values()
        for option in node.options.values()
        if option.id != SKIP and option.next not in steps
    }
