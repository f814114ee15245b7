"""Connecting one Zoho user and one Books organization, and finding them again after a lost consent."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.connection import (
    Connection,
    ConnectionStatus,
    Organization,
    PendingAuthorization,
    Tokens,
    eligibility,
)
from shared.domain.contact import normalize_email
from shared.domain.errors import BadRequest, Conflict, NotFound, ReconnectNeeded, UpstreamError
from shared.domain.settings import SyncStatus
from shared.ports import (
    Authorizations,
    Books,
    Cipher,
    Clock,
    Connections,
    Idempotency,
    RunControl,
    Syncs,
    TokenStore,
    Zoho,
)

AUTHORIZATION_LIFETIME = timedelta(minutes=10)
WRITE_TRIES = 5
_CONSENT = "consent"  # what the cipher is told it encrypts


@contextmanager
def _saying_to_start_again() -> Iterator[None]:
    """State and code are spent also by a try that Zoho did not answer: the same request cannot pass later."""
    try:
        yield
    except UpstreamError as failure:
        failure.message += " This sign-in is used up; start again."
        raise


@dataclass(frozen=True, slots=True)
class Consent:
    """Where to send the user, and until when Zoho's answer is accepted."""

    authorization_url: str
    state: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organization on offer; `reason` says why it cannot be connected, None when it can."""

    organization: Organization
    reason: str | None


class Connect:
    def __init__(
        self,
        *,
        connections: Connections,
        authorizations: Authorizations,
        tokens: TokenStore,
        cipher: Cipher,
        syncs: Syncs,
        idempotency: Idempotency,
        zoho: Zoho,
        run_control: RunControl,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._authorizations = authorizations
        self._tokens = tokens
        self._cipher = cipher
        self._syncs = syncs
        self._idempotency = idempotency
        self._zoho = zoho
        self._run_control = run_control
        self._clock = clock

    def begin(self, tenant: str, *, redirect_uri: str, key: str = "") -> Consent:
        """Start a consent; the same Idempotency-Key returns the same one, also after it has expired."""
        verifier = secrets.token_urlsafe(64)
        state = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        url = self._zoho.accounts().authorization_url(
            state=state, code_challenge=challenge, redirect_uri=redirect_uri
        )
        consent = Consent(url, state, self._clock.now() + AUTHORIZATION_LIFETIME)
        self._authorizations.save(
            PendingAuthorization(tenant, state, verifier, redirect_uri, consent.expires_at)
        )
        if not key:
            return consent
        # Saved first, claimed second: what a repetition returns is always there to be completed.
        packed = self._cipher.encrypt(tenant, _CONSENT, _packed(consent)).hex()
        claimed = self._idempotency.claim(tenant, "authorization", key, redirect_uri, packed)
        return _unpacked(self._cipher.decrypt(tenant, _CONSENT, bytes.fromhex(claimed)))

    @_saying_to_start_again()
    def complete(
        self, tenant: str, *, code: str, state: str, location: str, accounts_server: str
    ) -> Connection:
        """Exchange what the browser brought back for a connection whose organization is still to be chosen.

        A connection that needs a reconnect is taken up again instead, by the same user only. Raises
        `BadRequest` (`state_invalid`, `data_center_unknown`), `Conflict` (`already_connected`,
        `email_mismatch`, `no_organization`) or an `UpstreamError`.
        """
        pending = self._authorizations.take(tenant, state)
        if pending is None or pending.expires_at <= self._clock.now():
            raise BadRequest(
                "This sign-in was not started here, or is over; start again.", code="state_invalid"
            )
        existing = self._connections.get(tenant)
        if existing is not None and existing.status is ConnectionStatus.CONNECTED:
            raise Conflict(
                "An organization is connected already; disable that integration first.",
                code="already_connected",
            )
        grant = self._zoho.accounts().exchange(
            code=code,
            code_verifier=pending.code_verifier,
            redirect_uri=pending.redirect_uri,
            location=location,
            accounts_server=accounts_server,
        )
        now = self._clock.now()
        fresh = Connection(tenant, ConnectionStatus.CHOOSE_ORGANIZATION, "", grant.data_center, now)
        try:
            if existing is None or existing.organization is None:
                return self._connect(fresh, existing, grant.tokens)
            return self._reconnect(replace(existing, data_center=grant.data_center), grant.tokens)
        except (Conflict, UpstreamError):
            self._give_back(grant.tokens)
            raise

    def _connect(self, fresh: Connection, existing: Connection | None, tokens: Tokens) -> Connection:
        books = self._zoho.open_with(fresh, tokens).books
        connection = replace(fresh, email=_user_email(books, books.organizations()))
        previous = self._tokens.get(fresh.tenant)
        if existing is None:
            stored = self._connections.create(connection)
        else:
            connection = replace(connection, revision=existing.revision)
            stored = self._connections.update(connection)
        if not stored:
            raise _busy()
        # The connection comes first: without tokens it can simply be connected again, while tokens without
        # a connection would be in nobody's hands.
        self._tokens.save(fresh.tenant, tokens)
        if previous is not None:
            self._give_back(previous)
        return self._stored(fresh.tenant)

    def _reconnect(self, existing: Connection, tokens: Tokens) -> Connection:
        """Put the new grant in the place of the lost one, if user and organization are the same."""
        connected = existing.organization
        books = self._zoho.open_with(existing, tokens).books
        organizations = books.organizations()
        user_email = _user_email(books, organizations)
        same_user = normalize_email(user_email) == normalize_email(existing.email)
        sees_it = connected is not None and any(each.id == connected.id for each in organizations)
        if not same_user or not sees_it:
            raise Conflict(
                f"The connected organization belongs to {existing.email}, but you signed in to Zoho as "
                f"{user_email}. Sign in as {existing.email}, or disable the integration first.",
                code="email_mismatch",
                details={"organization_email": existing.email, "user_email": user_email},
            )
        self._tokens.save(existing.tenant, tokens)
        connection = self._mark_connected(existing)
        self._wake_parked_run(existing.tenant)
        return connection

    def _mark_connected(self, existing: Connection) -> Connection:
        for _ in range(WRITE_TRIES):
            stored = self._connections.get(existing.tenant)
            if stored is None:
                break
            changed = replace(stored, status=ConnectionStatus.CONNECTED, data_center=existing.data_center)
            if self._connections.update(changed):
                return replace(changed, revision=stored.revision + 1)
        # Disabled meanwhile: what was just saved must not outlive that.
        self._tokens.delete(existing.tenant)
        raise _busy()

    def _wake_parked_run(self, tenant: str) -> None:
        sync = self._syncs.get(tenant)
        if sync is None or sync.current_run_id is None:
            return
        if sync.status is SyncStatus.NEEDS_ATTENTION:
            # Lost to a concurrent write, the note stays until the run completes: nothing depends on it.
            self._syncs.update(replace(sync, status=SyncStatus.ACTIVE, attention=""))
        self._run_control.nudge(sync)

    def _give_back(self, tokens: Tokens) -> None:
        """Revoke a grant that is not going to be kept.

        Where Zoho cannot be reached the grant stays listed there, but its refresh token is in nobody's hands.
        """
        with suppress(UpstreamError):
            self._zoho.accounts().revoke(tokens)

    def show(self, tenant: str) -> Connection:
        """Return the connection; raises `NotFound` (`not_connected`)."""
        return self._stored(tenant)

    def organizations(self, tenant: str) -> list[Candidate]:
        """Return the Books organizations the connected user can see, each with what speaks against it."""
        connection = self._stored(tenant)
        with self._noting_a_lost_consent(connection):
            found = self._zoho.open(connection).books.organizations()
        return [Candidate(each, eligibility(each, connection.email)) for each in found]

    def choose_organization(self, tenant: str, organization_id: str) -> Connection:
        """Connect the organization; choosing the connected one again changes nothing."""
        connection = self._stored(tenant)
        connected = connection.organization
        if connected is not None and connected.id == organization_id:
            return connection
        if connected is not None:
            raise Conflict(
                f"{connected.name} is connected; disable that integration before choosing another one.",
                code="organization_already_connected",
                details={"organization": {"id": connected.id, "name": connected.name}},
            )
        chosen = self._eligible(organization_id, self.organizations(tenant), connection.email)
        changed = replace(
            connection, status=ConnectionStatus.CONNECTED, organization=chosen, connected_at=self._clock.now()
        )
        if not self._connections.update(changed):
            raise _busy()
        return self._stored(tenant)

    @staticmethod
    def _eligible(organization_id: str, candidates: Sequence[Candidate], user_email: str) -> Organization:
        found = next((each for each in candidates if each.organization.id == organization_id), None)
        if found is None:
            raise NotFound("There is no such organization.", code="organization_not_found")
        if found.reason is None:
            return found.organization
        if not found.organization.active:
            raise Conflict(found.reason, code="organization_inactive")
        raise Conflict(
            found.reason,
            code="email_mismatch",
            details={"organization_email": found.organization.email, "user_email": user_email},
        )

    def _stored(self, tenant: str) -> Connection:
        connection = self._connections.get(tenant)
        if connection is None:
            raise NotFound("Zoho Books and Zoho Campaigns are not connected.", code="not_connected")
        return connection

    @contextmanager
    def _noting_a_lost_consent(self, connection: Connection) -> Iterator[None]:
        """Let the user see, and mend, that Zoho no longer honours the consent."""
        try:
            yield
        except ReconnectNeeded:
            if connection.status is ConnectionStatus.CONNECTED:
                self._connections.update(replace(connection, status=ConnectionStatus.NEEDS_RECONNECT))
            raise


def _user_email(books: Books, organizations: Sequence[Organization]) -> str:
    """Return the consenting user's address; Books tells it only to members of an organization."""
    known = sorted(organizations, key=lambda each: not each.active)
    if not known:
        raise Conflict("This Zoho user belongs to no Zoho Books organization.", code="no_organization")
    return books.user_email(known[0].id)


def _busy() -> Conflict:
    return Conflict("The connection is being changed by another request; try again.", code="connection_busy")


def _packed(consent: Consent) -> bytes:
    return json.dumps([consent.authorization_url, consent.state, consent.expires_at.isoformat()]).encode()


def _unpacked(packed: bytes) -> Consent:
    url, state, expires_at = json.loads(packed)
    return Consent(url, state, datetime.fromisoformat(expires_at))
