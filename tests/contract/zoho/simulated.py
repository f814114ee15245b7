"""A simulated Zoho with the clients of one connection to it, on one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.zoho_sim import VirtualClock, World
from infra.zoho_sim.control import answer as control
from infra.zoho_sim.knobs import turn
from infra.zoho_sim.wire import Request, json_bytes
from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.http import Sender
from shared.adapters.zoho.oauth import ClientCredentials
from shared.ports import Books, Campaigns
from tests.unit.zoho.stand_ins import MemoryLimiter, MemoryTokens, connection, tokens

CUSTOMERS = 520
ORIGIN = "http://127.0.0.1:2"


class SharedClock:
    """The clients' clock and the simulator's, as one."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.advance(seconds)


@dataclass
class Zoho:
    """A simulated Zoho, the clients of one connection to it, and what a test wants to turn and look at."""

    world: World
    time: VirtualClock
    gateway: ZohoGateway
    store: MemoryTokens
    limiter: MemoryLimiter
    origin: str
    secret: str = ""
    books: Books = field(init=False)
    campaigns: Campaigns = field(init=False)

    def __post_init__(self) -> None:
        self.reopen()

    def reopen(self) -> None:
        clients = self.gateway.open(connection())
        self.books, self.campaigns = clients.books, clients.campaigns

    def set(self, **knobs: Any) -> None:
        turn(self.world.settings, knobs)

    def control(self, name: str, **given: Any) -> None:
        response = control(self.world, Request("POST", f"/__sim__/{name}", body=json_bytes(given)))
        assert response.status == 200, response.body

    def fault(self, **fault: Any) -> None:
        self.control("faults", **fault)

    def grant(self, *scopes: str) -> None:
        """Store tokens with these scopes, as a consent would."""
        wanted = scopes or ("ZohoBooks.contacts.READ", "ZohoBooks.settings.READ", *CAMPAIGNS_SCOPES)
        granted = self.world.grants.add_refresh_token(tuple(wanted), self.time.now())
        access = self.world.grants.mint(granted.scopes, self.time.now() + 3_600, granted, 30)
        now = datetime.fromtimestamp(self.time.now(), UTC)
        self.store.tokens = tokens(access, refresh=granted.token, server=self.origin, now=now)

    def key(self, name: str = "Newsletter") -> str:
        return self.world.campaigns.list_named(name).key

    def row(self, place: int) -> Any:
        return self.world.first_organization.customers.record(place)


CAMPAIGNS_SCOPES = ("ZohoCampaigns.contact.READ", "ZohoCampaigns.contact.CREATE-UPDATE")


def opened(world: World, time: VirtualClock, origin: str, transport: Sender) -> Zoho:
    """Return clients with a grant; their secret is the registered one unless a test sets another."""
    store, limiter = MemoryTokens(None), MemoryLimiter()
    gateway = ZohoGateway(
        credentials=lambda: ClientCredentials(
            world.settings.client_id, zoho.secret or world.settings.client_secret
        ),
        tokens=store,
        limiter=limiter,
        clock=SharedClock(time),
        urls=ZohoUrls(origin, origin, origin),
        transport=transport,
    )
    zoho = Zoho(world, time, gateway, store, limiter, origin)
    zoho.grant()
    return zoho


Read = Callable[[Zoho], object]
"""One call of every kind, by name: what a fault may hit."""
READS: dict[str, Read] = {
    "books.organizations": lambda zoho: zoho.books.organizations(),
    "books.users_me": lambda zoho: zoho.books.user_email("10229182"),
    "books.contacts": lambda zoho: zoho.books.changed(1),
    "books.contact": lambda zoho: zoho.books.customer("460000000000100001"),
    "books.customfields": lambda zoho: zoho.books.fields(),
    "campaigns.getmailinglists": lambda zoho: zoho.campaigns.lists(),
    "campaigns.topics": lambda zoho: zoho.campaigns.topics(),
    "campaigns.allfields": lambda zoho: zoho.campaigns.fields(),
    "campaigns.customadd": lambda zoho: zoho.campaigns.create_field("New One", kind="Text", length=255),
    "campaigns.getlistsubscribers": lambda zoho: zoho.campaigns.members(zoho.key(), "unsub", 1),
    "campaigns.listsubscribe": lambda zoho: zoho.campaigns.subscribe(
        zoho.key(), (), {"Contact Email": "a@b.example"}
    ),
}
