"""The real adapters on an AWS in this process, with every request counted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws

from infra.benchmarks.metered import MeteredDynamoDb
from infra.benchmarks.report import ROOT
from infra.local.template import Template
from shared.adapters.cipher import KmsCipher
from shared.adapters.dynamodb.connections import DynamoConnections
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.notifications import DynamoNotifications
from shared.adapters.dynamodb.rate_limiter import DynamoRateLimiter
from shared.adapters.dynamodb.runs import DynamoRuns
from shared.adapters.dynamodb.syncs import DynamoSyncs
from shared.adapters.dynamodb.table import Table
from shared.adapters.dynamodb.tokens import DynamoTokenStore
from shared.adapters.run_files import S3RunFiles
from shared.adapters.skipped_csv import S3SkippedFiles
from shared.ports import Clock

NAME = "bench"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Account:
    """One table, one bucket, one key; `counters` are write units, read units and requests.

    They are made, or found again when `key_id` names the key.
    """

    def __init__(self, key_id: str = "") -> None:
        self._requests: Counter[str] = Counter()
        self._dynamodb = MeteredDynamoDb(boto3.client("dynamodb"))
        self._s3, self._kms = self._counted("s3"), self._counted("kms")
        self.key_id = key_id or self._made()
        self.counters = (self._dynamodb.writes, self._dynamodb.reads, self._requests)

    def _made(self) -> str:
        ((_, stated),) = Template.load(ROOT / "template.yaml").of_type("AWS::DynamoDB::Table")
        wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        self._dynamodb.create_table(TableName=NAME, **{part: stated[part] for part in wanted})
        self._s3.create_bucket(Bucket=NAME)
        return str(self._kms.create_key()["KeyMetadata"]["Arn"])

    def stores(self, clock: Clock) -> dict[str, Any]:
        """Return the ports that live in AWS, by name."""
        table = Table(self._dynamodb, NAME, clock)  # type: ignore[arg-type]
        return {
            "connections": DynamoConnections(table),
            "tokens": DynamoTokenStore(table, KmsCipher(self._kms, self.key_id)),
            "syncs": DynamoSyncs(table),
            "runs": DynamoRuns(table),
            "ledger": DynamoLedger(table, clock),
            "notifications": DynamoNotifications(table),
            "limiter": DynamoRateLimiter(table, clock),
            "files": S3RunFiles(self._s3, NAME),
            "skipped": S3SkippedFiles(self._s3, NAME),
        }

    def _counted(self, service: str) -> Any:
        client = boto3.client(service)  # type: ignore[call-overload]

        def count(model: Any, **_: Any) -> None:
            self._requests[f"{service}.{model.name}"] += 1

        client.meta.events.register("before-call", count)
        return client


@contextmanager
def aws() -> Iterator[Account]:
    """Play AWS in this process for the length of the block."""
    with patch.dict(os.environ, CREDENTIALS), mock_aws():
        yield Account()
