"""The failure catalogue of tests/README.md names tests that exist, and nothing in it is without one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (ROOT / "tests/README.md").read_text().partition("## Failure catalogue")[2].splitlines()
    if line.startswith("|")
][2:]


def names_in(path: Path) -> set[str]:
    """Return the top-level functions and assigned names of a test module."""
    tree = ast.parse(path.read_text())
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return functions | {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_row_names_a_test_that_exists(row: list[str]) -> None:
    named = re.fullmatch(r"`(tests/[\w/]+\.py)::(\w+)`", row[1])
    assert named is not None
    assert named[2] in names_in(ROOT / named[1])


def test_no_row_stands_twice() -> None:
    subjects = [row[0] for row in ROWS]
    assert len(subjects) == len(set(subjects)) >= 60
