"""The format of flow files, as models: what may be written, and the source of the JSON Schema.

A file is checked in two steps: these models say whether it is well formed (every fault at once),
flows/load.py then turns it into the frozen types of flows/model.py and checks what they refer to.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from flows.model import AskKind

NAME = r"^[a-z][a-z0-9_]{0,39}$"
Id = Annotated[str, Field(pattern=NAME)]
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Flags = dict[str, str]


class Strict(BaseModel):
    """No unknown keys: a slip of the pen is a fault, not silence."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True
    )


class OptionDoc(Strict):
    """One answer: what it says, where it leads."""

    say: Text
    """What stands on the button: at most 20 characters; 24 where there are more than 3 answers."""
    next: Id | None = None
    """The node that follows; by default the `next` of the question."""
    flag: Flags = {}
    """How serious this is: urgency U3 to U0, trafficking green, yellow, orange or red."""
    also: Text | None = None
    """Other words that mean this answer, separated by commas."""
    consent: dict[Id, bool] = {}
    """What the worker agrees to, or refuses, by this answer: {share_with_lawyers: true}."""


class NodeDoc(Strict):
    """What every node may have."""

    compute: dict[Id, str] = {}
    """Values that follow from the answers: {limit: "months_after(payday, 12)"}."""
    flag: Flags = {}
    """How serious it is to come here: {urgency: U1, trafficking: orange}."""
    sources: list[str] = []
    """The facts of sources.yaml that this text rests on: [A27, A28]."""
    hotlines: list[str] = []
    """The numbers of hotlines.yaml that are shown with this text: [emergency]."""
    media: str | None = None
    """The name of a voice file, without language and ending."""


class SayDoc(NodeDoc):
    """Tells something and goes on."""

    say: Text
    """What is told; {name} inserts an answer, a computed value, an amount or a number to call."""
    next: Id
    """The node that follows."""
    recap: bool = False
    """Whether it repeats what was answered: then it is left out where nothing can be erased."""


class ChooseDoc(NodeDoc):
    """Asks for one of several options."""

    choose: Text
    """The question."""
    options: dict[Id, OptionDoc] = Field(min_length=1)
    """The answers in the order of their buttons. Their ids are kept for ever: labels may change."""
    save: Id | None = None
    """The name under which conditions find the answer."""
    many: bool = False
    """Several answers can be pressed, then "Done"."""
    next: Id | None = None
    """The node that follows where an answer names none."""


class AskDoc(NodeDoc):
    """Asks an open question."""

    ask: Text
    """The question."""
    kind: Annotated[AskKind, Field(strict=False)]
    """What is accepted."""
    save: Id
    """The name under which conditions and texts find the answer."""
    next: Id
    """The node that follows."""
    options: dict[Id, OptionDoc] = {}
    """Other ways to answer, such as "I do not know"."""
    retry: Text | None = None
    """What is told where the answer cannot be read; by default the engine's sentence."""
    least: str | int | None = None
    """The least number or the first day: 1, "2020-01-01", today, today-365d."""
    most: str | int | None = None
    """The greatest number or the last day."""


class ArmDoc(Strict):
    """One arm of a branch: `{when: CONDITION, next: NODE}`, the last one `{else: NODE}`."""

    when: str | None = None
    """A condition: pay == 'nothing' and months in ('3-9', 'more')."""
    next: Id | None = None
    """Where it leads."""
    else_: Id | None = Field(default=None, alias="else")
    """Where everybody else goes."""


class BranchDoc(NodeDoc):
    """Goes on by what is known."""

    branch: list[ArmDoc] = Field(min_length=1)
    """The first arm whose condition holds is taken; the last is {else: NODE}."""


class RunDoc(NodeDoc):
    """Runs another flow and comes back."""

    run: Id
    """The flow that is run."""
    next: Id
    """The node that follows when it has ended."""


class HandOverDoc(Strict):
    """To which queue, and how urgent (by default the worst urgency that was flagged)."""

    queue: Id
    """Which lawyers get the case."""
    priority: Literal["U0", "U1", "U2", "U3"] | None = None
    """How urgent it is; by default the worst urgency that was flagged."""


class EscalateDoc(NodeDoc):
    """Hands over to lawyers and goes on."""

    escalate: HandOverDoc
    """{queue: lawyers}."""
    say: Text | None = None
    """What the worker is told."""
    next: Id
    """The node that follows."""


class EndDoc(NodeDoc):
    """An outcome."""

    end: Id
    """The name of the outcome; each outcome is stated once."""
    say: Text | None = None
    """What the worker is told."""


KINDS = (
    "choose",
    "ask",
    "branch",
    "run",
    "escalate",
    "end",
    "say",
)  # say last: others have it too


def kind_of(value: Any) -> str | None:
    """Which kind of node this is: by the first of its telling keys."""
    keys = value if isinstance(value, Mapping) else getattr(value, "__dict__", ())
    return next((kind for kind in KINDS if kind in keys), None)


AnyNodeDoc = Annotated[
    Annotated[SayDoc, Tag("say")]
    | Annotated[ChooseDoc, Tag("choose")]
    | Annotated[AskDoc, Tag("ask")]
    | Annotated[BranchDoc, Tag("branch")]
    | Annotated[RunDoc, Tag("run")]
    | Annotated[EscalateDoc, Tag("escalate")]
    | Annotated[EndDoc, Tag("end")],
    Discriminator(
        kind_of,
        custom_error_type="no_kind",
        custom_error_message="needs one of: " + ", ".join(KINDS),
    ),
]


class FlowDoc(Strict):
    """A flow file."""

    flow: Id
    """The id of the flow: the name of the file."""
    title: Text
    """Its name for people."""
    owner: str
    """The lawyer who answers for it."""
    legal: bool = True
    """Whether it states law: it is then never shown in a language in which it is not whole."""
    screening: bool = False
    """Whether nobody else may make out its answers: single digits, where nothing can be erased."""
    reviewed_by: str | None = None
    """Who has checked it."""
    keywords: Text | None = None
    """Words by which a worker finds it, separated by commas."""
    start: Id
    """The first node."""
    nodes: dict[Id, AnyNodeDoc] = Field(min_length=1, max_length=400)
    """The steps, in the order in which they are read. An id is never used for something else."""


class SourceDoc(Strict):
    """A legal fact of sources.yaml."""

    cite: Text
    states: str
    instrument: str
    article: str | None = None
    confidence: Literal["H", "M", "L"]
    seen: str  # its numbers in LEGAL.md's register of pages
    page: str
    as_of: str  # of the page, or of the law that it quotes
    read_on: date
    review_by: date


class AmountDoc(Strict):
    """A sum of money that the law sets: it stands here and nowhere else."""

    value: int | Annotated[Decimal, Field(strict=False)]
    currency: str = "AZN"
    source: str


class SourcesDoc(Strict):
    """sources.yaml."""

    sources: dict[Annotated[str, Field(pattern=r"^[A-F][0-9]{1,2}[a-z]?$")], SourceDoc]
    amounts: dict[Id, AmountDoc] = {}


class HotlineDoc(Strict):
    """A number to call."""

    number: str
    who: Text
    note: Text | None = None
    hours: str
    languages: str
    checked: date
    source: str


class HotlinesDoc(Strict):
    """hotlines.yaml."""

    hotlines: dict[Id, HotlineDoc]


class RecipientDoc(Strict):
    """An organisation to which a case can be passed."""

    name: Text
    who: Text
    """Who it is and what it does, as the worker reads it before saying yes."""
    authority: Text
    """Under whom it stands: the state, a ministry, the police, nobody."""
    facts: list[str]
    """The facts of LEGAL.md that this rests on."""
    confirm: str = ""
    """What a lawyer must still confirm; shown to lawyers, not to workers."""
    checked: date


class RecipientsDoc(Strict):
    """recipients.yaml."""

    recipients: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")], RecipientDoc]


class ProblemDoc(Strict):
    """A kind of problem, for the reports."""

    label: Text
    articles: list[Annotated[int, Field(ge=1, le=93)]]
    """Of the UN convention on migrant workers, which has 93."""


class ProblemsDoc(Strict):
    """problems.yaml."""

    problems: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")], ProblemDoc]
    checked: date | None = None
    """When a lawyer compared the articles with the convention's text; null: nobody has yet."""


class PartialDoc(Strict):
    """A language that has some flows: these are translated whole, the others are not offered."""

    partial: list[Id] = Field(min_length=1)


def state_of(value: Any) -> str | None:
    """How far a language is declared to be."""
    if isinstance(value, Mapping | PartialDoc):
        return "partial"
    return "whole" if value == "whole" else None


class LanguagesDoc(Strict):
    """languages.yaml."""

    languages: dict[
        Annotated[str, Field(pattern=r"^[a-z]{2,3}$")],
        Annotated[
            Annotated[Literal["whole"], Tag("whole")] | Annotated[PartialDoc, Tag("partial")],
            Discriminator(
                state_of,
                custom_error_type="no_state",
                custom_error_message="should be whole, or {partial: [FLOW, FLOW]}",
            ),
        ],
    ]


WORDS = tuple(
    dict.fromkeys(
        field.alias or name
        for model in (FlowDoc, ChooseDoc, AskDoc, EscalateDoc, EndDoc, RunDoc, ArmDoc, OptionDoc)
        for name, field in model.model_fields.items()
    )
)
