"""A run as an item. What is None, "" or empty is left out, so that a checkpoint fits one write unit."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.dynamodb.codec import Item, moment_of, moment_or_none, sparse, text_of
from shared.adapters.dynamodb.keys import owners
from shared.domain.contact import SkipReason
from shared.domain.run import Counters, Cursor, Mode, Phase, Run, RunStatus, Trigger

DUE_SHARDS = 8
KEPT_AFTER_THE_END = timedelta(days=400)

_LEASE = ("tick", "epoch", "lease_owner", "lease_until")
_PLACE = ("status", "wake_at", "due_pk", "due_at", "expires_at")


def run_values(run: Run) -> dict[str, Any]:
    """Return every attribute of a run that is not in its key, None where it has no value."""
    return {
        "trigger": run.trigger,
        "mode": run.mode,
        "status": run.status,
        "created_at": text_of(run.created_at),
        "settings_revision": run.settings_revision,
        "started_at": text_of(run.started_at),
        "finished_at": text_of(run.finished_at),
        "tick": run.tick,
        "epoch": run.epoch,
        "lease_owner": run.lease_owner,
        "lease_until": text_of(run.lease_until),
        "wake_at": text_of(run.wake_at),
        "waiting_for": run.waiting_for or None,
        "cursor": _cursor_item(run.cursor),
        "counters": _counters_item(run.counters),
        "page_counters": _counters_item(run.page_counters),
        "estimated_total": run.estimated_total,
        "first_contact": run.first_contact,
        "changed_emails": run.changed_emails,
        "changed_owners": run.changed_owners,
        "retry": list(run.retry),
        "absent": run.absent,
        "stalled": run.stalled,
        "committed_epoch": run.committed_epoch,
        "calls": dict(run.calls) or None,
        "field_lengths": dict(run.field_lengths) or None,
        "error_code": run.error_code or None,
        "error_message": run.error_message or None,
    }


def progress_values(run: Run) -> dict[str, Any]:
    """Return what a checkpoint may change: everything but the lease and when the run is due."""
    return {name: value for name, value in run_values(run).items() if name not in (*_LEASE, *_PLACE)}


def due_values(run_id: str, due_at: datetime | None) -> dict[str, Any]:
    """Return the attributes of the index `due`; without them the run is not in it."""
    if due_at is None:
        return {"due_pk": None, "due_at": None}
    return {"due_pk": shard(zlib.crc32(run_id.encode()) % DUE_SHARDS), "due_at": text_of(due_at)}


def shard(number: int) -> str:
    return f"DUE#{number}"


def resting_values(run: Run) -> dict[str, Any]:
    """Return all attributes of a run that nobody holds: due at `wake_at`, or dropped in time once ended."""
    idle = run.status is RunStatus.PAUSED or run.status.ended
    ends = int((run.sync_time + KEPT_AFTER_THE_END).timestamp()) if run.status.ended else None
    return {
        **run_values(run),
        **due_values(run.id, None if idle else run.wake_at),
        "expires_at": ends,
    }


def read_run(item: Item) -> Run:
    tenant, sync_id = owners(item["pk"])
    return Run(
        id=item["sk"],
        tenant=tenant,
        sync_id=sync_id,
        trigger=Trigger(item["trigger"]),
        mode=Mode(item["mode"]),
        status=RunStatus(item["status"]),
        created_at=moment_of(item["created_at"]),
        settings_revision=item["settings_revision"],
        started_at=moment_or_none(item.get("started_at")),
        finished_at=moment_or_none(item.get("finished_at")),
        tick=item["tick"],
        epoch=item["epoch"],
        lease_owner=item.get("lease_owner"),
        lease_until=moment_or_none(item.get("lease_until")),
        wake_at=moment_or_none(item.get("wake_at")),
        waiting_for=item.get("waiting_for", ""),
        cursor=_read_cursor(item["cursor"]),
        counters=_read_counters(item["counters"]),
        page_counters=_read_counters(item["page_counters"]),
        estimated_total=item.get("estimated_total"),
        first_contact=item["first_contact"],
        changed_emails=item["changed_emails"],
        changed_owners=item.get("changed_owners", 0),
        retry=tuple(item.get("retry", ())),
        absent=item["absent"],
        stalled=item["stalled"],
        committed_epoch=item["committed_epoch"],
        calls=item.get("calls", {}),
        field_lengths=item.get("field_lengths", {}),
        error_code=item.get("error_code", ""),
        error_message=item.get("error_message", ""),
    )


def _cursor_item(cursor: Cursor) -> Item:
    return sparse(
        phase=cursor.phase,
        page=cursor.page,
        after=cursor.after,
        watermark=text_of(cursor.watermark),
        skipped_parts=cursor.skipped_parts,
        seen_base=cursor.seen_base,
        seen_parts=cursor.seen_parts,
        members_base=cursor.members_base,
        exclusions_at=text_of(cursor.exclusions_at),
        reading_at=text_of(cursor.reading_at),
        reading_page=cursor.reading_page or None,
        second_look=cursor.second_look or None,
        owners_base=cursor.owners_base,
    )


def _read_cursor(item: Mapping[str, Any]) -> Cursor:
    return Cursor(
        phase=Phase(item["phase"]),
        page=item["page"],
        after=item.get("after", ""),
        watermark=moment_or_none(item.get("watermark")),
        skipped_parts=item["skipped_parts"],
        seen_base=item["seen_base"],
        seen_parts=item["seen_parts"],
        members_base=item.get("members_base", ""),
        exclusions_at=moment_or_none(item.get("exclusions_at")),
        reading_at=moment_or_none(item.get("reading_at")),
        reading_page=item.get("reading_page", 0),
        second_look=item.get("second_look", False),
        owners_base=item.get("owners_base", ""),
    )


def _counters_item(counters: Counters) -> Item:
    return sparse(
        added=counters.added,
        updated=counters.updated,
        unchanged=counters.unchanged,
        skipped={str(reason): count for reason, count in counters.skipped.items()},
    )


def _read_counters(item: Mapping[str, Any]) -> Counters:
    skipped = {SkipReason(reason): count for reason, count in item.get("skipped", {}).items()}
    return Counters(item["added"], item["updated"], item["unchanged"], skipped)
