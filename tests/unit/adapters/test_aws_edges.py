"""The thin adapters: credentials of the Zoho client, encryption context, schedules, clients, clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from shared.adapters.aws import AwsClients
from shared.adapters.cipher import KmsCipher
from shared.adapters.clock import SystemClock
from shared.adapters.schedules import EventBridgeSchedules
from shared.adapters.secrets import ZohoClientSecret
from shared.domain.errors import Invalid
from tests import fakes
from tests.factories import NOW, sync


class Recorder:
    """A client that notes what it is asked and answers with `answers`."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.asked.append((name, arguments))
            return self._answers[name]

        return call


# ---- the Zoho client's credentials --------------------------------------------------------------------


@pytest.fixture
def vault() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(
            Name="zoho", SecretString=json.dumps({"client_id": "id-1", "client_secret": "canary-1"})
        )
        yield client


def test_the_secret_is_read_once_in_five_minutes_so_a_rotation_is_noticed(vault: Any) -> None:
    clock = fakes.VirtualClock(NOW)
    secret = ZohoClientSecret(vault, "zoho", clock)
    assert secret.read() == {"client_id": "id-1", "client_secret": "canary-1"}
    vault.put_secret_value(
        SecretId="zoho", SecretString=json.dumps({"client_id": "id-1", "client_secret": "canary-2"})
    )

    clock.advance_to(NOW + timedelta(minutes=4, seconds=59))
    assert secret.read()["client_secret"] == "canary-1"
    clock.advance_to(NOW + timedelta(minutes=5))
    assert secret.read()["client_secret"] == "canary-2"


@pytest.mark.parametrize(
    "content",
    ["canary", '["canary"]', '{"client_id": "canary"}', '{"client_id": "canary", "client_secret": ""}'],
)
def test_a_malformed_secret_is_named_and_not_shown(vault: Any, content: str) -> None:
    vault.put_secret_value(SecretId="zoho", SecretString=content)

    with pytest.raises(ValueError, match="secret zoho is not JSON") as refused:
        ZohoClientSecret(vault, "zoho", fakes.VirtualClock(NOW)).read()
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None


# ---- encryption ---------------------------------------------------------------------------------------


def test_the_key_is_used_under_the_context_that_its_policy_asks_for() -> None:
    client = Recorder(encrypt={"CiphertextBlob": b"c"}, decrypt={"Plaintext": b"p"})
    cipher = KmsCipher(client, "key")  # type: ignore[arg-type]

    assert cipher.encrypt("tenant-1", "tokens", b"p") == b"c"
    assert cipher.decrypt("tenant-1", "tokens", b"c") == b"p"
    for _, arguments in client.asked:
        assert arguments["KeyId"] == "key"
        assert arguments["EncryptionContext"] == {
            "tenant": "tenant-1",
            "connection": "zoho",
            "kind": "tokens",
        }


# ---- schedules ----------------------------------------------------------------------------------------


def scheduling(client: Any) -> EventBridgeSchedules:
    return EventBridgeSchedules(
        client,
        group_name="syncs",
        target_arn="arn:queue",
        role_arn="arn:aws:iam::123456789012:role/r",
        dlq_arn="arn:dlq",
    )


def test_a_schedule_has_a_window_retries_and_somewhere_for_what_fails() -> None:
    client = Recorder(create_schedule={})
    scheduling(client).put(sync())
    ((_, request),) = client.asked

    assert request["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert request["Target"]["Arn"] == "arn:queue"
    assert request["Target"]["RoleArn"] == "arn:aws:iam::123456789012:role/r"
    assert request["Target"]["DeadLetterConfig"] == {"Arn": "arn:dlq"}
    assert request["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"] == 6 * 3600
    assert len(request["Name"]) <= 64
    assert json.loads(request["Target"]["Input"])["scheduled_at"] == "<aws.scheduler.scheduled-time>"


@pytest.mark.parametrize("refused", ["create_schedule", "update_schedule"])
def test_a_time_zone_that_the_scheduler_does_not_know_is_the_callers_to_change(refused: str) -> None:
    client = boto3.client("scheduler")
    with Stubber(client) as stub:
        if refused == "update_schedule":
            stub.add_client_error("create_schedule", "ConflictException")
        stub.add_client_error(refused, "ValidationException", "Invalid ScheduleExpressionTimezone: Mars")
        with pytest.raises(Invalid) as failure:
            scheduling(client).put(sync())
    assert failure.value.details["fields"][0]["field"] == "schedule.time_zone"


def test_any_other_refusal_of_a_schedule_is_a_defect_of_ours() -> None:
    client = boto3.client("scheduler")
    with Stubber(client) as stub:
        stub.add_client_error("create_schedule", "ValidationException", "Invalid Schedule Expression")
        with pytest.raises(client.exceptions.ValidationException):
            scheduling(client).put(sync())


# ---- clients and clock --------------------------------------------------------------------------------


def test_each_client_is_made_once_and_does_not_wait_for_ever() -> None:
    clients = AwsClients()
    made = [
        clients.dynamodb,
        clients.s3,
        clients.sqs,
        clients.scheduler,
        clients.kms,
        clients.secrets_manager,
    ]

    assert clients.dynamodb is made[0]
    configs: list[Any] = [client.meta.config for client in made]
    for config in configs:
        assert config.connect_timeout == 2
        assert config.read_timeout <= 20
        assert config.retries["mode"] == "standard"
    assert configs[1].signature_version == "s3v4"


PRESIGNED_HOSTS = {
    "us-east-1": "files.s3.amazonaws.com",
    "eu-central-1": "files.s3.eu-central-1.amazonaws.com",
    "ap-southeast-2": "files.s3.ap-southeast-2.amazonaws.com",
    "mx-central-1": "files.s3.mx-central-1.amazonaws.com",  # opened in 2025
    "cn-north-1": "files.s3.cn-north-1.amazonaws.com.cn",
}


@pytest.mark.parametrize("region", PRESIGNED_HOSTS)
def test_a_presigned_address_names_and_signs_the_host_of_the_buckets_region(
    region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    address = presigned("files")
    signed = parse_qs(address.query)

    assert (address.scheme, address.netloc, address.path) == ("https", PRESIGNED_HOSTS[region], "/key.csv")
    assert signed["X-Amz-SignedHeaders"] == ["host"]
    assert signed["X-Amz-Credential"][0].split("/")[2] == region


def test_on_a_local_stack_a_presigned_address_names_the_bucket_in_its_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    address = presigned("files")

    assert (address.netloc, address.path) == ("127.0.0.1:4566", "/files/key.csv")


def presigned(bucket: str) -> SplitResult:
    asked = {"Bucket": bucket, "Key": "key.csv"}
    return urlsplit(AwsClients().s3.generate_presigned_url("get_object", Params=asked))


def test_the_clock_tells_utc_and_waits_only_for_what_lies_ahead() -> None:
    clock = SystemClock()
    before = clock.now()
    clock.sleep(0)
    clock.sleep(-5)
    clock.sleep(0.01)

    assert clock.now().tzinfo is UTC
    assert timedelta(seconds=0.01) <= clock.now() - before < timedelta(seconds=2)
    assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=2)
