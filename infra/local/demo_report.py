"""What the demo prints: a line of progress while the run goes, a summary afterwards."""

import math
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo_client import Skipped

_QUIET_SECONDS = 5.0
_PAGE = 200
_LARGE = 10_000
_LISTED = "campaigns.getlistsubscribers"
_READS = "books.contacts"
_WRITES = "campaigns.listsubscribe"


class ProgressLine:
    """One line that is written over on a terminal; elsewhere a line every few seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._started = time.monotonic()
        self._printed_at = -math.inf
        self._open = False

    def show(self, run: Mapping[str, Any]) -> None:
        now = time.monotonic()
        line = f"  {now - self._started:4.0f} s  {_progress(run)}"
        if self._terminal:
            print(f"\r{line:<100}", end="", flush=True)
            self._open = True
        elif now - self._printed_at >= _QUIET_SECONDS or run["finished_at"]:
            print(line, flush=True)
            self._printed_at = now

    def close(self) -> None:
        if self._open:
            print(flush=True)
            self._open = False


def _progress(run: Mapping[str, Any]) -> str:
    progress = run.get("progress") or {}
    examined, estimated = progress.get("examined", run["total"]), progress.get("estimated_total")
    of_all = f"/{estimated}" if estimated else ""
    phase = progress.get("phase") or ""
    waiting = f", waiting until {progress['waiting_until']}" if progress.get("waiting_until") else ""
    counts = ", ".join(f"{run[kind]} {kind}" for kind in ("added", "updated", "unchanged", "skipped"))
    return f"{run['status']} {phase} {examined}{of_all}: {counts}{waiting}"


def history_row(run: Mapping[str, Any], zone: ZoneInfo) -> Sequence[str]:
    """The run as the sync history shows it."""
    columns = [
        ("Sync time", _local(run["sync_time"], zone)),
        ("Status", run["status"]),
        ("Total records", str(run["total"])),
        ("Added", str(run["added"])),
        ("Updated", str(run["updated"])),
        ("Unchanged", str(run["unchanged"])),
        ("Skipped", str(run["skipped"])),
    ]
    widths = [max(len(name), len(value)) for name, value in columns]
    names = "  ".join(name.ljust(width) for (name, _), width in zip(columns, widths, strict=True))
    values = "  ".join(value.ljust(width) for (_, value), width in zip(columns, widths, strict=True))
    return [names.rstrip(), values.rstrip()]


def skipped_lines(run: Mapping[str, Any], skipped: Skipped | None) -> Sequence[str]:
    """How many were skipped for which reason, and how the exported list begins."""
    by_reason = sorted(run["skipped_by_reason"].items(), key=lambda item: -item[1])
    lines = [f"  {count:5d}  {reason}" for reason, count in by_reason]
    if skipped is not None:
        lines += [f"CSV of the skipped records, {skipped.rows} rows:"]
        lines += [f"  {line}" for line in skipped.first_lines]
    return lines


def call_lines(before: Mapping[str, Any], after: Mapping[str, Any], run: Mapping[str, Any]) -> Sequence[str]:
    """The simulator's calls by endpoint, and those of the sync itself against the fewest possible.

    `before` and `after` are the simulator's statistics at the start of the sync and now.
    """
    calls: Mapping[str, int] = after["calls"]
    of_sync = {name: calls.get(name, 0) - before["calls"].get(name, 0) for name in (_READS, _WRITES, _LISTED)}
    pages, changed = math.ceil(run["total"] / _PAGE), run["added"] + run["updated"]
    floor = max(1, pages + changed + of_sync[_LISTED])
    made = sum(of_sync.values())
    fewest = f"{pages} pages read + {changed} contacts changed + {of_sync[_LISTED]} pages of list members"
    return [
        *(f"  {count:5d}  {endpoint}" for endpoint, count in sorted(calls.items())),
        f"  {_in_all(after)}",
        f"  the sync made {made} calls, {made / floor:.3f} times the fewest possible: {fewest}",
        *_about_small_loads(run["total"]),
    ]


def _about_small_loads(total: int) -> Sequence[str]:
    if total >= _LARGE:
        return []
    return [
        "  (the calls beyond are the fixed cost of a load and show in a small one; a first load of 10,000",
        "  customers or more makes 1.01 times the fewest or less, see infra/benchmarks/RESULTS.md)",
    ]


def _in_all(stats: Mapping[str, Any]) -> str:
    """All calls, and what a well-behaved client has none of."""
    over, locks = stats["total_over_limit"], stats["total_locks"]
    return f"{stats['total_calls']:5d}  in all, {over} over a limit, {locks} locks"


def next_run_line(sync: Mapping[str, Any]) -> str:
    """When the schedule runs next, in its own time zone."""
    zone = sync["schedule"]["time_zone"]
    if not sync["next_run_at"]:
        return "No run is scheduled."
    return f"Next scheduled run: {_local(sync['next_run_at'], ZoneInfo(zone))} ({zone})"


def _local(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%a %d %b %Y, %H:%M")
