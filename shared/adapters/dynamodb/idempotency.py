"""What a POST with an Idempotency-Key led to, for a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared.adapters.dynamodb.keys import Key, hashed, key
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.errors import Conflict
from shared.ports import Clock

_KEPT = timedelta(days=1)


class DynamoIdempotency:
    """Implements `ports.Idempotency`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def claim(self, tenant: str, operation: str, key: str, fingerprint: str, result: str) -> str:
        now = self._clock.now()
        item = {
            "fingerprint": hashed(fingerprint),
            "result": result,
            "expires_at": int((now + _KEPT).timestamp()),
        }
        try:
            self._table.put(
                _at(tenant, operation, key),
                item,
                # The table takes up to two days to drop what has expired.
                condition="attribute_not_exists(#pk) OR #expires_at <= :now",
                now=int(now.timestamp()),
            )
        except ConditionFailed as refused:
            if refused.stored is None:
                raise
            return _result(refused.stored, fingerprint)
        return result

    def lookup(self, tenant: str, operation: str, key: str, fingerprint: str) -> str | None:
        item = self._table.get(_at(tenant, operation, key))
        if item is None or item["expires_at"] <= int(self._clock.now().timestamp()):
            return None
        return _result(item, fingerprint)


def _at(tenant: str, operation: str, caller_key: str) -> Key:
    return key(tenant, "I", hashed(f"{operation}\n{caller_key}"))


def _result(item: Mapping[str, Any], fingerprint: str) -> str:
    if item["fingerprint"] != hashed(fingerprint):
        raise Conflict("This Idempotency-Key was used for another request.", code="idempotency_key_reused")
    return str(item["result"])
