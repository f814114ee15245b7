"""`python -m infra.benchmarks`: runs measurements by name and prints target, figure, pass or miss."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from infra.benchmarks import report
from infra.benchmarks.report import Result

# In the order of the report; True: quick enough for a run without arguments.
MEASUREMENTS: dict[str, bool] = {
    "calls_over_floor": True,
    "window_use": True,
    "side_by_side": False,
    "idle_cpu": True,
    "trouble": True,
    "memory": True,
    "table_units": True,
    "cost": True,
    "lateness": True,
    "console_load": False,
}


def main() -> int:
    """Return 1 when a figure misses its target."""
    asked = _arguments()
    if asked.list:
        for name in MEASUREMENTS:
            method = " ".join(str(_module(name).__doc__).split())
            print(f"{name:<18} {method.split('. ')[0].rstrip('.')}.")
        return 0
    names = asked.names or [name for name, quick in MEASUREMENTS.items() if quick or asked.full]
    missed = [name for name in names if not _measured(name, full=asked.full)]
    if asked.record:
        report.write_down(list(MEASUREMENTS))
        print(f"written: {report.WRITTEN.relative_to(report.ROOT)}")
    if missed:
        print(f"missed: {', '.join(missed)}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="infra/bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], metavar="NAME")
    parser.add_argument("--list", action="store_true", help="name the measurements")
    parser.add_argument("--full", action="store_true", help="all of them, with the largest numbers")
    parser.add_argument(
        "--record", action="store_true", help="write the results to infra/benchmarks/RESULTS.md"
    )
    return parser.parse_args()


def _measured(name: str, *, full: bool) -> bool:
    module = _module(name)
    print(f"== {name}", flush=True)
    started = time.monotonic()
    rows = module.measure(full=full)
    took_seconds = time.monotonic() - started
    print(report.as_text(rows))
    print(f"   {took_seconds:.0f} s\n", flush=True)
    report.keep(
        Result(
            name=name,
            method=str(module.__doc__),
            rows=rows,
            day=datetime.now(UTC).date().isoformat(),
            command=f"infra/bench {name}{' --full' if full else ''}",
            took_seconds=took_seconds,
            machine=report.machine(),
        )
    )
    return all(row.met is not False for row in rows)


def _module(name: str) -> Any:
    return import_module(f"infra.benchmarks.{name}")


if __name__ == "__main__":
    sys.exit(main())
