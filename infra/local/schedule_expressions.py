"""EventBridge's schedule expressions: when `cron(…)`, `rate(…)` and `at(…)` fire next."""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
# Eight years hold every 29 February, also around 2100.
_SEARCH_DAYS = 366 * 8


class BadExpression(Exception):
    """The text is not a schedule expression, or names an unknown time zone."""


DayRule = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Cron:
    """The six fields of `cron(minutes hours day-of-month month day-of-week year)`."""

    minutes: frozenset[int]
    hours: frozenset[int]
    months: frozenset[int]
    years: frozenset[int]
    day_of_month: DayRule
    day_of_week: DayRule

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first firing after `moment`, in UTC; None when there is none within eight years.

        As EventBridge documents it: a local time that the clocks skip does not fire, one that they repeat
        fires once.
        """
        local = moment.astimezone(zone)
        for days in range(-1, _SEARCH_DAYS):
            day = local.date() + timedelta(days=days)
            if not self._has_day(day):
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    firing = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
                    back = firing.astimezone(zone)
                    if firing > moment and (back.hour, back.minute) == (hour, minute):
                        return firing
        return None

    def _has_day(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and self.day_of_month(day)
            and self.day_of_week(day)
        )


def next_firing(
    expression: str, after: datetime, *, zone_name: str = "UTC", anchor: datetime
) -> datetime | None:
    """When `expression` fires next after a moment, in UTC; None when never again.

    `anchor` is where a rate counts from. Raise BadExpression.
    """
    found = re.fullmatch(r"\s*(cron|rate|at)\((.*)\)\s*", expression)
    if found is None:
        raise BadExpression(f"{expression!r} is neither cron(…), rate(…) nor at(…)")
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadExpression(f"unknown time zone {zone_name!r}") from error
    kind, inner = found[1], found[2].strip()
    if kind == "cron":
        return parse_cron(inner).next_after(after, zone)
    if kind == "rate":
        every = _rate(inner)
        return anchor + every * max(1, (after - anchor) // every + 1)
    try:
        moment = datetime.fromisoformat(inner)
    except ValueError as error:
        raise BadExpression(f"at({inner}) is not a time like 2026-11-22T09:00:00") from error
    if moment.tzinfo is not None:
        raise BadExpression(f"at({inner}) has an offset; the zone is a setting of its own")
    firing = moment.replace(tzinfo=zone).astimezone(UTC)
    return firing if firing > after else None


def _rate(inner: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d*)\s+(minute|hour|day)s?", inner)
    if found is None:
        raise BadExpression(f"rate({inner}) is not a count of minutes, hours or days")
    return int(found[1]) * _UNITS[found[2]]


def parse_cron(inner: str) -> Cron:
    """Read the six fields between the brackets; raise BadExpression."""
    fields = inner.upper().split()
    if len(fields) != 6:  # noqa: PLR2004
        raise BadExpression(f"cron({inner}) has {len(fields)} fields instead of 6")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise BadExpression(
            f"cron({inner}) needs a ? as day of month or as day of week, and only in one of them"
        )
    return Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        months=_numbers(month, 1, 12, _MONTHS),
        years=_numbers(year, _FIRST_YEAR, _LAST_YEAR),
        day_of_month=_day_of_month(day_of_month),
        day_of_week=_day_of_week(day_of_week),
    )


def _numbers(field: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    def number(text: str) -> int:
        value = (names or {}).get(text)
        if value is None and text.isdecimal():
            value = int(text)
        if value is None or not low <= value <= high:
            raise BadExpression(f"{text!r} is not between {low} and {high}")
        return value

    chosen: set[int] = set()
    for part in field.split(","):
        span, slash, step_text = part.partition("/")
        if slash and not (step_text.isdecimal() and int(step_text) > 0):
            raise BadExpression(f"{part!r} has no step after its slash")
        step = int(step_text) if slash else 1
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = low, high
        elif dash:
            first, last = number(first_text), number(last_text)
        else:
            first = number(span)
            last = high if slash else first
        if first > last:
            raise BadExpression(f"{part!r} runs backwards")
        chosen.update(range(first, last + 1, step))
    return frozenset(chosen)


def _always(_day: date) -> bool:
    return True


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _nearest_weekday(target: date) -> date:
    """The working day nearest to a date within its month."""
    shift = {5: -1, 6: 1}.get(target.weekday(), 0)
    moved = target + timedelta(days=shift)
    if moved.month != target.month:
        moved = target + timedelta(days=2 if shift < 0 else -2)
    return moved


def _day_of_month(field: str) -> DayRule:
    if field in {"?", "*"}:
        return _always
    if field == "L":
        return lambda day: day == _last_of_month(day)
    if field == "LW":
        return lambda day: day == _nearest_weekday(_last_of_month(day))
    if nearest := re.fullmatch(r"(\d{1,2})W", field):
        wanted = min(_numbers(nearest[1], 1, 31))
        return lambda day: (
            wanted <= _last_of_month(day).day and day == _nearest_weekday(day.replace(day=wanted))
        )
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _day_of_week(field: str) -> DayRule:
    if field in {"?", "*"}:
        return _always
    if field == "L":
        field = "7"
    if last := re.fullmatch(r"([A-Z]{3}|\d)L", field):
        wanted = min(_numbers(last[1], 1, 7, _WEEKDAYS))
        return lambda day: _weekday(day) == wanted and day.day > _last_of_month(day).day - 7
    if nth := re.fullmatch(r"([A-Z]{3}|\d)#([1-5])", field):
        wanted, week = min(_numbers(nth[1], 1, 7, _WEEKDAYS)), int(nth[2])
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == week
    weekdays = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda day: _weekday(day) in weekdays


def _weekday(day: date) -> int:
    """Sunday is 1."""
    return day.isoweekday() % 7 + 1
