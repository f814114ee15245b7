"""What DynamoDB refuses and an emulator may let through: where one does, a green test of ours proves nothing.

`LENIENT` says which emulator is blind to what. Amazon's own implementation refuses all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.contract.backends import table_design

TABLE = "probes"
Probe = Callable[[Any], Any]

PK, SK = {"S": "p"}, {"S": "s"}
ITEM = {"pk": PK, "sk": SK}


def put(client: Any, **attributes: Any) -> Any:
    return client.put_item(TableName=TABLE, Item={**ITEM, **attributes})


def write(client: Any, keys: list[str]) -> Any:
    requests = [{"PutRequest": {"Item": {"pk": PK, "sk": {"S": key}}}} for key in keys]
    return client.batch_write_item(RequestItems={TABLE: requests})


def read(client: Any, keys: list[str]) -> Any:
    wanted = [{"pk": PK, "sk": {"S": key}} for key in keys]
    return client.batch_get_item(RequestItems={TABLE: {"Keys": wanted}})


def update(client: Any, expression: str, names: dict[str, str], values: dict[str, Any]) -> Any:
    given = {"ExpressionAttributeValues": values} if values else {}
    return client.update_item(
        TableName=TABLE, Key=ITEM, UpdateExpression=expression, ExpressionAttributeNames=names, **given
    )


def query(client: Any, **more: Any) -> Any:
    values = {":pk": PK, **more.pop("values", {})}
    return client.query(
        TableName=TABLE,
        KeyConditionExpression="#pk = :pk",
        ExpressionAttributeNames={"#pk": "pk", **more.pop("names", {})},
        ExpressionAttributeValues=values,
        **more,
    )


ONE, TWO = {"N": "1"}, {"N": "2"}
REFUSED: dict[str, Probe] = {
    "26 items in a batch": lambda client: write(client, [str(number) for number in range(26)]),
    "one key twice in a batch": lambda client: write(client, ["a", "a"]),
    "101 keys in a read": lambda client: read(client, [str(number) for number in range(101)]),
    "one key twice in a read": lambda client: read(client, ["a", "a"]),
    "an empty key": lambda client: put(client, sk={"S": ""}),
    "a sort key of 1,025 bytes": lambda client: put(client, sk={"S": "x" * 1025}),
    "a partition key of 2,049 bytes": lambda client: put(client, pk={"S": "x" * 2049}),
    "an empty key of the index": lambda client: put(client, due_pk={"S": ""}, due_at={"S": "1"}),
    "a number as key of the index": lambda client: put(client, due_pk={"S": "1"}, due_at=ONE),
    "an item of 401 KB": lambda client: put(client, data={"S": "x" * 401 * 1024}),
    "39 digits": lambda client: put(client, data={"N": "1" * 39}),
    "one attribute changed twice": lambda client: update(
        client, "SET #a = :one REMOVE #a", {"#a": "a"}, {":one": ONE}
    ),
    "a name that is not used": lambda client: update(
        client, "SET #a = :one", {"#a": "a", "#b": "b"}, {":one": ONE}
    ),
    "a value that is not used": lambda client: update(
        client, "SET #a = :one", {"#a": "a"}, {":one": ONE, ":two": TWO}
    ),
    "a sum with an attribute that is missing": lambda client: update(
        client, "SET #gone = #gone + :one", {"#gone": "gone"}, {":one": ONE}
    ),
    "a change of the key": lambda client: update(client, "SET #sk = :new", {"#sk": "sk"}, {":new": SK}),
    "a filter on the key": lambda client: query(
        client, FilterExpression="#sk = :sk", names={"#sk": "sk"}, values={":sk": SK}
    ),
    "a start in another partition": lambda client: query(
        client, ExclusiveStartKey={"pk": {"S": "other"}, "sk": SK}
    ),
    "a consistent read of the index": lambda client: client.query(
        TableName=TABLE,
        IndexName="due",
        ConsistentRead=True,
        KeyConditionExpression="due_pk = :shard",
        ExpressionAttributeValues={":shard": {"S": "DUE#0"}},
    ),
}
LENIENT: dict[str, set[str]] = {
    "dynamodb local": set(),
    "ministack": {"one attribute changed twice", "a filter on the key"},
    "moto": {
        "26 items in a batch",
        "a number as key of the index",
        "39 digits",
        "a filter on the key",
        "a start in another partition",
    },
}


@pytest.fixture(params=["moto", "ministack", "dynamodb local"])
def probed(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    if request.param == "moto":
        with mock_aws():
            yield "moto", table_in(boto3.client("dynamodb", config=config))
        return
    url = request.getfixturevalue("ministack_url" if request.param == "ministack" else "dynamodb_local_url")
    client = table_in(boto3.client("dynamodb", endpoint_url=url, config=config))
    yield request.param, client
    client.delete_table(TableName=TABLE)


def table_in(client: Any) -> Any:
    client.create_table(TableName=TABLE, **table_design())
    client.put_item(TableName=TABLE, Item=ITEM)
    return client


@pytest.mark.slow
def test_what_dynamodb_refuses_is_refused_but_for_the_known_exceptions(probed: tuple[str, Any]) -> None:
    name, client = probed
    answers = {what: answer_to(probe, client) for what, probe in REFUSED.items()}
    assert {what for what, answer in answers.items() if answer == "accepted"} == LENIENT[name]
    assert set(answers.values()) <= {"accepted", "ValidationException"}, answers


def answer_to(probe: Probe, client: Any) -> str:
    try:
        probe(client)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "accepted"
