"""Works off one message of the queues."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared import bootstrap
from shared.adapters.queue import parse
from shared.observability import correlated, count_lateness, count_slice, log_crash, logger
from shared.ports import WakeUp


class WorkerCrashed(Exception):
    """Stands in for an exception whose message could quote personal data into Lambda's own log."""


def handler(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Handle a batch of one; a message that fails is delivered again, and at last put aside."""
    failed = [record["messageId"] for record in event["Records"] if not _handled(record, context)]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _handled(record: dict[str, Any], context: Any) -> bool:
    with correlated(message_id=record["messageId"], function_request_id=context.aws_request_id):
        try:
            message = parse(record["body"])
        except ValueError as malformed:
            logger().error("malformed message", extra={"problem": str(malformed)})
            return False
        ids = {"tenant": message.tenant, "sync_id": message.sync_id, "run_id": message.run_id}
        logger().append_keys(**{name: of for name, of in ids.items() if of})
        # At the beginning, because an invocation that is cut off leaves no other line.
        logger().info("message taken up", extra={"kind": message.kind, "tick": message.tick})
        try:
            _dispatch(message, budget_seconds=context.get_remaining_time_in_millis() / 1000)
        except Exception as crash:  # noqa: BLE001 — whatever it is, its message stays out of the log
            log_crash(crash, where=f"worker, {message.kind}")
            raise WorkerCrashed(type(crash).__qualname__) from None
        return True


def _dispatch(message: WakeUp, *, budget_seconds: float) -> None:
    application = bootstrap.application()
    if message.kind in ("erase", "revoke"):
        application.erase.go_on(message, budget_seconds=budget_seconds)
        return
    if message.kind == "fire":
        late = application.clock.now() - datetime.fromisoformat(message.scheduled_at)
        count_lateness(late.total_seconds())
    started_at = application.clock.now()
    application.worker.handle(message, budget_seconds=budget_seconds)
    if message.kind == "slice":
        count_slice((application.clock.now() - started_at).total_seconds())
