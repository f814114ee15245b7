"""A run comes to an end, and tells it as it was, however long it rested and whatever came in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.connection import ConnectionStatus
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode, Run, RunStatus
from shared.domain.settings import Sync
from shared.ports import WakeUp
from tests.fakes.crashing import Crash, Fate
from tests.unit.run_sync.system import SETTINGS, SYNC, TENANT, System
from tests.unit.run_sync.test_interruptions import during_the_run, system_of


@pytest.mark.parametrize("way", ["resume", "cancel"])
def test_a_run_whose_skipped_records_expired_while_it_was_paused_ends(way: str) -> None:
    system = System()
    for number in range(250):
        system.world.add("nowhere" if number == 3 else f"c{number}@example.com", first_name="x")
    during_the_run(system, 230, system.pause)
    started = system.start()
    system.settle()
    system.world.before = lambda _endpoint, _subject: None
    system.clock.sleep(91 * 86_400)
    system.files.delete_all(TENANT, SYNC)
    system.skipped_files.delete_all(TENANT, SYNC)
    if way == "resume":
        system.resume()
    else:
        system.control.cancel(TENANT, SYNC, started.id)
    system.settle()
    ended = system.ended(started)
    assert ended.status is (RunStatus.FAILED if way == "resume" else RunStatus.CANCELLED)
    assert system.sync.current_run_id is None


def test_skipped_records_that_expired_alone_end_the_run_and_say_so() -> None:
    system = System()
    for number in range(250):
        system.world.add("nowhere" if number == 3 else f"c{number}@example.com", first_name="x")
    during_the_run(system, 230, system.pause)
    started = system.start()
    system.settle()
    system.world.before = lambda _endpoint, _subject: None
    system.skipped_files.delete_all(TENANT, SYNC)
    system.resume()
    system.settle()
    ended = system.ended(started)
    assert (ended.status, ended.error_code) == (RunStatus.FAILED, "run_files_gone")


def dies_once_the_sync_has_let_go(system: System, mode: Mode = Mode.INCREMENTAL) -> Run:
    """Start a run whose worker dies between the last write to the sync and that to the run."""
    fate = Fate()
    usual: Callable[[Sync], bool] = system.syncs.update
    _, worker, _ = system.wire(fate.through)

    def dying(sync: Sync) -> bool:
        usual(sync)
        fate.dead = sync.last_run_id is not None
        if fate.dead:
            raise Crash
        return True

    started = system.start(mode)
    message = system.queue.receive()
    assert message is not None
    with pytest.MonkeyPatch.context() as patch, suppress(Crash):
        patch.setattr(system.syncs, "update", dying)
        worker.handle(message, budget_seconds=180)
    assert fate.dead
    return started


def test_a_run_that_completed_is_not_shown_as_cancelled_because_the_consent_ended_then() -> None:
    system = system_of(3)
    started = dies_once_the_sync_has_let_go(system)
    connection = system.connections.get(TENANT)
    assert connection is not None
    system.connections.update(replace(connection, status=ConnectionStatus.NEEDS_RECONNECT))
    system.settle()
    assert system.sync.last_run_id == started.id
    assert system.ended(started).status is RunStatus.COMPLETED


def test_a_run_that_is_finished_late_leaves_alone_what_a_newer_one_noted() -> None:
    system = system_of(3)
    older = dies_once_the_sync_has_let_go(system)
    del system.world.fields["First Name"]
    newer = system.start(Mode.FULL)
    while system.deliver():
        pass
    assert system.ended(newer).status is RunStatus.FAILED
    attention = system.sync.attention
    system.settle()
    assert system.ended(older).status is RunStatus.COMPLETED
    assert (system.sync.attention, system.sync.last_run_id) == (attention, newer.id)


@pytest.mark.parametrize("every_days", [1, 7])
def test_everybody_is_looked_at_once_a_week_however_late_each_run_starts(every_days: int) -> None:
    system = system_of(3)
    first_at = system.clock.now() + timedelta(hours=1)
    full_days = []
    for day in range(0, 29, every_days):
        at = first_at + timedelta(days=day)
        system.clock.advance_to(at)
        system.deliver(WakeUp("fire", TENANT, SYNC, scheduled_at=at.isoformat()))
        system.clock.sleep(60 if day % 2 else 1)  # the queue
        system.settle()
        if max(system.runs.stored.values(), key=lambda run: run.id).mode is Mode.FULL:
            full_days.append(day)
    assert full_days == [0, 7, 14, 21, 28]


def work_off_in_time(system: System) -> None:
    """Work off every slice; each ends before its worker's 180 seconds."""
    while (message := system.queue.receive()) is not None:
        began = system.clock.now()
        system.worker.handle(message, budget_seconds=180)
        assert system.clock.now() - began < timedelta(seconds=180)


def test_no_slice_outlives_its_worker_while_absence_is_confirmed() -> None:
    system = system_of(120)
    system.run()
    system.clock.sleep(8 * 86_400)
    for number in list(system.world.customers)[:60]:
        del system.world.customers[number]

    def slow(endpoint: str, _subject: str) -> None:
        if endpoint == "books.contact":
            system.clock.sleep(4)

    system.world.before = slow
    started = system.start()
    work_off_in_time(system)
    assert (system.ended(started).status, system.ended(started).absent) == (RunStatus.COMPLETED, 60)


def test_fields_that_take_longer_to_create_than_a_slice_are_created_in_several() -> None:
    names = [f"Field {number}" for number in range(60)]
    pairs = (
        FieldPair("email", "Contact Email"),
        *(FieldPair("mobile", name, new_field=True) for name in names),
    )
    system = System(settings=replace(SETTINGS, mapping=pairs))
    system.world.add("ana@example.com")

    def slow(endpoint: str, _subject: str) -> None:
        if endpoint == "campaigns.create_field":
            system.clock.sleep(10)

    system.world.before = slow
    started = system.start()
    work_off_in_time(system)
    assert system.ended(started).status is RunStatus.COMPLETED
    assert system.calls()["campaigns.create_field"] == len(names) + 1  # and Subscription Type


def test_a_contact_posted_before_a_pause_and_edited_during_it_is_in_the_counts() -> None:
    system = system_of(3)
    system.run()
    system.world.page_size = 60
    new = [system.world.add(f"n{number}@example.com", first_name="x") for number in range(100)]
    during_the_run(system, 75, system.pause)
    started = system.start()
    system.settle()
    system.world.before = lambda _endpoint, _subject: None
    posted = {email for _, email in system.world.posts}
    on_the_second_page = next(customer for customer in new[:40] if customer.email in posted)
    system.world.edit(on_the_second_page.contact_id, first_name="y")
    system.resume()
    system.settle()
    assert system.ended(started).counted.added + system.run().counted.added == 100


def test_what_does_not_end_in_its_first_slice_goes_on_in_the_bulk_queue(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = system_of(3)
    system.run()
    for number in range(2000):
        system.world.add(f"n{number}@example.com")
    queues: list[bool] = []
    send = system.queue.send

    def noting(message: WakeUp, *, delay_seconds: int = 0, bulk: bool = False) -> None:
        queues.append(bulk)
        send(message, delay_seconds=delay_seconds, bulk=bulk)

    monkeypatch.setattr(system.queue, "send", noting)
    assert system.run().mode is Mode.INCREMENTAL
    assert len(queues) > 2
    assert queues == [False] + [True] * (len(queues) - 1)
