"""Small stand-ins for what the Zoho clients lean on: time, stores, limits and the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.http import Reply, read_reply
from shared.adapters.zoho.oauth import ClientCredentials
from shared.domain.connection import Connection, ConnectionStatus, Organization, Tokens
from shared.domain.errors import RetryLater
from shared.domain.pacing import Endpoint, Pace, Slots, blocked, take

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:1"
SECRET, REFRESH, ACCESS = "s3cret-canary", "1000.refreshcanary.aa11", "1000.accesscanary.bb22"
CREDENTIALS = ClientCredentials("1000.CLIENT", SECRET)


class StillClock:
    """Moves only when somebody sleeps; remembers for how long."""

    def __init__(self, start: datetime = NOW) -> None:
        self.moment = start
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.slept.append(seconds)
            self.moment += timedelta(seconds=seconds)


class MemoryTokens:
    """A TokenStore of one process; `scripted` is what others will have stored by each call of `get`."""

    def __init__(self, tokens: Tokens | None) -> None:
        self.tokens = tokens
        self.lock: tuple[str, datetime] | None = None
        self.saves = 0
        self.scripted: list[Tokens | None] = []

    def get(self, tenant: str) -> Tokens | None:
        if self.scripted:
            self.tokens = self.scripted.pop(0)
        return self.tokens

    def save(self, tenant: str, tokens: Tokens, *, until: datetime | None = None) -> None:
        self.tokens = tokens
        self.lock = None
        self.saves += 1

    def save_refreshed(self, tenant: str, owner: str, tokens: Tokens) -> bool:
        if self.scripted or self.lock is None or self.lock[0] != owner:
            return False
        self.tokens = tokens
        self.saves += 1
        return True

    def delete(self, tenant: str) -> None:
        self.tokens = None

    def begin_refresh(self, tenant: str, owner: str, until: datetime, now: datetime) -> bool:
        if self.lock is not None and self.lock[0] != owner and self.lock[1] > now:
            return False
        self.lock = (owner, until)
        return True

    def end_refresh(self, tenant: str, owner: str) -> None:
        if self.lock is not None and self.lock[0] == owner:
            self.lock = None

    def digest_key(self, tenant: str) -> bytes:
        return bytes(32)


class MemoryLimiter:
    """A RateLimiter of one process; counts how often it was asked."""

    def __init__(self) -> None:
        self.paces: dict[tuple[str, str], Pace] = {}
        self.takes: list[tuple[str, str, int]] = []
        self.blocks: list[tuple[str, str, datetime]] = []

    def take(
        self, account: str, endpoint: Endpoint, *, now: datetime, wanted: int, horizon: datetime
    ) -> Slots:
        self.takes.append((account, endpoint.name, wanted))
        key = (account, endpoint.name)
        pace, slots = take(
            self.paces.get(key, Pace()),
            endpoint,
            now=now.timestamp(),
            wanted=wanted,
            horizon=horizon.timestamp(),
        )
        self.paces[key] = pace
        return slots

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        self.blocks.append((account, endpoint.name, until))
        key = (account, endpoint.name)
        self.paces[key] = blocked(self.paces.get(key, Pace()), until.timestamp())


@dataclass(frozen=True)
class Sent:
    """One request as it left."""

    endpoint: str
    method: str
    origin: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=True))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    @property
    def token(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Zoho-oauthtoken ")


Scripted = tuple[int, Any] | tuple[int, Any, str]


class ScriptedTransport:
    """A Sender that answers from a script: (status, body[, Retry-After]); text goes as it is, else JSON."""

    def __init__(self, *script: Scripted) -> None:
        self.script = list(script)
        self.sent: list[Sent] = []
        self.sending: Callable[[], None] = lambda: None

    def send(
        self,
        endpoint: str,
        method: str,
        origin: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        self.sending()
        self.sent.append(Sent(endpoint, method, origin, target, headers, body or b""))
        if not self.script:
            raise RetryLater("nothing is scripted for this call")
        return reply(endpoint, *self.script.pop(0))


def reply(endpoint: str, status: int, body: Any, retry_after: str | None = None) -> Reply:
    data = body if isinstance(body, str) else json.dumps(body)
    return read_reply(endpoint, status, data.encode(), retry_after)


def tokens(
    access: str = ACCESS,
    *,
    minutes: float = 60,
    refresh: str = REFRESH,
    server: str = ORIGIN,
    now: datetime = NOW,
) -> Tokens:
    return Tokens(refresh, access, now + timedelta(minutes=minutes), server)


def connection(tenant: str = "tenant", *, organization: bool = True, data_center: str = "us") -> Connection:
    return Connection(
        tenant=tenant,
        status=ConnectionStatus.CONNECTED,
        email="Priya@Lumen.example",
        data_center=data_center,
        connected_at=NOW,
        organization=Organization("10229182", "Lumen", "priya@lumen.example") if organization else None,
    )


class Desk:
    """A gateway whose other ends are stand-ins, and everything a test wants to look at."""

    def __init__(self, *script: Scripted, stored: Tokens | None = None) -> None:
        self.clock = StillClock()
        self.store = MemoryTokens(stored or tokens())
        self.limiter = MemoryLimiter()
        self.transport = ScriptedTransport(*script)
        self.gateway = ZohoGateway(
            credentials=lambda: CREDENTIALS,
            tokens=self.store,
            limiter=self.limiter,
            clock=self.clock,
            urls=ZohoUrls(ORIGIN, ORIGIN, ORIGIN),
            transport=self.transport,
        )
        self.clients = self.gateway.open(connection())
        self.books = self.clients.books
        self.campaigns = self.clients.campaigns

    @property
    def sent(self) -> list[Sent]:
        return self.transport.sent
