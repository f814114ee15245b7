"""Runs: when they are due, waking them, listing them, deleting them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import BadRequest
from shared.domain.run import Run, RunStatus, run_id
from tests.contract.backends import Backend
from tests.factories import NOW, run

UNTIL = NOW + timedelta(seconds=240)
LATER = NOW + timedelta(days=30)
ENDED = [status for status in RunStatus if status.ended]


def due_ids(backend: Backend, moment: object = LATER, limit: int = 100) -> list[str]:
    return [due.id for due in backend.runs.due(moment, limit=limit)]  # type: ignore[arg-type]


def leased(backend: Backend, start: Run) -> Run:
    assert backend.runs.create(start)
    acquired = backend.runs.acquire(start, owner="worker-1", until=UNTIL, now=NOW)
    assert acquired is not None
    return acquired


# ---- due ----------------------------------------------------------------------------------------------


def test_a_new_run_is_due_at_its_wake_time(backend: Backend) -> None:
    backend.runs.create(run(wake_at=NOW + timedelta(minutes=1)))

    assert backend.runs.due(NOW, limit=10) == []
    assert backend.runs.due(NOW + timedelta(minutes=1), limit=10) == [run(wake_at=NOW + timedelta(minutes=1))]


def test_a_run_without_a_wake_time_is_not_due(backend: Backend) -> None:
    backend.runs.create(run(wake_at=None))
    acquired = leased(backend, run(id="waiting-for-the-user"))
    backend.runs.commit(replace(acquired, status=RunStatus.WAITING, wake_at=None))

    assert due_ids(backend) == []


@pytest.mark.parametrize("status", [RunStatus.PAUSED, *ENDED])
def test_a_paused_or_ended_run_is_not_due_whatever_its_wake_time(backend: Backend, status: RunStatus) -> None:
    backend.runs.create(run(id="born-so", status=status))
    backend.runs.commit(replace(leased(backend, run()), status=status, wake_at=NOW))

    assert due_ids(backend) == []


def test_a_leased_run_is_due_when_its_lease_ends(backend: Backend) -> None:
    acquired = leased(backend, run())

    assert due_ids(backend, UNTIL - timedelta(microseconds=1)) == []
    assert backend.runs.due(UNTIL, limit=10) == [acquired]


def test_a_committed_run_is_due_at_the_time_it_was_committed_with(backend: Backend) -> None:
    wake_at = NOW + timedelta(hours=1)
    acquired = leased(backend, run())
    committed = backend.runs.commit(replace(acquired, status=RunStatus.WAITING, wake_at=wake_at))

    assert due_ids(backend, wake_at - timedelta(microseconds=1)) == []
    assert backend.runs.due(wake_at, limit=10) == [committed]


def test_runs_of_all_tenants_are_due_longest_waiting_first(backend: Backend) -> None:
    for number in (5, 1, 9, 3, 7, 2, 8, 6, 4, 0):
        start = run(id=f"run-{number}", tenant=f"tenant-{number}", wake_at=NOW - timedelta(minutes=number))
        backend.runs.create(start)

    assert due_ids(backend, NOW) == [f"run-{number}" for number in range(9, -1, -1)]
    assert due_ids(backend, NOW, limit=3) == ["run-9", "run-8", "run-7"]
    assert due_ids(backend, NOW - timedelta(minutes=8)) == ["run-9", "run-8"]


# ---- wake ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunStatus.PAUSED, RunStatus.QUEUED),
        (RunStatus.WAITING, RunStatus.WAITING),
        (RunStatus.QUEUED, RunStatus.QUEUED),
        (RunStatus.RUNNING, RunStatus.RUNNING),
    ],
)
def test_waking_makes_a_resting_run_due_and_leaves_its_tick(
    backend: Backend, before: RunStatus, after: RunStatus
) -> None:
    at = NOW + timedelta(minutes=2)
    acquired = leased(backend, run())
    resting = backend.runs.commit(replace(acquired, status=before, wake_at=NOW + timedelta(hours=5)))
    woken = backend.runs.wake("tenant-1", "sync-1", resting.id, at)

    assert woken == replace(resting, status=after, wake_at=at)
    assert backend.runs.get("tenant-1", "sync-1", resting.id) == woken
    assert due_ids(backend, at - timedelta(microseconds=1)) == []
    assert due_ids(backend, at) == [resting.id]


def test_waking_twice_is_waking_once(backend: Backend) -> None:
    backend.runs.create(run(status=RunStatus.PAUSED))

    assert backend.runs.wake("tenant-1", "sync-1", run().id, NOW) == run()
    assert backend.runs.wake("tenant-1", "sync-1", run().id, NOW) == run()


def test_a_leased_run_is_not_woken(backend: Backend) -> None:
    acquired = leased(backend, run())

    assert backend.runs.wake("tenant-1", "sync-1", acquired.id, NOW) is None
    assert backend.runs.get("tenant-1", "sync-1", acquired.id) == acquired


@pytest.mark.parametrize("status", ENDED)
def test_a_run_that_has_ended_is_not_woken(backend: Backend, status: RunStatus) -> None:
    backend.runs.create(run(status=status))

    assert backend.runs.wake("tenant-1", "sync-1", run().id, NOW) is None
    assert due_ids(backend) == []


def test_a_run_that_is_gone_is_not_woken_nor_made(backend: Backend) -> None:
    assert backend.runs.wake("tenant-1", "sync-1", run().id, NOW) is None
    assert backend.runs.get("tenant-1", "sync-1", run().id) is None


# ---- listing ------------------------------------------------------------------------------------------


def listed(backend: Backend, limit: int, cursor: str | None = None) -> tuple[list[str], str | None]:
    page = backend.runs.list("tenant-1", "sync-1", limit=limit, cursor=cursor)
    return [item.id for item in page.items], page.cursor


def test_runs_are_listed_newest_first_page_by_page(backend: Backend) -> None:
    ids = [run_id("sync-1", NOW + timedelta(hours=hour)) for hour in range(7)]
    for number in (3, 0, 6, 1, 5, 2, 4):
        backend.runs.create(run(id=ids[number]))
    newest_first = ids[::-1]

    first, cursor = listed(backend, 3)
    second, cursor = listed(backend, 3, cursor)
    third, end = listed(backend, 3, cursor)

    assert first + second + third == newest_first
    assert [len(first), len(second), len(third)] == [3, 3, 1]
    assert end is None


def test_a_last_page_that_is_full_has_no_cursor(backend: Backend) -> None:
    for number in range(4):
        backend.runs.create(run(id=f"run-{number}"))

    assert listed(backend, 4) == (["run-3", "run-2", "run-1", "run-0"], None)
    assert listed(backend, 100)[1] is None


def test_an_empty_list_is_an_empty_page(backend: Backend) -> None:
    assert listed(backend, 10) == ([], None)


def test_a_run_made_meanwhile_does_not_shift_the_pages(backend: Backend) -> None:
    for number in range(4):
        backend.runs.create(run(id=f"run-{number}"))
    _, cursor = listed(backend, 2)
    backend.runs.create(run(id="run-9"))

    assert listed(backend, 2, cursor) == (["run-1", "run-0"], None)


def test_a_list_shows_the_runs_of_one_sync_only(backend: Backend) -> None:
    backend.runs.create(run(id="mine"))
    backend.runs.create(run(id="of-another-sync", sync_id="sync-2"))
    backend.runs.create(run(id="of-another-tenant", tenant="tenant-2"))

    assert listed(backend, 10) == (["mine"], None)


@pytest.mark.parametrize("cursor", ["", "nonsense", "!!!", "a" * 5000, "AAAAAAAAAAA", "é", "cnVuLTE="])
def test_a_cursor_that_was_never_given_out_is_refused(backend: Backend, cursor: str) -> None:
    backend.runs.create(run())

    with pytest.raises(BadRequest) as refused:
        backend.runs.list("tenant-1", "sync-1", limit=10, cursor=cursor)
    assert refused.value.code == "cursor_invalid"


def test_a_cursor_of_another_list_is_refused(backend: Backend) -> None:
    for tenant, sync_id in (("tenant-1", "sync-1"), ("tenant-1", "sync-2"), ("tenant-2", "sync-1")):
        for number in range(3):
            backend.runs.create(run(id=f"run-{number}", tenant=tenant, sync_id=sync_id))
    foreign = backend.runs.list("tenant-2", "sync-1", limit=1, cursor=None).cursor
    sibling = backend.runs.list("tenant-1", "sync-2", limit=1, cursor=None).cursor

    for cursor in (foreign, sibling):
        with pytest.raises(BadRequest):
            backend.runs.list("tenant-1", "sync-1", limit=10, cursor=cursor)


def test_a_cursor_that_was_tampered_with_is_refused(backend: Backend) -> None:
    for number in range(3):
        backend.runs.create(run(id=f"run-{number}"))
    _, cursor = listed(backend, 1)
    assert cursor is not None
    swap = {True: "A", False: "B"}

    for place in range(len(cursor)):
        changed = cursor[:place] + swap[cursor[place] != "A"] + cursor[place + 1 :]
        with pytest.raises(BadRequest):
            listed(backend, 1, changed)


# ---- deleting -----------------------------------------------------------------------------------------


def test_deleting_erases_the_runs_of_one_sync(backend: Backend) -> None:
    for number in range(60):
        backend.runs.create(run(id=f"run-{number:02d}"))
    backend.runs.create(run(id="kept", sync_id="sync-2"))
    backend.runs.delete_all("tenant-1", "sync-1")
    backend.runs.delete_all("tenant-1", "sync-1")

    assert listed(backend, 100) == ([], None)
    assert due_ids(backend) == ["kept"]
