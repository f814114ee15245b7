"""Runs: each change is one conditional write, fenced by the tick, the lease's owner and its epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.adapters.dynamodb.codec import moment_of, text_of
from shared.adapters.dynamodb.cursors import Cursors, cut
from shared.adapters.dynamodb.keys import Key, key, partition
from shared.adapters.dynamodb.run_items import (
    DUE_SHARDS,
    due_values,
    progress_values,
    read_run,
    resting_values,
    shard,
)
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.errors import LeaseLost
from shared.domain.run import Run, RunStatus, woken
from shared.ports import Page

_ENDED: dict[str, Any] = {f"ended_{status}": status for status in RunStatus if status.ended}
_NOT_ENDED = f"NOT #status IN ({', '.join(f':{name}' for name in _ENDED)})"


class DynamoRuns:
    """Implements `ports.Runs`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._cursors = Cursors(lambda: table.cursor_key)

    def create(self, run: Run) -> bool:
        values = {name: value for name, value in resting_values(run).items() if value is not None}
        try:
            self._table.put(_at(run), values, condition="attribute_not_exists(#pk)")
        except ConditionFailed:
            return False
        return True

    def get(self, tenant: str, sync_id: str, run_id: str) -> Run | None:
        item = self._table.get(key(tenant, "R", sync_id, run_id))
        return read_run(item) if item else None

    def list(self, tenant: str, sync_id: str, *, limit: int, cursor: str | None) -> Page[Run]:
        pk = partition(tenant, "R", sync_id)
        after = self._cursors.position(pk, cursor)
        items, more = cut(self._table.query(pk, after=after, descending=True, limit=limit + 1), limit)
        following = self._cursors.after(pk, items[-1]["sk"]) if more else None
        return Page([read_run(item) for item in items], following)

    def acquire(self, run: Run, *, owner: str, until: datetime, now: datetime) -> Run | None:
        try:
            item = self._table.update(
                _at(run),
                {
                    "status": RunStatus.RUNNING,
                    "lease_owner": owner,
                    "lease_until": text_of(until),
                    "nudged_at": None,
                    **due_values(run.id, until),
                },
                increments={"epoch": 1},
                condition=f"#tick = :tick AND {_NOT_ENDED}"
                " AND (attribute_not_exists(#lease_until) OR #lease_until <= :now)",
                tick=run.tick,
                now=text_of(now),
                **_ENDED,
            )
        except ConditionFailed as refused:
            stored = read_run(refused.stored) if refused.stored else None
            return stored if stored is not None and _holds(stored, owner, run.tick, now) else None
        return read_run(item)

    def checkpoint(self, run: Run) -> None:
        try:
            self._table.update(
                _at(run),
                progress_values(run),
                condition="#epoch = :epoch AND #lease_owner = :owner",
                epoch=run.epoch,
                owner=run.lease_owner or "",
            )
        except ConditionFailed as refused:
            raise _lost(run) from refused

    def commit(self, run: Run) -> Run:
        after = replace(run, tick=run.tick + 1, lease_owner=None, lease_until=None)
        wish = "attribute_not_exists(#nudged_at)"
        for _ in range(2):
            try:
                return self._end_slice(run, after, wish)
            except ConditionFailed as refused:
                stored = refused.stored or {}
                # Only the holder of this epoch could have moved the tick on: this is our own earlier attempt.
                if (stored.get("epoch"), stored.get("tick")) == (run.epoch, run.tick + 1):
                    return read_run(stored)
                if "nudged_at" in stored:
                    after = woken(after, moment_of(stored["nudged_at"]))
                    wish = "attribute_exists(#nudged_at)"
        raise _lost(run)

    def _end_slice(self, run: Run, after: Run, wish: str) -> Run:
        item = self._table.update(
            _at(run),
            {**resting_values(after), "nudged_at": None},
            condition=f"#epoch = :epoch AND #lease_owner = :owner AND #tick = :tick AND {wish}",
            epoch=run.epoch,
            owner=run.lease_owner or "",
            tick=run.tick,
        )
        return read_run(item)

    def wake(self, tenant: str, sync_id: str, run_id: str, at: datetime) -> Run | None:
        where = key(tenant, "R", sync_id, run_id)
        # Whoever makes the condition fail has moved the run on, so this ends.
        while True:
            run = self.get(tenant, sync_id, run_id)
            if run is None or run.status.ended:
                return None
            try:
                return self._wake(where, run, at)
            except ConditionFailed:
                continue

    def _wake(self, where: Key, run: Run, at: datetime) -> Run | None:
        if run.lease_owner is not None:
            self._table.update(
                where,
                {"nudged_at": text_of(at)},
                condition="#epoch = :epoch AND #lease_owner = :owner",
                epoch=run.epoch,
                owner=run.lease_owner,
            )
            return None
        after = woken(run, at)
        item = self._table.update(
            where,
            {"status": after.status, "wake_at": text_of(at), **due_values(run.id, at)},
            condition="#status = :status AND #tick = :tick AND attribute_not_exists(#lease_owner)",
            status=run.status,
            tick=run.tick,
        )
        return read_run(item)

    def due(self, now: datetime, *, limit: int) -> Sequence[Run]:
        until = str(text_of(now))
        found = sorted(
            entry for number in range(DUE_SHARDS) for entry in self._table.due(shard(number), until, limit)
        )
        longest = {at: due_at for due_at, at in found[:limit]}
        # The index lags behind: a run that was taken or ended a moment ago may still be in it.
        items = [item for item in self._table.batch_get(longest) if item.get("due_at", "~") <= until]
        return [read_run(item) for item in sorted(items, key=lambda item: str(item["due_at"]))]

    def delete_all(self, tenant: str, sync_id: str) -> None:
        items = self._table.query(partition(tenant, "R", sync_id), keys_only=True)
        self._table.batch_delete(Key(item["pk"], item["sk"]) for item in items)


def _at(run: Run) -> Key:
    return key(run.tenant, "R", run.sync_id, run.id)


def _holds(run: Run, owner: str, tick: int, now: datetime) -> bool:
    return (
        run.lease_owner == owner
        and run.lease_until is not None
        and run.lease_until > now
        and run.tick == tick
        and not run.status.ended
    )


def _lost(run: Run) -> LeaseLost:
    return LeaseLost(f"Run {run.id} is no longer held under epoch {run.epoch}.")
