"""The life of the one sync: initiated, edited, paused, resumed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.errors import BadRequest, Conflict, NotFound
from shared.domain.run import Mode, Run, Trigger
from shared.domain.settings import Sync, SyncSettings, SyncStatus
from shared.ports import Clock, Connections, Idempotency, RunControl, Runs, Schedules, Syncs
from shared.usecases.configure.disclaimer import count_customers, disclaimer
from shared.usecases.configure.options import WRITE_TRIES, Options, read_offer
from shared.usecases.configure.validation import Wish, checked_settings


@dataclass(frozen=True, slots=True)
class SyncView:
    """A sync with its runs; `next_run_at` is None while it is paused."""

    sync: Sync
    next_run_at: datetime | None
    last_run: Run | None
    current_run: Run | None


class Configure:
    def __init__(
        self,
        *,
        options: Options,
        connections: Connections,
        syncs: Syncs,
        runs: Runs,
        schedules: Schedules,
        idempotency: Idempotency,
        run_control: RunControl,
        clock: Clock,
    ) -> None:
        self._options = options
        self._connections = connections
        self._syncs = syncs
        self._runs = runs
        self._schedules = schedules
        self._idempotency = idempotency
        self._run_control = run_control
        self._clock = clock

    def create(self, tenant: str, wish: Wish, *, key: str = "", fingerprint: str = "") -> SyncView:
        """Store the sync, schedule it and start its first run.

        `fingerprint` stands for the request's body: the same Idempotency-Key finishes what a crash left half
        done and returns the same sync. Raises `Conflict` (`not_connected`, `sync_exists`,
        `auto_upgrade_disclaimer_required`), `Invalid` or an `UpstreamError`.
        """
        operation = self._operation(tenant)
        claimed = self._idempotency.lookup(tenant, operation, key, fingerprint) if key else None
        existing = self._syncs.get(tenant)
        if existing is None:
            settings = self._checked(tenant, wish)
            claimed = secrets.token_hex(12)
            if key:
                claimed = self._idempotency.claim(tenant, operation, key, fingerprint, claimed)
            existing = self._store(tenant, claimed, settings)
        if existing.id != claimed:
            raise Conflict(
                "There is a sync already; only one can be set up.",
                code="sync_exists",
                details={"sync_id": existing.id},
            )
        view = self._view(existing)
        if existing.status is SyncStatus.ACTIVE and view.current_run is None and view.last_run is None:
            self._run_control.start(existing, trigger=Trigger.FIRST, mode=Mode.FULL, discriminator="first")
        return self.show(tenant, existing.id)

    def _operation(self, tenant: str) -> str:
        """Name what a key is for: the sync of this very connection, lest an erased sync's id comes back."""
        connection = self._connections.get(tenant)
        return f"syncs/{connection.connected_at.isoformat()}" if connection else "syncs"

    def _store(self, tenant: str, sync_id: str, settings: SyncSettings) -> Sync:
        """Store the sync, or return the one that was stored meanwhile.

        The schedule comes first: the worker deletes one whose sync is missing, while a sync without a
        schedule would just never run.
        """
        now = self._clock.now()
        sync = Sync(sync_id, tenant, settings, SyncStatus.ACTIVE, created_at=now, updated_at=now)
        self._schedules.put(sync)
        created = self._syncs.create(sync)
        stored = self._syncs.get(tenant)
        if stored is None:
            raise Conflict("The sync is being removed by another request; try again.", code="sync_busy")
        if not created and stored.id != sync_id:
            self._schedules.delete(tenant, sync_id)
        return stored

    def check(self, tenant: str, wish: Wish) -> SyncSettings:
        """Return `wish` as settings, storing nothing; raises like `create`, but asks for no disclaimer."""
        connection = self._options.connected(tenant)
        with self._options.opened(connection) as clients:
            return checked_settings(wish, read_offer(clients), gdpr_enabled=connection.gdpr_enabled)

    def _checked(self, tenant: str, wish: Wish) -> SyncSettings:
        connection = self._options.connected(tenant)
        with self._options.opened(connection) as clients:
            settings = checked_settings(wish, read_offer(clients), gdpr_enabled=connection.gdpr_enabled)
            if not wish.accept_auto_upgrade:
                raise disclaimer(count_customers(clients.books))
        return settings

    # ---- reading --------------------------------------------------------------------------------------

    def list(self, tenant: str, *, cursor: str | None = None) -> list[SyncView]:
        """Return the tenant's sync, if there is one; no page ever follows, so every cursor is made up."""
        if cursor is not None:
            raise BadRequest("This list has one page; start again without a cursor.", code="cursor_invalid")
        sync = self._syncs.get(tenant)
        return [self._view(sync)] if sync else []

    def show(self, tenant: str, sync_id: str) -> SyncView:
        """Return the sync; raises `NotFound` (`sync_not_found`)."""
        return self._view(self._sync(tenant, sync_id))

    def _view(self, sync: Sync) -> SyncView:
        paused = sync.status is SyncStatus.PAUSED
        current, last = self._run(sync, sync.current_run_id), self._run(sync, sync.last_run_id)
        if last is not None and not last.status.ended:
            # It is just being closed: the sync has let go of it, its own last write is on the way.
            earlier = self._runs.list(sync.tenant, sync.id, limit=3, cursor=None).items
            current, last = last, next((run for run in earlier if run.status.ended), None)
        return SyncView(
            sync=sync,
            next_run_at=None if paused else sync.settings.schedule.next_after(self._clock.now()),
            last_run=last,
            current_run=None if current is None or current.status.ended else current,
        )

    def _run(self, sync: Sync, run_id: str | None) -> Run | None:
        return self._runs.get(sync.tenant, sync.id, run_id) if run_id else None

    def _sync(self, tenant: str, sync_id: str) -> Sync:
        sync = self._syncs.get(tenant)
        if sync is None or sync.id != sync_id:
            raise _not_found()
        return sync

    # ---- changing -------------------------------------------------------------------------------------

    def edit(self, tenant: str, sync_id: str, wish: Wish, *, restart: bool = False) -> SyncView:
        """Change the configuration and initiate, which also resumes a paused sync.

        A run in progress refuses the edit (`run_active`), or with `restart` is cancelled and followed by one
        with the new configuration. Raises like `create`, and `NotFound`.
        """
        self._refuse_during_a_run(self._sync(tenant, sync_id), restart=restart)
        settings = self._checked(tenant, wish)
        restarting = False

        def changed(sync: Sync) -> Sync:
            nonlocal restarting
            restarting = self._refuse_during_a_run(sync, restart=restart)
            return replace(
                sync.edited(settings, self._clock.now()),
                status=SyncStatus.ACTIVE,
                attention="",
                cancel_run_id=sync.current_run_id if restarting else sync.cancel_run_id,
                restart_wanted=restarting,
            )

        sync = self._change(tenant, sync_id, changed)
        self._schedules.put(sync)
        if restarting:
            self._run_control.nudge(sync)
        else:
            self._initiate(sync)
        return self.show(tenant, sync_id)

    def _refuse_during_a_run(self, sync: Sync, *, restart: bool) -> bool:
        """Return whether a run is in progress that `restart` allows to be cancelled."""
        current = self._run(sync, sync.current_run_id)
        active = current is not None and not current.status.ended
        if active and not restart:
            raise Conflict(
                "A run of this sync is in progress; wait for it, cancel it, or set restart to true.",
                code="run_active",
                details={"run_id": sync.current_run_id},
            )
        return active

    def _initiate(self, sync: Sync) -> None:
        discriminator = f"edit-{sync.settings_revision}"
        try:
            self._run_control.start(
                sync, trigger=Trigger.FIRST, mode=Mode.INCREMENTAL, discriminator=discriminator
            )
        except Conflict as conflict:
            # A firing that came in after the edit was stored runs with it already.
            if conflict.code != "run_active":
                raise

    def pause(self, tenant: str, sync_id: str) -> SyncView:
        """Stop the schedule and park a run in progress; pausing a paused sync changes nothing."""
        sync = self._change(tenant, sync_id, lambda sync: replace(sync, status=SyncStatus.PAUSED))
        return self._carried_out(sync)

    def resume(self, tenant: str, sync_id: str) -> SyncView:
        """Start the schedule again and let a parked run go on from where it stopped."""
        sync = self._change(
            tenant, sync_id, lambda sync: replace(sync, status=SyncStatus.ACTIVE, attention="")
        )
        return self._carried_out(sync)

    def _carried_out(self, sync: Sync) -> SyncView:
        """Let schedule and run follow the sync, also when an earlier request broke off before that."""
        self._schedules.put(sync)
        self._run_control.nudge(sync)
        return self.show(sync.tenant, sync.id)

    def _change(self, tenant: str, sync_id: str, change: Callable[[Sync], Sync]) -> Sync:
        """Apply `change` under the sync's revision, again when a worker wrote in between."""
        for _ in range(WRITE_TRIES):
            sync = self._sync(tenant, sync_id)
            changed = change(sync)
            if changed == sync:
                return sync
            if self._syncs.update(changed):
                return replace(changed, revision=sync.revision + 1)
        raise Conflict("The sync is being changed by another request; try again.", code="sync_busy")


def _not_found() -> NotFound:
    return NotFound("There is no such sync.", code="sync_not_found")
