"""Messages that arrive twice, late, for what is gone; answers that get lost; an account that is locked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.adapters.zoho.pace import Pace
from shared.domain.connection import ConnectionStatus
from shared.domain.errors import RateLimited, RetryLater
from shared.domain.pacing import SUBSCRIBE
from shared.domain.run import Mode, Run, RunStatus, Trigger
from shared.ports import WakeUp
from tests.fakes.crashing import Crash
from tests.fakes.zoho import Campaigns
from tests.unit.run_sync.system import SYNC, TENANT, System
from tests.unit.run_sync.test_broken_runs import broken_slices, come_back, die_at_post, stored
from tests.unit.run_sync.test_interruptions import (
    assert_all_delivered_once,
    during_the_run,
    fire,
    system_of,
)

Subscribe = Callable[[Campaigns, str, Sequence[str], Mapping[str, str]], None]


# ---- messages delivered again -------------------------------------------------------------------------


def test_a_message_delivered_twice_or_late_does_nothing_more() -> None:
    undisturbed = system_of(2000).run()
    system = system_of(2000)
    started = system.start()
    delivered: list[WakeUp] = []

    def again() -> None:
        """Deliver every message so far once more; none of them posts anybody or takes a slice."""
        posts, epoch = len(system.world.posts), stored(system, started).epoch
        for message in delivered:
            system.deliver(message)
        assert (len(system.world.posts), stored(system, started).epoch) == (posts, epoch)

    while (message := system.queue.receive()) is not None:
        delivered.append(message)
        during_the_run(system, 60, again)  # while its slice is at work
        system.deliver(message)
        again()  # between two slices
    assert len(delivered) > 2
    assert system.ended(started).tick == undisturbed.tick
    assert_all_delivered_once(system, 2000)


def test_a_message_redriven_twice_from_the_dead_letter_queue_does_nothing_more() -> None:
    """The firing, and a slice whose worker died, come back while others have gone on with the run."""
    system = system_of(2000)
    dead = [fire(system)]
    system.deliver(dead[0])
    (started,) = system.runs.stored.values()
    system.deliver()
    die_at_post(system, 60)
    dead += [sent.message for sent in system.queue.sent]
    broken_slices(system, 1, Crash)
    come_back(system)
    system.clock.sleep(241)
    system.sweeper.sweep()

    def redrive() -> None:
        posts, epoch = len(system.world.posts), stored(system, started).epoch
        for message in dead * 2:
            system.deliver(message)
        assert (len(system.world.posts), stored(system, started).epoch) == (posts, epoch)
        assert len(system.runs.stored) == 1

    while (message := system.queue.receive()) is not None:
        during_the_run(system, 60, redrive)
        system.deliver(message)
        redrive()
    assert system.ended(started).counted.added == 2000
    assert len(system.world.posts) <= 2000 + 25


# ---- messages for what is gone ------------------------------------------------------------------------


def remove_sync(system: System) -> None:
    system.syncs.delete(TENANT, SYNC)


def replace_sync(system: System) -> None:
    sync = system.sync
    remove_sync(system)
    system.syncs.create(replace(sync, id="another", current_run_id=None))


def remove_connection(system: System) -> None:
    system.connections.delete(TENANT)


@pytest.mark.parametrize("gone", [remove_sync, replace_sync, remove_connection])
def test_a_message_of_a_removed_sync_calls_nobody_and_ends_its_run(gone: Callable[[System], None]) -> None:
    system = system_of(30)
    started = system.start()
    gone(system)
    system.deliver()
    assert stored(system, started).status is RunStatus.CANCELLED
    assert system.world.calls == {}
    assert (system.queue.sent, system.runs.next_due_at()) == ([], None)


# ---- answers that get lost ----------------------------------------------------------------------------


def test_a_post_whose_answer_was_lost_is_sent_again_at_once_and_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = system_of(500)
    subscribe: Subscribe = Campaigns.subscribe
    posts = 0

    def answer_lost(to: Campaigns, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
        nonlocal posts
        posts += 1
        subscribe(to, list_key, topics, info)
        if posts % 50 == 0:
            raise RetryLater("did not answer in time")

    monkeypatch.setattr(Campaigns, "subscribe", answer_lost)
    run = system.run()
    assert (run.counted.added, run.counted.total, run.tick) == (500, 500, 1)
    sent = Counter(email for _, email in system.world.posts)
    assert len(sent) == 500
    assert Counter(sent.values()) == {1: 490, 2: 10}


# ---- a locked account ---------------------------------------------------------------------------------


def test_a_lock_parks_every_run_of_the_campaigns_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tenants share an account: what Zoho tells the one, the other does not ask for."""
    system = system_of(30)
    first = system.start()
    second = second_tenant(system)
    subscribe: Subscribe = Campaigns.subscribe
    pace = Pace(system.limiter, system.clock, system.connections.stored[TENANT].campaigns_account)
    asked = 0

    def locked_at_ten(to: Campaigns, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
        nonlocal asked
        asked += 1
        if asked == 10:
            raise RateLimited("locked", wait_seconds=1800)
        subscribe(to, list_key, topics, info)

    def guarded(to: Campaigns, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
        pace.guard(SUBSCRIBE, lambda: locked_at_ten(to, list_key, topics, info))

    monkeypatch.setattr(Campaigns, "subscribe", guarded)
    locked_at = system.clock.now()
    system.deliver()
    system.deliver()
    for run in (first, second):
        parked = system.runs.get(run.tenant, run.sync_id, run.id)
        assert parked is not None
        assert (parked.status, parked.waiting_for) == (RunStatus.WAITING, "rate_limit")
        assert parked.wake_at is not None
        assert parked.wake_at - locked_at >= timedelta(minutes=30)
    assert asked == 10
    system.settle()
    ended = system.runs.get(second.tenant, second.sync_id, second.id)
    assert ended is not None
    assert (system.ended(first).counted.added, ended.counted.total) == (30, 30)
    assert asked == 61


def second_tenant(system: System) -> Run:
    """Connect another tenant to the same account, with a sync of its own; return its run."""
    connection = replace(system.connections.stored[TENANT], tenant="other", status=ConnectionStatus.CONNECTED)
    system.connections.create(connection)
    sync = replace(system.sync, tenant="other", id="sync-2", current_run_id=None)
    system.syncs.create(sync)
    return system.control.start(sync, trigger=Trigger.MANUAL, mode=Mode.FULL)
