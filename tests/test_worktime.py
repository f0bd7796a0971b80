"""Working time of the office in Baku."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.worktime import add_working_time, claim_due, holidays_of
from flows.compute import BAKU, Calendar
from storage.records import Priority

CALENDAR = Calendar(holidays_of([2026, 2027]))


def baku(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BAKU)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (baku(11, 23, 10), 1, baku(11, 23, 11)),
        (baku(11, 23, 17, 30), 1, baku(11, 24, 9, 30)),
        (baku(11, 23, 7), 1, baku(11, 23, 10)),
        (baku(11, 23, 20), 1, baku(11, 24, 10)),
        (baku(11, 20, 17), 2, baku(11, 23, 10)),  # over a weekend
        (baku(11, 21, 12), 9, baku(11, 23, 18)),
        (baku(3, 19, 17), 2, None),  # over Novruz: nothing before the holidays end
        (baku(11, 23, 10), 18, baku(11, 25, 10)),
    ],
)
def test_working_time_skips_nights_weekends_and_holidays(
    start: datetime, hours: int, end: datetime | None
) -> None:
    found = add_working_time(start, timedelta(hours=hours), CALENDAR)
    if end is None:
        assert found.astimezone(BAKU).date() not in CALENDAR.holidays
        assert found - start > timedelta(days=2)
    else:
        assert found == end


def test_danger_runs_by_the_clock_on_the_wall() -> None:
    midnight = datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert claim_due(Priority.DANGER, midnight, CALENDAR) - midnight == timedelta(minutes=15)


def test_due_times_are_utc() -> None:
    due = claim_due(Priority.URGENT, datetime(2026, 11, 23, 8, tzinfo=UTC), CALENDAR)
    assert due.tzinfo is UTC
    assert due == datetime(2026, 11, 23, 9, tzinfo=UTC)
