"""What a worker does with a message."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from shared.domain.compact import DigestSet
from shared.domain.connection import Connection, ConnectionStatus
from shared.domain.errors import (
    Conflict,
    ContactLimit,
    LeaseLost,
    RateLimited,
    ReconnectNeeded,
    RetryLater,
    RunBroken,
    UpstreamError,
)
from shared.domain.run import Mode, Phase, Run, RunStatus, Trigger
from shared.domain.settings import Sync, SyncStatus
from shared.ports import Connections, Schedules, TokenStore, WakeUp, Zoho
from shared.usecases.run_sync.control import NOT_NOW, RunControl, change_sync
from shared.usecases.run_sync.ending import Ending
from shared.usecases.run_sync.phases import PHASES
from shared.usecases.run_sync.seen import Seen
from shared.usecases.run_sync.stops import Cancelled, OutOfTime, Paused, files_gone
from shared.usecases.run_sync.work import Stores, Work

# The lease outlives the function's timeout (180 s), so whoever finds it expired knows that its owner is dead.
LEASE = timedelta(seconds=240)
SLICE = timedelta(seconds=100)
RESERVE = timedelta(seconds=50)  # a call in flight may take 30 s, the commit and what it waits for the rest
CONCURRENCY = 8

STALLS = 3
CRASHES = 5
# A million contacts take 13.1 days at Zoho's pace; a slice is at least 100 s of that.
LONGEST_RUN = timedelta(days=60)
MOST_TICKS = 60_000
STALL_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


class Worker:
    """Makes the run of a fired schedule, or works off one slice of a run."""

    def __init__(
        self,
        *,
        stores: Stores,
        connections: Connections,
        tokens: TokenStore,
        schedules: Schedules,
        zoho: Zoho,
        control: RunControl,
        ending: Ending,
        executor: Callable[[int], Executor],
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._stores = stores
        self._connections = connections
        self._tokens = tokens
        self._schedules = schedules
        self._zoho = zoho
        self._control = control
        self._ending = ending
        self._executor = executor
        self._concurrency = concurrency

    def handle(self, message: WakeUp, *, budget_seconds: float) -> None:
        """Do what `message` asks within `budget_seconds`; a stale or repeated message does nothing.

        Raises only for what a later delivery of the same message may mend.
        """
        if message.kind == "fire":
            self._fire(message)
        else:
            self._slice(message, timedelta(seconds=budget_seconds))

    def _fire(self, message: WakeUp) -> None:
        sync = self._stores.syncs.get(message.tenant)
        if sync is None or sync.id != message.sync_id:
            self._schedules.delete(message.tenant, message.sync_id)
            return
        due_at = datetime.fromisoformat(message.scheduled_at)
        try:
            self._control.start(sync, trigger=Trigger.SCHEDULE, mode=Mode.INCREMENTAL, due_at=due_at)
        except Conflict as conflict:
            if conflict.code not in NOT_NOW:
                raise

    def _slice(self, message: WakeUp, budget: timedelta) -> None:
        clock = self._stores.clock
        now = clock.now()
        run = self._stores.runs.get(message.tenant, message.sync_id, message.run_id)
        if run is None or run.status.ended or run.tick != message.tick:
            return
        leased = self._stores.runs.acquire(run, owner=uuid4().hex, until=now + LEASE, now=now)
        if leased is None:
            return
        sync = self._stores.syncs.get(run.tenant)
        connection = self._connections.get(run.tenant)
        if sync is None or sync.id != run.sync_id or connection is None:
            self._abandon(leased)
            return
        with self._executor(self._concurrency) as executor:
            work = self._work(leased, sync, connection, executor, now + min(SLICE, budget - RESERVE))
            try:
                self._work_off(work)
            except LeaseLost:
                return

    def _abandon(self, run: Run) -> None:
        """End a run whose sync was removed, so that nobody is woken for it until it is erased as well."""
        with suppress(LeaseLost):
            self._stores.runs.commit(
                replace(run, status=RunStatus.CANCELLED, finished_at=self._stores.clock.now(), wake_at=None)
            )

    def _work(
        self, run: Run, sync: Sync, connection: Connection, executor: Executor, ends_at: datetime
    ) -> Work:
        stores = self._stores
        if run.started_at is None:
            run = replace(run, started_at=stores.clock.now())
        return Work(
            stores=stores,
            run=run,
            sync=sync,
            connection=connection,
            zoho=self._zoho.open(connection),
            executor=executor,
            concurrency=self._concurrency,
            digest_key=self._tokens.digest_key(run.tenant),
            ends_at=ends_at,
            seen=Seen(stores.files, DigestSet(), DigestSet()),
            calls_before=run.calls,
        )

    def _work_off(self, work: Work) -> None:
        """Work until the run ends or has to stop; every way to stop is one branch here."""
        before = _place(work.run)
        ending = self._ending
        try:
            _check_fitness(work)
            _load(work)
            while work.run.cursor.phase is not Phase.FINISH:
                PHASES[work.run.cursor.phase](work)
            ending.complete(work)
        except LeaseLost:
            raise
        except Cancelled:
            ending.cancel(work)
        except Paused:
            ending.pause(work)
        except OutOfTime:
            self._go_on_or_fail(work, before)
        except RateLimited as limited:
            ending.wait(work, work.now() + timedelta(seconds=limited.wait_seconds), "rate_limit")
        except RetryLater as fault:
            self._wait_or_fail(work, before, fault)
        except ReconnectNeeded as gone:
            self._wait_for_user(work, gone, "reconnect", disconnect=True)
        except ContactLimit as full:
            self._wait_for_user(work, full, "contact_limit")
        except UpstreamError as error:
            ending.fail(work, error)
        except RunBroken as broken:
            ending.fail(work, broken)

    def _note_progress(self, work: Work, before: object) -> None:
        work.save_reading()
        work.save_owners()
        # What was counted is no measure: a page that is read again and again is counted again and again.
        moved = work.accepted > 0 or _place(work.run) != before
        stalled = 0 if moved else work.run.stalled + 1
        work.run = replace(work.run, stalled=stalled)

    def _go_on_or_fail(self, work: Work, before: object) -> None:
        self._note_progress(work, before)
        if work.run.stalled < STALLS:
            self._ending.go_on(work)
            return
        stuck = RunBroken(
            f"The run made no progress in {STALLS} slices in a row; start it again.", code="run_stalled"
        )
        self._ending.fail(work, stuck)

    def _wait_or_fail(self, work: Work, before: object, fault: RetryLater) -> None:
        self._note_progress(work, before)
        stalled = work.run.stalled
        if stalled >= STALLS:
            self._ending.fail(work, fault)
            return
        wake_at = work.now() + STALL_WAITS[min(stalled, len(STALL_WAITS) - 1)]
        self._ending.wait(work, wake_at, "zoho_unavailable")

    def _wait_for_user(
        self, work: Work, error: UpstreamError, waiting_for: str, *, disconnect: bool = False
    ) -> None:
        """Park the run until the user has connected again, or has upgraded the plan and resumes."""
        if disconnect and not self._disconnect(work.connection):
            # Connected again while this slice was at work: the new consent deserves a try.
            self._ending.wait(work, work.now(), waiting_for)
            return
        change_sync(
            self._stores.syncs,
            work.run.tenant,
            work.run.sync_id,
            lambda sync: replace(
                sync,
                status=SyncStatus.NEEDS_ATTENTION if sync.status is SyncStatus.ACTIVE else sync.status,
                attention=error.message,
            ),
        )
        self._ending.tell(
            work,
            kind=f"run_waiting_{waiting_for}",
            title="The sync needs you",
            body=f"{work.sync.settings.list_name}: {error.message}",
            now=work.now(),
        )
        self._ending.wait(work, None, waiting_for)

    def _disconnect(self, used: Connection) -> bool:
        """Note that the consent `used` is gone; False when the connection has been changed since."""
        if used.status is not ConnectionStatus.CONNECTED:
            return True
        return self._connections.update(replace(used, status=ConnectionStatus.NEEDS_RECONNECT))


def _load(work: Work) -> None:
    """Load what earlier slices of this run have saved; raises `RunBroken` when it is gone."""
    run, files = work.run, work.stores.files
    try:
        work.seen = Seen.load(files, run)
        if run.cursor.members_base:
            data = files.get(run.tenant, run.sync_id, run.id, run.cursor.members_base)
            work.members = DigestSet.from_bytes(data)
    except KeyError as missing:
        raise files_gone() from missing


def _check_fitness(work: Work) -> None:
    """Raise what keeps this run from going on: a failure noted earlier, too many crashes, no consent."""
    run = work.run
    if run.error_code:
        raise RunBroken(run.error_message, code=run.error_code)
    if run.cursor.phase is Phase.FINISH:
        return
    if work.sync.cancel_run_id == run.id:
        raise Cancelled
    if run.epoch - run.committed_epoch > CRASHES:
        raise RunBroken("The run broke off several times in a row; start it again.", code="run_crashed")
    if work.now() - run.created_at > LONGEST_RUN or run.tick >= MOST_TICKS:
        raise RunBroken(
            f"The run did not come to its end within {LONGEST_RUN.days} days; what it did is kept. "
            "Start it again to do the rest.",
            code="run_too_long",
        )
    if work.connection.status is not ConnectionStatus.CONNECTED:
        work.check()
        raise ReconnectNeeded("Zoho has to be connected again.")


def _place(run: Run) -> tuple[object, ...]:
    """Return where the run stands; an accepted contact is progress as well."""
    at = run.cursor
    return (at.phase, at.page, at.after, at.second_look, at.owners_base, at.reading_page)
