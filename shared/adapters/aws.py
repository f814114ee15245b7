"""The AWS clients, each made when it is first asked for and then kept for the life of the process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# A call that hangs must not use up a slice: five attempts of at most 8 s fit into a slice's reserve.
_CONFIG: dict[str, Any] = {
    "retries": {"mode": "standard", "total_max_attempts": 5},
    "connect_timeout": 2,
    "read_timeout": 6,
    "max_pool_connections": 20,
}
_S3_CONFIG: dict[str, Any] = {
    **_CONFIG,
    # A file of a million digests takes longer to read than an item.
    "read_timeout": 20,
    # By name: in some regions presigned addresses still get version 2 by default.
    "signature_version": "s3v4",
    # Signs for the bucket's own region. By default presigned addresses name the global host, which redirects
    # those of a new bucket, and the signature does not hold where they end up. An endpoint that is an IP
    # address, as a local stack's, gets the bucket in the path all the same.
    "s3": {"addressing_style": "virtual"},
}


class AwsClients:
    """Endpoints, region and credentials are found as boto3 finds them: from the environment."""

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=Config(**_CONFIG))

    @cached_property
    def s3(self) -> S3Client:
        return boto3.client("s3", config=Config(**_S3_CONFIG))

    @cached_property
    def sqs(self) -> SQSClient:
        return boto3.client("sqs", config=Config(**_CONFIG))

    @cached_property
    def scheduler(self) -> EventBridgeSchedulerClient:
        return boto3.client("scheduler", config=Config(**_CONFIG))

    @cached_property
    def kms(self) -> KMSClient:
        return boto3.client("kms", config=Config(**_CONFIG))

    @cached_property
    def secrets_manager(self) -> SecretsManagerClient:
        return boto3.client("secretsmanager", config=Config(**_CONFIG))
