"""Answers that get lost, batches that are only partly taken, workers that collide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.dynamodb.connections import DynamoConnections
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.rate_limiter import DynamoRateLimiter
from shared.adapters.dynamodb.runs import DynamoRuns
from shared.adapters.dynamodb.syncs import DynamoSyncs
from shared.adapters.dynamodb.table import Table
from shared.adapters.dynamodb.tokens import DynamoTokenStore
from shared.domain import pacing
from shared.domain.errors import RetryLater
from shared.domain.run import RunStatus
from tests import fakes
from tests.contract.backends import Aws
from tests.factories import NOW, busy_run, connection, ledger_entry, run, sync, tokens

UNTIL = NOW + timedelta(seconds=240)
WRITES = ("put_item", "update_item")

SUBSCRIBE = replace(pacing.SUBSCRIBE, burst=1)


class Meddled:
    """A DynamoDB client of which `around` sees every call: it gets the name, the call and its arguments."""

    def __init__(self, client: Any, around: Callable[[str, Callable[..., Any], dict[str, Any]], Any]) -> None:
        self._client = client
        self._around = around
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        if not name.endswith(("_item", "_items")):
            return real

        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            return self._around(name, real, arguments)

        return call


def sent_twice(name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """As the SDK does when a write was carried out and its answer got lost."""
    if name in WRITES:
        call(**arguments)
    return call(**arguments)


@pytest.fixture
def clock() -> fakes.VirtualClock:
    return fakes.VirtualClock(NOW)


@pytest.fixture
def forgetful(aws: Aws, clock: fakes.VirtualClock) -> Table:
    return Table(Meddled(aws.dynamodb, sent_twice), aws.make_table(), clock)  # type: ignore[arg-type]


# ---- lost answers -------------------------------------------------------------------------------------


def test_a_creation_whose_answer_was_lost_is_a_success(forgetful: Table) -> None:
    assert DynamoConnections(forgetful).create(connection())
    assert DynamoSyncs(forgetful).create(sync())
    assert DynamoRuns(forgetful).create(run())
    assert not DynamoRuns(forgetful).create(run())


def test_an_update_whose_answer_was_lost_is_a_success(forgetful: Table) -> None:
    connections, syncs = DynamoConnections(forgetful), DynamoSyncs(forgetful)
    connections.create(connection())
    syncs.create(sync())

    assert connections.update(connection())
    assert syncs.update(sync())
    assert not connections.update(connection())
    assert not syncs.update(sync())


def test_a_run_whose_every_answer_is_lost_is_worked_off_all_the_same(forgetful: Table) -> None:
    runs = DynamoRuns(forgetful)
    runs.create(run(status=RunStatus.PAUSED))
    runs.wake("tenant-1", "sync-1", run().id, NOW)
    acquired = runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW)

    assert acquired is not None
    assert acquired.epoch == 1
    progressed = replace(busy_run(), epoch=1, lease_owner="worker-1")
    runs.checkpoint(progressed)
    committed = runs.commit(replace(progressed, status=RunStatus.COMPLETED, wake_at=None))
    assert committed.tick == 1
    assert runs.get("tenant-1", "sync-1", run().id) == committed


def test_slots_whose_answer_was_lost_are_not_reserved_twice(
    forgetful: Table, clock: fakes.VirtualClock
) -> None:
    limiter = DynamoRateLimiter(forgetful, clock)
    horizon = NOW + timedelta(minutes=1)
    first = limiter.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=horizon)
    second = limiter.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=horizon)

    assert second.first_at == pytest.approx(first.first_at + 10 * first.interval_seconds, abs=1e-5)


def test_the_refresh_lock_and_the_digest_key_survive_lost_answers(forgetful: Table) -> None:
    store = DynamoTokenStore(forgetful, fakes.Cipher())
    store.save("tenant-1", tokens())

    assert store.begin_refresh("tenant-1", "a", UNTIL, NOW)
    assert store.save_refreshed("tenant-1", "a", tokens(access_token="1000.newer"))
    store.end_refresh("tenant-1", "a")
    assert store.begin_refresh("tenant-1", "b", UNTIL, NOW)
    assert store.digest_key("tenant-1") == store.digest_key("tenant-1")


# ---- batches that are only partly taken ---------------------------------------------------------------


def part_by_part(taken: int) -> Callable[[str, Callable[..., Any], dict[str, Any]], Any]:
    """Carry out the first `taken` requests of a batch and hand the others back, as a busy table does."""

    def around(name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if not name.startswith("batch"):
            return call(**arguments)
        ((table, wanted),) = arguments["RequestItems"].items()
        if name == "batch_write_item":
            now, later = wanted[:taken], wanted[taken:]
            call(RequestItems={table: now})
            return {"UnprocessedItems": {table: later} if later else {}}
        now, later = wanted["Keys"][:taken], wanted["Keys"][taken:]
        answer = call(RequestItems={table: {**wanted, "Keys": now}})
        answer["UnprocessedKeys"] = {table: {**wanted, "Keys": later}} if later else {}
        return answer

    return around


def test_what_a_busy_table_hands_back_is_sent_again_until_all_is_stored(
    aws: Aws, clock: fakes.VirtualClock
) -> None:
    client = Meddled(aws.dynamodb, part_by_part(taken=7))
    ledger = DynamoLedger(Table(client, aws.make_table(), clock), clock)  # type: ignore[arg-type]
    entries = [ledger_entry(number) for number in range(60)]
    ids = [entry.contact_id for entry in entries]
    ledger.put_many("tenant-1", "sync-1", entries)

    assert client.calls.count("batch_write_item") == 4 + 4 + 2
    assert ledger.get_many("tenant-1", "sync-1", ids) == {entry.contact_id: entry for entry in entries}
    ledger.delete_many("tenant-1", "sync-1", ids)
    assert list(ledger.entries("tenant-1", "sync-1")) == []


def test_a_busy_table_is_given_time_and_ever_more_of_it(aws: Aws, clock: fakes.VirtualClock) -> None:
    pauses: list[float] = []
    clock.sleep = pauses.append  # type: ignore[assignment,method-assign]
    client = Meddled(aws.dynamodb, part_by_part(taken=2))
    ledger = DynamoLedger(Table(client, aws.make_table(), clock), clock)  # type: ignore[arg-type]
    ledger.put_many("tenant-1", "sync-1", [ledger_entry(number) for number in range(25)])

    assert len(pauses) == 12
    longest = [min(5.0, 0.05 * 2**number) for number in range(12)]
    assert all(limit / 2 <= pause <= limit for pause, limit in zip(pauses, longest, strict=True))


# ---- collisions ---------------------------------------------------------------------------------------


def test_a_worker_that_was_overtaken_takes_the_slots_that_follow(aws: Aws, clock: fakes.VirtualClock) -> None:
    name = aws.make_table()
    horizon = NOW + timedelta(minutes=1)
    other = DynamoRateLimiter(Table(aws.dynamodb, name, clock), clock)
    overtakings: Iterator[int] = iter(range(3))

    def overtaken(call_name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if call_name == "update_item" and next(overtakings, None) is not None:
            other.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=horizon)
        return call(**arguments)

    slow = DynamoRateLimiter(Table(Meddled(aws.dynamodb, overtaken), name, clock), clock)  # type: ignore[arg-type]
    slots = slow.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=horizon)

    assert slots.first_at == pytest.approx(NOW.timestamp() + 30 * slots.interval_seconds, abs=1e-4)


def test_a_worker_that_is_always_overtaken_gives_up_for_now(aws: Aws, clock: fakes.VirtualClock) -> None:
    name = aws.make_table()
    horizon = NOW + timedelta(minutes=1)
    other = DynamoRateLimiter(Table(aws.dynamodb, name, clock), clock)

    def overtaken(call_name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if call_name == "update_item":
            other.take("account", SUBSCRIBE, now=NOW, wanted=1, horizon=horizon)
        return call(**arguments)

    slow = DynamoRateLimiter(Table(Meddled(aws.dynamodb, overtaken), name, clock), clock)  # type: ignore[arg-type]
    with pytest.raises(RetryLater):
        slow.take("account", SUBSCRIBE, now=NOW, wanted=1, horizon=horizon)
    assert clock.now() - NOW < timedelta(seconds=5)


def test_slots_taken_while_somebody_blocks_do_not_lift_the_block(aws: Aws, clock: fakes.VirtualClock) -> None:
    name = aws.make_table()
    horizon, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=30)
    other = DynamoRateLimiter(Table(aws.dynamodb, name, clock), clock)

    def blocked_meanwhile(call_name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if call_name == "update_item":
            other.block("account", SUBSCRIBE, until)
        return call(**arguments)

    slow = DynamoRateLimiter(Table(Meddled(aws.dynamodb, blocked_meanwhile), name, clock), clock)  # type: ignore[arg-type]
    slow.take("account", SUBSCRIBE, now=NOW, wanted=1, horizon=horizon)

    assert other.take("account", SUBSCRIBE, now=NOW, wanted=1, horizon=horizon).count == 0


def test_a_wake_that_collides_with_another_write_looks_again(aws: Aws, clock: fakes.VirtualClock) -> None:
    name = aws.make_table()
    other = DynamoRuns(Table(aws.dynamodb, name, clock))
    other.create(run(status=RunStatus.PAUSED))
    collisions: Iterator[int] = iter(range(1))

    def woken_meanwhile(call_name: str, call: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        if call_name == "update_item" and next(collisions, None) is not None:
            other.wake("tenant-1", "sync-1", run().id, NOW)
        return call(**arguments)

    runs = DynamoRuns(Table(Meddled(aws.dynamodb, woken_meanwhile), name, clock))  # type: ignore[arg-type]
    later = NOW + timedelta(minutes=1)

    assert runs.wake("tenant-1", "sync-1", run().id, later) == run(wake_at=later)


def test_an_index_that_lags_behind_wakes_nobody_who_is_not_due(aws: Aws, clock: fakes.VirtualClock) -> None:
    table = Table(aws.dynamodb, aws.make_table(), clock)
    runs = DynamoRuns(table)
    for number in range(4):
        runs.create(run(id=f"run-{number}"))
    seen = {shard: table.due(f"DUE#{shard}", "9", 10) for shard in range(8)}
    runs.acquire(run(id="run-0"), owner="a", until=UNTIL, now=NOW)
    acquired = runs.acquire(run(id="run-1"), owner="a", until=UNTIL, now=NOW)
    assert acquired is not None
    runs.commit(replace(acquired, status=RunStatus.COMPLETED))
    aws.dynamodb.delete_item(
        TableName=table._name, Key={"pk": {"S": "T#tenant-1#R#sync-1"}, "sk": {"S": "run-2"}}
    )
    table.due = lambda shard, until, limit: seen[int(shard[-1])]  # type: ignore[method-assign]

    assert [due.id for due in runs.due(NOW, limit=10)] == ["run-3"]
