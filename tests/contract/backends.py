"""The two sides of every port: the fake that other tests rely on, and the adapter on something like AWS."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto import mock_aws

from infra.local.template import Template
from shared import ports
from shared.adapters.cipher import KmsCipher
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
from shared.adapters.queue import SqsQueue, parse
from shared.adapters.run_files import S3RunFiles
from shared.adapters.schedules import EventBridgeSchedules, schedule_name
from shared.adapters.skipped_csv import S3SkippedFiles
from shared.domain.settings import SyncStatus
from shared.ports import WakeUp
from tests import fakes
from tests.factories import NOW

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
FIRED_AT = "2026-11-23T04:00:00Z"


@dataclass(frozen=True, slots=True)
class Planned:
    """A schedule, and the message it sends when it fires for `FIRED_AT`."""

    cron: str
    time_zone: str
    enabled: bool
    message: WakeUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Every port of one kind, and ways to look at what the ports only send out."""

    clock: fakes.VirtualClock
    cipher: ports.Cipher
    connections: ports.Connections
    authorizations: ports.Authorizations
    tokens: ports.TokenStore
    syncs: ports.Syncs
    runs: ports.Runs
    ledger: ports.Ledger
    notifications: ports.Notifications
    idempotency: ports.Idempotency
    limiter: ports.RateLimiter
    files: ports.RunFiles
    skipped: ports.SkippedFiles
    queue: ports.Queue
    schedules: ports.Schedules
    received: Callable[[], list[tuple[WakeUp, bool]]]
    planned: Callable[[str, str], Planned | None]
    published: Callable[[str, str, str], bytes | None]


# ---- in memory ----------------------------------------------------------------------------------------


def fake_backend() -> Backend:
    clock = fakes.VirtualClock(NOW)
    queue, schedules, skipped = fakes.Queue(clock), fakes.Schedules(), fakes.SkippedFiles()

    def received() -> list[tuple[WakeUp, bool]]:
        visible = [sent for sent in queue.sent if sent.visible_at <= clock.now()]
        return [(sent.message, sent.bulk) for sent in visible]

    def planned(tenant: str, sync_id: str) -> Planned | None:
        sync = schedules.stored.get((tenant, sync_id))
        if sync is None:
            return None
        schedule = sync.settings.schedule
        message = WakeUp("fire", tenant, sync_id, scheduled_at=FIRED_AT)
        enabled = sync.status is not SyncStatus.PAUSED
        return Planned(schedule.cron(), schedule.time_zone, enabled, message)

    return Backend(
        clock=clock,
        cipher=fakes.Cipher(),
        connections=fakes.Connections(),
        authorizations=fakes.Authorizations(),
        tokens=fakes.TokenStore(),
        syncs=fakes.Syncs(),
        runs=fakes.Runs(),
        ledger=fakes.Ledger(clock),
        notifications=fakes.Notifications(),
        idempotency=fakes.Idempotency(clock),
        limiter=fakes.RateLimiter(),
        files=fakes.RunFiles(),
        skipped=skipped,
        queue=queue,
        schedules=schedules,
        received=received,
        planned=planned,
        published=lambda *run: skipped.published.get(run),
    )


# ---- on AWS, or what stands in for it -----------------------------------------------------------------


@cache
def table_design() -> dict[str, Any]:
    """Return what the template says about the table that `create_table` takes as well."""
    ((_, stated),) = Template.load(TEMPLATE).of_type("AWS::DynamoDB::Table")
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {part: stated[part] for part in wanted}


class Aws:
    """Clients of one endpoint (None: boto3's own choice), and fresh resources for every backend."""

    def __init__(self, endpoint_url: str | None = None, dynamodb_url: str | None = None) -> None:
        def client(name: str, **options: Any) -> Any:
            url = dynamodb_url if dynamodb_url and name == "dynamodb" else endpoint_url
            return boto3.client(name, endpoint_url=url, config=Config(**options))  # type: ignore[call-overload]

        self.dynamodb = client("dynamodb")
        self.s3 = client("s3", signature_version="s3v4")
        self.sqs = client("sqs")
        self.scheduler = client("scheduler")
        self.kms = client("kms")
        self.secrets_manager = client("secretsmanager")
        self.key_id = self.kms.create_key()["KeyMetadata"]["Arn"]
        self.group = f"syncs-{uuid.uuid4().hex}"
        self.scheduler.create_schedule_group(Name=self.group)

    def make_table(self) -> str:
        """Create a table with the keys and the index that the template states, and return its name."""
        name = f"table-{uuid.uuid4().hex}"
        self.dynamodb.create_table(TableName=name, **table_design())
        return name

    def make_bucket(self) -> str:
        name = f"bucket-{uuid.uuid4().hex}"
        self.s3.create_bucket(Bucket=name)
        return name

    def make_queue(self) -> str:
        url: str = self.sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex}")["QueueUrl"]
        return url

    def backend(self) -> Backend:
        clock = fakes.VirtualClock(NOW)
        table = Table(self.dynamodb, self.make_table(), clock)
        cipher = KmsCipher(self.kms, self.key_id)
        bucket = self.make_bucket()
        interactive, bulk = self.make_queue(), self.make_queue()
        return Backend(
            clock=clock,
            cipher=cipher,
            connections=DynamoConnections(table),
            authorizations=DynamoAuthorizations(table, cipher),
            tokens=DynamoTokenStore(table, cipher),
            syncs=DynamoSyncs(table),
            runs=DynamoRuns(table),
            ledger=DynamoLedger(table, clock),
            notifications=DynamoNotifications(table),
            idempotency=DynamoIdempotency(table, clock),
            limiter=DynamoRateLimiter(table, clock),
            files=S3RunFiles(self.s3, bucket),
            skipped=S3SkippedFiles(self.s3, bucket),
            queue=SqsQueue(self.sqs, interactive_url=interactive, bulk_url=bulk),
            schedules=EventBridgeSchedules(
                self.scheduler,
                group_name=self.group,
                target_arn=_arn("sqs", "interactive"),
                role_arn="arn:aws:iam::123456789012:role/scheduler",
                dlq_arn=_arn("sqs", "dlq"),
            ),
            received=lambda: [*self._received(interactive, bulk=False), *self._received(bulk, bulk=True)],
            planned=self._planned,
            published=lambda tenant, sync_id, run_id: self._object(
                bucket, f"skipped/{tenant}/{sync_id}/{run_id}.csv"
            ),
        )

    def _received(self, url: str, *, bulk: bool) -> Iterator[tuple[WakeUp, bool]]:
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                yield parse(message["Body"]), bulk

    def _planned(self, tenant: str, sync_id: str) -> Planned | None:
        try:
            found = self.scheduler.get_schedule(GroupName=self.group, Name=schedule_name(tenant, sync_id))
        except self.scheduler.exceptions.ResourceNotFoundException:
            return None
        body = json.dumps(
            json.loads(found["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", FIRED_AT))
        )
        return Planned(
            found["ScheduleExpression"],
            found["ScheduleExpressionTimezone"],
            found["State"] == "ENABLED",
            parse(body),
        )

    def _object(self, bucket: str, name: str) -> bytes | None:
        try:
            return bytes(self.s3.get_object(Bucket=bucket, Key=name)["Body"].read())
        except self.s3.exceptions.NoSuchKey:
            return None


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:us-east-1:123456789012:{name}"


# ---- by name ------------------------------------------------------------------------------------------


@contextmanager
def moto(dynamodb_url: str | None = None) -> Iterator[Aws]:
    """Everything in this process, but DynamoDB at `dynamodb_url` when that is given."""
    with mock_aws():
        yield Aws(dynamodb_url=dynamodb_url)


@contextmanager
def endpoint(url: str) -> Iterator[Aws]:
    yield Aws(url)


def services(environ: Mapping[str, str]) -> dict[str, Callable[[], AbstractContextManager[Aws]]]:
    """Return what the adapters are run against, by name: always moto, others where they are named."""
    chosen: dict[str, Callable[[], AbstractContextManager[Aws]]] = {"moto": moto}
    if url := environ.get("CONTRACT_ENDPOINT_URL"):
        chosen["endpoint"] = lambda: endpoint(url)
    if dynamodb_url := environ.get("CONTRACT_DYNAMODB_URL"):
        chosen["dynamodb"] = lambda: moto(dynamodb_url)
    return chosen
