"""What AWS would charge for a sync of a million contacts, from counted operations.

Units and requests are those that `table_units` counts on 2,000 contacts in virtual time (300–800 ms a
call); what grows with the contacts is scaled to a million, a scheduled run that finds nothing costs what it
was counted to cost, whatever the number of contacts. Worker time is the length of the slices, waiting
included, at the memory the template states. A wake-up is three SQS requests. Prices are assumptions: public
list prices of us-east-1 on demand as known in January 2025, without free tier, taxes or data transfer; the
sweeper, which all tenants share, is apart. Logs are counted as 2 KB a slice.
"""

from __future__ import annotations

from collections.abc import Mapping

from infra.benchmarks.report import ROOT, Row
from infra.benchmarks.table_units import QUICK, Spent, spent
from infra.local.template import Template

CONTACTS = 1_000_000
# US dollars.
WRITE_UNIT, READ_UNIT = 0.625e-6, 0.125e-6
GB_SECOND_ARM, INVOCATION = 13.3334e-6, 0.20e-6
S3_PUT, S3_GET = 5.0e-6, 0.4e-6
SQS_REQUEST, KMS_REQUEST, SCHEDULE = 0.40e-6, 3.0e-6, 1.0e-6
LOG_GB = 0.50
LOG_BYTES_A_SLICE = 2_048
REQUESTS_A_WAKE_UP = 3
_S3_READS = ("GetObject", "HeadObject")
MINUTES_A_DAY, SWEEP_SECONDS, SHARDS = 1_440, 0.2, 8


def measure(*, full: bool) -> list[Row]:
    del full
    first, weekly, scheduled = spent(QUICK)
    rows: list[Row] = []
    for name, run, contacts in (
        ("first load of a million", first, CONTACTS),
        ("weekly full pass over a million", weekly, CONTACTS),
    ):
        rows += _rows(name, bill(run, scale=contacts / run.contacts))
    rows += _rows("scheduled run that finds nothing", bill(scheduled, scale=1.0, schedules=1))
    sweeps = MINUTES_A_DAY * (SWEEP_SECONDS * worker_gb() * GB_SECOND_ARM + INVOCATION + SCHEDULE)
    rows.append(
        Row("sweeper, a day, for all tenants", "", f"${sweeps + MINUTES_A_DAY * SHARDS * READ_UNIT / 2:.4f}")
    )
    return rows


def bill(run: Spent, *, scale: float, schedules: int = 0) -> dict[str, float]:
    """Return dollars by service for `scale` times what `run` used."""
    s3 = {name: count for name, count in run.requests.items() if name.startswith("s3.")}
    gets = sum(count for name, count in s3.items() if name.removeprefix("s3.") in _S3_READS)
    kms = sum(count for name, count in run.requests.items() if name.startswith("kms."))
    wake_ups = run.slices + schedules
    once = {
        "DynamoDB": run.writes.total() * WRITE_UNIT + run.reads.total() * READ_UNIT,
        "Lambda": run.slice_seconds * worker_gb() * GB_SECOND_ARM + wake_ups * INVOCATION,
        "S3": (sum(s3.values()) - gets) * S3_PUT + gets * S3_GET,
        "SQS, KMS, Scheduler": (
            wake_ups * REQUESTS_A_WAKE_UP * SQS_REQUEST + kms * KMS_REQUEST + schedules * SCHEDULE
        ),
        "logs": run.slices * LOG_BYTES_A_SLICE / 1e9 * LOG_GB,
    }
    return {service: dollars * scale for service, dollars in once.items()}


def worker_gb() -> float:
    """Return the worker's memory as the template states it."""
    stated = dict(Template.load(ROOT / "template.yaml").of_type("AWS::Serverless::Function"))
    return float(stated["WorkerFunction"]["MemorySize"]) / 1024


def _rows(name: str, dollars: Mapping[str, float]) -> list[Row]:
    total = sum(dollars.values())
    form = "${:.2f}" if total >= 0.01 else "${:.6f}"  # noqa: PLR2004
    parts = ", ".join(f"{service} {form.format(cost)}" for service, cost in dollars.items())
    return [Row(f"{name} ({parts})", "", form.format(total))]
