"""Zoho Accounts: consent, tokens and their revocation (OAuth 2.0 with PKCE)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from shared.adapters.zoho import wire
from shared.adapters.zoho.data_centers import DataCenters
from shared.adapters.zoho.deadline import answering_within
from shared.adapters.zoho.http import CallCounter, Sender, Site, form_encoded
from shared.adapters.zoho.verdict import plain
from shared.domain.connection import Tokens
from shared.domain.errors import BadRequest, ReconnectNeeded, RetryLater, ZohoRefused
from shared.ports import Clock, Grant

# What the two products ask for, and no more: settings.READ covers organizations, the user's address and
# custom-field names; CREATE-UPDATE covers listsubscribe and custom/add.
SCOPES = (
    "ZohoBooks.contacts.READ",
    "ZohoBooks.settings.READ",
    "ZohoCampaigns.contact.READ",
    "ZohoCampaigns.contact.CREATE-UPDATE",
)
LONGEST_LIFE_SECONDS = 3_600
# Whoever revokes has more to do, and does it without an answer too.
_REVOKE_SECONDS = 8.0
_TOKEN_ENDPOINT, _REVOKE_ENDPOINT = "accounts.token", "accounts.revoke"


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The client registered in Zoho's API console, shared by all data centres."""

    client_id: str
    client_secret: str = field(repr=False)


class ZohoAccounts:
    """Implements `ports.Accounts`, and renews access tokens for the API clients."""

    def __init__(
        self,
        *,
        transport: Sender,
        data_centers: DataCenters,
        credentials: Callable[[], ClientCredentials],
        clock: Clock,
        calls: CallCounter,
    ) -> None:
        self._transport = transport
        self._data_centers = data_centers
        self._credentials = credentials
        self._clock = clock
        self._calls = calls

    def authorization_url(self, *, state: str, code_challenge: str, redirect_uri: str) -> str:
        """Return the consent page's address; without prompt=consent Zoho gives no second refresh token."""
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._credentials().client_id,
                "redirect_uri": redirect_uri,
                "scope": ",".join(SCOPES),
                "access_type": "offline",
                "prompt": "consent",
                "state": state,
                "code_challenge": code_challenge,
                "code_challenge_method": "S256",
            },
            quote_via=quote,
        )
        return f"{self._data_centers.sign_in_origin}/oauth/v2/auth?{query}"

    def exchange(
        self, *, code: str, code_verifier: str, redirect_uri: str, location: str, accounts_server: str
    ) -> Grant:
        """Trade a code for tokens at the server that issued it, once that server is known to be Zoho's."""
        data_center = self._data_centers.of_grant(location, accounts_server)
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        answer = self._ask(data_center.accounts, grant, exchanging=True)
        refresh_token = _token(answer, "refresh_token")
        if not refresh_token:
            raise ZohoRefused("Zoho Accounts granted no lasting access; connect again and accept.")
        renewed = self._renewed(Tokens(refresh_token, "", self._clock.now(), data_center.accounts), answer)
        return Grant(renewed, data_center.location)

    def renew(self, tokens: Tokens) -> Tokens:
        """Return tokens with a new access token; Zoho sends no refresh token here, so the old one stays.

        Raises `ReconnectNeeded` for a dead grant, `RateLimited` when throttled (the grant lives on).
        """
        origin = self._origin(tokens)
        grant = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        answer = self._ask(origin, grant, exchanging=False)
        lasting = _token(answer, "refresh_token") or tokens.refresh_token
        return self._renewed(replace(tokens, refresh_token=lasting), answer)

    def revoke(self, tokens: Tokens) -> None:
        """Revoke the refresh token, sent in the body: a query, as Zoho's page shows it, ends up in logs."""
        origin = self._origin(tokens)
        form = form_encoded({"token": tokens.refresh_token})
        site = Site(self._transport, origin, self._calls)
        with answering_within(_REVOKE_SECONDS):
            reply = site.post(_REVOKE_ENDPOINT, "/oauth/v2/token/revoke", form)
        wire.revoked(reply, [tokens.refresh_token])

    def _origin(self, tokens: Tokens) -> str:
        """Return where stored tokens may be sent: the server that issued them, if still trusted."""
        try:
            return self._data_centers.accounts_origin(tokens.accounts_server)
        except BadRequest as unknown:
            message = unknown.message
        raise ReconnectNeeded(f"{message} Connect again.")

    def _ask(self, origin: str, grant: Mapping[str, str], *, exchanging: bool) -> Mapping[str, Any]:
        credentials = self._credentials()
        form = {**grant, "client_id": credentials.client_id, "client_secret": credentials.client_secret}
        site = Site(self._transport, origin, self._calls)
        reply = site.post(_TOKEN_ENDPOINT, "/oauth/v2/token", form_encoded(form))
        return wire.token_answer(reply, _private(form), exchanging=exchanging)

    def _renewed(self, tokens: Tokens, answer: Mapping[str, Any]) -> Tokens:
        access_token = _token(answer, "access_token")
        if not access_token:
            raise RetryLater("Zoho Accounts gave an access token that no header can carry.")
        expires_at = self._clock.now() + timedelta(seconds=_life_seconds(answer))
        return replace(tokens, access_token=access_token, access_expires_at=expires_at)


def _private(form: Mapping[str, str]) -> list[str]:
    """Return what of a token request must never be shown."""
    return [form[key] for key in ("client_secret", "code", "code_verifier", "refresh_token") if key in form]


def _token(answer: Mapping[str, Any], key: str) -> str:
    """Return a token, "" for one that is not plain ASCII text and might smuggle a header in."""
    token = answer.get(key)
    fits = isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token
    return token if isinstance(token, str) and fits else ""


def _life_seconds(answer: Mapping[str, Any]) -> int:
    """Read `expires_in`; older answers gave milliseconds there and seconds in `expires_in_sec`."""
    for key in ("expires_in_sec", "expires_in"):
        text = plain(answer.get(key))
        if text.isascii() and text.isdigit() and int(text[:12]) > 0:
            return min(int(text[:12]), LONGEST_LIFE_SECONDS)
    return LONGEST_LIFE_SECONDS
