"""Wake-up messages in two SQS queues, and how they are read back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from shared.ports import WakeUp

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_DELAY_SECONDS = 900  # Amazon SQS: DelaySeconds is at most 15 minutes

_TEXTS = ("kind", "tenant", "sync_id", "run_id", "scheduled_at")
_NEEDED = {
    "slice": ("tenant", "sync_id", "run_id"),
    "fire": ("tenant", "sync_id", "scheduled_at"),
    "erase": ("tenant", "scheduled_at"),
    "revoke": ("tenant",),
}
_LONGEST_TEXT = 200


class SqsQueue:
    """Implements `ports.Queue`."""

    def __init__(self, client: SQSClient, *, interactive_url: str, bulk_url: str) -> None:
        self._client = client
        self._interactive_url = interactive_url
        self._bulk_url = bulk_url

    def send(self, message: WakeUp, *, delay_seconds: int = 0, bulk: bool = False) -> None:
        if not 0 <= delay_seconds <= LONGEST_DELAY_SECONDS:
            raise ValueError(f"a message cannot wait {delay_seconds} seconds in the queue")
        self._client.send_message(
            QueueUrl=self._bulk_url if bulk else self._interactive_url,
            MessageBody=body_of(message),
            DelaySeconds=delay_seconds,
        )


def body_of(message: WakeUp) -> str:
    """Return the message as JSON, without what is empty."""
    return json.dumps({name: value for name, value in asdict(message).items() if value not in ("", 0)})


def parse(body: str) -> WakeUp:
    """Return the message in `body`; raises ValueError, without quoting it, for what is never sent."""
    try:
        fields = json.loads(body)
    except ValueError:
        raise ValueError("a wake-up message is JSON") from None
    if not isinstance(fields, dict):
        raise ValueError("a wake-up message is a JSON object")  # noqa: TRY004 - wrong content, not a wrong call
    tick = fields.pop("tick", 0)
    if type(tick) is not int or tick < 0:
        raise ValueError("tick is a count")
    for name, value in fields.items():
        if name not in _TEXTS:
            raise ValueError("a wake-up message has no other fields")
        if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT:
            raise ValueError(f"{name} is a short text")
    return _checked(WakeUp(**{"kind": "", "tenant": "", "sync_id": "", **fields}, tick=tick))


def _checked(message: WakeUp) -> WakeUp:
    needed = _NEEDED.get(message.kind)
    if needed is None:
        raise ValueError("nothing is known to be done for this kind of message")
    for name in needed:
        if not getattr(message, name):
            raise ValueError(f"a message of kind {message.kind} has a {name}")
    if message.scheduled_at and not _aware(message.scheduled_at):
        raise ValueError("scheduled_at is a time with its zone")
    return message


def _aware(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
