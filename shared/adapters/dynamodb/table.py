"""The few ways in which the one table is read and written; `keys` says what is in it."""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from shared.adapters.dynamodb.codec import Item, decode_item, encode, encode_item
from shared.adapters.dynamodb.keys import CURSOR_KEY, Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.ports import Clock

VERSION = 1
DUE_INDEX = "due"
_CURSOR_KEY_BYTES = 32

_MAX_GET, _MAX_WRITE = 100, 25  # BatchGetItem, BatchWriteItem
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 5.0


class ConditionFailed(Exception):
    """A conditional write was refused; `stored` is the item as it is, None when there is none."""

    def __init__(self, stored: Item | None) -> None:
        super().__init__("the stored item is not as expected")
        self.stored = stored


class UnreadableItem(Exception):
    """An item was written by a newer release in a form that this one cannot know."""


class Table:
    """Reads are strongly consistent; a conditional write that met its own earlier attempt counts as done.

    The SDK sends a write again when the answer was lost. Each one carries a random mark `w`; when the
    condition fails on an item with this very mark, the first attempt had succeeded.
    """

    def __init__(self, client: DynamoDBClient, name: str, clock: Clock) -> None:
        self._client = client
        self._name = name
        self._clock = clock

    @cached_property
    def cursor_key(self) -> bytes:
        """The secret by which cursors are known again, made on first use (one winner in a race)."""
        item = self.get(CURSOR_KEY) or self.update(
            CURSOR_KEY, {}, defaults={"secret": secrets.token_bytes(_CURSOR_KEY_BYTES)}
        )
        return bytes(item["secret"])

    def get(self, at: Key) -> Item | None:
        answer = self._client.get_item(TableName=self._name, Key=_wire(at), ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else None

    def put(self, at: Key, item: Mapping[str, Any], *, condition: str = "", **values: Any) -> None:
        """Store `item`; in `condition` `#name` is an attribute and `:name` one of `values`.

        Raises ConditionFailed.
        """
        mark = secrets.token_bytes(8)
        full = {**item, **at._asdict(), "v": VERSION, "w": mark}
        request: dict[str, Any] = {"TableName": self._name, "Item": encode_item(full)}
        if condition:
            request |= _conditional(condition, values)
        try:
            self._client.put_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            _own_or_raise(refused, mark)

    def update(
        self,
        at: Key,
        changes: Mapping[str, Any],
        *,
        defaults: Mapping[str, Any] | None = None,
        increments: Mapping[str, int] | None = None,
        condition: str = "",
        **values: Any,
    ) -> Item:
        """Set `changes` (None removes) and those `defaults` that are missing, add `increments` to numbers,
        and return the whole item.

        Raises ConditionFailed. Without a condition an item that does not exist is made.
        """
        mark = secrets.token_bytes(8)
        sets = {name: value for name, value in changes.items() if value is not None}
        sets |= {"v": VERSION, "w": mark}
        defaults, increments = defaults or {}, increments or {}
        removed = [f"#{name}" for name, value in changes.items() if value is None]
        expression = "SET " + ", ".join(
            (
                *(f"#{name} = :new_{name}" for name in sets),
                *(f"#{name} = if_not_exists(#{name}, :new_{name})" for name in defaults),
                *(f"#{name} = #{name} + :new_{name}" for name in increments),
            )
        )
        if removed:
            expression += " REMOVE " + ", ".join(removed)
        new = {f"new_{name}": value for name, value in {**sets, **defaults, **increments}.items()}
        request: dict[str, Any] = {
            "TableName": self._name,
            "Key": _wire(at),
            "UpdateExpression": expression,
            "ReturnValues": "ALL_NEW",
            **_conditional(condition, {**new, **values}, expression),
        }
        try:
            return _read(self._client.update_item(**request)["Attributes"])
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return _own_or_raise(refused, mark)

    def delete(self, at: Key, *, condition: str = "", **values: Any) -> Item | None:
        """Delete and return the item, None when there was none. Raises ConditionFailed."""
        request: dict[str, Any] = {"TableName": self._name, "Key": _wire(at), "ReturnValues": "ALL_OLD"}
        if condition:
            request |= _conditional(condition, values)
        try:
            answer = self._client.delete_item(**request)
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            raise ConditionFailed(_stored(refused)) from refused
        return _read(answer["Attributes"]) if answer.get("Attributes") else None

    def query(
        self,
        pk: str,
        *,
        after: str = "",
        descending: bool = False,
        limit: int | None = None,
        keys_only: bool = False,
    ) -> Iterator[Item]:
        """Iterate a partition in the order of its sort keys, from beyond `after`, at most `limit` items."""
        condition, values = "#pk = :pk", {"pk": pk}
        if after:
            condition += " AND #sk < :after" if descending else " AND #sk > :after"
            values["after"] = after
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ScanIndexForward": not descending,
            "ConsistentRead": True,
            **({"Limit": limit} if limit is not None else {}),
            **({"ProjectionExpression": "#pk, #sk"} if keys_only else {}),
            **_placeholders(condition + (" #sk" if keys_only else ""), values),
        }
        return islice(self._pages(request), limit)

    def count(self, pk: str, *, only: str, **values: Any) -> int:
        """Return how many items of a partition meet the filter `only`."""
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "#pk = :pk",
            "FilterExpression": only,
            "Select": "COUNT",
            "ConsistentRead": True,
            **_placeholders(f"#pk {only}", {"pk": pk, **values}),
        }
        return sum(page["Count"] for page in self._client.get_paginator("query").paginate(**request))

    def due(self, shard: str, until: str, limit: int) -> list[tuple[str, Key]]:
        """Return due times and keys of the `limit` items of one shard of the index due longest at `until`.

        The index follows the table with a little delay: look at the items themselves before acting.
        """
        condition = "#due_pk = :shard AND #due_at <= :until"
        answer = self._client.query(
            TableName=self._name,
            IndexName=DUE_INDEX,
            KeyConditionExpression=condition,
            Limit=limit,
            **_placeholders(condition, {"shard": shard, "until": until}),
        )
        found = [decode_item(item) for item in answer["Items"]]
        return [(item["due_at"], Key(item["pk"], item["sk"])) for item in found]

    def batch_get(self, keys: Iterable[Key]) -> Iterator[Item]:
        """Iterate the items that exist among `keys`, in no order."""
        for batch in _batches(dict.fromkeys(keys), _MAX_GET):
            wanted: Any = {self._name: {"Keys": [_wire(at) for at in batch], "ConsistentRead": True}}
            for _ in self._attempts():
                answer = self._client.batch_get_item(RequestItems=wanted)
                for item in answer["Responses"].get(self._name, ()):
                    yield _read(item)
                wanted = answer["UnprocessedKeys"]
                if not wanted:
                    break

    def batch_put(self, items: Mapping[Key, Mapping[str, Any]]) -> None:
        """Store every item, whatever was there."""
        self._batch_write(
            {"PutRequest": {"Item": encode_item({**item, **at._asdict(), "v": VERSION})}}
            for at, item in items.items()
        )

    def batch_delete(self, keys: Iterable[Key]) -> None:
        self._batch_write({"DeleteRequest": {"Key": _wire(at)}} for at in dict.fromkeys(keys))

    def _batch_write(self, requests: Iterable[Any]) -> None:
        for batch in _batches(requests, _MAX_WRITE):
            wanted: Any = {self._name: batch}
            for _ in self._attempts():
                wanted = self._client.batch_write_item(RequestItems=wanted)["UnprocessedItems"]
                if not wanted:
                    break

    def _attempts(self) -> Iterator[None]:
        """Iterate without end, waiting longer each time: a busy table takes a part of a batch at once."""
        pause_seconds = _FIRST_PAUSE_SECONDS
        while True:
            yield
            self._clock.sleep(pause_seconds * random.uniform(0.5, 1.0))  # noqa: S311 - keeps workers apart
            pause_seconds = min(_LONGEST_PAUSE_SECONDS, 2 * pause_seconds)

    def _pages(self, request: Mapping[str, Any]) -> Iterator[Item]:
        for page in self._client.get_paginator("query").paginate(**request):
            yield from map(_read, page["Items"])


def _batches(elements: Iterable[Any], size: int) -> Iterator[list[Any]]:
    source = iter(elements)
    while batch := list(islice(source, size)):
        yield batch


def _wire(at: Key) -> dict[str, Any]:
    return encode_item(at._asdict())


def _read(attributes: Mapping[str, Any]) -> Item:
    item = decode_item(attributes)
    if item.get("v", VERSION) > VERSION:
        raise UnreadableItem(f"form {item['v']} of an item is newer than this release")
    return item


def _placeholders(expressions: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the names and values for expressions that write `#name` and `:name`, as DynamoDB asks for."""
    return {
        "ExpressionAttributeNames": {f"#{name}": name for name in re.findall(r"#(\w+)", expressions)},
        **({"ExpressionAttributeValues": _colons(values)} if values else {}),
    }


def _conditional(condition: str, values: Mapping[str, Any], other: str = "") -> dict[str, Any]:
    if not condition:
        return _placeholders(other, values)
    return {
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **_placeholders(f"{condition} {other}", values),
    }


def _colons(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f":{name}": encode(value) for name, value in values.items()}


def _stored(refused: ClientError) -> Item | None:
    attributes = cast("Mapping[str, Any]", refused.response).get("Item")
    return _read(attributes) if attributes else None


def _own_or_raise(refused: ClientError, mark: bytes) -> Item:
    """Return the stored item if it is what this very write stored before its answer was lost."""
    stored = _stored(refused)
    if stored is not None and stored.get("w") == mark:
        return stored
    raise ConditionFailed(stored) from refused
