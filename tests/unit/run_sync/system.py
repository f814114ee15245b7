"""The engine with everything around it in memory and time that passes only when somebody waits."""

from __future__ import annotations

import csv
import io
from collections import Counter
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from shared.domain.connection import Connection, ConnectionStatus, Organization, Tokens
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode, Run, Trigger
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import SubscriptionType, Sync, SyncSettings, SyncStatus
from shared.ports import WakeUp
from shared.usecases.run_sync.control import RunControl, change_sync
from shared.usecases.run_sync.ending import Ending
from shared.usecases.run_sync.sweeper import Sweeper
from shared.usecases.run_sync.work import Stores
from shared.usecases.run_sync.worker import Worker
from tests import fakes
from tests.fakes import zoho

TENANT = "tenant"
SYNC = "sync"
MINUTE = timedelta(minutes=1)


class InlineExecutor(Executor):
    """Runs each call at once, in the calling thread."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - as a thread would, hand every error to the future
            future.set_exception(error)
        return future


SETTINGS = SyncSettings(
    list_key="list",
    list_name="Newsletter",
    subscription_type=SubscriptionType.MARKETING,
    topic_ids=("t1", "t2"),
    lawful_basis=None,
    update_empty_fields=False,
    schedule=Schedule(Frequency.DAILY, time(9, 30), "UTC"),
    mapping=(
        FieldPair("email", "Contact Email"),
        FieldPair("first_name", "First Name"),
        FieldPair("mobile", "Mobile", new_field=True),
    ),
)


class System:
    """One tenant with one sync, its worker, its sweeper and its Zoho."""

    def __init__(self, *, settings: SyncSettings = SETTINGS) -> None:
        self.clock = fakes.VirtualClock()
        self.world = zoho.World(self.clock)
        self.syncs = fakes.Syncs()
        self.runs = fakes.Runs()
        self.ledger = fakes.Ledger(self.clock)
        self.files = fakes.RunFiles()
        self.skipped_files = fakes.SkippedFiles()
        self.notifications = fakes.Notifications()
        self.limiter = fakes.RateLimiter()
        self.connections = fakes.Connections()
        self.tokens = fakes.TokenStore()
        self.queue = fakes.Queue(self.clock)
        self.schedules = fakes.Schedules()
        self.idempotency = fakes.Idempotency(self.clock)
        self._asked: Counter[str] = Counter()
        self.control, self.worker, self.sweeper = self.wire()
        self._connect(settings)

    def wire(self, through: Any = lambda _name, port: port) -> tuple[RunControl, Worker, Sweeper]:
        """Return the use cases with every port passed `through` a test's wrapper, by name."""
        stores = Stores(
            syncs=through("syncs", self.syncs),
            runs=through("runs", self.runs),
            ledger=through("ledger", self.ledger),
            files=through("files", self.files),
            skipped=through("skipped", self.skipped_files),
            notifications=through("notifications", self.notifications),
            limiter=through("limiter", self.limiter),
            clock=self.clock,
        )
        queue = through("queue", self.queue)
        control = RunControl(
            syncs=stores.syncs,
            runs=stores.runs,
            connections=self.connections,
            idempotency=self.idempotency,
            queue=queue,
            clock=self.clock,
        )
        worker = Worker(
            stores=stores,
            connections=self.connections,
            tokens=self.tokens,
            schedules=through("schedules", self.schedules),
            zoho=through("zoho", zoho.Zoho(self.world)),
            control=control,
            ending=Ending(queue=queue, control=control),
            executor=lambda _: InlineExecutor(),
        )
        return control, worker, Sweeper(runs=stores.runs, queue=queue, clock=self.clock)

    def _connect(self, settings: SyncSettings) -> None:
        now = self.clock.now()
        self.connections.create(
            Connection(
                TENANT,
                ConnectionStatus.CONNECTED,
                "owner@example.com",
                "us",
                now,
                Organization("org", "Acme", "owner@example.com"),
            )
        )
        expires_at = datetime(2030, 1, 1, tzinfo=UTC)
        self.tokens.save(TENANT, Tokens("refresh", "access", expires_at, "https://accounts.zoho.com"))
        self.syncs.create(Sync(SYNC, TENANT, settings, SyncStatus.ACTIVE, created_at=now, updated_at=now))

    # ---- what a user does -----------------------------------------------------------------------------

    @property
    def sync(self) -> Sync:
        sync = self.syncs.get(TENANT)
        assert sync is not None
        return sync

    def change(self, **changes: Any) -> Sync:
        changed = change_sync(self.syncs, TENANT, SYNC, lambda sync: replace(sync, **changes))
        assert changed is not None
        return changed

    def pause(self) -> None:
        self.control.nudge(self.change(status=SyncStatus.PAUSED))

    def resume(self) -> None:
        self.control.nudge(self.change(status=SyncStatus.ACTIVE))

    def edit(self, settings: SyncSettings) -> None:
        """Edit with restart: the run in progress is cancelled and a new one follows."""
        running = self.sync.current_run_id is not None
        edited = self.sync.edited(settings, self.clock.now())
        self.syncs.update(replace(edited, restart_wanted=running))
        if running:
            self.control.nudge(self.sync)
        else:
            self.control.start(self.sync, trigger=Trigger.FIRST, mode=Mode.INCREMENTAL, discriminator="edit")

    def start(self, mode: Mode = Mode.INCREMENTAL) -> Run:
        self.clock.sleep(1)
        return self.control.start(self.sync, trigger=Trigger.MANUAL, mode=mode)

    # ---- what AWS does --------------------------------------------------------------------------------

    def deliver(self, message: WakeUp | None = None) -> bool:
        """Hand one message to a worker; False when none is visible."""
        message = message or self.queue.receive()
        if message is None:
            return False
        self.worker.handle(message, budget_seconds=180)
        return True

    def settle(self, until: timedelta = timedelta(days=3)) -> None:
        """Deliver and sweep until nothing is left to do, letting time pass where everybody waits."""
        ends_at = self.clock.now() + until
        while self.clock.now() < ends_at:
            if self.deliver():
                continue
            moments = [self.queue.next_visible_at(), self.runs.next_due_at()]
            upcoming = [moment for moment in moments if moment is not None]
            if not upcoming:
                return
            self.clock.advance_to(min(upcoming))
            due_at = self.runs.next_due_at()
            if due_at is not None and due_at <= self.clock.now():
                self.clock.sleep(1)
                self.sweeper.sweep()
        raise AssertionError("the run does not come to an end")

    def run(self, mode: Mode = Mode.INCREMENTAL) -> Run:
        """Start a run and return it when it has ended."""
        started = self.start(mode)
        self.settle()
        return self.ended(started)

    def ended(self, run: Run) -> Run:
        stored = self.runs.get(TENANT, SYNC, run.id)
        assert stored is not None
        assert stored.status.ended, f"{stored.status}: {stored.error_message or stored.waiting_for}"
        return stored

    def calls(self) -> dict[str, int]:
        """Return the calls since the last question, by endpoint."""
        since = Counter(self.world.calls)
        since.subtract(self._asked)
        self._asked = Counter(self.world.calls)
        return {name: count for name, count in since.items() if count}

    def skipped_of(self, run: Run) -> list[dict[str, str]]:
        """Return the rows of the run's published CSV."""
        text = self.skipped_files.published[TENANT, SYNC, run.id].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))
