"""Pacing: no sliding window ever holds more calls than its limit, and hardly any slot is given away."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import pacing
from shared.domain.pacing import (
    BOOKS_READ,
    CAMPAIGNS_FIELDS,
    CAMPAIGNS_READ,
    SUBSCRIBE,
    Endpoint,
    Pace,
    Slots,
    Window,
)

START = 1_795_338_000.25


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    """Endpoints with one to three windows, each longer and, per second, stricter than the one before."""
    first = Window(draw(st.integers(1, 60)), draw(st.integers(1, 60)))
    windows = [first]
    for _ in range(draw(st.integers(0, 2))):
        longer = windows[-1].seconds * draw(st.integers(2, 40))
        windows.append(Window(windows[-1].limit + draw(st.integers(0, 80)), longer))
    return Endpoint("any", tuple(windows), burst=draw(st.integers(1, first.usable)))


takes = st.lists(
    st.tuples(
        # How long after the take before; how many are wanted; how far ahead this worker looks.
        st.one_of(st.just(0.0), st.floats(0, 3), st.floats(0, 4000)),
        st.integers(1, 40),
        st.one_of(st.just(0.0), st.floats(0, 120)),
    ),
    max_size=60,
)


def departures(slots: Slots, now: float) -> list[float]:
    """Return when the calls leave: at their slots, those that lie in the past at once."""
    return [max(now, slots.first_at + number * slots.interval_seconds) for number in range(slots.count)]


def most_in_any(window: Window, times: Sequence[float]) -> int:
    """Return the largest number of calls in a sliding window; a microsecond less still counts as apart."""
    ordered = sorted(times)
    return max(
        (bisect_left(ordered, first + window.seconds - 1e-6) - index for index, first in enumerate(ordered)),
        default=0,
    )


@given(endpoints(), takes)
@settings(max_examples=300)
def test_no_window_ever_holds_more_calls_than_its_limit(
    endpoint: Endpoint, wanted_by_workers: list[tuple[float, int, float]]
) -> None:
    pace, now, left = Pace(), START, list[float]()
    for elapsed, wanted, ahead in wanted_by_workers:
        now += elapsed
        pace, slots = pacing.take(pace, endpoint, now=now, wanted=wanted, horizon=now + ahead)
        left += departures(slots, now)

    for window in endpoint.windows:
        assert most_in_any(window, left) <= window.usable


@given(endpoints(), takes)
def test_what_is_given_is_wanted_and_within_the_horizon(
    endpoint: Endpoint, wanted_by_workers: list[tuple[float, int, float]]
) -> None:
    pace, now = Pace(), START
    for elapsed, wanted, ahead in wanted_by_workers:
        now += elapsed
        pace, slots = pacing.take(pace, endpoint, now=now, wanted=wanted, horizon=now + ahead)

        assert 0 <= slots.count <= wanted
        assert all(time <= now + ahead + 1e-6 for time in departures(slots, now))


@given(endpoints(), takes)
def test_who_waits_as_told_gets_a_slot(
    endpoint: Endpoint, wanted_by_workers: list[tuple[float, int, float]]
) -> None:
    pace, now = Pace(), START
    for elapsed, wanted, ahead in wanted_by_workers:
        now += elapsed
        pace, _ = pacing.take(pace, endpoint, now=now, wanted=wanted, horizon=now + ahead)
    for _ in range(len(endpoint.windows) + 1):
        pace, slots = pacing.take(pace, endpoint, now=now, wanted=1, horizon=now)
        if slots.count:
            return
        assert slots.retry_at > now
        now = slots.retry_at
    pytest.fail("every window was waited for, and still nothing may leave")


@given(endpoints(), st.integers(1, 30), st.floats(0, 100), st.floats(0.001, 2000))
def test_nothing_leaves_while_an_endpoint_is_blocked(
    endpoint: Endpoint, wanted: int, elapsed: float, length: float
) -> None:
    pace, _ = pacing.take(Pace(), endpoint, now=START, wanted=wanted, horizon=START + 60)
    until = START + elapsed + length
    pace = pacing.blocked(pace, until)
    unchanged, slots = pacing.take(pace, endpoint, now=START + elapsed, wanted=1, horizon=until)

    assert (unchanged, slots.count, slots.retry_at) == (pace, 0, until)
    assert pacing.blocked(pace, START).blocked_until == until


@pytest.mark.parametrize(
    "endpoint", [SUBSCRIBE, CAMPAIGNS_READ, CAMPAIGNS_FIELDS, BOOKS_READ], ids=lambda endpoint: endpoint.name
)
def test_a_worker_that_never_rests_breaks_no_limit_of_zohos(endpoint: Endpoint) -> None:
    left = restless(endpoint, lasts=2 * endpoint.windows[-1].seconds)

    for window in endpoint.windows:
        assert most_in_any(window, left) <= window.limit


@pytest.mark.parametrize(
    ("seconds", "allowed"), [(1_500, 12_500), (3_600, 12_500), (86_400, 75_000), (5 * 86_400, 5 * 75_000)]
)
def test_a_worker_that_never_rests_posts_95_percent_of_what_zoho_allows(seconds: int, allowed: int) -> None:
    assert len(restless(SUBSCRIBE, lasts=seconds)) >= 0.95 * allowed


def restless(endpoint: Endpoint, *, lasts: int) -> list[float]:
    """Return when the calls leave of a worker that takes slots for `lasts` seconds."""
    pace, now, left = Pace(), START, list[float]()
    while now < START + lasts:
        pace, slots = pacing.take(pace, endpoint, now=now, wanted=25, horizon=now + 100)
        left += departures(slots, now)
        now = max(now, left[-1]) if slots.count else slots.retry_at
    return [time for time in left if time < START + lasts]


def test_what_is_stored_stays_small_however_long_an_account_is_busy() -> None:
    pace, now = Pace(), START
    for _ in range(3000):
        pace, slots = pacing.take(pace, SUBSCRIBE, now=now, wanted=250, horizon=now + 100)
        now = departures(slots, now)[-1] if slots.count else slots.retry_at

    assert max(len(buckets) for buckets in pace.counts.values()) <= 98
