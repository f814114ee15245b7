"""Staying below Zoho's limits: when the next calls to an endpoint may leave.

The shortest window is spaced evenly (a generic cell rate algorithm with a burst allowance); longer windows
are counted in buckets, so that the first hours may use the whole of an hour's or a day's allowance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SHARE = 0.98  # of every documented limit: leaves room for latency that bunches evenly spaced calls


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` calls in any `seconds`."""

    limit: int
    seconds: int

    @property
    def usable(self) -> int:
        return max(1, int(self.limit * SHARE))

    @property
    def bucket_seconds(self) -> int:
        return max(1, self.seconds // 96)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint with limits of its own, the shortest window first; `burst` calls may leave at once."""

    name: str
    windows: tuple[Window, ...]
    burst: int = 1

    @property
    def interval_seconds(self) -> float:
        first = self.windows[0]
        return first.seconds / max(1, first.usable - self.burst + 1)


# Zoho Campaigns: contact-subscribe page 500/min, 12,500/h, 75,000/day; the other endpoints 500 in 5 min, the
# field endpoints 100 in 5 min. Zoho Books: 100/min for an organization, shared with everybody else's
# integrations, so only a part of it is used; 10,000 a day at most, smaller plans are told by its answer.
# A burst of 11 makes up for 1.25 s, which a worker is idle between two pages of customers, at 480 a minute.
SUBSCRIBE = Endpoint(
    "campaigns.listsubscribe", (Window(500, 60), Window(12_500, 3_600), Window(75_000, 86_400)), burst=11
)
CAMPAIGNS_READ = Endpoint("campaigns.read", (Window(500, 300),), burst=50)
CAMPAIGNS_FIELDS = Endpoint("campaigns.fields", (Window(100, 300),), burst=20)
BOOKS_READ = Endpoint("books.read", (Window(90, 60), Window(10_000, 86_400)), burst=20)


@dataclass(frozen=True, slots=True)
class Pace:
    """What is stored for one account and endpoint. Times are epoch seconds.

    `next_slot` is when the next evenly spaced call is due; `counts` maps a window's seconds to its buckets
    (bucket number → calls); `blocked_until` is set when Zoho locked the endpoint. `version` guards writes.
    """

    next_slot: float = 0.0
    blocked_until: float = 0.0
    counts: Mapping[int, Mapping[int, int]] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Slots:
    """`count` calls may leave, the first at `first_at` (epoch seconds), then one every `interval_seconds`.

    With `count` 0 nothing may leave before `retry_at`.
    """

    count: int
    first_at: float
    interval_seconds: float
    retry_at: float


def take(pace: Pace, endpoint: Endpoint, *, now: float, wanted: int, horizon: float) -> tuple[Pace, Slots]:
    """Reserve up to `wanted` calls that leave no later than `horizon`; return the new pace and the slots."""
    interval = endpoint.interval_seconds
    if pace.blocked_until > now:
        return pace, Slots(0, now, interval, pace.blocked_until)
    counts = {w.seconds: _recent(pace.counts.get(w.seconds, {}), w, now) for w in endpoint.windows[1:]}
    room = wanted
    for window in endpoint.windows[1:]:
        left = window.usable - sum(counts[window.seconds].values())
        if left <= 0:
            return pace, Slots(0, now, interval, _freed_at(counts[window.seconds], window))
        room = min(room, left)
    first = max(pace.next_slot, now - (endpoint.burst - 1) * interval)
    room = min(room, int((horizon - first) / interval) + 1) if horizon >= first else 0
    if room <= 0:
        return pace, Slots(0, now, interval, first)
    last = max(now, first + (room - 1) * interval)
    for window in endpoint.windows[1:]:
        bucket = int(last // window.bucket_seconds)
        buckets = counts[window.seconds]
        counts[window.seconds] = {**buckets, bucket: buckets.get(bucket, 0) + room}
    taken = replace(pace, next_slot=first + room * interval, counts=counts, version=pace.version + 1)
    return taken, Slots(room, first, interval, last)


def blocked(pace: Pace, until: float) -> Pace:
    """Return the pace after Zoho refused calls until `until` (epoch seconds)."""
    return replace(pace, blocked_until=max(pace.blocked_until, until), version=pace.version + 1)


def _recent(buckets: Mapping[int, int], window: Window, now: float) -> Mapping[int, int]:
    oldest = int((now - window.seconds) // window.bucket_seconds)
    return {number: count for number, count in buckets.items() if number >= oldest}


def _freed_at(buckets: Mapping[int, int], window: Window) -> float:
    """Return when the oldest counted bucket falls out of the window."""
    return float((min(buckets) + 1) * window.bucket_seconds + window.seconds)
