"""Valid objects to begin a test with; name what the test is about, the rest is filled in."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from shared.domain.connection import (
    Connection,
    ConnectionStatus,
    Organization,
    PendingAuthorization,
    Tokens,
)
from shared.domain.contact import SkipReason
from shared.domain.customer import Customer
from shared.domain.mapping import FieldPair
from shared.domain.plan import EntryStatus, LedgerEntry, Outcome
from shared.domain.run import (
    Counters,
    Cursor,
    Mode,
    Notification,
    Phase,
    Run,
    RunStatus,
    SkippedRecord,
    Trigger,
)
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import LawfulBasis, SubscriptionType, Sync, SyncSettings, SyncStatus

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TENANT, SYNC_ID, RUN_ID = "tenant-1", "sync-1", "006921a1f00123456789ab"


def customer(number: int = 1, **changes: Any) -> Customer:
    email = str(changes.get("email", f"person{number}@example.com"))
    values: dict[str, Any] = {
        "contact_id": f"46000000000{number:07d}",
        "name": f"Customer {number}",
        "email": email,
        "active": True,
        "created_at": NOW - timedelta(days=100) + timedelta(seconds=number),
        "modified_at": NOW - timedelta(days=1),
        "fields": {"email": email, "first_name": f"First{number}", "last_name": f"Last{number}"},
    }
    return Customer(**{**values, **changes})


def connection(**changes: Any) -> Connection:
    values: dict[str, Any] = {
        "tenant": TENANT,
        "status": ConnectionStatus.CONNECTED,
        "email": "owner@example.com",
        "data_center": "eu",
        "connected_at": NOW,
        "organization": Organization("10229182", "Example Ltd", "owner@example.com"),
    }
    return Connection(**{**values, **changes})


def authorization(**changes: Any) -> PendingAuthorization:
    values: dict[str, Any] = {
        "tenant": TENANT,
        "state": "state-1",
        "code_verifier": "verifier-that-nobody-may-read",
        "redirect_uri": "https://console.test/oauth/callback",
        "expires_at": NOW + timedelta(minutes=10),
    }
    return PendingAuthorization(**{**values, **changes})


def tokens(**changes: Any) -> Tokens:
    values: dict[str, Any] = {
        "refresh_token": "1000.refresh",
        "access_token": "1000.access",
        "access_expires_at": NOW + timedelta(hours=1),
        "accounts_server": "https://accounts.zoho.eu",
    }
    return Tokens(**{**values, **changes})


def schedule(**changes: Any) -> Schedule:
    values: dict[str, Any] = {
        "frequency": Frequency.WEEKLY,
        "at": time(9, 30),
        "time_zone": "Asia/Kolkata",
        "weekday": "monday",
    }
    return Schedule(**{**values, **changes})


def settings(**changes: Any) -> SyncSettings:
    values: dict[str, Any] = {
        "list_key": "3z1",
        "list_name": "Newsletter",
        "subscription_type": SubscriptionType.MARKETING,
        "topic_ids": ("8069001", "8069002"),
        "lawful_basis": LawfulBasis.LEGITIMATE_INTEREST,
        "update_empty_fields": False,
        "schedule": schedule(),
        "mapping": (
            FieldPair("email", "Contact Email"),
            FieldPair("first_name", "First Name"),
            FieldPair("cf_vat_id", "VAT ID", new_field=True),
        ),
    }
    return SyncSettings(**{**values, **changes})


def sync(**changes: Any) -> Sync:
    values: dict[str, Any] = {
        "id": SYNC_ID,
        "tenant": TENANT,
        "settings": settings(),
        "status": SyncStatus.ACTIVE,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Sync(**{**values, **changes})


def settled_sync() -> Sync:
    """Return a sync with a value in every field."""
    return sync(
        settings=settings(
            subscription_type=SubscriptionType.NON_MARKETING,
            topic_ids=(),
            lawful_basis=None,
            update_empty_fields=True,
            schedule=schedule(frequency=Frequency.DAILY, at=time(0, 0), weekday=None),
        ),
        status=SyncStatus.NEEDS_ATTENTION,
        attention="Zoho has to be connected again.",
        revision=7,
        settings_revision=4,
        current_run_id="run-2",
        cancel_run_id="run-2",
        restart_wanted=True,
        last_run_id="run-1",
        watermark=NOW - timedelta(days=1, microseconds=1),
        last_full_at=NOW - timedelta(days=2),
        members_known=True,
        field_lengths={"First Name": 100, "VAT ID": 255},
        duplicates=5,
        retry=("460000000000000011", "460000000000000012"),
        customers=1200,
    )


def run(**changes: Any) -> Run:
    """Return a queued run that is due now."""
    values: dict[str, Any] = {
        "id": RUN_ID,
        "tenant": TENANT,
        "sync_id": SYNC_ID,
        "trigger": Trigger.SCHEDULE,
        "mode": Mode.INCREMENTAL,
        "status": RunStatus.QUEUED,
        "created_at": NOW,
        "settings_revision": 3,
        "wake_at": NOW,
    }
    return Run(**{**values, **changes})


def busy_run(**changes: Any) -> Run:
    """Return a run in the middle of a first load, with a value in every field that a slice may write."""
    progress: dict[str, Any] = {
        "mode": Mode.FULL,
        "started_at": NOW + timedelta(seconds=2),
        "cursor": Cursor(
            phase=Phase.ABSENT,
            page=17,
            after="460000000000000123",
            watermark=NOW - timedelta(hours=3),
            skipped_parts=4,
            seen_base=12,
            seen_parts=17,
            members_base="members-12",
            exclusions_at=NOW - timedelta(minutes=4),
            reading_at=NOW - timedelta(minutes=1),
            reading_page=9,
            second_look=True,
            owners_base="owners-12",
        ),
        "counters": Counters(2900, 310, 85, {SkipReason.UNSUBSCRIBED: 11, SkipReason.EMPTY_EMAIL: 6}),
        "page_counters": Counters(90, 4, 1, {SkipReason.REFUSED_BY_CAMPAIGNS: 1}),
        "estimated_total": 10_000,
        "first_contact": True,
        "changed_emails": 3,
        "changed_owners": 2,
        "retry": ("11", "12"),
        "absent": 2,
        "stalled": 1,
        "calls": {"books.contacts": 17, "campaigns.listsubscribe": 3304, "campaigns.getlistsubscribers": 20},
        "field_lengths": {"First Name": 100, "VAT ID": 255},
        "error_code": "zoho_unavailable",
        "error_message": "Zoho did not answer.",
    }
    return run(**{**progress, **changes})


def ledger_entry(number: int = 1, **changes: Any) -> LedgerEntry:
    values: dict[str, Any] = {
        "contact_id": f"46000000000{number:07d}",
        "status": EntryStatus.SYNCED,
        "email_digest": 2**64 - number,
        "fingerprint": bytes(range(8 + 6 * 10)),
        "active": True,
        "created_at": NOW - timedelta(days=100),
        "run_id": RUN_ID,
        "outcome": Outcome.ADD,
        "attempted_at": NOW,
    }
    return LedgerEntry(**{**values, **changes})


def skipped_record(number: int = 1, **changes: Any) -> SkippedRecord:
    values: dict[str, Any] = {
        "contact_id": f"46000000000{number:07d}",
        "contact_name": f"Customer {number}",
        "email": f"person{number}@example.com",
        "reason": SkipReason.UNSUBSCRIBED,
        "detail": "",
    }
    return SkippedRecord(**{**values, **changes})


def notification(number: int = 1, **changes: Any) -> Notification:
    """Return a notification; a higher number is a newer one."""
    created_at = NOW + timedelta(minutes=number)
    values: dict[str, Any] = {
        "id": f"{int(created_at.timestamp()):010x}ab-run_completed",
        "kind": "run_completed",
        "title": "The sync completed",
        "body": "Newsletter: 3 added, 0 updated, 1 unchanged, 0 skipped.",
        "created_at": created_at,
        "link": "/#/syncs/sync-1/configuration",
    }
    return Notification(**{**values, **changes})
