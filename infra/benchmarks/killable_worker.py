"""`python -m infra.benchmarks.killable_worker URL TOKEN KEY RUN AHEAD_SECONDS`: a worker to be killed.

Everything it must remember is in the data services that the environment names. Without RUN it makes the sync
and its run, and prints the run's id; with RUN it works on it, its clock AHEAD_SECONDS ahead, and prints the
counts.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

from infra.benchmarks.aws import Account
from infra.benchmarks.engine import FUNCTION_TIMEOUT_SECONDS, SYNC, TENANT, Engine, Unlimited
from infra.benchmarks.loopback import LIST_KEY, gateway_over
from shared.adapters.clock import SystemClock
from shared.domain.run import Mode
from shared.ports import WakeUp


class ClockAhead(SystemClock):
    """The system's clock, so many seconds later: a lease of a dead worker has run out."""

    def __init__(self, seconds: float) -> None:
        self._ahead = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._ahead


def main() -> None:
    url, token, key_id, run_id, ahead = sys.argv[1:]
    clock = ClockAhead(float(ahead))
    stores: dict[str, Any] = Account(key_id).stores(clock)
    stores["limiter"] = Unlimited()
    engine = Engine(clock=clock, zoho=gateway_over(url, token, clock), list_key=LIST_KEY, **stores)
    if not run_id:
        print(engine.start(Mode.FULL).id, flush=True)
        return
    while True:
        run = engine.runs.get(TENANT, SYNC, run_id)
        if run.status.ended:
            break
        message = WakeUp("slice", TENANT, SYNC, run_id, run.tick)
        engine.worker.handle(message, budget_seconds=FUNCTION_TIMEOUT_SECONDS)
    counted = run.counters
    print(json.dumps({"status": run.status, "added": counted.added, "updated": counted.updated}), flush=True)


if __name__ == "__main__":
    main()
