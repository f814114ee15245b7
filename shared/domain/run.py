"""One run of a sync: its counts, its place in the work, and who may work on it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.domain.contact import SkipReason


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


class Trigger(StrEnum):
    """What started a run; `first` also stands for the run that an edit initiates."""

    FIRST = "first"
    SCHEDULE = "schedule"
    MANUAL = "manual"


class Mode(StrEnum):
    INCREMENTAL = "incremental"
    FULL = "full"


class Phase(StrEnum):
    """The steps of a run, in order; an incremental run reads changed rows instead of all customers."""

    PREPARE = "prepare"
    MEMBERS = "members"
    CHANGED = "changed"
    ACTIVE = "active"
    INACTIVE = "inactive"
    ABSENT = "absent"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Counters:
    """What happened to the records examined so far; `skipped` is keyed by reason."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: Mapping[SkipReason, int] = field(default_factory=dict)

    @property
    def skipped_total(self) -> int:
        return sum(self.skipped.values())

    @property
    def total(self) -> int:
        """Every record examined: nothing is counted that is not in one of the four."""
        return self.added + self.updated + self.unchanged + self.skipped_total

    def plus(self, other: Counters) -> Counters:
        reasons = dict(self.skipped)
        for reason, count in other.skipped.items():
            reasons[reason] = reasons.get(reason, 0) + count
        return Counters(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            reasons,
        )

    def skip(self, reason: SkipReason) -> Counters:
        return replace(self, skipped={**self.skipped, reason: self.skipped.get(reason, 0) + 1})


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run stands: everything before it is done and counted, everything after it is still to do.

    `page` is the next page to read (1-based: of Books customers, or of the list's members in that phase);
    `after` is the last ledger contact id examined in the phase `absent`.
    `watermark` is what the sync will remember when this run completes.
    `skipped_parts` names the pieces of the skipped-record CSV that are complete.
    `seen_parts` counts the saved pieces of the set of customers seen in this run, `seen_base` those of them
    that were joined into one file. `members_base` names the saved set of list members, "" for none.
    `exclusions_at` is when the reading of the saved sets of unsubscribed and bounced members began;
    `reading_at` and `reading_page` tell where a new reading stands that did not fit into one slice (None:
    there is none). `second_look` is set while changed customers are read once more, `owners_base` names the
    saved index of who has which address.
    """

    phase: Phase = Phase.PREPARE
    page: int = 1
    after: str = ""
    watermark: datetime | None = None
    skipped_parts: int = 0
    seen_base: int = 0
    seen_parts: int = 0
    members_base: str = ""
    exclusions_at: datetime | None = None
    reading_at: datetime | None = None
    reading_page: int = 0
    second_look: bool = False
    owners_base: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """The state of a run; it is one stored item, so one conditional write is its transaction.

    `tick` counts committed slices and goes into every wake-up message; `epoch` counts leases and fences the
    writes of a worker that lost its lease. `counters` are those of completed pages, `page_counters` those of
    the page in hand, which is counted anew when that page is read again.
    `changed_emails` counts posted customers whose address had changed, `changed_owners` addresses whose owner
    may no longer be the right one, `absent` customers found deleted in Books; a crash may leave these notes
    too low. `retry` are customers (ids) skipped without being settled.
    `stalled` counts slices in a row that made no progress; `committed_epoch` is the epoch of the last slice
    that was committed, so that leases which ended in a crash can be counted. `calls` counts Zoho calls by
    endpoint.
    `field_lengths` maps a field that is filled, spelled as in Campaigns, to its limit (0: none).
    """

    id: str
    tenant: str
    sync_id: str
    trigger: Trigger
    mode: Mode
    status: RunStatus
    created_at: datetime
    settings_revision: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    tick: int = 0
    epoch: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    waiting_for: str = ""
    cursor: Cursor = field(default_factory=Cursor)
    counters: Counters = field(default_factory=Counters)
    page_counters: Counters = field(default_factory=Counters)
    estimated_total: int | None = None
    first_contact: bool = False
    changed_emails: int = 0
    changed_owners: int = 0
    retry: tuple[str, ...] = ()
    absent: int = 0
    stalled: int = 0
    committed_epoch: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)
    field_lengths: Mapping[str, int] = field(default_factory=dict)
    error_code: str = ""
    error_message: str = ""

    @property
    def counted(self) -> Counters:
        """The counts as of now, the page in hand included."""
        return self.counters.plus(self.page_counters)

    @property
    def sync_time(self) -> datetime:
        """The time history shows for this run."""
        return self.started_at or self.created_at


def woken(run: Run, at: datetime) -> Run:
    """Return a run that nobody holds, due at `at`: paused turns queued, an ended one stays as it is."""
    if run.status.ended:
        return run
    status = RunStatus.QUEUED if run.status is RunStatus.PAUSED else run.status
    return replace(run, status=status, wake_at=at)


def run_id(sync_id: str, moment: datetime, discriminator: str = "") -> str:
    """Return the id of the run of `sync_id` due at `moment` (aware): the same for a firing delivered twice.

    Ids sort by time, so that history can be listed newest first.
    """
    milliseconds = int(moment.timestamp() * 1000)
    suffix = hashlib.blake2b(f"{sync_id}/{milliseconds}/{discriminator}".encode(), digest_size=6).hexdigest()
    return f"{milliseconds:011x}{suffix}"


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """One line of the skipped-record CSV."""

    contact_id: str
    contact_name: str
    email: str
    reason: SkipReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notification:
    id: str
    kind: str
    title: str
    body: str
    created_at: datetime
    link: str
    read_at: datetime | None = None
