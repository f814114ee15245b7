"""Waking runs whose message was lost, or whose wait is longer than a queue can hold a message."""

from __future__ import annotations

from shared.ports import Clock, Queue, Runs
from shared.usecases.run_sync.control import is_bulk, wake_up

RUNS_PER_SWEEP = 500


class Sweeper:
    """Sends a wake-up for every run that is due and that nobody works on; a superfluous one does no harm."""

    def __init__(self, *, runs: Runs, queue: Queue, clock: Clock) -> None:
        self._runs = runs
        self._queue = queue
        self._clock = clock

    def sweep(self) -> int:
        """Return how many runs were woken."""
        due = self._runs.due(self._clock.now(), limit=RUNS_PER_SWEEP)
        for run in due:
            self._queue.send(wake_up(run), bulk=is_bulk(run))
        return len(due)
