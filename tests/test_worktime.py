"""Working time of the office in Baku."""

from datetime import datetime, timedelta

import pytest

from bot.worktime import add_working_time, holidays_of, is_open, working_time_between
from flows.compute import BAKU, Calendar

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


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (baku(11, 23, 10), baku(11, 23, 12), 2),
        (baku(11, 20, 17), baku(11, 23, 10), 2),  # over a weekend
        (baku(11, 21, 10), baku(11, 22, 20), 0),
        (baku(11, 23, 19), baku(11, 24, 8), 0),
        (baku(11, 23, 12), baku(11, 23, 10), 0),  # backwards
        (baku(11, 16, 9), baku(11, 23, 9), 45),
    ],
)
def test_working_time_between_two_moments(start: datetime, end: datetime, hours: int) -> None:
    assert working_time_between(start, end, CALENDAR) == timedelta(hours=hours)


def test_the_office_is_open_on_working_days_from_nine_to_six() -> None:
    assert is_open(baku(11, 23, 9), CALENDAR)
    assert not is_open(baku(11, 23, 18), CALENDAR)
    assert not is_open(baku(11, 22, 12), CALENDAR)
