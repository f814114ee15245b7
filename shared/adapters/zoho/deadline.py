"""By when the request in hand has to be answered, as gRPC knows it: every call to Zoho and every wait asks.

A context variable, so nothing has to be handed through; it does not reach threads. The worker sets none: its
calls have their own times.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from shared.domain.errors import RetryLater

_ends_at: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def answering_within(seconds: float) -> Iterator[None]:
    """Let everything in this block be over after `seconds`, or by the deadline around it."""
    token = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def at_most(seconds: float) -> float:
    """Return how long may be waited: `seconds`, or what is left; raises `RetryLater` when nothing is."""
    left = min(seconds, _ends_at.get() - time.monotonic())
    if left <= 0:
        raise RetryLater("Zoho did not answer in time.")
    return left
