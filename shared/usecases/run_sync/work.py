"""What a slice has in hand while it works."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.domain.compact import DigestSet
from shared.domain.connection import Connection
from shared.domain.errors import LeaseLost, RateLimited
from shared.domain.pacing import SUBSCRIBE, Slots
from shared.domain.plan import LedgerEntry, Rules
from shared.domain.run import Run
from shared.domain.settings import Sync, SyncStatus
from shared.ports import (
    Clock,
    Ledger,
    Notifications,
    RateLimiter,
    RunFiles,
    Runs,
    SkippedFiles,
    Syncs,
    ZohoClients,
)
from shared.usecases.run_sync.exclusions import Exclusions, Reading
from shared.usecases.run_sync.owner_index import OwnerIndex
from shared.usecases.run_sync.seen import Seen
from shared.usecases.run_sync.stops import Cancelled, OutOfTime, Paused

CHECKPOINT_EVERY = timedelta(seconds=8)
SLOTS_AT_ONCE = 25
# Slots that passed unused for longer are void: their calls, made at once, would overfill a minute.
SLOTS_KEPT_SECONDS = 1.5
LONGEST_SLEEP = timedelta(seconds=20)
LONGEST_READING = timedelta(hours=2)
REFUSALS_TO_DISTRUST = 20
# Slices without progress, each followed by a wait, after which a fault is taken for one record's own.
STALLS_BEFORE_POISON = 2
RETRIES_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Stores:
    """The ports a slice works with."""

    syncs: Syncs
    runs: Runs
    ledger: Ledger
    files: RunFiles
    skipped: SkippedFiles
    notifications: Notifications
    limiter: RateLimiter
    clock: Clock


@dataclass(slots=True)
class Work:
    """One slice: `run` is replaced as it advances; everything else belongs to this slice alone."""

    stores: Stores
    run: Run
    sync: Sync
    connection: Connection
    zoho: ZohoClients
    executor: Executor
    concurrency: int
    digest_key: bytes
    ends_at: datetime
    seen: Seen
    exclusions: Exclusions | None = None
    reading: Reading | None = None
    owners: OwnerIndex | None = None
    unsettled: list[LedgerEntry] = field(default_factory=list)
    members: DigestSet | None = None
    slots: list[float] = field(default_factory=list)
    slots_at_once: int = SLOTS_AT_ONCE
    accepted: int = 0
    refused: int = 0
    outages: int = 0
    faults: int = 0
    saved_at: datetime | None = None
    calls_before: Mapping[str, int] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.stores.clock.now()

    def rules(self) -> Rules:
        exclusions = self.fresh_exclusions()
        settings = self.sync.settings
        members = self.members if self.run.first_contact else None
        is_member: Callable[[int], bool] | None = members.__contains__ if members is not None else None
        return Rules(
            digest_key=self.digest_key,
            settings=settings,
            version=settings.version,
            run_id=self.run.id,
            field_lengths=self.run.field_lengths,
            excluded=exclusions.reason,
            is_member=is_member,
        )

    # ---- being allowed to go on -----------------------------------------------------------------------

    def check(self) -> None:
        """Raise `Paused`, `Cancelled`, `OutOfTime` or `LeaseLost` when this slice has to stop here."""
        stored = self.stores.syncs.get(self.run.tenant)
        if stored is None or stored.id != self.run.sync_id:
            raise LeaseLost("The sync of this run was removed.")
        if (
            stored.cancel_run_id == self.run.id
            or stored.current_run_id != self.run.id
            or stored.settings_revision != self.run.settings_revision
        ):
            raise Cancelled
        if stored.status is SyncStatus.PAUSED:
            raise Paused
        self.check_time()

    def check_time(self) -> None:
        if self.now() >= self.ends_at:
            raise OutOfTime

    # ---- the people who must not be posted -----------------------------------------------------------

    def fresh_exclusions(self) -> Exclusions:
        """Return the exclusions: those of an earlier slice while they are fresh, else read anew and saved.

        Reading may end the slice; the next one goes on from there.
        """
        if self.exclusions is None:
            self.exclusions = self._saved_exclusions()
        if self.exclusions is None or self.exclusions.stale(self.now()):
            self.exclusions = self._read_exclusions()
        return self.exclusions

    def _saved_exclusions(self) -> Exclusions | None:
        if self.run.cursor.exclusions_at is None:
            return None
        data = self._file("exclusions")
        return None if data is None else Exclusions.from_bytes(data, self.run.cursor.exclusions_at)

    def _read_exclusions(self) -> Exclusions:
        reading = self.reading = self.reading or self._begun_reading() or Reading(self.now())
        while not reading.complete:
            self.check()
            reading.read_page(self.zoho.campaigns, self.sync.settings.list_key, self.digest_key)
        exclusions = reading.exclusions(self.now())
        self._put_file("exclusions", exclusions.to_bytes())
        self.reading = None
        cursor = replace(self.run.cursor, exclusions_at=exclusions.read_at, reading_at=None, reading_page=0)
        self.run = replace(self.run, cursor=cursor)
        return exclusions

    def _begun_reading(self) -> Reading | None:
        cursor = self.run.cursor
        if cursor.reading_at is None or self.now() - cursor.reading_at > LONGEST_READING:
            return None
        data = self._file(f"reading-{cursor.reading_page}")
        return None if data is None else Reading.from_bytes(data, cursor.reading_at, cursor.reading_page)

    def save_reading(self) -> None:
        """Save a reading of the exclusions that did not fit into this slice."""
        if self.reading is None or self.reading.pages == 0:
            return
        self._put_file(f"reading-{self.reading.pages}", self.reading.to_bytes())
        cursor = replace(self.run.cursor, reading_at=self.reading.began_at, reading_page=self.reading.pages)
        self.run = replace(self.run, cursor=cursor)

    def _file(self, name: str) -> bytes | None:
        """Return a working file of this run, None when it has expired: what is in it can be read again."""
        try:
            return self.stores.files.get(self.run.tenant, self.run.sync_id, self.run.id, name)
        except KeyError:
            return None

    def _put_file(self, name: str, data: bytes) -> None:
        self.stores.files.put(self.run.tenant, self.run.sync_id, self.run.id, name, data)

    # ---- who has which address ------------------------------------------------------------------------

    def owner_index(self) -> OwnerIndex:
        """Return the index of the ledger's addresses; reading it may end the slice, the next one goes on."""
        if self.owners is None:
            name = self.run.cursor.owners_base
            data = self._file(name) if name else None
            self.owners = OwnerIndex() if data is None else OwnerIndex.from_bytes(data)
        index = self.owners
        if not index.complete:
            entries = self.stores.ledger.entries(self.run.tenant, self.run.sync_id, after=index.after)
            index.read(entries, self.check_time)
        return index

    def save_owners(self) -> None:
        """Save the index when this slice has changed it, under a new name: a crash leaves the older whole."""
        if self.owners is None or not self.owners.changed:
            return
        name = f"owners-{self.run.tick}"
        self._put_file(name, self.owners.to_bytes())
        self.owners.changed = False
        self.run = replace(self.run, cursor=replace(self.run.cursor, owners_base=name))

    # ---- refusals -------------------------------------------------------------------------------------

    def settle_refused(self) -> None:
        """Note contacts that Campaigns refused and that nobody was accepted after, unless they are many.

        Those are posted again by the next run.
        """
        if len(self.unsettled) >= REFUSALS_TO_DISTRUST:
            for entry in self.unsettled:
                self.try_next_time(entry.contact_id)
        elif self.unsettled:
            self.stores.ledger.put_many(self.run.tenant, self.run.sync_id, self.unsettled)
        self.unsettled = []

    def try_next_time(self, contact_id: str) -> None:
        """Remember a customer skipped without being settled: the sync's next run looks at it again."""
        known = self.run.retry
        if contact_id not in known and len(known) <= RETRIES_AT_MOST:
            self.run = replace(self.run, retry=(*known, contact_id))

    # ---- Zoho's pace ----------------------------------------------------------------------------------

    def wait_for_slot(self, wanted: int) -> None:
        """Return when the next contact may be posted.

        Raises `RateLimited` or `OutOfTime` when that is far off.

        `wanted` is how many posts are still to come: that many slots are reserved at once, 25 at the most,
        and fewer while Zoho is so slow that slots in hand grow void.
        """
        self._void_late_slots()
        while not self.slots:
            now = self.now()
            taken = self.stores.limiter.take(
                self.connection.campaigns_account,
                SUBSCRIBE,
                now=now,
                wanted=min(wanted, self.slots_at_once),
                horizon=self.ends_at,
            )
            if taken.count:
                self.slots = _times(taken)
                break
            self._sleep_until_retry(taken, now)
        early_seconds = self.slots.pop(0) - self.now().timestamp()
        if early_seconds > 0:
            self.slots_at_once = SLOTS_AT_ONCE
            self.stores.clock.sleep(early_seconds)

    def _void_late_slots(self) -> None:
        """Give up slots long past: calls that leave late would bunch with those that leave in time."""
        late = bisect_left(self.slots, self.now().timestamp() - SLOTS_KEPT_SECONDS)
        if late:
            del self.slots[:late]
            self.slots_at_once = max(1, self.slots_at_once // 2)

    def _sleep_until_retry(self, taken: Slots, now: datetime) -> None:
        wait = taken.retry_at - now.timestamp()
        if now + timedelta(seconds=wait) > self.ends_at and wait <= LONGEST_SLEEP.total_seconds():
            raise OutOfTime
        if wait > LONGEST_SLEEP.total_seconds():
            raise RateLimited("Zoho Campaigns' contact limit for this period is used up.", wait_seconds=wait)
        self.stores.clock.sleep(max(wait, 0.05))

    # ---- saving progress ------------------------------------------------------------------------------

    def checkpoint(self, *, now_or_never: bool = False) -> None:
        """Store the run's progress, at most every few seconds unless `now_or_never`."""
        if not now_or_never and not self.checkpoint_is_due():
            return
        self.count_calls()
        self.stores.runs.checkpoint(self.run)
        self.saved_at = self.now()

    def checkpoint_is_due(self) -> bool:
        return self.saved_at is None or self.now() - self.saved_at >= CHECKPOINT_EVERY

    def count_calls(self) -> None:
        calls = Counter(self.calls_before)
        calls.update(self.zoho.calls)
        self.run = replace(self.run, calls=dict(calls))


def _times(slots: Slots) -> list[float]:
    return [slots.first_at + number * slots.interval_seconds for number in range(slots.count)]
