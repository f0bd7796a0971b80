"""What flow files can compute: in expressions, as authors write it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from flows.compute import Calendar
from flows.expressions import Expression
from flows.model import Money

WORKING = Calendar(holidays=frozenset({date(2026, 12, 31)}))


def value_of(source: str, **known: Any) -> Any:
    return Expression(source)(known, WORKING)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 11, 22), 12, date(2027, 11, 22)),
    ],
)
def test_month_without_such_a_day_ends_on_its_last(day: date, count: int, expected: date) -> None:
    assert value_of("months_after(day, count)", day=day, count=count) == expected


def test_working_days_leave_out_weekends_and_holidays() -> None:
    wednesday = date(2026, 12, 30)
    assert value_of("working_days_after(day, 1)", day=wednesday) == date(2027, 1, 1)
    assert value_of("working_days_after(day, 10)", day=wednesday) == date(2027, 1, 14)
    monday = date(2027, 1, 4)
    assert value_of("working_days_until(day, today)", day=monday, today=wednesday) == 2


def test_percent_of_an_amount_keeps_its_currency() -> None:
    pay = Money(Decimal("733.33"))
    assert value_of("percent_of(pay, 140)", pay=pay) == Money(Decimal("1026.66"))
    assert value_of("percent_of(pay, 140)") is None


def test_only_a_yes_is_a_yes() -> None:
    assert value_of("said_yes(answer)", answer="yes") is True
    for other in ("no", "skip", None, ("yes",), Decimal(1)):
        assert value_of("said_yes(answer)", answer=other) is False


def test_at_least_counts_what_holds() -> None:
    source = "at_least(2, (late, tired, afraid))"
    assert value_of(source, late=True, tired=False, afraid=True) is True
    assert value_of(source, late=True, tired=False) is False
    assert value_of(source) is False


def test_what_cannot_be_counted_is_nothing() -> None:
    assert value_of("days_after(day, 5000)", day=date(2026, 1, 1)) is None
    assert value_of("percent_of(pay, 140)", pay="much") is None
    assert value_of("at_least(2, 7)") is None
