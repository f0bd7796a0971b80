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

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class OptionDoc(Strict):
    """One answer: what it says, where it leads."""

    say: Text
    next: Id | None = None
    flag: Flags = {}
    also: Text | None = None
    consent: dict[Id, bool] = {}


class NodeDoc(Strict):
    """What every node may have."""

    compute: dict[Id, str] = {}
    flag: Flags = {}
    sources: list[str] = []
    hotlines: list[str] = []
    media: str | None = None


class SayDoc(NodeDoc):
    """Tells something and goes on."""

    say: Text
    next: Id


class ChooseDoc(NodeDoc):
    """Asks for one of several options."""

    choose: Text
    options: dict[Id, OptionDoc] = Field(min_length=1)
    save: Id | None = None
    many: bool = False
    next: Id | None = None


class AskDoc(NodeDoc):
    """Asks an open question."""

    ask: Text
    kind: Annotated[AskKind, Field(strict=False)]
    save: Id
    next: Id
    options: dict[Id, OptionDoc] = {}
    retry: Text | None = None
    least: str | int | None = None
    most: str | int | None = None


class ArmDoc(Strict):
    """One arm of a branch: `{when: CONDITION, next: NODE}`, the last one `{else: NODE}`."""

    when: str | None = None
    next: Id | None = None
    else_: Id | None = Field(default=None, alias="else")


class BranchDoc(NodeDoc):
    """Goes on by what is known."""

    branch: list[ArmDoc] = Field(min_length=1)


class RunDoc(NodeDoc):
    """Runs another flow and comes back."""

    run: Id
    next: Id


class HandOverDoc(Strict):
    """To which queue, and how urgent (by default the worst urgency that was flagged)."""

    queue: Id
    priority: Literal["U0", "U1", "U2", "U3"] | None = None


class EscalateDoc(NodeDoc):
    """Hands over to lawyers and goes on."""

    escalate: HandOverDoc
    say: Text | None = None
    next: Id


class EndDoc(NodeDoc):
    """An outcome."""

    end: Id
    say: Text | None = None


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
    title: Text
    owner: str
    legal: bool = True
    reviewed_by: str | None = None
    keywords: Text | None = None
    start: Id
    nodes: dict[Id, AnyNodeDoc] = Field(min_length=1, max_length=400)


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


class PartialDoc(Strict):
    """A language that has some flows: these are translated whole, the others are not offered."""

    partial: list[Id] = Field(min_length=1)


class LanguagesDoc(Strict):
    """languages.yaml."""

    languages: dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], Literal["whole"] | PartialDoc]


WORDS = tuple(
    dict.fromkeys(
        field.alias or name
        for model in (FlowDoc, ChooseDoc, AskDoc, EscalateDoc, EndDoc, RunDoc, ArmDoc, OptionDoc)
        for name, field in model.model_fields.items()
    )
)
