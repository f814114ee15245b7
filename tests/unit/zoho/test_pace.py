from __future__ import annotations

from datetime import timedelta

import pytest

from shared.adapters.zoho.pace import Pace
from shared.domain.errors import RateLimited
from shared.domain.pacing import BOOKS_READ, Endpoint, Window
from tests.unit.zoho.stand_ins import NOW, MemoryLimiter, StillClock

SLOW = Endpoint("slow", (Window(60, 60),))


def paced(endpoint: Endpoint, calls: int) -> tuple[MemoryLimiter, StillClock, list[float]]:
    limiter, clock = MemoryLimiter(), StillClock()
    pace = Pace(limiter, clock, "account")
    left = [(pace.run(endpoint, clock.now) - NOW).total_seconds() for _ in range(calls)]
    return limiter, clock, left


def test_calls_leave_no_faster_than_the_limit_allows() -> None:
    _, _, left = paced(SLOW, 200)
    for first, after in zip(left, left[60:], strict=False):
        assert after - first >= 60


def test_a_burst_may_leave_at_once_and_the_rest_is_spaced() -> None:
    _, _, left = paced(BOOKS_READ, 40)
    assert left[BOOKS_READ.burst - 2] == 0
    assert left[-1] > 0


def test_a_long_walk_asks_the_shared_limiter_once_for_eight_calls() -> None:
    limiter, _, _ = paced(BOOKS_READ, 103)
    assert len(limiter.takes) <= 3 + 103 / 8 + 8
    assert max(wanted for _, _, wanted in limiter.takes) == 8
    assert limiter.takes[0] == ("account", "books.read", 1)


def test_slots_that_were_not_used_in_time_are_given_up() -> None:
    limiter, clock = MemoryLimiter(), StillClock()
    pace = Pace(limiter, clock, "account")
    for _ in range(3):
        pace.run(SLOW, lambda: None)
    asked = len(limiter.takes)
    clock.sleep(60)
    pace.run(SLOW, lambda: None)
    assert len(limiter.takes) == asked + 1


def test_a_wait_beyond_twenty_seconds_is_handed_back() -> None:
    limiter, clock = MemoryLimiter(), StillClock()
    limiter.block("account", BOOKS_READ, NOW + timedelta(seconds=300))
    with pytest.raises(RateLimited) as limited:
        Pace(limiter, clock, "account").run(BOOKS_READ, lambda: None)
    assert limited.value.wait_seconds == 300
    assert clock.slept == []


def test_a_refusal_closes_the_endpoint_and_drops_the_slots_in_hand() -> None:
    limiter, clock = MemoryLimiter(), StillClock()
    pace = Pace(limiter, clock, "account")
    for _ in range(2):
        pace.run(SLOW, lambda: None)

    def refused() -> None:
        raise RateLimited("locked", wait_seconds=1_800)

    with pytest.raises(RateLimited):
        pace.run(SLOW, refused)
    assert limiter.blocks == [("account", "slow", clock.now() + timedelta(seconds=1_800))]
    with pytest.raises(RateLimited):
        pace.run(SLOW, lambda: pytest.fail("a closed endpoint was called"))


def test_a_clock_past_the_slot_does_not_sleep_backwards() -> None:
    _, clock, _ = paced(BOOKS_READ, 3)
    assert all(seconds > 0 for seconds in clock.slept)
