"""The engine among trouble: what a user and AWS do to it, each as one method."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.connection import Connection, ConnectionStatus
from shared.domain.errors import Conflict, NotFound
from shared.domain.run import Mode, Run, RunStatus, Trigger
from shared.domain.settings import Sync, SyncStatus
from shared.ports import WakeUp
from shared.usecases.erase import Erase
from shared.usecases.run_sync.control import change_sync
from tests.fakes.crashing import Crash, Fate
from tests.fakes.zoho import Zoho
from tests.properties.zoho_trouble import FRESH, SEEN, SETTINGS, ZohoUnderTrouble
from tests.unit.run_sync.system import TENANT

BATCH = 25


class Revoking:
    """Zoho Accounts that takes every token back."""

    def revoke(self, tokens: object) -> None:
        return


class Gateway(Zoho):
    def accounts(self) -> Any:
        return Revoking()


class EngineUnderTrouble(ZohoUnderTrouble):
    """One tenant's engine; every method keeps the books that the invariants are checked against."""

    def __init__(self) -> None:
        super().__init__()
        self.system.tokens.keys[TENANT] = b"k" * 32
        self.connection = self.system.connections.stored[TENANT]
        self.sync_ids = ["sync"]
        self.old_messages: list[WakeUp] = []
        self.bounds: list[tuple[int, str]] = []
        self.ends: dict[str, tuple[RunStatus, int]] = {}
        self.erase = Erase(
            connections=self.system.connections,
            tokens=self.system.tokens,
            syncs=self.system.syncs,
            schedules=self.system.schedules,
            runs=self.system.runs,
            ledger=self.system.ledger,
            files=self.system.files,
            skipped=self.system.skipped_files,
            notifications=self.system.notifications,
            queue=self.system.queue,
            zoho=Gateway(self.world),
            clock=self.system.clock,
        )

    # ---- the user -------------------------------------------------------------------------------------

    @property
    def sync(self) -> Sync | None:
        return self.system.syncs.get(TENANT)

    def change(self, **changes: Any) -> Sync | None:
        sync = self.sync
        if sync is None:
            return None
        return change_sync(self.system.syncs, TENANT, sync.id, lambda stored: replace(stored, **changes))

    def pause(self) -> None:
        changed = self.change(status=SyncStatus.PAUSED)
        if changed is not None:
            SEEN["pauses"] += 1
            self._stops_soon("pause")
            self.system.control.nudge(changed)

    def resume(self) -> None:
        changed = self.change(status=SyncStatus.ACTIVE, attention="")
        if changed is not None:
            self._may_post_again()
            self.system.control.nudge(changed)

    def cancel(self) -> None:
        sync = self.sync
        if sync is not None and sync.current_run_id is not None:
            if self.at_work is not None:
                self._stops_soon("cancel")
            with suppress(NotFound):
                self.system.control.cancel(TENANT, sync.id, sync.current_run_id)

    def edit(self, **changes: Any) -> None:
        """Edit with restart, as the configuration's use case does it."""
        sync = self.sync
        if sync is None:
            return
        settings = replace(sync.settings, **changes)
        current = self.system.runs.get(TENANT, sync.id, sync.current_run_id or "")
        running = current is not None and not current.status.ended

        def changed(stored: Sync) -> Sync:
            return replace(
                stored.edited(settings, self.system.clock.now()),
                status=SyncStatus.ACTIVE,
                attention="",
                cancel_run_id=stored.current_run_id if running else stored.cancel_run_id,
                restart_wanted=running,
            )

        edited = change_sync(self.system.syncs, TENANT, sync.id, changed)
        assert edited is not None
        SEEN["edits"] += 1
        self.journal.edit_settings()
        if self.at_work is None:
            self._may_post_again()
        else:
            self._stops_soon("edit")
        if running:
            self.system.control.nudge(edited)
            return
        with suppress(Conflict):
            discriminator = f"edit-{edited.settings_revision}"
            self.system.control.start(
                edited, trigger=Trigger.FIRST, mode=Mode.INCREMENTAL, discriminator=discriminator
            )

    def disable(self) -> None:
        if self.system.connections.get(TENANT) is not None:
            SEEN["disables"] += 1
            self._stops_soon("disable")
            self.erase.disable(TENANT, confirmed=True)

    def revoke(self) -> None:
        SEEN["revokes"] += 1
        self.revoked = True

    def connect_again(self) -> None:
        """Reconnect a lost consent, or connect and set up anew after a disable."""
        self.revoked = False
        stored = self.system.connections.get(TENANT)
        if stored is None:
            self._connect_anew()
            return
        if stored.status is ConnectionStatus.NEEDS_RECONNECT:
            self.system.connections.update(replace(stored, status=ConnectionStatus.CONNECTED))
        sync = self.sync
        if sync is not None:
            if sync.status is SyncStatus.NEEDS_ATTENTION:
                self.change(status=SyncStatus.ACTIVE, attention="")
            self.system.control.nudge(self.sync or sync)

    def _connect_anew(self) -> None:
        # An erasure still under way knows its connection by this moment.
        self.system.clock.sleep(1)
        now = self.system.clock.now()
        self._may_post_again()
        self.journal.begin_anew()
        fresh: Connection = replace(self.connection, connected_at=now, revision=0)
        self.system.connections.create(fresh)
        self.system.tokens.keys[TENANT] = b"n" * 32
        self.sync_ids.append(f"sync-{len(self.sync_ids)}")
        sync = Sync(self.sync_ids[-1], TENANT, SETTINGS, SyncStatus.ACTIVE, created_at=now, updated_at=now)
        self.system.syncs.create(sync)
        self.system.control.start(sync, trigger=Trigger.FIRST, mode=Mode.FULL, discriminator="first")

    def start(self, mode: Mode) -> Run | None:
        sync = self.sync
        if sync is None:
            return None
        self.system.clock.sleep(1)
        try:
            return self.system.control.start(sync, trigger=Trigger.MANUAL, mode=mode)
        except Conflict:
            return None

    # ---- AWS ------------------------------------------------------------------------------------------

    def fire(self, times: int) -> None:
        sync_id = self.sync.id if self.sync else self.sync_ids[0]
        at = self.system.clock.now().isoformat()
        for _ in range(times):
            self.system.queue.send(WakeUp("fire", TENANT, sync_id, scheduled_at=at))

    def deliver(
        self,
        *,
        crash_at: int = 0,
        before: bool = True,
        mid_slice: tuple[int, Callable[[], None]] | None = None,
        message: WakeUp | None = None,
    ) -> bool:
        """Hand the next visible message to a worker, which may die at an effect; False when there is none."""
        message = message or self.system.queue.receive()
        if message is None:
            return False
        self.old_messages.append(message)
        SEEN[f"{message.kind} messages"] += 1
        fate = Fate(crash_at, before=before)
        usual = (self.system.control, self.system.worker, self.system.sweeper)
        _, worker, _ = self.system.wire(fate.through)
        self.calls_in_slice, self.mid_slice, self.at_work = 0, mid_slice, message
        self.journal.begin_slice()
        silent = self._must_be_silent()
        posted = len(self.world.posts)
        try:
            if message.kind in ("erase", "revoke"):
                self.erase.go_on(message, budget_seconds=180)
            else:
                worker.handle(message, budget_seconds=180)
        except Crash:
            SEEN["crashes"] += 1
            self.journal.crash(message.run_id)
            self.system.queue.send(message, delay_seconds=900)
        finally:
            self.at_work, self.mid_slice = None, None
            self.system.control, self.system.worker, self.system.sweeper = usual
        if silent:
            assert len(self.world.posts) == posted, "posted while paused, disconnected or disabled"
        run = self.system.runs.get(TENANT, message.sync_id, message.run_id)
        SEEN["parks"] += run is not None and run.status in (RunStatus.WAITING, RunStatus.PAUSED)
        for most, why in self.bounds:
            assert len(self.world.posts) <= most, f"more than a batch was posted after {why}"
        self.bounds = []
        return True

    def deliver_late(self, seconds: int) -> None:
        """Deliver a run's next message so late that the exclusions it has read grow stale in that slice."""
        sync = self.sync
        run = self.system.runs.get(TENANT, sync.id, sync.current_run_id or "") if sync else None
        if run is None or run.cursor.exclusions_at is None:
            return
        SEEN["late slices"] += 1
        self.system.clock.advance_to(run.cursor.exclusions_at + FRESH - timedelta(seconds=seconds))
        self.system.sweeper.sweep()
        self.deliver()

    def make_busy(self, mode: Mode, edited: int = 0) -> None:
        """See to it that a worker has something to do: what is due soonest, or a run after some edits."""
        moments = (self.system.queue.next_visible_at(), self.system.runs.next_due_at())
        upcoming = [moment for moment in moments if moment is not None]
        if not upcoming:
            for contact_id in list(self.world.customers)[:edited]:
                self.edit_customer(contact_id, mobile=str(len(self.system.runs.stored)))
            self.start(mode)
            return
        self.system.clock.advance_to(min(upcoming))
        visible_at = self.system.queue.next_visible_at()
        if visible_at is None or visible_at > self.system.clock.now():
            self.system.sweeper.sweep()

    def _must_be_silent(self) -> bool:
        sync, connection = self.sync, self.system.connections.get(TENANT)
        connected = connection is not None and connection.status is ConnectionStatus.CONNECTED
        return sync is None or sync.status is SyncStatus.PAUSED or not connected

    def _stops_soon(self, why: str) -> None:
        self.bounds.append((len(self.world.posts) + BATCH, why))

    def _may_post_again(self) -> None:
        self.bounds = []
