"""Syncs: one item a tenant, guarded by the sync's id and revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any

from shared.adapters.dynamodb.codec import Item, moment_of, moment_or_none, sparse, text_of
from shared.adapters.dynamodb.keys import key
from shared.adapters.dynamodb.table import ConditionFailed, Table
from shared.domain.mapping import FieldPair
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import LawfulBasis, SubscriptionType, Sync, SyncSettings, SyncStatus

_KIND = "SYNC"


class DynamoSyncs:
    """Implements `ports.Syncs`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, tenant: str) -> Sync | None:
        item = self._table.get(key(tenant, _KIND))
        return _read(tenant, item) if item else None

    def create(self, sync: Sync) -> bool:
        return self._put(sync, condition="attribute_not_exists(#pk)")

    def update(self, sync: Sync) -> bool:
        return self._put(
            replace(sync, revision=sync.revision + 1),
            condition="#id = :id AND #revision = :revision",
            id=sync.id,
            revision=sync.revision,
        )

    def delete(self, tenant: str, sync_id: str) -> None:
        try:
            self._table.delete(key(tenant, _KIND), condition="#id = :id", id=sync_id)
        except ConditionFailed:
            return  # gone already, or another sync by now

    def _put(self, sync: Sync, *, condition: str, **values: Any) -> bool:
        try:
            self._table.put(key(sync.tenant, _KIND), _item(sync), condition=condition, **values)
        except ConditionFailed:
            return False
        return True


def _item(sync: Sync) -> Item:
    return sparse(
        id=sync.id,
        settings=_settings_item(sync.settings),
        status=sync.status,
        created_at=text_of(sync.created_at),
        updated_at=text_of(sync.updated_at),
        revision=sync.revision,
        settings_revision=sync.settings_revision,
        attention=sync.attention,
        current_run_id=sync.current_run_id,
        cancel_run_id=sync.cancel_run_id,
        restart_wanted=sync.restart_wanted,
        last_run_id=sync.last_run_id,
        watermark=text_of(sync.watermark),
        last_full_at=text_of(sync.last_full_at),
        members_known=sync.members_known,
        field_lengths=dict(sync.field_lengths),
        duplicates=sync.duplicates,
        retry=list(sync.retry),
        customers=sync.customers,
    )


def _read(tenant: str, item: Mapping[str, Any]) -> Sync:
    return Sync(
        id=item["id"],
        tenant=tenant,
        settings=_read_settings(item["settings"]),
        status=SyncStatus(item["status"]),
        created_at=moment_of(item["created_at"]),
        updated_at=moment_of(item["updated_at"]),
        revision=item["revision"],
        settings_revision=item["settings_revision"],
        attention=item.get("attention", ""),
        current_run_id=item.get("current_run_id"),
        cancel_run_id=item.get("cancel_run_id"),
        restart_wanted=item["restart_wanted"],
        last_run_id=item.get("last_run_id"),
        watermark=moment_or_none(item.get("watermark")),
        last_full_at=moment_or_none(item.get("last_full_at")),
        members_known=item["members_known"],
        field_lengths=item.get("field_lengths", {}),
        duplicates=item.get("duplicates", 0),
        retry=tuple(item.get("retry", ())),
        customers=item.get("customers"),
    )


def _settings_item(settings: SyncSettings) -> Item:
    return sparse(
        list_key=settings.list_key,
        list_name=settings.list_name,
        subscription_type=settings.subscription_type,
        topic_ids=list(settings.topic_ids),
        lawful_basis=settings.lawful_basis,
        update_empty_fields=settings.update_empty_fields,
        schedule=sparse(
            frequency=settings.schedule.frequency,
            at=settings.schedule.at.strftime("%H:%M"),
            time_zone=settings.schedule.time_zone,
            weekday=settings.schedule.weekday,
            day_of_month=settings.schedule.day_of_month,
        ),
        mapping=[
            {"source": pair.source, "target": pair.target, "new_field": pair.new_field}
            for pair in settings.mapping
        ],
    )


def _read_settings(item: Mapping[str, Any]) -> SyncSettings:
    schedule = item["schedule"]
    basis = item.get("lawful_basis")
    return SyncSettings(
        list_key=item["list_key"],
        list_name=item.get("list_name", ""),
        subscription_type=SubscriptionType(item["subscription_type"]),
        topic_ids=tuple(item["topic_ids"]),
        lawful_basis=None if basis is None else LawfulBasis(basis),
        update_empty_fields=item["update_empty_fields"],
        schedule=Schedule(
            frequency=Frequency(schedule["frequency"]),
            at=time.fromisoformat(schedule["at"]),
            time_zone=schedule["time_zone"],
            weekday=schedule.get("weekday"),
            day_of_month=schedule.get("day_of_month"),
        ),
        mapping=tuple(
            FieldPair(pair["source"], pair["target"], pair["new_field"]) for pair in item["mapping"]
        ),
    )
