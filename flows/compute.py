"""The functions that flow files may call: what follows from answers, mostly dates and sums.

Each takes the calendar first and raises TypeError or ValueError for what it cannot count with,
which an expression turns into None.
"""

import calendar as month_lengths
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from flows.model import Money

BAKU = ZoneInfo("Asia/Baku")
SATURDAY = 5
MAX_COUNTED_DAYS = 3_700  # ten years: more is a slip of the finger


@dataclass(frozen=True)
class Calendar:
    """Which days the offices of Azerbaijan work."""

    holidays: frozenset[date] = field(default_factory=frozenset)

    def works_on(self, day: date) -> bool:
        """Whether this is a working day."""
        return day.weekday() < SATURDAY and day not in self.holidays


def local_day(at: datetime) -> date:
    """The date in Baku at this moment."""
    return at.astimezone(BAKU).date()


def days_after(_: Calendar, day: date, count: int) -> date:
    """The day so many calendar days later."""
    return day + timedelta(days=_bounded(count))


def months_after(_: Calendar, day: date, count: int) -> date:
    """The same day so many months later; the last of the month where there is no such day."""
    months = day.year * 12 + day.month - 1 + _bounded(count)
    year, month = divmod(months, 12)
    last = month_lengths.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def working_days_after(calendar: Calendar, day: date, count: int) -> date:
    """The day on which so many working days have passed."""
    for _ in range(_bounded(count)):
        day += timedelta(days=1)
        while not calendar.works_on(day):
            day += timedelta(days=1)
    return day


def days_until(_: Calendar, day: date, today: date) -> int:
    """Calendar days from today to the day; negative where it has passed."""
    return (day - today).days


def working_days_until(calendar: Calendar, day: date, today: date) -> int:
    """Working days left after today up to and with the day; negative where it has passed."""
    if day < today:
        return -1
    span = min((day - today).days, MAX_COUNTED_DAYS)
    return sum(calendar.works_on(today + timedelta(days=n)) for n in range(1, span + 1))


def percent_per_day(_: Calendar, amount: Money, percent: int, days: int) -> Money:
    """So many percent of an amount for each day."""
    share = amount.amount * percent * max(_bounded(days), 0) / 100
    return Money(share.quantize(Decimal("0.01")), amount.currency)


def percent_of(_: Calendar, amount: Money, percent: int) -> Money:
    """So many percent of an amount."""
    share = amount.amount * percent / 100
    return Money(share.quantize(Decimal("0.01")), amount.currency)


def said_yes(_: Calendar, answer: object) -> bool:
    """Whether a yes/no question was answered by yes; not where it was skipped or never asked.

    The check of the paths does not look into functions: many such questions stay few paths.
    """
    return answer == "yes"


def at_least(_: Calendar, count: int, values: Iterable[object]) -> bool:
    """Whether at least so many of these hold."""
    return sum(map(bool, values)) >= count


def _bounded(count: int) -> int:
    if abs(count) > MAX_COUNTED_DAYS:
        raise ValueError(count)
    return int(count)


Function = Callable[..., Any]
FUNCTIONS: Mapping[str, tuple[Function, int]] = MappingProxyType(
    {  # name -> the function and how many values it takes
        "days_after": (days_after, 2),
        "months_after": (months_after, 2),
        "working_days_after": (working_days_after, 2),
        "days_until": (days_until, 2),
        "working_days_until": (working_days_until, 2),
        "percent_per_day": (percent_per_day, 3),
        "percent_of": (percent_of, 2),
        "said_yes": (said_yes, 1),
        "at_least": (at_least, 2),
    }
)
