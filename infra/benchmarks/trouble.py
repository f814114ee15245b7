"""What a first load of 2,000 customers makes of a refused row, of failing calls, and of a killed worker.

Refused: Campaigns answers one customer's post with a code that names the contact; virtual time, in process.
503: each fiftieth call to any of Zoho's endpoints fails with 503; virtual time, in process. Killed: a
worker process with the real adapters on MiniStack and the real clients over loopback HTTP is sent SIGKILL
once the simulator has accepted half of the posts; another process, its clock past the dead one's lease,
works the run to its end. Re-sent are the posts the simulator counted beyond one a customer, the largest
number of the kills.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra.benchmarks.aws import CREDENTIALS, Account
from infra.benchmarks.engine import SYNC, TENANT
from infra.benchmarks.loopback import LIST, Server, server
from infra.benchmarks.report import ROOT, Row, at_most, exactly
from infra.benchmarks.simulated import SUBSCRIBE, Simulation
from infra.benchmarks.virtual_time import overlapping
from infra.local.data_services import DataServices
from infra.zoho_sim import control
from infra.zoho_sim.wire import Request, json_bytes
from shared.domain.run import Mode, Run

CUSTOMERS = 2_000
RESENT_AT_MOST = 25
AFTER_THE_LEASE_SECONDS = 300
TIMEOUT_SECONDS = 180
REFUSAL = {"status": "error", "code": "2004", "message": "Invalid email address"}


def measure(*, full: bool) -> list[Row]:
    return [*refused(), *unavailable(), *killed(5 if full else 1)]


def refused() -> list[Row]:
    simulation = Simulation(CUSTOMERS)
    email = simulation.world.first_organization.customers.record(CUSTOMERS // 2).email
    fault = {"action": "answer", "endpoint": SUBSCRIBE, "contains": email, "status": 200, "body": REFUSAL}
    run = _run(simulation, {**fault, "count": None})
    named = simulation.engine.skipped.published[TENANT, SYNC, run.id].decode("utf-8-sig").splitlines()[1:]
    return [
        exactly("one row refused: delivered", run.counters.added, CUSTOMERS - 1),
        exactly("one row refused: named in the skipped records", [email in line for line in named], [True]),
    ]


def unavailable() -> list[Row]:
    simulation = Simulation(CUSTOMERS)
    run = _run(simulation, {"action": "unavailable", "every": 50, "nth": 50, "count": None})
    failed = sum(simulation.world.stats.faults.values())
    return [
        exactly(
            f"503 on 2 % of calls ({failed} of them): delivered in the same run",
            run.counters.added,
            CUSTOMERS,
        )
    ]


def _run(simulation: Simulation, fault: dict[str, Any]) -> Run:
    answer = control.answer(simulation.world, Request("POST", "/__sim__/faults", body=json_bytes(fault)))
    if answer.status != 200:  # noqa: PLR2004
        raise RuntimeError(answer.body.decode())
    with overlapping(simulation.time):
        return simulation.engine.run(Mode.FULL)


def killed(times: int) -> list[Row]:
    resent: list[int] = []
    delivered: list[int] = []
    with server(CUSTOMERS) as zoho, tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            services = DataServices(Path(folder, str(number)))
            services.start()
            try:
                environ = {**CREDENTIALS, "AWS_ENDPOINT_URL": services.endpoint_url}
                with patch.dict(os.environ, environ):
                    posts = _killed_at_half(zoho)
            finally:
                services.stop()
            resent.append(posts - CUSTOMERS)
            delivered.append(_delivered(zoho))
    return [
        exactly(f"killed at half, {times} times: delivered", min(delivered), CUSTOMERS),
        at_most("killed at half: re-sent", max(resent), RESENT_AT_MOST, "{:.0f}"),
    ]


def _killed_at_half(zoho: Server) -> int:
    """Return how many posts there were in all."""
    zoho.reset()
    common = [sys.executable, "-m", "infra.benchmarks.killable_worker", zoho.url, zoho.access_token()]
    common.append(Account().key_id)
    made = subprocess.run([*common, "", "0"], cwd=ROOT, capture_output=True, text=True, check=True)
    run_id = made.stdout.strip()
    victim = subprocess.Popen([*common, run_id, "0"], cwd=ROOT, stdout=subprocess.DEVNULL)
    give_up_at = time.monotonic() + TIMEOUT_SECONDS
    while _posts(zoho) < CUSTOMERS // 2:
        if victim.poll() is not None or time.monotonic() > give_up_at:
            raise RuntimeError("the worker ended before it could be killed")
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    heir = subprocess.run(
        [*common, run_id, str(AFTER_THE_LEASE_SECONDS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    ended = json.loads(heir.stdout)
    if ended["status"] != "completed" or ended["added"] != CUSTOMERS:
        raise RuntimeError(f"the run ended as {ended}")
    return _posts(zoho)


def _posts(zoho: Server) -> int:
    return int(zoho.control("stats")["calls"].get(SUBSCRIBE, 0))


def _delivered(zoho: Server) -> int:
    """Return how many of the list's members were posted."""
    dumped = zoho.control(f"lists/{LIST}/contacts")
    return sum(1 for contact in dumped["contacts"] if contact["posts"])
