"""A DynamoDB client that counts what AWS would charge, from the sizes of the items it sees.

Sizes and units by the developer guide (capacity of a table, item sizes and formats): a write costs a unit
for each KB begun of the larger of the item before and after; a strongly consistent read one for each 4 KB
begun, half of that when eventually consistent, and a missing item costs as the smallest; a query adds its
items up before it rounds; each change of an index key writes the index once for the key that goes and once
for the one that comes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

WRITE_BYTES, READ_BYTES = 1024, 4096
INDEX_KEYS = ("due_pk", "due_at")

Wire = Mapping[str, Any]


def attribute_bytes(value: Wire) -> int:
    """Return the size of one attribute value in its wire form, such as `{"S": "text"}`."""
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        return math.ceil(len(held.strip("-").replace(".", "").strip("0") or "0") / 2) + 1
    if kind == "B":
        return len(held)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + attribute_bytes(one) for name, one in held.items())
    if kind == "L":
        return 3 + sum(1 + attribute_bytes(one) for one in held)
    return 1


def item_bytes(item: Wire) -> int:
    return sum(len(name.encode()) + attribute_bytes(value) for name, value in item.items())


class MeteredDynamoDb:
    """Wraps a client; `writes` and `reads` are units by the kind of item, a part of its keys."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._items: dict[tuple[str, str], Wire] = {}
        self.writes: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **request: Any) -> Any:
        return self._written(self._client.put_item, request, request["Item"], request["Item"])

    def update_item(self, **request: Any) -> Any:
        return self._written(self._client.update_item, request, request["Key"], None)

    def delete_item(self, **request: Any) -> Any:
        return self._written(self._client.delete_item, request, request["Key"], {})

    def get_item(self, **request: Any) -> Any:
        answer = self._client.get_item(**request)
        self.requests["get_item"] += 1
        self._read(request["Key"], [answer.get("Item", {})])
        return answer

    def batch_get_item(self, **request: Any) -> Any:
        answer = self._client.batch_get_item(**request)
        self.requests["batch_get_item"] += 1
        for table, asked in request["RequestItems"].items():
            found = {_at(item): item for item in answer["Responses"].get(table, ())}
            for key in asked["Keys"]:
                self._read(key, [found.get(_at(key), {})])
        return answer

    def batch_write_item(self, **request: Any) -> Any:
        answer = self._client.batch_write_item(**request)
        self.requests["batch_write_item"] += 1
        for wishes in request["RequestItems"].values():
            for wish in wishes:
                item = wish["PutRequest"]["Item"] if "PutRequest" in wish else {}
                self._charge_write(item or wish["DeleteRequest"]["Key"], item)
        return answer

    def query(self, **request: Any) -> Any:
        answer = self._client.query(**request)
        self._queried(request, answer)
        return answer

    def get_paginator(self, _name: str) -> _Pages:
        return _Pages(self, self._client.get_paginator("query"))

    def _written(self, call: Any, request: Any, key: Wire, item: Wire | None) -> Any:
        self.requests[call.__name__] += 1
        try:
            answer = call(**request)
        except self._client.exceptions.ConditionalCheckFailedException:
            self._charge_write(key, self._items.get(_at(key), {}))
            raise
        self._charge_write(key, answer["Attributes"] if item is None else item)
        return answer

    def _charge_write(self, key: Wire, after: Wire) -> None:
        at = _at(key)
        before = self._items.get(at, {})
        size = max(item_bytes(before), item_bytes(after), 1)
        self.writes[kind_of(key)] += math.ceil(size / WRITE_BYTES)
        old, new = (tuple(item[name]["S"] for name in INDEX_KEYS if name in item) for item in (before, after))
        if old != new:
            self.writes[f"{kind_of(key)} (index)"] += bool(old) + bool(new)
        if after:
            self._items[at] = after
        else:
            self._items.pop(at, None)

    def _read(self, key: Wire, items: list[Wire], *, share: float = 1.0) -> None:
        size = sum(item_bytes(item) for item in items)
        self.reads[kind_of(key)] += share * max(1, math.ceil(size / READ_BYTES))  # type: ignore[assignment]

    def _queried(self, request: Any, answer: Any) -> None:
        self.requests["query"] += 1
        key = {"pk": request["ExpressionAttributeValues"].get(":pk", {"S": "index"})}
        share = 1.0 if request.get("ConsistentRead") else 0.5
        self._read(key, list(answer.get("Items", ())), share=share)


class _Pages:
    """A paginator whose pages are counted."""

    def __init__(self, meter: MeteredDynamoDb, paginator: Any) -> None:
        self._meter = meter
        self._paginator = paginator

    def paginate(self, **request: Any) -> Iterator[Any]:
        for page in self._paginator.paginate(**request):
            self._meter._queried(request, page)  # noqa: SLF001 - one class in two parts
            yield page


def kind_of(key: Wire) -> str:
    """Return what an item is: ledger, run, pace, or by its sort key."""
    parts = key["pk"]["S"].split("#")
    names = {"L": "ledger", "R": "run", "P": "pace", "N": "notification"}
    return next(
        (names[part] for part in parts if part in names), key.get("sk", {"S": "index"})["S"].split("#")[0]
    )


def _at(key: Wire) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]
