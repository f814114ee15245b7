"""Syncs."""

from __future__ import annotations

import pytest

from shared.domain.schedule import Frequency
from shared.domain.settings import Sync, SyncStatus
from tests.contract.backends import Backend
from tests.factories import NOW, schedule, settings, settled_sync, sync


@pytest.mark.parametrize(
    "stored",
    [
        sync(),
        settled_sync(),
        sync(
            settings=settings(
                schedule=schedule(frequency=Frequency.MONTHLY, weekday=None, day_of_month="last")
            ),
            status=SyncStatus.PAUSED,
        ),
        sync(
            settings=settings(schedule=schedule(frequency=Frequency.MONTHLY, weekday=None, day_of_month=28))
        ),
    ],
    ids=["new", "every field set", "last day of the month", "28th"],
)
def test_a_sync_comes_back_as_it_was_stored(backend: Backend, stored: Sync) -> None:
    assert backend.syncs.create(stored)
    assert backend.syncs.get(stored.tenant) == stored


def test_a_tenant_has_at_most_one_sync(backend: Backend) -> None:
    assert backend.syncs.create(sync())
    assert not backend.syncs.create(sync())
    assert not backend.syncs.create(sync(id="sync-2"))
    assert backend.syncs.create(sync(tenant="tenant-2", id="sync-2"))
    assert backend.syncs.get("tenant-1") == sync()


def test_an_update_raises_the_revision_by_one(backend: Backend) -> None:
    backend.syncs.create(sync())

    assert backend.syncs.update(sync(status=SyncStatus.PAUSED))
    assert backend.syncs.get("tenant-1") == sync(status=SyncStatus.PAUSED, revision=1)


def test_of_two_updates_that_began_alike_only_the_first_is_stored(backend: Backend) -> None:
    backend.syncs.create(sync())

    assert backend.syncs.update(sync(last_run_id="first"))
    assert not backend.syncs.update(sync(last_run_id="second"))
    stored = backend.syncs.get("tenant-1")
    assert stored is not None
    assert stored.last_run_id == "first"


def test_an_update_is_only_for_the_sync_it_was_made_from(backend: Backend) -> None:
    backend.syncs.create(sync(id="sync-2"))

    assert not backend.syncs.update(sync(id="sync-1"))
    assert not backend.syncs.update(sync(id="sync-1", tenant="tenant-2"))
    assert backend.syncs.get("tenant-1") == sync(id="sync-2")
    assert backend.syncs.get("tenant-2") is None


def test_an_update_removes_what_is_no_longer_set(backend: Backend) -> None:
    backend.syncs.create(sync(current_run_id="run-1", attention="Look", watermark=NOW))

    assert backend.syncs.update(sync())
    assert backend.syncs.get("tenant-1") == sync(revision=1)


def test_only_the_named_sync_is_deleted(backend: Backend) -> None:
    backend.syncs.create(sync())
    backend.syncs.delete("tenant-1", "another-sync")
    assert backend.syncs.get("tenant-1") == sync()

    backend.syncs.delete("tenant-1", "sync-1")
    assert backend.syncs.get("tenant-1") is None
    backend.syncs.delete("tenant-1", "sync-1")
