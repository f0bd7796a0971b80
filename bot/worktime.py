"""Working time of the office: Baku, Monday to Friday, 9 to 18, without public holidays."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from flows.compute import BAKU, Calendar

OPENS, CLOSES = time(9), time(18)
QUIET_ENDS, QUIET_BEGINS = time(9), time(20)  # HANDOFF.md section 6f 3: we write first from 9 to 20
WORKING_DAY = timedelta(hours=9)


def holidays_of(years: Iterable[int]) -> frozenset[date]:
    """The public holidays of Azerbaijan in these years, as the `holidays` library knows them."""
    import holidays

    return frozenset(holidays.country_holidays("AZ", years=list(years)))


def is_open(at: datetime, calendar: Calendar) -> bool:
    """Whether the office works at this moment."""
    moment = at.astimezone(BAKU)
    return calendar.works_on(moment.date()) and OPENS <= moment.time() < CLOSES


def may_write_first(at: datetime) -> bool:
    """Whether it is an hour at which somebody may be written to who did not ask for it."""
    return QUIET_ENDS <= at.astimezone(BAKU).time() < QUIET_BEGINS


def next_hour_to_write(at: datetime) -> datetime:
    """The first such moment from `at` on; UTC."""
    if may_write_first(at):
        return at
    local = at.astimezone(BAKU)
    later = local.time() >= QUIET_BEGINS
    day = local.date() + timedelta(days=1 if later else 0)
    return datetime.combine(day, QUIET_ENDS, BAKU).astimezone(at.tzinfo)


def add_working_time(at: datetime, span: timedelta, calendar: Calendar) -> datetime:
    """The moment at which so much working time has passed since `at`; UTC."""
    moment = at.astimezone(BAKU)
    while True:
        opens, closes = _hours(moment.date())
        if calendar.works_on(moment.date()) and moment < closes:
            begins = max(moment, opens)
            if begins + span <= closes:
                return (begins + span).astimezone(at.tzinfo)
            span -= closes - begins
        moment = datetime.combine(moment.date() + timedelta(days=1), OPENS, BAKU)


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much working time lies between two moments; nothing where the end comes first."""
    begins, ends = start.astimezone(BAKU), end.astimezone(BAKU)
    passed, day = timedelta(0), begins.date()
    while day <= ends.date():
        if calendar.works_on(day):
            opens, closes = _hours(day)
            passed += max(min(ends, closes) - max(begins, opens), timedelta(0))
        day += timedelta(days=1)
    return passed


def _hours(day: date) -> tuple[datetime, datetime]:
    return datetime.combine(day, OPENS, BAKU), datetime.combine(day, CLOSES, BAKU)
