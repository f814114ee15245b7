"""How many Zoho calls a run makes beyond those that no sync could do without.

The real engine and Zoho clients run in virtual time against the simulator in process (300–800 ms a call), N
good customers and none of them in the list. The floor is one Books page for each 200 customers that have to
be read, one post for each customer that changed, and one page for each of the two exclusion lists; every
call that left is counted against it, the re-reading of the exclusions each ten minutes included. First:
everybody is new. Incremental: 1 % were edited, spread over a day. Idle: nothing changed since. Weekly: a
full pass over everybody with nothing changed. Writes are ledger entries put. After a first load that took
longer than a week the incremental runs are measured as if a full pass had just been made.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from infra.benchmarks.engine import TENANT
from infra.benchmarks.first_load import first_load
from infra.benchmarks.report import Row, at_most, exactly
from infra.benchmarks.simulated import SUBSCRIBE, Simulation
from infra.benchmarks.virtual_time import overlapping
from infra.zoho_sim.seed import index_of
from shared.domain.run import Mode

QUICK, FULL = (10_000, 100_000), (10_000, 100_000, 1_000_000)
PAGE, EXCLUSION_PAGES = 200, 2
DAY_SECONDS = 86_400


def measure(*, full: bool) -> list[Row]:
    return [row for customers in (FULL if full else QUICK) for row in _of(customers)]


def _of(customers: int) -> list[Row]:
    load = first_load(customers)
    simulation, name = load.simulation, f"{customers:,}"
    calls = sum(load.run.calls.values())
    rows = [
        at_most(f"{name}: first load ({calls:,} calls)", calls / floor(customers, customers), 1.02, "{:.4f}")
    ]

    _as_if_fully_passed(simulation)
    changed = customers // 100
    edit(simulation, changed, spread_seconds=DAY_SECONDS, mark="")
    made, _ = _run(simulation, Mode.INCREMENTAL)
    rows.append(
        at_most(
            f"{name}: incremental ({made.total():,} calls)",
            made.total() / floor(changed, changed),
            1.05,
            "{:.4f}",
        )
    )

    simulation.time.sleep(DAY_SECONDS)
    made, writes = _run(simulation, Mode.INCREMENTAL)
    rows.append(exactly(f"{name}: idle, calls to Books", made["books.contacts"], 1))
    rows.append(
        exactly(f"{name}: idle, exclusion pages", made["campaigns.getlistsubscribers"], EXCLUSION_PAGES)
    )
    others = made.total() - made["books.contacts"] - made["campaigns.getlistsubscribers"]
    rows.append(
        exactly(f"{name}: idle, other calls than a new access token", others - made["accounts.token"], 0)
    )
    rows.append(exactly(f"{name}: idle, posts and ledger writes", (made[SUBSCRIBE], writes), (0, 0)))

    simulation.time.sleep(DAY_SECONDS)
    made, writes = _run(simulation, Mode.FULL)
    rows.append(
        at_most(
            f"{name}: weekly, unchanged ({made.total():,} calls)", made.total() / floor(customers, 0), 1.1
        )
    )
    rows.append(exactly(f"{name}: weekly, posts and ledger writes", (made[SUBSCRIBE], writes), (0, 0)))
    return rows


def floor(read: int, changed: int) -> int:
    """Return the calls no sync could do without."""
    return math.ceil(read / PAGE) + changed + EXCLUSION_PAGES


def _run(simulation: Simulation, mode: Mode) -> tuple[Counter[str], int]:
    """Return the calls of one run by endpoint, and how many ledger entries it wrote."""
    before, written = Counter(simulation.wire.calls), simulation.engine.ledger.written
    with overlapping(simulation.time):
        simulation.engine.run(mode)
    return simulation.wire.calls - before, simulation.engine.ledger.written - written


def _as_if_fully_passed(simulation: Simulation) -> None:
    """Move the last full pass to now where the load itself took most of a week."""
    engine = simulation.engine
    sync, now = engine.syncs.get(TENANT), simulation.time.now()
    if now - sync.last_full_at > timedelta(days=3):
        engine.syncs.update(replace(sync, last_full_at=now))


def edit(simulation: Simulation, changed: int, *, spread_seconds: float, mark: str) -> None:
    """Edit so many customers, spread evenly over the customers and over a time."""
    customers = simulation.world.first_organization.customers
    every = simulation.world.customers_wanted // changed
    for number in range(changed):
        simulation.time.sleep(spread_seconds / changed)
        place = index_of(number * every)
        edited = replace(customers.record(place), first_name=f"Edited{mark}{number}")
        customers.edit(place, edited, simulation.time.epoch())
