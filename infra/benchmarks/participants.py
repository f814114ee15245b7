"""`python -m infra.benchmarks.participants engine|bare THREADS JOB`: one participant of `side_by_side`.

The last line it prints is the seconds it took.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from infra.benchmarks.engine import MAPPING
from infra.benchmarks.loopback import engine_over
from shared.domain.run import Mode

FIELDS = {pair.source: pair.target for pair in MAPPING}


def engine(job: dict[str, Any]) -> float:
    """Return the seconds of a whole first load: reading, deciding, posting, writing ledger and history."""
    tested = engine_over(job["url"], job["token"])
    run = tested.start(Mode.FULL)
    started = time.perf_counter()
    ended = tested.work_off(run)
    took_seconds = time.perf_counter() - started
    if ended.counters.added != len(job["records"]):
        raise RuntimeError(f"{ended.status}: {ended.counters} {ended.error_message}")
    return took_seconds


def bare(job: dict[str, Any], threads: int) -> float:
    """Return the seconds of posting every record with a `requests.Session` a thread, and nothing else."""
    url, own = f"{job['url']}/api/v1.1/json/listsubscribe", threading.local()

    def post(record: dict[str, str]) -> None:
        if not hasattr(own, "session"):
            own.session = requests.Session()
            own.session.headers["Authorization"] = f"Zoho-oauthtoken {job['token']}"
        info = {name: record[field] for field, name in FIELDS.items() if record[field]}
        form = {"resfmt": "JSON", "listkey": job["list_key"], "contactinfo": json.dumps(info)}
        answer = own.session.post(url, data=form, timeout=60)
        if answer.json()["status"] != "success":
            raise RuntimeError(answer.text)

    started = time.perf_counter()
    if threads == 1:
        for record in job["records"]:
            post(record)
    else:
        with ThreadPoolExecutor(threads) as executor:
            list(executor.map(post, job["records"]))
    return time.perf_counter() - started


def main() -> None:
    job = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
    print(engine(job) if sys.argv[1] == "engine" else bare(job, int(sys.argv[2])), flush=True)


if __name__ == "__main__":
    main()
