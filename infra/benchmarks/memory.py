"""Peak memory of a worker by the number of customers and members.

For each N a fresh process with everything a worker imports and its AWS clients runs a first pass over N
customers that are all in the ledger already, with a list of N members to be read beforehand, over loopback
HTTP against a simulator in another process; then one customer is added and a scheduled run follows, which
has to ask the ledger who owns the new address. What AWS would hold lies outside: files on disk, and a
ledger that works its entries out anew for each question. Slices end and begin as on Lambda. The figure is
the kernel's peak of resident memory (ru_maxrss) at the end of the process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from infra.benchmarks.loopback import server
from infra.benchmarks.report import ROOT, Row, at_most, exactly

QUICK, FULL = (10_000, 100_000), (10_000, 100_000, 1_000_000)
MOST_MIB = 256.0
# The sets are 8 bytes a digest: customers, addresses and members met, and as much again while one is joined.
MOST_BYTES_EACH = 64.0
TIMEOUT_SECONDS = 1_500


def measure(*, full: bool) -> list[Row]:
    rows: list[Row] = []
    peaks: dict[int, float] = {}
    for customers in FULL if full else QUICK:
        seen = _worker(customers)
        peaks[customers] = seen["after_scheduled"]
        name = f"{customers:,}"
        rows.append(at_most(f"{name}: peak, MiB", peaks[customers], MOST_MIB, "{:.0f}"))
        steps = f"{seen['at_rest']:.0f} · {seen['after_pass']:.0f} · {seen['after_scheduled']:.0f}"
        rows.append(Row(f"{name}: at rest · after the pass · after the scheduled run, MiB", "", steps))
        rows.append(
            exactly(f"{name}: unchanged, then added", (seen["unchanged"], seen["added"]), (customers, 1))
        )
    if full:
        # Up to 100,000 the digests not in order yet make up most of it, and they do not grow further.
        _, many, most = sorted(peaks)
        growth = (peaks[most] - peaks[many]) * 2**20 / (most - many)
        rows.append(at_most("growth, bytes a customer", growth, MOST_BYTES_EACH, "{:.1f}"))
    return rows


def _worker(customers: int) -> dict[str, Any]:
    with server(customers, members=customers) as zoho:
        command = [sys.executable, "-m", "infra.benchmarks.memory_worker"]
        done = subprocess.run(
            [*command, zoho.url, zoho.access_token(), str(customers)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return dict(json.loads(done.stdout))
