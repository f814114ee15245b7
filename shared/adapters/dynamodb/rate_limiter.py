"""Pacing shared by all workers: one item for an account's endpoint, changed under its version.

Its calls are counted in dense arrays of 2-byte counts, so that every window fits into one write unit. No
limit of Zoho's comes near 65,535 calls in one bucket.
"""

from __future__ import annotations

import math
import random
import sys
from array import array
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.adapters.dynamodb.codec import Item
from shared.adapters.dynamodb.keys import Key, hashed
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain import pacing
from shared.domain.errors import RetryLater
from shared.domain.pacing import Endpoint, Pace, Slots
from shared.ports import Clock

_TRIES = 16
_LONGEST_PAUSE_SECONDS = 0.4
_KEPT_SECONDS = 2 * 86_400  # longer than the longest window
_MICRO = 1_000_000


class DynamoRateLimiter:
    """Implements `ports.RateLimiter`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def take(
        self, account: str, endpoint: Endpoint, *, now: datetime, wanted: int, horizon: datetime
    ) -> Slots:
        """Raises `RetryLater` when other workers were faster each of 16 times in a row."""
        at = _at(account, endpoint)
        for attempt in range(_TRIES):
            pace = _read(self._table.get(at) or {})
            taken, slots = pacing.take(
                pace, endpoint, now=now.timestamp(), wanted=wanted, horizon=horizon.timestamp()
            )
            if slots.count == 0:
                return slots
            try:
                self._store(at, taken, pace)
            except ConditionFailed:
                longest_seconds = min(_LONGEST_PAUSE_SECONDS, 0.01 * 2**attempt)
                self._clock.sleep(random.uniform(0, longest_seconds))  # noqa: S311 - keeps workers apart
            else:
                return slots
        raise RetryLater("Too many workers share this Zoho account right now.")

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        micros = _micros(until.timestamp())
        try:
            self._table.update(
                _at(account, endpoint),
                {"blocked_until": micros, "expires_at": math.ceil(until.timestamp()) + _KEPT_SECONDS},
                condition="attribute_not_exists(#blocked_until) OR #blocked_until < :until",
                until=micros,
            )
        except ConditionFailed:
            return  # blocked for longer already

    def _store(self, at: Key, taken: Pace, before: Pace) -> None:
        """Write all but `blocked_until`, which a worker that was refused may set at the same moment."""
        known: dict[str, Any] = {"version": before.version} if before.version else {}
        self._table.update(
            at,
            {
                "next_slot": _micros(taken.next_slot),
                "counts": {str(seconds): _pack(buckets) for seconds, buckets in taken.counts.items()},
                "version": taken.version,
                "expires_at": math.ceil(max(taken.next_slot, taken.blocked_until)) + _KEPT_SECONDS,
            },
            condition="#version = :version" if known else "attribute_not_exists(#version)",
            **known,
        )


def _at(account: str, endpoint: Endpoint) -> Key:
    return Key(f"P#{hashed(account)}", endpoint.name)


def _read(item: Mapping[str, Any]) -> Pace:
    return Pace(
        next_slot=item.get("next_slot", 0) / _MICRO,
        blocked_until=item.get("blocked_until", 0) / _MICRO,
        counts={int(seconds): _unpack(packed) for seconds, packed in item.get("counts", {}).items()},
        version=item.get("version", 0),
    )


def _micros(epoch_seconds: float) -> int:
    """Return whole microseconds, rounded up: a slot may leave later than planned, never earlier."""
    return math.ceil(epoch_seconds * _MICRO)


def _pack(buckets: Mapping[int, int]) -> Item:
    """Return the number of the first bucket and the counts from there on, gaps as zeros."""
    if not buckets:
        return {"first": 0, "counts": b""}
    first, last = min(buckets), max(buckets)
    return {"first": first, "counts": _swapped([buckets.get(number, 0) for number in range(first, last + 1)])}


def _unpack(packed: Mapping[str, Any]) -> dict[int, int]:
    counts = array("H", packed["counts"])
    if sys.byteorder == "little":
        counts.byteswap()
    return {packed["first"] + offset: count for offset, count in enumerate(counts) if count}


def _swapped(values: list[int]) -> bytes:
    """Return the values big-endian, 2 bytes each."""
    counts = array("H", values)
    if sys.byteorder == "little":
        counts.byteswap()
    return counts.tobytes()
