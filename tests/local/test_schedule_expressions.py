from datetime import UTC, datetime

import pytest

from infra.local.schedule_expressions import BadExpression, next_firing, parse_cron

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)


def firing(expression: str, after: str, zone: str = "UTC") -> str | None:
    found = next_firing(
        expression, datetime.fromisoformat(after).replace(tzinfo=UTC), zone_name=zone, anchor=ANCHOR
    )
    return None if found is None else found.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "after", "zone", "expected"),
    [
        ("cron(30 9 * * ? *)", "2026-11-22 09:29", "UTC", "2026-11-22 09:30"),
        ("cron(30 9 * * ? *)", "2026-11-22 09:30", "UTC", "2026-11-23 09:30"),
        ("cron(30 9 ? * MON *)", "2026-11-22 12:00", "Asia/Kolkata", "2026-11-23 04:00"),
        ("cron(0 9 L * ? *)", "2026-02-01 00:00", "UTC", "2026-02-28 09:00"),
        ("cron(0 9 L * ? *)", "2028-02-01 00:00", "UTC", "2028-02-29 09:00"),
        ("cron(0 9 L * ? *)", "2026-11-30 23:00", "Australia/Sydney", "2026-12-30 22:00"),
        ("cron(0 9 29 2 ? *)", "2026-11-22 00:00", "UTC", "2028-02-29 09:00"),
        ("cron(0 9 31 * ? *)", "2026-11-22 00:00", "UTC", "2026-12-31 09:00"),
        ("cron(0 9 ? * 6L *)", "2026-11-01 00:00", "UTC", "2026-11-27 09:00"),
        ("cron(0 9 ? * MON#2 *)", "2026-11-01 00:00", "UTC", "2026-11-09 09:00"),
        ("cron(0 9 15W * ? *)", "2026-11-01 00:00", "UTC", "2026-11-16 09:00"),
        ("cron(0 9 1W * ? *)", "2026-08-01 00:00", "UTC", "2026-08-03 09:00"),
        ("cron(0 9 LW * ? *)", "2026-05-01 00:00", "UTC", "2026-05-29 09:00"),
        ("cron(0/20 8-9 ? * MON-FRI *)", "2026-11-20 09:40", "UTC", "2026-11-23 08:00"),
        ("cron(5,35 * * * ? *)", "2026-11-22 10:06", "UTC", "2026-11-22 10:35"),
        ("cron(0 0 1 JAN ? 2030)", "2026-11-22 00:00", "UTC", "2030-01-01 00:00"),
        ("cron(0 0 1 1 ? 2020)", "2026-11-22 00:00", "UTC", None),
        ("cron(0 0 30 2 ? *)", "2026-11-22 00:00", "UTC", None),
        ("rate(5 minutes)", "2026-01-01 00:12", "UTC", "2026-01-01 00:15"),
        ("rate(1 day)", "2026-01-01 00:00", "UTC", "2026-01-02 00:00"),
        ("at(2026-11-22T09:00:00)", "2026-11-22 00:00", "America/New_York", "2026-11-22 14:00"),
        ("at(2026-11-22T09:00:00)", "2026-11-22 14:00", "America/New_York", None),
    ],
)
def test_the_next_firing_is_the_one_eventbridge_documents(
    expression: str, after: str, zone: str, expected: str | None
) -> None:
    assert firing(expression, after, zone) == expected


@pytest.mark.parametrize(
    ("zone", "expression", "after", "expected"),
    [
        # 02:30 does not exist on the day the clocks go forward: that firing is left out.
        ("America/New_York", "cron(30 2 * * ? *)", "2026-03-08 00:00", "2026-03-09 06:30"),
        ("Europe/London", "cron(30 1 * * ? *)", "2026-03-28 12:00", "2026-03-30 00:30"),
        ("Australia/Sydney", "cron(30 2 * * ? *)", "2026-10-03 00:00", "2026-10-04 15:30"),
        # 01:30 comes twice on the day they go back: it fires the first time only.
        ("America/New_York", "cron(30 1 * * ? *)", "2026-11-01 00:00", "2026-11-01 05:30"),
        ("America/New_York", "cron(30 1 * * ? *)", "2026-11-01 05:30", "2026-11-02 06:30"),
        ("Europe/London", "cron(30 1 * * ? *)", "2026-10-25 00:30", "2026-10-26 01:30"),
        ("Australia/Sydney", "cron(30 2 * * ? *)", "2026-04-04 00:00", "2026-04-04 15:30"),
        ("Australia/Sydney", "cron(30 2 * * ? *)", "2026-04-04 15:30", "2026-04-05 16:30"),
        # A time that both days have keeps its place on the wall clock.
        ("America/New_York", "cron(0 9 * * ? *)", "2026-03-07 15:00", "2026-03-08 13:00"),
        ("Europe/London", "cron(0 9 * * ? *)", "2026-10-24 12:00", "2026-10-25 09:00"),
    ],
)
def test_a_zones_clock_change_moves_a_firing_as_documented(
    zone: str, expression: str, after: str, expected: str
) -> None:
    assert firing(expression, after, zone) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "cron(99 9 * * ? *)",
        "cron(0 9 * * * *)",
        "cron(0 9 ? * ? *)",
        "cron(0 9 * * ?)",
        "cron(0 9 * FOO ? *)",
        "cron(30-10 9 * * ? *)",
        "cron(0/0 9 * * ? *)",
        "cron(0 9 ? * 8 *)",
        "rate(0 minutes)",
        "rate(five minutes)",
        "at(tomorrow)",
        "at(2026-11-22T09:00:00+01:00)",
        "every day",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression):
        firing(expression, "2026-11-22 00:00")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(BadExpression, match="Mars/Olympus"):
        firing("rate(1 day)", "2026-11-22 00:00", "Mars/Olympus")


def test_letters_of_a_cron_field_may_be_small() -> None:
    assert parse_cron("0 9 ? jan mon *").months == {1}
