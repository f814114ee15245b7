"""Records a second of the engine beside a bare loop and three general loaders.

One simulator without limits in a process of its own; every participant is a process of its own that brings
the same customers into the same empty list over loopback HTTP, one call a contact. They take turns, in
another order each round, and the list is emptied in between; ratios are taken within a round, and the
median of the rounds counts. Timed is the load, without starting an interpreter or importing. The engine
does all of its work (reads customers, members and exclusions, decides, posts with eight calls in flight,
keeps ledger, counts and history in memory, pacing off) through its real Zoho clients. The bare loops have
the records in memory and keep no books: a `requests.Session` a thread, nothing but POST and a look at the
answer's status. The loaders (dlt: a destination function with batch_size 1; Singer SDK: a RecordSink;
Airbyte CDK: a Destination's `write`) get the records in memory, too, and post with one `requests.Session`,
as their guides show. Once as fast as the server can, once with 20 ms a call.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import requests

from infra.benchmarks.engine import ORGANIZATION
from infra.benchmarks.loopback import LIST_KEY, Server, server
from infra.benchmarks.peers.environments import PEERS
from infra.benchmarks.report import ROOT, Row, at_least

LEAST_OF_BARE, LEAST_OF_PEERS = 0.95, 5.0
FAST_CUSTOMERS, SLOW_CUSTOMERS, SLOW_MS = 2_000, 500, 20.0
COLUMNS = ("contact_id", "email", "first_name", "last_name", "company_name")
ENGINE, BARE_8, BARE_1 = "engine", "bare loop, 8 threads", "bare loop, 1 thread"
TIMEOUT_SECONDS = 300

Seconds = dict[str, list[float]]


def measure(*, full: bool) -> list[Row]:
    own = [sys.executable, "-m", "infra.benchmarks.participants"]
    commands = {ENGINE: [*own, "engine"], BARE_8: [*own, "bare", "8"], BARE_1: [*own, "bare", "1"]}
    commands |= {peer.name: peer.command() for peer in PEERS if peer.install()}
    absent = [
        Row(f"{peer.name}: could not be installed", "", "") for peer in PEERS if peer.name not in commands
    ]

    fast = _rounds(commands, FAST_CUSTOMERS, 0, rounds=9 if full else 3)
    rows = _speeds(fast, FAST_CUSTOMERS, "")
    rows.append(at_least(f"engine ÷ {BARE_8}", ratio(fast, BARE_8), LEAST_OF_BARE))
    rows += [Row(f"engine ÷ {name}", "", f"{ratio(fast, name):.2f}") for name in commands if name != ENGINE]

    slow = _rounds(commands, SLOW_CUSTOMERS, SLOW_MS, rounds=5 if full else 2)
    rows += _speeds(slow, SLOW_CUSTOMERS, " at 20 ms")
    for name in commands:
        if name in {peer.name for peer in PEERS}:
            rows.append(at_least(f"engine ÷ {name} at 20 ms", ratio(slow, name), LEAST_OF_PEERS, "{:.2f}"))
        elif name != ENGINE:
            rows.append(Row(f"engine ÷ {name} at 20 ms", "", f"{ratio(slow, name):.2f}"))
    return rows + absent


def ratio(seconds: Seconds, other: str) -> float:
    """Return how many times as fast as `other` the engine was: the median of the rounds."""
    return statistics.median(
        theirs / ours for ours, theirs in zip(seconds[ENGINE], seconds[other], strict=True)
    )


def _speeds(seconds: Seconds, records: int, suffix: str) -> list[Row]:
    return [
        Row(f"{name}{suffix}: records a second", "", f"{records / statistics.median(took):,.0f}")
        for name, took in seconds.items()
    ]


def _rounds(commands: dict[str, list[str]], customers: int, latency_ms: float, rounds: int) -> Seconds:
    took: Seconds = {name: [] for name in commands}
    names = list(commands)
    with server(customers, latency_ms=latency_ms) as zoho, tempfile.TemporaryDirectory() as folder:
        job = Path(folder, "job.json")
        given = {
            "url": zoho.url,
            "token": zoho.access_token(),
            "list_key": LIST_KEY,
            "records": _records(zoho, customers),
        }
        job.write_text(json.dumps(given), encoding="utf-8")
        for number in range(rounds):
            turn = number % len(names)
            for name in names[turn:] + names[:turn]:
                zoho.reset()
                took[name].append(_run([*commands[name], str(job)]))
                posts = zoho.control("stats")["calls"].get("campaigns.listsubscribe")
                if posts != customers:
                    raise RuntimeError(f"{name} made {posts} posts for {customers} customers")
    return took


def _run(command: list[str]) -> float:
    environ = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "WARNING"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    return float(done.stdout.rsplit("\n", 2)[-2])


def _records(zoho: Server, customers: int) -> list[dict[str, str]]:
    """Return the customers as Books lists them, as flat records."""
    rows: list[dict[str, str]] = []
    headers = {"Authorization": f"Zoho-oauthtoken {zoho.access_token()}"}
    for page in range(1, customers // 200 + 2):
        asked = {"organization_id": ORGANIZATION, "contact_type": "customer", "page": str(page)}
        answer = requests.get(
            f"{zoho.url}/books/v3/contacts", params=asked, headers=headers, timeout=60
        ).json()
        rows += [{name: row[name] for name in COLUMNS} for row in answer["contacts"]]
    return rows
