"""What a function loads before its first call: imports are most of a cold start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.build.sam_template import ROOT

EVERY = (
    "functions.connect.app",
    "functions.configure.app",
    "functions.run_sync.api",
    "functions.run_sync.worker",
    "functions.run_sync.sweeper",
    "functions.history.app",
    "functions.console.app",
)
# The X-Ray SDK alone would add more than a quarter of a second, even switched off.
NEVER = {"aws_xray_sdk"}
LEFT_OUT = {
    "functions.console.app": {"boto3", "botocore", "pydantic", "requests", "aws_lambda_powertools"},
    "functions.history.app": {"requests"},
    "functions.run_sync.sweeper": {"requests"},
}


@pytest.mark.parametrize("module", EVERY)
def test_a_function_loads_nothing_it_does_not_need(module: str) -> None:
    question = f"import {module}, sys; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(answer.stdout.split())
    assert module in loaded
    assert loaded & (NEVER | LEFT_OUT.get(module, set())) == set()
