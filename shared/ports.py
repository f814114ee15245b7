"""What the use cases need from the outside: one Protocol per neighbour, implemented in `shared.adapters`.

Every store is scoped by `tenant` (an opaque hash of the token's subject). Conditional methods say so; the
others are plain reads and writes. Any method may raise what its adapter cannot recover from; the Zoho ports
raise the `UpstreamError`s of `shared.domain.errors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from shared.domain.connection import Connection, Organization, PendingAuthorization, Tokens
from shared.domain.customer import BooksField, Customer
from shared.domain.mapping import CampaignsField
from shared.domain.pacing import Endpoint, Slots
from shared.domain.plan import LedgerEntry
from shared.domain.run import Mode, Notification, Run, SkippedRecord, Trigger
from shared.domain.settings import MailingList, Sync, TopicChoice

T = TypeVar("T")


class Clock(Protocol):
    """Time and waiting; virtual in tests."""

    def now(self) -> datetime:
        """Return the current time, UTC-aware."""

    def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less."""


class Cipher(Protocol):
    """Encryption of small secrets, bound to their tenant and to what they are."""

    def encrypt(self, tenant: str, kind: str, plaintext: bytes) -> bytes: ...

    def decrypt(self, tenant: str, kind: str, ciphertext: bytes) -> bytes:
        """Return the plaintext; raises when it was encrypted for another tenant or kind."""


# ---- stores -------------------------------------------------------------------------------------------


class Connections(Protocol):
    def get(self, tenant: str) -> Connection | None: ...

    def create(self, connection: Connection) -> bool:
        """Store a tenant's first connection; False when one exists already."""

    def update(self, connection: Connection) -> bool:
        """Replace the stored connection if its revision is still `connection.revision`, which then grows
        by 1; False when somebody else wrote in between or it is gone.
        """

    def delete(self, tenant: str) -> None: ...


class Authorizations(Protocol):
    def save(self, pending: PendingAuthorization) -> None:
        """Store it until its `expires_at`; the verifier is stored encrypted."""

    def take(self, tenant: str, state: str) -> PendingAuthorization | None:
        """Return and remove it, once; None for an unknown, used or other tenant's state.

        The caller checks the expiry.
        """


class TokenStore(Protocol):
    """The tenant's tokens and digest key, encrypted at rest."""

    def get(self, tenant: str) -> Tokens | None: ...

    def save(self, tenant: str, tokens: Tokens, *, until: datetime | None = None) -> None:
        """Store a grant, whatever was there; a refresh of the grant before it that is under way is ended.

        With `until` the store drops it some time after that, whether anybody deletes it or not.
        """

    def save_refreshed(self, tenant: str, owner: str, tokens: Tokens) -> bool:
        """Store what a refresh brought if `owner` still holds the refresh lock; False otherwise, as after
        another `save`, after `delete`, or when somebody else took the lock over.
        """

    def delete(self, tenant: str) -> None:
        """Erase tokens, refresh lock and digest key."""

    def begin_refresh(self, tenant: str, owner: str, until: datetime, now: datetime) -> bool:
        """Take the refresh lock if it is free, expired at `now`, or already `owner`'s; False otherwise, and
        when there are no tokens to refresh.
        """

    def end_refresh(self, tenant: str, owner: str) -> None:
        """Release the lock if `owner` holds it."""

    def digest_key(self, tenant: str) -> bytes:
        """Return the tenant's 32-byte key for address digests, made on first use (one winner in a race)."""


class Syncs(Protocol):
    """A tenant has at most one sync."""

    def get(self, tenant: str) -> Sync | None: ...

    def create(self, sync: Sync) -> bool:
        """Store it; False when the tenant has a sync already."""

    def update(self, sync: Sync) -> bool:
        """Replace it if the stored id and revision are the same; the revision grows by 1. False otherwise."""

    def delete(self, tenant: str, sync_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a listing; `cursor` is None on the last one."""

    items: Sequence[T]
    cursor: str | None


class Runs(Protocol):
    def create(self, run: Run) -> bool:
        """Store a new run, due as in `commit`; False when this id exists (a firing delivered twice)."""

    def get(self, tenant: str, sync_id: str, run_id: str) -> Run | None: ...

    def list(self, tenant: str, sync_id: str, *, limit: int, cursor: str | None) -> Page[Run]:
        """Return runs newest first; raises `BadRequest` (`cursor_invalid`) for a cursor not of this list."""

    def acquire(self, run: Run, *, owner: str, until: datetime, now: datetime) -> Run | None:
        """Lease the run: only if its stored tick is `run.tick`, it has not ended, and no other live lease
        exists at `now`. Sets epoch + 1, status running, due at `until` (`wake_at` stays). Returns the run as
        stored, else None.
        Repeating the call with the same owner while the lease lives returns the same run (a lost answer).
        """

    def checkpoint(self, run: Run) -> None:
        """Store progress (cursor, counters, calls, …) within a slice; lease, tick, status and due time stay.

        Raises `LeaseLost` when the stored epoch or owner differ from `run`'s.
        """

    def commit(self, run: Run) -> Run:
        """End a slice: store `run` with tick + 1, without lease, due at `run.wake_at` (not due when that is
        None or the status is paused or ended), in one conditional write. Returns the run as stored.
        A run that somebody wished to `wake` during the slice is due at that moment instead, a paused one
        queued: what the slice has not seen yet must not wait. Raises `LeaseLost` like `checkpoint`; repeating
        it after a lost answer returns the same.
        """

    def wake(self, tenant: str, sync_id: str, run_id: str, at: datetime) -> Run | None:
        """Make a run without a lease due at `at` (paused turns queued) and return it as stored; None when it
        is leased, ended or gone. Ticks do not change. Of a leased one the wish is kept until its slice ends,
        or until the next one begins.
        """

    def due(self, now: datetime, *, limit: int) -> Sequence[Run]:
        """Return runs (of every tenant) whose due time is at or before `now` and that have no live lease."""

    def delete_all(self, tenant: str, sync_id: str) -> None: ...


class Ledger(Protocol):
    def get_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> Mapping[str, LedgerEntry]:
        """Return the entries that exist, by contact id (strongly consistent; any number of ids)."""

    def put_many(self, tenant: str, sync_id: str, entries: Sequence[LedgerEntry]) -> None:
        """Store every entry (batches of 25; unprocessed ones are sent again until all are stored)."""

    def delete_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> None: ...

    def entries(self, tenant: str, sync_id: str, *, after: str = "") -> Iterator[LedgerEntry]:
        """Iterate all entries in ascending contact id order, those greater than `after`."""

    def delete_all(self, tenant: str, sync_id: str, *, until: datetime) -> bool:
        """Erase entries until none is left or the clock passes `until`; return whether none is left."""


class RunFiles(Protocol):
    """A run's working sets: small named blobs without personal data."""

    def put(self, tenant: str, sync_id: str, run_id: str, name: str, data: bytes) -> None: ...

    def get(self, tenant: str, sync_id: str, run_id: str, name: str) -> bytes:
        """Return the blob; raises KeyError when it does not exist."""

    def delete_run(self, tenant: str, sync_id: str, run_id: str) -> None: ...

    def delete_all(self, tenant: str, sync_id: str) -> None: ...


class SkippedFiles(Protocol):
    """The skipped-record CSV of a run: written in parts, then published as one file."""

    def put_part(
        self, tenant: str, sync_id: str, run_id: str, part: int, records: Sequence[SkippedRecord]
    ) -> None:
        """Store part number `part` (0-based); the same number again replaces it."""

    def publish(self, tenant: str, sync_id: str, run_id: str, parts: int) -> None:
        """Join parts 0…parts-1 into the CSV (BOM, RFC 4180, no formula cells) and drop the parts."""

    def presign(self, tenant: str, sync_id: str, run_id: str, *, seconds: int, filename: str) -> str:
        """Return a GET address valid for `seconds` that downloads the CSV as an attachment."""

    def delete_all(self, tenant: str, sync_id: str) -> None: ...


class Notifications(Protocol):
    def put(self, tenant: str, notification: Notification) -> None:
        """Store it; the same id again changes nothing (also not `read_at`)."""

    def list(self, tenant: str, *, limit: int, cursor: str | None) -> Page[Notification]:
        """Newest first by id, which begins with a time (a run's id); raises like `Runs.list`."""

    def unread(self, tenant: str) -> int: ...

    def mark_read(self, tenant: str, notification_id: str, at: datetime) -> Notification | None:
        """Set `read_at` once; None when there is no such notification."""

    def delete_all(self, tenant: str) -> None: ...


class Idempotency(Protocol):
    """Answers of POSTs that started something, by the caller's Idempotency-Key, kept for a day."""

    def claim(self, tenant: str, operation: str, key: str, fingerprint: str, result: str) -> str:
        """Remember `result` for this key and return it; a repetition returns the first `result`.

        Raises `Conflict` (code `idempotency_key_reused`) when `fingerprint` (of the body) differs.
        """

    def lookup(self, tenant: str, operation: str, key: str, fingerprint: str) -> str | None:
        """Return what was claimed before, or None; raises like `claim`."""


class RateLimiter(Protocol):
    """Pacing shared by every worker of an upstream account."""

    def take(
        self, account: str, endpoint: Endpoint, *, now: datetime, wanted: int, horizon: datetime
    ) -> Slots:
        """Reserve slots as `shared.domain.pacing.take` does, atomically across workers."""

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        """Let nobody call this endpoint before `until`."""


# ---- messages -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WakeUp:
    """A message to the worker: ids only.

    `kind` is `slice` (work on a run at `tick`), `fire` (a schedule fired at `scheduled_at`; the run is yet to
    be made), `erase` (erase what is left of the disabled connection made at `scheduled_at`, and its sync) or
    `revoke` (revoke the grant kept for this under `tenant`; `tick` counts the attempts).
    """

    kind: str
    tenant: str
    sync_id: str
    run_id: str = ""
    tick: int = 0
    scheduled_at: str = ""


class Queue(Protocol):
    def send(self, message: WakeUp, *, delay_seconds: int = 0, bulk: bool = False) -> None:
        """Send to the interactive or bulk queue; `delay_seconds` is at most 900."""


class Schedules(Protocol):
    """One EventBridge schedule per sync, whose target is a `fire` message in the interactive queue."""

    def put(self, sync: Sync) -> None:
        """Create or replace the sync's schedule: cron in the user's zone, disabled while it is paused."""

    def delete(self, tenant: str, sync_id: str) -> None:
        """Delete it; nothing happens when there is none."""


class RunControl(Protocol):
    """Starting and nudging runs, for the use cases that change what a run depends on."""

    def start(self, sync: Sync, *, trigger: Trigger, mode: Mode, discriminator: str = "") -> Run:
        """Make the sync's next run and wake a worker for it; the same `discriminator` within a sync is the
        same run. Raises `Conflict`: `run_active`, `sync_paused` or `needs_reconnect`.
        """

    def nudge(self, sync: Sync) -> None:
        """Wake the sync's current run, if any, so that a worker meets the sync's new state now: a pause, a
        resume, a cancel, a reconnect.
        """


# ---- Zoho ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code was exchanged for. Never logged."""

    tokens: Tokens
    data_center: str


class Accounts(Protocol):
    """Zoho Accounts: consent, tokens, revocation."""

    def authorization_url(self, *, state: str, code_challenge: str, redirect_uri: str) -> str: ...

    def exchange(
        self, *, code: str, code_verifier: str, redirect_uri: str, location: str, accounts_server: str
    ) -> Grant:
        """Raises `BadRequest` (`data_center_unknown`) for a server outside the table, `ZohoRefused` with
        Zoho's word for a refused code, `RetryLater` when Zoho cannot be reached.
        """

    def revoke(self, tokens: Tokens) -> None:
        """Revoke the refresh token and with it its access tokens; an unknown token counts as revoked."""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    customers: Sequence[Customer]
    has_more: bool
    unreadable: Sequence[SkippedRecord] = ()


class Books(Protocol):
    """Zoho Books of one connection. `organization_id` is the connection's unless given."""

    def organizations(self) -> Sequence[Organization]: ...

    def user_email(self, organization_id: str) -> str:
        """Return the address of the consenting user."""

    def fields(self) -> Sequence[BooksField]:
        """Return the standard fields and the custom fields of contacts."""

    def changed(self, page: int) -> CustomerPage:
        """Return a page (200) of all customers, last modified first."""

    def walk(self, page: int, *, active: bool) -> CustomerPage:
        """Return a page (200) of active or inactive customers, oldest first."""

    def customer(self, contact_id: str) -> Customer | None:
        """Return one customer, None when Books has it no more or it is not a customer."""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """Normalized addresses of one page of a list's members."""

    emails: Sequence[str]
    has_more: bool


class Campaigns(Protocol):
    """Zoho Campaigns of one connection."""

    def lists(self) -> Sequence[MailingList]: ...

    def topics(self) -> TopicChoice: ...

    def fields(self) -> Sequence[CampaignsField]: ...

    def create_field(self, name: str, *, kind: str, length: int) -> None:
        """Create a custom field; one that exists already is left as it is."""

    def members(self, list_key: str, status: str, page: int) -> MemberPage:
        """Return page `page` (1-based, 650 each) of the members with `status` active, unsub or bounce."""

    def subscribe(self, list_key: str, topic_ids: Sequence[str], contact_info: Mapping[str, str]) -> None:
        """Insert or update one contact. Returns on acceptance.

        Raises `ContactRefused`, `ContactLimit`, `TargetGone`, `RateLimited`, `RetryLater`, `ReconnectNeeded`,
        `PermissionMissing` or `RequestRejected`. Safe from several threads at once.
        """


@dataclass(frozen=True, slots=True)
class ZohoClients:
    """The two products of one connection; `calls` grows with every HTTP request, by endpoint name."""

    books: Books
    campaigns: Campaigns
    calls: Mapping[str, int]


class Zoho(Protocol):
    def accounts(self) -> Accounts: ...

    def open(self, connection: Connection) -> ZohoClients:
        """Return clients that use the tenant's stored tokens, refreshing them ahead of expiry."""

    def open_with(self, connection: Connection, tokens: Tokens) -> ZohoClients:
        """Return clients that use exactly `tokens`, without storing or refreshing them: for a new grant that
        has yet to be accepted.
        """
