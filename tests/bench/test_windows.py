"""The judge: what it counts against a sliding window."""

from __future__ import annotations

import random

from infra.benchmarks.windows import SlidingJudge


def judged(arrivals: list[float], *windows: tuple[int, int]) -> SlidingJudge:
    judge = SlidingJudge(windows)
    for arrival in arrivals:
        judge.tell(arrival, sure_until=float("-inf"))
    judge.finish()
    return judge


def test_as_many_calls_as_a_window_holds_are_not_too_many() -> None:
    assert judged([0.0, 1.0, 2.0], (3, 60)).over == 0


def test_each_call_that_meets_a_full_window_counts() -> None:
    assert judged([0.0, 1.0, 2.0, 3.0, 4.0], (3, 60)).over == 2


def test_a_call_has_left_a_window_when_all_of_it_has_passed() -> None:
    assert judged([0.0, 59.9], (1, 60)).over == 1
    assert judged([0.0, 60.0], (1, 60)).over == 0


def test_a_call_counts_once_however_many_windows_it_overfills() -> None:
    assert judged([0.0, 1.0, 2.0], (1, 60), (2, 3600)).over == 2


def test_arrivals_may_be_told_out_of_order() -> None:
    arrivals = [number / 8 for number in range(2_000)]
    bunched = SlidingJudge(((490, 60),))
    for arrival in arrivals:
        bunched.tell(arrival + random.Random(arrival).uniform(0, 0.8), sure_until=arrival)
    bunched.finish()

    assert bunched.counted == 2_000
    assert bunched.over == 0
    assert 480 <= bunched.fullest[0] <= 487


def test_the_fullest_window_is_remembered() -> None:
    assert judged([0.0, 1.0, 2.0, 100.0], (9, 60)).fullest == [3]
