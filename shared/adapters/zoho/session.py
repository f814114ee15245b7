"""Access tokens: one per tenant, shared by all workers through the token store, renewed by one at a time."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from shared.adapters.zoho.deadline import at_most
from shared.adapters.zoho.oauth import ZohoAccounts
from shared.adapters.zoho.pace import Pace
from shared.adapters.zoho.verdict import AccessTokenRefused
from shared.domain.connection import Tokens
from shared.domain.errors import ReconnectNeeded, RetryLater
from shared.domain.pacing import Endpoint, Window
from shared.ports import Clock, TokenStore

T = TypeVar("T")

RENEW_BEFORE = timedelta(minutes=5)
# Longer than the token endpoint may take to answer, so that a lock never ends under a live renewal.
LOCK_SECONDS = 45.0
WAIT_FOR_OTHERS_SECONDS = 20.0
POLL_SECONDS = 0.5

# Zoho Accounts, access-token-expiry page: 10 access tokens from a refresh token in 10 minutes.
TOKEN_RENEWAL = Endpoint("accounts.token", (Window(10, 600),), burst=5)


class Session(Protocol):
    """Runs calls with an access token; safe from several threads."""

    def call(self, call: Callable[[str], T]) -> T:
        """Run `call` with an access token; raises what it raises, and what a refused token comes to."""


class GivenToken:
    """A session of one access token that is neither stored nor renewed."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def call(self, call: Callable[[str], T]) -> T:
        """Run `call` once."""
        try:
            return call(self._access_token)
        except AccessTokenRefused as refused:
            lasting = refused.lasting
        raise lasting


class SharedToken:
    """A session that renews the tenant's access token ahead of its end, or when Zoho refuses it."""

    def __init__(
        self, *, tenant: str, store: TokenStore, accounts: ZohoAccounts, clock: Clock, pace: Pace
    ) -> None:
        self._tenant = tenant
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._pace = pace
        self._owner = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._tokens: Tokens | None = None

    def call(self, call: Callable[[str], T]) -> T:
        """Run `call`; if Zoho refuses the access token, renew it once and run `call` once more."""
        token = self._current(refused="")
        try:
            return call(token)
        except AccessTokenRefused:
            pass
        try:
            return call(self._current(refused=token))
        except AccessTokenRefused as refused:
            lasting = refused.lasting
        raise lasting

    def _current(self, *, refused: str) -> str:
        tokens = self._tokens
        if tokens is not None and self._usable(tokens, refused):
            return tokens.access_token
        with self._lock:
            tokens = self._tokens
            if tokens is None or not self._usable(tokens, refused):
                tokens = self._tokens = self._shared(refused)
            return tokens.access_token

    def _usable(self, tokens: Tokens, refused: str) -> bool:
        fresh = tokens.access_expires_at - self._clock.now() > RENEW_BEFORE
        return fresh and bool(tokens.access_token) and tokens.access_token != refused

    def _shared(self, refused: str) -> Tokens:
        """Return usable tokens from the store, renewing them if no other worker is just doing so."""
        give_up_at = self._clock.now() + timedelta(seconds=at_most(WAIT_FOR_OTHERS_SECONDS))
        while True:
            stored = self._stored()
            if self._usable(stored, refused):
                return stored
            now = self._clock.now()
            until = now + timedelta(seconds=LOCK_SECONDS)
            if self._store.begin_refresh(self._tenant, self._owner, until, now):
                try:
                    return self._renewed(refused)
                finally:
                    self._store.end_refresh(self._tenant, self._owner)
            if now >= give_up_at:
                raise RetryLater("Another worker is renewing this connection's access to Zoho.")
            self._clock.sleep(POLL_SECONDS)

    def _renewed(self, refused: str) -> Tokens:
        """Renew under the lock, unless the worker that held it before has done so."""
        stored = self._stored()
        if self._usable(stored, refused):
            return stored
        renewed = self._pace.run(TOKEN_RENEWAL, lambda: self._accounts.renew(stored))
        if self._store.save_refreshed(self._tenant, self._owner, renewed):
            return renewed
        # Connected again or disabled meanwhile, or slower than the lock: what is stored by now counts.
        current = self._stored()
        if not self._usable(current, refused):
            raise RetryLater("Another worker is renewing this connection's access to Zoho.")
        return current

    def _stored(self) -> Tokens:
        tokens = self._store.get(self._tenant)
        if tokens is None:
            raise ReconnectNeeded("There is no connection to Zoho; connect again.")
        return tokens
