"""What a reader asks of a list, from the address of the page; nonsense asks nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from bot.casework.states import DUPLICATE, OUTCOMES
from bot.desk import phrases
from bot.desk.badges import topic_choices
from bot.desk.visit import Visit
from flows.compute import BAKU
from storage.caselists import Wanted
from storage.records import CaseState, Priority

MAX_TYPED = 100  # characters
YEARS = range(1970, 2200)  # that a search may ask of
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Chosen:
    """A filter as chosen, and what there is to choose from."""

    wanted: Wanted
    page: int
    values: dict[str, str]
    priorities: Options
    languages: Options
    topics: Options
    outcomes: Options = ()
    states: Options = ()
    text: str = ""

    @property
    def active(self) -> bool:
        return any(self.values.values())

    def query(self, page: int) -> str:
        """The address's end that shows another page of the same."""
        return urlencode({**{k: v for k, v in self.values.items() if v}, "page": page})


def queue_filter(visit: Visit) -> Chosen:
    """What is asked of the queue."""
    values = _values(visit, ("priority", "reads", "topic", "overdue"))
    wanted = Wanted(
        rank=_priority(values["priority"]),
        language=values["reads"],
        topic=values["topic"],
        overdue_at=visit.reader.now if values["overdue"] else None,
    )
    return Chosen(wanted, _page(visit), values, *_options(visit))


def search_filter(visit: Visit) -> Chosen:
    """What is asked of a search."""
    fields = ("code", "text", "tag", "outcome", "state", "priority", "reads", "topic")
    values = _values(visit, (*fields, "from", "to"))
    last = _day(values["to"])
    wanted = Wanted(
        code=values["code"].upper(),
        tag=values["tag"].casefold(),
        outcome=values["outcome"],
        states=[CaseState(values["state"])] if values["state"] in list(CaseState) else [],
        rank=_priority(values["priority"]),
        language=values["reads"],
        topic=values["topic"],
        opened_from=_midnight(_day(values["from"])),
        opened_before=_midnight(None if last is None else last + timedelta(days=1)),
    )
    say = visit.reader.say
    return Chosen(
        wanted,
        _page(visit),
        values,
        *_options(visit),
        outcomes=[(o, say(phrases.OUTCOMES[o])) for o in (*OUTCOMES, DUPLICATE)],
        states=[(state.value, say(phrases.STATES[state])) for state in CaseState],
        text=values["text"],
    )


def _values(visit: Visit, names: Sequence[str]) -> dict[str, str]:
    query = visit.request.query
    return {name: query.get(name, "").strip()[:MAX_TYPED].replace("\x00", "") for name in names}


def _options(visit: Visit) -> tuple[Options, Options, Options]:
    reader = visit.reader
    priorities = [(str(p.value), reader.say(phrases.PRIORITIES[p])) for p in Priority]
    languages = [(code, reader.language_name(code)) for code in visit.runtime.languages]
    return priorities, languages, topic_choices(visit.runtime.catalog, reader)


def _priority(text: str) -> Priority | None:
    known = {str(p.value): p for p in Priority}
    return known.get(text)


def _page(visit: Visit) -> int:
    text = visit.request.query.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None  # at the ends of time a day has no day after it


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), BAKU)
