"""What stops a run, and how it goes on: limits, pauses, crashes, faults of Zoho."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.connection import ConnectionStatus
from shared.domain.contact import SkipReason
from shared.domain.errors import (
    Conflict,
    ContactLimit,
    ContactRefused,
    RateLimited,
    ReconnectNeeded,
    RetryLater,
    SyncError,
)
from shared.domain.run import Mode, RunStatus, Trigger
from shared.domain.settings import SyncStatus
from shared.ports import WakeUp
from tests.unit.run_sync.system import SETTINGS, SYNC, TENANT, System

POST = "campaigns.listsubscribe"


def system_of(size: int) -> System:
    system = System()
    for number in range(size):
        system.world.add(f"c{number}@example.com", first_name=f"N{number}")
    return system


def failing(error: SyncError, when: Callable[[int, str], bool]) -> Callable[[str, str], None]:
    """Return trouble for posts: `when` gets the number of the post (from 1) and the address."""
    number = 0

    def before(endpoint: str, subject: str) -> None:
        nonlocal number
        if endpoint == POST:
            number += 1
            if when(number, subject):
                raise error

    return before


def assert_all_delivered_once(system: System, size: int) -> None:
    posted = [email for _, email in system.world.posts]
    assert sorted(posted) == sorted(f"c{number}@example.com" for number in range(size))


# ---- Zoho's limits ------------------------------------------------------------------------------------


def test_a_long_run_is_worked_off_in_many_slices_at_zohos_pace() -> None:
    system = system_of(2000)
    run = system.run()
    assert run.tick > 2
    assert_all_delivered_once(system, 2000)
    times = [moment for moment, _ in system.world.posts]
    for start in times:
        assert sum(start <= moment < start + timedelta(minutes=1) for moment in times) <= 500


def test_a_lock_parks_the_run_until_it_is_over() -> None:
    system = system_of(30)
    system.world.before = failing(RateLimited("locked", wait_seconds=1800), lambda number, _: number == 10)
    started = system.start()
    system.deliver()
    run = system.runs.get(TENANT, SYNC, started.id)
    assert run is not None
    assert (run.status, run.waiting_for) == (RunStatus.WAITING, "rate_limit")
    assert run.wake_at is not None
    assert run.wake_at - system.clock.now() <= timedelta(minutes=30)
    system.settle()
    assert system.ended(started).counted.added == 30
    assert_all_delivered_once(system, 30)


def test_a_full_plan_parks_the_run_and_resuming_goes_on() -> None:
    system = system_of(30)
    limit = 12
    system.world.before = failing(
        ContactLimit("full", upstream_code="914"), lambda _number, _: len(system.world.posts) >= limit
    )
    started = system.start()
    system.settle()
    run = system.runs.get(TENANT, SYNC, started.id)
    assert run is not None
    assert (run.status, run.waiting_for, run.wake_at) == (RunStatus.WAITING, "contact_limit", None)
    assert system.sync.attention
    limit = 10_000
    system.resume()
    system.settle()
    assert system.ended(started).counted.added == 30
    assert_all_delivered_once(system, 30)
    assert (system.sync.status, system.sync.attention) == (SyncStatus.ACTIVE, "")


# ---- faults -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 15, 30])
def test_one_poison_record_is_skipped_with_zohos_words_and_the_rest_delivered(position: int) -> None:
    system = system_of(30)
    poison = f"c{position - 1}@example.com"
    system.world.before = failing(
        RetryLater("retry", upstream_code="2001", upstream_message="Error in subscription"),
        lambda _, email: email == poison,
    )
    run = system.run()
    assert (run.counted.added, run.counted.skipped_total) == (29, 1)
    (row,) = system.skipped_of(run)
    assert (row["email"], row["reason_code"]) == (poison, "refused_by_campaigns")
    assert "2001" in row["detail"]
    assert "Error in subscription" in row["detail"]


def test_a_refused_record_is_skipped_and_not_sent_again_until_it_changes() -> None:
    system = system_of(10)
    system.world.before = failing(
        ContactRefused("no", reason="refused_by_campaigns", upstream_code="9999", upstream_message="No."),
        lambda _, email: email == "c4@example.com",
    )
    run = system.run()
    assert run.counted.skipped == {SkipReason.REFUSED_BY_CAMPAIGNS: 1}
    system.calls()
    again = system.run(Mode.FULL)
    assert again.counted.skipped == {SkipReason.REFUSED_BY_CAMPAIGNS: 1}
    assert POST not in system.calls()
    system.world.before = lambda _endpoint, _subject: None
    victim = next(c for c in system.world.customers.values() if c.email == "c4@example.com")
    system.world.edit(victim.contact_id, first_name="Changed")
    assert system.run().counted.added == 1


def test_when_every_contact_is_refused_the_codes_are_distrusted_and_the_run_fails() -> None:
    system = system_of(40)
    system.world.before = failing(
        ContactRefused("no", reason="invalid_email", upstream_code="2004"), lambda _number, _: True
    )
    run = system.run()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "every_contact_refused")
    assert system.sync.status is SyncStatus.NEEDS_ATTENTION
    system.world.before = lambda _endpoint, _subject: None
    assert system.run(Mode.FULL).counted.added == 40


def test_a_fault_on_some_calls_delivers_everything_in_the_same_run() -> None:
    system = system_of(500)
    system.world.before = failing(RetryLater("503"), lambda number, _: number % 50 == 0)
    run = system.run()
    assert run.counted.added == 500
    assert_all_delivered_once(system, 500)


def test_an_outage_parks_the_run_and_it_goes_on_when_zoho_is_back() -> None:
    system = system_of(60)
    back_at = system.clock.now() + timedelta(minutes=5)
    system.world.before = failing(
        RetryLater("503"), lambda number, _: number > 20 and system.clock.now() < back_at
    )
    run = system.run()
    assert run.status is RunStatus.COMPLETED
    assert run.counted.added == 60
    assert_all_delivered_once(system, 60)


def test_an_outage_without_end_fails_the_run_after_three_tries() -> None:
    system = system_of(3)

    def down(endpoint: str, _subject: str) -> None:
        if endpoint.startswith("books"):
            raise RetryLater("502")

    system.world.before = down
    run = system.run()
    assert run.status is RunStatus.FAILED
    assert system.sync.attention


def test_a_deleted_list_fails_the_run_and_tells_the_user() -> None:
    system = system_of(3)
    system.world.list_key = "somewhere else"
    run = system.run()
    assert run.status is RunStatus.FAILED
    kinds = [note.kind for note in system.notifications.list(TENANT, limit=9, cursor=None).items]
    assert kinds == ["run_failed"]


def test_a_revoked_grant_parks_the_run_until_the_user_connects_again() -> None:
    system = system_of(10)
    system.world.before = failing(ReconnectNeeded("gone"), lambda number, _: number == 5)
    started = system.start()
    system.settle()
    connection = system.connections.get(TENANT)
    assert connection is not None
    assert connection.status is ConnectionStatus.NEEDS_RECONNECT
    with pytest.raises(Conflict) as refusal:
        system.start()
    assert refusal.value.code == "needs_reconnect"
    system.connections.update(replace(connection, status=ConnectionStatus.CONNECTED))
    system.control.nudge(system.sync)
    system.settle()
    assert system.ended(started).counted.added == 10
    assert_all_delivered_once(system, 10)


# ---- the user -----------------------------------------------------------------------------------------


def during_the_run(system: System, post: int, action: Callable[[], object]) -> None:
    number = 0

    def before(endpoint: str, _subject: str) -> None:
        nonlocal number
        if endpoint == POST:
            number += 1
            if number == post:
                action()

    system.world.before = before


def test_a_pause_parks_the_run_within_a_batch_and_resuming_goes_on_from_there() -> None:
    system = system_of(300)
    during_the_run(system, 60, system.pause)
    started = system.start()
    system.settle()
    run = system.runs.get(TENANT, SYNC, started.id)
    assert run is not None
    assert run.status is RunStatus.PAUSED
    assert len(system.world.posts) <= 60 + 25
    assert run.counted.added == len(system.world.posts)
    with pytest.raises(Conflict):
        system.start()
    system.resume()
    system.settle()
    assert system.ended(started).counted.added == 300
    assert_all_delivered_once(system, 300)


def test_a_cancelled_run_keeps_what_was_done_in_its_counts() -> None:
    system = system_of(300)
    started = system.start()
    during_the_run(system, 60, lambda: system.control.cancel(TENANT, SYNC, started.id))
    system.settle()
    run = system.ended(started)
    assert run.status is RunStatus.CANCELLED
    assert run.counted.added == len(system.world.posts) <= 85
    assert system.sync.current_run_id is None


def test_a_parked_run_can_be_cancelled() -> None:
    system = system_of(30)
    system.world.before = failing(RateLimited("locked", wait_seconds=1800), lambda number, _: number == 10)
    started = system.start()
    system.deliver()
    system.control.cancel(TENANT, SYNC, started.id)
    system.deliver()
    assert system.ended(started).status is RunStatus.CANCELLED


def test_an_edit_during_a_run_ends_it_and_starts_one_with_the_new_settings() -> None:
    system = system_of(100)
    during_the_run(system, 30, lambda: system.edit(replace(SETTINGS, topic_ids=("t1",))))
    started = system.start()
    system.settle()
    old = system.ended(started)
    assert old.status is RunStatus.CANCELLED
    assert old.counted.added <= 30 + 25
    last = system.runs.get(TENANT, SYNC, system.sync.last_run_id or "")
    assert last is not None
    assert last.status is RunStatus.COMPLETED
    assert last.counted.total == 100


def test_nothing_is_posted_after_the_sync_was_removed() -> None:
    system = system_of(300)
    during_the_run(system, 60, lambda: system.syncs.delete(TENANT, SYNC))
    system.start()
    system.settle()
    assert len(system.world.posts) <= 85


# ---- messages -----------------------------------------------------------------------------------------


def fire(system: System, scheduled_at: str = "2026-11-24T09:30:00Z") -> WakeUp:
    return WakeUp("fire", TENANT, SYNC, scheduled_at=scheduled_at)


def test_a_schedule_fired_twice_is_one_run() -> None:
    system = system_of(3)
    for _ in range(2):
        system.deliver(fire(system))
        system.clock.sleep(2)
    system.settle()
    system.clock.sleep(3600)
    system.deliver(fire(system))
    system.settle()
    assert len(system.runs.stored) == 1


def test_a_firing_during_a_run_starts_nothing() -> None:
    system = system_of(300)
    during_the_run(system, 20, lambda: system.deliver(fire(system)))
    system.start()
    system.settle()
    assert len(system.runs.stored) == 1


def test_a_run_on_request_during_a_run_is_refused() -> None:
    system = system_of(3)
    first = system.start()
    with pytest.raises(Conflict) as refusal:
        system.start()
    assert refusal.value.details == {"run_id": first.id}


def test_the_same_idempotency_key_is_the_same_run() -> None:
    system = system_of(3)
    first = system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k")
    system.settle()
    system.clock.sleep(60)
    assert system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k").id == first.id


def test_a_firing_for_a_removed_sync_removes_its_schedule() -> None:
    system = system_of(1)
    system.schedules.put(system.sync)
    system.syncs.delete(TENANT, SYNC)
    system.deliver(fire(system))
    assert system.schedules.stored == {}


def test_a_lost_wake_up_is_sent_again_by_the_sweeper() -> None:
    system = system_of(5)
    started = system.start()
    system.queue.receive()
    system.settle()
    assert system.ended(started).counted.added == 5


def test_a_fired_run_says_that_the_schedule_started_it() -> None:
    system = system_of(1)
    system.deliver(fire(system))
    (run,) = system.runs.stored.values()
    assert run.trigger is Trigger.SCHEDULE
