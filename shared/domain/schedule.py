"""When a sync runs: daily, weekly or monthly at a wall-clock time of the user's zone."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from shared.domain.errors import Invalid

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LAST_DAY = "last"
LAST_PLAIN_DAY = 28  # the last one that every month has

# Entries of the zone files that are no zones: "not set yet", and the one of the machine.
_NO_ZONES = {"Factory", "localtime"}


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all zones; cached, since the files are looked through and every sync asks."""
    return frozenset(available_timezones() - _NO_ZONES)


class Frequency(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Schedule:
    """`at` is a wall-clock time in `time_zone` (IANA name); `day_of_month` is 1–28 or "last"."""

    frequency: Frequency
    at: time
    time_zone: str
    weekday: str | None = None
    day_of_month: int | str | None = None

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise Invalid.fields(problems)

    def _problems(self) -> Iterator[tuple[str, str]]:
        if self.time_zone not in time_zones():
            yield "schedule.time_zone", f"{self.time_zone!r} is not an IANA time zone such as Europe/London"
        if self.at.second or self.at.microsecond or self.at.tzinfo:
            yield "schedule.time", "hours and minutes only, such as 09:30"
        if self.frequency is Frequency.WEEKLY and self.weekday not in WEEKDAYS:
            yield "schedule.weekday", "a weekly schedule needs a weekday, monday to sunday"
        if self.frequency is not Frequency.WEEKLY and self.weekday is not None:
            yield "schedule.weekday", "only a weekly schedule takes a weekday"
        if self.frequency is Frequency.MONTHLY and not self._day_is_valid():
            yield "schedule.day_of_month", 'a monthly schedule needs a day from 1 to 28, or "last"'
        if self.frequency is not Frequency.MONTHLY and self.day_of_month is not None:
            yield "schedule.day_of_month", "only a monthly schedule takes a day of the month"

    def _day_is_valid(self) -> bool:
        day = self.day_of_month
        return day == LAST_DAY or (
            isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= LAST_PLAIN_DAY
        )

    def next_after(self, moment: datetime) -> datetime:
        """Return the first firing strictly after `moment` (aware), in UTC.

        As EventBridge Scheduler does it: on the day a spring change skips the wall-clock time there is no
        firing, and a time that an autumn change repeats fires once.
        """
        zone = ZoneInfo(self.time_zone)
        for day in self._days_from(moment.astimezone(zone).date() - timedelta(days=1)):
            local = datetime.combine(day, self.at, tzinfo=zone)
            firing = local.astimezone(UTC)
            exists = firing.astimezone(zone).time() == self.at
            if firing > moment and exists:
                return firing
        raise AssertionError("a schedule always fires again")  # pragma: no cover

    def _days_from(self, start: date) -> Iterator[date]:
        day = start
        while True:
            if self._falls_on(day):
                yield day
            day += timedelta(days=1)

    def _falls_on(self, day: date) -> bool:
        if self.frequency is Frequency.DAILY:
            return True
        if self.frequency is Frequency.WEEKLY:
            return WEEKDAYS[day.weekday()] == self.weekday
        if self.day_of_month == LAST_DAY:
            return day.day == calendar.monthrange(day.year, day.month)[1]
        return day.day == self.day_of_month

    def cron(self) -> str:
        """Return the EventBridge Scheduler expression; it is evaluated in `time_zone`."""
        minute, hour = self.at.minute, self.at.hour
        if self.frequency is Frequency.DAILY:
            return f"cron({minute} {hour} * * ? *)"
        if self.frequency is Frequency.WEEKLY:
            return f"cron({minute} {hour} ? * {str(self.weekday)[:3].upper()} *)"
        day = "L" if self.day_of_month == LAST_DAY else self.day_of_month
        return f"cron({minute} {hour} {day} * ? *)"
