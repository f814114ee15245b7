"""What callers did: the numbers that tests and benchmarks compare."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stats:
    """`calls` counts every request by endpoint, `results` by endpoint and answered code.

    `over_limit` counts each call refused by a quota (the one that caused a lock and those that met it),
    `locks` the locks, `offences` what a well-behaved client never does, `faults` the scripted faults that
    fired.
    """

    calls: Counter[str] = field(default_factory=Counter)
    results: dict[str, Counter[str]] = field(default_factory=dict)
    over_limit: Counter[str] = field(default_factory=Counter)
    locks: Counter[str] = field(default_factory=Counter)
    offences: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, endpoint: str, result: str) -> None:
        self.calls[endpoint] += 1
        counted = self.results.get(endpoint)
        if counted is None:
            counted = self.results[endpoint] = Counter()
        counted[result] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": dict(self.calls),
            "results": {endpoint: dict(counted) for endpoint, counted in self.results.items()},
            "over_limit": dict(self.over_limit),
            "locks": dict(self.locks),
            "offences": dict(self.offences),
            "faults": dict(self.faults),
            "total_calls": self.calls.total(),
            "total_over_limit": self.over_limit.total(),
            "total_locks": self.locks.total(),
            "total_offences": self.offences.total(),
        }
