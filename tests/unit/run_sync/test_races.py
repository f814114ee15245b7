"""The user does something just while a slice ends: neither of the two is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.domain.connection import ConnectionStatus
from shared.domain.errors import Conflict, ContactLimit, RateLimited, ReconnectNeeded
from shared.domain.run import Run, RunStatus
from shared.domain.settings import Sync, SyncStatus
from tests.fakes.crashing import Crash, Fate
from tests.unit.run_sync.system import SETTINGS, SYNC, TENANT, System
from tests.unit.run_sync.test_interruptions import (
    assert_all_delivered_once,
    during_the_run,
    failing,
    fire,
    system_of,
)


def just_before_parking(system: System, action: Callable[[], object]) -> None:
    """Let `action` happen once, between a slice's last look at the sync and its commit."""
    commit = system.runs.commit

    def committing(run: Run) -> Run:
        if not run.status.ended and run.status is not RunStatus.RUNNING:
            system.runs.commit = commit  # type: ignore[method-assign]
            action()
        return commit(run)

    system.runs.commit = committing  # type: ignore[method-assign]


def test_a_resume_while_the_run_is_being_paused_is_not_lost() -> None:
    system = system_of(100)
    during_the_run(system, 30, system.pause)
    just_before_parking(system, system.resume)
    started = system.start()
    system.settle()
    assert system.ended(started).counted.added == 100
    assert_all_delivered_once(system, 100)


def test_a_resume_while_the_run_is_being_parked_for_the_plan_is_not_lost() -> None:
    system = system_of(30)
    system.world.before = failing(ContactLimit("full"), lambda number, _: number == 10)
    just_before_parking(system, system.resume)
    started = system.start()
    system.settle()
    assert system.ended(started).counted.added == 30


def test_a_cancel_while_the_run_is_being_parked_ends_it_at_once() -> None:
    system = system_of(30)
    system.world.before = failing(RateLimited("locked", wait_seconds=1800), lambda number, _: number == 10)
    started = system.start()
    just_before_parking(system, lambda: system.control.cancel(TENANT, SYNC, started.id))
    began = system.clock.now()
    system.settle()
    assert system.ended(started).status is RunStatus.CANCELLED
    assert (system.clock.now() - began).total_seconds() < 60


def test_a_reconnect_while_the_slice_meets_the_dead_consent_is_not_undone() -> None:
    system = system_of(10)

    def connect_again() -> None:
        connection = system.connections.stored[TENANT]
        system.connections.update(replace(connection, status=ConnectionStatus.CONNECTED))
        system.control.nudge(system.sync)

    def dying(endpoint: str, subject: str) -> None:
        if len(system.world.posts) == 5 and endpoint == "campaigns.listsubscribe":
            system.world.before = lambda _endpoint, _subject: None
            connect_again()
            raise ReconnectNeeded("the old consent is gone")

    system.world.before = dying
    started = system.start()
    system.settle()
    assert system.connections.stored[TENANT].status is ConnectionStatus.CONNECTED
    assert system.ended(started).counted.added == 10


def test_an_edit_while_the_last_run_completes_is_not_overwritten_by_what_that_run_remembers() -> None:
    system = system_of(5)
    publish_or_close = system.syncs.update
    edited = replace(SETTINGS, list_key="other")

    def closing(sync: Sync) -> bool:
        if sync.last_run_id is not None:
            system.syncs.update = publish_or_close  # type: ignore[method-assign]
            system.world.list_key = "other"
            system.world.members.clear()
            system.edit(edited)
        return publish_or_close(sync)

    started = system.start()
    system.syncs.update = closing  # type: ignore[method-assign]
    system.settle()
    assert system.ended(started).status is RunStatus.CANCELLED
    assert set(system.world.members) == {f"c{number}@example.com" for number in range(5)}


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("effect", range(1, 31))
def test_the_run_that_an_edit_asked_for_is_started_whatever_crashes(effect: int, before: bool) -> None:  # noqa: FBT001
    system = system_of(12)
    during_the_run(system, 6, lambda: system.edit(replace(SETTINGS, topic_ids=("t1",))))
    started = system.start()
    usual = (system.control, system.worker, system.sweeper)
    _, worker, _ = system.wire(Fate(effect, before=before).through)
    for _ in range(2):
        message = system.queue.receive()
        if message is None:
            break
        try:
            worker.handle(message, budget_seconds=180)
        except Crash:
            break
    system.control, system.worker, system.sweeper = usual
    system.settle()
    assert system.ended(started).status is RunStatus.CANCELLED
    last = system.runs.get(TENANT, SYNC, system.sync.last_run_id or "")
    assert last is not None
    assert (last.status, last.counted.total) == (RunStatus.COMPLETED, 12)
    assert not system.sync.restart_wanted


def test_a_pause_after_an_edit_keeps_the_edits_run_from_starting_and_nothing_is_stuck() -> None:
    system = system_of(3)
    started = system.start()
    system.edit(replace(SETTINGS, topic_ids=("t1",)))
    system.pause()
    system.settle()
    assert system.ended(started).status is RunStatus.CANCELLED
    assert len(system.runs.stored) == 1
    system.resume()
    assert system.run().counted.added == 3


def test_settings_edited_while_a_run_is_queued_end_it_before_it_posts_anything() -> None:
    system = system_of(3)
    started = system.start()
    system.edit(replace(SETTINGS, topic_ids=("t2",)))
    message = system.queue.receive()
    system.deliver(message)
    assert system.ended(started).status is RunStatus.CANCELLED
    assert system.world.posts == []
    system.settle()
    assert_all_delivered_once(system, 3)


def test_a_firing_that_meets_a_busy_sync_is_delivered_again() -> None:
    system = system_of(3)
    update = system.syncs.update
    system.syncs.update = lambda sync: False  # type: ignore[method-assign]
    with pytest.raises(Conflict):
        system.deliver(fire(system))
    system.syncs.update = update  # type: ignore[method-assign]
    system.deliver(fire(system))
    system.settle()
    assert_all_delivered_once(system, 3)


def test_a_pause_is_honoured_while_the_lists_members_are_read() -> None:
    system = system_of(3)
    for number in range(2000):
        system.world.opt_out(f"m{number}@example.com", "active")

    def pausing(endpoint: str, _subject: str) -> None:
        if endpoint == "campaigns.members.active" and system.sync.status is SyncStatus.ACTIVE:
            system.pause()

    system.world.before = pausing
    system.start()
    system.deliver()
    assert system.world.calls["campaigns.members.active"] == 1
    system.world.before = lambda _endpoint, _subject: None
    system.resume()
    system.settle()
    assert_all_delivered_once(system, 3)


def test_a_purged_queue_delays_a_run_and_loses_nothing() -> None:
    system = system_of(2000)
    started = system.start()
    for _ in range(2):
        system.deliver()
        system.queue.sent.clear()
        due_at = system.runs.next_due_at()
        assert due_at is not None
        system.clock.advance_to(due_at)
        assert system.sweeper.sweep() == 1
    system.settle()
    assert system.ended(started).counted.added == 2000
    assert_all_delivered_once(system, 2000)
