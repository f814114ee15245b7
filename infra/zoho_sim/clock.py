"""Time as the simulator sees it: injected, so that a 30-minute lock can be tested in a millisecond."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

DEFAULT_START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


class Clock(Protocol):
    """Now in seconds since 1970 (UTC), and a way to move on."""

    def now(self) -> float: ...

    def advance(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's clock plus whatever was skipped with `advance`."""

    def __init__(self) -> None:
        self._skipped_seconds = 0.0

    def now(self) -> float:
        return time.time() + self._skipped_seconds

    def advance(self, seconds: float) -> None:
        self._skipped_seconds += seconds


class VirtualClock:
    """Stands still until it is advanced."""

    def __init__(self, start: datetime | float = DEFAULT_START) -> None:
        self._now = start.timestamp() if isinstance(start, datetime) else float(start)

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


class CallableClock:
    """Wraps somebody else's `now()`, which may answer a float or an aware datetime; it cannot be advanced
    from here.
    """

    def __init__(self, now: object) -> None:
        if not callable(now):
            raise TypeError("a clock needs now() and advance(), or to be callable")
        self._read = now

    def now(self) -> float:
        moment = self._read()
        return moment.timestamp() if isinstance(moment, datetime) else float(moment)

    def advance(self, seconds: float) -> None:
        raise ValueError(f"this clock belongs to somebody else; it cannot be advanced by {seconds} s here")


def as_clock(source: object) -> Clock:
    """Take a Clock, a bare callable or None (the system's clock)."""
    if source is None:
        return SystemClock()
    if isinstance(source, SystemClock | VirtualClock | CallableClock):
        return source
    return CallableClock(getattr(source, "now", source))
