"""Notifications: kept for 90 days, listed by id, which begins with the time of the run that caused them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.dynamodb.codec import moment_of, moment_or_none, sparse, text_of
from shared.adapters.dynamodb.cursors import Cursors, cut
from shared.adapters.dynamodb.keys import Key, key, partition
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.run import Notification
from shared.ports import Page

_KEPT = timedelta(days=90)


class DynamoNotifications:
    """Implements `ports.Notifications`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._cursors = Cursors(lambda: table.cursor_key)

    def put(self, tenant: str, notification: Notification) -> None:
        item = sparse(
            kind=notification.kind,
            title=notification.title,
            body=notification.body,
            created_at=text_of(notification.created_at),
            link=notification.link,
            read_at=text_of(notification.read_at),
            expires_at=int((notification.created_at + _KEPT).timestamp()),
        )
        try:
            self._table.put(key(tenant, "N", notification.id), item, condition="attribute_not_exists(#pk)")
        except ConditionFailed:
            return  # told already

    def list(self, tenant: str, *, limit: int, cursor: str | None) -> Page[Notification]:
        pk = partition(tenant, "N")
        after = self._cursors.position(pk, cursor)
        items, more = cut(self._table.query(pk, after=after, descending=True, limit=limit + 1), limit)
        following = self._cursors.after(pk, items[-1]["sk"]) if more else None
        return Page([_read(item) for item in items], following)

    def unread(self, tenant: str) -> int:
        return self._table.count(partition(tenant, "N"), only="attribute_not_exists(#read_at)")

    def mark_read(self, tenant: str, notification_id: str, at: datetime) -> Notification | None:
        try:
            item = self._table.update(
                key(tenant, "N", notification_id),
                {},
                defaults={"read_at": text_of(at)},
                condition="attribute_exists(#pk)",
            )
        except ConditionFailed:
            return None
        return _read(item)

    def delete_all(self, tenant: str) -> None:
        items = self._table.query(partition(tenant, "N"), keys_only=True)
        self._table.batch_delete(Key(item["pk"], item["sk"]) for item in items)


def _read(item: Mapping[str, Any]) -> Notification:
    return Notification(
        id=item["sk"],
        kind=item["kind"],
        title=item.get("title", ""),
        body=item.get("body", ""),
        created_at=moment_of(item["created_at"]),
        link=item.get("link", ""),
        read_at=moment_or_none(item.get("read_at")),
    )
