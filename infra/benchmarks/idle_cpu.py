"""Processor time of runs over 20,000 customers of whom none changed.

The engine with its real clients, stores in memory and pacing off reads over loopback HTTP from the
simulator in another process, after a first load over the same way. Counted is this process's time on the
processor in user and system mode, all threads, from the start of the run to its end: HTTP, JSON, deciding,
saving. Scheduled: the run of an idle day, which reads one page. Full pass: every page, as once a week; with
rows of a list as Zoho's documentation shows them, and with rows that carry fourteen custom fields in each
of the spellings seen. Beside each pass, in turn, the same pages are fetched with one `requests.Session` and
parsed by `json`, and nothing else is done with them. Medians.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

import requests

from infra.benchmarks.engine import ORGANIZATION
from infra.benchmarks.loopback import Server, loaded_engine, server
from infra.benchmarks.report import Row, at_most, exactly
from shared.domain.run import Mode

CUSTOMERS, PAGE = 20_000, 200
MOST_SECONDS = 0.5


def measure(*, full: bool) -> list[Row]:
    rows: list[Row] = []
    for custom_fields in ("empty", "filled"):
        with server(CUSTOMERS, custom_fields=custom_fields) as zoho:
            rows += _with(zoho, custom_fields, rounds=7 if full else 3)
    return rows


def _with(zoho: Server, custom_fields: str, rounds: int) -> list[Row]:
    engine, first = loaded_engine(zoho)
    token = zoho.access_token()
    scheduled, passes, bare, sizes = [], [], [], []
    for _ in range(rounds):
        passes.append(_processor_seconds(lambda: engine.run(Mode.FULL)))
        bare.append(_processor_seconds(lambda: sizes.append(fetch_all(zoho.url, token))))
        scheduled.append(_processor_seconds(lambda: engine.run(Mode.INCREMENTAL)))
    last = engine.run(Mode.FULL)
    kind = f"{sizes[0] // CUSTOMERS:,} bytes a row"
    rows = [exactly(f"{kind}: customers found unchanged", last.counters.unchanged, first.counters.added)]
    rows.append(at_most(f"{kind}: scheduled idle run, s", statistics.median(scheduled), MOST_SECONDS))
    if custom_fields == "empty":
        rows.append(at_most(f"{kind}: full pass, s", statistics.median(passes), MOST_SECONDS))
    else:
        rows.append(Row(f"{kind}: full pass, s", "", f"{statistics.median(passes):.3f}"))
    rows.append(Row(f"{kind}: fetching and parsing alone, s", "", f"{statistics.median(bare):.3f}"))
    return rows


def fetch_all(url: str, token: str) -> int:
    """Fetch and parse every page of customers; return how many bytes came."""
    came = 0
    with requests.Session() as session:
        session.headers["Authorization"] = f"Zoho-oauthtoken {token}"
        for page in range(1, CUSTOMERS // PAGE + 1):
            asked: dict[str, str | int] = {
                "organization_id": ORGANIZATION,
                "contact_type": "customer",
                "page": page,
                "per_page": PAGE,
            }
            answer = session.get(f"{url}/books/v3/contacts", params=asked, timeout=60)
            answer.json()
            came += len(answer.content)
    return came


def _processor_seconds(call: Callable[[], object]) -> float:
    gc.collect()
    before = time.process_time()
    call()
    return time.process_time() - before
