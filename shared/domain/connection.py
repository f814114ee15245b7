"""The connection of one tenant to one Zoho user and one Books organization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.contact import normalize_email


class ConnectionStatus(StrEnum):
    CHOOSE_ORGANIZATION = "choose_organization"
    CONNECTED = "connected"
    NEEDS_RECONNECT = "needs_reconnect"


@dataclass(frozen=True, slots=True)
class Organization:
    """A Books organization; `email` is the address it is registered under."""

    id: str
    name: str
    email: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Connection:
    """`email` is the consenting Zoho user's; `data_center` the location Zoho reported (us, eu, in, …).

    `revision` grows with every write and guards concurrent changes.
    """

    tenant: str
    status: ConnectionStatus
    email: str
    data_center: str
    connected_at: datetime
    organization: Organization | None = None
    gdpr_enabled: bool = False
    revision: int = 0

    @property
    def campaigns_account(self) -> str:
        """The Campaigns account whose limits this connection shares; Campaigns has no id of its own."""
        return f"campaigns/{self.data_center}/{normalize_email(self.email)}"

    @property
    def books_account(self) -> str:
        """The Books organization whose limits this connection shares."""
        organization = self.organization.id if self.organization else "none"
        return f"books/{self.data_center}/{organization}"


def eligibility(organization: Organization, user_email: str) -> str | None:
    """Return why `organization` cannot be connected by the user with `user_email`, or None when it can."""
    if not organization.active:
        return "This organization is inactive in Zoho Books."
    if normalize_email(organization.email) != normalize_email(user_email):
        return (
            f"This organization is registered under {organization.email}, "
            f"but you connected as {user_email}. Both must be the same email address."
        )
    return None


@dataclass(frozen=True, slots=True)
class PendingAuthorization:
    """A consent that was started: the state sent to Zoho, its PKCE verifier, and where it comes back to."""

    tenant: str
    state: str
    code_verifier: str
    redirect_uri: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """A tenant's grant at Zoho, stored encrypted, never logged; `accounts_server` is the issuing origin."""

    refresh_token: str
    access_token: str
    access_expires_at: datetime
    accounts_server: str

    def __repr__(self) -> str:
        return f"Tokens(accounts_server={self.accounts_server!r}, access_expires_at={self.access_expires_at})"
