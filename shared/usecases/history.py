"""What happened: runs, the download of the records that were skipped, notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.errors import NotFound
from shared.domain.run import Notification, Run
from shared.ports import Clock, Notifications, Page, Runs, SkippedFiles, Syncs

DOWNLOAD_LIFETIME = timedelta(minutes=5)
SKIPPED_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Download:
    """The address of a skipped-record CSV with `rows` records, valid until `expires_at`."""

    url: str
    expires_at: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of notifications, and how many of all are unread."""

    page: Page[Notification]
    unread: int


class History:
    def __init__(
        self, *, syncs: Syncs, runs: Runs, skipped: SkippedFiles, notifications: Notifications, clock: Clock
    ) -> None:
        self._syncs = syncs
        self._runs = runs
        self._skipped = skipped
        self._notifications = notifications
        self._clock = clock

    def runs(self, tenant: str, sync_id: str, *, limit: int, cursor: str | None) -> Page[Run]:
        """Return runs newest first; raises `NotFound`, or `BadRequest` for a foreign cursor."""
        self._check_owner(tenant, sync_id)
        return self._runs.list(tenant, sync_id, limit=limit, cursor=cursor)

    def run(self, tenant: str, sync_id: str, run_id: str) -> Run:
        self._check_owner(tenant, sync_id)
        run = self._runs.get(tenant, sync_id, run_id)
        if run is None:
            raise NotFound("There is no such run.", code="run_not_found")
        return run

    def skipped(self, tenant: str, sync_id: str, run_id: str) -> Download:
        """Return the download of a run that has ended.

        Raises `NotFound`: `nothing_skipped` without one, `skipped_expired` when it is there no longer.
        """
        run = self.run(tenant, sync_id, run_id)
        if not run.status.ended:
            raise NotFound(
                "The skipped records can be downloaded once the run has ended.", code="nothing_skipped"
            )
        rows = run.counted.skipped_total
        if not rows:
            raise NotFound("This run skipped no records.", code="nothing_skipped")
        ended_at = run.finished_at or run.created_at
        if self._clock.now() - ended_at >= SKIPPED_KEPT or run.error_code == "run_files_gone":
            raise NotFound(
                f"The list of skipped records is kept for {SKIPPED_KEPT.days} days; sync everything to have "
                "one of today.",
                code="skipped_expired",
            )
        expires_at = self._clock.now() + DOWNLOAD_LIFETIME
        url = self._skipped.presign(
            tenant,
            sync_id,
            run_id,
            seconds=int(DOWNLOAD_LIFETIME.total_seconds()),
            filename=f"skipped-{run.sync_time:%Y-%m-%d-%H%M}.csv",
        )
        return Download(url, expires_at, rows)

    def notifications(self, tenant: str, *, limit: int, cursor: str | None) -> Inbox:
        page = self._notifications.list(tenant, limit=limit, cursor=cursor)
        return Inbox(page, self._notifications.unread(tenant))

    def mark_read(self, tenant: str, notification_id: str) -> Notification:
        """Mark it as read; the first time stays. Raises `NotFound` (`notification_not_found`)."""
        marked = self._notifications.mark_read(tenant, notification_id, self._clock.now())
        if marked is None:
            raise NotFound("There is no such notification.", code="notification_not_found")
        return marked

    def _check_owner(self, tenant: str, sync_id: str) -> None:
        sync = self._syncs.get(tenant)
        if sync is None or sync.id != sync_id:
            raise NotFound("There is no such sync.", code="sync_not_found")
