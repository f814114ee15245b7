"""What the table holds: nothing readable that should not be, an end for the temporary, and small items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.dynamodb.cursors import Cursors
from shared.adapters.dynamodb.keys import Key, key, partition
from shared.adapters.dynamodb.notifications import DynamoNotifications
from shared.adapters.dynamodb.rate_limiter import DynamoRateLimiter
from shared.adapters.dynamodb.table import Table, UnreadableItem
from shared.domain.errors import BadRequest
from shared.domain.pacing import SUBSCRIBE, Pace
from shared.domain.run import RunStatus
from tests.contract.backends import Aws, Backend
from tests.factories import (
    NOW,
    authorization,
    busy_run,
    connection,
    ledger_entry,
    notification,
    run,
    sync,
    tokens,
)

LONG_TENANT, LONG_SYNC = "f" * 32, "01j9zq5x8k7m6n4p3r2s1t0v9w"


@pytest.fixture
def made(aws: Aws) -> Backend:
    return aws.backend()


def table_of(backend: Backend) -> Table:
    table: Table = backend.runs._table  # type: ignore[attr-defined]
    return table


def items(aws: Aws, backend: Backend) -> Iterator[dict[str, Any]]:
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=table_of(backend)._name)
    for page in pages:
        yield from page["Items"]


def size(item: dict[str, Any]) -> int:
    """Return an item's bytes as DynamoDB counts them: names, values, 3 for a map or list, 1 for each part."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, raw),) = value.items()
    if kind == "S":
        return len(raw.encode())
    if kind == "B":
        return len(bytes(raw))
    if kind == "N":
        return len(raw.lstrip("-")) // 2 + 2
    if kind == "M":
        return 3 + size(raw) + len(raw)
    if kind == "L":
        return 3 + sum(_value_size(each) + 1 for each in raw)
    return 1


# ---- secrets ------------------------------------------------------------------------------------------


def test_no_token_key_or_verifier_is_readable_in_the_table(aws: Aws, made: Backend) -> None:
    made.tokens.save("tenant-1", tokens(refresh_token="canary-refresh", access_token="canary-access"))
    made.authorizations.save(authorization(state="canary-state", code_verifier="canary-verifier"))
    digest_key = made.tokens.digest_key("tenant-1")
    stored = repr(list(items(aws, made)))

    assert "canary" not in stored
    assert digest_key not in [value.get("B") for item in items(aws, made) for value in item.values()]


def test_the_ledger_and_the_limiter_hold_no_address(aws: Aws, made: Backend) -> None:
    made.ledger.put_many("tenant-1", "sync-1", [ledger_entry()])
    made.limiter.take("campaigns/eu/owner@example.com", SUBSCRIBE, now=NOW, wanted=1, horizon=NOW)
    made.limiter.block("campaigns/eu/owner@example.com", SUBSCRIBE, NOW)

    assert "example.com" not in repr(list(items(aws, made)))


# ---- an end for what is temporary ---------------------------------------------------------------------


def expiries(aws: Aws, backend: Backend) -> list[int]:
    return [int(item["expires_at"]["N"]) for item in items(aws, backend) if "expires_at" in item]


def test_what_is_temporary_names_its_end(aws: Aws, made: Backend) -> None:
    def until(**duration: float) -> int:
        return int((NOW + timedelta(**duration)).timestamp())

    made.authorizations.save(authorization())
    assert expiries(aws, made) == [until(minutes=10)]
    made.idempotency.claim("tenant-1", "run", "key", "", "")
    assert sorted(expiries(aws, made)) == [until(minutes=10), until(days=1)]
    made.notifications.put("tenant-1", notification(0))
    assert sorted(expiries(aws, made))[2:] == [until(days=90)]
    made.runs.create(run(status=RunStatus.CANCELLED))
    assert sorted(expiries(aws, made))[3:] == [until(days=400)]


def test_tokens_have_an_end_only_while_they_are_kept_for_one(aws: Aws, made: Backend) -> None:
    ends_at = NOW + timedelta(days=1)
    made.tokens.save("tenant-1", tokens(), until=ends_at)
    assert expiries(aws, made) == [int(ends_at.timestamp())]
    made.tokens.save("tenant-1", tokens())
    assert expiries(aws, made) == []


def test_what_is_in_use_has_no_end(aws: Aws, made: Backend) -> None:
    made.connections.create(connection())
    made.tokens.save("tenant-1", tokens())
    made.syncs.create(sync())
    made.ledger.put_many("tenant-1", "sync-1", [ledger_entry()])
    made.runs.create(run())

    assert expiries(aws, made) == []


def test_a_run_gets_its_end_when_it_ends(aws: Aws, made: Backend) -> None:
    made.runs.create(run())
    acquired = made.runs.acquire(run(), owner="a", until=NOW + timedelta(minutes=4), now=NOW)
    assert acquired is not None
    made.runs.commit(replace(acquired, status=RunStatus.COMPLETED, started_at=NOW + timedelta(days=1)))

    assert expiries(aws, made) == [int((NOW + timedelta(days=401)).timestamp())]


# ---- releases side by side ----------------------------------------------------------------------------


def test_attributes_that_this_release_does_not_know_are_kept(aws: Aws, made: Backend) -> None:
    made.runs.create(run())
    at = key("tenant-1", "R", "sync-1", run().id)
    table_of(made).update(at, {"of_a_later_release": "kept"})
    acquired = made.runs.acquire(run(), owner="a", until=NOW + timedelta(minutes=4), now=NOW)
    assert acquired is not None
    made.runs.checkpoint(replace(acquired, absent=3))
    made.runs.commit(replace(acquired, wake_at=NOW))

    stored = table_of(made).get(at)
    assert stored is not None
    assert stored["of_a_later_release"] == "kept"


def test_an_item_in_a_form_of_a_later_release_is_not_guessed_at(aws: Aws, made: Backend) -> None:
    made.syncs.create(sync())
    aws.dynamodb.update_item(
        TableName=table_of(made)._name,
        Key={"pk": {"S": "T#tenant-1"}, "sk": {"S": "SYNC"}},
        UpdateExpression="SET v = :later",
        ExpressionAttributeValues={":later": {"N": "2"}},
    )

    with pytest.raises(UnreadableItem):
        made.syncs.get("tenant-1")


# ---- write units --------------------------------------------------------------------------------------


def test_a_ledger_entry_takes_less_than_400_bytes(aws: Aws, made: Backend) -> None:
    made.ledger.put_many(LONG_TENANT, LONG_SYNC, [ledger_entry()])
    (item,) = items(aws, made)

    assert size(item) < 400


def test_a_checkpoint_of_a_run_takes_at_most_two_write_units(aws: Aws, made: Backend) -> None:
    start = busy_run(tenant=LONG_TENANT, sync_id=LONG_SYNC)
    made.runs.create(start)
    made.runs.acquire(start, owner="f" * 32, until=NOW + timedelta(minutes=4), now=NOW)
    (item,) = items(aws, made)

    assert size(item) < 2 * 1024


def test_taking_slots_takes_one_write_unit_however_long_the_account_was_busy(aws: Aws, made: Backend) -> None:
    limiter = made.limiter
    assert isinstance(limiter, DynamoRateLimiter)
    at = Key("P#" + "f" * 64, SUBSCRIBE.name)
    full = {
        window.seconds: dict.fromkeys(range(1_900_000_000, 1_900_000_098), window.usable // 97)
        for window in SUBSCRIBE.windows[1:]
    }
    micro = 1e-6
    busy = Pace(NOW.timestamp() + micro, NOW.timestamp() + micro, full, 10**9)
    limiter._store(at, busy, Pace())
    limiter.block("another account", SUBSCRIBE, NOW)

    assert max(size(item) for item in items(aws, made)) + len("blocked_until") + 9 <= 1024


def test_a_cursor_is_known_to_every_process_and_made_by_nobody_else(aws: Aws, made: Backend) -> None:
    for number in (1, 2):
        made.notifications.put("alice", notification(number))
    cursor = made.notifications.list("alice", limit=1, cursor=None).cursor
    another_process = DynamoNotifications(Table(aws.dynamodb, table_of(made)._name, made.clock))
    assert list(another_process.list("alice", limit=1, cursor=cursor).items) == [notification(1)]
    forged = Cursors(lambda: b"a guess").after(partition("alice", "N"), notification(2).id)
    with pytest.raises(BadRequest):
        another_process.list("alice", limit=1, cursor=forged)
