"""Staying below Zoho's limits: a slot is taken before every read, and a refusal closes the endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from shared.adapters.zoho.deadline import at_most
from shared.domain.errors import RateLimited
from shared.domain.pacing import Endpoint
from shared.ports import Clock, RateLimiter

T = TypeVar("T")

LONGEST_WAIT_SECONDS = 20.0
# Slots are taken from the shared limiter in growing blocks: a lone call takes one, a long walk eight each.
LARGEST_BLOCK = 8
# Slots unused so long after they were due are void, or several workers' calls would bunch.
KEEP_SECONDS = 10.0


@dataclass(slots=True)
class _Block:
    """Slots in hand: `left` of them, the next due at `next_at`, void from `void_at` on (epoch seconds)."""

    left: int = 0
    next_at: float = 0.0
    interval_seconds: float = 0.0
    void_at: float = 0.0
    size: int = 1


class Pace:
    """The limits of one upstream account as one worker keeps them; safe from several threads."""

    def __init__(self, limiter: RateLimiter, clock: Clock, account: str) -> None:
        self._limiter = limiter
        self._clock = clock
        self._account = account
        self._blocks: dict[str, _Block] = {}
        self._lock = threading.Lock()

    def run(self, endpoint: Endpoint, call: Callable[[], T]) -> T:
        """Wait for a slot and make the call; raises `RateLimited` when none comes within 20 s, or in the time
        of the request.
        """
        self._clock.sleep(self._reserve(endpoint) - self._clock.now().timestamp())
        return self.guard(endpoint, call)

    def guard(self, endpoint: Endpoint, call: Callable[[], T]) -> T:
        """Make a call that has its slot; when Zoho refuses it, close the endpoint for every worker."""
        try:
            return call()
        except RateLimited as limited:
            with self._lock:
                self._blocks.pop(endpoint.name, None)
            until = self._clock.now() + timedelta(seconds=limited.wait_seconds)
            self._limiter.block(self._account, endpoint, until)
            raise

    def _reserve(self, endpoint: Endpoint) -> float:
        """Return when the next call may leave (epoch seconds)."""
        with self._lock:
            longest_wait = at_most(LONGEST_WAIT_SECONDS)
            now = self._clock.now().timestamp()
            block = self._blocks.setdefault(endpoint.name, _Block())
            if block.left == 0 or now >= block.void_at:
                self._refill(block, endpoint, now, longest_wait)
            due = block.next_at
            if due > now + longest_wait:
                raise _used_up(endpoint, due - now)
            block.left -= 1
            block.next_at += block.interval_seconds
            return due

    def _refill(self, block: _Block, endpoint: Endpoint, now: float, longest_wait: float) -> None:
        moment = datetime.fromtimestamp(now, UTC)
        slots = self._limiter.take(
            self._account,
            endpoint,
            now=moment,
            wanted=block.size,
            horizon=moment + timedelta(seconds=longest_wait),
        )
        if slots.count == 0:
            raise _used_up(endpoint, slots.retry_at - now)
        block.left, block.next_at = slots.count, slots.first_at
        block.interval_seconds = slots.interval_seconds
        block.void_at = max(now, slots.first_at + slots.count * slots.interval_seconds) + KEEP_SECONDS
        block.size = min(LARGEST_BLOCK, block.size * 2)


def _used_up(endpoint: Endpoint, wait_seconds: float) -> RateLimited:
    wait = max(1.0, wait_seconds)
    return RateLimited(
        f"Zoho's limit for {endpoint.name} is used up for {wait:.0f} seconds.", wait_seconds=wait
    )
