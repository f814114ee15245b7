"""Runs: leases, fencing and what a slice stores."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from shared.domain.errors import LeaseLost
from shared.domain.run import Counters, Cursor, Run, RunStatus
from tests.contract.backends import Backend
from tests.factories import NOW, busy_run, run

UNTIL = NOW + timedelta(seconds=240)
ENDED = [status for status in RunStatus if status.ended]


def stored(backend: Backend, like: Run) -> Run | None:
    return backend.runs.get(like.tenant, like.sync_id, like.id)


def leased(backend: Backend, start: Run | None = None, owner: str = "worker-1") -> Run:
    start = start or run()
    assert backend.runs.create(start)
    acquired = backend.runs.acquire(start, owner=owner, until=UNTIL, now=NOW)
    assert acquired is not None
    return acquired


# ---- storing ------------------------------------------------------------------------------------------


def test_a_run_comes_back_with_every_field_as_stored(backend: Backend) -> None:
    full = busy_run(
        status=RunStatus.FAILED,
        finished_at=NOW + timedelta(hours=1),
        tick=41,
        epoch=44,
        lease_owner="worker-1",
        lease_until=NOW + timedelta(minutes=4),
        wake_at=NOW + timedelta(minutes=30),
        waiting_for="rate_limit",
        committed_epoch=43,
    )
    plain = run()
    same = [field.name for field in fields(Run) if getattr(full, field.name) == getattr(plain, field.name)]
    assert same == ["id", "tenant", "sync_id", "trigger", "created_at", "settings_revision"]
    bare = [field.name for field in fields(Cursor) if getattr(full.cursor, field.name) == field.default]
    assert bare == []

    for number, each in enumerate((full, plain)):
        each = replace(each, id=f"run-{number}")  # noqa: PLW2901 - the same run under an id of its own
        assert backend.runs.create(each)
        assert stored(backend, each) == each


def test_a_run_id_is_stored_only_once(backend: Backend) -> None:
    assert backend.runs.create(run())
    assert not backend.runs.create(run())
    assert not backend.runs.create(run(settings_revision=9))
    assert stored(backend, run()) == run()


@pytest.mark.parametrize("run_id", ["", "unknown", "x" * 5000, "a#b", "\x00", "ü" * 300])
def test_a_run_id_that_was_never_given_out_is_unknown_whatever_it_looks_like(
    backend: Backend, run_id: str
) -> None:
    backend.runs.create(run())

    assert backend.runs.get("tenant-1", "sync-1", run_id) is None
    assert backend.runs.get("tenant-1", run_id, run().id) is None
    assert backend.runs.wake("tenant-1", "sync-1", run_id, NOW) is None


def test_a_run_is_found_only_under_its_own_tenant_and_sync(backend: Backend) -> None:
    backend.runs.create(run())

    assert backend.runs.get("tenant-2", "sync-1", run().id) is None
    assert backend.runs.get("tenant-1", "sync-2", run().id) is None


# ---- acquire ------------------------------------------------------------------------------------------


def test_acquiring_leases_the_run_and_counts_the_lease(backend: Backend) -> None:
    acquired = leased(backend, run(tick=3, epoch=5))

    assert acquired == run(
        tick=3, epoch=6, status=RunStatus.RUNNING, lease_owner="worker-1", lease_until=UNTIL
    )
    assert stored(backend, acquired) == acquired


def test_a_live_lease_keeps_every_other_worker_out(backend: Backend) -> None:
    acquired = leased(backend)

    assert backend.runs.acquire(run(), owner="worker-2", until=UNTIL, now=NOW) is None
    assert backend.runs.acquire(acquired, owner="worker-2", until=UNTIL, now=NOW) is None
    assert stored(backend, acquired) == acquired


def test_acquiring_again_as_the_same_owner_returns_the_same_lease(backend: Backend) -> None:
    acquired = leased(backend)
    later = UNTIL + timedelta(seconds=60)

    assert backend.runs.acquire(run(), owner="worker-1", until=later, now=NOW) == acquired
    assert stored(backend, acquired) == acquired


def test_an_expired_lease_is_taken_over_under_a_new_epoch(backend: Backend) -> None:
    first = leased(backend)
    almost = UNTIL - timedelta(microseconds=1)
    assert backend.runs.acquire(run(), owner="worker-2", until=UNTIL, now=almost) is None

    second = backend.runs.acquire(run(), owner="worker-2", until=UNTIL + timedelta(minutes=4), now=UNTIL)

    assert second is not None
    assert (second.epoch, second.lease_owner) == (first.epoch + 1, "worker-2")


def test_a_worker_that_was_away_longer_than_its_lease_gets_a_new_epoch(backend: Backend) -> None:
    first = leased(backend)
    again = backend.runs.acquire(run(), owner="worker-1", until=UNTIL + timedelta(minutes=4), now=UNTIL)

    assert again is not None
    assert again.epoch == first.epoch + 1


def test_a_message_of_an_earlier_or_later_tick_leases_nothing(backend: Backend) -> None:
    backend.runs.create(run(tick=2))

    for tick in (1, 3):
        assert backend.runs.acquire(run(tick=tick), owner="worker-1", until=UNTIL, now=NOW) is None
    assert stored(backend, run()) == run(tick=2)


@pytest.mark.parametrize("status", ENDED)
def test_a_run_that_has_ended_is_never_leased(backend: Backend, status: RunStatus) -> None:
    backend.runs.create(run(status=status))

    assert backend.runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW) is None


def test_a_run_that_is_gone_is_not_leased_nor_made(backend: Backend) -> None:
    assert backend.runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW) is None
    assert stored(backend, run()) is None


# ---- checkpoint ---------------------------------------------------------------------------------------


def test_a_checkpoint_stores_progress_and_leaves_the_lease(backend: Backend) -> None:
    acquired = leased(backend)
    progressed = busy_run(
        status=acquired.status,
        epoch=acquired.epoch,
        lease_owner=acquired.lease_owner,
        lease_until=acquired.lease_until,
    )
    backend.runs.checkpoint(progressed)

    assert stored(backend, run()) == progressed


def test_a_checkpoint_changes_neither_status_tick_lease_nor_due_time(backend: Backend) -> None:
    acquired = leased(backend)
    backend.runs.checkpoint(
        replace(
            acquired,
            absent=9,
            status=RunStatus.COMPLETED,
            tick=7,
            lease_until=UNTIL + timedelta(days=1),
            wake_at=NOW + timedelta(days=1),
        )
    )

    assert stored(backend, run()) == replace(acquired, absent=9)
    assert backend.runs.due(UNTIL - timedelta(seconds=1), limit=10) == []
    assert [due.id for due in backend.runs.due(UNTIL, limit=10)] == [run().id]


def test_a_checkpoint_takes_back_what_the_one_before_had_set(backend: Backend) -> None:
    acquired = leased(backend)
    backend.runs.checkpoint(replace(busy_run(), lease_owner=acquired.lease_owner, epoch=acquired.epoch))
    backend.runs.checkpoint(acquired)

    assert stored(backend, run()) == acquired


def test_a_worker_that_lost_its_lease_can_neither_checkpoint_nor_commit(backend: Backend) -> None:
    lost = leased(backend)
    taken = backend.runs.acquire(run(), owner="worker-2", until=UNTIL + timedelta(minutes=4), now=UNTIL)

    for stale in (lost, replace(lost, lease_owner="worker-2"), replace(lost, epoch=lost.epoch + 1)):
        with pytest.raises(LeaseLost):
            backend.runs.checkpoint(stale)
        with pytest.raises(LeaseLost):
            backend.runs.commit(stale)
    assert stored(backend, run()) == taken


def test_a_run_without_a_lease_takes_no_checkpoint_and_no_commit(backend: Backend) -> None:
    backend.runs.create(run())

    with pytest.raises(LeaseLost):
        backend.runs.checkpoint(run())
    with pytest.raises(LeaseLost):
        backend.runs.commit(run())


def test_an_expired_lease_that_nobody_took_over_still_counts(backend: Backend) -> None:
    acquired = leased(backend)
    backend.clock.advance_to(UNTIL + timedelta(minutes=1))
    backend.runs.checkpoint(replace(acquired, absent=1))

    assert backend.runs.commit(replace(acquired, absent=2)).absent == 2


def test_writes_for_a_deleted_run_raise_and_do_not_bring_it_back(backend: Backend) -> None:
    acquired = leased(backend)
    backend.runs.delete_all("tenant-1", "sync-1")

    with pytest.raises(LeaseLost):
        backend.runs.checkpoint(acquired)
    with pytest.raises(LeaseLost):
        backend.runs.commit(acquired)
    assert stored(backend, acquired) is None


# ---- commit -------------------------------------------------------------------------------------------


def test_a_commit_releases_the_lease_and_moves_the_tick_on(backend: Backend) -> None:
    acquired = leased(backend)
    wake_at = NOW + timedelta(minutes=30)
    committed = backend.runs.commit(
        replace(acquired, status=RunStatus.WAITING, waiting_for="rate_limit", wake_at=wake_at, absent=4)
    )

    assert committed == replace(
        acquired,
        status=RunStatus.WAITING,
        waiting_for="rate_limit",
        wake_at=wake_at,
        absent=4,
        tick=acquired.tick + 1,
        lease_owner=None,
        lease_until=None,
    )
    assert stored(backend, run()) == committed


def test_a_commit_repeated_after_a_lost_answer_returns_the_same(backend: Backend) -> None:
    acquired = leased(backend)
    ending = replace(acquired, status=RunStatus.COMPLETED, counters=Counters(added=5))

    assert backend.runs.commit(ending) == backend.runs.commit(ending)
    assert stored(backend, run()) == backend.runs.commit(ending)


def test_after_a_commit_the_same_lease_stores_nothing_more(backend: Backend) -> None:
    acquired = leased(backend)
    committed = backend.runs.commit(replace(acquired, wake_at=NOW))

    with pytest.raises(LeaseLost):
        backend.runs.checkpoint(replace(acquired, absent=9))
    assert backend.runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW) is None
    assert stored(backend, run()) == committed


def test_a_late_repetition_of_a_commit_does_not_disturb_the_next_lease(backend: Backend) -> None:
    acquired = leased(backend)
    committed = backend.runs.commit(replace(acquired, wake_at=NOW))
    following = backend.runs.acquire(committed, owner="worker-2", until=UNTIL, now=NOW)

    with pytest.raises(LeaseLost):
        backend.runs.commit(replace(acquired, wake_at=NOW))
    assert stored(backend, run()) == following


def test_the_next_worker_begins_at_the_committed_tick(backend: Backend) -> None:
    committed = backend.runs.commit(replace(leased(backend), wake_at=NOW))
    following = backend.runs.acquire(committed, owner="worker-2", until=UNTIL, now=NOW)

    assert following is not None
    assert (following.tick, following.epoch) == (1, 2)
