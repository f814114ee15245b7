"""The virtual executor: calls overlap as they would on threads, and time passes for whoever waits."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED

import pytest

from infra.benchmarks.virtual_time import VirtualExecutor, VirtualFuture, VirtualTime, overlapping
from shared.usecases.run_sync import sending


def submitted(time: VirtualTime, *seconds: float) -> list[VirtualFuture]:
    executor = VirtualExecutor(time)
    futures = [executor.submit(time.sleep, each) for each in seconds]
    assert all(isinstance(future, VirtualFuture) for future in futures)
    return futures  # type: ignore[return-value]


def test_calls_made_at_once_take_as_long_as_the_longest() -> None:
    time = VirtualTime()
    began = time.epoch()

    for future in submitted(time, 0.3, 0.8, 0.5):
        future.result()

    assert time.epoch() - began == pytest.approx(0.8)


def test_a_call_is_done_when_its_time_has_come() -> None:
    time = VirtualTime()
    (future,) = submitted(time, 0.5)

    assert not future.done()
    time.sleep(0.4)
    assert not future.done()
    time.sleep(0.2)
    assert future.done()


def test_submitting_takes_no_time_of_the_caller() -> None:
    time = VirtualTime()
    began = time.epoch()

    submitted(time, 30.0)

    assert time.epoch() == began


def test_a_call_sees_its_own_time_pass() -> None:
    time = VirtualTime()
    began = time.epoch()

    def call() -> float:
        time.sleep(0.25)
        return time.epoch() - began

    assert VirtualExecutor(time).submit(call).result() == pytest.approx(0.25)


def test_an_error_waits_in_the_future_for_as_long_as_the_call_took() -> None:
    time = VirtualTime()

    def call() -> None:
        time.sleep(0.25)
        raise KeyError("lost")

    future = VirtualExecutor(time).submit(call)

    assert not future.done()
    with pytest.raises(KeyError):
        future.result()
    assert future.done()


def test_the_engine_waits_for_the_first_call_only() -> None:
    time = VirtualTime()
    began = time.epoch()
    futures = submitted(time, 0.8, 0.3)

    with overlapping(time):
        sending.wait(futures, return_when=FIRST_COMPLETED)  # type: ignore[attr-defined]

    assert time.epoch() - began == pytest.approx(0.3)
    assert [future.done() for future in futures] == [False, True]
