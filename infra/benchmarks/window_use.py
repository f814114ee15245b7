"""How much of Campaigns' rate limits a first load uses, and whether it ever exceeds them.

The real engine and Zoho clients run in virtual time against the simulator in process: every answer takes
300–800 ms drawn at random, eight posts are in flight, a random part of each latency passes before Zoho sees
the call, a wake-up takes 0.2 s and the sweeper comes at whole minutes. An outside judge counts the arrivals
in sliding windows of 500 a minute, 12,500 an hour and 75,000 a day; the simulator's own windows lock as
documented. Minute: posts ÷ 500 a minute over the time from first to last post in which the run was not
parked for a longer window. Day: posts in the whole days of the load ÷ 75,000 each. The runs with slow reads
(12,000 opted-out members, 19 pages each ten minutes) and with small latencies look for bunches, not for
use.
"""

from __future__ import annotations

from infra.benchmarks.first_load import Load, first_load, load
from infra.benchmarks.report import Row, at_least, exactly
from infra.benchmarks.simulated import Simulation

LEAST = 0.95
QUICK, FULL = (10_000, 100_000), (10_000, 100_000, 1_000_000)
BUNCHING = (((0.02, 0.05), 12_000), ((0.1, 0.2), 12_000), ((0.3, 0.4), 12_000), ((1.5, 2.5), 0))


def measure(*, full: bool) -> list[Row]:
    rows: list[Row] = []
    for customers in FULL if full else QUICK:
        loaded = first_load(customers)
        rows.append(at_least(f"{customers:,}: use of the minute while not parked", loaded.minute, LEAST))
        if loaded.day is not None:
            rows.append(at_least(f"{customers:,}: use of whole days", loaded.day, LEAST))
        rows += _kept_limits(f"{customers:,}", [loaded])
    for latency, opted_out in BUNCHING:
        low, high = (round(1000 * seconds) for seconds in latency)
        loads = [
            load(Simulation(11_500, latency_seconds=latency, opted_out=opted_out, number=number))
            for number in range(3 if full else 1)
        ]
        rows += _kept_limits(f"11,500 at {low}–{high} ms, {opted_out:,} opted out", loads)
    return rows


def _kept_limits(what: str, loads: list[Load]) -> list[Row]:
    over, locks = sum(each.over for each in loads), sum(each.locks for each in loads)
    return [
        exactly(f"{what}: calls over a limit, locks", (over, locks), (0, 0)),
        Row(f"{what}: most calls in any minute", "", str(max(each.fullest_minute for each in loads))),
    ]
