"""Runs in memory, with the fencing of the real table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.adapters.dynamodb.cursors import Cursors, cut
from shared.domain.errors import LeaseLost
from shared.domain.run import Run, RunStatus, woken
from shared.ports import Page

_CURSORS = Cursors(lambda: b"secret")


class Runs:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Run] = {}
        self._due: dict[tuple[str, str, str], datetime] = {}
        self._nudged: dict[tuple[str, str, str], datetime] = {}

    @staticmethod
    def _key(run: Run) -> tuple[str, str, str]:
        return (run.tenant, run.sync_id, run.id)

    def create(self, run: Run) -> bool:
        if self._key(run) in self.stored:
            return False
        self._rest(run)
        return True

    def get(self, tenant: str, sync_id: str, run_id: str) -> Run | None:
        return self.stored.get((tenant, sync_id, run_id))

    def list(self, tenant: str, sync_id: str, *, limit: int, cursor: str | None) -> Page[Run]:
        after = _CURSORS.position(f"{tenant}/{sync_id}", cursor)
        ids = sorted((key[2] for key in self.stored if key[:2] == (tenant, sync_id)), reverse=True)
        items, more = cut(
            (self.stored[tenant, sync_id, run_id] for run_id in ids if not after or run_id < after), limit
        )
        return Page(items, _CURSORS.after(f"{tenant}/{sync_id}", items[-1].id) if more else None)

    def acquire(self, run: Run, *, owner: str, until: datetime, now: datetime) -> Run | None:
        stored = self.stored.get(self._key(run))
        if stored is None or stored.status.ended or stored.tick != run.tick:
            return None
        if stored.lease_until is not None and stored.lease_until > now:
            return stored if stored.lease_owner == owner else None
        leased = replace(
            stored,
            status=RunStatus.RUNNING,
            epoch=stored.epoch + 1,
            lease_owner=owner,
            lease_until=until,
        )
        self.stored[self._key(run)] = leased
        self._nudged.pop(self._key(run), None)
        self._set_due(leased, until)
        return leased

    def _fenced(self, run: Run) -> Run:
        stored = self.stored.get(self._key(run))
        if stored is None or stored.lease_owner is None:
            raise LeaseLost("Nobody has this run.")
        if (stored.epoch, stored.lease_owner) != (run.epoch, run.lease_owner):
            raise LeaseLost("Another worker has this run.")
        return stored

    def checkpoint(self, run: Run) -> None:
        stored = self._fenced(run)
        self.stored[self._key(run)] = replace(
            run,
            tick=stored.tick,
            lease_owner=stored.lease_owner,
            lease_until=stored.lease_until,
            status=stored.status,
            wake_at=stored.wake_at,
        )

    def commit(self, run: Run) -> Run:
        stored = self.stored.get(self._key(run))
        if stored is not None and (stored.epoch, stored.tick) == (run.epoch, run.tick + 1):
            return stored
        if self._fenced(run).tick != run.tick:
            raise LeaseLost("This slice was committed before.")
        after = replace(run, tick=run.tick + 1, lease_owner=None, lease_until=None)
        nudged_at = self._nudged.pop(self._key(run), None)
        return self._rest(after if nudged_at is None else woken(after, nudged_at))

    def wake(self, tenant: str, sync_id: str, run_id: str, at: datetime) -> Run | None:
        stored = self.stored.get((tenant, sync_id, run_id))
        if stored is None or stored.status.ended:
            return None
        if stored.lease_owner is not None:
            self._nudged[tenant, sync_id, run_id] = at
            return None
        return self._rest(woken(stored, at))

    def due(self, now: datetime, *, limit: int) -> Sequence[Run]:
        found = [
            self.stored[key]
            for key, at in sorted(self._due.items(), key=lambda item: item[1])
            if at <= now and not _leased(self.stored[key], now)
        ]
        return found[:limit]

    def next_due_at(self) -> datetime | None:
        return min(self._due.values(), default=None)

    def delete_all(self, tenant: str, sync_id: str) -> None:
        for key in [key for key in self.stored if key[:2] == (tenant, sync_id)]:
            del self.stored[key]
            self._due.pop(key, None)
            self._nudged.pop(key, None)

    def _rest(self, run: Run) -> Run:
        self.stored[self._key(run)] = run
        idle = run.status is RunStatus.PAUSED or run.status.ended
        self._set_due(run, None if idle else run.wake_at)
        return run

    def _set_due(self, run: Run, at: datetime | None) -> None:
        if at is None:
            self._due.pop(self._key(run), None)
        else:
            self._due[self._key(run)] = at


def _leased(run: Run, now: datetime) -> bool:
    return run.lease_until is not None and run.lease_until > now
