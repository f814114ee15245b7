"""The way to Zoho: one transport for the process, clients for each connection."""

from __future__ import annotations

from collections.abc import Callable

from shared.adapters.zoho.books import ZohoBooks
from shared.adapters.zoho.campaigns import ZohoCampaigns
from shared.adapters.zoho.data_centers import DataCenter, DataCenters, ZohoUrls
from shared.adapters.zoho.http import CallCounter, Sender, Site, Transport
from shared.adapters.zoho.oauth import ClientCredentials, ZohoAccounts
from shared.adapters.zoho.pace import Pace
from shared.adapters.zoho.session import GivenToken, Session, SharedToken
from shared.domain.connection import Connection, Tokens
from shared.domain.errors import BadRequest, ReconnectNeeded
from shared.ports import Clock, RateLimiter, TokenStore, ZohoClients


class ZohoGateway:
    """Implements `ports.Zoho`."""

    def __init__(
        self,
        *,
        credentials: Callable[[], ClientCredentials],
        tokens: TokenStore,
        limiter: RateLimiter,
        clock: Clock,
        urls: ZohoUrls | None = None,
        transport: Sender | None = None,
    ) -> None:
        """`credentials` is asked when they are needed, so that no secret is read for nothing.

        Raises ValueError when `urls` are incomplete or are not origins.
        """
        self._credentials = credentials
        self._tokens = tokens
        self._limiter = limiter
        self._clock = clock
        self._data_centers = DataCenters(urls)
        self._transport: Sender = transport or Transport()

    def accounts(self) -> ZohoAccounts:
        return self._accounts(CallCounter())

    def open(self, connection: Connection) -> ZohoClients:
        calls = CallCounter()
        session = SharedToken(
            tenant=connection.tenant,
            store=self._tokens,
            accounts=self._accounts(calls),
            clock=self._clock,
            pace=Pace(self._limiter, self._clock, f"accounts/{connection.tenant}"),
        )
        return self._clients(connection, session, calls)

    def open_with(self, connection: Connection, tokens: Tokens) -> ZohoClients:
        return self._clients(connection, GivenToken(tokens.access_token), CallCounter())

    def _clients(self, connection: Connection, session: Session, calls: CallCounter) -> ZohoClients:
        data_center = self._data_center(connection)
        organization = connection.organization
        # Before an organization is chosen its limits cannot be shared; the tenant's own keep strangers apart.
        books_account = connection.books_account if organization else f"books/{connection.tenant}"
        books = ZohoBooks(
            site=Site(self._transport, data_center.books, calls),
            session=session,
            pace=Pace(self._limiter, self._clock, books_account),
            organization_id=organization.id if organization else "",
        )
        campaigns = ZohoCampaigns(
            site=Site(self._transport, data_center.campaigns, calls),
            session=session,
            pace=Pace(self._limiter, self._clock, connection.campaigns_account),
        )
        return ZohoClients(books, campaigns, calls)

    def _data_center(self, connection: Connection) -> DataCenter:
        try:
            return self._data_centers.at(connection.data_center)
        except BadRequest as unknown:
            message = unknown.message
        raise ReconnectNeeded(f"{message} Connect again.")

    def _accounts(self, calls: CallCounter) -> ZohoAccounts:
        return ZohoAccounts(
            transport=self._transport,
            data_centers=self._data_centers,
            credentials=self._credentials,
            clock=self._clock,
            calls=calls,
        )
