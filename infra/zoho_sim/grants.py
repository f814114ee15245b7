"""Codes, refresh tokens and access tokens, with the limits Zoho Accounts puts on them."""

from __future__ import annotations

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any

TOKEN_WINDOW_SECONDS = 600
MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user agreed to; kept behind the code until that is exchanged."""

    scopes: tuple[str, ...]
    redirect_uri: str
    expires_at: float
    gives_refresh_token: bool
    challenge: str = ""
    challenge_method: str = ""


@dataclass(slots=True)
class RefreshToken:
    """A grant that lives until it is revoked or evicted."""

    token: str
    scopes: tuple[str, ...]
    created_at: float
    minted: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0
    live: deque[str] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`grant` is the refresh token it came with, or its own name when there is none."""

    scopes: frozenset[str]
    expires_at: float
    grant: str


def _fresh() -> str:
    return f"1000.{secrets.token_hex(16)}.{secrets.token_hex(16)}"


class Grants:
    """All live tokens of one user and one client."""

    def __init__(self) -> None:
        self.codes: dict[str, Consent] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.consented = False

    def issue_code(self, consent: Consent) -> str:
        code = _fresh()
        self.codes[code] = consent
        return code

    def redeem(self, code: str, now: float) -> Consent | None:
        """Take the consent behind a code; a second time, or too late, there is none."""
        consent = self.codes.pop(code, None)
        return consent if consent is not None and now < consent.expires_at else None

    def add_refresh_token(self, scopes: tuple[str, ...], now: float) -> RefreshToken:
        grant = RefreshToken(_fresh(), scopes, now)
        self.refresh_tokens[grant.token] = grant
        return grant

    def evict_oldest(self) -> None:
        self.revoke(next(iter(self.refresh_tokens)))

    def granted_within_minute(self, now: float) -> int:
        return sum(grant.created_at > now - MINUTE_SECONDS for grant in self.refresh_tokens.values())

    def throttled(self, grant: RefreshToken, limit: int | None, now: float, *, extends: bool) -> bool:
        """Whether one access token more is too many in ten minutes; if not, it is counted."""
        if limit is None:
            return False
        while grant.minted and grant.minted[0] <= now - TOKEN_WINDOW_SECONDS:
            grant.minted.popleft()
        if now < grant.blocked_until or len(grant.minted) >= limit:
            if extends:
                grant.blocked_until = now + TOKEN_WINDOW_SECONDS
            return True
        grant.minted.append(now)
        return False

    def mint(
        self, scopes: tuple[str, ...], expires_at: float, grant: RefreshToken | None, keep_live: int
    ) -> str:
        """Add an access token; of one grant only the newest `keep_live` stay valid."""
        token = _fresh()
        self.access_tokens[token] = AccessToken(
            frozenset(scopes), expires_at, grant.token if grant else token
        )
        if grant is not None:
            grant.live.append(token)
            while len(grant.live) > keep_live:
                self.access_tokens.pop(grant.live.popleft(), None)
        return token

    def revoke(self, token: str) -> bool:
        """Forget a token; a refresh token takes its access tokens with it."""
        grant = self.refresh_tokens.pop(token, None)
        if grant is None:
            return self.access_tokens.pop(token, None) is not None
        for live in grant.live:
            self.access_tokens.pop(live, None)
        return True

    def expire_access_tokens(self) -> int:
        """End the life of every access token now; answers how many there were."""
        ended = len(self.access_tokens)
        self.access_tokens.clear()
        for grant in self.refresh_tokens.values():
            grant.live.clear()
        return ended

    def revoke_all(self) -> int:
        ended = len(self.refresh_tokens)
        for token in list(self.refresh_tokens):
            self.revoke(token)
        self.access_tokens.clear()
        return ended

    def kept(self) -> dict[str, Any]:
        """Return what outlives a stop, as JSON; codes and throttles do not."""
        return {
            "consented": self.consented,
            "refresh_tokens": [
                [one.token, one.scopes, one.created_at, list(one.live)]
                for one in self.refresh_tokens.values()
            ],
            "access_tokens": [
                [token, sorted(one.scopes), one.expires_at, one.grant]
                for token, one in self.access_tokens.items()
            ],
        }

    def restore(self, kept: dict[str, Any]) -> None:
        self.consented = kept["consented"]
        self.refresh_tokens = {
            token: RefreshToken(token, tuple(scopes), created_at, live=deque(live))
            for token, scopes, created_at, live in kept["refresh_tokens"]
        }
        self.access_tokens = {
            token: AccessToken(frozenset(scopes), expires_at, grant)
            for token, scopes, expires_at, grant in kept["access_tokens"]
        }
