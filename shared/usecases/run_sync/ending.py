"""How a slice ends: the run goes on, waits, pauses, completes, fails or is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.contact import SkipReason
from shared.domain.errors import Conflict, SyncError
from shared.domain.run import Counters, Mode, Notification, Phase, RunStatus, Trigger
from shared.domain.settings import Sync, SyncStatus
from shared.ports import Queue
from shared.usecases.run_sync.control import NOT_NOW, RunControl, change_sync, is_bulk, wake_up
from shared.usecases.run_sync.phases import save_members
from shared.usecases.run_sync.stops import Cancelled, files_gone
from shared.usecases.run_sync.work import RETRIES_AT_MOST, Work

LONGEST_DELAY = timedelta(minutes=15)  # Amazon SQS: DelaySeconds is at most 900


class Ending:
    """Commits a slice in one write and sends the next wake-up where one is due soon."""

    def __init__(self, *, queue: Queue, control: RunControl) -> None:
        self._queue = queue
        self._control = control

    def go_on(self, work: Work) -> None:
        """The slice's time is used up: the next slice follows at once."""
        self._park(work, RunStatus.RUNNING, wake_at=work.now(), waiting_for="")

    def wait(self, work: Work, wake_at: datetime | None, waiting_for: str) -> None:
        """Wait until `wake_at`, or with None until the user has done something."""
        self._park(work, RunStatus.WAITING, wake_at=wake_at, waiting_for=waiting_for)

    def pause(self, work: Work) -> None:
        self._park(work, RunStatus.PAUSED, wake_at=None, waiting_for="")

    def _park(self, work: Work, status: RunStatus, *, wake_at: datetime | None, waiting_for: str) -> None:
        if work.run.cursor.phase is Phase.MEMBERS:
            save_members(work)
        work.save_reading()
        work.save_owners()
        work.settle_refused()
        work.run = work.seen.join(work.run)
        work.count_calls()
        run = work.stores.runs.commit(
            replace(
                work.run,
                status=status,
                wake_at=wake_at,
                waiting_for=waiting_for,
                committed_epoch=work.run.epoch,
            )
        )
        # Somebody may have wished to wake it meanwhile: the store says when it is due.
        if run.wake_at is None or run.status is RunStatus.PAUSED:
            return
        delay = max(timedelta(), run.wake_at - work.now())
        if delay <= LONGEST_DELAY:
            self._queue.send(
                wake_up(run), delay_seconds=int(delay.total_seconds() + 0.999), bulk=is_bulk(run)
            )

    # ---- ends of the run ------------------------------------------------------------------------------

    def complete(self, work: Work) -> None:
        """Publish the skipped records, remember the watermark, tell the user, then close the run.

        Every step may be repeated after a crash; the run's own write comes last.
        """
        work.settle_refused()
        work.checkpoint(now_or_never=True)
        run, now = work.run, work.now()
        try:
            self._publish_skipped(work)
        except KeyError as missing:
            raise files_gone() from missing
        full = run.mode is Mode.FULL

        def remember(sync: Sync) -> Sync:
            if sync.settings_revision != run.settings_revision or sync.cancel_run_id == run.id:
                # What this run has done is not what the sync is to do now.
                raise Cancelled
            duplicates = run.counters.skipped.get(SkipReason.DUPLICATE_EMAIL, 0)
            duplicates += 0 if full else sync.duplicates
            last_full_at = (run.started_at or now) if full else sync.last_full_at
            # An address that somebody gave up may free a duplicate: then the next run looks at everybody.
            freed = run.changed_owners or (run.changed_emails and not full)
            too_many = len(run.retry) > RETRIES_AT_MOST
            return replace(
                sync,
                watermark=run.cursor.watermark or sync.watermark,
                last_full_at=None if too_many or (freed and duplicates) else last_full_at,
                retry=() if too_many else run.retry,
                customers=run.counters.total if full else sync.customers,
                duplicates=duplicates,
                members_known=True,
                field_lengths=dict(run.field_lengths),
                status=SyncStatus.ACTIVE if sync.status is SyncStatus.NEEDS_ATTENTION else sync.status,
                attention="",
            )

        self._close(work, RunStatus.COMPLETED, remember)
        work.stores.files.delete_run(run.tenant, run.sync_id, run.id)

    def fail(self, work: Work, error: SyncError) -> None:
        """End the run as failed; the sync needs the user's attention."""
        work.run = replace(work.run, error_code=error.code, error_message=error.message)
        self._count_page_in_hand(work)
        work.checkpoint(now_or_never=True)

        def attend(sync: Sync) -> Sync:
            status = SyncStatus.NEEDS_ATTENTION if sync.status is SyncStatus.ACTIVE else sync.status
            return replace(sync, status=status, attention=error.message)

        self._publish_what_is_left(work)
        self._close(work, RunStatus.FAILED, attend)

    def cancel(self, work: Work) -> None:
        """End the run as cancelled; what was done stays in its counts."""
        self._count_page_in_hand(work)
        work.checkpoint(now_or_never=True)
        self._publish_what_is_left(work)
        self._close(work, RunStatus.CANCELLED, lambda sync: sync)

    def _close(self, work: Work, status: RunStatus, change: Callable[[Sync], Sync]) -> None:
        """Change the sync, start what is to follow, tell the user; the run's own write comes last.

        Until then a crash brings this run back, and every step may be repeated.
        """
        run = work.run
        now = work.now()

        def release(sync: Sync) -> Sync:
            if sync.current_run_id != run.id:
                # A repetition after a crash comes later than the run that followed this one.
                return replace(sync, cancel_run_id=None) if sync.cancel_run_id == run.id else sync
            return replace(change(sync), last_run_id=run.id, current_run_id=None, cancel_run_id=None)

        sync = change_sync(work.stores.syncs, run.tenant, run.sync_id, release)
        if sync is not None and sync.restart_wanted:
            self._restart(work, sync)
        self._notify(work, status, now)
        work.count_calls()
        work.run = work.stores.runs.commit(
            replace(
                work.run,
                status=status,
                estimated_total=run.counted.total if status is RunStatus.COMPLETED else run.estimated_total,
                finished_at=now,
                wake_at=None,
                waiting_for="",
                committed_epoch=run.epoch,
            )
        )

    def _restart(self, work: Work, sync: Sync) -> None:
        """Start the run that an edit of this one asked for."""
        try:
            self._control.start(
                sync,
                trigger=Trigger.FIRST,
                mode=Mode.FULL,
                discriminator=f"edit-{sync.settings_revision}",
            )
        except Conflict as conflict:
            if conflict.code not in NOT_NOW:
                raise
        change_sync(
            work.stores.syncs, sync.tenant, sync.id, lambda stored: replace(stored, restart_wanted=False)
        )

    def _count_page_in_hand(self, work: Work) -> None:
        run = work.run
        parts = run.cursor.skipped_parts + (1 if run.page_counters.skipped_total else 0)
        work.run = replace(
            run,
            counters=run.counted,
            page_counters=Counters(),
            cursor=replace(run.cursor, skipped_parts=parts),
        )

    def _publish_what_is_left(self, work: Work) -> None:
        """Publish the skipped records, unless they have expired while the run rested."""
        with suppress(KeyError):
            self._publish_skipped(work)

    def _publish_skipped(self, work: Work) -> None:
        run = work.run
        if run.counters.skipped_total:
            work.stores.skipped.publish(run.tenant, run.sync_id, run.id, run.cursor.skipped_parts)

    def _notify(self, work: Work, status: RunStatus, now: datetime) -> None:
        run, name = work.run, work.sync.settings.list_name
        counted = run.counted
        if status is RunStatus.COMPLETED:
            title = "The sync completed"
            body = (
                f"{name}: {counted.added} added, {counted.updated} updated, "
                f"{counted.unchanged} unchanged, {counted.skipped_total} skipped."
            )
        elif status is RunStatus.FAILED:
            title, body = "The sync stopped", f"{name}: {run.error_message}"
        else:
            return
        self.tell(work, kind=f"run_{status}", title=title, body=body, now=now)

    def tell(self, work: Work, *, kind: str, title: str, body: str, now: datetime) -> None:
        """Store one notification of `kind` for this run; repeating it changes nothing."""
        run = work.run
        work.stores.notifications.put(
            run.tenant,
            Notification(
                id=f"{run.id}-{kind}",
                kind=kind,
                title=title,
                body=body,
                created_at=now,
                link=f"/#/syncs/{run.sync_id}/configuration",
            ),
        )
