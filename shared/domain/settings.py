"""What the user configured: one sync of one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.mapping import (
    LAWFUL_BASIS_TARGET,
    SUBSCRIPTION_TYPE_TARGET,
    FieldPair,
    mapping_version,
)
from shared.domain.schedule import Schedule

MODULE = "contacts"
# Half a day less than a week: a run starts a little later after its schedule each time, and clocks change.
FULL_PASS_EVERY = timedelta(days=6, hours=12)


class SubscriptionType(StrEnum):
    MARKETING = "marketing"
    NON_MARKETING = "non_marketing"

    @property
    def label(self) -> str:
        return "Marketing" if self is SubscriptionType.MARKETING else "Non-marketing"


class LawfulBasis(StrEnum):
    """The six bases of GDPR article 6."""

    CONSENT = "consent"
    LEGITIMATE_INTEREST = "legitimate_interest"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTEREST = "vital_interest"
    PUBLIC_INTEREST = "public_interest"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


class SyncStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    NEEDS_ATTENTION = "needs_attention"


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """The body of POST /syncs, checked; `list_name` is kept for display."""

    list_key: str
    list_name: str
    subscription_type: SubscriptionType
    topic_ids: tuple[str, ...]
    lawful_basis: LawfulBasis | None
    update_empty_fields: bool
    schedule: Schedule
    mapping: tuple[FieldPair, ...]

    @property
    def constants(self) -> tuple[tuple[str, str], ...]:
        """The two fields that stand for what Campaigns' API has no parameter for (display name, value)."""
        pairs = [(SUBSCRIPTION_TYPE_TARGET, self.subscription_type.label)]
        if self.lawful_basis is not None:
            pairs.append((LAWFUL_BASIS_TARGET, self.lawful_basis.label))
        return tuple(pairs)

    @property
    def posted_topic_ids(self) -> tuple[str, ...]:
        """The topics sent with every contact: none for non-marketing contacts, who get no campaigns."""
        return self.topic_ids if self.subscription_type is SubscriptionType.MARKETING else ()

    @property
    def version(self) -> bytes:
        """Changes when anything that is written to Campaigns changes; the schedule is not part of it."""
        return mapping_version(
            (
                self.list_key,
                *self.posted_topic_ids,
                *(f"{name}={value}" for name, value in self.constants),
                f"empty={self.update_empty_fields}",
                *(f"{pair.source}>{pair.target}" for pair in self.mapping),
            )
        )


@dataclass(frozen=True, slots=True)
class Sync:
    """One configured sync and the little it remembers between runs.

    `revision` grows with every write; a run is pinned to `settings_revision`, which grows with every edit.
    `watermark` is the newest `last_modified_time` Books had shown when the last completed run began to read.
    `members_known` turns true once a run has told the list's members from new ones (false again after
    the list was changed). `restart_wanted`: an edit cancelled the run, and its end initiates the next one.
    `field_lengths` are the length limits of the mapped Campaigns fields; `duplicates` counts customers
    skipped since the last full pass because another one owns their address, `retry` are the customers (ids)
    that the last run skipped without settling them. `customers` is how many the last full pass met.
    """

    id: str
    tenant: str
    settings: SyncSettings
    status: SyncStatus
    created_at: datetime
    updated_at: datetime
    revision: int = 0
    settings_revision: int = 1
    attention: str = ""
    current_run_id: str | None = None
    cancel_run_id: str | None = None
    restart_wanted: bool = False
    last_run_id: str | None = None
    watermark: datetime | None = None
    last_full_at: datetime | None = None
    members_known: bool = False
    field_lengths: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    retry: tuple[str, ...] = ()
    customers: int | None = None

    def due_for_full_pass(self, now: datetime) -> bool:
        """Return whether the next run must read every customer: the first one, and then once a week."""
        return (
            self.watermark is None
            or self.last_full_at is None
            or not self.members_known
            or now - self.last_full_at >= FULL_PASS_EVERY
        )

    def edited(self, settings: SyncSettings, now: datetime) -> Sync:
        """Return the sync with new settings: the watermark stays, the new version re-sends what changed."""
        same_list = settings.list_key == self.settings.list_key
        same_payload = settings.version == self.settings.version
        return replace(
            self,
            settings=settings,
            settings_revision=self.settings_revision + 1,
            members_known=self.members_known and same_list,
            last_full_at=self.last_full_at if same_payload else None,
            updated_at=now,
        )


@dataclass(frozen=True, slots=True)
class MailingList:
    """A Campaigns mailing list; `contacts` is the member count Campaigns shows."""

    key: str
    name: str
    contacts: int


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """The topics on offer; `reason` says why there are none where the account cannot use them."""

    topics: tuple[Topic, ...] = field(default=())
    reason: str = ""
