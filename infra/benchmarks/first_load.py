"""A first load in virtual time, played to its end, and how it used Campaigns' windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from infra.benchmarks.engine import Spell
from infra.benchmarks.simulated import Simulation
from infra.benchmarks.virtual_time import overlapping
from shared.domain.run import Mode, Run

PER_MINUTE, PER_DAY = 500, 75_000
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Load:
    """`minute` and `day` are shares of what the windows allow; `over` and `locks` count what went wrong."""

    simulation: Simulation
    run: Run
    minute: float
    day: float | None
    over: int
    locks: int
    fullest_minute: int


@cache
def first_load(customers: int) -> Load:
    """Load `customers` at 300–800 ms a call, once in this process: several measurements look at it."""
    return load(Simulation(customers))


def load(simulation: Simulation) -> Load:
    """Run a first load to its end and tell what it made of the limits."""
    with overlapping(simulation.time):
        run = simulation.engine.run(Mode.FULL)
    wire, judge = simulation.wire, simulation.wire.judge
    judge.finish()
    first, last = wire.first_post or 0.0, wire.last_post
    minutes = (last - first - parked_seconds(simulation.engine.spells, first, last)) / 60
    days = int((last - first) // DAY_SECONDS)
    return Load(
        simulation=simulation,
        run=run,
        minute=judge.counted / (PER_MINUTE * minutes),
        day=wire.posts_in_hours(24 * days) / (PER_DAY * days) if days else None,
        over=judge.over,
        locks=simulation.locks(),
        fullest_minute=judge.fullest[0],
    )


def parked_seconds(spells: Sequence[Spell], first: float, last: float) -> float:
    """Return the seconds between `first` and `last` that were waited for a limit."""
    return sum(
        min(spell.end, last) - max(spell.start, first)
        for spell in spells
        if spell.what == "rate_limit" and spell.start < last and spell.end > first
    )
