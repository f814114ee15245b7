"""What a slice leaves in logs and metrics."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from shared.domain.run import Counters, RunStatus
from shared.observability import count_refused_pace, count_slice, note_slice
from tests import factories


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "contact-sync")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ContactSync")
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def emitted(lines: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return metric values by name and dimension value."""
    values = {}
    for line in lines:
        for group in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            dimensions = {name for names in group["Dimensions"] for name in names} - {"service"}
            of = ",".join(line[name] for name in sorted(dimensions))
            values.update({(each["Name"], of): line[each["Name"]][0] for each in group["Metrics"]})
    return values


def test_an_ended_run_is_counted_by_outcome_records_and_calls(lines: Any) -> None:
    note_slice(
        factories.run(
            status=RunStatus.COMPLETED,
            counters=Counters(added=2, updated=1),
            calls={"campaigns.listsubscribe": 3},
        )
    )
    values = emitted(lines())
    assert values["RunsEnded", "completed"] == 1
    assert values["Records", "added"] == 2
    assert values["Records", "skipped"] == 0
    assert values["ZohoCalls", "campaigns.listsubscribe"] == 3


def test_rate_refusals_are_counted_by_endpoint_and_slices_by_their_length(lines: Any) -> None:
    count_refused_pace("books.read")
    count_slice(12.5)
    assert emitted(lines()) == {("ZohoRateRefusals", "books.read"): 1, ("SliceSeconds", ""): 12.5}


class Slow(io.StringIO):
    """Output that lets other threads cut in between two writes."""

    def write(self, text: str) -> int:
        written = super().write(text)
        time.sleep(0.0001)
        return written


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Let threads take turns as often as the interpreter can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("lines", "restless_threads")
def test_threads_that_are_refused_together_each_write_a_whole_line_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads, times = 8, 25
    together = Barrier(threads)
    out = Slow()
    monkeypatch.setattr(sys, "stdout", out)

    def refused(thread: int) -> None:
        together.wait()
        for nth in range(times):
            count_refused_pace(f"endpoint {thread}.{nth}")

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(refused, range(threads)))
    written = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(written) == threads * times
    assert emitted(written) == {
        ("ZohoRateRefusals", f"endpoint {thread}.{nth}"): 1
        for thread in range(threads)
        for nth in range(times)
    }


def test_a_parked_run_is_counted_by_what_it_waits_for_and_not_as_ended(lines: Any) -> None:
    note_slice(factories.run(status=RunStatus.WAITING, waiting_for="rate_limit"))
    assert emitted(lines()) == {("RunsParked", "rate_limit"): 1}


def test_the_line_of_a_slice_names_the_run_by_ids_alone(caplog: pytest.LogCaptureFixture) -> None:
    run = factories.run()
    with caplog.at_level("INFO"):
        note_slice(run)
    (record,) = [each for each in caplog.records if each.message == "slice"]
    assert (record.__dict__["run_id"], record.__dict__["status"]) == (run.id, run.status.value)
