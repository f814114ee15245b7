"""A first run whose calls to AWS fail on the wire ends, to the letter, as one in which none did.

Unlike the faults put inside the client, these reach the SDK through a socket: its parsing of errors, its
judgement of what is worth a repetition, and its pauses are tested with the engine. Cancelled transactions are
not among them: this product has no transaction.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from infra.zoho_sim import VirtualClock
from infra.zoho_sim.seed import seed
from shared import bootstrap
from shared.adapters.aws import AwsClients
from shared.adapters.dynamodb import table, tokens
from tests.emulators.fault_proxy import FaultProxy, Rule
from tests.security.product import Product

CUSTOMERS = 60
ATTEMPTS = 5
RANDOM = {"w", "tokens", "digest_key", "t"}
"""What differs between any two runs: marks of writes, ciphertexts, the moment at which one of several threads
was heard."""


def refusal(code: str, status: int) -> Rule:
    return {"error": {"code": code, "status": status}}


CLOSED: Rule = {"reset": True}
# Carried out, and the connection closed before the content of the answer.
LOST: Rule = {"response": {"abort_bytes": 0}}
THROTTLED = refusal("ProvisionedThroughputExceededException", 400)
FAULTS = {
    "dynamodb": [THROTTLED, refusal("InternalServerError", 500), CLOSED, LOST],
    # No throttle: microburst gives its code a prefix, which SQS does not, and the SDK takes it for final.
    "sqs": [refusal("ServiceUnavailable", 503), CLOSED, LOST],
    # No lost answers: to a written file it is empty, and microburst has nothing to cut.
    "s3": [refusal("SlowDown", 503), refusal("InternalError", 500), CLOSED],
}
# One attempt in six meets each fault, so at most four in a row fail.
ROUGH = [
    {"service": service, "sequence": {"fail": 1, "pass": ATTEMPTS}, **fault}
    for service, faults in FAULTS.items()
    for fault in faults
]


@dataclass
class Wire:
    """An emulated account behind the proxy, and how long the SDK waited before each repetition."""

    upstream: str
    proxy: FaultProxy
    pauses: list[float]


@pytest.fixture
def wire(ministack_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=pauses.append))
    proxy = FaultProxy(ministack_url)
    with proxy.listening():
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield Wire(ministack_url, proxy, pauses)


@dataclass(frozen=True)
class End:
    run: dict[str, Any]
    contacts: dict[str, dict[str, Any]]
    calls_of_zoho: dict[str, int]
    items: list[dict[str, Any]]
    files: list[bytes]


def first_run(wire: Wire, folder: Path, *, rough: bool) -> End:
    """Connect, configure and run in an empty account; what is stored is read when the faults are over."""
    urllib.request.urlopen(urllib.request.Request(f"{wire.upstream}/_ministack/reset", method="POST")).close()
    folder.mkdir()
    time = VirtualClock()
    with pytest.MonkeyPatch.context() as monkeypatch:
        product = Product(folder, seed(CUSTOMERS, clock=time), time)
        monkeypatch.setattr(bootstrap, "application", lambda: product.application)
        # One key for the digests of both runs; no virtual time goes by until a busy table takes the rest.
        monkeypatch.setattr(tokens, "secrets", SimpleNamespace(token_bytes=bytes))
        monkeypatch.setattr(table, "_FIRST_PAUSE_SECONDS", 0)
        wire.proxy.follow(ROUGH if rough else [], partial=rough)
        sync_id = product.set_up()
        product.work_off()
        wire.proxy.follow([])
        (run,) = product.call("GET", f"/syncs/{sync_id}/runs").json["items"]
        stored = json.dumps([plain(item) for item in product.items()], default=bytes.hex)
        contacts = product.world.campaigns.contacts
        assert product.world.stats.offences == {}
        return End(
            run={**run, "id": ""},
            contacts={address: dict(contact.values) for address, contact in contacts.items()},
            calls_of_zoho=dict(product.world.stats.calls),
            items=sorted(json.loads(stored.replace(sync_id, "sync").replace(run["id"], "run")), key=str),
            files=sorted(product.objects().values()),
        )


def plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in sorted(item.keys() - RANDOM)}


def test_a_first_run_over_a_rough_wire_ends_as_over_a_calm_one(wire: Wire, tmp_path: Path) -> None:
    """Of the 25 posts that may be repeated after a crash none is: whatever fails is repeated in its place."""
    calm = first_run(wire, tmp_path / "calm", rough=False)
    assert (calm.run["status"], calm.run["total"]) == ("completed", CUSTOMERS)
    assert (wire.proxy.fired, wire.proxy.partly_taken, wire.pauses) == ({}, 0, [])
    rough = first_run(wire, tmp_path / "rough", rough=True)
    fired = wire.proxy.fired
    assert fired.keys() == FAULTS.keys()
    for service, faults in FAULTS.items():
        assert len(fired[service]) == len(faults), service
    assert wire.proxy.partly_taken > 10
    assert len(wire.pauses) == sum(sum(times.values()) for times in fired.values())
    assert rough == calm


@pytest.mark.parametrize("number", range(len(ROUGH)))
def test_a_call_that_fails_every_time_is_made_five_times(wire: Wire, number: int) -> None:
    rule = {name: what for name, what in ROUGH[number].items() if name != "sequence"}
    aws = AwsClients()
    aws.s3.create_bucket(Bucket="bucket")
    queue = aws.sqs.create_queue(QueueName=f"queue-{number}")["QueueUrl"]
    calls: dict[str, Callable[[], object]] = {
        "dynamodb": aws.dynamodb.list_tables,
        "sqs": lambda: aws.sqs.send_message(QueueUrl=queue, MessageBody="{}"),
        "s3": lambda: aws.s3.put_object(Bucket="bucket", Key="name", Body=b"rows"),
    }
    wire.proxy.follow([rule])
    with pytest.raises((ClientError, BotoCoreError)) as given_up:
        calls[rule["service"]]()
    assert isinstance(given_up.value, ClientError) == ("error" in rule)
    (times,) = wire.proxy.fired[rule["service"]].values()
    assert (times, len(wire.pauses)) == (ATTEMPTS, ATTEMPTS - 1)


def test_what_a_lost_answer_was_to_tell_has_happened(wire: Wire) -> None:
    sqs = AwsClients().sqs
    queue = sqs.create_queue(QueueName="lost")["QueueUrl"]
    wire.proxy.follow([{"service": "sqs", "times": 2, **LOST}])
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    assert len(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]) == 3
