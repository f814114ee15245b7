"""Sliding windows as an outside judge counts them, and what a perfect sender would make of them."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence

# Zoho Campaigns, contact-subscribe page: calls and seconds.
DOCUMENTED: tuple[tuple[int, int], ...] = ((500, 60), (12_500, 3_600), (75_000, 86_400))


class SlidingJudge:
    """Counts arrivals (epoch seconds) against every window; arrivals may be told a little out of order.

    `over` is how many arrivals met a full window; `fullest` the most calls seen in each window.
    """

    def __init__(self, windows: Sequence[tuple[int, int]] = DOCUMENTED) -> None:
        self.windows = tuple(windows)
        self.over = 0
        self.fullest = [0 for _ in self.windows]
        self.counted = 0
        self._early: list[float] = []
        self._recent: list[deque[float]] = [deque() for _ in self.windows]

    def tell(self, arrival: float, *, sure_until: float) -> None:
        """Note one arrival; no later one will be told that lies before `sure_until`."""
        heapq.heappush(self._early, arrival)
        while self._early and self._early[0] <= sure_until:
            self._count(heapq.heappop(self._early))

    def finish(self) -> None:
        """Count what is still held back."""
        while self._early:
            self._count(heapq.heappop(self._early))

    def _count(self, at: float) -> None:
        self.counted += 1
        exceeded = False
        for index, ((limit, seconds), recent) in enumerate(zip(self.windows, self._recent, strict=True)):
            while recent and recent[0] <= at - seconds:
                recent.popleft()
            recent.append(at)
            self.fullest[index] = max(self.fullest[index], len(recent))
            exceeded = exceeded or len(recent) > limit
        self.over += exceeded
