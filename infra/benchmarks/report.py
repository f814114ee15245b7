"""What a measurement hands in, how it is printed, kept, and written down as RESULTS.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".local" / "bench" / "results.json"
WRITTEN = Path(__file__).with_name("RESULTS.md")

_HEAD = """# What was measured

`infra/bench NAME… --record` runs measurements and writes this file; `infra/bench --list` names them. Where a
figure depends on the machine, it is a ratio to something measured in the same interleaved run, if possible.

"""
_MARKS = {True: "pass", False: "**miss**", None: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `met` is None where there is no target to meet."""

    what: str
    target: str
    figure: str
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement as it was run: `day` is a date, `took_seconds` its wall time."""

    name: str
    method: str
    rows: Sequence[Row]
    day: str
    command: str
    took_seconds: float
    machine: str


def at_most(what: str, figure: float, most: float, form: str = "{:.3f}") -> Row:
    return Row(what, f"≤ {most:g}", form.format(figure), figure <= most)


def at_least(what: str, figure: float, least: float, form: str = "{:.3f}") -> Row:
    return Row(what, f"≥ {least:g}", form.format(figure), figure >= least)


def exactly(what: str, figure: object, wanted: object) -> Row:
    return Row(what, str(wanted), str(figure), figure == wanted)


def machine() -> str:
    """Return processors, memory and interpreter of this machine."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    processors = len(os.sched_getaffinity(0))
    return (
        f"{processors} cores ({platform.machine()}), {memory_gib:.0f} GiB, "
        f"Python {platform.python_version()}, {platform.system()}"
    )


def as_text(rows: Sequence[Row]) -> str:
    """Return the rows as aligned lines."""
    wide = max((len(row.what) for row in rows), default=0)
    lines = (
        f"  {row.what:<{wide}}  {row.figure:>16}  {row.target:<12} {_MARKS[row.met].strip('*')}"
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def keep(result: Result) -> None:
    """Remember a result, in the place of an earlier one of that name."""
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept()
    kept[result.name] = asdict(result)
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False))


def write_down(order: Sequence[str]) -> None:
    """Write what is remembered to RESULTS.md, in this order."""
    kept = _kept()
    WRITTEN.write_text(_HEAD + "\n".join(_section(kept[name]) for name in order if name in kept))


def _kept() -> dict[str, Any]:
    return dict(json.loads(KEPT.read_text())) if KEPT.exists() else {}


def _section(result: dict[str, Any]) -> str:
    lines = [
        f"## {result['name']}",
        "",
        " ".join(result["method"].split()),
        "",
        f"{result['day']}, `{result['command']}`, {result['took_seconds']:.0f} s on {result['machine']}.",
        "",
        "| what | target | figure | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {row['what']} | {row['target']} | {row['figure']} | {_MARKS[row['met']]} |"
        for row in result["rows"]
    ]
    return "\n".join(lines) + "\n"
