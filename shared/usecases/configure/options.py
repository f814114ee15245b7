"""What a sync can be made of: the fields, lists and topics of the connected accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from shared.domain.connection import Connection, ConnectionStatus
from shared.domain.customer import BooksField
from shared.domain.errors import Conflict, ReconnectNeeded
from shared.domain.mapping import (
    EMAIL_TARGET,
    RESERVED_TARGETS,
    CampaignsField,
    FieldPair,
    suggested_mapping,
)
from shared.domain.schedule import Frequency, time_zones
from shared.domain.settings import LawfulBasis, MailingList, SubscriptionType, TopicChoice
from shared.ports import Connections, Zoho, ZohoClients

WRITE_TRIES = 5
FEWEST_TOPICS = 2

MODULES = (("contacts", "Contacts (Customers in Zoho Books)"),)


@dataclass(frozen=True, slots=True)
class Offer:
    """The part of the options that depends on the connected accounts."""

    lists: Sequence[MailingList]
    topics: TopicChoice
    books_fields: Sequence[BooksField]
    campaigns_fields: Sequence[CampaignsField]


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """`lawful_bases` is None unless GDPR is on; topics are empty, with a reason, where there is no choice."""

    offer: Offer
    subscription_types: tuple[SubscriptionType, ...]
    lawful_bases: tuple[LawfulBasis, ...] | None
    suggested_mapping: tuple[FieldPair, ...]
    frequencies: tuple[Frequency, ...]
    time_zones: tuple[str, ...]


class Options:
    def __init__(self, *, connections: Connections, zoho: Zoho) -> None:
        self._connections = connections
        self._zoho = zoho

    def show(self, tenant: str) -> SyncOptions:
        """Return everything on offer; raises `Conflict` (`not_connected`) or an `UpstreamError`."""
        connection = self.connected(tenant)
        with self.opened(connection) as clients:
            offer = read_offer(clients)
        return SyncOptions(
            offer=replace(
                offer,
                campaigns_fields=[
                    field for field in offer.campaigns_fields if not _filled_by_the_sync(field)
                ],
            ),
            subscription_types=tuple(SubscriptionType),
            lawful_bases=tuple(LawfulBasis) if connection.gdpr_enabled else None,
            suggested_mapping=suggested_mapping(offer.books_fields, offer.campaigns_fields),
            frequencies=tuple(Frequency),
            time_zones=tuple(sorted(time_zones())),
        )

    def set_gdpr(self, tenant: str, *, enabled: bool) -> Connection:
        """Mirror the compliance switch of the Campaigns account, which no public API reads."""
        for _ in range(WRITE_TRIES):
            connection = self._connections.get(tenant)
            if connection is None:
                raise _not_connected()
            if connection.gdpr_enabled == enabled:
                return connection
            if self._connections.update(replace(connection, gdpr_enabled=enabled)):
                return replace(connection, gdpr_enabled=enabled, revision=connection.revision + 1)
        raise Conflict(
            "The connection is being changed by another request; try again.", code="connection_busy"
        )

    def connected(self, tenant: str) -> Connection:
        """Return a connection that can be used; raises `Conflict` (`not_connected`) or `ReconnectNeeded`."""
        connection = self._connections.get(tenant)
        if connection is None or connection.status is ConnectionStatus.CHOOSE_ORGANIZATION:
            raise _not_connected()
        if connection.status is ConnectionStatus.NEEDS_RECONNECT:
            raise ReconnectNeeded("Zoho no longer honours the consent; connect again.")
        return connection

    @contextmanager
    def opened(self, connection: Connection) -> Iterator[ZohoClients]:
        """Lend the connection's clients; a consent that turns out to be gone is noted on the connection."""
        try:
            yield self._zoho.open(connection)
        except ReconnectNeeded:
            self._connections.update(replace(connection, status=ConnectionStatus.NEEDS_RECONNECT))
            raise


def read_offer(clients: ZohoClients) -> Offer:
    """Read lists, topics and fields; topics are on offer only where there are two or more."""
    topics = clients.campaigns.topics()
    if not topics.reason and len(topics.topics) < FEWEST_TOPICS:
        topics = TopicChoice(
            reason="This Zoho Campaigns account has only one topic, so there is nothing to choose."
            if topics.topics
            else "This Zoho Campaigns account has no topics."
        )
    return Offer(
        lists=clients.campaigns.lists(),
        topics=topics,
        books_fields=clients.books.fields(),
        campaigns_fields=clients.campaigns.fields(),
    )


def _filled_by_the_sync(field: CampaignsField) -> bool:
    return field.name.casefold() in {name.casefold() for name in RESERVED_TARGETS - {EMAIL_TARGET}}


def _not_connected() -> Conflict:
    return Conflict("Connect Zoho Books and Zoho Campaigns first.", code="not_connected")
