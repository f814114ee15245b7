"""Every minute: wakes the runs that nobody woke."""

from __future__ import annotations

from typing import Any

from shared import bootstrap
from shared.observability import logger


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001 — Lambda's signature
    woken = bootstrap.application().sweeper.sweep()
    if woken:
        logger().info("woke runs", extra={"runs": woken})
    return {"woken": woken}
