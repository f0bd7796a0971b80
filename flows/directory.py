"""Tables of content that lawyers use: who a case can be passed to, and names for problems.

recipients.yaml says of each organisation who it is and under which authority it stands: the worker
reads that before saying yes. problems.yaml names kinds of problems for the reports.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flows.document import ProblemsDoc, RecipientsDoc
from flows.load import Fault, FlowError, Model, read_document
from flows.model import Phrase


@dataclass(frozen=True)
class Recipient:
    """An organisation that can take a case over, or help in it."""

    id: str
    name: Phrase
    who: Phrase  # what the worker reads about it
    authority: Phrase  # under whom it stands
    confirm: Phrase | None  # what a lawyer must confirm before using it
    facts: tuple[str, ...]  # of LEGAL.md
    checked: date


@dataclass(frozen=True)
class Problem:
    """A kind of problem, for counting."""

    code: str
    label: Phrase
    articles: tuple[int, ...]  # of the UN migrant workers convention
    checked: date | None  # when a lawyer compared these with its text; None: nobody has yet


@dataclass(frozen=True)
class Directory:
    """Both tables; empty where an office has none."""

    recipients: Mapping[str, Recipient] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)

    def phrases(self) -> Iterator[Phrase]:
        """All sentences, for the translators."""
        for recipient in self.recipients.values():
            yield from (recipient.name, recipient.who, recipient.authority)
            if recipient.confirm is not None:
                yield recipient.confirm
        for problem in self.problems.values():
            yield problem.label


def load_directory(folder: Path) -> Directory:
    """The tables of a content folder; raises FlowError with the faults of both."""
    faults: list[Fault] = []
    recipients = _read(folder / "recipients.yaml", RecipientsDoc, faults)
    problems = _read(folder / "problems.yaml", ProblemsDoc, faults)
    if faults:
        raise FlowError(faults)
    return Directory(
        {} if recipients is None else _recipients(recipients),
        {} if problems is None else _problems(problems),
    )


def _read(path: Path, model: type[Model], faults: list[Fault]) -> Model | None:
    if not path.exists():
        return None
    try:
        return read_document(path, model)[0]
    except FlowError as error:
        faults += error.faults
        return None


def _recipients(document: RecipientsDoc) -> Mapping[str, Recipient]:
    return {
        name: Recipient(
            id=name,
            name=Phrase(f"recipient.{name}.name", recipient.name),
            who=Phrase(f"recipient.{name}.who", recipient.who),
            authority=Phrase(f"recipient.{name}.authority", recipient.authority),
            confirm=(
                Phrase(f"desk.recipient.{name}.confirm", recipient.confirm)
                if recipient.confirm
                else None
            ),
            facts=tuple(recipient.facts),
            checked=recipient.checked,
        )
        for name, recipient in document.recipients.items()
    }


def _problems(document: ProblemsDoc) -> Mapping[str, Problem]:
    return {
        code: Problem(
            code,
            Phrase(f"problem.{code}", problem.label),
            tuple(problem.articles),
            document.checked,
        )
        for code, problem in document.problems.items()
    }
