"""Runs: a wish to wake one that a worker holds is not lost, whenever it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import LeaseLost
from shared.domain.run import Run, RunStatus
from tests.contract.backends import Backend
from tests.factories import NOW, run

UNTIL = NOW + timedelta(seconds=240)
WISHED_AT = NOW + timedelta(seconds=7)


def nudged(backend: Backend) -> Run:
    """Return a run that is held, and that somebody wished to wake meanwhile."""
    backend.runs.create(run())
    held = backend.runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW)
    assert held is not None
    assert backend.runs.wake(held.tenant, held.sync_id, held.id, WISHED_AT) is None
    return held


@pytest.mark.parametrize("wake_at", [None, NOW + timedelta(minutes=30)])
def test_a_wish_during_a_slice_makes_the_run_due_when_the_slice_ends(
    backend: Backend, wake_at: object
) -> None:
    held = nudged(backend)
    committed = backend.runs.commit(replace(held, status=RunStatus.WAITING, wake_at=wake_at))  # type: ignore[arg-type]

    assert (committed.status, committed.wake_at) == (RunStatus.WAITING, WISHED_AT)
    assert backend.runs.due(WISHED_AT, limit=9) == [committed]


def test_a_wish_during_the_slice_that_pauses_a_run_queues_it_again(backend: Backend) -> None:
    held = nudged(backend)
    committed = backend.runs.commit(replace(held, status=RunStatus.PAUSED, wake_at=None))

    assert (committed.status, committed.wake_at) == (RunStatus.QUEUED, WISHED_AT)
    assert [due.id for due in backend.runs.due(WISHED_AT, limit=9)] == [held.id]


def test_a_wish_does_not_revive_a_run_that_ended(backend: Backend) -> None:
    held = nudged(backend)
    committed = backend.runs.commit(replace(held, status=RunStatus.COMPLETED, wake_at=None))

    assert (committed.status, committed.wake_at) == (RunStatus.COMPLETED, None)
    assert backend.runs.due(UNTIL, limit=9) == []


def test_a_wish_counts_for_one_slice_only(backend: Backend) -> None:
    held = nudged(backend)
    committed = backend.runs.commit(replace(held, status=RunStatus.WAITING, wake_at=None))
    again = backend.runs.acquire(committed, owner="worker-2", until=UNTIL, now=NOW)
    assert again is not None

    parked = backend.runs.commit(replace(again, status=RunStatus.WAITING, wake_at=None))

    assert parked.wake_at is None
    assert backend.runs.due(UNTIL, limit=9) == []


def test_a_wish_is_met_by_the_worker_that_takes_the_run_over(backend: Backend) -> None:
    held = nudged(backend)
    successor = backend.runs.acquire(held, owner="worker-2", until=UNTIL + timedelta(hours=1), now=UNTIL)
    assert successor is not None

    parked = backend.runs.commit(replace(successor, status=RunStatus.PAUSED, wake_at=None))

    assert (parked.status, parked.wake_at) == (RunStatus.PAUSED, None)


def test_a_wish_helps_nobody_to_commit_without_the_lease(backend: Backend) -> None:
    held = nudged(backend)
    with pytest.raises(LeaseLost):
        backend.runs.commit(replace(held, lease_owner="stranger", status=RunStatus.WAITING, wake_at=None))


def test_a_commit_after_a_wish_may_be_repeated(backend: Backend) -> None:
    held = nudged(backend)
    wanted = replace(held, status=RunStatus.WAITING, wake_at=None)

    assert backend.runs.commit(wanted) == backend.runs.commit(wanted)


def test_a_checkpoint_keeps_the_wish(backend: Backend) -> None:
    held = nudged(backend)
    backend.runs.checkpoint(held)

    assert backend.runs.commit(replace(held, status=RunStatus.WAITING, wake_at=None)).wake_at == WISHED_AT
