"""Logs and metrics: what happened, by ids alone; never a token, an address or a name."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from shared.domain.run import Run

LATENESS = "RunLatenessSeconds"
ATTENTION = "RunsNeedingAttention"
ENDED = "RunsEnded"
PARKED = "RunsParked"
RECORDS = "Records"
CALLS = "ZohoCalls"
REFUSED_PACE = "ZohoRateRefusals"
SLICE = "SliceSeconds"

_one_line_at_a_time = threading.Lock()


@cache
def logger() -> Logger:
    return Logger()


@contextmanager
def correlated(**ids: str) -> Iterator[None]:
    """Name `ids`, and what `append_keys` adds meanwhile, in every line up to the end of the block."""
    logger().append_keys(**ids)
    try:
        yield
    finally:
        logger().clear_state()


def log_crash(crash: BaseException, *, where: str) -> None:
    """Log an unforeseen exception: its type and the places it came through.

    Its message stays out, because messages quote values, and values here are people's addresses.
    """
    logger().error(
        "crashed",
        extra={
            "where": where,
            "exception": " < ".join(_chain(crash)),
            "frames": [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(crash.__traceback__)
            ],
        },
    )


def _chain(crash: BaseException | None) -> list[str]:
    names = []
    while crash is not None:
        names.append(f"{type(crash).__module__}.{type(crash).__qualname__}{_refusal_of_aws(crash)}")
        crash = crash.__cause__ or crash.__context__
    return names


def _refusal_of_aws(crash: BaseException) -> str:
    """Return which call AWS refused and its code for it, both out of fixed lists, "" for other exceptions."""
    response = getattr(crash, "response", None)
    error = response.get("Error", {}) if isinstance(response, dict) else {}
    operation = getattr(crash, "operation_name", "")
    return f" ({operation}: {error['Code']})" if operation and error.get("Code") else ""


def note_start(run: Run) -> None:
    """Log that a run was made, under the request or the message that asked for it."""
    logger().info(
        "run started",
        extra={**_ids(run), "trigger": run.trigger.value, "mode": run.mode.value},
    )


def note_slice(run: Run) -> None:
    """Log how a slice left its run, by ids and counts; count the outcome once the run has ended."""
    counted = run.counted
    records = {
        "added": counted.added,
        "updated": counted.updated,
        "unchanged": counted.unchanged,
        "skipped": counted.skipped_total,
    }
    logger().info(
        "slice",
        extra={
            **_ids(run),
            "tick": run.tick,
            "status": run.status.value,
            "phase": run.cursor.phase.value,
            "waiting_for": run.waiting_for,
            "records": records,
            "calls": dict(run.calls),
        },
    )
    if run.waiting_for:
        _publish(PARKED, MetricUnit.Count, 1, reason=run.waiting_for)
    if run.status.ended:
        _publish(ENDED, MetricUnit.Count, 1, outcome=run.status.value)
        for outcome, count in records.items():
            _publish(RECORDS, MetricUnit.Count, count, outcome=outcome)
        for endpoint, count in run.calls.items():
            _publish(CALLS, MetricUnit.Count, count, endpoint=endpoint)


def _ids(run: Run) -> dict[str, str]:
    return {"tenant": run.tenant, "sync_id": run.sync_id, "run_id": run.id}


def count_refused_pace(endpoint: str) -> None:
    """Note that Zoho refused a call to `endpoint` for its rate: a 429, a lock, a used-up quota."""
    _publish(REFUSED_PACE, MetricUnit.Count, 1, endpoint=endpoint)


def count_slice(seconds: float) -> None:
    """Note how long one slice took."""
    _publish(SLICE, MetricUnit.Seconds, max(0.0, seconds))


def count_lateness(seconds: float) -> None:
    """Note how long after its scheduled time a firing was taken up."""
    _publish(LATENESS, MetricUnit.Seconds, max(0.0, seconds))


def count_attention() -> None:
    """Note that a sync stopped and waits for a person."""
    _publish(ATTENTION, MetricUnit.Count, 1)


def _publish(name: str, unit: MetricUnit, value: float, **dimensions: str) -> None:
    """Write one line at once; several threads of a slice may meet a refusal together.

    At once, because publishing at the end of an invocation would warn of all those that count nothing.
    """
    with _one_line_at_a_time, single_metric(name, unit, value, default_dimensions=dimensions):
        pass
