"""Slots in hand while something else takes long: they must not leave all at once when it is over."""

from __future__ import annotations

from dataclasses import MISSING, fields
from types import SimpleNamespace
from typing import Any

from infra.benchmarks.virtual_time import VirtualTime
from shared.domain.pacing import SUBSCRIBE
from shared.usecases.run_sync import work
from tests import factories, fakes


def slice_of(time: VirtualTime, limiter: Any) -> work.Work:
    """Return a slice of which only the clock, the limiter and its end are looked at."""
    needed = [
        one.name for one in fields(work.Work) if one.default is MISSING and one.default_factory is MISSING
    ]
    wanted: dict[str, Any] = dict.fromkeys(needed)
    stores = SimpleNamespace(clock=time, limiter=limiter)
    wanted |= {"stores": stores, "connection": factories.connection(), "ends_at": time.now().replace(hour=23)}
    return work.Work(**wanted)


def departures(time: VirtualTime, posting: work.Work, count: int) -> list[float]:
    left: list[float] = []
    for number in range(count):
        posting.wait_for_slot(count - number)
        left.append(time.epoch())
    return left


def most_in_a_minute(left: list[float]) -> int:
    return max(sum(first <= other < first + 60 for other in left) for first in left)


def test_slots_that_passed_while_something_else_took_long_are_void() -> None:
    time, limiter = VirtualTime(), fakes.RateLimiter()
    posting = slice_of(time, limiter)
    departures(time, posting, 25)
    posting.wait_for_slot(25)
    time.sleep(15)

    left = departures(time, posting, 600)

    at_once = sum(each < left[0] + 0.01 for each in left)
    assert at_once <= SUBSCRIBE.burst
    assert most_in_a_minute(left) <= SUBSCRIBE.windows[0].usable


def test_a_worker_that_cannot_keep_the_pace_takes_fewer_slots_at_once_and_voids_none() -> None:
    time, limiter = VirtualTime(), fakes.RateLimiter()
    posting = slice_of(time, limiter)
    for number in range(200):
        posting.wait_for_slot(200 - number)
        time.sleep(0.5)

    assert posting.slots_at_once == 1
    counted = limiter.paces[factories.connection().campaigns_account, SUBSCRIBE.name].counts[3_600]
    assert sum(counted.values()) <= 240


def test_a_worker_that_has_to_wait_takes_many_slots_again() -> None:
    time, limiter = VirtualTime(), fakes.RateLimiter()
    posting = slice_of(time, limiter)
    posting.slots_at_once = 1

    departures(time, posting, 20)

    assert posting.slots_at_once == work.SLOTS_AT_ONCE
