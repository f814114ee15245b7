"""Removes one defence after the other and expects a named test to fail: `python -m tests.properties.mutants`.

Each mutation replaces one exact piece of source in a copy of the tree; only the named test runs there. Words
after the command choose the defences that contain one of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.properties.defences import MUTANTS as AT_REST
from tests.properties.defences import Mutant
from tests.properties.defences_in_motion import MUTANTS_IN_MOTION

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("shared", "tests", "infra", "functions", "pyproject.toml", "template.yaml")
LONGEST_SECONDS = 300
MUTANTS = (*AT_REST, *MUTANTS_IN_MOTION)


def main() -> int:
    survivors = 0
    asked = sys.argv[1:]
    chosen = [each for each in MUTANTS if not asked or any(word in each.defence for word in asked)]
    print("| defence removed | test that must fail | result | s |\n|---|---|---|---|")  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, tree / name)
        tests = sorted({test for mutant in chosen for test in mutant.test.split()})
        if not _passes(tests, tree):
            print("the tests fail without any mutation")  # noqa: T201
            return 1
        for mutant in chosen:
            began = time.monotonic()
            verdict = _tried(mutant, tree)
            survivors += verdict != "fails"
            name = mutant.test.rpartition("/")[2]
            seconds = time.monotonic() - began
            print(f"| {mutant.defence} | `{name}` | {verdict} | {seconds:.1f} |", flush=True)  # noqa: T201
    print(f"\n{len(chosen) - survivors} of {len(chosen)} turned their test red")  # noqa: T201
    return 1 if survivors else 0


def _tried(mutant: Mutant, tree: Path) -> str:
    """Return what the mutant's test makes of it: `fails` is what it is for."""
    path = tree / mutant.path
    source = path.read_text()
    if mutant.old not in source:
        return "NOT FOUND in the source"
    path.write_text(source.replace(mutant.old, mutant.new))
    try:
        return "SURVIVES" if _passes(mutant.test.split(), tree) else "fails"
    finally:
        path.write_text(source)


def _passes(tests: list[str], tree: Path) -> bool:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", *tests]
    try:
        done = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "SHRINK": "0"},
            capture_output=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
