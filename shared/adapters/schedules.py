"""One schedule per sync in EventBridge Scheduler; a firing puts a `fire` message in the interactive queue."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from shared.domain.errors import Invalid
from shared.domain.settings import Sync, SyncStatus

if TYPE_CHECKING:
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

# Syncs of many tenants are due at the same full hour; the window spreads them.
_WINDOW_MINUTES = 5
_TRIED_FOR_SECONDS = 6 * 3600
_TRIES = 60
# EventBridge Scheduler, context attributes: replaced by the time for which the schedule was set.
_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class EventBridgeSchedules:
    """Implements `ports.Schedules`."""

    def __init__(
        self,
        client: EventBridgeSchedulerClient,
        *,
        group_name: str,
        target_arn: str,
        role_arn: str,
        dlq_arn: str,
    ) -> None:
        self._client = client
        self._group_name = group_name
        self._target_arn = target_arn
        self._role_arn = role_arn
        self._dlq_arn = dlq_arn

    def put(self, sync: Sync) -> None:
        try:
            self._create_or_update(self._request(sync))
        except self._client.exceptions.ValidationException as refused:
            said = str(refused).lower()
            if "timezone" not in said and "time zone" not in said:
                raise
            # Its zone files may be older than ours.
            reason = f"{sync.settings.schedule.time_zone!r} is not a time zone that schedules can have"
            raise Invalid.field("schedule.time_zone", reason) from None

    def _create_or_update(self, request: dict[str, Any]) -> None:
        try:
            self._client.create_schedule(**request)
        except self._client.exceptions.ConflictException:
            # It exists: an edit, or a creation whose answer was lost.
            self._client.update_schedule(**request)

    def delete(self, tenant: str, sync_id: str) -> None:
        try:
            self._client.delete_schedule(GroupName=self._group_name, Name=schedule_name(tenant, sync_id))
        except self._client.exceptions.ResourceNotFoundException:
            return

    def _request(self, sync: Sync) -> dict[str, Any]:
        schedule = sync.settings.schedule
        message = {
            "kind": "fire",
            "tenant": sync.tenant,
            "sync_id": sync.id,
            "scheduled_at": _SCHEDULED_TIME,
        }
        return {
            "GroupName": self._group_name,
            "Name": schedule_name(sync.tenant, sync.id),
            "ScheduleExpression": schedule.cron(),
            "ScheduleExpressionTimezone": schedule.time_zone,
            "State": "DISABLED" if sync.status is SyncStatus.PAUSED else "ENABLED",
            "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": _WINDOW_MINUTES},
            "Target": {
                "Arn": self._target_arn,
                "RoleArn": self._role_arn,
                "Input": json.dumps(message),
                "DeadLetterConfig": {"Arn": self._dlq_arn},
                "RetryPolicy": {
                    "MaximumEventAgeInSeconds": _TRIED_FOR_SECONDS,
                    "MaximumRetryAttempts": _TRIES,
                },
            },
        }


def schedule_name(tenant: str, sync_id: str) -> str:
    """Return the name of the sync's schedule: at most 64 of the characters that a name may have."""
    return "sync-" + hashlib.sha256(f"{tenant}/{sync_id}".encode()).hexdigest()[:40]
