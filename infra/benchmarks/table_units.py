"""DynamoDB units and other AWS requests per contact, counted on the real adapters.

The engine runs in virtual time (300–800 ms a call) with all of its stores in DynamoDB, S3 and KMS as moto
plays them. The emulator states no true capacity, so the client is wrapped and units are worked out from the
items' sizes by AWS's rules (see `metered.py`), failed conditional writes and index writes included;
everything counts: ledger, checkpoints, leases, the shared pace, the sync, tokens, notifications. Changed: a
first load, all units of the run ÷ contacts posted. Unchanged: a full pass right after it, units spent on
ledger items ÷ contacts; what the run as such costs is given beside it, for it does not grow with the
contacts but with time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from infra.benchmarks.aws import Account, aws
from infra.benchmarks.report import Row, at_most, exactly
from infra.benchmarks.simulated import Simulation
from infra.benchmarks.virtual_time import overlapping
from shared.domain.run import Mode

QUICK, FULL = 2_000, 10_000
MOST_WRITES = 1.1


@dataclass(frozen=True, slots=True)
class Spent:
    """What one run used: units by kind of item, other requests by name, slices and the seconds they took."""

    contacts: int
    writes: Counter[str]
    reads: Counter[str]
    requests: Counter[str]
    slices: int
    slice_seconds: float


def measure(*, full: bool) -> list[Row]:
    first, idle, scheduled = spent(FULL if full else QUICK)
    rows = [
        at_most("write units per changed contact", first.writes.total() / first.contacts, MOST_WRITES),
        *_shares(first),
        exactly(
            "write units on ledger items per unchanged contact", idle.writes["ledger"] / idle.contacts, 0.0
        ),
        Row("write units of the whole unchanged pass", "", f"{idle.writes.total():g}"),
        *_shares(idle),
        Row("write units of a scheduled run that finds nothing", "", f"{scheduled.writes.total():g}"),
    ]
    for name, run in (("changed", first), ("unchanged", idle)):
        rows.append(Row(f"read units per {name} contact", "", f"{run.reads.total() / run.contacts:.3f}"))
    return rows


def _shares(run: Spent) -> list[Row]:
    return [
        Row(f"of these, {kind}", "", f"{units:g} ({units / run.contacts:.4f} a contact)")
        for kind, units in run.writes.most_common()
        if units
    ]


@cache
def spent(customers: int) -> tuple[Spent, Spent, Spent]:
    """Return what a first load used, then a full pass and a scheduled run that found no news."""
    with aws() as account:
        simulation = Simulation(customers, stores=account.stores)
        first, idle, scheduled = (
            _run(simulation, account, mode) for mode in (Mode.FULL, Mode.FULL, Mode.INCREMENTAL)
        )
        return first, idle, scheduled


def _run(simulation: Simulation, account: Account, mode: Mode) -> Spent:
    before = [Counter(counter) for counter in account.counters]
    spells = len(simulation.engine.spells)
    with overlapping(simulation.time):
        run = simulation.engine.run(mode)
    writes, reads, requests = (
        Counter(counter) - earlier for counter, earlier in zip(account.counters, before, strict=True)
    )
    busy = sum(one.end - one.start for one in simulation.engine.spells[spells:] if one.what == "slice")
    return Spent(run.counters.total, writes, reads, requests, run.tick, busy)
