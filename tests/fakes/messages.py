"""A queue that keeps what was sent, and a store of schedules that never fires by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.settings import Sync
from shared.ports import Clock, WakeUp


@dataclass(frozen=True, slots=True)
class Sent:
    message: WakeUp
    visible_at: datetime
    bulk: bool


class Queue:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sent: list[Sent] = []

    def send(self, message: WakeUp, *, delay_seconds: int = 0, bulk: bool = False) -> None:
        if not 0 <= delay_seconds <= 900:
            raise ValueError(f"SQS delays by 0 to 900 seconds, not {delay_seconds}")
        visible_at = self._clock.now() + timedelta(seconds=delay_seconds)
        self.sent.append(Sent(message, visible_at, bulk))

    def receive(self) -> WakeUp | None:
        """Remove and return the oldest message that is visible now."""
        for sent in self.sent:
            if sent.visible_at <= self._clock.now():
                self.sent.remove(sent)
                return sent.message
        return None

    def next_visible_at(self) -> datetime | None:
        return min((sent.visible_at for sent in self.sent), default=None)


class Schedules:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Sync] = {}

    def put(self, sync: Sync) -> None:
        self.stored[sync.tenant, sync.id] = sync

    def delete(self, tenant: str, sync_id: str) -> None:
        self.stored.pop((tenant, sync_id), None)
