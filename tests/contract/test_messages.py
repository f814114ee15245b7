"""Messages to the worker, and the schedules that send them."""

from __future__ import annotations

import pytest

from shared.domain.settings import SyncStatus
from shared.ports import WakeUp
from tests.contract.backends import FIRED_AT, Backend
from tests.factories import schedule, settings, sync

MESSAGES = [
    WakeUp("slice", "tenant-1", "sync-1", "run-1", 0),
    WakeUp("slice", "tenant-1", "sync-1", "run-1", 41),
    WakeUp("fire", "tenant-1", "sync-1", scheduled_at="2026-11-22T09:00:00Z"),
    WakeUp("erase", "tenant-1", "sync-1", scheduled_at="2026-11-22T09:00:00+00:00"),
    WakeUp("erase", "tenant-1", "", scheduled_at="2026-11-22T09:00:00+00:00"),
    WakeUp("revoke", "tenant-1/2026-11-22T09:00:00+00:00", "", tick=3),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_a_message_arrives_as_it_was_sent(backend: Backend, message: WakeUp) -> None:
    backend.queue.send(message)

    assert backend.received() == [(message, False)]


def test_bulk_work_goes_to_a_queue_of_its_own(backend: Backend) -> None:
    backend.queue.send(MESSAGES[0])
    backend.queue.send(MESSAGES[1], bulk=True)

    assert backend.received() == [(MESSAGES[0], False), (MESSAGES[1], True)]


def test_a_delayed_message_does_not_arrive_at_once(backend: Backend) -> None:
    backend.queue.send(MESSAGES[0], delay_seconds=900)

    assert backend.received() == []


@pytest.mark.parametrize("delay_seconds", [-1, 901])
def test_a_delay_that_the_queue_cannot_hold_is_an_error(backend: Backend, delay_seconds: int) -> None:
    with pytest.raises(ValueError, match="seconds"):
        backend.queue.send(MESSAGES[0], delay_seconds=delay_seconds)
    assert backend.received() == []


# ---- schedules ----------------------------------------------------------------------------------------


def test_a_schedule_fires_a_message_in_the_users_time_zone(backend: Backend) -> None:
    backend.schedules.put(sync())
    planned = backend.planned("tenant-1", "sync-1")

    assert planned is not None
    assert (planned.cron, planned.time_zone, planned.enabled) == (
        "cron(30 9 ? * MON *)",
        "Asia/Kolkata",
        True,
    )
    assert planned.message == WakeUp("fire", "tenant-1", "sync-1", scheduled_at=FIRED_AT)


def test_putting_a_schedule_again_replaces_it(backend: Backend) -> None:
    backend.schedules.put(sync())
    backend.schedules.put(sync())
    backend.schedules.put(sync(settings=settings(schedule=schedule(weekday="friday", time_zone="UTC"))))
    planned = backend.planned("tenant-1", "sync-1")

    assert planned is not None
    assert (planned.cron, planned.time_zone) == ("cron(30 9 ? * FRI *)", "UTC")


@pytest.mark.parametrize(
    ("status", "enabled"),
    [(SyncStatus.ACTIVE, True), (SyncStatus.PAUSED, False), (SyncStatus.NEEDS_ATTENTION, True)],
)
def test_the_schedule_rests_while_the_sync_is_paused(
    backend: Backend, status: SyncStatus, *, enabled: bool
) -> None:
    backend.schedules.put(sync())
    backend.schedules.put(sync(status=status))
    planned = backend.planned("tenant-1", "sync-1")

    assert planned is not None
    assert planned.enabled is enabled


def test_a_deleted_schedule_is_gone_and_can_be_deleted_again(backend: Backend) -> None:
    backend.schedules.put(sync())
    backend.schedules.put(sync(id="sync-2"))
    backend.schedules.delete("tenant-1", "sync-1")
    backend.schedules.delete("tenant-1", "sync-1")

    assert backend.planned("tenant-1", "sync-1") is None
    assert backend.planned("tenant-1", "sync-2") is not None


def test_syncs_of_different_tenants_have_schedules_of_their_own(backend: Backend) -> None:
    backend.schedules.put(sync())
    backend.schedules.put(sync(tenant="tenant-2"))
    backend.schedules.delete("tenant-2", "sync-1")

    assert backend.planned("tenant-1", "sync-1") is not None
