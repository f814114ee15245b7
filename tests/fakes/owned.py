"""What a tenant owns, in memory."""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from shared.adapters.dynamodb.cursors import Cursors, cut
from shared.domain import pacing
from shared.domain.connection import Connection, PendingAuthorization, Tokens
from shared.domain.errors import Conflict
from shared.domain.pacing import Endpoint, Pace, Slots
from shared.domain.run import Notification
from shared.domain.settings import Sync
from shared.ports import Clock, Page

_CURSORS = Cursors(lambda: b"secret")


class Cipher:
    """Not a cipher at all, but refuses what was encrypted for another tenant or purpose, as KMS does."""

    def encrypt(self, tenant: str, kind: str, plaintext: bytes) -> bytes:
        return f"{tenant}/{kind}/".encode() + base64.b85encode(plaintext)

    def decrypt(self, tenant: str, kind: str, ciphertext: bytes) -> bytes:
        prefix = f"{tenant}/{kind}/".encode()
        if not ciphertext.startswith(prefix):
            raise ValueError("encrypted for another tenant or purpose")
        return base64.b85decode(ciphertext.removeprefix(prefix))


class Connections:
    def __init__(self) -> None:
        self.stored: dict[str, Connection] = {}

    def get(self, tenant: str) -> Connection | None:
        return self.stored.get(tenant)

    def create(self, connection: Connection) -> bool:
        if connection.tenant in self.stored:
            return False
        self.stored[connection.tenant] = connection
        return True

    def update(self, connection: Connection) -> bool:
        stored = self.stored.get(connection.tenant)
        if stored is None or stored.revision != connection.revision:
            return False
        self.stored[connection.tenant] = replace(connection, revision=connection.revision + 1)
        return True

    def delete(self, tenant: str) -> None:
        self.stored.pop(tenant, None)


class Authorizations:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], PendingAuthorization] = {}

    def save(self, pending: PendingAuthorization) -> None:
        self.stored[pending.tenant, pending.state] = pending

    def take(self, tenant: str, state: str) -> PendingAuthorization | None:
        return self.stored.pop((tenant, state), None)


class TokenStore:
    def __init__(self) -> None:
        self.stored: dict[str, Tokens] = {}
        self.locks: dict[str, tuple[str, datetime]] = {}
        self.keys: dict[str, bytes] = {}
        self.ends: dict[str, datetime | None] = {}

    def get(self, tenant: str) -> Tokens | None:
        return self.stored.get(tenant)

    def save(self, tenant: str, tokens: Tokens, *, until: datetime | None = None) -> None:
        self.stored[tenant] = tokens
        self.ends[tenant] = until
        self.locks.pop(tenant, None)

    def save_refreshed(self, tenant: str, owner: str, tokens: Tokens) -> bool:
        if self.locks.get(tenant, ("", None))[0] != owner:
            return False
        self.stored[tenant] = tokens
        return True

    def delete(self, tenant: str) -> None:
        self.stored.pop(tenant, None)
        self.locks.pop(tenant, None)
        self.keys.pop(tenant, None)
        self.ends.pop(tenant, None)

    def begin_refresh(self, tenant: str, owner: str, until: datetime, now: datetime) -> bool:
        if tenant not in self.stored:
            return False
        holder, held_until = self.locks.get(tenant, (owner, now))
        if holder != owner and held_until > now:
            return False
        self.locks[tenant] = (owner, until)
        return True

    def end_refresh(self, tenant: str, owner: str) -> None:
        if self.locks.get(tenant, ("", None))[0] == owner:
            del self.locks[tenant]

    def digest_key(self, tenant: str) -> bytes:
        return self.keys.setdefault(tenant, secrets.token_bytes(32))


class Syncs:
    def __init__(self) -> None:
        self.stored: dict[str, Sync] = {}

    def get(self, tenant: str) -> Sync | None:
        return self.stored.get(tenant)

    def create(self, sync: Sync) -> bool:
        if sync.tenant in self.stored:
            return False
        self.stored[sync.tenant] = sync
        return True

    def update(self, sync: Sync) -> bool:
        stored = self.stored.get(sync.tenant)
        if stored is None or (stored.id, stored.revision) != (sync.id, sync.revision):
            return False
        self.stored[sync.tenant] = replace(sync, revision=sync.revision + 1)
        return True

    def delete(self, tenant: str, sync_id: str) -> None:
        if tenant in self.stored and self.stored[tenant].id == sync_id:
            del self.stored[tenant]


class Notifications:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Notification] = {}

    def put(self, tenant: str, notification: Notification) -> None:
        self.stored.setdefault((tenant, notification.id), notification)

    def list(self, tenant: str, *, limit: int, cursor: str | None) -> Page[Notification]:
        after = _CURSORS.position(tenant, cursor)
        mine = (self.stored[key] for key in sorted(self.stored, reverse=True) if key[0] == tenant)
        items, more = cut((note for note in mine if not after or note.id < after), limit)
        return Page(items, _CURSORS.after(tenant, items[-1].id) if more else None)

    def unread(self, tenant: str) -> int:
        return sum(owner == tenant and note.read_at is None for (owner, _), note in self.stored.items())

    def mark_read(self, tenant: str, notification_id: str, at: datetime) -> Notification | None:
        note = self.stored.get((tenant, notification_id))
        if note is None:
            return None
        if note.read_at is None:
            note = self.stored[tenant, notification_id] = replace(note, read_at=at)
        return note

    def delete_all(self, tenant: str) -> None:
        for key in [key for key in self.stored if key[0] == tenant]:
            del self.stored[key]


class Idempotency:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stored: dict[tuple[str, str, str], tuple[str, str, datetime]] = {}

    def claim(self, tenant: str, operation: str, key: str, fingerprint: str, result: str) -> str:
        first = self.lookup(tenant, operation, key, fingerprint)
        if first is not None:
            return first
        self._stored[tenant, operation, key] = (fingerprint, result, self._clock.now() + timedelta(days=1))
        return result

    def lookup(self, tenant: str, operation: str, key: str, fingerprint: str) -> str | None:
        stored = self._stored.get((tenant, operation, key))
        if stored is None or stored[2] <= self._clock.now():
            return None
        if stored[0] != fingerprint:
            raise Conflict(
                "This Idempotency-Key was used for another request.", code="idempotency_key_reused"
            )
        return stored[1]


class RateLimiter:
    """Safe from several threads."""

    def __init__(self) -> None:
        self.paces: dict[tuple[str, str], Pace] = {}
        self._lock = threading.Lock()

    def take(
        self, account: str, endpoint: Endpoint, *, now: datetime, wanted: int, horizon: datetime
    ) -> Slots:
        with self._lock:
            pace = self.paces.get((account, endpoint.name), Pace())
            pace, slots = pacing.take(
                pace, endpoint, now=now.timestamp(), wanted=wanted, horizon=horizon.timestamp()
            )
            self.paces[account, endpoint.name] = pace
            return slots

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        with self._lock:
            pace = self.paces.get((account, endpoint.name), Pace())
            self.paces[account, endpoint.name] = pacing.blocked(pace, until.timestamp())
