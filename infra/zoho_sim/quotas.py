"""Rate limits as exact sliding windows, and the lock that follows an overrun of Campaigns."""

from __future__ import annotations

from collections import deque
from enum import Enum

Windows = tuple[tuple[int, int], ...]

MINUTE = 60
FIVE_MINUTES = 300
HOUR = 3600
DAY = 86_400

READS: Windows = ((500, FIVE_MINUTES),)
FIELDS: Windows = ((100, FIVE_MINUTES),)

# Calls and seconds, as Campaigns' pages document them.
DOCUMENTED_LIMITS: dict[str, Windows] = {
    "campaigns.listsubscribe": ((500, MINUTE), (12_500, HOUR), (75_000, DAY)),
    "campaigns.allfields": FIELDS,
    "campaigns.customadd": FIELDS,
}


class Verdict(Enum):
    """What a quota says about one call."""

    ADMITTED = "admitted"
    OVER = "over"
    LOCKED = "locked"


class SlidingWindow:
    """At most `limit` calls in any `seconds`; a call leaves the window exactly `seconds` after it was
    made.
    """

    __slots__ = ("_calls", "limit", "seconds")

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._calls: deque[float] = deque()

    def room(self, now: float) -> int:
        calls, gone = self._calls, now - self.seconds
        while calls and calls[0] <= gone:
            calls.popleft()
        return self.limit - len(calls)

    def take(self, now: float) -> None:
        self._calls.append(now)

    def seconds_until_room(self, now: float) -> float:
        return 0.0 if self.room(now) > 0 else self._calls[0] + self.seconds - now


class EndpointQuota:
    """The windows of one endpoint; a call too many locks it."""

    __slots__ = ("_windows", "limits", "locked_until")

    def __init__(self, limits: Windows) -> None:
        self.limits = limits
        self.locked_until = 0.0
        self._windows = tuple(SlidingWindow(calls, seconds) for calls, seconds in limits)

    def ask(self, now: float, lock_seconds: float) -> Verdict:
        """Count one call; a refused call takes no room, and asking while locked does not lengthen the
        lock.
        """
        if now < self.locked_until:
            return Verdict.LOCKED
        for window in self._windows:
            if window.room(now) < 1:
                self.locked_until = now + lock_seconds
                return Verdict.OVER
        for window in self._windows:
            window.take(now)
        return Verdict.ADMITTED

    def room(self, now: float) -> list[int]:
        return [window.room(now) for window in self._windows]


class CampaignsQuotas:
    """One quota per endpoint and holder (the account, or a token's grant)."""

    def __init__(self) -> None:
        self._quotas: dict[tuple[str, str], EndpointQuota] = {}

    def of(self, endpoint: str, holder: str, override: list[list[int]] | None) -> EndpointQuota:
        """Find the quota; changed limits start a new one."""
        limits: Windows
        if override is None:
            limits = DOCUMENTED_LIMITS.get(endpoint, READS)
        else:
            limits = tuple((calls, seconds) for calls, seconds in override)
        quota = self._quotas.get((endpoint, holder))
        if quota is None or quota.limits != limits:
            quota = self._quotas[endpoint, holder] = EndpointQuota(limits)
        return quota

    def locked(self, now: float) -> dict[str, float]:
        """Locked endpoints and the seconds that are left."""
        return {
            endpoint: quota.locked_until - now
            for (endpoint, _), quota in self._quotas.items()
            if quota.locked_until > now
        }


class BooksQuota:
    """Requests a minute, a day and in flight, of one organization; nothing is locked."""

    def __init__(self) -> None:
        self._minute = SlidingWindow(0, MINUTE)
        self._day = SlidingWindow(0, DAY)
        self._in_flight_until: list[float] = []

    def ask(
        self,
        now: float,
        *,
        per_minute: int | None,
        per_day: int | None,
        at_once: int | None,
        lasts_seconds: float,
    ) -> str:
        """Count one request that will take `lasts_seconds`; answers "" or which limit is exceeded."""
        self._in_flight_until = [end for end in self._in_flight_until if end > now]
        if at_once is not None and len(self._in_flight_until) >= at_once:
            return "concurrency"
        for name, window, limit in (("day", self._day, per_day), ("minute", self._minute, per_minute)):
            window.limit = limit if limit is not None else 0
            if limit is not None and window.room(now) < 1:
                return name
        if per_minute is not None:
            self._minute.take(now)
        if per_day is not None:
            self._day.take(now)
        if lasts_seconds > 0:
            self._in_flight_until.append(now + lasts_seconds)
        return ""

    def day(self, now: float) -> tuple[int, float]:
        """Remaining requests today and the seconds until room appears."""
        return self._day.room(now), self._day.seconds_until_room(now)
