"""Starting, nudging and cancelling runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from shared.domain.connection import ConnectionStatus
from shared.domain.errors import Conflict, NotFound
from shared.domain.run import Mode, Run, RunStatus, Trigger, run_id
from shared.domain.settings import Sync, SyncStatus
from shared.ports import Clock, Connections, Idempotency, Queue, Runs, Syncs, WakeUp

WRITE_TRIES = 5
# Why a run that nobody waits for need not be started: paused, without consent, or one is under way.
NOT_NOW = frozenset({"sync_paused", "needs_reconnect", "run_active"})


def wake_up(run: Run) -> WakeUp:
    """Return the message that lets a worker go on with `run` from its present tick."""
    return WakeUp("slice", run.tenant, run.sync_id, run.id, run.tick)


def is_bulk(run: Run) -> bool:
    """Return whether the run belongs in the bulk queue: what does not end within its first slice."""
    return run.tick > 0


def change_sync(syncs: Syncs, tenant: str, sync_id: str, change: Callable[[Sync], Sync]) -> Sync | None:
    """Apply `change` to the stored sync under its revision, again when somebody else wrote in between.

    Returns the sync as stored, or None when it is gone. `change` may raise to give up.
    """
    for _ in range(WRITE_TRIES):
        sync = syncs.get(tenant)
        if sync is None or sync.id != sync_id:
            return None
        changed = change(sync)
        if changed == sync:
            return sync
        if syncs.update(changed):
            return replace(changed, revision=sync.revision + 1)
    raise Conflict("The sync is being changed by somebody else; try again.", code="sync_busy")


class RunControl:
    """Implements `shared.ports.RunControl`, and the API's start and cancel."""

    def __init__(
        self,
        *,
        syncs: Syncs,
        runs: Runs,
        connections: Connections,
        idempotency: Idempotency,
        queue: Queue,
        clock: Clock,
    ) -> None:
        self._syncs = syncs
        self._runs = runs
        self._connections = connections
        self._idempotency = idempotency
        self._queue = queue
        self._clock = clock

    def start(
        self,
        sync: Sync,
        *,
        trigger: Trigger,
        mode: Mode,
        discriminator: str = "",
        due_at: datetime | None = None,
    ) -> Run:
        """Start a run; see the port. Its time (`due_at`, or the edit that initiates it) and `discriminator`
        make its id, so a repetition is the same run.

        Order: claim the sync, store the run, send the message. A crash after the first step leaves a claim
        that the next start takes over; after the second the sweeper sends the message.
        """
        now = self._clock.now()
        moment = due_at or (sync.updated_at if trigger is Trigger.FIRST else now)
        wanted = Run(
            id=run_id(sync.id, moment, discriminator),
            tenant=sync.tenant,
            sync_id=sync.id,
            trigger=trigger,
            mode=Mode.FULL if sync.due_for_full_pass(now) else mode,
            status=RunStatus.QUEUED,
            created_at=now,
            settings_revision=sync.settings_revision,
            wake_at=now,
        )
        existing = self._runs.get(sync.tenant, sync.id, wanted.id)
        if existing is not None and (existing.status.ended or sync.current_run_id == existing.id):
            return existing
        claimed = change_sync(self._syncs, sync.tenant, sync.id, lambda stored: self._claim(stored, wanted))
        if claimed is None:
            raise NotFound("There is no such sync.", code="sync_not_found")
        run = replace(wanted, settings_revision=claimed.settings_revision)
        if not self._runs.create(run):
            run = self._runs.get(sync.tenant, sync.id, wanted.id) or run
        self._queue.send(wake_up(run), bulk=is_bulk(run))
        return run

    def _claim(self, sync: Sync, wanted: Run) -> Sync:
        self._check_free(sync, wanted.id)
        claimed = replace(sync, current_run_id=wanted.id, cancel_run_id=None)
        if wanted.trigger is Trigger.MANUAL and sync.status is SyncStatus.NEEDS_ATTENTION:
            # The user has seen what went wrong, and tries again.
            return replace(claimed, status=SyncStatus.ACTIVE, attention="")
        return claimed

    def _check_free(self, sync: Sync, run_id: str = "") -> None:
        """Raise `Conflict` where no run may start now but the one with `run_id`."""
        if sync.status is SyncStatus.PAUSED:
            raise Conflict("The sync is paused; resume it first.", code="sync_paused")
        connection = self._connections.get(sync.tenant)
        if connection is None or connection.status is not ConnectionStatus.CONNECTED:
            raise Conflict("Zoho has to be connected again before this sync can run.", code="needs_reconnect")
        if sync.current_run_id not in (None, run_id):
            current = self._runs.get(sync.tenant, sync.id, sync.current_run_id or "")
            if current is not None and not current.status.ended:
                raise Conflict(
                    "A run of this sync is in progress.", code="run_active", details={"run_id": current.id}
                )

    def start_by_user(self, tenant: str, sync_id: str, *, mode: Mode, key: str = "") -> Run:
        """Start a run on request; the same Idempotency-Key is the same run. Raises `NotFound`, `Conflict`."""
        sync = self._sync(tenant, sync_id)
        due_at = self._time_of(sync, mode, key) if key else self._clock.now()
        return self.start(sync, trigger=Trigger.MANUAL, mode=mode, discriminator=key, due_at=due_at)

    def _time_of(self, sync: Sync, mode: Mode, key: str) -> datetime:
        """Return the time of the run that `key` stands for, which makes its id and its place in history.

        A key whose request is refused stands for nothing.
        """
        operation = f"run/{sync.id}"
        claimed = self._idempotency.lookup(sync.tenant, operation, key, mode)
        if claimed is None:
            self._check_free(sync)
            now = self._clock.now().isoformat()
            claimed = self._idempotency.claim(sync.tenant, operation, key, mode, now)
        return datetime.fromisoformat(claimed)

    def nudge(self, sync: Sync) -> None:
        """Wake the sync's current run, if it has one that no worker holds."""
        if sync.current_run_id is None:
            return
        run = self._runs.wake(sync.tenant, sync.id, sync.current_run_id, self._clock.now())
        if run is not None:
            self._queue.send(wake_up(run))

    def cancel(self, tenant: str, sync_id: str, run_id: str) -> Run:
        """Ask the run to end as cancelled within a slice; a run that has ended stays as it is."""
        self._sync(tenant, sync_id)
        run = self._runs.get(tenant, sync_id, run_id)
        if run is None:
            raise NotFound("There is no such run.", code="run_not_found")
        if run.status.ended:
            return run
        sync = change_sync(self._syncs, tenant, sync_id, lambda stored: replace(stored, cancel_run_id=run_id))
        if sync is not None:
            self.nudge(sync)
        return run

    def _sync(self, tenant: str, sync_id: str) -> Sync:
        sync = self._syncs.get(tenant)
        if sync is None or sync.id != sync_id:
            raise NotFound("There is no such sync.", code="sync_not_found")
        return sync
