"""The next firing the product shows is the one its cron expression has, by an independent reading of it."""

from __future__ import annotations

from datetime import UTC, datetime, time

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.schedule_expressions import next_firing
from shared.domain.schedule import LAST_DAY, WEEKDAYS, Frequency, Schedule

ZONES = ("America/New_York", "Europe/London", "Australia/Sydney", "Asia/Kolkata", "Africa/Cairo", "UTC")

times = st.times(max_value=time(23, 59)).map(lambda at: time(at.hour, at.minute))
schedules = st.one_of(
    st.builds(Schedule, st.just(Frequency.DAILY), times, st.sampled_from(ZONES)),
    st.builds(
        Schedule, st.just(Frequency.WEEKLY), times, st.sampled_from(ZONES), weekday=st.sampled_from(WEEKDAYS)
    ),
    st.builds(
        Schedule,
        st.just(Frequency.MONTHLY),
        times,
        st.sampled_from(ZONES),
        day_of_month=st.one_of(st.integers(1, 28), st.just(LAST_DAY)),
    ),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=300, deadline=None)
@given(schedule=schedules, moment=moments)
def test_the_schedule_and_its_cron_expression_fire_at_the_same_time(
    schedule: Schedule, moment: datetime
) -> None:
    fired = next_firing(schedule.cron(), moment, zone_name=schedule.time_zone, anchor=moment)
    assert schedule.next_after(moment) == fired
