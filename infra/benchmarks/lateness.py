"""How late runs start when 100,000 syncs are due at one instant.

A queueing simulation with the ceiling of samconfig.toml's environment `production`. EventBridge Scheduler
spreads the schedules evenly and at random over the flexible window and starts at most 500 targets a second;
each firing is a message of 0.15–0.35 s of work, which makes the run and sends the message of its first slice
to the same queue; the interactive event source works on as many messages at once as InteractiveConcurrency
allows, oldest first. How long first slices take is drawn from slices of the real engine, played in virtual
time at 300–800 ms a call: three syncs in four find nothing, one in four finds 1 % of 2,000 customers changed;
0.2 s are added for the start of the function and its AWS calls. Late is the time from the schedule's instant
to the start of the first slice. A sync without a started slice is lost.
"""

from __future__ import annotations

import heapq
import random
import statistics
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from infra.benchmarks.calls_over_floor import edit
from infra.benchmarks.first_load import first_load
from infra.benchmarks.report import ROOT, Row, at_most, exactly
from infra.benchmarks.virtual_time import overlapping
from shared.adapters import schedules
from shared.domain.run import Mode

SYNCS = 100_000
MOST_MINUTES = 30.0
CUSTOMERS, CHANGED, SAMPLES = 2_000, 20, 60
SHARE_WITH_CHANGES = 0.25
FIRE_SECONDS = (0.15, 0.35)
START_SECONDS = 0.2
FIRED_A_SECOND = 500
BINS_MINUTES = (1, 5, 10, 15, 20, 25, 30)


@dataclass(frozen=True, slots=True)
class Queue:
    """What the simulation is about: seconds of work, places, and the window the firings are spread over."""

    syncs: int
    places: int
    window_seconds: float
    idle_seconds: Sequence[float]
    busy_seconds: Sequence[float]


def measure(*, full: bool) -> list[Row]:
    idle, busy = samples()
    places = interactive_places()
    window_minutes = schedules._WINDOW_MINUTES  # noqa: SLF001 - the adapter's own number
    late = sorted(lateness(Queue(SYNCS, places, 60.0 * window_minutes, idle, busy), number=1))
    minutes = [seconds / 60 for seconds in late]
    rows = [
        Row(
            "places of the interactive queue, flexible window",
            "",
            f"{places}, {window_minutes} min",
        ),
        Row(
            "first slice: idle, with changes (mean s)",
            "",
            f"{statistics.mean(idle):.1f}, {statistics.mean(busy):.1f}",
        ),
        Row("p50, minutes", "", f"{minutes[len(minutes) // 2]:.1f}"),
        at_most("p99, minutes", minutes[int(len(minutes) * 0.99)], MOST_MINUTES, "{:.1f}"),
        Row("last, minutes", "", f"{minutes[-1]:.1f}"),
        exactly("lost", SYNCS - len(late), 0),
    ]
    rows += [
        Row(f"started within {most} min", "", f"{sum(one <= most for one in minutes):,}")
        for most in BINS_MINUTES
    ]
    if full:
        for other in (50, 100, 200, 400):
            again = sorted(lateness(Queue(SYNCS, other, 60.0 * window_minutes, idle, busy), number=1))
            rows.append(
                Row(f"p99 with {other} places, minutes", "", f"{again[int(len(again) * 0.99)] / 60:.1f}")
            )
    return rows


def interactive_places() -> int:
    """Return InteractiveConcurrency of samconfig.toml's environment `production`."""
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = environments["production"]["deploy"]["parameters"]["parameter_overrides"]
    return int(dict(each.split("=") for each in overrides)["InteractiveConcurrency"])


def samples() -> tuple[list[float], list[float]]:
    """Return seconds of first slices that find nothing, and of some that find changes."""
    simulation = first_load(CUSTOMERS).simulation
    found: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * SAMPLES):
        changes = number % 2
        simulation.time.sleep(3_600)
        if changes:
            edit(simulation, CHANGED, spread_seconds=600, mark=str(number))
        spells = len(simulation.engine.spells)
        with overlapping(simulation.time):
            simulation.engine.run(Mode.INCREMENTAL)
        first = next(one for one in simulation.engine.spells[spells:] if one.what == "slice")
        found[changes].append(first.end - first.start + START_SECONDS)
    return found


def lateness(queue: Queue, *, number: int) -> Iterator[float]:
    """Yield for each sync the seconds from its instant to the start of its first slice."""
    dice = random.Random(number)  # noqa: S311 - a simulation
    # Waiting messages: when they came, which kind they are, in the order they came.
    waiting = [(fired, 0) for fired in fired_at(queue, dice)]
    heapq.heapify(waiting)
    free_at = [0.0] * queue.places
    while waiting:
        came, kind = heapq.heappop(waiting)
        start = max(came, free_at[0])
        if kind:
            yield start
            held = queue.busy_seconds if dice.random() < SHARE_WITH_CHANGES else queue.idle_seconds
            heapq.heapreplace(free_at, start + dice.choice(held))
        else:
            ended = start + dice.uniform(*FIRE_SECONDS)
            heapq.heapreplace(free_at, ended)
            heapq.heappush(waiting, (ended, 1))


def fired_at(queue: Queue, dice: random.Random) -> Iterator[float]:
    """Yield when each schedule's message comes, at most so many a second."""
    free = 0.0
    for wish in sorted(dice.uniform(0, queue.window_seconds) for _ in range(queue.syncs)):
        free = max(wish, free + 1 / FIRED_A_SECOND)
        yield free
