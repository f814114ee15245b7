"""Runs that cannot go on: each of them ends, with its counts and its file, and says what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.errors import RetryLater
from shared.domain.run import Mode, Run, RunStatus
from shared.ports import WakeUp
from shared.usecases.run_sync import worker as worker_module
from tests.fakes.crashing import Crash, Fate
from tests.unit.run_sync.system import SYNC, TENANT, System
from tests.unit.run_sync.test_interruptions import assert_all_delivered_once, during_the_run, system_of


class Broken(Exception):
    """An adapter gave up."""


def breaking(*_args: object, **_kwargs: object) -> None:
    raise Broken


def die_at_post(system: System, number: int) -> None:
    """Let the worker die for good: nothing it would still do on its way out reaches a store."""
    fate = Fate()
    _, system.worker, _ = system.wire(fate.through)

    def die() -> None:
        fate.dead = True
        raise Crash

    during_the_run(system, number, die)


def come_back(system: System) -> None:
    system.control, system.worker, system.sweeper = system.wire()
    system.world.before = lambda _endpoint, _subject: None


def broken_slices(system: System, times: int, error: type[BaseException] = Broken) -> None:
    for _ in range(times):
        if not system.queue.sent:
            system.clock.sleep(241)
            system.sweeper.sweep()
        with pytest.raises(error):
            system.deliver()


def stored(system: System, run: Run) -> Run:
    found = system.runs.get(TENANT, SYNC, run.id)
    assert found is not None
    return found


def test_a_run_that_died_within_a_page_with_skipped_records_can_be_cancelled() -> None:
    system = system_of(150)
    system.world.add("nowhere")
    die_at_post(system, 140)
    started = system.start()
    broken_slices(system, 1, Crash)
    come_back(system)
    assert stored(system, started).page_counters.skipped_total == 1
    system.control.cancel(TENANT, SYNC, started.id)
    system.settle()
    run = system.ended(started)
    assert run.status is RunStatus.CANCELLED
    assert [row["email"] for row in system.skipped_of(run)] == ["nowhere"]


def test_a_lambda_that_times_out_within_a_page_goes_on_and_sends_at_most_25_again() -> None:
    system = system_of(150)
    die_at_post(system, 120)
    started = system.start()
    broken_slices(system, 1, Crash)
    come_back(system)
    system.settle()
    assert system.ended(started).counted.added == 150
    assert len(system.world.posts) <= 150 + 25


def test_a_run_whose_working_files_expired_ends_and_says_so() -> None:
    system = system_of(1200)
    started = system.start()
    system.deliver()
    system.pause()
    system.deliver()
    system.clock.sleep(31 * 86_400)
    system.files.delete_all(TENANT, SYNC)
    system.resume()
    system.settle()
    run = system.ended(started)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "run_files_gone")
    assert "start it again" in run.error_message
    assert system.run().counted.total == 1200
    assert_all_delivered_once(system, 1200)


def test_a_run_ends_after_sixty_days_and_says_what_to_do() -> None:
    system = system_of(3)
    started = system.start()
    system.pause()
    system.deliver()
    system.clock.sleep(timedelta(days=61).total_seconds())
    system.resume()
    system.settle()
    run = system.ended(started)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "run_too_long")
    assert "Start it again" in run.error_message
    assert system.run().counted.added == 3


def test_a_run_has_a_greatest_number_of_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "MOST_TICKS", 3)
    system = system_of(5000)
    assert system.run().error_code == "run_too_long"


def test_a_continuation_without_progress_ends_after_three_tries() -> None:
    system = system_of(3)
    started = system.start()
    slices = 0
    while (message := system.queue.receive()) is not None:
        slices += 1
        system.worker.handle(message, budget_seconds=40)
    run = system.ended(started)
    assert (slices, run.status, run.error_code) == (3, RunStatus.FAILED, "run_stalled")


def test_a_run_that_breaks_off_again_and_again_ends() -> None:
    system = system_of(3)
    started = system.start()
    system.ledger.put_many = breaking  # type: ignore[method-assign]
    broken_slices(system, 5)
    system.settle()
    run = system.ended(started)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "run_crashed")
    assert system.sync.attention


def test_s3_failing_at_the_end_delays_the_end_however_long_it_lasts() -> None:
    system = system_of(3)
    system.world.add("nowhere")
    publish = system.skipped_files.publish
    system.skipped_files.publish = breaking  # type: ignore[method-assign]
    started = system.start()
    broken_slices(system, 9)
    system.skipped_files.publish = publish  # type: ignore[method-assign]
    system.settle()
    run = system.ended(started)
    assert (run.status, run.counted.added, run.counted.skipped_total) == (RunStatus.COMPLETED, 3, 1)
    assert_all_delivered_once(system, 3)


@pytest.mark.parametrize("store", ["skipped_files.put_part", "files.put"])
def test_s3_failing_on_a_part_repeats_the_page_and_posts_nobody_twice(store: str) -> None:
    system = system_of(20)
    system.world.add("nowhere")
    owner, method = store.split(".")
    port = getattr(system, owner)
    usual = getattr(port, method)
    started = system.start()
    setattr(port, method, breaking)
    broken_slices(system, 2)
    setattr(port, method, usual)
    system.settle()
    run = system.ended(started)
    assert (run.counted.added, run.counted.skipped_total) == (20, 1)
    assert len(system.skipped_of(run)) == 1
    assert_all_delivered_once(system, 20)


def test_an_answer_of_books_that_says_nothing_of_further_pages_never_ends_a_walk() -> None:
    system = system_of(450)
    number = 0

    def incomplete(endpoint: str, _subject: str) -> None:
        nonlocal number
        if endpoint == "books.contacts":
            number += 1
            if number == 3:
                raise RetryLater("Zoho Books sent a list without page_context.")

    system.world.before = incomplete
    assert system.run().counted.added == 450
    assert_all_delivered_once(system, 450)


def test_a_message_for_a_run_that_ended_does_nothing() -> None:
    system = system_of(3)
    run = system.run(Mode.FULL)
    for tick in (0, run.tick - 1, run.tick, run.tick + 1):
        system.deliver(WakeUp("slice", TENANT, SYNC, run.id, tick))
    assert stored(system, run) == run
