"""What a sync should lead to, said as plainly as possible and without a line of the engine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.customer import Customer
from shared.domain.settings import SyncSettings
from tests.fakes.zoho import Member

REFUSED = {"refused@example.com"}
UNMAILABLE = {"": "empty_email", "nowhere": "invalid_email", "info@example.com": "role_address"}
STANDING = {"unsub": "unsubscribed", "bounce": "bounced"}


@dataclass(frozen=True)
class Expected:
    """`fields` maps a delivered address to what its owner says of it; `skipped` counts reasons."""

    fields: dict[str, dict[str, str]]
    skipped: Counter[str]


def expected(customers: Iterable[Customer], members: dict[str, Member], settings: SyncSettings) -> Expected:
    """Return what a full run must lead to: one owner for each address, nobody who opted out."""
    fields: dict[str, dict[str, str]] = {}
    skipped: Counter[str] = Counter()
    taken: set[str] = set()
    order = sorted(customers, key=lambda each: (not each.active, each.created_at, int(each.contact_id)))
    for customer in order:
        address = customer.email.strip().lower()
        standing = members[address].status if address in members else "active"
        if address in UNMAILABLE:
            skipped[UNMAILABLE[address]] += 1
        elif address in taken:
            skipped["duplicate_email"] += 1
        elif standing in STANDING:
            skipped[STANDING[standing]] += 1
        elif address in REFUSED:
            skipped["refused_by_campaigns"] += 1
        else:
            fields[address] = _said(customer, settings)
        taken.add(address)
    return Expected(fields, skipped)


def _said(customer: Customer, settings: SyncSettings) -> dict[str, str]:
    """Return what Campaigns must hold; a value that Books lacks counts only when it is to clear."""
    pairs = [pair for pair in settings.mapping if pair.source != "email"]
    values = {pair.target: customer.fields.get(pair.source, "") for pair in pairs}
    said = {name: value for name, value in values.items() if value or settings.update_empty_fields}
    return {**said, "Subscription Type": "Marketing"}
