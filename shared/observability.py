"""Logs and metrics: what happened, by ids alone; never a token, an address or a name."""

from __future__ import annotations

import traceback
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

LATENESS = "RunLatenessSeconds"
ATTENTION = "RunsNeedingAttention"


@cache
def logger() -> Logger:
    return Logger()


@cache
def metrics() -> Metrics:
    return Metrics()


def log_crash(crash: BaseException, *, request_id: str, where: str) -> None:
    """Log an unforeseen exception: its type and the places it came through.

    Its message stays out, because messages quote values, and values here are people's addresses.
    """
    logger().error(
        "crashed",
        extra={
            "request_id": request_id,
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
        names.append(f"{type(crash).__module__}.{type(crash).__qualname__}")
        crash = crash.__cause__ or crash.__context__
    return names


def count_lateness(seconds: float) -> None:
    """Note how long after its scheduled time a firing was taken up."""
    _publish(LATENESS, MetricUnit.Seconds, max(0.0, seconds))


def count_attention() -> None:
    """Note that a sync stopped and waits for a person."""
    _publish(ATTENTION, MetricUnit.Count, 1)


def _publish(name: str, unit: MetricUnit, value: float) -> None:
    metrics().add_metric(name, unit, value)
    # At once, because publishing at the end of an invocation would warn of all those that count nothing.
    metrics().flush_metrics()
