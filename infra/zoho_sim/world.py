"""Everything the simulated company and its Zoho accounts consist of at one moment."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from infra.zoho_sim.clock import Clock
from infra.zoho_sim.contacts import CampaignsAccount
from infra.zoho_sim.customers import Customers
from infra.zoho_sim.faults import FaultScript
from infra.zoho_sim.grants import Grants
from infra.zoho_sim.quotas import BooksQuota, CampaignsQuotas
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.stats import Stats


@dataclass(slots=True)
class Organization:
    """A Books organization; an empty `email` means the one of the settings."""

    id: str
    name: str
    email: str
    active: bool
    plan: str
    customers: Customers
    quota: BooksQuota = field(default_factory=BooksQuota)


@dataclass(slots=True)
class World:
    """State that requests read and change; one lock around all of it is the caller's duty.

    `customers_wanted`, `seed_number` and `oddities` say how it was seeded, so that a reset can do it again.
    """

    settings: Settings
    clock: Clock
    customers_wanted: int
    seed_number: int
    oddities: bool
    organizations: dict[str, Organization]
    campaigns: CampaignsAccount
    grants: Grants = field(default_factory=Grants)
    campaigns_quotas: CampaignsQuotas = field(default_factory=CampaignsQuotas)
    stats: Stats = field(default_factory=Stats)
    faults: FaultScript = field(default_factory=FaultScript)
    dice: random.Random = field(default_factory=lambda: random.Random(0))

    def now(self) -> float:
        return self.clock.now()

    @property
    def first_organization(self) -> Organization:
        return next(iter(self.organizations.values()))

    def latency_seconds(self, endpoint: str) -> float:
        """Draw the configured latency of an endpoint; 0 when none is."""
        if not self.settings.latency_ms:
            return 0.0
        span = self.settings.latency_ms.get(endpoint) or self.settings.latency_ms.get("*")
        return self.dice.uniform(span[0], span[-1]) / 1000 if span else 0.0
