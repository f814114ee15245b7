"""Connections: one item a tenant, guarded by its revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.adapters.dynamodb.codec import Item, moment_of, sparse, text_of
from shared.adapters.dynamodb.keys import key
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.connection import Connection, ConnectionStatus, Organization

_KIND = "CONNECTION"


class DynamoConnections:
    """Implements `ports.Connections`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, tenant: str) -> Connection | None:
        item = self._table.get(key(tenant, _KIND))
        return _read(tenant, item) if item else None

    def create(self, connection: Connection) -> bool:
        return self._put(connection, condition="attribute_not_exists(#pk)")

    def update(self, connection: Connection) -> bool:
        return self._put(
            replace(connection, revision=connection.revision + 1),
            condition="#revision = :revision",
            revision=connection.revision,
        )

    def delete(self, tenant: str) -> None:
        self._table.delete(key(tenant, _KIND))

    def _put(self, connection: Connection, *, condition: str, **values: Any) -> bool:
        try:
            self._table.put(key(connection.tenant, _KIND), _item(connection), condition=condition, **values)
        except ConditionFailed:
            return False
        return True


def _item(connection: Connection) -> Item:
    organization = connection.organization
    return sparse(
        status=connection.status,
        email=connection.email,
        data_center=connection.data_center,
        connected_at=text_of(connection.connected_at),
        organization=organization
        and {
            "id": organization.id,
            "name": organization.name,
            "email": organization.email,
            "active": organization.active,
        },
        gdpr_enabled=connection.gdpr_enabled,
        revision=connection.revision,
    )


def _read(tenant: str, item: Mapping[str, Any]) -> Connection:
    organization = item.get("organization")
    return Connection(
        tenant=tenant,
        status=ConnectionStatus(item["status"]),
        email=item.get("email", ""),
        data_center=item.get("data_center", ""),
        connected_at=moment_of(item["connected_at"]),
        organization=organization
        and Organization(
            id=organization["id"],
            name=organization["name"],
            email=organization["email"],
            active=organization["active"],
        ),
        gdpr_enabled=item["gdpr_enabled"],
        revision=item["revision"],
    )
