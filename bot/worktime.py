"""Working time of the office: Baku, Monday to Friday, 9 to 18, without public holidays."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

import holidays

from flows.compute import BAKU, Calendar
from storage.records import Priority

OPENS, CLOSES = time(9), time(18)
QUIET_ENDS, QUIET_BEGINS = time(9), time(20)  # HANDOFF.md section 6f 3: we write first from 9 to 20
WORKING_DAY = timedelta(hours=9)
CLAIM_WITHIN = {  # HANDOFF.md section 6d: how soon a lawyer takes the case
    Priority.DANGER: timedelta(minutes=15),  # by the clock on the wall, day and night
    Priority.URGENT: timedelta(hours=1),
    Priority.SOON: WORKING_DAY,
    Priority.NORMAL: 2 * WORKING_DAY,
}


def holidays_of(years: Iterable[int]) -> frozenset[date]:
    """The public holidays of Azerbaijan in these years, as the `holidays` library knows them."""
    return frozenset(holidays.country_holidays("AZ", years=list(years)))


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


def claim_due(priority: Priority, at: datetime, calendar: Calendar) -> datetime:
    """By when a case that is queued now should have a lawyer."""
    within = CLAIM_WITHIN[priority]
    return at + within if priority is Priority.DANGER else add_working_time(at, within, calendar)


def add_working_time(at: datetime, span: timedelta, calendar: Calendar) -> datetime:
    """The moment at which so much working time has passed since `at`; UTC."""
    moment = at.astimezone(BAKU)
    while True:
        opens, closes = (datetime.combine(moment.date(), t, BAKU) for t in (OPENS, CLOSES))
        if calendar.works_on(moment.date()) and moment < closes:
            begins = max(moment, opens)
            if begins + span <= closes:
                return (begins + span).astimezone(at.tzinfo)
            span -= closes - begins
        moment = datetime.combine(moment.date() + timedelta(days=1), OPENS, BAKU)
