"""Runs that a user starts, and the keys they are started with."""

from __future__ import annotations

import pytest

from shared.domain.errors import Conflict
from shared.domain.run import Mode
from shared.domain.settings import SyncStatus
from shared.ports import WakeUp
from tests.unit.run_sync.system import SYNC, TENANT, System


def system_of_three() -> System:
    system = System()
    for number in range(3):
        system.world.add(f"c{number}@example.com")
    return system


def test_a_key_whose_request_was_refused_stands_for_nothing() -> None:
    system = system_of_three()
    first = system.start()
    with pytest.raises(Conflict):
        system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k")
    system.settle()
    system.clock.sleep(60)
    second = system.run()
    system.clock.sleep(60)
    third = system.control.start_by_user(TENANT, SYNC, mode=Mode.INCREMENTAL, key="k")
    newest_first = [run.id for run in system.runs.list(TENANT, SYNC, limit=9, cursor=None).items]
    assert newest_first == [third.id, second.id, first.id]


@pytest.mark.parametrize(("port", "method"), [("syncs", "update"), ("runs", "create"), ("queue", "send")])
def test_a_key_is_the_same_run_also_after_a_crash(
    monkeypatch: pytest.MonkeyPatch, port: str, method: str
) -> None:
    system = system_of_three()

    def crash(*_args: object, **_named: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(getattr(system, port), method, crash)
        with pytest.raises(RuntimeError):
            system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k")
    system.clock.sleep(60)
    run = system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k")
    system.settle()
    assert [each.id for each in system.runs.stored.values()] == [run.id]
    assert system.control.start_by_user(TENANT, SYNC, mode=Mode.FULL, key="k").id == run.id


def test_a_run_that_the_user_starts_takes_the_old_message_away() -> None:
    system = system_of_three()
    system.change(status=SyncStatus.NEEDS_ATTENTION, attention="The list is gone.")
    firing = WakeUp("fire", TENANT, SYNC, scheduled_at=system.clock.now().isoformat())
    system.deliver(firing)
    assert system.sync.attention == "The list is gone."
    system.settle()
    system.change(status=SyncStatus.NEEDS_ATTENTION, attention="The list is gone.")
    system.start()
    assert (system.sync.status, system.sync.attention) == (SyncStatus.ACTIVE, "")
