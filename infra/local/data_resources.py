"""Creates the template's data resources, or finds them as an earlier start left them."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from infra.local.intrinsics import ACCOUNT_ID, REGION
from infra.local.template import TemplateError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

# What the local stack accepts; the same words for every process that talks to it.
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105

_TABLE_PROPERTIES = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
_QUEUE_ATTRIBUTES = (
    "ContentBasedDeduplication",
    "DelaySeconds",
    "FifoQueue",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


@dataclass(frozen=True, slots=True)
class Physical:
    """What `Ref` and `Fn::GetAtt` give for one resource."""

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Clients:
    """One client per data service, all of one local endpoint."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._session = boto3.Session(
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY, region_name=REGION
        )

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", endpoint_url=self.endpoint_url)

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", endpoint_url=self.endpoint_url)

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", endpoint_url=self.endpoint_url)

    @cached_property
    def kms(self) -> "KMSClient":
        return self._session.client("kms", endpoint_url=self.endpoint_url)

    @cached_property
    def secrets(self) -> "SecretsManagerClient":
        return self._session.client("secretsmanager", endpoint_url=self.endpoint_url)

    @cached_property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        return self._session.client("scheduler", endpoint_url=self.endpoint_url)


def _table(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    name = properties.get("TableName", name)
    wanted = {key: properties[key] for key in _TABLE_PROPERTIES if key in properties}
    with suppress(clients.dynamodb.exceptions.ResourceInUseException):
        clients.dynamodb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **wanted)
    clients.dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    found = clients.dynamodb.describe_table(TableName=name)["Table"]
    _require_same_keys(name, wanted, found)
    ttl = properties.get("TimeToLiveSpecification")
    if ttl and ttl.get("Enabled"):
        current = clients.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if current.get("AttributeName") != ttl["AttributeName"]:
            clients.dynamodb.update_time_to_live(
                TableName=name,
                TimeToLiveSpecification={"Enabled": True, "AttributeName": ttl["AttributeName"]},
            )
    return Physical(name, {"Arn": found["TableArn"]})


def _require_same_keys(name: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    def keys(table: Mapping[str, Any]) -> list[Any]:
        indexes = table.get("GlobalSecondaryIndexes") or []
        return [table["KeySchema"], sorted((index["IndexName"], index["KeySchema"]) for index in indexes)]

    if keys(wanted) != keys(found):
        raise TemplateError(f"table {name} was made with other keys; start once with --fresh")


def _bucket(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    name = properties.get("BucketName", name).lower()
    try:
        clients.s3.head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        clients.s3.create_bucket(Bucket=name)
    return Physical(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": f"{name}.s3.amazonaws.com"})


def _queue(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    name = properties.get("QueueName", name)
    attributes = {key: _text(properties[key]) for key in _QUEUE_ATTRIBUTES if key in properties}
    if "RedrivePolicy" in properties:
        attributes["RedrivePolicy"] = json.dumps(properties["RedrivePolicy"])
    try:
        url = clients.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    except clients.sqs.exceptions.QueueDoesNotExist:
        url = clients.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
    else:
        changeable = {key: value for key, value in attributes.items() if key != "FifoQueue"}
        clients.sqs.set_queue_attributes(QueueUrl=url, Attributes=changeable)  # type: ignore[arg-type]
    arn = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    return Physical(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    # A key has no name of its own: an alias is how a later start finds the one that the data needs.
    alias = f"alias/{name}"
    try:
        found = clients.kms.describe_key(KeyId=alias)["KeyMetadata"]
    except clients.kms.exceptions.NotFoundException:
        found = clients.kms.create_key(
            Description=properties.get("Description", ""),
            KeyUsage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
        )["KeyMetadata"]
        clients.kms.create_alias(AliasName=alias, TargetKeyId=found["KeyId"])
    return Physical(found["KeyId"], {"Arn": found["Arn"], "KeyId": found["KeyId"]})


def _alias(clients: Clients, _name: str, properties: Mapping[str, Any]) -> Physical:
    alias, target = properties["AliasName"], properties["TargetKeyId"]
    try:
        clients.kms.create_alias(AliasName=alias, TargetKeyId=target)
    except clients.kms.exceptions.AlreadyExistsException:
        clients.kms.update_alias(AliasName=alias, TargetKeyId=target)
    return Physical(alias, {"Arn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:{alias}"})


def _secret(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    arn = put_secret(clients, properties.get("Name", name), properties.get("SecretString"))
    return Physical(arn, {"Id": arn})


def put_secret(clients: Clients, name: str, text: str | None) -> str:
    """Create a secret or give it a new value; None leaves an existing value alone. Return its ARN."""
    try:
        arn = clients.secrets.describe_secret(SecretId=name)["ARN"]
    except clients.secrets.exceptions.ResourceNotFoundException:
        return clients.secrets.create_secret(Name=name, SecretString=text or "{}")["ARN"]
    if text is not None:
        clients.secrets.put_secret_value(SecretId=name, SecretString=text)
    return arn


def _schedule_group(clients: Clients, name: str, properties: Mapping[str, Any]) -> Physical:
    name = properties.get("Name", name)
    with suppress(clients.scheduler.exceptions.ConflictException):
        clients.scheduler.create_schedule_group(Name=name)
    return Physical(name, {"Arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule-group/{name}"})


CREATORS: Mapping[str, Callable[[Clients, str, Mapping[str, Any]], Physical]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::KMS::Alias": _alias,
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::ScheduleGroup": _schedule_group,
    "AWS::SecretsManager::Secret": _secret,
}
