"""A call to DynamoDB that goes wrong once, wherever it is, leaves the same answers and the same table."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import ClientError

from shared.adapters.aws import AwsClients
from shared.adapters.dynamodb.authorizations import DynamoAuthorizations
from shared.adapters.dynamodb.connections import DynamoConnections
from shared.adapters.dynamodb.idempotency import DynamoIdempotency
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.notifications import DynamoNotifications
from shared.adapters.dynamodb.rate_limiter import DynamoRateLimiter
from shared.adapters.dynamodb.runs import DynamoRuns
from shared.adapters.dynamodb.syncs import DynamoSyncs
from shared.adapters.dynamodb.table import Table
from shared.adapters.dynamodb.tokens import DynamoTokenStore
from shared.domain.pacing import SUBSCRIBE
from shared.domain.run import RunStatus
from tests import fakes
from tests.contract.backends import table_design
from tests.emulators.faults import CLOSED, KINDS, LOST, Choice, Faults, PartlyTaken, only
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

UNTIL = NOW + timedelta(seconds=240)
TENANT, SYNC = "tenant-1", "sync-1"


@dataclass(frozen=True, slots=True)
class Outcome:
    answers: list[Any]
    items: list[dict[str, Any]]
    calls: list[str]


class Account:
    """One endpoint; a fresh client and a fresh table for every attempt."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.dynamodb = self._client()

    def _client(self) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", self._url)
            return AwsClients().dynamodb

    def meddled_table(self, choose: Choice) -> tuple[Table, Faults]:
        client = self._client()
        name = f"table-{uuid.uuid4().hex}"
        self.dynamodb.create_table(TableName=name, **table_design())
        return Table(client, name, fakes.VirtualClock(NOW)), Faults(client, choose)

    def items(self, table: Table) -> list[dict[str, Any]]:
        """The table but for what is random by intent: the marks of writes."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table._name)
        found = [
            {name: value for name, value in item.items() if name != "w"}
            for page in pages
            for item in page["Items"]
        ]
        return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.fixture(scope="package", params=["ministack", pytest.param("dynamodb_local", marks=pytest.mark.slow)])
def account(request: pytest.FixtureRequest) -> Account:
    return Account(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's pauses between attempts are not what is tested."""
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))


def people(table: Table) -> Iterator[Any]:
    """What connecting, configuring and leaving do to the table."""
    cipher = fakes.Cipher()
    connections, syncs, store = DynamoConnections(table), DynamoSyncs(table), DynamoTokenStore(table, cipher)
    DynamoAuthorizations(table, cipher).save(authorization())
    yield connections.create(connection())
    yield connections.create(connection())
    yield connections.update(connection(gdpr_enabled=True))
    yield connections.get(TENANT)
    store.save(TENANT, tokens())
    yield store.begin_refresh(TENANT, "a", UNTIL, NOW)
    yield store.save_refreshed(TENANT, "a", tokens(access_token="1000.newer"))
    store.end_refresh(TENANT, "a")
    yield store.get(TENANT)
    yield syncs.create(sync())
    yield syncs.update(sync())
    yield syncs.update(sync())
    idempotency = DynamoIdempotency(table, fakes.VirtualClock(NOW))
    yield idempotency.claim(TENANT, "run", "key", "body", "first")
    yield idempotency.claim(TENANT, "run", "key", "body", "second")
    syncs.delete(TENANT, SYNC)
    store.delete(TENANT)
    connections.delete(TENANT)
    yield connections.get(TENANT)


def a_run(table: Table) -> Iterator[Any]:
    """What a run does to the table."""
    clock = fakes.VirtualClock(NOW)
    runs, ledger, limiter = DynamoRuns(table), DynamoLedger(table, clock), DynamoRateLimiter(table, clock)
    notifications = DynamoNotifications(table)
    yield runs.create(run(status=RunStatus.PAUSED))
    yield runs.create(run())
    yield runs.wake(TENANT, SYNC, run().id, NOW)
    yield runs.acquire(run(), owner="worker-1", until=UNTIL, now=NOW)
    yield runs.acquire(run(), owner="worker-2", until=UNTIL, now=NOW)
    yield limiter.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=NOW + timedelta(minutes=1))
    ledger.put_many(TENANT, SYNC, [ledger_entry(number) for number in range(30)])
    progressed = replace(busy_run(), epoch=1, lease_owner="worker-1")
    runs.checkpoint(progressed)
    yield runs.commit(replace(progressed, status=RunStatus.COMPLETED, wake_at=None))
    notifications.put(TENANT, notification(0))
    yield notifications.mark_read(TENANT, notification(0).id, NOW)
    yield limiter.take("account", SUBSCRIBE, now=NOW, wanted=10, horizon=NOW + timedelta(minutes=1))
    yield sorted(ledger.get_many(TENANT, SYNC, [ledger_entry(number).contact_id for number in range(40)]))
    ledger.delete_many(TENANT, SYNC, [ledger_entry(number).contact_id for number in range(10)])
    yield [entry.contact_id for entry in ledger.entries(TENANT, SYNC)]
    yield runs.list(TENANT, SYNC, limit=5, cursor=None)


STORIES = {"people": people, "a run": a_run}


def attempt(account: Account, story: str, choose: Choice) -> Outcome:
    table, faults = account.meddled_table(choose)
    answers = list(STORIES[story](table))
    outcome = Outcome(answers, account.items(table), faults.calls)
    account.dynamodb.delete_table(TableName=table._name)
    return outcome


@pytest.mark.parametrize("kind", [LOST, *(pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS[1:])])
@pytest.mark.parametrize("story", STORIES)
def test_one_failed_call_anywhere_changes_nothing(account: Account, story: str, kind: str) -> None:
    expected = attempt(account, story, lambda _at: "")
    assert len(expected.calls) > 10
    for number, name in enumerate(expected.calls):
        met = attempt(account, story, only(number, kind))
        assert met.answers == expected.answers, (number, name)
        assert met.items == expected.items, (number, name)
        assert len(met.calls) > len(expected.calls), (number, name)


@pytest.mark.parametrize("story", STORIES)
def test_every_first_answer_may_be_lost(account: Account, story: str) -> None:
    expected = attempt(account, story, lambda _at: "")
    met = attempt(account, story, lambda at: "" if at % 2 else LOST)
    assert (met.answers, met.items) == (expected.answers, expected.items)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_fails_five_times_is_given_up_and_nothing_is_written(account: Account, kind: str) -> None:
    table, faults = account.meddled_table(lambda _at: kind)
    with pytest.raises(Exception, match=r"Exceeded|Internal|closed") as given_up:
        DynamoConnections(table).create(connection())
    assert isinstance(given_up.value, ClientError) or kind == CLOSED
    assert faults.calls == ["PutItem"] * 5
    assert account.items(table) == []


def test_a_batch_that_is_taken_in_parts_is_stored_whole(account: Account) -> None:
    table, faults = account.meddled_table(lambda _at: "")
    PartlyTaken(table._client, taken=7)
    ledger = DynamoLedger(table, fakes.VirtualClock(NOW))
    entries = [ledger_entry(number) for number in range(60)]
    ledger.put_many(TENANT, SYNC, entries)
    assert faults.calls == ["BatchWriteItem"] * (4 + 4 + 2)
    assert list(ledger.entries(TENANT, SYNC)) == entries
    ledger.delete_many(TENANT, SYNC, [entry.contact_id for entry in entries])
    assert account.items(table) == []
