"""When a sync runs: wall-clock times in the user's zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from shared.domain.errors import Invalid
from shared.domain.schedule import Frequency, Schedule, time_zones


def daily(at: str, zone: str) -> Schedule:
    return Schedule(Frequency.DAILY, time.fromisoformat(at), zone)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        # New York: clocks go forward on 2026-03-08 and back on 2026-11-01.
        ("America/New_York", "2026-03-07T15:00", "2026-03-08T13:30"),
        ("America/New_York", "2026-03-08T14:00", "2026-03-09T13:30"),
        ("America/New_York", "2026-10-31T14:00", "2026-11-01T14:30"),
        ("America/New_York", "2026-11-01T15:00", "2026-11-02T14:30"),
        # London: 2026-03-29 and 2026-10-25.
        ("Europe/London", "2026-03-28T10:00", "2026-03-29T08:30"),
        ("Europe/London", "2026-10-24T10:00", "2026-10-25T09:30"),
        # Sydney: back on 2026-04-05, forward on 2026-10-04.
        ("Australia/Sydney", "2026-04-04T00:00", "2026-04-04T23:30"),
        ("Australia/Sydney", "2026-10-03T00:00", "2026-10-03T22:30"),
        ("Asia/Kolkata", "2026-11-22T09:00", "2026-11-23T04:00"),
    ],
)
def test_half_past_nine_stays_half_past_nine_across_clock_changes(
    zone: str, after: str, expected: str
) -> None:
    assert daily("09:30", zone).next_after(utc(after)) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "at", "day_before", "expected"),
    [
        ("America/New_York", "02:30", "2026-03-07T12:00", "2026-03-09T06:30"),
        ("Europe/London", "01:30", "2026-03-28T12:00", "2026-03-30T00:30"),
        ("Australia/Sydney", "02:30", "2026-10-02T20:00", "2026-10-04T15:30"),
    ],
)
def test_a_time_that_the_spring_change_skips_does_not_fire_that_day(
    zone: str, at: str, day_before: str, expected: str
) -> None:
    """EventBridge Scheduler leaves out a firing whose wall-clock time does not exist."""
    assert daily(at, zone).next_after(utc(day_before)) == utc(expected)


@pytest.mark.parametrize(
    ("zone", "at", "day_before", "first"),
    [
        ("America/New_York", "01:30", "2026-10-31T12:00", "2026-11-01T05:30"),
        ("Europe/London", "01:30", "2026-10-24T12:00", "2026-10-25T00:30"),
        ("Australia/Sydney", "02:30", "2026-04-04T10:00", "2026-04-04T15:30"),
    ],
)
def test_a_time_that_the_autumn_change_repeats_fires_once(
    zone: str, at: str, day_before: str, first: str
) -> None:
    schedule = daily(at, zone)
    firing = schedule.next_after(utc(day_before))
    assert firing == utc(first)
    assert schedule.next_after(firing) - firing == timedelta(hours=25)


def test_the_next_firing_is_strictly_later() -> None:
    schedule = daily("09:30", "UTC")
    assert schedule.next_after(utc("2026-11-23T09:30")) == utc("2026-11-24T09:30")


def test_weekly_fires_on_its_weekday_in_the_users_zone() -> None:
    schedule = Schedule(Frequency.WEEKLY, time(9, 30), "Asia/Kolkata", weekday="monday")
    assert schedule.next_after(utc("2026-11-23T04:00")) == utc("2026-11-30T04:00")


@pytest.mark.parametrize("year", [2026, 2027, 2028, 2029])
def test_last_fires_on_the_last_day_of_every_month(year: int) -> None:
    schedule = Schedule(Frequency.MONTHLY, time(0, 0), "UTC", day_of_month="last")
    moment = utc(f"{year}-01-01T00:00")
    for month in range(1, 13):
        moment = schedule.next_after(moment)
        assert (moment.year, moment.month) == (year, month)
        assert (moment + timedelta(days=1)).day == 1


def test_last_is_the_29th_of_february_in_a_leap_year() -> None:
    schedule = Schedule(Frequency.MONTHLY, time(9, 30), "Europe/London", day_of_month="last")
    assert schedule.next_after(utc("2028-02-01T00:00")) == utc("2028-02-29T09:30")


def test_the_29th_of_february_is_a_day_like_any_other_for_a_daily_sync() -> None:
    assert daily("09:30", "UTC").next_after(utc("2028-02-28T10:00")) == utc("2028-02-29T09:30")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (daily("09:05", "UTC"), "cron(5 9 * * ? *)"),
        (Schedule(Frequency.WEEKLY, time(0, 0), "UTC", weekday="sunday"), "cron(0 0 ? * SUN *)"),
        (Schedule(Frequency.MONTHLY, time(23, 59), "UTC", day_of_month=28), "cron(59 23 28 * ? *)"),
        (Schedule(Frequency.MONTHLY, time(1, 0), "UTC", day_of_month="last"), "cron(0 1 L * ? *)"),
    ],
)
def test_the_cron_expression_says_the_same(schedule: Schedule, expected: str) -> None:
    assert schedule.cron() == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "schedule.time_zone"),
        ({"at": time(9, 30, 15)}, "schedule.time"),
        ({"frequency": Frequency.WEEKLY}, "schedule.weekday"),
        ({"frequency": Frequency.WEEKLY, "weekday": "caturday"}, "schedule.weekday"),
        ({"weekday": "monday"}, "schedule.weekday"),
        ({"frequency": Frequency.MONTHLY}, "schedule.day_of_month"),
        ({"frequency": Frequency.MONTHLY, "day_of_month": 29}, "schedule.day_of_month"),
        ({"frequency": Frequency.MONTHLY, "day_of_month": 0}, "schedule.day_of_month"),
        ({"frequency": Frequency.MONTHLY, "day_of_month": "first"}, "schedule.day_of_month"),
        ({"day_of_month": 1}, "schedule.day_of_month"),
    ],
)
def test_a_wrong_schedule_names_the_field(changes: dict[str, object], field: str) -> None:
    values: dict[str, object] = {"frequency": Frequency.DAILY, "at": time(9, 30), "time_zone": "UTC"}
    with pytest.raises(Invalid) as refusal:
        Schedule(**{**values, **changes})  # type: ignore[arg-type]
    assert [problem["field"] for problem in refusal.value.details["fields"]] == [field]


@pytest.mark.parametrize("name", ["Factory", "localtime", "Mars/Olympus", ""])
def test_what_is_no_zone_is_neither_offered_nor_accepted(name: str) -> None:
    assert name not in time_zones()
    with pytest.raises(Invalid) as refused:
        daily("09:30", name)
    assert refused.value.details["fields"][0]["field"] == "schedule.time_zone"
